"""One pressure group ahead in time: air that goes through a leak, comes from a tank and is breathed, beside warm walls.

    moles   dn/dt = - leak(p, T) + tank + people
    heat    dT/dt = gamma (1/tau + tank/n) (T_wall - T) + (gamma - 1) T (dn/dt) / n

A leak is a row of `physics.leaks`, so a hole and a crack are the laws used everywhere else. The tank is throttled where
it would lift the pressure above the start's. Steps end where a share of the gas has gone, not after so many seconds,
and heat is exact within a step: minutes and years cost the same.

Source of the energy equation: `cabin`, for one compartment at constant volume.
"""

from typing import NamedTuple

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.models.worlds import PPO2, PRESSURE, Limits
from hullwatch.physics.gas import CO2, GAS_CONSTANT, MOLAR_CP, MOLAR_MASS, O2
from hullwatch.physics.leaks import SPECIES_N, leak_flows
from hullwatch.records import Floats

SHARE = 0.01  # of any gas that is bounded, which one step may move
WALL_SHARE, CALM = 0.1, 1e-5  # and of the walls' time constant, until the gas is as near its rest as this
MOST_STEPS = 50_000
NOTHING = 1e-3  # of the first pressure: below it nobody asks any more


class Room(NamedTuple):
    """The group at the start. What its walls do: `wall_time_s` is the time constant at constant pressure, as in
    `cabin`; a gas that has lost air for a while is colder than the walls."""

    moles: Floats  # (species,)
    volume_m3: float
    temperature_k: float
    wall_k: float
    wall_time_s: float


class Flows(NamedTuple):
    """What moves its gas: one leak and a factor on its flow, a tank and its greatest flow, and people."""

    leak: Floats  # (1, 5), a row of `physics.leaks`
    factor: float
    tank_mol_s: Floats  # (species,)
    tank_mol: float
    people_mol_s: Floats  # (species,), negative where gas is used up


@kernel
def _bounded(kind: int, moles: Floats, temperature: float, volume: float) -> float:
    held = moles.sum() if kind == PRESSURE else (moles[O2] if kind == PPO2 else moles[CO2])
    return float(held * GAS_CONSTANT * temperature / volume)


@kernel
def _rates(
    room: Room, flows: Flows, moles: Floats, temperature: float, tank: float, most: float, desk: Floats, kg_s: Floats,
    dn: Floats,
) -> float:  # fmt: skip
    """Rates of the gases, mol/s, into dn; returns the flow of the tank, mol/s. desk (2, species) is scratch."""
    total, lost = moles.sum(), 0.0
    for s in range(SPECIES_N):
        desk[0, s], desk[1, s] = moles[s] * (GAS_CONSTANT * temperature / room.volume_m3), 0.0
    leak_flows(flows.leak, desk[0], desk[1], temperature, kg_s)
    for s in range(SPECIES_N):
        dn[s] = flows.people_mol_s[s] * (1.0 if moles[s] > 0.0 else 0.0) - flows.factor * kg_s[0, s] / MOLAR_MASS[s]
        lost -= dn[s]
    given = flows.tank_mol_s.sum() if tank > 0.0 else 0.0
    if given > lost and total >= most:  # a regulator: the tank makes good what goes, and no more
        given = max(lost, 0.0)
    if given > 0.0:
        for s in range(SPECIES_N):
            dn[s] += given * flows.tank_mol_s[s] / flows.tank_mol_s.sum()
    return float(given)


