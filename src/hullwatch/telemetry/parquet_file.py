"""Parquet files: the needed columns, and the key-value metadata as provenance."""

import os
from collections.abc import Mapping

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ArrowException

from hullwatch.errors import TelemetryError
from hullwatch.telemetry.columns import MAX_COLUMNS, Columns, Table, find_columns

MAGIC = b"PAR1"
MAX_CELLS = 1 << 29
"""Most cells read from one file (4 GiB as float64): a few kilobytes of Parquet can claim to hold billions of rows."""
MAX_METADATA = 4096
UNREADABLE = (OSError, ValueError, ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""How the two Parquet libraries say no: a panic is Polars meeting bytes it holds impossible."""


def read_parquet(file: str) -> Table:
    """Read the columns that matter; raises TelemetryError for what is not Parquet, cut off or damaged.

    Arrow reads, under validation, and Polars takes over: Polars' own reader panics on many a damaged file.
    """
    _check_ends(file)
    place = "footer"
    try:
        with pq.ParquetFile(file) as recording:
            schema, footer = recording.schema_arrow, recording.metadata
            stamps = [field.name for field in schema if pa.types.is_timestamp(field.type)]
            columns = find_columns(file, schema.names, stamps)
            _check_size(file, footer.num_rows, columns)
            place = "data pages"
            content = recording.read(columns=columns.needed)
        content.validate(full=True)
        # columns and names only: writers' remarks on the fields would steer the conversion
        frame = pl.from_arrow(pa.table(content.columns, names=content.column_names))
    except UNREADABLE as error:
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise TelemetryError(file, place, f"damaged Parquet ({reason})", "Fetch the file again") from error
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a table never becomes a series
    return Table(file, frame, _provenance(footer.metadata))


def _check_ends(file: str) -> None:
    """A Parquet file begins and ends with PAR1; the end goes missing when a copy is cut short."""
    with open(file, "rb") as stream:
        start = stream.read(4)
        stream.seek(-min(8, os.fstat(stream.fileno()).st_size), os.SEEK_END)
        end = stream.read()
    if start != MAGIC:
        raise TelemetryError(
            file, "byte 0", f"not Parquet: it begins with {start!r}", "Give the file the ending of its true format"
        )
    if len(end) < 8 or end[-4:] != MAGIC:
        raise TelemetryError(
            file, "end of file", "truncated Parquet: the footer is missing", "Fetch the file again, it was cut off"
        )


def _check_size(file: str, rows: int, columns: Columns) -> None:
    if rows == 0:
        raise TelemetryError(file, "rows", "the table has no rows", "Check the export that wrote it")
    if len(columns.needed) > MAX_COLUMNS:
        raise TelemetryError(
            file, "footer", f"more than {MAX_COLUMNS} columns", "Give one row for each reading: time, item, value"
        )
    if rows * len(columns.needed) > MAX_CELLS:
        raise TelemetryError(
            file,
            "footer",
            f"{rows} rows in {len(columns.needed)} columns are more than {MAX_CELLS} cells",
            "Split the recording into several files and watch them one after the other",
        )


def _provenance(metadata: Mapping[bytes, bytes] | None) -> dict[str, str]:
    """Text entries of the file's metadata, without those that Arrow and pandas write for themselves."""
    texts = {
        key.decode("utf-8", "replace"): value.decode("utf-8", "replace")[:MAX_METADATA]
        for key, value in (metadata or {}).items()
    }
    return {key: text for key, text in texts.items() if not key.startswith(("ARROW:", "PARQUET:", "pandas"))}
