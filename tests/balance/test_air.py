"""The balance of a group: a calm cabin, a leak, every kind of sensor, and the belief handed on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from one_room import PRESSURE_PA, T0, TEMPERATURE_K, cut, frames, gauge, glass, log_gas, read, seconds, ship

from hullwatch.balance import air, heard, manner
from hullwatch.balance.layout import EXPANSION, FLOW, GAINS, HEAT, MASS, UNMETERED, lay_out
from hullwatch.records import Floats, Frames, GroupState, Quality, Residuals, Samples
from hullwatch.simulation.load import ship_of
from hullwatch.simulation.play import simulate
from hullwatch.simulation.scenario import parse_scenario
from hullwatch.telemetry import clean
from hullwatch.vehicle.facts import Channel, Vehicle

HOUR = 3_600
EXACT: dict[str, Any] = {"quantum_si": 0.01, "noise_si": 0.001, "bias_si": 1e-3, "drift_si_day": 0.0}
LONE: dict[str, Any] = {"noise_si": 30.0, "quantum_si": 0.0}
METER = Channel("OGA", "oxygen made", "o2_generation", "kg/s", "A", (-1e-4, 1e-3))


def started(vehicle: Vehicle) -> air.AirMemory:
    spoken = frozenset(c.id for c in vehicle.channels)
    return air.begin(vehicle, lay_out(vehicle, tuple(c.id for c in vehicle.compartments), spoken))


def believed(memory: air.AirMemory, vehicle: Vehicle) -> GroupState:
    state = air.state_of(memory, vehicle, 0, None)
    assert state is not None
    return state


def shown_for(vehicle: Vehicle, log_pressure: Floats) -> Frames:
    """Every pressure sensor shows the same, without error of its own; thermometers rest."""
    pressure = PRESSURE_PA * np.exp(log_pressure)
    by_quantity = {"pressure": pressure, "temperature": np.full(pressure.size, TEMPERATURE_K)}
    shown = {c.id: by_quantity[c.quantity] for c in vehicle.channels if c.quantity in by_quantity}
    return frames(vehicle, seconds(pressure.size), shown)


def readings(r: Residuals) -> np.ndarray:
    return np.asarray(r.pinned < 0)


# --- what a cabin does ------------------------------------------------------------------------------------------------


def test_before_the_first_reading_nothing_is_believed() -> None:
    vehicle = ship([gauge("P1")])
    memory = started(vehicle)
    assert air.state_of(memory, vehicle, 0, None) is None
    memory, r = air.balance(memory, vehicle, frames(vehicle, seconds(50), {}))
    assert r.frame.size == 0
    assert air.state_of(memory, vehicle, 0, None) is None


@pytest.mark.parametrize("sensor", [{}, EXACT, {"noise_si": 30.0}, {"publish": "periodic", "period_s": 10.0}])
def test_a_flat_cabin_stays_flat(sensor: dict[str, Any]) -> None:
    vehicle = ship([gauge("P1", **sensor), glass("T1")])
    memory, r = air.balance(started(vehicle), vehicle, shown_for(vehicle, np.full(6 * HOUR, 0.004)))
    state = believed(memory, vehicle)
    assert np.abs(r.nu[readings(r)][1:]).max() < 1e-4
    assert abs(memory.x[UNMETERED]) < 1e-9
    assert state.pressure_pa == pytest.approx(PRESSURE_PA * np.exp(0.004), rel=2e-4)
    assert state.temperature_k == pytest.approx(TEMPERATURE_K, abs=0.05)
    # pV/(RT) M of cabin air, 28.8 g/mol
    assert state.mass_kg == pytest.approx(
        state.pressure_pa * 100.0 / (8.314463 * state.temperature_k) * 0.0288, rel=5e-3
    )
    assert (state.followed, state.loss_per_s, state.loss_sd_per_s) == (False, 0.0, 0.0)
    assert (state.volume_m3, state.volume_sd_m3, state.sensors, state.compartments) == (100.0, 5.0, 1, ("A",))


@pytest.mark.parametrize("loss_per_s", [2e-7, 3e-6])
def test_a_leak_is_mass_that_falls_at_its_rate(loss_per_s: float) -> None:
    vehicle = ship([gauge("P1", **EXACT)], unmetered_kg_s=1e-8)
    vehicle = replace(vehicle, thermal=replace(vehicle.thermal, blind_residual_k=1e-4))
    log_pressure = -loss_per_s * np.arange(8.0 * HOUR)
    memory = air.expect_flow(started(vehicle), 0.0, 1e-5)
    memory, _ = air.balance(memory, vehicle, cut(shown_for(vehicle, log_pressure), 0, 2 * HOUR))
    half = believed(memory, vehicle)
    memory, _ = air.balance(memory, vehicle, cut(shown_for(vehicle, log_pressure), 2 * HOUR, 8 * HOUR))
    state = believed(memory, vehicle)
    assert state.followed
    assert state.loss_per_s == pytest.approx(loss_per_s, rel=0.02)
    assert abs(state.loss_per_s - loss_per_s) < 3.0 * state.loss_sd_per_s
    assert half.mass_kg - state.mass_kg == pytest.approx(loss_per_s * 6 * HOUR * half.mass_kg, rel=0.04)


def test_heat_that_the_thermometer_shows_is_not_taken_for_gas() -> None:
    """The gas follows the thermometer exactly as the prior says; the mass stays, the temperature moves."""
    vehicle = ship([gauge("P1", **EXACT), glass("T1")], unmetered_kg_s=1e-8)
    vehicle = replace(vehicle, thermal=replace(vehicle.thermal, residual_k=1e-3, gain=(0.8, 0.0), gain_sd=(0.3, 1e-3)))
    swing = 0.8 * np.sin(np.arange(12.0 * HOUR) * 2.0 * np.pi / (6.0 * HOUR))
    shown = frames(
        vehicle,
        seconds(swing.size),
        {"P1": PRESSURE_PA * (1.0 + 0.8 * swing / TEMPERATURE_K), "T1": TEMPERATURE_K + swing},
    )
    memory = started(vehicle)
    masses = []
    for k in range(24):
        memory, _ = air.balance(memory, vehicle, cut(shown, k * HOUR // 2, (k + 1) * HOUR // 2))
        masses.append(believed(memory, vehicle).mass_kg)
    assert np.ptp(masses[1:]) < 0.1 * masses[0] * 0.64 / TEMPERATURE_K
    assert memory.x[GAINS] == pytest.approx(0.8, abs=0.02)


def test_metered_supply_is_not_taken_for_a_flow() -> None:
    """A kilogram of oxygen metered into the cabin raises mass and pressure, and surprises nobody."""
    vehicle = ship([gauge("P1", **EXACT), METER], unmetered_kg_s=1e-7)
    made = np.where(np.arange(4 * HOUR) < 2 * HOUR, 0.0, 1.0 / HOUR)
    made[3 * HOUR :] = 0.0
    added = np.cumsum(np.concatenate([[0.0], made[1:]])) / 31.9988e-3  # mol
    gas_mol = PRESSURE_PA * 100.0 / (8.314463 * TEMPERATURE_K)
    shown = frames(vehicle, seconds(made.size), {"P1": PRESSURE_PA * (1.0 + added / gas_mol), "OGA": made})
    memory, r = air.balance(started(vehicle), vehicle, shown)
    z = r.nu / np.sqrt(r.s)
    assert np.abs(z[readings(r)]).max() < 2.0
    assert memory.x[MASS] == pytest.approx(1.0 / 31.9988e-3 / gas_mol, rel=0.03)
    assert abs(memory.x[UNMETERED]) * 100.0 * 1.2 < 1e-6


# --- what sensors say -------------------------------------------------------------------------------------------------


def read_again(stands_since_s: float, until_s: float, every_s: float) -> list[float]:
    """When a code that stands is read again: on the clock's grid, a minute old, then twice as old each time."""
    told, last = [], stands_since_s
    for t in np.arange(np.ceil(T0 / every_s) * every_s, until_s, every_s):
        if t > stands_since_s and t - stands_since_s >= max(2.0 * (last - stands_since_s), 60.0):
            told.append(float(t))
            last = t
    return told


