"""The cabin moved on where paths resist: as `cabin.advance`, with `network` for the compartments that need it.

    craft not docked       lock --[valve]-- node --(open)-- lab        store      -(closed)- the rest
      stands still         resolved: own pressure each, stiff          lumped: one pressure per group

Only what a path reaches, through open hatches, pumps and other paths, is resolved; the rest stays lumped.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.errors import OutOfRange
from hullwatch.models.cabin import Cabin, Ledger, Pump, State, Track, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls, Ways
from hullwatch.models.hatches import spanning_tree
from hullwatch.models.network import OPEN_HATCH_M2, Network, Path, Valve, squeeze
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP, MOLAR_MASS
from hullwatch.physics.orifice import orifice_flow
from hullwatch.records import Bools, Floats, Ints

RTOL = 1e-7
Way = TypeVar("Way", Pump, Path)


def advance_ship(
    cabin: Cabin, state: State, hatch_open: Bools, present: Bools, pumps: Sequence[Pump], paths: Sequence[Path],
    valves: Sequence[Valve], holes: Holes, gains: Gains, walls: Walls, start_s: float, end_s: float,
    every_s: float = 10.0,
) -> tuple[State, Track, Ledger, tuple[Valve, ...]]:  # fmt: skip
    """Move the ship from start to end with nothing switched but valves that pressure moves.

    Parameters: as `cabin.advance`; hatch_open (h,); present (c,), False for a craft that is not docked; pumps; paths
    between compartments or overboard, besides open hatches; their valves. Returns: State, Track (nan for what is not
    present), Ledger, and the valves as they stand at the end.
    Raises: OutOfRange as `advance` and `squeeze`. Holds for: as these; a path beside an open hatch does nothing.
    Source: definition; tests/models/test_resisting.py against `advance` and against one network.
    """
    group = spanning_tree(present.size, cabin.hatch_ends, hatch_open)[0]
    acting = [p for p in paths if p.target is None or group[p.origin] != group[p.target]]
    if not acting and present.all():
        ways = ways_of(cabin, hatch_open, pumps)
        return *advance(cabin, state, ways, holes, gains, walls, start_s, end_s, every_s), tuple(valves)
    resolved = _reached(group, pumps, acting) & present
    rows = int(np.ceil((end_s - start_s) / every_s - 1e-9)) + 1
    count, species = state.moles.shape
    wall_j = np.zeros(count) if state.wall_j is None else state.wall_j.copy()
    end = State(state.moles.copy(), state.temperature_k.copy(), wall_j)
    whole = Track(
        np.linspace(start_s, end_s, rows), np.full((rows, count), np.nan), np.full((rows, count), np.nan),
        np.zeros((rows, count, species)), np.zeros((rows, holes.compartment.size)),
    )  # fmt: skip
    crossed, enthalpy = np.zeros((4 + holes.compartment.size, species)), 0.0
    for mask, stiff in ((resolved, True), (present & ~resolved, False)):
        if not mask.any():
            continue
        part = _Part(cabin, mask, hatch_open, pumps, holes, gains, walls, wall_j)
        begin = State(state.moles[mask], state.temperature_k[mask], wall_j[mask])
        if stiff:
            inside = [_moved(p, part.number) for p in acting]
            moved, track, ledger, valves = _advance_stiff(
                part, begin, inside, [replace(v, sensor=int(part.number[v.sensor])) for v in valves], start_s, end_s,
                whole.time_s,
            )  # fmt: skip
            back = np.flatnonzero(mask)
            valves = tuple(replace(v, sensor=int(back[v.sensor])) for v in valves)
        else:
            moved, track, ledger = advance(
                part.cabin, begin, part.ways, part.holes, part.gains, part.walls, start_s, end_s, every_s
            )
        end.moles[mask], end.temperature_k[mask] = moved.moles, moved.temperature_k
        if moved.wall_j is not None:
            wall_j[mask] = moved.wall_j
        whole.pressure_pa[:, mask], whole.temperature_k[:, mask] = track.pressure_pa, track.temperature_k
        whole.moles[:, mask], whole.hole_kg_s[:, part.hole] = track.moles, track.hole_kg_s
        crossed[:4] += (ledger.crew, ledger.removal, ledger.overboard, ledger.supply)
        crossed[4:][part.hole] += ledger.holes
        enthalpy += ledger.enthalpy_j
    ledger = Ledger(crossed[4:], crossed[0], crossed[1], crossed[2], crossed[3], enthalpy)
    return end, whole, ledger, tuple(valves)


def _reached(group: Ints, pumps: Sequence[Pump], paths: Sequence[Path]) -> Bools:
    """Compartments (c,) that a path changes, through groups, pumps and other paths."""
    found = np.zeros(group.size, dtype=np.bool_)
    ends = [(p.origin, p.target) for p in paths] + [(p.origin, p.target) for p in pumps]
    for path in paths:
        found[path.origin] = True
    while True:
        more = np.isin(group, group[found])
        for a, b in ends:
            if b is not None and (more[a] or more[b]):
                more[a] = more[b] = True
        if (more == found).all():
            return found
        found = more


class _Part:
    """A ship cut down to some of its compartments, with the tables that go with them."""

    cabin: Cabin
    ways: Ways
    holes: Holes
    gains: Gains
    walls: Walls
    number: Ints  # (c,) of the whole ship: index in the part
    hole: Bools  # holes of the whole ship that are in the part
    hatches: list[tuple[int, int]]  # open ones

    def __init__(
        self, cabin: Cabin, mask: Bools, hatch_open: Bools, pumps: Sequence[Pump], holes: Holes, gains: Gains,
        walls: Walls, wall_j: Floats,
    ) -> None:  # fmt: skip
        self.number = np.cumsum(mask) - 1
        inside: Bools = np.asarray(mask[cabin.hatch_ends].all(axis=1))
        fans: Bools = np.asarray(mask[cabin.fan_ends].all(axis=1))
        self.cabin = replace(
            cabin,
            compartments=tuple(c for c, m in zip(cabin.compartments, mask, strict=True) if m),
            hatches=tuple(h for h, m in zip(cabin.hatches, inside, strict=True) if m),
            volume_m3=cabin.volume_m3[mask], wall_time_s=cabin.wall_time_s[mask],
            hatch_ends=self.number[cabin.hatch_ends[inside]], fan_ends=self.number[cabin.fan_ends[fans]],
            fan_flow_m3_s=cabin.fan_flow_m3_s[fans],
        )  # fmt: skip
        moved = [_moved(p, self.number) for p in pumps if mask[p.origin]]
        is_open = hatch_open[inside]
        self.ways = ways_of(self.cabin, is_open, moved)
        self.hatches = [(int(a), int(b)) for a, b in self.cabin.hatch_ends[is_open]]
        self.hole = mask[holes.compartment]
        self.holes = Holes(self.number[holes.compartment[self.hole]], *(x[self.hole] for x in holes[1:]))
        self.gains = Gains(
            gains.supply_mol_s[mask], gains.supply_k[mask], gains.people[mask], gains.person_mol_s,
            gains.removal_1_s[mask], gains.removal_floor_mol[mask],
        )  # fmt: skip
        heat = walls.heat_j_k[mask] if walls.heat_j_k.size else walls.heat_j_k
        self.walls = Walls(walls.start_s, walls.step_s, np.ascontiguousarray(walls.temperature_k[:, mask]), heat)


def _moved(way: Way, number: Ints) -> Way:
    target = None if way.target is None else int(number[way.target])
    return replace(way, origin=int(number[way.origin]), target=target)


def _advance_stiff(
    part: _Part, state: State, paths: Sequence[Path], valves: Sequence[Valve], start_s: float, end_s: float,
    times_s: Floats,
) -> tuple[State, Track, Ledger, Sequence[Valve]]:  # fmt: skip
    holes, gains, walls, ways = part.holes, part.gains, part.walls, part.ways
    if np.any(holes.outside_pa != 0.0):
        raise OutOfRange("outside_pa", float(holes.outside_pa.max()), "vacuum outside, where a path resists")
    ends = list(zip(ways.link_from.tolist(), [None if b < 0 else b for b in ways.link_to.tolist()], strict=True))
    links = [
        Path(kind, a, b, float(size))
        for kind, sizes in (("fan", ways.link_m3_s), ("pump", ways.link_mol_s))
        for (a, b), size in zip(ends, sizes, strict=True)
        if size > 0.0
    ]
    out = [
        Path("orifice", int(c), None, float(a), growth_1_s=float(g), since_s=float(t) - start_s)
        for c, a, g, t in zip(holes.compartment, holes.area_m2, holes.growth_1_s, holes.since_s, strict=True)
    ]
    hatches = [Path("orifice", a, b, OPEN_HATCH_M2) for a, b in part.hatches]
    endless = walls.heat_j_k.size == 0
    begun = np.zeros(0) if endless or state.wall_j is None else state.wall_j / walls.heat_j_k
    network = Network(
        part.cabin.volume_m3, (*out, *links, *hatches, *paths), tuple(valves),
        supply_mol_s=gains.supply_mol_s, supply_k=gains.supply_k, removal_1_s=gains.removal_1_s,
        floor_mol=gains.removal_floor_mol, people=gains.people, person_mol_s=gains.person_mol_s,
        wall_k=walls.temperature_k + (begun if begun.size else 0.0), wall_start_s=walls.start_s - start_s,
        wall_step_s=walls.step_s, wall_time_s=part.cabin.wall_time_s, wall_j_k=None if endless else walls.heat_j_k,
    )  # fmt: skip
    found = squeeze(network, state, times_s - start_s, RTOL)
    flows = np.empty((times_s.size, holes.compartment.size))
    _hole_flows(found.moles, found.temperature_k, part.cabin.volume_m3, holes, times_s, flows)
    by_path = -found.path_mol
    species = found.moles.shape[2]
    supply = gains.supply_mol_s.sum(axis=0) * (end_s - start_s) + found.tank_mol
    ledger = Ledger(
        by_path[: len(out)], found.people_mol, -found.removed_mol.sum(axis=0),
        by_path[len(out) :].sum(axis=0).reshape(species), supply, found.gained_j - found.overboard_j,
    )  # fmt: skip
    wall_j = found.wall_j if state.wall_j is None else state.wall_j + found.wall_j
    end = State(found.state.moles, found.state.temperature_k, wall_j)
    return end, Track(times_s, found.pressure_pa, found.temperature_k, found.moles, flows), ledger, found.valves


@kernel
def _hole_flows(moles: Floats, temperature: Floats, volume: Floats, holes: Holes, times: Floats, flows: Floats) -> None:
    """Flow of every hole at every row, kg/s, into flows (n, holes)."""
    for i in range(times.size):
        for k in range(holes.compartment.size):
            c = holes.compartment[k]
            held, molar, cp = 0.0, 0.0, 0.0
            for s in range(moles.shape[2]):
                held += moles[i, c, s]
                molar += moles[i, c, s] * MOLAR_MASS[s]
                cp += moles[i, c, s] * MOLAR_CP[s]
            flows[i, k] = 0.0
            if held > 0.0:
                p = held * GAS_CONSTANT * temperature[i, c] / volume[c]
                area = holes.area_m2[k] * np.exp(holes.growth_1_s[k] * (times[i] - holes.since_s[k]))
                flows[i, k] = orifice_flow(
                    p, holes.outside_pa[k], temperature[i, c], molar / held, cp / (cp - held * GAS_CONSTANT), area
                )
