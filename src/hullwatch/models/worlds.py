"""Worlds from event to event: hatches move, holes open, limits are passed; one call moves many worlds.

Everything happens at its own time: a step ends at the next event, and a passage of a limit is sought inside the step on
the cubic through its values and slopes. A world that runs out of air in a compartment, or whose step shrinks to
nothing, is marked as failed instead of answered.
"""

from typing import NamedTuple

import numpy as np

from hullwatch.compiled import inner_kernel, once_kernel, worlds_kernel
from hullwatch.models.cabin_flow import settle
from hullwatch.models.propagator import FIRST_SHARE, Bench, Site, bench_of, group_flows, join, site_of, step_group
from hullwatch.models.wiring import Wiring
from hullwatch.physics.gas import CO2, GAS_CONSTANT, O2
from hullwatch.records import Bools, Floats, Ints

NOTHING_PA = 1000.0  # below this nobody asks when
MOST_LOST = 0.2  # of a group's air through its holes in one step
MOST_FOLDS = 3.0  # and below NOTHING_PA so many times its e-th part, or rounding is all that is left
EMPTY_PA = 1e-6  # a group that has come down to this stays so
ALONE = 0.3  # of the tolerance for a compartment by itself: its many steps add up, and cost next to nothing

PRESSURE, PPO2, PPCO2 = range(3)
"""What a limit can bound."""


class Air(NamedTuple):
    """What all worlds share: the air at the start, and what people and machines do to it. Compartments (c)."""

    temperature_k: Floats  # (c,)
    density_mol_m3: Floats  # (c, s) at the start
    supply_mol_s: Floats  # (c, s)
    people: Floats  # (c,)
    person_mol_s: Floats  # (s,)
    removal_1_s: Floats  # (c, s)
    floor_mol_m3: Floats  # (c, s) what removal leaves


class Limits(NamedTuple):
    """Bounds (l): what they bound, where, and on which side lies danger."""

    quantity: Ints  # (l,)
    value_pa: Floats  # (l,)
    low: Bools  # (l,) danger lies below


class Draws(NamedTuple):
    """Worlds (w) as arrays: volumes, holes (h) and events (k) in order of time."""

    volume_m3: Floats  # (w, c)
    hole_place: Ints  # (w, h)
    hole_area_m2: Floats  # (w, h) effective
    hole_at_s: Floats  # (w, h)
    hole_exponent: Floats  # (w, h)
    hole_reference_pa: Floats  # (w, h)
    event_at_s: Floats  # (w, k)
    event_row: Ints  # (w, k) row of the wiring from then on
    gauge_pa: Floats  # (w, l) what the gauge of each limit reads too much


class Outcome(NamedTuple):
    """What became of the worlds."""

    passage_s: Floats  # (w, l, c) first passage; inf = not within the horizon
    pressure_pa: Floats  # (w, t, c) at the times asked for
    end_mol: Floats  # (w, c, s)
    steps: Ints  # (w,) accepted; negative = failed
    work: Ints  # (w,) positions times steps tried, of groups that are more than one: what the time went into


@inner_kernel
def _total(wiring: Wiring, f: int, g: int, site: Site, moles: Floats) -> float:
    """Pressure of a group: from all of its moles, which is more exact than from one compartment's."""
    total, room = 0.0, 0.0
    for q in range(wiring.start[f, g], wiring.start[f, g + 1]):
        room += site.volume[q] / site.temperature[q]
        for s in range(moles.shape[1]):
            total += moles[q, s]
    return float(GAS_CONSTANT * total / room)


