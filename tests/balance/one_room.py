"""A ship of a few rooms with sensors to order, and frames of what they would have published."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from hullwatch.balance import air
from hullwatch.balance.layout import lay_out
from hullwatch.records import Floats, Frames, GroupState, Quality, Residuals
from hullwatch.vehicle.facts import (
    Atmosphere,
    Channel,
    Compartment,
    Craft,
    CrewMember,
    Figure,
    Hatch,
    Limit,
    Supply,
    Thermal,
    Vehicle,
)

PRESSURE_PA, TEMPERATURE_K = 101_325.0, 295.0
RANGE = (8_000.0, 115_000.0)
T0 = 1_539_320_400.0


def figure(value: float, sd: float = 0.0) -> Figure:
    return Figure(value, "c", sd=sd)


def gauge(id: str, room: str = "A", **said: Any) -> Channel:
    """A pressure sensor: 0.1 mmHg steps well above its noise, published on change, unless told otherwise."""
    plain = Channel(
        id, id.lower(), "pressure", "Pa", room, RANGE, quantum_si=13.5, noise_si=2.0, bias_si=100.0, drift_si_day=1.0
    )
    return replace(plain, **said)


def glass(id: str, room: str = "A") -> Channel:
    return Channel(id, id.lower(), "temperature", "K", room, (270.0, 320.0))


def ship(
    channels: Sequence[Channel],
    volumes: Mapping[str, float] | None = None,
    crew: int = 0,
    unmetered_kg_s: float = 1e-5,
    limits: Sequence[Limit] = (),
    cd: Figure | None = None,
) -> Vehicle:
    """Rooms of these volumes (5 % doubt) in a row, hatches between neighbours open."""
    rooms = {"A": 100.0} if volumes is None else dict(volumes)
    names = list(rooms)
    return Vehicle(
        name="row",
        title="rooms in a row",
        provenance="made up",
        reconstructed=True,
        atmosphere=Atmosphere(
            figure(PRESSURE_PA), figure(TEMPERATURE_K), figure(21_200.0), figure(400.0), figure(1_200.0)
        ),
        compartments=tuple(Compartment(n, n, "row", figure(v, 0.05 * v)) for n, v in rooms.items()),
        hatches=tuple(Hatch(f"{a}-{b}", (a, b), "port", figure(0.8), "round", 1) for a, b in pairwise(names)),
        ventilation=(),
        crafts=(Craft("ferry", "Ferry", names[0], 9, None, "c"),),
        crew=tuple(CrewMember(f"member {k}", "ferry", "c") for k in range(crew)),
        limits=tuple(limits),
        channels=tuple(channels),
        thermal=Thermal((0.0, 3_600.0), (0.5, 0.3), (0.25, 0.2), 0.06, 3_600.0, 0.2),
        supply=Supply(figure(1e-5), figure(1.2e-5), figure(2.6e-5), unmetered_kg_s, 43_200.0),
        leakage_kg_s=figure(1e-6),
        discharge_coefficient=cd or figure(0.8, 0.1),
        signal_timeout_s=60.0,
    )


def frames(vehicle: Vehicle, time_s: Floats, shown: Mapping[str, Floats]) -> Frames:
    """What cleaning hands over when each channel shows these values (SI, one a second), rounded to its own step.

    On change: published when its code changes. Periodic: at every period_s. A channel not named never spoke.
    """
    n, columns = time_s.size, len(vehicle.channels)
    value, previous = np.full((n, columns), np.nan), np.full((n, columns), np.nan)
    fresh = np.zeros((n, columns), dtype=np.bool_)
    flags = np.full((n, columns), int(Quality.MISSING), dtype=np.uint16)
    for k, channel in enumerate(vehicle.channels):
        if channel.id not in shown:
            continue
        said = np.array(shown[channel.id], dtype=np.float64)
        if channel.quantum_si > 0.0:
            said = np.round(said / channel.quantum_si) * channel.quantum_si
        if channel.publish == "periodic":
            every = int(channel.period_s)
            fresh[::every, k] = True
            said = said[np.arange(n) // every * every]
        else:
            fresh[0, k] = True
            fresh[1:, k] = said[1:] != said[:-1]
        changed = np.flatnonzero(np.diff(said) != 0.0) + 1
        latest = np.searchsorted(changed, np.arange(n), side="right") - 1
        previous[:, k] = np.where(
            latest >= 0, said[changed[np.maximum(latest, 0)] - 1] if changed.size else np.nan, np.nan
        )
        value[:, k], flags[:, k] = said, 0
    return Frames(time_s, value, previous, fresh, flags, tuple(c.id for c in vehicle.channels))


def seconds(count: int, start: float = T0) -> Floats:
    return start + np.arange(count, dtype=np.float64)


def cut(whole: Frames, start: int, stop: int) -> Frames:
    now = slice(start, stop)
    return Frames(
        whole.time_s[now],
        whole.value_si[now],
        whole.previous_si[now],
        whole.fresh[now],
        whole.flags[now],
        whole.channels,
    )


def wandering(rng: np.random.Generator, count: int, sd: float, relax_s: float) -> Floats:
    """First-order random walk about zero, one value a second, in steps of ten seconds joined by lines."""
    knots = count // 10 + 2
    keep = float(np.exp(-10.0 / relax_s))
    kicks = rng.standard_normal(knots) * sd
    kicks[1:] *= np.sqrt(1.0 - keep * keep)
    for k in range(1, knots):
        kicks[k] += keep * kicks[k - 1]
    return np.interp(np.arange(count), 10.0 * np.arange(knots), kicks)


@functools.cache
def _matern_root(knots: int, apart: float) -> Floats:
    """Root of the covariance of Matern's process of index 3/2, so many time constants between knots."""
    lags = apart * np.abs(np.subtract.outer(np.arange(knots), np.arange(knots)))
    return np.asarray(np.linalg.cholesky((1.0 + lags) * np.exp(-lags) + 1e-9 * np.eye(knots)))


