"""Put a known leak into recorded telemetry: what every pressure sensor would have read with a hole in the ship.

The hole acts through the model: all pressures and partial pressures of the main pressure group fall by the same factor.
What a sensor then says goes through its own resolution again:

    noise below the step       pressure is drawn through the moments at which the code changed by one step
    noise above the step       pressure is the running mean of the codes; its noise is added again (fixed seed)
    sampled at fixed times     the reading itself, rounded again
"""

import zlib
from collections.abc import Callable

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.models.decay import leak_decay
from hullwatch.physics import gas
from hullwatch.records import Floats, Ints, Samples
from hullwatch.units import TO_SI, parse_quantity, utc_seconds
from hullwatch.vehicle.facts import Channel, Vehicle
from hullwatch.vehicle.graph import default_open, pressure_groups

GASES = ("pressure", "ppo2", "ppn2", "ppco2", "pph2o")
SMOOTH_S = 600.0
"""Span of the running mean that stands for the pressure behind a noisy sensor."""
REGULAR = 0.8
"""A channel with this share of its readings evenly spaced is sampled, not published on change."""


def parse_injection(text: str) -> tuple[float, float]:
    """Rate in kg/s and opening time of text such as "25 kg/day at 2018-10-12T21:00Z"; OutOfRange says what is wrong."""
    rate, word, moment = text.partition(" at ")
    if not word:
        raise OutOfRange("inject", None, f'{text!r} must read like "25 kg/day at 2018-10-12T21:00Z"')
    rate_kg_s = parse_quantity(rate, "kg/s")
    if rate_kg_s <= 0.0:
        raise OutOfRange("inject", rate_kg_s, "a leak rate above zero")
    return rate_kg_s, utc_seconds(moment)


def inject(samples: Samples, vehicle: Vehicle, rate_kg_s: float, opened_s: float, closed_s: float = np.inf) -> Samples:
    """The same readings with a choked hole open from `opened_s` to `closed_s` that first passes `rate_kg_s`."""
    if samples.time_s.size == 0 or not samples.time_s.min() <= opened_s <= samples.time_s.max():
        raise OutOfRange("inject", opened_s, "a time within the recording")
    group = max(pressure_groups(vehicle, default_open(vehicle)), key=lambda g: _volume(vehicle, g))
    mass_kg = _gas_mass(vehicle, group)
    feed_s = np.unique(np.floor(samples.time_s / vehicle.frame_s)) * vehicle.frame_s
    feed_s = feed_s[feed_s >= opened_s]
    offset = _offsets(samples, vehicle, group)

    def fall(time_s: Floats) -> Floats:
        return leak_decay(np.minimum(time_s, closed_s), opened_s, rate_kg_s, mass_kg)

    drop, times, items, values = np.zeros(samples.time_s.size, dtype=np.bool_), [], [], []
    for channel in vehicle.channels:
        if channel.quantity not in GASES or channel.compartment not in group or channel.id not in samples.items:
            continue
        item = samples.items.index(channel.id)
        rows = np.flatnonzero(samples.item == item)
        if rows.size == 0:
            continue
        rows = rows[np.argsort(samples.time_s[rows], kind="stable")]
        time, value = samples.time_s[rows], samples.value[rows]
        own = offset.get(channel.id, 0.0)
        heard_s = feed_s[feed_s >= np.floor(time[0])]
        new_time, new_value = _reread(channel, time, value - own, heard_s, opened_s, fall)
        drop[rows[time >= opened_s]] = True
        times.append(new_time)
        values.append(new_value + own)
        items.append(np.full(new_time.size, item, dtype=np.int64))
    if not times:
        raise OutOfRange("inject", opened_s, "no pressure channel in the recording for the leak to act on")
    time = np.concatenate([samples.time_s[~drop], *times])
    item_code: Ints = np.concatenate([samples.item[~drop], *items])
    value = np.concatenate([samples.value[~drop], *values])
    # Rows are kept in their order of arrival; a new one arrives when its time has come.
    arrival = np.concatenate([np.maximum.accumulate(samples.time_s)[~drop], *times])
    order = np.argsort(arrival, kind="stable")
    return Samples(time[order], item_code[order], value[order], samples.items)


def _offsets(samples: Samples, vehicle: Vehicle, group: tuple[str, ...]) -> dict[str, float]:
    """How far each pressure sensor reads from the middle one, in its unit: an error that a leak does not shrink."""
    factor = {c.id: TO_SI[c.unit][1] for c in vehicle.channels if c.quantity == "pressure" and c.compartment in group}
    middle = {
        name: float(np.median(samples.value[samples.item == samples.items.index(name)])) * factor[name]
        for name in factor
        if name in samples.items and (samples.item == samples.items.index(name)).any()
    }
    truth = float(np.median(list(middle.values()))) if middle else 0.0
    return {name: (value - truth) / factor[name] for name, value in middle.items()}


