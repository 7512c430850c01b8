"""Ctrl-C in the middle of a watch leaves a record that verifies and says that it was interrupted."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import polars as pl
import pytest

from commands import PROGRAM, hullwatch
from hullwatch.incident.store import open_record
from watching import Cases

WAIT_S = 60.0


def rows_in(path: Path) -> int:
    if not path.exists():
        return 0
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as link,
    ):
        return int(link.execute("SELECT count(*) FROM events").fetchone()[0])
    return 0


@pytest.fixture(scope="module")
def long(cases: Cases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that takes a while to watch: the demonstration ship, again and again, most of a month."""
    table = pl.read_parquet(cases.played("demo-leak").telemetry).with_columns(pl.col("item").cast(str))
    days = [table.with_columns(pl.col("time") + pl.duration(hours=6 * k)) for k in range(100)]
    path = tmp_path_factory.mktemp("long") / "long.parquet"
    pl.concat(days).write_parquet(path)
    return path


def test_ctrl_c_leaves_a_record_that_verifies(long: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.sqlite"
    words = [*PROGRAM, "watch", str(long), "--vehicle", "demo", "--out", str(tmp_path)]
    running = subprocess.Popen(  # noqa: S603
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}
    )
    try:
        deadline = time.monotonic() + WAIT_S
        while rows_in(record) < 3 and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert running.poll() is None, "it ended before it could be interrupted"
        running.send_signal(signal.SIGINT)
        _, error = running.communicate(timeout=WAIT_S)
    finally:
        if running.poll() is None:
            running.kill()
            running.communicate()
    assert running.returncode == 130, error
    assert "Traceback" not in error
    with open_record(str(record), read_only=True) as kept:
        assert kept.verify().ok
        events = list(kept.events())
    assert events[-1].kind == "watch_ended"
    assert events[-1].data["interrupted"] is True
    assert events[0].kind == "watch_started"
    assert (tmp_path / "report.html").is_file()
    assert hullwatch("report", tmp_path, "--out", tmp_path / "again.html").returncode == 0
