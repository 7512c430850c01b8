"""Changes of the rate with their dates, their sizes, and what else each could be."""

from dataclasses import dataclass

import numpy as np

from hullwatch.models.slow_air import BAD_READING, MASS_STEP, RATE_CHANGE, SlowNoise, SlowRecord, System
from hullwatch.records import Floats, Interval, SetAside
from hullwatch.trend.changes import PER_YEAR, RATE_SD, Change, Sample, weights
from hullwatch.units import DAY_S

NEAR_DAY = 45.0
"""Days before and after a change over which its rates are averaged, less where another change is nearer."""
AROUND_DAY = 30.0
"""Days either side within which another explanation may take a change's place."""
NAMED = 0.5
"""Probability above which a change is told."""
DRIFT_PER_YEAR = 0.05
"""How often a sensor begins to drift for good [c]."""
DRIFT_DAY = 30.0
"""A drift is taken to go on for so long when its prior rate is made from the wandering per square-root day [c]."""


@dataclass(frozen=True, slots=True)
class DatedChange:
    """A change of the rate of air lost."""

    kind: str  # onset, rise, doubling, recurrence, fall
    time_s: Interval
    probability: float
    before_kg_day: Interval
    after_kg_day: Interval
    ratio: Interval
    logged_patch: bool
    set_aside: tuple[SetAside, ...]


def interval(values: Floats) -> Interval:
    """Median and 90 % range of draws."""
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return Interval(float(middle), float(low), float(high))


def dated_changes(
    record: SlowRecord, base: System, noise: SlowNoise, found: tuple[Change, ...], samples: list[Sample], rates: Floats
) -> tuple[DatedChange, ...]:
    """The changes most histories agree on, in order of time; rates (sample, k) of air."""
    centres = sorted({c.row for c in found if c.kind == RATE_CHANGE})
    patches = _patches(record, base)
    marks = sorted({*centres, *patches})
    day = base.time_day
    out: list[DatedChange] = []
    for i, mark in enumerate(marks):
        low = 0.5 * (day[marks[i - 1]] + day[mark]) if i else -np.inf
        high = 0.5 * (day[mark] + day[marks[i + 1]]) if i + 1 < len(marks) else np.inf
        first, last = (marks[i - 1] if i else 0), (marks[i + 1] if i + 1 < len(marks) else day.size - 1)
        rows = _rows_within(samples, day, float(low), float(high))
        has = [r for r in rows if r is not None]
        known = mark in patches
        probability = len(has) / len(samples)
        if probability < NAMED and not known:
            continue
        at = [mark if known or r is None else r for r in rows]
        before = np.array([_mean(rate, day, max(first, 0), row, -1) for rate, row in zip(rates, at, strict=True)])
        after = np.array([_mean(rate, day, row, last, 1) for rate, row in zip(rates, at, strict=True)])
        when = _dates(base, day, has, mark, patches.get(mark))
        ratio = interval(after / np.maximum(before, 1e-3))
        kind = _kind(before, after, out, noise.loss_mean / record.share)
        others = next((c for c in found if c.kind == RATE_CHANGE and c.row == mark), None)
        aside = _set_aside(record, base, noise, found, others, float(np.median(after - before))) if others else ()
        if known and float(np.mean(after > before)) > 0.2 and float(np.mean(after < before)) > 0.2:
            kind = "no_effect"
        out.append(
            DatedChange(kind, when, 1.0 if known else probability, interval(before), interval(after), ratio, known,
                        aside)
        )  # fmt: skip
    return tuple(out)


def last_fall_s(changes: tuple[DatedChange, ...]) -> float:
    """When the rate last fell; the growth since then is judged. Minus infinity if it never did."""
    return max((c.time_s.high for c in changes if c.kind == "fall"), default=-np.inf)


def _patches(record: SlowRecord, base: System) -> dict[int, float]:
    """Readings that first show a logged patch, and when it was."""
    when = base.zero_s + base.time_day * DAY_S
    rows = {int(np.searchsorted(when, e.time_s)): e.time_s for e in record.log if e.kind == "patch"}
    return {row: time_s for row, time_s in rows.items() if 0 < row < when.size}


def _rows_within(samples: list[Sample], day: Floats, low: float, high: float) -> list[int | None]:
    """Of each history the change of rate in this stretch (the one that moved most), or none."""
    out: list[int | None] = []
    for sample in samples:
        inside = [c for c in sample.changes if c.kind == RATE_CHANGE and low <= day[c.row] < high]
        moved = [abs(float(sample.states[c.row, 1] - sample.states[c.row - 1, 1])) for c in inside]
        out.append(inside[int(np.argmax(moved))].row if inside else None)
    return out