def test_a_sensor_with_edges_speaks_when_its_code_changes_and_ever_more_seldom_while_it_stands() -> None:
    vehicle = ship([gauge("P1", noise_si=1.0)])
    fall = np.where(np.arange(2 * HOUR) < HOUR, 0.0, -3e-6 * np.maximum(np.arange(2 * HOUR) - 1.0 * HOUR, 0.0))
    shown = shown_for(vehicle, fall)
    _, r = air.balance(started(vehicle), vehicle, shown)
    times = shown.time_s[r.frame[readings(r)]]
    changes = shown.time_s[1:][np.diff(shown.value_si[:, 0]) != 0.0]
    assert changes.size > 30
    begins = [shown.time_s[0], *changes]
    again = [t for c, end in pairwise([*begins, shown.time_s[-1] + 1.0]) for t in read_again(c, end, 60.0)]
    assert 5 <= sum(t < T0 + HOUR for t in again) <= 7  # an hour of one code is about six words, not sixty
    assert set(times) == {*begins, *again}


def test_a_code_that_stands_makes_nobody_surer_however_long_it_is_watched() -> None:
    """Its truth is within half a step, a minute or ten hours after: nothing of it averages out."""
    vehicle = ship([gauge("P1", bias_si=0.1, drift_si_day=0.0, noise_si=0.0)])
    memory = started(vehicle)
    doubts = []
    for hour in range(10):
        memory, _ = air.balance(
            memory, vehicle, cut(shown_for(vehicle, np.full(10 * HOUR, 0.004)), hour * HOUR, (hour + 1) * HOUR)
        )
        h = np.zeros(memory.x.size)
        h[[MASS, HEAT, EXPANSION]] = 1.0
        doubts.append(np.sqrt(h @ memory.p @ h) * PRESSURE_PA)
    assert min(doubts) > 0.4 * 13.5 / np.sqrt(12.0)  # a step's uniform error has 3.9 Pa


