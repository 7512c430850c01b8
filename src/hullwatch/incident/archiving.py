"""Retention: the data of old rows moves out of a record, and the chain can still be computed from what is left.

A row moved out keeps its number, time, kind, incident, hash and the digest of its data. Only rows that say where things
stood may go (`verification.MAY_GO`); what was found, said or done stays. The last row of the smaller record says what
went.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hullwatch.errors import RecordError
from hullwatch.incident.chain import Row, digest_of, row_of
from hullwatch.incident.verification import MAY_GO, Proved
from hullwatch.records import Event
from hullwatch.units import utc_text


@dataclass(frozen=True, slots=True)
class Archive:
    """A record in two parts, each read from the whole as it is wanted."""

    whole: Proved
    before_s: float
    by: str
    count: int  # rows whose data moves out
    kinds: dict[str, int]

    def moved(self) -> Iterator[Row]:
        """The rows whose data moves out, whole."""
        return (row for row in self.whole.read(MAY_GO) if _goes(row, self.before_s))

    def kept(self) -> Iterator[Row]:
        """The smaller record."""
        last_s = 0.0
        for row in self.whole.read(None):
            last_s = row.time_s
            yield replace(row, data=None, digest=digest_of(row)) if _goes(row, self.before_s) else row
        data = {"before_utc": utc_text(self.before_s), "kinds": self.kinds, "by": self.by}
        yield row_of(Event(last_s, "archived", None, data))


def archive(whole: Proved, name: str, before_s: float, by: str) -> Archive:
    """What would move out of a record; RecordError when nothing may."""
    if whole.schema < 2:
        raise RecordError(
            name, f"is of version {whole.schema}, whose chain needs all data", "Keep it whole, or export it"
        )
    kinds = Counter(row.kind for row in whole.read(MAY_GO) if _goes(row, before_s))
    if not kinds:
        raise RecordError(
            name, f"has nothing before {utc_text(before_s)} that may move out", f"Only {', '.join(MAY_GO)} rows may"
        )
    return Archive(whole, before_s, by, kinds.total(), dict(sorted(kinds.items())))


def belong(moved: Iterable[Row], rows: Iterable[Row], named: int | None = None) -> str:
    """Why rows that were moved out, in order, are not those of this record; "" when each is.

    named: how many there must be.
    """
    here, count = iter(rows), 0
    for count, row in enumerate(moved, 1):  # noqa: B007  # counted to the end
        there = next((one for one in here if one.seq >= row.seq), None)
        if there is None or _told(there) != _told(row):
            return f"row {row.seq} moved out is not row {row.seq} of this record: it was altered"
    if named not in (None, count):
        return f"{named} rows moved out; there are {count}"
    return ""


def _goes(row: Row, before_s: float) -> bool:
    return row.kind in MAY_GO and row.data is not None and row.time_s < before_s


def _told(row: Row) -> tuple[object, ...]:
    return row.seq, row.content, row.time_utc, row.hash
