"""The change statistic alone against an oracle: how soon is a loss seen in worlds with just the filter's own noise?

In such a world the filter's innovations are white and normal, and a leak adds its rate times a known response. So noise
is drawn as innovations and all statistics read the same ones:

    oracle   CUSUM over all onsets for a leak of known rate          max_k (q a_k - q^2 b_k / 2)
    known, least, minimax                                            the least that can be had, see least.py
    ratio    largest likelihood ratio over onsets and rates (GLR)    max_k a_k^2 / (2 b_k)
    odds     leak against nothing as `detection.verdict` weighs it   sum_k cell_k mean_q exp(q a_k - q^2 b_k / 2)
    looked   the same, at the moments at which the watch looks       (score.LOOK_SHARE, memory.LOOK_H)
    fine     odds with four times as many onsets
    wide     odds with leaks from 0.02 kg/day on
    narrow   odds with leaks of just the range that is tried
    care     wide with each size weighted by its own delay (`care`)

Thresholds are those that noise alone passes as often as stated, measured; delays are means over leaks that begin
anywhere between two readings, to the reading that passes. Onsets of all but the first two lines and fine are those of
the watch's own grid (`estimators.change.admit`); that the watch also spares those near the likeliest from thinning
(`estimators.change.likely`) is left out, as it made these runs far longer: `Bench.grid` can do it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import world
from least import QUIET, Sizes, mixed, searched, sizes_of, spent, swept
from oracle import filter_of
from ratios import HEIGHTS, Ratio, compare, passes
from years import digest

from hullwatch.balance.layout import FLOW
from hullwatch.compiled import kernel
from hullwatch.detection.priors import LEAK_KG_DAY
from hullwatch.detection.score import HORIZON_S, LOOK_SHARE, SPARED_H, SPARED_WITHIN
from hullwatch.estimators import change
from hullwatch.estimators.kalman import predict, update
from hullwatch.records import Floats, Ints
from hullwatch.units import DAY_S, HOUR_S, MMHG_PA
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch.memory import LOOK_H

WIDE_KG_DAY = np.geomspace(0.02, 2.0e5, 128)
KINDS = ("ratio", "looked", "odds", "wide", "care", "narrow", "fine", "least", "minimax")
"""The statistics, in the order of their columns; then the oracle of each size, then `known` of each size."""
RATIO, LOOKED, ODDS, WIDE, CARE, NARROW, FINE, LEAST, MINIMAX, FIRST_SIZE = range(10)
FINE_TIMES = 4
PLAINLY = 28.0
YEAR_S = 365.25 * DAY_S
SETTLED_S = 20.0 * DAY_S  # by then the filter's gains are at rest
Row = dict[str, Any]


@dataclass(frozen=True)
class Noise:
    """A world of noise: who reads it how often, and what is asked of it."""

    title: str
    vehicle: Vehicle
    step_s: float
    apart_s: float  # peaks closer than this are one alarm
    years: float  # of noise alone
    shares: int  # onsets a step for who knows the sizes
    sizes: tuple[float, ...]  # kg/day
    mass_kg: float


@dataclass(frozen=True)
class Response:
    """What a unit relative leak adds to the innovations by its age, in their sigmas; and its information by then."""

    along: Floats  # (age,)
    known: Floats  # (age,) cumulative sum of squares


def noises() -> tuple[Noise, ...]:
    """METHODS section 4: white noise for holes of 1 to 20 mm, heat for 0.05 to 1.7 kg/day; and the vehicle's own."""
    own = world.smooth_ship()
    mass = world.gas_mass(own)
    still = replace(own.thermal, blind_residual_k=1e-5, residual_k=1e-5)
    calm = replace(own.thermal, blind_residual_k=0.02, residual_k=0.02, residual_s=5400.0)
    metered = replace(own.supply, unmetered_kg_s=1e-9)

    def ship(noise_pa: float, thermal: object) -> Vehicle:
        (sensor,) = own.channel_of("pressure")
        told = tuple(c for c in own.channels if c.quantity != "pressure")
        sharp = replace(sensor, noise_si=noise_pa, drift_si_day=1e-4, bias_si=1e-3)
        return replace(own, thermal=thermal, supply=metered, channels=(sharp, *told))

    return (
        Noise("0.1 mmHg white, 1 Hz", ship(0.1 * MMHG_PA, still), 1.0, 1800.0, 1.0, 2,
              (13.6, 54.0, 340.0, 1360.0, 5440.0), mass),
        Noise("0.02 K of heat over 1.5 h, 10 min", ship(2.0, calm), 600.0, 2 * DAY_S, 400.0, 1,
              (0.05, 0.1, 0.3, 1.0, 1.68), mass),
        Noise("the vehicle's own: 0.1 K of heat over 0.5 h, 2 kg/day unmetered, 20 s", own, 20.0, 6 * HOUR_S, 15.0, 3,
              (25.0, 100.0, 400.0, 2000.0), mass),
    )  # fmt: skip