def test_an_edge_tells_the_value_between_two_codes_and_makes_the_rounding_known() -> None:
    vehicle = ship([gauge("P1", noise_si=0.0, bias_si=1e-3, drift_si_day=0.0)])
    shown = shown_for(vehicle, -2e-6 * np.arange(1200.0))
    falling = air.expect_flow(started(vehicle), -2e-6, 1e-7)  # known to fall
    memory, r = air.balance(falling, vehicle, shown)
    value = shown.value_si[:, 0]
    edges = np.flatnonzero(np.diff(value)) + 1
    pins = np.flatnonzero(r.pinned >= 0)
    pinned_at = r.frame[pins]
    assert set(edges) <= set(pinned_at.tolist())
    step = memory.layout.bias(0) + 1
    assert (r.pinned[pins] == step).all()
    last = air.balance(falling, vehicle, cut(shown, 0, int(edges[-1]) + 1))[0]
    truth = PRESSURE_PA * np.exp(-2e-6 * edges[-1])
    assert last.x[step] * PRESSURE_PA == pytest.approx(value[edges[-1]] - truth, abs=0.5)
    assert believed(last, vehicle).pressure_pa == pytest.approx(truth, abs=2.0)  # a seventh of a code


def test_a_noisy_sensor_speaks_once_a_window_with_the_mean_of_it() -> None:
    vehicle = ship([gauge("P1", **LONE)])
    rng = np.random.default_rng(1)
    pressure = PRESSURE_PA + 30.0 * rng.standard_normal(600)
    shown = frames(vehicle, seconds(600), {"P1": pressure})
    _, r = air.balance(started(vehicle), vehicle, shown)
    assert (readings(r)).all()
    times = shown.time_s[r.frame]
    assert times.tolist() == np.arange(T0 + 20.0, T0 + 600.0, heard.WINDOW_S).tolist()
    first = np.log(np.mean(shown.value_si[:20, 0]) / PRESSURE_PA)
    assert r.nu[0] == pytest.approx(first, rel=1e-9)  # nothing was known before: the innovation is the reading


