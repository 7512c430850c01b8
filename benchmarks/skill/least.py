"""The least delay without knowing the size: all onsets, none thinned out, and just the sizes that are tried.

One size: the sum of the likelihood ratios of all onsets passes a threshold with the least mean delay of all rules with
as many false alarms, where these are repeated (Shiryaev 1963, Pollak & Tartakovsky 2009). Several sizes: of their sums
R_q each passes A about once in A readings of noise, so a weight is a share of the false alarms; spent best for the mean
over sizes of delay / oracle's where a nat of threshold saves the same share of every delay. Such a weighted sum is the
best there is but for a remainder of second order.

    known     one size, summed over all onsets                    R_q = sum_k exp(q a_k - q^2 b_k / 2)
    least     the tried sizes, weighted for the mean              sum_q w_q R_q,  w_q ~ d log delay_q / d threshold
    minimax   the same with weights that make the worst best

Both weights are searched for from there, since a delay of few readings goes by steps.

Onsets stand at readings and at shares of the steps between them; those older than `reach` are left out: by then a leak
of that size has been plain for long.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Floats, Ints

PLAIN = 120.0
"""Information (mean square in sigmas) of a leak that has gone on for its `reach`: twice what its log-likelihood ratio
is on the mean, of which an alarm needs 10 to 20."""
QUIET = 3.0
"""Log-likelihood ratio of the best onset below which no sum over onsets comes near any threshold asked for here."""


@dataclass(frozen=True)
class Sizes:
    """What the sums need of the sizes tried: relative rates, and how far back their onsets go."""

    rates: Floats  # (size,) 1/s
    reach: Ints  # (size,) readings
    share: Floats  # (share,) by how much of a step onsets lie before a reading
    along: Floats  # (age,) what a unit leak adds to the innovations, in their sigmas
    half: Floats  # (share, size, age) q^2 b / 2


def sizes_of(along: Floats, rates: Floats, shares: int) -> Sizes:
    """Of a response by age."""
    known, share = np.cumsum(along**2), np.arange(shares) / shares
    reach = np.array([min(int(np.searchsorted(known, PLAIN / q**2)), along.size - 2) for q in rates], dtype=np.int64)
    last = int(reach.max()) + 2
    seen = np.array([(1.0 - x) * along[: last - 1] + x * along[1:last] for x in share])
    half = 0.5 * rates[:, None] ** 2 * np.cumsum(seen**2, axis=1)[:, None]
    return Sizes(rates, reach, share, along[:last].copy(), half)


@kernel
def sweep(
    u: Floats, a: Floats, along: Floats, half: Floats, rates: Floats, reach: Ints, share: Floats, quiet: float,
    top: Floats, total: Floats,
) -> None:  # fmt: skip
    """Largest log-likelihood ratio over onsets, and logarithm of its sum, for each size after each innovation.

    u (n,) in sigmas; a (age,) sums by the age of the onset, carried from call to call; top, total (n, size); a sum
    whose largest term is below `quiet` is left at -inf. Onsets between readings: see estimators.change.
    """
    for i in range(u.shape[0]):
        for j in range(a.shape[0] - 1, 0, -1):
            a[j] = a[j - 1] + along[j] * u[i]
        for s in range(rates.shape[0]):
            best = 0.0
            for x in range(share.shape[0]):
                new, old = rates[s] * (1.0 - share[x]), rates[s] * share[x]
                for j in range(reach[s] + 1):
                    value = new * a[j] + old * a[j + 1] - half[x, s, j]
                    if value > best:
                        best = value
            top[i, s] = best
            total[i, s] = -np.inf
            if best >= quiet:
                part = 0.0
                for x in range(share.shape[0]):
                    new, old = rates[s] * (1.0 - share[x]), rates[s] * share[x]
                    for j in range(reach[s] + 1):
                        value = new * a[j] + old * a[j + 1] - half[x, s, j] - best
                        if value > -30.0:
                            part += np.exp(value)
                total[i, s] = best + np.log(part / share.shape[0])


def swept(u: Floats, a: Floats, sizes: Sizes, quiet: float) -> tuple[Floats, Floats]:
    """`sweep` along these innovations; a (age,) is carried on."""
    top, total = np.empty((2, u.size, sizes.rates.size))
    sweep(u, a, sizes.along, sizes.half, sizes.rates, sizes.reach, sizes.share, quiet, top, total)
    return top, total


def mixed(total: Floats, weight: Floats) -> Floats:
    """Logarithm of the weighted sum over sizes, last axis, of sums given by their logarithms."""
    high = total.max(axis=-1)
    safe = np.where(np.isfinite(high), high, 0.0)
    with np.errstate(divide="ignore"):  # nothing at all: -inf
        return np.asarray(safe + np.log(np.exp(total - safe[..., None]) @ weight))


def searched(weight: Floats, cost: Callable[[Floats], float], factors: Sequence[float] = (4.0, 2.0, 1.4)) -> Floats:
    """Weights near these under which the cost is least, each tried larger and smaller by every factor in turn."""
    best = weight / weight.sum()
    least = cost(best)
    for factor in factors:
        for j in range(weight.size):
            for by in (factor, 1.0 / factor):
                tried = best.copy()
                tried[j] *= by
                tried /= tried.sum()
                if (found := cost(tried)) < least:
                    least, best = found, tried
    return best


def spent(delay: Floats, place: int, apart: int = 10) -> float:
    """By what share a mean delay, given for each height of a threshold, grows with it here."""
    low, high = max(place - apart, 1), min(place + apart, delay.size - 1)
    return float((delay[high] - delay[low]) / delay[place]) if np.isfinite(delay[high]) and delay[place] > 0.0 else 0.0
