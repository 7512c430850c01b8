"""How far a sensor is believed: by its own manner of late, and by what the other sensors of the group say."""

import numpy as np

from hullwatch.balance.heard import HEARTBEAT_S, W_SCATTER, W_SIDE, W_Z, W_Z_TIME
from hullwatch.compiled import kernel
from hullwatch.records import Bools, Floats

CAUGHT = 3.0  # what being caught adds to a sensor's recent mean of |z| [c]
SCATTER_SHARE = 0.05  # share of a new reading in a sensor's recent manner: about its last twenty readings [c]
SCATTER_CAP = 30.0  # sigmas at which a single reading counts in it at most [c]
SURPRISE = 4.0  # a reading that stands alone counts for no more than so many sigmas: sensors glitch [c]
OTHER_AIR = 0.03  # a gauge this far from most others is in other air: a lock behind a hatch that no channel shows [c]


@kernel
def typical(value: Floats, usable: Bools) -> float:
    """Middle one of three or more usable readings; NaN of fewer: then nobody can be outvoted."""
    if usable.sum() < 3:
        return np.nan
    return float(np.median(value[usable]))


@kernel
def stands_alone(window: Floats, s: int, t: float, dt: float) -> bool:
    """Whether some other sensor of the group, heard of late, does not share what surprised this one."""
    late = max(2.0 * HEARTBEAT_S, 1.5 * dt)
    for o in range(window.shape[0]):
        if o != s and t - window[o, W_Z_TIME] <= late and window[o, W_Z] * np.sign(window[s, W_Z]) < 0.5 * SURPRISE:
            return True
    return False


@kernel
def tempered(x: Floats, p: Floats, h: Floats, z: float, r: float, window: Floats, s: int, t: float, dt: float) -> float:
    """Noise variance of a reading, raised for a sensor that has become noisy and for a reading that stands alone.

    Noise scatters to both sides, a leak stays on one: only scatter without a side raises the variance. One reading,
    however strange, stands at most SURPRISE sigmas off, so it never decides alone: it adds SURPRISE^2 / 2 to a log
    ratio at most. A second one as strange on the same side is believed, unless the sensor stands alone with it.
    """
    expected, spread = 0.0, 0.0
    for i in range(x.shape[0]):
        if h[i] != 0.0:
            expected += h[i] * x[i]
            for j in range(x.shape[0]):
                spread += h[i] * p[i, j] * h[j]
    off = min(max((z - expected) / np.sqrt(spread + r), -SCATTER_CAP), SCATTER_CAP)
    last = window[s, W_Z]
    again = min(abs(off), abs(last)) > SURPRISE and off * last > 0.0 and not stands_alone(window, s, t, dt)
    window[s, W_Z], window[s, W_Z_TIME] = off, t
    scatter = 1.25 * (window[s, W_SCATTER] - abs(window[s, W_SIDE]))  # 1.25: sigma of a normal in mean deviations
    window[s, W_SCATTER] += SCATTER_SHARE * (abs(off) - window[s, W_SCATTER])
    window[s, W_SIDE] += SCATTER_SHARE * (off - window[s, W_SIDE])
    if scatter > 1.0:
        r *= scatter * scatter
    if again:
        return r
    return max(r, ((z - expected) / SURPRISE) ** 2 - spread)
