"""The append-only record: events in SQLite (or PostgreSQL by URL), chained by SHA-256 (`chain.py`).

One `append` is one transaction: when it returns, the events survive kill -9 and power loss (WAL, synchronous FULL).
Rows hold no wall clock, so a replay writes the same rows, and the same head hash, as the live watch did.
The chain shows any altered, removed or reordered row. Cutting rows off the end leaves a shorter, valid chain: note
`head` elsewhere (the report prints it) and give it to `verify` to notice that too.
Beside the chain, and no part of it, lies the watch's memory, replaced in the same transaction as rows are added.
"""

import contextlib
import json
import math
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from hullwatch.errors import RecordError
from hullwatch.incident import connection, signing, statements, verification
from hullwatch.incident.chain import GENESIS, Row, canonical, chained, row_of
from hullwatch.incident.verification import Verification
from hullwatch.records import Event

__all__ = ["GENESIS", "Record", "Verification", "canonical", "open_record"]

SCHEMA = 2
"""Version of the tables; a record of a newer one is refused, not guessed at. Version 1 is read and continued."""
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
    sa.Column("data", sa.Text, nullable=True),  # null once it was moved out
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=True),  # of data that was moved out
)
_memory = sa.Table(
    "watch_memory",
    _tables,
    sa.Column("seq", _events.c.seq.type, primary_key=True, autoincrement=False),  # the last row it knows of
    sa.Column("saved", sa.LargeBinary, nullable=False),
)


class Record:
    """An open record. Use `open_record`; close it, or use it in a `with` statement."""

    def __init__(self, writer: sa.Engine | None, reader: sa.Engine, name: str, schema: int) -> None:
        self._writer, self._reader, self.name, self.schema = writer, reader, name, schema
        self._turn = threading.Lock()  # the writer has one link to the database
        self._counted, self._said = 0, dict[str, int]()  # statements of each centre up to a row

    @property
    def read_only(self) -> bool:
        """Whether this record was opened for reading only."""
        return self._writer is None

    def append(self, events: Iterable[Event], key: signing.CentreKey | None = None, memory: bytes | None = None) -> int:
        """Write all of `events`, or none; they are safe on disk when this returns the number of the last row.

        key: sign each as a statement of this centre. memory: what the watch knows after them, in place of what it
        knew before; empty to forget it.
        """
        batch = list(events)
        if not batch and memory is None and not self.read_only:
            return self.head[0]
        with self._writing() as link:
            # The tail is read inside the write lock, so two writers cannot fork the chain or number alike.
            seq, head = _tail(link)
            number = self._statements_of(link, key.centre) if key is not None else 0
            rows = []
            for event in batch:
                if key is not None:
                    number += 1
                    event = signing.sign(event, key, number, head)
                (row,) = chained([_row(self.name, event)], seq, head, self.schema)
                seq, head = row.seq, row.hash
                rows.append(row)
            self._insert(link, rows)
            if memory is not None:
                _memory.create(link, checkfirst=True)
                link.execute(_memory.delete())
                if memory:
                    link.execute(_memory.insert(), [{"seq": seq, "saved": memory}])
        return seq

    def extend(self, rows: Iterable[Row]) -> None:
        """Write rows of another record after the last one here, all or none; each must have the hash it brings, if any.

        For copies, merges and archives: rows whose data was moved out stay so.
        """
        with self._writing() as link:
            placed = self._following(rows, *_tail(link))
            while batch := list(islice(placed, _PAGE)):
                self._insert(link, batch)

    @property
    def memory(self) -> tuple[int, bytes] | None:
        """What the watch last saved beside the chain, and the row after which; None when it never did."""
        with connection.explained(self.name), self._reader.connect() as link:
            if not sa.inspect(link).has_table(_memory.name):
                return None
            row = link.execute(sa.select(_memory.c.seq, _memory.c.saved)).first()
        return None if row is None else (row.seq, bytes(row.saved))

    def events(
        self, kind: str | Collection[str] | None = None, incident: str | None = None, after: int = 0
    ) -> Iterator[Event]:
        """Events in order of writing, of one kind (or several) or one incident if given, with seq above `after`.

        Rows whose data was moved out are left out.
        """
        for row in self.rows(kind, incident, after):
            if row.data is not None:
                yield Event(row.time_s, row.kind, row.incident, _read_data(self.name, row.seq, row.data))

    @property
    def head(self) -> tuple[int, str]:
        """Number and hash of the last row; (0, GENESIS) of an empty record."""
        with connection.explained(self.name), self._reader.connect() as link:
            return _tail(link)

    def verify(self, head: str | None = None, keys: Mapping[str, Sequence[str]] | None = None) -> Verification:
        """Recompute the chain and check every signature; `verification.verify` says what `head` and `keys` add."""
        return verification.verify(self.reader(), self.schema, head, keys)

    def reader(self) -> verification.Reader:
        """Reads the rows there are now, as often as wanted: a watch may go on writing meanwhile."""
        last = self.head[0]
        return lambda kinds: takewhile(lambda row: row.seq <= last, self.rows(kinds))

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

    def rows(
        self,
        kind: str | Collection[str] | None = None,
        incident: str | None = None,
        after: int = 0,
        page: int = _PAGE,
    ) -> Iterator[Row]:
        """Rows as they are kept, in order, read `page` at a time; of a damaged record all before the damage."""
        query = sa.select(*self._columns).order_by(_events.c.seq)
        if kind is not None:
            query = query.where(_events.c.kind.in_([kind] if isinstance(kind, str) else list(kind)))
        if incident is not None:
            query = query.where(_events.c.incident == incident)
        while True:
            try:
                with connection.explained(self.name), self._reader.connect() as link:
                    found = link.execute(query.where(_events.c.seq > after).limit(page)).fetchall()
            except RecordError as error:
                if page == 1 or error.passing:
                    raise
                page //= 2
                continue
            for row in found:
                yield _sound(self.name, Row(**row._mapping))
            if len(found) < page:
                return
            after = found[-1].seq

    @property
    def _columns(self) -> list[sa.Column[Any]]:
        return [column for column in _events.c if self.schema > 1 or column.name != "digest"]

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """A transaction in which this record alone writes."""
        if self._writer is None:
            raise RecordError(self.name, "was opened for reading only", "Open it with open_record(path)")
        with self._turn, connection.explained(self.name), self._writer.begin() as link:
            connection.lock_for_writing(link, _events.name)
            yield link

    def _following(self, rows: Iterable[Row], seq: int, head: str) -> Iterator[Row]:
        """Rows of another record, numbered and hashed here; RecordError where that is not the hash one brings."""
        for old in rows:
            (new,) = chained([old], seq, head, self.schema)
            if old.hash not in ("", new.hash):
                problem = f"row {old.seq} does not follow: it was altered, or one before it was"
                raise RecordError(self.name, problem, "Verify where it came from; nothing was written")
            seq, head = new.seq, new.hash
            yield new

    def _insert(self, link: sa.Connection, rows: Sequence[Row]) -> None:
        names = [column.name for column in self._columns]
        if rows:
            link.execute(_events.insert(), [{name: getattr(row, name) for name in names} for row in rows])

    def _statements_of(self, link: sa.Connection, centre: str) -> int:
        """How many statements the centre has made in this record."""
        query = sa.select(_events.c.seq, _events.c.data).where(_events.c.kind.in_(statements.KINDS))
        for seq, data in link.execute(query.where(_events.c.seq > self._counted).order_by(_events.c.seq)):
            signed = _read_data(self.name, seq, data).get("signed") if data is not None else None
            if isinstance(signed, dict) and isinstance(signed.get("number"), int):
                self._said[str(signed.get("centre"))] = max(
                    self._said.get(str(signed.get("centre")), 0), signed["number"]
                )
            self._counted = seq
        return self._said.get(centre, 0)


