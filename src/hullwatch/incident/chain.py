"""The chain: how each row is bound to all rows before it.

    digest  = SHA-256( data text )
    hash[n] = SHA-256( hash[n-1] newline canonical JSON of [seq, time_utc, time_s, kind, incident, digest] )

A row's data enters by its digest, so data may be moved out of a record (retention) and the chain still be computed from
what is left: the row keeps its place, its time, its kind and the digest of what it said.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hullwatch.errors import RecordError
from hullwatch.records import Event
from hullwatch.units import utc_text

GENESIS = "0" * 64
"""What the first row's hash is chained to."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is kept. `data` is its canonical JSON text; None once it was moved out, and then `digest` says what
    it was."""

    seq: int
    time_utc: str
    time_s: float
    kind: str
    incident: str | None
    data: str | None
    hash: str = ""
    digest: str | None = None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The data as fields; none when it was moved out. RecordError where a damaged page left no JSON of it."""
        try:
            value = json.loads(self.data) if self.data is not None else {}
        except (ValueError, RecursionError) as error:
            remedy = "Run verify; restore the record from a copy"
            raise RecordError("record", f"row {self.seq} is damaged: its data is no JSON", remedy) from error
        return value if isinstance(value, dict) else {}

    @property
    def event(self) -> Event:
        """The event this row keeps."""
        return Event(self.time_s, self.kind, self.incident, self.fields)

    @property
    def content(self) -> tuple[float, str, str | None, str]:
        """What the row says, wherever it stands."""
        return self.time_s, self.kind, self.incident, digest_of(self)


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII; ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(row: Row) -> str:
    """SHA-256 of the row's data text."""
    return (row.digest or "") if row.data is None else hashlib.sha256(row.data.encode("utf-8")).hexdigest()


def statement_id(event: Event) -> str:
    """Sixteen hexadecimal digits for what somebody said, wherever it stands in whatever copy of a record."""
    row = row_of(event)
    text = canonical([row.time_s, row.kind, row.incident, digest_of(row)])
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def link(previous: str, row: Row, schema: int = 2) -> str:
    """The hash of a row after the row whose hash is `previous`. In schema 1 the data itself stood for its digest."""
    said = row.data if schema == 1 else digest_of(row)
    text = canonical([row.seq, row.time_utc, row.time_s, row.kind, row.incident, said])
    return hashlib.sha256(f"{previous}\n{text}".encode("ascii")).hexdigest()


def row_of(event: Event) -> Row:
    """An event as a row that has no place yet; ValueError or TypeError where it holds what JSON cannot say."""
    time_s = float(event.time_s)
    return Row(0, utc_text(time_s), time_s, event.kind, event.incident, canonical(dict(event.data)))


def chained(rows: Iterable[Row], seq: int = 0, head: str = GENESIS, schema: int = 2) -> Iterator[Row]:
    """The same contents in this order after row `seq` whose hash is `head`: numbered and hashed."""
    for row in rows:
        seq += 1
        placed = replace(row, seq=seq)
        head = link(head, placed, schema)
        yield replace(placed, hash=head)