def smooth_wandering(rng: np.random.Generator, count: int, sd: float, relax_s: float) -> Floats:
    """Walk about zero whose slope does not jump either, one value a second, drawn at once from its covariance.

    Source : Rasmussen & Williams 2006, Gaussian processes for machine learning, equation 4.17.
    """
    apart_s = 120.0
    knots = int(count / apart_s) + 2
    drawn = sd * (_matern_root(knots, apart_s / relax_s) @ rng.standard_normal(knots))
    return np.asarray(np.interp(np.arange(count), apart_s * np.arange(knots), drawn))


def log_gas(rng: np.random.Generator, vehicle: Vehicle, count: int) -> Floats:
    """Logarithm of pressure over nominal of a ship that does not leak, (count,): unmetered flow and unseen heat."""
    heat = vehicle.thermal
    seen = any(c.quantity == "temperature" for c in vehicle.channels)
    residual = (heat.residual_k if seen else heat.blind_residual_k) / TEMPERATURE_K
    flow = wandering(rng, count, vehicle.supply.unmetered_kg_s / (1.2 * vehicle.volume_m3), vehicle.supply.unmetered_s)
    return np.asarray(np.cumsum(flow) + smooth_wandering(rng, count, residual, heat.residual_s))


def read(rng: np.random.Generator, vehicle: Vehicle, log_pressure: Floats) -> dict[str, Floats]:
    """What each pressure sensor would show before rounding, thermometers at rest; biases drawn."""
    pressure = PRESSURE_PA * np.exp(log_pressure)
    shown = {}
    for channel in vehicle.channels:
        if channel.quantity == "pressure":
            error = channel.bias_si * rng.standard_normal() + channel.noise_si * rng.standard_normal(pressure.size)
            shown[channel.id] = pressure + error
        elif channel.quantity == "temperature":
            shown[channel.id] = np.full(pressure.size, TEMPERATURE_K)
    return shown


def started(vehicle: Vehicle) -> air.AirMemory:
    spoken = frozenset(c.id for c in vehicle.channels)
    return air.begin(vehicle, lay_out(vehicle, tuple(c.id for c in vehicle.compartments), spoken))


def believed(memory: air.AirMemory, vehicle: Vehicle) -> GroupState:
    state = air.state_of(memory, vehicle, 0, None)
    assert state is not None
    return state


def shown_for(vehicle: Vehicle, log_pressure: Floats) -> Frames:
    """Every pressure sensor shows the same, without error of its own; thermometers rest."""
    pressure = PRESSURE_PA * np.exp(log_pressure)
    by_quantity = {"pressure": pressure, "temperature": np.full(pressure.size, TEMPERATURE_K)}
    shown = {c.id: by_quantity[c.quantity] for c in vehicle.channels if c.quantity in by_quantity}
    return frames(vehicle, seconds(pressure.size), shown)


def readings(r: Residuals) -> np.ndarray:
    return np.asarray(r.pinned < 0)


def settled_memory(vehicle: Vehicle, hours: float = 2.0) -> air.AirMemory:
    rng = np.random.default_rng(3)
    n = int(hours * 3_600)
    shown = frames(vehicle, seconds(n), read(rng, vehicle, log_gas(rng, vehicle, n)))
    return air.balance(started(vehicle), vehicle, shown)[0]
