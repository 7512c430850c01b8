"""What keeping a record, and the watch's memory beside it, costs: `python benchmarks/record/cost.py`.

Processor time of the watch of a bundled case, and the share of it spent in keeping: rows alone; rows and what the watch
knows after them, with the digest of the readings taken in. Counted inside one run, so that noise of the machine meets
both alike; minimum of several rounds.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from hullwatch.cli.keeping import kept_in
from hullwatch.simulation.load import load_scenario, ship_of
from hullwatch.simulation.play import simulate
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.source import BLOCK_ROWS, Recording
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import run
from hullwatch.watch.saved import Readings


class Counted:
    """Processor seconds spent inside a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.spent_s, self.calls = function, 0.0, 0

    def __call__(self, *words: Any) -> Any:
        """The function itself, counted."""
        start = time.process_time()
        done = self.function(*words)
        self.spent_s += time.process_time() - start
        self.calls += 1
        return done


def share(source: Recording, ship: Vehicle, rows: int, memory: bool) -> tuple[float, int, float]:
    """Share of processor time spent in keeping, how often something was written, and processor seconds of the rest."""
    with tempfile.TemporaryDirectory() as folder:
        kept = kept_in(None, f"{folder}/a.sqlite", {}, "cost", ship)
        if kept is None:
            raise SystemExit("no record")
        keep, save, sums = Counted(kept.keep), Counted(kept.save), Readings.add
        summed = Counted(lambda readings, block: sums(readings, block))
        with mock.patch.object(Readings, "add", lambda self, block: summed(self, block)):
            start = time.process_time()
            run(source, ship, 1.0, keep, rows=rows, save=save if memory else None)
        took = time.process_time() - start
        kept.keeper.record.close()
    spent = keep.spent_s + save.spent_s + summed.spent_s
    return spent / (took - spent), keep.calls + save.calls, took - spent


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="demo-leak")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--blocks", type=int, nargs="*", default=[BLOCK_ROWS, 20_000, 1_500])
    asked = parser.parse_args()
    scenario = load_scenario(asked.case)
    ship = ship_of(scenario)
    with tempfile.TemporaryDirectory() as folder:
        telemetry = Path(folder) / "telemetry.parquet"
        simulate(scenario, ship).telemetry.write_parquet(telemetry)
        opened = open_source(str(telemetry), ship)
        whole = next(iter(opened.blocks(opened.rows)))
    source = Recording(asked.case, whole)
    span_min = float(whole.time_s[-1] - whole.time_s[0]) / 60.0
    print(f"{asked.case}: {whole.time_s.size} readings, {span_min / 60.0:.0f} h\n")
    print("| block | data in a block | watch, CPU s | writes | rows alone | rows and memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    for rows in asked.blocks:
        alone, _, _ = min(share(source, ship, rows, False) for _ in range(asked.rounds))
        both, writes, took = min(share(source, ship, rows, True) for _ in range(asked.rounds))
        minutes = span_min * min(rows, whole.time_s.size) / whole.time_s.size
        print(f"| {rows} | {minutes:.0f} min | {took:.2f} | {writes} | {100 * alone:.1f} % | {100 * both:.1f} % |")


if __name__ == "__main__":
    main()
