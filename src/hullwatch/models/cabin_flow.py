"""The kernels under `cabin`: rates of change, RK4, and the flow through hatches that keeps one pressure per group.

Topology is data: no hatch, fan or hole event compiles anything anew. Arrays: c compartments, s species, l links.
"""

import math
from typing import NamedTuple

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.physics.gas import GAS_CONSTANT, H2O, MOLAR_CP, MOLAR_MASS, O2
from hullwatch.physics.humidity import saturation_pressure
from hullwatch.physics.orifice import orifice_flow
from hullwatch.records import Floats, Ints

BREATHING_PA = 5000.0  # below this ppO2 people use less oxygen than they would like, down to none at zero [c]
DESK = 12  # tables of a number for each compartment that `rates` works on
STEP_SHARE = 0.5  # an RK4 step is at most this share of the fastest exchange time (stable below 2.78)


class Ways(NamedTuple):
    """How gas moves inside the ship: groups, their trees, and links (fans, pumps) that carry gas one way."""

    group: Ints  # (c,) representative compartment
    parent: Ints  # (c,) towards the root through an open hatch, -1 at a root
    order: Ints  # (c,) parents before children
    link_from: Ints  # (l,)
    link_to: Ints  # (l,) -1 is overboard
    link_m3_s: Floats  # (l,) volume flow at the origin's density
    link_mol_s: Floats  # (l,) plus a fixed molar flow


class Holes(NamedTuple):
    """Ways out: area(t) = area_m2 * exp(growth_1_s * (t - since_s)), into pressure outside_pa."""

    compartment: Ints
    area_m2: Floats  # effective, Cd A
    growth_1_s: Floats
    since_s: Floats
    outside_pa: Floats


class Gains(NamedTuple):
    """Gas made and taken: fixed supply, people, and removal in proportion to what is there above a floor."""

    supply_mol_s: Floats  # (c, s)
    supply_k: Floats  # (c,) temperature the supply arrives at
    people: Floats  # (c,) persons
    person_mol_s: Floats  # (s,) of one person, negative for oxygen
    removal_1_s: Floats  # (c, s)
    removal_floor_mol: Floats  # (c, s) what removal leaves, as a condenser leaves vapour at its dew point


class Walls(NamedTuple):
    """Temperatures of walls and equipment on an even clock, linear between and constant beyond its ends.

    With a heat capacity they also cool by what they give to the gas, on top of the clock.
    """

    start_s: float
    step_s: float
    temperature_k: Floats  # (k, c)
    heat_j_k: Floats = np.zeros(0)  # (c,) heat capacity; size 0: without end


@kernel
def settle(
    moles: Floats, temperature: Floats, volume: Floats, group: Ints, parent: Ints, order: Ints, share: float,
    desk: Floats,
) -> None:  # fmt: skip
    """Carry gas along the tree, upwind, until each compartment has its part of the group's moles; in place.

    Parameters: moles (c, s) mol; temperature (c,) K; volume (c,) m3; group, parent and order (c,) of `Ways`; share of
    the imbalance to move, (0, 1]; desk (3 or more, c) to work on.
    Returns: nothing. Raises: nothing. Holds for: imbalances small against the contents (or many small shares).
    Source: n_c = p V_c / (R T_c), METHODS 1.3a; tests/models/test_cabin.py.
    """
    count, species = moles.shape
    total, room, need = desk[0], desk[1], desk[2]
    for c in range(count):
        total[c], room[c], need[c] = 0.0, 0.0, 0.0
    for c in range(count):
        g = group[c]
        room[g] += volume[c] / temperature[c]
        for s in range(species):
            total[g] += moles[c, s]
    for c in range(count):
        g = group[c]
        need[c] = total[g] / room[g] * volume[c] / temperature[c]
        for s in range(species):
            need[c] -= moles[c, s]
    for k in range(count - 1, -1, -1):
        c = order[k]
        p = parent[c]
        if p < 0:
            continue
        need[p] += need[c]
        up = p if need[c] > 0.0 else c
        held = 0.0
        for s in range(species):
            held += moles[up, s]
        if held <= 0.0:
            continue
        for s in range(species):
            flow = share * need[c] * moles[up, s] / held
            moles[c, s] += flow
            moles[p, s] -= flow


