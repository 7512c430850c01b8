"""The append-only record: events in SQLite (or PostgreSQL by URL), chained by SHA-256.

    hash[n] = SHA-256( hash[n-1] newline canonical JSON of [seq, time_utc, time_s, kind, incident, data] )

One `append` is one transaction: when it returns, the events survive kill -9 and power loss (WAL, synchronous FULL).
Rows hold no wall clock, so a replay writes the same rows, and the same head hash, as the live watch did.
The chain shows any altered, removed or reordered row. Cutting rows off the end leaves a shorter, valid chain: note
`head` elsewhere (the report prints it) and give it to `verify` to notice that too.
"""

import contextlib
import hashlib
import json
import math
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from hullwatch.errors import RecordError
from hullwatch.incident import connection
from hullwatch.records import Event
from hullwatch.units import utc_text

SCHEMA = 1
"""Version of the tables; a record of a newer one is refused, not guessed at."""
GENESIS = "0" * 64
"""What the first row's hash is chained to."""
_PAGE = 5_000  # rows per read: no reader holds a transaction long enough to stop the writer's checkpoints

_tables = sa.MetaData()
_format = sa.Table(
    "record_format", _tables, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
_events = sa.Table(
    "events",
    _tables,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("time_utc", sa.Text, nullable=False),
    sa.Column("time_s", sa.Double, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, index=True),
    sa.Column("incident", sa.Text, nullable=True, index=True),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds; `bad_seq` is the first row that does not fit, `head` the last hash that does."""

    ok: bool
    count: int
    head: str
    bad_seq: int | None = None
    why: str = ""


class Record:
    """An open record. Use `open_record`; close it, or use it in a `with` statement."""

    def __init__(self, writer: sa.Engine | None, reader: sa.Engine, name: str) -> None:
        self._writer, self._reader, self.name = writer, reader, name
        self._turn = threading.Lock()  # the writer has one link to the database

    @property
    def read_only(self) -> bool:
        """Whether this record was opened for reading only."""
        return self._writer is None

    def append(self, events: Iterable[Event]) -> None:
        """Write all of `events`, or none; they are safe on disk when this returns."""
        batch = list(events)
        if self._writer is None:
            raise RecordError(self.name, "was opened for reading only", "Open it with open_record(path)")
        if not batch:
            return
        with self._turn, connection.explained(self.name), self._writer.begin() as link:
            connection.lock_for_writing(link, _events.name)
            # The tail is read inside the write lock, so two writers cannot fork the chain.
            seq, head = _tail(link)
            rows = []
            for event in batch:
                seq += 1
                row = _row(self.name, seq, event)
                head = row["hash"] = _link(head, row)
                rows.append(row)
            link.execute(_events.insert(), rows)

    def events(self, kind: str | None = None, incident: str | None = None, after: int = 0) -> Iterator[Event]:
        """Events in order of writing, of one kind or one incident if given, with seq above `after`."""
        for row in self._rows(kind, incident, after):
            yield Event(row.time_s, row.kind, row.incident, _read_data(self.name, row.seq, row.data))

    @property
    def head(self) -> tuple[int, str]:
        """Number and hash of the last row; (0, GENESIS) of an empty record."""
        with connection.explained(self.name), self._reader.connect() as link:
            return _tail(link)

    def verify(self, head: str | None = None) -> Verification:
        """Recompute the chain from the first row; with `head`, a hash noted before, it must occur in the chain too."""
        count, last, seen = 0, GENESIS, head is None or head == GENESIS
        for row in self._rows():
            if row.seq != count + 1:
                return Verification(False, count, last, count + 1, f"row {count + 1} is missing; next is {row.seq}")
            if row.hash != _link(last, dict(row._mapping)):
                return Verification(False, count, last, row.seq, f"row {row.seq} was altered, or one before it removed")
            count, last = row.seq, row.hash
            seen = seen or last == head
        if not seen:
            return Verification(
                False, count, last, count + 1, f"the chain ends before the head hash {head} noted earlier"
            )
        return Verification(True, count, last)

    def close(self) -> None:
        """Let go of the database."""
        self._reader.dispose()
        if self._writer is not None:
            self._writer.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, kind: str | None = None, incident: str | None = None, after: int = 0) -> Iterator[sa.Row[Any]]:
        query = sa.select(_events).order_by(_events.c.seq).limit(_PAGE)
        if kind is not None:
            query = query.where(_events.c.kind == kind)
        if incident is not None:
            query = query.where(_events.c.incident == incident)
        while True:
            with connection.explained(self.name), self._reader.connect() as link:
                page = link.execute(query.where(_events.c.seq > after)).fetchall()
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].seq


def open_record(path_or_url: str, read_only: bool = False) -> Record:
    """Open the record at a path or a database URL; unless `read_only`, make it when there is none.

    RecordError says what to do when it is no record, is locked, is of a newer version, or cannot be written.
    """
    name = str(path_or_url)
    with connection.explained(name):
        engine = connection.engine(name, read_only)
        try:
            _check_or_create(engine, name, read_only)
        except BaseException:
            engine.dispose()
            raise
        reader = engine if read_only else connection.engine(name, read_only=True)
    return Record(None if read_only else engine, reader, connection.display(name))


def _check_or_create(engine: sa.Engine, name: str, read_only: bool) -> None:
    with engine.begin() as link:
        names = set(sa.inspect(link).get_table_names())
        if not names and not read_only:
            # Tables, triggers and version appear in one transaction: a crash leaves all of them or none.
            _tables.create_all(link)
            connection.forbid_changes(link)
            link.execute(_format.insert(), [{"name": "hullwatch_record", "value": str(SCHEMA)}])
            return
        if not {_format.name, _events.name} <= names:
            problem = "holds no record" if not names else "is a database, but not a Hullwatch record"
            raise RecordError(connection.display(name), problem, "Give another path; nothing was changed")
        found = link.execute(sa.select(_format.c.value).where(_format.c.name == "hullwatch_record")).scalar()
    version = int(found) if found is not None and found.isdecimal() else 0
    if version != SCHEMA:
        problem = f"has schema version {found}; this Hullwatch reads version {SCHEMA}"
        raise RecordError(connection.display(name), problem, "Use the Hullwatch that wrote it, or a newer one")


def _tail(link: sa.Connection) -> tuple[int, str]:
    row = link.execute(sa.select(_events.c.seq, _events.c.hash).order_by(_events.c.seq.desc()).limit(1)).first()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII; ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _row(name: str, seq: int, event: Event) -> dict[str, Any]:
    where = f"event {event.kind!r} at {event.time_s!r} s"
    try:
        if not math.isfinite(event.time_s):
            raise ValueError("time is not finite")
        time_s = float(event.time_s)
        data = canonical(dict(event.data))
        time_utc = utc_text(time_s)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        with contextlib.suppress(Exception):
            where += f", data {str(dict(event.data))[:200]}"
        raise RecordError(name, f"{where} cannot be recorded: {error}", "Record finite JSON values only") from error
    return {
        "seq": seq,
        "time_utc": time_utc,
        "time_s": time_s,
        "kind": event.kind,
        "incident": event.incident,
        "data": data,
    }


def _link(previous: str, row: dict[str, Any]) -> str:
    text = canonical([row["seq"], row["time_utc"], row["time_s"], row["kind"], row["incident"], row["data"]])
    return hashlib.sha256(f"{previous}\n{text}".encode("ascii")).hexdigest()


def _read_data(name: str, seq: int, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise RecordError(
            name, f"row {seq} is not JSON ({error})", "Run verify; restore the record from a copy"
        ) from error
    return data if isinstance(data, dict) else {}
