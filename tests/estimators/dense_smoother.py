"""The slow oracle of the smoother: all states and readings of a record as one Gaussian vector, conditioned at once."""

from dataclasses import dataclass

import numpy as np

from hullwatch.records import Floats


@dataclass(frozen=True)
class Chain:
    """A random linear Gaussian model and its readings; some readings are missing."""

    start: Floats
    spread: Floats
    f: Floats
    q: Floats
    moved: Floats
    h: Floats
    z: Floats
    r: Floats

    @property
    def arguments(self) -> tuple[Floats, ...]:
        return self.start, self.spread, self.f, self.q, self.moved, self.h, self.z, self.r


def random_chain(rng: np.random.Generator, count: int, n: int = 3, missing: float = 0.2) -> Chain:
    def covariance(scale: float, rank: int) -> Floats:
        root = rng.normal(size=(n, rank)) * scale
        return root @ root.T

    z = rng.normal(size=count) * 3.0
    z[rng.uniform(size=count) < missing] = np.nan
    return Chain(
        rng.normal(size=n), covariance(1.0, n),
        rng.normal(size=(count, n, n)) * 0.5 + np.eye(n) * 0.5,
        np.array([covariance(0.5, int(rng.integers(0, n + 1))) for _ in range(count)]),
        rng.normal(size=(count, n)), rng.normal(size=(count, n)), z, rng.uniform(0.1, 1.0, count),
    )  # fmt: skip


def dense(chain: Chain) -> tuple[Floats, Floats, float]:
    """Mean (count * n,) and covariance of all states given all readings, and the log-likelihood of the readings."""
    count, n = chain.h.shape
    mean, cov = np.zeros(count * n), np.zeros((count * n, count * n))
    x, p = chain.start, chain.spread
    for k in range(count):
        x = chain.f[k] @ x + chain.moved[k]
        p = chain.f[k] @ p @ chain.f[k].T + chain.q[k]
        here = slice(k * n, k * n + n)
        mean[here], cov[here, here] = x, p
        for j in range(k):  # covariance with every earlier state
            there = slice(j * n, j * n + n)
            cov[here, there] = chain.f[k] @ cov[(k - 1) * n : k * n, there]
            cov[there, here] = cov[here, there].T
    seen = np.flatnonzero(np.isfinite(chain.z))
    read = np.zeros((seen.size, count * n))
    for i, k in enumerate(seen):
        read[i, k * n : k * n + n] = chain.h[k]
    s = read @ cov @ read.T + np.diag(chain.r[seen])
    miss = chain.z[seen] - read @ mean
    gain = np.linalg.solve(s, read @ cov).T
    likelihood = -0.5 * (miss @ np.linalg.solve(s, miss) + np.linalg.slogdet(2.0 * np.pi * s)[1])
    return mean + gain @ miss, cov - gain @ read @ cov, float(likelihood)
