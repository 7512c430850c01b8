"""What was known at any moment: the fold of the rows written by then, from the nearest copy kept on the way.

    rows   1 ........ 100 ........ 200 ........ 300 .... 347
    copies            |            |            |        now
                                   `--take 201..230--> the view at row 230

A row is shown as of the time of data at which it was written, so a moment shows the rows up to it and no later word.
"""

import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from hullwatch.console.trends import Trends, take_trend, trend_json
from hullwatch.console.view import Fold, kept, take
from hullwatch.records import Event

Rows = Callable[[int, int], list[tuple[int, Event]]]
"""Rows of the record after one number, at most so many: (seq, event), in order."""
EVERY = 100
"""Rows between two copies kept."""


class History:
    """The fold of a growing record, now and at every row before. Rows are taken in by one thread, read by any."""

    def __init__(self, rows: Rows) -> None:
        self.now, self.trends = Fold(), Trends()
        self._rows = rows
        self._kept: list[Fold] = [kept(self.now)]
        self._known_s = array("d")  # time of data by which each row was known
        self._turn = threading.Lock()

    def take(self, rows: Iterable[tuple[int, Event]]) -> None:
        """Take in rows that follow those taken in before."""
        with self._turn:
            for seq, event in rows:
                take(self.now, seq, event)
                take_trend(self.trends, seq, event)
                self._known_s.append(max(self.now.time_s, self._known_s[-1] if self._known_s else self.now.time_s))
                if seq % EVERY == 0:
                    self._kept.append(kept(self.now))

    def seq_at(self, time_s: float) -> int:
        """The last row known at a time of data; 0 before the first."""
        with self._turn:
            return bisect_right(self._known_s, time_s)

    def at(self, seq: int) -> Fold:
        """The fold as it was after row `seq`, or as it is when the record is not longer."""
        with self._turn:
            if seq >= self.now.seq:
                return kept(self.now)
            start = self._kept[max(seq, 0) // EVERY]
        fold = kept(start)
        missing = max(seq, 0) - fold.seq
        for number, event in islice(self._rows(fold.seq, missing), missing):
            take(fold, number, event)
        return fold

    def trend(self, from_s: float, to_s: float, points: int, seq: int) -> dict[str, Any]:
        """The trend lines between two times, as known at row `seq`."""
        with self._turn:
            return trend_json(self.trends, from_s, to_s, points, seq)