def response(noise: Noise) -> Response:
    """Response of the settled filter, as far back as onsets are kept."""
    lay, p, h, r = filter_of(noise.vehicle)
    n, age = lay.states, int(HORIZON_S / noise.step_s) + 1
    along = _respond(
        p, h, r, lay.relax_s, lay.variance, lay.walk, lay.into, lay.source, lay.weight, FLOW, n,
        int(SETTLED_S / noise.step_s), min(age, 1_300_000), noise.step_s,
    )  # fmt: skip
    return Response(along, np.cumsum(along**2))


@kernel
def _respond(
    p: Floats, h: Floats, r: float, relax: Floats, variance: Floats, walk: Floats, into: Ints, source: Ints,
    weight: Floats, flow: int, n: int, settle: int, age: int, dt: float,
) -> Floats:  # fmt: skip
    x, gain, d, ramp, out = np.zeros(n), np.empty(n), np.zeros((1, 1, n)), np.zeros((1, n)), np.zeros(age)
    for _ in range(settle):
        predict(x, p, relax, variance, walk, into, source, weight, dt)
        update(x, p, h, 0.0, r, gain)
    d[0, 0, flow] = -1.0
    for j in range(1, age):
        predict(x, p, relax, variance, walk, into, source, weight, dt)
        change.drift(d, 1, relax, into, source, weight, ramp, dt)
        _, s = update(x, p, h, 0.0, r, gain)
        e = 0.0
        for i in range(n):
            e += h[i] * d[0, 0, i]
        for i in range(n):
            d[0, 0, i] -= gain[i] * e
        out[j] = e / np.sqrt(s)
    return out


@kernel
def _odds(
    a: Floats, onset: Ints, held: int, known: Floats, i: int, dt: float, rates: Floats, weight: Floats, glr: float
) -> float:  # fmt: skip
    """Logarithm of the sum over onsets (s) and the weighted mean over rates of the likelihood ratio."""
    total = 0.0
    for k in range(held):
        b = known[i - onset[k]]
        if b <= 0.0 or a[k] <= 0.0 or 0.5 * a[k] * a[k] / b < glr - 12.0:
            continue
        after = onset[k + 1] if k + 1 < held else onset[k]
        before = onset[k - 1] if k > 0 else onset[k]
        part = 0.0
        for q in range(rates.shape[0]):
            if weight[q] > 0.0:
                part += weight[q] * np.exp(rates[q] * (a[k] - 0.5 * rates[q] * b))
        total += 0.5 * (after - before) * dt * part
    return float(np.log(max(total, 1e-300)))


