"""What the watch itself makes of analysers: slow leaks in simulated days, read with and without partial pressures.

The days are those of world.py (heat, flows that nobody meters, sensors with codes, all from the vehicle file), with
the Lab's analyser of nitrogen, oxygen and carbon dioxide beside the gauges. What flows unmetered is oxygen; carbon
dioxide and vapour wander beside it, the rest is as it was. The same day is read with each set of sensors.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import world
from world import DAY_S, HOUR_S, Leak, Rates, World
from years import digest, watched

from hullwatch.balance import species
from hullwatch.records import Floats, Samples
from hullwatch.vehicle.facts import Channel, Vehicle
from hullwatch.vehicle.load import load_vehicle

SETS: dict[str, tuple[str, ...]] = {
    "pressure": (), "and ppN2": ("ppn2",), "and ppN2, ppO2, ppCO2": ("ppn2", "ppo2", "ppco2")
}  # fmt: skip
RATES_KG_DAY = (3.0, 5.0, 10.0, 25.0)
QUIET_S, HORIZON_S, STEP_S = 2.0 * DAY_S, 4.0 * DAY_S, 60.0
Row = dict[str, Any]


def ship() -> Vehicle:
    """The cabin of world.py with the Lab's analyser in it."""
    one, station = world.coarse_ship(), load_vehicle("iss-2018-10-12")
    room = one.compartments[0].id
    told = [c for c in station.channels if c.compartment == "LAB" and c.quantity in ("ppn2", "ppo2", "ppco2")]
    return replace(one, channels=(*one.channels, *(replace(c, compartment=room) for c in told)))


def partial(vehicle: Vehicle, one: World, leak: Leak, rng: np.random.Generator) -> dict[str, Floats]:
    """Partial pressures of a day, Pa, (k,) each: a leak takes all gases alike, the rest of what moved is oxygen."""
    nitrogen, oxygen, carbon = species.shares(vehicle)
    leaked = np.exp(-leak.rate_kg_s / one.mass_kg * np.maximum(one.time_s - leak.onset_s, 0.0))
    amount = np.exp(one.mass_log)
    spread = species.WANDERS_PA / vehicle.atmosphere.pressure_pa.value
    breathed, vapour = (world.wander(rng, one.time_s, spread, species.WANDERS_S) for _ in range(2))
    parts = {
        "ppn2": nitrogen * leaked,
        "ppo2": oxygen * leaked + amount - leaked - breathed - vapour,
        "ppco2": carbon * leaked + breathed,
    }
    return {quantity: part / amount * one.pressure_pa for quantity, part in parts.items()}


def heard(vehicle: Vehicle, one: World, leak: Leak, rng: np.random.Generator) -> Samples:
    """The day's readings with those of the analysers, each every few minutes."""
    shown = partial(vehicle, one, leak, rng)
    known = {name: k for k, name in enumerate(one.samples.items)}
    analysers = [c for c in vehicle.channels if c.quantity in shown]
    times, codes, values = [one.samples.time_s], [one.samples.item], [one.samples.value]
    for channel in analysers:
        said, _ = world.sense(rng, channel, one.time_s, shown[channel.quantity], [])
        every = slice(int(rng.integers(_steps(channel))), None, _steps(channel))
        times.append(one.time_s[every])
        codes.append(np.full(times[-1].size, known.setdefault(channel.id, len(known))))
        values.append(said[every])
    time = np.concatenate(times)
    order = np.argsort(time, kind="stable")
    return Samples(time[order], np.concatenate(codes)[order], np.concatenate(values)[order], tuple(known))


def _steps(channel: Channel) -> int:
    return max(int(channel.period_s / STEP_S), 1)


def piece(seed: int, rate_kg_day: float) -> Row:
    """How long after its onset a leak is found on one day, with each set of sensors; None: not within four days."""
    vehicle, rng = ship(), np.random.default_rng([9, seed])
    start = world.START_S + float(rng.integers(300)) * DAY_S
    leak = Leak(start + QUIET_S + float(rng.uniform(0.0, DAY_S)), rate_kg_day / DAY_S)
    clock = world.even_clock(start, (leak.onset_s + HORIZON_S - start) / DAY_S, STEP_S)
    bare = replace(vehicle, channels=tuple(c for c in vehicle.channels if c.quantity not in ("ppn2", "ppo2", "ppco2")))
    one = world.play(rng, bare, clock, world.draw(rng, Rates.none(), bare, start, float(clock[-1])), leak)
    samples = heard(vehicle, one, leak, rng)
    row: Row = {"seed": seed, "rate": rate_kg_day, "code": digest()}
    for name, quantities in SETS.items():
        dropped = {c.id for c in vehicle.channels if c.quantity in ("ppn2", "ppo2", "ppco2")} - {
            c.id for c in vehicle.channels if c.quantity in quantities
        }
        told = without(samples, dropped)
        events = watched(vehicle, told, (), lambda said: any(e.kind == "incident_opened" for e in said))
        opened = [e.time_s for e in events if e.kind == "incident_opened"]
        row[name] = opened[0] - leak.onset_s if opened else None
    return row


def without(samples: Samples, dropped: set[str]) -> Samples:
    """Readings of all but these."""
    keep = np.array([name not in dropped for name in samples.items])[samples.item]
    return Samples(samples.time_s[keep], samples.item[keep], samples.value[keep], samples.items)


def table(rows: Sequence[Row]) -> list[str]:
    """Markdown: median delay, found within two days and four, and alarms before the onset."""
    lines = ["| leak | days | " + " | ".join(f"{name}: median | found in 4 d" for name in SETS) + " |"]
    lines.append("| --- | --- |" + " --- | --- |" * len(SETS))
    for rate in sorted({row["rate"] for row in rows}):
        mine = [row for row in rows if row["rate"] == rate]
        cells = []
        for name in SETS:
            late = np.array([row[name] if row[name] is not None else np.inf for row in mine if (row[name] or 1.0) > 0])
            median = float(np.median(late)) / HOUR_S
            cells += [f"{median:.1f} h" if np.isfinite(median) else "> 4 d", f"{100 * np.isfinite(late).mean():.0f}%"]
        lines.append(f"| {rate:g} kg/day | {len(mine)} | " + " | ".join(cells) + " |")
    early = {name: sum((row[name] or 1.0) <= 0.0 for row in rows) for name in SETS}
    quiet = QUIET_S / DAY_S * len(rows)
    lines += ["", f"Leaks said before they began, in {quiet:.0f} to {1.5 * quiet:.0f} quiet days: " + ", ".join(
        f"{name} {count}" for name, count in early.items()
    ) + "."]  # fmt: skip
    return lines
