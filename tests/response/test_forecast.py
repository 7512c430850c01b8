"""What the watch says of every leak: the exponential, and what every forecast must obey."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_room import figure, gauge, ship

from hullwatch.physics.blowdown import isothermal_pressure_ratio
from hullwatch.records import Forecast, GroupState
from hullwatch.response.forecast import forecast
from hullwatch.response.reserve import HORIZON_S
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Limit

FLOOR = Limit("floor", "pressure", figure(95_000.0), "low", "warning", "always", "leave")
OXYGEN = Limit("oxygen", "ppo2", figure(19_000.0), "low", "warning", "always", "too little oxygen")
CEILING = Limit("ceiling", "pressure", figure(110_000.0), "high", "caution", "always", "too much air")
SHIP = ship([gauge("P1")], limits=(FLOOR, OXYGEN, CEILING))
STATE = GroupState(
    group=3, compartments=("A",), time_s=0.0, volume_m3=100.0, volume_sd_m3=5.0, pressure_pa=101_000.0,
    temperature_k=295.0, mass_kg=120.0, mass_sd_kg=0.1, loss_per_s=2e-6, loss_sd_per_s=0.0, followed=True,
    ppo2_pa=21_000.0, sensors=1,
)  # fmt: skip


def of(state: GroupState) -> dict[str, Forecast]:
    return {each.limit: each for each in forecast(state, SHIP)}


def test_nothing_followed_nothing_forecast() -> None:
    assert forecast(replace(STATE, followed=False), SHIP) == ()


def test_a_certain_loss_has_the_closed_form() -> None:
    found = of(STATE)
    assert set(found) == {"floor", "oxygen"}  # a leak lowers pressure: limits above are not its business
    for limit, now, floor in (("floor", 101_000.0, 95_000.0), ("oxygen", 21_000.0, 19_000.0)):
        time = found[limit].reserve_time_s
        assert time is not None
        expected = np.log(now / floor) / 2e-6
        # the cooling still to come and the chance of a crack are a few thousandths here
        assert time.median == pytest.approx(expected, rel=0.005)
        assert time.low == pytest.approx(expected, rel=0.005)
        assert now * isothermal_pressure_ratio(expected, 1.0 / 2e-6) == pytest.approx(floor)
    assert (found["floor"].group, found["floor"].why) == (3, "leave")


def test_doubt_in_the_loss_turns_into_doubt_of_the_time() -> None:
    time = of(replace(STATE, loss_sd_per_s=3e-7))["floor"].reserve_time_s
    assert time is not None
    reach = np.log(101_000.0 / 95_000.0)
    ends = reach / (2e-6 + 3e-7 * np.array([1.645, 0.0, -1.645]))
    assert (time.low, time.median, time.high) == pytest.approx(ends.tolist(), rel=0.015)


@pytest.mark.parametrize("pressure_pa", [95_000.0, 80_000.0])
def test_a_limit_already_crossed_says_so(pressure_pa: float) -> None:
    found = of(replace(STATE, pressure_pa=pressure_pa))["floor"]
    assert found.reserve_time_s is None
    assert f"already below: {pressure_pa:.0f} Pa against 95000 Pa" in found.why


def test_without_an_oxygen_reading_nothing_is_said_of_oxygen() -> None:
    found = of(replace(STATE, ppo2_pa=None))
    assert found["oxygen"].reserve_time_s is None
    assert "no usable ppo2 reading" in found["oxygen"].why
    assert found["floor"].reserve_time_s is not None


@pytest.mark.parametrize(("loss", "sd"), [(0.0, 0.0), (-1e-6, 0.0), (-1e-6, 1e-9), (1e-10, 0.0)])
def test_beyond_ten_years_nothing_is_said(loss: float, sd: float) -> None:
    found = of(replace(STATE, loss_per_s=loss, loss_sd_per_s=sd))["floor"]
    assert found.reserve_time_s is None
    assert "ten years" in found.why


def test_the_horizon_is_ten_years() -> None:
    reach = np.log(101_000.0 / 95_000.0)
    just, beyond = (of(replace(STATE, loss_per_s=reach / (days * DAY_S)))["floor"] for days in (3640.0, 3660.0))
    assert HORIZON_S == 3650.0 * DAY_S
    assert just.reserve_time_s is not None
    assert beyond.reserve_time_s is None


@settings(deadline=None, max_examples=80)
@given(st.floats(1e-7, 1e-4), st.floats(1.0, 30.0), st.floats(0.0, 1e-6))
def test_a_larger_loss_never_leaves_more_time(loss: float, factor: float, sd: float) -> None:
    less = of(replace(STATE, loss_per_s=loss, loss_sd_per_s=sd))["floor"].reserve_time_s
    more = of(replace(STATE, loss_per_s=loss * factor, loss_sd_per_s=sd))["floor"].reserve_time_s
    if less is None:
        return
    assert more is not None
    assert 0.0 < less.low <= less.median <= less.high
    for end in ("low", "median", "high"):
        assert getattr(more, end) <= getattr(less, end) * (1.0 + 1e-6)


@given(st.floats(95_001.0, 101_000.0), st.floats(0.0, 1.0))
def test_more_pressure_leaves_more_time(pressure_pa: float, share: float) -> None:
    lower = of(replace(STATE, pressure_pa=95_000.5 + share * (pressure_pa - 95_000.5)))["floor"].reserve_time_s
    higher = of(replace(STATE, pressure_pa=pressure_pa))["floor"].reserve_time_s
    assert lower is not None
    assert higher is not None
    assert lower.median <= higher.median * (1.0 + 1e-6)


def test_the_straight_line_of_the_tables_is_shorter() -> None:
    time = of(STATE)["floor"].reserve_time_s
    assert time is not None
    straight = (101_000.0 - 95_000.0) / (101_000.0 * 2e-6)
    assert straight < time.median


def test_people_in_a_part_without_machines_use_its_oxygen_up_whether_it_leaks_or_not() -> None:
    tight = replace(STATE, followed=False, loss_per_s=0.0)
    time = {each.limit: each for each in forecast(tight, SHIP, 2)}["oxygen"].reserve_time_s
    assert time is not None
    mol = 2_000.0 * 100.0 / (8.314 * 295.0)
    assert time.median == pytest.approx(
        mol * 31.9988e-3 / (2 * 0.84 / DAY_S), rel=0.07
    )  # the volume's own doubt is in it
    leaking = {each.limit: each for each in forecast(STATE, SHIP, 2)}["oxygen"].reserve_time_s
    alone = of(STATE)["oxygen"].reserve_time_s
    assert leaking is not None
    assert alone is not None
    assert leaking.median < min(time.median, alone.median)
