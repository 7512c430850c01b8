"""Wall temperatures of a scenario: the crew's day, heat events, and wandering that no thermometer shows."""

import numpy as np

from hullwatch.models.cabin_flow import Walls
from hullwatch.models.day import crew_day_cycle
from hullwatch.records import Floats
from hullwatch.simulation.events import Heat
from hullwatch.simulation.scenario import Scenario
from hullwatch.vehicle.facts import Vehicle

STEP_S = 60.0


def clock_of(scenario: Scenario) -> Floats:
    """The even clock of the wall table, (k,) s, reaching past the end of the scenario."""
    return np.asarray(
        scenario.start_s + STEP_S * np.arange(int(np.ceil(scenario.duration / STEP_S)) + 2), dtype=np.float64
    )


def unseen_heat(scenario: Scenario, vehicle: Vehicle, rng: np.random.Generator) -> Floats:
    """Temperature of all gas that thermometers do not follow, (k,) K on the wall clock: white noise through two equal
    lags, so that neither it nor its slope jumps, with the standard deviation and time constant the vehicle states."""
    still = np.array([[2.0, 1.0], [1.0, 1.0]])  # variance of drive and heat at rest
    d = STEP_S / vehicle.thermal.residual_s
    keep = np.exp(-d) * np.array([[1.0, 0.0], [d, 1.0]])
    kicks = rng.standard_normal((clock_of(scenario).size, 2)) @ np.linalg.cholesky(still - keep @ still @ keep.T).T
    kicks[0] = np.linalg.cholesky(still) @ rng.standard_normal(2)
    for k in range(1, kicks.shape[0]):
        kicks[k] += keep @ kicks[k - 1]
    return np.asarray(kicks[:, 1] * scenario.unseen_heat * vehicle.thermal.residual_k)


def walls_of(scenario: Scenario, vehicle: Vehicle, unseen_k: Floats) -> Walls:
    """The wall table of every compartment."""
    clock = clock_of(scenario)
    compartments = [c.id for c in vehicle.compartments]
    swing = np.tile([scenario.heat * c.heat_cycle_k for c in vehicle.compartments], (clock.size, 1))
    level = np.full_like(swing, vehicle.atmosphere.temperature_k.value)
    heats = sorted((e for e in scenario.events if isinstance(e, Heat)), key=lambda e: e.at_s)
    for event in heats:
        places = [k for k, id in enumerate(compartments) if event.compartments is None or id in event.compartments]
        reached = -np.expm1(-np.maximum(clock - event.at_s, 0.0) / event.ramp)[:, None]
        base = scenario.heat * np.array([c.heat_cycle_k for c in vehicle.compartments])[places]
        swing[:, places] += reached * (event.factor * base - swing[:, places])
        level[:, places] += reached * event.offset
    table = level + swing * crew_day_cycle(clock)[:, None] + unseen_k[:, None]
    heat = np.array([c.wall_heat_j_k for c in vehicle.compartments])
    return Walls(scenario.start_s, STEP_S, table, heat if np.isfinite(heat).any() else np.zeros(0))
