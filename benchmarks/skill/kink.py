"""The change statistic alone against an oracle: how soon is a loss seen in worlds with just the filter's own noise?

In such a world the filter's innovations are white and normal, and a leak adds its rate times a known response. So noise
is drawn as innovations and all statistics read the same ones:

    oracle   CUSUM over onsets for a leak of known rate              max_k (q a_k - q^2 b_k / 2)
    ratio    largest likelihood ratio over onsets and rates (GLR)    max_k a_k^2 / (2 b_k)
    odds     leak against nothing as `detection.verdict` weighs it   sum_k cell_k mean_q exp(q a_k - q^2 b_k / 2)
    looked   the same, at the moments at which the watch looks       (score.LOOK_SHARE, memory.LOOK_H)
    wide     odds with leaks from 0.02 kg/day on

Thresholds are those that noise alone passes as often as stated, measured; delays are means over leaks. All onsets are
those of the watch's own grid (`estimators.change.admit`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import world
from oracle import filter_of
from years import digest, per_year

from hullwatch.balance.layout import FLOW
from hullwatch.compiled import kernel
from hullwatch.detection.priors import LEAK_KG_DAY
from hullwatch.detection.score import HORIZON_S, LOOK_SHARE
from hullwatch.estimators import change
from hullwatch.estimators.kalman import predict, update
from hullwatch.records import Floats, Ints
from hullwatch.units import DAY_S, HOUR_S, MMHG_PA
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch.memory import LOOK_H

RATIO, ODDS, LOOKED, WIDE, FIRST_SIZE = range(5)
WIDE_KG_DAY = np.geomspace(0.02, 2.0e5, 128)
HEIGHTS = np.arange(0.0, 40.0, 0.05)
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
        Noise("0.1 mmHg white, 1 Hz", ship(0.1 * MMHG_PA, still), 1.0, 1800.0, 0.5,
              (13.6, 54.0, 340.0, 1360.0, 5440.0), mass),
        Noise("0.02 K of heat over 1.5 h, 10 min", ship(2.0, calm), 600.0, 2 * DAY_S, 400.0,
              (0.05, 0.1, 0.3, 1.0, 1.68), mass),
        Noise("the vehicle's own: 0.1 K of heat over 0.5 h, 2 kg/day unmetered, 20 s", own, 20.0, 6 * HOUR_S, 12.0,
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
def _odds(a: Floats, onset: Ints, held: int, known: Floats, i: int, dt: float, rates: Floats, glr: float) -> float:
    """Logarithm of the sum over onsets (s) and the mean over rates of the likelihood ratio."""
    total = 0.0
    for k in range(held):
        b = known[i - onset[k]]
        if b <= 0.0 or a[k] <= 0.0 or 0.5 * a[k] * a[k] / b < glr - 12.0:
            continue
        after = onset[k + 1] if k + 1 < held else onset[k]
        before = onset[k - 1] if k > 0 else onset[k]
        part = 0.0
        for q in range(rates.shape[0]):
            part += np.exp(rates[q] * (a[k] - 0.5 * rates[q] * b))
        total += 0.5 * (after - before) * dt * part / rates.shape[0]
    return float(np.log(max(total, 1e-300)))


@kernel
def scan(
    u: Floats, along: Floats, known: Floats, dt: float, sizes: Floats, rates: Floats, wide: Floats, keep: int,
    room: int, look_h: float, look_share: float, every: int, out: Floats, from_row: int, first: Floats, step_h: float,
) -> None:  # fmt: skip
    """All statistics along innovations u (n,), in sigmas.

    out (block, 4 + size): largest in every `every` readings. first (4 + size, height): reading at which each height is
    first passed from `from_row` on, if it has columns.
    """
    kinds, ages, own = out.shape[1], along.shape[0], out.shape[1] - sizes.shape[0]
    onset = np.full(room, -1, dtype=np.int64)
    a, value = np.zeros(room), np.zeros(kinds)
    held, wait = 0, -1.0
    for i in range(u.shape[0]):
        held = _admit(onset, a, held, i, dt, keep, ages)
        for k in range(held):
            a[k] += along[i - onset[k]] * u[i]
        glr, place = 0.0, -1
        value[:] = -np.inf
        for k in range(held):
            b = known[i - onset[k]]
            if b > 0.0 and a[k] > 0.0 and 0.5 * a[k] * a[k] / b > glr:
                glr, place = 0.5 * a[k] * a[k] / b, k
        value[0] = glr
        for q in range(sizes.shape[0]):
            top = 0.0
            for k in range(held):
                top = max(top, sizes[q] * (a[k] - 0.5 * sizes[q] * known[i - onset[k]]))
            value[own + q] = top
        if glr > look_h:
            value[1] = _odds(a, onset, held, known, i, dt, rates, glr)
            value[3] = _odds(a, onset, held, known, i, dt, wide, glr)
            if i * dt >= wait:
                value[2] = value[1]
                wait = (i + look_share * (i - onset[place])) * dt
        block = i // every
        if block < out.shape[0]:
            for q in range(kinds):
                out[block, q] = max(out[block, q], value[q])
        if first.shape[1] and i >= from_row:
            for q in range(kinds):
                if value[q] > 0.0:
                    j = min(int(value[q] / step_h), first.shape[1] - 1)
                    while j >= 0 and first[q, j] < 0.0:
                        first[q, j] = i - from_row
                        j -= 1


@kernel
def _admit(onset: Ints, a: Floats, held: int, i: int, dt: float, keep: int, ages: int) -> int:
    """The onset at reading i joins, and the grid thins, as in estimators.change.admit; returns how many are held."""
    kept = 0
    for k in range(held):
        age = np.int64(np.floor((i - onset[k]) * dt))
        cell = 0
        while age > keep << cell:
            cell += 1
        tick = np.int64(np.floor(onset[k] * dt))
        far = kept == 0 or (np.int64(np.floor(onset[kept - 1] * dt)) >> cell) != (tick >> cell)
        if far and i - onset[k] < ages:
            onset[kept], a[kept] = onset[k], a[k]
            kept += 1
    if kept == onset.shape[0]:
        for k in range(1, kept):
            onset[k - 1], a[k - 1] = onset[k], a[k]
        kept -= 1
    onset[kept], a[kept] = i, 0.0
    return kept + 1


def quiet(noise: Noise, known: Response, rng: np.random.Generator) -> Floats:
    """Largest value of every statistic in every stretch of noise, (block, 4 + size)."""
    every = int(noise.apart_s / noise.step_s)
    pieces = []
    blocks = int(noise.years * YEAR_S / noise.apart_s)
    at_once = max(int(2_000_000 / every), 1)
    while blocks > 0:
        count = min(at_once, blocks)
        out = np.full((count + 1, FIRST_SIZE + len(noise.sizes)), -np.inf)
        _scan(noise, known, rng.standard_normal((count + 1) * every), out, every, 0, np.zeros((out.shape[1], 0)))
        pieces.append(out[1:])  # the first stretch starts without candidates
        blocks -= count
    return np.concatenate(pieces)


def delays(noise: Noise, known: Response, size: float, trials: int, rng: np.random.Generator) -> Floats:
    """When each statistic first passes each height after an onset, (trial, 4 + size, height) s; inf if it did not."""
    rate = size / DAY_S / noise.mass_kg
    kinds = FIRST_SIZE + len(noise.sizes)
    after = int(np.searchsorted(known.known, 200.0 / rate**2)) + 1  # by then far above any threshold here
    before = min(2 * after, known.along.size // 2)
    found = np.full((trials, kinds, HEIGHTS.size), np.inf)
    for trial in range(trials):
        u = rng.standard_normal(before + after)
        part = min(after, known.along.size)
        u[before : before + part] += rate * known.along[:part]
        first = np.full((kinds, HEIGHTS.size), -1.0)
        _scan(noise, known, u, np.zeros((0, kinds)), 1, before, first)
        found[trial] = np.where(first >= 0.0, first * noise.step_s, np.inf)
    return found


def _scan(noise: Noise, known: Response, u: Floats, out: Floats, every: int, from_row: int, first: Floats) -> None:
    relative = np.array(noise.sizes) / DAY_S / noise.mass_kg
    scan(
        u, known.along, known.known, noise.step_s, relative, LEAK_KG_DAY / DAY_S / noise.mass_kg,
        WIDE_KG_DAY / DAY_S / noise.mass_kg, change.KEEP, change.ROOM, LOOK_H, LOOK_SHARE, every, out, from_row, first,
        float(HEIGHTS[1]),
    )  # fmt: skip


TAIL = 60
"""So many of the highest peaks are taken as an exponential tail when the threshold is sought."""


def threshold(tops: Floats, years: float, stated: float, weight: Floats | None = None) -> float:
    """Height that so many peaks a year pass; weight: how often each of the tops (n,), highest first, counts."""
    count = np.ones(tops.size) if weight is None else weight
    passed = np.cumsum(count)
    if passed[-1] > stated * years > 30.0:  # enough to count
        return float(tops[int(np.searchsorted(passed, stated * years))])
    used = passed <= TAIL
    floor = float(tops[used][-1])
    scale = float(count[used] @ (tops[used] - floor)) / max(float(passed[used][-1]) - 1.0, 1.0)
    return floor + scale * float(np.log(passed[used][-1] / (stated * years)))


@dataclass(frozen=True)
class Ratio:
    """Mean delay of a statistic over the oracle's, with a 95 % bootstrap interval, and the thresholds behind it."""

    mean_s: float
    oracle_s: float
    ratio: float
    low: float
    high: float


