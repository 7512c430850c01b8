"""What comes next if nothing is done: rate ahead, gas needed, and when limits are reached."""

from dataclasses import dataclass

import numpy as np

from hullwatch.models.slow_air import SlowNoise, SlowRecord
from hullwatch.records import Floats, Interval
from hullwatch.trend.dated import interval
from hullwatch.trend.growth import Shape, basis
from hullwatch.trend.noise import kg_per_pa
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Vehicle

HORIZON_DAY = 365.0
AHEAD = np.arange(0.0, HORIZON_DAY + 1.0)
"""Days ahead that are looked at."""
MOST_RATE = 100.0
"""Rates above are not looked at any more: a hole of that size is no slow leak, kg/day."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit and when it is reached; `chance` within the horizon, time None if that is below a half."""

    limit: str
    value: float
    chance: float
    time_s: Interval | None
    why: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """The days ahead; rates and losses of air."""

    from_s: float
    day: Floats
    rate_kg_day: Floats  # (3, day)
    lost_kg: Floats  # (3, day)
    until_s: float
    needed_kg: Interval
    doubling_day: Interval | None
    reached: tuple[Reached, ...]


def look_ahead(
    vehicle: Vehicle, record: SlowRecord, now: Floats, mass: Floats, laws: list[tuple[Shape, Floats]], end_s: float,
    begin_s: float, until_s: float | None, rate_limit: float | None, noise: SlowNoise, rng: np.random.Generator,
) -> Outlook:  # fmt: skip
    """Each history goes on by a law drawn for it; without laws the rate only wanders."""
    factor = np.ones((now.size, AHEAD.size))
    for i, (shape, size) in enumerate(laws):
        since = (end_s - begin_s) / DAY_S
        path = basis(shape.law, shape.parameter, shape.power, since + AHEAD) @ size
        factor[i] = np.maximum(path, 0.0) / max(float(path[0]), 1e-3)
    wander = np.cumsum(rng.standard_normal(factor.shape) * noise.loss_walk / record.share, axis=1)
    rate = np.clip(now[:, None] * factor + wander, 0.0, MOST_RATE)
    lost = np.concatenate([np.zeros((now.size, 1)), np.cumsum(0.5 * (rate[:, 1:] + rate[:, :-1]), axis=1)], axis=1)
    until = end_s + 90.0 * DAY_S if until_s is None else until_s
    until = min(max(until, end_s), end_s + HORIZON_DAY * DAY_S)
    needed = np.array([np.interp((until - end_s) / DAY_S, AHEAD, path) for path in lost])
    reached = _pressures(vehicle, record, mass, lost, end_s)
    if rate_limit is not None:
        reached.insert(0, _reached("rate", rate_limit, rate, np.full(now.size, rate_limit), end_s, "rate asked for"))
    doubling = np.array([shape.parameter for shape, _ in laws if shape.law == "exponential"])
    likely = doubling.size >= 0.5 * max(len(laws), 1) and doubling.size > 0
    return Outlook(
        end_s, AHEAD, np.quantile(rate, [0.05, 0.5, 0.95], axis=0), np.quantile(lost, [0.05, 0.5, 0.95], axis=0),
        until, interval(needed), interval(doubling) if likely else None, tuple(reached),
    )  # fmt: skip


def _pressures(vehicle: Vehicle, record: SlowRecord, mass: Floats, lost: Floats, end_s: float) -> list[Reached]:
    """Low limits of total pressure, if nothing is added."""
    air = vehicle.atmosphere
    pressure = mass / kg_per_pa(vehicle, record.tracer)
    why = "if nothing is added"
    if not np.isfinite(record.mass_kg).any():
        pressure = np.full(mass.size, air.pressure_pa.value)
        why += "; pressure now taken as the vehicle's nominal"
    elif record.tracer == "N2":
        pressure = pressure + air.ppo2_pa.value + air.ppco2_pa.value + air.pph2o_pa.value
        why += "; oxygen, carbon dioxide and water taken as the vehicle's nominal"
    per_pa = kg_per_pa(vehicle, "air")
    found = []
    for limit in vehicle.limits:
        if limit.quantity == "pressure" and limit.side == "low":
            spare = (pressure - limit.value_pa.value) * per_pa
            found.append(_reached(limit.id, limit.value_pa.value, lost, spare, end_s, why))
    return found


def _reached(limit: str, value: float, path: Floats, bound: Floats, end_s: float, why: str) -> Reached:
    """When each path first passes its bound."""
    over = path >= bound[:, None]
    passed = over.any(axis=1)
    day = np.where(passed, AHEAD[np.argmax(over, axis=1)], np.inf)
    chance = float(passed.mean())
    if chance < 0.5:
        return Reached(limit, value, chance, None, why)
    low, middle, high = np.quantile(np.where(np.isfinite(day), day, HORIZON_DAY), [0.05, 0.5, 0.95])
    return Reached(
        limit, value, chance,
        Interval(end_s + middle * DAY_S, end_s + low * DAY_S, end_s + high * DAY_S),
        why + ("" if chance > 0.95 else f"; later than {HORIZON_DAY:.0f} days in {100 * (1 - chance):.0f} %"),
    )  # fmt: skip
