"""The watch's keeper: its rows reach the record, or wait in memory while the record cannot be written.

    rows --> held --append, all or none--> record
              ^                   |
              `--- cannot be written: said once, tried again later, a `record_trouble` row once it is over

A disk that is full, a lock, a server that restarts do not stop the watch. Rows that wait are bounded; beyond that the
watch must stop, and says so. After a crash the same watch goes on: rows that the record has already are compared, not
written twice.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hullwatch.errors import RecordError
from hullwatch.incident.chain import Row, row_of
from hullwatch.incident.statements import KINDS
from hullwatch.incident.store import Record
from hullwatch.records import Event

HELD_ROWS = 100_000
"""Rows that may wait in memory, about 100 MB: months of quiet watch, weeks of a leak."""
LONGEST_WAIT = 64
"""Tries are this many appends apart at most; each failure doubles the wait."""
OTHERS = (*KINDS, "merged", "archived", "record_trouble")
"""Kinds of row that may stand between the watch's own."""


def known_rows(rows: Iterable[Row]) -> deque[Row]:
    """Rows that a watch begun again will give again: up to the last of its own."""
    kept = deque(rows)
    while kept and kept[-1].kind in OTHERS:
        kept.pop()
    return kept


@dataclass(slots=True)
class _Trouble:
    """A record that cannot be written now."""

    error: RecordError
    tries: int = 0
    wait: int = 0  # appends before the next try


@dataclass(slots=True)
class Keeper:
    """Writes a watch's rows to a record, in order, each once.

    say: tells a person, on standard error for instance. known: rows the record holds already that the watch will give
    again, when it begins anew without its memory.
    """

    record: Record
    say: Callable[[str], None]
    known: deque[Row] = field(default_factory=deque)
    limit: int = HELD_ROWS
    _held: list[Event] = field(default_factory=list)
    _memory: bytes | None = None
    _covers: int = 0  # how many of the rows held that memory is after
    _seq: int = 0  # the last row known to be written
    _trouble: _Trouble | None = None

    def __post_init__(self) -> None:
        self._seq = self.record.head[0]

    def append(self, events: Iterable[Event], memory: bytes | None = None) -> None:
        """Take rows, and what the watch knows after them; write them, or hold them until they can be written."""
        fresh = [event for event in events if not self._is_known(event)]
        self._held += fresh
        if self.known or not self._held:
            return  # what is known after rows the record has already is saved with the next that it has not
        if memory is not None:
            self._memory, self._covers = memory, len(self._held)
        if self._trouble is not None and self._trouble.wait > 0:
            self._trouble.wait -= 1
        else:
            self._write()
        if len(self._held) > self.limit:
            trouble = self._trouble.error if self._trouble else None
            problem = f"{len(self._held)} rows wait to be written; no more can be kept in memory"
            remedy = "The watch stops; mend the record and give the same command: it goes on from the last row written"
            raise RecordError(self.record.name, problem, remedy) from trouble

    @property
    def trouble(self) -> str:
        """Why rows wait to be written; empty when none does."""
        return "" if self._trouble is None else f"{self._trouble.error} {len(self._held)} rows wait in memory."

    def finish(self) -> None:
        """Write what still waits; RecordError when that cannot be."""
        if self._held:
            self._write()
        if self._held and self._trouble is not None:
            problem = f"{len(self._held)} rows could not be written ({self._trouble.error.problem})"
            remedy = "Mend it and give the same command: it goes on from the last row written"
            raise RecordError(self.record.name, problem, remedy) from self._trouble.error

    def _write(self) -> None:
        """Try to write all that is held; what cannot pass by itself is raised."""
        try:
            if self._trouble is not None:
                self._forget_written()
            count = len(self._held)
            told = [self._told(self._trouble)] if self._trouble is not None and count else []
            if self._memory is not None:
                self._seq = self.record.append(self._held[: self._covers], memory=self._memory)
                del self._held[: self._covers]
                self._memory = None
            self._seq = self.record.append([*self._held, *told])
        except RecordError as error:
            if not error.passing:
                raise
            self._failed(error)
            return
        if self._trouble is not None:
            self.say(f"{self.record.name}: written again; {count} rows had waited")
        self._held, self._trouble = [], None

    def _failed(self, error: RecordError) -> None:
        if self._trouble is None or self._trouble.error.problem != error.problem:
            self.say(f"{error} The watch goes on; its rows wait in memory and are written as soon as that can be.")
        tries = 1 + (self._trouble.tries if self._trouble else 0)
        self._trouble = _Trouble(error, tries, min(2 ** (tries - 1), LONGEST_WAIT) - 1)

    def _forget_written(self) -> None:
        """Rows of a transaction reported lost that was not: a server may die after it wrote, before it said."""
        there = [row.content for row in self.record.rows(after=self._seq)]
        held = [row_of(event).content for event in self._held]
        for count in range(min(len(held), len(there)), 0, -1):
            if any(there[k : k + count] == held[:count] for k in range(len(there) - count + 1)):
                del self._held[:count]
                self._covers -= count
                self._memory = self._memory if self._covers > 0 else None  # it was written with its rows
                break

    def _told(self, trouble: _Trouble) -> Event:
        """The row that says what was wrong."""
        data = {
            "problem": trouble.error.problem,
            "since_utc": row_of(self._held[0]).time_utc,
            "rows": len(self._held),
            "tries": trouble.tries,
        }
        return Event(self._held[-1].time_s, "record_trouble", None, data)

    def _is_known(self, event: Event) -> bool:
        """Whether the record has this row already; RecordError when it has another in its place."""
        wanted = row_of(event).content if self.known else None
        while self.known:
            row = self.known.popleft()
            if row.content == wanted:
                return True
            if row.kind not in OTHERS:
                problem = (
                    f"row {row.seq} is another than this watch gives: other data, other settings or another release"
                )
                raise RecordError(self.record.name, problem, "Give another place for the record")
        return False
