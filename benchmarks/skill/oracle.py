"""An oracle for Gaussian worlds: the Kalman filter of the very model, and a CUSUM over onsets for a leak of known size.

It knows what no watch can know (model, noise, size) and lacks only the onset. Its filter is the exact one: no window,
no rounding state, no tempering of surprises.

    reading --> filter --> innovations --> a, b for every onset --> statistic = max over onsets of q a - q^2 b / 2
"""

from collections.abc import Sequence

import numpy as np
from world import World, told_log

from hullwatch.balance import layout
from hullwatch.balance.layout import DRIVE, EXPANSION, EXPANSION_SHARE, FLOW, HEAT, MASS
from hullwatch.compiled import kernel
from hullwatch.estimators import change
from hullwatch.estimators.kalman import predict, update
from hullwatch.records import Floats, Ints
from hullwatch.units import HOUR_S, TO_SI
from hullwatch.vehicle.facts import Vehicle

APART_S = 6 * HOUR_S
"""Peaks closer than this are one: an alarm would be looked into for that long."""


def _readings(vehicle: Vehicle, world: World) -> tuple[Floats, Floats]:
    """Times and logarithms of pressure of the one sensor."""
    (sensor,) = vehicle.channel_of("pressure")
    mine = world.samples.item == world.samples.items.index(sensor.id)
    factor = sensor_factor(vehicle)
    value = world.samples.value[mine] * factor
    return world.samples.time_s[mine], np.log(value / vehicle.atmosphere.pressure_pa.value)


def sensor_factor(vehicle: Vehicle) -> float:
    """Pascals in the sensor's unit."""
    return float(TO_SI[vehicle.channel_of("pressure")[0].unit][1])


def filter_of(vehicle: Vehicle) -> tuple[layout.Layout, Floats, Floats, float]:
    """Layout, start covariance, what a reading sees, and the variance of its noise."""
    (sensor,) = vehicle.channel_of("pressure")
    lay = layout.lay_out(vehicle, (vehicle.compartments[0].id,), frozenset({sensor.id}))
    p = np.diag(lay.start)
    p[HEAT, DRIVE] = p[DRIVE, HEAT] = lay.start[HEAT]
    bias = lay.bias(0)
    p[bias + 1, bias + 1] = 0.0  # no rounding error in a sensor without codes
    h = np.zeros(lay.states)
    h[[MASS, HEAT, EXPANSION, bias]] = 1.0
    relax = lay.relax_s
    relax[bias + 1], lay.variance[bias + 1] = np.inf, 0.0
    return lay, p, h, float(sensor.noise_si / vehicle.atmosphere.pressure_pa.value) ** 2


@kernel
def _scan(
    time: Floats, z: Floats, p: Floats, h: Floats, r: float, relax: Floats, variance: Floats, walk: Floats, into: Ints,
    source: Ints, weight: Floats, rates: Floats, flow: int, tick_s: float, horizon_s: float, out: Floats,
) -> None:  # fmt: skip
    """The statistics after each reading, (k, rate). Rate 0: the size is not known, and the likeliest is taken (GLR)."""
    n, room = relax.shape[0], change.ROOM
    x, gain = np.zeros(n), np.empty(n)
    onset = np.full(room, -1, dtype=np.int64)
    began, d = np.zeros(room), np.zeros((1, room, n))
    a, b, c = np.zeros((1, room)), np.zeros((1, room)), np.zeros((1, room))
    ramp, jump = np.zeros((1, n)), np.zeros((1, n))
    jump[0, flow] = -1.0
    held, last = 0, -1.0
    for i in range(time.shape[0]):
        dt = time[i] - time[i - 1] if i else 0.0
        predict(x, p, relax, variance, walk, into, source, weight, dt)
        change.drift(d, held, relax, into, source, weight, ramp, dt)
        nu, s = update(x, p, h, z[i], r, gain)
        change.weigh(d, held, a, b, c, h, gain, nu, s)
        for q in range(rates.shape[0]):
            top, rate = 0.0, rates[q]
            for k in range(held):
                if rate > 0.0:
                    top = max(top, rate * a[0, k] - 0.5 * rate * rate * b[0, k])
                elif a[0, k] > 0.0 and b[0, k] > 0.0:
                    top = max(top, 0.5 * a[0, k] * a[0, k] / b[0, k])
            out[i, q] = top
        tick = np.floor(time[i] / tick_s)
        if tick > last:
            held = change.admit(int(tick), time[i], horizon_s, onset, began, d, a, b, c, jump, (0, -1))
            last = tick


