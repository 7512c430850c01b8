"""A scenario becomes two tables: the truth, and the telemetry a ship with these sensors would have sent."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from hullwatch import __version__
from hullwatch.physics.gas import MOLAR_MASS
from hullwatch.records import Floats, Ints
from hullwatch.simulation.scenario import Scenario
from hullwatch.simulation.sensors import feed_of, readings, stamped
from hullwatch.simulation.truth import Motion, play
from hullwatch.simulation.walls import unseen_heat, walls_of
from hullwatch.vehicle.facts import Vehicle

TRUTH_EVERY_S = 60.0
_WALL_STREAM = 0x77616C6C


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario, played.

    truth: time, compartment, pressure_pa, temperature_k, o2_kg, n2_kg, co2_kg, h2o_kg, hole_kg_s,
    effective_area_m2, structural_kg_s; a row per minute and compartment that is not in a craft that is away.
    telemetry: time, item, value in published units, in order of time; its clock is the feed's.
    metadata: what must travel with the files. motion: the same truth as arrays, with the ledger.
    """

    truth: pl.DataFrame
    telemetry: pl.DataFrame
    metadata: dict[str, str]
    motion: Motion


def simulate(scenario: Scenario, vehicle: Vehicle) -> Play:
    """Play a scenario that `references.check` has passed. The same scenario and seed give the same tables."""
    rng = np.random.default_rng([scenario.seed, _WALL_STREAM])
    unseen = unseen_heat(scenario, vehicle, rng)
    motion = play(scenario, vehicle, walls_of(scenario, vehicle, unseen))
    return Play(
        truth_table(scenario, motion),
        telemetry_table(scenario, vehicle, motion, unseen),
        metadata(scenario, vehicle),
        motion,
    )


def metadata(scenario: Scenario, vehicle: Vehicle) -> dict[str, str]:
    """Key-value pairs for the Parquet files: nobody shall take a simulation for a recording."""
    return {
        "reconstructed": str(scenario.reconstructed).lower(),
        "simulated": "true",
        "scenario": scenario.name,
        "title": scenario.title,
        "provenance": scenario.provenance,
        "seed": str(scenario.seed),
        "vehicle": vehicle.name,
        "generator": f"hullwatch {__version__}",
    }


def truth_table(scenario: Scenario, motion: Motion) -> pl.DataFrame:
    """The truth of every compartment once a minute; at an event, what is after it."""
    clock = np.arange(scenario.start_s, scenario.end_s + 1e-6, TRUTH_EVERY_S)
    row = np.minimum(np.searchsorted(motion.time_s, clock, side="right") - 1, motion.time_s.size - 2)
    step = motion.time_s[row + 1] - motion.time_s[row]
    share = np.minimum((clock - motion.time_s[row]) / np.maximum(step, 1e-9), 1.0)

    def at(values: Floats) -> Floats:
        part = share.reshape(-1, *([1] * (values.ndim - 1)))
        return np.asarray(values[row] + part * (values[row + 1] - values[row]))

    count = len(motion.compartments)
    hole, area = np.zeros((clock.size, count)), np.zeros((clock.size, count))
    flows, areas = at(motion.hole_kg_s), at(motion.hole_area_m2)
    for k, place in enumerate(motion.hole_place):
        hole[:, place] += flows[:, k]
        area[:, place] += areas[:, k]
    mass = at(motion.moles) * MOLAR_MASS
    return pl.DataFrame(
        {
            "time": _stamps(np.repeat(clock, count)),
            "compartment": _named(np.tile(np.arange(count), clock.size), motion.compartments),
            "pressure_pa": at(motion.pressure_pa).ravel(),
            "temperature_k": at(motion.temperature_k).ravel(),
            **{f"{gas}_kg": mass[:, :, k].ravel() for k, gas in enumerate(("o2", "n2", "co2", "h2o"))},
            "hole_kg_s": hole.ravel(),
            "effective_area_m2": area.ravel(),
            "structural_kg_s": at(motion.structural_kg_s).ravel(),
        }
    ).filter(pl.col("pressure_pa").is_not_nan())


def telemetry_table(scenario: Scenario, vehicle: Vehicle, motion: Motion, unseen_k: Floats) -> pl.DataFrame:
    """Everything the ship publishes, in order of time and, within a second, of the vehicle's channels."""
    feed = feed_of(scenario, motion)
    parts = [readings(channel, scenario, vehicle, motion, feed, unseen_k) for channel in vehicle.channels]
    index = np.concatenate([p[0] for p in parts])
    code = np.repeat(np.arange(len(parts)), [p[0].size for p in parts])
    # one integer key sorts by second, then channel
    order = np.argsort(index * len(parts) + code, kind="stable")
    return pl.DataFrame(
        {
            "time": _stamps(stamped(scenario, feed.time_s)[index[order]]),
            "item": _named(code[order], tuple(c.id for c in vehicle.channels)),
            "value": np.concatenate([p[1] for p in parts])[order],
        }
    )


def _stamps(time_s: Floats) -> pl.Series:
    return pl.Series(np.round(time_s * 1000.0).astype(np.int64)).cast(pl.Datetime("ms", "UTC"))


def _named(code: Ints, names: tuple[str, ...]) -> pl.Series:
    return pl.Series(list(names), dtype=pl.Categorical).gather(code)
