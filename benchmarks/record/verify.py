"""Time and memory of `hullwatch record verify`: `python benchmarks/record/verify.py --rows 1000000`.

A record of that many rows of `trend`, as a watch writes them, is proved in a process of its own.
"""

import argparse
import datetime as dt
import platform
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hullwatch.incident.store import open_record
from hullwatch.records import Event

PROVE = (
    "import atexit, resource, sys; from hullwatch.cli.program import main;"
    "sys.argv[1:] = ['record', 'verify', sys.argv[1]];"
    "atexit.register(lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)); main()"
)
BATCH = 20_000


def trend(k: int) -> Event:
    """Where one group stands."""
    near: dict[str, Any] = {"median": 1000.1234, "low": 999.1, "high": 1001.1}
    group = {
        "group": 0, "pressure_pa": 99_000.12, "temperature_k": 295.123, "mass_kg": 1000.1234, "corrected_kg": near,
        "loss_kg_day": {"median": 1.2, "low": 0.1, "high": 2.3}, "log_ratio": 1.25,
    }  # fmt: skip
    return Event(1.5e9 + 60.0 * k, "trend", None, {"groups": [group]})


def make(place: str, rows: int) -> None:
    """The record."""
    with open_record(place) as record:
        for start in range(0, rows, BATCH):
            record.append([trend(k) for k in range(start, min(start + BATCH, rows))])


def main() -> None:
    """Run, and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--make", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    rows = asked.rows
    if asked.make:
        make(asked.make, rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "record.sqlite"
        # in a process of its own, too: a child is said to have held what its parent held when it began
        subprocess.run([sys.executable, __file__, "--make", str(place), "--rows", str(rows)], check=True)  # noqa: S603
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        size = place.stat().st_size
        said = subprocess.run([sys.executable, "-c", PROVE, str(place)], capture_output=True, text=True, check=True)  # noqa: S603
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    *words, most = said.stdout.strip().split("\n")
    print("\n".join(words))
    print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}: {rows} rows, {size / 1e6:.0f} MB: {spent:.0f} s "
        f"of processor time, {int(most) / 1e3:.0f} MB at most (Python {platform.python_version()})"
    )


if __name__ == "__main__":
    main()
