"""How far a sensor is believed: by its own manner of late, and by what the other sensors of the group say."""

import numpy as np

from hullwatch.balance.heard import HEARTBEAT_S, W_KNOWN, W_LEFT, W_SCATTER, W_SD, W_SIDE, W_STANDS, W_Z, W_Z_TIME
from hullwatch.compiled import kernel
from hullwatch.records import Bools, Floats

CAUGHT = 3.0  # what being caught adds to a sensor's recent mean of |z| [c]
SCATTER_SHARE = 0.05  # share of a new reading in a sensor's recent manner: about its last twenty readings [c]
SCATTER_CAP = 30.0  # sigmas at which a single reading counts in it at most [c]
SURPRISE = 4.0  # a reading that stands alone counts for no more than so many sigmas: sensors glitch [c]
WITNESSES = 2  # so many others must have moved on before a code that stands is called stuck: one may lie itself
OTHER_AIR = 0.03  # a gauge this far from most others is in other air: a lock behind a hatch that no channel shows [c]


@kernel
def typical(value: Floats, usable: Bools) -> float:
    """Middle one of three or more usable readings; NaN of fewer: then nobody can be outvoted."""
    count = 0
    for s in range(value.size):
        count += usable[s]
    if count < 3:
        return np.nan
    # by counting who lies below: for a few sensors shorter than sorting, and compiled in a fifth of the time
    low, high = 0.0, 0.0
    for s in range(value.size):
        below, same = 0, 0
        for o in range(value.size):
            if usable[s] and usable[o]:
                below += value[o] < value[s]
                same += value[o] == value[s]
        if usable[s] and below <= (count - 1) // 2 < below + same:
            low = value[s]
        if usable[s] and below <= count // 2 < below + same:
            high = value[s]
    return 0.5 * (low + high)


@kernel
def stands_alone(window: Floats, s: int, t: float, dt: float) -> bool:
    """Whether some other sensor of the group, heard of late, does not share what surprised this one."""
    late = max(2.0 * HEARTBEAT_S, 1.5 * dt)
    for o in range(window.shape[0]):
        if o != s and t - window[o, W_Z_TIME] <= late and window[o, W_Z] * np.sign(window[s, W_Z]) < 0.5 * SURPRISE:
            return True
    return False


@kernel
def outvoted(window: Floats, s: int, t: float, dt: float) -> bool:
    """Whether two others, sharp enough to notice, do not share what surprised this sensor, and none does.

    They were heard of late; or their codes stand: had the gas moved, they would have been published.
    """
    if abs(window[s, W_Z]) <= SURPRISE:
        return False
    late = max(2.0 * HEARTBEAT_S, 1.5 * dt)
    moved = abs(window[s, W_Z]) * window[s, W_SD]
    against = 0
    for o in range(window.shape[0]):
        stands = window[o, W_KNOWN] == 1.0 and window[o, W_LEFT] == 0.0
        if o != s and (stands or t - window[o, W_Z_TIME] <= late) and 0.5 * moved > window[o, W_SD]:
            if window[o, W_Z] * np.sign(window[s, W_Z]) >= 0.5 * SURPRISE:
                return False
            against += 1
    return against >= WITNESSES


@kernel
def left_behind(window: Floats, s: int, off: float, sd: float) -> bool:
    """Whether a sensor's code stands still while two others have moved on, as expected, to where it cannot be true.

    A sensor published on change that is stuck or lost says nothing, as a sound one does while nothing changes. What
    gives it away is that the gas has gone on without it. A witness must be sharp enough to have noticed otherwise.
    """
    if abs(off) <= SURPRISE or window[s, W_STANDS] <= 0.0:
        return False
    gone_on = 0
    for o in range(window.shape[0]):
        agrees = abs(window[o, W_Z]) < 0.5 * SURPRISE and abs(off) * sd > 0.5 * SURPRISE * window[o, W_SD]
        if o != s and window[o, W_STANDS] > window[s, W_STANDS] and agrees:
            gone_on += 1
    return gone_on >= WITNESSES


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
    sd = np.sqrt(spread + r)
    off = min(max((z - expected) / sd, -SCATTER_CAP), SCATTER_CAP)
    window[s, W_LEFT] = window[s, W_STANDS] if left_behind(window, s, off, sd) else 0.0
    last = window[s, W_Z]
    again = min(abs(off), abs(last)) > SURPRISE and off * last > 0.0 and not stands_alone(window, s, t, dt)
    window[s, W_Z], window[s, W_Z_TIME], window[s, W_SD] = off, t, sd
    again = again and not outvoted(window, s, t, dt)
    scatter = 1.25 * (window[s, W_SCATTER] - abs(window[s, W_SIDE]))  # 1.25: sigma of a normal in mean deviations
    window[s, W_SCATTER] += SCATTER_SHARE * (abs(off) - window[s, W_SCATTER])
    window[s, W_SIDE] += SCATTER_SHARE * (off - window[s, W_SIDE])
    if scatter > 1.0:
        r *= scatter * scatter
    if again:
        return r
    return max(r, ((z - expected) / SURPRISE) ** 2 - spread)
