"""The slow oracle of the filter: every random number of a run in one vector, conditioned once by matrix algebra.

State k is M_k @ xi + c_k, reading k is h_k @ state + noise; xi holds the start, all process noise, all values pinned
and all reading noise. Nothing is recursive but the bookkeeping of who depends on which number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm

from hullwatch.records import Floats, Ints


@dataclass(frozen=True)
class Model:
    """How the states of a small system move."""

    relax_s: Floats
    variance: Floats
    walk: Floats
    into: Ints
    source: Ints
    weight: Floats
    mean: Floats
    cov: Floats

    @property
    def n(self) -> int:
        return self.relax_s.size

    def matrix(self, dt_s: float) -> Floats:
        """First the integrators, then the decay."""
        grow = np.eye(self.n)
        for i, j, w in zip(self.into, self.source, self.weight, strict=True):
            grow[i, j] += w * dt_s
        return np.diag(self.decay(dt_s)) @ grow

    def decay(self, dt_s: float) -> Floats:
        return np.where(np.isinf(self.relax_s), 1.0, np.exp(-dt_s / self.relax_s))

    def noise(self, dt_s: float) -> Floats:
        """Covariance that a step adds, (n, n): each state's own, and what a cascade hands on of its source's."""
        kept = np.where(np.isinf(self.relax_s), 0.0, self.variance * (1.0 - self.decay(dt_s) ** 2))
        added = np.diag(self.walk * dt_s + kept)
        for i, j, w in zip(self.into, self.source, self.weight, strict=True):
            if self.relax_s[i] == self.relax_s[j] < np.inf:
                more = cascade_noise(float(self.relax_s[j]), float(w), float(self.variance[j]), dt_s)
                more[1, 1] = 0.0  # the source's own is there already
                added[np.ix_([i, j], [i, j])] += more
        return np.asarray(added)


def cascade_noise(relax_s: float, weight: float, variance: float, dt_s: float) -> Floats:
    """Covariance (2, 2) that white noise adds to (follower, source) of two equal lags in a step.

    The integral of its definition (Gelb 1974, Applied optimal estimation, equation 4.2-13) by Gauss-Legendre.
    """
    drift = np.array([[-1.0 / relax_s, weight], [0.0, -1.0 / relax_s]])
    node, share = np.polynomial.legendre.leggauss(64)
    reached = expm(drift * (0.5 * dt_s * (node + 1.0))[:, None, None])[:, :, 1]  # of a kick to the source, so long ago
    return np.asarray(0.5 * dt_s * 2.0 * variance / relax_s * np.einsum("k,ki,kj->ij", share, reached, reached))


@dataclass(frozen=True)
class Step:
    """Time passes, then perhaps a state is pinned, then a number is read."""

    dt_s: float
    h: Floats
    r: float
    pinned: int = -1
    pin_mean: float = 0.0
    pin_variance: float = 0.0


@dataclass(frozen=True)
class Joint:
    """Mean and covariance of all readings and of the last state together."""

    z_mean: Floats
    z_cov: Floats
    x_mean: Floats
    x_cov: Floats
    cross: Floats  # (n, readings)

    def posterior(self, z: Floats) -> tuple[Floats, Floats]:
        gain = np.linalg.solve(self.z_cov, self.cross.T).T
        return self.x_mean + gain @ (z - self.z_mean), self.x_cov - gain @ self.cross.T

    def innovation(self, z: Floats, k: int) -> tuple[float, float]:
        """Reading k less what the readings before it make of it, and its variance."""
        if k == 0:
            return float(z[0] - self.z_mean[0]), float(self.z_cov[0, 0])
        gain = np.linalg.solve(self.z_cov[:k, :k], self.z_cov[:k, k])
        expected = self.z_mean[k] + gain @ (z[:k] - self.z_mean[:k])
        return float(z[k] - expected), float(self.z_cov[k, k] - gain @ self.z_cov[:k, k])


def joint(model: Model, steps: Sequence[Step]) -> Joint:
    n = model.n
    size = n + len(steps) * (n + 2)
    sigma = np.zeros((size, size))
    sigma[:n, :n] = model.cov
    to_state, offset = np.zeros((n, size)), model.mean.copy()
    to_state[:, :n] = np.eye(n)
    to_reading, reading_offset = [], []
    for k, step in enumerate(steps):
        at = n + k * (n + 2)
        f = model.matrix(step.dt_s)
        to_state, offset = f @ to_state, f @ offset
        sigma[at : at + n, at : at + n] = model.noise(step.dt_s)
        to_state[:, at : at + n] += np.eye(n)
        if step.pinned >= 0:
            to_state[step.pinned] = 0.0
            to_state[step.pinned, at + n] = 1.0
            sigma[at + n, at + n] = step.pin_variance
            offset[step.pinned] = step.pin_mean
        sigma[at + n + 1, at + n + 1] = step.r
        row = step.h @ to_state
        row[at + n + 1] += 1.0
        to_reading.append(row)
        reading_offset.append(step.h @ offset)
    reads = np.array(to_reading)
    return Joint(
        np.array(reading_offset),
        reads @ sigma @ reads.T,
        offset,
        to_state @ sigma @ to_state.T,
        to_state @ sigma @ reads.T,
    )


def random_model(rng: np.random.Generator, cascades: bool = False) -> Model:
    """Up to two integrators, and with `cascades` one of them decays as fast as its source."""
    n = int(rng.integers(2, 6))
    free = rng.uniform(size=n) < 0.4
    root = rng.normal(size=(n, n))
    source = int(rng.integers(1, n))
    into = rng.integers(0, source, int(rng.integers(0, 3)))  # a source is never itself an `into`
    relax_s = np.where(free, np.inf, rng.uniform(1.0, 20.0, n))
    if cascades:
        into = rng.permutation(source)[: int(rng.integers(1, 3))]  # each once
        free[source] = free[into[0]] = False
        relax_s[source] = relax_s[into[0]] = rng.uniform(1.0, 20.0)
    return Model(
        relax_s=relax_s,
        variance=rng.uniform(0.0, 2.0, n),
        walk=np.where(free, rng.uniform(0.0, 0.5, n), 0.0),
        into=into,
        source=np.full(into.size, source),
        weight=rng.normal(size=into.size),
        mean=rng.normal(size=n),
        cov=root @ root.T + 0.01 * np.eye(n),
    )


def random_steps(rng: np.random.Generator, n: int, count: int, pins: bool = False) -> list[Step]:
    steps = []
    for _ in range(count):
        pinned = int(rng.integers(-1, n)) if pins and rng.uniform() < 0.4 else -1
        dt_s = 0.0 if rng.uniform() < 0.2 else float(rng.uniform(0.01, 8.0))
        steps.append(
            Step(
                dt_s,
                rng.normal(size=n),
                float(rng.uniform(0.01, 2.0)),
                pinned,
                float(rng.normal()),
                float(rng.uniform()),
            )
        )
    return steps