def statistics(vehicle: Vehicle, world: World, rates_per_s: Sequence[float]) -> tuple[Floats, Floats]:
    """Times of the readings and the statistics after each, (k, rate); told operations are taken out before."""
    lay, p, h, r = filter_of(vehicle)
    time_s, z = _readings(vehicle, world)
    z = z - np.interp(time_s, world.time_s, told_log(vehicle, world))
    out = np.empty((time_s.size, len(rates_per_s)))
    _scan(
        time_s - time_s[0], z, p, h, r, lay.relax_s, lay.variance, lay.walk, lay.into, lay.source, lay.weight,
        np.array(rates_per_s), FLOW, change.TICK_S, 2.0 * 86_400.0, out,
    )  # fmt: skip
    return time_s, out


def peaks(vehicle: Vehicle, world: World, rates_per_s: Sequence[float]) -> list[list[float]]:
    """The largest value of each statistic in every stretch of APART_S, the first day left out."""
    time_s, found = statistics(vehicle, world, rates_per_s)
    after = time_s > time_s[0] + 86_400.0
    part = np.floor(time_s[after] / APART_S).astype(np.int64)
    starts = np.flatnonzero(np.diff(part, prepend=part[0] - 1))
    tops = np.maximum.reduceat(found[after], starts, axis=0)
    return [[float(f"{top:.4g}") for top in column] for column in tops.T]


def threshold(tops: list[float], years: float, per_year: float, tail: int = 20) -> float:
    """Height that so many peaks a year pass: the tail of the highest few is taken as exponential."""
    ordered = np.sort([top for top in tops if top > 0.0])[::-1]
    if ordered.size < 3:
        return 0.0  # of a large leak quiet air never speaks: the first word for it is enough
    used = ordered[: min(tail, ordered.size)]
    floor = float(used[-1])
    scale = float(np.mean(used - floor)) * used.size / max(used.size - 1, 1)
    return floor + scale * float(np.log(used.size / max(per_year * years, 1e-9)))


def follow(
    vehicle: Vehicle, world: World, rates_per_s: Sequence[float], onset_s: float
) -> list[list[tuple[float, float]]]:
    """Where each statistic has risen to a new height since the onset: all that any threshold needs."""
    time_s, found = statistics(vehicle, world, rates_per_s)
    after = time_s >= onset_s
    records = []
    for column in found[after].T:
        rising = np.maximum.accumulate(column)
        new = np.diff(np.floor(10.0 * np.minimum(rising, 100.0)), prepend=-1.0) > 0.0
        records.append([(float(t), float(v)) for t, v in zip(time_s[after][new], rising[new], strict=True)])
    return records


def _noises(vehicle: Vehicle, world: World) -> tuple[Floats, Floats]:
    """Times of the readings, and the variance of their relative noise: it grows as pressure falls."""
    (sensor,) = vehicle.channel_of("pressure")
    time_s, _ = _readings(vehicle, world)
    return time_s, (sensor.noise_si / np.interp(time_s, world.time_s, world.pressure_pa)) ** 2


