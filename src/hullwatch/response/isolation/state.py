"""What a plan starts from: the leak, the hatches, the people; and what is wrong with it, said before any planning."""

import difflib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hullwatch.errors import DescriptionError
from hullwatch.records import Interval
from hullwatch.vehicle.facts import Craft, Vehicle
from hullwatch.vehicle.graph import path

AIR_J_KG_K = 287.05
FEW = 12  # so many names are all listed when one is wrong
"""Specific gas constant of cabin air, J/(kg K) (METHODS)."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The state of a search at one moment."""

    rate_kg_s: Interval
    probability: Mapping[str, float]  # of the leak, by compartment
    open_hatches: frozenset[str]
    pressure_pa: float
    temperature_k: float
    unfit: frozenset[str] = frozenset()  # craft nobody can go home in
    whereabouts: Mapping[str, str] = field(default_factory=dict)  # people who are not by their craft
    aim: str = "time"  # or gas, or closures
    by_force: bool = False  # hatches are limited by force, not by the training rule

    @property
    def density_kg_m3(self) -> float:
        """Of the cabin air."""
        return self.pressure_pa / (AIR_J_KG_K * self.temperature_k)


def check(vehicle: Vehicle, now: Situation) -> None:
    """Raise DescriptionError for hatches, compartments, craft or people the vehicle does not have."""
    compartments = [c.id for c in vehicle.compartments]
    _known("hatch", now.open_hatches, [h.id for h in vehicle.hatches], vehicle.name)
    _known("compartment", now.probability, compartments, vehicle.name)
    _known("craft", now.unfit, [c.id for c in vehicle.crafts], vehicle.name)
    _known("crew", now.whereabouts, [m.name for m in vehicle.crew], vehicle.name)
    _known("compartment", now.whereabouts.values(), compartments, vehicle.name)
    if now.aim not in ("time", "gas", "closures"):
        raise DescriptionError("plan", "objective", now.aim, "time, gas or closures")
    if not vehicle.crew:
        raise DescriptionError(vehicle.name, "crew", [], "at least one person: somebody has to shut the hatches")
    craft = {c.id: c for c in vehicle.crafts}
    for member in vehicle.crew:
        if member.craft not in craft or craft[member.craft].returns is None:
            allowed = ", ".join(c.id for c in vehicle.crafts if c.returns) or "none of this ship's craft returns"
            raise DescriptionError(
                vehicle.name, f"crew[{member.name}].craft", member.craft, f"a craft that returns to Earth: {allowed}"
            )
    for each in vehicle.crafts:
        seated = [m.name for m in vehicle.crew if m.craft == each.id]
        if len(seated) > each.seats:
            raise DescriptionError(
                vehicle.name, f"crafts[{each.id}].seats", each.seats, f"at least {len(seated)}: {', '.join(seated)}"
            )


def _known(kind: str, given: Iterable[str], allowed: Sequence[str], where: str) -> None:
    for id in sorted(given):
        if id not in allowed:
            near = difflib.get_close_matches(id, allowed, 4, 0.3) if len(allowed) > FEW else []
            raise DescriptionError(where, kind, id, f"one of {', '.join(near or allowed)}")


def homes(vehicle: Vehicle, now: Situation) -> tuple[Craft, ...]:
    """Craft that carry somebody home. Craft unfit to do so still count for their people when there is no other."""
    crewed = [c for c in vehicle.crafts if any(m.craft == c.id for m in vehicle.crew)]
    fit = tuple(c for c in crewed if c.id not in now.unfit)
    return fit or tuple(crewed)


def people_of(vehicle: Vehicle, craft: Craft) -> tuple[str, ...]:
    """Names of those who go home in a craft."""
    return tuple(m.name for m in vehicle.crew if m.craft == craft.id)


def cut_off(vehicle: Vehicle, now: Situation) -> tuple[str, ...]:
    """Sentences about people who, as things stand, have no healthy seat they can reach; empty when all is well."""
    said = []
    for member in vehicle.crew:
        craft = next(c for c in vehicle.crafts if c.id == member.craft)
        if craft.id in now.unfit:
            said.append(
                f"{member.name} has no healthy seat: {craft.name} is unfit. No order of closing hatches mends that; "
                "the least bad is to keep them with the others, by a craft that has room"
            )
            continue
        assert craft.returns is not None  # noqa: S101  # `check` refused such a craft
        here = now.whereabouts.get(member.name, craft.returns)
        if path(vehicle, here, craft.returns, now.open_hatches) is None:
            every = frozenset(h.id for h in vehicle.hatches)
            way = path(vehicle, here, craft.returns, every) or ()
            steps = list(itertools.pairwise(way))
            shut = [h.id for h in vehicle.hatches if h.id not in now.open_hatches and _joins(h.between, steps)]
            said.append(
                f"{member.name} in {here} cannot reach {craft.name} through open hatches: open {', '.join(shut)} first "
                "if that can still be done, and bring everyone to their own craft before any hatch is shut"
            )
    return tuple(said)


def _joins(ends: tuple[str, str], steps: Sequence[tuple[str, str]]) -> bool:
    return ends in steps or (ends[1], ends[0]) in steps
