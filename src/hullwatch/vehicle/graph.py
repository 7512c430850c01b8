"""The ship as a graph: compartments are its nodes, hatches its edges, and open hatches make one pressure of many.

        LAB --[open]-- NODE1 --[shut]-- SM        two pressure groups: (LAB, NODE1) and (SM)

All answers are in the order of the vehicle file, so equal inputs give equal outputs.
"""

from hullwatch.vehicle.facts import Craft, Hatch, Vehicle


def default_open(vehicle: Vehicle) -> frozenset[str]:
    """Ids of the hatches that are open in normal life."""
    return frozenset(hatch.id for hatch in vehicle.hatches if hatch.normally_open)


def pressure_groups(vehicle: Vehicle, open_hatches: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Sets of compartments that share one pressure while exactly these hatches are open.

    Groups come in the order of their first compartment in the file, and so do the compartments in a group;
    group 0 holds the first compartment. Raises KeyError for a hatch the vehicle does not have.
    """
    _known_hatches(vehicle, open_hatches)
    groups: list[tuple[str, ...]] = []
    placed: set[str] = set()
    for compartment in vehicle.compartments:
        if compartment.id not in placed:
            reached = set(_distances(vehicle, compartment.id, open_hatches))
            groups.append(tuple(c.id for c in vehicle.compartments if c.id in reached))
            placed |= reached
    return tuple(groups)


def group_of(groups: tuple[tuple[str, ...], ...], compartment: str) -> int:
    """Index of the pressure group a compartment belongs to; KeyError if it is in none."""
    for index, group in enumerate(groups):
        if compartment in group:
            return index
    raise KeyError(compartment)


def path(vehicle: Vehicle, origin: str, target: str, open_hatches: frozenset[str]) -> tuple[str, ...] | None:
    """Compartments of the shortest way through open hatches, both ends included; None when there is no way."""
    _known_hatches(vehicle, open_hatches)
    distances = _distances(vehicle, target, open_hatches)
    if origin not in distances:
        return None
    way = [origin]
    while way[-1] != target:
        steps = (_other(hatch, way[-1]) for hatch in vehicle.hatches if hatch.id in open_hatches)
        way.append(next(step for step in steps if step and distances[step] == distances[way[-1]] - 1))
    return tuple(way)


def reachable_crafts(vehicle: Vehicle, compartment: str, open_hatches: frozenset[str]) -> tuple[Craft, ...]:
    """Docked craft with a returning compartment that a person in `compartment` can enter through open hatches."""
    _known_hatches(vehicle, open_hatches)
    reached = _distances(vehicle, compartment, open_hatches)
    return tuple(craft for craft in vehicle.crafts if craft.returns is not None and craft.returns in reached)


def hatches_around(vehicle: Vehicle, compartments: frozenset[str]) -> tuple[Hatch, ...]:
    """The hatches to close so that these compartments share air with nobody else."""
    return tuple(hatch for hatch in vehicle.hatches if sum(end in compartments for end in hatch.between) == 1)


def _other(hatch: Hatch, side: str) -> str | None:
    if side not in hatch.between:
        return None
    return hatch.between[1] if hatch.between[0] == side else hatch.between[0]


def _known_hatches(vehicle: Vehicle, hatches: frozenset[str]) -> None:
    unknown = hatches - {hatch.id for hatch in vehicle.hatches}
    if unknown:
        raise KeyError(f"no such hatch: {', '.join(sorted(unknown))}")


def _distances(vehicle: Vehicle, origin: str, open_hatches: frozenset[str]) -> dict[str, int]:
    """Number of open hatches between `origin` and everything that can be reached from it."""
    ways = [hatch.between for hatch in vehicle.hatches if hatch.id in open_hatches]
    distances = {origin: 0}
    edge = [origin]
    while edge:
        beyond = [b if a == here else a for here in edge for a, b in ways if here in (a, b)]
        edge = [step for step in dict.fromkeys(beyond) if step not in distances]
        distances |= dict.fromkeys(edge, max(distances.values()) + 1)
    return distances