@kernel
def _information(
    time: Floats, p: Floats, h: Floats, r: Floats, relax: Floats, variance: Floats, walk: Floats, into: Ints,
    source: Ints, weight: Floats, first: int, jump: Floats, until: float,
) -> Floats:  # fmt: skip
    """Fisher information (2, 2) of the amplitudes of two deviations (2, n) that begin at reading `first`."""
    n = relax.shape[0]
    x, gain, d, info, e = np.zeros(n), np.empty(n), jump.copy().reshape(2, 1, n), np.zeros((2, 2)), np.zeros(2)
    for i in range(time.shape[0]):
        if time[i] > until:
            break
        dt = time[i] - time[i - 1] if i else 0.0
        predict(x, p, relax, variance, walk, into, source, weight, dt)
        if i > first:
            change.drift(d, 1, relax, into, source, weight, np.zeros((2, n)), dt)
        _, s = update(x, p, h, 0.0, r[i], gain)
        if i <= first:
            continue
        for q in range(2):
            e[q] = 0.0
            for j in range(n):
                e[q] += h[j] * d[q, 0, j]
        for q in range(2):
            for o in range(2):
                info[q, o] += e[q] * e[o] / s
            for j in range(n):
                d[q, 0, j] -= gain[j] * e[q]
    return info


def bound(vehicle: Vehicle, world: World, rate_per_s: float, onset_s: float, until_s: float) -> float:
    """Cramer-Rao bound of the relative rate, 1/s, from the readings until then, with the onset unknown."""
    lay, p, h, _ = filter_of(vehicle)
    time_s, r = _noises(vehicle, world)
    jump = np.zeros((2, lay.states))
    jump[0, FLOW] = -1.0
    jump[1, MASS], jump[1, EXPANSION] = rate_per_s, rate_per_s * EXPANSION_SHARE  # a later onset: that much more gas
    first = int(np.searchsorted(time_s, onset_s))
    info = _information(
        time_s - time_s[0], p, h, r, lay.relax_s, lay.variance, lay.walk, lay.into, lay.source, lay.weight,
        first, jump, until_s - time_s[0],
    )  # fmt: skip
    if info[1, 1] == 0.0:
        return float("inf")
    free = info[0, 0] - info[0, 1] ** 2 / info[1, 1]
    return float(1.0 / np.sqrt(free)) if free > 0.0 else float("inf")


UNKNOWN_RATES, UNKNOWN_ONSET_S = 100.0, 2.0e5
"""What is known of rate and onset before any reading, 1 sigma: next to nothing, in rates and in seconds."""


@kernel
def _track(
    time: Floats, p: Floats, h: Floats, r: Floats, relax: Floats, variance: Floats, walk: Floats, into: Ints,
    source: Ints, weight: Floats, first: int, doubt: Floats, flow: int, wander: float, until: float,
) -> tuple[float, float]:  # fmt: skip
    """Variance of the flow as a filter believes it that lets it wander, and of its error where it does not."""
    n = relax.shape[0]
    x, gain, loose, e = np.zeros(n), np.empty(n), walk.copy(), p.copy()
    for i in range(time.shape[0]):
        if time[i] > until:
            break
        dt = time[i] - time[i - 1] if i else 0.0
        predict(x, p, relax, variance, loose, into, source, weight, dt)
        predict(x, e, relax, variance, walk, into, source, weight, dt)
        update(x, p, h, 0.0, r[i], gain)
        # the same gains on what truly is: e becomes (1 - g h) e (1 - g h)' + r g g'
        seen, both = e @ h, r[i]
        for j in range(n):
            both += h[j] * seen[j]
        for j in range(n):
            for k in range(n):
                e[j, k] += gain[j] * gain[k] * both - gain[j] * seen[k] - seen[j] * gain[k]
        if i == first:
            p += doubt
            e += doubt
            loose[flow] = wander
    return p[flow, flow], e[flow, flow]


