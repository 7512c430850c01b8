"""Sensors doubted: a gauge in other air, one left behind, one outvoted, a thermometer that jumps or is lost."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from one_room import (
    PRESSURE_PA,
    T0,
    TEMPERATURE_K,
    frames,
    gauge,
    glass,
    log_gas,
    read,
    seconds,
    ship,
    smooth_wandering,
)

from hullwatch.balance import air
from hullwatch.balance.doubts import doubts
from hullwatch.balance.layout import DRIVE, MASS, lay_out
from hullwatch.records import Floats, Frames, Quality, QualityNote
from hullwatch.vehicle.facts import Vehicle

HOUR = 3_600
SHARP = ship([gauge("P1"), gauge("P2"), gauge("P3"), replace(glass("T1"), spike_si=0.5)])
COARSE = ship([gauge("P1"), gauge("P2"), gauge("P3", quantum_si=85.0, noise_si=20.0)])


def balanced(vehicle: Vehicle, whole: Frames) -> air.AirMemory:
    spoken = frozenset(c.id for c in vehicle.channels)
    start = air.begin(vehicle, lay_out(vehicle, tuple(c.id for c in vehicle.compartments), spoken))
    return air.balance(start, vehicle, whole)[0]


def day(vehicle: Vehicle, seed: int, hours: float) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    return read(rng, vehicle, log_gas(rng, vehicle, int(hours * HOUR)))


def noted(vehicle: Vehicle, shown: Mapping[str, Floats]) -> tuple[QualityNote, ...]:
    n = next(iter(shown.values())).size
    return doubts(balanced(vehicle, frames(vehicle, seconds(n), shown)), vehicle)


@pytest.mark.parametrize("seed", range(4))
def test_sound_sensors_are_not_doubted(seed: int) -> None:
    assert noted(SHARP, day(SHARP, seed, 6.0)) == ()
    assert noted(COARSE, day(COARSE, seed, 6.0)) == ()


@pytest.mark.parametrize("by_pa", [-5300.0, 5300.0])
def test_a_gauge_in_other_air_is_named_since_when(by_pa: float) -> None:
    shown = day(SHARP, 0, 4.0)
    shown["P2"] = shown["P2"] + by_pa * (np.arange(4 * HOUR) >= 2 * HOUR)
    (note,) = noted(SHARP, shown)
    assert (note.kind, note.channel, note.start_s) == ("apart", "P2", T0 + 2 * HOUR)
    assert ("below" if by_pa < 0.0 else "above") in note.why


def test_of_two_gauges_neither_is_said_to_be_apart() -> None:
    pair = ship([gauge("P1"), gauge("P2")])
    shown = day(pair, 0, 2.0)
    shown["P2"] = shown["P2"] - 5300.0
    assert noted(pair, shown) == ()


@pytest.mark.parametrize("seed", range(3))
def test_a_gauge_that_stands_while_two_others_go_on_is_stuck(seed: int) -> None:
    shown = day(SHARP, seed, 5.0)
    fall = 150.0 * np.maximum(np.arange(5.0 * HOUR) - HOUR, 0.0) / (4 * HOUR)
    shown = {k: v - fall if k.startswith("P") else v for k, v in shown.items()}
    shown["P1"] = np.where(np.arange(5 * HOUR) < HOUR, shown["P1"], shown["P1"][HOUR])
    kinds = [(note.kind, note.channel) for note in noted(SHARP, shown)]
    assert kinds == [("stuck", "P1")]


def test_a_thermometer_that_jumps_is_named_and_moves_no_gas() -> None:
    shown = day(SHARP, 1, 4.0)
    whole = frames(SHARP, seconds(4 * HOUR), shown)
    sound = balanced(SHARP, whole)
    shown["T1"] = shown["T1"] + 3.0 * (np.arange(4 * HOUR) >= 2 * HOUR)
    jumped = balanced(SHARP, frames(SHARP, seconds(4 * HOUR), shown))
    (note,) = doubts(jumped, SHARP)
    assert (note.kind, note.channel, note.start_s) == ("jump", "T1", T0 + 2 * HOUR)
    assert "rose by 3 K" in note.why
    assert jumped.x[MASS] == pytest.approx(float(sound.x[MASS]), abs=1e-9)


@pytest.mark.parametrize("way", [-1.0, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_spikes_of_a_coarse_gauge_move_no_gas_while_two_sharp_ones_stand(way: float, seed: int) -> None:
    shown = day(COARSE, seed, 3.0)
    sound = balanced(COARSE, frames(COARSE, seconds(3 * HOUR), shown))
    again = np.isin(np.arange(3 * HOUR) % 600, range(100, 160))  # a minute in every ten: three windows in a row
    shown["P3"] = shown["P3"] + way * 650.0 * again
    spiked = balanced(COARSE, frames(COARSE, seconds(3 * HOUR), shown))
    assert abs(spiked.x[MASS] - sound.x[MASS]) < 20.0 / PRESSURE_PA


def test_while_no_thermometer_is_heard_heat_wanders_by_what_it_would_have_shown_as_well() -> None:
    n = 12 * HOUR
    rng = np.random.default_rng(2)
    shown = day(SHARP, 2, 12.0)
    shown["T1"] = TEMPERATURE_K + smooth_wandering(rng, n, 1.0, 2.0 * HOUR)
    whole = frames(SHARP, seconds(n), shown)
    heard = balanced(SHARP, whole)
    whole.flags[n // 4 :, 3] |= int(Quality.STUCK)
    lost = balanced(SHARP, whole)
    heat = SHARP.thermal
    swing_k = 1.0 * sum(heat.gain)  # of the gas with a thermometer that swings by 1 K
    assert lost.heat_sd * TEMPERATURE_K == pytest.approx((heat.blind_residual_k**2 + swing_k**2) ** 0.5)
    assert heard.heat_sd == pytest.approx(heat.residual_k / TEMPERATURE_K)
    assert lost.p[DRIVE, DRIVE] > 2.0 * heard.p[DRIVE, DRIVE]
