"""The crew's day, seen by the walls: equipment and people warm the cabin after waking, and it cools after supper."""

import numpy as np

from hullwatch.records import Floats
from hullwatch.units import DAY_S, HOUR_S

WARM_FROM_S = 6.0 * HOUR_S
WARM_UNTIL_S = 20.0 * HOUR_S
WARMING_S = 0.6 * HOUR_S
COOLING_S = 1.75 * HOUR_S
"""Read off USLAB000059 of 12 October 2018: a rise of 2.1 K from 06:00 UTC, 75 % done at 06:45; a fall from 20:00,
41 % done at 20:45, 65 % at 21:45, 89 % at 01:15. [c]"""


def crew_day_cycle(time_s: Floats | float) -> Floats:
    """Where the wall temperature is between its coldest (-1) and warmest (+1) of a crew day.

    Parameters: time_s (...) s since 1970-01-01 UTC. Returns: (...) dimensionless in [-1, 1], continuous, period 24 h.
    Raises: nothing.
    Holds for: an ordinary working day on UTC. One first-order approach each way, as a lumped wall would do.
    Source: shape fitted by eye to one real day (data of 2018-10-12); tests/models/test_day.py.
    """
    day, night = WARM_UNTIL_S - WARM_FROM_S, DAY_S - (WARM_UNTIL_S - WARM_FROM_S)
    stay_day, stay_night = np.exp(-day / WARMING_S), np.exp(-night / COOLING_S)
    # periodic: cold = -1 + (warm + 1) stay_night and warm = 1 - (1 - cold) stay_day
    cold = (-1.0 + (2.0 - stay_day) * stay_night) / (1.0 - stay_day * stay_night)
    warm = 1.0 - (1.0 - cold) * stay_day
    since = np.mod(np.asarray(time_s, dtype=np.float64) - WARM_FROM_S, DAY_S)
    rising = 1.0 - (1.0 - cold) * np.exp(-since / WARMING_S)
    falling = -1.0 + (warm + 1.0) * np.exp(-np.maximum(since - day, 0.0) / COOLING_S)
    level = np.where(since < day, rising, falling)
    return np.asarray((2.0 * level - warm - cold) / (warm - cold))