@inner_kernel
def _quartic(value: Floats, slope: Floats, x: float) -> float:
    """What is bounded, at x from 0 to 1 in a step: values and slopes per step at its ends are at 0 and 2.

    The mean of the step, value[1], is exact for even flows only; slope[1] is what their slopes at both ends differ by.
    What is left of the mean bulges the curve, as when fans mix within the step; what flows change in the step shows in
    the slopes.
    """
    v0, v1, d0, d1 = value[0], value[2], slope[0], slope[2]
    y = 1.0 - x
    bulge = 30.0 * (value[1] - 0.5 * (v0 + v1) - slope[1] / 12.0)
    ends = v0 * y * y * (1.0 + 2.0 * x) + v1 * x * x * (3.0 - 2.0 * x)
    return float(ends + x * y * (d0 * y - d1 * x + bulge * x * y))


@inner_kernel
def _passage(value: Floats, slope: Floats, level: float) -> float:
    """Where in a step the level is passed, in [0, 1]; it lies between the values at the ends."""
    low, high = 0.0, 1.0
    falling = value[0] > value[2]
    for _ in range(50):
        x = 0.5 * (low + high)
        if (_quartic(value, slope, x) > level) == falling:
            low = x
        else:
            high = x
    return 0.5 * (low + high)


@inner_kernel
def _slope(wiring: Wiring, f: int, g: int, site: Site, bench: Bench, node: int, flows: int, q: int, gas: int) -> float:
    """Rate of change at a node, by the flows of a node, mol/s, of a gas at q, or of all in the group (gas -1)."""
    state, steady, rate = bench.state[node], bench.steady[flows], 0.0
    a, b = wiring.start[f, g], wiring.start[f, g + 1]
    if gas < 0:
        if node == flows:
            return float(bench.gain[node])
        for k in range(a, b):
            for s in range(state.shape[1]):
                rate += steady[k, s] - (bench.hole[flows, k] + site.removal[k, s]) * state[k, s]
        return rate
    rate = steady[q, gas] - (bench.own[flows, q] + site.removal[q, gas]) * state[q, gas]
    for k in range(a, b):
        for e in range(wiring.first_entry[f, k], wiring.first_entry[f, k + 1]):
            if k == q:
                rate += bench.upper[flows, e] * state[wiring.mate[f, e], gas]
            elif wiring.mate[f, e] == q:
                rate += bench.lower[flows, e] * state[k, gas]
    return float(rate)


@inner_kernel
def _values(site: Site, bench: Bench, q: int, kind: int, total: Floats, value: Floats) -> None:
    """What a limit bounds at the nodes of a step, of the group that q belongs to or at q itself, Pa."""
    for node in range(3):
        if kind == PRESSURE:
            value[node] = total[node]
        else:
            gas = O2 if kind == PPO2 else CO2
            value[node] = bench.state[node, q, gas] * GAS_CONSTANT * site.temperature[q] / site.volume[q]


@inner_kernel
def _slopes(
    wiring: Wiring, f: int, g: int, site: Site, bench: Bench, step: float, q: int, kind: int, slope: Floats
) -> None:  # fmt: skip
    """Slopes per step at the ends for `_quartic`, and by how much those of the mean's flows differ."""
    gas, room = -1, site.room[q]
    if kind != PRESSURE:
        gas, room = O2 if kind == PPO2 else CO2, site.volume[q] / site.temperature[q]
    scale, even = GAS_CONSTANT / room * step, 0.0
    for node in range(0, 3, 2):  # a number the compiler does not know, or it makes a function for each
        slope[node] = _slope(wiring, f, g, site, bench, node, node, q, gas) * scale
        even = _slope(wiring, f, g, site, bench, node, int(np.int64(1)), q, gas) - even
    slope[1] = -even * scale


