"""While an operation moves gas in a group, its mass may wander and nothing is looked for; afterwards it is weighed.

Evidence gathered before goes on counting afterwards: the filter knows that it knows nothing of mass meanwhile, so the
readings of that time weigh next to nothing, and a leak that began before or during it shows once mass is held again.
"""

from dataclasses import replace

import numpy as np

from hullwatch.balance import air, amend
from hullwatch.balance.absorbed import absorbed, renew_gauges
from hullwatch.balance.came import exchanged_of
from hullwatch.balance.layout import FLOW, MASS
from hullwatch.detection import score
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.records import Event, Interval
from hullwatch.units import utc_text
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure
from hullwatch.watch import returns, words
from hullwatch.watch.marks import valves_open
from hullwatch.watch.memory import WatchMemory, possible, with_group
from hullwatch.watch.operations import Moved, Operation

WANDER_PER_S = 0.1**2
"""Variance a second of the logarithm of mass meanwhile: faster than any valve; every reading is believed [c]."""
LARGE = 0.05
"""A larger change, as a share, leaves walls, heat and gauges behind that are new to the filter: start afresh [c]."""
MOST = 20.0
"""No end of a change, in logarithm, is taken further out: a hundred million times is no measurement any more."""
SAID_AFTER_S = 600.0
"""How long after its end an operation is told: a leak that began meanwhile and matters is found by then [c]."""
SIGN = {"repressurisation": 1.0, "vent": -1.0, "airlock": 0.0, "docking": 0.0}
"""Which way each kind moves gas; 0: either way, for it goes from one part of the ship to another."""
RATE_SHARE = 0.3
"""How well the rate of a fill that outlasts its valve's word is known from its mean so far, relative [c]."""


