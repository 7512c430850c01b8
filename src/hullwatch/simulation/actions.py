"""Events become actions: at a moment, a change of the world. An event with a duration is two of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from hullwatch.models.cabin import Cabin, Pump, State, nominal_shares
from hullwatch.models.hatches import spanning_tree
from hullwatch.models.network import Path, Valve
from hullwatch.physics.gas import (
    GAS_CONSTANT,
    MOLAR_CP,
    MOLAR_MASS,
    N2,
    O2,
    amount,
    mixture_gamma,
    mixture_molar_mass,
)
from hullwatch.physics.orifice import effective_area, round_hole_area
from hullwatch.records import Bools, Floats
from hullwatch.simulation.events import (
    Airlock,
    CrewMove,
    Dock,
    HatchMove,
    Hole,
    Makeup,
    Passage,
    Patch,
    Regulator,
    Shut,
    Undock,
    Vent,
)
from hullwatch.simulation.scenario import Scenario
from hullwatch.vehicle.facts import Channel, Quantity, Vehicle

MAKEUP_SHARES = {"O2": (1.0, 0.0), "N2": (0.0, 1.0), "air": (0.2095, 0.7905)}  # moles of O2, N2


@dataclass(slots=True)
class World:
    """The present, while it is played."""

    cabin: Cabin
    state: State
    hatch_open: Bools
    hole_area: Floats
    hole_growth: Floats
    hole_since: Floats
    people: Floats
    where: dict[str, int]
    o2_kg_s: float
    present: Bools  # (c,) False: in a craft that is away
    joined_mol: Floats  # (s,) that came with craft, less what left with them
    joined_j: float = 0.0
    passages: dict[str, tuple[Path, Valve | None]] = field(default_factory=dict)
    supplies: dict[int, Floats] = field(default_factory=dict)  # by event: (c, s) mol/s
    pumps: dict[int, Pump] = field(default_factory=dict)
    codes: dict[str, float] = field(default_factory=dict)
    draws: dict[int, Floats] = field(default_factory=dict)  # by event: kg/s of O2, N2 from tanks


Action = tuple[float, Callable[[World], None]]


def actions_of(scenario: Scenario, vehicle: Vehicle, cabin: Cabin) -> list[Action]:
    """All actions of a scenario, in no particular order."""
    place = {id: k for k, id in enumerate(cabin.compartments)}
    hatch = {id: k for k, id in enumerate(cabin.hatches)}
    hole = {e.id: k for k, e in enumerate(e for e in scenario.events if isinstance(e, Hole))}
    actions: list[Action] = _pauses(scenario)
    for k, event in enumerate(scenario.events):
        if isinstance(event, Hole):
            actions.append((event.at_s, _opening(event, hole[event.id], place[event.compartment])))
        elif isinstance(event, Patch):
            actions.append((event.at_s, _patching(event, hole[event.hole])))
        elif isinstance(event, HatchMove):
            actions.append((event.at_s, _hatch_moving(hatch[event.hatch], event.state == "open")))
        elif isinstance(event, CrewMove):
            actions.append((event.at_s, _crew_moving(event.name, place[event.compartment], len(vehicle.crew))))
        elif isinstance(event, Makeup | Vent):
            valve = _valve(event, vehicle)
            actions += _flowing(k, event, place[event.compartment], valve)
        elif isinstance(event, Passage | Regulator):
            actions += _resisting(k, event, place, vehicle)
        elif isinstance(event, Shut):
            actions.append((event.at_s, _shutting(event.passage)))
        elif isinstance(event, Dock | Undock):
            actions.append((event.at_s, _visiting(event, place, vehicle)))
        elif isinstance(event, Airlock):
            actions += _pumping(k, event, place, vehicle.channel_of("depress_pump"))
    return actions


def _pauses(scenario: Scenario) -> list[Action]:
    oxygen = scenario.oxygen
    if oxygen is None or oxygen.pause_every is None:
        return []

    def make(rate: float) -> Callable[[World], None]:
        def act(world: World) -> None:
            world.o2_kg_s = rate

        return act

    starts = np.arange(scenario.start_s + oxygen.first_pause, scenario.end_s, oxygen.pause_every).tolist()
    return [a for t in starts for a in ((t, make(oxygen.pause_rate)), (t + oxygen.pause, make(oxygen.rate)))]


def _opening(event: Hole, slot: int, place: int) -> Callable[[World], None]:
    def act(world: World) -> None:
        n, t = world.state.moles[place], float(world.state.temperature_k[place])
        if event.rate is not None:
            p = float(n.sum()) * GAS_CONSTANT * t / float(world.cabin.volume_m3[place])
            area = effective_area(event.rate, p, t, 0.0, float(mixture_molar_mass(n)), float(mixture_gamma(n)))
        else:
            area = event.area or round_hole_area(event.diameter or 0.0, event.cd or 1.0)
        world.hole_area[slot], world.hole_since[slot] = area, event.at_s
        world.hole_growth[slot] = np.log(2.0) / event.doubles_every if event.doubles_every else 0.0

    return act


def _patching(event: Patch, slot: int) -> Callable[[World], None]:
    def act(world: World) -> None:
        grown = np.exp(world.hole_growth[slot] * (event.at_s - world.hole_since[slot]))
        world.hole_area[slot] *= grown * event.remaining
        world.hole_growth[slot] = 0.0

    return act


def _hatch_moving(index: int, is_open: bool) -> Callable[[World], None]:
    def act(world: World) -> None:
        world.hatch_open[index] = is_open

    return act


def _crew_moving(name: str, place: int, aboard: int) -> Callable[[World], None]:
    def act(world: World) -> None:
        if name in world.where:
            world.people[world.where[name]] -= 1.0
        else:  # leaves the crowd that is spread over the ship
            crowd = world.people.copy()
            for index in world.where.values():
                crowd[index] -= 1.0
            world.people -= crowd / (aboard - len(world.where))
        world.where[name] = place
        world.people[place] += 1.0

    return act


def _valve(event: Makeup | Vent, vehicle: Vehicle) -> Channel | None:
    quantity: Quantity = "makeup_valve" if isinstance(event, Makeup) else "vent_valve"
    shown = vehicle.channel_of(quantity)
    if event.valve is not None:
        return next(c for c in shown if c.id == event.valve)
    return next((c for c in shown if isinstance(event, Makeup) and event.gas in c.name.split()), None)


def _flowing(key: int, event: Makeup | Vent, place: int, valve: Channel | None) -> list[Action]:
    def start(world: World) -> None:
        if valve is not None:
            world.codes[valve.id] = 1.0
        if isinstance(event, Vent):
            molar = float(mixture_molar_mass(world.state.moles[place]))
            world.pumps[key] = Pump(place, None, 0.0, event.mass / molar / event.duration)
            return
        shares = np.array(MAKEUP_SHARES[event.gas])
        flow = event.mass / float(shares @ MOLAR_MASS[[O2, N2]]) / event.duration * shares
        supply = np.zeros_like(world.state.moles)
        supply[place, [O2, N2]] = flow
        world.supplies[key] = supply
        if event.gas != "air":
            world.draws[key] = flow * MOLAR_MASS[[O2, N2]]

    def stop(world: World) -> None:
        if valve is not None:
            world.codes.pop(valve.id, None)
        for table in (world.pumps, world.supplies, world.draws):
            table.pop(key, None)

    return [(event.at_s, start), (event.at_s + event.duration, stop)]


def _pumping(key: int, event: Airlock, place: dict[str, int], shown: tuple[Channel, ...]) -> list[Action]:
    lock, cabin = place[event.compartment], place[event.cabin]

    def start(world: World) -> None:
        volume = world.cabin.volume_m3
        t, n = world.state.temperature_k, world.state.moles.sum(axis=1)
        p = n * GAS_CONSTANT * t / volume
        if event.action == "repress":
            # what makes both pressures meet at the lock's present temperature; filling warms the gas for a while,
            # and the hatch that opens next settles the rest
            group, _, _ = spanning_tree(volume.size, world.cabin.hatch_ends, world.hatch_open)
            beside = float(volume[group == group[cabin]].sum())
            amount = (p[cabin] - p[lock]) / (GAS_CONSTANT * t[lock]) / (1.0 / volume[lock] + 1.0 / beside)
            world.pumps[key] = Pump(cabin, lock, 0.0, max(float(amount), 0.0) / event.duration)
            return
        assert event.to is not None  # noqa: S101  # kept by Airlock's validator
        flow = float(volume[lock]) / event.duration * max(float(np.log(p[lock] / event.to)), 0.0)
        world.pumps[key] = Pump(lock, cabin if event.action == "depress" else None, flow)
        if event.action == "depress":
            world.codes.update({c.id: 1.0 for c in shown})

    def stop(world: World) -> None:
        world.pumps.pop(key, None)
        for channel in shown:
            world.codes.pop(channel.id, None)

    return [(event.at_s, start), (event.at_s + event.duration, stop)]


def _resisting(key: int, event: Passage | Regulator, place: dict[str, int], vehicle: Vehicle) -> list[Action]:
    """A way opens, and shuts after its duration."""
    air = vehicle.atmosphere
    if isinstance(event, Regulator):
        name, at = f"regulator {key}", place[event.compartment]
        shares = np.array(MAKEUP_SHARES[event.gas])
        flow = event.rate / float(shares @ MOLAR_MASS[[O2, N2]])
        path = Path("tank", at, None, flow, gas=(float(shares[0]), float(shares[1]), 0.0, 0.0))
        valve: Valve | None = Valve(at, event.opens, event.closes)
    else:
        name = event.id
        sides = next(h.between for h in vehicle.hatches if h.id == event.hatch) if event.hatch else None
        origin = place[sides[0] if sides else event.origin or ""]
        target = place[sides[1]] if sides else (place[event.target] if event.target else None)
        if event.fan is not None:
            path = Path("fan", origin, target, event.fan)
        elif event.seal is not None:
            # flow of a seal goes with the difference of squared pressures
            molar = event.seal / float(nominal_shares(vehicle) @ MOLAR_MASS)
            path = Path(
                "seal", origin, target, molar * GAS_CONSTANT * air.temperature_k.value / air.pressure_pa.value**2
            )
        else:
            path = Path(
                "orifice", origin, target, event.area or round_hole_area(event.diameter or 0.0, event.cd or 1.0)
            )
        valve = None
        if event.opens is not None and event.closes is not None:
            valve = Valve(place[event.sensor] if event.sensor else origin, event.opens, event.closes)

    def start(world: World) -> None:
        world.passages[name] = (path, valve)

    actions: list[Action] = [(event.at_s, start)]
    if event.duration is not None:
        actions.append((event.at_s + event.duration, _shutting(name)))
    return actions


def _shutting(name: str) -> Callable[[World], None]:
    def act(world: World) -> None:
        world.passages.pop(name, None)

    return act


def _visiting(event: Dock | Undock, place: dict[str, int], vehicle: Vehicle) -> Callable[[World], None]:
    inside = np.array([place[c.id] for c in vehicle.compartments if c.craft == event.craft])
    air = vehicle.atmosphere

    def act(world: World) -> None:
        moles, warm = world.state.moles.copy(), world.state.temperature_k.copy()
        world.state = State(moles, warm, world.state.wall_j)
        sign = -1.0
        if isinstance(event, Dock):
            sign, p = 1.0, event.pressure or air.pressure_pa.value
            warm[inside] = air.temperature_k.value
            moles[inside] = amount(p, world.cabin.volume_m3[inside], warm[inside])[:, None] * nominal_shares(vehicle)
        world.present[inside] = isinstance(event, Dock)
        world.joined_mol += sign * moles[inside].sum(axis=0)
        world.joined_j += sign * float((moles[inside] @ (MOLAR_CP - GAS_CONSTANT) * warm[inside]).sum())

    return act
