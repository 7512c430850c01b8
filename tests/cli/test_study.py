"""`hullwatch study` as a user runs it: files for tables and pictures, and no half file when stopped."""

import json
import os
import signal
import subprocess
import time
from importlib import resources
from pathlib import Path

import polars as pl
import pytest

from commands import PROGRAM, hullwatch, refused

FILES = {"summary.md", "curves.svg", "worst.svg", "reserve.csv", "reserve.parquet"}

STUDY = """
name = "tiny"
title = "Tiny"
provenance = "Invented."
vehicle = "demo"
seed = 1
worlds = 32
horizon = "2 day"
limits = ["{limit}"]
[hole]
diameters = ["5 mm", "20 mm"]
"""


def written(folder: Path, limit: str = "evacuate", worlds: int = 32) -> Path:
    path = folder / "tiny.toml"
    path.write_text(STUDY.replace("worlds = 32", f"worlds = {worlds}").format(limit=limit))
    return path


def test_a_study_leaves_its_tables_and_pictures(tmp_path: Path) -> None:
    done = hullwatch("study", written(tmp_path), "--out", tmp_path / "out", "--json", "--threads", "1")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {Path(f).name for f in said["files"].values()} == FILES == {p.name for p in (tmp_path / "out").iterdir()}
    assert said["worlds"] == 32
    table = pl.read_parquet(tmp_path / "out" / "reserve.parquet")
    assert table.equals(pl.read_csv(tmp_path / "out" / "reserve.csv", schema=table.schema))
    again = hullwatch("study", written(tmp_path), "--out", tmp_path / "again", "--threads", "2")
    assert again.returncode == 0
    for name in FILES - {"reserve.parquet"}:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path) -> None:
    refused(hullwatch("study", "no-such-study"), "study: name", "reserve-time")
    refused(hullwatch("study", written(tmp_path, limit="never"), "--out", tmp_path / "o"), "limits[0]", "one of")
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('between = ["NODE", "LAB"]', 'between = ["NODE", "NODE"]', "hatches[0].between[1]"),
        ("temperature_k = {value = 295.4", "temperature_k = {value = 0.0", "atmosphere.temperature_k.value"),
    ],
)
def test_a_ship_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = (resources.files("hullwatch.vehicle") / "data" / "demo.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "ship.toml").write_text(text.replace(old, new, 1))
    study = written(tmp_path)
    study.write_text(study.read_text().replace('vehicle = "demo"', 'vehicle = "ship.toml"'))
    refused(hullwatch("study", study, "--out", tmp_path / "o"), "ship.toml", key)


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = [*PROGRAM, "study", str(written(tmp_path, worlds=100_000_000)), "--out", str(out), "--threads", "1"]
    running = subprocess.Popen(  # noqa: S603
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}
    )
    try:
        deadline = time.monotonic() + 60.0
        while not out.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(1.0)
        running.send_signal(signal.SIGINT)
        _, error = running.communicate(timeout=60.0)
    finally:
        if running.poll() is None:
            running.kill()
            running.communicate()
    assert running.returncode == 130, error
    assert "Traceback" not in error
    assert list(out.iterdir()) == []
