"""The worlds and the oracle of benchmarks/skill against what they claim to be, by dense algebra on small cases."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks/skill"))

import oracle
import world

from hullwatch.physics import gas
from hullwatch.units import DAY_S, HOUR_S

STEP_S = 20.0


@pytest.fixture(scope="module")
def steady():
    """The Gaussian ship with walls so slow that expansion never comes back: its part is then a straight line too."""
    ship = world.smooth_ship()
    (cabin,) = ship.compartments
    return replace(ship, compartments=(replace(cabin, wall_time_s=1e9),))


def dense_covariance(ship, t):
    """Covariance of the readings of a quiet Gaussian ship, (k, k), relative; flow is constant over so short a time."""
    sensor = ship.channel_of("pressure")[0]
    p0, t0 = ship.atmosphere.pressure_pa.value, ship.atmosphere.temperature_k.value
    apart = np.abs(t[:, None] - t[None, :]) / ship.thermal.residual_s
    heat = (ship.thermal.blind_residual_k / t0) ** 2 * (1.0 + apart) * np.exp(-apart)  # Matern 3/2
    flow = (ship.supply.unmetered_kg_s / (1.2 * ship.volume_m3)) ** 2 * np.outer(t, t)
    drift = (sensor.drift_si_day / p0) ** 2 / DAY_S * np.minimum.outer(t, t)
    first = 0.02**2 + (sensor.bias_si / p0) ** 2
    return heat + flow + drift + first + (sensor.noise_si / p0) ** 2 * np.eye(t.size)


def test_the_bound_is_that_of_the_dense_gaussian(steady):
    clock = world.even_clock(world.START_S, 1.0 / 24.0, STEP_S)
    made = world.play(np.random.default_rng(0), steady, clock, [], None, False)
    t = clock - clock[0]
    onset, rate = float(clock[60]), 1e-6
    share = 1.0 + gas.AIR_GAMMA - 1.0
    signals = np.stack([-share * np.maximum(t - t[60], 0.0), share * rate * (t > t[60])], axis=1)
    # information adds up over innovations, so readings before the onset condition those after it
    information = signals.T @ np.linalg.solve(dense_covariance(steady, t), signals)
    free = 1.0 / np.linalg.inv(information)[0, 0]
    assert oracle.bound(steady, made, rate, onset, float(clock[-1])) == pytest.approx(free**-0.5, rel=0.01)


def test_the_statistic_is_the_likelihood_ratio_of_the_dense_gaussian(steady):
    clock = world.even_clock(world.START_S, 0.5 / 24.0, STEP_S)
    rate = 2e-6
    leak = world.Leak(float(clock[45]), rate * world.gas_mass(steady))
    made = world.play(np.random.default_rng(1), steady, clock, [], leak, False)
    t, z = clock - clock[0], oracle._readings(steady, made)[1]
    inverse = np.linalg.inv(dense_covariance(steady, t))
    best = 0.0
    for tau in t[t > t[-1] - 8.0 * 60.0]:
        signal = -rate * gas.AIR_GAMMA * np.maximum(t - tau, 0.0)
        best = max(best, float(signal @ inverse @ z - 0.5 * signal @ inverse @ signal))
    # onsets thin with age: the oracle may miss the very best one by a little
    assert oracle.statistics(steady, made, [rate])[1][-1, 0] >= 0.9 * best > 1.0


def test_unseen_heat_has_the_variance_and_the_correlation_of_matern(steady):
    still = replace(
        steady, supply=replace(steady.supply, unmetered_kg_s=0.0), channels=steady.channels, thermal=steady.thermal
    )
    sensor = replace(still.channels[0], bias_si=0.0, drift_si_day=0.0, noise_si=0.0)
    still = replace(still, channels=(sensor, *still.channels[1:]))
    made = world.play(np.random.default_rng(2), still, world.even_clock(world.START_S, 120.0, 60.0), [], None, False)
    heat = np.expm1(oracle._readings(still, made)[1]) * still.atmosphere.temperature_k.value
    sd, tau = still.thermal.blind_residual_k, still.thermal.residual_s
    assert heat.std() == pytest.approx(sd, rel=0.06)
    for lag_s in (600.0, 1800.0, 3600.0):
        k = round(lag_s / 60.0)
        found = np.mean(heat[k:] * heat[:-k]) / np.mean(heat**2)
        assert found == pytest.approx((1.0 + lag_s / tau) * np.exp(-lag_s / tau), abs=0.06)


def test_a_leak_and_a_fill_move_as_much_gas_as_they_say(steady):
    still = replace(steady, supply=replace(steady.supply, unmetered_kg_s=0.0))
    clock = world.even_clock(world.START_S, 0.5, STEP_S)
    opened, mass = float(clock[100]), world.gas_mass(still)
    leaking = world.play(
        np.random.default_rng(3), still, clock, [], world.Leak(opened, 1000.0 / DAY_S), volume_doubt=False
    )
    assert leaking.mass_log[-1] == pytest.approx(-1000.0 / DAY_S / mass * (clock[-1] - opened), rel=1e-3)
    fill = world.Happening("fill", opened, opened + HOUR_S, 5.0, seen=True)
    filled = world.play(np.random.default_rng(3), still, clock, [fill], None, volume_doubt=False)
    assert np.expm1(filled.mass_log[400]) * mass == pytest.approx(5.0, rel=0.01)


def test_a_threshold_is_what_so_many_peaks_pass():
    tops = list(np.random.default_rng(4).exponential(1.0, 20_000) + 3.0)
    # 20,000 peaks in ten years, one a year: exceeded by ten of them
    assert oracle.threshold(tops, 10.0, 1.0) == pytest.approx(3.0 + np.log(2000.0), abs=0.35)
