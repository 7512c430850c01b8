"""Many worlds of one lumped cabin at fixed temperatures, each moved from event to event by its flow matrix.

    n' = A(n) n + b(n)      A: fans, wandering air, holes, removal, the drift through open hatches;  b: people, supply

A choked hole and the hatch flows behind it are constant volume flows, so A and b hardly change: as air thins and its
mixture shifts. A step is taken twice: with A and b of its start, then with those of the mean state of the first try.
The mean over the step is exact, however fast the mixture settles within it, and it costs nothing: the same solves give
it. So a step may last hours where fans mix in minutes. The exponential is `exponential`'s: 4 species times 8 poles are
the 32 lanes of a row, the elimination follows `wiring`'s tables row by row, and each world is moved by itself, so that
its answer depends on nothing but the world. A compartment that stands alone needs no matrix: its exponential is exp.
"""

import math
from typing import NamedTuple

import numpy as np

from hullwatch.compiled import inner_kernel
from hullwatch.models.cabin_flow import BREATHING_PA
from hullwatch.models.lanes import (
    KINDS,
    LANES,
    back,
    balance,
    change,
    held,
    invert,
    laid,
    leaf,
    less,
    less_real,
    moved,
    owed,
    paid,
    set_real,
    shifted,
    summed,
    times,
)  # fmt: skip
from hullwatch.models.wiring import Wiring
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP, MOLAR_MASS, O2
from hullwatch.physics.orifice import critical_flow_function
from hullwatch.records import Floats

FIRST_SHARE = 0.1  # of the time to the next event: the first step tried
SPECIES_SHARE = 0.03  # an error in one compartment's mixture counts this much against one in the total
SAG = 0.3  # of what sagging pressure does to the flow through a hole: what may be left when it is mended
HOLE_SHARE = 1.5  # and, where the hole is, this much: its mixture sets how fast air leaves


class Site(NamedTuple):
    """One state of the hatches of one world, by position in `wiring` (q); the last five follow from the others."""

    volume: Floats  # (q,)
    temperature: Floats  # (q,)
    supply: Floats  # (q, s) mol/s
    people: Floats  # (q,)
    person: Floats  # (s,) mol/s
    removal: Floats  # (q, s) 1/s
    floor: Floats  # (q, s) mol
    area: Floats  # (q,) effective, all holes of the compartment together
    exponent: Floats  # (q,) of the hole's flow against pressure: 1 choked orifice, 2 viscous crack
    reference: Floats  # (q,) pressure at which the area holds, Pa
    part: Floats  # (q,) of the group's moles that belong here at equal pressure
    room: Floats  # (q,) of the group, volume over temperature, m3/K
    own: Floats  # (q,) 1/s that fans take away
    upper: Floats  # (e,) 1/s that fans bring
    lower: Floats  # (e,)


class Bench(NamedTuple):
    """What a thread works on; sized once. Nodes of a step: start, mean and end."""

    lanes: Floats  # (rows, 2 LANES): real parts, imaginary parts
    own: Floats  # (3, q) the flow matrix at each node: what leaves a compartment, removal excepted
    upper: Floats  # (3, e)
    lower: Floats  # (3, e)
    hole: Floats  # (3, q) 1/s
    drift: Floats  # (3, q) 1/s, from the parent where positive
    held: Floats  # (3, q) mol
    gain: Floats  # (3,) mol/s of the group
    need: Floats  # (q,)
    account: Floats  # (s,) mol
    steady: Floats  # (3, q, s) mol/s that do not depend on the state
    state: Floats  # (3, q, s) mol
    curve: Floats  # (3, 3) values, slopes and pressures at the nodes of a step
    desk: Floats  # (3, c) of `settle`


def bench_of(count: int, entries: int) -> Bench:
    """Room to work in.

    Parameters: count of compartments; entries of the factors. Returns: Bench. Raises: nothing. Holds for: one thread.
    Source: definition; tests/models/test_propagator.py.
    """
    row, cube = np.zeros((7, 3, max(count, entries))), np.zeros((2, 3, count, KINDS))
    return Bench(
        np.zeros((2 * count + 2 * entries, 2 * LANES)),
        row[0], row[1], row[2], row[3], row[4], row[5], np.zeros(3), np.zeros(count), np.zeros(KINDS),
        cube[0], cube[1],
        np.zeros((3, 3)), np.zeros((3, count)),
    )  # fmt: skip


