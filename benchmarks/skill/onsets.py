"""When it began, and what went before it was let go: `python benchmarks/skill/onsets.py [--days N] [--write]`.

1. Onsets on real air: a leak put into the telemetry day of 2018 every half hour; how often the 90 % interval of the
   onset holds the truth in the first report and hours later, and by how much its middle is off.
2. Gas that goes for minutes told by nothing (a ship berthed), in simulated days: is the suspicion let go, is the loss
   named with what it took, and is anything said later that never was?

--write puts both tables into docs/explanation/validation-onsets.md.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import leaks
import records
import world
import years
from pages import put
from world import HOUR_S, Happening, Rates

from hullwatch.records import Interval
from hullwatch.simulation.inject import inject
from hullwatch.units import DAY_S, utc_seconds
from hullwatch.watch import Settings, watch

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-onsets.md"
DAY = "telemetry 2018-10-12"
SIZES_KG_DAY = (50.0, 100.0, 200.0, 1000.0)
EVERY_S, FOLLOWED_S = 1800.0, 4 * HOUR_S
WENT_S = 16 * HOUR_S
"""When in a simulated day gas goes: the watch knows its air by then."""
UPSETS_A_YEAR = 2000.0
"""Upsets of heat besides, some five a day: so that there is something else it may have been [c]."""


@dataclass(frozen=True)
class Onset:
    """One leak: its onset as first said and as said hours later, seconds after the truth."""

    first: Interval
    late: Interval


@dataclass(frozen=True)
class Gone:
    """One simulated day: what went and for how long, and what was said."""

    mass_kg: float
    lasted_s: float
    suspected: bool
    ended: str
    named_kg: Interval | None
    supply: bool  # gas said to have come that never came
    second: bool  # a second leak said


def onsets(size_kg_day: float, points: leaks.Checkpoints) -> list[Onset]:
    """Every onset found of leaks of one size."""
    loaded, found = points.loaded, []
    for start, stop, memory, false in zip(points.starts_s, points.cut, points.memory, points.false, strict=True):
        if false:
            continue
        whole = inject(loaded.samples, loaded.vehicle, size_kg_day / DAY_S, start)
        last = int(np.searchsorted(np.maximum.accumulate(whole.time_s), start + FOLLOWED_S))
        part = slice(stop, last)
        samples = type(whole)(whole.time_s[part], whole.item[part], whole.value[part], whole.items)
        after, events = watch(memory, loaded.vehicle, Settings(records.FALSE_ALARMS_PER_YEAR), samples)
        opened = next((e for e in events if e.kind == "incident_opened"), None)
        if opened is None:
            continue
        said = opened.data["onset_utc"]
        first = Interval(*(utc_seconds(said[end]) - start for end in ("median", "low", "high")))
        late = next(i.onset_s for i in after.incidents if i.id == opened.incident)
        found.append(Onset(first, Interval(late.median - start, late.low - start, late.high - start)))
    return found


def gone(seed: int) -> Gone:
    """A simulated day on which gas goes for minutes, told by nothing."""
    rng, ship = np.random.default_rng([77, seed]), world.coarse_ship()
    clock = world.even_clock(world.START_S, 1.0, years.STEP_S)
    mass, lasted = -float(np.exp(rng.uniform(np.log(0.1), np.log(10.0)))), float(rng.uniform(60.0, 600.0))
    at = float(clock[0]) + WENT_S + float(rng.uniform(0.0, HOUR_S))
    upsets = world.draw(rng, Rates(0.0, 0.0, 0.0, 0.0, UPSETS_A_YEAR, 0.0), ship, float(clock[0]), float(clock[-1]))
    docking = Happening("docking", at, at + lasted, mass)
    events = years.watched(ship, world.play(rng, ship, clock, [docking, *upsets]).samples)
    opened = [e for e in events if e.kind == "incident_opened" and e.time_s > at]
    moves = [e for e in events if opened and e.kind == "incident_state" and e.incident == opened[0].incident]
    steps = [e.data for e in events if e.kind == "step" and e.time_s > at and "mass_kg" in e.data]
    lost = [s["mass_kg"] for s in steps if s["mass_kg"]["median"] < 0.0]
    named = Interval(*(lost[0][end] for end in ("median", "low", "high"))) if lost else None
    came = any(s["mass_kg"]["median"] > 0.0 for s in steps)
    return Gone(mass, lasted, bool(opened), moves[-1].data["state"] if moves else "-", named, came, len(opened) > 1)


def onset_table(found: Sequence[tuple[float, Sequence[Onset]]], every_s: float) -> list[str]:
    """Coverage and error by size."""
    lines = [
        f"A leak put into the telemetry day of 2018 through the model every {every_s / 60:.0f} minutes. Error: middle "
        f"of the interval against the truth, root mean square; late: as last said within {FOLLOWED_S / HOUR_S:.0f} h. "
        "The starts share one day of air, so they are not independent of each other.",
        "",
        "| leak | found | first interval holds | its error | late interval holds | its error | late, median error |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size, each in found:
        first, late = ([getattr(one, name) for one in each] for name in ("first", "late"))
        lines.append(
            f"| {size:g} kg/day | {len(each)} | {_holds(first)} | {_error(first)} | {_holds(late)} | {_error(late)} | "
            f"{np.median([one.median for one in late]):+.0f} s |"
        )
    return lines


def _holds(said: Sequence[Interval]) -> str:
    return f"{np.mean([one.low <= 0.0 <= one.high for one in said]):.0%}"


def _error(said: Sequence[Interval]) -> str:
    return f"{np.sqrt(np.mean([one.median**2 for one in said])):.0f} s"


def gone_table(found: Sequence[Gone]) -> list[str]:
    """Every day, and what they come to."""
    suspected = [one for one in found if one.suspected]
    let_go = [one for one in suspected if one.ended in ("dismissed", "stopped")]
    named = [one for one in found if one.named_kg is not None]
    held = sum(one.named_kg.low <= one.mass_kg <= one.named_kg.high for one in named if one.named_kg)
    off = [abs(one.named_kg.median / one.mass_kg - 1.0) for one in named if one.named_kg]
    lines = [
        f"{len(found)} simulated days on which 0.1 to 10 kg go in 1 to 10 minutes, told by nothing, with upsets of "
        f"heat besides. Suspected as a leak while it went: {len(suspected)}, of which {len(let_go)} were let go or "
        f"seen to stop. Named as a loss that ended: {len(named)}, {held} with an interval that holds the truth, median "
        f"error {np.median(off) if off else 0.0:.0%}. Said later that never was: a supply on "
        f"{sum(one.supply for one in found)} days, a second leak on {sum(one.second for one in found)}.",
        "",
        "| went | in | suspected | ended | named as lost | supply said | second leak said |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found:
        kg = one.named_kg
        said = f"{kg.median:.2f} ({kg.low:.2f} to {kg.high:.2f}) kg" if kg else "-"
        lines.append(
            f"| {one.mass_kg:.2f} kg | {one.lasted_s / 60.0:.1f} min | {_yes(one.suspected)} | {one.ended} | {said} | "
            f"{_yes(one.supply)} | {_yes(one.second)} |"
        )
    return lines


def _yes(it_is: bool) -> str:
    return "yes" if it_is else "no"


def main() -> None:
    options = argparse.ArgumentParser(description="Onsets on real air, and losses told by nothing.")
    options.add_argument("--days", type=int, default=45, help="simulated days on which gas goes")
    options.add_argument("--every", type=float, default=EVERY_S / 60.0, help="minutes between starts")
    options.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    chosen = options.parse_args()
    start = time.process_time()
    day = next(each for each in records.everything() if each.record.name == DAY)
    points = leaks.checkpoints(day, leaks.start_times(day, 60.0 * chosen.every))
    first = onset_table([(size, onsets(size, points)) for size in SIZES_KG_DAY], 60.0 * chosen.every)
    second = gone_table([gone(seed) for seed in range(chosen.days)])
    parts = [
        "## When it began, on a real day",
        "\n".join(first),
        "## Gas that went, told by nothing",
        "\n".join(second),
    ]
    print("\n\n".join(parts))
    if chosen.write:
        command = " ".join(["python benchmarks/skill/onsets.py", *sys.argv[1:]])
        put(PAGE, command, parts, time.process_time() - start)


if __name__ == "__main__":
    main()
