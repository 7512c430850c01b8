"""Reserve time: how long until each limit is crossed, as a posterior predictive over what is not known.

    loss (and its doubt) x law (hole, or a crack of some length) x gauge error x volume --> models/emptying --> times

The rate that counts is that of the gas, not the slope of the gauge: gas that has just begun to expand cools, so the
gauge falls up to 1.4 times as fast as the gas is lost, and both formulas of the crew's tables then say too little.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from hullwatch.estimators.quadrature import normal_nodes, positive_normal_nodes, weighted_interval
from hullwatch.models.emptying import Flows, Room, passages
from hullwatch.models.worlds import PPCO2, PPO2, PRESSURE, Limits
from hullwatch.physics.crack import crack_opening
from hullwatch.physics.gas import (
    AIR_GAMMA,
    MOLAR_MASS,
    SPECIES,
    amount,
    fractions,
    mixture_gamma,
    mixture_molar_mass,
)
from hullwatch.physics.leaks import crack, hole
from hullwatch.physics.orifice import effective_area
from hullwatch.physics.transport import viscosity
from hullwatch.records import Floats, Forecast, GroupState
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Limit, Vehicle

HORIZON_S = 3650.0 * DAY_S
"""Times beyond this are not said: other things happen to a station in ten years."""
CRACK_SHARE = 0.1
"""Probability before any evidence that a leak is a crack and not a hole [c]: of the leaks of 1971 to 2026 whose cause
is known (facts, section 1) the cracks of one tunnel are the only ones. A large flow needs so wide a crack that it flows
as a hole does, so this matters for small leaks only."""
CRACK_WIDTHS_M, WALL_M = (0.01, 0.03, 0.1), 0.002
"""Lengths a crack may have along the wall, equally probable (22 and 45 mm were seen), and the wall's thickness [c]."""
CHOKED = (0.8, 0.8)  # a hole is known by its flow; its coefficient cancels
KINDS = {"pressure": PRESSURE, "ppo2": PPO2, "ppco2": PPCO2}
GRID = 9  # losses at which the group is moved ahead; between them the logarithm of time is a line in that of loss


@dataclass(frozen=True, slots=True)
class Tank:
    """Gas that can be let in: how much there is, its greatest flow, and its mole fractions (species,)."""

    mass_kg: float
    flow_kg_s: float
    share: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Supposed:
    """What is taken to be so beside the state of the group: the chance of a crack, a tank, and people whose oxygen
    nobody makes and whose carbon dioxide nobody removes (for everybody else machines keep the balance)."""

    crack_share: float = CRACK_SHARE
    tank: Tank | None = None
    people: float = 0.0
    wall_time_s: float | None = None  # as learned; None: the vehicle file's
    wall_share: float = 0.0  # standard deviation of its logarithm


ALONE = Supposed()


def reserve_times(
    state: GroupState, vehicle: Vehicle, limits: Sequence[Limit], supposed: Supposed = ALONE
) -> tuple[Forecast, ...]:
    """Time to each limit, medians and 90 % intervals; None, with the reason, where there is nothing to say."""
    now = {"pressure": state.pressure_pa, "ppo2": state.ppo2_pa, "ppco2": vehicle.atmosphere.ppco2_pa.value}
    ahead = [limit for limit in limits if now[limit.quantity] is not None and not _past(limit, now[limit.quantity])]
    times, weight = _nodes(state, vehicle, ahead, supposed) if ahead else (np.zeros((1, 0)), np.ones(1))
    found = {limit.id: times[:, k] for k, limit in enumerate(ahead)}
    said = []
    for limit in limits:
        value, floor = now[limit.quantity], limit.value_pa.value
        why, interval = limit.meaning, None
        if value is None:
            why = f"no usable {limit.quantity} reading"
        elif limit.id not in found:
            beyond = "below" if limit.side == "low" else "above"
            why = f"already {beyond}: {value:.0f} Pa against {floor:.0f} Pa"
        elif np.isnan(found[limit.id]).any():
            why = "cannot be said: gas comes and goes too evenly to step to the end"
        else:
            interval = weighted_interval(np.minimum(found[limit.id], 10.0 * HORIZON_S), weight)
            if interval.median > HORIZON_S:
                why, interval = "not reached within ten years", None
        said.append(Forecast(limit.id, state.group, interval, why))
    return tuple(said)