@kernel
def scan(
    u: Floats, along: Floats, known: Floats, dt: float, rates: Floats, weights: Floats, keep: int, room: int,
    look_h: float, look_share: float, spare: bool, out: Floats,
) -> None:  # fmt: skip
    """All statistics along innovations u (n,), in sigmas: out (n, 2 + prior), rates and weights (prior, rate)."""
    ages, first, last = along.shape[0], 0, -1
    onset = np.full(room, -1, dtype=np.int64)
    a, held, wait = np.zeros(room), 0, -1.0
    for i in range(u.shape[0]):
        held = _admit(onset, a, held, i, dt, keep, ages, first, last)
        for k in range(held):
            a[k] += along[i - onset[k]] * u[i]
        glr, place = 0.0, -1
        for k in range(held):
            b = known[i - onset[k]]
            if b > 0.0 and a[k] > 0.0 and 0.5 * a[k] * a[k] / b > glr:
                glr, place = 0.5 * a[k] * a[k] / b, k
        out[i, 0], first, last = glr, 0, -1
        if spare and glr > SPARED_H:  # as change.likely
            first = held
            for k in range(held):
                b = known[i - onset[k]]
                if b > 0.0 and a[k] > 0.0 and 0.5 * a[k] * a[k] / b >= glr - SPARED_WITHIN:
                    first, last = min(first, k), k
            first, last = first - 1, last + 1
        for q in range(1, out.shape[1]):
            out[i, q] = -np.inf
        if glr > PLAINLY:
            out[i, 1:] = glr  # above any threshold asked for here: the sums need not be made
        elif glr > look_h:
            for q in range(rates.shape[0]):
                out[i, 2 + q] = _odds(a, onset, held, known, i, dt, rates[q], weights[q], glr)
            if i * dt >= wait:
                out[i, 1] = out[i, 2]
                wait = (i + look_share * (i - onset[place])) * dt


@kernel
def _admit(
    onset: Ints, a: Floats, held: int, i: int, dt: float, keep: int, ages: int, first: int, last: int
) -> int:  # fmt: skip
    """The onset at reading i joins, and the grid thins but from the first to the last spared, as in
    estimators.change.admit; returns how many are held."""
    kept = 0
    for k in range(held):
        age = np.int64(np.floor((i - onset[k]) * dt))
        cell = 0
        while age > keep << cell:
            cell += 1
        tick = np.int64(np.floor(onset[k] * dt))
        far = kept == 0 or (np.int64(np.floor(onset[kept - 1] * dt)) >> cell) != (tick >> cell)
        if (far or first <= k <= last) and i - onset[k] < ages:
            onset[kept], a[kept] = onset[k], a[k]
            kept += 1
    if kept == onset.shape[0]:
        for k in range(1, kept):
            onset[k - 1], a[k - 1] = onset[k], a[k]
        kept -= 1
    onset[kept], a[kept] = i, 0.0
    return kept + 1


def care(noise: Noise, known: Response, rates_kg_day: Floats) -> Floats:
    """Weights (rate,) of leaks by the inverse root of the time in which they are seen, which is at least that in which
    changes can be told apart: what is quick to see is given less time, what is slow more, than if all weigh alike."""
    relative = rates_kg_day / DAY_S / noise.mass_kg
    seen_s = noise.step_s * np.searchsorted(known.known, SEEN / relative**2)
    weight = 1.0 / np.sqrt(np.maximum(seen_s, max(change.LOOK_S, noise.step_s)))
    return np.asarray(weight / weight.sum())


SEEN = 30.0
"""Information at which a leak is usually seen, mean square in sigmas."""


def priors(noise: Noise, known: Response) -> tuple[Floats, Floats]:
    """Relative rates and weights (prior, rate) of odds, wide, care and narrow."""
    rates, weights = np.ones((4, WIDE_KG_DAY.size)), np.zeros((4, WIDE_KG_DAY.size))
    count = LEAK_KG_DAY.size
    rates[0, :count], weights[0, :count] = LEAK_KG_DAY, 1.0 / count
    rates[1:3], weights[1], weights[2] = WIDE_KG_DAY, 1.0 / WIDE_KG_DAY.size, care(noise, known, WIDE_KG_DAY)
    rates[3, :48], weights[3, :48] = np.geomspace(noise.sizes[0], noise.sizes[-1], 48), 1.0 / 48.0
    return rates / DAY_S / noise.mass_kg, weights


