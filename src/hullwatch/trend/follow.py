"""A long record into what is known of its leak: the steps in order, each in a file of its own.

record -> noise levels -> changes found -> histories sampled -> changes dated -> law of growth -> forecast
                                        -> what would have been declared, day by day
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hullwatch.errors import TelemetryError
from hullwatch.models.slow_air import GAIN, LOSS, MASS, SlowNoise, SlowRecord, System, slow_system
from hullwatch.records import Floats
from hullwatch.trend.changes import Change, Sample, learned, sample
from hullwatch.trend.coarse import coarsened
from hullwatch.trend.dated import DatedChange, dated_changes, last_fall_s
from hullwatch.trend.forecast import Outlook, look_ahead
from hullwatch.trend.growth import Shape, drawn, weigh_laws
from hullwatch.trend.noise import noise_of
from hullwatch.trend.online import Declared, declare
from hullwatch.trend.warmth import calmed
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Vehicle

LEAST_DAYS, LEAST_READINGS = 5.0, 6
"""Below this nothing can be said of a trend."""
LEARN_DAYS = 120.0
"""The noise levels of the day-by-day watch come from so many days at the beginning, at most a third of the record."""
SWEEPS = 150


@dataclass(frozen=True, slots=True)
class Trend:
    """All that is known of the slow loss of one record. Rates are of air."""

    record: SlowRecord
    noise: SlowNoise
    time_s: Floats  # (k,) of the bands
    rate_kg_day: Floats  # (3, k) 5 %, 50 %, 95 %
    gas_kg: Floats  # (3, k) tracer, heat taken out
    gain: Floats  # (sample,) apparent kg for each K
    changes: tuple[DatedChange, ...]
    found: tuple[Change, ...]
    base: System
    laws: tuple[Shape, ...]
    laws_from_s: float
    outlook: Outlook
    declared: tuple[Declared, ...]
    declare_bound: float
    declare_from_s: float
    per_year: float


def follow(
    record: SlowRecord, vehicle: Vehicle, per_year: float, seed: int, residual_k: float | None = None,
    until_s: float | None = None, rate_limit_kg_day: float | None = None, sweeps: int = SWEEPS,
    step: Callable[[str], None] = lambda what: None,
) -> Trend:  # fmt: skip
    """Everything, from the record alone. Raises TelemetryError for a record too short to have a trend."""
    refuse_short(record)
    rng = np.random.default_rng(seed)
    step("noise")
    fine, record = record, coarsened(calmed(record)[0])
    noise, found = learned(record, noise_of(vehicle, record, residual_k))
    base = slow_system(record, noise)
    samples = sample(base, noise, record.share, found, sweeps, rng, lambda: step("histories"))
    states = np.array([s.states for s in samples])
    rates = np.maximum(states[:, :, LOSS] / record.share, 0.0)
    changes = dated_changes(record, base, noise, found, samples, rates)
    begin = max(last_fall_s(changes), base.zero_s)
    step("laws")
    laws = tuple(weigh_laws(record, noise, found, base, begin, float(base.zero_s + base.time_day[-1] * DAY_S)))
    end = float(base.time_day[-1])
    ahead = look_ahead(
        vehicle, record, rates[:, -1], states[:, -1, MASS], drawn(list(laws), len(samples), rng) if laws else [],
        base.zero_s + end * DAY_S, begin, until_s, rate_limit_kg_day, noise, rng,
    )  # fmt: skip
    step("day by day")
    declared, bound, watched = _declared(fine, vehicle, per_year, residual_k, base)
    return Trend(
        record, noise, base.zero_s + base.time_day * DAY_S, _bands(rates), _bands(states[:, :, MASS]),
        states[:, -1, GAIN], changes, found, base, laws, begin, ahead, declared, bound, watched, per_year,
    )  # fmt: skip


def _declared(
    record: SlowRecord, vehicle: Vehicle, per_year: float, residual_k: float | None, base: System
) -> tuple[tuple[Declared, ...], float, float]:
    """The day-by-day watch over masses; reports come months apart and are no watch."""
    if not np.isfinite(record.mass_kg).any():
        return (), 0.0, 0.0
    learn_s = base.zero_s + min(LEARN_DAYS, float(base.time_day[-1]) / 3.0) * DAY_S
    record = calmed(record, learn_s)[1]
    said, bound, _ = declare(record, noise_of(vehicle, record, residual_k), per_year, learn_s)
    return said, bound, learn_s


def refuse_short(record: SlowRecord) -> None:
    """Raise TelemetryError when there is too little to speak of a trend."""
    masses = record.time_s[np.isfinite(record.mass_kg)]
    reported = np.array([r.time_s for r in record.rates])
    every = np.concatenate([masses, reported])
    if reported.size >= 2 and not masses.size:
        return
    span = float(np.ptp(every)) / DAY_S if every.size else 0.0
    if masses.size < LEAST_READINGS or span < LEAST_DAYS:
        raise TelemetryError(
            record.name, "rows", f"{masses.size} masses over {span:.1f} days and {reported.size} dated rates",
            f"A trend needs {LEAST_READINGS} masses over {LEAST_DAYS:g} days, or two dated rates",
        )  # fmt: skip


def _bands(draws: Floats) -> Floats:
    return np.asarray(np.quantile(draws, [0.05, 0.5, 0.95], axis=0))


__all__ = ["Sample", "Trend", "follow"]