@kernel
def rates(
    t: float,
    moles: Floats,
    temperature: Floats,
    wall_j: Floats,
    volume: Floats,
    wall_time: Floats,
    ways: Ways,
    holes: Holes,
    gains: Gains,
    walls: Walls,
    d_moles: Floats,
    d_temperature: Floats,
    d_out: Floats,
    hole_kg_s: Floats,
    d_wall: Floats,
    carried: Floats,
    desk: Floats,
) -> float:
    """Rates of change at one moment, into the six arrays before the last.

    Parameters: t s; moles (c, s) mol; temperature (c,) K; wall_j (c,) J that walls have taken up; volume (c,) m3;
    wall_time (c,) s; the tables.
    Returns: the fastest exchange rate, 1/s; d_moles (c, s) mol/s; d_temperature (c,) K/s; d_out (4 + holes, s) mol/s
    for crew, removal, overboard, supply and each hole; hole_kg_s (holes,); d_wall (c,) W into the walls; carried (c,)
    W of enthalpy that gas brings from outside the compartment's group, or takes there. `desk` (DESK, c) is worked on.
    Raises: nothing. Holds for: see `cabin`. Source: module head of `cabin`; tests/models/test_cabin.py.
    """
    count, species = moles.shape
    held, cp, room, squeeze, p_group, gain = desk[0], desk[1], desk[2], desk[3], desk[4], desk[5]
    heat, through, warming, need, mixing, wall = desk[6], desk[7], desk[8], desk[9], desk[10], desk[11]
    desk[:] = 0.0
    d_out[:] = 0.0
    carried[:] = 0.0

    place = min(max((t - walls.start_s) / walls.step_s, 0.0), walls.temperature_k.shape[0] - 1.0)
    row = min(int(place), max(walls.temperature_k.shape[0] - 2, 0))
    after = min(row + 1, walls.temperature_k.shape[0] - 1)
    share = place - row
    for c in range(count):
        for s in range(species):
            held[c] += moles[c, s]
            cp[c] += moles[c, s] * MOLAR_CP[s]
        cp[c] = cp[c] / held[c] if held[c] > 0.0 else 3.5 * GAS_CONSTANT
        g = ways.group[c]
        room[g] += volume[c] / temperature[c]
        squeeze[g] += (1.0 - GAS_CONSTANT / cp[c]) * volume[c] / temperature[c]
        p_group[g] += held[c]
        wall[c] = walls.temperature_k[row, c] * (1.0 - share) + walls.temperature_k[after, c] * share
        if walls.heat_j_k.size > 0:
            wall[c] += wall_j[c] / walls.heat_j_k[c]
        heat[c] = (wall[c] - temperature[c]) / wall_time[c]
        d_wall[c] = -held[c] * cp[c] * heat[c]
    for c in range(count):
        if ways.group[c] == c:
            p_group[c] *= GAS_CONSTANT / room[c]

    for c in range(count):
        pp_o2 = p_group[ways.group[c]] * moles[c, O2] / held[c] if held[c] > 0.0 else 0.0
        breath = gains.people[c] * min(1.0, max(pp_o2, 0.0) / BREATHING_PA)
        for s in range(species):
            person = breath * gains.person_mol_s[s]
            removed = gains.removal_1_s[c, s] * max(moles[c, s] - gains.removal_floor_mol[c, s], 0.0)
            if s == H2O and moles[c, s] > 0.0:
                # heat and vapour cross the same boundary layer (Lewis number of vapour in air 0.86): the same time
                full = saturation_pressure(wall[c]) * volume[c] / (GAS_CONSTANT * temperature[c])
                removed += max(moles[c, s] - full, 0.0) / wall_time[c]
            supply = gains.supply_mol_s[c, s]
            d_moles[c, s] = person - removed + supply
            d_out[0, s] += person
            d_out[1, s] -= removed
            d_out[3, s] += supply
            through[c] += abs(supply)
            carried[c] += MOLAR_CP[s] * ((person - removed) * temperature[c] + supply * gains.supply_k[c])
            if supply > 0.0 and held[c] > 0.0:
                heat[c] += supply * (gains.supply_k[c] - temperature[c]) / held[c]
    for k in range(ways.link_from.size):
        a, b = ways.link_from[k], ways.link_to[k]
        if held[a] <= 0.0:
            continue
        flow = p_group[ways.group[a]] * ways.link_m3_s[k] / (GAS_CONSTANT * temperature[a]) + ways.link_mol_s[k]
        through[a] += flow
        carried[a] -= flow * cp[a] * temperature[a]
        if b >= 0:
            carried[b] += flow * cp[a] * temperature[a]
        for s in range(species):
            part = flow * moles[a, s] / held[a]
            d_moles[a, s] -= part
            if b >= 0:
                d_moles[b, s] += part
            else:
                d_out[2, s] -= part
        if b >= 0:
            through[b] += flow
            if held[b] > 0.0:
                heat[b] += flow * (temperature[a] - temperature[b]) / held[b]
    for k in range(holes.compartment.size):
        c = holes.compartment[k]
        hole_kg_s[k] = 0.0
        if held[c] <= 0.0:
            continue
        molar = 0.0
        for s in range(species):
            molar += moles[c, s] * MOLAR_MASS[s]
        molar /= held[c]
        area = holes.area_m2[k]
        if holes.growth_1_s[k] != 0.0:
            area *= math.exp(holes.growth_1_s[k] * (t - holes.since_s[k]))
        gamma = cp[c] / (cp[c] - GAS_CONSTANT)
        p = p_group[ways.group[c]]
        hole_kg_s[k] = orifice_flow(p, holes.outside_pa[k], temperature[c], molar, gamma, area)
        flow = hole_kg_s[k] / molar
        through[c] += abs(flow)
        carried[c] -= flow * cp[c] * temperature[c]
        for s in range(species):
            part = flow * moles[c, s] / held[c]
            d_moles[c, s] -= part
            d_out[4 + k, s] -= part

    for c in range(count):
        for s in range(species):
            gain[ways.group[c]] += d_moles[c, s]
    # flow through hatches follows from the temperatures' rates, and carries heat itself: a second pass knows it
    for _ in range(2):
        warming[:] = 0.0
        for c in range(count):
            warming[ways.group[c]] += volume[c] / (temperature[c] * temperature[c]) * (heat[c] + mixing[c])
        for c in range(count):
            g = ways.group[c]
            rise = 0.0  # pdot / p
            if p_group[g] > 0.0:
                rise = (GAS_CONSTANT * gain[g] / p_group[g] + warming[g]) / squeeze[g]
            d_temperature[c] = heat[c] + mixing[c] + GAS_CONSTANT / cp[c] * temperature[c] * rise
            need[c] = held[c] * (rise - d_temperature[c] / temperature[c])
            for s in range(species):
                need[c] -= d_moles[c, s]
        mixing[:] = 0.0
        for k in range(count - 1, -1, -1):
            c = ways.order[k]
            p = ways.parent[c]
            if p >= 0:
                need[p] += need[c]
                into, up = (c, p) if need[c] > 0.0 else (p, c)
                if held[into] > 0.0:
                    mixing[into] += abs(need[c]) * (temperature[up] - temperature[into]) / held[into]
    fastest = 0.0
    for c in range(count):
        p = ways.parent[c]
        if p >= 0:
            up = p if need[c] > 0.0 else c
            through[c] += abs(need[c])
            through[p] += abs(need[c])
            if held[up] > 0.0:
                for s in range(species):
                    part = need[c] * moles[up, s] / held[up]
                    d_moles[c, s] += part
                    d_moles[p, s] -= part
    # what the two passes left over: the energy of a group changes as the first law says, and one factor on all its
    # temperatures leaves the pressures equal
    gain[:] = 0.0
    room[:] = 0.0
    for c in range(count):
        g = ways.group[c]
        gain[g] += carried[c] - d_wall[c] - held[c] * (cp[c] - GAS_CONSTANT) * d_temperature[c]
        room[g] += held[c] * (cp[c] - GAS_CONSTANT) * temperature[c]
        for s in range(species):
            gain[g] -= d_moles[c, s] * (MOLAR_CP[s] - GAS_CONSTANT) * temperature[c]
    for c in range(count):
        if room[ways.group[c]] > 0.0:
            d_temperature[c] += gain[ways.group[c]] / room[ways.group[c]] * temperature[c]
    for c in range(count):
        fastest = max(fastest, 1.0 / wall_time[c])
        if held[c] > 0.0:
            fastest = max(fastest, through[c] / held[c])
    return fastest


