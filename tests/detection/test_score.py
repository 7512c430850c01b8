"""Evidence carried along innovations: against a balance run twice, and whatever the blocks."""

from dataclasses import replace
from typing import Any

import lookout
import numpy as np
import pytest
from one_room import PRESSURE_PA, T0, TEMPERATURE_K, cut, frames, gauge, glass, log_gas, read, seconds, ship

from hullwatch.balance.layout import DRIVE, EXPANSION, FLOW, HEAT, MASS
from hullwatch.detection import score
from hullwatch.estimators import change
from hullwatch.records import Floats, Residuals
from hullwatch.vehicle.facts import Vehicle

HOUR = 3_600
CELL = 2_048  # ticks of a cell of the grid at the end of the three hours below
ONSET_S = float(np.ceil(np.ceil((T0 + 1_500.0) / CELL) * CELL / 20.0) * 20.0 - T0)
"""The first window of noisy readings that ends in a cell: the candidate that the grid keeps of it."""
SMOOTH: dict[str, Any] = {"quantum_si": 0.0, "noise_si": 5.0, "publish": "periodic", "period_s": 1.0}


def two_sensors() -> Vehicle:
    return ship([gauge("P1", **SMOOTH), gauge("P2", **SMOOTH), glass("T1")])


def balanced(
    vehicle: Vehicle, log_pressure: Floats, error_pa: Floats, channel: str = "P1"
) -> tuple[lookout.Lookout, Residuals]:
    """The balance of a calm noisy world with these deviations added, and the evidence it leaves."""
    rng = np.random.default_rng(12)
    shown = read(rng, vehicle, log_gas(rng, vehicle, log_pressure.size) + log_pressure)
    shown[channel] = shown[channel] + error_pa
    here, _, residuals = lookout.hear(lookout.begin(vehicle), frames(vehicle, seconds(log_pressure.size), shown))
    return here, residuals


def deviation(kind: str, n: int) -> tuple[Floats, Floats]:
    """What a unit change adds to the logarithm of pressure and to P1 relative to nominal pressure, once a second.

    A frame that closes a window speaks of its mean: a candidate there stands for a step before the window, or for a
    drift from the middle of it. The balance knows what a flow does within a window: a loss begins at the frame itself.
    """
    clock, zero = np.arange(float(n)), np.zeros(n)
    lost, since = np.maximum(clock - ONSET_S, 0.0), np.maximum(clock - ONSET_S + 10.5, 0.0)
    after = np.asarray((clock >= ONSET_S - 20.0) * 1.0, dtype=np.float64)
    wall_s = two_sensors().compartments[0].wall_time_s
    # a loss cools the gas that stays: d ln T = 0.4 d ln n, made good by the walls
    loss = -(lost + 0.4 * wall_s * -np.expm1(-lost / wall_s))
    # a unit jump of what heats the gas: heat follows it and both come back, x'' + 2 x'/tau + x/tau^2 = 0, x' = 1/tau
    lags = np.maximum(clock - ONSET_S + 20.0, 0.0) / two_sensors().thermal.residual_s
    upset = lags * np.exp(-lags)
    return {
        "loss": (loss, zero), "step": (after, zero), "upset": (upset, zero), "drift": (zero, since),
        "jump": (zero, after),
    }[kind]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "row", "unit"),
    [
        ("loss", score.LOSS, 1e-8),
        ("step", score.STEP, 1e-5),
        ("upset", score.UPSET, 1e-4),
        ("drift", score.SENSOR_DRIFT, 1e-8),
        ("jump", score.SENSOR_STEP, 1e-5),
        ("drift of P2", score.SENSOR_DRIFT + 2, 1e-8),
        ("jump of P2", score.SENSOR_STEP + 2, 1e-5),
    ],
)
def test_sums_are_those_of_a_balance_run_with_and_without_the_change(kind: str, row: int, unit: float) -> None:
    vehicle, n = two_sensors(), 3 * HOUR
    here, plain = balanced(vehicle, np.zeros(n), np.zeros(n))
    gas, sensor = deviation(kind.split()[0], n)
    _, changed = balanced(vehicle, unit * gas, unit * sensor * PRESSURE_PA, kind.split()[-1] if " " in kind else "P1")
    signature = (changed.nu - plain.nu) / unit
    a, b = float(np.sum(signature * plain.nu / plain.s)), float(np.sum(signature**2 / plain.s))
    place = here.score.began[: here.score.held].tolist().index(T0 + ONSET_S)
    assert here.score.b[row, place] == pytest.approx(b, rel=0.02)
    # a loss candidate takes the averaging window that closes at its own onset to be already within it
    near = 0.1 if kind == "loss" else 0.05
    assert here.score.a[row, place] / here.score.b[row, place] == pytest.approx(a / b, abs=near * b**-0.5)


