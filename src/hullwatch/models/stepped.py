"""Worlds whose gas changes temperature, in short steps: the full law of `cabin_flow`, one world after another.

A hole that empties its group in minutes cools the gas faster than walls warm it; the flow matrix of `propagator` knows
fixed temperatures only. The same worlds, the same events at their own times, the same outcome.
"""

from typing import NamedTuple

import numpy as np

from hullwatch.compiled import worlds_kernel
from hullwatch.models.cabin_flow import DESK, Gains, Holes, Walls, Ways, ahead, rates, settle, together
from hullwatch.models.wiring import Wiring
from hullwatch.models.worlds import PPO2, PRESSURE, Air, Draws, Limits, Outcome, all_passed
from hullwatch.physics.gas import CO2, GAS_CONSTANT, O2
from hullwatch.records import Bools, Floats

LONGEST_STEP_S = 30.0
STEP_SHARE = 0.7  # of the fastest exchange time: RK4 is stable below 2.78


@worlds_kernel
def _values(limits: Limits, moles: Floats, temperature: Floats, volume: Floats, out: Floats) -> None:
    """What every limit bounds in every compartment, into out (l, c)."""
    for k in range(limits.quantity.size):
        for c in range(volume.size):
            gas = 0.0
            for s in range(moles.shape[1]):
                gas += moles[c, s]
            if limits.quantity[k] != PRESSURE:
                gas = moles[c, O2] if limits.quantity[k] == PPO2 else moles[c, CO2]
            out[k, c] = gas * GAS_CONSTANT * temperature[c] / volume[c]


@worlds_kernel
def _rises(
    limits: Limits, moles: Floats, temperature: Floats, volume: Floats, dn: Floats, dt: Floats, step: float, out: Floats
) -> None:
    """Slopes per step of what every limit bounds, into out (l, c)."""
    for k in range(limits.quantity.size):
        for c in range(volume.size):
            gas, more = 0.0, 0.0
            for s in range(moles.shape[1]):
                gas += moles[c, s]
                more += dn[c, s]
            if limits.quantity[k] != PRESSURE:
                s = O2 if limits.quantity[k] == PPO2 else CO2
                gas, more = moles[c, s], dn[c, s]
            out[k, c] = (more * temperature[c] + gas * dt[c]) * GAS_CONSTANT / volume[c] * step


@worlds_kernel
def _crosses(limits: Limits, after: Floats, passage: Floats) -> bool:
    """Whether some limit is passed for the first time."""
    for k in range(limits.quantity.size):
        for c in range(after.shape[1]):
            beyond = after[k, c] < limits.value_pa[k] if limits.low[k] else after[k, c] > limits.value_pa[k]
            if beyond and passage[k, c] == np.inf:
                return True
    return False


@worlds_kernel
def _note(
    limits: Limits, now: float, step: float, before: Floats, after: Floats, rise: Floats, fall: Floats, passage: Floats
) -> None:
    """First passages within a short step, on the cubic through values and slopes (rise before, fall after)."""
    for k in range(limits.quantity.size):
        level, sign = limits.value_pa[k], 1.0 if limits.low[k] else -1.0
        for c in range(before.shape[1]):
            v0, v1 = sign * (before[k, c] - level), sign * (after[k, c] - level)
            if passage[k, c] < np.inf or v1 >= 0.0:
                continue
            passage[k, c] = now
            if v0 > 0.0:
                low, high = 0.0, 1.0
                for _ in range(40):
                    x = 0.5 * (low + high)
                    y = 1.0 - x
                    ends = v0 * y * y * (1.0 + 2.0 * x) + v1 * x * x * (3.0 - 2.0 * x)
                    if ends + sign * x * y * (rise[k, c] * y - fall[k, c] * x) > 0.0:
                        low = x
                    else:
                        high = x
                passage[k, c] = now + high * step