@kernel
def put_right(moles: Floats, temperature: Floats, group: Ints, energy: Floats, desk: Floats) -> None:
    """Scale the temperatures of each group so that its internal energy is what the first law says; in place.

    What is put right is the error of a step of RK4 (energy is no linear function of moles and temperature).
    Parameters: moles (c, s) mol; temperature (c,) K; group (c,) of `Ways`; energy (c,) J of each group, at its
    representative; desk (1 or more, c) to work on.
    Returns: nothing. Raises: nothing. Holds for: any ship. Source: first law; tests/laws/test_cabin_laws.py.
    """
    now = desk[0]
    for c in range(energy.size):
        now[c] = 0.0
    for c in range(energy.size):
        for s in range(moles.shape[1]):
            now[group[c]] += moles[c, s] * (MOLAR_CP[s] - GAS_CONSTANT) * temperature[c]
    for c in range(energy.size):
        g = group[c]
        if now[g] > 0.0 and energy[g] > 0.0:
            temperature[c] *= energy[g] / now[g]


@kernel
def ahead(
    moles: Floats, temperature: Floats, dn: Floats, dt: Floats, stage: int, step: float, then_n: Floats, then_t: Floats
) -> None:
    """The state a step further by the rates of a stage, into then_n (c, s) and then_t (c,).

    Parameters: moles (c, s); temperature (c,); dn (4, c, s), dt (4, c); stage; step s. Returns: nothing.
    Raises: nothing. Holds for: any ship. Loops: array expressions take as long to compile as the law itself.
    Source: definition; tests/models/test_cabin.py.
    """
    for c in range(temperature.size):
        then_t[c] = temperature[c] + step * dt[stage, c]
        for s in range(moles.shape[1]):
            then_n[c, s] = moles[c, s] + step * dn[stage, c, s]


