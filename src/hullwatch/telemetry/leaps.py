"""A feed's clock that leapt forward: told by a clock on board that went on as ever.

A leap of the stamps by ten minutes looks like a loss of signal of ten minutes, but a channel that says the time on
board tells them apart: in a loss of signal it goes on by as much as the stamps do.

    stamps     11:59:58  11:59:59 |---- nothing ----| 12:10:00  12:10:01
    on board   11:59:58  11:59:59                     12:00:00  12:00:01      a leap of the stamps by 600 s
"""

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Bools, Flags, Floats, Quality

K_CHANNEL, K_AT, K_SAID, K_LAST, K_SKEW, K_RUN, K_GAP = range(7)
SLOTS = 7

GAP = int(Quality.GAP)

AGREES_S = 5.0
"""Stamps and the clock on board may disagree by this much: as late as an item may come before the feed counts as lost
(5 s, ISS-Mimic [a]); that it holds for this clock too is ours [c]."""
WITNESSES = 3
"""Readings of the clock on board, each later than the one before, that must agree on a leap: the first after a loss of
signal may be an old one."""


def begin() -> Floats:
    """Memory before the first frame: which channel, its last reading that agreed, and those that do not."""
    memory = np.full(SLOTS, np.nan)
    memory[[K_CHANNEL, K_RUN, K_GAP]] = -1.0, 0.0, 0.0
    return memory


@kernel
def find_leaps(
    time: Floats, value: Floats, fresh: Bools, flags: Flags, clocks: Bools, memory: Floats, log: Floats
) -> int:
    """Leaps forward; returns the rows written to log: channel, last agreed, leap, frame, 1 if called a loss of signal.

    time (frame,), value, fresh and flags (frame, channel) as cleaned; clocks (channel,): those that say the time on
    board, s from any origin; the first that speaks is the one followed. memory is changed in place.
    """
    rows = 0
    for i in range(time.shape[0]):
        for c in range(clocks.shape[0]):
            if not (clocks[c] and fresh[i, c]) or (memory[K_CHANNEL] >= 0.0 and memory[K_CHANNEL] != c):
                continue
            memory[K_CHANNEL] = c
            skew = (time[i] - memory[K_AT]) - (value[i, c] - memory[K_SAID])
            if not abs(skew) > AGREES_S:  # or it is the first
                memory[K_AT], memory[K_SAID], memory[K_RUN] = time[i], value[i, c], 0.0
            else:
                same = memory[K_RUN] > 0.0 and abs(skew - memory[K_SKEW]) <= AGREES_S and value[i, c] > memory[K_LAST]
                if not same:
                    memory[K_RUN], memory[K_GAP] = 0.0, 1.0 if flags[i, c] & GAP else 0.0
                memory[K_RUN] += 1.0
                memory[K_SKEW] = skew
                if memory[K_RUN] >= WITNESSES:
                    if skew > 0.0 and value[i, c] >= memory[K_SAID]:  # else the clock on board was set
                        log[rows, 0], log[rows, 1], log[rows, 2] = c, memory[K_AT], skew
                        log[rows, 3], log[rows, 4] = time[i], memory[K_GAP]
                        rows += 1
                    memory[K_AT], memory[K_SAID], memory[K_RUN] = time[i], value[i, c], 0.0
            memory[K_LAST] = value[i, c]
    return rows
