"""Every file that cannot be read or used is refused with file, place, problem and remedy."""

import contextlib
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from hullwatch.errors import TelemetryError
from hullwatch.telemetry import csv_file, parquet_file
from hullwatch.telemetry.files import open_source
from hullwatch.vehicle.facts import Vehicle

LINE = "2018-10-12T05:00:00Z,USLAB000058,745\n"
HEAD = "time,item,value\n"

TEXTS: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("a.csv", b"", "a.csv: byte 0: the file is empty"),
    "empty parquet": ("a.parquet", b"", "the file is empty"),
    "blank": ("a.csv", b"\n\n \n", "the file is empty"),
    "header only": ("a.csv", HEAD, "a header but no rows"),
    "kind": ("a.txt", HEAD + LINE, r"unknown kind of file. Give a file ending in .parquet, .csv, .csv.gz"),
    "png": ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not CSV: it holds a PNG image"),
    "json": ("a.csv", b'{"time": [1, 2]}', "it holds JSON"),
    "web page": ("a.csv", b"<!doctype html><title>Log in</title>", "it holds HTML or XML"),
    "parquet": ("a.csv", b"PAR1....PAR1", "it holds Parquet"),
    "utf-16": ("a.csv", (HEAD + LINE).encode("utf-16"), "it holds UTF-16 text"),
    "binary": ("a.csv", b"time\0\1\2,item", "it holds binary data"),
    "latin-1": ("a.csv", "time,item,valeur mesurée\n".encode("latin-1"), "byte 22: the text is not UTF-8"),
    "text in latin-1": (
        "a.csv",
        (HEAD + LINE + "2018-10-12T05:00:01Z,cabiné,1\n").encode("latin-1"),
        "not CSV|not UTF-8",
    ),
    "no parquet": ("a.parquet", b"time,item,value\n", r"byte 0: not Parquet: it begins with b'time'"),
    "gzip cut": ("a.csv.gz", gzip.compress((HEAD + LINE * 99).encode())[:-9], "gzip: truncated or damaged"),
    "gzip rotten": ("a.csv.gz", b"\x1f\x8b\x08\0rotten rotten rotten", "gzip: truncated or damaged"),
    "no time": (
        "a.csv",
        "when,item,value\n1,USLAB000058,745\n",
        r"header: no time column; found 'when', 'item', 'value'\. Name one of time, time_utc,",
    ),
    "no row has a time": ("a.csv", HEAD + ",USLAB000058,745\n", "no row has a time"),
    "bad time": ("a.csv", HEAD + LINE * 3 + "yesterday,USLAB000058,745\n", "row 4: 'yesterday' is not a time"),
    "bad number": (
        "a.csv",
        HEAD + LINE * 3 + LINE.replace("745", "7x5"),
        r"row 4, column 'value': '7x5' is not a number\. Mend the row",
    ),
    "text column": (
        "a.csv",
        HEAD + LINE.replace("745", "OPEN") * 3,
        r"row 1, column 'value': the column holds text, not numbers: 'OPEN'",
    ),
    "bad wide number": (
        "a.csv",
        "time,USLAB000058\n" + "2018-10-12T05:00:00Z,745\n" * 3 + "2018-10-12T05:00:01Z,?\n",
        r"row 4, column 'USLAB000058': '\?' is not a number",
    ),
    "ragged": ("a.csv", HEAD + LINE + LINE.strip() + ",9\n" + LINE, "row 2: 4 fields under a header of 3"),
    "open quotation": ("a.csv", HEAD + '"' + LINE * 9, "not CSV"),
    "long field": (
        "a.csv",
        HEAD + LINE + f'"{"x" * 70_000}",USLAB000058,745\n',
        "row 2, column 'time': a field of 70000",
    ),
    "twice": ("a.csv", "time,USLAB000058,USLAB000058\n1,2,3\n", "column 'USLAB000058' appears twice"),
    "two columns": ("a.csv", "time,USLAB000058,p_USLAB000058\n1,2,3\n", "both hold USLAB000058"),
    "nothing known": (
        "a.csv",
        HEAD + "".join(LINE.replace("USLAB000058", f"X{n:02}") for n in range(11)),
        r"nothing in it is known to tiny: found 'X00', .*'X07' and 3 more; expected 'USLAB000058', .*"
        r"Is --vehicle right\?",
    ),
    "no pressure": (
        "a.csv",
        HEAD + LINE.replace("USLAB000058", "USLAB000059"),
        r"missing pressure channel: found 'USLAB000059'\. Record at least one of 'USLAB000058', 'AIRLOCK000054'",
    ),
    "all pressure missing": (
        "a.csv",
        "time,USLAB000058,USLAB000059\n1,NaN,22\n2,NaN,22\n",
        "missing pressure channel: .*USLAB000058: all 2 readings are NaN",
    ),
    "no items": ("a.csv", "time,value\n1,745\n", "nothing in it is known to tiny: found 'value'"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_refused(case: str, tmp_path: Path, vehicle: Vehicle) -> None:
    name, content, message = TEXTS[case]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TelemetryError, match=message) as caught:
        open_source(str(path), vehicle)
    error = caught.value
    assert error.source == str(path)
    assert all(part.strip() for part in (error.place, error.problem, error.remedy))


