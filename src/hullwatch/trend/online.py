"""What would have been said, and when, as the readings came in one by one: the slow path.

The filter of `models.slow_air` runs forwards only. Beside it a bank of candidate onsets carries the deviation that a
change of rate, or a step of mass, would have caused since then. A change of rate is declared when its likelihood ratio
passes the threshold that the accepted rate of false alarms asks for, and so do its odds over a step of mass; a step is
accepted the other way round, so that an unlogged repressurisation neither raises an alarm nor hides a leak.
"""

from dataclasses import dataclass

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.estimators.change import ROOM, admit, best, threshold, weigh
from hullwatch.models.slow_air import LOSS, MASS, SlowNoise, SlowRecord, System, slow_system
from hullwatch.records import Floats, Interval, Ints
from hullwatch.trend.changes import MASS_SD, PER_YEAR, RATE_SD, learned
from hullwatch.units import DAY_S

RISE, FALL, STEP, BAD = range(4)
KIND_NAMES = ("rise", "fall", "mass_step", "bad_reading")
STEPS_PER_YEAR = PER_YEAR[1]
"""Unlogged steps; each is a chance to take a step for a leak."""
MOST_MISREAD = 0.2
"""A rise less probable than 80 % against a step is not declared, however many false alarms are accepted [c]."""
BAD_SIGMA = 6.0
"""A reading further off than this is set aside until a second one agrees."""
HORIZON = 4096
"""Decisions an onset is remembered for."""
MEMORY = 100.0
"""Decisions over which the noise level is followed."""
FIRST_SHARE = np.array([1.0, 2.0 / 3.0, 1.0 / 3.0])
"""How much of a step the first reading may show: it may come in the middle of the bin a reading is the mean of."""
ROWS_OUT = 10


@dataclass(frozen=True, slots=True)
class Declared:
    """A change as it was first said: with what was known on that day."""

    kind: str
    declared_s: float
    onset_s: Interval
    size: Interval  # kg/day of tracer for rates, kg for steps
    rate_after: Interval  # kg/day of tracer
    log_ratio: float


@kernel
def decide(
    start: Floats, spread: Floats, f: Floats, q: Floats, moved: Floats, h: Floats, z: Floats, r: Floats, day: Floats,
    bound: float, sure: float, quiet: int, follow: bool, rate_sd: Floats, mass_sd: Floats, per_day: Floats,
) -> tuple[Floats, int, Floats]:  # fmt: skip
    """Run over a record; a decision after every reading.

    Parameters : the model as in `estimators.smoother.forward`; day (k,) time of each reading; bound on the
        log-likelihood ratio; sure, log odds that one explanation must have over the other; quiet, readings without
        decisions at the start; follow, whether the noise level is learned while it runs; rate_sd, mass_sd (m,) sizes
        of changes; per_day (2,) how often they come.
    Returns : rows (j, 10) of kind, reading, onset (5 %, 50 %, 95 %), size and its sd, rate and its sd, log ratio; how
        many of them; the largest log ratio of a rise after each reading (k,).
    Holds for : linear Gaussian models. Source : Willsky & Jones 1976; tests/trend/test_online.py.
    """
    count, n = h.shape
    x, p = start.copy(), spread.copy()
    onset, began = np.full(ROOM, -1), np.zeros(ROOM)
    kinds = 1 + FIRST_SHARE.shape[0]
    d = np.zeros((kinds, ROOM, n))
    a, b, c = np.zeros((kinds, ROOM)), np.zeros((kinds, ROOM)), np.zeros((kinds, ROOM))
    jump = np.zeros((kinds, n))
    jump[0, LOSS] = 1.0
    jump[1:, MASS] = FIRST_SHARE
    out, found, held, doubted, scale = np.zeros((256, ROWS_OUT)), 0, 0, False, 1.0
    peak, gain = np.zeros(count), np.zeros(n)
    evidence = np.zeros((kinds, ROOM))
    for k in range(count):
        x = f[k] @ x + moved[k]
        p = f[k] @ p @ f[k].T + q[k]
        _carry(d, held, f[k], onset, k)
        if k > 0:
            held = admit(k, day[k], float(HORIZON), onset, began, d, a, b, c, jump, (0, -1))
        cross = p @ h[k]
        s = h[k] @ cross + r[k]
        nu = z[k] - h[k] @ x
        off = nu * nu / (s * scale)
        if k >= quiet and off > BAD_SIGMA**2 and not doubted:
            doubted = True  # a step or a bad reading: the next one tells
            found = _note(out, found, BAD, k, day[k], day[k], day[k], nu, np.sqrt(s * scale), x, p, 0.5 * off)
            continue
        if doubted and off > BAD_SIGMA**2 and found > 0 and out[found - 1, 0] == BAD:
            found -= 1  # it was not the reading
        doubted = False
        if follow and k >= 10:
            scale = max(scale + (min(off * scale, 6.0 * scale) - scale) / MEMORY, 0.05)
        gain = cross / s
        x = x + gain * nu
        p = p - np.outer(gain, gain) * s
        p = 0.5 * (p + p.T)
        weigh(d, held, a, b, c, h[k], gain, nu, s * scale)
        if k < quiet or held < 2:
            continue
        kind, line, ratio, peak[k] = _judged(
            a, b, held, began, day[k], bound, sure, rate_sd, mass_sd, per_day, evidence
        )  # fmt: skip
        if kind < 0:
            continue
        size, variance = _taken(a[line], b[line], d[line], evidence[line], held, x, p)
        low, middle, high = _quantiles(evidence[line], held, began, line == 0)
        found = _note(out, found, kind, k, low, middle, high, size, np.sqrt(variance), x, p, ratio)
        held = 0
        onset[:] = -1
    return out, found, peak


