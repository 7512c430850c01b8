"""When did something begin that the filter does not know of? Generalised likelihood ratios over all onsets.

For each kind of change and each candidate onset the deviation it would have caused between truth and estimate is
carried through the very gains the filter used (Willsky & Jones 1976). Two sums then hold all the evidence:

    a = sum s nu / S        b = sum s^2 / S        log-likelihood ratio of amplitude q:  q a - q^2 b / 2

so the best amplitude is a/b with variance 1/b. Onsets stand on a grid that thins with age (relative spacing about
1/KEEP), placed by absolute time, so that any cutting of the data into blocks gives the same grid.

What began a share x of the way back from one onset to the one before, as a flow does, deviates by (1 - x) s + x s',
with s and s' their signatures. A third sum for each pair of neighbours therefore tells all onsets between (`between`):

    c = sum s s' / S        a_x = (1 - x) a + x a'        b_x = (1 - x)^2 b + x^2 b' + 2 x (1 - x) c

         now                                                                       past
          | | | | | |   |   |   |   |       |       |       |               |               |   candidate onsets
"""

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Floats, Ints

TICK_S = 1.0  # finest spacing of onsets
LOOK_S = 10.0  # changes that can be told apart come about this often: what a false alarm is counted in
KEEP = 8  # onsets kept at each doubling of age
ROOM = 192  # most onsets held


@kernel
def admit(
    tick: int,
    time_s: float,
    horizon_s: float,
    onset: Ints,
    began: Floats,
    d: Floats,
    a: Floats,
    b: Floats,
    c: Floats,
    jump: Floats,
    spared: tuple[int, int],
) -> int:
    """Add a candidate onset at `tick` and drop those the thinning rule no longer keeps; returns how many are held.

    onset (ROOM,) tick of each candidate, -1 empty, packed to the front in order of age; began (ROOM,) its time;
    d (kind, ROOM, n) deviations; a, b (kind, ROOM); c (kind, ROOM) of each with the one before; jump (kind, n) the
    deviation a change starts with (steps), zero for ramps; spared: from this place to that none is thinned out, see
    `likely`.
    """
    kinds, _, n = d.shape
    kept = 0
    for k in range(onset.shape[0]):
        if onset[k] < 0:
            break
        age = tick - onset[k]
        cell = 0
        while age > KEEP << cell:
            cell += 1
        # of the candidates in one cell of the grid for this age the oldest stays, however thinly the data came
        first = kept == 0 or (onset[kept - 1] >> cell) != (onset[k] >> cell)
        if (first or spared[0] <= k <= spared[1]) and age * TICK_S <= horizon_s:
            if kept != k:
                onset[kept] = onset[k]
                began[kept] = began[k]
                for q in range(kinds):
                    a[q, kept], b[q, kept], c[q, kept] = a[q, k], b[q, k], c[q, k]
                    for i in range(n):
                        d[q, kept, i] = d[q, k, i]
            kept += 1
        elif kept > 0 and k + 1 < onset.shape[0] and onset[k + 1] >= 0:
            # it stood between the next one and the one before, who are neighbours now: s = x s' + (1 - x) s"
            x = (began[k + 1] - began[k]) / max(began[k + 1] - began[kept - 1], 1e-9)
            for q in range(kinds):
                c[q, k + 1] = max(c[q, k + 1] + c[q, k] - x * b[q, kept - 1] - (1.0 - x) * b[q, k + 1], 0.0)
    if kept == onset.shape[0]:  # full: the oldest makes room
        for k in range(1, kept):
            onset[k - 1] = onset[k]
            began[k - 1] = began[k]
            for q in range(kinds):
                a[q, k - 1], b[q, k - 1], c[q, k - 1] = a[q, k], b[q, k], c[q, k]
                for i in range(n):
                    d[q, k - 1, i] = d[q, k, i]
        kept -= 1
    onset[kept] = tick
    began[kept] = time_s
    for q in range(kinds):
        a[q, kept] = b[q, kept] = c[q, kept] = 0.0
        for i in range(n):
            d[q, kept, i] = jump[q, i]
    for k in range(kept + 1, onset.shape[0]):
        onset[k] = -1
    return kept + 1


@kernel
def drift(
    d: Floats, held: int, relax_s: Floats, into: Ints, source: Ints, weight: Floats, ramp: Floats, dt_s: float
) -> None:
    """Carry all deviations forward by dt_s as the filter's states move; ramp (kind, n) grows per second."""
    kinds, _, n = d.shape
    decay, moves = np.empty(n), np.empty(n, np.int64)
    for i in range(n):
        decay[i] = 1.0 if np.isinf(relax_s[i]) else np.exp(-dt_s / relax_s[i])
    for q in range(kinds):
        moving = 0  # most states neither relax nor grow: biases, gains, mass
        for i in range(n):
            if decay[i] != 1.0 or ramp[q, i] != 0.0:
                moves[moving] = i
                moving += 1
        for k in range(held):
            for m in range(into.shape[0]):
                d[q, k, into[m]] += weight[m] * dt_s * d[q, k, source[m]]
            for j in range(moving):
                i = moves[j]
                d[q, k, i] = (d[q, k, i] + dt_s * ramp[q, i]) * decay[i]