@worlds_kernel
def _opened(draws: Draws, w: int, now: float, until: float, holes: Holes) -> float:
    """The holes of a world as they stand; when the next one opens, or until."""
    for k in range(holes.area_m2.size):
        holes.compartment[k], holes.area_m2[k] = draws.hole_place[w, k], 0.0
        if draws.hole_at_s[w, k] > now:
            until = min(until, draws.hole_at_s[w, k])
        else:
            holes.area_m2[k] = draws.hole_area_m2[w, k]
    return until


@worlds_kernel
def _begin(air: Air, draws: Draws, w: int, moles: Floats, temperature: Floats, floor: Floats) -> None:
    """The air of a world at the start, and what removal leaves of it."""
    for c in range(temperature.size):
        temperature[c] = air.temperature_k[c]
        for s in range(moles.shape[1]):
            moles[c, s] = air.density_mol_m3[c, s] * draws.volume_m3[w, c]
            floor[c, s] = air.floor_mol_m3[c, s] * draws.volume_m3[w, c]


@worlds_kernel
def _link(wiring: Wiring, row: int, ways: Ways) -> None:
    """The links of a state of the hatches, by compartment; those that it has fewer of carry nothing."""
    for c in range(ways.group.size):
        ways.group[c], ways.parent[c], ways.order[c] = wiring.group[row, c], wiring.parent[row, c], wiring.order[row, c]
    for k in range(ways.link_from.size):
        ways.link_from[k], ways.link_to[k], ways.link_m3_s[k] = 0, 0, 0.0
        if k < wiring.links[row]:
            ways.link_from[k] = wiring.member[row, wiring.link_from[row, k]]
            ways.link_to[k] = wiring.member[row, wiring.link_to[row, k]]
            ways.link_m3_s[k] = wiring.link_m3_s[row, k]


class _Table(NamedTuple):
    """What worlds in short steps are moved on, one after another."""

    dn: Floats  # (4, c, s) rates of moles, of each stage
    dt: Floats  # (4, c) of temperatures
    then_n: Floats  # (c, s) a stage's state
    then_t: Floats  # (c,)
    temperature: Floats  # (c,)
    crossed: Floats  # (4 + h, s) and what `rates` says beside: nothing of it is kept
    hole_kg_s: Floats  # (h,)
    no_heat: Floats  # (c,) walls have no capacity: they keep their temperature
    d_wall: Floats  # (c,)
    carried: Floats  # (c,)
    desk: Floats  # (DESK, c)
    bounded: Floats  # (4, l, c) what limits bound before and after a step, and its slopes there


