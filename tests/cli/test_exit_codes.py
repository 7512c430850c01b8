"""The commands as a user runs them: exit codes, one JSON object, files left behind."""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from commands import hullwatch, process
from hullwatch.incident.store import open_record
from hullwatch.incident.summary import schema
from watching import Cases


@pytest.fixture(scope="module")
def leaking(cases: Cases) -> str:
    return str(cases.played("demo-leak").telemetry)


@pytest.fixture(scope="module")
def short_scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("short") / "short.toml"
    path.write_text(
        'name = "short"\ntitle = "Two quiet hours"\nprovenance = "Invented."\nvehicle = "demo"\n'
        'start_utc = "2030-05-06T08:00Z"\nduration = "2 h"\nseed = 4\n'
    )
    return path


@pytest.fixture(scope="module")
def replayed(short_scenario: Path) -> tuple[Path, Any]:
    out = short_scenario.parent / "out"
    return out, hullwatch("replay", short_scenario, "--out", out)


def documented_top_level() -> set[str]:
    return {path for path in schema() if "." not in path}


def test_a_leak_is_exit_code_2(leaking: str) -> None:
    done = process("watch", leaking)
    assert done.returncode == 2
    assert "leak" in done.stdout
    assert done.stderr == ""


def test_no_leak_is_exit_code_0(replayed: tuple[Path, Any]) -> None:
    done = hullwatch("watch", replayed[0] / "telemetry.parquet", "--vehicle", "demo")
    assert done.returncode == 0
    assert "No leak" in done.stdout


def test_a_frozen_feed_is_exit_code_3(tmp_path: Path) -> None:
    """A pressure that never changes for ten hours while thermometers speak: a frozen feed is not a quiet cabin."""
    path = tmp_path / "frozen.csv"
    rows = ["2018-10-12T08:00:00Z,USLAB000058,750.0"]
    rows += [
        f"2018-10-12T{8 + s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}Z,USLAB000059,22.{s % 7}"
        for s in range(1, 36_000, 10)
    ]
    path.write_text("time,item,value\n" + "\n".join(rows) + "\n")
    said = undecided(path, "iss-2018-10-12")
    assert "stuck" in said["undecided_why"]


