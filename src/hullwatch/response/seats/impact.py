"""What a leak or a shut compartment does to the ways home: craft cut off, ports lost, who must be on which side.

... PKHO --- MRM2 --- [OM | DM]       the descent module returns, the orbital module is discarded before:
     |                 a hole here matters   only while people must pass it; a patched one does not stop a return
     x shut: MRM2 and its craft are a piece of their own
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hullwatch.vehicle.roster import Port, Roster, RosterCraft, RosterLeak

Effect = Literal["none", "path", "returning part"]


@dataclass(frozen=True, slots=True)
class Pieces:
    """The ship while some compartments are shut: the piece where people live, and the others."""

    main: frozenset[str]
    others: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What shutting compartments means for the ways home."""

    closed: tuple[str, ...]
    cut_off: tuple[str, ...]  # craft people can reach only before the hatches are shut, and must then leave in
    unusable: tuple[str, ...]  # craft whose returning part is itself shut
    lost_ports: tuple[Port, ...]
    stranded_arrivals: tuple[tuple[RosterCraft, str, float, tuple[str, ...]], ...]  # craft, port, when, free ports


@dataclass(frozen=True, slots=True)
class LeakImpact:
    """What one leak means for the craft it is in, if it is in one."""

    leak: RosterLeak
    state: Literal["none", "open", "patched"]
    crafts: tuple[RosterCraft, ...]  # whose return it bears on: the one it is in, or those behind it
    effect: Effect
    returns_anyway: bool
    why: str


def pieces(roster: Roster, time_s: float, closed: frozenset[str]) -> Pieces:
    """Connected pieces with the closed compartments taken out; the main one has the largest free volume.

    A hatch that is usually shut can be opened, so every hatch counts as a way.
    """
    volume = {c.id: c.volume_m3.value for c in roster.station.compartments if c.craft is None}
    ways = [h.between for h in roster.station.hatches if set(h.between) <= set(volume)]
    nodes = dict.fromkeys(volume)
    for craft in roster.crafts:
        stay = craft.stay(time_s)
        if stay is not None:
            chain = (roster.port(stay.port).compartment, *craft.parts)
            nodes |= dict.fromkeys(craft.parts)
            ways += list(pairwise(chain))
    left = [node for node in nodes if node not in closed]
    found: list[frozenset[str]] = []
    while left:
        reached = _reach(left[0], ways, closed)
        found.append(reached)
        left = [node for node in left if node not in reached]
    found.sort(key=lambda piece: -sum(volume.get(node, 0.0) for node in piece))
    return Pieces(found[0] if found else frozenset(), tuple(found[1:]))


def _reach(start: str, ways: list[tuple[str, str]], closed: frozenset[str]) -> frozenset[str]:
    reached, edge = {start}, [start]
    while edge:
        here = edge.pop()
        for a, b in ways:
            other = b if a == here else a if b == here else None
            if other is not None and other not in reached and other not in closed:
                reached.add(other)
                edge.append(other)
    return frozenset(reached)


def closing(roster: Roster, time_s: float, closed: frozenset[str]) -> Impact:
    """What is lost when these compartments are shut for good at a moment."""
    left = pieces(roster, time_s, closed)
    docked = [craft for craft in roster.crafts if craft.returns is not None and craft.stay(time_s) is not None]
    lost = tuple(port for port in roster.ports if port.compartment not in left.main)
    return Impact(
        closed=tuple(sorted(closed)),
        cut_off=tuple(c.id for c in docked if c.returns not in left.main and c.returns not in closed),
        unusable=tuple(c.id for c in docked if c.returns in closed),
        lost_ports=lost,
        stranded_arrivals=tuple(_stranded(roster, time_s, {port.id for port in lost})),
    )


def _stranded(roster: Roster, time_s: float, lost: set[str]) -> list[tuple[RosterCraft, str, float, tuple[str, ...]]]:
    """Planned stays at lost ports, with the ports that would be free for the whole of each."""
    found = []
    for craft in roster.crafts:
        for stay in craft.stays:
            if stay.port in lost and stay.span.from_s > time_s:
                free = tuple(
                    port.id
                    for port in roster.ports
                    if port.system == craft.system
                    and port.id not in lost
                    and not any(
                        other.port == port.id
                        and other.span.from_s < stay.span.until_s
                        and stay.span.from_s < other.span.until_s
                        for c in roster.crafts
                        if c.id != craft.id
                        for other in c.stays
                    )
                )
                found.append((craft, stay.port, stay.span.from_s, free))
    return found


def leak_impacts(roster: Roster, time_s: float) -> tuple[LeakImpact, ...]:
    """Whether each leak so far stops a return."""
    return tuple(_leak(roster, leak, time_s) for leak in roster.leaks if leak.state(time_s) != "none")


def _leak(roster: Roster, leak: RosterLeak, time_s: float) -> LeakImpact:
    state = leak.state(time_s)
    craft = next((c for c in roster.crafts if leak.compartment in c.parts), None)
    where = roster.named(leak.compartment)
    if craft is None:
        return _station_leak(roster, leak, time_s)
    if craft.returns is None:
        return LeakImpact(leak, state, (), "none", True, f"{craft.name} takes nobody home")
    if leak.compartment == craft.returns:
        why = f"{where} is the part that returns: its people would ride behind the {_thing(state)} through the entry"
        return LeakImpact(leak, state, (craft,), "returning part", False, why)
    if state == "patched":
        why = (
            f"{where} is discarded before the entry; people only pass through it to {roster.named(craft.returns)}, "
            "which is whole, and can shut the hatch between them behind themselves"
        )
        return LeakImpact(leak, state, (craft,), "none", True, why)
    why = (
        f"{where} is discarded before the entry, but it is the way to {roster.named(craft.returns)}: "
        "while it leaks the way must stay passable, and once it is shut off the craft is cut off"
    )
    return LeakImpact(leak, state, (craft,), "path", False, why)


def _station_leak(roster: Roster, leak: RosterLeak, time_s: float) -> LeakImpact:
    """A leak in the station bears on the craft that only it leads to."""
    state, where = leak.state(time_s), roster.named(leak.compartment)
    behind = tuple(roster.craft(id) for id in closing(roster, time_s, frozenset((leak.compartment,))).cut_off)
    if not behind:
        return LeakImpact(leak, state, (), "none", True, f"no craft is reached only through {where}")
    names = ", ".join(craft.name for craft in behind)
    if state == "patched":
        return LeakImpact(leak, state, behind, "none", True, f"{where} is patched, and {names} behind it are whole")
    why = f"{where} is the only way to {names}: while it leaks it must stay passable, and shut off it cuts them off"
    return LeakImpact(leak, state, behind, "path", False, why)


def _thing(state: str) -> str:
    return "patch" if state == "patched" else "leak"


@dataclass(frozen=True, slots=True)
class Apart:
    """People who must be on one side while some compartments are shut, because their craft is there."""

    craft: str
    people: tuple[str, ...]
    side: tuple[str, ...]  # compartments of that side


def apart(roster: Roster, time_s: float, shut: frozenset[str], places: Mapping[str, str | None]) -> tuple[Apart, ...]:
    """Who must keep to which side of shut hatches: everyone on the side of the craft they have a place in.

    `places` gives the craft of each person inside; the side where most people live is not listed.
    """
    sides = pieces(roster, time_s, shut).others
    found = []
    for craft in roster.crafts:
        people = tuple(name for name, place in places.items() if place == craft.id)
        side = next((side for side in sides if craft.returns in side), None)
        if people and side is not None:
            found.append(Apart(craft.id, people, tuple(sorted(side))))
    return tuple(found)