@inner_kernel
def _passages(
    wiring: Wiring, f: int, g: int, site: Site, bench: Bench, limits: Limits, start: float, step: float, passage: Floats
) -> None:
    """First passages within an accepted step of a group, into passage (l, c)."""
    value, slope, total = bench.curve[0], bench.curve[1], bench.curve[2]
    for node in range(3):
        total[node] = _total(wiring, f, g, site, bench.state[node])
    for k in range(limits.quantity.size):
        kind, level, low = limits.quantity[k], limits.value_pa[k], limits.low[k]
        for q in range(wiring.start[f, g], wiring.start[f, g + 1]):
            c = wiring.member[f, q]
            if passage[k, c] < np.inf:
                continue
            _values(site, bench, q, kind, total, value)
            if (value[0] < level) if low else (value[0] > level):
                passage[k, c] = start
            elif (value[2] < level) if low else (value[2] > level):
                _slopes(wiring, f, g, site, bench, step, q, kind, slope)
                passage[k, c] = start + step * _passage(value, slope, level)


@inner_kernel
def _sample(
    wiring: Wiring, f: int, g: int, site: Site, bench: Bench, start: float, step: float, times: Floats, out: Floats
) -> None:
    """Pressures at the times asked for that lie in an accepted step, into out (t, c)."""
    first = 0
    while first < times.size and times[first] < start:
        first += 1
    if first == times.size or times[first] > start + step:
        return
    value, slope = bench.curve[0], bench.curve[1]
    for node in range(3):
        value[node] = _total(wiring, f, g, site, bench.state[node])
    _slopes(wiring, f, g, site, bench, step, wiring.start[f, g], int(np.int64(PRESSURE)), slope)
    for k in range(first, times.size):
        if times[k] > start + step:
            break
        pressure = _quartic(value, slope, (times[k] - start) / step)
        for q in range(wiring.start[f, g], wiring.start[f, g + 1]):
            out[k, wiring.member[f, q]] = pressure


@inner_kernel
def _site(wiring: Wiring, f: int, air: Air, draws: Draws, w: int, now: float, site: Site) -> None:
    """The world as it is from `now` on, by position."""
    for q in range(wiring.member.shape[1]):
        c = wiring.member[f, q]
        site.volume[q], site.temperature[q] = draws.volume_m3[w, c], air.temperature_k[c]
        site.people[q], site.area[q], site.exponent[q], site.reference[q] = air.people[c], 0.0, 1.0, 1.0
        for s in range(site.supply.shape[1]):
            site.supply[q, s] = air.supply_mol_s[c, s]
            site.removal[q, s] = air.removal_1_s[c, s]
            site.floor[q, s] = air.floor_mol_m3[c, s] * draws.volume_m3[w, c]
        for k in range(draws.hole_place.shape[1]):
            if draws.hole_place[w, k] == c and draws.hole_at_s[w, k] <= now:
                site.area[q] += draws.hole_area_m2[w, k]
                site.exponent[q] = draws.hole_exponent[w, k]
                site.reference[q] = draws.hole_reference_pa[w, k]
    join(wiring, f, site)


@inner_kernel
def _equalise(
    wiring: Wiring, f: int, volume: Floats, temperature: Floats, moles: Floats, desk: Floats
) -> None:  # fmt: skip
    """One pressure per group after hatches have opened, at fixed temperatures; moles (c, s) in place."""
    off = 0.0
    for g in range(wiring.groups[f]):
        low, high = np.inf, 0.0
        for q in range(wiring.start[f, g], wiring.start[f, g + 1]):
            c, held = wiring.member[f, q], 0.0
            for s in range(moles.shape[1]):
                held += moles[c, s]
            p = held * temperature[c] / volume[c]
            low, high = min(low, p), max(high, p)
        off = max(off, (high - low) / high)
    if off > 1e-12:
        # what steps leave uneven goes in one; what a hatch lets through in shares, each with the mixture upstream
        for k in range(64 if off > 1e-5 else 1, 0, -1):
            settle(moles, temperature, volume, wiring.group[f], wiring.parent[f], wiring.order[f], 1.0 / k, desk)


@inner_kernel
def _loss(wiring: Wiring, f: int, g: int, bench: Bench) -> float:
    """Share of a group's moles that its holes let out, 1/s."""
    lost, total = 0.0, 0.0
    for q in range(wiring.start[f, g], wiring.start[f, g + 1]):
        lost += bench.hole[0, q] * bench.held[0, q]
        total += bench.held[0, q]
    return lost / total


