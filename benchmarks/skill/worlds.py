"""Skill of the watch in simulated worlds: `python benchmarks/skill/worlds.py [--years 1] [--leaks 60] [--write]`.

1. Quiet station-years with all that happens aboard: leak alarms per year, by what was going on.
2. Worlds with one leak each: found or not, delay, onset error, coverage and calibration of what is reported.
3. Gaussian worlds: delay against an oracle that knows the size, error of the rate against the Cramer-Rao bound.

Every piece of work is one line of --keep FILE (JSON); a run goes on where the file ends, so that a hundred years may be
made in many sittings. --write puts the tables into docs/explanation/validation-worlds.md. --only 1, 2 or 3 does one
part.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).parent))

import oracle
import world
from world import DAY_S, HOUR_S, Happening, Leak, Rates, World

from hullwatch.errors import HullwatchError
from hullwatch.records import Event, Samples
from hullwatch.units import utc_seconds
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, begin, end, watch

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-worlds.md"
STEP_S = 20.0
"""Between moments at which the feed speaks: a year of them takes a minute or two to watch."""
PIECE_DAYS = 365.25 / 12.0
LEAK_LOW, LEAK_HIGH, HORIZON_S = 5.0, 5000.0, 12 * HOUR_S
LATER_S = (0.0, 1800.0, 3 * HOUR_S)
BLOCK = 65_536
Row = dict[str, Any]


# --- 1. quiet years --------------------------------------------------------------------------------------------------


def quiet_piece(seed: int, vehicle: Vehicle, rates: Rates) -> Row:
    """A month with all that happens, and every leak alarm in it."""
    rng = np.random.default_rng([1, seed])
    clock = world.even_clock(world.START_S + seed * PIECE_DAYS * DAY_S, PIECE_DAYS, STEP_S)
    happenings = world.draw(rng, rates, vehicle, float(clock[0]), float(clock[-1]))
    one = world.play(rng, vehicle, clock, happenings)
    start = time.process_time()
    try:
        events = watched(vehicle, one.samples)
    except (HullwatchError, ArithmeticError, ValueError) as broke:
        # a month that cannot be watched to its end is worse than an alarm, and is counted
        return {
            "part": 1,
            "kind": f"{rates.airlock:g}",
            "seed": seed,
            "years": 0.0,
            "alarms": [],
            "happened": {},
            "innocent": [],
            "cpu_s": 0.0,
            "broke": f"{type(broke).__name__}: {broke}",
        }
    alarms = [
        {"cause": _cause(event, one.happenings), "rate": _rate(events, event), "time_s": event.time_s}
        for event in events
        if event.kind == "incident_opened"
    ]
    faults = [e.data["channel"] for e in events if e.kind == "step" and e.data["kind"] == "sensor_fault"]
    truth = {h.channel for h in happenings if h.channel}
    return {
        "part": 1,
        "kind": f"{rates.airlock:g}",
        "seed": seed,
        "years": one.years,
        "alarms": alarms,
        "happened": Counter(_label(h) for h in happenings),
        "innocent": sorted(set(faults) - truth),
        "cpu_s": time.process_time() - start,
    }


def watched(vehicle: Vehicle, samples: Samples, until: Callable[[list[Event]], bool] = lambda _: False) -> list[Event]:
    """What is said of these readings, without the quiet ticks."""
    settings = Settings(1.0)
    memory, _ = begin(vehicle, "", {}, settings, float(samples.time_s[0]))
    events: list[Event] = []
    for start in range(0, samples.time_s.size, BLOCK):
        part = slice(start, start + BLOCK)
        block = Samples(samples.time_s[part], samples.item[part], samples.value[part], samples.items)
        memory, more = watch(memory, vehicle, settings, block)
        events += [event for event in more if event.kind != "trend"]
        if until(events):
            return events
    memory, more = end(memory, vehicle, settings, False)
    return events + [event for event in more if event.kind != "trend"]


NEAR_S, AFTERMATH_S = 3 * HOUR_S, 12 * HOUR_S
"""How far from an onset something is that may have brought it about; a crew lock's use is felt until long after."""


