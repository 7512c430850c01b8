"""The pressure groups of the ship and what is believed of each; hatches split and merge them.

Once a leak is believed the balance follows it, and so can no longer say since when, or weigh other causes against it. A
doubting twin of the group goes on unbelieving for some hours: its evidence sharpens onset and probabilities.

A group is laid out anew when its compartments change or when one of its sensors speaks for the first time: sensors that
never speak cost nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.balance import air, layout
from hullwatch.balance.air import AirMemory
from hullwatch.detection import priors, score
from hullwatch.records import Detection, Frames, GroupState, Interval, Quality, Residuals
from hullwatch.units import HOUR_S
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import pressure_groups
from hullwatch.watch.operations import Operation

PAST_S, PAST_SPACING = 12 * HOUR_S, 0.5
"""How long beliefs are kept, and how far apart at most, as a share of their age [c]."""
SETTLE_S = 30.0
"""Time in which parts joined by a hatch come to one pressure and their sensors have said so [c]."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A gain of gas being followed: since when, from which belief, and its fastest rate."""

    since_s: float
    before: AirMemory
    peak_per_s: float
    valves: frozenset[str] = frozenset()  # supply valves seen open meanwhile, by name
    ended_s: Interval | None = None  # when its rate was last found to fall
    found: Detection | None = None  # what made it known, where no valve did


@dataclass(frozen=True, slots=True)
class Phase:
    """Operations that move gas in a group: since when, what was believed before, and which they are."""

    since_s: float
    before: AirMemory
    operations: tuple[Operation, ...]
    incidents: frozenset[str]  # known then


@dataclass(frozen=True, slots=True)
class Group:
    """One pressure group: its balance, the evidence for a change, and a fill if one is running."""

    air: AirMemory
    score: score.ScoreMemory
    fill: Fill | None = None
    doubt: "Group | None" = None  # the group as it would be if the leak found had not been believed
    phase: Phase | None = None  # operations moving its gas
    absorbing: bool = False  # mass may wander now, and nothing is looked for
    past: tuple[AirMemory, ...] = ()  # what was believed of late, the latest last

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


Waits = Callable[[int, Group, Frames], Group | None]
"""What a group in which something changed is, at the frame at hand, where nothing explains it surely yet; else None."""


def judge(
    groups: tuple[Group, ...], vehicle: Vehicle, frames: Frames, loss_h: float, other_h: float, waits: Waits
) -> tuple[tuple[Group, ...], int, int | None]:
    """Run balance and detection over frames up to the first change in any group that has a sure explanation.

    A group whose change is not sure yet goes on by itself: what it waits for concerns no other. Returns the groups,
    the number of frames judged, and the index of the group in which something changed.
    """
    looks = vehicle, (loss_h, other_h), waits
    judged = [_judge_on(k, g, frames, *looks) for k, g in enumerate(groups)]
    stops = [(frame, k) for k, (_, frame) in enumerate(judged) if frame is not None]
    if not stops:
        return tuple(g for g, _ in judged), frames.time_s.size, None
    frame, changed = min(stops)
    if frame + 1 < frames.time_s.size:
        part = cut(frames, 0, frame + 1)
        judged = [(g, at) if at == frame else _judge_on(k, groups[k], part, *looks) for k, (g, at) in enumerate(judged)]
    return tuple(g for g, _ in judged), frame + 1, changed


def setting(
    group: Group, state: GroupState, vehicle: Vehicle, outlets: str = "", shown: bool = False, expected_kg: float = 0.0
) -> priors.Setting:
    """What weighing needs to know of this group.

    outlets: what the feed says of vents and pumps; shown: whether it says anything of them; expected_kg: gas that
    came of late and may go again.
    """
    lay = group.air.layout
    return priors.Setting(
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
        analysers=len(lay.analysers),
    )


