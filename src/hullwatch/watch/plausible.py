"""Whether a memory that was kept can be one of this ship: compiled loops trust the sizes and places they are given.

What a watch of the ship begins with has arrays of known sizes: those kept must have the same, and what never changes
must be the same. Tables of plans have sizes of their own, which must fit to each other and point nowhere else.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from hullwatch.response.isolation.tables import Tables
from hullwatch.telemetry import clean as cleaning
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure
from hullwatch.watch.holding import Hold, afresh
from hullwatch.watch.memory import WatchMemory


def plausible(memory: WatchMemory, vehicle: Vehicle) -> bool:
    """Whether its arrays are those that a watch of this ship has, with these hatches and sensors."""
    hatches, channels = {h.id for h in vehicle.hatches}, {c.id for c in vehicle.channels}
    if not (memory.open_hatches <= hatches and memory.spoken <= channels and memory.clean.channels == vehicle.channels):
        return False
    fresh = pressure.form(vehicle, memory.open_hatches, memory.spoken)
    size = (1, len(vehicle.channels))
    latest = memory.latest is None or all(
        array.shape == (size if name != "time_s" else (1,)) for name, array in _arrays(memory.latest)
    )
    return (
        latest
        and _alike(memory.clean, cleaning.begin(vehicle))
        and len(fresh) == len(memory.groups)
        and all(_is_group(group, new) for group, new in zip(memory.groups, fresh, strict=True))
        and all(_is_hold(one, memory, vehicle) for one in memory.holds)
        and all(plan.tables is None or _are_tables(plan.tables) for plan in memory.plans.values())
    )


def _is_group(group: pressure.Group, fresh: pressure.Group) -> bool:
    """Sizes as those of a group just formed; so has its twin that doubts the leak, and all that it believed."""
    believed = [
        *group.past,
        *([group.fill.before] if group.fill else []),
        *([group.phase.before] if group.phase else []),
    ]
    return all(_alike(one, fresh.air) for one in believed) and all(
        one.compartments == fresh.compartments
        and _alike(one.air, fresh.air)
        and _alike(one.score, fresh.score)
        and _same(one.air.layout, fresh.air.layout)
        and all(np.array_equal(getattr(one.score, n), getattr(fresh.score, n)) for n in ("into", "source"))
        and 0.0 <= one.score.clock[1] <= one.score.onset.size
        for one in (group, group.doubt)
        if one is not None
    )


def _is_hold(one: Hold, memory: WatchMemory, vehicle: Vehicle) -> bool:
    """Sizes as those of the same test just begun, and the gauges that it reads."""
    incident = next((i for i in memory.incidents if i.id == one.incident), None)
    known = {c.id for c in vehicle.compartments}
    fresh = afresh(one, vehicle, incident) if incident is not None and set(one.compartments) <= known else None
    return (
        fresh is not None
        and (one.gauge, one.glass) == (fresh.gauge, fresh.glass)
        and _alike(one.held, fresh.held)
        and _alike(one.test, fresh.test)
    )


def _are_tables(tables: Tables) -> bool:
    """Sizes that fit to each other, and pointers into what is there."""
    lay, states = tables.layout, tables.states
    n, h, c, m = len(tables.inside), len(tables.hatches), lay.cut_side.size, lay.gauge_at.size
    s, t = states.group.size, states.cut.size
    sizes: list[tuple[Any, ...]] = [
        (n, lay.volume_m3, lay.seen_warm, lay.neighbours, tables.weight),
        (h, lay.closing_s, lay.clearing_s),
        (c, lay.cut_side),
        (m, lay.gauge_at, lay.gauge_var, lay.gauge_period, lay.gauge_step),
        (s, states.group, states.suspects, states.final, states.order, tables.weigh, tables.worth, tables.best),
        (s + 1, states.first),
        (t, states.cut, states.next_a, states.next_b, states.cost_a, states.cost_b),
        (len(tables.people), lay.home_at),
    ]  # fmt: skip
    flat = all(array.shape == (size,) for size, *arrays in sizes for array in arrays)
    deep = lay.ends.shape == lay.limit_pa.shape == (h, 2) and lay.cut_hatches.shape == (c, 3)
    return (
        flat
        and deep
        and lay.walk_s.shape == (lay.home_at.size, h)
        and _within(0, n, lay.gauge_at, lay.home_at, lay.ends)
        and _within(-1, h, lay.cut_hatches)
        and _within(0, c, states.cut)
        and _within(-1, s, states.next_a, states.next_b)
        and _within(0, s, states.order)
        and _within(-1, t, tables.best)
        and bool(np.all(np.diff(states.first) >= 0) and states.first[0] == 0 and states.first[-1] == t)
    )


def _within(low: int, end: int, *arrays: np.ndarray[Any, Any]) -> bool:
    return all(array.size == 0 or (array.min() >= low and array.max() < end) for array in arrays)


def _arrays(value: Any) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Every array of a record of facts, by the name of its field."""
    names = getattr(value, "_fields", None) or [field.name for field in dataclasses.fields(value)]
    for name in names:
        inner = getattr(value, name)
        if isinstance(inner, np.ndarray):
            yield name, inner
        elif dataclasses.is_dataclass(inner) or hasattr(inner, "_fields"):
            yield from _arrays(inner)


def _alike(one: Any, other: Any) -> bool:
    """Whether the arrays of two of the same kind have the same type and shape."""
    mine, theirs = ([(name, a.dtype, a.shape) for name, a in _arrays(each)] for each in (one, other))
    return mine == theirs


def _same(one: Any, other: Any) -> bool:
    """Whether they have the same values too."""
    pairs = zip(_arrays(one), _arrays(other), strict=True)
    return _alike(one, other) and all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for (_, a), (_, b) in pairs)
