"""A column of times, however written, becomes seconds since 1970-01-01 UTC; NaN where a row has none."""

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from hullwatch.errors import TelemetryError
from hullwatch.records import Floats, QualityNote
from hullwatch.units import DAY_S, HOUR_S

SHAPES = tuple(
    f"{day}{mark}%H:%M:%S{rest}"
    for day in ("%Y-%m-%d", "%Y-%j")  # mission control writes the day of the year
    for mark in "T "
    for rest in (".%3fZ", ".%6fZ", "%.fZ", "%.f", "%.f%#z")
)
"""Polars reads the first two rests six times as fast as the free `%.f`."""
MAGNITUDES: Sequence[tuple[float, str, float]] = (
    # numbers from here on are ..., worth so many seconds; each bound is 1973 in its own unit
    (1e17, "nanoseconds since 1970", 1e9),
    (1e14, "microseconds since 1970", 1e6),
    (1e11, "milliseconds since 1970", 1e3),
    (1e8, "seconds since 1970", 1.0),
)
REMEDY = "Write ISO 8601 as in 2018-10-12T21:00:00Z, or seconds or milliseconds since 1970-01-01 UTC"


def seconds(file: str, column: pl.Series) -> tuple[Floats, tuple[QualityNote, ...]]:
    """Seconds since 1970 of a column, and a note where the reader had to decide what its numbers mean."""
    kind = column.dtype
    if isinstance(kind, pl.Datetime | pl.Date):
        return _stamps(column), ()
    if isinstance(kind, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    if isinstance(column.dtype, pl.String):
        first = column.drop_nulls().head(1).str.strip_chars().cast(pl.Float64, strict=False)
        if first.null_count():
            return _parsed(file, column), ()
    elif not kind.is_numeric():
        raise TelemetryError(file, f"column {column.name!r}", f"type {kind} holds no moments in time", REMEDY)
    return _counted(file, column)


def _stamps(column: pl.Series) -> Floats:
    # to the microsecond, so that files of every precision give the same bits; plain integers, since a damaged time
    # overflows in Polars' own conversions
    count = column.to_physical().cast(pl.Int64)
    unit = getattr(column.dtype, "time_unit", "day")
    if unit == "ns":
        count = (count + 500) // 1000
    number = np.array(count.cast(pl.Float64).to_numpy(), dtype=np.float64)
    return number * DAY_S if unit == "day" else number / {"ms": 1e3, "us": 1e6, "ns": 1e6}[unit]


def _parsed(file: str, column: pl.Series) -> Floats:
    """Text in the shape of its first row at full speed, then what is left in other shapes, at last one by one."""
    first = column.drop_nulls().head(1)
    shape = next((shape for shape in SHAPES if np.isfinite(_read(first, shape)).all()), SHAPES[0])
    time_s = _read(column, shape)
    if not column.null_count() and np.isfinite(time_s).all():
        return time_s
    text = column.str.strip_chars()
    written = (text.is_not_null() & (text != "")).to_numpy()
    for shape in SHAPES:
        left = np.flatnonzero(written & ~np.isfinite(time_s))
        if not len(left):
            return time_s
        time_s[left] = _read(text.gather(left), shape)
    for row in np.flatnonzero(written & ~np.isfinite(time_s)):
        time_s[row] = _moment(file, int(row), text[int(row)])
    return time_s


def _read(text: pl.Series, shape: str) -> Floats:
    return _stamps(text.str.to_datetime(shape, time_unit="us", strict=False))


def _moment(file: str, row: int, text: str) -> float:
    try:
        stamp = dt.datetime.fromisoformat(text)
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=dt.UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise _unreadable(file, row, text) from error


def _counted(file: str, column: pl.Series) -> tuple[Floats, tuple[QualityNote, ...]]:
    number = column.cast(pl.Float64, strict=False)
    if isinstance(column.dtype, pl.String):
        text = column.str.strip_chars()
        number = text.cast(pl.Float64, strict=False)
        wrong = (number.is_null() & text.is_not_null() & (text != "")).arg_true()
        if len(wrong):
            raise _unreadable(file, int(wrong[0]), column[int(wrong[0])])
    count = np.array(number.to_numpy(), dtype=np.float64)
    count[~np.isfinite(count)] = np.nan
    name = column.name.strip().lower()
    typical = float(np.nanmedian(np.abs(count))) if np.isfinite(count).any() else math.nan
    meaning, per_second = _meaning(name, typical)
    time_s = np.rint(count * (1e6 / per_second)) / 1e6
    return time_s, _said(time_s, f"numbers in column {column.name!r} (typically {typical:g}) are read as {meaning}")


def _meaning(name: str, typical: float) -> tuple[str, float]:
    """What the numbers count, in words, and how many make a second."""
    if name == "hour_utc":
        return "hours of an unnamed day; 1970-01-01 is taken as the day", 1.0 / HOUR_S
    for bound, meaning, per_second in MAGNITUDES:
        if typical >= bound:
            return meaning, per_second
    if name.endswith("_ms"):
        return "milliseconds from an unnamed start; 1970-01-01 is taken", 1e3
    return "seconds from an unnamed start; 1970-01-01 is taken", 1.0


def _said(time_s: Floats, why: str) -> tuple[QualityNote, ...]:
    known = time_s[np.isfinite(time_s)]
    if not len(known):
        return ()
    return (QualityNote("clock", None, float(known.min()), float(known.max()), len(known), why),)


def _unreadable(file: str, row: int, written: object) -> TelemetryError:
    return TelemetryError(file, f"row {row + 1}", f"{str(written)[:80]!r} is not a time", REMEDY)
