"""The advice: from the state of a search to the next closure, the plan behind it, and what was set aside.

    situation -> groups that may hold the leak -> exact search -> tree -> Advice, and the tables for the next time

The tables hold for every state the plan can come to: when a hatch moves as planned, nothing is computed anew.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from hullwatch.estimators.quadrature import weighted_interval
from hullwatch.records import Advice, Alternative, Floats, Interval, Ints, PlanSide, PlanStep
from hullwatch.response.isolation.layout import OPENING_S, TRAINING_PA, Layout, bits, lay_out
from hullwatch.response.isolation.reading import BLIND, reading_time
from hullwatch.response.isolation.search import States, lay, state_of, value
from hullwatch.response.isolation.state import Situation, check, cut_off, homes, people_of
from hullwatch.response.isolation.step import CLOSURES, GAS, TIME, UNHURRIED_S, Conditions, side_of
from hullwatch.response.isolation.together import Together, switch_over, together
from hullwatch.response.isolation.tree import Node, Outlook, closure_at, flat, outlook, plan_tree, single
from hullwatch.response.isolation.words import afterwards_words, consequences, groups_why, span, step_why, together_why
from hullwatch.vehicle.facts import Craft, Hatch, Vehicle
from hullwatch.vehicle.graph import pressure_groups

AIR_J_KG_K = 287.05
SURE = 1000.0
"""Odds at which a reading ends: one in a thousand is read wrongly [c]."""
SUSPECT = 1e-4
"""A compartment less probable than this is not searched for."""
NODES = ((-math.sqrt(3.0), 1.0 / 6.0), (0.0, 2.0 / 3.0), (math.sqrt(3.0), 1.0 / 6.0))
"""Gauss-Hermite points of a standard normal, exact to the fifth power."""
DOUBT = 0.4
"""Standard deviation of the logarithm of people's times, and of unseen warmth [c]."""


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


@dataclass(frozen=True, slots=True)
class Branch:
    """A pressure group that may hold the leak: where its search takes place, after opening some hatches."""

    group: tuple[str, ...]
    suspects: tuple[str, ...]
    probability: float
    opened: tuple[str, ...]
    alone: tuple[str, ...]  # the group as it is before anything is opened


def advise(vehicle: Vehicle, now: Situation, tables: Tables | None = None) -> tuple[Advice, Tables]:
    """What to do next, and tables that make the next call fast. Pure: the same arguments give the same advice."""
    check(vehicle, now)
    branches = _branches(vehicle, now)
    crafts = homes(vehicle, now)
    at = conditions(vehicle, now, branches[0].group)
    if tables is not None and _serves(tables, now, crafts, at):
        tables = _noted(tables, now)
        planned = [_as_planned(tables, vehicle, now, branch) for branch in branches]
        found = tuple(branch for branch in planned if branch is not None)
        tables, branches = (tables, found) if len(found) == len(branches) else (None, branches)
    else:
        tables = None
    if tables is None:
        tables = _work_out(vehicle, now, branches, at)
    weight = np.array([now.probability.get(c, 0.0) for c in tables.inside])
    suspected = np.isin(tables.inside, [c for b in branches for c in b.suspects])
    new, old = weight[suspected], tables.weight[suspected]
    if not np.allclose(new * old.sum(), old * new.sum(), rtol=1e-6, atol=1e-12):
        weigh, worth, best = value(tables.states, weight)
        tables = replace(tables, weight=weight, weigh=weigh, worth=worth, best=best)
        words = tables.word(branches[0].group), tables.word(branches[0].suspects)
        switch = _switch(tables.layout, tables.at, *words, weight, tables.people)
        tables = replace(tables, switch_over_kg_s=switch)
    nodes = [plan_tree(tables.states, tables.best, _state(tables, branch)) for branch in branches]
    people = {c.returns: people_of(vehicle, c) for c in crafts if c.returns is not None}
    sides = tuple(_side(tables, b, node, people) for b, node in zip(branches, nodes, strict=True))
    return _advice(vehicle, now, tables, branches, nodes, sides), tables


