"""What the report shows, folded once from the record: series over time, moments, and the summary."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hullwatch.incident.answers import KINDS
from hullwatch.incident.summary import summarise
from hullwatch.incident.timeline import Moment, moments, seconds
from hullwatch.records import Event, Floats

MAX_POINTS = 1_200
"""Points of one line in a plot; more are thinned so that a year of record stays a small page."""


@dataclass(frozen=True, slots=True)
class Band:
    """A quantity over time with its 90 % range; NaN breaks the line."""

    time_s: Floats
    median: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class GroupLine:
    """Pressure of one set of connected compartments over time."""

    compartments: tuple[str, ...]
    time_s: Floats
    pressure_pa: Floats


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the watch as it was at the time, with the hatches as they stood."""

    time_s: float
    kind: str
    incident: str
    data: Mapping[str, Any]
    open_hatches: frozenset[str]


@dataclass
class Story:
    """All a report needs; nothing in it is computed from laws or models, only rearranged."""

    summary: Mapping[str, Any]
    started: Mapping[str, Any] = field(default_factory=dict)
    open_hatches: set[str] = field(default_factory=set)
    moments: list[Moment] = field(default_factory=list)
    pressure: list[GroupLine] = field(default_factory=list)
    mass: Band | None = None
    loss: Band | None = None
    log_ratio_peak: float | None = None
    rates: dict[str, Band] = field(default_factory=dict)
    holes: dict[str, Band] = field(default_factory=dict)
    span_s: tuple[float, float] | None = None
    answers: list[Answered] = field(default_factory=list)

    def answered(self, incident: str, kind: str) -> list[Answered]:
        """Answers of one kind to one incident, oldest first."""
        return [one for one in self.answers if (one.incident, one.kind) == (incident, kind)]


def tell(events: Iterable[Event]) -> Story:
    """Read the record once and arrange it."""
    lines = list(events)
    story = Story(summary=summarise(lines))
    for event in lines:
        if event.kind == "watch_started":
            story.started = event.data
            hatches: Sequence[Mapping[str, Any]] = event.data.get("hatches") or ()
            story.open_hatches = {str(hatch["id"]) for hatch in hatches if hatch.get("open")}
        elif event.kind == "groups_changed":
            _move_hatches(story.open_hatches, event.data)
        elif event.kind in KINDS:
            known = frozenset(story.open_hatches)
            story.answers.append(Answered(event.time_s, event.kind, str(event.incident), event.data, known))
        story.moments += moments(event)
    story.moments.sort(key=lambda moment: moment.time_s)
    _trends(story, lines)
    _estimates(story, lines)
    span = story.summary["span_utc"]
    if span:
        first, last = seconds(span[0]), seconds(span[1])
        if first is not None and last is not None:
            story.span_s = (first, max(last, first + 60.0))
    return story


def _move_hatches(open_hatches: set[str], data: Mapping[str, Any]) -> None:
    positions: Mapping[str, Any] = data.get("hatches") or {}
    changed = {str(move["hatch"]): move["open"] for move in data.get("changed") or ()}
    for hatch, is_open in {**positions, **changed}.items():
        (open_hatches.add if is_open else open_hatches.discard)(hatch)


