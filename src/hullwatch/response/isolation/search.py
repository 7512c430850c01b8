"""The exact search: every closure in every state that can come, the best one found by dynamic programming.

A state is a pair: the group that holds the leak, and the suspects, its compartments that may. With p the probability
of the suspects and c what a closure costs for either outcome,

    V(group, suspects) = min over cuts of  p(A) c_A + p(B) c_B + V(group after A, suspects in A) + V(after B, in B)

where probabilities are not normalised, so V is its share of the whole expected cost. Both parts have fewer suspects:
states are valued in the order of their number. Where the hatch stays shut, the next group is the side that leaks; where
it is opened again, it is the whole group; see `step.py`.

`lay` lists states and costs once; `value` takes the probabilities, so a new posterior does not build anything anew.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hullwatch.compiled import kernel
from hullwatch.errors import OutOfRange
from hullwatch.records import Floats, Ints
from hullwatch.response.isolation.layout import Layout
from hullwatch.response.isolation.step import Conditions, closure_of, ended, reading_of

MOST_STATES = 1 << 22
"""States the search is willing to keep: four million, with some fifteen ways on of 17 bytes each."""
KEPT = 1 << 15
"""Groups whose closures are remembered."""


class States(NamedTuple):
    """(s,) states, (t,) ways on from them; the ways of state k are first[k] to first[k + 1]."""

    group: Ints
    suspects: Ints
    first: Ints
    cut: NDArray[np.int8]  # (t,)
    next_a: NDArray[np.int32]  # (t,) state
    next_b: NDArray[np.int32]
    cost_a: NDArray[np.float32]  # (t,)
    cost_b: NDArray[np.float32]
    final: Floats  # (s,) cost where the search ends: one suspect, or no way on
    order: Ints  # states by number of suspects


@kernel
def _mix(g: int, s: int) -> int:
    mixed = (g * 0x1B873593CC9E2D51) ^ (s * 0x2545F4914F6CDD1D)
    mixed ^= mixed >> 31
    mixed *= 0x369DEA0F31A53F85
    return mixed ^ (mixed >> 29)


@kernel
def _find(keys: NDArray[np.int32], group: Ints, suspects: Ints, g: int, s: int) -> int:
    """Slot of a state in the table of keys: where it is, or where it belongs."""
    mask = keys.size - 1
    slot = _mix(g, s) & mask
    while keys[slot] >= 0 and not (group[keys[slot]] == g and suspects[keys[slot]] == s):
        slot = (slot + 1) & mask
    return slot


@kernel
def _closures(layout: Layout, at: Conditions, group: int, row: NDArray[np.float32]) -> None:
    """Costs and fates of all cuts of a group, (cut, variant, 4); infinite where a cut parts nothing.

    A variant says on which sides there is only one suspect: 0 none, 1 on b, 2 on a, 3 on both.
    """
    for c in range(layout.cut_side.size):
        row[c] = np.inf
        it = reading_of(layout, at, group, c)
        if it.useful:
            for variant in range(4):
                told = closure_of(layout, at, it, variant >= 2, variant % 2 == 1)
                row[c, variant, 0], row[c, variant, 1] = told.cost_a, told.cost_b
                row[c, variant, 2] = 1.0 if told.stays_a else 0.0
                row[c, variant, 3] = 1.0 if told.stays_b else 0.0


@kernel
def _count(word: int) -> int:
    number = 0
    while word:
        word &= word - 1
        number += 1
    return number


@kernel
def _lay(layout: Layout, at: Conditions, roots: Ints, room: int, ways: int) -> tuple[int, int, States]:
    """States and ways from the roots (r, 2) on; their numbers are -1 when there was not room enough."""
    group, suspects = np.empty(room, np.int64), np.empty(room, np.int64)
    first, final = np.empty(room + 1, np.int64), np.zeros(room)
    cut, next_a, next_b = np.empty(ways, np.int8), np.empty(ways, np.int32), np.empty(ways, np.int32)
    cost_a, cost_b = np.empty(ways, np.float32), np.empty(ways, np.float32)
    keys = np.full(2 * room, -1, np.int32)
    # what a closure costs does not hang on the suspects, but for how many of them are beyond: kept for some groups
    cuts = layout.cut_side.size
    kept_for = np.zeros(KEPT, np.int64)
    kept = np.empty((KEPT, cuts, 4, 4), np.float32)
    number, way = 0, 0
    failed = States(group, suspects, first, cut, next_a, next_b, cost_a, cost_b, final, first)
    for r in range(roots.shape[0]):
        slot = _find(keys, group, suspects, roots[r, 0], roots[r, 1])
        if keys[slot] < 0:
            keys[slot], group[number], suspects[number] = number, roots[r, 0], roots[r, 1]
            number += 1
    k = 0
    while k < number:
        first[k] = way
        g, s = group[k], suspects[k]
        if s & (s - 1) == 0 or g & layout.home == 0:
            final[k] = ended(layout, at, g, s)
        else:
            row = _mix(g, 0) & (KEPT - 1)
            if kept_for[row] != g:
                kept_for[row] = g
                _closures(layout, at, g, kept[row])
            for c in range(cuts):
                a, b = s & layout.cut_side[c], s & ~layout.cut_side[c]
                variant = 2 * (a & (a - 1) == 0) + (b & (b - 1) == 0)
                if a == 0 or b == 0 or np.isinf(kept[row, c, variant, 0]):
                    continue
                if way == ways or number + 2 > room:
                    return -1, -1, failed
                cut[way] = c
                cost_a[way], cost_b[way] = kept[row, c, variant, 0], kept[row, c, variant, 1]
                for side in range(2):
                    part = a if side == 0 else b
                    here = g & layout.cut_side[c] if side == 0 else g & ~layout.cut_side[c]
                    into = here if kept[row, c, variant, 2 + side] > 0.0 else g
                    slot = _find(keys, group, suspects, into, part)
                    if keys[slot] < 0:
                        keys[slot], group[number], suspects[number] = number, into, part
                        number += 1
                    if side == 0:
                        next_a[way] = keys[slot]
                    else:
                        next_b[way] = keys[slot]
                way += 1
        k += 1
    first[number] = way
    start = np.zeros(66, np.int64)
    for k in range(number):
        start[_count(suspects[k]) + 1] += 1
    start = np.cumsum(start)
    order = np.empty(number, np.int64)
    for k in range(number):
        size = _count(suspects[k])
        order[start[size]] = k
        start[size] += 1
    return number, way, States(group, suspects, first, cut, next_a, next_b, cost_a, cost_b, final, order)


@kernel
def value(states: States, weight: Floats) -> tuple[Floats, Floats, Ints]:
    """Probability, expected cost (their product) and best way of every state, for the compartments' weights (n,).

    The best way is -1 where the search ends.
    """
    number = states.order.size
    weigh, worth, best = np.zeros(number), np.zeros(number), np.full(number, -1, np.int64)
    for place in range(number):
        k = states.order[place]
        if states.first[k] == states.first[k + 1]:
            for c in range(weight.size):
                if states.suspects[k] >> c & 1:
                    weigh[k] += weight[c]
            worth[k] = weigh[k] * states.final[k]
            continue
        worth[k] = np.inf
        for way in range(states.first[k], states.first[k + 1]):
            a, b = states.next_a[way], states.next_b[way]
            cost = weigh[a] * states.cost_a[way] + weigh[b] * states.cost_b[way] + worth[a] + worth[b]
            if cost < worth[k]:
                worth[k], best[k] = cost, way
                weigh[k] = weigh[a] + weigh[b]
    return weigh, worth, best


def lay(layout: Layout, at: Conditions, roots: Ints) -> States:
    """All states that can come from the roots (r, 2) of (group, suspects), with their ways on and what these cost.

    Raises OutOfRange when there are more than the search is willing to keep.
    """
    room = 1 << (15 if layout.volume_m3.size <= 22 else 21)
    while room <= MOST_STATES:
        number, way, found = _lay(layout, at, roots, room, 16 * room)
        if number >= 0:
            return States(
                found.group[:number].copy(), found.suspects[:number].copy(), found.first[: number + 1].copy(),
                found.cut[:way].copy(), found.next_a[:way].copy(), found.next_b[:way].copy(),
                found.cost_a[:way].copy(), found.cost_b[:way].copy(), found.final[:number].copy(), found.order,
            )  # fmt: skip
        room *= 2
    raise OutOfRange("states", float(MOST_STATES), "fewer suspects: shut a hatch, or leave out what cannot leak")


@kernel
def _lookup(states: States, g: int, s: int) -> int:
    for k in range(states.group.size):
        if states.group[k] == g and states.suspects[k] == s:
            return k
    return -1


def state_of(states: States, group: int, suspects: int) -> int:
    """Number of a state, -1 when the table does not hold it."""
    return int(_lookup(states, group, suspects))
