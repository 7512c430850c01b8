"""What a scenario's events must respect in the order of time: hatches, craft, passages, holes and airlocks.

One walk through the events keeps what is shut, away, open and busy; the first event that cannot happen is told.
"""

from dataclasses import dataclass

from hullwatch.errors import DescriptionError
from hullwatch.simulation.events import (
    Airlock,
    CrewMove,
    Dock,
    Happening,
    HatchMove,
    Hole,
    Makeup,
    Passage,
    Patch,
    Regulator,
    Shut,
    Undock,
    Vent,
)
from hullwatch.simulation.scenario import Scenario
from hullwatch.vehicle.facts import Hatch, Vehicle


@dataclass(slots=True)
class _Now:
    """How things stand at a moment of the walk."""

    file: str
    vehicle: Vehicle
    shut: set[str]  # hatches
    away: set[str]  # compartments
    open: dict[str, float]  # passages: until when
    used: dict[str, tuple[str, ...]]  # passages: compartments they touch
    busy: dict[str, float]  # airlocks: until when they are pumped
    lasting: list[tuple[float, str, str]]  # until when, compartment, what goes on there

    def refuse(self, key: str, value: object, allowed: str) -> DescriptionError:
        return DescriptionError(self.file, key, value, allowed)


def check_order(scenario: Scenario, vehicle: Vehicle, file: str) -> None:
    """Raise DescriptionError for the first event that cannot happen when it is said to; all names are known to exist.

    A tie is taken in the order of the file, as the player takes it.
    """
    _check_hole_ids(scenario, file)
    away = {c.id for c in vehicle.compartments if c.craft in scenario.away}
    shut = {h.id for h in vehicle.hatches if not h.normally_open} | set(scenario.closed_hatches)
    shut |= {h.id for h in vehicle.hatches if (h.between[0] in away) != (h.between[1] in away)}
    now = _Now(file, vehicle, shut, away, {}, {}, {}, [])
    for name, place in scenario.crew.items():
        if place in away:
            raise now.refuse(f"crew.{name}", place, "a compartment of the ship, not of a craft that is away")
    for k in sorted(range(len(scenario.events)), key=lambda k: scenario.events[k].at_s):
        event, key = scenario.events[k], f"events[{k}]"
        _check_places(event, key, now)
        if isinstance(event, HatchMove):
            _move_hatch(event, key, now)
        elif isinstance(event, Airlock):
            _pump(event, key, now)
        elif isinstance(event, Passage):
            _open_passage(event, key, now)
        elif isinstance(event, Shut):
            if now.open.pop(event.passage, -1.0) < event.at_s:
                raise now.refuse(f"{key}.passage", event.passage, "the id of a passage that is open by then")
        elif isinstance(event, Dock | Undock):
            _visit(event, key, now)


def _check_hole_ids(scenario: Scenario, file: str) -> None:
    opened: dict[str, float] = {}
    for k, event in enumerate(scenario.events):
        if isinstance(event, Hole):
            if event.id in opened:
                raise DescriptionError(file, f"events[{k}].id", event.id, "an id that no other hole has")
            opened[event.id] = event.at_s
    for k, event in enumerate(scenario.events):
        if isinstance(event, Patch):
            if event.hole not in opened:
                names = ", ".join(sorted(opened))
                raise DescriptionError(file, f"events[{k}].hole", event.hole, f"one of {names}")
            if event.at_s < opened[event.hole]:
                raise DescriptionError(file, f"events[{k}].at", event.hole, "a time after the hole has opened")