@inner_kernel
def _go_on(wiring: Wiring, f: int, g: int, bench: Bench) -> None:
    """The end of a step is the start of the next."""
    for q in range(wiring.start[f, g], wiring.start[f, g + 1]):
        bench.hole[0, q], bench.drift[0, q] = bench.hole[2, q], bench.drift[2, q]
        bench.own[0, q], bench.held[0, q] = bench.own[2, q], bench.held[2, q]
        for s in range(bench.state.shape[2]):
            bench.state[0, q, s] = bench.state[2, q, s]
            bench.steady[0, q, s] = bench.steady[2, q, s]
        for e in range(wiring.first_entry[f, q], wiring.first_entry[f, q + 1]):
            bench.upper[0, e], bench.lower[0, e] = bench.upper[2, e], bench.lower[2, e]
    bench.gain[0] = bench.gain[2]


@inner_kernel
def all_passed(limits: Limits, watched: Bools, passage: Floats) -> bool:
    """Whether there are limits, and each has been passed in every compartment that is watched."""
    for k in range(limits.quantity.size):
        for c in range(watched.size):
            if watched[c] and passage[k, c] == np.inf:
                return False
    return bool(limits.quantity.size > 0)


@once_kernel
def _move_group(
    wiring: Wiring, f: int, g: int, site: Site, bench: Bench, moles: Floats, start: float, end: float,
    tolerance: float, limits: Limits, watched: Bools, passage: Floats, times: Floats, sampled: Floats,
) -> tuple[int, int]:  # fmt: skip
    """One group from start to end, nothing happening between; steps accepted (-1: failed) and tried."""
    a, b = wiring.start[f, g], wiring.start[f, g + 1]
    species = moles.shape[1]
    for q in range(a, b):
        for s in range(species):
            bench.state[0, q, s] = moles[wiring.member[f, q], s]
    group_flows(wiring, f, g, site, bench, int(np.int64(0)))
    if b - a == 1:
        tolerance *= ALONE
    now, step, steps, tried, stretch = start, FIRST_SHARE * (end - start), 0, 0, 1.2
    while now < end:
        # the curve between the nodes of a step is as exact as the nodes only while little is lost in a step
        pressure = _total(wiring, f, g, site, bench.state[0])
        if pressure < EMPTY_PA:
            for k in range(times.size):
                if now <= times[k] <= end:
                    for q in range(a, b):
                        sampled[k, wiring.member[f, q]] = pressure
            steps += 1
            break
        most = MOST_LOST if pressure > NOTHING_PA else MOST_FOLDS
        step = min(step, most / (_loss(wiring, f, g, bench) + 1e-30))
        if now + stretch * step >= end:
            step = end - now
        tried += 1
        error = step_group(wiring, f, g, site, bench, step) / tolerance
        if not error < 1e300 or step < 1e-6:  # not a number, or no way forward
            if step < 1e-3:
                return -1, tried
            step *= 0.1
            continue
        factor = min(8.0, max(0.2, 0.9 * (error + 1e-12) ** (-1.0 / 3.0)))
        if error > 1.0:
            step, stretch = step * factor, 1.0
            continue
        _passages(wiring, f, g, site, bench, limits, now, step, passage)
        if times.size:
            _sample(wiring, f, g, site, bench, now, step, times, sampled)
        steps += 1
        now = end if step == end - now else now + step
        _go_on(wiring, f, g, bench)
        step, stretch = step * factor, 1.2
        if times.size == 0 and all_passed(limits, watched, passage):
            break
    for q in range(a, b):
        for s in range(species):
            moles[wiring.member[f, q], s] = bench.state[0, q, s]
    return steps, tried


