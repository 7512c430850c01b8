"""What the ship publishes: truth through bias, drift, noise, quantisation, faults, and a feed that comes and goes."""

import datetime as dt
import zlib
from dataclasses import dataclass

import numpy as np

from hullwatch.physics.gas import CO2, GAS_CONSTANT, H2O, MOLAR_MASS, N2, O2
from hullwatch.records import Bools, Floats, Ints
from hullwatch.simulation.events import ClockStep, SensorFault, SignalLoss
from hullwatch.simulation.references import channel_size
from hullwatch.simulation.scenario import Scenario
from hullwatch.simulation.truth import Motion
from hullwatch.units import DAY_S, TO_SI
from hullwatch.vehicle.facts import Channel, Vehicle

SIGNAL, NO_SIGNAL = 24.0, 23.0
VALVE_CLOSED = {"makeup_valve": 0.0, "vent_valve": 2.0, "depress_pump": 0.0}
SPECIES_OF = {"ppo2": O2, "ppn2": N2, "ppco2": CO2, "pph2o": H2O}
TANK_M3, TANK_FULL = 0.43, 0.45
"""One Quest tank, and how full of its channel's range it starts. [c]"""


@dataclass(frozen=True, slots=True)
class Feed:
    """The clock readings are taken on, and where its seconds lie between the rows of a motion."""

    time_s: Floats  # (m,) whole seconds
    row: Ints  # (m,)
    share: Floats  # (m,) of the way to the next row
    stretch: Ints  # (m,)
    heard: Bools  # (m,) the feed speaks


def feed_of(scenario: Scenario, motion: Motion) -> Feed:
    """1 Hz from the start to the end of the scenario."""
    time_s = scenario.start_s + np.arange(int(np.floor(scenario.duration)) + 1, dtype=np.float64)
    # side="right": at an event the second of the two rows, what was after it
    row = np.minimum(np.searchsorted(motion.time_s, time_s, side="right") - 1, motion.time_s.size - 2)
    share = (time_s - motion.time_s[row]) / np.maximum(motion.time_s[row + 1] - motion.time_s[row], 1e-9)
    heard = np.ones(time_s.size, dtype=np.bool_)
    for event in scenario.events:
        if isinstance(event, SignalLoss):
            heard &= ~((time_s >= event.at_s) & (time_s < event.at_s + event.duration))
    return Feed(time_s, row, np.minimum(share, 1.0), motion.stretch[row], heard)


def readings(
    channel: Channel, scenario: Scenario, vehicle: Vehicle, motion: Motion, feed: Feed, unseen_k: Floats
) -> tuple[Ints, Floats]:
    """Which seconds of the feed the channel publishes at, and what, in its published unit."""
    if channel.quantity == "feed_status":
        return _on_change(np.where(feed.heard, SIGNAL, NO_SIGNAL), np.ones_like(feed.heard), 1)
    rng = np.random.default_rng([scenario.seed, zlib.crc32(channel.id.encode())])
    value = _sensed(channel, truth_of(channel, vehicle, motion, feed, unseen_k), feed, rng)
    value, alive = _with_faults(channel, scenario, value, feed, rng)
    alive &= np.isfinite(value)  # nothing is heard from a craft that is away
    _, factor, offset = TO_SI[channel.unit]
    published = (value - offset) / factor
    if channel.quantum_si > 0.0:
        quantum = channel.quantum_si / factor
        published = np.round(published / quantum) * quantum
    every = max(1, round(channel.period_s))
    if channel.publish == "on_change":
        return _on_change(published, alive & feed.heard, every)
    # channels of one analyser speak together: the phase belongs to compartment and period, not to the channel
    phase = zlib.crc32(f"{scenario.seed} {channel.compartment} {every}".encode()) % every
    due = np.zeros_like(alive)
    due[phase::every] = True
    index = np.flatnonzero(due & alive & feed.heard)
    return index, published[index]


