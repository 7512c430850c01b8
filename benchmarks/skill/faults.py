"""Every sensor broken in every way: `python benchmarks/skill/faults.py [--quick] [--write]`.

The telemetry day of 2018 as it is and with a leak of 100 kg/day put in through the model, each with one sensor broken
three hours before. Asked of every cell: no false leak, the real one still found, the fault named.
--write puts the table into docs/explanation/validation-faults.md.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from records import RECORDS, Loaded, load

from hullwatch.records import Event, Samples
from hullwatch.simulation.inject import inject
from hullwatch.telemetry.source import Recording
from hullwatch.units import DAY_S, TO_SI, utc_seconds
from hullwatch.vehicle.facts import Channel, Vehicle
from hullwatch.watch import run

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-faults.md"
FAULT_S, LEAK_S = utc_seconds("2018-10-12T12:00:00Z"), utc_seconds("2018-10-12T15:00:00Z")
LEAK_KG_DAY, FOUND_WITHIN_S = 100.0, 6 * 3600.0
SENSORS = ("USLAB000058", "AIRLOCK000054", "AIRLOCK000049", "USLAB000059", "USLAB000054")
FAULTS = ("stuck", "spiking", "drifting up", "drifting down", "dropped", "duplicated", "delayed 10 min", "jumping")
ANALYSER = {
    "jumping +1 %": (0.01, 0.0), "jumping -1 %": (-0.01, 0.0), "drifting +1 %/day": (0.0, 0.01),
    "drifting -1 %/day": (0.0, -0.01),
}  # fmt: skip
"""What a mass spectrometer does besides: share of its reading at once, and a day."""
CLOCKS = {"clock +10 min": 600.0, "clock -10 min": -600.0, "clock +1 day": DAY_S}
DRIFT_PER_DAY = 1.0  # mmHg, K
SPIKE = 5.0  # mmHg, K
JUMP = {"pressure": -40.0, "temperature": 3.0, "ppn2": -40.0}  # in the published unit, once and for good
KNOWN_BY = {
    "stuck": ("stuck", "stale"), "spiking": ("outlier", "out_of_range"), "drifting up": (), "drifting down": (),
    "dropped": ("stuck", "stale", "dropped"), "duplicated": ("duplicate",), "delayed 10 min": ("late", "stale"),
    "jumping": ("apart", "jump", "outlier"),
}  # fmt: skip
"""Kinds of doubt that name each fault; a step called sensor_fault names any."""


@dataclass(frozen=True)
class Cell:
    """What was said with one thing broken."""

    false: int  # leaks said that are none
    delay_s: float | None  # of the real one
    named: str  # how, empty if not
    accused: tuple[str, ...]  # sound sensors called faulty


def broken(samples: Samples, channel: Channel, fault: str, rng: np.random.Generator) -> Samples:
    """The same readings with one sensor broken from FAULT_S on, in order of arrival."""
    time_s, item, value = samples.time_s, samples.item, samples.value.copy()
    arrival = np.maximum.accumulate(time_s)
    mine = (item == samples.items.index(channel.id)) & (time_s >= FAULT_S)
    keep = np.ones(time_s.size, dtype=np.bool_)
    extra = np.zeros(time_s.size, dtype=np.bool_)
    if fault == "stuck":
        if channel.publish == "on_change":
            keep = ~mine  # what does not change is not published
        else:
            value[mine] = value[np.flatnonzero(mine)[0]]
    elif fault == "dropped":
        keep = ~(mine & (rng.random(time_s.size) < 0.7))
    elif fault == "spiking":
        spikes = mine & (rng.random(time_s.size) < 0.1)
        value[spikes] += SPIKE * rng.choice([-1.0, 1.0], int(spikes.sum()))
    elif fault in ANALYSER:
        once, daily = ANALYSER[fault]
        value[mine] *= 1.0 + once + daily * (time_s[mine] - FAULT_S) / DAY_S
    elif fault.startswith("drifting"):
        return _drifting(samples, channel, -1.0 if fault.endswith("down") else 1.0)
    elif fault == "jumping":
        value[mine] += JUMP[channel.quantity]
    elif fault == "duplicated":
        extra = mine
    elif fault == "delayed 10 min":
        arrival = np.where(mine, arrival + 600.0, arrival)
    twice = np.concatenate([np.flatnonzero(keep), np.flatnonzero(extra)])
    second = np.arange(twice.size) >= int(keep.sum())
    quantum = channel.quantum_si / TO_SI[channel.unit][1] if channel.quantum_si else 0.01
    # the copy of every third reading says something else
    moved = np.where(second & (np.arange(twice.size) % 3 == 0), quantum, 0.0)
    order = np.argsort(arrival[twice], kind="stable")
    return Samples(time_s[twice][order], item[twice][order], (value[twice] + moved)[order], samples.items)


def _drifting(samples: Samples, channel: Channel, way: float) -> Samples:
    """A drift is seen through the sensor's own codes: it changes when they do."""
    code = samples.items.index(channel.id)
    mine = np.flatnonzero(samples.item == code)
    after = samples.time_s[mine] >= FAULT_S
    quantum = channel.quantum_si / TO_SI[channel.unit][1]
    if channel.publish == "periodic" or quantum == 0.0:
        value = samples.value.copy()
        value[mine[after]] += way * DRIFT_PER_DAY * (samples.time_s[mine[after]] - FAULT_S) / DAY_S
        return Samples(samples.time_s, samples.item, value, samples.items)
    # between two changes of code the truth goes evenly from half a step before to half a step after
    time_s, value = samples.time_s[mine], samples.value[mine]
    knots_t, knots_v = time_s[1:], 0.5 * (value[1:] + value[:-1])
    feed_s = np.unique(np.floor(samples.time_s[samples.time_s >= FAULT_S]))
    truth = np.interp(feed_s, knots_t, knots_v) + way * DRIFT_PER_DAY * (feed_s - FAULT_S) / DAY_S
    said = value[0] + np.round((truth - value[0]) / quantum) * quantum
    new = np.flatnonzero(np.diff(said, prepend=np.nan) != 0.0)
    rest = np.ones(samples.time_s.size, dtype=np.bool_)
    rest[mine[after]] = False
    time_all = np.concatenate([samples.time_s[rest], feed_s[new]])
    item_all = np.concatenate([samples.item[rest], np.full(new.size, code)])
    value_all = np.concatenate([samples.value[rest], said[new]])
    order = np.argsort(np.concatenate([np.maximum.accumulate(samples.time_s)[rest], feed_s[new]]), kind="stable")
    return Samples(time_all[order], item_all[order], value_all[order], samples.items)