def _past(limit: Limit, value: float | None) -> bool:
    return value is not None and (
        value <= limit.value_pa.value if limit.side == "low" else value >= limit.value_pa.value
    )


def _nodes(state: GroupState, vehicle: Vehicle, limits: Sequence[Limit], supposed: Supposed) -> tuple[Floats, Floats]:
    """Times (node, limit) and weights (node,) of every combination of what is not known."""
    loss = positive_normal_nodes(state.loss_per_s, state.loss_sd_per_s)
    gauge = state.pressure_sd_pa * normal_nodes(15) if state.pressure_sd_pa > 0.0 else np.zeros(1)
    bounds = Limits(
        np.array([KINDS[limit.quantity] for limit in limits for _ in gauge], dtype=np.int64),
        np.array(
            [limit.value_pa.value - (g if limit.quantity == "pressure" else 0.0) for limit in limits for g in gauge]
        ),
        np.array([limit.side == "low" for limit in limits for _ in gauge], dtype=np.bool_),
    )
    fed = supposed.tank is not None or supposed.people > 0.0
    doubt = state.volume_sd_m3 / state.volume_m3
    volumes = state.volume_m3 * np.maximum(1.0 + doubt * normal_nodes(5), 0.05) if fed else np.array([state.volume_m3])
    reach = float(np.median(loss)) or float(loss.max())
    leaks, chance = _laws(state, vehicle, reach, supposed.crack_share)
    # one row of runs for each law and volume, over a few losses
    some = _grid(loss, 2 * GRID if fed else GRID)
    parts, weights = [], []
    wall = supposed.wall_time_s or wall_time_of(state.compartments, vehicle)
    walls = wall * np.exp(supposed.wall_share * normal_nodes(3)) if supposed.wall_share > 0.0 else np.array([wall])
    for (row, likely), volume, wall_s in product(enumerate(chance), volumes, walls):
        leak, factor = leaks[row : row + 1], some / (reach or 1.0)
        ran = _run(state, vehicle, bounds, leak, factor, float(volume), float(wall_s), supposed)
        parts.append(_between(some, ran, loss, fed))
        weights.append(likely / volumes.size / walls.size)
    times = np.stack(parts)  # (law and volume, loss, limit and gauge)
    times = times.reshape(times.shape[0], times.shape[1], len(limits), gauge.size)
    weight = np.broadcast_to(np.array(weights)[:, None, None], (*times.shape[:2], gauge.size))
    return np.moveaxis(times, 2, 3).reshape(-1, len(limits)), np.ascontiguousarray(weight).ravel()


def _air_of(state: GroupState, vehicle: Vehicle, volume_m3: float) -> Floats:
    """Gas of the group, mol (species,): its own oxygen where that is read, the ship's usual air otherwise."""
    air = vehicle.atmosphere
    o2 = state.ppo2_pa if state.ppo2_pa is not None else air.ppo2_pa.value
    others = (min(o2, 0.98 * state.pressure_pa), air.ppco2_pa.value, air.pph2o_pa.value)
    share = np.maximum(fractions(state.pressure_pa, *others), 0.0)
    return np.asarray(amount(state.pressure_pa, volume_m3, state.temperature_k) * share / share.sum())


def _laws(state: GroupState, vehicle: Vehicle, loss: float, crack_share: float) -> tuple[Floats, list[float]]:
    """The leaks that would let this loss through now, (law, 5), and their probabilities."""
    moles = _air_of(state, vehicle, state.volume_m3)
    rate, temperature = (loss or 1e-12) * float(moles @ MOLAR_MASS), state.temperature_k
    gas = float(mixture_molar_mass(moles)), float(mixture_gamma(moles))
    rows = [hole(effective_area(rate, state.pressure_pa, temperature, 0.0, *gas) / CHOKED[1], CHOKED)]
    chance = [1.0 - crack_share]
    if crack_share > 0.0:
        air = (*gas, viscosity(0, temperature))
        for width in CRACK_WIDTHS_M:
            opening = crack_opening(rate, state.pressure_pa, 0.0, temperature, *air, width, WALL_M, 0.84)
            rows.append(crack(width, opening, WALL_M))
            chance.append(crack_share / len(CRACK_WIDTHS_M))
    return np.array(rows), chance


