"""The desk: one record with what is known around it (readings, link, clocks), asked by many, added to by few.

    watch thread --append--> record --grown--> advance() --> history --> view(), rows(), trend()
                 --heard---> readings, age of the data
    operators ---say------> record

It holds no truth of its own: everything but readings and ages is in the record, and another desk over the same record
shows the same.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hullwatch.console.clock import Clock, steady_s, utc_s
from hullwatch.console.history import History, Shown
from hullwatch.console.readings import Readings
from hullwatch.console.view import Fold, Moment, view
from hullwatch.errors import DescriptionError, RecordError
from hullwatch.incident.signing import CentreKey, key_id
from hullwatch.incident.standing import KINDS, Standing, standing
from hullwatch.incident.statements import centre_joined
from hullwatch.incident.store import Record
from hullwatch.records import Event, Samples
from hullwatch.units import utc_text

Build = Callable[[Standing, float, str], Event]
PAGE = 250
"""Rows taken in at a time while following."""
STALE_S, LOST_S = 15.0, 90.0
"""Age of the newest reading, in seconds of data, from which the link is called stale, and lost [c]."""
QUIET_S = 900.0
"""A record that another program writes is called stale when it has not grown for so long [c]: a trend line is due
every five minutes."""


@dataclass(frozen=True, slots=True)
class Link:
    """How telemetry reaches the watch of this process. rate: seconds of data a second; 0 as fast as it can."""

    rate: float = 1.0
    grain_s: float = 0.0  # data seconds that arrive at once


class Desk:
    """One record, its history, and the link to its telemetry. `link` is None when no watch runs in this process."""

    def __init__(
        self,
        record: Record,
        readings: Readings | None = None,
        link: Link | None = None,
        steady: Clock = steady_s,
        utc: Clock = utc_s,
    ) -> None:
        self.record, self.link = record, link
        self.readings = readings or Readings()
        self.history = History(self.rows)
        self.unread = ""  # why the record cannot be read, as last seen
        self.unwritten = ""  # why rows of the watch wait
        self.watch_failed = ""  # why the watch of this process ended before its source did
        self._steady, self._utc = steady, utc
        self._heard_s = self._grew_s = steady()
        self._told: Callable[[], None] = lambda: None
        self._turn, self._saying = threading.Lock(), threading.Lock()

    # --- growing ------------------------------------------------------------------------------------------------------

    @property
    def seq(self) -> int:
        """Number of the last row taken in."""
        return self.history.now.seq

    def on_growth(self, told: Callable[[], None]) -> None:
        """Whom to wake when this process has written a row."""
        self._told = told

    def grown(self) -> None:
        """The record has grown: say so to whoever follows it."""
        self._told()

    def heard(self, block: Samples) -> None:
        """Telemetry has arrived."""
        self.readings.take(block)
        self._heard_s = self._steady()

    def rows(
        self, after: int, limit: int, kind: str | None = None, incident: str | None = None
    ) -> list[tuple[int, Event]]:
        """Rows of the record after a number, at most `limit`, of one kind or incident if given."""
        found = self.record.rows(kind, incident, after, page=min(max(limit, 1), 5_000))
        return [(row.seq, row.event) for row in islice(found, max(limit, 0))]

    def advance(self, limit: int = PAGE) -> list[tuple[int, Event]]:
        """Take in rows written since the last time, at most `limit`; none while the record cannot be read."""
        with self._turn:
            try:
                rows = self.rows(self.seq, limit)
                self.unread = ""
            except RecordError as error:
                self.unread = str(error)
                return []
            if rows:
                self.history.take(rows)
                self._grew_s = self._steady()
            return rows

    def catch_up(self) -> None:
        """Take in every row there is."""
        while self.advance(10_000):
            pass

    # --- asking -------------------------------------------------------------------------------------------------------

    def view(self, seq: int | None = None, moment_s: float | None = None) -> dict[str, Any]:
        """The view as it is now, or as it was after row `seq`; `moment_s`: the moment between two rows looked at."""
        return self.shown(seq, lambda said: said, moment_s)

    def shown(self, seq: int | None, made: Callable[[dict[str, Any]], Shown], moment_s: float | None = None) -> Shown:
        """What is made of the view; rows that it cannot be made of are left out, and said to be."""
        row = self.seq if seq is None else seq
        return self.history.shown(row, lambda fold: made(self._view(fold, seq, moment_s)))

    def _view(self, fold: Fold, seq: int | None, moment_s: float | None) -> dict[str, Any]:
        past = seq is not None and seq < self.seq
        at_s = fold.time_s if past or self._data_s() is None else max(fold.time_s, self._data_s() or 0.0)
        if past and moment_s is not None:
            at_s = max(at_s, moment_s)
        known = fold.told.started.get("channels") or ()
        channels = self.readings.latest(known, at_s) if self.readings.count else ()
        signal, age_s = self._signal_then(fold, at_s) if past else (self._signal(fold), None)
        said = view(fold, Moment(not past and self.live, signal, utc_text(at_s), age_s, channels))
        return said | {"head_seq": self.seq, "trouble": self.trouble or None}

    @property
    def trouble(self) -> str:
        """What is wrong with record or watch, in one sentence; empty when nothing is."""
        return self.watch_failed or self.unread or self.unwritten or self._left_out

    @property
    def _left_out(self) -> str:
        rows = list(self.history.left_out.items())
        named = ", ".join(f"{seq} ({kind[:40]})" for seq, kind in rows[:3])
        more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
        return f"Left out, for no watch writes such rows: row {named}{more}" if rows else ""

    @property
    def live(self) -> bool:
        """Whether a watch still adds to the record, in this process or in another."""
        return self.history.now.told.ended is None and self.seq > 0

    def clock(self) -> dict[str, Any]:
        """Now by the host's clock, the time of data, how old the newest reading is, and the state of the link."""
        fold = self.history.now
        at_s = self._data_s()
        return {
            "now_utc": utc_text(self._utc()),
            "data_utc": utc_text(fold.time_s if at_s is None else at_s) if self.seq else None,
            "data_age_s": round(self.age_s, 1) if self.live else None,
            "signal": self._signal(fold),
            "rate": self.link.rate if self.link else None,
            "live": self.live,
            "seq": self.seq,
            "head": self._head(),
            "trouble": self.trouble or None,
        }

    def _head(self) -> str | None:
        """Hash of the last row taken in; None while the record cannot be read, or has grown meanwhile."""
        try:
            seq, head = self.record.head
        except RecordError:
            return None
        return head if seq == self.seq and seq else None

    def channels(self) -> dict[str, Any]:
        """The newest reading of every channel, its age, and what is wrong with it."""
        at_s = self.said_s
        known = self.history.now.told.started.get("channels") or ()
        return {"time_utc": utc_text(at_s), "channels": self.readings.latest(known, at_s)}

    @property
    def age_s(self) -> float:
        """Seconds of data since the newest reading, by a clock that cannot be stepped; of a record, since it grew."""
        if self.link is None:
            return self._steady() - self._grew_s
        return (self._steady() - self._heard_s) * max(self.link.rate, 1.0)

    @property
    def said_s(self) -> float:
        """The time of data at which something said now is entered."""
        return max(self.history.now.time_s, self._data_s() or 0.0)

    def _data_s(self) -> float | None:
        return self.readings.last_s if self.link is not None else None

    def _signal(self, fold: Fold) -> str:
        if fold.told.ended is not None:
            return "ended"
        if self.link is None:
            return "good" if self.age_s < QUIET_S else "stale"
        grain_s = 3.0 * self.link.grain_s
        return "good" if self.age_s < STALE_S + grain_s else "stale" if self.age_s < LOST_S + grain_s else "lost"

    def _signal_then(self, fold: Fold, at_s: float) -> tuple[str, float | None]:
        """State of the signal and age of the data at a moment that is past: by readings kept, gaps noted, and rows."""
        newest_s = self.readings.newest_s(at_s)
        silent_s = max(self.history.silent_s(at_s), at_s - newest_s if newest_s is not None else 0.0)
        if newest_s is None and silent_s == 0.0:
            return ("good" if at_s - fold.time_s < QUIET_S else "stale"), None
        return ("good" if silent_s < STALE_S else "stale" if silent_s < LOST_S else "lost"), round(silent_s, 1)

    # --- saying -------------------------------------------------------------------------------------------------------

    def say(self, build: Build, key: CentreKey | None) -> int:
        """Write a statement and return its number: `build` makes it of what the record holds, the time of data and UTC.

        Raises what the builder raises; RecordError when the record cannot be written.
        """
        with self._saying:
            at_s = self.said_s
            utc = utc_text(self._utc())
            held = self._standing(at_s)
            if key is not None and held.centres.get(key.centre) != key.public_key:
                held = self._join(held, at_s, key, utc)
            seq = self.record.append([build(held, at_s, utc)], key)
            self.grown()
        return seq

    def _standing(self, at_s: float) -> Standing:
        """What the record holds, without the rows that cannot be read."""
        rows = (row for row in self.record.rows(KINDS) if row.data is not None and row.seq not in self.history.left_out)
        try:
            return standing((row.event for row in rows), at_s)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            problem = f"holds rows that no watch writes ({type(error).__name__})"
            raise RecordError(self.record.name, problem, "Run `hullwatch record verify`") from error

    def _join(self, held: Standing, at_s: float, key: CentreKey, utc: str) -> Standing:
        """A centre makes itself known before its first word."""
        if key.centre in held.centres:
            allowed = "the key with which this centre joined the record"
            raise DescriptionError("record", "key", f"{key.centre} ({key_id(key.public_key)})", allowed)
        joined = centre_joined(held, at_s, key.centre, key.public_key, "console", utc)
        self.record.append([joined], key)
        return self._standing(at_s)