def _cause(opened: Event, happenings: Sequence[Happening]) -> str:
    """What was going on nearest to the onset of an alarm; losses of signal only if nothing else was."""
    onset = utc_seconds(opened.data["onset_utc"]["median"])

    def away(one: Happening) -> float:
        after_s = AFTERMATH_S if one.cause.startswith("airlock") else 0.0
        return max(one.start_s - onset, onset - one.end_s - after_s, 0.0)

    near = [h for h in happenings if away(h) < NEAR_S and h.start_s < opened.time_s]
    loud = [h for h in near if h.cause != "signal loss"]
    if loud:
        return _label(min(loud, key=away))
    return "signal loss" if any(away(h) < 600.0 for h in near) else "quiet air"


def _label(one: Happening) -> str:
    if one.channel:
        return f"{one.cause}, {'thermometer' if one.channel == world.GLASS else 'pressure sensor'}"
    return f"{one.cause}{', seen' if one.seen else ', unseen' if one.mass_kg else ''}"


def _rate(events: Sequence[Event], opened: Event) -> float | None:
    said = [e for e in events if e.kind == "estimate" and e.incident == opened.incident]
    return float(said[0].data["rate_kg_day"]["median"]) if said else None


def quiet_tables(rows: Sequence[Row]) -> list[str]:
    """One table for each number of uses of the crew lock a year."""
    text: list[str] = []
    for kind in sorted({row["kind"] for row in rows}, key=float, reverse=True):
        text += [f"### The crew lock used {kind} times a year", ""]
        text += [*_quiet_table([row for row in rows if row["kind"] == kind]), ""]
    return text


def _quiet_table(rows: Sequence[Row]) -> list[str]:
    years = sum(row["years"] for row in rows)
    alarms = [alarm for row in rows for alarm in row["alarms"]]
    happened: Counter[str] = Counter()
    for row in rows:
        happened.update(row["happened"])
    by = Counter(alarm["cause"] for alarm in alarms)
    lines = [
        f"**{len(alarms)} leak alarms in {years:.2f} station-years: {per_year(len(alarms), years)} a year** "
        f"(stated: 1). {sum('broke' in row for row in rows)} of {len(rows)} months broke off with an error. CPU "
        f"{sum(row['cpu_s'] for row in rows) / max(years, 1e-9):.0f} s a station-year.",
        "",
        "An unseen docking is gas that truly left within minutes, with nothing on the feed that says so. A month "
        "that broke "
        "off is left out of the years.",
        "",
        "| going on at the onset | times | alarms | a year (95 %, Poisson) | alarms for each time |",
        "| --- | --- | --- | --- | --- |",
    ]
    for cause in sorted(set(happened) | set(by), key=lambda c: -by[c]):
        times = happened.get(cause, 0)
        share = f"{by[cause] / times:.2f}" if times else "-"
        lines.append(f"| {cause} | {times or '-'} | {by[cause]} | {per_year(by[cause], years)} | {share} |")
    gas = sum(n for cause, n in by.items() if "unseen" in cause)
    rest = len(alarms) - gas
    lines += [
        "",
        f"Without gas that truly left or came unseen by the feed: {rest} alarms, {per_year(rest, years)} a year. "
        f"Months in which a sensor without fault was called faulty: {sum(bool(r['innocent']) for r in rows)} of "
        f"{len(rows)}.",
    ]
    return lines


def per_year(count: int, years: float) -> str:
    """Rate with the exact Poisson interval."""
    low = stats.chi2.ppf(0.025, 2 * count) / 2.0 if count else 0.0
    high = stats.chi2.ppf(0.975, 2 * count + 2) / 2.0
    return f"{count / years:.2f} ({low / years:.2f} to {high / years:.2f})"


# --- 2. worlds with a leak -------------------------------------------------------------------------------------------