def site_of(count: int, entries: int, person_mol_s: Floats) -> Site:
    """Room for one state of one world, to be filled in.

    Parameters: count of compartments; entries of the factors; person_mol_s (s,). Returns: Site. Raises: nothing.
    Holds for: one thread. Source: definition; tests/models/test_propagator.py.
    """
    row, table, fans = np.zeros((9, count)), np.zeros((3, count, KINDS)), np.zeros((2, entries))
    return Site(
        row[0], row[1], table[0], row[2], person_mol_s, table[1], table[2], row[3], row[4], row[5], row[6], row[7],
        row[8], fans[0], fans[1],
    )  # fmt: skip


@inner_kernel
def join(wiring: Wiring, f: int, site: Site) -> None:
    """Fill in what of a site follows from its volumes and temperatures.

    Parameters: wiring, its row f; site. Returns: nothing; part, room, own, upper and lower of the site are set.
    Raises: nothing. Holds for: any hatch state. Source: definition; tests/models/test_propagator.py.
    """
    for g in range(wiring.groups[f]):
        a, b = wiring.start[f, g], wiring.start[f, g + 1]
        room = 0.0
        for q in range(a, b):
            room += site.volume[q] / site.temperature[q]
        for q in range(a, b):
            site.room[q], site.part[q], site.own[q] = room, site.volume[q] / site.temperature[q] / room, 0.0
    for e in range(wiring.mate.shape[1]):
        site.upper[e], site.lower[e] = 0.0, 0.0
    for k in range(wiring.links[f]):
        i, j, e = wiring.link_from[f, k], wiring.link_to[f, k], wiring.link_entry[f, k]
        share = wiring.link_m3_s[f, k] / site.volume[i]
        site.own[i] += share
        if j < i:
            site.upper[e] += share
        else:
            site.lower[e] += share


# --- the law and its linear part -------------------------------------------------------------------------------------


@inner_kernel
def _through(site: Site, q: int, one: Floats, other: Floats) -> float:
    """Share of a compartment's moles that its hole lets out, 1/s, half way between two states (q, s) of them."""
    total, mass, cp = 0.0, 0.0, 0.0
    for s in range(KINDS):
        n = 0.5 * (one[q, s] + other[q, s])
        total += n
        mass += n * MOLAR_MASS[s]
        cp += n * MOLAR_CP[s]
    gamma = cp / (cp - GAS_CONSTANT * total)
    # choked flow over density, as `orifice_flow` has it far below the critical ratio
    warm = GAS_CONSTANT * site.temperature[q]
    share = site.area[q] * critical_flow_function(gamma) * math.sqrt(warm * total / mass) / site.volume[q]
    if site.exponent[q] != 1.0:
        share *= (total * warm / (site.volume[q] * site.reference[q])) ** (site.exponent[q] - 1.0)
    return float(share)


@inner_kernel
def group_flows(wiring: Wiring, f: int, g: int, site: Site, bench: Bench, node: int) -> None:
    """The flow matrix of one pressure group, and what is not linear in its state, at one node of a step.

    Parameters: wiring, its row f and group g; site; bench, whose state at the node is read. Returns: nothing; the
    bench's own, upper, lower, hole, drift (1/s, shares of the moles upstream), steady (mol/s), held and gain are set.
    Raises: nothing. Holds for: fixed temperatures, holes into vacuum.
    Source: `cabin_flow.rates` with dT/dt = 0; tests/models/test_propagator.py against it.
    """
    a, b = wiring.start[f, g], wiring.start[f, g + 1]
    state, steady, need = bench.state[node], bench.steady[node], bench.need
    own, upper, lower = bench.own[node], bench.upper[node], bench.lower[node]
    hole, drift, here = bench.hole[node], bench.drift[node], bench.held[node]
    total, gain = 0.0, 0.0
    for q in range(a, b):
        here[q] = held(state, q)
        total += here[q]
    for q in range(a, b):
        breath = site.people[q]
        if breath > 0.0:
            pressure = GAS_CONSTANT * total / site.room[q]
            breath *= min(1.0, max(pressure * state[q, O2] / here[q], 0.0) / BREATHING_PA)
        hole[q] = 0.0
        if site.area[q] > 0.0:
            hole[q] = _through(site, q, state, state)
        # what is below its floor is not taken out: removal times what is there is given back
        net = balance(state, site.supply, site.person, site.removal, site.floor, steady, q, breath, hole[q])
        # fans carry away; what they bring is added below
        need[q] = site.own[q] * here[q] - net
        gain += net
        own[q] = site.own[q] + hole[q]
    bench.gain[node] = gain
    for e in range(wiring.first_entry[f, a], wiring.first_entry[f, b]):
        upper[e], lower[e] = site.upper[e], site.lower[e]
    if b - a == 1:
        drift[a] = 0.0
        return
    for q in range(a, b):
        need[q] += gain * site.part[q]
        for e in range(wiring.first_entry[f, q], wiring.first_entry[f, q + 1]):
            p = wiring.mate[f, e]
            need[q] -= upper[e] * here[p]
            need[p] -= lower[e] * here[q]
    per = 1.0 / total
    for q in range(a, b):  # children stand before parents
        e = wiring.tree_entry[f, q]
        if e < 0:
            drift[q] = 0.0
            continue
        p = wiring.mate[f, e]
        need[p] += need[q]
        # equal pressure: moles upstream follow from the total
        if need[q] > 0.0:
            drift[q] = need[q] * per / site.part[p]
            upper[e] += drift[q]
            own[p] += drift[q]
        else:
            drift[q] = need[q] * per / site.part[q]
            lower[e] -= drift[q]
            own[q] -= drift[q]


