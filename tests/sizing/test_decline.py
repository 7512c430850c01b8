import math

import numpy as np
import pytest

from hullwatch.errors import OutOfRange
from hullwatch.sizing.decline import EXPONENTS, compare_declines

T = np.linspace(0.0, 20.0, 9)


def made(n, seed=0, noise=300.0):
    tau = 6.0
    shape = np.exp(-T / tau) if n == 1.0 else (1 + (n - 1) * T / tau) ** (-1 / (n - 1))
    return 6e4 * shape + noise * np.random.default_rng(seed).standard_normal(T.size)


@pytest.mark.parametrize("n", [1.0, 1.5, 2.0])
def test_exponent_is_recovered(n):
    inside = [compare_declines(T, made(n, seed)).exponent for seed in range(40)]
    assert sum(i.low <= n <= i.high for i in inside) >= 32  # 90 % of 40, three sigma below
    assert np.median([i.median for i in inside]) == pytest.approx(n, abs=0.1)


def test_the_true_law_wins():
    assert compare_declines(T, made(2.0)).log_bayes_factor > math.log(100)
    assert compare_declines(T, made(1.0)).log_bayes_factor < -math.log(100)


def test_evidence_against_a_grid_over_tau_first_pressure_and_noise():
    """Slow and obviously right: the same posterior summed over three dimensions."""
    p = made(1.5, 3, noise=1500.0)
    rough = (T[-1] - T[0]) / (2 * (math.sqrt(p[0] / p[-1]) - 1))
    tau = rough * np.exp(np.linspace(-3.0, 3.0, 241))
    first = np.linspace(3e4, 9e4, 601)
    log_noise = np.linspace(math.log(100.0), math.log(3e4), 300)
    sums = {}
    for name, n in EXPONENTS.items():
        total = 0.0
        for t in tau:
            shape = np.exp(-T / t) if n == 1.0 else 1 / (1 + T / t)
            square = ((p - first[:, None] * shape) ** 2).sum(axis=1)
            like = -0.5 * square[:, None] / np.exp(2 * log_noise) - T.size * log_noise
            total += float(np.exp(like + 9 * math.log(1500.0)).sum())
        sums[name] = total
    assert compare_declines(T, p).log_bayes_factor == pytest.approx(math.log(sums["crack"] / sums["orifice"]), abs=0.05)


def test_too_little_to_compare():
    with pytest.raises(OutOfRange, match="time_s"):
        compare_declines(T[:3], made(1.0)[:3])
    with pytest.raises(OutOfRange, match="pressure_pa"):
        compare_declines(T, np.full(9, 1e5))