def ratio(
    tops: Floats, years: float, stated: float, found: Floats, kind: int, own: int, rng: np.random.Generator
) -> Ratio:
    """Compare a statistic with the oracle of this size. tops (kind, n) highest first; found as of `delays`."""

    def once(weight: Floats | None, pick: Ints) -> tuple[float, float]:
        means = []
        for which in (kind, own):
            height = threshold(tops[which], years, stated, weight)
            at = min(int(np.ceil(height / HEIGHTS[1])), HEIGHTS.size - 1)
            means.append(float(found[pick, which, at].mean()))
        return means[0], means[1]

    every = np.arange(found.shape[0])
    mean, known = once(None, every)
    again = []
    for _ in range(300):
        a, b = once(rng.poisson(1.0, tops.shape[1]).astype(np.float64), rng.choice(every, every.size))
        again.append(a / b if np.isfinite(a) and np.isfinite(b) and b > 0.0 else np.inf)
    low, high = np.quantile(again, (0.025, 0.975), method="nearest")
    return Ratio(mean, known, mean / known if known > 0.0 else np.inf, float(low), float(high))


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
    fast = np.full((count, FIRST_SIZE + len(noise.sizes)), -np.inf)
    _scan(noise, known, u, fast, 1, 0, np.zeros((fast.shape[1], 0)))
    return float(np.abs(slow - fast[:, RATIO]).max())


