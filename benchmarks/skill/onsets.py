"""When it began, and what went before it was let go: `python benchmarks/skill/onsets.py [--days N] [--write]`.

1. Onsets on real air: a leak put into the telemetry day of 2018 every half hour; how often the 90 % interval of the
   onset holds the truth in the first report and hours later, and by how much its middle is off.
2. Gas that goes for minutes told by nothing (a ship berthed), in simulated days: is the suspicion let go, is the loss
   named with what it took, and is anything said later that never was?
3. The same on real air: gas taken out of every record every two hours, and what is left of it twelve hours later.

--write puts the tables into docs/explanation/validation-onsets.md.
"""

import argparse
import sys
import time
from collections import Counter
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


TAKEN_KG, TAKEN_IN_S, STANDS_S = (1.0, 4.0), (180.0, 900.0), 12 * HOUR_S
LONG_H, NOTHING = 60.0, {"median": 0.0}


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
    steps = [e.data for e in events if e.kind == "step" and e.time_s > at and e.data.get("mass_kg")]
    lost = [s["mass_kg"] for s in steps if s["mass_kg"]["median"] < 0.0]
    named = Interval(*(lost[0][end] for end in ("median", "low", "high"))) if lost else None
    came = any(s["mass_kg"]["median"] > 0.0 for s in steps)
    return Gone(mass, lasted, bool(opened), moves[-1].data["state"] if moves else "-", named, came, len(opened) > 1)


def taken(each: records.Loaded, kg: float, lasts_s: float, every_s: float) -> Counter[str]:
    """Gas taken out of a real record for some minutes at many moments: what was said in the twelve hours after."""
    said: Counter[str] = Counter()
    points = leaks.checkpoints(each, leaks.start_times(each, every_s))
    for start, stop, memory, false in zip(points.starts_s, points.cut, points.memory, points.false, strict=True):
        if false:
            continue
        whole = inject(each.samples, each.vehicle, kg / lasts_s, start, start + lasts_s)
        last = int(np.searchsorted(np.maximum.accumulate(whole.time_s), start + STANDS_S))
        part = slice(stop, last)
        samples = type(whole)(whole.time_s[part], whole.item[part], whole.value[part], whole.items)
        after, events = watch(memory, each.vehicle, Settings(records.FALSE_ALARMS_PER_YEAR), samples)
        said["moments"] += 1
        said["suspected"] += any(e.kind == "incident_opened" for e in events)
        said["confirmed"] += any(e.kind == "incident_state" and e.data["state"] == "confirmed" for e in events)
        said["standing"] += any(i.leaking for i in after.incidents)
        said["named"] += any(e.kind == "step" and (e.data.get("mass_kg") or NOTHING)["median"] < 0.0 for e in events)
    return said


def taken_table(every_s: float, real: Sequence[records.Loaded]) -> list[str]:
    """Record by record, all amounts and durations together."""
    lines = [
        f"{' and '.join(f'{kg:g}' for kg in TAKEN_KG)} kg taken out of every cabin record through the model within "
        f"{' and '.join(f'{s / 60:.0f}' for s in TAKEN_IN_S)} minutes, every {every_s / HOUR_S:g} h (three times as "
        "far apart in records of days), told by nothing. A fall of 15 minutes is a leak while it lasts, and is "
        "suspected as one; what counts is that none stands 12 h later (or when the record ends). A lone gauge cannot "
        "tell a step of the gas from its own: read every few seconds it says nothing of one.",
        "",
        "| record | moments | suspected | confirmed while it went | standing later | named as a loss |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    whole: Counter[str] = Counter()
    for each in real:
        far = 3.0 if each.hours > LONG_H else 1.0
        said = sum((taken(each, kg, s, far * every_s) for kg in TAKEN_KG for s in TAKEN_IN_S), Counter[str]())
        if said["moments"]:
            lines.append(_taken_line(each.record.name, said))
            whole += said
    return [*lines, _taken_line("**all**", whole)]


def _taken_line(name: str, said: Counter[str]) -> str:
    columns = ("moments", "suspected", "confirmed", "standing", "named")
    return f"| {name} | {' | '.join(str(said[key]) for key in columns)} |"


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
        "| change of gas | in | suspected | ended | named as lost | supply said | second leak said |",
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
    real = [each for each in records.everything() if each.record.leaks and each.record.cabin]
    day = next(each for each in real if each.record.name == DAY)
    points = leaks.checkpoints(day, leaks.start_times(day, 60.0 * chosen.every))
    first = onset_table([(size, onsets(size, points)) for size in SIZES_KG_DAY], 60.0 * chosen.every)
    second = gone_table([gone(seed) for seed in range(chosen.days)])
    third = taken_table(4.0 * 60.0 * chosen.every, real)
    tables = {
        "When it began, on a real day": first, "Gas that went from real air": third,
        "Gas that went in simulated days": second,
    }  # fmt: skip
    parts = [part for title, lines in tables.items() for part in (f"## {title}", "\n".join(lines))]
    print("\n\n".join(parts))
    if chosen.write:
        command = " ".join(["python benchmarks/skill/onsets.py", *sys.argv[1:]])
        put(PAGE, command, parts, time.process_time() - start)


if __name__ == "__main__":
    main()