@kernel
def passages(room: Room, flows: Flows, limits: Limits, horizon_s: float) -> Floats:
    """When each limit is passed.

    Parameters: room; flows; limits (l): what is bounded, Pa, and whether danger lies below; horizon_s.
    Returns: (l,) s from the start, 0 where the limit is passed already, inf where it is not within the horizon; nan
    where the steps did not suffice.
    Raises: nothing. Holds for: leaks into vacuum, air mixed, walls that keep their temperature.
    Source: module head; midpoint rule with SHARE of the gas a step; tests/models/test_emptying.py against `cabin`
    and closed forms.
    """
    count = limits.quantity.size
    found, before, middle = np.full(count, np.inf), np.empty(count), np.empty(count)
    moles, half, dn, kg_s = room.moles.copy(), np.empty(SPECIES_N), np.empty(SPECIES_N), np.zeros((1, SPECIES_N))
    desk = np.empty((2, SPECIES_N))
    first, temperature, tank, now = moles.sum(), room.temperature_k, flows.tank_mol, 0.0
    at_pressure, at_volume = 0.0, 0.0
    for s in range(SPECIES_N):
        at_pressure += moles[s] * MOLAR_CP[s]
        at_volume += moles[s] * (MOLAR_CP[s] - GAS_CONSTANT)
    gamma = at_pressure / at_volume
    left = count
    for k in range(count):
        before[k] = _bounded(limits.quantity[k], moles, temperature, room.volume_m3)
        if (before[k] < limits.value_pa[k]) == limits.low[k] and before[k] != limits.value_pa[k]:
            found[k] = 0.0
            left -= 1
    for _ in range(MOST_STEPS):
        if left == 0 or now >= horizon_s or moles.sum() < NOTHING * first:
            return found
        given = _rates(room, flows, moles, temperature, tank, first, desk, kg_s, dn)
        fastest = abs(dn.sum()) / moles.sum()
        for s in (O2, CO2):
            if moles[s] > 0.0:
                fastest = max(fastest, abs(dn[s]) / moles[s])
        step = min(SHARE / (fastest + 1e-30), horizon_s - now)
        if given > 0.0:
            step = min(step, tank / given)
        # while the gas still cools or warms, pressure bends within a step that is longer than its walls take
        rest = warmed(
            gamma, room.wall_k, room.wall_time_s, temperature, dn.sum() / moles.sum(), given / moles.sum(), 1e9
        )
        if abs(temperature - rest) > CALM * temperature:
            step = min(step, WALL_SHARE * room.wall_time_s)
        # half a step to the middle, then a whole one with the rates found there
        warm = warmed(
            gamma, room.wall_k, room.wall_time_s, temperature, dn.sum() / moles.sum(), given / moles.sum(), 0.5 * step
        )
        for s in range(SPECIES_N):
            half[s] = max(moles[s] + 0.5 * step * dn[s], 0.0)
        for k in range(count):
            middle[k] = _bounded(limits.quantity[k], half, warm, room.volume_m3)
        given = _rates(room, flows, half, warm, tank, first, desk, kg_s, dn)
        temperature = warmed(
            gamma, room.wall_k, room.wall_time_s, temperature, dn.sum() / half.sum(), given / half.sum(), step
        )
        for s in range(SPECIES_N):
            moles[s] = max(moles[s] + step * dn[s], 0.0)
        tank = max(tank - step * given, 0.0)
        if tank < 1e-9 * flows.tank_mol:
            tank = 0.0
        for k in range(count):
            after = _bounded(limits.quantity[k], moles, temperature, room.volume_m3)
            level = limits.value_pa[k]
            if found[k] == np.inf and (after < level if limits.low[k] else after > level):
                found[k] = now + step * _share(before[k], middle[k], after, level)
                left -= 1
            before[k] = after
        now += step
    for k in range(count):
        if found[k] == np.inf:
            found[k] = np.nan
    return found


@kernel
def _share(before: float, middle: float, after: float, level: float) -> float:
    """Where in a step a level is passed, on the parabola through the logarithms at its ends and middle."""
    if not (before > 0.0 and middle > 0.0 and after > 0.0):
        return 1.0
    rise, bend = np.log(after / before), 2.0 * np.log(before * after / (middle * middle))
    target, low, high = np.log(level / before), 0.0, 1.0
    for _ in range(40):
        x = 0.5 * (low + high)
        y = x * (rise - bend) + bend * x * x
        if (y > target) == (rise < 0.0):
            low = x
        else:
            high = x
    return 0.5 * (low + high)


@kernel
def warmed(
    gamma: float, wall_k: float, wall_time_s: float, temperature: float, growth: float, given: float, step: float
) -> float:
    """Temperature after a step in which the share of gas gained a second, and of it from the tank, stay the same.

    Parameters: gamma; wall_k K; wall_time_s s, at constant pressure; temperature K; growth, given 1/s; step s. Scalars.
    Returns: K. Raises: nothing. Holds for: as `passages`. Source: energy balance of one room, exact for steady rates.
    """
    exchange = gamma * (1.0 / wall_time_s + given)
    pull = exchange - (gamma - 1.0) * growth
    rest = exchange * wall_k / pull
    return float(rest + (temperature - rest) * np.exp(-pull * step))
