"""False alarms over simulated station-years: `python benchmarks/skill/years.py --years 100 --keep FILE`.

Each year is one watch without a break over all that happens aboard (`world.draw`), with no leak in it: gas made up,
the crew lock used, ships docked, daily and irregular heat, losses of signal, sensor faults. Every incident opened is a
false alarm, counted by what was going on nearest to its onset and by how far it was believed. A year is one line of
FILE (JSON); a run goes on where the file ends. Years watched by other code than the present are told apart by a digest.

    world.draw --> feed and operations log --> watch --> incidents opened --> alarms a year, with Poisson intervals
"""

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent))

import world
from world import DAY_S, HOUR_S, Happening, Rates

import hullwatch
from hullwatch.errors import HullwatchError
from hullwatch.records import Event, LoggedOperation, Samples
from hullwatch.units import utc_seconds
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, begin, end, watch

STEP_S = 10.0
"""Between moments at which the feed speaks."""
YEAR_DAYS = 365.25
BLOCK, SHORT_BLOCK = 65_536, 500
STATED = 1.0
"""False alarms a year that the watch is asked for."""
MIX = Rates(log_share=5.0 / 12.0)
"""What happens aboard [c]. Of 24 dockings a year 12 have their contact on the feed, 10 are in the log, and 2 are told
by neither, as the watch supposes (detection.priors.UNSEEN)."""
NEAR_S, AFTERMATH_S = 3 * HOUR_S, 12 * HOUR_S
"""How far from an onset something is that may have brought it about; a crew lock's use is felt until long after."""
Row = dict[str, Any]


def year(seed: int, vehicle: Vehicle, rates: Rates) -> Row:
    """One station-year, and every incident the watch opened in it."""
    rng = np.random.default_rng([5, seed])
    clock = world.even_clock(world.START_S + seed * YEAR_DAYS * DAY_S, YEAR_DAYS, STEP_S)
    happenings = world.draw(rng, rates, vehicle, float(clock[0]), float(clock[-1]))
    one = world.play(rng, vehicle, clock, happenings)
    row: Row = {"part": 1, "seed": seed, "code": digest(), "years": 0.0, "happened": Counter(map(label, happenings))}
    start = time.process_time()
    try:
        events = watched(vehicle, one.samples, world.log_of(happenings, vehicle))
    except (HullwatchError, ArithmeticError, ValueError, AttributeError) as broke:
        # a year that cannot be watched to its end is worse than an alarm, and is counted
        return {**row, "alarms": [], "innocent": [], "cpu_s": 0.0, "broke": f"{type(broke).__name__}: {broke}"}
    faults = {e.data["channel"] for e in events if e.kind == "step" and e.data["kind"] == "sensor_fault"}
    return row | {
        "years": one.years,
        "alarms": [told(e, events, happenings) for e in events if e.kind == "incident_opened"],
        "innocent": sorted(faults - {h.channel for h in happenings if h.channel}),
        "cpu_s": time.process_time() - start,
    }


def watched(
    vehicle: Vehicle,
    samples: Samples,
    log: tuple[LoggedOperation, ...] = (),
    until: Callable[[list[Event]], bool] | None = None,
) -> list[Event]:
    """What is said of these readings, without the quiet ticks; `until` says when enough has been heard."""
    settings = Settings(STATED)
    memory, _ = begin(vehicle, "", {}, settings, float(samples.time_s[0]), log)
    events: list[Event] = []
    rows = BLOCK if until is None else SHORT_BLOCK
    for start in range(0, samples.time_s.size, rows):
        part = slice(start, start + rows)
        block = Samples(samples.time_s[part], samples.item[part], samples.value[part], samples.items)
        memory, more = watch(memory, vehicle, settings, block)
        events += [event for event in more if event.kind != "trend"]
        if until is not None and until(events):
            return events
    memory, more = end(memory, vehicle, settings, False)
    return events + [event for event in more if event.kind != "trend"]


def told(opened: Event, events: Sequence[Event], happenings: Sequence[Happening]) -> Row:
    """One incident: what was going on, how far it was believed, and how it ended."""
    mine = [e for e in events if e.incident == opened.incident]
    said = [e for e in mine if e.kind == "estimate"]
    states = [e.data["state"] for e in mine if e.kind == "incident_state"]
    return {
        "cause": cause(opened, happenings),
        "time_s": opened.time_s,
        "rate": float(said[0].data["rate_kg_day"]["median"]) if said else None,
        "confirmed": "confirmed" in states,
        "ended": states[-1] if states else "suspected",
    }


def cause(opened: Event, happenings: Sequence[Happening]) -> str:
    """What was going on nearest to the onset of an alarm; losses of signal only if nothing else was."""
    onset = utc_seconds(opened.data["onset_utc"]["median"])

    def away(one: Happening) -> float:
        after_s = AFTERMATH_S if one.cause.startswith("airlock") else 0.0
        return max(one.start_s - onset, onset - one.end_s - after_s, 0.0)

    near = [h for h in happenings if away(h) < NEAR_S and h.start_s < opened.time_s]
    loud = [h for h in near if h.cause != "signal loss"]
    if loud:
        return label(min(loud, key=away))
    return "signal loss" if any(away(h) < 600.0 for h in near) else "quiet air"