@dataclass(frozen=True)
class Bench:
    """All that reads the innovations of one kind of noise."""

    noise: Noise
    known: Response
    rates: Floats  # (prior, rate)
    weights: Floats
    sizes: Sizes

    def grid(self, u: Floats, times: int = 1, spare: bool = False) -> Floats:
        """What stands on the watch's grid of onsets, or on one so many times as fine, odds alone: (n, 2 + prior)."""
        priors = slice(0, 4 if times == 1 else 1)
        rates, weights = self.rates[priors].copy(), self.weights[priors].copy()
        out = np.empty((u.size, 2 + rates.shape[0]))
        scan(
            u, self.known.along, self.known.known, self.noise.step_s, rates, weights,
            times * change.KEEP, times * change.ROOM, LOOK_H, LOOK_SHARE, spare, out,
        )  # fmt: skip
        return out

    def all_of(self, u: Floats, top: Floats, total: Floats) -> Sequence[tuple[int, Floats]]:
        """Columns of all statistics that need no weights of sizes, with the place of the first of each lot."""
        fine = self.grid(u, FINE_TIMES)[:, 2:]
        return (RATIO, self.grid(u)), (FINE, fine), (FIRST_SIZE, np.hstack([top, total]))


def bench(noise: Noise) -> Bench:
    """Set it up."""
    known = response(noise)
    relative = np.array(noise.sizes) / DAY_S / noise.mass_kg
    return Bench(noise, known, *priors(noise, known), sizes_of(known.along, relative, noise.shares))


AT_ONCE = 500_000  # readings held at a time


