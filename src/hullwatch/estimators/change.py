"""When did something begin that the filter does not know of? Generalised likelihood ratios over all onsets.

For each kind of change and each candidate onset the deviation it would have caused between truth and estimate is
carried through the very gains the filter used (Willsky & Jones 1976). Two sums then hold all the evidence:

    a = sum s nu / S        b = sum s^2 / S        log-likelihood ratio of amplitude q:  q a - q^2 b / 2

so the best amplitude is a/b with variance 1/b. Onsets stand on a grid that thins with age (relative spacing about
1/KEEP), placed by absolute time, so that any cutting of the data into blocks gives the same grid.

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
    jump: Floats,
) -> int:
    """Add a candidate onset at `tick` and drop those the thinning rule no longer keeps; returns how many are held.

    onset (ROOM,) tick of each candidate, -1 empty, packed to the front in order of age; began (ROOM,) its time;
    d (kind, ROOM, n) deviations; a, b (kind, ROOM); jump (kind, n) the deviation a change starts with (steps), zero
    for ramps.
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
        if first and age * TICK_S <= horizon_s:
            if kept != k:
                onset[kept] = onset[k]
                began[kept] = began[k]
                for q in range(kinds):
                    a[q, kept] = a[q, k]
                    b[q, kept] = b[q, k]
                    for i in range(n):
                        d[q, kept, i] = d[q, k, i]
            kept += 1
    if kept == onset.shape[0]:  # full: the oldest makes room
        for k in range(1, kept):
            onset[k - 1] = onset[k]
            began[k - 1] = began[k]
            for q in range(kinds):
                a[q, k - 1] = a[q, k]
                b[q, k - 1] = b[q, k]
                for i in range(n):
                    d[q, k - 1, i] = d[q, k, i]
        kept -= 1
    onset[kept] = tick
    began[kept] = time_s
    for q in range(kinds):
        a[q, kept] = 0.0
        b[q, kept] = 0.0
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
    decay = np.empty(n)
    for i in range(n):
        decay[i] = 1.0 if np.isinf(relax_s[i]) else np.exp(-dt_s / relax_s[i])
    for q in range(kinds):
        for k in range(held):
            for m in range(into.shape[0]):
                d[q, k, into[m]] += weight[m] * dt_s * d[q, k, source[m]]
            for i in range(n):
                d[q, k, i] = (d[q, k, i] + dt_s * ramp[q, i]) * decay[i]


@kernel
def weigh(d: Floats, held: int, a: Floats, b: Floats, h: Floats, gain: Floats, nu: float, s: float) -> None:
    """Add the evidence of one innovation nu (variance s, filter gain (n,)) to every kind and onset."""
    kinds, _, n = d.shape
    for q in range(kinds):
        for k in range(held):
            e = 0.0
            for i in range(n):
                e += h[i] * d[q, k, i]
            if e == 0.0:
                continue
            a[q, k] += e * nu / s
            b[q, k] += e * e / s
            for i in range(n):
                d[q, k, i] -= gain[i] * e


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
