"""Rates of change of compartments joined by resisting paths, and their Jacobian by blocks of five, for `rosenbrock`.

unknowns of a compartment: O2, N2, CO2, H2O, mol, and internal energy, J
diagonal (q)   what a compartment's rates owe to itself
upper, lower (e)   to a neighbour, once for each pair that a path joins
"""

import math
from typing import NamedTuple

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.models.cabin_flow import BREATHING_PA
from hullwatch.models.paths import FAN, TANK, flow, gas_of
from hullwatch.physics.gas import GAS_CONSTANT, H2O, MOLAR_CP, O2
from hullwatch.physics.humidity import saturation_pressure
from hullwatch.records import Bools, Floats, Ints

_CV: Floats = MOLAR_CP - GAS_CONSTANT


class Pipes(NamedTuple):
    """Paths (k) between compartments, and the pattern of elimination: positions (q), entries (e)."""

    kind: Ints  # (k,)
    size: Floats  # (k,)
    origin: Ints  # (k,) position; flow of an orifice or seal goes both ways
    target: Ints  # (k,) position, -1 overboard
    entry: Ints  # (k,) -1 overboard
    valve: Ints  # (k,) the path is open only while this valve is, -1 always
    row: Ints  # (k,) row of the sink that gains what goes overboard, -1 inside
    growth: Floats  # (k,) 1/s: size(t) = size * exp(growth * (t - since))
    since: Floats  # (k,) s
    gas: Floats  # (k, 5) what one mole from a tank brings: moles of each species, J
    first_entry: Ints  # (q + 1,)
    mate: Ints  # (e,)
    first_pair: Ints  # (e + 1,)
    pair: Ints  # (pairs,)
    island: Ints  # (q,) compartments that paths join have one number


class Rooms(NamedTuple):
    """Compartments by position (q)."""

    volume: Floats  # (q,)
    fixed_k: Floats  # (q,) temperature held, or 0: energy is followed
    supply: Floats  # (q, 5) mol/s and W
    people: Floats  # (q,)
    person: Floats  # (4,) mol/s of one person
    removal: Floats  # (q, 4) 1/s
    floor: Floats  # (q, 4) mol that removal leaves
    wall_start_s: float  # walls on an even clock, linear between
    wall_step_s: float
    wall_k: Floats  # (t, q)
    wall_w_k: Floats  # (q,) heat conductance to the walls and equipment, W/K
    wall_time_s: Floats  # (q,) more conductance in proportion to the gas: its heat capacity over this; inf: none
    wall_j_k: Floats  # (q,) heat capacity of the walls; inf: their temperature does not follow the gas


class Valves(NamedTuple):
    """Valves (v) that move by the pressure of a compartment: relief opens above, a regulator opens below."""

    sensor: Ints  # (v,) position
    opens_pa: Floats  # (v,)
    closes_pa: Floats  # (v,)


class Blocks(NamedTuple):
    """The Jacobian and its factors."""

    diagonal: Floats  # (q, 5, 5)
    upper: Floats  # (e, 5, 5)
    lower: Floats  # (e, 5, 5)
    sink: Floats  # (r, 5, 5) what leaves the air: removal by compartment, then paths overboard
    heat: Floats  # (q, 5) heat from the walls