def absorb(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Begin and end the absorbing in every group as operations now stand; what has ended is weighed and named."""
    for k, group in enumerate(memory.groups):
        felt = [one for one in memory.underway.running if _feels(group, one)]
        if not felt and not group.absorbing and group.phase is None:
            continue
        told = tuple(one for one in felt if one.told)
        memory = _set(memory, k, any(time_s < one.until_s for one in felt))
        if told:
            memory = _tell(memory, k, told, time_s)
        elif group.phase is not None:
            memory = close(memory, vehicle, k, time_s)
    return _say_due(memory, vehicle, time_s, time_s)


def close(memory: WatchMemory, vehicle: Vehicle, k: int, time_s: float) -> WatchMemory:
    """The operations in a group are over: weigh what they did to its gas."""
    group = memory.groups[k]
    phase = group.phase
    if phase is None:
        return memory
    memory = with_group(memory, k, replace(group, phase=None))
    start, now = (air.state_of(belief, vehicle, k, None) for belief in (phase.before, group.air))
    found = absorbed(phase.before, group.air, vehicle.atmosphere.temperature_k.value)
    if start is None or now is None or found is None:
        return memory
    change, sd = found
    if abs(change) > LARGE:
        memory = _afresh(memory, k)
    valves = _still_open(memory, vehicle, phase)
    if valves and change > SIGMAS_90 * sd and (group.fill is not None or group.air.walk[FLOW] == 0.0):
        return _hand_over(memory, k, phase, change, time_s, valves)
    low, high = change - SIGMAS_90 * sd, change + SIGMAS_90 * sd
    # relative to the fuller side: an empty lock has no gas to be relative to
    ends = np.clip((change, low, high), -MOST, MOST)
    kg = [start.mass_kg * np.expm1(c) if change < 0.0 else -now.mass_kg * np.expm1(-c) for c in ends]
    mass = Interval(*(float(m) for m in kg))
    moved = Moved(
        k, group.compartments, phase.operations, phase.since_s, time_s, mass, phase.incidents, time_s + SAID_AFTER_S,
        exchanged_of(phase.before), found,
    )  # fmt: skip
    underway = memory.underway
    return replace(memory, underway=replace(underway, unsaid=(*underway.unsaid, moved)))


def close_changed(before: WatchMemory, after: WatchMemory, vehicle: Vehicle, time_s: float) -> WatchMemory:
    """Hatches moved: weigh what operations had done by then to the groups that are no more."""
    kept = {id(group) for group in after.groups}
    now = before
    for k, group in enumerate(before.groups):
        if id(group) not in kept:
            now = close(now, vehicle, k, time_s)
    return replace(after, underway=replace(after.underway, unsaid=now.underway.unsaid))


def finish(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> tuple[WatchMemory, tuple[Event, ...]]:
    """The watch ends: what operations did so far."""
    for k in range(len(memory.groups)):
        memory = close(memory, vehicle, k, time_s)
    return _say_due(memory, vehicle, time_s, np.inf)


def _say_due(
    memory: WatchMemory, vehicle: Vehicle, time_s: float, until_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Say what operations did, once a leak that began meanwhile would have been found."""
    now = memory.underway
    due = [moved for moved in now.unsaid if moved.due_s <= until_s]
    if not due:
        return memory, ()
    memory = replace(memory, underway=replace(now, unsaid=tuple(m for m in now.unsaid if m.due_s > until_s)))
    events: tuple[Event, ...] = ()
    for moved in due:
        memory, said = _say(memory, vehicle, moved, time_s)
        events += said
    return memory, events


def _say(memory: WatchMemory, vehicle: Vehicle, moved: Moved, time_s: float) -> tuple[WatchMemory, tuple[Event, ...]]:
    """One line for what some operations did, less what a leak found since took."""
    mass, leaked = _less_leaks(memory, moved)
    names = _names(moved)
    amount = f"{mass.median:+.3g} kg ({mass.low:+.3g} to {mass.high:+.3g})"
    if mass.low <= 0.0 <= mass.high:
        logged = [one for one in moved.operations if one.key.startswith("log ")]
        why = f"{names}: no change of gas was seen, {amount}{leaked}{_rest(memory, moved, mass)}"
        data = {"kind": moved.operations[0].kind, "channel": None, "state": "no effect seen", "why": why}
        return memory, (Event(time_s, "operation", None, data),) if logged else ()
    # of several the one that moves gas this way names it; a change no operation makes is none of theirs
    fitting = sorted((-SIGN[one.kind] * mass.median, one.kind) for one in moved.operations)
    kind, remark = fitting[0][1], _rest(memory, moved, mass)
    if fitting[0][0] > 0.0:
        kind, remark = ("repressurisation" if mass.median > 0.0 else "step_loss"), "; that does not explain it"
    if mass.median > 0.0:
        span, before = (moved.start_s, moved.end_s), moved.exchanged
        gain = returns.Gain(moved.group, *span, mass.median, moved.compartments, before, moved.rise)
        memory = replace(memory, gains=returns.remember(memory.gains, gain))
    why = f"{amount} in {(moved.end_s - moved.start_s) / 60.0:.0f} min; meanwhile: {names}{leaked}{remark}"
    return memory, (words.step(kind, moved.group, moved.start_s, moved.end_s, mass, None, why, time_s),)


def _less_leaks(memory: WatchMemory, moved: Moved) -> tuple[Interval, str]:
    """The change without what leaks took that began meanwhile and were found only afterwards, and words for those."""
    mass, said = moved.mass_kg, ""
    for incident in memory.incidents:
        if incident.id in moved.incidents or not possible(memory, incident) & set(moved.compartments):
            continue
        spans = [min(max(moved.closed_s - t, 0.0), moved.closed_s - moved.since_s) for t in _ends(incident.onset_s)]
        if spans[0] <= 0.0:
            continue
        rate = incident.rate_kg_s
        took = rate.median * spans[0]
        spread = float(np.hypot(0.5 * (rate.high - rate.low) * spans[0], 0.5 * rate.median * (spans[1] - spans[2])))
        low, high = (float(np.hypot(spread, end - mass.median)) for end in (mass.low, mass.high))
        mass = Interval(mass.median + took, mass.median + took - low, mass.median + took + high)
        said += f"; besides, {incident.id} took {took:.3g} kg by then"
    return mass, said


def _ends(onset: Interval) -> tuple[float, float, float]:
    return onset.median, onset.low, onset.high


def _feels(group: pressure.Group, one: Operation) -> bool:
    """Whether an operation touches a group; a fill that is followed already needs no absorbing."""
    return one.touches(group.compartments) and not (group.fill is not None and one.kind == "repressurisation")


def _set(memory: WatchMemory, k: int, wanted: bool) -> WatchMemory:
    """Let a group's mass wander, or hold it again; its doubting twin alike."""
    group = memory.groups[k]
    if group.absorbing == wanted:
        return memory
    per_s = WANDER_PER_S if wanted else float(group.air.layout.walk[MASS])
    came = 0.0 if wanted or group.phase is None else float(group.air.x[MASS] - group.phase.before.x[MASS])

    def told(belief: air.AirMemory) -> air.AirMemory:
        return amend.mix(amend.let_mass_wander(belief, per_s), came)

    doubt = group.doubt and replace(group.doubt, air=told(group.doubt.air), absorbing=wanted)
    group = replace(group, air=told(group.air), doubt=doubt, absorbing=wanted)
    return with_group(memory, k, group)


def _tell(memory: WatchMemory, k: int, told: tuple[Operation, ...], time_s: float) -> WatchMemory:
    """Remember what is under way, and the belief from before it began."""
    group = memory.groups[k]
    if group.phase is None:
        return with_group(
            memory,
            k,
            replace(group, phase=pressure.Phase(time_s, group.air, told, frozenset(i.id for i in memory.incidents))),
        )
    now = {one.key + one.words: one for one in (*group.phase.operations, *told)}  # the newest word of each
    if tuple(now.values()) == group.phase.operations:
        return memory
    return with_group(memory, k, replace(group, phase=replace(group.phase, operations=tuple(now.values()))))


def _afresh(memory: WatchMemory, k: int) -> WatchMemory:
    group = memory.groups[k]
    doubt = group.doubt and replace(
        group.doubt, air=renew_gauges(group.doubt.air), score=score.restart(group.doubt.score)
    )
    group = replace(group, air=renew_gauges(group.air), score=score.restart(group.score), doubt=doubt)
    return with_group(memory, k, group)


def _still_open(memory: WatchMemory, vehicle: Vehicle, phase: pressure.Phase) -> frozenset[str]:
    """Supply valves among these operations that are open yet: their word has run out, their gas has not."""
    asked = {one.key for one in phase.operations}
    names = frozenset(c.name for c in vehicle.channels if c.id in asked)
    return names & valves_open(vehicle, memory.words)


def _hand_over(
    memory: WatchMemory, k: int, phase: pressure.Phase, change: float, time_s: float, valves: frozenset[str]
) -> WatchMemory:
    """A tank that fills for so long is followed as any flow is, and named once, at its end, with all that came."""
    group = memory.groups[k]
    if group.fill is not None:  # found by itself meanwhile: it began with its valve
        fill = replace(group.fill, since_s=phase.since_s, before=phase.before)
        return with_group(memory, k, replace(group, fill=fill))
    rate = change / max(time_s - phase.since_s, 1.0)
    fill = pressure.Fill(phase.since_s, phase.before, rate, valves)
    followed = amend.free_exchanged(amend.expect_flow(group.air, rate, RATE_SHARE * rate))
    return with_group(memory, k, replace(group, air=followed, score=score.restart(group.score), fill=fill))


def _names(moved: Moved) -> str:
    return ", ".join(dict.fromkeys(f"{one.words} from {utc_text(one.start_s)[11:16]}" for one in moved.operations))


def _rest(memory: WatchMemory, moved: Moved, mass: Interval) -> str:
    """What the masses in the log leave unexplained."""
    masses = [one.mass_kg for one in moved.operations if one.mass_kg is not None and _is_of(memory, moved, one)]
    if not masses:
        return ""
    told = sum(masses)
    rest = Interval(mass.median - told, mass.low - told, mass.high - told)
    if rest.low <= 0.0 <= rest.high:
        return f"; the log says {told:+.3g} kg, which explains it"
    return f"; the log says {told:+.3g} kg: {rest.median:+.3g} kg ({rest.low:+.3g} to {rest.high:+.3g}) is unexplained"


def _is_of(memory: WatchMemory, moved: Moved, one: Operation) -> bool:
    """Whether a logged mass speaks of this group: what an airlock gives is the cabin's gain, not its own."""
    here = set(moved.compartments)
    if not one.place:
        return len(here) == max(len(group.compartments) for group in memory.groups)
    if one.kind in ("airlock", "docking"):
        return not here <= one.place
    return bool(here & one.place)
