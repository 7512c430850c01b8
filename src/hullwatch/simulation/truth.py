"""What really happens: a scenario's events applied one after another, the cabin moved from each to the next.

events --> actions in order of time --+--> advance to the action --> apply it to the world --+
                                      +------------------------------------------------------+
The integration is cut at every action, so nothing is smeared over a step; at a valve that pressure moves, inside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.models.cabin import Cabin, Ledger, State, cabin_of, equalised, nominal_state, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.models.network import Path, Valve
from hullwatch.models.resisting import advance_ship
from hullwatch.physics.gas import CO2, H2O, MOLAR_MASS, O2
from hullwatch.physics.orifice import effective_area
from hullwatch.records import Bools, Floats, Ints
from hullwatch.simulation.actions import World, actions_of
from hullwatch.simulation.events import Hole
from hullwatch.simulation.scenario import Scenario
from hullwatch.vehicle.facts import Vehicle

STEP_S = 10.0
CONDENSING_S = 1200.0  # air through seven condensers of 0.2 m3/s, some of it past them: 850 m3 in 20 min [c]


@dataclass(frozen=True, slots=True)
class Motion:
    """A whole scenario, played. Rows (n) are moments; at an event two rows share one time, before and after.

    Stretches (k) run between events; `stretch` (n,) says which one a row belongs to.
    """

    compartments: tuple[str, ...]
    holes: tuple[str, ...]
    hatches: tuple[str, ...]
    time_s: Floats  # (n,)
    stretch: Ints  # (n,)
    pressure_pa: Floats  # (n, c) nan in a craft that is away
    temperature_k: Floats  # (n, c)
    moles: Floats  # (n, c, s)
    hole_kg_s: Floats  # (n, hole) of the scenario
    hole_area_m2: Floats  # (n, hole)
    hole_place: Ints  # (hole,) compartment index
    structural_kg_s: Floats  # (n, c)
    hatch_open: Bools  # (k, h)
    present: Bools  # (k, c) False in a craft that is away
    present_first: Bools  # (c,) the same at `first`, before an event of the first moment
    joined_mol: Floats  # (s,) that came with craft, less what left with them
    joined_j: float  # internal energy of that
    o2_kg_s: Floats  # (k,) of the generator a channel reports
    codes: tuple[dict[str, float], ...]  # (k,) channels that are switched: {channel id: code}
    tank_kg: Floats  # (n, 2) O2 and N2 drawn from tanks so far
    ledger: tuple[Ledger, ...]  # (k,)
    first: State
    last: State


def play(scenario: Scenario, vehicle: Vehicle, walls: Walls) -> Motion:
    """Move the ship through the whole scenario."""
    cabin = cabin_of(vehicle, scenario.volumes)
    holes = [e for e in scenario.events if isinstance(e, Hole)]
    place = np.array([cabin.compartments.index(h.compartment) for h in holes], dtype=np.int64)
    world = _begin(scenario, vehicle, cabin, walls, len(holes))
    structural = _structural(vehicle, cabin)
    base_supply, person, removal, floor = _metabolism(scenario, vehicle, cabin, world.state)
    actions = sorted(actions_of(scenario, vehicle, cabin), key=lambda action: action[0])
    cuts = sorted({scenario.end_s, *(t for t, _ in actions if scenario.start_s < t < scenario.end_s)})
    now, drawn, first, present_first = scenario.start_s, np.zeros(2), world.state, world.present.copy()
    tracks, areas, tanks, opens, generated, codes, ledgers, presents = [], [], [], [], [], [], [], []
    generator = _generator_place(vehicle, cabin)
    count = len(cabin.compartments)
    for until in cuts:
        while actions and actions[0][0] <= now:
            actions.pop(0)[1](world)
        ways = ways_of(cabin, world.hatch_open, tuple(world.pumps.values()))
        world.state = equalised(cabin, world.state, ways)
        supply = base_supply + sum(world.supplies.values(), np.zeros((count, 4)))
        supply[generator, O2] += world.o2_kg_s / MOLAR_MASS[O2]
        gains = Gains(supply, world.state.temperature_k.copy(), world.people.copy(), person, removal, floor)
        outlets = Holes(
            np.concatenate([place, np.arange(count)]),
            np.concatenate([world.hole_area, structural]),
            np.concatenate([world.hole_growth, np.zeros(count)]),
            np.concatenate([world.hole_since, np.zeros(count)]),
            np.zeros(len(holes) + count),
        )
        paths, valves = _ways_that_resist(world)
        world.state, track, ledger, valves = advance_ship(
            cabin, world.state, world.hatch_open, world.present, tuple(world.pumps.values()), paths, valves, outlets,
            gains, walls, now, until, STEP_S,
        )  # fmt: skip
        _remember(world, valves)
        presents.append(world.present.copy())
        elapsed = track.time_s - now
        tracks.append(track)
        ledgers.append(ledger)
        areas.append(world.hole_area * np.exp(world.hole_growth * (track.time_s[:, None] - world.hole_since)))
        draw = sum(world.draws.values(), np.zeros(2))
        tanks.append(drawn + elapsed[:, None] * draw)
        drawn = tanks[-1][-1]
        opens.append(world.hatch_open.copy())
        generated.append(world.o2_kg_s)
        codes.append(dict(world.codes))
        now = until
    flows = np.concatenate([t.hole_kg_s for t in tracks])
    return Motion(
        compartments=cabin.compartments,
        holes=tuple(h.id for h in holes),
        hatches=cabin.hatches,
        time_s=np.concatenate([t.time_s for t in tracks]),
        stretch=np.repeat(np.arange(len(tracks)), [t.time_s.size for t in tracks]),
        pressure_pa=np.concatenate([t.pressure_pa for t in tracks]),
        temperature_k=np.concatenate([t.temperature_k for t in tracks]),
        moles=np.concatenate([t.moles for t in tracks]),
        hole_kg_s=flows[:, : len(holes)],
        hole_area_m2=np.concatenate(areas),
        hole_place=place,
        structural_kg_s=flows[:, len(holes) :],
        hatch_open=np.array(opens),
        present=np.array(presents),
        present_first=present_first,
        joined_mol=world.joined_mol,
        joined_j=world.joined_j,
        o2_kg_s=np.array(generated),
        codes=tuple(codes),
        tank_kg=np.concatenate(tanks),
        ledger=tuple(ledgers),
        first=first,
        last=world.state,
    )


def _ways_that_resist(world: World) -> tuple[list[Path], tuple[Valve, ...]]:
    """The passages as they stand, each with the number of its valve."""
    paths: list[Path] = []
    valves: list[Valve] = []
    for path, valve in world.passages.values():
        paths.append(path if valve is None else replace(path, valve=len(valves)))
        if valve is not None:
            valves.append(valve)
    return paths, tuple(valves)


def _remember(world: World, valves: Sequence[Valve]) -> None:
    moved = iter(valves)
    for name, (path, valve) in world.passages.items():
        if valve is not None:
            world.passages[name] = (path, next(moved))


# --- the world at the start -------------------------------------------------------------------------------------------


def _begin(scenario: Scenario, vehicle: Vehicle, cabin: Cabin, walls: Walls, holes: int) -> World:
    shut = set(scenario.closed_hatches)
    hatch_open = np.array([h.normally_open and h.id not in shut for h in vehicle.hatches], dtype=np.bool_)
    where = {name: cabin.compartments.index(place) for name, place in scenario.crew.items()}
    away = np.array([c.craft in scenario.away for c in vehicle.compartments], dtype=np.bool_)
    for person in vehicle.crew:
        if person.craft in scenario.away:  # comes with it
            where[person.name] = next(k for k, c in enumerate(vehicle.compartments) if c.craft == person.craft)
    ends = np.array([[cabin.compartments.index(id) for id in h.between] for h in vehicle.hatches], dtype=np.int64)
    hatch_open &= away[ends.reshape(-1, 2)[:, 0]] == away[ends.reshape(-1, 2)[:, 1]]
    spread = np.array([0.0 if c.craft else v for c, v in zip(vehicle.compartments, cabin.volume_m3, strict=True)])
    people = (len(vehicle.crew) - len(where)) * spread / max(spread.sum(), 1e-9)
    for index in where.values():
        people[index] += 1.0
    rate = scenario.oxygen.rate if scenario.oxygen else _own_need(vehicle)
    state = nominal_state(cabin, vehicle, walls.temperature_k[0])
    zeros = np.zeros(holes)
    return World(cabin, state, hatch_open, zeros, zeros.copy(), zeros.copy(), people, where, rate, ~away, np.zeros(4))


def _structural(vehicle: Vehicle, cabin: Cabin) -> Floats:
    """Nominal leakage as one small hole per compartment; what no compartment claims is spread by volume."""
    air = vehicle.atmosphere
    known = np.array([c.leakage_kg_s for c in vehicle.compartments])
    rest = max(vehicle.leakage_kg_s.value - known.sum(), 0.0)
    rates = known + rest * cabin.volume_m3 / cabin.volume_m3.sum()
    return np.asarray(rates * effective_area(1.0, air.pressure_pa.value, air.temperature_k.value))


def _metabolism(
    scenario: Scenario, vehicle: Vehicle, cabin: Cabin, state: State
) -> tuple[Floats, Floats, Floats, Floats]:
    """Supply (c, s) mol/s, one person (s,) mol/s, removal (c, s) 1/s and its floor (c, s) mol that hold nominal air
    nominal on average."""
    need = vehicle.supply
    person = np.zeros(4)
    person[O2] = -need.crew_o2_kg_s.value / MOLAR_MASS[O2]
    person[CO2] = need.crew_co2_kg_s.value / MOLAR_MASS[CO2]
    person[H2O] = need.crew_h2o_kg_s.value / MOLAR_MASS[H2O]
    made = _own_need(vehicle) / MOLAR_MASS[O2]
    if scenario.oxygen:
        o = scenario.oxygen
        paused = o.pause / o.pause_every if o.pause_every else 0.0
        made = (o.rate * (1.0 - paused) + o.pause_rate * paused) / MOLAR_MASS[O2]
    aboard = len(vehicle.crew)
    supply = np.zeros((len(cabin.compartments), 4))
    machines = np.array([not need.machines_in or c in need.machines_in for c in cabin.compartments], dtype=np.bool_)
    volume = np.where(machines, cabin.volume_m3, 0.0)
    supply[:, O2] = (-person[O2] * aboard - made) * volume / volume.sum()
    if supply[:, O2].min() < 0.0:
        supply[:, O2] = 0.0  # the generator makes more than people need: the ship gains oxygen
    removal, floor = np.zeros_like(supply), np.zeros_like(supply)
    held = state.moles[machines].sum(axis=0)
    if held[CO2] > 0.0:
        removal[machines, CO2] = aboard * person[CO2] / held[CO2]
    # docked craft leave the condensing to the station
    condensing = machines & np.array([c.craft is None for c in vehicle.compartments])
    vapour = float(state.moles[condensing, H2O].sum())
    removal[condensing, H2O] = 1.0 / CONDENSING_S
    floor[:, H2O] = state.moles[:, H2O] * max(1.0 - aboard * person[H2O] * CONDENSING_S / max(vapour, 1e-9), 0.0)
    return supply, person, removal, floor


def _own_need(vehicle: Vehicle) -> float:
    """kg/s a generator makes that no scenario speaks of: what the people aboard use, if a channel shows it."""
    shown = vehicle.channel_of("o2_generation")
    return len(vehicle.crew) * vehicle.supply.crew_o2_kg_s.value if shown else 0.0


def _generator_place(vehicle: Vehicle, cabin: Cabin) -> int:
    shown = [c.compartment for c in vehicle.channel_of("o2_generation") if c.compartment]
    return cabin.compartments.index(shown[0]) if shown else int(np.argmax(cabin.volume_m3))