def open_record(path_or_url: str, read_only: bool = False) -> Record:
    """Open the record at a path or a database URL; unless `read_only`, make it when there is none.

    RecordError says what to do when it is no record, is locked, is of a newer version, or cannot be written.
    """
    name = str(path_or_url)
    with connection.explained(name):
        engine = connection.engine(name, read_only)
        try:
            schema = _check_or_create(engine, name, read_only)
        except BaseException:
            engine.dispose()
            raise
        reader = engine if read_only else connection.engine(name, read_only=True)
    return Record(None if read_only else engine, reader, connection.display(name), schema)


def _check_or_create(engine: sa.Engine, name: str, read_only: bool) -> int:
    """The version of the record there; a new one where there is nothing."""
    with engine.begin() as link:
        names = set(sa.inspect(link).get_table_names())
        if not names and not read_only:
            # Tables, triggers and version appear in one transaction: a crash leaves all of them or none.
            _tables.create_all(link)
            connection.forbid_changes(link)
            link.execute(_format.insert(), [{"name": "hullwatch_record", "value": str(SCHEMA)}])
            return SCHEMA
        if not {_format.name, _events.name} <= names:
            problem = "holds no record" if not names else "is a database, but not a Hullwatch record"
            raise RecordError(connection.display(name), problem, "Give another path; nothing was changed")
        found = link.execute(sa.select(_format.c.value).where(_format.c.name == "hullwatch_record")).scalar()
    version = int(found) if found is not None and found.isdecimal() else 0
    if not 1 <= version <= SCHEMA:
        problem = f"has schema version {found}; this Hullwatch reads versions up to {SCHEMA}"
        raise RecordError(connection.display(name), problem, "Use the Hullwatch that wrote it, or a newer one")
    return version


def _sound(name: str, row: Row) -> Row:
    """The row, if its columns hold what they are for: SQLite keeps whatever a damaged page says."""
    right = all(isinstance(text, str) for text in (row.time_utc, row.kind, row.hash))
    right = right and all(text is None or isinstance(text, str) for text in (row.incident, row.data, row.digest))
    if not (right and type(row.time_s) is float and math.isfinite(row.time_s)):
        raise RecordError(name, f"row {row.seq} is damaged", "Run verify; restore the record from a copy")
    return row


def _tail(link: sa.Connection) -> tuple[int, str]:
    row = link.execute(sa.select(_events.c.seq, _events.c.hash).order_by(_events.c.seq.desc()).limit(1)).first()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def _row(name: str, event: Event) -> Row:
    where = f"event {event.kind!r} at {event.time_s!r} s"
    try:
        if not math.isfinite(event.time_s):
            raise ValueError("time is not finite")
        return row_of(event)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        with contextlib.suppress(Exception):
            where += f", data {str(dict(event.data))[:200]}"
        raise RecordError(name, f"{where} cannot be recorded: {error}", "Record finite JSON values only") from error


def _read_data(name: str, seq: int, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise RecordError(
            name, f"row {seq} is not JSON ({error})", "Run verify; restore the record from a copy"
        ) from error
    return data if isinstance(data, dict) else {}
