"""Plans made by simple rules, for comparison and for quick estimates: greedy, and half first, then one after the other.

Both make their closures under the same costs as the search, so that a difference is a difference of choice.
"""

import math

from hullwatch.compiled import kernel
from hullwatch.records import Floats
from hullwatch.response.isolation.layout import Layout
from hullwatch.response.isolation.step import Closure, Conditions, Reading, closure_of, ended, give_up, reading_of
from hullwatch.response.isolation.tree import Node

GREEDY, SEQUENTIAL = 0, 1


@kernel
def _weight(weight: Floats, suspects: int) -> float:
    total = 0.0
    for k in range(weight.size):
        if suspects >> k & 1:
            total += weight[k]
    return total


@kernel
def _bits(a: float, b: float) -> float:
    """What an answer between probabilities a and b tells, bit."""
    if a <= 0.0 or b <= 0.0:
        return 0.0
    total = a + b
    return -(a * math.log2(a / total) + b * math.log2(b / total)) / total


@kernel
def _lost_with(layout: Layout, at: Conditions, side: int, suspects: int, stays: bool) -> float:
    """Cost of a hatch that stays shut on suspects nobody can go in to tell apart."""
    alone = side & layout.home == 0 and suspects & (suspects - 1) != 0
    return give_up(layout, at, suspects) if stays and alone else 0.0


@kernel
def choose(
    layout: Layout, at: Conditions, weight: Floats, group: int, suspects: int, rule: int, first: bool
) -> tuple[int, Reading, Closure]:
    """The rule's cut, -1 where there is none: cheapest by the bit; or half of the suspects first, then single ones."""
    chosen, least = -1, math.inf
    reading = reading_of(layout, at, group, 0)
    told = closure_of(layout, at, reading, True, True)
    for cut in range(layout.cut_side.size):
        a, b = suspects & layout.cut_side[cut], suspects & ~layout.cut_side[cut]
        if a == 0 or b == 0:
            continue
        one_a, one_b = a & (a - 1) == 0, b & (b - 1) == 0
        p, q = _weight(weight, a), _weight(weight, b)
        it = reading_of(layout, at, group, cut)
        if not it.useful:
            continue
        said = closure_of(layout, at, it, one_a, one_b)
        if rule == GREEDY:
            cost = p * (said.cost_a + _lost_with(layout, at, it.a, a, said.stays_a))
            cost += q * (said.cost_b + _lost_with(layout, at, it.b, b, said.stays_b))
            price = cost / max(p + q, 1e-300) / max(_bits(p, q), 1e-9)
        elif _lost_with(layout, at, it.a, a, said.stays_a) + _lost_with(layout, at, it.b, b, said.stays_b) > 0.0:
            price = 1e9  # only if there is nothing that keeps the compartments apart
        elif first:
            price = abs(p - q)
        else:
            price = 0.0 if one_a or one_b else 1e6  # the first in the order of the vehicle file
        if price < least:
            chosen, least, reading, told = cut, price, it, said
    return chosen, reading, told


@kernel
def expected(
    layout: Layout, at: Conditions, weight: Floats, group: int, suspects: int, rule: int
) -> tuple[float, float, float]:
    """(probability, cost, closures) of a rule's plan, the latter two times the probability."""
    groups, left, start = [group], [suspects], [True]
    cost, closures = 0.0, 0.0
    while len(groups) > 0:
        g, s, first = groups.pop(), left.pop(), start.pop()
        p = _weight(weight, s)
        cut = -1
        if s & (s - 1) != 0 and g & layout.home:
            cut, it, told = choose(layout, at, weight, g, s, rule, first)
        if cut < 0:
            cost += p * ended(layout, at, g, s)
            continue
        it = reading_of(layout, at, g, cut)
        a, b = s & layout.cut_side[cut], s & ~layout.cut_side[cut]
        told = closure_of(layout, at, it, a & (a - 1) == 0, b & (b - 1) == 0)
        cost += _weight(weight, a) * told.cost_a + _weight(weight, b) * told.cost_b
        closures += p
        groups.append(it.a if told.stays_a else g)
        groups.append(it.b if told.stays_b else g)
        left.append(a)
        left.append(b)
        start.append(False)
        start.append(False)
    return _weight(weight, suspects), cost, closures


def rule_tree(
    layout: Layout, at: Conditions, weight: Floats, group: int, suspects: int, rule: int, first: bool = True
) -> Node:
    """The whole plan of a rule."""
    if suspects & (suspects - 1) == 0 or group & layout.home == 0:
        return Node(group, suspects)
    cut, it, told = choose(layout, at, weight, group, suspects, rule, first)
    if cut < 0:
        return Node(group, suspects)
    side = int(layout.cut_side[cut])
    a = rule_tree(layout, at, weight, it.a if told.stays_a else group, suspects & side, rule, False)
    b = rule_tree(layout, at, weight, it.b if told.stays_b else group, suspects & ~side, rule, False)
    return Node(group, suspects, cut, a, b)
