"""The balance of a group: a calm cabin, a leak, heat, supply, and whole worlds."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from one_room import (
    PRESSURE_PA,
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
    ship,
    shown_for,
    started,
)

from hullwatch.balance import air, amend
from hullwatch.balance.layout import GAINS, MASS, UNMETERED
from hullwatch.records import Floats, Residuals, Samples
from hullwatch.simulation.load import ship_of
from hullwatch.simulation.play import simulate
from hullwatch.simulation.scenario import parse_scenario
from hullwatch.telemetry import clean
from hullwatch.vehicle.facts import Channel

HOUR = 3_600
EXACT: dict[str, Any] = {"quantum_si": 0.01, "noise_si": 0.001, "bias_si": 1e-3, "drift_si_day": 0.0}
METER = Channel("OGA", "oxygen made", "o2_generation", "kg/s", "A", (-1e-4, 1e-3))


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
    memory = amend.expect_flow(started(vehicle), 0.0, 1e-5)
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
