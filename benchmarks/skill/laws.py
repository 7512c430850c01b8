"""Hole or crack: what the flow followed by the watch tells of a leak's law while pressure falls (sizing/law.py).

Gaussian worlds with a hole or a crack, equally often; the watch follows the leak, and its loss against pressure, kept
as `sizing.law.remember` keeps it, is weighed by how far pressure has fallen.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import world
from calibration import STEP_S, cells_of, share
from world import DAY_S, HOUR_S, Leak
from years import STATED, digest

from hullwatch.balance.layout import FLOW_WALK_HOUR
from hullwatch.records import Event, GroupState, Samples
from hullwatch.sizing.law import LAWS, FlowHistory, law_of, remember
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, begin, watch

LOW, HIGH, LASTS_S = 300.0, 6000.0, 12 * HOUR_S
FALLEN = (0.02, 0.05, 0.1, 0.2, 0.3)
"""Shares of pressure lost at which the law is asked for."""
FLOOR_PA = 65_000.0  # below this nobody waits
Row = dict[str, Any]


def piece(seed: int, vehicle: Vehicle) -> Row:
    """One leak followed for hours, and what is known of its law by the fall of pressure."""
    rng = np.random.default_rng([7, seed])
    start = world.START_S + float(rng.integers(300)) * DAY_S
    onset = start + 0.5 * DAY_S + float(rng.uniform(0.0, 600.0))
    size, name = float(np.exp(rng.uniform(np.log(LOW), np.log(HIGH)))), str(rng.choice(list(LAWS)))
    clock = world.even_clock(start, (onset - start + LASTS_S) / DAY_S, STEP_S)
    one = world.play(rng, vehicle, clock, [], Leak(onset, size / DAY_S, LAWS[name]))
    low = int(np.searchsorted(-one.pressure_pa, -FLOOR_PA))
    last_s = float(one.time_s[min(low, one.time_s.size - 1)])
    return {
        "part": 4, "kind": name, "seed": seed, "size": size, "code": digest(),
        "said": _said(_trend(vehicle, one.samples, last_s)),
    }  # fmt: skip


def _trend(vehicle: Vehicle, samples: Samples, last_s: float) -> list[Event]:
    """The quiet ticks of a watch until then."""
    keep = samples.time_s <= last_s
    block = Samples(samples.time_s[keep], samples.item[keep], samples.value[keep], samples.items)
    settings = Settings(STATED)
    memory, _ = begin(vehicle, "", {}, settings, float(block.time_s[0]))
    return [event for event in watch(memory, vehicle, settings, block)[1] if event.kind == "trend"]


def _said(ticks: Sequence[Event]) -> Row:
    """The law as known when pressure has first fallen by each share."""
    history, said, first_pa = FlowHistory(), dict[str, Any](), 0.0
    for tick in ticks:
        state = _state(tick)
        if state is None:
            continue
        history, first_pa = remember(history, state), first_pa or state.pressure_pa
        fallen = 1.0 - state.pressure_pa / first_pa
        for part in FALLEN:
            if fallen >= part and f"{part:g}" not in said:
                law = law_of(history, FLOW_WALK_HOUR**2 / HOUR_S)
                said[f"{part:g}"] = {"crack": law.probability["crack"], **law.exponent.as_dict()}
    return said


def _state(tick: Event) -> GroupState | None:
    """What a tick says of the group, as far as the law needs it; None while nothing is followed."""
    group = tick.data["groups"][0]
    loss = group["loss_kg_day"]
    if loss is None:
        return None
    scale = 1.0 / DAY_S / group["mass_kg"]
    blank = GroupState(0, (), 0.0, 1.0, 0.0, 1.0, 295.0, 1.0, 0.0, 0.0, 0.0, True, None, 1)
    return replace(
        blank, time_s=tick.time_s, pressure_pa=group["pressure_pa"], loss_per_s=loss["median"] * scale,
        loss_sd_per_s=(loss["high"] - loss["low"]) / 3.29 * scale,
    )  # fmt: skip


def tables(rows: Sequence[Row]) -> list[str]:
    """How well the law is known by the fall of pressure, and whether it is as well known as is said."""
    lines = [
        f"{len(rows)} Gaussian worlds with a leak of {LOW:g} to {HIGH:g} kg/day at first, hole or crack, followed "
        f"until {LASTS_S / HOUR_S:g} h or {FLOOR_PA / 1e3:g} kPa. Both laws are equally probable before. Brier score: "
        "mean square of probability less truth, 0.25 when nothing is known; expected: what it would be if every "
        "probability were right. The exponent's prior is flat from 0.5 to 3; its interval is compared with 1 or 2.",
        "",
        "| pressure fallen since found by | worlds | Brier score | expected | right law likelier (95 %) | 90 % of "
        "exponent covers (95 %) | its half width | p |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for part in FALLEN:
        mine = [(row["kind"], row["said"][f"{part:g}"]) for row in rows if f"{part:g}" in row["said"]]
        if len(mine) < 5:
            continue
        p = np.array([said["crack"] for _, said in mine])
        was = np.array([kind == "crack" for kind, _ in mine], dtype=float)
        reports = [{**said, "truth": LAWS[kind]} for kind, said in mine]
        inside = sum(one["low"] <= one["truth"] <= one["high"] for one in reports)
        width = float(np.median([0.5 * (one["high"] - one["low"]) for one in reports]))
        lines.append(
            f"| {part:.0%} | {len(mine)} | {np.mean((p - was) ** 2):.3f} | {np.mean(p * (1.0 - p)):.3f} | "
            f"{share(int(((p > 0.5) == (was > 0.5)).sum()), len(mine))} | {share(inside, len(mine))} | {width:.2f} | "
            f"{cells_of(reports)[1]:.2g} |"
        )
    return lines
