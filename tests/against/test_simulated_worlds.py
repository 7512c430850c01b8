"""The worlds and the oracle of benchmarks/skill against what they claim to be, by dense algebra on small cases."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks/skill"))

import oracle
import world

import against
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


def test_the_bound_of_a_wandering_rate_is_that_of_the_dense_gaussian(steady):
    clock = world.even_clock(world.START_S, 1.0 / 24.0, STEP_S)
    made = world.play(np.random.default_rng(0), steady, clock, [], None, False)
    t = clock - clock[0]
    first, rate, per_hour = 60, 4e-6, 0.5  # wanders so fast that it matters within the half hour
    ramp = -gas.AIR_GAMMA * np.maximum(t[:, None] - t[None, first:-1], 0.0)  # of what the flow has changed by since
    moved = gas.AIR_GAMMA * rate * (t > t[first])
    signals = np.column_stack([ramp[:, 0], moved, ramp[:, 1:]])  # the first flow, its onset, and every later change
    before = np.full(signals.shape[1], (per_hour * rate) ** 2 * STEP_S / HOUR_S)
    seen = np.linalg.solve(dense_covariance(steady, t), signals)
    after = np.linalg.inv(signals.T @ seen + np.diag(np.r_[0.0, 0.0, 1.0 / before[2:]]))
    now = np.r_[1.0, 0.0, np.ones(signals.shape[1] - 2)]
    believed = now @ after @ now + before[2]  # it wanders on until the last reading
    constant = now @ after @ signals.T @ seen @ after @ now
    found = oracle.wandering(steady, made, rate, float(clock[first]), float(clock[-1]), per_hour)
    assert found == pytest.approx((believed**0.5, constant**0.5), rel=0.01)
    least = oracle.bound(steady, made, rate, float(clock[first]), float(clock[-1]))
    assert least < 0.95 * found[1] < 0.9 * found[0]
    still = oracle.wandering(steady, made, rate, float(clock[first]), float(clock[-1]), 0.0)
    assert still == pytest.approx((least, least), rel=1e-3)


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


def test_errors_are_counted_in_units_of_the_least_that_each_could_be():
    rng = np.random.default_rng(5)
    limit = rng.uniform(1.0, 9.0, 4000)
    ratio, low, high = against.rms_over(1.3 * limit * rng.standard_normal(4000), limit)
    assert low < ratio < high
    assert ratio == pytest.approx(1.3, rel=0.04)
    assert high - low == pytest.approx(1.3 * 4.0 / np.sqrt(2.0 * 4000.0), rel=0.3)


def test_bounds_are_of_the_moments_of_the_reports_and_of_the_gas_that_is_left(steady):
    clock = world.even_clock(world.START_S, 0.5, STEP_S)
    leak = world.Leak(float(clock[900]), 4000.0 / DAY_S)
    made = world.play(np.random.default_rng(6), steady, clock, [], leak, False)
    moments = [leak.onset_s + 600.0, leak.onset_s + 3 * HOUR_S]
    found = against._bounds(steady, made, leak, moments)
    for k, (moment, left) in enumerate(zip(moments, (1.0, np.exp(-4000.0 / 8.0 / made.mass_kg)), strict=True)):
        rate = leak.rate_kg_s / made.mass_kg
        least = oracle.bound(steady, made, rate, leak.onset_s, moment) * made.mass_kg * DAY_S * left
        assert found["bound"][k] == pytest.approx(least, rel=0.03)
        assert found["bound"][k] <= found["allowing"][k] * 1.001 <= found["wandering"][k] * 1.002
    assert found["wandering"][1] > 1.5 * found["bound"][1]


def test_the_posterior_of_the_rate_is_that_of_the_dense_gaussian(steady):
    clock = world.even_clock(world.START_S, 0.75 / 24.0, STEP_S)
    leak = world.Leak(float(clock[100]), 4e-6 * world.gas_mass(steady))
    made = world.play(np.random.default_rng(7), steady, clock, [], leak, False)
    t, z = clock - clock[0], oracle._readings(steady, made)[1]
    inverse = np.linalg.inv(dense_covariance(steady, t))
    rates, log_weight = np.geomspace(1e-7, 1e-4, 3000), []
    for tau in t[:-1]:
        signal = -gas.AIR_GAMMA * np.maximum(t - tau, 0.0)
        log_weight.append(rates * (signal @ inverse @ z) - 0.5 * rates**2 * (signal @ inverse @ signal))
    weight = np.exp(np.array(log_weight) - np.max(log_weight)).sum(axis=0)
    expected = np.interp(0.5, np.cumsum(weight) / weight.sum(), rates)
    found = oracle.posterior(steady, made, leak.onset_s, float(clock[-1]), 1e-7, 1e-4)
    assert found == pytest.approx(expected, rel=0.01)
    assert found == pytest.approx(4e-6, rel=0.5)


def test_a_rate_of_which_nothing_is_told_lies_in_the_middle():
    assert oracle.median_rate(np.array([-1.0]), np.array([2.0]), 1.0, 100.0) == pytest.approx(10.0)
    assert oracle.median_rate(np.array([500.0]), np.array([100.0]), 1.0, 100.0) == pytest.approx(5.0, rel=0.01)


def test_tables_say_how_much_longer_the_watch_takes_and_where_its_rate_is_as_good_as_can_be():
    tops = np.linspace(1.0, 12.0, 200).tolist()
    keys = [f"{size:g}" for size in (*against.SIZES_KG_DAY, 0.0)]
    rows = [{"kind": "plain quiet", "years": 2.0, "alarms": 0, "peaks": dict.fromkeys(keys, tops)}]
    for k in range(40):
        size = against.SIZES_KG_DAY[k % 4]
        rate = {"median": size + (-1.0) ** (k // 4) * 2.0, "truth": size}
        rows.append({
            "kind": "plain leak", "size": size, "delay": 300.0, "reported": [{"rate": rate}] * 3,
            "record": [[20.0, 3.0], [100.0, 20.0]], "glr": [[150.0, 20.0]],
            "bound": [2.0, 2.0, 1.0], "wandering": [2.0, 2.0, 4.0], "allowing": [2.0, 2.0, 2.0],
            "posterior": [size + 2.0, size + 2.0, size + 1.0],
        })  # fmt: skip
    text = "\n".join(against.tables(rows))
    assert "| 100 kg/day | 10 | 100% (69% to 100%) | 5.0 min | 1.7 min | 1.50 (1.50 to 1.50) | 3.00" in text
    assert "| all sizes | 3 h later | 40 | - | - | - | 1.00 (1.00 to 1.00) | 2.00 (2.00 to 2.00) | 1.00" in text
    assert "at most 1.15 in 8 lines; surely above it 25 kg/day 3 h later (2.00), 100 kg/day" in text
    assert "at most 1.15 in 12 lines; surely above it nowhere" in text
    first, *rest = against.short(rows)
    assert "3.00 (3.00 to 3.00) at 2000 kg/day" in first
    assert "2.00 (2.00 to 2.00) 3 h later" in rest[0]
    assert "1.00 (1.00 to 1.00) against 2.00 (2.00 to 2.00) 3 h later" in rest[2]
    assert against.short(rows[:1]) == []