@kernel
def slope(
    t: float, y: Floats, walls: Floats, pipes: Pipes, rooms: Rooms, wall_now: Floats, supply: Floats,
    open_now: Bools, rate: Floats, wall_rate: Floats, out: Floats, blocks: Blocks, smooth_pa: float, wanted: bool,
) -> None:  # fmt: skip
    """Rates of change, and where wanted the Jacobian by blocks.

    Parameters: t s; y (q, 5) mol and J; walls (q,) J above their start; wall_now (q,) K by the clock; supply (q, 5);
    open_now (v,); smooth_pa. Returns: nothing; rate (q, 5), wall_rate (q,) W, out (r, 5) what leaves; blocks.
    Raises: nothing. Holds for: as `paths`. Source: first law; tests/models/test_network.py against SciPy and
    differences.
    """
    count = y.shape[0]
    gas, nothing = np.empty((count, 8)), np.zeros(8)
    f, own, other = np.empty(5), np.empty((5, 5)), np.empty((5, 5))
    out[:] = 0.0
    if wanted:
        blocks.diagonal[:] = 0.0
        blocks.upper[:] = 0.0
        blocks.lower[:] = 0.0
        blocks.sink[:] = 0.0
        blocks.heat[:] = 0.0
    for q in range(count):
        gas_of(y, q, rooms.volume[q], rooms.fixed_k[q], gas[q])
        for s in range(5):
            rate[q, s] = supply[q, s]
        wall_rate[q] = 0.0
        _room(q, y, walls, rooms, wall_now, gas[q], rate, wall_rate, out, blocks, wanted)
    for k in range(pipes.kind.size):
        if pipes.kind[k] == TANK or (pipes.valve[k] >= 0 and not open_now[pipes.valve[k]]):
            continue
        u, d, e = pipes.origin[k], pipes.target[k], pipes.entry[k]
        if d >= 0 and pipes.kind[k] < FAN and gas[d, 3] > gas[u, 3]:
            u, d = d, u
        if gas[u, 0] <= 0.0:
            continue
        down = gas[d] if d >= 0 else nothing
        size = pipes.size[k]
        if pipes.growth[k] != 0.0:
            size *= math.exp(pipes.growth[k] * (t - pipes.since[k]))
        flow(pipes.kind[k], size, y, u, gas[u], rooms.volume[u], d, f, own, other, down, smooth_pa, wanted)
        still_u, still_d = rooms.fixed_k[u] > 0.0, d >= 0 and rooms.fixed_k[d] > 0.0
        for s in range(5):
            if s < 4 or not still_u:
                rate[u, s] -= f[s]
            if d < 0:
                out[pipes.row[k], s] += f[s]
            elif s < 4 or not still_d:
                rate[d, s] += f[s]
        if wanted:
            _place(blocks, u, d, e, pipes.row[k], own, other, still_u, still_d)


@kernel
def _room(
    q: int, y: Floats, walls: Floats, rooms: Rooms, wall_now: Floats, gas: Floats, rate: Floats, wall_rate: Floats,
    out: Floats, blocks: Blocks, wanted: bool,
) -> None:  # fmt: skip
    """What happens in one compartment: removal down to its floor, vapour that settles on cold walls, heat."""
    temp, cv = gas[2], gas[4]
    fixed = rooms.fixed_k[q] > 0.0
    wall_k = wall_now[q] + walls[q] / rooms.wall_j_k[q]
    taken = 0.0
    for s in range(4):
        by = rooms.removal[q, s] if y[q, s] > rooms.floor[q, s] else 0.0
        gone = by * (y[q, s] - rooms.floor[q, s])
        if s == H2O and y[q, s] > 0.0 and rooms.wall_time_s[q] < 1e300:
            # heat and vapour cross the same boundary layer (Lewis number of vapour in air 0.86): the same time
            over = y[q, s] - saturation_pressure(wall_k) * rooms.volume[q] / (GAS_CONSTANT * temp)
            if over > 0.0:
                gone += over / rooms.wall_time_s[q]
                by += 1.0 / rooms.wall_time_s[q]
        if gone == 0.0 and by == 0.0:
            continue
        heat = gone * MOLAR_CP[s] * temp
        taken += gone * MOLAR_CP[s]
        rate[q, s] -= gone
        out[q, s] += gone
        out[q, 4] += heat
        if not fixed:
            rate[q, 4] -= heat
        if wanted:
            blocks.diagonal[q, s, s] -= by
            blocks.sink[q, s, s] += by
            blocks.sink[q, 4, s] += by * MOLAR_CP[s] * temp
            if not fixed:
                blocks.diagonal[q, 4, s] -= by * MOLAR_CP[s] * temp
    if fixed:
        rate[q, 4] = 0.0
        return
    conductance = rooms.wall_w_k[q] + gas[5] / temp / rooms.wall_time_s[q]
    heat = conductance * (wall_k - temp)
    rate[q, 4] += heat
    wall_rate[q] = -heat
    if not wanted:
        return
    for i in range(5):
        temp_i = -temp * _CV[i] / cv if i < 4 else 1.0 / cv
        by_heat = -conductance * temp_i
        if i < 4:
            by_heat += MOLAR_CP[i] / rooms.wall_time_s[q] * (wall_k - temp)
        blocks.heat[q, i] = by_heat
        blocks.diagonal[q, 4, i] += by_heat - taken * temp_i
        blocks.sink[q, 4, i] += taken * temp_i


@kernel
def _place(
    blocks: Blocks, u: int, d: int, e: int, row: int, own: Floats, other: Floats, still_u: bool, still_d: bool
) -> None:
    """Put the derivatives of one flow where they belong in the Jacobian."""
    for s in range(5):
        for i in range(5):
            if not (s == 4 and still_u):
                blocks.diagonal[u, s, i] -= own[s, i]
            if d < 0:
                blocks.sink[row, s, i] += own[s, i]
                continue
            if not (s == 4 and still_d):
                blocks.diagonal[d, s, i] += other[s, i]
            if u < d:  # u is the owner of the entry
                if not (s == 4 and still_u):
                    blocks.upper[e, s, i] -= other[s, i]
                if not (s == 4 and still_d):
                    blocks.lower[e, s, i] += own[s, i]
            else:
                if not (s == 4 and still_u):
                    blocks.lower[e, s, i] -= other[s, i]
                if not (s == 4 and still_d):
                    blocks.upper[e, s, i] += own[s, i]


