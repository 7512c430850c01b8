"""Limits that people set to other values while the watch runs: classes and reserve times follow from then on.

    limit_changed, as others append it --> waits for its time of data --> in force --> heard, estimate, alarm
                                                                            `--> until its end, where it has one

What is in force is part of what the watch knows, so it survives a restart. From which frame on it was is in the record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hullwatch.errors import DescriptionError
from hullwatch.records import Event
from hullwatch.units import utc_seconds
from hullwatch.vehicle.facts import Limit, Vehicle
from hullwatch.watch import words


@dataclass(frozen=True, slots=True)
class Limits:
    """What was said of limits: still to come by its time, and in force."""

    rows: tuple[tuple[float, Event], ...] = ()  # from when on, in order of time
    changed: tuple[tuple[str, float], ...] = ()  # limit and its value, Pa, where it is not the vehicle's
    ends: tuple[tuple[float, str], ...] = ()  # when which of them ends by itself


def hear(limits: Limits, vehicle: Vehicle, rows: Sequence[tuple[float, Event]]) -> Limits:
    """Statements that others appended to the record, each with the time from which on it holds."""
    for _, event in rows:
        _checked(event, vehicle)
    return replace(limits, rows=tuple(sorted((*limits.rows, *rows), key=lambda row: row[0]))) if rows else limits


def next_s(limits: Limits) -> float:
    """When the next one begins or ends."""
    return min((when for when, _ in (*limits.rows[:1], *limits.ends)), default=np.inf)


def take(limits: Limits, vehicle: Vehicle, time_s: float) -> tuple[Limits, tuple[Event, ...]]:
    """Those whose time has come are in force from this frame on; the lines that say so."""
    said: list[Event] = []
    described = {limit.id: limit.value_pa.value for limit in vehicle.limits}
    changed, ends = dict(limits.changed), {name: when for when, name in limits.ends}
    for name in [name for name, when in ends.items() if when <= time_s]:
        was = changed.pop(name)
        said.append(words.limit_ended(name, described[name], was, ends.pop(name), time_s))
    due = [event for when, event in limits.rows if when <= time_s]
    for event in due:
        name, value, until_s = _checked(event, vehicle)
        was = changed.get(name, described[name])
        ends.pop(name, None)
        changed[name] = value
        if until_s is not None:
            ends[name] = until_s
        said.append(words.heard(event, time_s, limit=name, value_pa=value, was_pa=was))
    if not said:
        return limits, ()
    rest = limits.rows[len(due) :]
    return Limits(rest, tuple(sorted(changed.items())), tuple((when, name) for name, when in ends.items())), tuple(said)


def in_force(vehicle: Vehicle, limits: Limits) -> Vehicle:
    """The ship with its limits as they now are."""
    if not limits.changed:
        return vehicle
    changed = dict(limits.changed)
    return replace(vehicle, limits=tuple(_set(limit, changed.get(limit.id)) for limit in vehicle.limits))


def _set(limit: Limit, value_pa: float | None) -> Limit:
    return limit if value_pa is None else replace(limit, value_pa=replace(limit.value_pa, value=value_pa))


def _checked(event: Event, vehicle: Vehicle) -> tuple[str, float, float | None]:
    """Limit, value and end of a statement; DescriptionError for what cannot be on this ship: others may write it."""
    name, value, until = (event.data.get(field) for field in ("limit", "value_pa", "until_utc"))
    known = [limit.id for limit in vehicle.limits]
    if not isinstance(name, str) or name not in known:
        raise DescriptionError("statement", "limit", str(name), f"one of {', '.join(known)}")
    if not _is_pressure(value):
        raise DescriptionError("statement", "value_pa", str(value), "a pressure from 0 to 200000 Pa")
    return name, float(value or 0.0), None if until is None else utc_seconds(str(until))


def _is_pressure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 2e5  # nor NaN