@kernel
def _carry(d: Floats, held: int, f: Floats, onset: Ints, k: int) -> None:
    """All deviations one transition on, in place; the youngest steps get the rest that the last bin did not show."""
    kinds, _, n = d.shape
    moved = np.zeros(n)
    for kind in range(kinds):
        if kind > 0 and held > 0 and onset[held - 1] == k - 1:
            d[kind, held - 1, MASS] += 1.0 - FIRST_SHARE[kind - 1]
        for c in range(held):
            moved[:] = 0.0
            for i in range(n):
                for j in range(n):
                    moved[i] += f[i, j] * d[kind, c, j]
            d[kind, c] = moved


@kernel
def _judged(
    a: Floats, b: Floats, held: int, began: Floats, now: float, bound: float, sure: float, rate_sd: Floats,
    mass_sd: Floats, per_day: Floats, evidence: Floats,
) -> tuple[int, int, float, float]:  # fmt: skip
    """What to declare (-1 nothing), the line of the bank it rests on, its log ratio; and the log ratio of a rise."""
    kinds = a.shape[0]
    rise, _ = best(a[0], b[0], held, 1)
    fall, _ = best(a[0], b[0], held, -1)
    step, line = 0.0, 1
    for kind in range(1, kinds):
        value, _ = best(a[kind], b[kind], held, 0)
        if value > step:
            step, line = value, kind
    if max(rise, fall, step) < bound:
        return -1, 0, 0.0, rise
    rate_total = _weighed(a[0], b[0], held, began, now, rate_sd, per_day[0], evidence[0])
    step_total = -1e300
    for kind in range(1, kinds):
        part = per_day[1] / (kinds - 1)
        step_total = max(step_total, _weighed(a[kind], b[kind], held, began, now, mass_sd, part, evidence[kind]))
    if max(rise, fall) > bound and rate_total - step_total > sure:
        return (RISE, 0, rise, rise) if rise >= fall else (FALL, 0, fall, rise)
    if step > bound and step_total - rate_total > sure:
        return STEP, line, step, rise
    return -1, 0, 0.0, rise


@kernel
def _taken(a: Floats, b: Floats, d: Floats, each: Floats, held: int, x: Floats, p: Floats) -> tuple[float, float]:
    """Take a change into mean and covariance, in place, over all onsets by their weight; its size and variance."""
    n = x.shape[0]
    top, total, size, square = -1e300, 0.0, 0.0, 0.0
    for c in range(held):
        top = max(top, each[c])
    shift, spread = np.zeros(n), np.zeros((n, n))
    for c in range(held):
        weight = np.exp(each[c] - top)
        if b[c] <= 0.0 or weight < 1e-12:
            continue
        q, v = a[c] / b[c], 1.0 / b[c]
        total += weight
        size += weight * q
        square += weight * (q * q + v)
        for i in range(n):
            shift[i] += weight * q * d[c, i]
            for j in range(n):
                spread[i, j] += weight * (q * q + v) * d[c, i] * d[c, j]
    for i in range(n):
        x[i] += shift[i] / total
        for j in range(n):
            p[i, j] += spread[i, j] / total - shift[i] * shift[j] / total**2
    size /= total
    return size, square / total - size * size


