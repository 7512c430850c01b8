"""The whole watch against an oracle, in the same Gaussian worlds: plain ones, and ones in which other things happen.

The oracle is a CUSUM over onsets on the exact filter's innovations for a leak of known size; told operations are taken
out of its readings exactly. It knows nothing of heat upsets and untold transfers, and must stand them: its threshold is
set so that it gives as many alarms in quiet worlds of the same kind as the watch did (or as stated, if it gave fewer).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import oracle
import world
from calibration import HORIZON_S, LATER_S, STEP_S, WHEN, enough, found, minutes, share
from world import DAY_S, Leak, Rates
from years import STATED, YEAR_DAYS, digest, per_year, watched

from hullwatch.vehicle.facts import Vehicle

SIZES_KG_DAY = (25.0, 100.0, 400.0, 2000.0)
MONTH_DAYS = YEAR_DAYS / 12.0
KINDS = {
    "plain": ("Nothing happens", Rates.none()),
    "busy": (
        "Fills, dockings (2 of 24 a year told by nothing), upsets of heat and losses of signal happen at their rates",
        Rates(airlock=0.0, fault=0.0, log_share=5.0 / 12.0),
    ),
}
Row = dict[str, Any]


def quiet_piece(seed: int, kind: str, vehicle: Vehicle) -> Row:
    """A month without a leak: what the oracles' statistics reach, and alarms of the watch."""
    rng = np.random.default_rng([3, seed])
    clock = world.even_clock(world.START_S + seed * MONTH_DAYS * DAY_S, MONTH_DAYS, STEP_S)
    happenings = world.draw(rng, KINDS[kind][1], vehicle, float(clock[0]), float(clock[-1]))
    one = world.play(rng, vehicle, clock, happenings, None, False)
    events = watched(vehicle, one.samples, world.log_of(happenings, vehicle))
    sizes = (*SIZES_KG_DAY, 0.0)
    tops = oracle.peaks(vehicle, one, [size / DAY_S / one.mass_kg for size in sizes])
    return {
        "part": 3, "kind": f"{kind} quiet", "seed": seed, "years": one.years, "code": digest(),
        "alarms": sum(e.kind == "incident_opened" for e in events),
        "peaks": {f"{size:g}": column for size, column in zip(sizes, tops, strict=True)},
    }  # fmt: skip


def leak_piece(seed: int, kind: str, vehicle: Vehicle) -> Row:
    """One world with a leak: the watch, the statistics since onset, and the bound of the rate."""
    size = SIZES_KG_DAY[seed % len(SIZES_KG_DAY)]
    rng = np.random.default_rng([4, seed])
    start = world.START_S + float(rng.integers(300)) * DAY_S
    onset = start + DAY_S + float(rng.uniform(0.0, DAY_S))
    clock = world.even_clock(start, 2.0 + (HORIZON_S + max(LATER_S)) / DAY_S, STEP_S)
    happenings = world.draw(rng, KINDS[kind][1], vehicle, start, float(clock[-1]))
    leak = Leak(onset, size / DAY_S)
    one = world.play(rng, vehicle, clock, happenings, leak, False)
    sharp = replace(vehicle, compartments=tuple(_known(c) for c in vehicle.compartments))
    events = watched(sharp, one.samples, world.log_of(happenings, vehicle), lambda said: enough(said, leak))
    row = {
        "part": 3, "kind": f"{kind} leak", "seed": seed, "size": size, "code": digest(),
        **found(events, one, leak, vehicle, vehicle.discharge_coefficient.value),
    }  # fmt: skip
    seen = oracle.follow(vehicle, one, [size / DAY_S / one.mass_kg, 0.0], onset)
    row |= {key: [[t - onset, v] for t, v in record] for key, record in zip(("record", "glr"), seen, strict=True)}
    if row.get("delay") is not None:
        row["bound"] = [
            oracle.bound(vehicle, one, leak.rate_kg_s / one.mass_kg, onset, onset + row["delay"] + later)
            * one.mass_kg
            * DAY_S
            for later in LATER_S
        ]
    return row


def _known(compartment: Any) -> Any:
    """A compartment whose volume is known: these worlds have just that."""
    return replace(compartment, volume_m3=replace(compartment.volume_m3, sd=0.0))