def _trends(story: Story, lines: Sequence[Event]) -> None:
    """Pressure of each set of compartments, and gas of the whole ship, from the trend events."""
    groups: Sequence[Sequence[str]] = ()
    pressure: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    mass: list[tuple[float, ...]] = []
    loss: list[tuple[float, ...]] = []
    coverage: list[int] = []
    before: set[tuple[str, ...]] = set()
    for event in lines:
        if event.kind == "groups_changed":
            groups = event.data.get("groups") or ()
        if event.kind != "trend":
            continue
        entries: Sequence[Mapping[str, Any]] = event.data.get("groups") or ()
        names = [_members(groups, entry) for entry in entries]
        for name in before - set(names):
            pressure[name].append((event.time_s, np.nan))  # this set was joined or split: end its line here
        before = set(names)
        for name, entry in zip(names, entries, strict=True):
            if entry.get("pressure_pa") is not None:
                pressure.setdefault(name, []).append((event.time_s, entry["pressure_pa"]))
            if entry.get("log_ratio") is not None:
                peak = story.log_ratio_peak
                story.log_ratio_peak = entry["log_ratio"] if peak is None else max(peak, entry["log_ratio"])
        known = [entry["corrected_kg"] for entry in entries if entry.get("corrected_kg")]
        covered = tuple(sorted(compartment for name in names for compartment in name))
        if known:
            coverage.append(len(covered))
            # Ends are added like medians: a range that is too wide rather than one that assumes independence.
            mass.append((event.time_s, *(sum(each[end] for each in known) for end in ("median", "low", "high"))))
        largest = max(zip(names, entries, strict=True), key=lambda pair: len(pair[0]), default=None)
        rate = largest[1].get("loss_kg_day") if largest else None
        loss.append((event.time_s, *((rate[end] for end in ("median", "low", "high")) if rate else [np.nan] * 3)))
    story.pressure = [
        GroupLine(name, *np.asarray(thinned(points), dtype=np.float64).T) for name, points in pressure.items() if points
    ]
    story.mass, story.loss = _band(_whole(mass, coverage)), _band(loss)


def _whole(mass: list[tuple[float, ...]], coverage: Sequence[int]) -> list[tuple[float, ...]]:
    """Gas of the whole ship: where a part had no reading (just after a hatch moved) the line is broken, not lowered."""
    most = max(coverage, default=0)
    gap = (np.nan, np.nan, np.nan)
    return [point if n == most else (point[0], *gap) for point, n in zip(mass, coverage, strict=True)]


def _members(groups: Sequence[Sequence[str]], entry: Mapping[str, Any]) -> tuple[str, ...]:
    index = entry.get("group")
    if isinstance(index, int) and 0 <= index < len(groups):
        return tuple(sorted(map(str, groups[index])))
    return (f"group {index}",)


def _estimates(story: Story, lines: Sequence[Event]) -> None:
    """Leak rate and hole of each incident over time."""
    for target, name, factor in ((story.rates, "rate_kg_day", 1.0), (story.holes, "equivalent_diameter_m", 1e3)):
        points: dict[str, list[tuple[float, ...]]] = {}
        for event in lines:
            value = event.data.get(name) if event.kind == "estimate" else None
            if value and event.incident is not None:
                row = (event.time_s, *(value[end] * factor for end in ("median", "low", "high")))
                points.setdefault(event.incident, []).append(row)
        target.update({incident: band for incident, rows in points.items() if (band := _band(rows)) is not None})


def _band(points: Sequence[tuple[float, ...]]) -> Band | None:
    values = np.asarray(thinned(points), dtype=np.float64).reshape(-1, 4)
    return Band(*values.T) if np.isfinite(values[:, 1]).any() else None


def thinned(points: Sequence[tuple[float, ...]]) -> Sequence[tuple[float, ...]]:
    """At most MAX_POINTS of them: of each stretch the lowest and the highest, in order, so that no spike is lost."""
    if len(points) <= MAX_POINTS:
        return points
    kept: list[tuple[float, ...]] = [points[0]]
    for part in np.array_split(np.arange(1, len(points) - 1), MAX_POINTS // 3):
        stretch = [points[i] for i in part]
        finite = [p for p in stretch if np.isfinite(p[1])]
        chosen = {id(p) for p in stretch if not np.isfinite(p[1])} if len(finite) < len(stretch) else set()
        chosen = set(list(chosen)[:1])
        if finite:
            chosen |= {id(min(finite, key=lambda p: p[1])), id(max(finite, key=lambda p: p[1]))}
        kept += [p for p in stretch if id(p) in chosen]
    return [*kept, points[-1]]