def _dates(base: System, day: Floats, rows: list[int], mark: int, logged_s: float | None) -> Interval:
    """When: as logged, else somewhere since the reading before the one that first shows it."""
    if logged_s is not None:
        return Interval(logged_s, logged_s, logged_s)
    steps = np.array(rows if rows else [mark])
    # a rate that changed nearer to this reading than to its neighbours looks as if it had changed at it
    low, high = 0.5 * (day[steps - 1] + day[steps]), 0.5 * (day[steps] + day[np.minimum(steps + 1, day.size - 1)])
    days = low[:, None] + (high - low)[:, None] * np.linspace(0.05, 0.95, 7)
    return interval(base.zero_s + days.ravel() * DAY_S)


def _mean(rate: Floats, day: Floats, first: int, last: int, side: int) -> float:
    """Mean rate over the days just before `last` (side -1) or just after `first` (side 1)."""
    if side < 0:
        inside = (day >= max(day[first], day[last] - NEAR_DAY)) & (day < day[last])
        return float(rate[inside].mean()) if inside.any() else float(rate[max(last - 1, 0)])
    inside = (day >= day[first]) & (day <= min(day[last], day[first] + NEAR_DAY))
    return float(rate[inside].mean()) if inside.any() else float(rate[first])


def _kind(before: Floats, after: Floats, earlier: list[DatedChange], nominal: float) -> str:
    """What to call it. A doubling: 1.6 times is passed with 95 % (twice, read with its doubt)."""
    if float(np.mean(after > before)) < 0.5:
        return "fall"
    ratio = after / np.maximum(before, 1e-3)
    quiet = float(np.quantile(before, 0.05)) <= max(1.2 * nominal, 0.05)
    if quiet and earlier:
        return "recurrence"
    if float(np.mean(ratio > 1.6)) >= 0.95:
        return "doubling"
    return "onset" if quiet else "rise"


def _set_aside(
    record: SlowRecord, base: System, noise: SlowNoise, found: tuple[Change, ...], change: Change, jump: float
) -> tuple[SetAside, ...]:
    """The same readings explained otherwise: heat or chance, gas let go, bad readings, a sensor that drifts."""
    odds = weights(base, tuple(c for c in found if c is not change), noise, record.share)
    near = np.abs(base.time_day - base.time_day[change.row]) <= AROUND_DAY
    total = [float(np.logaddexp.reduce(odds[kind][:, near].ravel())) for kind in range(3)]
    wander = noise.walk_kg / np.sqrt(DRIFT_DAY) / record.share  # kg/day of air that a wandering sensor feigns
    leak = np.mean([np.exp(-0.5 * (jump / sd) ** 2) / sd for sd in RATE_SD]) * PER_YEAR[RATE_CHANGE]
    drift = np.exp(-0.5 * (jump / wander) ** 2) / wander * DRIFT_PER_YEAR
    rate = total[RATE_CHANGE]
    logs = {
        "heat": 0.0, "mass_step": total[MASS_STEP], "bad_reading": total[BAD_READING],
        "sensor_drift": rate + float(np.log(drift + 1e-300) - np.log(leak)),
    }  # fmt: skip
    top = max(rate, *logs.values())
    whole = np.exp(rate - top) + sum(np.exp(v - top) for v in logs.values())
    warm = _warmed(record, base, change.row)
    # warmth grows mass apparently, so a loss is feigned by cooling
    feign = -jump * record.share * 7.0 / max(abs(noise.gain_mean), 1e-9) if noise.gain_mean else None
    heat = "unseen warmth wanders and comes back; this went on" + (
        f"; the thermometer moved {warm:+.2f} K in the week after"
        + (f", {feign:+.1f} K would be needed" if feign is not None else "")
        if record.thermometer
        else "; no thermometer was given"
    )
    why = {
        "heat": heat,
        "mass_step": "gas that goes at once leaves the slope as it was",
        "bad_reading": "later readings went the same way",
        "sensor_drift": f"it would have to drift by {abs(jump) * record.share:.2f} kg a day from then on; "
        f"{noise.walk_kg:.3f} kg per square-root day is usual here",
    }
    return tuple(SetAside(cause, float(np.exp(logs[cause] - top) / whole), why[cause]) for cause in logs)


def _warmed(record: SlowRecord, base: System, row: int) -> float:
    """How much the thermometer rose in the week after a reading."""
    when = base.zero_s + base.time_day[row] * DAY_S
    before = (record.time_s >= when - 4 * DAY_S) & (record.time_s < when)
    after = (record.time_s >= when + 4 * DAY_S) & (record.time_s < when + 8 * DAY_S)
    if not before.any() or not after.any():
        return 0.0
    return float(record.warm_k[after].mean() - record.warm_k[before].mean())
