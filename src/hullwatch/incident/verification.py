"""Whether a record is what its writers made it: the chain, every signature, every merge, what was moved out.

    chain       each row's hash follows from the one before it; rows are numbered without a gap
    moved out   data is missing only where its digest is left, and only of kinds that may go
    statements  signed with the key their centre announced, numbered without a gap, made after a row that is here
    merges      both copies can be put together again from the merged rows, and have the heads that were named
    head        a hash noted elsewhere occurs: nothing was cut off the end since

The first row that does not fit is named. Rows are read twice, those of people first, and none is kept: `copies.py`.
"""

import json
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hullwatch.errors import RecordError
from hullwatch.incident import statements
from hullwatch.incident.chain import Row, digest_of
from hullwatch.incident.copies import Bad, Copy, Terms

MAY_GO = ("trend",)
"""Kinds whose data retention may move out: where things stood, never what was found, said or done."""
_READ = (*statements.KINDS, "merged")  # rows whose data is read here
Reader = Callable[[Collection[str] | None], Iterable[Row]]
"""Gives the rows of a record in order: those of some kinds, or all; each time from the first."""


@dataclass(frozen=True, slots=True)
class Proved:
    """A record that holds, to be read again as often as wanted."""

    read: Reader
    count: int
    head: str
    schema: int = 2


FIELDS: Mapping[str, str] = {
    "ok": "true when all of it holds",
    "rows": "how many rows hold: all of them, or those before the first that does not",
    "head": "hash of the last row that holds",
    "bad_row": "number of the first row that does not fit; null when all do",
    "why": "sentence: what is wrong; empty when nothing is",
    "statements": "{centre: how many statements it signed}",
    "unsigned": "statements of people who spoke through no centre",
    "moved_out": "rows whose data was moved out, their digests left",
    "notes": "[sentence]: what holds and should be known",
}
"""What `record verify --json` prints."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the record holds; `bad_seq` is the first row that does not fit, `head` the last hash that does."""

    ok: bool
    count: int
    head: str
    bad_seq: int | None = None
    why: str = ""
    statements: Mapping[str, int] = field(default_factory=dict)  # signed ones, by centre
    unsigned: int = 0  # said by people through no centre
    moved_out: int = 0
    notes: tuple[str, ...] = ()  # what holds and should be known

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "ok": self.ok, "rows": self.count, "head": self.head, "bad_row": self.bad_seq, "why": self.why,
            "statements": dict(self.statements), "unsigned": self.unsigned, "moved_out": self.moved_out,
            "notes": list(self.notes),
        }  # fmt: skip


def verify(
    rows: Iterable[Row] | Reader,
    schema: int = 2,
    head: str | None = None,
    keys: Mapping[str, Sequence[str]] | None = None,
) -> Verification:
    """Check a record from its first row.

    head: a hash noted before, which must occur too. keys: public keys of centres known from elsewhere; without them
    the keys that the record itself announces are believed.
    """
    read = rows if callable(rows) else listed(rows)
    wanted, merges = _looked_over(read, head)
    whole = Copy(Terms(schema, keys, wanted), merges)
    moved_out = unsigned = 0
    try:
        for seq, row in enumerate(read(None), 1):
            before = whole.head
            _fits(row, seq, before)
            here = whole.number(row if row.kind in _READ or schema == 1 else _thin(row))
            if row.hash != whole.head:
                raise Bad(seq, _ALTERED.format(seq), before)
            whole.judge(here, before)
            moved_out += row.data is None
            unsigned += row.kind in statements.KINDS and "signed" not in row.fields
    except Bad as bad:
        return Verification(False, bad.seq - 1, bad.head or before, bad.seq, bad.why)
    except RecordError as error:
        problem = f"{error.problem}; its first {whole.seq} rows hold, up to {whole.head}"
        raise RecordError(error.record, problem, error.remedy, error.passing) from error
    said = whole.said
    if head is not None and head not in said.seen:
        why = f"the chain ends before the head hash {head} noted earlier"
        return Verification(False, whole.seq, whole.head, whole.seq + 1, why)
    numbers, notes = dict(sorted(said.numbers.items())), tuple(dict.fromkeys(said.notes))
    return Verification(True, whole.seq, whole.head, None, "", numbers, unsigned, moved_out, notes)


class _Every:
    """Any hash."""

    def __contains__(self, hash: object) -> bool:
        return True


def _looked_over(read: Reader, head: str | None) -> tuple[Container[str], list[tuple[int, Row]]]:
    """Hashes that statements name, and the merges."""
    wanted, merges = set[str]() if head is None else {head}, []
    try:
        for row in read(_READ):
            if row.kind == "merged":
                merges.append((row.seq, row))
            elif after := _after(row):
                wanted.add(after)
    except RecordError:  # damaged: where, is found when all of it is read
        return _Every(), merges
    return wanted, merges


_ALTERED = "row {0} was altered, or one before it removed"


def _fits(row: Row, seq: int, before: str) -> None:
    """Bad for a row that has another number, or not the data it must have."""
    if row.seq != seq:
        raise Bad(seq, f"row {seq} is missing; next is {row.seq}", before)
    if (row.data is None) != (row.digest is not None):
        raise Bad(seq, _ALTERED.format(seq), before)
    if row.data is None and row.kind not in MAY_GO:
        raise Bad(seq, f"the data of row {seq} was taken out, which that of kind {row.kind} never is", before)
    if row.kind in _READ and not _is_object(row.data or ""):
        raise Bad(seq, f"row {seq} is no {row.kind.replace('_', ' ')}: its data is no JSON object", before)


def listed(rows: Iterable[Row]) -> Reader:
    """Rows that are in memory, as a reader."""
    kept = list(rows)
    return lambda kinds: kept if kinds is None else [row for row in kept if row.kind in kinds]


def _after(row: Row) -> str:
    """The hash a statement was signed after; "" of one that names none."""
    signed = row.fields.get("signed") if row.data is not None and _is_object(row.data) else None
    return str(signed.get("after")) if isinstance(signed, Mapping) else ""


def _thin(row: Row) -> Row:
    """The row without its data, which is enough to compute its hash anywhere."""
    return replace(row, data=None, digest=digest_of(row))


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