def test_the_same_rows_in_other_blocks_give_the_same_bits() -> None:
    vehicle = ship([gauge("P1"), gauge("P2", noise_si=25.0), glass("T1")])
    rng = np.random.default_rng(6)
    n = 2 * HOUR
    whole = frames(vehicle, seconds(n), read(rng, vehicle, log_gas(rng, vehicle, n)))
    one, _, _ = lookout.hear(lookout.begin(vehicle), whole)
    for places in (range(0, n, 7), sorted({0, *rng.integers(0, n, 25).tolist()})):
        here = lookout.begin(vehicle)
        for start, stop in zip(places, [*places[1:], n], strict=True):
            here, _, _ = lookout.hear(here, cut(whole, start, stop))
        for name in ("onset", "began", "clock"):
            assert getattr(here.score, name).tobytes() == getattr(one.score, name).tobytes(), name
        held = one.score.held
        for name in ("a", "b", "d"):
            assert getattr(here.score, name)[:, :held].tobytes() == getattr(one.score, name)[:, :held].tobytes(), name


def highest(memory: score.ScoreMemory) -> float:
    """The largest log-likelihood ratio of all kinds and onsets."""
    a, b = memory.a[:, : memory.held], memory.b[:, : memory.held]
    return float(np.max(np.where(b > 0.0, 0.5 * a**2 / np.where(b > 0.0, b, 1.0), 0.0)))


def test_it_stops_at_the_frame_that_passes_and_at_no_other() -> None:
    vehicle = ship([gauge("P1"), gauge("P2"), glass("T1")])
    rng = np.random.default_rng(2)
    n = 3 * HOUR
    fall = -4e-6 * np.maximum(np.arange(float(n)) - HOUR, 0.0)
    whole = frames(vehicle, seconds(n), read(rng, vehicle, log_gas(rng, vehicle, n) + fall))
    h = 10.0
    here, place, residuals = lookout.hear(lookout.begin(vehicle), whole, h)
    assert place is not None
    assert place > HOUR
    assert highest(here.score) > h
    before, early, _ = lookout.hear(lookout.begin(vehicle), cut(whole, 0, place), h)
    assert early is None
    assert highest(before.score) <= h
    assert residuals.frame[-1] == place


def test_candidates_begin_at_frames_and_reach_back_to_the_start() -> None:
    vehicle = ship([gauge("P1"), glass("T1")])
    n = HOUR
    shown = frames(vehicle, seconds(n), {"P1": np.full(n, PRESSURE_PA), "T1": np.full(n, TEMPERATURE_K)})
    here, _, residuals = lookout.hear(lookout.begin(vehicle), shown)
    held = here.score.held
    began = here.score.began[:held]
    assert (np.diff(began) > 0.0).all()
    assert set(began) <= set(shown.time_s[residuals.frame])
    assert began[-1] == shown.time_s[residuals.frame[-1]]  # what was read last may have begun then
    assert began[0] <= T0 + 120.0
    assert (here.score.onset[:held] == np.floor(began / change.TICK_S)).all()


def test_restarting_forgets_candidates_but_not_the_group() -> None:
    vehicle = two_sensors()
    here, _ = balanced(vehicle, np.zeros(HOUR), np.zeros(HOUR))
    fresh = score.restart(here.score)
    assert (fresh.held, fresh.sensors) == (0, 2)
    assert not fresh.a.any()
    np.testing.assert_array_equal(fresh.ramp, here.score.ramp)
    np.testing.assert_array_equal(fresh.jump, here.score.jump)
    assert score.ratios(fresh) == (0.0, 0.0)


def test_forgiving_a_sensor_drops_what_was_held_against_all_sensors_and_nothing_of_gas() -> None:
    here, _ = balanced(two_sensors(), np.zeros(HOUR), np.zeros(HOUR))
    forgiven = score.forgive(here.score)
    assert here.score.a.shape[0] == score.SENSOR_DRIFT + 4
    for row in range(score.SENSOR_DRIFT + 4):
        of_gas = row in (score.LOSS, score.STEP, score.UPSET)
        for name in ("a", "b", "d"):
            found, was = getattr(forgiven, name)[row], getattr(here.score, name)[row]
            assert was.any()
            np.testing.assert_array_equal(found, was if of_gas else np.zeros_like(was))
    np.testing.assert_array_equal(forgiven.onset, here.score.onset)


