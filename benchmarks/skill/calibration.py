"""Simulation-based calibration: are the intervals of every reported number right, and how large are its errors?

Worlds are drawn from the watch's own priors (leak flat in the logarithm of its size and in its onset, volume, discharge
coefficient, heat, flows, walls, sensors), each with one leak. What is said at once, half an hour and three hours later
is compared with the truth (Talts et al. 2018): the truth lies below 5 %, 50 %, 95 % of a calibrated report just so
often.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import pi
from typing import Any

import numpy as np
import world
from scipy import stats
from world import DAY_S, HOUR_S, Leak, Rates, World
from years import digest, watched

from hullwatch.physics.orifice import effective_area
from hullwatch.records import Event, Samples
from hullwatch.response.walls import WALL_DOUBT
from hullwatch.sizing.air import coefficient_nodes
from hullwatch.units import utc_seconds
from hullwatch.vehicle.facts import Vehicle

LEAK_LOW, LEAK_HIGH, HORIZON_S = 5.0, 5000.0, 12 * HOUR_S
LATER_S = (0.0, 1800.0, 3 * HOUR_S)
WHEN = ("at once", "30 min later", "3 h later")
STEP_S = 20.0
NEXT, LAST = "time to the next limit", "time to the last limit"
REPORTED = ("rate", "onset", "effective area", "diameter", NEXT, LAST)
Row = dict[str, Any]


def leak_piece(seed: int, kind: str, vehicle: Vehicle, rates: Rates) -> Row:
    """A day or two, a leak, and what is said of it. kind "codes": 1 s around the onset; "smooth": even steps."""
    rng = np.random.default_rng([2, seed])
    start = world.START_S + float(rng.integers(300)) * DAY_S
    onset = start + DAY_S + float(rng.uniform(0.0, DAY_S))
    size = float(np.exp(rng.uniform(np.log(LEAK_LOW), np.log(LEAK_HIGH))))
    end = onset + HORIZON_S + max(LATER_S) + HOUR_S
    if kind == "codes":
        clock = world.leak_clock(start, onset, end, STEP_S)
    else:
        clock = world.even_clock(start, (end - start) / DAY_S, STEP_S)
    happenings = world.draw(rng, rates, vehicle, start, float(clock[-1]))
    leak = Leak(onset, size / DAY_S)
    walled = with_walls(vehicle, float(np.exp(WALL_DOUBT * rng.standard_normal())))
    one = world.play(rng, walled, clock, happenings, leak)
    coefficient = float(rng.choice(coefficient_nodes(vehicle)))
    events = watched(vehicle, one.samples, world.log_of(happenings, vehicle), lambda said: enough(said, leak))
    return {
        "part": 2, "kind": kind, "seed": seed, "size": size, "code": digest(),
        "walls": walled.compartments[0].wall_time_s, **found(events, one, leak, walled, coefficient),
    }  # fmt: skip


def with_walls(vehicle: Vehicle, factor: float) -> Vehicle:
    """The same ship with walls that warm its gas so much more slowly than its file says."""
    rooms = tuple(replace(room, wall_time_s=factor * room.wall_time_s) for room in vehicle.compartments)
    return replace(vehicle, compartments=rooms)


def enough(said: Sequence[Event], leak: Leak) -> bool:
    """Whether what follows can no longer matter."""
    opened = [e.time_s for e in said if e.kind == "incident_opened"]
    return bool(opened) and (opened[0] < leak.onset_s or said[-1].time_s > opened[0] + max(LATER_S) + 1200.0)


def cut(samples: Samples, end_s: float) -> Samples:
    """Readings until a time."""
    keep = samples.time_s <= end_s
    return Samples(samples.time_s[keep], samples.item[keep], samples.value[keep], samples.items)


def found(events: Sequence[Event], one: World, leak: Leak, vehicle: Vehicle, coefficient: float) -> Row:
    """When it was found, and for each later moment what was reported, with the truth."""
    opened = [e for e in events if e.kind == "incident_opened"]
    if any(e.time_s < leak.onset_s for e in opened):
        return {"false": True}
    if not opened or opened[0].time_s > leak.onset_s + HORIZON_S:
        return {"delay": None}
    first = opened[0]
    said = [e for e in events if e.kind == "estimate" and e.incident == first.incident]
    reported: list[Row | None] = []
    for later in LATER_S:
        until = [e for e in said if e.time_s <= first.time_s + later]
        late = not until or (later and until[-1].time_s < first.time_s + 0.5 * later)
        reported.append(None if late else _compared(until[-1], one, leak, vehicle, coefficient))
    return {"delay": first.time_s - leak.onset_s, "reported": reported}


def _compared(event: Event, one: World, leak: Leak, vehicle: Vehicle, coefficient: float) -> Row:
    """Each reported interval with its truth: of the leak as it is at the moment of the report."""
    data, air = event.data, vehicle.atmosphere
    left = float(np.interp(event.time_s, one.time_s, one.mass_log))
    rate = leak.rate_kg_s * float(np.exp(left))
    area = float(effective_area(leak.rate_kg_s, air.pressure_pa.value, air.temperature_k.value))
    pressure = float(np.interp(event.time_s, one.time_s, one.pressure_pa))
    wall_s = vehicle.compartments[0].wall_time_s
    row: Row = {
        "rate": {**data["rate_kg_day"], "truth": rate * DAY_S},
        "onset": {**{k: utc_seconds(text) - leak.onset_s for k, text in data["onset_utc"].items()}, "truth": 0.0},
        "effective area": {**data["effective_area_m2"], "truth": area},
        "diameter": {**data["equivalent_diameter_m"], "truth": float(np.sqrt(4.0 * area / (pi * coefficient)))},
    }
    limits = sorted((x.value_pa.value, x.id) for x in vehicle.limits if x.quantity == "pressure" and x.side == "low")
    for key, (floor, name) in ((LAST, limits[0]), (NEXT, limits[-1])):
        said = next((r for r in data["reserve_time_s"] if r["limit"] == name), None)
        if said is not None and pressure > floor:
            truth = _lasts(pressure / floor, leak.rate_kg_s / one.mass_kg, event.time_s - leak.onset_s, wall_s)
            row[key] = {**{k: said[k] for k in ("median", "low", "high")}, "truth": truth}
    return row


def _lasts(fall: float, loss_per_s: float, age_s: float, wall_s: float) -> float:
    """Time until pressure has fallen so far if the leak alone goes on: expanding gas cools, and its walls warm it."""

    def cooled(age: float) -> float:
        return -world.EXPANSION_SHARE * loss_per_s * wall_s * (1.0 - float(np.exp(-max(age, 0.0) / wall_s)))

    high = float(np.log(fall)) / loss_per_s
    low = 0.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        fallen = loss_per_s * middle - cooled(age_s + middle) + cooled(age_s)
        low, high = (low, middle) if fallen > np.log(fall) else (middle, high)
    return low


BANDS = ((5.0, 15.0), (15.0, 50.0), (50.0, 150.0), (150.0, 500.0), (500.0, 1500.0), (1500.0, 5000.0))
TITLES = {
    "codes": "Two sensors of 0.1 mmHg, a thermometer, all that happens aboard but sensor faults",
    "smooth": "Gaussian worlds: one sensor with 2 Pa of white noise every 20 s, and nothing else",
}


def tables(rows: Sequence[Row]) -> list[str]:
    """Delays and errors by size, and calibration, for each kind of world."""
    text: list[str] = []
    for kind, title in TITLES.items():
        mine = [row for row in rows if row["kind"] == kind]
        if mine:
            text += [f"### {title}", "", *_sizes(mine), "", *_calibrated(mine), ""]
    return text


def _sizes(rows: Sequence[Row]) -> list[str]:
    used = [row for row in rows if not row.get("false")]
    lines = [
        f"{len(rows)} worlds, of which {len(rows) - len(used)} are left out because a leak was said before it began. "
        "Onset error: of the first report, its median against the truth; asked for is at most half the delay.",
        "",
        "| leak, kg/day | worlds | found in 12 h (95 %) | median delay | 90 % | mean delay | rms onset error | of the "
        "mean delay (95 %) |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for low, high in BANDS:
        mine = [row for row in used if low <= row["size"] < high]
        if not mine:
            continue
        hit = [row for row in mine if row["delay"] is not None]
        delay = np.array([HORIZON_S if row["delay"] is None else row["delay"] for row in mine])
        both = np.array([
            (row["delay"], row["reported"][0]["onset"]["median"]) for row in hit if row["reported"][0]
        ]).reshape(-1, 2)  # fmt: skip
        error, of = "-", "-"
        if len(both) > 2:
            error = minutes(float(np.sqrt(np.mean(both[:, 1] ** 2))))
            of = _share_of_delay(both)
        lines.append(
            f"| {low:g} to {high:g} | {len(mine)} | {share(len(hit), len(mine))} | {minutes(np.median(delay))} | "
            f"{minutes(np.quantile(delay, 0.9))} | {minutes(delay.mean())} | {error} | {of} |"
        )
    return lines


def _share_of_delay(both: np.ndarray) -> str:
    """Rms onset error over mean delay, with its bootstrap interval."""
    rng = np.random.default_rng(0)

    def once(pick: np.ndarray) -> float:
        return float(np.sqrt(np.mean(pick[:, 1] ** 2)) / np.mean(pick[:, 0]))

    low, high = np.quantile([once(both[rng.integers(len(both), size=len(both))]) for _ in range(400)], (0.025, 0.975))
    return f"{once(both):.2f} ({low:.2f} to {high:.2f})"


def _calibrated(rows: Sequence[Row]) -> list[str]:
    used = [row for row in rows if row.get("delay") is not None]
    lines = [
        "How often the truth lies below the 5 %, between 5 % and the median, between the median and 95 %, and above "
        "95 % of what is reported (expected 5, 45, 45, 5 %), with the p-value of chi squared. How fast the walls warm "
        "the gas is drawn, as the watch doubts it. Where sensors have codes they are read once a second until 45 "
        "minutes after the onset, then every 20 s: a code seen to change may have done so that long before.",
        "",
        "| reported | when | worlds | 90 % covers (95 %) | below, low, high, above | p |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for what in REPORTED:
        lines += [_line(used, what, k, when) for k, when in enumerate(WHEN)]
    for low, high in ((5.0, 50.0), (50.0, 500.0), (500.0, 5000.0)):
        some = [row for row in used if low <= row["size"] < high]
        lines += [_line(some, what, 1, f"30 min later, {low:g} to {high:g} kg/day") for what in ("rate", "onset")]
    return lines


def _line(rows: Sequence[Row], what: str, k: int, when: str) -> str:
    said = [row["reported"][k][what] for row in rows if row["reported"][k] and what in row["reported"][k]]
    if len(said) < 5:
        return f"| {what} | {when} | {len(said)} | - | - | - |"
    cells, p = cells_of(said)
    inside = int(cells[1] + cells[2])
    shares = ", ".join(f"{100.0 * c / len(said):.0f}" for c in cells)
    return f"| {what} | {when} | {len(said)} | {share(inside, len(said))} | {shares} % | {p:.2g} |"


def cells_of(said: Sequence[Row]) -> tuple[np.ndarray, float]:
    """How many truths lie in each of the four parts of a report, and the p-value."""
    low, middle, high, truth = (np.array([one[key] for one in said]) for key in ("low", "median", "high", "truth"))
    cells = np.bincount((truth > low).astype(int) + (truth > middle) + (truth > high), minlength=4)
    expected = len(said) * np.array([0.05, 0.45, 0.45, 0.05])
    return cells, float(stats.chisquare(cells, expected).pvalue)


def share(count: int, of: int) -> str:
    """Share with the exact binomial interval."""
    sure = stats.binomtest(count, of).proportion_ci(0.95, method="exact")
    return f"{count / of:.0%} ({sure.low:.0%} to {sure.high:.0%})"


def minutes(seconds: float) -> str:
    """Seconds in words."""
    return f"{seconds / 60.0:.1f} min" if abs(seconds) < 5940.0 else f"{seconds / HOUR_S:.1f} h"