def conditions(vehicle: Vehicle, now: Situation, group: Sequence[str]) -> Conditions:
    """The leak and the air as the search takes them; `group` is the one most likely to leak."""
    density = now.pressure_pa / (AIR_J_KG_K * now.temperature_k)
    heat, scale = vehicle.thermal, now.pressure_pa / now.temperature_k
    volume = sum(vehicle.compartment(c).volume_m3.value for c in group)
    slope = now.rate_kg_s.median / density * now.pressure_pa / volume
    aim = {"time": TIME, "gas": GAS, "closures": CLOSURES}[now.aim]
    keeps = TRAINING_PA / slope - OPENING_S < UNHURRIED_S
    return Conditions(
        now.rate_kg_s.median, density, now.pressure_pa, scale * heat.residual_k, scale * heat.blind_residual_k,
        heat.residual_s, math.log(SURE), aim, 1.0, keeps,
    )  # fmt: skip


def _branches(vehicle: Vehicle, now: Situation) -> tuple[Branch, ...]:
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


def _serves(tables: Tables, now: Situation, crafts: Sequence[Craft], at: Conditions) -> bool:
    """Whether earlier tables were worked out for conditions near enough, and for the same craft."""
    old = tables.at
    near = ((old.rate_kg_s, at.rate_kg_s), (old.pressure_pa, at.pressure_pa))
    same = (old.aim, tables.by_force) == (at.aim, now.by_force) and not tables.layout.ring
    here = {c.returns for c in crafts} & set(tables.inside)
    return same and set(tables.names(tables.layout.home)) == here and all(abs(math.log(a / b)) < 0.1 for a, b in near)


def _as_planned(tables: Tables, vehicle: Vehicle, now: Situation, branch: Branch) -> Branch | None:
    """The branch as the tables hold it: as it is, or with a hatch opened that was shut for a test; None if not."""
    alone = replace(branch, group=branch.alone, opened=())
    if _state(tables, alone) >= 0:
        return alone
    groups = pressure_groups(vehicle, now.open_hatches)
    found = []
    for hatch in tables.hatches:
        if hatch.id not in now.open_hatches and set(hatch.between) & set(branch.alone):
            both = {c for g in groups if set(g) & set(hatch.between) for c in g}
            group = tuple(c.id for c in vehicle.compartments if c.id in both)
            found.append(replace(branch, group=group, opened=(hatch.id,)))
    found = [each for each in found if _state(tables, each) >= 0]
    # what was shut last can best be opened; of what was shut before anybody asked, the one that leads on best
    order = {hatch: k for k, hatch in enumerate(tables.shut)}
    return min(found, key=lambda x: (-order.get(x.opened[0], -1), float(tables.worth[_state(tables, x)])), default=None)


def _noted(tables: Tables, now: Situation) -> Tables:
    """Which hatches moved since the last time."""
    shut = sorted(tables.open_hatches - now.open_hatches)
    kept = tuple(h for h in tables.shut if h not in now.open_hatches)
    return replace(tables, open_hatches=now.open_hatches, shut=(*kept, *shut))


def _state(tables: Tables, branch: Branch) -> int:
    """Number of a branch's state; -1 when the tables do not hold it."""
    group, suspects = tables.word(branch.group), tables.word(branch.suspects)
    return -1 if group < 0 or suspects < 0 else state_of(tables.states, group, suspects)


def _work_out(vehicle: Vehicle, now: Situation, branches: Sequence[Branch], at: Conditions) -> Tables:
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


def _varied(at: Conditions, rate: Interval | None = None) -> list[tuple[Conditions, float]]:
    """The conditions with people's times, unseen warmth and the rate as they may be, and the weight of each."""
    spread = 0.0 if rate is None else math.log(rate.high / max(rate.low, 0.05 * rate.median)) / 3.29
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
        for each, p in _varied(at)
    ]
    said = [(rate, p) for rate, p in found if rate is not None]
    return weighted_interval(np.array([r for r, _ in said]), np.array([p for _, p in said])) if said else None


def _side(tables: Tables, branch: Branch, node: Node, people: dict[str, tuple[str, ...]]) -> PlanSide:
    """A branch as a record; opening its hatches comes before its first closure."""
    then = _step(tables, node, branch.probability, people, branch.opened)
    return PlanSide(
        branch.suspects, branch.probability, branch.alone, _here(tables, node.group, people), False,
        _seals(tables, node), node.cut is None and not single(node.suspects), then,
    )  # fmt: skip


