"""One of each sort of input that once ended in something else than a sentence."""

# ruff: noqa: S608  # names of columns stand in this file

import gzip
import json
import sqlite3
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hullwatch.console.tokens import read_tokens
from hullwatch.errors import (
    LONGEST,
    DescriptionError,
    HullwatchError,
    OutOfRange,
    RecordError,
    TelemetryError,
    readable,
)
from hullwatch.incident.lines import row_of_line, to_lines
from hullwatch.incident.signing import CentreKey, from_pem, to_pem
from hullwatch.incident.store import open_record
from hullwatch.location.typed import read_evidence
from hullwatch.records import Event
from hullwatch.simulation.scenario import parse_scenario
from hullwatch.simulation.years import parse_years
from hullwatch.telemetry import csv_file
from hullwatch.telemetry.dated_rates import rates_of_toml
from hullwatch.telemetry.discharge_file import read_discharge
from hullwatch.telemetry.files import open_source
from hullwatch.units import parse_quantity, utc_seconds, utc_text
from hullwatch.vehicle.load import load_vehicle

SHIP = load_vehicle("demo")
DEEP = ("a = " + "[" * 5_000 + "]" * 5_000, "a = " + "9" * 5_000, "a" + ".a" * 5_000 + " = 1")


# --- errors -----------------------------------------------------------------------------------------------------------


def test_an_error_is_one_line_that_can_be_shown_anywhere() -> None:
    said = str(DescriptionError("a\x1b[2Jb", "key", "x" * 100_000, "one of \u202e these"))
    assert len(said) < 1.1 * LONGEST
    assert said.isprintable()
    assert said.startswith("a\\x1b[2Jb: key = 'xxx")
    assert said.endswith("these")  # the end says what to do
    assert readable("plain, é and 管") == "plain, é and 管"


