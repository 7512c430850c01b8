"""A linear Gaussian filter for states that mostly decay on their own and are read one number at a time.

The transition is diagonal decay and a few integrators (x_i grows by weight * dt * x_j), so a step costs n^2, not n^3.
An integrator that decays as fast as its source is a cascade of two equal lags: white noise through it is a process
whose value and slope are both continuous, of Matern's family with index 3/2 (heat does not jump, nor does its rate).
"""

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Floats, Ints


@kernel
def predict(
    x: Floats,
    p: Floats,
    relax_s: Floats,
    variance: Floats,
    walk: Floats,
    into: Ints,
    source: Ints,
    weight: Floats,
    dt_s: float,
) -> None:
    """Move mean and covariance forward by dt_s, in place.

    Parameters
    ----------
    x : (n,), p : (n, n)
        Mean and covariance.
    relax_s : (n,), s
        Time constant of each state's decay to zero; inf for none.
    variance : (n,)
        Stationary variance of the decaying states (keeps them at it); ignored where relax_s is inf.
    walk : (n,), 1/s
        Variance per second of states that wander freely.
    into, source, weight : (m,)
        Integrators: x[into] grows by weight * dt_s * x[source]. A source is never itself an `into`.
    Holds for : dt_s >= 0; integrated over a step with the source held, exact for a cascade (equal relax_s).
    Source : Kalman 1960, Ornstein-Uhlenbeck discretisation; compared in tests/estimators/test_kalman.py with the
        dense joint Gaussian.
    """
    n = x.shape[0]
    decay = np.empty(n)
    for i in range(n):
        decay[i] = 1.0 if np.isinf(relax_s[i]) else np.exp(-dt_s / relax_s[i])
    for k in range(into.shape[0]):
        i, j = into[k], source[k]
        step = weight[k] * dt_s
        x[i] += step * x[j]
        for c in range(n):
            p[i, c] += step * p[j, c]
        for c in range(n):
            p[c, i] += step * p[c, j]
    for i in range(n):
        x[i] *= decay[i]
        for j in range(n):
            p[i, j] *= decay[i] * decay[j]
        p[i, i] += walk[i] * dt_s
        if not np.isinf(relax_s[i]):
            p[i, i] += variance[i] * (1.0 - decay[i] * decay[i])
    for k in range(into.shape[0]):
        i, j = into[k], source[k]
        if relax_s[i] == relax_s[j] and not np.isinf(relax_s[i]):
            d, gain, kept = dt_s / relax_s[i], weight[k] * relax_s[i], decay[i] * decay[i]
            both = gain * variance[j] * (0.5 - kept * (d + 0.5))
            p[i, i] += gain * gain * variance[j] * max(0.5 - kept * (d * d + d + 0.5), 0.0)
            p[i, j] += both
            p[j, i] += both


@kernel
def update(x: Floats, p: Floats, h: Floats, z: float, r: float, gain: Floats) -> tuple[float, float]:
    """Take in one number z = h.x + noise of variance r; in place. Returns innovation and its variance, fills gain (n,).

    Source : Kalman 1960, Joseph-free scalar form, symmetrised; compared in tests/estimators/test_kalman.py.
    """
    n = x.shape[0]
    s = r
    nu = z
    for i in range(n):
        acc = 0.0
        for j in range(n):
            acc += p[i, j] * h[j]
        gain[i] = acc
        s += h[i] * acc
        nu -= h[i] * x[i]
    for i in range(n):
        x[i] += gain[i] / s * nu
        for j in range(i + 1):
            p[i, j] -= gain[i] * gain[j] / s
            p[j, i] = p[i, j]
    for i in range(n):
        gain[i] /= s
    return nu, s


@kernel
def pin(x: Floats, p: Floats, i: int, mean: float, variance: float) -> None:
    """Forget state i and set it to a known value, independent of all others; in place."""
    for j in range(x.shape[0]):
        p[i, j] = 0.0
        p[j, i] = 0.0
    p[i, i] = variance
    x[i] = mean


def shift(x: Floats, p: Floats, moved: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance once an unmodelled change, known as `moved` (n,) with `covariance` (n, n), is accepted.

    Source : Willsky & Jones 1976, section IV, the compensated estimate.
    """
    return x + moved, p + covariance
