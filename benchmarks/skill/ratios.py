"""Thresholds from noise alone, delays at them, and the ratios of delays with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hullwatch.records import Floats, Ints

HEIGHTS = np.arange(0.0, 40.0, 0.05)
TAIL = 60
"""Where too few peaks pass a threshold to count, so many of the highest are taken as an exponential tail."""
COUNTED = 30.0
"""Peaks above a threshold that are enough to count."""
AGAIN = 300  # bootstrap


def threshold(tops: Floats, years: float, stated: float, weight: Floats | None = None) -> float:
    """Height that so many peaks a year pass; weight: how often each of the tops (n,), highest first, counts."""
    count = np.ones(tops.size) if weight is None else weight
    passed = np.cumsum(count)
    if passed[-1] > stated * years >= COUNTED:
        return float(tops[int(np.searchsorted(passed, stated * years))])
    used = (passed <= TAIL) & np.isfinite(tops) & (count > 0.0)
    if used.sum() < 3:
        return 0.0  # of a large leak noise never speaks: the first word for it is enough
    floor = float(tops[used][-1])
    scale = float(count[used] @ (tops[used] - floor)) / max(float(passed[used][-1]) - 1.0, 1.0)
    return floor + scale * float(np.log(passed[used][-1] / (stated * years)))


def passes(value: Floats) -> Ints:
    """Place at which a statistic (n,) first passes each of HEIGHTS, n where it does not."""
    return np.searchsorted(np.maximum.accumulate(value), HEIGHTS, side="left")


@dataclass(frozen=True)
class Ratio:
    """Mean delay of a statistic over the oracle's, with a 95 % bootstrap interval."""

    mean_s: float
    oracle_s: float
    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class Compared:
    """What came of it: for each size and statistic, and the mean over sizes for each statistic."""

    each: list[list[Ratio]]  # (size, kind)
    mean: list[Ratio]  # (kind,) delays in it are those of all sizes together
    worst: list[Ratio]  # (kind,) the same of the largest


def compare(
    peaks: Floats, years: float, stated: float, found: Sequence[Floats], oracle: int, rng: np.random.Generator,
    again: int = AGAIN,
) -> Compared:  # fmt: skip
    """Compare all statistics with the oracle of each size.

    peaks (block, kind): the largest of every stretch of noise. found: for each size (trial, kind, height) s. The oracle
    of the first size is kind `oracle`, the others follow. Noise and leaks are drawn again for the intervals, the same
    for all statistics.
    """
    kept = min(peaks.shape[0], int(max(1000, 3.0 * stated * years)))
    order = np.argsort(-peaks, axis=0)[:kept].T
    tops = np.take_along_axis(peaks.T, order, axis=1)

    def once(weight: Floats | None, picks: Sequence[Ints]) -> Floats:
        heights = [
            threshold(top, years, stated, None if weight is None else weight[place])
            for top, place in zip(tops, order, strict=True)
        ]
        at = np.clip(np.ceil(np.array(heights) / HEIGHTS[1]), 1, HEIGHTS.size - 1).astype(np.int64)
        kinds = np.arange(at.size)
        return np.array([f[p[:, None], kinds, at].mean(axis=0) for f, p in zip(found, picks, strict=True)])

    with np.errstate(invalid="ignore", divide="ignore"):
        mean = once(None, [np.arange(len(f)) for f in found])
        others = np.array([
            _ratios(once(rng.poisson(1.0, peaks.shape[0]) * 1.0, [rng.choice(len(f), len(f)) for f in found]), oracle)
            for _ in range(again)
        ])  # fmt: skip
        ratio = _ratios(mean, oracle)
        own = np.array([mean[j, oracle + j] for j in range(len(found))])
    each = [
        [_with_interval(mean[j, k], own[j], ratio[j, k], others[:, j, k]) for k in range(mean.shape[1])]
        for j in range(len(found))
    ]
    overall, worst = (
        [
            _with_interval(mean[:, k].mean(), own.mean(), of(ratio[:, k]), of(others[:, :, k], axis=1))
            for k in range(mean.shape[1])
        ]
        for of in (np.mean, np.max)
    )
    return Compared(each, overall, worst)


def _ratios(mean: Floats, oracle: int) -> Floats:
    """Mean delays (size, kind) over the oracle's of each size."""
    own = np.array([mean[j, oracle + j] for j in range(mean.shape[0])])
    return np.asarray(mean / own[:, None])


def _with_interval(mean: float, own: float, ratio: float, again: Floats) -> Ratio:
    low, high = np.quantile(np.where(np.isfinite(again), again, np.inf), (0.025, 0.975), method="nearest")
    return Ratio(float(mean), float(own), float(ratio), float(low), float(high))
