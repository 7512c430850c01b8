"""Kills a watch at random moments, many times over: `python benchmarks/record/kills.py --kills 1000`.

The watch of the bundled case demo-leak is run in a child process that is killed (SIGKILL) after a random time and begun
again as the same command would, until its record is whole; then another record is begun, until all kills are spent.
After each kill every row that the child had acknowledged must be there and `verify` must pass; each whole record must
have the head hash of the uninterrupted one.
"""

import argparse
import datetime as dt
import platform
import random
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from hullwatch.simulation.load import load_scenario, ship_of
from hullwatch.simulation.play import simulate
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.source import Recording
from killing import watch_killed, watch_whole


def main() -> None:
    """Run, and print one line of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--longest", type=float, default=0.6, help="longest life of a child, s")
    parser.add_argument("--seed", type=int, default=6)
    asked = parser.parse_args()
    scenario = load_scenario("demo-leak")
    ship = ship_of(scenario)
    with tempfile.TemporaryDirectory() as folder:
        telemetry = Path(folder) / "telemetry.parquet"
        done = simulate(scenario, ship)
        pq.write_table(done.telemetry.to_arrow().replace_schema_metadata(done.metadata), telemetry)
        opened = open_source(str(telemetry), ship)
        source = Recording(opened.name, next(iter(opened.blocks(opened.rows))), opened.provenance, opened.notes)
        whole = watch_whole(source, ship, f"{folder}/whole.sqlite")
        draw, kills, records, resumed = random.Random(asked.seed), 0, 0, 0
        start = time.monotonic()
        while kills < asked.kills:
            lives = watch_killed(source, ship, f"{folder}/{records}.sqlite", draw, asked.longest)
            if lives.head != whole:
                sys.exit(f"record {records} ends with {lives.head}, uninterrupted with {whole}")
            kills, records, resumed = kills + lives.kills, records + 1, resumed + lives.resumed
            print(f"\r{kills} kills, {records} records", end="", file=sys.stderr)
    took = time.monotonic() - start
    print(file=sys.stderr)
    print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}: {kills} kills in {took / 60:.1f} min (longest life {asked.longest} s, "
        f"seed {asked.seed}, Python {platform.python_version()}): {records} whole records, all with head {whole[:16]}; "
        f"{resumed} lives went on from what the one before had saved; no acknowledged row was lost"
    )


if __name__ == "__main__":
    main()
