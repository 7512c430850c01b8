"""The cabin as lumped pressure groups: compartments joined by open hatches share one pressure.

    group  p = R * sum(n) / sum(V/T)                 one unknown per group; T and composition stay per compartment
    dT/dt = (T_wall - T)/tau + inflow + b T pdot/p   b = R/cp; walls, gas from elsewhere, compression
    pdot * sum((1-b) V/T) = R Ndot + p * sum(V/T^2 (dT/dt without compression))
    hatch flows follow from n = pV/(RT) in every compartment, summed from the leaves of a spanning tree

Lumping errs by 1e-8 of p for a 10 mm hole, 7e-6 for 50 mm (METHODS 1.3a), and removes eigenvalues of 1e3-1e5 1/s.
Not carried: air that convection mixes beyond the exchange through each open hatch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.models.cabin_flow import Gains, Holes, Walls, Ways, integrate, settle
from hullwatch.models.hatches import spanning_tree
from hullwatch.physics.gas import AIR_GAMMA, GAS_CONSTANT, MOLAR_CP, amount, fractions
from hullwatch.records import Bools, Floats, Ints
from hullwatch.vehicle.facts import Vehicle

HATCH_EXCHANGE_M3_S = 0.03
"""Air that wanders each way through every open hatch, by ducts, doors and people: 0.1 m/s over 0.3 m2. [c]"""


@dataclass(frozen=True, slots=True)
class Cabin:
    """What of a ship the model needs, as arrays: compartments (c), hatches (h), fans (f)."""

    compartments: tuple[str, ...]
    hatches: tuple[str, ...]
    volume_m3: Floats  # (c,)
    wall_time_s: Floats  # (c,) in which gas at constant pressure comes to the temperature of its walls
    hatch_ends: Ints  # (h, 2) compartment indices
    fan_ends: Ints  # (f, 2) origin, target
    fan_flow_m3_s: Floats  # (f,)
    hatch_exchange_m3_s: float = HATCH_EXCHANGE_M3_S


@dataclass(frozen=True, slots=True)
class State:
    """The gas at one moment: moles (c, species) mol, temperature_k (c,) K; wall_j (c,) J that walls and equipment have
    taken up since their clock was set, None: nothing."""

    moles: Floats
    temperature_k: Floats
    wall_j: Floats | None = None

    def energy_j(self) -> float:
        """Internal energy of the gas, and what the walls have taken up."""
        gas = float((self.moles @ (MOLAR_CP - GAS_CONSTANT) * self.temperature_k).sum())
        return gas + (0.0 if self.wall_j is None else float(self.wall_j.sum()))


@dataclass(frozen=True, slots=True)
class Pump:
    """A device that moves gas from one compartment to another (None = overboard) through closed hatches."""

    origin: int
    target: int | None
    volume_flow_m3_s: float = 0.0  # at the origin's density
    molar_flow_mol_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Ledger:
    """Gas that crossed the hull, mol, positive inwards: holes (hole, species), the rest (species,)."""

    holes: Floats
    crew: Floats
    removal: Floats
    overboard: Floats
    supply: Floats
    enthalpy_j: float = 0.0  # that went with all of it, inwards

    def total(self) -> Floats:
        """Net gain of each species, (species,) mol."""
        return np.asarray(self.holes.sum(axis=0) + self.crew + self.removal + self.overboard + self.supply)


@dataclass(frozen=True, slots=True)
class Track:
    """A stretch of motion: time_s (n,), pressure_pa (n, c), temperature_k (n, c), moles (n, c, species),
    hole_kg_s (n, hole)."""

    time_s: Floats
    pressure_pa: Floats
    temperature_k: Floats
    moles: Floats
    hole_kg_s: Floats


def cabin_of(vehicle: Vehicle, volumes_m3: Mapping[str, float] | None = None) -> Cabin:
    """The arrays of one ship.

    Parameters: vehicle; volumes_m3 {compartment id: m3} that replace the vehicle's. Returns: Cabin.
    Raises: OutOfRange for a volume that is not above zero.
    Holds for: any vehicle. Source: definition; tests/models/test_cabin.py.
    """
    ids = tuple(c.id for c in vehicle.compartments)
    index = {id: k for k, id in enumerate(ids)}
    volumes = np.array([(volumes_m3 or {}).get(c.id, c.volume_m3.value) for c in vehicle.compartments])
    if not np.all(volumes > 0.0):
        raise OutOfRange("volume_m3", float(volumes.min()), "a volume above zero for every compartment")
    ends = [(index[h.between[0]], index[h.between[1]]) for h in vehicle.hatches]
    fans = [(index[v.origin], index[v.target]) for v in vehicle.ventilation]
    return Cabin(
        ids,
        tuple(h.id for h in vehicle.hatches),
        volumes,
        AIR_GAMMA * np.array([c.wall_time_s for c in vehicle.compartments]),
        np.array(ends, dtype=np.int64).reshape(-1, 2),
        np.array(fans, dtype=np.int64).reshape(-1, 2),
        # what comes straight back through the hatch has mixed with nothing
        np.array([v.flow_m3_s.value * (1.0 - v.short_circuit) for v in vehicle.ventilation], dtype=np.float64),
    )


def nominal_shares(vehicle: Vehicle) -> Floats:
    """Mole fractions of the vehicle's nominal atmosphere, (s,)."""
    air = vehicle.atmosphere
    return fractions(air.pressure_pa.value, air.ppo2_pa.value, air.ppco2_pa.value, air.pph2o_pa.value)