def _step(
    tables: Tables, node: Node, p: float, people: dict[str, tuple[str, ...]], opened: tuple[str, ...] = ()
) -> PlanStep | None:
    if node.cut is None or node.a is None or node.b is None:
        return None
    reading, told = closure_at(tables.layout, tables.at, node)
    weight = tables.weight
    total = sum(weight[k] for k in range(len(weight)) if node.suspects >> k & 1)
    sides = []
    for child, side, stays in ((node.a, reading.a, told.stays_a), (node.b, reading.b, told.stays_b)):
        share = p * sum(weight[k] for k in range(len(weight)) if child.suspects >> k & 1) / total
        sides.append(
            PlanSide(
                tables.names(child.suspects), float(share), tables.names(side), _here(tables, side, people),
                bool(stays), _seals(tables, child), child.cut is None and not single(child.suspects),
                _step(tables, child, share, people),
            )
        )  # fmt: skip
    shut = tuple(
        tables.hatches[h].id
        for h in tables.layout.cut_hatches[node.cut]
        if h >= 0 and all(node.group >> int(end) & 1 for end in tables.layout.ends[h])
    )
    limit = float(told.limit_s) if math.isfinite(told.limit_s) else None
    read_s = reading.reading_s if tables.at.aim == CLOSURES else told.reading_s + told.again_s
    return PlanStep(
        opened, shut, float(reading.work_s), float(read_s), int(told.readings), limit,
        (sides[0], sides[1]),
    )  # fmt: skip