def label(one: Happening) -> str:
    """How the table calls it."""
    if one.channel:
        return f"{one.cause}, {'thermometer' if one.channel == world.GLASS else 'pressure sensor'}"
    if not one.mass_kg:
        return one.cause
    return f"{one.cause}, {'on the feed' if one.seen else 'in the log' if one.logged else 'told by nothing'}"


def tables(rows: Sequence[Row], rates: Rates) -> list[str]:
    """Alarms a year, in all and by cause."""
    years, broken = sum(row["years"] for row in rows), [row for row in rows if "broke" in row]
    alarms = [alarm for row in rows for alarm in row["alarms"]]
    sure = [alarm for alarm in alarms if alarm["confirmed"]]
    real = [alarm for alarm in alarms if alarm["cause"] == "docking, told by nothing"]
    rest = len(alarms) - len(real)
    happened: Counter[str] = Counter()
    for row in rows:
        happened.update(row["happened"])
    by, by_sure = Counter(a["cause"] for a in alarms), Counter(a["cause"] for a in sure)
    cpu = sum(row["cpu_s"] for row in rows) / max(years, 1e-9)
    lines = [
        f"**{len(alarms)} leak alarms in {years:.1f} station-years: {per_year(len(alarms), years)} a year** (stated: "
        f"{STATED:g}; interval 95 %, Poisson). {len(sure)} of them were confirmed: {per_year(len(sure), years)} a "
        f"year. {len(real)} were gas that truly left within minutes and that neither feed nor log told; without "
        f"these: **{per_year(rest, years)} a year**. {len(broken)} of {len(rows)} years broke off with an error and "
        f"are left out. CPU {cpu:.0f} s a station-year, one frame every {STEP_S:g} s.",
        "",
        f"Assumed a year [c]: {rates.fill:g} fills (1-18 kg, 70 % with their valve on the feed), {rates.airlock:g} "
        f"uses of the crew lock, {rates.docking:g} dockings that take 0.1-10 kg in 1-10 min (half with their contact "
        f"on the feed, {100 * rates.log_share:.0f} % in the log to the minute, without mass), {rates.upset:g} upsets "
        f"of heat (Student's t of 3 degrees, three usual spreads), {rates.signal_loss:g} losses of signal of 3-40 "
        f"min, {rates.fault:g} sensor faults (step, drift 1 mmHg/day, stuck, spikes, dead) of 1-48 h; each day a swing "
        f"of {2 * world.SWING_K:g} K on the thermometer. Thermal gains, volume, unmetered flow and sensor errors are "
        "drawn anew each year from the vehicle file.",
        "",
        "| going on at the onset | times | alarms | confirmed | alarms a year (95 %) | alarms for each time |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in sorted(set(happened) | set(by), key=lambda c: (-by[c], c)):
        times = happened.get(name, 0)
        share = f"{by[name] / times:.3f}" if times else "-"
        count = per_year(by[name], years)
        lines.append(f"| {name} | {times or '-'} | {by[name]} | {by_sure[name]} | {count} | {share} |")
    wrong = sum(bool(row["innocent"]) for row in rows)
    codes = Counter(row["code"] for row in rows)
    lines += ["", f"Years in which a sensor without fault was called faulty: {wrong} of {len(rows)}."]
    if len(codes) > 1 or set(codes) != {digest()}:
        lines += ["", f"Not all by the present code: {', '.join(f'{n} by {c}' for c, n in codes.items())}."]
    return lines


def per_year(count: int, years: float) -> str:
    """Rate with the exact Poisson interval."""
    if years <= 0.0:
        return "-"
    low = stats.chi2.ppf(0.025, 2 * count) / 2.0 if count else 0.0
    high = stats.chi2.ppf(0.975, 2 * count + 2) / 2.0
    return f"{count / years:.2f} ({low / years:.2f} to {high / years:.2f})"


def digest() -> str:
    """Which code: a few digits that change with any file the chain is made of."""
    root = Path(hullwatch.__file__).parent
    rooms = ("balance", "detection", "estimators", "incident", "models", "response", "sizing", "telemetry", "watch")
    files = sorted(file for room in rooms for file in (root / room).rglob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


def read(path: Path | None) -> list[Row]:
    """The lines kept so far."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path and path.exists() else []


def main() -> None:
    options = argparse.ArgumentParser(description="False alarms over simulated station-years.")
    options.add_argument("--years", type=int, default=1, help="how many, seeds 0 and up")
    options.add_argument("--keep", type=Path, help="JSON lines: what was done, and where to go on")
    options.add_argument("--minutes", type=float, default=np.inf, help="begin no year after so long")
    options.add_argument("--show", action="store_true", help="only the tables of what --keep holds")
    chosen = options.parse_args()
    vehicle, rows, start = world.coarse_ship(), read(chosen.keep), time.monotonic()
    done = {row["seed"] for row in rows}
    for seed in [] if chosen.show else [k for k in range(chosen.years) if k not in done]:
        if time.monotonic() - start > 60.0 * chosen.minutes:
            break
        rows.append(year(seed, vehicle, MIX))
        if chosen.keep:
            with chosen.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    print("\n".join(tables(rows, MIX)))


if __name__ == "__main__":
    main()