def quiet(on: Bench, rng: np.random.Generator) -> tuple[Floats, Ints, Floats]:
    """Largest value of every statistic in every stretch of noise, (block, kind), with -inf for those of least.py; and
    the readings that these need: their block (m,) and sums (m, size)."""
    every = int(on.noise.apart_s / on.noise.step_s)
    left = int(on.noise.years * YEAR_S / on.noise.apart_s)
    warm = max(-(-int(on.sizes.reach.max()) // every), 4)  # stretches until candidates are there
    floor = float(np.log(YEAR_S / on.noise.step_s)) - ASKED_BELOW
    peaks, blocks, sums, begun = [], [], [], 0
    while begun < left:
        count = min(max(AT_ONCE // every, 1), left - begun)
        u = rng.standard_normal((count + warm) * every)
        top, total = swept(u, np.zeros(on.sizes.along.size), on.sizes, QUIET)
        row = np.full((count, FIRST_SIZE + 2 * top.shape[1]), -np.inf)
        for first, value in on.all_of(u, top, total):
            by_block = value[warm * every :].reshape(count, every, -1).max(axis=1)
            row[:, first : first + by_block.shape[1]] = by_block
        high = np.flatnonzero(total[warm * every :].max(axis=1) > floor)
        peaks.append(row)
        blocks.append(begun + high // every)
        sums.append(total[warm * every :][high])
        begun += count
    return np.concatenate(peaks), np.concatenate(blocks), np.concatenate(sums)


ASKED_BELOW = 4.0
"""A sum over onsets passes a threshold A about once in A readings: all are kept that come this near to once a year, in
its logarithm."""


Late = tuple[Floats, Floats, Floats]


def delays(on: Bench, size: int, trials: int, rng: np.random.Generator) -> Late:
    """Readings after onsets: when each statistic passes each height (trial, kind, height) s, inf if it did not; and for
    least.py the sums (trial, reading, size), with the times of the readings (trial, reading) s."""
    known, rate = on.known, on.sizes.rates[size]
    after = min(int(np.searchsorted(known.known, 200.0 / rate**2)) + 10, known.along.size // 3)  # by then plain to all
    before = max(2 * after, int(on.sizes.reach.max()) + 1)
    found = np.full((trials, FIRST_SIZE + 2 * len(on.noise.sizes), HEIGHTS.size), np.inf, dtype=np.float32)
    sums, times = np.empty((trials, after, len(on.noise.sizes)), np.float32), np.empty((trials, after))
    for trial in range(trials):
        u, share = rng.standard_normal(before + after), rng.uniform()
        u[before:] += rate * between(known.along[: after + 1], share)
        top, total = swept(u, np.zeros(on.sizes.along.size), on.sizes, QUIET)
        # a reading later than the onset by its share of a step, or an alarm that stood already
        times[trial] = np.maximum(np.arange(after) - 1.0 + share, 0.0) * on.noise.step_s
        ends = np.append(times[trial], np.inf)
        for first, value in on.all_of(u, top, total):
            for k, column in enumerate(value[before:].T):
                found[trial, first + k] = ends[passes(column)]
        sums[trial] = total[before:]
    return found, sums, times


def between(along: Floats, share: float) -> Floats:
    """What a leak adds that began this share of a step before the second reading, (age - 1,): see change.between."""
    return np.append(0.0, (1.0 - share) * along[:-2] + share * along[1:-1])


def check(count: int = 3000) -> float:
    """Largest difference of the likelihood ratio from that of the watch's own steps, `estimators.change`."""
    noise = noises()[2]
    known, u = response(noise), np.random.default_rng(0).standard_normal(count)
    u[count // 2 :] += 100.0 / DAY_S / noise.mass_kg * known.along[: count - count // 2]
    lay, p, h, r = filter_of(noise.vehicle)
    n, dt, room = lay.states, noise.step_s, change.ROOM
    move = (lay.relax_s, lay.variance, lay.walk, lay.into, lay.source, lay.weight, dt)
    x, gain, ramp, jump = np.zeros(n), np.empty(n), np.zeros((1, n)), np.zeros((1, n))
    for _ in range(int(SETTLED_S / dt)):
        predict(x, p, *move)
        update(x, p, h, 0.0, r, gain)
    onset, began, d = np.full(room, -1, dtype=np.int64), np.zeros(room), np.zeros((1, room, n))
    (a, b, c), held, slow = np.zeros((3, 1, room)), 0, np.empty(count)
    jump[0, FLOW] = -1.0
    for i in range(count):
        predict(x, p, *move)
        change.drift(d, held, lay.relax_s, lay.into, lay.source, lay.weight, ramp, dt)
        held = change.admit(int(i * dt), i * dt, HORIZON_S, onset, began, d, a, b, c, jump, (0, -1))
        _, s = update(x, p, h, 0.0, r, gain)
        change.weigh(d, held, a, b, c, h, gain, u[i] * np.sqrt(s), s)
        slow[i] = change.best(a[0], b[0], held, 1)[0]
    return float(np.abs(slow - bench(noise).grid(u, spare=False)[:, RATIO]).max())


PER_YEAR = (1.0, 0.1)
TRIALS, FOR_WEIGHTS = 1000, 300


def piece(which: int) -> Row:
    """All of one kind of noise: thresholds, delays and their ratios."""
    noise, rng = noises()[which], np.random.default_rng([6, which])
    on = bench(noise)
    peaks, blocks, sums = quiet(on, rng)
    years = peaks.shape[0] * noise.apart_s / YEAR_S
    late = [delays(on, j, TRIALS + FOR_WEIGHTS, rng) for j in range(len(noise.sizes))]
    lines: list[Row] = []
    for stated in PER_YEAR:
        weights = _weigh_sizes(on, peaks, blocks, sums, years, stated, late, rng)
        found = []
        for each, total, times in late:
            for kind, weight in weights.items():
                each[:, kind] = _passed(total, times, weight)
            found.append(each[FOR_WEIGHTS:])
        for kind, weight in weights.items():
            peaks[:, kind] = _peaks(blocks, sums, weight, peaks.shape[0])
        came = compare(peaks, years, stated, found, FIRST_SIZE, rng)
        lines.append({
            "per_year": stated, "oracle_s": [row[0].oracle_s for row in came.each],
            "each": [_kinds(row, j, len(noise.sizes)) for j, row in enumerate(came.each)],
            "mean": _kinds(came.mean, None, len(noise.sizes)), "worst": _kinds(came.worst, None, len(noise.sizes)),
            "weights": {KINDS[k]: [float(f"{w:.3g}") for w in weight] for k, weight in weights.items()},
        })  # fmt: skip
    natural = [float((peaks[:, ODDS] > np.log(YEAR_S / p)).sum()) / years for p in PER_YEAR]
    return {
        "part": 0, "kind": noise.title, "seed": which, "years": years, "sizes": noise.sizes, "lines": lines,
        "natural": natural, "code": digest(),
    }  # fmt: skip


def _kinds(row: Sequence[Ratio], own: int | None, sizes: int) -> Row:
    """The columns by name; of the known sizes only the one that leaked."""
    named = {name: row[k] for k, name in enumerate(KINDS)}
    if own is not None:
        named["known"] = row[FIRST_SIZE + sizes + own]
    return {name: [float(f"{value:.4f}") for value in (one.ratio, one.low, one.high)] for name, one in named.items()}


def _weigh_sizes(
    on: Bench, peaks: Floats, blocks: Ints, sums: Floats, years: float, stated: float, late: Sequence[Late],
    rng: np.random.Generator,
) -> dict[int, Floats]:  # fmt: skip
    """Weights (size,) that are best for the mean over sizes, and those that are for the worst; on leaks that are not
    counted later."""
    sizes, some = len(late), slice(0, FOR_WEIGHTS)

    def relative(weight: Floats) -> Floats:
        tops = np.column_stack(
            [_peaks(blocks, sums, weight, peaks.shape[0]), peaks[:, FIRST_SIZE : FIRST_SIZE + sizes]]
        )
        found = [
            np.concatenate([
                _passed(total[some], times[some], weight)[:, None], each[some, FIRST_SIZE : FIRST_SIZE + sizes]
            ], axis=1)
            for each, total, times in late
        ]  # fmt: skip
        came = compare(tops, years, stated, found, 1, rng, again=1)
        return np.array([row[0].ratio for row in came.each])

    # each sum by itself passes the threshold of all together, whatever that is, about as often as the other sums do
    natural = int(np.log(YEAR_S / on.noise.step_s / stated) / HEIGHTS[1])
    known = [each[some, FIRST_SIZE + sizes + j].mean(axis=0) for j, (each, _, _) in enumerate(late)]
    saved = np.array([max(spent(delay, natural), 1e-3) for delay in known])
    mean = searched(saved, lambda weight: float(relative(weight).mean()))
    return {LEAST: mean, MINIMAX: searched(mean, lambda weight: float(relative(weight).max()))}


def _passed(total: Floats, times: Floats, weight: Floats) -> Floats:
    """When sums (trial, reading, size), so weighted, first pass each height: (trial, height) s."""
    ends = np.column_stack([times, np.full(times.shape[0], np.inf)])
    return np.array([end[passes(value)] for end, value in zip(ends, mixed(total, weight), strict=True)])


def _peaks(blocks: Ints, sums: Floats, weight: Floats, count: int) -> Floats:
    """The largest weighted sum in every stretch of noise, (block,)."""
    peaks = np.full(count, -np.inf)
    np.maximum.at(peaks, blocks, mixed(sums, weight))
    return peaks
