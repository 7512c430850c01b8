"""Order of arrival of what was stored without arrival times.

    in time order, or nearly      file order is arrival order; late rows and clock steps are judged downstream
    channel after channel         each channel arrived in its own order; they are merged by their running clocks
    several files                 the same, file by file
    thoroughly shuffled           arrival is lost; sorted by time, and said so

The running clock of a part is the latest time seen in it so far, so a late row stays behind the rows it arrived after.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hullwatch.records import Bools, Floats, Ints, QualityNote
from hullwatch.telemetry.readings import Part

FEW = 20
FEW_SHARE = 1e-3
"""Decreases of time that a recording in order of arrival may have: so many, or this share of its rows."""
LONG_RUN = 3.0
"""Mean rows an item holds the file before the next one, in a file laid out channel after channel."""


def in_arrival_order(part: Part) -> Part:
    """The same readings in the order in which they arrived, as far as the file still tells."""
    falls = np.diff(part.time_s) < 0.0
    if not falls.any():
        return part
    few = max(float(FEW), FEW_SHARE * len(part.time_s))
    if _by_channel(part.time_s, part.code, falls, few):
        clock = _clock_of_each(part.time_s, part.code)
        why = "the file is laid out channel after channel; channels are merged, each by its own running clock"
        return _taken(part, np.argsort(clock, kind="stable"), _note("order", part.time_s, why))
    if np.count_nonzero(falls) <= few:
        return part
    late = part.time_s < np.maximum.accumulate(part.time_s)
    why = (
        f"{np.count_nonzero(late)} of {len(late)} rows are out of order; order of arrival is lost, "
        "so the rows are sorted by time and lateness cannot be judged"
    )
    return _taken(part, np.argsort(part.time_s, kind="stable"), _note("late", part.time_s[late], why))


def merged(parts: Sequence[Part]) -> tuple[Floats, Ints, Floats]:
    """Time, code and value of several parts by the running clock of each; at equal times the earlier part first.

    Codes of all parts must point into one tuple of items.
    """
    if len(parts) == 1:
        return parts[0].time_s, parts[0].code, parts[0].value
    clock = np.concatenate([np.maximum.accumulate(part.time_s) for part in parts])
    order = np.argsort(clock, kind="stable")
    joined = (np.concatenate([getattr(part, name) for part in parts]) for name in ("time_s", "code", "value"))
    time_s, code, value = (column[order] for column in joined)
    return time_s, code, value


def _by_channel(time_s: Floats, code: Ints, falls: Bools, few: float) -> bool:
    """Long runs of one item, time jumping back by most of a run where the item changes, in order within the runs."""
    change = np.flatnonzero(np.diff(code)) + 1
    if not len(change) or len(code) < LONG_RUN * (len(change) + 1):
        return False
    start = np.concatenate([[0], change[:-1]])
    lasted = time_s[change - 1] - time_s[start]
    back = time_s[change - 1] - time_s[change]
    rewinds = np.count_nonzero((back > 0.0) & (back >= 0.5 * lasted))
    inside = np.count_nonzero(falls) - np.count_nonzero(back > 0.0)
    return bool(2 * rewinds >= len(change) and inside <= few)


def _clock_of_each(time_s: Floats, code: Ints) -> Floats:
    """The latest time seen so far of each row's own item."""
    by_item = np.argsort(code, kind="stable")
    sorted_time = time_s[by_item]
    bounds = np.flatnonzero(np.diff(code[by_item])) + 1
    clock = np.empty_like(time_s)
    clock[by_item] = np.concatenate([np.maximum.accumulate(run) for run in np.split(sorted_time, bounds)])
    return clock


def _taken(part: Part, order: Ints, note: QualityNote) -> Part:
    return replace(
        part,
        time_s=part.time_s[order],
        code=part.code[order],
        value=part.value[order],
        notes=(*part.notes, note),
    )


def _note(kind: str, time_s: Floats, why: str) -> QualityNote:
    return QualityNote(kind, None, float(time_s.min()), float(time_s.max()), len(time_s), why)
