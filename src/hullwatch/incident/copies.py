"""A record as it was, fed row by row: its chain, what was signed in it, and the copies it was merged of.

    row --> whole record --before its last merge--> first copy  --> (what that was merged of)
                |                          `------> second copy --> ...
                `--after it--> statements checked here

A merged record holds the rows of both copies once; from which each came stands in its `merged` row. Each row goes down
this tree, is numbered and hashed anew in every copy it belongs to, and its signature is checked in the one in which it
was made. Nothing is kept of a row, so a record of any length takes the same memory.
"""

from bisect import bisect_right
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from hullwatch.incident import signing, statements
from hullwatch.incident.chain import GENESIS, Row, link

SIDES = ("first", "second")
"""The two copies of a merge, in the order of the heads it names."""
Keys = Mapping[str, Sequence[str]] | None
Merges = Sequence[tuple[int, Row]]
"""The `merged` rows of a copy, each with its number in it."""


class Bad(Exception):  # noqa: N818  # caught by `verification.verify`
    """A row that does not fit. head: hash of the row before it, in the whole record."""

    def __init__(self, seq: int, why: str, head: str = "") -> None:
        self.seq, self.why, self.head = seq, why, head


@dataclass(slots=True)
class Said:
    """What the rows read so far established. seen: hashes of rows, of those that some statement names."""

    keys: dict[str, str] = field(default_factory=dict)  # in force
    numbers: dict[str, int] = field(default_factory=dict)
    signatures: dict[tuple[str, int], str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a record is checked with: version, keys known from elsewhere, hashes to look out for."""

    schema: int
    keys: Keys
    wanted: Container[str]


class Copy:
    """One record: the whole, or a copy that was merged into it."""

    def __init__(self, terms: Terms, merges: Merges) -> None:
        self._terms, self.seq, self.head, self.said = terms, 0, GENESIS, Said()
        self._merge = _Merge(terms, merges) if merges else None
        if GENESIS in terms.wanted:
            self.said.seen.add(GENESIS)

    def number(self, row: Row) -> Row:
        """The next row, with its number here; `head` is now its hash."""
        self.seq += 1
        here = replace(row, seq=self.seq)
        self.head = link(self.head, here, self._terms.schema)
        return here

    def judge(self, here: Row, whole: str) -> None:
        """Bad if the row just numbered is no statement that it should be. whole: hash before it in the whole record."""
        merge = self._merge
        if merge is not None and self.seq < merge.seq:
            merge.take(here, whole)
        elif merge is not None and self.seq == merge.seq:
            said = merge.joined()
            said.seen |= self.said.seen
            self.said = said
        elif here.kind in statements.KINDS:
            _statement(here, self.said, self._terms.keys, whole)
        if self.head in self._terms.wanted:
            self.said.seen.add(self.head)


class _Merge:
    """The last merge of a record: the two copies, as their rows come."""

    def __init__(self, terms: Terms, merges: Merges) -> None:
        before, (self.seq, row) = merges[:-1], merges[-1]
        self._why = ""
        self._copies: list[Copy] = []
        self._faults: list[tuple[int, str, Bad] | None] = [None, None]
        at = self.seq - 1
        try:
            data: Mapping[str, Any] = row.fields
            self._common, runs = int(data["common"]), [(str(side), int(count)) for side, count in data["sides"]]
            self._named = list(zip(data["heads"], data["counts"], strict=True))
            if len(self._named) != len(SIDES):
                raise ValueError("two copies are merged")
        except (KeyError, TypeError, ValueError, OverflowError):
            self._why = f"row {self.seq} is no merge that can be checked"
            return
        told = sum(count for _, count in runs)
        if not 0 <= self._common <= at or told != at - self._common or any(count < 1 for _, count in runs):
            self._why = (
                f"row {self.seq} speaks of {told} merged rows after {self._common}; there are {at}: one was removed"
            )
            return
        self._sides = [side for side, _ in runs]
        self._ends = list(accumulate(count for _, count in runs))
        self._copies = [Copy(terms, self._merges_of(name, before)) for name in SIDES]

    def take(self, row: Row, whole: str) -> None:
        """A row before the merge, to the copies it came from; what is wrong in one is told when both are whole."""
        for k, name in enumerate(SIDES if self._copies else ()):
            if self._holds(name, row.seq):
                there = self._copies[k].number(row)
                if self._faults[k] is None:
                    try:
                        self._copies[k].judge(there, whole)
                    except Bad as bad:
                        self._faults[k] = row.seq, whole, bad

    def joined(self) -> Said:
        """What both copies established; Bad unless both can be put together again and hold."""
        if self._why:
            raise Bad(self.seq, self._why)
        both = Said()
        for name, copy, fault, (head, count) in zip(SIDES, self._copies, self._faults, self._named, strict=True):
            if copy.seq != count or copy.head != head:
                why = f"the {name} copy it merged cannot be put together again from these rows"
                raise Bad(self.seq, f"row {self.seq}: {why}")
            if fault is not None:
                there, whole, bad = fault
                raise Bad(there, f"row {there} (in the {name} copy of the merge, {bad.why})", bad.head or whole)
            _join(both, copy.said)
        return both

    def _holds(self, name: str, seq: int) -> bool:
        """Whether a row is of that copy."""
        if seq <= self._common:
            return True
        return self._sides[bisect_right(self._ends, seq - self._common - 1)] in (name, "both")

    def _merges_of(self, name: str, before: Merges) -> Merges:
        """Earlier merges that belong to a copy, with their numbers in it."""
        return [(self._number(name, seq), row) for seq, row in before if self._holds(name, seq)]

    def _number(self, name: str, seq: int) -> int:
        """The number in that copy of a row that is in it."""
        if seq <= self._common:
            return seq
        number, start = self._common, 0
        for side, end in zip(self._sides, self._ends, strict=True):
            if side in (name, "both"):
                number += min(end, seq - self._common) - start
            if end >= seq - self._common:
                break
            start = end
        return number


def _statement(row: Row, said: Said, keys: Keys, whole: str) -> None:
    """One statement: whose it is, which of theirs, and after what it was made."""
    data = row.fields
    centre, signed = str(data.get("centre")), data.get("signed")
    announced = said.keys
    if row.kind == "centre_joined":
        public = str(data.get("public_key"))
        if keys is not None and public not in keys.get(centre, ()):
            raise Bad(row.seq, f"row {row.seq} announces a key of {centre} that is not among those given", whole)
        announced = {centre: public} | said.keys  # a new key is announced under the old one
    if why := signing.check(row.event, announced):
        raise Bad(row.seq, f"row {row.seq} {why}", whole)
    if signed is None:
        return
    expected = said.numbers.get(centre, 0) + 1
    if signed["number"] != expected:
        which = f"statement {signed['number']} of {centre} where number {expected} is due"
        raise Bad(row.seq, f"row {row.seq} is {which}: one was removed, repeated or moved", whole)
    if str(signed["after"]) not in said.seen:
        why = f"row {row.seq} was signed by {centre} after a row that is not here: the past was changed"
        raise Bad(row.seq, why, whole)
    said.numbers[centre] = expected
    said.signatures[centre, expected] = str(signed["signature"])
    if row.kind == "centre_joined":
        said.keys[centre] = str(data["public_key"])


def _join(both: Said, one: Said) -> None:
    """Add what one copy established."""
    for (centre, number), signature in one.signatures.items():
        if both.signatures.get((centre, number), signature) != signature:
            both.notes.append(f"{centre} made two different statements number {number}, one in each copy merged")
    for centre, number in one.numbers.items():
        both.numbers[centre] = max(number, both.numbers.get(centre, 0))
    both.keys |= one.keys
    both.signatures |= one.signatures
    both.seen |= one.seen
    both.notes += one.notes
