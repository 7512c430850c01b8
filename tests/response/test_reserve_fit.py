"""The fit of a fall: its shape against the model that moves gas, its posterior against a grid, its coverage."""

import numpy as np
import pytest

from hullwatch.errors import OutOfRange
from hullwatch.models.emptying import Flows, Room, passages
from hullwatch.models.worlds import PRESSURE, Limits
from hullwatch.physics.gas import MOLAR_MASS, amount, fractions, mixture_gamma, mixture_molar_mass
from hullwatch.physics.leaks import hole
from hullwatch.physics.orifice import effective_area
from hullwatch.records import Floats
from hullwatch.response.reserve_fit import Gauge, _covariance, fit_fall, unit_falls

WALLS_S, WARM_K, P_PA = 143.0, 295.0, 101_000.0
GAUGE = Gauge(13.3, 13.5, 0.05, 1800.0)


def falls(elapsed: Floats, loss: float, wall_s: float = WALLS_S) -> Floats:
    fall, cooled = np.empty(elapsed.size), np.empty(elapsed.size)
    unit_falls(np.maximum(elapsed, 0.0), loss, wall_s, fall, cooled)
    return fall


@pytest.mark.parametrize("loss", [1e-6, 1e-4, 1e-3, 3e-3])
def test_the_shape_is_that_of_the_model(loss: float) -> None:
    share = fractions(P_PA, 21_000.0, 400.0, 1_000.0)
    moles = amount(P_PA, 100.0, WARM_K) * share
    gas = float(mixture_molar_mass(moles)), float(mixture_gamma(moles))
    area = effective_area(loss * float(moles @ MOLAR_MASS), P_PA, WARM_K, 0.0, *gas) / 0.8
    elapsed = np.array([10.0, 60.0, 150.0, 600.0, 2000.0])
    elapsed = elapsed[loss * elapsed < 1.0]
    fall = falls(elapsed, loss)
    flows = Flows(hole(area, (0.8, 0.8))[None, :], 1.0, np.zeros(4), 0.0, np.zeros(4))
    limits = Limits(np.full(elapsed.size, PRESSURE), P_PA * np.exp(-fall), np.ones(elapsed.size, dtype=np.bool_))
    found = passages(Room(moles, 100.0, WARM_K, WARM_K, WALLS_S), flows, limits, 1e9)
    # a hundred-thousandth of the pressure, or three thousandths of the time
    assert found == pytest.approx(elapsed, rel=3e-3, abs=1.2e-5 / loss)


def test_a_fall_without_noise_is_found_again() -> None:
    clock = np.concatenate([np.linspace(-600.0, -20.0, 30), np.linspace(2.0, 120.0, 40)])
    found = fit_fall(clock, P_PA * np.exp(-falls(clock, 5e-4)), GAUGE, WALLS_S, WARM_K, 5.0, 20.0)
    # the rate now: of gas that is colder by now
    assert found.loss_per_s == pytest.approx(5e-4 * np.exp(0.5 * found.cooled), rel=0.003)
    assert found.onset_s == pytest.approx(0.0, abs=0.2)
    assert found.misfit < 0.1
    steep = float(np.log(1.0 / np.exp(-falls(np.array([60.0]), 5e-4)[0])) / 60.0)
    assert steep > 1.2 * 5e-4  # what a ruler on the gauge would say


def test_a_settled_fall_from_two_readings() -> None:
    found = fit_fall(np.array([0.0, 3600.0]), P_PA * np.array([1.0, np.exp(-0.01)]), GAUGE, WALLS_S, WARM_K)
    assert found.loss_per_s == pytest.approx(0.01 / 3600.0, rel=0.01)
    assert found.onset_s is None
    noise = np.sqrt(2.0) * 13.3 / P_PA / 3600.0
    assert found.loss_sd_per_s > noise


