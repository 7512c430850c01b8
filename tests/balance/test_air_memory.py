"""What the balance of a group remembers: flows expected and forgotten, belief handed on to new groups."""

from dataclasses import replace

import numpy as np
import pytest
from one_room import (
    PRESSURE_PA,
    T0,
    TEMPERATURE_K,
    believed,
    frames,
    gauge,
    glass,
    readings,
    seconds,
    settled_memory,
    ship,
    shown_for,
    started,
)

from hullwatch.balance import air, amend, manner
from hullwatch.balance.layout import EXPANSION, FLOW, GAINS, HEAT, MASS, lay_out

HOUR = 3_600


def test_a_flow_expected_is_a_prior_and_nothing_else_moves() -> None:
    memory = settled_memory(ship([gauge("P1"), glass("T1")]))
    followed = amend.expect_flow(memory, -4e-6, 1e-6)
    assert followed.x[FLOW] == -4e-6
    assert followed.p[FLOW, FLOW] == pytest.approx(1e-12)
    assert followed.walk[FLOW] > 0.0
    others = np.arange(memory.x.size) != FLOW
    np.testing.assert_array_equal(followed.x[others], memory.x[others])
    np.testing.assert_array_equal(followed.p[np.ix_(others, others)], memory.p[np.ix_(others, others)])
    assert not followed.p[FLOW, others].any()


def test_a_flow_forgotten_is_zero_and_stays_zero() -> None:
    vehicle = ship([gauge("P1"), glass("T1")])
    memory = amend.forget_flow(amend.expect_flow(settled_memory(vehicle), -4e-6, 1e-6))
    fall = shown_for(vehicle, -3e-6 * np.arange(float(HOUR)))
    later = replace(fall, time_s=fall.time_s + 3 * HOUR)
    memory, _ = air.balance(memory, vehicle, later)
    state = believed(memory, vehicle)
    assert (state.followed, state.loss_per_s, state.loss_sd_per_s) == (False, 0.0, 0.0)


def test_mass_that_may_wander_follows_what_an_operation_does_to_it() -> None:
    vehicle = ship([gauge("P1"), glass("T1")])
    memory = settled_memory(vehicle)
    level = believed(memory, vehicle).pressure_pa
    loose = amend.let_mass_wander(memory, 1e-8)
    np.testing.assert_array_equal(loose.x, memory.x)
    np.testing.assert_array_equal(loose.p, memory.p)
    fall = level * np.exp(-0.02 * np.minimum(np.arange(2.0 * HOUR) / HOUR, 1.0))  # vented over an hour, then calm
    shown = frames(vehicle, seconds(2 * HOUR, T0 + 2 * HOUR), {"P1": fall, "T1": np.full(2 * HOUR, TEMPERATURE_K)})
    after, r = air.balance(loose, vehicle, shown)
    assert after.x[MASS] - memory.x[MASS] == pytest.approx(-0.02, abs=4e-4)
    assert abs(after.x[HEAT] - memory.x[HEAT]) < 3e-4
    assert np.abs(r.nu[readings(r)] / np.sqrt(r.s[readings(r)])).max() < manner.SURPRISE


def test_an_accepted_change_moves_the_mean_and_widens_the_doubt_along_it() -> None:
    vehicle = ship([gauge("P1"), glass("T1")])
    memory = settled_memory(vehicle)
    along = np.zeros(memory.x.size)
    along[[MASS, FLOW]] = -800.0, -1.0
    covariance = 1e-12 * np.outer(along, along)
    covariance[MASS, MASS] += 1e-9  # doubt about when it began
    for follow in (True, False):
        new = amend.accept(memory, 5e-6 * along, covariance, follow)
        np.testing.assert_allclose(new.x - memory.x, 5e-6 * along, atol=1e-18)
        np.testing.assert_allclose(new.p - memory.p, covariance, atol=1e-20)
        assert believed(new, vehicle).followed is follow
        # a followed flow wanders by 2 % in an hour
        assert np.sqrt(new.walk[FLOW] * HOUR) == pytest.approx(0.02 * 5e-6 if follow else 0.0)


