"""Wall temperatures: what wanders unseen is the process the balance assumes, judged by its covariance."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import solve_triangular

from hullwatch.records import Floats
from hullwatch.simulation.load import ship_of
from hullwatch.simulation.scenario import Scenario, parse_scenario
from hullwatch.simulation.walls import STEP_S, clock_of, unseen_heat, walls_of
from hullwatch.vehicle.facts import Vehicle

TEXT = """
name = "walls"
title = "Nothing but walls"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "5 h"
seed = 7
"""


def world(residual_s: float = 3_600.0, more: str = "") -> tuple[Scenario, Vehicle]:
    scenario = parse_scenario(TEXT + more)
    vehicle = ship_of(scenario)
    return scenario, replace(vehicle, thermal=replace(vehicle.thermal, residual_k=0.06, residual_s=residual_s))


def matern(scenario: Scenario, vehicle: Vehicle) -> Floats:
    """Covariance on the wall clock (Rasmussen & Williams 2006, equation 4.17), K^2."""
    clock = clock_of(scenario) / vehicle.thermal.residual_s
    lags = np.abs(np.subtract.outer(clock, clock))
    return np.asarray(vehicle.thermal.residual_k**2 * (1.0 + lags) * np.exp(-lags))


@pytest.mark.parametrize("residual_s", [600.0, 3_600.0, 14_400.0])
def test_unseen_heat_has_the_covariance_that_the_balance_assumes(residual_s: float) -> None:
    """Drawn step by step, whitened by the dense covariance: independent numbers of variance one, the first as the last.

    24,400 numbers: their mean square is known within 0.9 %, asked within 5 of these; of 40 columns each within 5.5.
    """
    scenario, vehicle = world(residual_s)
    root = np.linalg.cholesky(matern(scenario, vehicle))
    rng = np.random.default_rng(3)
    draws = np.array([unseen_heat(scenario, vehicle, rng) for _ in range(80)])
    white = solve_triangular(root, draws.T, lower=True)
    assert white.shape == (clock_of(scenario).size, 80)
    assert np.mean(white**2) == pytest.approx(1.0, abs=5.0 * np.sqrt(2.0 / white.size))
    assert abs(np.mean(white)) < 5.0 / np.sqrt(white.size)
    together = np.mean(white[1:] * white[:-1])
    assert abs(together) < 5.0 / np.sqrt(white.size)
    early, late = np.mean(white[:2] ** 2), np.mean(white[-2:] ** 2)
    assert (early, late) == pytest.approx((1.0, 1.0), abs=5.0 * np.sqrt(2.0 / 160.0))


def test_unseen_heat_does_not_jump_and_neither_does_its_slope() -> None:
    """White noise through one lag would move by 0.18 of its spread in a minute; through two by 0.017."""
    scenario, vehicle = world()
    rng = np.random.default_rng(4)
    draws = np.array([unseen_heat(scenario, vehicle, rng) for _ in range(40)]) / vehicle.thermal.residual_k
    minute = STEP_S / vehicle.thermal.residual_s
    assert np.std(np.diff(draws)) == pytest.approx(minute, rel=0.1)
    # of the second difference, from the covariance: were the slope to jump it would be as large as the first
    lags = minute * np.arange(3.0)
    c = (1.0 + lags) * np.exp(-lags)
    second = np.sqrt(6.0 * c[0] - 8.0 * c[1] + 2.0 * c[2])
    assert np.std(np.diff(draws, n=2)) == pytest.approx(second, rel=0.05)
    assert second < 0.3 * minute


@pytest.mark.parametrize("factor", [0.0, 2.5])
def test_unseen_heat_follows_the_scenarios_factor(factor: float) -> None:
    plain = unseen_heat(*world(), np.random.default_rng(5))
    scaled = unseen_heat(*world(more=f"unseen_heat = {factor}\n"), np.random.default_rng(5))
    np.testing.assert_allclose(scaled, factor * plain, rtol=1e-12)


def test_what_wanders_unseen_moves_all_walls_alike() -> None:
    scenario, vehicle = world()
    unseen = unseen_heat(scenario, vehicle, np.random.default_rng(6))
    moved, still = (walls_of(scenario, vehicle, u).temperature_k for u in (unseen, np.zeros_like(unseen)))
    np.testing.assert_allclose(moved - still, np.tile(unseen[:, None], (1, len(vehicle.compartments))), atol=1e-10)
