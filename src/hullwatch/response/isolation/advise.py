"""The advice: from the state of a search to the next closure, the plan behind it, and what was set aside.

    situation -> groups that may hold the leak -> exact search -> tree -> Advice, and the tables for the next time

The tables hold for every state the plan can come to: when a hatch moves as planned, nothing is computed anew.
"""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from hullwatch.estimators.quadrature import weighted_interval
from hullwatch.records import Advice, Alternative, Interval, PlanSide, PlanStep
from hullwatch.response.isolation.branches import Branch, branches_of
from hullwatch.response.isolation.reading import BLIND, reading_time
from hullwatch.response.isolation.search import state_of
from hullwatch.response.isolation.state import Situation, check, cut_off, homes, people_of
from hullwatch.response.isolation.step import CLOSURES, GAS, TIME, Conditions, side_of
from hullwatch.response.isolation.tables import (
    Tables,
    as_planned,
    conditions,
    noted,
    number_of,
    reweighed,
    serves,
    varied,
    work_out,
)
from hullwatch.response.isolation.together import Together, arrange, of_arrangement, together
from hullwatch.response.isolation.tree import Node, Outlook, closure_at, flat, outlook, plan_tree, single, weight_of
from hullwatch.response.isolation.words import afterwards_words, consequences, groups_why, span, step_why, together_why
from hullwatch.vehicle.facts import Vehicle


def advise(vehicle: Vehicle, now: Situation, tables: Tables | None = None) -> tuple[Advice, Tables]:
    """What to do next, and tables that make the next call fast. Pure: the same arguments give the same advice."""
    check(vehicle, now)
    branches = branches_of(vehicle, now)
    crafts = homes(vehicle, now)
    at = conditions(vehicle, now, branches[0].group)
    if tables is not None and serves(tables, now, crafts, at):
        tables = noted(tables, now)
        planned = [as_planned(tables, vehicle, now, branch) for branch in branches]
        found = tuple(branch for branch in planned if branch is not None)
        tables, branches = (tables, found) if len(found) == len(branches) else (None, branches)
    else:
        tables = None
    if tables is None:
        tables = work_out(vehicle, now, branches, at)
    tables = reweighed(tables, branches, now.probability)
    nodes = [plan_tree(tables.states, tables.best, number_of(tables, branch)) for branch in branches]
    people = {c.returns: people_of(vehicle, c) for c in crafts if c.returns is not None}
    sides = tuple(_side(tables, b, node, people) for b, node in zip(branches, nodes, strict=True))
    return _advice(vehicle, now, tables, branches, nodes, sides), tables


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
    total = weight_of(tables.weight, node.suspects)
    sides = []
    for child, side, stays in ((node.a, reading.a, told.stays_a), (node.b, reading.b, told.stays_b)):
        share = p * weight_of(tables.weight, child.suspects) / total
        sides.append(
            PlanSide(
                tables.names(child.suspects), share, tables.names(side), _here(tables, side, people),
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
    cases = varied(tables.at._replace(aim=TIME), now.rate_kg_s)
    node, weights = nodes[0], [p for _, p in cases]
    people = _people(tables, node.group)
    how = arrange(tables.layout, node.group, node.suspects, people)  # hangs on none of what varies

    def once(at: Conditions) -> Together:
        return of_arrangement(tables.layout, at, how, node.suspects, tables.weight)

    values: dict[str, list[float]] = {name: [] for name in ("time", "worst", "gas", "stepwise", "together")}
    for at, _ in cases:
        step, all_ = _outlook(tables, at, branches, nodes, lost=False), once(at)
        weighed = at._replace(aim=GAS)
        gas = _outlook(tables, weighed, branches, nodes, lost=False).mean
        if at_once or step.mean > all_.mean:
            gas = once(weighed).mean
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
