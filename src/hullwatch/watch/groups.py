"""The pressure groups of the ship and what is believed of each; hatches split and merge them.

Once a leak is believed the balance follows it, and so can no longer say since when, or weigh other causes against it. A
doubting twin of the group goes on unbelieving for some hours: its evidence sharpens onset and probabilities.

A group is laid out anew when its compartments change or when one of its sensors speaks for the first time: sensors that
never speak cost nothing.
"""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.balance import air, layout
from hullwatch.detection import score, verdict
from hullwatch.records import Frames, GroupState, Quality
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import pressure_groups
from hullwatch.watch.operations import Operation

SETTLE_S = 30.0
"""Time in which parts joined by a hatch come to one pressure and their sensors have said so [c]."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A gain of gas being followed: since when, from which logarithm of mass, and its fastest rate."""

    since_s: float
    mass_log: float
    peak_per_s: float
    valves: frozenset[str] = frozenset()  # supply valves seen open meanwhile, by name
    ended_s: float | None = None  # when its rate was last found to fall
    exchanged: float = 0.0  # the balance's state of that name when it began


@dataclass(frozen=True, slots=True)
class Phase:
    """Operations that move gas in a group: since when, what was believed before, and which they are."""

    since_s: float
    before: air.AirMemory
    operations: tuple[Operation, ...]
    incidents: frozenset[str]  # known then


@dataclass(frozen=True, slots=True)
class Group:
    """One pressure group: its balance, the evidence for a change, and a fill if one is running."""

    air: air.AirMemory
    score: score.ScoreMemory
    fill: Fill | None = None
    doubt: "Group | None" = None  # the group as it would be if the leak found had not been believed
    phase: Phase | None = None  # operations moving its gas
    absorbing: bool = False  # mass may wander now, and nothing is looked for

    @property
    def compartments(self) -> tuple[str, ...]:
        """Who shares this pressure."""
        return self.air.layout.compartments


def form(
    vehicle: Vehicle,
    open_hatches: frozenset[str],
    spoken: frozenset[str],
    parents: tuple[Group, ...] = (),
    moved_s: float = -np.inf,
) -> tuple[Group, ...]:
    """Groups for these open hatches. A group whose compartments and sensors are unchanged goes on as it was.

    moved_s: when hatches moved; pressures are given time to settle then.
    """
    groups = []
    for compartments in pressure_groups(vehicle, open_hatches):
        lay = layout.lay_out(vehicle, compartments, spoken)
        same = next((g for g in parents if _same(g.air.layout, lay)), None)
        if same is not None:
            groups.append(same)
            continue
        kin = tuple(g.air for g in parents if set(g.compartments) & set(compartments))
        groups.append(Group(air.inherit(air.begin(vehicle, lay, moved_s + SETTLE_S), kin), _no_score(lay)))
    return tuple(groups)


def judge(
    groups: tuple[Group, ...], vehicle: Vehicle, frames: Frames, loss_h: float, other_h: float
) -> tuple[tuple[Group, ...], int, int | None]:
    """Run balance and detection over frames up to the first change in any group.

    Returns the groups, the number of frames judged, and the index of the group in which something changed.
    """
    judged = [_judge(g, vehicle, frames, loss_h, other_h) for g in groups]
    stops = [(frame, k) for k, (_, frame) in enumerate(judged) if frame is not None]
    if not stops:
        return tuple(g for g, _ in judged), frames.time_s.size, None
    frame, changed = min(stops)
    if frame + 1 < frames.time_s.size:
        part = cut(frames, 0, frame + 1)
        judged = [_judge(g, vehicle, part, loss_h, other_h) for g in groups]
    return tuple(g for g, _ in judged), frame + 1, changed


def setting(
    group: Group, state: GroupState, vehicle: Vehicle, outlets: str = "", shown: bool = False, expected_kg: float = 0.0
) -> verdict.Setting:
    """What weighing needs to know of this group.

    outlets: what the feed says of vents and pumps; shown: whether it says anything of them; expected_kg: gas that
    came of late and may go again.
    """
    lay = group.air.layout
    return verdict.Setting(
        mass_kg=state.mass_kg,
        temperature_k=state.temperature_k,
        pressure_pa=state.pressure_pa,
        heat_k=group.air.heat_sd * vehicle.atmosphere.temperature_k.value,
        unmetered_kg_s=vehicle.supply.unmetered_kg_s * lay.volume_m3 / vehicle.volume_m3,
        sensors=tuple(vehicle.channels[k].id for k in lay.sensors),
        following=state.loss_per_s if state.followed else 0.0,
        # a reading of an analyser has no step but its noise
        quantum=tuple(np.where(np.arange(lay.quantum.size) < len(lay.pressure), lay.quantum, 3.0 * lay.noise).tolist()),
        outlets=outlets,
        shown=shown,
        expected_kg=expected_kg,
        analysers=len(lay.nitrogen),
    )


def states(groups: tuple[Group, ...], vehicle: Vehicle, frames: Frames | None) -> tuple[GroupState, ...]:
    """Belief about every group that has had a reading; the oxygen reading is the latest frame's."""
    found = (air.state_of(g.air, vehicle, k, _oxygen(vehicle, g, frames)) for k, g in enumerate(groups))
    return tuple(state for state in found if state is not None)


def cut(frames: Frames, start: int, stop: int) -> Frames:
    """Frames start to stop."""
    return Frames(
        frames.time_s[start:stop],
        frames.value_si[start:stop],
        frames.previous_si[start:stop],
        frames.fresh[start:stop],
        frames.flags[start:stop],
        frames.channels,
    )


def _judge(group: Group, vehicle: Vehicle, frames: Frames, loss_h: float, other_h: float) -> tuple[Group, int | None]:
    if not group.air.layout.pressure:
        return group, None
    memory, residuals = air.balance(group.air, vehicle, frames)
    looks = (np.inf, np.inf) if group.absorbing else (loss_h, other_h)
    scored, frame = score.score(group.score, residuals, *looks)
    doubt = _judge(group.doubt, vehicle, frames, np.inf, np.inf)[0] if group.doubt else None
    return replace(group, air=memory, score=scored, doubt=doubt), frame


def _same(a: layout.Layout, b: layout.Layout) -> bool:
    return (a.compartments, a.sensors, a.thermometer) == (b.compartments, b.sensors, b.thermometer)


def _no_score(lay: layout.Layout) -> score.ScoreMemory:
    return score.begin(
        lay.relax_s, lay.into, lay.source, lay.weight, tuple(lay.bias(s) for s in range(len(lay.sensors))),
        float(lay.reference_pa[-1] / lay.reference_pa[0]) if lay.nitrogen else 0.0,
    )  # fmt: skip


def _oxygen(vehicle: Vehicle, group: Group, frames: Frames | None) -> float | None:
    if frames is None or frames.time_s.size == 0:
        return None
    inside = set(group.compartments)
    for k, channel in enumerate(vehicle.channels):
        if channel.quantity == "ppo2" and channel.compartment in inside:
            value, flags = frames.value_si[-1, k], int(frames.flags[-1, k])
            if not flags & int(Quality.UNUSABLE) and np.isfinite(value):
                return float(value)
    return None
