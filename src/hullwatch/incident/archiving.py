"""Retention: the data of old rows moves out of a record, and the chain can still be computed from what is left.

A row moved out keeps its number, time, kind, incident, hash and the digest of its data. Only rows that say where things
stood may go (`verification.MAY_GO`); what was found, said or done stays. The last row of the smaller record says what
went.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hullwatch.errors import RecordError
from hullwatch.incident.chain import Row, digest_of, row_of
from hullwatch.incident.merging import of_kinds
from hullwatch.incident.verification import MAY_GO
from hullwatch.records import Event
from hullwatch.units import utc_text


def archive(rows: Sequence[Row], schema: int, name: str, before_s: float, by: str) -> tuple[list[Row], list[Row]]:
    """The smaller record, and the rows whose data moved out of it, whole."""
    if schema < 2:
        raise RecordError(name, f"is of version {schema}, whose chain needs all data", "Keep it whole, or export it")
    moved = [row for row in rows if row.kind in MAY_GO and row.data is not None and row.time_s < before_s]
    if not moved:
        raise RecordError(
            name, f"has nothing before {utc_text(before_s)} that may move out", f"Only {', '.join(MAY_GO)} rows may"
        )
    gone = {row.seq for row in moved}
    kept = [replace(row, data=None, digest=digest_of(row)) if row.seq in gone else row for row in rows]
    data = {"before_utc": utc_text(before_s), "kinds": of_kinds(moved), "by": by}
    return [*kept, row_of(Event(rows[-1].time_s, "archived", None, data))], moved


def belong(moved: Iterable[Row], rows: Iterable[Row]) -> str:
    """Why rows that were moved out are not those of this record; "" when each is."""
    left = {row.seq: row for row in moved}
    for there in rows:
        row = left.get(there.seq)
        if row and (there.content, there.time_utc, there.hash) == (row.content, row.time_utc, row.hash):
            del left[there.seq]
    return "".join(f"row {seq} moved out is not row {seq} of this record: it was altered" for seq in sorted(left)[:1])