def test_a_loss_is_a_flow_that_mass_and_expansion_follow() -> None:
    """At any later time a unit loss has taken one a second of the mass and is still a flow of minus one."""
    memory = lookout.begin(two_sensors()).score
    jump, relax = memory.jump[score.LOSS], memory.relax_s
    assert jump[FLOW] == -1.0
    assert np.count_nonzero(jump) == 1
    assert not memory.ramp[score.LOSS].any()
    d = np.zeros((1, change.ROOM, jump.size))
    d[0, 0] = jump
    for _ in range(4000):
        change.drift(d, 1, relax, memory.into, memory.source, memory.weight, np.zeros((1, jump.size)), 0.5)
    assert d[0, 0, MASS] == pytest.approx(-2000.0)
    assert d[0, 0, FLOW] == -1.0
    assert d[0, 0, EXPANSION] == pytest.approx(
        -0.4 * relax[EXPANSION] * -np.expm1(-2000.0 / relax[EXPANSION]), rel=0.01
    )


def test_an_upset_is_heat_that_comes_and_goes_again_and_takes_no_gas() -> None:
    """At any later time a unit jump of the drive has left d exp(-d) in the heat, d lags on, and nothing elsewhere."""
    memory = lookout.begin(two_sensors()).score
    jump, relax_s = memory.jump[score.UPSET], two_sensors().thermal.residual_s
    assert np.flatnonzero(jump).tolist() == [DRIVE]
    assert jump[DRIVE] == 1.0
    assert not memory.ramp[score.UPSET].any()
    for lags in (0.3, 1.0, 4.0):
        d = np.zeros((1, change.ROOM, jump.size))
        d[0, 0] = jump
        for _ in range(100):
            change.drift(
                d, 1, memory.relax_s, memory.into, memory.source, memory.weight, np.zeros((1, jump.size)),
                lags * relax_s / 100,
            )  # fmt: skip
        assert d[0, 0, HEAT] == pytest.approx(lags * np.exp(-lags))
        assert d[0, 0, DRIVE] == pytest.approx(np.exp(-lags))
        others = np.delete(d[0, 0], [HEAT, DRIVE])
        assert not others.any()


def test_waiting_is_longer_for_an_older_change_and_looks_at_nothing_meanwhile() -> None:
    """A fall that goes on is looked at again once the youngest of what it may be has grown older by its share."""
    vehicle = two_sensors()
    rng = np.random.default_rng(5)
    n = 3 * HOUR
    fall = -8e-6 * np.maximum(np.arange(float(n)) - HOUR, 0.0)
    whole = frames(vehicle, seconds(n), read(rng, vehicle, log_gas(rng, vehicle, n) + fall))
    here, at = lookout.begin(vehicle), 0
    until_s = now_s = 0.0
    looked = 0
    while until_s < now_s + 30.0:  # one that may have begun at this very frame is not waited for
        here, place, _ = lookout.hear(here, cut(whole, at, n), 10.0)
        assert place is not None
        at, looked = at + place + 1, looked + 1
        now_s = float(whole.time_s[at - 1])
        waiting = score.wait(here.score, now_s)
        until_s = float(waiting.clock[2])
    assert looked > 1
    began = here.score.began[: here.score.held]
    youngest = max(
        began[np.argmax(0.5 * a * a / np.where(b > 0.0, b, np.inf))]
        for a, b in zip(here.score.a[:, : began.size], here.score.b[:, : began.size], strict=True)
    )
    assert until_s == pytest.approx(now_s + score.LOOK_SHARE * (now_s - youngest))
    later, place, _ = lookout.hear(replace(here, score=waiting), cut(whole, at, n), 10.0)
    assert place is not None
    again_s = float(whole.time_s[at + place])
    assert until_s <= again_s < until_s + 30.0  # frames that end a window come every 20 s
    # the evidence goes on all the same
    plain, _, _ = lookout.hear(here, cut(whole, at, at + place + 1), np.inf)
    np.testing.assert_array_equal(later.score.a, plain.score.a)
    np.testing.assert_array_equal(waiting.a, here.score.a)


def test_nothing_is_waited_for_where_there_is_no_evidence() -> None:
    fresh = lookout.begin(two_sensors()).score
    assert score.wait(fresh, T0).clock[2] == T0


def test_a_frozen_grid_takes_no_more_candidates_and_loses_none() -> None:
    vehicle = two_sensors()
    rng = np.random.default_rng(12)
    shown = frames(vehicle, seconds(2 * HOUR), read(rng, vehicle, log_gas(rng, vehicle, 2 * HOUR)))
    here, _, _ = lookout.hear(lookout.begin(vehicle), cut(shown, 0, HOUR))
    frozen, _, _ = lookout.hear(replace(here, score=score.freeze(here.score)), cut(shown, HOUR, 2 * HOUR))
    held = here.score.held
    assert frozen.score.held == held
    np.testing.assert_array_equal(frozen.score.began[:held], here.score.began[:held])
    old = here.score.b[score.LOSS, :held] > 0.0
    assert (frozen.score.b[score.LOSS, :held][old] > here.score.b[score.LOSS, :held][old]).all()