# --- what people type -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["1 " + "x" * 60 + "!", "1 " + "m/" * 400, "1 m" + "x" * 70_000, "5 kg ** 99999999", "9" * 5_000]
)
def test_a_quantity_is_read_or_refused_at_once(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(OutOfRange):
        parse_quantity(text, "kg/s")
    assert time.process_time() - begun < 1.0


def test_long_units_are_still_read() -> None:
    assert parse_quantity("1.2e-3 kg m^2 / s^2 / m", "N") == pytest.approx(1.2e-3)
    assert parse_quantity("0.5 micrometer", "m") == pytest.approx(5e-7)


@pytest.mark.parametrize("text", ["0001-01-01T00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_no_year_of_utc_holds_is_refused(text: str) -> None:
    with pytest.raises(OutOfRange, match="no year"):
        utc_seconds(text)
    assert utc_text(utc_seconds("0001-01-01T00:00Z")).endswith("-01-01T00:00:00.000Z")


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", DEEP)
def test_toml_that_no_reader_holds_is_refused_everywhere(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(text)
    for read in (
        lambda: load_vehicle(str(file)),
        lambda: parse_scenario(text),
        lambda: parse_years(text, "x.toml"),
        lambda: read_evidence(text, "x.toml", SHIP),
        lambda: rates_of_toml("x.toml", text),
        lambda: read_tokens(str(file)),
    ):
        with pytest.raises(HullwatchError) as refused:
            read()
        assert len(str(refused.value)) < 1.1 * LONGEST


@pytest.mark.parametrize(
    ("key", "value"),
    [("vessel_material", ["steel"]), ("gas", {"a": 1}), ("volume_m3", 10**400), ("vessel_wall_m", 1e999)],
)
def test_a_vessel_of_wrong_types_is_refused(key: str, value: object, tmp_path: Path) -> None:
    vessel = {"gas": "N2", "volume_m3": 0.01, "initial_pressure_pa": 8e5, key: value}
    (tmp_path / "v.json").write_text(json.dumps(vessel))
    rows = "".join(f"pressure_bar_abs,{k},{7.9 - k}\n" for k in range(5))
    (tmp_path / "r.csv").write_text("quantity,time_s,value\n" + rows)
    with pytest.raises(DescriptionError) as refused:
        read_discharge(str(tmp_path / "v.json"), str(tmp_path / "r.csv"))
    assert refused.value.key == key


def test_an_archive_that_grows_beyond_all_telemetry_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "MAX_UNASKED", 1 << 20)
    file = tmp_path / "t.csv.gz"
    file.write_bytes(gzip.compress(b"time,item,value\n" + b"2030-05-06T08:00:00Z,P_LAB,750\n" * 1_000_000, 9))
    with pytest.raises(TelemetryError, match="over 300 times what is packed"):
        open_source(str(file), SHIP)
    monkeypatch.setattr(csv_file, "MAX_UNASKED", 64 << 20)
    assert open_source(str(file), SHIP).rows == 1_000_000


def test_memory_that_ends_while_a_file_is_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(csv_file, "_capped", full)
    (tmp_path / "t.csv").write_text("time,item,value\n")
    with pytest.raises(TelemetryError, match="needs more memory"):
        open_source(str(tmp_path / "t.csv"), SHIP)


def test_a_hundred_thousand_columns_are_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(b"time" + b",a" * 100_000 + b"\n1" + b",1" * 100_000 + b"\n")
    begun = time.process_time()
    with pytest.raises(TelemetryError, match="more than 4096 columns"):
        open_source(str(file), SHIP)
    assert time.process_time() - begun < 1.0


# --- records ----------------------------------------------------------------------------------------------------------


def lines_of(folder: Path) -> list[str]:
    with open_record(str(folder / "r.sqlite")) as record:
        record.append([Event(1.9e9, "quality", None, {"kind": "gap"})])
        return list(to_lines(record.rows(), 2, *record.head))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1900000000.0", "1" + "0" * 400),
        ("1900000000.0", "1e300"),
        ("1900000000.0", "1e999"),
        ('"gap"', "1e999"),
        ('"gap"', "9" * 5_000),
    ],
)
def test_an_exported_line_beyond_all_numbers_is_refused(old: str, new: str, tmp_path: Path) -> None:
    line = lines_of(tmp_path)[1]
    row_of_line(line, "r.jsonl", 2)
    assert old in line
    with pytest.raises(RecordError, match="line 2"):
        row_of_line(line.replace(old, new), "r.jsonl", 2)


@pytest.mark.parametrize(
    ("column", "value"), [("kind", b"\xff\xfe"), ("time_s", "noon"), ("time_s", None), ("data", b"\x99")]
)
def test_a_damaged_row_is_said_to_be(column: str, value: object, tmp_path: Path) -> None:
    lines_of(tmp_path)
    with sqlite3.connect(tmp_path / "r.sqlite") as link:
        link.execute("DROP TRIGGER events_no_update")
        link.execute("PRAGMA writable_schema=ON")
        link.execute("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'events'")
    link.close()
    with sqlite3.connect(tmp_path / "r.sqlite") as link:
        link.execute(
            f"UPDATE events SET {column} = CAST(? AS TEXT)"
            if isinstance(value, bytes)
            else f"UPDATE events SET {column} = ?",
            (value,),
        )
    link.close()
    with open_record(str(tmp_path / "r.sqlite"), read_only=True) as record, pytest.raises(RecordError, match="damaged"):
        list(record.rows())


def test_a_key_of_a_kind_that_nobody_knows_is_refused() -> None:
    pem = to_pem(CentreKey("houston", Ed25519PrivateKey.from_private_bytes(b"h" * 32)))
    other = pem.replace(b"MC4CAQAwBQYDK2VwBCIEI", b"MC4CAQAwBQYDK2V7BCIEI")
    assert other != pem
    with pytest.raises(DescriptionError, match="record key new"):
        from_pem(other, "key.pem")
