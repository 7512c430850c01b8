"""What is compiled in a second process at the first use, and that nothing hangs on it."""

import sys
from pathlib import Path

import pytest

from hullwatch.cli.compiling import compile_planner, compiling_beside, planner_beside
from hullwatch.vehicle.load import load_vehicle


def wait_for(path: Path, seconds: float) -> bool:
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end and not path.exists():
        time.sleep(0.05)
    return path.exists()


def test_it_runs_beside_and_is_ended_with_the_block(tmp_path: Path) -> None:
    with compiling_beside(Path.touch, tmp_path / "done"):
        assert wait_for(tmp_path / "done", 60.0)
    with compiling_beside(Path.rmdir, tmp_path / "nothing"):
        pass  # what fails there is compiled here when it is needed


def test_a_plan_is_made_for_the_ship_as_it_stands() -> None:
    compile_planner(load_vehicle("demo"))
    assert "hullwatch.response.isolation.advise" in sys.modules


def test_where_the_planner_is_compiled_no_process_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / "isolation_1").mkdir()
    (tmp_path / "isolation_1" / "search._lay-1.nbi").touch()
    monkeypatch.setattr("hullwatch.cli.compiling.compiling_beside", None)
    with planner_beside(load_vehicle("demo")):
        pass
