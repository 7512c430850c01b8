"""Which pressure groups may hold the leak, and where the search of each takes place."""

from collections.abc import Sequence
from dataclasses import dataclass

from hullwatch.response.isolation.state import Situation, homes
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import pressure_groups

SUSPECT = 1e-4
"""A compartment less probable than this is not searched for."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A pressure group that may hold the leak: where its search takes place, after opening some hatches."""

    group: tuple[str, ...]
    suspects: tuple[str, ...]
    probability: float
    opened: tuple[str, ...]
    alone: tuple[str, ...]  # the group as it is before anything is opened


def branches_of(vehicle: Vehicle, now: Situation) -> tuple[Branch, ...]:
    """Pressure groups with suspects, likeliest first; one without anybody's craft is searched with its neighbour."""
    total = sum(now.probability.values())
    safe = {c.returns for c in homes(vehicle, now)}
    found = []
    groups = pressure_groups(vehicle, now.open_hatches)
    for group in groups:
        suspects = tuple(c for c in group if now.probability.get(c, 0.0) >= SUSPECT * total)
        if not suspects:
            continue
        p = sum(now.probability[c] for c in suspects) / total
        opened: tuple[str, ...] = ()
        alone = group
        if not safe & set(group) and len(suspects) > 1:
            group, opened = _joined(vehicle, groups, group, safe)
        found.append(Branch(group, suspects, p, opened, alone))
    return tuple(sorted(found, key=lambda b: -b.probability))


def _joined(
    vehicle: Vehicle, groups: Sequence[tuple[str, ...]], group: tuple[str, ...], safe: set[str | None]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A group together with one where people are, and the hatch to open between them; itself where there is none."""
    for hatch in vehicle.hatches:
        for here, there in (hatch.between, hatch.between[::-1]):
            other = next(g for g in groups if there in g)
            if here in group and other != group and safe & set(other):
                both = {*group, *other}
                return tuple(c.id for c in vehicle.compartments if c.id in both), (hatch.id,)
    return group, ()
