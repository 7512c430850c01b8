"""Quantiles by enumeration against sorted replication, numerical distribution functions and closed forms."""

from math import erfc, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.estimators.quadrature import normal_nodes, positive_normal_nodes, product_interval, weighted_interval

SHARES = (0.05, 0.5, 0.95)
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@given(VALUES)
def test_equal_weights_are_hazens_quantiles(values: list[float]) -> None:
    v = np.array(values)
    found = weighted_interval(v, np.full(v.size, 0.3))
    expected = np.quantile(v, SHARES, method="hazen")
    np.testing.assert_allclose((found.low, found.median, found.high), expected, rtol=1e-9, atol=1e-6)


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(1, 9)), min_size=1, max_size=30))
def test_whole_weights_are_readings_said_so_often(pairs: list[tuple[int, int]]) -> None:
    """The quantile lies between the replicated readings nearest to it on either side."""
    v, w = np.array([p[0] for p in pairs], dtype=np.float64), np.array([p[1] for p in pairs], dtype=np.float64)
    found = weighted_interval(v, w)
    copies = np.sort(np.repeat(v, w.astype(np.int64)))
    names = np.unique(v)
    for share, value in zip(SHARES, (found.low, found.median, found.high), strict=True):
        at = copies[min(int(share * copies.size), copies.size - 1)]
        place = int(np.searchsorted(names, at))
        assert names[max(place - 1, 0)] <= value <= names[min(place + 1, names.size - 1)]


@given(VALUES, st.integers(0, 2**32 - 1))
def test_order_of_the_values_does_not_matter(values: list[float], seed: int) -> None:
    v = np.array(list(dict.fromkeys(values)))
    w = np.random.default_rng(seed).uniform(0.1, 2.0, v.size)
    order = np.random.default_rng(seed + 1).permutation(v.size)
    one, other = weighted_interval(v, w), weighted_interval(v[order], w[order])
    assert (one.median, one.low, one.high) == (other.median, other.low, other.high)
    assert one.low <= one.median <= one.high


def test_weights_need_not_sum_to_one() -> None:
    v, w = np.arange(50.0), np.linspace(1.0, 3.0, 50)
    one, other = weighted_interval(v, w), weighted_interval(v, w / w.sum())
    assert (one.low, one.median, one.high) == pytest.approx((other.low, other.median, other.high))


def cut_share(value: float, mean: float, sd: float) -> float:
    """Distribution function of N(mean, sd^2) cut at zero, written with erfc so that no digits are lost in the tail."""
    return 1.0 - erfc((value - mean) / sd / sqrt(2.0)) / erfc(-mean / sd / sqrt(2.0))


@pytest.mark.parametrize(
    ("mean", "sd"), [(3.0, 1.0), (0.2, 1.0), (0.0, 2.0), (-1.0, 1.0), (-3.0, 1.0), (-5.9, 1.0), (40.0, 2.0)]
)
def test_positive_normal_nodes_have_equal_shares(mean: float, sd: float) -> None:
    nodes = positive_normal_nodes(mean, sd, 33)
    shares = [cut_share(float(v), mean, sd) for v in nodes]
    np.testing.assert_allclose(shares, (np.arange(33) + 0.5) / 33, atol=2e-6)


@pytest.mark.parametrize("mean", [-6.001, -10.0, -25.0])
def test_far_below_zero_the_tail_is_nearly_exponential(mean: float) -> None:
    nodes = positive_normal_nodes(mean, 1.0, 33)
    shares = [cut_share(float(v), mean, 1.0) for v in nodes]
    np.testing.assert_allclose(shares, (np.arange(33) + 0.5) / 33, atol=0.6 / mean**2)
    assert (np.diff(nodes) > 0.0).all()


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e3), st.integers(1, 80))
def test_positive_normal_nodes_are_never_negative_and_in_order(mean: float, sd: float, n: int) -> None:
    nodes = positive_normal_nodes(mean, sd, n)
    assert nodes.shape == (n,)
    assert np.isfinite(nodes).all()
    assert (nodes >= 0.0).all()
    assert (np.diff(nodes) >= 0.0).all()


@pytest.mark.parametrize("mean", [-2.0, 0.0, 1.5])
def test_without_doubt_the_nodes_are_the_mean_cut_at_zero(mean: float) -> None:
    np.testing.assert_array_equal(positive_normal_nodes(mean, 0.0, 5), np.full(5, max(mean, 0.0)))


def test_normal_nodes_are_the_inverse_of_the_normal_distribution() -> None:
    nodes = normal_nodes(41)
    np.testing.assert_allclose(nodes, -nodes[::-1], atol=1e-12)
    np.testing.assert_allclose([NormalDist().cdf(float(v)) for v in nodes], (np.arange(41) + 0.5) / 41, rtol=1e-9)
    grid = np.sqrt(np.mean(normal_nodes(4001) ** 2))
    assert grid == pytest.approx(1.0, abs=2e-3)


def test_a_product_of_lognormals_is_lognormal() -> None:
    one, other = 0.3, 0.4
    found = product_interval((2.0 * np.exp(one * normal_nodes(65)), np.exp(other * normal_nodes(65))))
    spread = 1.6448536 * np.hypot(one, other)
    assert found.median == pytest.approx(2.0, rel=2e-3)
    assert (found.low, found.high) == pytest.approx((2.0 * np.exp(-spread), 2.0 * np.exp(spread)), rel=0.02)


def test_a_product_is_every_combination() -> None:
    """Three small factors, multiplied out by hand."""
    factors = (np.array([1.0, 2.0, 5.0]), np.array([3.0, 4.0]), np.array([0.5, 1.5]))
    combinations = [x * y * z for x in factors[0] for y in factors[1] for z in factors[2]]
    found = product_interval(factors)
    expected = np.quantile(combinations, SHARES, method="hazen")
    np.testing.assert_allclose((found.low, found.median, found.high), expected, rtol=1e-12)
