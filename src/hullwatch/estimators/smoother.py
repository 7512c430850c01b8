"""A fixed-interval smoother for short state vectors, and what every point of time says of a shock it was not told of.

Forwards the Kalman filter, its covariance in Joseph's form; backwards the sums of Bryson and Frazier, which need no
inverse of a covariance and give the same numbers as Rauch, Tung and Striebel. The backward sums are at the same time
the evidence for a shock: for one of size q along w entering before reading k

    a = w . adjoint[k]     b = w . information[k] . w     log-likelihood ratio  q a - q^2 b / 2

for every k at once, at the price of one pass (de Jong & Penzer 1998). Only the readings decide; a shock that the model
already allows for by its process noise is counted in it.

         x0, P0 --F1,Q1--> state 1 --F2,Q2--> state 2 ...      reading k = h_k . state k + noise of variance r_k
"""

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Floats


@kernel
def forward(
    start: Floats, spread: Floats, f: Floats, q: Floats, moved: Floats, h: Floats, z: Floats, r: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats, float]:
    """Filter a whole record.

    Parameters
    ----------
    start : (n,), spread : (n, n)
        Mean and covariance before the first transition.
    f, q : (k, n, n)
        Transition into each state, and its process noise.
    moved : (k, n)
        Known shift added at each transition.
    h : (k, n), z, r : (k,)
        What is read, the reading, and its variance; a reading that is not finite is skipped.
    Returns : states (k, n) and covariances (k, n, n) before each reading, innovations (k,) and their variances (k,)
        (0 and 1 where skipped), gains (k, n), log-likelihood.
    Holds for : linear Gaussian models.
    Source : Kalman 1960; Bucy & Joseph 1968; compared in tests/estimators/test_smoother.py with the dense Gaussian.
    """
    count, n = h.shape
    before, doubt = np.empty((count, n)), np.empty((count, n, n))
    nu, s, gain = np.zeros(count), np.ones(count), np.zeros((count, n))
    x, p, old, kept, half = start.copy(), spread.copy(), np.empty(n), np.empty((n, n)), np.empty((n, n))
    total = 0.0
    for k in range(count):
        old[:] = x
        _apply(f[k], old, x)
        _sandwich(f[k], p, half)
        for i in range(n):
            x[i] += moved[k, i]
            for j in range(i + 1):  # rounding would let the two halves drift apart
                p[i, j] = 0.5 * (p[i, j] + p[j, i]) + q[k, i, j]
                p[j, i] = p[i, j]
        before[k], doubt[k] = x, p
        if not np.isfinite(z[k]):
            continue
        _apply(p, h[k], gain[k])
        s[k], nu[k] = r[k], z[k]
        for i in range(n):
            s[k] += h[k, i] * gain[k, i]
            nu[k] -= h[k, i] * x[i]
        for i in range(n):
            gain[k, i] /= s[k]
            x[i] += gain[k, i] * nu[k]
            for j in range(n):
                kept[i, j] = (1.0 if i == j else 0.0) - gain[k, i] * h[k, j]
        _sandwich(kept, p, half)
        for i in range(n):
            for j in range(n):
                p[i, j] += gain[k, i] * gain[k, j] * r[k]
        total -= 0.5 * (np.log(2.0 * np.pi * s[k]) + nu[k] * nu[k] / s[k])
    return before, doubt, nu, s, gain, total


@kernel
def _apply(m: Floats, x: Floats, out: Floats) -> None:
    """out = m x; loops, because a call of a library costs more than a product this small."""
    n = x.shape[0]
    for i in range(n):
        acc = 0.0
        for j in range(n):
            acc += m[i, j] * x[j]
        out[i] = acc


@kernel
def _sandwich(m: Floats, p: Floats, half: Floats) -> None:
    """p becomes m p m', in place; half (n, n) is scratch."""
    n = p.shape[0]
    for i in range(n):
        for j in range(n):
            acc = 0.0
            for c in range(n):
                acc += m[i, c] * p[c, j]
            half[i, j] = acc
    for i in range(n):
        for j in range(n):
            acc = 0.0
            for c in range(n):
                acc += half[i, c] * m[j, c]
            p[i, j] = acc