def _grid(loss: Floats, n: int) -> Floats:
    """A few losses, evenly in the logarithm, from the smallest to the largest worth moving ahead."""
    high = float(loss.max())
    low = max(float(loss.min()), 1e-3 * high)
    return np.geomspace(low, high, n) if high > low else np.full(1, high)


def _between(some: Floats, ran: Floats, loss: Floats, fed: bool) -> Floats:
    """Times (loss, limit) from times at some losses (n, limit): lines in logarithms. Below the least of them they go
    as 1/loss, unless people or a tank matter by then."""
    far, least = 1e12, 1e-300
    times = np.log(np.clip(ran, 1e-9, far))
    at = np.log(np.maximum(np.clip(loss, some[0], some[-1]), least))
    grid = np.log(np.maximum(some, least))
    found = np.exp(np.column_stack([np.interp(at, grid, times[:, k]) for k in range(ran.shape[1])]))
    if not fed:
        found *= np.maximum(some[0] / np.maximum(loss, least), 1.0)[:, None] if some[0] > 0.0 else 1.0
    return np.where(found >= 0.999 * far, np.inf, found)


def _run(
    state: GroupState,
    vehicle: Vehicle,
    bounds: Limits,
    leak: Floats,
    factor: Floats,
    volume_m3: float,
    wall_time: float,
    supposed: Supposed,
) -> Floats:
    """Times (factor, bound) of the group with this leak, its flow times each factor."""
    supply, tank = vehicle.supply, supposed.tank
    moles = _air_of(state, vehicle, volume_m3)
    breathed = supposed.people * np.array([-supply.crew_o2_kg_s.value, 0.0, supply.crew_co2_kg_s.value, 0.0])
    given, held = np.zeros(len(SPECIES)), 0.0
    if tank is not None:
        molar = float(np.array(tank.share) @ MOLAR_MASS)
        given, held = tank.flow_kg_s / molar * np.array(tank.share), tank.mass_kg / molar
    room = Room(moles, volume_m3, state.temperature_k, state.temperature_k * float(np.exp(-state.cooled)), wall_time)
    people = breathed / MOLAR_MASS
    # it is the relative loss that was seen: in a larger room it is a larger leak
    flows = [Flows(leak, float(f), given, held, people) for f in factor * volume_m3 / state.volume_m3]
    return np.array([passages(room, flow, bounds, HORIZON_S) for flow in flows])


def wall_time_of(compartments: Collection[str], vehicle: Vehicle) -> float:
    """Time constant of its walls at constant pressure, as in `cabin`, s: the compartments' own, weighed by volume."""
    room = [c for c in vehicle.compartments if c.id in compartments]
    return AIR_GAMMA * sum(c.wall_time_s * c.volume_m3.value for c in room) / sum(c.volume_m3.value for c in room)


def crew_formulas(
    state: GroupState, vehicle: Vehicle, floor_pa: float, supposed: Supposed = ALONE
) -> tuple[float, float]:
    """What the crew's tables say from the slope a gauge shows now: linear and exponential, s; inf if it does not fall.

    Source: METHODS 2 and facts 5; the slope is that of the gas, steepened by the cooling still under way.
    """
    wall_time = supposed.wall_time_s or wall_time_of(state.compartments, vehicle)
    warming = -AIR_GAMMA * state.cooled / wall_time - (AIR_GAMMA - 1.0) * state.loss_per_s
    slope = state.loss_per_s - warming
    if slope <= 0.0 or floor_pa >= state.pressure_pa:
        return (np.inf, np.inf) if slope <= 0.0 else (0.0, 0.0)
    return (1.0 - floor_pa / state.pressure_pa) / slope, float(np.log(state.pressure_pa / floor_pa)) / slope