@kernel
def _note(
    out: Floats, found: int, kind: int, k: int, low: float, middle: float, high: float, size: float, sd: float,
    x: Floats, p: Floats, ratio: float,
) -> int:  # fmt: skip
    if found >= out.shape[0]:
        return found
    row = out[found]
    row[0], row[1], row[2], row[3], row[4] = kind, k, low, middle, high
    row[5], row[6], row[7], row[8], row[9] = size, sd, x[LOSS], np.sqrt(max(p[LOSS, LOSS], 0.0)), ratio
    return found + 1


@kernel
def _weighed(
    a: Floats, b: Floats, held: int, began: Floats, now: float, sd: Floats, per_day: float, each: Floats
) -> float:
    """Log of the evidence summed over onsets and sizes; `each` (held,) is left with the log evidence of each onset."""
    top = -1e300
    for c in range(held):
        until = began[c + 1] if c + 1 < held else now
        width = max(until - began[c], 1e-9)
        # of the sizes the best one leads, so that no exponential overflows
        each[c] = -1e300
        for j in range(sd.shape[0]):
            grown = 1.0 + sd[j] ** 2 * b[c]
            one = 0.5 * a[c] ** 2 * sd[j] ** 2 / grown - 0.5 * np.log(grown)
            high, low = max(one, each[c]), min(one, each[c])
            each[c] = high + np.log1p(np.exp(low - high))
        each[c] += np.log(per_day * width / sd.shape[0])
        top = max(top, each[c])
    acc = 0.0
    for c in range(held):
        acc += np.exp(each[c] - top)
    return float(top + np.log(acc))


@kernel
def _quantiles(each: Floats, held: int, began: Floats, centred: bool) -> tuple[float, float, float]:
    """5 %, 50 % and 95 % of the onset. A step came before the reading that shows it; a rate looks as if it had changed
    at the reading nearest to its change (`centred`)."""
    top, total = -1e300, 0.0
    for c in range(held):
        top = max(top, each[c])
    for c in range(held):
        total += np.exp(each[c] - top)
    low, middle, high, reached = began[0], began[0], began[0], 0.0
    for c in range(held):
        left = began[c - 1] if c > 0 else began[c]
        right = began[c]
        if centred:
            left, right = 0.5 * (left + right), 0.5 * (right + began[min(c + 1, held - 1)])
        part = np.exp(each[c] - top) / total
        if reached < 0.05 <= reached + part:
            low = left + (right - left) * (0.05 - reached) / part
        if reached < 0.5 <= reached + part:
            middle = left + (right - left) * (0.5 - reached) / part
        if reached < 0.95 <= reached + part:
            high = left + (right - left) * (0.95 - reached) / part
        reached += part
    return low, middle, max(high, middle)


def sureness(per_year: float) -> float:
    """Log odds that a change of rate must have over a step, so that steps give half of the false alarms accepted."""
    misread = min(0.5 * per_year / STEPS_PER_YEAR, MOST_MISREAD)
    return float(np.log((1.0 - misread) / misread))


def declare(
    record: SlowRecord, noise: SlowNoise, per_year: float, learn_s: float
) -> tuple[tuple[Declared, ...], float, SlowNoise]:
    """Changes as they would have been declared; the bound used; the noise as learned from the time before learn_s.

    Nothing later than a declaration has any part in it: the noise levels come from the beginning of the record alone,
    and are followed from there on.
    """
    past = record.until(learn_s)
    noise = learned(past, noise)[0] if np.isfinite(past.mass_kg).sum() >= 20 else noise
    base: System = slow_system(record, noise)
    gap_s = float(np.median(np.diff(base.time_day))) * DAY_S if base.time_day.size > 1 else DAY_S
    bound = threshold(per_year, gap_s)
    quiet = int(np.searchsorted(base.time_day, (learn_s - base.zero_s) / DAY_S))
    rows, found, _ = decide(
        base.start, base.spread, base.f, base.q, base.moved, base.h, base.z, base.r, base.time_day, bound,
        sureness(per_year), quiet, True, np.array(RATE_SD) * record.share, np.array(MASS_SD),
        np.array(PER_YEAR[:2]) / 365.25,
    )  # fmt: skip
    said = [_declared(row, base) for row in rows[:found]]
    return tuple(said), bound, noise


def _declared(row: Floats, base: System) -> Declared:
    def when(day: float) -> float:
        return float(base.zero_s + day * DAY_S)

    def normal(mean: float, sd: float) -> Interval:
        return Interval(float(mean), float(mean - 1.6449 * sd), float(mean + 1.6449 * sd))

    return Declared(
        KIND_NAMES[int(row[0])], when(base.time_day[int(row[1])]),
        Interval(when(row[3]), when(row[2]), when(row[4])),
        normal(row[5], row[6]), normal(row[7], row[8]), float(row[9]),
    )  # fmt: skip