# --- a step ----------------------------------------------------------------------------------------------------------


@inner_kernel
def _eliminate(wiring: Wiring, f: int, g: int, bench: Bench, node: int) -> None:
    """Leaves first, the right hand side with them. An entry that nothing fills in is a real number and stays where it
    is; others take a row each."""
    first_entry, mate, filled, pair = wiring.first_entry, wiring.mate, wiring.filled, wiring.pair
    x, upper, lower = bench.lanes, bench.upper[node], bench.lower[node]
    a, b, count = wiring.start[f, g], wiring.start[f, g + 1], wiring.member.shape[1]
    up, low, rhs = count, count + mate.shape[1], count + 2 * mate.shape[1]
    for e in range(first_entry[f, a], first_entry[f, b]):
        if filled[f, e] == 1:
            set_real(x, up + e, -upper[e])
            set_real(x, low + e, -lower[e])
    for q in range(a, b):
        first, last = first_entry[f, q], first_entry[f, q + 1]
        if last - first == 1 and filled[f, first] == 0:
            p, one, other = mate[f, first], upper[first], lower[first]
            leaf(x, q, p, rhs + q, rhs + p, one * other, other)
            continue
        invert(x, q)
        for e in range(first, last):
            if filled[f, e] == 0:
                set_real(x, low + e, -lower[e])
            times(x, low + e, q)
            less(x, rhs + mate[f, e], low + e, rhs + q)
        for e in range(first, last):
            i = mate[f, e]
            for other in range(first, last):
                t = pair[f, wiring.first_pair[f, e] + other - first]
                target = i if t < 0 else (up + t if i < mate[f, other] else low + t)
                if filled[f, other] == 1:
                    less(x, target, low + e, up + other)
                else:
                    less_real(x, target, low + e, -upper[other])


@inner_kernel
def _sweep(wiring: Wiring, f: int, g: int, site: Site, bench: Bench, node: int, step: float) -> None:
    """The mean and the end of a step of the linear law with the flows of a node: in every lane
    (pole / step - A) x = n + step b / pole, then the sums over the poles."""
    a, b, count = wiring.start[f, g], wiring.start[f, g + 1], wiring.member.shape[1]
    if b - a == 1:
        _alone(site, bench, a, node, step)
        return
    first_entry, mate, filled = wiring.first_entry, wiring.mate, wiring.filled
    x, upper, state = bench.lanes, bench.upper[node], bench.state
    up, rhs, per = count, count + 2 * mate.shape[1], 1.0 / step
    for q in range(a, b):
        shifted(x, q, per, bench.own[node, q], site.removal, q)
        laid(x, rhs + q, state[0], bench.steady[node], q, step)
    _eliminate(wiring, f, g, bench, node)
    twice = 2.0 * per
    for q in range(b - 1, a - 1, -1):
        first, last = first_entry[f, q], first_entry[f, q + 1]
        if last - first == 1 and filled[f, first] == 0:
            back(x, q, rhs + q, rhs + mate[f, first], upper[first], state[0], state[1], state[2], twice)
            continue
        for e in range(first, last):
            if filled[f, e] == 1:
                less(x, rhs + q, up + e, rhs + mate[f, e])
            else:
                less_real(x, rhs + q, rhs + mate[f, e], -upper[e])
        times(x, rhs + q, q)
        summed(x, q, rhs + q, rhs + q, 0.0, state[0], state[1], state[2], twice)


@inner_kernel
def _alone(site: Site, bench: Bench, q: int, node: int, step: float) -> None:
    """The same for a compartment that stands alone."""
    state, steady = bench.state, bench.steady[node]
    for s in range(KINDS):
        z = (bench.own[node, q] + site.removal[q, s]) * step
        decayed = -math.expm1(-z)
        if z < 1e-2:  # (1 - exp(-z)) / z and the same once more, where the difference would lose its digits
            one = 1.0 - z * (0.5 - z / 6.0 * (1.0 - z * (0.25 - z / 20.0)))
            two = 0.5 - z / 6.0 * (1.0 - z * (0.25 - z / 20.0 * (1.0 - z / 6.0)))
        else:
            one = decayed / z
            two = (1.0 - one) / z
        n, given = state[0, q, s], steady[q, s] * step
        state[1, q, s] = n * one + given * two
        state[2, q, s] = n * (1.0 - decayed) + given * one


