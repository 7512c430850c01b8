"""How far judged figures may move before the answer changes.

Expected loss is linear in every probability. So the values of one probability for which a plan is best form an
interval, whose ends bisection finds; and what a plan loses against the best of all others is convex in all of them
together, hence largest at a corner of the box of their intervals: best at every corner means best everywhere inside.
Temperatures are not linear; their ends are the first change found on a grid, then by bisection.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import log2

from hullwatch.response.seats.decision import Plan, is_best, masks, plan_of, search
from hullwatch.response.seats.moment import Moment, of_craft, of_crew, of_person
from hullwatch.vehicle.facts import Figure
from hullwatch.vehicle.roster import Fault, Hazard, Heat

LEAST = 1e-6
"""Probability below which nothing is asked."""
CORNERS_OF = 8
"""Hazards whose corners are tried: 2 to the power of this many searches."""
KELVIN_AWAY, STEPS = 15.0, 10
"""Temperatures are moved this far at most, in so many steps."""

SIGMAS = 1.645
"""Half a 90 % interval of a normal, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One judged figure, its stated interval, and the values between which the answer stays (None: no end found)."""

    name: str
    unit: str  # "1" for a probability, "K" for a temperature
    value: float
    stated: tuple[float, float]
    label: str
    holds_from: float | None
    holds_to: float | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer if something were otherwise; None if it stays."""

    words: str
    plan: Plan | None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How sure an answer is."""

    reaches: tuple[Reach, ...]
    corners: int  # corners of the box of all stated intervals of probabilities
    corners_held: int
    broken_by: Mapping[str, float]  # the probabilities of the first corner where another plan is best
    what_ifs: tuple[WhatIf, ...]


def sensitivity(now: Moment, hazards: Mapping[str, Hazard], best: Plan) -> Sensitivity:
    """How far every figure that bears on a moment may move with the same plan still (one of) the best."""
    riders = masks(now, best)
    medians = {id: hazard.median for id, hazard in hazards.items()}
    bearing = [id for id in hazards if id in _bearing(now)]

    def holds(changed: Mapping[str, float]) -> bool:
        return is_best(now, {**medians, **changed}, riders)

    reaches = [_of_hazard(hazards[id], holds) for id in bearing]
    for craft, faults in now.faults.items():
        for fault in faults:
            if fault.heat is not None:
                reaches += _of_heat(now, medians, riders, craft, fault, fault.heat)
    tried = bearing[:CORNERS_OF]
    corners = list(product(*((hazards[id].low, hazards[id].high) for id in tried)))
    broken = [corner for corner in corners if not holds(dict(zip(tried, corner, strict=True)))]
    return Sensitivity(
        tuple(reaches),
        len(corners),
        len(corners) - len(broken),
        dict(zip(tried, broken[0], strict=True)) if broken else {},
        _what_ifs(now, medians, best),
    )


def _bearing(now: Moment) -> set[str]:
    """Hazards that some place of this moment may have; a return is everybody's and decides nothing."""
    found: set[str] = set()
    for craft, pallets in zip(now.crafts, now.pallets, strict=True):
        for riders in range(1, craft.seats + pallets + 1):
            found |= {s.hazard for s in of_craft(now, craft, riders)}
        found |= {s.hazard for s in of_crew(craft, ())}
        for person in now.people:
            for improvised in (False, True)[: 1 + bool(pallets)]:
                found |= {s.hazard for s in of_person(person, craft, improvised)}
    return found


def _of_hazard(hazard: Hazard, holds: Callable[[Mapping[str, float]], bool]) -> Reach:
    def at(logarithm: float) -> bool:
        return holds({hazard.id: 2.0**logarithm})

    middle, floor = log2(max(hazard.median, LEAST)), log2(LEAST)
    low, high = _first_change(at, middle, floor, 1), _first_change(at, middle, 0.0, 1)
    return Reach(
        hazard.id,
        "1",
        hazard.median,
        (hazard.low, hazard.high),
        hazard.label,
        None if low is None else 2.0**low,
        None if high is None else 2.0**high,
    )


def _of_heat(
    now: Moment, medians: Mapping[str, float], riders: tuple[int, ...], craft: str, fault: Fault, heat: Heat
) -> list[Reach]:
    """The temperatures of one cabin, one after the other."""
    found = []
    dials: tuple[tuple[str, Figure, Callable[[Figure], Heat]], ...] = (
        ("limit", heat.limit_k, lambda figure: replace(heat, limit_k=figure)),
        ("loaded", heat.loaded_k, lambda figure: replace(heat, loaded_k=figure)),
        ("empty", heat.empty_k, lambda figure: replace(heat, empty_k=figure)),
    )
    for name, figure, dial in dials:

        def at(value: float, figure: Figure = figure, dial: Callable[[Figure], Heat] = dial) -> bool:
            other = dial(replace(figure, value=value))
            changed = tuple(replace(f, heat=other) if f is fault else f for f in now.faults[craft])
            return is_best(replace(now, faults={**now.faults, craft: changed}), medians, riders)

        half = SIGMAS * heat.sd_k.value
        found.append(
            Reach(
                f"{craft} {name} temperature",
                "K",
                figure.value,
                (figure.value - half, figure.value + half),
                figure.label,
                _first_change(at, figure.value, figure.value - KELVIN_AWAY, STEPS),
                _first_change(at, figure.value, figure.value + KELVIN_AWAY, STEPS),
            )
        )
    return found


def _first_change(holds: Callable[[float], bool], start: float, end: float, steps: int) -> float | None:
    """Where `holds` first fails between start, where it is true, and end; None if it holds at every step."""
    inside = start
    for k in range(1, steps + 1):
        outside = start + (end - start) * k / steps
        if not holds(outside):
            for _ in range(10):
                middle = 0.5 * (inside + outside)
                inside, outside = (middle, outside) if holds(middle) else (inside, middle)
            return 0.5 * (inside + outside)
        inside = outside
    return None


def _what_ifs(now: Moment, medians: Mapping[str, float], best: Plan) -> tuple[WhatIf, ...]:
    """One improvised place more or less in each craft that has any: the number of places is a choice too."""
    found = []
    for k, craft in enumerate(now.crafts):
        for change, words in ((1, "one more improvised place"), (-1, "one improvised place less")):
            if now.pallets[k] and now.pallets[k] + change >= 0:
                pallets = tuple(n + change if i == k else n for i, n in enumerate(now.pallets))
                other = replace(now, pallets=pallets)
                riders = search(other, medians).best.riders
                plan = plan_of(other, medians, riders)
                same = riders == masks(now, best)
                found.append(WhatIf(f"{words} in {craft.name}", None if same else plan))
    return tuple(found)
