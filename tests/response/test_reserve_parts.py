"""Two sides of a hatch: volumes, chances, times, and how long it can be pulled open."""

from dataclasses import replace

import numpy as np
import pytest
from one_room import figure, gauge, ship

from hullwatch.errors import OutOfRange
from hullwatch.records import Forecast, GroupState, Interval
from hullwatch.response.reserve import Supposed, reserve_times
from hullwatch.response.reserve_parts import crew_times, if_shut, part_of
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import Limit
from hullwatch.vehicle.graph import default_open

EVACUATE = Limit("evacuate", "pressure", figure(65_328.0), "low", "emergency", "always", "leave")
EQUIPMENT = Limit("equipment", "pressure", figure(95_837.0), "low", "warning", "always", "cooling")
OXYGEN = Limit("oxygen", "ppo2", figure(19_000.0), "low", "warning", "always", "too little oxygen")
SHIP = ship([gauge("P1")], {"A": 100.0, "B": 50.0, "C": 50.0}, crew=2, limits=(EVACUATE, EQUIPMENT, OXYGEN))
OPEN = default_open(SHIP)
STATE = GroupState(
    group=0, compartments=("A", "B", "C"), time_s=0.0, volume_m3=200.0, volume_sd_m3=6.1, pressure_pa=101_000.0,
    temperature_k=295.0, mass_kg=240.0, mass_sd_kg=0.1, loss_per_s=1e-5, loss_sd_per_s=1e-6, followed=True,
    ppo2_pa=21_000.0, sensors=1,
)  # fmt: skip
HOLE = Supposed(crack_share=0.0)
EVEN = {"A": 1.0, "B": 1.0, "C": 1.0}


def median(found: Forecast) -> float:
    assert found.reserve_time_s is not None
    return found.reserve_time_s.median


def test_each_side_by_its_own_volume() -> None:
    left, right = if_shut(STATE, SHIP, "A-B", OPEN, EVEN, [EVACUATE], HOLE)
    whole = median(reserve_times(STATE, SHIP, [EVACUATE], HOLE)[0])
    assert (left.compartments, right.compartments) == (("A",), ("B", "C"))
    assert (left.volume_m3, right.volume_m3) == (100.0, 100.0)
    assert (left.probability, right.probability) == pytest.approx((1 / 3, 2 / 3))
    assert median(left.if_here[0]) == pytest.approx(0.5 * whole, rel=0.02)
    assert left.if_not[0].reserve_time_s is None
    assert "ten years" in left.if_not[0].why


def test_the_hatch_opens_until_the_difference_forbids_it() -> None:
    left, _ = if_shut(STATE, SHIP, "A-B", OPEN, EVEN, [EVACUATE], HOLE)
    hatch = next(h for h in SHIP.hatches if h.id == "A-B")
    by = hatch.pull_n.value / hatch.area_m2
    assert left.pulled_s is not None
    assert left.rule_s is not None
    # the gas still cools here: faster than the loss of gas alone
    fastest, slowest = (by / (101_000.0 * 2e-5 * steep) for steep in (1.4, 1.0))
    assert fastest <= left.pulled_s.median <= slowest * 1.02
    # and fastest at first
    assert 0.75 < left.rule_s.median / (0.5 * left.pulled_s.median * MMHG_PA / by) < 1.0


def test_doubt_of_both_volumes_is_felt() -> None:
    part = part_of(STATE, SHIP, ("A",), leaks=True)
    assert part.loss_per_s == pytest.approx(2e-5)
    ratio = 1.0 * np.hypot(0.05, np.hypot(2.5, 2.5) / 100.0)
    assert part.loss_sd_per_s == pytest.approx(np.hypot(2e-6, 1e-5 * ratio))
    assert part_of(STATE, SHIP, ("A",), leaks=False).loss_per_s == 0.0


def test_people_shut_in_without_the_hole_meet_their_own_limit() -> None:
    left, _ = if_shut(STATE, SHIP, "A-B", OPEN, EVEN, [OXYGEN], replace(HOLE, people=3.0))
    assert left.if_not[0].reserve_time_s is not None
    assert median(left.if_here[0]) < median(left.if_not[0])


def test_a_way_round_parts_nothing() -> None:
    ring = replace(SHIP, hatches=(*SHIP.hatches, replace(SHIP.hatches[0], id="A-C", between=("A", "C"))))
    sides = if_shut(STATE, ring, "A-B", OPEN | {"A-C"}, EVEN, [EVACUATE], HOLE)
    assert len(sides) == 1
    assert sides[0].pulled_s is None


@pytest.mark.parametrize("hatch", ["X-Y", "B-C"])
def test_a_hatch_that_is_not_open_here_is_refused(hatch: str) -> None:
    with pytest.raises(OutOfRange, match="no open hatch here; open are"):
        if_shut(STATE, SHIP, hatch, OPEN - {"B-C"}, EVEN, [EVACUATE], HOLE)


def test_the_crew_turns_back_before_the_first_limit_that_forces_them() -> None:
    found = reserve_times(STATE, SHIP, SHIP.limits, HOLE)
    (crew,) = crew_times(SHIP, STATE, found, 600.0)
    oxygen = next(f for f in found if f.limit == "oxygen").reserve_time_s
    assert oxygen is not None
    assert (crew.craft, crew.people, crew.limit) == ("ferry", ("member 0", "member 1"), "oxygen")
    assert crew.abandon_s == pytest.approx(oxygen.low - 600.0)
    # equipment comes first and forces nobody out
    assert median(next(f for f in found if f.limit == "equipment")) < oxygen.median


def test_too_late_is_now_and_no_limit_is_none() -> None:
    soon = (Forecast("evacuate", 0, Interval(300.0, 200.0, 400.0), "leave"),)
    assert crew_times(SHIP, STATE, soon, 600.0)[0].abandon_s == 0.0
    assert crew_times(SHIP, STATE, (Forecast("evacuate", 0, None, "never"),), 600.0)[0].abandon_s is None
    assert crew_times(SHIP, replace(STATE, compartments=("C",)), soon) == ()