@worlds_kernel
def _run(
    wiring: Wiring, air: Air, limits: Limits, draws: Draws, watched: Bools, end: float, tolerance: float, times: Floats,
    outcome: Outcome, site: Site, bench: Bench, level: Floats,
) -> None:  # fmt: skip
    """As `run_worlds`, in tables that are there: what allocates nothing compiles in half the time."""
    worlds, count = draws.volume_m3.shape
    species, events = air.person_mol_s.size, draws.event_at_s.shape[1]
    seen = Limits(limits.quantity, level, limits.low)  # as the gauges of a world show it
    for w in range(worlds):
        moles, volume, steps, work = outcome.end_mol[w], draws.volume_m3[w], 0, 0
        for c in range(count):
            for s in range(species):
                moles[c, s] = air.density_mol_m3[c, s] * volume[c]
        for k in range(level.size):
            level[k] = limits.value_pa[k] - draws.gauge_pa[w, k]
        now, row, event = 0.0, 0, 0
        while now < end and steps >= 0:
            while event < events and draws.event_at_s[w, event] <= now:
                row = draws.event_row[w, event]
                event += 1
            until = end
            if event < events:
                until = min(until, draws.event_at_s[w, event])
            for k in range(draws.hole_at_s.shape[1]):
                if draws.hole_at_s[w, k] > now:
                    until = min(until, draws.hole_at_s[w, k])
            _site(wiring, row, air, draws, w, now, site)
            # first what opened hatches let through, at last what the drift through them left uneven
            for turn in range(2):
                _equalise(wiring, row, volume, air.temperature_k, moles, bench.desk)
                for g in range(wiring.groups[row] if turn == 0 else 0):
                    done, tried = _move_group(
                        wiring, row, g, site, bench, moles, now, until, tolerance, seen, watched[w],
                        outcome.passage_s[w], times, outcome.pressure_pa[w],
                    )  # fmt: skip
                    if wiring.start[row, g + 1] - wiring.start[row, g] > 1:
                        work += tried * (wiring.start[row, g + 1] - wiring.start[row, g])
                    if done < 0:
                        steps = -1
                        break
                    steps += done
            now = until
            if times.size == 0 and all_passed(limits, watched[w], outcome.passage_s[w]):
                break
        outcome.steps[w], outcome.work[w] = steps, work


def no_outcome(air: Air, limits: Limits, draws: Draws, times: int) -> Outcome:
    """What is known of worlds that have not been moved yet: as `run_worlds`, with this many times."""
    worlds, count = draws.volume_m3.shape
    return Outcome(
        np.full((worlds, limits.quantity.size, count), np.inf), np.full((worlds, times, count), np.nan),
        np.empty((worlds, count, air.person_mol_s.size)),
        np.zeros(worlds, dtype=np.int64), np.zeros(worlds, dtype=np.int64),
    )  # fmt: skip


def run_worlds(
    wiring: Wiring, air: Air, limits: Limits, draws: Draws, watched: Bools, end: float, tolerance: float, times: Floats
) -> Outcome:
    """Move every world from time zero to the end.

    Parameters: wiring, whose row 0 is the start; air; limits; draws; watched (w, c), a world is left when every limit
    has been passed in these compartments and no times are asked for; end s; tolerance of one step against the group's
    air, 1; times (t,) s, rising, at which pressures are kept. Returns: Outcome. Raises: nothing.
    Holds for: fixed temperatures, holes into vacuum, no growth of holes; several holes of one law per compartment.
    Source: module head; tests/models/test_worlds.py against small steps, tests/against/test_lumped.py against Radau.
    """
    count, entries = draws.volume_m3.shape[1], wiring.mate.shape[1]
    outcome = no_outcome(air, limits, draws, times.size)
    _run(
        wiring, air, limits, draws, watched, end, tolerance, times, outcome, site_of(count, entries, air.person_mol_s),
        bench_of(count, entries), np.zeros(limits.quantity.size),
    )  # fmt: skip
    return outcome
