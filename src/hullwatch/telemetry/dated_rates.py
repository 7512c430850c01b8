"""Rates of loss as people report them: a date or a span, a number with its unit, and who said so.

A date may be a day (2020-10-01), a month (2021-03), a quarter (2011-Q1), a year (2004), or two of them with `..`
between.
"""

import calendar
import datetime as dt
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from hullwatch.errors import TelemetryError
from hullwatch.models.slow_air import DatedRate
from hullwatch.units import DAY_S, TO_SI

UNITS = ("kg/day", "lb/day", "kg/s")
KEYS = ("date", "end", "rate", "unit", "sd", "as_reported", "label", "source", "note")
SD_SHARE = 0.15
"""Doubt of a report that states none: this share of the rate [c] ..."""
SD_LEAST_KG_DAY = 0.05
"""... and at least this much: reports are rounded to about 0.1 lb/day [c]."""
DATE = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?$")


def rates_of_toml(file: str, text: str) -> tuple[DatedRate, ...]:
    """The `[[rates]]` of a TOML file; other tables are left to others."""
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, a thousand nested lists
        raise TelemetryError(file, "text", f"not TOML ({error})", "Give [[rates]] with date, rate, unit") from error
    rows = content.get("rates")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise TelemetryError(file, "rates", "no [[rates]] in it", "Give [[rates]] with date, rate, unit")
    return rates_of_rows(file, rows)


def rates_of_rows(file: str, rows: Sequence[Mapping[str, Any]]) -> tuple[DatedRate, ...]:
    """Rates from rows; they must come in order of their dates, each date once."""
    rates = [_rate(file, number, row) for number, row in enumerate(rows, start=1)]
    for number, (one, other) in enumerate(pairwise(rates), start=2):
        if other.time_s == one.time_s:
            raise TelemetryError(file, f"rate {number}, date", "the same date as the one before", "Keep one of a date")
        if other.time_s < one.time_s:
            raise TelemetryError(file, f"rate {number}, date", "earlier than the one before", "Sort by date")
    return tuple(rates)


def _rate(file: str, number: int, row: Mapping[str, Any]) -> DatedRate:
    place = f"rate {number}"
    unknown = sorted(set(row) - set(KEYS))
    if unknown:
        raise TelemetryError(file, f"{place}, {unknown[0]}", "not known", f"Keys are {', '.join(KEYS)}")
    start, end = _span(file, place, str(row.get("date", "")))
    if row.get("end"):
        end = _span(file, place, str(row["end"]))[1]
    unit = str(row.get("unit") or "")
    if unit not in UNITS:
        raise TelemetryError(file, f"{place}, unit", f"{unit!r} is not known", f"One of {', '.join(UNITS)}")
    factor = TO_SI[unit][1]
    rate = _number(file, f"{place}, rate", row.get("rate"))
    if rate < 0.0:
        raise TelemetryError(file, f"{place}, rate", f"{rate:g} is negative", "A loss is 0 or more; a gain is no leak")
    stated = row.get("sd")
    sd = max(SD_SHARE * rate * factor, SD_LEAST_KG_DAY / DAY_S)
    if stated not in (None, ""):
        sd = _number(file, f"{place}, sd", stated) * factor
        if sd <= 0.0:
            raise TelemetryError(file, f"{place}, sd", f"{stated} is not above zero", "Leave it out if unknown")
    said = {key: str(row.get(key) or "") for key in ("as_reported", "source")}
    return DatedRate(start, end, rate * factor, sd, said["as_reported"], str(row.get("label") or "c"), said["source"])


def _number(file: str, place: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or isinstance(value, bool):
        raise TelemetryError(file, place, f"{value!r} is not a finite number", "Give a number")
    return number


def _span(file: str, place: str, text: str) -> tuple[float, float]:
    """First and last second of the days meant."""
    first, _, last = text.partition("..")
    start, end = _one(file, place, first.strip()), _one(file, place, (last or first).strip())
    if end[1] <= start[0]:
        raise TelemetryError(file, f"{place}, date", f"{text!r} ends before it begins", "Give the earlier date first")
    return start[0], end[1]


def _one(file: str, place: str, text: str) -> tuple[float, float]:
    match = DATE.match(text)
    remedy = "Write 2020-10-01, 2021-03, 2011-Q1, 2004, or two of them with .. between"
    if match is None:
        raise TelemetryError(file, f"{place}, date", f"{text!r} is not a date", remedy)
    year, quarter, month, day = (int(part) if part else None for part in match.groups())
    low_month = 3 * quarter - 2 if quarter else month or 1
    high_month = 3 * quarter if quarter else month or 12
    try:
        start = dt.datetime(year or 0, low_month, day or 1, tzinfo=dt.UTC)
        last = day or calendar.monthrange(year or 0, high_month)[1]
        end = dt.datetime(year or 0, high_month, last, tzinfo=dt.UTC) + dt.timedelta(days=1)
    except ValueError as error:
        raise TelemetryError(file, f"{place}, date", f"{text!r}: {error}", remedy) from error
    return start.timestamp(), end.timestamp()
