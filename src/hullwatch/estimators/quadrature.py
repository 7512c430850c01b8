"""Quantiles of products and mixtures by plain enumeration: no sampling, so the same numbers every time."""

from math import erf, sqrt
from statistics import NormalDist

import numpy as np

from hullwatch.records import Floats, Interval

_STANDARD = NormalDist()
SIGMAS_90 = 1.645
"""Half width of a 90 % interval of a normal quantity, in standard deviations."""


def weighted_interval(value: Floats, weight: Floats) -> Interval:
    """Median and 5 % and 95 % points of values (n,) with weights (n,), linear between the cell middles.

    Source : definition; compared in tests/estimators/test_quadrature.py with sorted replication.
    """
    order = np.argsort(value, kind="stable")
    v, w = value[order], weight[order]
    reach = np.cumsum(w) - 0.5 * w
    low, median, high = np.interp(np.array([0.05, 0.5, 0.95]) * w.sum(), reach, v)
    return Interval(float(median), float(low), float(high))


def positive_normal_nodes(mean: float, sd: float, n: int = 65) -> Floats:
    """Middles of n equally probable cells of N(mean, sd^2) cut at zero, (n,).

    Holds for : any mean; far below zero the cut leaves an exponential tail of scale sd^2/|mean|.
    Source : inverse distribution function; compared in tests/estimators/test_quadrature.py.
    """
    if sd <= 0.0:
        return np.full(n, max(mean, 0.0))
    share = (np.arange(n) + 0.5) / n
    if mean < -6.0 * sd:
        return np.asarray(-np.log1p(-share) * sd * sd / -mean)
    below = 0.5 * (1.0 - erf(mean / sd / sqrt(2.0)))
    point = np.clip(below + share * (1.0 - below), 1e-15, 1.0 - 1e-15)
    return np.array([max(mean + sd * _STANDARD.inv_cdf(float(q)), 0.0) for q in point])


def normal_nodes(n: int = 33) -> Floats:
    """Middles of n equally probable cells of the standard normal, (n,)."""
    return np.array([_STANDARD.inv_cdf((k + 0.5) / n) for k in range(n)])


def product_interval(factors: tuple[Floats, ...]) -> Interval:
    """Interval of the product of independent factors, each given by equally probable nodes."""
    grid = factors[0]
    for factor in factors[1:]:
        grid = np.outer(grid, factor).ravel()
    return weighted_interval(grid, np.full(grid.size, 1.0 / grid.size))