def kept(group: Group) -> Group:
    """The group with what it believes now kept beside what it believed before, ever thinner with age: a gain of gas is
    measured against the belief from before it began, and is known as one only later."""
    now = float(group.air.clock[air.K_STATE_TIME])
    if np.isnan(now) or (group.past and now <= _time(group.past[-1])):
        return group
    held = [one for one in group.past if now - _time(one) < PAST_S] + [group.air]
    age = [now - _time(one) for one in held]
    # one may go if its neighbours are near enough for its age
    spare = next((k for k in range(1, len(held) - 1) if age[k - 1] - age[k + 1] < PAST_SPACING * age[k]), None)
    return replace(group, past=tuple(one for k, one in enumerate(held) if k != spare))


def before(group: Group, time_s: float) -> AirMemory | None:
    """What was believed last at or before this time; None if nothing was kept then."""
    earlier = [one for one in group.past if _time(one) <= time_s]
    return earlier[-1] if earlier else None


def _time(belief: AirMemory) -> float:
    return float(belief.clock[air.K_STATE_TIME])


def states(groups: tuple[Group, ...], vehicle: Vehicle, frames: Frames | None) -> tuple[GroupState, ...]:
    """Belief about every group that has had a reading; the oxygen reading is the latest frame's."""
    found = (state(g, vehicle, k, frames) for k, g in enumerate(groups))
    return tuple(each for each in found if each is not None)


def state(group: Group, vehicle: Vehicle, k: int, frames: Frames | None) -> GroupState | None:
    """Belief about group number k, None before its first reading."""
    return air.state_of(group.air, vehicle, k, _oxygen(vehicle, group, frames))


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


def _judge_on(
    k: int, group: Group, frames: Frames, vehicle: Vehicle, looks: tuple[float, float], waits: Waits
) -> tuple[Group, int | None]:
    """A group after these frames, or after the frame returned at which a change has a sure explanation."""
    if not group.air.layout.pressure:
        return group, None
    looks = (np.inf, np.inf) if group.absorbing else looks
    whole, residuals = air.balance(group.air, vehicle, frames)
    scored, frame = score.score(group.score, residuals, *looks)
    while frame is not None:
        # what the change is depends on what was believed at its frame; waiting for more changes the score alone
        now = replace(_judge(group, vehicle, cut(frames, 0, frame + 1)), score=scored)
        waiting = waits(k, now, cut(frames, frame, frame + 1))
        if waiting is None:
            return now, frame
        residuals = _after(residuals, frame)
        scored, frame = score.score(waiting.score, residuals, *looks)
    return _twin(replace(group, air=whole, score=scored), vehicle, frames), None


def _after(r: Residuals, frame: int) -> Residuals:
    """The rows of later frames."""
    n = int(np.searchsorted(r.frame, frame, side="right"))
    return Residuals(r.time_s, r.frame[n:], r.dt_s[n:], r.pinned[n:], r.nu[n:], r.s[n:], r.h[n:], r.gain[n:])


def _judge(group: Group, vehicle: Vehicle, frames: Frames) -> Group:
    """Balance of a group and of its doubting twin; the score of the group itself stays as it was."""
    return _twin(replace(group, air=air.balance(group.air, vehicle, frames)[0]), vehicle, frames)


def _twin(group: Group, vehicle: Vehicle, frames: Frames) -> Group:
    """The group with its doubting twin after these frames: the twin looks for nothing."""
    if group.doubt is None:
        return group
    memory, residuals = air.balance(group.doubt.air, vehicle, frames)
    scored, _ = score.score(group.doubt.score, residuals, np.inf, np.inf)
    return replace(group, doubt=replace(group.doubt, air=memory, score=scored))


def _same(a: layout.Layout, b: layout.Layout) -> bool:
    return (a.compartments, a.sensors, a.thermometer) == (b.compartments, b.sensors, b.thermometer)


def _no_score(lay: layout.Layout) -> score.ScoreMemory:
    return score.begin(
        lay.relax_s, lay.into, lay.source, lay.weight, tuple(lay.bias(s) for s in range(len(lay.sensors))),
        lay.nitrogen if lay.analysers else 0.0,
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
