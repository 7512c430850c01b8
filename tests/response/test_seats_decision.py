"""The decision of a moment against every assignment there is, and what is said about how sure it is."""

import time
from dataclasses import astuple, replace

import pytest
from seat_rosters import any_roster, slow_best, with_craft

from hullwatch.response.seats.answer import answer
from hullwatch.response.seats.decision import Plan, decide, is_best, masks
from hullwatch.response.seats.moment import moment
from hullwatch.response.seats.sensitivity import sensitivity
from hullwatch.units import utc_seconds
from hullwatch.vehicle.roster import Hazard
from hullwatch.vehicle.roster_load import load_roster


@pytest.mark.parametrize("seed", range(40))
def test_the_plan_is_the_best_of_all_assignments(seed: int) -> None:
    roster = any_roster(seed, people=2 + seed % 3, crafts=1 + seed % 3)
    if seed % 2:  # with hazards that weigh nothing, shortfalls and then moves decide
        idle = {h: replace(hazard, median=0.0) for h, hazard in roster.hazards.items() if h not in ("heat", "no_suit")}
        roster = replace(roster, hazards={**roster.hazards, **idle})
    closed = frozenset(("STORE",)) if seed % 4 == 0 else frozenset[str]()
    now = moment(roster, 0.0, closed, {})
    decision = decide(now, roster.hazards)
    everything = slow_best(roster, now)

    def who(plan: Plan) -> tuple[str | None, ...]:
        return tuple(ride.craft for ride in plan.rides)

    assert astuple(decision.best.cost) == min(everything.values())
    assert everything[who(decision.best)] == astuple(decision.best.cost)
    others = [cost for places, cost in everything.items() if places != who(decision.best)]
    assert decision.second is None or astuple(decision.second.cost) == min(others)
    for craft, plans in decision.with_riders.items():
        for n, plan in enumerate(plans):
            with_n = [cost for places, cost in everything.items() if places.count(craft) == n]
            assert plan is None or astuple(plan.cost) == min(with_n)


@pytest.mark.parametrize("seed", range(12))
def test_the_ends_of_a_probability_are_where_another_plan_wins(seed: int) -> None:
    roster = any_roster(seed, people=4, crafts=3)
    now = moment(roster, 0.0, frozenset(), {})
    best = decide(now, roster.hazards).best
    medians = {id: hazard.median for id, hazard in roster.hazards.items()}

    def still(hazard: str, probability: float) -> bool:
        changed = {**roster.hazards, hazard: Hazard(hazard, 0.0, probability, 1.0, "c")}
        other = decide(now, changed).best
        return is_best(now, {**medians, hazard: probability}, masks(now, best)) and (
            other.cost.without_place == best.cost.without_place
        )

    for reach in sensitivity(now, roster.hazards, best).reaches:
        if reach.unit == "1":
            if reach.holds_to is not None:
                assert still(reach.name, 0.99 * reach.holds_to)
                assert not still(reach.name, 1.01 * reach.holds_to)
            if reach.holds_from is not None:
                assert still(reach.name, 1.01 * reach.holds_from)
                assert not still(reach.name, 0.99 * reach.holds_from)


@pytest.mark.parametrize("seed", range(12))
def test_best_at_every_corner_means_best_inside(seed: int) -> None:
    import numpy as np

    roster = any_roster(seed, people=4, crafts=3)
    now = moment(roster, 0.0, frozenset(), {})
    best = decide(now, roster.hazards).best
    sure = sensitivity(now, roster.hazards, best)
    rng = np.random.default_rng(seed)
    inside = [
        is_best(now, {id: float(rng.uniform(h.low, h.high)) for id, h in roster.hazards.items()}, masks(now, best))
        for _ in range(100)
    ]
    if sure.corners_held == sure.corners:
        assert all(inside)
    else:
        assert not is_best(
            now, {**{i: h.median for i, h in roster.hazards.items()}, **sure.broken_by}, masks(now, best)
        )


def test_a_higher_probability_of_return_changes_no_place() -> None:
    """It is everybody's: it raises the loss and decides nothing."""
    roster = any_roster(3, people=4, crafts=3)
    now = moment(roster, 0.0, frozenset(), {})
    before = decide(now, roster.hazards).best
    worse = replace(roster.hazards["return"], median=0.3)
    after = decide(now, {**roster.hazards, "return": worse}).best
    assert [ride.craft for ride in after.rides] == [ride.craft for ride in before.rides]


@pytest.mark.parametrize("seats", [0, 1])
def test_fourteen_people_and_hardly_a_seat(seats: int) -> None:
    """The largest cost there can be still compares."""
    roster = with_craft(any_roster(1, people=14, crafts=1), "C0", seats=seats, improvised=(), liner=None, suit=None)
    best = decide(moment(roster, 0.0, frozenset(), {}), roster.hazards).best
    assert best.cost.without_place == 14 - seats


def test_twelve_people_and_five_craft_within_a_tenth_of_a_second() -> None:
    """Issue 5 asks 100 ms; processor time, the least of five, so that a busy machine does not decide."""
    roster = any_roster(5, people=12, crafts=5)
    now = moment(roster, 0.0, frozenset(), {})
    times = []
    for _ in range(5):
        start = time.process_time()
        decide(now, roster.hazards)
        times.append(time.process_time() - start)
    assert min(times) < 0.1


def test_no_judgement_bears_on_a_plan_of_full_seats() -> None:
    roster = load_roster("soyuz-ms-22")
    found = answer(roster, utc_seconds("2022-11-01"), frozenset())
    assert found.worst == "full"
    assert found.sensitivity is None
    now = moment(roster, utc_seconds("2022-11-01"), frozenset(), {})
    sure = sensitivity(now, roster.hazards, decide(now, roster.hazards).best)
    assert sure.corners_held == sure.corners
    assert all(reach.holds_from is None and reach.holds_to is None for reach in sure.reaches)
