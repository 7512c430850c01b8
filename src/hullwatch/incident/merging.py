"""Two copies of one record that went different ways: where they part, what each has, and one record made of both.

    common        fork            A  a1 w1 a2 w2          A and B share the watch's rows w, and each has its own words;
    c1 c2 c3 ----------------<    B  w1 b1 w2             merged: c1 c2 c3 a1 w1 a2 b1 w2 merged

Rows that both have appear once; between them the sides' own rows stand in order of time. The order of rows within each
copy is kept, and the last row, `merged`, says which copy each came from: so both copies can be put together again from
the merged record, hash for hash, and every signature still be checked where it was made. The copy with the smaller head
hash is called the first, so that merging A with B and B with A give the same record.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, groupby, islice
from typing import Any

from hullwatch.errors import RecordError
from hullwatch.incident import alarm_list
from hullwatch.incident.chain import Row, row_of
from hullwatch.incident.pairing import BOTH, FIRST, SECOND, Tails
from hullwatch.incident.statements import KINDS
from hullwatch.incident.verification import Proved
from hullwatch.records import Event
from hullwatch.units import utc_text

_HEARD = ("hatch_report", "limit_changed", "decision_answered", "decision_proposed", *alarm_list.KINDS)
"""Kinds whose data is read here."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where two copies part, and what each has after that."""

    first: Proved  # the copy with the smaller head hash
    second: Proved
    swapped: bool  # whether `first` is the copy that was given second
    common: int  # rows that are the same at their beginning
    shared: int  # rows after that which both have
    only_first: dict[str, int]  # rows that only the first copy has, by kind
    only_second: dict[str, int]
    sides: tuple[tuple[str, int], ...]  # runs of merged rows after the common ones: from which copy, and how many
    conflicts: tuple[dict[str, Any], ...]

    @property
    def parted(self) -> bool:
        """Whether they went different ways: each has rows of its own after the common ones, or in another order."""
        return min(self.first.count, self.second.count) > self.common


def compare(one: Proved, other: Proved) -> Comparison:
    """Compare two copies, row by row; RecordError when they do not even begin alike."""
    swapped = one.head > other.head
    first, second = (other, one) if swapped else (one, other)
    common, before, rest = _common(first, second)
    if not common and first.count and second.count:
        raise RecordError(
            "the two records", "share no row: they are not copies of one record", "Compare copies of one record"
        )
    with Tails() as tails:
        words = [_last_words(before, tails.take(side, rows)) for side, rows in zip((FIRST, SECOND), rest, strict=True)]
        shared = tails.pair()
        return Comparison(
            first, second, swapped, common, shared,
            only_first=people_first(dict(tails.kinds_alone(FIRST))),
            only_second=people_first(dict(tails.kinds_alone(SECOND))),
            sides=tuple((side, sum(1 for _ in run)) for side, run in groupby(tails.sides())),
            conflicts=_conflicts(*words),
        )  # fmt: skip


def merge(found: Comparison, by: str) -> Iterator[Row]:
    """One record of both, as rows to be hashed anew; the longer one as it is where the other is its beginning."""
    first, second = found.first, found.second
    if not found.parted:
        yield from (first if first.count >= second.count else second).read(None)
        return
    rows = {FIRST: iter(first.read(None)), SECOND: islice(second.read(None), found.common, None)}
    last: dict[str, Row] = {}

    def following(side: str) -> Row:
        last[side] = _next(rows[side])
        return last[side]

    for _ in range(found.common):
        yield replace(following(FIRST), hash="")
    for side, count in found.sides:
        for _ in range(count):
            row = following(SECOND if side == SECOND else FIRST)
            if side == BOTH:
                twin = following(SECOND)
                row = twin if row.data is None else row  # moved out of one copy, kept in the other
            yield replace(row, hash="")
    data = {
        "heads": [first.head, second.head],
        "counts": [first.count, second.count],
        "common": found.common,
        "sides": [list(run) for run in found.sides],
        "conflicts": list(found.conflicts),
        "by": by,
    }
    yield row_of(Event(max(row.time_s for row in last.values()), "merged", None, data))


def _common(first: Proved, second: Proved) -> tuple[int, list[Event], list[Iterator[Row]]]:
    """How many rows are the same at the beginning, what alarms are told there, and the rows of each after that."""
    a, b = iter(first.read(None)), iter(second.read(None))
    before: list[Event] = []
    common = 0
    here, there = next(a, None), next(b, None)
    while here is not None and there is not None and here.hash == there.hash:
        if here.kind in alarm_list.KINDS:
            before.append(here.event)
        common += 1
        here, there = next(a, None), next(b, None)
    rest: list[Iterator[Row]] = [chain(() if row is None else (row,), rows) for row, rows in ((here, a), (there, b))]
    return common, before, rest


def _next(rows: Iterator[Row]) -> Row:
    row = next(rows, None)
    if row is None:
        raise RecordError("the two records", "changed while they were read", "Do it again when nobody writes to them")
    return row


_Words = dict[tuple[str, str], dict[str, Any]]


def _conflicts(one: _Words, other: _Words) -> tuple[dict[str, Any], ...]:
    """What both copies spoke of after the fork, and not alike."""
    return tuple(
        {"what": what, "id": name, "first": one[what, name], "second": other[what, name]}
        for what, name in sorted(set(one) & set(other))
        if one[what, name]["said"] != other[what, name]["said"]
    )


def _last_words(before: list[Event], after: Iterable[Row]) -> _Words:
    """What people last said of each hatch, limit, decision and alarm in one copy after the fork."""
    last: _Words = {}
    acted: dict[str | None, Event] = {}

    def heard() -> Iterator[Event]:
        for row in after:
            if row.data is None:
                continue
            if row.kind not in _HEARD:
                yield Event(row.time_s, row.kind, row.incident, {})  # its time alone counts
                continue
            event = row.event
            for key, value in _said(event):
                last[key] = {"said": value, **_by(event)}
            if event.kind == "alarm_action":
                acted[event.incident] = event
            yield event

    for alarm in alarm_list.fold(chain(before, heard())):
        if alarm.incident in acted:
            state = {"state": alarm.state, "owner": alarm.owner}
            last["alarm", alarm.incident] = {"said": state, **_by(acted[alarm.incident])}
    return last


def _said(event: Event) -> Iterator[tuple[tuple[str, str], Any]]:
    """What a person said, and of what."""
    data = event.data
    if event.kind == "hatch_report":
        yield ("hatch", str(data.get("hatch"))), "open" if data.get("open") else "shut"
    elif event.kind == "limit_changed":
        yield ("limit", str(data.get("limit"))), data.get("value_pa")
    elif event.kind == "decision_answered":
        yield ("answer", f"{data.get('decision')} of {data.get('centre')}"), bool(data.get("agree"))
    elif event.kind == "decision_proposed":
        yield ("decision", str(data.get("decision"))), [data.get("what"), data.get("action"), data.get("needs")]


def _by(event: Event) -> dict[str, Any]:
    return {"by": event.data.get("by"), "centre": event.data.get("centre"), "utc": utc_text(event.time_s)}


def people_first(count: Mapping[str, int]) -> dict[str, int]:
    """Counts of kinds, those of what people said before those of the watch."""
    return dict(sorted(count.items(), key=lambda item: (item[0] not in KINDS, item[0])))
