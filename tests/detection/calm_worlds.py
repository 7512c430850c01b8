"""Cabins in which nothing happens but what a test puts in."""

import lookout
import numpy as np
from one_room import frames, gauge, glass, log_gas, read, seconds, ship

from hullwatch.records import Detection, Floats
from hullwatch.vehicle.facts import Vehicle

HOUR, DAY_S = 3_600, 86_400.0
ONSET_S = 2 * HOUR + 137.0
MASS_KG = 101_325.0 * 100.0 / (8.314463 * 295.0) * 0.0288  # pV/(RT) M of 100 m3 of cabin air
ONE = ship([gauge("P1"), glass("T1")])
TWO = ship([gauge("P1"), gauge("P2"), glass("T1")])
THREE = ship([gauge("P1"), gauge("P2"), gauge("P3"), glass("T1")])


def calm(vehicle: Vehicle, seed: int, hours: float) -> tuple[np.random.Generator, Floats]:
    rng = np.random.default_rng(seed)
    return rng, log_gas(rng, vehicle, int(hours * HOUR))


def since(n: int) -> Floats:
    return np.maximum(np.arange(float(n)) - ONSET_S, 0.0)


def leaking(vehicle: Vehicle, seed: int, hours: float, kg_day: float) -> dict[str, Floats]:
    """A calm world with a hole from ONSET_S on; gas that expands cools, and the walls warm it again."""
    rng, gas = calm(vehicle, seed, hours)
    t, wall_s = since(gas.size), vehicle.compartments[0].wall_time_s
    loss = kg_day / DAY_S / MASS_KG * (t + 0.4 * wall_s * -np.expm1(-t / wall_s))
    return read(rng, vehicle, gas - loss)


def found_in(
    vehicle: Vehicle, shown: dict[str, Floats], tells: bool = False
) -> tuple[lookout.Lookout, Detection | None]:
    n = next(iter(shown.values())).size
    return lookout.watch(vehicle, frames(vehicle, seconds(n), shown), tells=tells)
