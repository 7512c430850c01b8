"""A trend as one JSON object, and as sentences; rates are of air, whatever was followed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hullwatch.models.slow_air import BAD_READING, MASS_STEP, DatedRate
from hullwatch.records import Floats, Interval
from hullwatch.trend.follow import Trend
from hullwatch.trend.growth import bayes_factors, law_probability
from hullwatch.units import DAY_S, utc_text

POINTS = 400
"""Points of a history in the JSON object."""
STEPS = ("mass_step", "bad_reading")
"""Kinds of declaration whose size is a mass; of the others it is a rate."""

FIELDS: Mapping[str, str] = {
    "name": "what was read",
    "vehicle": "the ship",
    "reconstructed": "true when the series is no flight telemetry",
    "provenance": "where the series comes from, in words, if it says",
    "tracer": "the gas whose mass was followed, N2 or air",
    "span_utc": "first and last reading",
    "rate_now_kg_day": "loss of air at the last reading, interval",
    "history[]": "time_utc, rate_kg_day {median, low, high}, gas_kg {median, low, high} (gas followed, heat taken out)",
    "changes[]": "changes of the rate, in order",
    "changes[].kind": "onset, rise, doubling, recurrence, fall, or no_effect (a logged patch)",
    "changes[].date_utc": "when, {median, low, high} at 90 %",
    "changes[].probability": "that the rate changed there",
    "changes[].before_kg_day": "rate before, interval",
    "changes[].after_kg_day": "rate after, interval",
    "changes[].ratio": "after over before, interval; of a patch the share it left",
    "changes[].logged_patch": "whether the log has a patch there",
    "changes[].set_aside[]": "cause, probability, why: what else the readings could mean",
    "growth.from_utc": "the law of growth is judged from here, the last fall, on",
    "growth.probability": "of each law; null when there are too few readings",
    "growth.log10_bayes_factor": "of each law against a constant rate",
    "growth.doubling_days": "doubling time if growth is exponential with more than 50 %, interval; else null",
    "forecast.until_utc": "the date that is looked ahead to",
    "forecast.needed_kg": "air lost until then, interval",
    "forecast.days[]": "day ahead, rate_kg_day and lost_kg as intervals",
    "forecast.limits[]": "limit, value, unit, chance_within_a_year, date_utc {median, low, high} or null, why",
    "declared[]": "what would have been said day by day: kind, declared_utc, onset_utc, size, unit, rate_kg_day",
    "declared_settings": "false_alarms_per_year, bound on the log-likelihood ratio, watched_from_utc",
    "set_aside[]": "steps and bad readings that no log has, and warmth: kind, date_utc, size, unit, why",
    "noise": "what hides a slow loss, as learned: kg of the gas followed, and days",
    "reported[]": "rates as others reported them: from_utc, to_utc, rate_kg_day, sd_kg_day, as_reported, label, "
    "source, used (whether the estimate rests on it)",
    "notes[]": "what the reader had to assume",
}
"""What `hullwatch trend --json` prints."""


def summarise(trend: Trend, vehicle: str, compared: tuple[DatedRate, ...] = ()) -> dict[str, Any]:
    """The JSON object; `compared`: rates the estimate does not rest on."""
    record = trend.record
    shapes = list(trend.laws)
    ahead = trend.outlook
    return {
        "name": record.name,
        "vehicle": vehicle,
        "reconstructed": record.provenance.get("reconstructed") == "true",
        "provenance": record.provenance.get("provenance", ""),
        "tracer": record.tracer,
        "span_utc": [utc_text(float(trend.time_s[0])), utc_text(float(trend.time_s[-1]))],
        "rate_now_kg_day": _of(trend.rate_kg_day[:, -1]),
        "history": _history(trend),
        "changes": [
            {
                "kind": c.kind, "date_utc": _dates(c.time_s), "probability": c.probability,
                "before_kg_day": c.before_kg_day.as_dict(), "after_kg_day": c.after_kg_day.as_dict(),
                "ratio": c.ratio.as_dict(), "logged_patch": c.logged_patch,
                "set_aside": [{"cause": a.cause, "probability": a.probability, "why": a.why} for a in c.set_aside],
            }
            for c in trend.changes
        ],
        "growth": {
            "from_utc": utc_text(trend.laws_from_s),
            "probability": law_probability(shapes) if shapes else None,
            "log10_bayes_factor": bayes_factors(shapes) if shapes else None,
            "doubling_days": ahead.doubling_day.as_dict() if ahead.doubling_day else None,
        },
        "forecast": {
            "until_utc": utc_text(ahead.until_s),
            "needed_kg": ahead.needed_kg.as_dict(),
            "days": [
                {"day": int(ahead.day[i]), "rate_kg_day": _of(ahead.rate_kg_day[:, i]),
                 "lost_kg": _of(ahead.lost_kg[:, i])}
                for i in range(0, ahead.day.size, 5)
            ],
            "limits": [
                {"limit": r.limit, "value": r.value, "unit": "kg/day" if r.limit == "rate" else "Pa",
                 "chance_within_a_year": r.chance, "date_utc": _dates(r.time_s) if r.time_s else None, "why": r.why}
                for r in ahead.reached
            ],
        },
        "declared": [
            {"kind": d.kind, "declared_utc": utc_text(d.declared_s), "onset_utc": _dates(d.onset_s),
             "size": d.size.scaled(1.0 if d.kind in STEPS else 1.0 / record.share).as_dict(),
             "unit": "kg" if d.kind in STEPS else "kg/day",
             "rate_kg_day": d.rate_after.scaled(1.0 / record.share).as_dict()}
            for d in trend.declared
        ],
        "declared_settings": {
            "false_alarms_per_year": trend.per_year, "bound": trend.declare_bound,
            "watched_from_utc": utc_text(trend.declare_from_s) if trend.declare_from_s else None,
        },
        "set_aside": _aside(trend),
        "noise": {
            "heat_kg": trend.noise.heat_kg, "heat_days": trend.noise.heat_day, "walk_kg": trend.noise.walk_kg,
            "reading_kg": trend.noise.reading_kg, "gain_kg_k": _of(np.quantile(trend.gain, [0.05, 0.5, 0.95])),
        },
        "reported": [_report(r, True) for r in record.rates] + [_report(r, False) for r in compared],
        "notes": list(record.notes),
    }  # fmt: skip


def _report(rate: DatedRate, used: bool) -> dict[str, Any]:
    return {
        "from_utc": utc_text(rate.start_s), "to_utc": utc_text(rate.end_s), "rate_kg_day": rate.rate_kg_s * DAY_S,
        "sd_kg_day": rate.sd_kg_s * DAY_S, "as_reported": rate.as_reported, "label": rate.label,
        "source": rate.source, "used": used,
    }  # fmt: skip


def _history(trend: Trend) -> list[dict[str, Any]]:
    """The bands, thinned evenly; the dates of the changes are told beside them."""
    count = trend.time_s.size
    rows = np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int))
    masses = np.isfinite(trend.record.mass_kg).any()
    return [
        {"time_utc": utc_text(float(trend.time_s[i])), "rate_kg_day": _of(trend.rate_kg_day[:, i]),
         "gas_kg": _of(trend.gas_kg[:, i]) if masses else None}
        for i in rows
    ]  # fmt: skip


def _aside(trend: Trend) -> list[dict[str, Any]]:
    """What was taken for gas let go or added, for a bad reading, or for warmth, and not for a leak."""
    base, record = trend.base, trend.record
    out = []
    for change in sorted(trend.found, key=lambda c: c.row):
        when = base.zero_s + base.time_day[change.row] * DAY_S
        if change.kind == MASS_STEP:
            before, after = (trend.gas_kg[1, change.row + k] for k in (-1, 0))
            why = "gas went or came at once and is in no log; the slope before and after is the same"
            out.append(_entry("mass_step", when, after - before, "kg", why))
        elif change.kind == BAD_READING:
            read, why = base.z[change.row], "it stands alone"
            if base.is_rate[change.row]:
                off = read / record.share - trend.rate_kg_day[1, change.row]
                out.append(_entry("reported_rate", when, off, "kg/day", why))
            else:
                out.append(_entry("bad_reading", when, read - trend.gas_kg[1, change.row], "kg", why))
    return out + (_warmth(trend) if record.thermometer else [])


def _entry(kind: str, time_s: float, size: float, unit: str, why: str) -> dict[str, Any]:
    return {"kind": kind, "date_utc": utc_text(time_s), "size": float(size), "unit": unit, "why": why}


def _warmth(trend: Trend) -> list[dict[str, Any]]:
    """The cooling that would most have looked like a leak, for each stretch of three days it stood out."""
    record = trend.record
    step = max(round(3.0 * DAY_S / record.bin_s), 1)
    warm = record.warm_k
    if warm.size <= 2 * step:
        return []
    fall = (warm[:-step] - warm[step:]) * float(np.median(trend.gain))
    usual = float(np.median(np.abs(fall))) / 0.6745
    out: list[tuple[float, dict[str, Any]]] = []
    for i in np.argsort(-np.abs(fall)):
        if abs(fall[i]) < 6.0 * usual or len(out) == 5:
            break
        when = float(record.time_s[i])
        if any(abs(at - when) < 15.0 * DAY_S for at, _ in out):
            continue
        feigned = fall[i] / 3.0 / record.share
        why = (
            f"the thermometer moved {warm[i + step] - warm[i]:+.2f} K in three days; read as gas that would be "
            f"{feigned:+.2f} kg/day of loss"
        )
        out.append((when, _entry("warmth", when, -fall[i], "kg", why)))
    return [entry for _, entry in sorted(out, key=lambda told: told[0])]


def _of(values: Floats) -> dict[str, float]:
    """5 %, 50 %, 95 % as an interval."""
    return {"median": float(values[1]), "low": float(values[0]), "high": float(values[2])}


def _dates(interval: Interval) -> dict[str, str]:
    return {"median": utc_text(interval.median), "low": utc_text(interval.low), "high": utc_text(interval.high)}