PER_YEAR = (1.0, 0.1)
TRIALS = 300


def piece(which: int) -> Row:
    """All of one kind of noise: thresholds, delays and their ratios."""
    noise, rng = noises()[which], np.random.default_rng([6, which])
    known = response(noise)
    peaks = quiet(noise, known, rng)
    years = peaks.shape[0] * noise.apart_s / YEAR_S
    tops = -np.sort(-peaks.T, axis=1)[:, : int(max(2000, 1.5 * years))]
    lines: list[Row] = []
    for j, size in enumerate(noise.sizes):
        late = delays(noise, known, size, TRIALS, rng)
        for stated in PER_YEAR:
            found = [ratio(tops, years, stated, late, k, FIRST_SIZE + j, rng) for k in range(FIRST_SIZE)]
            lines.append({"size": size, "per_year": stated, "ratios": [asdict(one) for one in found]})
    natural = {f"{p:g}": float(np.log(YEAR_S / p)) for p in PER_YEAR}
    passed = [float((tops[ODDS] > natural[f"{p:g}"]).sum()) / years for p in PER_YEAR]
    return {
        "part": 0, "kind": noise.title, "seed": which, "years": years, "lines": lines, "natural": passed,
        "code": digest(),
    }  # fmt: skip


def tables(rows: Sequence[Row]) -> list[str]:
    """Mean delay of each statistic over the oracle's."""
    text = [
        "Noise is just what the filter supposes, one sensor, nothing else can have happened. All statistics read the "
        f"same innovations; each has the threshold that noise alone passes as often as stated, measured. {TRIALS} "
        "leaks of each size; intervals are 95 %, by bootstrap over noise and leaks. GLR: largest likelihood ratio over "
        "onsets and rates. Odds: leak against nothing, summed over onsets and rates, what the watch decides by; "
        "'looked' with the pauses between its looks; 'wide' with leaks from 0.02 kg/day on instead of from "
        f"{LEAK_KG_DAY[0]:g}. A dash: the threshold was not always reached.",
        "",
    ]
    for row in sorted(rows, key=lambda r: r["seed"]):
        text += [
            f"**{row['kind']}** ({row['years']:.3g} years of noise alone). At even odds of one leak a year the odds "
            f"alone would call the noise a leak {per_year(round(row['natural'][0] * row['years']), row['years'])} "
            "times a year.",
            "",
            "| leak, kg/day | false alarms a year | oracle, mean delay | GLR / oracle | odds / oracle "
            "| looked / oracle | wide / oracle |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for line in row["lines"]:
            text.append(
                f"| {line['size']:g} | {line['per_year']:g} | {_long(line['ratios'][0]['oracle_s'])} | "
                + " | ".join(_words(one) for one in line["ratios"])
                + " |"
            )
        text.append("")
    return text


def _words(one: Row) -> str:
    if not all(np.isfinite(one[key]) for key in ("ratio", "low", "high")):
        return "-"
    return f"{one['ratio']:.3f} ({one['low']:.3f} to {one['high']:.3f})"


def _long(seconds: float) -> str:
    if seconds < 600.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 6000.0 else f"{seconds / HOUR_S:.1f} h"