def tables(rows: Sequence[Row]) -> list[str]:
    """For each kind of world delays and errors of the rate."""
    text: list[str] = []
    for kind, (title, _) in KINDS.items():
        quiet = [row for row in rows if row["kind"] == f"{kind} quiet"]
        leaks = [row for row in rows if row["kind"] == f"{kind} leak" and not row.get("false")]
        if quiet and leaks:
            text += [f"### {title}", "", *_delays(quiet, leaks), ""]
    plain = [row for row in rows if row["kind"] == "plain leak" and not row.get("false")]
    return [*text, "### Error of the rate", "", *_rates(plain)] if plain else text


def _delays(quiet: Sequence[Row], leaks: Sequence[Row]) -> list[str]:
    years, alarms = sum(row["years"] for row in quiet), sum(row["alarms"] for row in quiet)
    rate = max(alarms / years, STATED)
    lines = [
        f"One sensor with 2 Pa of white noise every {STEP_S:.0f} s, the volume known. In {years:.2f} quiet years the "
        f"watch gave {alarms} alarms, {per_year(alarms, years)} a year; the oracle is set to {rate:.2g} a year. GLR is "
        "its filter's statistic with the size unknown, set alike. What does not pass its threshold within 12 h counts "
        "as 12 h; a threshold of 0 is one that quiet worlds hardly ever passed at all.",
        "",
        "| leak | worlds | watch found | watch mean delay | oracle | GLR / oracle (95 %) | watch / oracle (95 %) | "
        "thresholds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size in SIZES_KG_DAY:
        mine = [row for row in leaks if row["size"] == size]
        if not mine:
            continue
        known, free = (
            oracle.threshold([p for row in quiet for p in row["peaks"][key]], years, rate) for key in (f"{size:g}", "0")
        )
        theirs, glr = (
            np.array([next((t for t, v in row[key] if v > height), HORIZON_S) for row in mine])
            for key, height in (("record", known), ("glr", free))
        )
        ours = np.array([HORIZON_S if row["delay"] is None else row["delay"] for row in mine])
        hit = sum(row["delay"] is not None for row in mine)
        lines.append(
            f"| {size:g} kg/day | {len(mine)} | {share(hit, len(mine))} | {minutes(ours.mean())} | "
            f"{minutes(theirs.mean())} | {_ratio(glr, theirs)} | {_ratio(ours, theirs)} | {known:.1f}, {free:.1f} |"
        )
    return lines


def _ratio(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Ratio of the means with its bootstrap interval over worlds; the thresholds are held."""
    rng = np.random.default_rng(0)
    picks = rng.integers(ours.size, size=(400, ours.size))
    low, high = np.quantile(ours[picks].mean(axis=1) / theirs[picks].mean(axis=1), (0.025, 0.975))
    return f"{ours.mean() / theirs.mean():.2f} ({low:.2f} to {high:.2f})"


def _rates(rows: Sequence[Row]) -> list[str]:
    lines = [
        "Against the Cramer-Rao bound (onset unknown, mass and heat marginalised) of a leak whose rate is a constant "
        "share of the gas; the watch lets it wander by 2 % in an hour, as holes and cracks may. Volume known.",
        "",
        "| leak | when | worlds | rms error | mean error | bound | rms / bound (95 %) |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size in SIZES_KG_DAY:
        mine = [row for row in rows if row["size"] == size and row.get("bound")]
        for k, when in enumerate(WHEN):
            both = [
                (r["reported"][k]["rate"], r["bound"][k]) for r in mine if r["reported"][k] and r["bound"][k] < size
            ]
            if len(both) < 5:
                continue
            error = np.array([(rate["median"] - rate["truth"]) / limit for rate, limit in both])
            limit = float(np.sqrt(np.mean([b * b for _, b in both])))
            rms = float(np.sqrt(np.mean([(rate["median"] - rate["truth"]) ** 2 for rate, _ in both])))
            mean = float(np.mean([rate["median"] - rate["truth"] for rate, _ in both]))
            rng = np.random.default_rng(0)
            squares = (error**2)[rng.integers(error.size, size=(400, error.size))].mean(axis=1)
            low, high = np.sqrt(np.quantile(squares, (0.025, 0.975)))
            lines.append(
                f"| {size:g} kg/day | {when} | {len(both)} | {rms:.3g} kg/day | {mean:+.3g} | {limit:.3g} kg/day | "
                f"{float(np.sqrt(np.mean(error**2))):.2f} ({low:.2f} to {high:.2f}) |"
            )
    return lines
