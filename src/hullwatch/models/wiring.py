"""Which compartments stand where in the flow matrix, as tables: one row per state of the hatches.

The flow matrix of a cabin is a tree with few extra fans. Eliminating leaves first keeps it almost free of fill-in, so
that a solve costs in proportion to the compartments; the pattern is found once here and is data to the kernels.

    member   3 0 1 2 | 5 4        positions in order of elimination, groups one after another, each group's root last
    entry e  joins position k = owner to the later position mate[e]:   upper[e] = A[k, mate]   lower[e] = A[mate, k]
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from hullwatch.models.cabin import Cabin, ways_of
from hullwatch.records import Bools, Floats, Ints


class Wiring(NamedTuple):
    """Tables of every hatch state (f); compartments (c), entries (e), pairs of entries (q), links (l), padded by -1."""

    group: Ints  # (f, c) representative compartment
    parent: Ints  # (f, c) compartment nearer the root, -1 at a root
    order: Ints  # (f, c) parents first
    member: Ints  # (f, c) compartment at each position
    groups: Ints  # (f,) number of groups
    start: Ints  # (f, c + 1) first position of each group
    first_entry: Ints  # (f, c + 1) entries of each position
    mate: Ints  # (f, e) position
    first_pair: Ints  # (f, e + 1) pairs (e, other) of the same owner
    pair: Ints  # (f, q) entry that the pair changes; -1 the diagonal of its mate
    filled: Ints  # (f, e) 1 where some pair changes the entry, so that it differs from pole to pole
    tree_entry: Ints  # (f, c) entry between a position and its parent's, -1 at a root
    link_from: Ints  # (f, l) position
    link_to: Ints  # (f, l) position
    link_entry: Ints  # (f, l)
    link_group: Ints  # (f, l) number of its group
    links: Ints  # (f,)
    link_m3_s: Floats  # (f, l)


def wiring_of(cabin: Cabin, hatch_states: Sequence[Bools]) -> Wiring:
    """Tables of every state of the hatches that an ensemble meets.

    Parameters: cabin; hatch_states, each (h,) bool. Returns: Wiring. Raises: nothing.
    Holds for: any hatch graph and any fans. Source: symbolic elimination; tests/models/test_wiring.py.
    """
    rows = [_one(cabin, state) for state in hatch_states]
    columns: dict[str, Any] = {}
    for name in Wiring._fields:
        parts = [np.atleast_1d(np.asarray(row[name])) for row in rows]
        if name in ("groups", "links"):
            columns[name] = np.concatenate(parts).astype(np.int64)
            continue
        width = max(1, *(part.size for part in parts))
        columns[name] = np.full((len(parts), width), -1, dtype=np.float64 if name == "link_m3_s" else np.int64)
        for k, part in enumerate(parts):
            columns[name][k, : part.size] = part
    return Wiring(**columns)


def _one(cabin: Cabin, hatch_open: Bools) -> dict[str, object]:
    ways = ways_of(cabin, hatch_open)
    member, start = _leaves_first(ways.group, ways.order)
    place = np.empty_like(member)
    place[member] = np.arange(member.size)
    inside = [
        (int(place[a]), int(place[b]), float(q))
        for a, b, q in zip(ways.link_from, ways.link_to, ways.link_m3_s, strict=True)
        if ways.group[a] == ways.group[b] and a != b
    ]
    tree = [(int(place[c]), int(place[p])) for c, p in enumerate(ways.parent) if p >= 0]
    entries, pairs = eliminate(member.size, [(a, b) for a, b, _ in inside] + tree)
    number = {edge: e for e, edge in enumerate(entries)}
    first = np.searchsorted([k for k, _ in entries], np.arange(member.size + 1))
    group_number = np.searchsorted(start[1:], np.arange(member.size), side="right")
    target = [number.get((min(t), max(t)), -1) for p in pairs for t in p]
    parent_entry = np.full(member.size, -1)
    for a, b in tree:
        parent_entry[a] = number[a, b]
    return {
        "group": ways.group, "parent": ways.parent, "order": ways.order, "member": member,
        "groups": start.size - 1, "start": start, "first_entry": first, "mate": [j for _, j in entries],
        "first_pair": np.concatenate([[0], np.cumsum([len(p) for p in pairs])]),
        "pair": target, "filled": [int(e in target) for e in range(len(entries))],
        "tree_entry": parent_entry,
        "link_from": [a for a, _, _ in inside], "link_to": [b for _, b, _ in inside],
        "link_entry": [number[min(a, b), max(a, b)] for a, b, _ in inside],
        "link_group": [group_number[a] for a, _, _ in inside],
        "links": len(inside), "link_m3_s": [q for _, _, q in inside],
    }  # fmt: skip


def _leaves_first(group: Ints, order: Ints) -> tuple[Ints, Ints]:
    """Compartments in order of elimination, and where each group starts (with the end)."""
    roots = list(dict.fromkeys(group[order].tolist()))
    parts = [order[group[order] == root][::-1] for root in roots]
    return np.concatenate(parts), np.concatenate([[0], np.cumsum([p.size for p in parts])])


def eliminate(
    count: int, edges: Sequence[tuple[int, int]]
) -> tuple[list[tuple[int, int]], list[list[tuple[int, int]]]]:
    """Entries of the factors, in order of owner, and for every entry the positions that it meets with each entry of
    the same owner; a position met with itself is its diagonal."""
    later: list[set[int]] = [set() for _ in range(count)]
    for a, b in edges:
        later[min(a, b)].add(max(a, b))
    for k in range(count):
        for i in later[k]:
            later[i] |= {j for j in later[k] if j > i}
    entries = [(k, j) for k in range(count) for j in sorted(later[k])]
    pairs = [[(i, j) for j in sorted(later[k])] for k, i in entries]
    return entries, pairs