def stepped(samples: Samples, by_s: float) -> Samples:
    """All stamps moved from FAULT_S on; order of arrival stays."""
    late = np.maximum.accumulate(samples.time_s) >= FAULT_S
    return Samples(np.where(late, samples.time_s + by_s, samples.time_s), samples.item, samples.value, samples.items)


def judge(samples: Samples, vehicle: Vehicle, channel: str | None, fault: str, leak: bool) -> Cell:
    """Run the chain and read its record. A clock that was stepped forward stamps the leak that much later."""
    events: list[Event] = []
    run(Recording("faults", samples), vehicle, 1.0, events.extend)
    opened = [e for e in events if e.kind == "incident_opened"]
    forward_s = max(CLOCKS.get(fault, 0.0), 0.0)
    ahead = [e.time_s - LEAK_S - by_s for e in opened for by_s in {forward_s, 0.0} if leak]
    true = [waited for waited in ahead if 0.0 <= waited <= FOUND_WITHIN_S]
    false = len(opened) - min(len(true), 1)
    faults = [e.data["channel"] for e in events if e.kind == "step" and e.data["kind"] == "sensor_fault"]
    notes = [e for e in events if e.kind == "quality" and utc_seconds(e.data["end_utc"]) > FAULT_S - 900.0]
    if channel is None:
        named = "clock_step" if any(e.data["kind"] == "clock_step" for e in notes) else ""
    elif channel in faults:
        named = "sensor_fault"
    else:
        known = [
            e.data["kind"] for e in notes if e.data["channel"] == channel and e.data["kind"] in KNOWN_BY.get(fault, ())
        ]
        named = known[0] if known else ""
    accused = tuple(sorted(set(faults) - {channel}))
    return Cell(false, min(true, default=None), named, accused)


