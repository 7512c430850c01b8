"""Nobody is cut off, in any branch of any plan: hatches are moved as the plan says, and the ship's graph is asked."""

import dataclasses
from collections.abc import Iterator

import pytest
from slow_plan import station

from hullwatch.records import Advice, Interval, PlanSide, PlanStep
from hullwatch.response.isolation.advise import advise
from hullwatch.response.isolation.layout import OPENING_S, TRAINING_PA
from hullwatch.response.isolation.state import AIR_J_KG_K, Situation
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open, path, pressure_groups
from hullwatch.vehicle.load import load_vehicle


def situation(ship: Vehicle, rate_kg_day: float, aim: str = "time", skip: frozenset[str] = frozenset()) -> Situation:
    rate = rate_kg_day / 86_400.0
    opened = default_open(ship) - skip
    group = max(pressure_groups(ship, default_open(ship)), key=len)
    prior = {c.id: c.leak_weight for c in ship.compartments if c.id in group}
    air = ship.atmosphere
    return Situation(
        Interval(rate, 0.8 * rate, 1.2 * rate), prior, opened, air.pressure_pa.value, air.temperature_k.value, aim=aim
    )


def branches(side: PlanSide, opened: frozenset[str]) -> Iterator[tuple[frozenset[str], PlanStep, PlanSide]]:
    """Every closure of the plan with the hatches open just after it, and each of its two answers."""
    step = side.then
    if step is None:
        return
    now = (opened | set(step.opened)) - set(step.shut)
    for answer in step.sides:
        yield now, step, answer
        yield from branches(answer, now if answer.stays_shut else now | set(step.shut))


def check_plan(ship: Vehicle, now: Situation, advice: Advice) -> int:
    home = {m.name: next(c.returns for c in ship.crafts if c.id == m.craft) for m in ship.crew}
    volume = {c.id: c.volume_m3.value for c in ship.compartments}
    per_m3 = now.rate_kg_s.median * AIR_J_KG_K * now.temperature_k
    checked = 0
    for branch in advice.branches:
        for opened, step, answer in branches(branch, now.open_hatches):
            checked += 1
            for side in step.sides:
                # one pressure on each side, and everyone on it reaches the craft that takes them home
                assert any(set(side.compartments) <= set(g) for g in pressure_groups(ship, opened))
                for name in side.people:
                    assert home[name] in side.compartments
                    for anywhere in side.compartments:
                        assert path(ship, anywhere, str(home[name]), opened) is not None, (name, anywhere)
            # whoever shuts the hatches is one of them, and nobody of the group is left over
            assert any(side.people for side in step.sides)
            group = {c for side in step.sides for c in side.compartments}
            assert {n for s in step.sides for n in s.people} == {n for n, at in home.items() if at in group}
            if not answer.stays_shut:
                assert step.limit_s is not None
                shut_s = step.reading_s if step.readings == 1 else step.limit_s
                fall = per_m3 / sum(volume[c] for c in answer.compartments) * (shut_s + OPENING_S)
                assert fall <= 1.001 * TRAINING_PA
            if answer.given_up:
                assert not answer.people
            elif answer.then is None:
                assert len(answer.suspects) == 1
            else:
                assert {c for s in answer.then.sides for c in s.suspects} == set(answer.suspects)
    return checked


@pytest.mark.parametrize("rate_kg_day", [1.4, 25.0, 340.0, 5000.0])
@pytest.mark.parametrize("name", ["demo", "iss-2018-08-29", "iss-2018-10-12"])
def test_nobody_is_ever_cut_off(name: str, rate_kg_day: float) -> None:
    ship = load_vehicle(name)
    now = situation(ship, rate_kg_day)
    advice, _ = advise(ship, now)
    assert not advice.cut_off
    # a tree that tells n suspects apart has n - 1 closures; fast leaks leave some behind a hatch together
    assert check_plan(ship, now, advice) >= 0.75 * 2 * (len(advice.branches[0].suspects) - 1)
    assert advice.step is not None


@pytest.mark.parametrize("rate_kg_day", [54.0, 3000.0])
def test_nobody_on_the_largest_ship(rate_kg_day: float) -> None:
    ship = load_vehicle("iss-2024-04-10")
    now = situation(ship, rate_kg_day)
    assert check_plan(ship, now, advise(ship, now)[0]) > 20


@pytest.mark.parametrize("hatch", ["FGB_GA-SM_PKHO", "NODE1-LAB", "SM_RO-SM_PRK", "FGB_GA-MRM1"])
def test_nobody_while_a_hatch_is_shut(hatch: str) -> None:
    ship = load_vehicle("iss-2018-08-29")
    now = situation(ship, 54.0, skip=frozenset({hatch}))
    advice, _ = advise(ship, now)
    assert len(advice.branches) == 2
    assert sum(b.probability for b in advice.branches) == pytest.approx(1.0)
    check_plan(ship, now, advice)


def test_the_check_finds_what_it_is_for() -> None:
    """A plan that put somebody on the wrong side, or kept a hatch shut too long, would be seen."""
    ship = load_vehicle("demo")
    now = situation(ship, 25.0)
    advice, _ = advise(ship, now)
    step = advice.step
    assert step is not None
    one, other = step.sides
    swapped = dataclasses.replace(
        step,
        sides=(dataclasses.replace(one, people=other.people), dataclasses.replace(other, people=one.people)),
    )
    slow = dataclasses.replace(step, reading_s=7200.0)
    for wrong in (swapped, slow):
        branch = dataclasses.replace(advice.branches[0], then=wrong)
        with pytest.raises(AssertionError):
            check_plan(ship, now, dataclasses.replace(advice, branches=(branch,)))


def test_no_healthy_seat_is_said_plainly_and_a_plan_is_still_made() -> None:
    ship = load_vehicle("demo")
    now = dataclasses.replace(situation(ship, 25.0), unfit=frozenset({"CAPSULE"}))
    advice, _ = advise(ship, now)
    assert len(advice.cut_off) == 3
    assert "no healthy seat" in advice.cut_off[0]
    assert "least bad" in advice.cut_off[0]
    assert advice.step is not None


def test_somebody_behind_a_shut_hatch_is_named_with_the_hatch() -> None:
    ship = load_vehicle("demo")
    now = dataclasses.replace(situation(ship, 25.0, skip=frozenset({"NODE-LAB"})), whereabouts={"Ada": "LAB"})
    (said,) = advise(ship, now)[0].cut_off
    assert said.startswith("Ada in LAB cannot reach Capsule")
    assert "NODE-LAB" in said


def test_crews_of_two_craft_stay_with_their_own() -> None:
    ship = station([(0, 1), (1, 2), (2, 3)], [10.0, 60.0, 60.0, 10.0], [0, 3], [0, 1, 2, 3])
    now = situation(ship, 200.0)
    advice, _ = advise(ship, now)
    assert check_plan(ship, now, advice) >= 6
    step = advice.step
    assert step is not None
    for side in step.sides:
        assert all(name.startswith("S0") == ("C0" in side.compartments) for name in side.people)
        assert side.stays_shut
