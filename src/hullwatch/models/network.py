"""The cabin with every way through which gas must squeeze: each compartment has its own pressure and temperature.

    A --[valve]-- B --(open hatch, 1.2 m2)-- C ~~(leaking seal)~~ D --> space

`cabin` lumps what open hatches join; that errs by less than 1e-5 of the pressure and is a thousand times cheaper. Here
is what it cannot say: how fast an equalisation valve fills a lock, what a hatch that does not seal lets through, what a
regulator or a relief valve does. Such a stretch is stiff, and `rosenbrock` moves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.models.cabin import Cabin, State
from hullwatch.models.hatches import spanning_tree
from hullwatch.models.path_rates import Pipes, Rooms, Valves
from hullwatch.models.paths import DRIVEN, FAN, ORIFICE, SIZE, SMOOTH_PA, TANK, VISCOUS
from hullwatch.models.rosenbrock import DONE, integrate_paths, readings
from hullwatch.models.wiring import eliminate
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP
from hullwatch.records import Bools, Floats, Ints

OPEN_HATCH_M2 = 1.2
"""Effective area of an open hatch where a vehicle does not say its own."""

_KINDS = {"orifice": ORIFICE, "seal": VISCOUS, "fan": FAN, "pump": DRIVEN, "tank": TANK}


@dataclass(frozen=True, slots=True)
class Path:
    """A way for gas from one compartment to another (None: overboard).

    kind and size: "orifice", effective area m2, both ways; "seal", m3/(s Pa), flow with the difference of squared
    pressures; "fan", m3/s, one way; "pump", mol/s, one way; "tank", mol/s of `gas` (species mole fractions) that
    arrives in origin at the network's supply_k. It is open only while valve number `valve` is. A hole overboard may
    grow: size * exp(growth_1_s * (t - since_s)).
    """

    kind: str
    origin: int
    target: int | None
    size: float
    valve: int | None = None
    growth_1_s: float = 0.0
    since_s: float = 0.0
    gas: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Valve:
    """Moves by the pressure of a compartment: opens above closes_pa for relief, below it for a regulator."""

    sensor: int
    opens_pa: float
    closes_pa: float
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """Compartments (c) and the paths between them, from one event to the next."""

    volume_m3: Floats  # (c,)
    paths: tuple[Path, ...]
    valves: tuple[Valve, ...] = ()
    supply_mol_s: Floats | None = None  # (c, s)
    supply_k: Floats | float = 295.0  # (c,) or one
    removal_1_s: Floats | None = None  # (c, s)
    wall_w_k: Floats | None = None  # (c,) heat to walls and equipment, W/K
    wall_j_k: Floats | None = None  # (c,) heat they hold, J/K; None: their temperature stays
    wall_k: Floats | None = None  # (c,) or (t, c) their temperature, on the clock below
    wall_start_s: float = 0.0
    wall_step_s: float = 60.0
    wall_time_s: Floats | None = None  # (c,) more heat, the gas's heat capacity over this; vapour settles as fast
    people: Floats | None = None  # (c,) persons
    person_mol_s: Floats | None = None  # (s,) of one person
    floor_mol: Floats | None = None  # (c, s) what removal leaves
    isothermal: bool = False

    def __post_init__(self) -> None:
        """Refuse what has no meaning."""
        count = self.volume_m3.size
        if not np.all(np.isfinite(self.volume_m3)) or not np.all(self.volume_m3 > 0.0):
            raise OutOfRange("volume_m3", float(np.min(self.volume_m3)), "finite volumes above zero")
        for path in self.paths:
            if path.kind not in _KINDS:
                raise OutOfRange("kind", None, f"one of {', '.join(_KINDS)}, not {path.kind!r}")
            if not (np.isfinite(path.size) and path.size >= 0.0):
                raise OutOfRange("size", path.size, "a finite size of zero or more")
            ends = [path.origin] if path.target is None else [path.origin, path.target]
            if any(not 0 <= end < count for end in ends) or len(set(ends)) != len(ends):
                raise OutOfRange("target", max(ends), f"two different compartments below {count}")
            if (path.kind == "tank") != (path.gas is not None) or (path.kind == "tank" and path.target is not None):
                raise OutOfRange("gas", None, "mole fractions for a tank, without a target; and for nothing else")
            if path.growth_1_s != 0.0 and path.target is not None:
                raise OutOfRange("growth_1_s", path.growth_1_s, "zero, but for a way overboard")
            if path.valve is not None and not 0 <= path.valve < len(self.valves):
                raise OutOfRange("valve", path.valve, f"the number of one of {len(self.valves)} valves")
        for valve in self.valves:
            if valve.opens_pa == valve.closes_pa:
                raise OutOfRange("opens_pa", valve.opens_pa, "a pressure that differs from closes_pa: it would chatter")


@dataclass(frozen=True, slots=True)
class Squeeze:
    """What happened: the state at the end, and on the way at time_s (n,)."""

    state: State
    time_s: Floats  # (n,)
    pressure_pa: Floats  # (n, c)
    temperature_k: Floats  # (n, c)
    moles: Floats  # (n, c, s)
    overboard_mol: Floats  # (s,)
    overboard_j: float  # enthalpy that went with it
    removed_mol: Floats  # (c, s) of overboard_mol, what removal and cold walls took
    path_mol: Floats  # (path, s) of overboard_mol, what each path took; zero for paths inside
    people_mol: Floats  # (s,) what people made, less what they used
    tank_mol: Floats  # (s,)
    gained_j: float  # enthalpy that people, tanks and supply brought
    wall_j: Floats  # (c,) what walls and equipment took up
    valves: tuple[Valve, ...]
    steps: int
    rejected: int
    moved: int  # valves


def squeeze(network: Network, state: State, times_s: Floats, rtol: float = 1e-6, atol: float | None = None) -> Squeeze:
    """Move a network from the first of the times to the last, with nothing switched but its own valves.

    Parameters: network; state; times_s (n,) s, rising; rtol; atol against the moles in a compartment (rtol / 100).
    Returns: Squeeze. Raises: OutOfRange for times that do not rise, a tolerance out of range, an empty compartment, or
    a run that cannot go on.
    Holds for: ideal gas, well mixed compartments. Source: `rosenbrock`; tests/models/test_network.py.
    """
    if times_s.size < 2 or not np.all(np.diff(times_s) > 0.0):
        raise OutOfRange("times_s", float(times_s[-1]) if times_s.size else np.nan, "two or more rising times")
    if not 1e-13 <= rtol <= 1e-1:
        raise OutOfRange("rtol", rtol, "1e-13 to 0.1")
    if not np.all(np.isfinite(state.moles)) or state.moles.sum(axis=1).min() <= 0.0 or state.temperature_k.min() <= 0.0:
        raise OutOfRange("moles", float(state.moles.sum(axis=1).min()), "gas above 0 K in every compartment")
    order, pipes = _pipes(network)
    rooms = _rooms(network, state, order)
    y = np.concatenate([state.moles, _energy(state.moles, state.temperature_k)[:, None]], axis=1)[order]
    valves = Valves(
        np.array([int(np.flatnonzero(order == v.sensor)[0]) for v in network.valves], dtype=np.int64),
        np.array([v.opens_pa for v in network.valves]),
        np.array([v.closes_pa for v in network.valves]),
    )
    is_open = np.array([v.is_open for v in network.valves], dtype=np.bool_)
    rows = order.size + int((pipes.row >= 0).sum())
    track, sink, gained = np.empty((times_s.size, order.size, SIZE)), np.zeros((rows, SIZE)), np.zeros((2, SIZE))
    walls, tally = np.zeros(order.size), np.zeros(4, dtype=np.int64)
    # the root law is straightened no finer than the tolerance can see, or the run would chatter about zero
    top = state.moles.sum(axis=1) * GAS_CONSTANT * state.temperature_k / network.volume_m3
    smooth = max(SMOOTH_PA, rtol * float(top.max()))
    status, reached = integrate_paths(
        y, walls, pipes, rooms, valves, is_open, times_s, rtol, rtol * 1e-2 if atol is None else atol, smooth, order,
        track, sink, gained, tally,
    )  # fmt: skip
    if status != DONE:
        raise OutOfRange(
            "times_s", reached, "a run without a stall; a path is too large for the compartment it empties"
        )
    track[-1, order] = y
    back = np.argsort(order)
    pressure, warm = np.empty(track.shape[:2]), np.empty(track.shape[:2])
    fixed = state.temperature_k if network.isothermal else np.zeros(order.size)
    readings(track, network.volume_m3, fixed, pressure, warm)
    n = track[:, :, :4]
    by_path = np.where((pipes.row >= 0)[:, None], sink[pipes.row, :4], 0.0)
    supply_j = 0.0
    if network.supply_mol_s is not None:
        supply_j = float(np.sum(network.supply_mol_s @ MOLAR_CP * network.supply_k)) * (times_s[-1] - times_s[0])
    return Squeeze(
        State(n[-1].copy(), warm[-1].copy()), times_s, pressure, warm, n,
        sink[:, :4].sum(axis=0), float(sink[:, 4].sum()), sink[: order.size, :4][back], by_path,
        gained[0, :4].copy(), gained[1, :4].copy(), float(gained[:, 4].sum()) + supply_j, walls[back],
        tuple(replace(v, is_open=bool(o)) for v, o in zip(network.valves, is_open, strict=True)),
        int(tally[0]), int(tally[1]), int(tally[2]),
    )  # fmt: skip


def resolved(
    cabin: Cabin, hatch_open: Bools, hatch_m2: float = OPEN_HATCH_M2, more: Sequence[Path] = (), *,
    supply_mol_s: Floats | None = None, removal_1_s: Floats | None = None, wall_k: Floats | None = None,
    wall_time_s: Floats | None = None, isothermal: bool = False,
) -> Network:  # fmt: skip
    """A cabin whose open hatches are paths like any other: the full model that `cabin` lumps.

    Parameters: cabin; hatch_open (h,); hatch_m2, effective area of an open hatch; more paths; the others as in
    Network.
    Returns: Network. Raises: as Network. Holds for: any hatch graph. Source: definition; tests/against/test_lumped.py.
    """
    paths = [
        Path("orifice", int(a), int(b), hatch_m2)
        for (a, b), is_open in zip(cabin.hatch_ends.tolist(), hatch_open.tolist(), strict=True)
        if is_open
    ]
    ways = {frozenset((p.origin, p.target)) for p in paths}
    fans = [
        Path("fan", int(a), int(b), float(q))
        for (a, b), q in zip(cabin.fan_ends.tolist(), cabin.fan_flow_m3_s, strict=True)
        if frozenset((a, b)) in ways
    ]
    return Network(
        cabin.volume_m3, (*paths, *fans, *more), supply_mol_s=supply_mol_s, removal_1_s=removal_1_s, wall_k=wall_k,
        wall_time_s=wall_time_s, isothermal=isothermal,
    )  # fmt: skip


def joined(
    cabin: Cabin, state: State, craft: Cabin, air: State, hatch: str, port: int, door: int
) -> tuple[Cabin, State]:
    """The ship with a visiting vehicle: its compartments and gas join, behind one more hatch, which is closed.

    Parameters: cabin, state; craft, air of the visitor; hatch id; port, compartment of the ship; door, of the craft.
    Returns: Cabin, State, the craft's compartments last. Raises: OutOfRange for a port or door that is not there.
    Holds for: any ship. Source: definition; tests/models/test_network.py.
    """
    count = len(cabin.compartments)
    if not 0 <= port < count or not 0 <= door < len(craft.compartments):
        raise OutOfRange("port", port, f"a compartment of the ship, below {count}, and a door of the craft")
    ends = np.concatenate([cabin.hatch_ends, craft.hatch_ends + count, [[port, count + door]]]).astype(np.int64)
    ship = Cabin(
        cabin.compartments + craft.compartments, (*cabin.hatches, *craft.hatches, hatch),
        np.concatenate([cabin.volume_m3, craft.volume_m3]), np.concatenate([cabin.wall_time_s, craft.wall_time_s]),
        ends, np.concatenate([cabin.fan_ends, craft.fan_ends + count]).astype(np.int64),
        np.concatenate([cabin.fan_flow_m3_s, craft.fan_flow_m3_s]),
    )  # fmt: skip
    return ship, State(
        np.concatenate([state.moles, air.moles]), np.concatenate([state.temperature_k, air.temperature_k])
    )


def parted(cabin: Cabin, state: State, leaving: Sequence[int]) -> tuple[Cabin, State, State]:
    """The ship without the compartments that leave, and the gas that goes with them.

    Parameters: cabin, state; leaving, indices. Returns: Cabin and State of what stays, State of what left. The hatches
    and fans that joined the two are gone. Raises: OutOfRange if nothing stays.
    Holds for: closed hatches between the two.
    Source: definition; tests/models/test_network.py.
    """
    gone = np.isin(np.arange(len(cabin.compartments)), np.asarray(leaving))
    if gone.all():
        raise OutOfRange("leaving", float(gone.sum()), "at least one compartment that stays")
    number = np.cumsum(~gone) - 1
    hatch: Bools = np.asarray(~gone[cabin.hatch_ends].any(axis=1))
    fan: Bools = np.asarray(~gone[cabin.fan_ends].any(axis=1))
    ship = Cabin(
        tuple(c for c, g in zip(cabin.compartments, gone, strict=True) if not g),
        tuple(h for h, keep in zip(cabin.hatches, hatch, strict=True) if keep),
        cabin.volume_m3[~gone], cabin.wall_time_s[~gone], number[cabin.hatch_ends[hatch]],
        number[cabin.fan_ends[fan]], cabin.fan_flow_m3_s[fan],
    )  # fmt: skip
    return (
        ship,
        State(state.moles[~gone], state.temperature_k[~gone]),
        State(state.moles[gone], state.temperature_k[gone]),
    )


def _energy(moles: Floats, temperature_k: Floats) -> Floats:
    return np.asarray(moles @ (MOLAR_CP - GAS_CONSTANT) * temperature_k)


def _pipes(network: Network) -> tuple[Ints, Pipes]:
    """Leaves first, and the pattern of elimination."""
    count = network.volume_m3.size
    inner = [(p.origin, p.target) for p in network.paths if p.target is not None]
    leaves = np.array([p.target is None and p.kind != "tank" for p in network.paths], dtype=np.bool_)
    supply_k = np.broadcast_to(np.asarray(network.supply_k, dtype=np.float64), (count,))
    gas = np.zeros((len(network.paths), SIZE))
    for k, path in enumerate(network.paths):
        if path.gas is not None:
            gas[k, :4] = path.gas
            gas[k, 4] = gas[k, :4] @ MOLAR_CP * supply_k[path.origin]
    order = _leaves_first(count, inner)
    place = np.argsort(order)
    entries, pairs = eliminate(count, [(int(place[a]), int(place[b])) for a, b in inner])
    number = {edge: e for e, edge in enumerate(entries)}
    ends = [(int(place[p.origin]), -1 if p.target is None else int(place[p.target])) for p in network.paths]
    return order, Pipes(
        _ints([_KINDS[p.kind] for p in network.paths]),
        np.array([p.size for p in network.paths], dtype=np.float64),
        _ints([a for a, _ in ends]), _ints([b for _, b in ends]),
        _ints([-1 if b < 0 else number[min(a, b), max(a, b)] for a, b in ends]),
        _ints([-1 if p.valve is None else p.valve for p in network.paths]),
        np.where(leaves, count - 1 + np.cumsum(leaves), -1).astype(np.int64),
        np.array([p.growth_1_s for p in network.paths], dtype=np.float64),
        np.array([p.since_s for p in network.paths], dtype=np.float64),
        gas,
        _ints(np.searchsorted([k for k, _ in entries], np.arange(count + 1))),
        _ints([j for _, j in entries]),
        _ints(np.concatenate([[0], np.cumsum([len(p) for p in pairs])])),
        _ints([number.get((min(t), max(t)), -1) for p in pairs for t in p]),
        spanning_tree(count, place[_ints(inner).reshape(-1, 2)], np.ones(len(inner), dtype=np.bool_))[0],
    )  # fmt: skip


def _leaves_first(count: int, ways: Sequence[tuple[int, int]]) -> Ints:
    """Fewest neighbours first, as elimination would have it."""
    near: list[set[int]] = [set() for _ in range(count)]
    for a, b in ways:
        near[a].add(b)
        near[b].add(a)
    left, order = set(range(count)), []
    while left:
        c = min(left, key=lambda k: (len(near[k]), k))
        for a in near[c]:
            near[a] |= near[c] - {a}
            near[a].discard(c)
        left.discard(c)
        order.append(c)
    return np.array(order, dtype=np.int64)


def _ints(values: object) -> Ints:
    return np.asarray(values, dtype=np.int64).reshape(-1)


def _rooms(network: Network, state: State, order: Ints) -> Rooms:
    count = order.size
    zero, none, never = np.zeros((count, 4)), np.zeros(count), np.full(count, np.inf)
    gas = zero if network.supply_mol_s is None else network.supply_mol_s
    heat = gas @ MOLAR_CP * network.supply_k
    walls = np.atleast_2d(state.temperature_k if network.wall_k is None else network.wall_k)
    return Rooms(
        network.volume_m3[order],
        (state.temperature_k if network.isothermal else none)[order],
        np.concatenate([gas, heat[:, None]], axis=1)[order],
        (none if network.people is None else network.people)[order],
        np.zeros(4) if network.person_mol_s is None else network.person_mol_s,
        (zero if network.removal_1_s is None else network.removal_1_s)[order],
        (zero if network.floor_mol is None else network.floor_mol)[order],
        network.wall_start_s,
        network.wall_step_s,
        np.ascontiguousarray(walls[:, order]),
        (none if network.wall_w_k is None else network.wall_w_k)[order],
        (never if network.wall_time_s is None else network.wall_time_s)[order],
        (never if network.wall_j_k is None else network.wall_j_k)[order],
    )
