"""Two copies compared and merged with all rows in memory: the slow oracle of `merging` and `pairing`."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from hullwatch.errors import RecordError
from hullwatch.incident import alarm_list
from hullwatch.incident.chain import GENESIS, Row, row_of
from hullwatch.incident.statements import KINDS
from hullwatch.records import Event
from hullwatch.units import utc_text


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where two copies part, and what each has after that."""

    common: int  # rows that are the same at their beginning
    first: tuple[Row, ...]  # what follows there, of the copy with the smaller head hash
    second: tuple[Row, ...]
    pairs: tuple[tuple[int, int], ...]  # places in both tails of rows that say the same, in order
    swapped: bool  # whether `first` is the copy that was given second
    conflicts: tuple[dict[str, Any], ...]

    @property
    def only_first(self) -> tuple[Row, ...]:
        """Rows that only the first copy has."""
        shared = {a for a, _ in self.pairs}
        return tuple(row for k, row in enumerate(self.first) if k not in shared)

    @property
    def only_second(self) -> tuple[Row, ...]:
        """Rows that only the second copy has."""
        shared = {b for _, b in self.pairs}
        return tuple(row for k, row in enumerate(self.second) if k not in shared)


def compare(one: Sequence[Row], other: Sequence[Row]) -> Comparison:
    """Compare two copies; RecordError when they do not even begin alike."""
    swapped = _head(one) > _head(other)
    first, second = (other, one) if swapped else (one, other)
    common = next((k for k, (a, b) in enumerate(zip(first, second, strict=False)) if a.hash != b.hash), None)
    common = min(len(first), len(second)) if common is None else common
    if not common and first and second:
        raise RecordError(
            "the two records", "share no row: they are not copies of one record", "Compare copies of one record"
        )
    tails = tuple(first[common:]), tuple(second[common:])
    before = [row.event for row in first[:common] if row.kind in ("alarm", "alarm_action", "evidence")]
    return Comparison(common, *tails, _pairs(*tails), swapped, _conflicts(before, *tails))


def merge(one: Sequence[Row], other: Sequence[Row], by: str) -> list[Row]:
    """One record of both, as rows to be hashed anew; the longer one where the other is its beginning."""
    found = compare(one, other)
    if not found.first or not found.second:
        return list(one if len(one) >= len(other) else other)
    first, second = (other, one) if found.swapped else (one, other)
    sides = _interleaved(found)
    tails = {"first": iter(found.first), "second": iter(found.second)}
    rows = [replace(row, hash="") for row in first[: found.common]]
    for side in sides:
        row = next(tails["second" if side == "second" else "first"])
        if side == "both":
            twin = next(tails["second"])
            row = twin if row.data is None else row  # moved out of one copy, kept in the other
        rows.append(replace(row, hash=""))
    data = {
        "heads": [_head(first), _head(second)],
        "counts": [len(first), len(second)],
        "common": found.common,
        "sides": [[side, len(list(run))] for side, run in groupby(sides)],
        "conflicts": list(found.conflicts),
        "by": by,
    }
    time_s = max(first[-1].time_s, second[-1].time_s)
    return [*rows, row_of(Event(time_s, "merged", None, data))]


def _head(rows: Sequence[Row]) -> str:
    return rows[-1].hash if rows else GENESIS


def _pairs(first: Sequence[Row], second: Sequence[Row]) -> tuple[tuple[int, int], ...]:
    """Rows that say the same in both tails, as many as keep their order in both.

    The k-th time something is said in one is the k-th time in the other; of those pairs, the longest run that rises.
    """
    places = defaultdict[Any, list[int]](list)
    for k, row in enumerate(second):
        places[row.content].append(k)
    taken = defaultdict[Any, int](int)
    found: list[tuple[int, int]] = []
    for k, row in enumerate(first):
        there, number = places.get(row.content, ()), taken[row.content]
        if number < len(there):
            found.append((k, there[number]))
            taken[row.content] += 1
    return _rising(found)


def _rising(pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The longest rising run of the second places, by patience: n log n."""
    ends: list[int] = []  # smallest last place of a run of each length
    at: list[int] = []  # which pair that is
    before: list[int | None] = []
    for k, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(at[length - 1] if length else None)
        ends[length : length + 1] = [place]
        at[length : length + 1] = [k]
    run: list[tuple[int, int]] = []
    k_or_none: int | None = at[-1] if at else None
    while k_or_none is not None:
        run.append(pairs[k_or_none])
        k_or_none = before[k_or_none]
    return tuple(reversed(run))


def _interleaved(found: Comparison) -> list[str]:
    """From which copy each merged row comes: shared ones once, the others between them by time."""
    sides: list[str] = []
    a = b = 0
    for stop_a, stop_b in (*found.pairs, (len(found.first), len(found.second))):
        while a < stop_a or b < stop_b:
            first_next = b >= stop_b or (a < stop_a and found.first[a].time_s <= found.second[b].time_s)
            sides.append("first" if first_next else "second")
            a, b = a + first_next, b + (not first_next)
        if a < len(found.first) and b < len(found.second):
            sides.append("both")
        a, b = a + 1, b + 1
    return sides


def _conflicts(before: list[Event], first: Sequence[Row], second: Sequence[Row]) -> tuple[dict[str, Any], ...]:
    """What both copies spoke of after the fork, and not alike."""
    found: list[dict[str, Any]] = []
    words = [_last_words(before, [row.event for row in side if row.data is not None]) for side in (first, second)]
    for what, name in sorted(set(words[0]) & set(words[1])):
        said = [side[what, name] for side in words]
        if said[0]["said"] != said[1]["said"]:
            found.append({"what": what, "id": name, "first": said[0], "second": said[1]})
    return tuple(found)


def _last_words(before: list[Event], after: list[Event]) -> dict[tuple[str, str], dict[str, Any]]:
    """What people last said of each hatch, limit, decision and alarm in one copy after the fork."""
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for event in after:
        data = event.data
        said: dict[tuple[str, str], Any] = {}
        if event.kind == "hatch_report":
            said["hatch", str(data.get("hatch"))] = "open" if data.get("open") else "shut"
        elif event.kind == "limit_changed":
            said["limit", str(data.get("limit"))] = data.get("value_pa")
        elif event.kind == "decision_answered":
            said["answer", f"{data.get('decision')} of {data.get('centre')}"] = bool(data.get("agree"))
        elif event.kind == "decision_proposed":
            said["decision", str(data.get("decision"))] = [data.get("what"), data.get("action"), data.get("needs")]
        for key, value in said.items():
            last[key] = {"said": value, **_by(event)}
    acted = {e.incident: e for e in after if e.kind == "alarm_action"}
    for alarm in alarm_list.fold([*before, *after]):
        if alarm.incident in acted:
            state = {"state": alarm.state, "owner": alarm.owner}
            last["alarm", alarm.incident] = {"said": state, **_by(acted[alarm.incident])}
    return last


def _by(event: Event) -> dict[str, Any]:
    return {"by": event.data.get("by"), "centre": event.data.get("centre"), "utc": utc_text(event.time_s)}


def of_kinds(rows: Iterable[Row]) -> dict[str, int]:
    """How many rows of each kind, what people said first."""
    count = defaultdict[str, int](int)
    for row in rows:
        count[row.kind] += 1
    return dict(sorted(count.items(), key=lambda item: (item[0] not in KINDS, item[0])))
