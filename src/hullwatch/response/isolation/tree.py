"""The plan as a tree: what the search chose, state by state, and what it comes to at any rate of leak."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Floats, Ints
from hullwatch.response.isolation.layout import Layout
from hullwatch.response.isolation.search import States
from hullwatch.response.isolation.step import (
    Closure,
    Conditions,
    Reading,
    closure_of,
    ended,
    reading_of,
)


@dataclass(frozen=True, slots=True)
class Node:
    """A group that holds the leak, its suspects, and the cut to make; without one the search ends here."""

    group: int
    suspects: int
    cut: int | None = None
    a: "Node | None" = None  # leak on the side of the cut's bits
    b: "Node | None" = None

    def nodes(self) -> "Iterator[Node]":
        """This and all that come after."""
        yield self
        for child in (self.a, self.b):
            if child is not None:
                yield from child.nodes()


def single(word: int) -> bool:
    """Whether exactly one bit is set."""
    return word & (word - 1) == 0


def plan_tree(states: States, best: Ints, k: int) -> Node:
    """The tree of best ways from state k on."""
    group, suspects, way = int(states.group[k]), int(states.suspects[k]), int(best[k])
    if way < 0:
        return Node(group, suspects)
    a, b = plan_tree(states, best, int(states.next_a[way])), plan_tree(states, best, int(states.next_b[way]))
    return Node(group, suspects, int(states.cut[way]), a, b)


def closure_at(layout: Layout, at: Conditions, node: Node) -> tuple[Reading, Closure]:
    """Reading and cost of a node's cut under any conditions."""
    if node.cut is None or node.a is None or node.b is None:
        raise ValueError("the search ends at this node")
    reading = reading_of(layout, at, node.group, node.cut)
    return reading, closure_of(layout, at, reading, single(node.a.suspects), single(node.b.suspects))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the search ends: which suspects are left, after what cost and how many closures."""

    node: Node
    cost: float
    closures: int


def outcomes(layout: Layout, at: Conditions, node: Node, cost: float = 0.0, closures: int = 0) -> Iterator[Outcome]:
    """Every end of the plan, with what it costs to get there under these conditions, shutting the leak off included."""
    if node.cut is None or node.a is None or node.b is None:
        yield Outcome(node, cost + final_cost(layout, at, node), closures)
        return
    _, told = closure_at(layout, at, node)
    yield from outcomes(layout, at, node.a, cost + told.cost_a, closures + 1)
    yield from outcomes(layout, at, node.b, cost + told.cost_b, closures + 1)


def final_cost(layout: Layout, at: Conditions, node: Node) -> float:
    """Cost of shutting the leak off where the search ends, or of giving up what is shut in with it."""
    return float(ended(layout, at, node.group, node.suspects))


def weight_of(weight: Floats, suspects: int) -> float:
    """Probability of a set of suspects."""
    return float(sum(w for k, w in enumerate(weight) if suspects >> k & 1))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan comes to: expected and worst cost, mean and worst number of closures."""

    mean: float
    worst: float
    closures: float
    most: int


def flat(node: Node) -> Ints:
    """A tree as rows (group, suspects, cut, row of a, row of b), -1 for none; the root is row 0."""
    nodes = list(node.nodes())
    row = {id(n): k for k, n in enumerate(nodes)}
    return np.array(
        [
            (n.group, n.suspects, -1 if n.cut is None else n.cut, row.get(id(n.a), -1), row.get(id(n.b), -1))
            for n in nodes
        ],
        np.int64,
    )


@kernel
def _walk(layout: Layout, at: Conditions, rows: Ints, weight: Floats, lost: bool) -> tuple[float, float, float, int]:
    cost, closures = np.zeros(rows.shape[0]), np.zeros(rows.shape[0], np.int64)
    total, mean, number, worst, most = 0.0, 0.0, 0.0, 0.0, 0
    for k in range(rows.shape[0]):  # parents stand before their children
        group, suspects, cut, a, b = rows[k]
        if cut >= 0:
            it = reading_of(layout, at, group, cut)
            one_a, one_b = rows[a, 1] & (rows[a, 1] - 1) == 0, rows[b, 1] & (rows[b, 1] - 1) == 0
            told = closure_of(layout, at, it, one_a, one_b)
            cost[a], cost[b] = cost[k] + told.cost_a, cost[k] + told.cost_b
            closures[a], closures[b] = closures[k] + 1, closures[k] + 1
            continue
        end = cost[k]
        if lost or suspects & (suspects - 1) == 0:
            end += ended(layout, at, group, suspects)
        p = 0.0
        for c in range(weight.size):
            if suspects >> c & 1:
                p += weight[c]
        total, mean, number = total + p, mean + p * end, number + p * closures[k]
        worst, most = max(worst, end), max(most, closures[k])
    return mean / total, worst, number / total, most


def outlook(layout: Layout, at: Conditions, rows: Ints, weight: Floats, lost: bool = True) -> Outlook:
    """Expected and worst of a plan (rows of `flat`) under any conditions; `lost`: with what giving up counts for."""
    return Outlook(*_walk(layout, at, rows, weight, lost))