@kernel
def weigh(d: Floats, held: int, a: Floats, b: Floats, c: Floats, h: Floats, gain: Floats, nu: float, s: float) -> None:
    """Add the evidence of one innovation nu (variance s, filter gain (n,)) to every kind and onset."""
    kinds, _, n = d.shape
    seen, terms = np.empty(n, np.int64), 0  # a gauge reads a few states, and a long sum in order is slow
    for i in range(n):
        if h[i] != 0.0:
            seen[terms] = i
            terms += 1
    sharp = 1.0 / s
    for q in range(kinds):
        before = 0.0
        for k in range(held):
            e = 0.0
            for j in range(terms):
                e += h[seen[j]] * d[q, k, seen[j]]
            told = e * sharp
            c[q, k] += told * before
            before = e
            if e == 0.0:
                continue
            a[q, k] += told * nu
            b[q, k] += told * e
            for i in range(n):
                d[q, k, i] -= gain[i] * e


def between(a: Floats, b: Floats, c: Floats, share: Floats) -> tuple[Floats, Floats]:
    """a and b of what began these shares (m,) of the way back from each onset (held,) to the one before, axes
    (held - 1, m): from the second onset on.

    Holds for : a change whose signature grows evenly with its age between two readings, as that of a flow does.
    Source : bilinearity of the sums; compared in tests/estimators/test_change.py with a filter run twice.
    """
    stays = 1.0 - share
    most = np.sqrt(b[1:] * b[:-1])
    both = np.clip(c[1:], -most, most)
    one = np.outer(a[1:], stays) + np.outer(a[:-1], share)
    two = np.outer(b[1:], stays * stays) + np.outer(b[:-1], share * share) + np.outer(both, 2.0 * stays * share)
    return one, np.maximum(two, 0.0)


@kernel
def best(a: Floats, b: Floats, held: int, sign: int) -> tuple[float, int]:
    """Largest log-likelihood ratio over onsets of one kind and its place; sign +1/-1 one-sided, 0 both."""
    top, place = 0.0, -1
    for k in range(held):
        if b[k] > 0.0 and (sign == 0 or a[k] * sign > 0.0):
            value = 0.5 * a[k] * a[k] / b[k]
            if value > top:
                top, place = value, k
    return top, place


@kernel
def likely(a: Floats, b: Floats, held: int, surely: float, within: float) -> tuple[int, int]:
    """First and last place of the onsets of a positive change whose log-likelihood ratio is this near the largest, and
    one more on either side; none where the largest is not surely one."""
    top, _ = best(a, b, held, 1)
    low, high = held, -1
    if top > surely:
        for k in range(held):
            if a[k] > 0.0 and b[k] > 0.0 and 0.5 * a[k] * a[k] / b[k] >= top - within:
                low, high = min(low, k), k
    return low - 1, high + 1


def log_sum(log_weight: Floats) -> Floats:
    """Logarithm of the sum of weights along the last axis, from their logarithms; faster than adding one by one."""
    top = log_weight.max(axis=-1)
    return np.asarray(top + np.log(np.exp(log_weight - top[..., None]).sum(axis=-1)))


def log_evidence_normal(a: Floats, b: Floats, sd: float | Floats) -> Floats:
    """Log-likelihood ratio per onset with amplitude averaged over N(0, sd^2), sd one number or one an onset."""
    scale = 1.0 + sd * sd * b
    return np.asarray(0.5 * a * a * sd * sd / scale - 0.5 * np.log(scale))


def log_evidence_grid(a: Floats, b: Floats, amplitude: Floats) -> Floats:
    """Log-likelihood ratio per onset and amplitude, axes (onset, amplitude)."""
    return np.asarray(np.outer(a, amplitude) - 0.5 * np.outer(b, amplitude * amplitude))


def threshold(false_alarms_per_year: float, tick_s: float = LOOK_S) -> float:
    """Log-likelihood ratio that unchanged data pass at the given rate.

    Holds for : a one-sided onset search over a log grid, whitened noise, one look every tick_s.
    Source : METHODS section 4 Monte Carlo, run length about 2.5 exp(h) looks; checked in benchmarks/skill.
    """
    looks = 365.25 * 86_400.0 / tick_s
    return float(np.log(looks / (2.5 * false_alarms_per_year)))
