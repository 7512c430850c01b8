"""What is worked out once for a search and serves every state it can come to.

conditions --> cuts of the ship (layout.py) --> states (search.py) --> Tables, for this and the next advice
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.estimators.quadrature import weighted_interval
from hullwatch.records import Floats, Interval, Ints
from hullwatch.response.isolation.branches import Branch
from hullwatch.response.isolation.layout import OPENING_S, TRAINING_PA, Layout, bits, lay_out
from hullwatch.response.isolation.search import States, lay, state_of, value
from hullwatch.response.isolation.state import Situation, homes, people_of
from hullwatch.response.isolation.step import CLOSURES, GAS, TIME, UNHURRIED_S, Conditions
from hullwatch.response.isolation.together import switch_over
from hullwatch.response.isolation.tree import single
from hullwatch.vehicle.facts import Craft, Hatch, Vehicle
from hullwatch.vehicle.graph import pressure_groups

SURE = 1000.0
"""Odds at which a reading ends: one in a thousand is read wrongly [c]."""
NODES = ((-math.sqrt(3.0), 1.0 / 6.0), (0.0, 2.0 / 3.0), (math.sqrt(3.0), 1.0 / 6.0))
"""Gauss-Hermite points of a standard normal, exact to the fifth power."""
DOUBT = 0.4
"""Standard deviation of the logarithm of people's times, and of unseen warmth [c]."""
SIGMAS = 1.645
"""Half a 90 % interval of a normal, in standard deviations."""
LEAST_SHARE = 0.05
"""A lower end of the rate below this share of the median counts as this: a logarithm needs an end above zero."""
NEAR = 0.1
"""Tables serve while rate and pressure are no further off than this, in logarithm."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What was worked out for one situation and serves the next."""

    inside: tuple[str, ...]
    hatches: tuple[Hatch, ...]
    layout: Layout
    at: Conditions
    states: States
    weight: Floats
    weigh: Floats
    worth: Floats
    best: Ints
    people: tuple[int, ...]  # by home of the layout
    by_force: bool
    switch_over_kg_s: Interval | None
    open_hatches: frozenset[str] = frozenset()  # when last asked
    shut: tuple[str, ...] = ()  # hatches shut since the first time, in their order

    def word(self, compartments: Sequence[str]) -> int:
        """Bits of some compartments; -1 when one is not in the tables."""
        number = {id: k for k, id in enumerate(self.inside)}
        return bits(number[c] for c in compartments) if all(c in number for c in compartments) else -1

    def names(self, word: int) -> tuple[str, ...]:
        """Compartments of a word."""
        return tuple(id for k, id in enumerate(self.inside) if word >> k & 1)


def conditions(vehicle: Vehicle, now: Situation, group: Sequence[str]) -> Conditions:
    """The leak and the air as the search takes them; `group` is the one most likely to leak."""
    heat, scale = vehicle.thermal, now.pressure_pa / now.temperature_k
    volume = sum(vehicle.compartment(c).volume_m3.value for c in group)
    slope = now.rate_kg_s.median / now.density_kg_m3 * now.pressure_pa / volume
    aim = {"time": TIME, "gas": GAS, "closures": CLOSURES}[now.aim]
    keeps = TRAINING_PA / slope - OPENING_S < UNHURRIED_S
    return Conditions(
        now.rate_kg_s.median, now.density_kg_m3, now.pressure_pa, scale * heat.residual_k,
        scale * heat.blind_residual_k, heat.residual_s, math.log(SURE), aim, 1.0, keeps,
    )  # fmt: skip


def serves(tables: Tables, now: Situation, crafts: Sequence[Craft], at: Conditions) -> bool:
    """Whether earlier tables were worked out for conditions near enough, and for the same craft."""
    old = tables.at
    near = ((old.rate_kg_s, at.rate_kg_s), (old.pressure_pa, at.pressure_pa))
    same = (old.aim, tables.by_force) == (at.aim, now.by_force) and not tables.layout.ring
    here = {c.returns for c in crafts} & set(tables.inside)
    return same and set(tables.names(tables.layout.home)) == here and all(_near(a, b) for a, b in near)


def _near(a: float, b: float) -> bool:
    """Whether two positive figures differ by little; a figure that is none is near nothing."""
    return a > 0.0 and b > 0.0 and abs(math.log(a / b)) < NEAR


