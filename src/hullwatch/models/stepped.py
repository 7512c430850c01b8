"""Worlds whose gas changes temperature, in short steps: the full law of `cabin_flow`, one world after another.

A hole that empties its group in minutes cools the gas faster than walls warm it; the flow matrix of `propagator` knows
fixed temperatures only. The same worlds, the same events at their own times, the same outcome.
"""

import numpy as np

from hullwatch.compiled import worlds_kernel
from hullwatch.models.cabin_flow import Gains, Holes, Walls, Ways, rates, settle
from hullwatch.models.wiring import Wiring
from hullwatch.models.worlds import PPO2, PRESSURE, Air, Draws, Limits, Outcome, all_passed
from hullwatch.physics.gas import CO2, GAS_CONSTANT, O2
from hullwatch.records import Bools, Floats

LONGEST_STEP_S = 30.0
STEP_SHARE = 0.7  # of the fastest exchange time: RK4 is stable below 2.78


@worlds_kernel
def _ways(wiring: Wiring, row: int) -> Ways:
    """The links of a state of the hatches, by compartment."""
    count = wiring.links[row]
    origin, target = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for k in range(count):
        origin[k] = wiring.member[row, wiring.link_from[row, k]]
        target[k] = wiring.member[row, wiring.link_to[row, k]]
    flow = wiring.link_m3_s[row, :count].copy()
    return Ways(wiring.group[row], wiring.parent[row], wiring.order[row], origin, target, flow, np.zeros(count))


@worlds_kernel
def _values(limits: Limits, moles: Floats, temperature: Floats, volume: Floats, out: Floats) -> None:
    """What every limit bounds in every compartment, into out (l, c)."""
    for k in range(limits.quantity.size):
        for c in range(volume.size):
            gas = moles[c].sum()
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
            gas, more = moles[c].sum(), dn[c].sum()
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


# loops, not array expressions: those took as long to compile as the law itself


@worlds_kernel
def _filled(density: Floats, volume: Floats, out: Floats) -> None:
    for c in range(volume.size):
        for s in range(density.shape[1]):
            out[c, s] = density[c, s] * volume[c]


@worlds_kernel
def _ahead(state: Floats, rate: Floats, step: float, out: Floats) -> None:
    """state + step * rate, of tables of one shape."""
    x, d, y = state.ravel(), rate.ravel(), out.ravel()
    for k in range(x.size):
        y[k] = x[k] + step * d[k]


@worlds_kernel
def _together(state: Floats, rate: Floats, step: float) -> None:
    """The four stages of RK4, in place; rate (4, ...)."""
    x, d = state.ravel(), rate.ravel()
    n = x.size
    for k in range(n):
        x[k] += step / 6.0 * (d[k] + 2.0 * d[n + k] + 2.0 * d[2 * n + k] + d[3 * n + k])


@worlds_kernel
def _opened(draws: Draws, w: int, now: float, until: float, area: Floats) -> float:
    """Areas of the holes that are open, into area (h,); when the next one opens, or until."""
    for k in range(area.size):
        if draws.hole_at_s[w, k] > now:
            until = min(until, draws.hole_at_s[w, k])
        else:
            area[k] = draws.hole_area_m2[w, k]
    return until


@worlds_kernel
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
    worlds, count = draws.volume_m3.shape
    species, holes, events = air.person_mol_s.size, draws.hole_place.shape[1], draws.event_at_s.shape[1]
    kinds = limits.quantity.size
    dn, dt = np.empty((4, count, species)), np.empty((4, count))
    then, warm = np.empty((count, species)), np.empty(count)
    out, hole_kg_s = np.empty((4 + holes, species)), np.empty(holes)
    bounded = np.empty((4, kinds, count))
    before, after, rise, fall = bounded[0], bounded[1], bounded[2], bounded[3]
    walls = Walls(0.0, 60.0, np.empty((1, count)), np.zeros(0))
    _ahead(air.temperature_k, air.temperature_k, 0.0, walls.temperature_k)
    seen = Limits(limits.quantity, np.empty(kinds), limits.low)  # as the gauges of a world show it
    no_heat, d_wall, carried = np.zeros(count), np.empty(count), np.empty(count)
    for w in range(worlds):
        if not chosen[w]:
            continue
        volume, passage = draws.volume_m3[w], outcome.passage_s[w]
        passage.fill(np.inf)
        for k in range(kinds):
            seen.value_pa[k] = limits.value_pa[k] - draws.gauge_pa[w, k]
        moles, floor, temperature = outcome.end_mol[w], np.empty((count, species)), air.temperature_k.copy()
        _filled(air.density_mol_m3, volume, moles)
        _filled(air.floor_mol_m3, volume, floor)
        gains = Gains(air.supply_mol_s, air.temperature_k, air.people, air.person_mol_s, air.removal_1_s, floor)
        now, row, event, steps, done = 0.0, 0, 0, 0, False
        while now < end and not done:
            while event < events and draws.event_at_s[w, event] <= now:
                row, event = draws.event_row[w, event], event + 1
            until = end if event >= events else min(end, draws.event_at_s[w, event])
            area = np.zeros(holes)
            until = _opened(draws, w, now, until, area)
            ways, zero = _ways(wiring, row), np.zeros(holes)
            out_of = Holes(draws.hole_place[w], area, zero, zero, zero)
            for k in range(64, 0, -1):
                settle(moles, temperature, volume, ways, 1.0 / k)
            _values(limits, moles, temperature, volume, before)
            while now < until and not done:
                fastest = rates(
                    now, moles, temperature, no_heat, volume, wall_time, ways, out_of, gains, walls, dn[0], dt[0], out,
                    hole_kg_s, d_wall, carried,
                )  # fmt: skip
                h = min(min(LONGEST_STEP_S, STEP_SHARE / fastest), until - now)
                _rises(limits, moles, temperature, volume, dn[0], dt[0], h, rise)
                for stage in range(1, 4):
                    f = h if stage == 3 else 0.5 * h
                    _ahead(moles, dn[stage - 1], f, then)
                    _ahead(temperature, dt[stage - 1], f, warm)
                    rates(
                        now + f, then, warm, no_heat, volume, wall_time, ways, out_of, gains, walls, dn[stage],
                        dt[stage], out, hole_kg_s, d_wall, carried,
                    )  # fmt: skip
                _together(moles, dn, h)
                _together(temperature, dt, h)
                settle(moles, temperature, volume, ways, 1.0)
                _values(limits, moles, temperature, volume, after)
                if _crosses(seen, after, passage):
                    rates(
                        now + h, moles, temperature, no_heat, volume, wall_time, ways, out_of, gains, walls, dn[0],
                        dt[0], out, hole_kg_s, d_wall, carried,
                    )  # fmt: skip
                    _rises(limits, moles, temperature, volume, dn[0], dt[0], h, fall)
                    _note(seen, now, h, before, after, rise, fall, passage)
                before, after = after, before
                done = all_passed(limits, watched[w], passage)
                now = until if h == until - now else now + h
                steps += 1
        outcome.steps[w], outcome.work[w] = steps, 4 * steps * count