@worlds_kernel
def _step(
    wiring: Wiring, air: Air, wall_time: Floats, limits: Limits, seen: Limits, draws: Draws, chosen: Bools,
    watched: Bools, end: float, outcome: Outcome, table: _Table, ways: Ways, holes: Holes, gains: Gains, walls: Walls,
) -> None:  # fmt: skip
    """As `step_worlds`, in tables that are there."""
    dn, dt, desk, temperature = table.dn, table.dt, table.desk, table.temperature
    before, after, rise, fall = table.bounded[0], table.bounded[1], table.bounded[2], table.bounded[3]
    for w in range(chosen.size):
        if not chosen[w]:
            continue
        volume, passage, moles = draws.volume_m3[w], outcome.passage_s[w], outcome.end_mol[w]
        for k in range(seen.value_pa.size):
            seen.value_pa[k] = limits.value_pa[k] - draws.gauge_pa[w, k]
            for c in range(volume.size):
                passage[k, c] = np.inf
        _begin(air, draws, w, moles, temperature, gains.removal_floor_mol)
        now, row, event, steps, done = 0.0, 0, 0, 0, False
        while now < end and not done:
            while event < draws.event_at_s.shape[1] and draws.event_at_s[w, event] <= now:
                row, event = draws.event_row[w, event], event + 1
            until = end if event >= draws.event_at_s.shape[1] else min(end, draws.event_at_s[w, event])
            until = _opened(draws, w, now, until, holes)
            _link(wiring, row, ways)
            for k in range(64, 0, -1):
                settle(moles, temperature, volume, ways.group, ways.parent, ways.order, 1.0 / k, desk)
            _values(limits, moles, temperature, volume, before)
            fastest = rates(
                now, moles, temperature, table.no_heat, volume, wall_time, ways, holes, gains, walls, dn[0], dt[0],
                table.crossed, table.hole_kg_s, table.d_wall, table.carried, desk,
            )  # fmt: skip
            while now < until and not done:
                h = min(min(LONGEST_STEP_S, STEP_SHARE / fastest), until - now)
                _rises(limits, moles, temperature, volume, dn[0], dt[0], h, rise)
                for stage in range(1, 5):
                    f = h if stage == 3 else 0.5 * h
                    if stage == 4:  # the end of a step is the start of the next: its rates are taken once
                        together(h, moles, temperature, dn, dt)
                        settle(moles, temperature, volume, ways.group, ways.parent, ways.order, 1.0, desk)
                        f = 0.0
                    ahead(moles, temperature, dn, dt, stage - 1, f, table.then_n, table.then_t)
                    fastest = rates(
                        now + (h if stage == 4 else f), table.then_n, table.then_t, table.no_heat, volume, wall_time,
                        ways, holes, gains, walls, dn[stage % 4], dt[stage % 4], table.crossed, table.hole_kg_s,
                        table.d_wall, table.carried, desk,
                    )  # fmt: skip
                _values(limits, moles, temperature, volume, after)
                if _crosses(seen, after, passage):
                    _rises(limits, moles, temperature, volume, dn[0], dt[0], h, fall)
                    _note(seen, now, h, before, after, rise, fall, passage)
                before, after = after, before
                done = all_passed(limits, watched[w], passage)
                now = until if h == until - now else now + h
                steps += 1
        outcome.steps[w], outcome.work[w] = steps, 4 * steps * volume.size


def step_worlds(
    wiring: Wiring, air: Air, wall_time: Floats, limits: Limits, draws: Draws, chosen: Bools, watched: Bools,
    end: float, outcome: Outcome,
) -> None:  # fmt: skip
    """Move the chosen worlds in steps of at most LONGEST_STEP_S and overwrite what `outcome` says of them.

    Parameters: as `worlds.run_worlds`; wall_time (c,) s, walls at the start's temperatures; chosen (w,) bool; watched
    (w, c): a world is left when every limit has been passed in these. Returns: nothing; pressures at times are not
    kept. Raises: nothing. Holds for: orifices into vacuum (exponent 1).
    Source: `cabin_flow`; tests/models/test_stepped.py.
    """
    count, species = air.density_mol_m3.shape
    kinds, out_of, links = limits.quantity.size, draws.hole_place.shape[1], wiring.link_from.shape[1]
    stages, row, whole = np.zeros((5, count, species)), np.zeros((9, count)), np.zeros((2, links), dtype=np.int64)
    table = _Table(
        stages[:4], row[:4], stages[4], row[4], row[5], np.zeros((4 + out_of, species)), np.zeros(out_of), row[6],
        row[7], row[8], np.zeros((DESK, count)), np.zeros((4, kinds, count)),
    )  # fmt: skip
    trees = np.zeros((3, count), dtype=np.int64)
    _step(
        wiring, air, wall_time, limits, Limits(limits.quantity, np.zeros(kinds), limits.low), draws, chosen, watched,
        end, outcome, table, Ways(trees[0], trees[1], trees[2], whole[0], whole[1], np.zeros(links), np.zeros(links)),
        Holes(np.zeros(out_of, dtype=np.int64), *np.zeros((4, out_of))),
        Gains(
            air.supply_mol_s, air.temperature_k, air.people, air.person_mol_s, air.removal_1_s,
            np.zeros((count, species)),
        ),
        Walls(0.0, 60.0, air.temperature_k[None, :].copy(), np.zeros(0)),
    )  # fmt: skip
