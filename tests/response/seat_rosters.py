"""Small rosters made by hand or at random, and the slow, plain search that answers for them."""

from dataclasses import replace
from itertools import product
from math import erf, inf, sqrt
from typing import Any

import numpy as np

from hullwatch.response.seats.moment import Moment
from hullwatch.vehicle.facts import Figure
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.roster import (
    Fault,
    Hazard,
    Heat,
    Improvised,
    Person,
    Port,
    Roster,
    RosterCraft,
    Span,
    Stay,
)

ALWAYS = Span(-inf, inf)
KINDS = ("return", "improvised", "no_liner", "no_suit", "no_pilot", "leak", "heat")


def hazards(rng: np.random.Generator) -> dict[str, Hazard]:
    """Probabilities over three decades."""
    return {
        id: Hazard(id, 0.5 * p, p, 2.0 * p, "c") for id, p in zip(KINDS, 10 ** rng.uniform(-4, -0.5, 7), strict=True)
    }


def any_roster(seed: int, people: int, crafts: int) -> Roster:
    """Craft and people of any make at the demo station."""
    rng = np.random.default_rng(seed)
    made, faults, ports = [], [], []
    for k in range(crafts):
        pallets = int(rng.integers(0, 3))
        made.append(
            RosterCraft(
                id=f"C{k}",
                name=f"Craft {k}",
                system="any",
                seats=int(rng.integers(0, 4)),
                stays=(Stay(f"p{k}", ALWAYS),),
                parts=(f"C{k}_OM", f"C{k}_DM"),
                returns=f"C{k}_DM",
                liner=("kazbek", None)[int(rng.integers(2))],
                suit=("sokol", "dragon", None)[int(rng.integers(3))],
                needs=(("pilot",), ("pilot", "engineer"), ())[int(rng.integers(3))],
                improvised=(Improvised(pallets, ALWAYS, "c"),) if pallets else (),
            )
        )
        ports.append(Port(f"p{k}", f"port {k}", ("NODE", "LAB", "STORE")[k % 3], "any", "c"))
        if rng.random() < 0.5:
            faults.append(Fault(f"C{k}", "heat", "no coolant", ALWAYS, any_heat(rng) if rng.random() < 0.7 else None))
    crew = tuple(
        Person(
            name=f"P{i}",
            craft=f"C{int(rng.integers(crafts))}",
            span=ALWAYS,
            liner=("kazbek", "other", None)[int(rng.integers(3))],
            suit=("sokol", "dragon")[int(rng.integers(2))],
            roles=(("pilot",), ("engineer",), ())[int(rng.integers(3))],
        )
        for i in range(people)
    )
    return Roster(
        "any", "any", "made up", Span(0.0, 1e6), load_vehicle("demo"), hazards(rng), tuple(ports), tuple(made), crew,
        tuple(faults),
    )  # fmt: skip


def any_heat(rng: np.random.Generator) -> Heat:
    def kelvin(low: float, high: float) -> Figure:
        return Figure(float(rng.uniform(low, high)), "c")

    return Heat(kelvin(295, 305), kelvin(306, 318), int(rng.integers(1, 4)), kelvin(300, 315), kelvin(1, 5))


Slow = tuple[int, int, int, int, int]


def slow_best(roster: Roster, now: Moment) -> dict[tuple[str | None, ...], Slow]:
    """Every way to give each person a seat, an improvised place or none; the least cost for who rides in which craft.

    Written from the rules in words, without the code it checks: rules of one person, of a craft, of a crew.
    """
    places: list[tuple[str, bool] | None] = [None]
    places += [(craft.id, improvised) for craft in now.crafts for improvised in (False, True)]
    found: dict[tuple[str | None, ...], Slow] = {}
    for chosen in product(places, repeat=len(now.people)):
        cost = _slow_cost(roster, now, chosen)
        who = tuple(None if place is None else place[0] for place in chosen)
        if cost is not None and cost < found.get(who, (99, 0, 0, 0, 0)):
            found[who] = cost
    return found


def _slow_cost(roster: Roster, now: Moment, chosen: tuple[tuple[str, bool] | None, ...]) -> Slow | None:
    without = cut = nano = short = moves = 0

    def bears(hazard: str, weight: float = 1.0) -> None:
        nonlocal nano, short
        nano += round(1e9 * weight * roster.hazards[hazard].median)
        short += hazard != "return"

    for craft in now.crafts:
        aboard = [p for p, place in zip(now.people, chosen, strict=True) if place is not None and place[0] == craft.id]
        on_pallet = sum(place == (craft.id, True) for place in chosen)
        if len(aboard) - on_pallet > craft.seats or on_pallet > sum(i.places for i in craft.improvised):
            return None
        for person in aboard:
            improvised = chosen[now.people.index(person)] == (craft.id, True)
            bears("return")
            if improvised:
                bears("improvised")
            if (improvised and person.liner is None) or (
                not improvised and craft.liner is not None and person.liner != craft.liner
            ):
                bears("no_liner")
            if craft.suit is not None and person.suit != craft.suit:
                bears("no_suit")
            for role in craft.needs:
                if not any(role in other.roles for other in aboard):
                    bears("no_pilot")
            for fault in roster.faults:
                if fault.craft == craft.id:
                    bears(fault.hazard, 1.0 if fault.heat is None else _slow_chance(fault.heat, len(aboard)))
            cut += craft.id in now.cut_off
            moves += now.now_in[person.name] != craft.id
    without = sum(place is None for place in chosen)
    return without, cut, nano, short, moves


def _slow_chance(heat: Heat, riders: int) -> float:
    each = (heat.loaded_k.value - heat.empty_k.value) / heat.riders
    above = heat.empty_k.value + each * riders - heat.limit_k.value
    return 0.5 * (1.0 + erf(above / heat.sd_k.value / sqrt(2.0)))


def with_craft(roster: Roster, id: str, **changed: Any) -> Roster:
    """The same roster with one craft otherwise."""
    crafts = tuple(replace(c, **changed) if c.id == id else c for c in roster.crafts)
    return replace(roster, crafts=crafts)


def with_person(roster: Roster, name: str, **changed: Any) -> Roster:
    """The same roster with one person otherwise."""
    crew = tuple(replace(p, **changed) if p.name == name else p for p in roster.crew)
    return replace(roster, crew=crew)