def _frame(frame: pl.DataFrame) -> Callable[[Path], None]:
    return lambda path: frame.write_parquet(path)


TIME = pl.Series("time", [1.5e9, 1.5e9 + 1])
TABLES = {
    "no rows": (pl.DataFrame({"time": [], "USLAB000058": []}, schema_overrides={"time": pl.Float64}), "no rows"),
    "list values": (
        pl.DataFrame([TIME, pl.Series("item", ["USLAB000058"] * 2), pl.Series("value", [[1.0], [2.0]])]),
        "column 'value': type List.* holds no numbers",
    ),
    "list items": (
        pl.DataFrame([TIME, pl.Series("item", [["USLAB000058"]] * 2), pl.Series("value", [1.0, 2.0])]),
        "column 'item': type List.* holds no channel ids",
    ),
    "too many items": (
        pl.DataFrame({"time": 1.5e9, "item": pl.Series([str(n) for n in range(65_537)]), "value": 1.0}),
        "65537 different items",
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_refused_tables(case: str, tmp_path: Path, vehicle: Vehicle) -> None:
    frame, message = TABLES[case]
    frame.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(TelemetryError, match=message):
        open_source(str(tmp_path / "a.parquet"), vehicle)


@pytest.mark.parametrize("kept", [5, 0.1, 0.5, -1, -4])
def test_a_parquet_file_that_was_cut_off(kept: float, tmp_path: Path, readings: pl.DataFrame, vehicle: Vehicle) -> None:
    path = tmp_path / "a.parquet"
    readings.write_parquet(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if 0 < kept < 1 else int(kept)])
    with pytest.raises(TelemetryError, match=r"truncated Parquet: the footer is missing\. Fetch the file again"):
        open_source(str(path), vehicle)


def test_a_parquet_file_with_rotten_bytes(tmp_path: Path, readings: pl.DataFrame, vehicle: Vehicle) -> None:
    path = tmp_path / "a.parquet"
    readings.write_parquet(path)
    data = bytearray(path.read_bytes())
    for at in range(4, len(data) - 8, 97):
        rotten = data[:at] + b"\xff" * 16 + data[at + 16 :]
        path.write_bytes(rotten[: len(data) - 4] + b"PAR1")
        with contextlib.suppress(TelemetryError):  # some bytes do not matter, and a wrong number is still a number
            open_source(str(path), vehicle)


def test_paths(tmp_path: Path, vehicle: Vehicle) -> None:
    with pytest.raises(TelemetryError, match="no such file or directory"):
        open_source(str(tmp_path / "none.csv"), vehicle)
    with pytest.raises(TelemetryError, match="cannot be opened"):
        open_source("a\0.csv", vehicle)
    (tmp_path / "notes.md").write_text("hello")
    with pytest.raises(TelemetryError, match=r"directory: no telemetry in it, found 'notes.md'\. Give files ending in"):
        open_source(str(tmp_path), vehicle)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TelemetryError, match="not a regular file"):
        open_source(str(tmp_path / "pipe.csv"), vehicle)


