"""What was known at any moment: the fold of the rows written by then, from the nearest copy kept on the way.

    rows   1 ........ 100 ........ 200 ........ 300 .... 347
    copies            |            |            |        now
                                   `--take 201..230--> the view at row 230

A row is shown as of the time of data at which it was written, so a moment shows the rows up to it and no later word.

A record may come from a centre that is not trusted: a row that holds something else than a row of its kind does is
found, left out and named, and everything else is shown.
"""

import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

from hullwatch.console.trends import Trends, take_trend, trend_json
from hullwatch.console.view import Fold, kept, take
from hullwatch.errors import HullwatchError, RecordError
from hullwatch.records import Event
from hullwatch.units import utc_seconds

Rows = Callable[[int, int], list[tuple[int, Event]]]
"""Rows of the record after one number, at most so many: (seq, event), in order."""
EVERY = 100
"""Rows between two copies kept."""
MOST_LEFT_OUT = 100
"""Rows that are left out before the record is said to be no record."""
Shown = TypeVar("Shown")


class History:
    """The fold of a growing record, now and at every row before. Rows are taken in by one thread, read by any."""

    def __init__(self, rows: Rows) -> None:
        self.now, self.trends = Fold(), Trends()
        self._rows = rows
        self._kept: list[Fold] = [kept(self.now)]
        self._known_s = array("d")  # time of data by which each row was known
        self._turn = threading.Lock()
        self.left_out: dict[int, str] = {}  # rows that cannot be shown, and their kinds
        self.gaps: list[tuple[float, float]] = []  # times between which no telemetry came, as the watch noted later

    def take(self, rows: Iterable[tuple[int, Event]]) -> None:
        """Take in rows that follow those taken in before."""
        with self._turn:
            for seq, event in rows:
                try:
                    take_trend(self.trends, seq, event)
                    take(self.now, seq, event)
                    self._note_gap(event)
                    if seq % EVERY == 0:
                        self._kept.append(kept(self.now))
                except Exception:  # whatever a row may hold that no watch writes
                    self._leave_out(seq, event.kind, seq)
                self._known_s.append(max(self.now.time_s, self._known_s[-1] if self._known_s else self.now.time_s))

    def _note_gap(self, event: Event) -> None:
        start, end = event.data.get("start_utc"), event.data.get("end_utc")
        gap = event.kind == "quality" and event.data.get("kind") == "gap" and event.data.get("channel") is None
        if gap and isinstance(start, str) and isinstance(end, str):
            self.gaps.append((utc_seconds(start), utc_seconds(end)))

    def silent_s(self, at_s: float) -> float:
        """How long no telemetry had come at a moment: a console that was looking then would have seen it."""
        return max((at_s - start for start, end in self.gaps if start <= at_s < end), default=0.0)

    def shown(self, seq: int, made: Callable[[Fold], Shown]) -> Shown:
        """What is made of the fold at a row. Where that fails, the row that makes it fail is left out from then on."""
        while True:
            fold = self.at(seq)
            try:
                return made(fold)
            except HullwatchError:
                raise
            except Exception as error:
                if len(self.left_out) >= MOST_LEFT_OUT or not self._found(fold.seq, made):
                    problem = f"holds rows that no watch writes ({type(error).__name__})"
                    raise RecordError(
                        "record", problem, "Run `hullwatch record verify`; restore it from a copy"
                    ) from error

    def _found(self, bad: int, made: Callable[[Fold], Any]) -> bool:
        """Find the first row after which this fails, by halves, and leave it out; whether there is one."""
        good = 0
        while bad - good > 1:
            middle = (good + bad) // 2
            try:
                made(self.at(middle))
                good = middle
            except Exception:
                bad = middle
        rows = self._rows(bad - 1, 1)
        if not rows or bad in self.left_out:
            return False
        with self._turn:
            self._leave_out(bad, rows[0][1].kind, self.now.seq)
        return True

    def _leave_out(self, seq: int, kind: str, upto: int) -> None:
        """Fold again from the copy before a row, without it, up to another row."""
        self.left_out[seq] = kind
        before = (seq - 1) // EVERY
        again, copies = kept(self._kept[before]), self._kept[: before + 1]
        missing = upto - again.seq
        for number, event in islice(self._rows(again.seq, missing), missing):
            self._put(again, number, event)
            if number % EVERY == 0:
                copies.append(kept(again))
        self._kept, self.now = copies, again  # at once: others read the number of its last row meanwhile

    def _put(self, fold: Fold, seq: int, event: Event) -> None:
        """Take in a row, unless it is one of those left out."""
        if seq in self.left_out:
            fold.seq = seq
        else:
            take(fold, seq, event)

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
            self._put(fold, number, event)
        return fold

    def trend(self, from_s: float, to_s: float, points: int, seq: int) -> dict[str, Any]:
        """The trend lines between two times, as known at row `seq`."""
        with self._turn:
            return trend_json(self.trends, from_s, to_s, points, seq)
