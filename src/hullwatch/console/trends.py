"""The trend lines of a record as columns: pressure, gas and loss of each pressure group, thinned when asked."""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hullwatch.records import Event, Floats, Ints
from hullwatch.units import MMHG_PA

COLUMNS = ("pressure_mmhg", "corrected_kg", "low_kg", "high_kg", "loss_kg_day", "loss_low", "loss_high")
"""What a line has at each of its times; null where it was not said."""
NOTHING = float("nan")


@dataclass
class Line:
    """One set of compartments that shared a pressure: the row of the trend each point is in, and its columns."""

    row: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass
class Trends:
    """All trend rows so far: their times, their numbers in the record, and the lines."""

    groups: tuple[tuple[str, ...], ...] = ()
    time_s: "array[float]" = field(default_factory=lambda: array("d"))
    seq: "array[int]" = field(default_factory=lambda: array("q"))
    lines: dict[tuple[str, ...], Line] = field(default_factory=dict)


def take_trend(trends: Trends, seq: int, event: Event) -> None:
    """Take in one row of the record."""
    if event.kind == "groups_changed":
        trends.groups = tuple(tuple(map(str, group)) for group in event.data.get("groups") or ())
    if event.kind != "trend":
        return
    number = len(trends.time_s)
    said = [(entry.get("group"), _columns(entry)) for entry in event.data.get("groups") or ()]
    trends.time_s.append(event.time_s)  # from here on nothing can fail: a row is taken in whole, or not at all
    trends.seq.append(seq)
    for index, columns in said:
        known = isinstance(index, int) and 0 <= index < len(trends.groups)
        line = trends.lines.setdefault(trends.groups[index] if known else (f"group {index}",), Line())
        line.row.append(number)
        line.values.extend(columns)


def _columns(entry: Mapping[str, Any]) -> list[float]:
    mass: Mapping[str, Any] = entry.get("corrected_kg") or {}
    loss: Mapping[str, Any] = entry.get("loss_kg_day") or {}
    pressure = entry.get("pressure_pa")
    said = [None if pressure is None else pressure / MMHG_PA, *(mass.get(end) for end in ("median", "low", "high"))]
    said += [loss.get(end) for end in ("median", "low", "high")]
    return [NOTHING if value is None else float(value) for value in said]


def trend_json(trends: Trends, from_s: float, to_s: float, points: int, seq: int) -> dict[str, Any]:
    """The lines between two times, of rows up to `seq`, on one axis of at most about `points` times.

    No row may be taken in meanwhile (an array that is being looked at cannot grow): call `History.trend`.
    """
    first = int(np.searchsorted(trends.time_s, from_s, side="left"))
    last = int(np.searchsorted(trends.time_s, to_s, side="right"))
    last = min(last, int(np.searchsorted(trends.seq, seq, side="right")))
    span = np.arange(first, max(first, last))
    time_s = np.array(trends.time_s[first : max(first, last)], dtype=np.float64)
    lines = {name: _between(line, first, span.size) for name, line in list(trends.lines.items())}
    lines = {name: values for name, values in lines.items() if np.isfinite(values).any()}
    chosen = thinned(time_s, [values[:, 0] for values in lines.values()], points)
    return {
        "time_s": time_s[chosen].tolist(),
        "groups": [
            {"group": number, "compartments": list(name)}
            | {column: nulls(values[chosen, k]) for k, column in enumerate(COLUMNS)}
            for number, (name, values) in enumerate(lines.items())
        ],
    }


def _between(line: Line, first: int, count: int) -> Floats:
    """The line on the axis of trend rows, NaN where it has no point."""
    rows = np.array(line.row, dtype=np.int64)
    values = np.array(line.values, dtype=np.float64).reshape(-1, len(COLUMNS))[: rows.size]
    inside = (rows >= first) & (rows < first + count)
    placed = np.full((count, len(COLUMNS)), NOTHING)
    placed[rows[inside] - first] = values[inside]
    return placed


def thinned(time_s: Floats, columns: Sequence[Floats], points: int) -> Ints:
    """Which points to keep: of each stretch the first, and where any column is lowest and highest, in order."""
    if time_s.size <= points:
        return np.arange(time_s.size)
    stretches = max(1, points // (1 + 2 * max(1, len(columns))))
    edges = np.searchsorted(time_s, np.linspace(time_s[0], time_s[-1], stretches + 1))
    starts = np.unique(edges[:-1])
    keep = {*starts.tolist(), time_s.size - 1}
    for column in columns:
        low, high = np.where(np.isnan(column), np.inf, column), np.where(np.isnan(column), -np.inf, column)
        for start, stop in zip(starts, [*starts[1:], time_s.size], strict=True):
            keep |= {int(start + np.argmin(low[start:stop])), int(start + np.argmax(high[start:stop]))}
    return np.array(sorted(keep), dtype=np.int64)


def nulls(values: Floats) -> list[float | None]:
    """For JSON: seven significant digits of the largest, missing as null."""
    known = np.isfinite(values)
    largest = float(np.max(np.abs(values[known]), initial=0.0))
    digits = 6 - math.floor(math.log10(largest)) if largest > 0.0 else 0
    rounded: list[float] = np.round(values, digits).tolist()
    return [*rounded] if known.all() else [value if value == value else None for value in rounded]
