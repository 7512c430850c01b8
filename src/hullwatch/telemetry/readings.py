"""Tables become readings in file order: long row by row, wide row by row and column by column within the row.

What has no time, no item or no finite value is dropped here and counted, once per channel.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from hullwatch.errors import TelemetryError
from hullwatch.records import Bools, Floats, Ints, QualityNote
from hullwatch.telemetry.columns import Columns, Table, find_columns, listed
from hullwatch.telemetry.naming import name_columns
from hullwatch.telemetry.time_column import seconds
from hullwatch.vehicle.facts import Channel

MISSING_WORDS = ("", "na", "n/a", "null", "none", "-", "nan")
MAX_ITEMS = 65_536


@dataclass(frozen=True, slots=True)
class Part:
    """The readings of one file, in file order. `code` points into `found`, the items as the file has them."""

    file: str
    time_s: Floats
    code: Ints
    value: Floats
    found: tuple[str, ...]
    notes: tuple[QualityNote, ...]
    provenance: Mapping[str, str]


def read_readings(table: Table, channels: tuple[Channel, ...]) -> Part:
    """All readings of a table that have a time, an item and a finite value."""
    stamps = [name for name, kind in table.frame.schema.items() if isinstance(kind, pl.Datetime)]
    columns = find_columns(table.file, table.frame.columns, stamps)
    time_s, notes = seconds(table.file, table.frame[columns.time])
    if not np.isfinite(time_s).any():
        raise TelemetryError(table.file, f"column {columns.time!r}", "no row has a time", "Check the export")
    if columns.item is None:
        return _wide(table, columns, time_s, notes, channels)
    return _long(table, columns, time_s, notes)


def _long(table: Table, columns: Columns, time_s: Floats, notes: tuple[QualityNote, ...]) -> Part:
    code, found = _codes(table.file, table.frame[columns.item or ""])
    value, empty = numbers(table.file, table.frame[columns.value or ""])
    placed = np.isfinite(time_s) & (code >= 0)
    if not placed.all():
        notes += _unplaced(time_s, placed, "without a time or an item")
        time_s, code, value, empty = time_s[placed], code[placed], value[placed], empty[placed]
    good = np.isfinite(value)
    if not good.all():
        total = np.bincount(code, minlength=len(found))
        bad = np.flatnonzero(~good)
        bad = bad[np.argsort(code[bad], kind="stable")]
        for hit in np.split(bad, np.flatnonzero(np.diff(code[bad])) + 1):
            item = int(code[hit[0]])
            notes += missing_note(found[item], time_s[hit], value[hit], empty[hit], int(total[item]))
        time_s, code, value = time_s[good], code[good], value[good]
    return Part(table.file, time_s, code, value, found, notes, table.provenance)


def _wide(
    table: Table, columns: Columns, time_s: Floats, notes: tuple[QualityNote, ...], channels: tuple[Channel, ...]
) -> Part:
    placed = np.isfinite(time_s)
    if not placed.all():
        notes += _unplaced(time_s, placed, "without a time")
    names = name_columns(columns.wide, channels)
    if names.twice is not None:
        item, one, other = names.twice
        raise TelemetryError(
            table.file, "header", f"columns {one!r} and {other!r} both hold {item}", "Remove one of them"
        )
    ids = {channel.id for channel in channels}
    found: list[str] = []
    rows, values, left_out = [], [], []

    def keep(item: str, value: Floats, empty: Bools) -> None:
        nonlocal notes
        found.append(item)
        good = placed & np.isfinite(value)
        bad = placed & ~good
        if bad.any():
            notes += missing_note(item, time_s[bad], value[bad], empty[bad], int(placed.sum()))
        rows.append(np.flatnonzero(good))
        values.append(value[good])

    for column in columns.wide:
        if column not in names.own:
            continue  # one of a pair of bounds
        item = names.own[column]
        try:
            value, empty = numbers(table.file, table.frame[column])
        except TelemetryError:
            if item in ids:
                raise
            left_out.append(column)  # remarks and the like, no readings
            continue
        keep(item, value, empty)
    for item, (low, high) in names.between.items():
        lowest, no_low = numbers(table.file, table.frame[low])
        highest, no_high = numbers(table.file, table.frame[high])
        keep(item, 0.5 * (lowest + highest), no_low | no_high)
    if left_out:
        span = (float(np.nanmin(time_s)), float(np.nanmax(time_s)))
        notes += (QualityNote("unknown", None, *span, 0, f"columns without numbers are left out: {listed(left_out)}"),)
    row, code, value = _row_by_row(rows, values)
    return Part(table.file, time_s[row], code, value, tuple(found), notes, table.provenance)


def _row_by_row(rows: list[Ints], values: list[Floats]) -> tuple[Ints, Ints, Floats]:
    """Columns interleaved: row after row, column order within each row."""
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    row = np.concatenate(rows)
    code = np.repeat(np.arange(len(rows), dtype=np.int64), [len(piece) for piece in rows])
    order = np.argsort(row, kind="stable")
    return row[order], code[order], np.concatenate(values)[order]


def _codes(file: str, column: pl.Series) -> tuple[Ints, tuple[str, ...]]:
    """Items as integers and their names; text is hashed once per row and never becomes Python objects."""
    if not isinstance(column.dtype, pl.Categorical | pl.Enum):
        if not (isinstance(column.dtype, pl.String) or column.dtype.is_integer()):
            problem = f"type {column.dtype} holds no channel ids"
            raise TelemetryError(file, f"column {column.name!r}", problem, "Name the column of channel ids 'item'")
        column = column.cast(pl.String).cast(pl.Categorical)
    each = column.unique().drop_nulls()
    if len(each) > MAX_ITEMS:
        problem = f"{len(each)} different items, more than {MAX_ITEMS}"
        raise TelemetryError(file, f"column {column.name!r}", problem, "Name the column of channel ids 'item'")
    names = each.cast(pl.String).str.strip_chars().to_list()
    found = tuple(sorted(set(names) - {""}))
    index = {name: code for code, name in enumerate(found)}
    physical = each.to_physical().cast(pl.Int64).to_numpy()
    to_code = np.full(int(physical.max(initial=-1)) + 2, -1, dtype=np.int64)  # the last place serves rows without item
    to_code[physical] = [index.get(name, -1) for name in names]
    return to_code[column.to_physical().cast(pl.Int64).fill_null(-1).to_numpy()], found


def numbers(file: str, column: pl.Series) -> tuple[Floats, Bools]:
    """A column as float64 with NaN where it is empty, and which rows are empty."""
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    if isinstance(column.dtype, pl.String):
        number = _numbers_of_text(file, column)
    elif column.dtype.is_numeric() or isinstance(column.dtype, pl.Boolean | pl.Null):
        number = column.cast(pl.Float64)
    else:
        problem = f"type {column.dtype} holds no numbers"
        raise TelemetryError(file, f"column {column.name!r}", problem, "Give readings as numbers")
    empty = number.is_null().to_numpy() if number.null_count() else np.zeros(len(number), dtype=np.bool_)
    return number.to_numpy(), empty


def _numbers_of_text(file: str, column: pl.Series) -> pl.Series:
    number = column.cast(pl.Float64, strict=False)
    if number.null_count() == column.null_count():
        return number
    text = column.str.strip_chars()
    word = text.str.to_lowercase().is_in(MISSING_WORDS)
    number = text.cast(pl.Float64, strict=False)
    wrong = (number.is_null() & text.is_not_null() & ~word).arg_true()
    if not len(wrong):
        return number
    row = int(wrong[0])
    shown = repr(text[row][:80])
    place = f"row {row + 1}, column {column.name!r}"
    if 2 * len(wrong) > len(text) - text.null_count():
        remedy = "Give readings as numbers, states as their codes"
        raise TelemetryError(file, place, f"the column holds text, not numbers: {shown}", remedy)
    raise TelemetryError(file, place, f"{shown} is not a number", "Mend the row, or leave the field empty")


def missing_note(channel: str, time_s: Floats, value: Floats, empty: Bools, total: int) -> tuple[QualityNote, ...]:
    """One note for all dropped readings of a channel; `time_s`, `value` and `empty` are those of the dropped ones."""
    count = {
        "empty": int(empty.sum()),
        "NaN": int((np.isnan(value) & ~empty).sum()),
        "infinite": int(np.isinf(value).sum()),
    }
    kinds = [kind for kind, number in count.items() if number]
    dropped = len(time_s)
    if dropped < total:
        why = f"{dropped} of {total} readings are {' or '.join(kinds)} and are dropped"
    else:
        why = f"all {total} readings are {' or '.join(kinds)}"
    return (QualityNote("missing", channel, float(time_s.min()), float(time_s.max()), dropped, why),)


def _unplaced(time_s: Floats, placed: Bools, what: str) -> tuple[QualityNote, ...]:
    known = time_s[~placed & np.isfinite(time_s)]
    known = known if len(known) else time_s[np.isfinite(time_s)]
    lost = int((~placed).sum())
    why = f"{lost} rows {what} are dropped"
    return (QualityNote("missing", None, float(known.min()), float(known.max()), lost, why),)
