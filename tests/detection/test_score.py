"""Evidence carried along innovations: against a balance run twice, and whatever the blocks."""

from dataclasses import replace
from typing import Any

import lookout
import numpy as np
import pytest
from one_room import PRESSURE_PA, T0, TEMPERATURE_K, cut, frames, gauge, glass, log_gas, read, seconds, ship

from hullwatch.balance.layout import EXPANSION, FLOW, MASS
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


def balanced(vehicle: Vehicle, log_pressure: Floats, p1_pa: Floats) -> tuple[lookout.Lookout, Residuals]:
    """The balance of a calm noisy world with these deviations added, and the evidence it leaves."""
    rng = np.random.default_rng(12)
    shown = read(rng, vehicle, log_gas(rng, vehicle, log_pressure.size) + log_pressure)
    shown["P1"] = shown["P1"] + p1_pa
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
    return {"loss": (loss, zero), "step": (after, zero), "drift": (zero, since), "jump": (zero, after)}[kind]


@pytest.mark.parametrize(
    ("kind", "row", "unit"), [("loss", 0, 1e-8), ("step", 1, 1e-5), ("drift", 2, 1e-8), ("jump", 3, 1e-5)]
)
def test_sums_are_those_of_a_balance_run_with_and_without_the_change(kind: str, row: int, unit: float) -> None:
    vehicle, n = two_sensors(), 3 * HOUR
    here, plain = balanced(vehicle, np.zeros(n), np.zeros(n))
    gas, sensor = deviation(kind, n)
    _, changed = balanced(vehicle, unit * gas, unit * sensor * PRESSURE_PA)
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
    assert score.ratios(here.score)[0] > h
    before, early, _ = lookout.hear(lookout.begin(vehicle), cut(whole, 0, place), h)
    assert early is None
    assert max(score.ratios(before.score)) <= h
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
    assert T0 + n - began[-1] <= 61.0
    assert began[0] < T0 + HOUR / 2
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
    for row in range(6):
        of_gas = row in (score.LOSS, score.STEP)
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