def leak_piece(seed: int, vehicle: Vehicle, rates: Rates, volume_doubt: bool = True) -> Row:
    """One day, a leak some time after it, and what is said at once, half an hour and three hours later."""
    rng = np.random.default_rng([2, seed])
    start = world.START_S + float(rng.integers(300)) * DAY_S
    onset = start + DAY_S + float(rng.uniform(0.0, DAY_S))
    size = float(np.exp(rng.uniform(np.log(LEAK_LOW), np.log(LEAK_HIGH))))
    clock = world.leak_clock(start, onset, onset + HORIZON_S + max(LATER_S), STEP_S)
    happenings = world.draw(rng, rates, vehicle, start, float(clock[-1]))
    leak = Leak(onset, size / DAY_S)
    one = world.play(rng, vehicle, clock, happenings, leak, volume_doubt)
    events = watched(vehicle, _until(one.samples, onset + HORIZON_S + max(LATER_S)))
    return {"part": 2, "seed": seed, "size": size, **_found(events, one, leak)}


def _until(samples: Samples, end_s: float) -> Samples:
    keep = samples.time_s <= end_s
    return Samples(samples.time_s[keep], samples.item[keep], samples.value[keep], samples.items)


def _found(events: Sequence[Event], one: World, leak: Leak) -> Row:
    """When it was found, and for each later moment the truth with what was reported of rate and onset."""
    opened = [e for e in events if e.kind == "incident_opened"]
    if any(e.time_s < leak.onset_s for e in opened):
        return {"false": True}
    if not opened or opened[0].time_s > leak.onset_s + HORIZON_S:
        return {"delay": None}
    first = opened[0]
    said = [e for e in events if e.kind == "estimate" and e.incident == first.incident]
    reported = []
    for later in LATER_S:
        until = [e for e in said if e.time_s <= first.time_s + later]
        if not until or (later and until[-1].time_s < first.time_s + 0.5 * later):
            reported.append(None)
            continue
        event = until[-1]
        left = float(np.exp(np.interp(event.time_s, one.time_s, one.mass_log)))
        rate = {**event.data["rate_kg_day"], "truth": leak.rate_kg_s * DAY_S * left}
        at = {key: utc_seconds(text) - leak.onset_s for key, text in event.data["onset_utc"].items()}
        reported.append({"rate": rate, "onset": {**at, "truth": 0.0}})
    return {"delay": first.time_s - leak.onset_s, "reported": reported}


BANDS = ((5.0, 15.0), (15.0, 50.0), (50.0, 150.0), (150.0, 500.0), (500.0, 1500.0), (1500.0, 5000.0))