def truth_of(channel: Channel, vehicle: Vehicle, motion: Motion, feed: Feed, unseen_k: Floats) -> Floats:
    """What a faultless sensor would show, SI, (m,) on the feed's clock."""
    quantity = channel.quantity
    place = motion.compartments.index(channel.compartment) if channel.compartment in motion.compartments else 0
    if quantity == "pressure":
        return _between(motion.pressure_pa[:, place], feed)
    if quantity in SPECIES_OF:
        held = motion.moles[:, place]
        partial = motion.pressure_pa[:, place] * held[:, SPECIES_OF[quantity]] / held.sum(axis=1)
        return _between(partial, feed)
    if quantity == "temperature":
        clock = feed.time_s[0] + 60.0 * np.arange(unseen_k.size)
        return _between(motion.temperature_k[:, place], feed) - np.interp(feed.time_s, clock, unseen_k)
    if quantity == "docking_state":
        craft = [c.id for c in vehicle.crafts if c.port == channel.compartment]
        inside = np.array([c.craft in craft for c in vehicle.compartments], dtype=np.bool_)
        # what no craft says otherwise of is engaged
        docked: Bools = np.asarray(motion.present[:, inside].any(axis=1) | (not inside.any()))
        return np.asarray(docked[feed.stretch], dtype=np.float64)
    if quantity == "hatch_position" and channel.hatch in motion.hatches:
        return np.asarray(motion.hatch_open[feed.stretch, motion.hatches.index(channel.hatch)], dtype=np.float64)
    if quantity == "o2_generation":
        return np.asarray(motion.o2_kg_s[feed.stretch])
    if quantity in VALVE_CLOSED:
        closed = VALVE_CLOSED[quantity]
        code = np.array([codes.get(channel.id, closed) for codes in motion.codes])
        return np.asarray(code[feed.stretch])
    if quantity == "tank_pressure":
        gas = 1 if "N2" in channel.name.split() else 0
        first = TANK_FULL * channel.range_si[1]
        per_kg = GAS_CONSTANT * vehicle.atmosphere.temperature_k.value / (MOLAR_MASS[(O2, N2)[gas]] * TANK_M3)
        # of several O2 tanks the first on the list is drawn from
        alike = [c.id for c in vehicle.channel_of("tank_pressure") if ("N2" in c.name.split()) == bool(gas)]
        return np.asarray(first - per_kg * _between(motion.tank_kg[:, gas], feed) * (channel.id == alike[0]))
    if quantity == "onboard_time":
        # as the feed counts: from 31 December 00:00 UTC, so that 1 January is day 1
        year = dt.datetime.fromtimestamp(float(feed.time_s[0]), dt.UTC).year
        return np.asarray(feed.time_s - dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp() + DAY_S)
    return np.ones(feed.time_s.size)  # generator in process, ports engaged


def _between(values: Floats, feed: Feed) -> Floats:
    return np.asarray(values[feed.row] + feed.share * (values[feed.row + 1] - values[feed.row]))


def _sensed(channel: Channel, value: Floats, feed: Feed, rng: np.random.Generator) -> Floats:
    value = value + channel.bias_si * rng.standard_normal()
    if channel.drift_si_day > 0.0:
        # a random walk in steps of ten minutes, so that a year's drift costs little
        knots = np.arange(0.0, feed.time_s[-1] - feed.time_s[0] + 1200.0, 600.0)
        steps = rng.standard_normal(knots.size) * channel.drift_si_day * np.sqrt(600.0 / DAY_S)
        value += np.interp(feed.time_s - feed.time_s[0], knots, np.cumsum(steps) - steps[0])
    if channel.noise_si > 0.0:
        value += channel.noise_si * rng.standard_normal(value.size)
    return value


def _with_faults(
    channel: Channel, scenario: Scenario, value: Floats, feed: Feed, rng: np.random.Generator
) -> tuple[Floats, Bools]:
    alive = np.ones(value.size, dtype=np.bool_)
    for event in scenario.events:
        if not isinstance(event, SensorFault) or event.channel != channel.id:
            continue
        begin = int(np.searchsorted(feed.time_s, event.at_s))
        span = 1.0 if event.fault == "spike" and event.duration is None else event.duration
        end = value.size if span is None else int(np.searchsorted(feed.time_s, event.at_s + span))
        size = channel_size(channel, event.size) if event.size else 0.0
        if event.fault == "dead":
            alive[begin:end] = False
        elif event.fault == "stuck":
            value[begin:end] = value[begin]
        elif event.fault in ("step", "spike"):
            value[begin:end] += size
        elif event.fault == "noise":
            value[begin:end] += size * rng.standard_normal(end - begin)
        elif event.rate:
            value[begin:end] += channel_size(channel, event.rate, per_time=True) * (feed.time_s[begin:end] - event.at_s)
    return value, alive


def _on_change(value: Floats, may_speak: Bools, every: int) -> tuple[Ints, Floats]:
    index = np.flatnonzero(may_speak[::every]) * every
    spoken = value[index]
    new = np.ones(index.size, dtype=np.bool_)
    new[1:] = spoken[1:] != spoken[:-1]
    return index[new], spoken[new]


def stamped(scenario: Scenario, time_s: Floats) -> Floats:
    """Times as the feed's own clock stamps them: clock steps of the scenario added."""
    stamps = time_s.copy()
    for event in scenario.events:
        if isinstance(event, ClockStep):
            stamps[time_s >= event.at_s] += event.step
    return stamps