def nominal_state(cabin: Cabin, vehicle: Vehicle, temperature_k: Floats) -> State:
    """The vehicle's nominal atmosphere in every compartment, at given gas temperatures.

    Parameters: cabin; vehicle; temperature_k (c,) K. Returns: State at one pressure everywhere.
    Raises: nothing. Holds for: any vehicle. Source: Dalton; tests/models/test_cabin.py.
    """
    total = amount(vehicle.atmosphere.pressure_pa.value, cabin.volume_m3, temperature_k)
    return State(total[:, None] * nominal_shares(vehicle), np.array(temperature_k, dtype=np.float64))


def ways_of(cabin: Cabin, hatch_open: Bools, pumps: Sequence[Pump] = ()) -> Ways:
    """How gas can move: the groups the open hatches make, a spanning tree of each, running fans and pumps.

    Parameters: cabin; hatch_open (h,) bool; pumps. Returns: Ways for the kernels.
    Raises: nothing. Holds for: any hatch graph; of parallel open ways one carries the balance of flow.
    Source: definition; tests/models/test_cabin.py.
    """
    group, parent, order = spanning_tree(len(cabin.compartments), cabin.hatch_ends, hatch_open)
    fans = [
        (a, b, q, 0.0)
        for (a, b), q in zip(cabin.fan_ends.tolist(), cabin.fan_flow_m3_s.tolist(), strict=True)
        if group[a] == group[b]
    ]
    wander = [
        (a, b, cabin.hatch_exchange_m3_s, 0.0)
        for ends, is_open in zip(cabin.hatch_ends.tolist(), hatch_open.tolist(), strict=True)
        if is_open
        for a, b in (ends, ends[::-1])
    ]
    driven = [(p.origin, -1 if p.target is None else p.target, p.volume_flow_m3_s, p.molar_flow_mol_s) for p in pumps]
    links = np.array([*fans, *wander, *driven], dtype=np.float64).reshape(-1, 4)
    return Ways(
        group,
        parent,
        order,
        links[:, 0].astype(np.int64),
        links[:, 1].astype(np.int64),
        np.ascontiguousarray(links[:, 2]),
        np.ascontiguousarray(links[:, 3]),
    )


def equalised(cabin: Cabin, state: State, ways: Ways) -> State:
    """The state after hatches have opened: one pressure per group of `ways`, at once.

    Gas that leaves a compartment expands isentropically; the others take up what is left of the energy. Moles of
    every species and the internal energy of every group are conserved.

    Parameters: cabin; state before; ways after. Returns: State; the same object where nothing moves.
    Raises: nothing. Holds for: openings much faster than a minute.
    Source: first law; METHODS 1.3c; tests/models/test_hatch_events.py.
    """
    moles, temperature = state.moles.copy(), state.temperature_k.copy()
    total = moles.sum(axis=1)
    pressure = total * GAS_CONSTANT * temperature / cabin.volume_m3
    moved, desk = False, np.empty((3, total.size))
    for root in np.unique(ways.group):
        members = np.flatnonzero(ways.group == root)
        p, volume = pressure[members], cabin.volume_m3[members]
        if np.ptp(p) <= 1e-9 * p.max():
            continue
        moved = True
        final = float(p @ volume / volume.sum())
        high = p > final
        warm = temperature[members].copy()
        warm[high] *= (final / p[high]) ** (2.0 / 7.0)
        # what is left of sum(n) = p/R sum(V/T) fixes the other side's mean temperature
        left = GAS_CONSTANT * total[members].sum() / final - float((volume / warm)[high].sum())
        warm[~high] *= float((volume / warm)[~high].sum()) / left
        energy = float(moles[members] @ (MOLAR_CP - GAS_CONSTANT) @ temperature[members])
        temperature[members] = warm
        passes = 256
        for k in range(passes, 0, -1):
            settle(moles, temperature, cabin.volume_m3, ways.group, ways.parent, ways.order, 1.0 / k, desk)
        temperature[members] *= energy / float(moles[members] @ (MOLAR_CP - GAS_CONSTANT) @ warm)
    return State(moles, temperature, state.wall_j) if moved else state


def advance(
    cabin: Cabin,
    state: State,
    ways: Ways,
    holes: Holes,
    gains: Gains,
    walls: Walls,
    start_s: float,
    end_s: float,
    every_s: float = 10.0,
) -> tuple[State, Track, Ledger]:
    """Move the cabin from start to end with nothing opened, closed or switched in between (cut at every event).

    Parameters: as named; holes, gains and walls as in `cabin_flow`; every_s s between rows of the track.
    Returns: the state at end_s, the track with both ends, and the ledger of gas that crossed the hull.
    Raises: OutOfRange if end is not after start, or a compartment runs out of a species.
    Holds for: RK4 with steps no longer than every_s and half the fastest exchange time.
    Source: module head; tests/models/test_cabin.py and tests/against/test_blowdown.py.
    """
    if not end_s > start_s:
        raise OutOfRange("end_s", end_s, f"a time after start_s = {start_s!r}")
    rows = int(np.ceil((end_s - start_s) / every_s - 1e-9))
    times = np.linspace(start_s, end_s, rows + 1)
    moles, temperature = state.moles.copy(), state.temperature_k.copy()
    wall_j = np.zeros_like(temperature) if state.wall_j is None else state.wall_j.copy()
    pressure, track_t, track_n, flows, out, brought = integrate(
        moles, temperature, wall_j, cabin.volume_m3, cabin.wall_time_s, ways, holes, gains, walls, times
    )
    if not np.all(np.isfinite(moles)) or moles.min() < -1e-6:
        worst = cabin.compartments[int(np.argmin(moles.min(axis=1)))]
        raise OutOfRange("moles", float(moles.min()), f"gas left in {worst}: a pump or hole takes more than there is")
    ledger = Ledger(out[4:], out[0], out[1], out[2], out[3], brought)
    return State(moles, temperature, wall_j), Track(times, pressure, track_t, track_n, flows), ledger
