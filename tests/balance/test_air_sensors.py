"""What every kind of sensor says to the balance of a group, and when it is not heard."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from one_room import (
    PRESSURE_PA,
    T0,
    TEMPERATURE_K,
    believed,
    cut,
    frames,
    gauge,
    glass,
    log_gas,
    read,
    readings,
    seconds,
    settled_memory,
    ship,
    shown_for,
    started,
)

from hullwatch.balance import air, amend, heard, manner
from hullwatch.balance.layout import EXPANSION, FLOW, GAINS, HEAT, MASS, UNMETERED
from hullwatch.records import Floats, Quality
from hullwatch.vehicle.facts import Channel, Vehicle

HOUR = 3_600
LONE: dict[str, Any] = {"noise_si": 30.0, "quantum_si": 0.0}
METER = Channel("OGA", "oxygen made", "o2_generation", "kg/s", "A", (-1e-4, 1e-3))


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
    falling = amend.expect_flow(started(vehicle), -2e-6, 1e-7)  # known to fall
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
        amend.expect_flow(started(vehicle), -1e-4, 1e-4), vehicle,
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
    moved = amend.accept(memory, gone, np.outer(gone, gone), follow=False)
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