@pytest.mark.parametrize("apart_s", [20.0, 60.0, 960.0])
def test_readings_further_apart_than_a_window_speak_at_once_and_for_themselves(apart_s: float) -> None:
    vehicle = ship([gauge("P1", **LONE)])
    rng = np.random.default_rng(2)
    time_s = T0 + 7.0 + apart_s * np.arange(60.0)
    pressure = PRESSURE_PA + 30.0 * rng.standard_normal(60)
    _, r = air.balance(started(vehicle), vehicle, frames(vehicle, time_s, {"P1": pressure}))
    # the very first reading opens a window: nobody knows yet how seldom they will come
    assert r.frame.tolist() == list(range(1, 60))
    assert not r.h[:, [UNMETERED, FLOW]].any()  # of now, not of the middle of a window
    assert r.nu[0] == pytest.approx(np.log(pressure[1] / PRESSURE_PA), rel=1e-9)


def test_a_reading_after_a_window_without_any_closes_no_window_of_before() -> None:
    """Five readings, a minute of nothing, one far below: it is weighed by itself, not in the mean with the five."""
    vehicle = ship([gauge("P1", **LONE)])
    start = float(np.ceil(T0 / 20.0)) * 20.0
    time_s = start + np.array([0.0, 1.0, 2.0, 3.0, 4.0, 64.0])
    pressure = PRESSURE_PA + np.array([10.0, -10.0, 20.0, -20.0, 5.0, -400.0])
    _, r = air.balance(started(vehicle), vehicle, frames(vehicle, time_s, {"P1": pressure}))
    assert r.frame.tolist() == [5]
    assert r.nu[0] == pytest.approx(np.log(pressure[-1] / PRESSURE_PA), rel=1e-9)


def surprises(vehicle: Vehicle, fallen: Mapping[str, Sequence[float]]) -> dict[str, Floats]:
    """What each sensor's readings, a minute apart, are off by in their own sigmas, after two calm hours."""
    calm = 120
    time_s = np.ceil(T0 / 60.0) * 60.0 + 60.0 * np.arange(calm + len(next(iter(fallen.values()))))
    shown = {}
    for k, (channel, fall) in enumerate(fallen.items()):
        swing = np.where(np.arange(time_s.size) % 2 == k % 2, 3.0, -3.0)  # so that every reading is a fresh one
        shown[channel] = PRESSURE_PA + swing + np.concatenate([np.zeros(calm), np.array(fall)])
    memory, r = air.balance(started(vehicle), vehicle, frames(vehicle, time_s, shown))
    found = {}
    for s, channel in enumerate(fallen):
        rows = (r.h[:, memory.layout.bias(s)] != 0.0) & (r.frame >= calm) & readings(r)
        found[channel] = r.nu[rows] / np.sqrt(r.s[rows])
    return found


def test_one_strange_reading_counts_for_a_few_sigmas_and_a_second_for_what_it_is() -> None:
    """2,000 Pa at once is 60 sigmas of the sensor, and more than gas or heat do in a minute."""
    z = surprises(ship([gauge("P1", **LONE)]), {"P1": [-2000.0, -2000.0]})["P1"]
    assert z[0] == pytest.approx(-manner.SURPRISE)
    assert z[1] < -2.0 * manner.SURPRISE


def test_a_reading_that_comes_back_is_never_believed() -> None:
    z = surprises(ship([gauge("P1", **LONE)]), {"P1": [-2000.0, 0.0, 2000.0, 0.0, -2000.0]})["P1"]
    assert np.abs(z).max() <= manner.SURPRISE + 1e-9
    assert np.abs(z[[0, 2, 4]]) == pytest.approx([manner.SURPRISE] * 3, rel=1e-6)


def test_a_second_surprise_on_the_other_side_is_not_believed() -> None:
    z = surprises(ship([gauge("P1", **LONE)]), {"P1": [-2000.0, 3000.0]})["P1"]
    assert np.abs(z) == pytest.approx([manner.SURPRISE] * 2)


