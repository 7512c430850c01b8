"""The exact sharing against every sharing there is."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from hullwatch.response.seats.assignment import NEVER, Costs, least_cost, share_out

UNPLACED = 10_000


def every_sharing(costs: list[Costs], largest: list[int], people: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """All ways to put each person into one of the craft or none, slowly."""
    for places in product(range(len(costs) + 1), repeat=people):
        masks = [sum(1 << i for i, place in enumerate(places) if place == k) for k in range(len(costs))]
        if all(bin(mask).count("1") <= most for mask, most in zip(masks, largest, strict=True)):
            total = sum(int(cost[mask]) for cost, mask in zip(costs, masks, strict=True))
            total += UNPLACED * sum(place == len(costs) for place in places)
            if total < NEVER:
                yield tuple(masks), total


def riders(masks: tuple[int, ...]) -> list[int]:
    return [bin(mask).count("1") for mask in masks]


def any_costs(rng: np.random.Generator, people: int, crafts: int) -> tuple[list[Costs], list[int]]:
    """Costs of any shape, with sets that are forbidden and many that are equal."""
    largest = [int(n) for n in rng.integers(0, people + 2, crafts)]
    costs = []
    for most in largest:
        cost = rng.integers(0, int(rng.integers(1, 60)), 1 << people).astype(np.int64)
        cost[0] = 0
        cost[rng.random(cost.size) < 0.2] = NEVER
        cost[0] = 0
        size = np.array([bin(mask).count("1") for mask in range(cost.size)])
        cost[size > most] = NEVER
        costs.append(cost)
    return costs, largest


@pytest.mark.parametrize("seed", range(60))
def test_best_second_and_every_number_are_those_of_all_sharings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people, crafts = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    costs, largest = any_costs(rng, people, crafts)
    everything = dict(every_sharing(costs, largest, people))
    found = share_out(costs, max(largest), people, UNPLACED)

    assert found.best.cost == min(everything.values())
    assert everything[found.best.riders] == found.best.cost
    assert least_cost(costs, max(largest), people, UNPLACED) == found.best.cost
    others = [cost for masks, cost in everything.items() if masks != found.best.riders]
    if found.second is None:
        assert not others
    else:
        assert found.second.riders != found.best.riders
        assert everything[found.second.riders] == found.second.cost == min(others)
    for k, row in enumerate(found.with_riders):
        for n, sharing in enumerate(row):
            with_n = [cost for masks, cost in everything.items() if riders(masks)[k] == n]
            if sharing is None:
                assert not with_n
            else:
                assert riders(sharing.riders)[k] == n
                assert everything[sharing.riders] == sharing.cost == min(with_n)


def test_nobody_fits_anywhere() -> None:
    """The least bad sharing leaves all out."""
    costs = [np.array([0, NEVER, NEVER, NEVER], dtype=np.int64)]
    found = share_out(costs, 0, 2, UNPLACED)
    assert found.best.riders == (0,)
    assert found.best.cost == 2 * UNPLACED
    assert found.second is None


def test_no_craft_at_all() -> None:
    found = share_out([], 0, 3, UNPLACED)
    assert found.best.riders == ()
    assert found.best.cost == 3 * UNPLACED