def _check_places(event: Happening, key: str, now: _Now) -> None:
    """Nothing happens in a craft that is away."""
    places: list[tuple[str, str | None]] = []
    if isinstance(event, Hole | Makeup | Vent | Airlock | CrewMove | Regulator):
        places.append(("compartment", event.compartment))
    if isinstance(event, Airlock):
        places.append(("cabin", event.cabin))
    if isinstance(event, Passage):
        places += [("origin", event.origin), ("target", event.target), ("sensor", event.sensor)]
        places += [("hatch", side) for side in (_hatch(now, event.hatch).between if event.hatch else ())]
    for field, place in places:
        if place in now.away:
            value = getattr(event, field)
            raise now.refuse(f"{key}.{field}", value, "a place that is not in a craft that is away; let it dock first")
    if isinstance(event, Hole) or (isinstance(event, Regulator) and event.duration is None):
        now.lasting.append((float("inf"), event.compartment, event.kind))
    elif isinstance(event, Makeup | Vent | Airlock | Regulator):
        now.lasting.append((event.at_s + (event.duration or 0.0), event.compartment, event.kind))
        if isinstance(event, Airlock):
            now.lasting.append((event.at_s + event.duration, event.cabin, event.kind))


def _hatch(now: _Now, id: str) -> Hatch:
    return next(h for h in now.vehicle.hatches if h.id == id)


def _move_hatch(event: HatchMove, key: str, now: _Now) -> None:
    ends = _hatch(now, event.hatch).between
    if event.state == "closed":
        now.shut.add(event.hatch)
        return
    if any(now.busy.get(end, -1.0) > event.at_s for end in ends):
        raise now.refuse(f"{key}.at", event.hatch, "a time when no airlock behind it is pumped")
    if (ends[0] in now.away) != (ends[1] in now.away):
        raise now.refuse(f"{key}.hatch", event.hatch, "a hatch with nothing but the ship behind it; let the craft dock")
    now.shut.discard(event.hatch)


def _pump(event: Airlock, key: str, now: _Now) -> None:
    """An airlock is pumped only behind closed hatches, and none opens while it is pumped."""
    leaks = [h.id for h in now.vehicle.hatches if event.compartment in h.between and h.id not in now.shut]
    if leaks:
        allowed = f"a compartment behind closed hatches; close {', '.join(leaks)} first"
        raise now.refuse(f"{key}.compartment", event.compartment, allowed)
    now.busy[event.compartment] = event.at_s + event.duration


def _open_passage(event: Passage, key: str, now: _Now) -> None:
    if now.open.get(event.id, -1.0) > event.at_s:
        raise now.refuse(f"{key}.id", event.id, "an id that no passage has that is still open; shut it first")
    sides = _hatch(now, event.hatch).between if event.hatch else (event.origin, event.target)
    now.open[event.id] = float("inf") if event.duration is None else event.at_s + event.duration
    now.used[event.id] = tuple(s for s in (*sides, event.sensor) if s is not None)


def _visit(event: Dock | Undock, key: str, now: _Now) -> None:
    inside = {c.id for c in now.vehicle.compartments if c.craft == event.craft}
    if (event.kind == "dock") != bool(inside & now.away):
        there = "is away" if event.kind == "dock" else "is docked"
        raise now.refuse(f"{key}.craft", event.craft, f"a craft that {there} at that time")
    ways = [h.id for h in now.vehicle.hatches if (h.between[0] in inside) != (h.between[1] in inside)]
    opened = [h for h in ways if h not in now.shut]
    if opened:
        raise now.refuse(f"{key}.craft", event.craft, f"a craft behind closed hatches; close {', '.join(opened)} first")
    if event.kind == "dock":
        now.away -= inside
        return
    ties = [id for id, until in now.open.items() if until > event.at_s and inside & set(now.used[id])]
    if ties:
        raise now.refuse(f"{key}.craft", event.craft, f"a craft that no passage touches; shut {', '.join(ties)} first")
    going_on = sorted({what for until, place, what in now.lasting if until > event.at_s and place in inside})
    if going_on:
        allowed = f"a craft in which nothing goes on; it has: {', '.join(going_on)}"
        raise now.refuse(f"{key}.craft", event.craft, allowed)
    now.away |= inside