@kernel
def backward(f: Floats, h: Floats, z: Floats, nu: Floats, s: Floats, gain: Floats) -> tuple[Floats, ...]:
    """The sums that smooth, from what `forward` left.

    Returns : adjoint (k, n) and information (k, n, n), just before each reading; blame (k,) and worth (k,), the same
        two sums for a shock to that one reading alone (0 where it was skipped).
    Source : Bryson & Frazier 1963; de Jong 1989; de Jong & Penzer 1998; tests/estimators/test_smoother.py.
    """
    count, n = h.shape
    adjoint, information = np.empty((count, n)), np.empty((count, n, n))
    blame, worth = np.zeros(count), np.zeros(count)
    v, m, old, turned = np.zeros(n), np.zeros((n, n)), np.empty(n), np.empty((n, n))
    half = np.empty((n, n))
    for k in range(count - 1, -1, -1):
        if np.isfinite(z[k]):
            _apply(m, gain[k], old)
            blame[k], worth[k] = nu[k] / s[k], 1.0 / s[k]
            for i in range(n):
                blame[k] -= gain[k, i] * v[i]
                worth[k] += gain[k, i] * old[i]
                for j in range(n):
                    turned[j, i] = (1.0 if i == j else 0.0) - gain[k, i] * h[k, j]
            old[:] = v
            _apply(turned, old, v)
            _sandwich(turned, m, half)
            for i in range(n):
                v[i] += h[k, i] * (nu[k] / s[k])
                for j in range(n):
                    m[i, j] += h[k, i] * h[k, j] / s[k]
        adjoint[k], information[k] = v, m
        old[:] = v
        turned[:] = f[k].T
        _apply(turned, old, v)
        _sandwich(turned, m, half)
    return adjoint, information, blame, worth


@kernel
def smoothed(before: Floats, doubt: Floats, adjoint: Floats) -> Floats:
    """Mean of every state given all readings, (k, n)."""
    out = np.empty_like(before)
    for k in range(before.shape[0]):
        out[k] = before[k] + doubt[k] @ adjoint[k]
    return out


@kernel
def smoothed_variance(doubt: Floats, information: Floats) -> Floats:
    """Covariance of every state given all readings, (k, n, n)."""
    out = np.empty_like(doubt)
    for k in range(doubt.shape[0]):
        out[k] = doubt[k] - doubt[k] @ information[k] @ doubt[k]
    return out


def draw(
    start: Floats, spread: Floats, f: Floats, q: Floats, moved: Floats, h: Floats, z: Floats, r: Floats,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """One history of all states, (k, n), drawn from what the readings leave possible.

    Holds for : any positive semidefinite spread and q.
    Source : Durbin & Koopman 2002: a history of the model's own, plus the smoothed difference of its readings to the
        true ones; compared in tests/estimators/test_smoother.py.
    """
    count, n = h.shape
    noise = np.einsum("kij,kj->ki", _roots(q), rng.standard_normal((count, n)))
    first = start + _roots(spread[None])[0] @ rng.standard_normal(n)
    played = play(first, f, noise + moved)
    read = np.einsum("ki,ki->k", h, played) + np.sqrt(r) * rng.standard_normal(count)
    zero = np.zeros(n)
    before, doubt, nu, s, gain, _ = forward(zero, spread, f, q, np.zeros_like(moved), h, z - read, r)
    adjoint, _, _, _ = backward(f, h, z, nu, s, gain)
    return played + smoothed(before, doubt, adjoint)


@kernel
def play(first: Floats, f: Floats, pushed: Floats) -> Floats:
    """States (k, n) of the model run forwards from `first`, pushed (k, n) at each transition."""
    out = np.empty_like(pushed)
    x = first.copy()
    for k in range(pushed.shape[0]):
        x = f[k] @ x + pushed[k]
        out[k] = x
    return out


def _roots(q: Floats) -> Floats:
    """A square root of each covariance, (k, n, n); semidefinite ones too."""
    value, vector = np.linalg.eigh(q)
    return np.asarray(vector * np.sqrt(np.maximum(value, 0.0))[:, None, :])