@inner_kernel
def _level(wiring: Wiring, f: int, g: int, site: Site, bench: Bench) -> None:
    """Carry gas along the tree at the end of a step until the pressure is one again, as `cabin_flow.settle` does."""
    a, b = wiring.start[f, g], wiring.start[f, g + 1]
    if b - a == 1:
        return
    state, need = bench.state[2], bench.need
    total = 0.0
    for q in range(a, b):
        need[q] = -held(state, q)
        total -= need[q]
    for q in range(a, b):
        need[q] += total * site.part[q]
    per = 1.0 / total
    for q in range(a, b):
        e = wiring.tree_entry[f, q]
        if e < 0:
            continue
        p = wiring.mate[f, e]
        need[p] += need[q]
        up = p if need[q] > 0.0 else q
        moved(state, p, q, up, need[q] * per / site.part[up])


@inner_kernel
def _balance_books(wiring: Wiring, f: int, g: int, site: Site, bench: Bench, step: float) -> float:
    """The end of a step holds what the start held and what came and went at the mean, to rounding. The solves keep that
    to 1e-16 times the step times the fastest fan, 1e-11 in a month; what they miss is put back.
    Returns the moles of the mean."""
    a, b = wiring.start[f, g], wiring.start[f, g + 1]
    state, steady, account, mean = bench.state, bench.steady[1], bench.account, 0.0
    for s in range(KINDS):
        account[s] = 0.0
    for q in range(a, b):
        owed(state[0], state[1], state[2], steady, site.removal, account, q, bench.hole[1, q], step)
        mean += held(state[1], q)
    for q in range(a, b):
        paid(state[2], account, q, site.part[q])
    return mean


@inner_kernel
def step_group(wiring: Wiring, f: int, g: int, site: Site, bench: Bench, step: float) -> float:
    """Try one step of a group from bench.state[0], whose flows stand at node 0 of the bench.

    Parameters: wiring, row f, group g; site; bench; step s.
    Returns: the error against the group's total, dimensionless; nodes 1 (mean) and 2 (end) of the bench are filled.
    Raises: nothing. Holds for: flows that change little and smoothly within the step.
    Source: Hochbruck and Ostermann 2010 (exponential midpoint rule, here with the exact mean);
    tests/models/test_propagator.py against small steps.
    """
    a, b = wiring.start[f, g], wiring.start[f, g + 1]
    state, hole, drift, here = bench.state, bench.hole, bench.drift, bench.held
    mean = 0.0
    for node in range(2):  # with the flows of the start, then with those of the mean
        _sweep(wiring, f, g, site, bench, node, step)
        if node == 1:
            mean = _balance_books(wiring, f, g, site, bench, step)
            _level(wiring, f, g, site, bench)
        group_flows(wiring, f, g, site, bench, node + 1)
    # a flow that runs evenly from one value to another errs by its change times the change of what it moves, over 12
    total, off, bent, worst = 0.0, 0.0, 0.0, 0.0
    for q in range(a, b):
        total += here[2, q]
        rise = hole[2, q] - hole[0, q]
        # a mixture that settles and then drifts back shows in the mean, not in the ends
        swing = max(abs(rise), abs(2.0 * hole[1, q] - hole[0, q] - hole[2, q]))
        turn = SPECIES_SHARE * abs(drift[2, q] - drift[0, q]) + HOLE_SHARE * swing
        full = max(here[0, q], here[2, q])  # what is left of an emptied group is rounding
        worst = max(worst, turn * change(state[0], state[2], q) / full)
        if site.area[q] > 0.0:
            lost = here[2, q] - here[0, q]
            off += swing * abs(lost)
            # and one that bends, as the mixture's does, by a third of what it is off the chord half way
            bend = 0.5 * (hole[0, q] + hole[2, q]) - _through(site, q, state[0], state[2])
            bent += abs(bend) * full
            # true for slow changes, which are the ones that add up over steps; after fast ones the estimate stands
            # pressure is one throughout, but the drift of the mean lets it sag within the step; the hole saw that
            sag = hole[1, q] * (site.part[q] * mean - held(state[1], q))
            mend = 1.0 - ((bend / 3.0 + rise * lost / (12.0 * full)) + sag / full) * step
            bent += SAG * abs(sag)
            for s in range(KINDS):
                state[2, q, s] *= mend
    off = off / 6.0 + bent / 3.0
    return max(off / total, worst / 6.0) * step