def test_a_sensor_found_drifting_says_no_more_about_gas() -> None:
    """P1 falls by 1 mmHg an hour, P2 stands: once P1 is distrusted the mass stays where P2 has it."""
    vehicle = ship([gauge("P1"), gauge("P2")])
    memory = amend.loosen_bias(settled_memory(vehicle), 0, 133.0 / HOUR / PRESSURE_PA)
    n = 3 * HOUR
    level = believed(memory, vehicle).pressure_pa
    bias = [memory.x[memory.layout.bias(s)] * PRESSURE_PA for s in range(2)]
    fall = -133.0 / HOUR * np.arange(float(n))
    shown = {"P1": level + bias[0] + fall, "P2": np.full(n, level + bias[1])}
    later = frames(vehicle, seconds(n, T0 + 2 * HOUR), shown)
    memory, _ = air.balance(memory, vehicle, later)
    state = believed(memory, vehicle)
    assert state.pressure_pa == pytest.approx(level, abs=25.0)
    assert memory.x[memory.layout.bias(0)] * PRESSURE_PA == pytest.approx(bias[0] + fall[-1], abs=40.0)


def test_a_new_group_keeps_what_its_sensors_have_taught() -> None:
    channels = [gauge("P1"), glass("T1"), gauge("P2", "B"), glass("T2", "B")]
    vehicle = ship(channels, {"A": 60.0, "B": 40.0})
    parent = settled_memory(vehicle)
    spoken = frozenset(c.id for c in channels)
    for rooms, sensor, thermometer in ((("A",), 0, 0), (("B",), 1, 1)):
        child = air.inherit(air.begin(vehicle, lay_out(vehicle, rooms, spoken)), (parent,))
        i, j = child.layout.bias(0), parent.layout.bias(sensor)
        assert (child.x[i], child.p[i, i]) == (parent.x[j], parent.p[j, j])
        np.testing.assert_array_equal(child.seen_k[0], parent.seen_k[thermometer])
        assert child.x[MASS] == child.x[FLOW] == child.x[HEAT] == child.x[EXPANSION] == 0.0
        np.testing.assert_array_equal(child.p, child.p.T)
        assert np.linalg.eigvalsh(child.p).min() >= 0.0


def test_a_group_of_the_same_thermometers_keeps_their_gains() -> None:
    channels = [gauge("P1"), glass("T1"), gauge("P2", "B")]
    vehicle = ship(channels, {"A": 60.0, "B": 40.0})
    parent = settled_memory(vehicle)
    parent.x[GAINS] = 0.77
    child = air.inherit(air.begin(vehicle, lay_out(vehicle, ("A",), frozenset({"P1", "T1"}))), (parent,))
    lags = child.layout.lags_s.size
    np.testing.assert_array_equal(child.x[GAINS : GAINS + lags], parent.x[GAINS : GAINS + lags])
    gains = slice(GAINS, GAINS + lags)
    np.testing.assert_array_equal(np.diag(child.p)[gains], np.diag(parent.p)[gains])


def test_a_parent_that_never_read_teaches_nothing() -> None:
    vehicle = ship([gauge("P1")])
    fresh = started(vehicle)
    child = air.inherit(started(vehicle), (fresh,))
    np.testing.assert_array_equal(child.x, fresh.x)
    np.testing.assert_array_equal(child.p, fresh.p)


def test_pressures_are_not_used_while_hatches_settle() -> None:
    vehicle = ship([gauge("P1"), gauge("P2", noise_si=30.0)])
    spoken = frozenset({"P1", "P2"})
    memory = air.begin(vehicle, lay_out(vehicle, ("A",), spoken), settled_s=T0 + 100.0)
    shown = shown_for(vehicle, np.linspace(0.01, 0.0, 400))
    _, r = air.balance(memory, vehicle, shown)
    assert shown.time_s[r.frame].min() >= T0 + 100.0


def test_a_belief_that_impossible_readings_emptied_is_still_of_some_gas() -> None:
    """A clock that leaps by years while a leak is followed: all of it gone, and more."""
    vehicle = ship([gauge("P1"), glass("T1")])
    memory = settled_memory(vehicle)
    x = memory.x.copy()
    x[[MASS, HEAT]] = -300.0, -5.0
    state = air.state_of(replace(memory, x=x), vehicle, 0, None)
    assert state is not None
    assert 0.0 < state.pressure_pa < 1e-3
    assert 0.0 < state.temperature_k < 100.0
    assert state.mass_kg > 0.0
    assert np.isfinite([air.error_share(-300.0) ** 2, air.error_share(-1e9) ** 2]).all()
    assert air.error_share(-2.0) == pytest.approx(np.exp(1.9))
