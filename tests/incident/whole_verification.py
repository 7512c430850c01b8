"""Verification with all rows in memory and each copy of a merge made whole: the slow oracle of `verify`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hullwatch.incident import signing, statements
from hullwatch.incident.chain import GENESIS, Row, chained, digest_of, link
from hullwatch.incident.copies import SIDES
from hullwatch.incident.verification import MAY_GO, Verification

_READ = (*statements.KINDS, "merged")  # rows whose data is read here


class _Bad(Exception):  # noqa: N818  # never leaves this file
    """A row that does not fit."""

    def __init__(self, seq: int, why: str) -> None:
        self.seq, self.why = seq, why


@dataclass(slots=True)
class _Said:
    """What the rows read so far established."""

    keys: dict[str, str] = field(default_factory=dict)  # in force
    numbers: dict[str, int] = field(default_factory=dict)
    signatures: dict[tuple[str, int], str] = field(default_factory=dict)
    hashes: set[str] = field(default_factory=lambda: {GENESIS})
    notes: list[str] = field(default_factory=list)


def verify(
    rows: Iterable[Row],
    schema: int = 2,
    head: str | None = None,
    keys: Mapping[str, Sequence[str]] | None = None,
) -> Verification:
    """Check a record from its first row.

    head: a hash noted before, which must occur too. keys: public keys of centres known from elsewhere; without them
    the keys that the record itself announces are believed.
    """
    kept: list[Row] = []
    moved_out, unsigned = 0, 0
    try:
        try:
            for row in _chain(rows, schema):
                moved_out += row.data is None
                unsigned += row.kind in statements.KINDS and "signed" not in row.fields
                kept.append(row if row.kind in _READ or schema == 1 else _thin(row))
        finally:
            said = _statements(kept, schema, keys)  # a statement that is false comes before a chain broken later
    except _Bad as bad:
        last = kept[bad.seq - 2].hash if 1 < bad.seq <= len(kept) + 1 else GENESIS
        return Verification(False, min(len(kept), bad.seq - 1), last, bad.seq, bad.why)
    last = kept[-1].hash if kept else GENESIS
    if head is not None and head not in said.hashes:
        why = f"the chain ends before the head hash {head} noted earlier"
        return Verification(False, len(kept), last, len(kept) + 1, why)
    numbers, notes = dict(sorted(said.numbers.items())), tuple(dict.fromkeys(said.notes))
    return Verification(True, len(kept), last, None, "", numbers, unsigned, moved_out, notes)


def _chain(rows: Iterable[Row], schema: int) -> Iterable[Row]:
    """The rows as long as their chain holds; the first that does not is raised."""
    last = GENESIS
    for seq, row in enumerate(rows, 1):
        if row.seq != seq:
            raise _Bad(seq, f"row {seq} is missing; next is {row.seq}")
        if (row.data is None) != (row.digest is not None) or row.hash != link(last, row, schema):
            raise _Bad(seq, f"row {seq} was altered, or one before it removed")
        if row.data is None and row.kind not in MAY_GO:
            raise _Bad(seq, f"the data of row {seq} was taken out, which that of kind {row.kind} never is")
        if row.kind in _READ and not _is_object(row.data or ""):
            raise _Bad(seq, f"row {seq} is no {row.kind.replace('_', ' ')}: its data is no JSON object")
        yield row
        last = row.hash


def _thin(row: Row) -> Row:
    """The row without its data, which is enough to compute its hash anywhere."""
    return replace(row, data=None, digest=digest_of(row))


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _statements(rows: Sequence[Row], schema: int, keys: Mapping[str, Sequence[str]] | None) -> _Said:
    """Check all that was signed, up to the last merge in each of its two copies."""
    last = max((k for k, row in enumerate(rows) if row.kind == "merged"), default=None)
    said = _Said() if last is None else _merge(rows, last, schema, keys)
    for row in rows[last or 0 :]:
        if row.kind in statements.KINDS:
            _statement(row, said, keys)
        said.hashes.add(row.hash)
    return said


def _statement(row: Row, said: _Said, keys: Mapping[str, Sequence[str]] | None) -> None:
    """One statement: whose it is, which of theirs, and after what it was made."""
    data = row.fields
    centre, signed = str(data.get("centre")), data.get("signed")
    announced = said.keys
    if row.kind == "centre_joined":
        public = str(data.get("public_key"))
        if keys is not None and public not in keys.get(centre, ()):
            raise _Bad(row.seq, f"row {row.seq} announces a key of {centre} that is not among those given")
        announced = {centre: public} | said.keys  # a new key is announced under the old one
    if why := signing.check(row.event, announced):
        raise _Bad(row.seq, f"row {row.seq} {why}")
    if signed is None:
        return
    expected = said.numbers.get(centre, 0) + 1
    if signed["number"] != expected:
        which = f"statement {signed['number']} of {centre} where number {expected} is due"
        raise _Bad(row.seq, f"row {row.seq} is {which}: one was removed, repeated or moved")
    if str(signed["after"]) not in said.hashes:
        raise _Bad(row.seq, f"row {row.seq} was signed by {centre} after a row that is not here: the past was changed")
    said.numbers[centre] = expected
    said.signatures[centre, expected] = str(signed["signature"])
    if row.kind == "centre_joined":
        said.keys[centre] = str(data["public_key"])


def _merge(rows: Sequence[Row], at: int, schema: int, keys: Mapping[str, Sequence[str]] | None) -> _Said:
    """Put both copies of a merge together again and check each as the record it was."""
    seq, data = rows[at].seq, rows[at].fields
    try:
        common, runs = int(data["common"]), [(str(side), int(count)) for side, count in data["sides"]]
        named = list(zip(SIDES, data["heads"], data["counts"], strict=True))
    except (KeyError, TypeError, ValueError) as error:
        raise _Bad(seq, f"row {seq} is no merge that can be checked") from error
    told = sum(count for _, count in runs)  # added up before anything is made as long as it says
    if not 0 <= common <= at or told != at - common or any(count < 1 for _, count in runs):
        raise _Bad(seq, f"row {seq} speaks of {told} merged rows after {common}; there are {at}: one was removed")
    sides = [side for side, count in runs for _ in range(count)]
    both = _Said()
    for name, head, count in named:
        places = [k for k in range(at) if k < common or sides[k - common] in (name, "both")]
        copy = list(chained((rows[k] for k in places), schema=schema))
        if len(copy) != count or (copy[-1].hash if copy else GENESIS) != head:
            raise _Bad(seq, f"row {seq}: the {name} copy it merged cannot be put together again from these rows")
        try:
            _join(both, _statements(copy, schema, keys))
        except _Bad as bad:
            there = rows[places[bad.seq - 1]].seq
            raise _Bad(there, f"row {there} (in the {name} copy of the merge, {bad.why})") from bad
    both.hashes |= {row.hash for row in rows[:at]}
    return both


def _join(both: _Said, one: _Said) -> None:
    """Add what one copy established."""
    for (centre, number), signature in one.signatures.items():
        if both.signatures.get((centre, number), signature) != signature:
            both.notes.append(f"{centre} made two different statements number {number}, one in each copy merged")
    for centre, number in one.numbers.items():
        both.numbers[centre] = max(number, both.numbers.get(centre, 0))
    both.keys |= one.keys
    both.signatures |= one.signatures
    both.hashes |= one.hashes
    both.notes += one.notes
