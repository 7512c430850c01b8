"""Shares people out among craft, exactly: the best of all sharings, the second best, and the best for every number.

A set of people is a bit mask. `costs[k][T]` is what it costs if exactly the set T rides in craft k; it may be any
function of the set, so what depends on who rides together (heat, a trained pilot) needs no special case. With

    f_k(S) = least cost of placing exactly S in the craft before k
    b_k(S) = least cost of the rest when S is placed before k,      both over all subsets T of one craft

so the best sharing in which exactly T rides in craft k costs costs[k][T] + m_k(T), where

    m_k(T) = least of f_k(S - T) + b_k+1(S) over all S around T.

The least over T is the optimum; the least over T and k with T not the optimum's is the second best; the least over T
of n people is the best sharing with n riders in that craft. Costs are whole numbers: sums are exact, equal means equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Costs: TypeAlias = NDArray[np.int64]
Places: TypeAlias = NDArray[np.intp]

NEVER = 1 << 61
"""A cost no sharing can reach; three of them still fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who rides in each craft, as masks, and what it costs in all."""

    riders: tuple[int, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class Shares:
    """The outcome of a search; `with_riders[k][n]` is the best sharing with n people in craft k, None if none is."""

    best: Sharing
    second: Sharing | None
    with_riders: tuple[tuple[Sharing | None, ...], ...]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """All (rest, part) without a common person, in one order, and where each value of the ordering key begins."""

    rest: Places
    part: Places
    whole: Places
    starts: Places


def least_cost(costs: Sequence[Costs], largest: int, people: int, unplaced: int) -> int:
    """Cost of the best sharing; no craft takes more than `largest`, `unplaced` is the cost of one left out."""
    return int((_forward(costs, largest, people)[-1] + _left_out(people, unplaced)).min())


def share_out(costs: Sequence[Costs], largest: int, people: int, unplaced: int) -> Shares:
    """The best sharing and what else there was; arguments as for `least_cost`."""
    search = _Search(costs, largest, people, unplaced)
    parts = _subsets(people, search.largest)
    size = _size(people)[parts]
    total = search.forward[-1] + _left_out(people, unplaced)
    final = int(total.argmin())
    best = Sharing(search.walk_back(len(costs), final), int(total[final]))

    second: Sharing | None = None
    counted: list[tuple[Sharing | None, ...]] = []
    for k in range(len(costs)):
        around = search.around(k) + costs[k][parts]
        counted.append(tuple(search.through(k, around, size == n) for n in range(search.largest + 1)))
        other = search.through(k, around, parts != best.riders[k])
        if other is not None and (second is None or other.cost < second.cost):
            second = other
    return Shares(best, second, tuple(counted))


class _Search:
    """The tables of one search, and the walks through them."""

    def __init__(self, costs: Sequence[Costs], largest: int, people: int, unplaced: int) -> None:
        self.costs, self.people = costs, people
        self.largest = min(largest, people)
        self.forward = _forward(costs, largest, people)
        self.backward = _backward(costs, largest, people, unplaced)

    def around(self, k: int) -> Costs:
        """For each set that fits into craft k the least cost of all others."""
        pairs = _pairs(self.people, self.largest, "part")
        others = self.forward[k][pairs.rest] + self.backward[k + 1][pairs.whole]
        return np.asarray(np.minimum.reduceat(others, pairs.starts))

    def through(self, k: int, around: Costs, allowed: NDArray[np.bool_]) -> Sharing | None:
        """The best sharing in which one of the allowed sets rides in craft k."""
        masked = np.where(allowed, around, 3 * NEVER)
        at = int(masked.argmin())
        if masked[at] >= NEVER:
            return None
        part = int(_subsets(self.people, self.largest)[at])
        rest = np.flatnonzero((np.arange(1 << self.people) & part) == 0)
        before = int(rest[int((self.forward[k][rest] + self.backward[k + 1][rest | part]).argmin())])
        riders = (*self.walk_back(k, before), part, *self.walk_on(k + 1, before | part))
        return Sharing(riders, int(masked[at]))

    def walk_back(self, k: int, placed: int) -> tuple[int, ...]:
        """Who rode in the craft before k on the best way to `placed`."""
        riders: list[int] = []
        for craft in range(k - 1, -1, -1):
            parts = _subsets(self.people, self.largest)
            parts = parts[(parts & placed) == parts]
            ways = self.forward[craft][placed ^ parts] + self.costs[craft][parts]
            riders.append(int(parts[int(ways.argmin())]))
            placed ^= riders[-1]
        return tuple(reversed(riders))

    def walk_on(self, k: int, placed: int) -> tuple[int, ...]:
        """Who rides in the craft from k on, on the best way from `placed`."""
        riders: list[int] = []
        for craft in range(k, len(self.costs)):
            parts = _subsets(self.people, self.largest)
            parts = parts[(parts & placed) == 0]
            ways = self.costs[craft][parts] + self.backward[craft + 1][placed | parts]
            riders.append(int(parts[int(ways.argmin())]))
            placed |= riders[-1]
        return tuple(riders)


def _forward(costs: Sequence[Costs], largest: int, people: int) -> list[Costs]:
    table = np.full(1 << people, NEVER, dtype=np.int64)
    table[0] = 0
    tables = [table]
    pairs = _pairs(people, min(largest, people), "whole")
    for cost in costs:
        reached = np.minimum.reduceat(tables[-1][pairs.rest] + cost[pairs.part], pairs.starts)
        tables.append(np.minimum(reached, NEVER))
    return tables


def _backward(costs: Sequence[Costs], largest: int, people: int, unplaced: int) -> list[Costs]:
    """The same recursion over those who are left; the complement of a mask is its place counted from the end."""
    left = _size(people) * unplaced
    tables = [left[::-1]]
    pairs = _pairs(people, min(largest, people), "whole")
    for cost in reversed(costs):
        left = np.minimum(np.minimum.reduceat(left[pairs.rest] + cost[pairs.part], pairs.starts), NEVER)
        tables.append(left[::-1])
    return tables[::-1]


# --- sets of people; they depend on nothing but numbers, and are kept -------------------------------------------------


@lru_cache(maxsize=16)
def _size(people: int) -> Costs:
    size = np.zeros(1, dtype=np.int64)
    for _ in range(people):
        size = np.concatenate([size, size + 1])
    return size


def _left_out(people: int, unplaced: int) -> Costs:
    return np.asarray((people - _size(people)) * unplaced, dtype=np.int64)


@lru_cache(maxsize=64)
def _subsets(people: int, most: int) -> Places:
    return np.flatnonzero(_size(people) <= most)


@lru_cache(maxsize=64)
def _disjoint(people: int, most: int) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """All (rest, part) with at most so many in part: each person is in the one, in the other, or in none."""
    rest = part = np.zeros(1, dtype=np.uint16)
    size = np.zeros(1, dtype=np.uint8)
    for person in range(people):
        bit, room = np.uint16(1 << person), size < most
        rest, part = (
            np.concatenate([rest, rest | bit, rest[room]]),
            np.concatenate([part, part, part[room] | bit]),
        )
        size = np.concatenate([size, size, size[room] + np.uint8(1)])
    return rest, part


@lru_cache(maxsize=64)
def _pairs(people: int, most: int, key: Literal["part", "whole"]) -> _Pairs:
    rest, part = _disjoint(people, most)
    whole = rest | part
    by = part if key == "part" else whole
    order = np.argsort(by, kind="stable")  # a radix sort for 16 bits: people are at most 16
    values = _subsets(people, most if key == "part" else people)
    starts = np.searchsorted(by[order], values.astype(np.uint16))
    ordered = [x[order].astype(np.intp) for x in (rest, part, whole)]
    return _Pairs(ordered[0], ordered[1], ordered[2], starts)