@kernel
def feed(y: Floats, pipes: Pipes, rooms: Rooms, open_now: Bools, supply: Floats, crew: Floats, tanks: Floats) -> None:
    """What comes in during a step: supply, tanks whose regulator is open, and what people make and use."""
    crew[:] = 0.0
    tanks[:] = 0.0
    for q in range(y.shape[0]):
        for s in range(5):
            supply[q, s] = rooms.supply[q, s]
        if rooms.people[q] == 0.0:
            continue
        cv = 0.0
        for s in range(4):
            cv += y[q, s] * _CV[s]
        temp = rooms.fixed_k[q] if rooms.fixed_k[q] > 0.0 else y[q, 4] / cv
        pp_o2 = max(y[q, O2], 0.0) * GAS_CONSTANT * temp / rooms.volume[q]
        breath = rooms.people[q] * min(1.0, pp_o2 / BREATHING_PA)
        for s in range(4):
            crew[s] += breath * rooms.person[s]
            crew[4] += breath * rooms.person[s] * MOLAR_CP[s] * temp
            supply[q, s] += breath * rooms.person[s]
            supply[q, 4] += breath * rooms.person[s] * MOLAR_CP[s] * temp
    for k in range(pipes.kind.size):
        if pipes.kind[k] == TANK and (pipes.valve[k] < 0 or open_now[pipes.valve[k]]):
            for s in range(5):
                supply[pipes.origin[k], s] += pipes.size[k] * pipes.gas[k, s]
                tanks[s] += pipes.size[k] * pipes.gas[k, s]


@kernel
def wall_clock(rooms: Rooms, t: float, now: Floats, by_time: Floats) -> float:
    """Wall temperatures (q,) K by the clock at t, their slopes K/s, and when the slopes change, s."""
    rows = rooms.wall_k.shape[0]
    place = (t - rooms.wall_start_s) / rooms.wall_step_s
    row = math.floor(place + 1e-9)
    if rows < 2 or row >= rows - 1 or row < 0:
        edge = rows - 1 if rows < 2 or row >= 0 else 0
        for q in range(now.size):
            now[q] = rooms.wall_k[edge, q]
            by_time[q] = 0.0
        return rooms.wall_start_s if rows > 1 and row < 0 else math.inf
    for q in range(now.size):
        by_time[q] = (rooms.wall_k[row + 1, q] - rooms.wall_k[row, q]) / rooms.wall_step_s
        now[q] = rooms.wall_k[row, q] + by_time[q] * (place - row) * rooms.wall_step_s
    return rooms.wall_start_s + (row + 1) * rooms.wall_step_s


@kernel
def drift(
    t: float, y: Floats, pipes: Pipes, rooms: Rooms, by_time: Floats, open_now: Bools, rate: Floats, wall: Floats,
    out: Floats, smooth_pa: float,
) -> None:  # fmt: skip
    """How the rates change with time by themselves: walls that warm, holes that grow. As `slope`, by 1/s."""
    rate[:] = 0.0
    wall[:] = 0.0
    out[:] = 0.0
    gas, nothing = np.empty(8), np.zeros(8)
    f, none = np.empty(5), np.empty((5, 5))
    for q in range(y.shape[0]):
        if rooms.fixed_k[q] <= 0.0 and by_time[q] != 0.0:
            held_cp = 0.0
            for s in range(4):
                held_cp += y[q, s] * MOLAR_CP[s]
            rate[q, 4] = (rooms.wall_w_k[q] + held_cp / rooms.wall_time_s[q]) * by_time[q]
            wall[q] = -rate[q, 4]
    for k in range(pipes.kind.size):
        if pipes.growth[k] == 0.0 or pipes.row[k] < 0:
            continue
        u = pipes.origin[k]
        gas_of(y, u, rooms.volume[u], rooms.fixed_k[u], gas)
        size = pipes.growth[k] * pipes.size[k] * math.exp(pipes.growth[k] * (t - pipes.since[k]))
        flow(pipes.kind[k], size, y, u, gas, rooms.volume[u], -1, f, none, none, nothing, smooth_pa, False)
        for s in range(5):
            out[pipes.row[k], s] += f[s]
            if s < 4 or rooms.fixed_k[u] <= 0.0:
                rate[u, s] -= f[s]