def test_one_reading_is_exit_code_3(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("time,item,value\n2030-05-06T08:00:00Z,P_LAB,750.0\n")
    assert "too few" in undecided(path, "demo")["undecided_why"]


def undecided(path: Path, vehicle: str) -> dict[str, Any]:
    done = hullwatch("watch", path, "--vehicle", vehicle, "--json")
    assert done.returncode == 3
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["verdict"] == "undecided"
    return said


def test_replay_is_exit_code_0_whatever_the_verdict(tmp_path: Path) -> None:
    done = hullwatch("replay", "demo-leak", "--out", tmp_path, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "leak"


def test_replay_leaves_telemetry_truth_record_summary_and_report(replayed: tuple[Path, Any]) -> None:
    out, done = replayed
    assert done.returncode == 0
    assert {path.name for path in out.iterdir()} == {
        "telemetry.parquet", "truth.parquet", "record.sqlite", "summary.json", "report.html",
    }  # fmt: skip
    assert str(out / "report.html") in done.stdout
    assert "truth" in done.stdout


def test_json_is_one_object_with_the_documented_keys(leaking: str) -> None:
    done = hullwatch("watch", leaking, "--json")
    said = json.loads(done.stdout)
    assert set(said) == documented_top_level()
    assert {f"incidents[].{key}" for key in said["incidents"][0]} <= set(schema())
    assert len(done.stdout.splitlines()) == 1


def test_json_of_replay_is_the_same_object(short_scenario: Path, tmp_path: Path) -> None:
    done = hullwatch("replay", short_scenario, "--out", tmp_path, "--json")
    said = json.loads(done.stdout)
    assert set(said) == documented_top_level()
    assert said == json.loads((tmp_path / "summary.json").read_text())


def test_watch_with_out_keeps_the_summary_it_printed(leaking: str, tmp_path: Path) -> None:
    done = hullwatch("watch", leaking, "--json", "--out", tmp_path / "new" / "folder")
    kept = json.loads((tmp_path / "new" / "folder" / "summary.json").read_text())
    assert kept == json.loads(done.stdout)


def test_report_writes_the_same_page_again(replayed: tuple[Path, Any], tmp_path: Path) -> None:
    out, _ = replayed
    done = hullwatch("report", out, "--out", tmp_path / "again.html")
    assert done.returncode == 0
    assert (tmp_path / "again.html").read_bytes() == (out / "report.html").read_bytes()


def test_the_report_is_one_file_that_fetches_nothing(replayed: tuple[Path, Any]) -> None:
    page = (replayed[0] / "report.html").read_text("utf-8")
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    for loads in ('src="http', "src='http", "url(http", '<link rel="stylesheet"', "@import"):
        assert loads not in page
    assert "Reconstructed" in page or "reconstructed" in page


def test_replaying_twice_keeps_the_older_record(short_scenario: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert hullwatch("replay", short_scenario, "--out", tmp_path).returncode == 0
    names = sorted(path.name for path in tmp_path.glob("*.sqlite"))
    assert names == ["record-1.sqlite", "record.sqlite"]
    heads = set()
    for name in names:
        with open_record(str(tmp_path / name), read_only=True) as record:
            assert record.verify().ok
            heads.add(record.head)
    assert len(heads) == 1  # the same telemetry gives the same record


def test_a_second_watch_never_touches_the_first_record(replayed: tuple[Path, Any], tmp_path: Path) -> None:
    telemetry = replayed[0] / "telemetry.parquet"
    hullwatch("watch", telemetry, "--out", tmp_path)
    first = contents(tmp_path / "record.sqlite")
    hullwatch("watch", telemetry, "--out", tmp_path, "--false-alarm-rate", "10/yr")
    assert contents(tmp_path / "record-1.sqlite") == first
    assert contents(tmp_path / "record.sqlite") != first


def contents(path: Path) -> tuple[int, str]:
    """Rows and last hash, read by SQLite alone."""
    with contextlib.closing(sqlite3.connect(path)) as link:
        rows: tuple[int, str] = link.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    return rows


def test_simulate_says_where_its_files_are(short_scenario: Path, tmp_path: Path) -> None:
    done = hullwatch("simulate", short_scenario, "--out", tmp_path, "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 0
    assert Path(said["telemetry"]).is_file()
    assert Path(said["truth"]).is_file()


def test_vehicle_list_and_show(tmp_path: Path) -> None:
    listed = hullwatch("vehicle", "list", "--json")
    names = {ship["name"] for ship in json.loads(listed.stdout)}
    assert {"demo", "iss-2018-08-29", "iss-2018-10-12", "iss-2024-04-10"} <= names
    assert "demo" in hullwatch("vehicle", "list").stdout
    shown = hullwatch("vehicle", "show", "demo", "--svg", tmp_path / "demo.svg", "--json")
    assert {c["id"] for c in json.loads(shown.stdout)["compartments"]} == {"NODE", "LAB", "STORE", "CAPSULE"}
    assert (tmp_path / "demo.svg").read_text().lstrip().startswith("<svg")
    assert "Laboratory" in hullwatch("vehicle", "show", "demo", "--svg", tmp_path / "demo.svg").stdout


def test_version(tmp_path: Path) -> None:
    done = process("--version")
    assert done.returncode == 0
    assert done.stdout.strip().count(".") == 2


@pytest.mark.parametrize(
    "words",
    [(), ("watch",), ("simulate",), ("replay",), ("report",), ("vehicle",), ("vehicle", "list"), ("vehicle", "show")],
)
def test_help_everywhere(words: tuple[str, ...]) -> None:
    done = process(*words, "--help")
    assert done.returncode == 0
    assert "Usage: hullwatch" in done.stdout