def wandering(
    vehicle: Vehicle, world: World, rate_per_s: float, onset_s: float, until_s: float, per_hour: float
) -> tuple[float, float]:
    """Bound of the relative rate as it is at `until_s`, 1/s, if since an unknown onset it wanders by this share in an
    hour; and the error of the filter that reaches it where the rate does not wander."""
    lay, p, h, _ = filter_of(vehicle)
    time_s, r = _noises(vehicle, world)
    later = np.zeros(lay.states)
    later[MASS], later[EXPANSION] = rate_per_s, rate_per_s * EXPANSION_SHARE
    doubt = UNKNOWN_ONSET_S**2 * np.outer(later, later)
    doubt[FLOW, FLOW] = (UNKNOWN_RATES * rate_per_s) ** 2
    believed, real = _track(
        time_s - time_s[0], p, h, r, lay.relax_s, lay.variance, lay.walk, lay.into, lay.source, lay.weight,
        int(np.searchsorted(time_s, onset_s)), doubt, FLOW, (per_hour * rate_per_s) ** 2 / HOUR_S, until_s - time_s[0],
    )  # fmt: skip
    return float(np.sqrt(believed)), float(np.sqrt(real))


@kernel
def _every_onset(
    time: Floats, z: Floats, p: Floats, h: Floats, r: Floats, relax: Floats, variance: Floats, walk: Floats,
    into: Ints, source: Ints, weight: Floats, since: float, until: float, jump: Floats, a: Floats, b: Floats,
) -> int:  # fmt: skip
    """Sums (1, onset) of the flow that begins at each reading between two moments, none thinned out; how many."""
    n, held = relax.shape[0], 0
    x, gain, ramp, c = np.zeros(n), np.empty(n), np.zeros((1, n)), np.zeros(a.shape)
    d = np.zeros((1, a.shape[1], n))
    for i in range(time.shape[0]):
        if time[i] > until:
            break
        dt = time[i] - time[i - 1] if i else 0.0
        predict(x, p, relax, variance, walk, into, source, weight, dt)
        change.drift(d, held, relax, into, source, weight, ramp, dt)
        nu, s = update(x, p, h, z[i], r[i], gain)
        change.weigh(d, held, a, b, c, h, gain, nu, s)
        if time[i] >= since:
            d[0, held] = jump
            held += 1
    return held


BEFORE_S = 6 * HOUR_S
"""Onsets so long before the true one are thought of; of leaks that are found no earlier one is likely."""


def posterior(vehicle: Vehicle, world: World, onset_s: float, until_s: float, least: float, most: float) -> float:
    """Median of the relative rate, 1/s, given the readings: constant, as likely in every ratio from least to most, and
    begun at any reading as likely as at any other."""
    lay, p, h, _ = filter_of(vehicle)
    time_s, z = _readings(vehicle, world)
    _, r = _noises(vehicle, world)
    jump = np.zeros(lay.states)
    jump[FLOW] = -1.0
    since = onset_s - BEFORE_S
    a, b = np.zeros((2, 1, int(np.sum((time_s >= since) & (time_s <= until_s)))))
    held = _every_onset(
        time_s - time_s[0], z, p, h, r, lay.relax_s, lay.variance, lay.walk, lay.into, lay.source, lay.weight,
        since - time_s[0], until_s - time_s[0], jump, a, b,
    )  # fmt: skip
    return median_rate(a[0, :held], b[0, :held], least, most)


def median_rate(a: Floats, b: Floats, least: float, most: float, nodes: int = 1000) -> float:
    """Median of the amplitude (1/s) over onsets, from their sums; far from the likeliest none are thought of."""
    told = (b > 0.0) & (a > 0.0)
    if not told.any():
        return float(np.sqrt(least * most))
    a, b = a[told], b[told]
    top = int(np.argmax(a * a / b))
    middle, wide = a[top] / b[top], 20.0 / np.sqrt(b[top])
    rates = np.geomspace(max(least, middle - wide), min(most, max(middle + wide, 2.0 * least)), nodes)
    log_weight = change.log_evidence_grid(a, b, rates)
    weight = np.cumsum(np.exp(log_weight - log_weight.max()).sum(axis=0))
    return float(np.interp(0.5 * weight[-1], weight, rates))