def _reread(
    channel: Channel, time: Floats, value: Floats, feed_s: Floats, opened_s: float, fall: Callable[[Floats], Floats]
) -> tuple[Floats, Floats]:
    """Readings of one channel from the opening on, in its published unit."""
    factor_si = TO_SI[channel.unit][1]
    quantum = channel.quantum_si / factor_si
    after = time >= opened_s
    sampled = channel.publish == "periodic" or _regular(time)
    if sampled or quantum == 0.0:
        lowered = value[after] * fall(time[after])
        return time[after], _rounded(lowered, quantum, value)
    held = value[np.clip(np.searchsorted(time, feed_s, side="right") - 1, 0, None)]
    if channel.noise_si <= 0.2 * channel.quantum_si:
        pressure = _between_codes(time, value, quantum, feed_s)
    else:
        noise = np.random.default_rng(zlib.crc32(channel.id.encode())).normal(
            0.0, channel.noise_si / factor_si, feed_s.size
        )
        pressure = _running_mean(held, _neighbours(feed_s)) + noise
    published = _rounded(pressure * fall(feed_s), quantum, value)
    before = value[np.searchsorted(time, opened_s, side="right") - 1] if (~after).any() else np.nan
    changed = published != np.concatenate([[before], published[:-1]])
    return feed_s[changed], published[changed]


def _regular(time: Floats) -> bool:
    gaps = np.diff(time)
    return gaps.size > 2 and bool(np.mean(np.abs(gaps - np.median(gaps)) <= 0.1 * np.median(gaps)) > REGULAR)


def _between_codes(time: Floats, value: Floats, quantum: float, at_s: Floats) -> Floats:
    """Pressure behind a channel published on change, drawn stay by stay; a jump of several steps stays a jump.

    A stay begins and ends half-way to the code beside it, and half-way through it is half-way back to its own code, so
    that a turn is no straight line.
    """
    moved = np.concatenate([[0], np.flatnonzero(np.diff(value) != 0.0) + 1])
    code, start = value[moved], time[moved]
    end = np.append(start[1:], max(at_s[-1], start[-1]) if at_s.size else start[-1])
    step = np.diff(code)
    small = np.abs(step) <= 1.5 * quantum
    begins = code - np.concatenate([[0.0], np.where(small, 0.5 * step, 0.0)])
    ends = code + np.append(np.where(small, 0.5 * step, 0.0), 0.0)
    middle = 0.5 * (0.5 * (begins + ends) + code)
    knots = np.stack([start, 0.5 * (start + end), np.maximum(start, end - 1e-3)], axis=1).ravel()
    return np.asarray(np.interp(at_s, knots, np.stack([begins, middle, ends], axis=1).ravel()))


def _neighbours(feed_s: Floats) -> int:
    """Moments of the feed within the running mean's span."""
    return round(SMOOTH_S / float(np.median(np.diff(feed_s)))) if feed_s.size > 1 else 1


def _running_mean(value: Floats, width: int) -> Floats:
    """Mean over `width` neighbours, fewer at the ends."""
    total = np.concatenate([[0.0], np.cumsum(value)])
    low = np.maximum(np.arange(value.size) - width // 2, 0)
    high = np.minimum(np.arange(value.size) + width // 2 + 1, value.size)
    return np.asarray((total[high] - total[low]) / (high - low))


def _rounded(value: Floats, quantum: float, codes: Floats) -> Floats:
    """Values on the sensor's grid, which goes through the codes it has published."""
    if quantum == 0.0:
        return value
    origin = float(codes[0])
    return np.asarray(origin + np.round((value - origin) / quantum) * quantum)


def _volume(vehicle: Vehicle, group: tuple[str, ...]) -> float:
    inside = set(group)
    return sum(c.volume_m3.value for c in vehicle.compartments if c.id in inside)


def _gas_mass(vehicle: Vehicle, group: tuple[str, ...]) -> float:
    air = vehicle.atmosphere
    p, t = air.pressure_pa.value, air.temperature_k.value
    share = gas.fractions(p, air.ppo2_pa.value, air.ppco2_pa.value, air.pph2o_pa.value)
    return float(gas.amount(p, _volume(vehicle, group), t)) * float(gas.mixture_molar_mass(share))
