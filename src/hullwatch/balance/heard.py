"""What one pressure sensor says in a frame, if anything: the value between two codes, a reading, a mean, or nothing.

    noise below the step   codes change seldom; the moment of a change tells the value exactly, a code that stands
                           says only that the truth is within half a step of it
    noise above the step   the mean over a window

What is remembered of each sensor between frames is a row of a table, whose columns (W_...) are named here.
"""

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Floats

(
    W_EDGE_TIME,  # of a sensor with edges: time of the last one
    W_EDGE_WAY,  # and whether it went up (1) or down (-1)
    W_KNOWN,  # 1 once its code is known
    W_SUM,  # of a noisy one: sum of the readings in the open window
    W_COUNT,  # their number
    W_TIMES,  # and the sum of their times
    W_SCATTER,  # recent mean of |z|, z in sigmas from what was expected: see manner
    W_SIDE,  # recent mean of z
    W_Z,  # the last z
    W_Z_TIME,  # and when
    W_STANDS,  # since when the code (of a noisy one, the mean) has stood
    W_READ,  # when it was last read since
    W_CODE,  # and what it is
    W_APART,  # since when the sensor has been in other air than most, 0 when it is not
    W_BESIDE,  # how far it then reads from the middle one, Pa
    W_LEFT,  # since when the code has stood that others have left behind: see manner
    W_SD,  # doubt of the last z's difference from what was expected, 1 sigma of the logarithm
) = range(17)
WINDOW_COLUMNS = 17
FORGET = W_TIMES + 1
"""Columns before this one are of the moment: forgotten when a sensor falls silent."""

HEARTBEAT_S = 60.0  # a code that stands is read again no sooner than this
WINDOW_S = 20.0  # a noisy sensor is averaged over this
APART_S = 5.0
"""Readings this far apart have independent noise (the crewlock's codes swap every 4 s, 12 October 2018) [c]."""

EDGE_VARIANCE = 0.09
"""Of a step squared, for an edge: the border of a code lies 0.3 of a step from half-way, 1 sigma [c], if the vehicle
file does not say how far (`border`)."""
CODE_VARIANCE = 0.0225
"""The same for a code that is read: 0.15 of a step, beside its rounding error, which is a state of the filter [c]."""
MEAN_VARIANCE = 0.04
"""The same for readings with noise above the step: 0.2 of a step [c]."""

NOTHING, EDGE, READING, FIRST = range(4)
"""A sensor says nothing; the value between two codes; a value with its rounding error; one whose error is all new."""


@kernel
def due(window: Floats, s: int, t: float) -> bool:
    """Whether a code that stands is to be read again: after twice the time it stood when it was read last.

    A code that stands says that the truth is within half a step of it. Said every minute, that would count as news each
    time, and the rounding error, which stands as well, as a sensor's drift.
    """
    is_due = t - window[s, W_STANDS] >= max(2.0 * (window[s, W_READ] - window[s, W_STANDS]), HEARTBEAT_S)
    if is_due:
        window[s, W_READ] = t
    return bool(is_due)


@kernel
def edge_says(
    window: Floats,
    s: int,
    t: float,
    value: float,
    previous: float,
    fresh: bool,
    gap: bool,
    beats: bool,
    asked: bool,
    quantum: float,
    noise: float,
    edge: float,
    reference: float,
) -> tuple[int, float, float, float, float]:
    """What a sensor says whose noise is below its step: says, z, its variance, the rounding error it makes known, and
    the change of rounding error of a code that only flickers. z and errors relative to reference.

    edge: variance of the value that an edge tells: the noise, and where the code's border lies.
    `asked`: another sensor has just been surprised and outvoted: what does this one say, though it may be nothing new?
    """
    # `previous` is the last code that differed: a code published again, unchanged, is no edge
    moved = fresh and value != previous and value != window[s, W_CODE]
    small = abs(value - previous) <= 1.5 * quantum * reference and window[s, W_KNOWN] == 1.0 and not gap
    way = 1.0 if value > previous else -1.0
    back = t - window[s, W_EDGE_TIME] < HEARTBEAT_S and way == -window[s, W_EDGE_WAY]
    first = window[s, W_KNOWN] == 0.0
    if moved or first:
        window[s, W_STANDS] = window[s, W_READ] = t
    says, z, r, known, flicker = NOTHING, 0.0, 0.0, 0.0, 0.0
    if moved and small and back:
        # the code flickers between two values: the truth stays, the rounding error changes by the step
        flicker = (value - previous) / reference
        window[s, W_EDGE_WAY] = way
    elif moved and small:
        window[s, W_EDGE_TIME], window[s, W_EDGE_WAY] = t, way
        says = EDGE
        z = np.log(0.5 * (value + previous) / reference)
        r = edge
        known = 0.5 * (value - previous) / reference
    elif moved or first:
        says = FIRST
    elif (asked and t - window[s, W_READ] >= WINDOW_S) or (beats and due(window, s, t)):
        says = READING
        window[s, W_READ] = t
    if says >= READING:
        z = np.log(value / reference)
        r = noise * noise + CODE_VARIANCE * quantum * quantum
    window[s, W_KNOWN], window[s, W_CODE] = 1.0, value
    return says, z, r, known, flicker


@kernel
def mean_says(
    window: Floats,
    s: int,
    t: float,
    dt: float,
    value: float,
    fresh: bool,
    holds: bool,
    gap: bool,
    panes: bool,
    quantum: float,
    noise: float,
    reference: float,
) -> tuple[int, float, float, float]:
    """What a noisy sensor says: says, z, its variance, and how long ago on the mean it was read."""
    alone = dt >= WINDOW_S and fresh  # readings so seldom that each stands for itself, and at once
    says, z, r, lag = NOTHING, 0.0, 0.0, 0.0
    if gap or alone:
        window[s, :FORGET] = 0.0  # what was read before a loss of signal is not of now
    if alone:
        window[s, W_CODE] = value
        return READING, np.log(value / reference), noise * noise + MEAN_VARIANCE * quantum * quantum, lag
    count = window[s, W_COUNT]
    if panes and count > 0.0:
        says = READING
        mean = window[s, W_SUM] / count
        z = np.log(mean / reference)
        # readings a moment apart share their noise: a window holds only so many independent ones
        r = noise * noise / min(count, WINDOW_S / APART_S) + MEAN_VARIANCE * quantum * quantum
        lag = t - window[s, W_TIMES] / count
        stands = abs(mean - window[s, W_CODE]) < 1e-3 * quantum * reference
        if stands and not due(window, s, t):
            says = NOTHING
        elif not stands:
            window[s, W_CODE] = mean
            window[s, W_STANDS] = window[s, W_READ] = t
        window[s, :FORGET] = 0.0
    if holds or fresh:
        window[s, W_SUM] += value
        window[s, W_COUNT] += 1.0
        window[s, W_TIMES] += t
    return says, z, r, lag
