"""What a thermometer says: how the mean gas would see it through each lag; a jump that no air makes is its own.

    a jump above its spike limit   the sensor's own: all that is remembered moves with it, so that nothing follows
    silent, stuck, out of range    not heard; while none is heard, heat wanders as in a group without thermometers

What is remembered of each thermometer besides its lagged temperatures is a row of a table; its columns are named here.
"""

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Floats

(
    G_LAST,  # its last reading
    G_TIME,  # and when it was heard
    G_JUMPED,  # when it last jumped, 0 when it never did
    G_JUMP,  # and by how much
    G_HEARD,  # 1 while it is heard
) = range(5)
GLASS_COLUMNS = 5

SPIKE_S = 60.0
"""A thermometer's spike limit is what it does not jump by within this time: as in telemetry.sort."""


@kernel
def follow_glass(seen: Floats, glass: Floats, g: int, t: float, value: float, lags: Floats, spike: float) -> None:
    """Take in what thermometer g shows; in place. seen (thermometer, 1 + lag), glass (thermometer, GLASS_COLUMNS)."""
    if np.isnan(seen[g, 0]):
        for k in range(seen.shape[1]):
            seen[g, k] = value
        glass[g, G_LAST], glass[g, G_TIME] = value, t
    since, jump = t - glass[g, G_TIME], value - glass[g, G_LAST]
    if spike > 0.0 and abs(jump) > spike * max(1.0, since / SPIKE_S):
        for k in range(seen.shape[1]):
            seen[g, k] += jump
        glass[g, G_JUMPED], glass[g, G_JUMP] = t, jump
    for k in range(lags.shape[0]):
        part = 1.0 if lags[k] == 0.0 else 1.0 - np.exp(-since / lags[k])
        seen[g, 1 + k] += (value - seen[g, 1 + k]) * part
    glass[g, G_LAST], glass[g, G_TIME] = value, t
