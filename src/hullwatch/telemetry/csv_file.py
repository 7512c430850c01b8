"""CSV files, plain or gzipped: every column as text, under limits, since a file is not to be trusted.

Numbers and times are made from the text later, where an error can name row and text.
"""

import csv
import gzip
import io
import os
import zlib
from typing import BinaryIO

import polars as pl

from hullwatch.errors import TelemetryError
from hullwatch.telemetry.columns import MAX_COLUMNS, Table

MAX_BYTES = 4 << 30
"""Most bytes of text read from one file, after unpacking."""
MAX_TIMES, MAX_UNASKED = 300, 64 << 20
"""Most that an archive may grow by, and bytes up to which nobody asks: telemetry shrinks to a tenth or a fiftieth."""
MAX_FIELD = 65_536
"""Most bytes in one field: a missing quotation mark swallows the rest of a file."""
MAX_HEADER = 1 << 20
GZIP = b"\x1f\x8b"
FOREIGN = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or spreadsheet",
    b"PAR1": "Parquet",
    b"\x89HDF": "HDF5",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "HTML or XML",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


def read_csv(file: str) -> Table:
    """Read a CSV table as text; raises TelemetryError for another format, a broken archive and ragged rows."""
    data = _unpacked(file)
    _check_format(file, data)
    header = data[: data.find(b"\n") + 1 or None]
    separator = max(",;\t", key=lambda sign: header.count(sign.encode()))
    if header.count(separator.encode()) >= MAX_COLUMNS:
        raise TelemetryError(
            file, "header", f"more than {MAX_COLUMNS} columns", "Give one row for each reading: time,item,value"
        )
    if data.endswith((b"\n\n", b"\n\r\n")):
        data = data.rstrip(b"\r\n")
    try:
        frame = pl.read_csv(data, separator=separator, infer_schema_length=0)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _broken(file, data, separator, error) from error
    repeated = [name for name in frame.columns if name.rpartition("_duplicated_")[0] in frame.columns]
    if repeated:
        name = repeated[0].rpartition("_duplicated_")[0]
        raise TelemetryError(file, "header", f"column {name!r} appears twice", "Remove or rename one of them")
    if frame.height == 0:
        raise TelemetryError(file, "rows", "the table has a header but no rows", "Check the export that wrote it")
    _check_fields(file, frame)
    return Table(file, frame, {})


def _unpacked(file: str) -> bytes:
    """The text of the file, at most MAX_BYTES of it; gzip is known by its content, not by its name."""
    with open(file, "rb") as stream:
        packed = stream.read(2) == GZIP
        stream.seek(0)
        size = os.fstat(stream.fileno()).st_size
        try:
            if not packed:
                return _capped(file, stream, MAX_BYTES)
            with gzip.GzipFile(fileobj=stream) as unpacked:
                return _capped(file, unpacked, min(MAX_BYTES, max(MAX_TIMES * size, MAX_UNASKED)))
        except MemoryError as error:
            raise TelemetryError(file, "size", "needs more memory than there is", "Convert it to Parquet") from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise TelemetryError(file, "gzip", f"truncated or damaged ({error})", "Fetch the file again") from error


def _capped(file: str, stream: BinaryIO | gzip.GzipFile, most: int) -> bytes:
    pieces, size = [], 0
    while piece := stream.read(1 << 22):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            why = (
                "more text than the limit for one file"
                if most == MAX_BYTES
                else f"over {MAX_TIMES} times what is packed"
            )
            raise TelemetryError(file, f"byte {most}", why, "Split it or convert it to Parquet")
    return b"".join(pieces)


def _check_format(file: str, data: bytes) -> None:
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise TelemetryError(file, "byte 0", "the file is empty", "Check the export that wrote it")
    kind = next((kind for magic, kind in FOREIGN.items() if start.startswith(magic)), None)
    if kind is None and b"\0" in start:
        kind = "binary data"
    if kind is not None:
        raise TelemetryError(
            file, "byte 0", f"not CSV: it holds {kind}, beginning {start[:8]!r}", "Give CSV text (UTF-8) or Parquet"
        )
    if data.find(b"\n", 0, MAX_HEADER) < 0 and len(data) >= MAX_HEADER:
        raise TelemetryError(file, "header", f"the first line is longer than {MAX_HEADER} bytes", "Give CSV text")
    try:
        data[: data.find(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError as error:
        raise TelemetryError(file, f"byte {error.start}", "the text is not UTF-8", "Save it as UTF-8") from error


def _check_fields(file: str, frame: pl.DataFrame) -> None:
    """No field is longer than any id, time or number can be."""
    for name in frame.columns:
        sizes = frame[name].str.len_bytes()
        longest = sizes.max()
        if isinstance(longest, int) and longest > MAX_FIELD:
            row = int(sizes.arg_max() or 0) + 1
            raise TelemetryError(
                file,
                f"row {row}, column {name!r}",
                f"a field of {longest} bytes, more than {MAX_FIELD}",
                "Look for a missing quotation mark",
            )


def _broken(file: str, data: bytes, separator: str, error: BaseException) -> TelemetryError:
    """The row at fault, found by the slow and patient reader of the standard library."""
    remedy = "Mend the row, or look for a missing quotation mark before it"
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8", "replace", newline=""), delimiter=separator)
    try:
        width = len(next(rows))
        for number, row in enumerate(rows, start=1):
            if len(row) > width:
                return TelemetryError(file, f"row {number}", f"{len(row)} fields under a header of {width}", remedy)
    except csv.Error as found:
        return TelemetryError(file, f"line {rows.line_num}", f"not CSV ({found})", remedy)
    reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    return TelemetryError(file, "text", f"not CSV ({reason})", remedy)
