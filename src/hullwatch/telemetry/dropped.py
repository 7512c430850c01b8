"""Readings of a sensor that are lost on the way: told by the codes that its readings pass by.

A sensor published on change speaks when its code becomes another, and while air moves slowly that is the next one. A
reading that says what the one before said, or one further than the next code though there was time for another between
them, shows that one is missing:

    published  5 6 7 6 5 6 ...      arrives  5 . 7 . 5 6 ...      5 to 7: one passed by; 7 to 5: again

Some are so on any feed, so each channel's own share of them is learned while it is calm; a sum of log-likelihood
ratios (Page 1954) says when they have become many more. A feed that is asked at fixed times repeats itself always: it
is not judged, nor is a sensor whose steps are not known.
"""

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Bools, Flags, Floats, Quality

D_TIME, D_VALUE, D_SEEN, D_ODD, D_ANY, D_SUM, D_SINCE = range(7)
COLUMNS = 7

DROPPED, GAP = int(Quality.DROPPED), int(Quality.GAP)
ODD_LOST = 0.35
"""Share of odd readings looked for; where two in three are lost of a code that walks, more than half are odd."""
LEARNED, PRIOR_SEEN, PRIOR_ODD = 30.0, 20.0, 1.0
"""Readings before a channel is judged; and what its share of odd ones is taken for before, as so many seen [c]."""
LEAST, MOST = 0.05, 0.15
"""Its usual share counts for no less, and with more it is not judged: the feed repeats itself [c]."""
REMEMBERED = 4000.0
"""Readings from which its usual share is learned."""
BOUND, CALM = 20.0, 4.0
"""Sum from which on readings are called lost, exceeded once in e^20 readings (15 years of eight channels with 60,000 a
day together) where odd ones come by chance; and below which its usual share is learned, and they no longer are."""
ROOM_FRAMES = 2.5
"""Frames after which there was time for a reading between two."""


def begin(channels: int) -> Floats:
    """Memory before the first frame, (channel, column)."""
    memory = np.zeros((channels, COLUMNS))
    memory[:, [D_TIME, D_VALUE]] = np.nan
    return memory


@kernel
def find_dropped(
    time: Floats, value: Floats, fresh: Bools, flags: Flags, quantum: Floats, frame_s: float, memory: Floats,
    log: Floats,
) -> int:  # fmt: skip
    """Mark channels whose readings are being lost; returns the rows written to log: channel, since, frame.

    time (frame,), value, fresh and flags (frame, channel) as cleaned; quantum (channel,) SI, 0 for those not judged.
    memory and flags are changed in place.
    """
    rows = 0
    for i in range(time.shape[0]):
        for c in range(quantum.shape[0]):
            if quantum[c] <= 0.0:
                continue
            if fresh[i, c]:
                before = memory[c, D_SUM]
                if not (flags[i, c] & GAP or np.isnan(memory[c, D_TIME])):
                    _weigh(memory[c], time[i], value[i, c], quantum[c], frame_s)
                memory[c, D_TIME], memory[c, D_VALUE] = time[i], value[i, c]
                if before < BOUND <= memory[c, D_SUM] and memory[c, D_SINCE] >= 0.0 and rows < log.shape[0]:
                    log[rows, 0], log[rows, 1], log[rows, 2] = c, memory[c, D_SINCE], time[i]
                    rows += 1
                    memory[c, D_SINCE] = -memory[c, D_SINCE]  # said: below zero until it is calm again
            if memory[c, D_SINCE] < 0.0:
                flags[i, c] |= np.uint16(DROPPED)
    return rows


@kernel
def _weigh(own: Floats, time: float, value: float, quantum: float, frame_s: float) -> None:
    """One more reading of one channel."""
    steps = abs(value - own[D_VALUE]) / quantum
    again = steps < 0.5 or steps > 1.5
    odd = again and time - own[D_TIME] > ROOM_FRAMES * frame_s
    usual = max((own[D_ODD] + PRIOR_ODD) / (own[D_SEEN] + PRIOR_SEEN), LEAST)
    judged = own[D_SEEN] >= LEARNED and usual < MOST and own[D_ANY] < MOST * (own[D_SEEN] + PRIOR_SEEN)
    if own[D_SUM] < CALM:
        own[D_SEEN] += 1.0
        own[D_ODD] += 1.0 if odd else 0.0
        own[D_ANY] += 1.0 if again else 0.0
        if own[D_SEEN] > REMEMBERED:
            own[D_SEEN] *= 0.5
            own[D_ODD] *= 0.5
            own[D_ANY] *= 0.5
    if not judged:
        own[D_SUM] = 0.0
    elif odd:
        if own[D_SUM] == 0.0:
            own[D_SINCE] = own[D_TIME]
        own[D_SUM] = min(own[D_SUM] + np.log(ODD_LOST / usual), 2.0 * BOUND)
    else:
        own[D_SUM] = max(own[D_SUM] + np.log((1.0 - ODD_LOST) / (1.0 - usual)), 0.0)
    if own[D_SUM] < CALM and own[D_SINCE] < 0.0:
        own[D_SINCE] = 0.0
