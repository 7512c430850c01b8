"""Bad input gets exit code 1 and one line that names the file and the remedy; doubtful data is watched and flagged."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from commands import hullwatch, process, refused
from watching import Cases

DEMO = ("--vehicle", "demo")
CSV = "time,item,value\n"


@pytest.fixture(scope="module")
def quiet(cases: Cases) -> pl.DataFrame:
    """Two hours of the demonstration ship without a leak."""
    return pl.read_parquet(cases.played("demo-leak").telemetry).filter(
        pl.col("time") < pl.lit("2030-05-06T10:00:00").str.to_datetime().dt.replace_time_zone("UTC")
    )


Writer = Callable[[Path, pl.DataFrame], Path]


def _missing(folder: Path, table: pl.DataFrame) -> Path:
    return folder / "gone.parquet"


def _empty(folder: Path, table: pl.DataFrame) -> Path:
    (folder / "empty.csv").write_bytes(b"")
    return folder / "empty.csv"


def _picture(folder: Path, table: pl.DataFrame) -> Path:
    (folder / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200))
    return folder / "picture.csv"


def _truncated(folder: Path, table: pl.DataFrame) -> Path:
    whole = folder / "whole.parquet"
    table.write_parquet(whole)
    (folder / "cut.parquet").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return folder / "cut.parquet"


def _no_pressure(folder: Path, table: pl.DataFrame) -> Path:
    table.filter(~pl.col("item").cast(str).str.starts_with("P_")).write_parquet(folder / "nopressure.parquet")
    return folder / "nopressure.parquet"


def _in_psi(folder: Path, table: pl.DataFrame) -> Path:
    pressure = pl.col("item").cast(str).str.starts_with("P_")
    value = pl.when(pressure).then(pl.col("value") / 51.7149).otherwise(pl.col("value"))
    table.with_columns(value.alias("value")).write_parquet(folder / "psi.parquet")
    return folder / "psi.parquet"


def _all_nan(folder: Path, table: pl.DataFrame) -> Path:
    table.with_columns(pl.lit(float("nan")).alias("value")).write_parquet(folder / "nan.parquet")
    return folder / "nan.parquet"


def _other_ship(folder: Path, table: pl.DataFrame) -> Path:
    (folder / "other.csv").write_text(CSV + "2030-05-06T08:00:00Z,CABIN_P,750\n")
    return folder / "other.csv"


def _no_time(folder: Path, table: pl.DataFrame) -> Path:
    (folder / "notime.csv").write_text("when,item,value\n1,P_LAB,750\n")
    return folder / "notime.csv"


REFUSED: dict[str, tuple[Writer, tuple[str, ...]]] = {
    "missing file": (_missing, ("gone.parquet", "no such file", "Check")),
    "empty file": (_empty, ("empty.csv", "empty", "again")),
    "PNG named .csv": (_picture, ("picture.csv", "PNG")),
    "truncated Parquet": (_truncated, ("cut.parquet", "Parquet")),
    "no pressure channel": (_no_pressure, ("nopressure.parquet", "missing pressure channel", "P_LAB")),
    "psi read as mmHg": (_in_psi, ("psi.parquet", "psi", "mmHg")),
    "all NaN": (_all_nan, ("nan.parquet",)),
    "another ship": (_other_ship, ("other.csv", "--vehicle")),
    "no time column": (_no_time, ("notime.csv", "time")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_cannot_be_used_is_refused(what: str, quiet: pl.DataFrame, tmp_path: Path) -> None:
    write, words = REFUSED[what]
    refused(hullwatch("watch", write(tmp_path, quiet), *DEMO), *words)


def watched(path: Path, *more: str) -> dict[str, Any]:
    done = hullwatch("watch", path, *DEMO, "--json", *more)
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    assert done.returncode in (0, 3), done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def flags(said: dict[str, Any]) -> set[str]:
    return {note["kind"] for note in said["data_quality"]["notes"]}


def as_csv(table: pl.DataFrame, path: Path, rows: list[int] | None = None) -> Path:
    text = table.with_columns(pl.col("time").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"), pl.col("item").cast(str))
    (text[rows] if rows is not None else text).write_csv(path)
    return path


def test_one_dead_column_of_a_wide_table_is_noted(quiet: pl.DataFrame, tmp_path: Path) -> None:
    table = quiet.with_columns(pl.col("item").cast(str)).filter(pl.col("item").str.contains("^[PT]_"))
    wide = table.pivot("item", index="time", values="value").sort("time")
    wide = wide.with_columns(pl.lit(float("nan")).alias("P_LAB"))
    wide.write_parquet(tmp_path / "wide.parquet")
    said = watched(tmp_path / "wide.parquet")
    assert said["verdict"] == "no_leak"
    assert "P_LAB" in said["data_quality"]["channels_missing"]


def test_shuffled_rows_are_put_in_order(quiet: pl.DataFrame, tmp_path: Path) -> None:
    rows = list(range(quiet.height))
    random.Random(1).shuffle(rows)
    shuffled = watched(as_csv(quiet, tmp_path / "shuffled.csv", rows))
    assert shuffled["verdict"] == "no_leak"
    assert shuffled["data_quality"]["readings"] == quiet.height
    assert any("sorted by time" in note["why"] for note in shuffled["data_quality"]["notes"])


def test_two_values_at_one_time_are_flagged(quiet: pl.DataFrame, tmp_path: Path) -> None:
    again = quiet.filter(pl.col("item").cast(str) == "P_LAB").with_columns(pl.col("value") + 0.101)
    both = pl.concat([quiet.with_columns(pl.col("item").cast(str)), again.with_columns(pl.col("item").cast(str))])
    both.sort("time", maintain_order=True).write_parquet(tmp_path / "twice.parquet")
    said = watched(tmp_path / "twice.parquet")
    assert "duplicate" in flags(said)
    assert said["incidents"] == []


def test_a_clock_that_jumps_back_is_flagged(cases: Cases) -> None:
    played = cases.played(
        'name = "back"\ntitle = "A clock that jumps back"\nprovenance = "Invented."\nvehicle = "demo"\n'
        'start_utc = "2030-05-06T08:00Z"\nduration = "2 h"\nseed = 8\n'
        '[[events]]\nat = "+60 min"\nkind = "clock_step"\nstep = "-10 min"\n'
    )
    said = watched(played.telemetry)
    assert "clock_step" in flags(said)
    assert said["incidents"] == []


def test_an_unknown_vehicle_gets_a_suggestion(cases: Cases) -> None:
    telemetry = cases.played("demo-leak").telemetry
    refused(hullwatch("watch", telemetry, "--vehicle", "dmo"), "'dmo'", "did you mean 'demo'")


def test_no_vehicle_named(quiet: pl.DataFrame, tmp_path: Path) -> None:
    done = hullwatch("watch", as_csv(quiet, tmp_path / "a.csv"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "--vehicle" in done.stderr
    assert "hullwatch vehicle list" in done.stderr


def test_a_vehicle_with_a_hatch_to_nowhere(tmp_path: Path, cases: Cases) -> None:
    from hullwatch.vehicle import load

    text = (Path(load.__file__).parent / "data" / "demo.toml").read_text("utf-8")
    ship = tmp_path / "holed.toml"
    ship.write_text(text.replace('between = ["NODE", "STORE"]', 'between = ["NODE", "STROE"]'))
    said = refused(hullwatch("watch", cases.played("demo-leak").telemetry, "--vehicle", ship), "holed.toml", "STROE")
    assert "STORE" in said


SCENARIO = """
name = "bad"
title = "bad"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "2 h"
seed = 1
"""
HOLE = '\n[[events]]\nat = "+1 h"\nkind = "hole"\nid = "h"\ncompartment = "LAB"\n'
SCENARIOS = {
    "negative volume": (SCENARIO + '[volumes]\nLAB = "-80 m^3"\n', ("volumes", "LAB", "above 0")),
    "negative diameter": (SCENARIO + HOLE + 'diameter = "-2 mm"\ncd = 0.8\n', ("events[0].diameter", "above 0")),
    "hole nowhere": (SCENARIO + HOLE.replace("LAB", "LBA") + 'rate = "5 kg/day"\n', ("compartment", "LBA", "LAB")),
    "no unit": (SCENARIO.replace('"2 h"', '"2"'), ("duration",)),
    "unknown key": (SCENARIO + "colour = 1\n", ("colour", "no such key")),
    "not TOML": ("name = [\n", ("TOML",)),
}


@pytest.mark.parametrize("what", SCENARIOS)
def test_a_broken_scenario_names_file_key_and_what_is_allowed(what: str, tmp_path: Path) -> None:
    text, words = SCENARIOS[what]
    path = tmp_path / "bad.toml"
    path.write_text(text)
    refused(hullwatch("simulate", path, "--out", tmp_path / "out"), "bad.toml", *words)
    assert not (tmp_path / "out").exists()


def test_an_unknown_case_gets_the_choices(tmp_path: Path) -> None:
    refused(hullwatch("replay", "soyuz-ms-9", cwd=tmp_path), "soyuz-ms-09")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["a lot", "25 kg/day", "25 m at 2030-05-06T09:00Z", "-25 kg/day at 2030-05-06T09:00Z", "25 kg/day at noon",
             "25 kg/day at 2031-05-06T09:00Z"],
)  # fmt: skip
def test_an_injection_that_cannot_be_read_is_refused(text: str, cases: Cases) -> None:
    refused(hullwatch("watch", cases.played("demo-leak").telemetry, *DEMO, "--inject", text))


@pytest.mark.parametrize("text", ["often", "0/yr", "-1/yr", "1 kg", "1e9/yr"])
def test_a_false_alarm_rate_that_makes_no_sense_is_refused(text: str, cases: Cases) -> None:
    refused(hullwatch("watch", cases.played("demo-leak").telemetry, *DEMO, f"--false-alarm-rate={text}"))


def test_a_log_that_cannot_stand_is_refused(cases: Cases, tmp_path: Path) -> None:
    (tmp_path / "ops.csv").write_text("start_utc,kind,compartment\n2030-05-06T10:00Z,vent,ATTIC\n")
    log = ("--log", tmp_path / "ops.csv")
    refused(hullwatch("watch", cases.played("demo-leak").telemetry, *DEMO, *log), "ops.csv", "line 2", "ATTIC", "LAB")
    refused(hullwatch("replay", "demo-leak", *log, cwd=tmp_path), "ops.csv", "line 2", "ATTIC", "LAB")


def test_out_that_is_a_file_is_refused(cases: Cases, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    refused(hullwatch("watch", cases.played("demo-leak").telemetry, *DEMO, "--out", tmp_path / "taken"), "taken")
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_out_that_cannot_be_written_is_refused(cases: Cases, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        refused(hullwatch("watch", cases.played("demo-leak").telemetry, *DEMO, "--out", tmp_path / "out"), "out")
    finally:
        tmp_path.chmod(0o700)


def test_out_where_no_folder_can_be_made_is_refused(cases: Cases) -> None:
    """/proc takes no folders, not even from root."""
    if not Path("/proc/self").is_dir():
        pytest.skip("no /proc here")
    refused(
        hullwatch("watch", cases.played("demo-leak").telemetry, *DEMO, "--out", "/proc/hullwatch"), "/proc/hullwatch"
    )


def test_simulate_into_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    refused(hullwatch("simulate", "demo-leak", "--out", tmp_path / "taken"), "taken")


def test_report_of_a_folder_without_a_record_is_refused(tmp_path: Path) -> None:
    refused(hullwatch("report", tmp_path), "record.sqlite")


def test_report_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "record.sqlite").write_bytes(b"not a database" * 100)
    refused(hullwatch("report", tmp_path), "record.sqlite", "not a Hullwatch record")


@pytest.mark.parametrize("words", [("sail",), ("watch",), ("watch", "x.csv", "--nope"), ("vehicle", "show")])
def test_a_command_line_that_makes_no_sense_gets_no_traceback(words: tuple[str, ...]) -> None:
    done = process(*words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.parametrize("words", [(), ("vehicle",)])
def test_no_command_shows_the_help(words: tuple[str, ...]) -> None:
    done = process(*words)
    assert "Traceback" not in done.stderr
    assert "Usage: hullwatch" in done.stdout + done.stderr