def test_a_sensor_that_stands_alone_with_its_surprises_is_not_believed_and_one_that_is_joined_is() -> None:
    vehicle = ship([gauge("P1", **LONE), gauge("P2", **LONE)])
    alone = surprises(vehicle, {"P1": [-2000.0] * 4, "P2": [0.0] * 4})
    assert np.abs(alone["P1"]).max() <= manner.SURPRISE + 1e-9
    both = surprises(vehicle, {"P1": [-2000.0] * 4, "P2": [-2000.0] * 4})
    assert min(np.concatenate([both["P1"][1:], both["P2"][1:]])) < -2.0 * manner.SURPRISE


def test_a_sensors_errors_grow_in_the_logarithm_as_pressure_falls_but_not_by_a_surprise() -> None:
    vehicle = ship([gauge("P1", **LONE)])
    n = 200
    time_s = T0 + 60.0 * np.arange(float(n))
    level = np.linspace(0.05, -0.9, n)
    memory, r = air.balance(
        air.expect_flow(started(vehicle), -1e-4, 1e-4), vehicle,
        frames(vehicle, time_s, {"P1": PRESSURE_PA * np.exp(level)}),
    )  # fmt: skip
    h = r.h[:, memory.layout.bias(0)]
    near = level[r.frame] > -air.SMALL_FALL + 0.02
    assert near.sum() > 20
    assert (h[near] == 1.0).all()
    # an error constant in pascals is error / pressure in the logarithm; the small fall is left out of it
    deep = level[r.frame] < -air.SMALL_FALL - 0.02
    np.testing.assert_allclose(h[deep], np.exp(-level[r.frame][deep] - air.SMALL_FALL), rtol=0.02)


def test_a_surprise_is_not_taken_for_news_of_the_bias() -> None:
    """A hundredth of the gas goes at once; both sensors say so, and neither's error is thought to have changed."""
    vehicle = ship([gauge("P1", **LONE), gauge("P2", **LONE)])
    memory = settled_memory(vehicle)
    n = HOUR
    later = frames(vehicle, seconds(n, T0 + 2 * HOUR), {c: np.full(n, 0.99 * PRESSURE_PA) for c in ("P1", "P2")})
    gone = np.zeros(memory.x.size)
    gone[MASS] = np.log(0.99)
    moved = air.accept(memory, gone, np.outer(gone, gone), follow=False)
    after, _ = air.balance(moved, vehicle, later)
    was, now = (np.array([m.x[m.layout.bias(s)] for s in range(2)]).sum() * PRESSURE_PA for m in (memory, after))
    assert now == pytest.approx(was, abs=10.0)