def as_planned(tables: Tables, vehicle: Vehicle, now: Situation, branch: Branch) -> Branch | None:
    """The branch as the tables hold it: as it is, or with a hatch opened that was shut for a test; None if not."""
    alone = replace(branch, group=branch.alone, opened=())
    if number_of(tables, alone) >= 0:
        return alone
    groups = pressure_groups(vehicle, now.open_hatches)
    found = []
    for hatch in tables.hatches:
        if hatch.id not in now.open_hatches and set(hatch.between) & set(branch.alone):
            both = {c for g in groups if set(g) & set(hatch.between) for c in g}
            group = tuple(c.id for c in vehicle.compartments if c.id in both)
            found.append(replace(branch, group=group, opened=(hatch.id,)))
    found = [each for each in found if number_of(tables, each) >= 0]
    # what was shut last can best be opened; of what was shut before anybody asked, the one that leads on best
    order = {hatch: k for k, hatch in enumerate(tables.shut)}
    return min(
        found, key=lambda x: (-order.get(x.opened[0], -1), float(tables.worth[number_of(tables, x)])), default=None
    )


def noted(tables: Tables, now: Situation) -> Tables:
    """Which hatches moved since the last time."""
    shut = sorted(tables.open_hatches - now.open_hatches)
    kept = tuple(h for h in tables.shut if h not in now.open_hatches)
    return replace(tables, open_hatches=now.open_hatches, shut=(*kept, *shut))


def number_of(tables: Tables, branch: Branch) -> int:
    """Number of a branch's state; -1 when the tables do not hold it."""
    group, suspects = tables.word(branch.group), tables.word(branch.suspects)
    return -1 if group < 0 or suspects < 0 else state_of(tables.states, group, suspects)


def work_out(vehicle: Vehicle, now: Situation, branches: Sequence[Branch], at: Conditions) -> Tables:
    """Tables for every state that can come of these branches."""
    every = {c for b in branches for c in b.group}
    inside = tuple(c.id for c in vehicle.compartments if c.id in every)
    usable = now.open_hatches | {h for b in branches for h in b.opened}
    crafts = homes(vehicle, now)
    layout, hatches = lay_out(vehicle, inside, usable, [c.returns for c in crafts if c.returns], now.by_force)
    number = {id: k for k, id in enumerate(inside)}
    roots = np.array([[bits(number[c] for c in part) for part in (b.group, b.suspects)] for b in branches], np.int64)
    weight = np.array([now.probability.get(c, 0.0) for c in inside])
    states = lay(layout, at, roots)
    weigh, worth, best = value(states, weight)
    people = tuple(len(people_of(vehicle, c)) for c in crafts if c.returns in number)
    group, suspects = (int(word) for word in roots[0])
    switch = _switch(layout, at, group, suspects, weight, people)
    return Tables(
        inside, hatches, layout, at, states, weight, weigh, worth, best, people, now.by_force, switch, now.open_hatches
    )  # fmt: skip


def reweighed(tables: Tables, branches: Sequence[Branch], probability: Mapping[str, float]) -> Tables:
    """The tables with these probabilities, the same ones where they stand to each other as before."""
    weight = np.array([probability.get(c, 0.0) for c in tables.inside])
    suspected = np.isin(tables.inside, [c for b in branches for c in b.suspects])
    new, old = weight[suspected], tables.weight[suspected]
    if np.allclose(new * old.sum(), old * new.sum(), rtol=1e-6, atol=1e-12):
        return tables
    weigh, worth, best = value(tables.states, weight)
    words = tables.word(branches[0].group), tables.word(branches[0].suspects)
    switch = _switch(tables.layout, tables.at, *words, weight, tables.people)
    return replace(tables, weight=weight, weigh=weigh, worth=worth, best=best, switch_over_kg_s=switch)


def varied(at: Conditions, rate: Interval | None = None) -> list[tuple[Conditions, float]]:
    """The conditions with people's times, unseen warmth and the rate as they may be, and the weight of each."""
    spread = 0.0 if rate is None else math.log(rate.high / max(rate.low, LEAST_SHARE * rate.median)) / (2.0 * SIGMAS)
    return [
        (
            at._replace(
                haste=at.haste * math.exp(DOUBT * x), warmth_pa=at.warmth_pa * math.exp(DOUBT * y),
                blind_warmth_pa=at.blind_warmth_pa * math.exp(DOUBT * y),
                rate_kg_s=at.rate_kg_s if rate is None else rate.median * math.exp(spread * z),
            ),
            p * q * r,
        )
        for (x, p), (y, q), (z, r) in itertools.product(NODES, NODES, NODES if rate is not None else ((0.0, 1.0),))
    ]  # fmt: skip


def _switch(
    layout: Layout, at: Conditions, group: int, suspects: int, weight: Floats, people: Sequence[int]
) -> Interval | None:
    """Rate above which going step by step is better, with the doubt of our estimates of people and warmth."""
    if not group & layout.home or single(suspects):
        return None
    found = [
        (switch_over(layout, each._replace(keeps=False, aim=TIME), group, suspects, weight, people), p)
        for each, p in varied(at)
    ]
    said = [(rate, p) for rate, p in found if rate is not None]
    return weighted_interval(np.array([r for r, _ in said]), np.array([p for _, p in said])) if said else None