def test_in_a_directory_the_file_at_fault_is_named(tmp_path: Path, vehicle: Vehicle) -> None:
    (tmp_path / "a.csv").write_text(HEAD + LINE)
    (tmp_path / "b.csv").write_text(HEAD + "soon,USLAB000058,745\n")
    with pytest.raises(TelemetryError, match=r"b\.csv: row 1: 'soon'"):
        open_source(str(tmp_path), vehicle)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path, vehicle: Vehicle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MAX_BYTES", 1 << 20)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(HEAD.encode() + b"0" * (64 << 20)))
    with pytest.raises(TelemetryError, match="more text than the limit"):
        open_source(str(tmp_path / "a.csv.gz"), vehicle)


def test_a_parquet_bomb_is_not_unpacked(
    tmp_path: Path, readings: pl.DataFrame, vehicle: Vehicle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "MAX_CELLS", 1000)
    readings.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(TelemetryError, match=r"480 rows in 3 columns are more than 1000 cells\. Split"):
        open_source(str(tmp_path / "a.parquet"), vehicle)


@pytest.mark.parametrize(
    ("factor", "unit", "remedy"),
    [
        (1 / 51.714932, "psi", 'give a channel table with unit = "psi"'),
        (1.33322387, "hPa", 'give a channel table with unit = "hPa"'),
        (133.322387, "Pa", 'give a channel table with unit = "Pa"'),
        (0.00133322387, "bar or atm", "Convert the column to mmHg"),
        (1 / 760, "bar or atm", "Convert the column to mmHg"),
    ],
)
def test_the_wrong_unit_is_recognised(
    factor: float, unit: str, remedy: str, tmp_path: Path, wide: pl.DataFrame, vehicle: Vehicle
) -> None:
    wide.with_columns(pl.col("USLAB000058") * factor).write_parquet(tmp_path / "a.parquet")
    told = r"USLAB000058: median [\d.]+ in mmHg is outside 60\.\.850 mmHg; it would be 7[34]\d\.\d mmHg if "
    with pytest.raises(TelemetryError, match=f"{told}the column were {unit}") as caught:
        open_source(str(tmp_path / "a.parquet"), vehicle)
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(("share", "value"), [(0.4, 14.4), (1.0, 0.0), (1.0, -5.0), (1.0, 1e308)])
def test_a_broken_sensor_is_no_wrong_unit(
    share: float, value: float, tmp_path: Path, wide: pl.DataFrame, vehicle: Vehicle
) -> None:
    wrong = pl.int_range(pl.len()) < share * wide.height
    frame = wide.with_columns(USLAB000058=pl.when(wrong).then(value).otherwise(pl.col("USLAB000058")))
    frame.write_parquet(tmp_path / "a.parquet")
    notes = [note for note in open_source(str(tmp_path / "a.parquet"), vehicle).notes if note.kind == "out_of_range"]
    assert [note.channel for note in notes] == (["USLAB000058"] if share == 1.0 else [])


def test_kilopascal_in_a_believable_range_is_noted(tmp_path: Path, wide: pl.DataFrame, vehicle: Vehicle) -> None:
    wide.with_columns(pl.col("USLAB000058") * 0.133322387).write_parquet(tmp_path / "a.parquet")
    (note,) = (note for note in open_source(str(tmp_path / "a.parquet"), vehicle).notes if note.kind == "unit")
    assert (note.channel, note.count) == ("USLAB000058", 120)
    assert note.why == "median 99.37 mmHg; it would be 745.3 mmHg if the column were kPa"