def test_the_posterior_is_that_of_a_grid() -> None:
    rng = np.random.default_rng(2)
    clock = np.concatenate([np.linspace(-300.0, -10.0, 10), np.linspace(5.0, 90.0, 18)])
    root = np.linalg.cholesky(_covariance(clock, np.full(clock.size, P_PA), GAUGE, WARM_K, 4e-4))
    z = np.log(P_PA) - falls(clock, 4e-4) + root @ rng.standard_normal(clock.size)
    found = fit_fall(clock, np.exp(z), GAUGE, WALLS_S, WARM_K, 0.0, 10.0)
    best = found.loss_per_s / np.exp(0.5 * found.cooled)
    inverse = np.linalg.inv(_covariance(clock, np.exp(z), GAUGE, WARM_K, best))
    ones = np.ones(clock.size)
    losses = best + found.loss_sd_per_s * np.linspace(-4.0, 4.0, 33)
    weight = np.zeros(losses.size)
    for i, loss in enumerate(losses):
        for onset in np.linspace(-12.0, 12.0, 49):
            for wall in np.linspace(-0.9, 0.9, 13):
                miss = z + falls(clock - onset, loss, WALLS_S * np.exp(wall))
                # the level under a flat prior
                square = miss @ inverse @ miss - (ones @ inverse @ miss) ** 2 / (ones @ inverse @ ones)
                weight[i] += np.exp(-0.5 * (square + (onset / 10.0) ** 2 + (wall / 0.3) ** 2) + 0.5 * clock.size)
    mean = float((weight * losses).sum() / weight.sum())
    sd = float(np.sqrt((weight * (losses - mean) ** 2).sum() / weight.sum()))
    assert abs(mean - best) < 0.15 * sd
    assert found.loss_sd_per_s == pytest.approx(sd, rel=0.1)


def test_its_intervals_hold_what_they_say() -> None:
    rng = np.random.default_rng(7)
    clock = np.concatenate([np.linspace(-300.0, -10.0, 10), np.linspace(3.0, 90.0, 25)])
    inside = 0
    for _ in range(300):
        loss = 2e-4 * 5.0 ** rng.random()
        wall = WALLS_S * np.exp(0.3 * rng.standard_normal())
        root = np.linalg.cholesky(_covariance(clock, np.full(clock.size, P_PA), GAUGE, WARM_K, loss))
        z = np.log(P_PA) - falls(clock, loss, wall) + root @ rng.standard_normal(clock.size)
        found = fit_fall(clock, np.exp(z), GAUGE, WALLS_S, WARM_K, 10.0 * rng.standard_normal(), 10.0)
        now = loss * np.exp(0.5 * found.cooled)
        inside += abs(found.loss_per_s - now) < 1.645 * found.loss_sd_per_s
    assert 0.84 < inside / 300 < 0.95


def test_refusals() -> None:
    with pytest.raises(OutOfRange, match="at least 2 readings"):
        fit_fall(np.array([0.0]), np.array([P_PA]), GAUGE, WALLS_S, WARM_K)
    with pytest.raises(OutOfRange, match="at least 3 readings"):
        fit_fall(np.array([0.0, 60.0]), np.array([P_PA, P_PA]), GAUGE, WALLS_S, WARM_K, 0.0, 10.0)
    with pytest.raises(OutOfRange, match="above zero"):
        fit_fall(np.array([0.0, 60.0]), np.array([P_PA, 0.0]), GAUGE, WALLS_S, WARM_K)


@pytest.mark.parametrize("guess", [-40.0, 70.0, 500.0])
def test_a_bad_guess_of_the_onset_is_no_crash(guess: float) -> None:
    clock = np.concatenate([np.linspace(-300.0, -10.0, 10), np.linspace(3.0, 90.0, 25)])
    found = fit_fall(clock, P_PA * np.exp(-falls(clock, 5e-4)), GAUGE, WALLS_S, WARM_K, guess, 50.0)
    assert np.isfinite(found.loss_per_s)
    assert found.loss_per_s == pytest.approx(5e-4, rel=0.2)