@pytest.mark.parametrize("noise_si", [2.0, 30.0])
@pytest.mark.parametrize("gone", [0.0, -50.0])
def test_a_gauge_in_a_vacuum_says_nothing(noise_si: float, gone: float) -> None:
    vehicle = ship([gauge("P1", noise_si=noise_si, range_si=(-100.0, 115_000.0)), gauge("P2", noise_si=noise_si)])
    n = HOUR
    lock = np.where(np.arange(n) < n // 2, PRESSURE_PA, gone)
    shown = frames(vehicle, seconds(n), {"P1": lock, "P2": np.full(n, PRESSURE_PA)})
    memory, r = air.balance(started(vehicle), vehicle, shown)
    assert np.isfinite(memory.x).all()
    assert np.isfinite(r.nu).all()
    late = (r.frame >= n // 2) & readings(r)
    assert late.any()
    assert not r.h[late, memory.layout.bias(0)].any()
    assert believed(memory, vehicle).pressure_pa == pytest.approx(PRESSURE_PA, abs=15.0)


def test_a_noisy_sensor_whose_code_stands_all_the_same_is_read_ever_more_seldom() -> None:
    vehicle = ship([gauge("P1", noise_si=30.0)])
    shown = shown_for(vehicle, np.zeros(HOUR))
    _, r = air.balance(started(vehicle), vehicle, shown)
    times = shown.time_s[r.frame]
    first = float(times[0])  # the window that was open from the start
    assert first <= T0 + 20.0
    assert times.tolist() == [first, *read_again(first, float(shown.time_s[-1]) + 1.0, heard.WINDOW_S)]


def test_two_sensors_share_the_gas_and_keep_their_own_errors() -> None:
    vehicle = ship([gauge("P1", bias_si=100.0), gauge("P2", bias_si=100.0)])
    n = 4 * HOUR
    shown = frames(vehicle, seconds(n), {"P1": np.full(n, PRESSURE_PA + 60.0), "P2": np.full(n, PRESSURE_PA - 60.0)})
    memory, _ = air.balance(started(vehicle), vehicle, shown)
    one, other = (memory.x[memory.layout.bias(s)] * PRESSURE_PA for s in range(2))
    assert one - other == pytest.approx(120.0, abs=14.0)
    assert one + other == pytest.approx(0.0, abs=14.0)
    assert believed(memory, vehicle).pressure_pa == pytest.approx(PRESSURE_PA, abs=10.0)


@pytest.mark.parametrize("doubt", [Quality.MISSING, Quality.STUCK, Quality.STALE])
@pytest.mark.parametrize("noise_si", [2.0, 30.0])
def test_a_sensor_in_doubt_is_not_heard(doubt: Quality, noise_si: float) -> None:
    vehicle = ship([gauge("P1", noise_si=noise_si), gauge("P2", noise_si=noise_si)])
    n = HOUR
    wrong = np.where(np.arange(n) < n // 2, PRESSURE_PA, PRESSURE_PA - 500.0)
    shown = frames(vehicle, seconds(n), {"P1": wrong, "P2": np.full(n, PRESSURE_PA)})
    shown.flags[n // 2 :, 0] = int(doubt)
    memory, r = air.balance(started(vehicle), vehicle, shown)
    listened = r.h[:, memory.layout.bias(0)] != 0.0
    late = (r.frame >= n // 2 + int(heard.WINDOW_S)) & readings(r)
    assert listened[readings(r) & ~late].any()
    assert not listened[late].any()
    assert late.any()
    assert believed(memory, vehicle).pressure_pa == pytest.approx(PRESSURE_PA, abs=15.0)


def test_an_outlier_flag_does_not_silence_a_sensor() -> None:
    """The last good value is held then; only missing, stuck and stale readings are unusable."""
    vehicle = ship([gauge("P1")])
    shown = shown_for(vehicle, np.zeros(600))
    plain = air.balance(started(vehicle), vehicle, shown)[1]
    shown.flags[100:200, 0] |= int(Quality.OUTLIER | Quality.OUT_OF_RANGE | Quality.LATE)
    flagged = air.balance(started(vehicle), vehicle, shown)[1]
    np.testing.assert_array_equal(plain.nu, flagged.nu)


def test_two_thermometers_share_the_work_of_one() -> None:
    one, two = ship([gauge("P1"), glass("T1")]), ship([gauge("P1"), glass("T1"), glass("T2")])
    rng = np.random.default_rng(4)
    warm = TEMPERATURE_K + np.cumsum(rng.normal(0.0, 2e-3, 2 * HOUR))
    pressure = PRESSURE_PA * (1.0 + 0.8 * (warm - warm[0]) / TEMPERATURE_K)
    single, _ = air.balance(started(one), one, frames(one, seconds(warm.size), {"P1": pressure, "T1": warm}))
    shown = frames(two, seconds(warm.size), {"P1": pressure, "T1": warm, "T2": warm})
    double, _ = air.balance(started(two), two, shown)
    a, b = believed(single, one), believed(double, two)
    assert (a.temperature_k, a.mass_kg) == pytest.approx((b.temperature_k, b.mass_kg), rel=2e-5)
    lags = double.layout.lags_s.size
    shares = double.x[GAINS : GAINS + 2 * lags].reshape(2, lags)
    np.testing.assert_allclose(shares[0], shares[1], rtol=1e-6)


def test_a_thermometer_that_falls_silent_keeps_its_last_word() -> None:
    vehicle = ship([gauge("P1"), glass("T1"), glass("T2")])
    n = 2 * HOUR
    shown = frames(
        vehicle, seconds(n), {k: np.full(n, v) for k, v in (("P1", PRESSURE_PA), ("T1", 295.0), ("T2", 296.0))}
    )
    shown.flags[n // 2 :, 1] = int(Quality.STUCK)
    shown.value_si[n // 2 :, 1] = 310.0
    memory, r = air.balance(started(vehicle), vehicle, shown)
    assert np.isfinite(memory.x).all()
    np.testing.assert_allclose(memory.seen_k[0], 295.0)
    assert np.abs(r.nu[readings(r)][1:]).max() < 1e-4


def test_the_same_readings_in_other_blocks_give_the_same_bits() -> None:
    vehicle = ship([gauge("P1"), glass("T1"), gauge("P2", noise_si=25.0), METER], crew=2)
    rng = np.random.default_rng(8)
    n = 3 * HOUR
    shown = read(rng, vehicle, log_gas(rng, vehicle, n) - 2e-6 * np.arange(float(n)))
    shown["T1"] = np.asarray(TEMPERATURE_K + np.round(np.cumsum(rng.normal(0.0, 3e-3, n)), 2), dtype=np.float64)
    shown["OGA"] = np.where(np.arange(n) % 2000 < 1500, 3e-5, 0.0)
    whole = frames(vehicle, seconds(n), shown)
    whole.flags[4000:4500, 0] |= int(Quality.STUCK)
    whole.flags[6000:6003, :] |= int(Quality.GAP)
    memory, rows = air.balance(started(vehicle), vehicle, whole)
    for cuts in (np.arange(1, n), np.sort(rng.integers(0, n, 40))):
        pieces, parts = started(vehicle), []
        places = [0, *cuts.tolist(), n]
        for start, stop in pairwise(places):
            pieces, part = air.balance(pieces, vehicle, cut(whole, start, stop))
            parts.append(replace(part, frame=part.frame + start))
        for name in ("frame", "dt_s", "pinned", "nu", "s"):
            joined = np.concatenate([getattr(p, name) for p in parts])
            assert joined.tobytes() == getattr(rows, name).tobytes(), name
        for name in ("h", "gain"):
            kept, joined = readings(rows), np.concatenate([getattr(p, name) for p in parts])
            assert joined[kept].tobytes() == getattr(rows, name)[kept].tobytes(), name
        for name in ("x", "p", "clock", "seen_k", "glass", "window"):
            assert getattr(pieces, name).tobytes() == getattr(memory, name).tobytes(), name


def test_the_memory_handed_in_is_not_changed() -> None:
    vehicle = ship([gauge("P1"), glass("T1")])
    shown = shown_for(vehicle, np.linspace(0.0, -0.01, 600))
    memory, _ = air.balance(started(vehicle), vehicle, cut(shown, 0, 300))
    first = air.balance(memory, vehicle, cut(shown, 300, 600))
    again = air.balance(memory, vehicle, cut(shown, 300, 600))
    assert first[1].nu.tobytes() == again[1].nu.tobytes()
    assert first[0].x.tobytes() == again[0].x.tobytes()


# --- whole worlds -----------------------------------------------------------------------------------------------------


def standardised(r: Residuals, since_s: float) -> Floats:
    rows = readings(r) & (r.time_s[r.frame] >= r.time_s[0] + since_s)
    return np.asarray(r.nu[rows] / np.sqrt(r.s[rows]))


@pytest.mark.parametrize("noise_si", [1.0, 25.0])
def test_innovations_of_a_world_that_moves_as_assumed_have_the_spread_they_say(noise_si: float) -> None:
    vehicle = ship([gauge("P1", noise_si=noise_si), gauge("P2", noise_si=noise_si), glass("T1")])
    means, spreads = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        shown = read(rng, vehicle, log_gas(rng, vehicle, 8 * HOUR))
        _, r = air.balance(started(vehicle), vehicle, frames(vehicle, seconds(8 * HOUR), shown))
        z = standardised(r, HOUR)
        means.append(float(np.mean(z) * np.sqrt(z.size)))
        spreads.append(float(np.std(z)))
    assert max(spreads) < 1.3
    assert min(spreads) > 0.25
    assert abs(np.mean(means)) < 3.0 / np.sqrt(len(means))
    assert max(map(abs, means)) < 4.0


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_innovations_of_a_simulated_ship_have_no_bias_and_the_spread_they_say(seed: int) -> None:
    text = (
        'name = "calm"\ntitle = "A calm day"\nprovenance = "Invented."\nvehicle = "demo"\n'
        f'start_utc = "2030-05-06T00:00Z"\nduration = "14 h"\nseed = {seed}\n'
    )
    scenario = parse_scenario(text)
    vehicle = ship_of(scenario)
    table = simulate(scenario, vehicle).telemetry
    ids = tuple(c.id for c in vehicle.channels)
    item = table["item"].cast(pl.String).replace_strict(ids, list(range(len(ids))), return_dtype=pl.Int64).to_numpy()
    time_s = table["time"].dt.timestamp("ms").to_numpy() / 1e3
    _, shown, _ = clean.clean(clean.begin(vehicle), vehicle, Samples(time_s, item, table["value"].to_numpy(), ids))
    _, r = air.balance(started(vehicle), vehicle, shown)
    z = standardised(r, 2 * HOUR)
    assert z.size > 1000
    assert np.std(z) < 1.3
    assert abs(np.mean(z)) < 0.15


# --- belief handed on -------------------------------------------------------------------------------------------------


def settled_memory(vehicle: Vehicle, hours: float = 2.0) -> air.AirMemory:
    rng = np.random.default_rng(3)
    n = int(hours * HOUR)
    shown = frames(vehicle, seconds(n), read(rng, vehicle, log_gas(rng, vehicle, n)))
    return air.balance(started(vehicle), vehicle, shown)[0]


def test_a_flow_expected_is_a_prior_and_nothing_else_moves() -> None:
    memory = settled_memory(ship([gauge("P1"), glass("T1")]))
    followed = air.expect_flow(memory, -4e-6, 1e-6)
    assert followed.x[FLOW] == -4e-6
    assert followed.p[FLOW, FLOW] == pytest.approx(1e-12)
    assert followed.walk[FLOW] > 0.0
    others = np.arange(memory.x.size) != FLOW
    np.testing.assert_array_equal(followed.x[others], memory.x[others])
    np.testing.assert_array_equal(followed.p[np.ix_(others, others)], memory.p[np.ix_(others, others)])
    assert not followed.p[FLOW, others].any()


def test_a_flow_forgotten_is_zero_and_stays_zero() -> None:
    vehicle = ship([gauge("P1"), glass("T1")])
    memory = air.forget_flow(air.expect_flow(settled_memory(vehicle), -4e-6, 1e-6))
    fall = shown_for(vehicle, -3e-6 * np.arange(float(HOUR)))
    later = replace(fall, time_s=fall.time_s + 3 * HOUR)
    memory, _ = air.balance(memory, vehicle, later)
    state = believed(memory, vehicle)
    assert (state.followed, state.loss_per_s, state.loss_sd_per_s) == (False, 0.0, 0.0)


def test_mass_that_may_wander_follows_what_an_operation_does_to_it() -> None:
    vehicle = ship([gauge("P1"), glass("T1")])
    memory = settled_memory(vehicle)
    level = believed(memory, vehicle).pressure_pa
    loose = air.let_mass_wander(memory, 1e-8)
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
        new = air.accept(memory, 5e-6 * along, covariance, follow)
        np.testing.assert_allclose(new.x - memory.x, 5e-6 * along, atol=1e-18)
        np.testing.assert_allclose(new.p - memory.p, covariance, atol=1e-20)
        assert believed(new, vehicle).followed is follow
        # a followed flow wanders by 2 % in an hour
        assert np.sqrt(new.walk[FLOW] * HOUR) == pytest.approx(0.02 * 5e-6 if follow else 0.0)


def test_a_sensor_found_drifting_says_no_more_about_gas() -> None:
    """P1 falls by 1 mmHg an hour, P2 stands: once P1 is distrusted the mass stays where P2 has it."""
    vehicle = ship([gauge("P1"), gauge("P2")])
    memory = air.loosen_bias(settled_memory(vehicle), 0, 133.0 / HOUR / PRESSURE_PA)
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
