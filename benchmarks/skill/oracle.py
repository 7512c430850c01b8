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


@kernel
def _information(
    time: Floats, p: Floats, h: Floats, r: float, relax: Floats, variance: Floats, walk: Floats, into: Ints,
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
        _, s = update(x, p, h, 0.0, r, gain)
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
    lay, p, h, r = filter_of(vehicle)
    time_s, _ = _readings(vehicle, world)
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
