"""Which compartments share a pressure: a breadth-first spanning tree over the open hatches."""

import numpy as np

from hullwatch.records import Bools, Ints


def spanning_tree(compartments: int, hatch_ends: Ints, hatch_open: Bools) -> tuple[Ints, Ints, Ints]:
    """Groups and one tree each, of the graph whose edges are the open hatches.

    Parameters: compartments, their number; hatch_ends (h, 2) indices; hatch_open (h,) bool.
    Returns: group (c,), the smallest index in each compartment's group; parent (c,), -1 at roots; order (c,),
    parents before children.
    Raises: nothing. Holds for: any graph, with cycles and parallel edges.
    Source: breadth-first search; tests/models/test_hatches.py.
    """
    neighbours: list[list[int]] = [[] for _ in range(compartments)]
    for (a, b), is_open in zip(hatch_ends.tolist(), hatch_open.tolist(), strict=True):
        if is_open:
            neighbours[a].append(b)
            neighbours[b].append(a)
    group = np.full(compartments, -1, dtype=np.int64)
    parent = np.full(compartments, -1, dtype=np.int64)
    order: list[int] = []
    for root in range(compartments):
        if group[root] >= 0:
            continue
        group[root] = root
        reached = [root]
        for place in reached:  # grows while it is read: a queue
            for other in neighbours[place]:
                if group[other] < 0:
                    group[other], parent[other] = root, place
                    reached.append(other)
        order.extend(reached)
    return group, parent, np.array(order, dtype=np.int64)