def leak_tables(rows: Sequence[Row]) -> list[str]:
    used = [row for row in rows if not row.get("false")]
    lines = [
        f"{len(rows)} worlds, of which {len(rows) - len(used)} are left out because a leak was said before it began.",
        "",
        "| leak, kg/day | worlds | found in 12 h (95 %) | median delay | 90 % | median onset error | 90 % of its "
        "size |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for low, high in BANDS:
        mine = [row for row in used if low <= row["size"] < high]
        if not mine:
            continue
        hit = [row for row in mine if row["delay"] is not None]
        delay = np.array([HORIZON_S if row["delay"] is None else row["delay"] for row in mine])
        onset = np.array([row["reported"][0]["onset"]["median"] for row in hit if row["reported"][0]])
        lines.append(
            f"| {low:g} to {high:g} | {len(mine)} | {share(len(hit), len(mine))} | {minutes(np.median(delay))} | "
            f"{minutes(np.quantile(delay, 0.9))} | {minutes(np.median(onset)) if onset.size else '-'} | "
            f"{minutes(np.quantile(np.abs(onset), 0.9)) if onset.size else '-'} |"
        )
    lines += [
        "",
        "Calibration: how often the truth lies below the 5 %, between 5 % and the median, between the median and "
        "95 %, and "
        "above 95 % of what is reported (expected 5, 45, 45, 5 %), with the p-value of chi squared; the rank histogram "
        "in tenths reads each report as normal on either side of its median. The last column is the chi squared "
        "p-value "
        "of those tenths.",
        "",
        "| reported | when | worlds | 90 % covers (95 %) | below, low, high, above | p | ranks in tenths | p |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for what in ("rate", "onset"):
        for k, when in enumerate(("at once", "30 min later", "3 h later")):
            lines.append(_calibration(used, what, k, when))
    for low, high in ((5.0, 50.0), (50.0, 500.0), (500.0, 5000.0)):
        some = [row for row in used if low <= row["size"] < high]
        lines.append(_calibration(some, "rate", 1, f"30 min later, {low:g} to {high:g} kg/day"))
    return lines


def _calibration(rows: Sequence[Row], what: str, k: int, when: str) -> str:
    said = [row["reported"][k][what] for row in rows if row.get("delay") is not None and row["reported"][k]]
    if len(said) < 5:
        return f"| {what} | {when} | {len(said)} | - | - | - | - | - |"
    low, middle, high, truth = (np.array([one[key] for one in said]) for key in ("low", "median", "high", "truth"))
    cells = np.bincount((truth > low).astype(int) + (truth > middle) + (truth > high), minlength=4)
    expected = len(said) * np.array([0.05, 0.45, 0.45, 0.05])
    side = np.where(truth > middle, high - middle, middle - low) / 1.645
    rank = stats.norm.cdf((truth - middle) / np.maximum(side, 1e-12))
    tenths = np.bincount(np.minimum((10.0 * rank).astype(int), 9), minlength=10)
    return (
        f"| {what} | {when} | {len(said)} | {share(int(cells[1] + cells[2]), len(said))} | "
        f"{', '.join(f'{100.0 * c / len(said):.0f}' for c in cells)} % | "
        f"{stats.chisquare(cells, expected).pvalue:.2g} | "
        f"{' '.join(str(c) for c in tenths)} | {stats.chisquare(tenths).pvalue:.2g} |"
    )


def share(count: int, of: int) -> str:
    """Share with the exact binomial interval."""
    sure = stats.binomtest(count, of).proportion_ci(0.95, method="exact")
    return f"{count / of:.0%} ({sure.low:.0%} to {sure.high:.0%})"


def minutes(seconds: float) -> str:
    return f"{seconds / 60.0:.1f} min" if abs(seconds) < 5940.0 else f"{seconds / HOUR_S:.1f} h"


# --- 3. Gaussian worlds against the oracle ---------------------------------------------------------------------------

SIZES_KG_DAY = (25.0, 100.0, 400.0, 2000.0)
ORACLE_DAYS = PIECE_DAYS


def oracle_quiet_piece(seed: int, vehicle: Vehicle) -> Row:
    """A Gaussian month without a leak: what the oracles' statistics reach, and alarms of the watch."""
    rng = np.random.default_rng([3, seed])
    clock = world.even_clock(world.START_S + seed * ORACLE_DAYS * DAY_S, ORACLE_DAYS, STEP_S)
    one = world.play(rng, vehicle, clock, [], None, False)
    alarms = sum(e.kind == "incident_opened" for e in watched(vehicle, one.samples))
    tops = {f"{size:g}": oracle.peaks(vehicle, one, size / DAY_S / one.mass_kg) for size in (*SIZES_KG_DAY, 0.0)}
    return {"part": 3, "kind": "quiet", "seed": seed, "years": one.years, "alarms": alarms, "peaks": tops}


def oracle_leak_piece(seed: int, vehicle: Vehicle) -> Row:
    """One Gaussian world with a leak of each size: the watch, the oracle's statistic since onset, and the bound."""
    size = SIZES_KG_DAY[seed % len(SIZES_KG_DAY)]
    rng = np.random.default_rng([4, seed])
    start = world.START_S + float(rng.integers(300)) * DAY_S
    onset = start + DAY_S + float(rng.uniform(0.0, DAY_S))
    clock = world.even_clock(start, 2.0 + (HORIZON_S + max(LATER_S)) / DAY_S, STEP_S)
    leak = Leak(onset, size / DAY_S)
    one = world.play(rng, vehicle, clock, [], leak, False)
    row = {"part": 3, "kind": "leak", "seed": seed, "size": size, **_found(watched(vehicle, one.samples), one, leak)}
    for key, known in (("record", size), ("glr", 0.0)):
        seen = oracle.follow(vehicle, one, known / DAY_S / one.mass_kg, onset)
        row[key] = [[t - onset, v] for t, v in seen]
    if row.get("delay") is not None:
        row["bound"] = [
            oracle.bound(vehicle, one, leak.rate_kg_s / one.mass_kg, onset, onset + row["delay"] + later)
            * one.mass_kg
            * DAY_S
            for later in LATER_S
        ]
    return row


def oracle_tables(rows: Sequence[Row]) -> list[str]:
    quiet = [row for row in rows if row["kind"] == "quiet"]
    years = sum(row["years"] for row in quiet)
    alarms = sum(row["alarms"] for row in quiet)
    lines = [
        f"Gaussian worlds: one sensor with 2 Pa of white noise every {STEP_S:.0f} s, no codes, no operations, no "
        "upsets, the "
        f"volume known. In {years:.2f} quiet years the watch gave {alarms} alarms, {per_year(alarms, years)} a "
        "year. The "
        "oracle knows model, noise and size, not the onset; its threshold is set by its own peaks in the same "
        "years to one "
        "alarm a year: at the height that many peaks pass, continued by the exponential tail of its 20 highest.",
        "",
        "Between the two stands the same filter's statistic with the size unknown (GLR): what it loses is the "
        "price of not "
        "knowing the size, what the watch loses beyond it is the price of asking whether heat, an airlock or a "
        "sensor did it.",
        "",
        "| leak | worlds | watch found | watch mean delay | GLR | oracle | watch / oracle | GLR / oracle | "
        "thresholds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size in SIZES_KG_DAY:
        mine = [r for r in rows if r["kind"] == "leak" and r["size"] == size and not r.get("false")]
        if not mine or not quiet:
            continue
        height, free = (
            oracle.threshold([p for row in quiet for p in row["peaks"][key]], years, 1.0) for key in (f"{size:g}", "0")
        )
        theirs = [next((t for t, v in r["record"] if v > height), HORIZON_S) for r in mine]
        glr = [next((t for t, v in r["glr"] if v > free), HORIZON_S) for r in mine]
        ours = [HORIZON_S if r["delay"] is None else r["delay"] for r in mine]
        hit = sum(r["delay"] is not None for r in mine)
        lines.append(
            f"| {size:g} kg/day | {len(mine)} | {share(hit, len(mine))} | {minutes(np.mean(ours))} | "
            f"{minutes(np.mean(glr))} | {minutes(np.mean(theirs))} | {np.mean(ours) / np.mean(theirs):.2f} | "
            f"{np.mean(glr) / np.mean(theirs):.2f} | {height:.1f}, {free:.1f} |"
        )
    lines += [
        "",
        "Rate against the Cramer-Rao bound (onset unknown, mass and heat marginalised); the volume is known to "
        "the world, "
        "not to the watch, whose intervals allow for 10 %.",
        "",
        "| leak | when | worlds | rms error | mean error | bound | rms / bound |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size in SIZES_KG_DAY:
        mine = [r for r in rows if r["kind"] == "leak" and r["size"] == size and r.get("bound")]
        for k, when in enumerate(("at once", "30 min later", "3 h later")):
            both = [
                (r["reported"][k]["rate"], r["bound"][k]) for r in mine if r["reported"][k] and r["bound"][k] < size
            ]
            if len(both) < 3:
                continue
            error = np.array([rate["median"] - rate["truth"] for rate, _ in both])
            limit = float(np.sqrt(np.mean([b * b for _, b in both])))
            rms = float(np.sqrt(np.mean(error**2)))
            lines.append(
                f"| {size:g} kg/day | {when} | {len(both)} | {rms:.3g} kg/day | {np.mean(error):+.3g} | "
                f"{limit:.3g} kg/day | "
                f"{rms / limit:.2f} |"
            )
    return lines


# --- the whole -------------------------------------------------------------------------------------------------------


def page(rows: Sequence[Row], command: str, seconds: float) -> str:
    part = {k: [row for row in rows if row["part"] == k] for k in (1, 2, 3)}
    text = [
        "# What the watch reaches in simulated worlds",
        "",
        f"Made by `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
        f"{f', in {seconds:.0f} s' if seconds > 1.0 else ', from several sittings'}. Threshold: one false alarm "
        "per station-year. The worlds are drawn from the "
        "project's own models with the vehicle file's own priors: they show whether the watch is calibrated "
        "against itself, not whether the "
        "models are right. For that see [real cabin air](validation-skill.md).",
        "",
    ]
    makers = {1: ("Quiet years", quiet_tables), 2: ("One leak", leak_tables), 3: ("Against an oracle", oracle_tables)}
    for k, (title, make) in makers.items():
        if part[k]:
            text += [f"## {title}", "", *make(part[k]), ""]
    return "\n".join(text)


def jobs(
    chosen: argparse.Namespace, done: set[tuple[int, str, int]]
) -> list[tuple[Callable[..., Row], tuple[Any, ...]]]:
    """What is left to do, the parts taking turns."""
    coarse, smooth = world.coarse_ship(), world.smooth_ship()
    wanted: list[list[tuple[Callable[..., Row], tuple[Any, ...], tuple[int, str, int]]]] = [
        [
            (quiet_piece, (k, coarse, Rates(airlock=n)), (1, f"{n:g}", k))
            for n in chosen.airlocks
            for k in range(round(12 * chosen.years))
        ],
        [(leak_piece, (k, coarse, Rates(fault=0.0)), (2, "", k)) for k in range(chosen.leaks)],
        [(oracle_quiet_piece, (k, smooth), (3, "quiet", k)) for k in range(round(12 * chosen.oracle_years))]
        + [(oracle_leak_piece, (k, smooth), (3, "leak", k)) for k in range(len(SIZES_KG_DAY) * chosen.each)],
    ]
    left = [[(f, a) for f, a, key in part if key not in done] for part in wanted]
    return [job for k, part in enumerate(left) if chosen.only in (0, k + 1) for job in part]


def main() -> None:
    options = argparse.ArgumentParser(description="Skill of the watch in simulated worlds.")
    options.add_argument("--years", type=float, default=0.25, help="quiet station-years")
    options.add_argument(
        "--airlocks", type=float, nargs="*", default=[Rates().airlock, 0.0], help="uses of the crew lock a year"
    )
    options.add_argument("--leaks", type=int, default=24, help="worlds with a leak")
    options.add_argument("--oracle-years", type=float, default=0.25, help="quiet Gaussian years")
    options.add_argument("--each", type=int, default=3, help="Gaussian worlds for each size")
    options.add_argument("--only", type=int, default=0, choices=(0, 1, 2, 3))
    options.add_argument("--keep", type=Path, help="JSON lines: what was done, and where to go on")
    options.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options.add_argument("--show", action="store_true", help="only the tables of what --keep holds")
    chosen = options.parse_args()
    rows: list[Row] = []
    if chosen.keep and chosen.keep.exists():
        rows = [json.loads(line) for line in chosen.keep.read_text(encoding="utf-8").splitlines()]
    done = {(row["part"], row.get("kind", ""), row["seed"]) for row in rows}
    start = time.perf_counter()
    for make, arguments in [] if chosen.show else jobs(chosen, done):
        row = make(*arguments)
        rows.append(row)
        if chosen.keep:
            with chosen.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    named = [chosen.keep.name if chosen.keep and a == str(chosen.keep) else a for a in sys.argv[1:] if a != "--show"]
    command = " ".join(["python benchmarks/skill/worlds.py", *named])
    text = page(rows, command, time.perf_counter() - start)
    print(text)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
