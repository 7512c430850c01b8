"""The filter against the joint Gaussian of everything, conditioned by brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joint_gaussian import Model, Step, cascade_noise, joint, random_model, random_steps

from hullwatch.estimators.kalman import pin, predict, shift, update
from hullwatch.records import Floats

SEED = st.integers(0, 2**32 - 1)


def run(model: Model, steps: list[Step], z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, covariance, innovations and their variances after the filter took everything in."""
    x, p, gain = model.mean.copy(), model.cov.copy(), np.empty(model.n)
    nu, s = np.empty(z.size), np.empty(z.size)
    for k, step in enumerate(steps):
        predict(x, p, model.relax_s, model.variance, model.walk, model.into, model.source, model.weight, step.dt_s)
        if step.pinned >= 0:
            pin(x, p, step.pinned, step.pin_mean, step.pin_variance)
        nu[k], s[k] = update(x, p, step.h, z[k], step.r, gain)
    return x, p, nu, s


@settings(deadline=None, max_examples=60)
@given(SEED, st.integers(1, 8), st.booleans(), st.booleans())
def test_filter_is_the_joint_gaussian_conditioned(seed: int, count: int, pins: bool, cascades: bool) -> None:
    rng = np.random.default_rng(seed)
    model = random_model(rng, cascades)
    steps = random_steps(rng, model.n, count, pins)
    z = rng.normal(scale=3.0, size=count)
    whole = joint(model, steps)
    x, p, nu, s = run(model, steps, z)
    mean, cov = whole.posterior(z)
    np.testing.assert_allclose(x, mean, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(p, cov, rtol=1e-7, atol=1e-7)
    for k in range(count):
        np.testing.assert_allclose((nu[k], s[k]), whole.innovation(z, k), rtol=1e-7, atol=1e-7)


@settings(deadline=None, max_examples=40)
@given(SEED, st.booleans())
def test_covariance_stays_symmetric_and_positive(seed: int, cascades: bool) -> None:
    rng = np.random.default_rng(seed)
    model = random_model(rng, cascades)
    steps = random_steps(rng, model.n, 200, pins=True)
    _, p, _, s = run(model, steps, rng.normal(size=200))
    np.testing.assert_array_equal(p, p.T)
    scale = max(float(np.trace(p)), 1e-12)
    assert np.linalg.eigvalsh(p).min() >= -1e-10 * scale
    assert (s > 0.0).all()


@settings(deadline=None, max_examples=30)
@given(SEED)
def test_gain_is_the_covariance_of_state_and_reading_over_the_readings_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    h, r = rng.normal(size=model.n), 0.5
    x, p, gain = model.mean.copy(), model.cov.copy(), np.empty(model.n)
    update(x, p, h, 1.0, r, gain)
    np.testing.assert_allclose(gain, model.cov @ h / (h @ model.cov @ h + r), rtol=1e-10)


@settings(deadline=None, max_examples=30)
@given(SEED, st.floats(0.0, 50.0), st.floats(0.0, 50.0))
def test_two_short_steps_are_one_long_step(seed: int, one: float, other: float) -> None:
    """True of every state that decays or wanders; an integrator holds its source over a step and is left out here."""
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    none = np.zeros(0, dtype=np.int64)
    ends = []
    for steps in ((one, other), (one + other,)):
        x, p = model.mean.copy(), model.cov.copy()
        for dt_s in steps:
            predict(x, p, model.relax_s, model.variance, model.walk, none, none, np.zeros(0), dt_s)
        ends.append((x, p))
    np.testing.assert_allclose(ends[0][0], ends[1][0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ends[0][1], ends[1][1], rtol=1e-9, atol=1e-12)


def test_an_undisturbed_decaying_state_keeps_its_stationary_variance() -> None:
    x, p = np.zeros(1), np.array([[2.5]])
    none = np.zeros(0, dtype=np.int64)
    for _ in range(50):
        predict(x, p, np.array([30.0]), np.array([2.5]), np.zeros(1), none, none, np.zeros(0), 7.0)
    assert p[0, 0] == pytest.approx(2.5, rel=1e-12)


NONE = np.zeros(0, dtype=np.int64)
FIRST, SECOND = np.array([0], dtype=np.int64), np.array([1], dtype=np.int64)


def cascade(x: Floats, p: Floats, relax_s: float, weight: float, variance: float, dt_s: float) -> None:
    """State 0 follows state 1, both with the same lag; only 1 is stirred."""
    relax, stirred = np.array([relax_s, relax_s]), np.array([0.0, variance])
    predict(x, p, relax, stirred, np.zeros(2), FIRST, SECOND, np.array([weight]), dt_s)


@settings(deadline=None, max_examples=60)
@given(st.floats(1.0, 1e5), st.floats(-3.0, 3.0), st.floats(0.1, 9.0), st.floats(1e-3, 40.0))
def test_a_cascade_adds_the_noise_of_its_integral(relax_s: float, weight: float, variance: float, lags: float) -> None:
    """The closed form of kalman.predict from a state known exactly, against its integral."""
    x, p = np.zeros(2), np.zeros((2, 2))
    cascade(x, p, relax_s, weight / relax_s, variance, lags * relax_s)
    expected = cascade_noise(relax_s, weight / relax_s, variance, lags * relax_s)
    np.testing.assert_allclose(p, expected, rtol=1e-5, atol=1e-15 * variance)


@settings(deadline=None, max_examples=60)
@given(SEED, st.floats(1.0, 100.0), st.floats(0.0, 300.0), st.floats(0.0, 300.0))
def test_two_short_steps_of_a_cascade_are_one_long_step(seed: int, relax_s: float, one: float, other: float) -> None:
    """Unlike an integrator that holds its source over a step, a cascade is exact however time is cut."""
    rng = np.random.default_rng(seed)
    root, start = rng.normal(size=(2, 2)), rng.normal(size=2)
    ends = []
    for steps in ((one, other), (one + other,)):
        x, p = start.copy(), root @ root.T
        for dt_s in steps:
            cascade(x, p, relax_s, 0.7 / relax_s, 2.5, dt_s)
        ends.append((x, p))
    np.testing.assert_allclose(ends[0][0], ends[1][0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ends[0][1], ends[1][1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dt_s", [1.0, 60.0, 7_000.0])
def test_a_cascade_left_alone_is_a_matern_process(dt_s: float) -> None:
    """Variance half its drive's, and correlation (1 + d) exp(-d) over d lags (Rasmussen & Williams 2006, 4.17)."""
    relax_s, variance = 3_600.0, 0.36
    x, p = np.zeros(2), np.zeros((2, 2))
    while_s = 0.0
    while while_s < 30.0 * relax_s:
        cascade(x, p, relax_s, 1.0 / relax_s, variance, dt_s)
        while_s += dt_s
    assert p[0, 0] == pytest.approx(0.5 * variance, rel=1e-6)
    assert p[1, 1] == pytest.approx(variance, rel=1e-6)
    # what is expected d lags after (heat, drive) = (1, E[drive | heat = 1])
    for lags in (0.1, 1.0, 3.0):
        x, spread = np.array([1.0, p[0, 1] / p[0, 0]]), p.copy()
        cascade(x, spread, relax_s, 1.0 / relax_s, variance, lags * relax_s)
        assert x[0] == pytest.approx((1.0 + lags) * np.exp(-lags), rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.floats(1e-9, 1e-2))
def test_a_tiny_step_of_a_cascade_adds_no_negative_variance(lags: float) -> None:
    x, p = np.zeros(2), np.zeros((2, 2))
    cascade(x, p, 1e4, 1e-4, 1.0, 1e4 * lags)
    assert p[0, 0] >= 0.0
    for _ in range(300):
        cascade(x, p, 1e4, 1e-4, 1.0, 1e4 * lags)
    assert np.linalg.eigvalsh(p).min() >= -1e-12 * np.trace(p)


def test_pin_makes_known_and_independent() -> None:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(4, 4))
    x, p = rng.normal(size=4), root @ root.T
    before_x, before_p = x.copy(), p.copy()
    pin(x, p, 2, 0.75, 0.2)
    others = [0, 1, 3]
    assert (x[2], p[2, 2]) == (0.75, 0.2)
    assert not p[2, others].any()
    assert not p[others, 2].any()
    np.testing.assert_array_equal(x[others], before_x[others])
    np.testing.assert_array_equal(p[np.ix_(others, others)], before_p[np.ix_(others, others)])


@settings(deadline=None, max_examples=30)
@given(SEED, st.integers(0, 4))
def test_shift_is_a_sum_with_an_independent_unknown(seed: int, rank: int) -> None:
    """Oracle: the linear map (state, unknown) -> state + unknown of a block-diagonal joint Gaussian."""
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    moved, root = rng.normal(size=model.n), rng.normal(size=(model.n, rank))
    nothing = np.zeros((model.n, model.n))
    both = np.block([[model.cov, nothing], [nothing, root @ root.T]])
    onto = np.hstack([np.eye(model.n), np.eye(model.n)])
    x, p = shift(model.mean, model.cov, moved, root @ root.T)
    np.testing.assert_allclose(x, onto @ np.concatenate([model.mean, moved]), rtol=1e-12)
    np.testing.assert_allclose(p, onto @ both @ onto.T, rtol=1e-12, atol=1e-14)