@kernel
def together(step: float, moles: Floats, temperature: Floats, dn: Floats, dt: Floats) -> None:
    """The four stages of a step of RK4, in place.

    Parameters: step s; moles (c, s); temperature (c,); dn (4, c, s), dt (4, c). Returns: nothing. Raises: nothing.
    Holds for: any ship. Source: Runge-Kutta 1901; tests/models/test_cabin.py.
    """
    sixth = step / 6.0
    for c in range(temperature.size):
        temperature[c] += sixth * (dt[0, c] + 2.0 * dt[1, c] + 2.0 * dt[2, c] + dt[3, c])
        for s in range(moles.shape[1]):
            moles[c, s] += sixth * (dn[0, c, s] + 2.0 * dn[1, c, s] + 2.0 * dn[2, c, s] + dn[3, c, s])


@kernel
def _heat_of_step(
    step: float, moles: Floats, temperature: Floats, wall_j: Floats, dw: Floats, dh: Floats, ways: Ways, energy: Floats
) -> float:
    """What walls take up in a step, in place; the energy each group must have at its end, into energy (c,) at its
    representative, from the state at its start. Returns the enthalpy that came with gas, J."""
    brought = 0.0
    energy[:] = 0.0
    for c in range(temperature.size):
        into_wall = step / 6.0 * (dw[0, c] + 2.0 * dw[1, c] + 2.0 * dw[2, c] + dw[3, c])
        gas = step / 6.0 * (dh[0, c] + 2.0 * dh[1, c] + 2.0 * dh[2, c] + dh[3, c])
        wall_j[c] += into_wall
        brought += gas
        energy[ways.group[c]] += gas - into_wall
        for s in range(moles.shape[1]):
            energy[ways.group[c]] += moles[c, s] * (MOLAR_CP[s] - GAS_CONSTANT) * temperature[c]
    return brought


