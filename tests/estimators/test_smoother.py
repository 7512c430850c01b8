"""The smoother and the shock sums against one big Gaussian."""

from dataclasses import replace

import numpy as np
import pytest
from dense_smoother import dense, random_chain
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.estimators.smoother import backward, draw, forward, smoothed, smoothed_variance

SEED = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=40)
@given(SEED, st.integers(1, 9))
def test_smoother_is_the_joint_gaussian_conditioned(seed: int, count: int) -> None:
    chain = random_chain(np.random.default_rng(seed), count)
    mean, cov, likelihood = dense(chain)
    before, doubt, nu, s, gain, total = forward(*chain.arguments)
    adjoint, information, _, _ = backward(chain.f, chain.h, chain.z, nu, s, gain)
    scale = 1.0 + float(np.abs(cov).max())
    np.testing.assert_allclose(smoothed(before, doubt, adjoint).ravel(), mean, rtol=1e-7, atol=1e-8 * scale)
    variance = smoothed_variance(doubt, information)
    for k in range(count):
        block = cov[3 * k : 3 * k + 3, 3 * k : 3 * k + 3]
        np.testing.assert_allclose(variance[k], block, rtol=1e-6, atol=1e-8 * scale)
    assert total == pytest.approx(likelihood, rel=1e-8, abs=1e-8)


@settings(deadline=None, max_examples=30)
@given(SEED, st.integers(0, 7), st.floats(0.1, 5.0))
def test_the_sums_are_the_evidence_for_a_shock(seed: int, at: int, sd: float) -> None:
    """Oracle: the likelihood with the shock's variance put into the model, less the likelihood without."""
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, 8, missing=0.1)
    w = rng.normal(size=3)
    _, _, nu, s, gain, total = forward(*chain.arguments)
    adjoint, information, blame, worth = backward(chain.f, chain.h, chain.z, nu, s, gain)
    a, b = float(w @ adjoint[at]), float(w @ information[at] @ w)
    shocked = chain.q.copy()
    shocked[at] += sd**2 * np.outer(w, w)
    expected = dense(replace(chain, q=shocked))[2] - total
    found = 0.5 * a * a * sd * sd / (1.0 + sd * sd * b) - 0.5 * np.log1p(sd * sd * b)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-7)
    louder = chain.r.copy()
    louder[at] += sd**2
    expected = dense(replace(chain, r=louder))[2] - total
    scale = 1.0 + sd * sd * worth[at]
    assert 0.5 * (blame[at] * sd) ** 2 / scale - 0.5 * np.log(scale) == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_drawn_histories_have_the_smoothed_mean_and_covariance() -> None:
    chain = random_chain(np.random.default_rng(5), 5)
    mean, cov, _ = dense(chain)
    rng = np.random.default_rng(6)
    drawn = np.array([draw(*chain.arguments, rng).ravel() for _ in range(4000)])
    sd = np.sqrt(np.diag(cov))
    assert (np.abs(drawn.mean(axis=0) - mean) < 5.0 * sd / np.sqrt(4000)).all()
    np.testing.assert_allclose(np.cov(drawn.T), cov, atol=0.12 * float(sd.max()) ** 2)


def test_a_long_record_keeps_its_covariances_positive() -> None:
    """Twenty thousand readings of a quantity known to 1e-6 of its first doubt: Joseph's form does not go below zero."""
    count = 20_000
    f = np.tile(np.array([[1.0, -1.0], [0.0, 1.0]]), (count, 1, 1))
    q = np.tile(np.diag([1e-8, 1e-14]), (count, 1, 1))
    h = np.tile(np.array([1.0, 0.0]), (count, 1))
    z = np.random.default_rng(0).normal(size=count) * 1e-3
    left = forward(np.zeros(2), np.diag([1e6, 1.0]), f, q, np.zeros((count, 2)), h, z, np.full(count, 1e-6))
    assert np.linalg.eigvalsh(left[1]).min() >= 0.0
    _, information, _, _ = backward(f, h, z, left[2], left[3], left[4])
    assert np.diagonal(smoothed_variance(left[1], information), axis1=1, axis2=2).min() > 0.0