def _here(tables: Tables, word: int, people: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(name for home in tables.names(word & tables.layout.home) for name in people[home])


def _seals(tables: Tables, node: Node) -> tuple[str, ...]:
    """Hatches still to be shut around the compartment found."""
    if not single(node.suspects):
        return ()
    found = node.suspects.bit_length() - 1
    return tuple(
        hatch.id
        for hatch, ends in zip(tables.hatches, tables.layout.ends.tolist(), strict=True)
        if found in ends and all(node.group >> end & 1 for end in ends)
    )


def _advice(
    vehicle: Vehicle, now: Situation, tables: Tables, branches: Sequence[Branch], nodes: Sequence[Node],
    sides: tuple[PlanSide, ...],
) -> Advice:  # fmt: skip
    first, node = branches[0], nodes[0]
    plain = _outlook(tables, tables.at, branches, nodes, lost=True)
    once = _together(tables, tables.at, node)
    manner: Literal["isolated", "all_at_once", "step_by_step"] = "step_by_step"
    if sides[0].then is None and len(sides) == 1:
        manner = "isolated"
    elif once.mean < plain.mean and now.aim != "closures":
        manner = "all_at_once"
    doubt = _doubt(tables, now, branches, nodes, manner == "all_at_once")
    why = step_why(sides[0], now.aim)
    if manner == "all_at_once":
        why = together_why(once, plain, now.aim)
    if len(nodes) > 1:
        first_why = groups_why(_between_s(tables, branches[:2]))
        why = f"{first_why}. {why}" if manner == "all_at_once" else first_why
    return Advice(
        manner=manner, why=why, branches=sides, rate_kg_s=now.rate_kg_s, time_s=doubt["time"], worst_s=doubt["worst"],
        gas_kg=doubt["gas"], closures=plain.closures, most_closures=plain.most, stepwise_s=doubt["stepwise"],
        together_s=doubt["together"], switch_over_kg_s=tables.switch_over_kg_s,
        set_aside=_set_aside(tables, node, now.aim),
        cut_off=cut_off(vehicle, now),
        warnings=consequences(vehicle, now, first.group, first.suspects, doubt["worst"], once),
        afterwards=afterwards_words(_rest_s(tables, node.group)),
    )  # fmt: skip


def _together(tables: Tables, at: Conditions, node: Node) -> Together:
    return together(tables.layout, at, node.group, node.suspects, tables.weight, _people(tables, node.group))


def _outlook(tables: Tables, at: Conditions, branches: Sequence[Branch], nodes: Sequence[Node], lost: bool) -> Outlook:
    """What the plan comes to over all groups that may leak."""
    each = [outlook(tables.layout, at, flat(node), tables.weight, lost) for node in nodes]
    shares = [b.probability / sum(x.probability for x in branches) for b in branches]
    return Outlook(
        sum(p * x.mean for p, x in zip(shares, each, strict=True)), max(x.worst for x in each),
        sum(p * x.closures for p, x in zip(shares, each, strict=True)), max(x.most for x in each),
    )  # fmt: skip


def _doubt(
    tables: Tables, now: Situation, branches: Sequence[Branch], nodes: Sequence[Node], at_once: bool
) -> dict[str, Interval]:
    """Times and gas with the doubt of the rate, of people's times and of unseen warmth.

    The plan stays as it is while these vary; only where its readings would then not end is everything shut at once.
    """
    varied = _varied(tables.at._replace(aim=TIME), now.rate_kg_s)
    node, weights = nodes[0], [p for _, p in varied]
    values: dict[str, list[float]] = {name: [] for name in ("time", "worst", "gas", "stepwise", "together")}
    for at, _ in varied:
        step, all_ = _outlook(tables, at, branches, nodes, lost=False), _together(tables, at, node)
        weighed = at._replace(aim=GAS)
        gas = _outlook(tables, weighed, branches, nodes, lost=False).mean
        if at_once or step.mean > all_.mean:
            gas = _together(tables, weighed, node).mean
        values["stepwise"].append(step.mean)
        values["together"].append(all_.mean)
        values["time"].append(all_.mean if at_once else min(step.mean, all_.mean))
        values["worst"].append(all_.worst if at_once or step.mean > all_.mean else step.worst)
        values["gas"].append(gas)
    return {name: _around(v, weights) for name, v in values.items()}


def _around(values: Sequence[float], weights: Sequence[float]) -> Interval:
    """The value at the middle conditions, which come in the middle, with the interval of all."""
    found = weighted_interval(np.array(values), np.array(weights))
    middle = values[len(values) // 2]
    return Interval(middle, min(found.low, middle), max(found.high, middle))


def _people(tables: Tables, group: int) -> tuple[int, ...]:
    return tuple(
        n if group >> int(home) & 1 else 0 for home, n in zip(tables.layout.home_at, tables.people, strict=True)
    )


def _between_s(tables: Tables, two: Sequence[Branch]) -> float:
    """Time until the gauges tell which of two groups leaks, if the hatches between them stay as they are."""
    words = [tables.word(b.group) for b in two]
    words[1] &= ~words[0]  # a group that was joined to the other to be searched
    one, other = (side_of(tables.layout, tables.at, word) for word in words)
    return float(reading_time(one, other, tables.at.enough))


def _rest_s(tables: Tables, group: int) -> float:
    """Time after which what is left would show a second leak half as fast as the first."""
    at = tables.at._replace(rate_kg_s=0.5 * tables.at.rate_kg_s)
    return float(reading_time(side_of(tables.layout, at, group), BLIND, at.enough))


def _set_aside(tables: Tables, node: Node, aim: str) -> tuple[Alternative, ...]:
    """Other first closures, the best three of different hatches, and what they cost beyond the plan."""
    states, root = tables.states, state_of(tables.states, node.group, node.suspects)
    if root < 0 or node.cut is None:
        return ()
    found: dict[int, tuple[float, float]] = {}
    for way in range(int(states.first[root]), int(states.first[root + 1])):
        a, b = int(states.next_a[way]), int(states.next_b[way])
        pa, pb = tables.weigh[a], tables.weigh[b]
        cost = pa * states.cost_a[way] + pb * states.cost_b[way] + tables.worth[a] + tables.worth[b]
        found[int(states.cut[way])] = (float((cost - tables.worth[root]) / tables.weigh[root]), float(pa / (pa + pb)))
    found.pop(node.cut, None)
    said = []
    for cut, (more, share) in sorted(found.items(), key=lambda item: item[1][0])[:3]:
        hatches = ", ".join(tables.hatches[h].id for h in tables.layout.cut_hatches[cut] if h >= 0)
        unit = {"gas": f"{more:.2g} kg", "closures": f"{more:.2g} closures"}.get(aim, span(max(more, 0.0)))
        said.append(
            Alternative(
                hatches, max(more, 0.0),
                f"parts {100 * share:.0f} from {100 * (1 - share):.0f} %, and leads to {unit} more on the average",
            )
        )  # fmt: skip
    return tuple(said)