@kernel
def integrate(
    moles: Floats,
    temperature: Floats,
    wall_j: Floats,
    volume: Floats,
    wall_time: Floats,
    ways: Ways,
    holes: Holes,
    gains: Gains,
    walls: Walls,
    times: Floats,
) -> tuple[Floats, Floats, Floats, Floats, Floats, float]:
    """Classical RK4 between the times given; `moles`, `temperature` and `wall_j` are moved to the last, in place.

    Parameters: as `rates`; times (n,) s, rising. Each interval takes as many equal steps as STEP_SHARE asks for.
    Returns: pressure (n, c) Pa; temperature (n, c) K; moles (n, c, s) mol; hole flows (n, holes) kg/s; what crossed
    the hull (4 + holes, s) mol, integrated with the same weights as the state, so that it balances; and the enthalpy
    that went with it, J inwards.
    Raises: nothing. Holds for: see `cabin`. Source: Runge-Kutta 1901; tests/models/test_cabin.py.
    """
    count, species = moles.shape
    n, ways_out = times.size, holes.compartment.size
    pressure, track_t = np.empty((n, count)), np.empty((n, count))
    track_n, flows = np.empty((n, count, species)), np.empty((n, ways_out))
    out, hole_kg_s, brought = np.zeros((4 + ways_out, species)), np.zeros(ways_out), 0.0
    dn, dt, dw, dh = np.empty((4, count, species)), np.empty((4, count)), np.empty((4, count)), np.empty((4, count))
    do, energy, desk = np.empty((4, 4 + ways_out, species)), np.empty(count), np.empty((DESK, count))
    then_n, then_t, then_w = np.empty((count, species)), np.empty(count), np.empty(count)
    fastest = rates(
        times[0], moles, temperature, wall_j, volume, wall_time, ways, holes, gains, walls, dn[0], dt[0], do[0],
        hole_kg_s, dw[0], dh[0], desk,
    )  # fmt: skip
    for i in range(n):
        for k in range(ways_out):
            flows[i, k] = hole_kg_s[k]
        for c in range(count):
            track_t[i, c], held = temperature[c], 0.0
            for s in range(species):
                track_n[i, c, s] = moles[c, s]
                held += moles[c, s]
            pressure[i, c] = GAS_CONSTANT * held * temperature[c] / volume[c]
        if i == n - 1:
            break
        steps = max(1, math.ceil((times[i + 1] - times[i]) * fastest / STEP_SHARE))
        h = (times[i + 1] - times[i]) / steps
        for j in range(steps):
            for stage in range(1, 5):
                f = h if stage == 3 else 0.5 * h
                now = times[i] + j * h + f
                if stage == 4:  # the end of a step is the start of the next: its rates are taken once
                    brought += _heat_of_step(h, moles, temperature, wall_j, dw, dh, ways, energy)
                    together(h, moles, temperature, dn, dt)
                    for k in range(out.shape[0]):
                        for s in range(species):
                            out[k, s] += h / 6.0 * (do[0, k, s] + 2.0 * do[1, k, s] + 2.0 * do[2, k, s] + do[3, k, s])
                    settle(moles, temperature, volume, ways.group, ways.parent, ways.order, 1.0, desk)
                    put_right(moles, temperature, ways.group, energy, desk)
                    f = 0.0
                    now = times[i + 1] if j == steps - 1 else times[i] + (j + 1) * h
                ahead(moles, temperature, dn, dt, stage - 1, f, then_n, then_t)
                for c in range(count):
                    then_w[c] = wall_j[c] + f * dw[stage - 1, c]
                k = stage % 4
                fastest = rates(
                    now, then_n, then_t, then_w, volume, wall_time, ways, holes, gains, walls, dn[k], dt[k], do[k],
                    hole_kg_s, dw[k], dh[k], desk,
                )  # fmt: skip
    return pressure, track_t, track_n, flows, out, brought
