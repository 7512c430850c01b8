"""Asking for help loads nothing heavy and takes no time."""

import json
import subprocess
import sys
import time

HEAVY = ("numpy", "numba", "polars", "pyarrow", "pydantic", "matplotlib", "sqlalchemy", "pint", "scipy")

PROGRAM = """
import contextlib, io, json, sys
import hullwatch.cli
sys.argv = ["hullwatch", "--help"]
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    hullwatch.cli.main()
print(json.dumps({"modules": sorted(sys.modules), "help": out.getvalue()}))
"""


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)  # noqa: S603
    said = json.loads(done.stdout)
    assert "Usage" in said["help"]
    assert not [name for name in HEAVY if name in said["modules"]]


def test_help_is_there_at_once() -> None:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        command = [sys.executable, "-c", "from hullwatch.cli import main; main()", "--help"]
        subprocess.run(command, capture_output=True, check=True)  # noqa: S603
        times.append(time.perf_counter() - start)
    # 0.3 s is the promise on a quiet machine; twice that leaves room for a busy one
    assert min(times) < 0.6