def table(rows: Sequence[tuple[str, str, Cell, Cell]]) -> list[str]:
    """Markdown rows and a summary."""
    lines = [
        "| broken | how | quiet: leaks said | with the leak: found after | false besides | named, quiet | named, "
        "leak | "
        "sound sensors accused |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for what, how, quiet, leak in rows:
        delay = "**missed**" if leak.delay_s is None else f"{leak.delay_s / 60.0:.1f} min"
        accused = sorted({*quiet.accused, *leak.accused})
        lines.append(
            f"| {what} | {how} | {_bold(quiet.false)} | {delay} | {_bold(leak.false)} | {quiet.named or 'no'} | "
            f"{leak.named or 'no'} | {', '.join(accused) or '-'} |"
        )
    broken_rows = rows[1:]
    n = len(broken_rows)
    lines += [
        "",
        f"Of {n} faults: {sum(q.false == 0 for _, _, q, _ in broken_rows)} without a false leak on the quiet day, "
        f"{sum(k.delay_s is not None for _, _, _, k in broken_rows)} with the real leak found within "
        f"{FOUND_WITHIN_S / 3600:.0f} h, {sum(bool(q.named) for _, _, q, _ in broken_rows)} named on the quiet day, "
        f"{sum(bool(k.named) for _, _, _, k in broken_rows)} named beside the leak.",
        "",
        "A sensor published on change that is stuck says nothing, as a sound one does while nothing changes: it is "
        "named once two others have gone on to where its code cannot be true. One that loses readings on the way "
        "is named by the codes that those which come pass by, and by what they say again, once that is not chance "
        "any more (e^20 to 1): within minutes where it speaks every few seconds; where it speaks a hundred times a "
        "day, half a day is mostly too short. A clock that leaps forward looks like a loss of signal; where the "
        "feed has a clock on board as well (USLAB000084 here, TIME_000001 elsewhere) that one tells them apart. A "
        "thermometer that drifts by 1 K/day does what air in its place may do, and an analyser's drift of 1 "
        "mmHg/day is a sixth of a percent of its reading: these are not named.",
    ]
    return lines


def _bold(count: int) -> str:
    return f"**{count}**" if count else "0"


def everything(day: Loaded, quick: bool) -> list[tuple[str, str, Cell, Cell]]:
    """The matrix; its first row has nothing broken."""
    vehicle, quiet = day.vehicle, day.samples
    leaking = inject(quiet, vehicle, LEAK_KG_DAY / DAY_S, LEAK_S)
    by_id = {c.id: c for c in vehicle.channels}
    rows = [("nothing", "-", judge(quiet, vehicle, None, "", False), judge(leaking, vehicle, None, "", True))]
    for k, sensor in enumerate(SENSORS[:2] if quick else SENSORS):
        faults = FAULTS + (tuple(ANALYSER) if by_id[sensor].quantity == "ppn2" else ())
        for j, fault in enumerate(faults):
            cells = [
                judge(broken(s, by_id[sensor], fault, np.random.default_rng([k, j])), vehicle, sensor, fault, leak)
                for s, leak in ((quiet, False), (leaking, True))
            ]
            rows.append((f"{by_id[sensor].name}", fault, *cells))
    for name, by_s in CLOCKS.items():
        cells = [judge(stepped(s, by_s), vehicle, None, name, leak) for s, leak in ((quiet, False), (leaking, True))]
        rows.append(("feed", name, *cells))
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description="Every sensor broken in every way.")
    options.add_argument("--quick", action="store_true", help="two sensors only")
    options.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    chosen = options.parse_args()
    day = load(RECORDS[0])
    if day is None:
        sys.exit("no telemetry of 12 October 2018 at hand: set HULLWATCH_DATA to the folder that holds it")
    start = time.perf_counter()
    lines = table(everything(day, chosen.quick))
    text = "\n".join(
        [
            "# Broken sensors",
            "",
            f"Made by `python benchmarks/skill/faults.py{' --quick' if chosen.quick else ''} --write`, "
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, {os.cpu_count()} "
            "cores, "
            f"load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, in "
            f"{time.perf_counter() - start:.0f} s. "
            f"The telemetry day of 12 October 2018; a sensor breaks at 12:00, a leak of {LEAK_KG_DAY:g} kg/day "
            "opens at "
            "15:00. One false alarm per station-year. One day is one sample: a cell is right or wrong, without "
            "interval.",
            "",
            *lines,
            "",
        ]
    )
    print(text)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
