"""From what detection found to incidents followed: decide, split and merge groups, estimate, forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hullwatch.balance import air
from hullwatch.balance.layout import FLOW, MASS
from hullwatch.detection import score, verdict
from hullwatch.incident import alarms, association
from hullwatch.incident import follow as incidents
from hullwatch.incident.follow import Incident
from hullwatch.location import compartment as location
from hullwatch.records import Detection, Event, Forecast, Frames, GroupState, Interval, LeakPlace, Quality
from hullwatch.response.forecast import forecast
from hullwatch.sizing import air as sizing
from hullwatch.units import DAY_S, HOUR_S, kg_day
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure
from hullwatch.watch import words

if TYPE_CHECKING:
    from hullwatch.watch.chain import WatchMemory

SAY_OFTEN_S, SAY_SELDOM_S = 30 * 60.0, 600.0
"""Estimates are recorded at every tick for the first half hour after a detection, then every ten minutes."""
ZERO_SIGMA = 1.645
SMALL_PART = 0.1
"""A closed part with less than this share of the ship's volume counts as closed off: the ship lives on without it [c]."""
MERGE_DOUBT = 0.5
"""How far, relatively, a leak may have changed while hatches moved [c]."""
DOUBT_S = 6 * HOUR_S
"""How long after its onset a leak is still weighed against not being one, and its onset sharpened."""
RELEARN_S = 3600.0
"""For this long after hatches moved a group's own loss may be worse known than the leak was before."""
SPLIT_DOUBT = 3.0
"""Spread of the flow expected in each part after a split, in units of the whole leak: each part may hold it or not."""


# --- a change was detected -----------------------------------------------------------------------------------------


def decide(memory: WatchMemory, vehicle: Vehicle, loss_h: float, changed: int) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Weigh what changed in a group; accept it if one explanation is sure, else wait for more."""
    group = memory.groups[changed]
    state = _state(memory, vehicle, changed)
    if state is None or memory.last_s is None:
        return memory, ()
    setting = pressure.setting(group, state, vehicle)
    found = verdict.decide(group.score, setting, changed, memory.last_s, loss_h, loss_h)
    if found is None:
        return memory, ()
    along, amount, variance = verdict.direction(group.score, found, setting.sensors)
    follows = found.kind in ("leak_onset", "rate_rise", "supply_onset", "rate_fall")
    accepted = air.accept(group.air, along, amount, variance, follows)
    if found.kind == "sensor_drift" and found.channel:
        accepted = air.loosen_bias(accepted, setting.sensors.index(found.channel), amount)
    sensor = setting.sensors.index(found.channel) if found.channel else None
    scored = score.restart(group.score) if sensor is None else score.forgive(group.score, sensor)
    doubt = replace(group, score=score.freeze(group.score), doubt=None) if found.kind == "leak_onset" else None
    group = replace(group, air=accepted, score=scored, doubt=doubt)
    memory = _with_group(memory, changed, group)
    if found.kind in ("step", "sensor_step", "sensor_drift"):
        return memory, (_step(found, setting, changed),)
    if found.kind == "supply_onset":
        since = found.onset_s.median
        gained = -amount * (memory.last_s - since)
        fill = pressure.Fill(since, float(group.air.x[MASS]) - gained, -amount)
        return _with_group(memory, changed, replace(group, fill=fill)), ()
    if group.fill is not None:
        return memory, ()  # the fill's rate changed; whether it ended is seen at the next tick
    return _leak(memory, vehicle, found, changed)


def _leak(memory: WatchMemory, vehicle: Vehicle, found: Detection, changed: int) -> tuple[WatchMemory, tuple[Event, ...]]:
    """A loss began or changed its rate: a new incident, or the one already followed."""
    state = _state(memory, vehicle, changed)
    if state is None:
        return memory, ()
    here = frozenset(state.compartments)
    known = [i.followed(_possible(memory, i)) for i in memory.incidents]
    link = association.associate(known, found, here)
    flow, doubt = _flow(state)
    if link.incident is None and found.kind == "rate_fall":
        return memory, ()
    if link.incident is None:
        incident, events = incidents.begin(found, [i.id for i in memory.incidents], link.why, flow, doubt)
        memory = replace(
            memory,
            incidents=(*memory.incidents, incident),
            places={**memory.places, incident.id: location.begin(vehicle, state.compartments)},
        )
    else:
        incident = next(i for i in memory.incidents if i.id == link.incident)
        events = ()
        if not incident.leaking:
            incident, events = incidents.move(incident, "rate_returned", link.why, found.time_s)
        incident = replace(incident, stage=incident.stage + 1)
        memory = _with_incident(memory, incident)
    memory, said = _say(memory, vehicle, incident, found.time_s, force=True)
    return memory, (*events, *said)


def _step(found: Detection, setting: verdict.Setting, group: int) -> Event:
    if found.channel is not None:
        what = "drifts" if found.kind == "sensor_drift" else "stepped"
        rest = len(setting.sensors) - 1
        why = f"{found.channel} alone {what}; {rest} other pressure sensor{'s' if rest != 1 else ''} did not follow"
        return words.step("sensor_fault", group, found.onset_s.low, found.time_s, None, found.channel, why, found.time_s)
    gained = found.size.median > 0.0
    kind = "repressurisation" if gained else "step_loss"
    why = (
        f"gas {'came' if gained else 'went'} at once and the {'rise' if gained else 'fall'} ended: "
        f"log-likelihood ratio {found.log_ratio:.1f} for a step, probability {found.probability:.3f}"
    )
    return words.step(kind, group, found.onset_s.low, found.onset_s.high, found.size, None, why, found.time_s)


# --- hatches moved -------------------------------------------------------------------------------------------------


def regroup(
    memory: WatchMemory, vehicle: Vehicle, open_hatches: frozenset[str], spoken: frozenset[str], time_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Form the groups anew. What each part did so far is weighed for the place of every leak followed."""
    before = pressure.states(memory.groups, vehicle, memory.latest)
    moved = open_hatches != memory.open_hatches
    active = [i for i in memory.incidents if i.leaking]
    if moved:
        places = dict(memory.places)
        for incident in active:
            places[incident.id] = location.end_epoch(places[incident.id], before, incident.flow_m3_s, incident.flow_sd_m3_s)
        memory = replace(memory, places=places)
    groups = pressure.form(vehicle, open_hatches, spoken, memory.groups, time_s if moved else -np.inf)
    old = {id(g) for g in memory.groups}
    fresh = tuple(g if id(g) in old else _expect(g, memory, active) for g in groups)
    moved_s = time_s if moved else memory.moved_s
    return replace(memory, groups=fresh, open_hatches=open_hatches, spoken=spoken, moved_s=moved_s), ()


def _expect(group: pressure.Group, memory: WatchMemory, active: Sequence[Incident]) -> pressure.Group:
    """A new group in a leaking ship: a flow is followed in it from the start, with a prior from the leak known."""
    inside = [i for i in active if _possible(memory, i) & set(group.compartments)]
    if not inside or not group.air.layout.pressure:
        return group
    leak = max(inside, key=lambda i: i.flow_m3_s)
    volume = group.air.layout.volume_m3
    if _possible(memory, leak) <= set(group.compartments):
        spread = float(np.hypot(leak.flow_sd_m3_s, MERGE_DOUBT * leak.flow_m3_s))
        return replace(group, air=air.expect_flow(group.air, -leak.flow_m3_s / volume, spread / volume))
    return replace(group, air=air.expect_flow(group.air, 0.0, SPLIT_DOUBT * leak.flow_m3_s / volume))


# --- at every tick -------------------------------------------------------------------------------------------------


def follow(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Bring fills and incidents up to date."""
    events: list[Event] = []
    for k, group in enumerate(memory.groups):
        if group.fill is not None:
            memory, said = _follow_fill(memory, vehicle, k, group, group.fill, time_s)
            events += said
    for incident in memory.incidents:
        if incident.leaking:
            memory, said = _follow_leak(memory, vehicle, incident, time_s)
            events += said
    return memory, tuple(events)


def _follow_fill(
    memory: WatchMemory, vehicle: Vehicle, k: int, group: pressure.Group, fill: pressure.Fill, time_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    state = _state(memory, vehicle, k)
    if state is None:
        return memory, ()
    gain = -state.loss_per_s
    fill = replace(fill, peak_per_s=max(fill.peak_per_s, gain))
    if gain + ZERO_SIGMA * state.loss_sd_per_s > incidents.ZERO_SHARE * fill.peak_per_s:
        return _with_group(memory, k, replace(group, fill=fill)), ()
    mass = state.mass_kg * float(-np.expm1(fill.mass_log - group.air.x[MASS]))
    spread = 1.645 * state.mass_sd_kg * float(np.sqrt(2.0))
    ended = replace(group, air=air.forget_flow(group.air), score=score.restart(group.score), fill=None)
    event = words.step(
        "repressurisation",
        k,
        fill.since_s,
        time_s,
        Interval(mass, mass - spread, mass + spread),
        None,
        f"gas came in for {(time_s - fill.since_s) / 60.0:.0f} min at up to {kg_day(fill.peak_per_s * state.mass_kg):.3g} kg/day, then stopped",
        time_s,
    )
    return _with_group(memory, k, ended), (event,)


def _follow_leak(memory: WatchMemory, vehicle: Vehicle, incident: Incident, time_s: float) -> tuple[WatchMemory, tuple[Event, ...]]:
    states = pressure.states(memory.groups, vehicle, memory.latest)
    place = location.place(memory.places[incident.id], states, incident.flow_m3_s, incident.flow_sd_m3_s)
    home = _home(states, place)
    events: tuple[Event, ...] = ()
    if home is not None:
        incident = _remember_flow(incident, home, len(states), place)
        memory, incident = _doubt(memory, vehicle, incident, home, time_s)
        memory = _with_incident(memory, incident)
        if _is_zero(home, incident, place):
            return _stop(memory, vehicle, incident, home, time_s)
    top, probability = place.probability[0]
    behind, holds = _behind(states, place, incident)
    incident, moved = incidents.place_moves(incident, top, probability, behind, holds, time_s)
    memory = _with_incident(memory, incident)
    memory, said = _say(memory, vehicle, incident, time_s, force=bool(moved))
    return memory, (*events, *moved, *said)


def _doubt(
    memory: WatchMemory, vehicle: Vehicle, incident: Incident, home: GroupState, time_s: float
) -> tuple[WatchMemory, Incident]:
    """Sharpen onset and probabilities by the twin that does not believe in the leak; let it go after some hours."""
    group = memory.groups[home.group]
    if group.doubt is None:
        return memory, incident
    if time_s - incident.onset_s.median > DOUBT_S:
        return _with_group(memory, home.group, replace(group, doubt=None)), incident
    setting = replace(pressure.setting(group, home, vehicle), following=0.0)
    onset, leak, aside = verdict.reconsider(group.doubt.score, setting, time_s)
    return memory, replace(incident, onset_s=onset, leak_probability=leak, set_aside=aside)


def _stop(
    memory: WatchMemory, vehicle: Vehicle, incident: Incident, home: GroupState, time_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    upper = max(home.loss_per_s, 0.0) + ZERO_SIGMA * home.loss_sd_per_s
    bound = kg_day(upper * home.mass_kg)
    was = kg_day(incident.peak_m3_s * home.mass_kg / home.volume_m3)
    memory, said = _say(memory, vehicle, incident, time_s, force=True)
    incident = next(i for i in memory.incidents if i.id == incident.id)
    why = f"below {bound:.3g} kg/day at 95 %, of {was:.3g} kg/day before; a timed hold has not proved it yet"
    incident, moved = incidents.move(incident, "rate_zero", why, time_s)
    memory = _with_incident(memory, incident)
    groups = tuple(
        replace(g, air=air.forget_flow(g.air), score=score.restart(g.score)) if g.fill is None and g.air.walk[FLOW] > 0 else g
        for g in memory.groups
    )
    return replace(memory, groups=groups), (*said, *moved)


def _say(memory: WatchMemory, vehicle: Vehicle, incident: Incident, time_s: float, force: bool) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Record an estimate if one is due, and raise the alarm it deserves."""
    age = time_s - incident.onset_s.median
    wait = 0.0 if age < SAY_OFTEN_S else SAY_SELDOM_S
    if not force and time_s - incident.said_s < wait:
        return memory, ()
    states = pressure.states(memory.groups, vehicle, memory.latest)
    place = location.place(memory.places[incident.id], states, incident.flow_m3_s, incident.flow_sd_m3_s)
    home = _home(states, place)
    if home is not None and time_s - memory.moved_s < RELEARN_S:
        home = _best_known(home, incident)
    size = sizing.size(home, vehicle) if home else None
    if home is None or size is None:
        return memory, ()
    reserves = tuple(f for s in states if s.followed and s.sensors for f in forecast(s, vehicle)) if len(states) == 1 else _reserves(states, home, vehicle)
    group = memory.groups[home.group]
    leak, aside = incident.leak_probability, incident.set_aside
    if group.doubt is None:
        leak, aside = verdict.reweigh(aside, home, pressure.setting(group, home, vehicle), incident.onset_s.median)
    incident = replace(
        incident, rate_kg_s=size.rate_kg_s, said_s=time_s, leak_probability=leak, set_aside=aside
    )
    event = words.estimate(
        incident.id, time_s, incident.onset_s, size, place, reserves, aside, incident.leak_probability,
        home.pressure_pa, incident.stage, _would_change(states, place),
    )  # fmt: skip
    fall = size.rate_kg_s.scaled(home.pressure_pa / home.mass_kg)
    classes = {limit.id: limit.alarm_class for limit in vehicle.limits}
    left = [alarms.Reserve(f.limit, classes[f.limit], f.reserve_time_s) for f in reserves if f.reserve_time_s]
    incident, rung = incidents.raise_alarm(incident, fall, left, time_s)
    return _with_incident(memory, incident), (event, *rung)


def trend(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> tuple[Event, ...]:
    """Where every group stands, one line."""
    states = pressure.states(memory.groups, vehicle, memory.latest)
    if not states:
        return ()
    ratios = [score.ratios(memory.groups[s.group].score)[0] for s in states]
    return (words.trend(states, ratios, time_s),)


# --- what the watch could have seen --------------------------------------------------------------------------------


def detectable_kg_day(groups: Sequence[pressure.Group], vehicle: Vehicle, loss_h: float) -> float | None:
    """Smallest steady leak, present since the oldest candidate onset, that would by now have passed the threshold."""
    best = None
    for state in pressure.states(tuple(groups), vehicle, None):
        memory = groups[state.group].score
        information = memory.b[score.LOSS, : memory.held]
        if information.size and information.max() > 0.0:
            rate = kg_day(float(np.sqrt(2.0 * loss_h / information.max())) * state.mass_kg)
            best = rate if best is None else max(best, rate)
    return best


def undecided(groups: Sequence[pressure.Group], latest: Frames | None, vehicle: Vehicle, detectable: float | None) -> str | None:
    """Why nothing can be said about leaks, or None when it can."""
    if latest is None:
        return "no frame was judged"
    channels = [k for k, c in enumerate(vehicle.channels) if c.quantity == "pressure" and not latest.flags[0, k] & int(Quality.MISSING)]
    if not channels:
        return "no pressure channel ever gave a believable reading"
    if all(latest.flags[0, k] & int(Quality.UNUSABLE) for k in channels):
        return "every pressure channel is stuck, stale or silent at the end: a frozen feed is not a quiet cabin"
    if detectable is None:
        return "too few readings to tell a leak of any size"
    return None


# --- small questions -----------------------------------------------------------------------------------------------


def _state(memory: WatchMemory, vehicle: Vehicle, k: int) -> GroupState | None:
    return next((s for s in pressure.states(memory.groups, vehicle, memory.latest) if s.group == k), None)


def _flow(state: GroupState) -> tuple[float, float]:
    """Volumetric flow of the hole, m3/s: relative loss times volume, which no split of the ship changes."""
    return state.loss_per_s * state.volume_m3, state.loss_sd_per_s * state.volume_m3


def _possible(memory: WatchMemory, incident: Incident) -> frozenset[str]:
    place = memory.places[incident.id]
    return frozenset(c for c, weight in place.log_weight if np.isfinite(weight))


def _home(states: Sequence[GroupState], place: LeakPlace) -> GroupState | None:
    """The followed group most likely to hold the leak."""
    heard = [s for s in states if s.followed and s.sensors]
    return max(heard, key=lambda s: location.probability_in(place, s.compartments), default=None)


def _best_known(home: GroupState, incident: Incident) -> GroupState:
    """The group's own loss, or the leak as known before the hatches moved while that is the sharper of the two."""
    flow, doubt = _flow(home)
    if abs(incident.flow_sd_m3_s / incident.flow_m3_s) < abs(doubt / flow) if flow > 0.0 else doubt > incident.flow_sd_m3_s:
        return replace(
            home,
            loss_per_s=incident.flow_m3_s / home.volume_m3,
            loss_sd_per_s=incident.flow_sd_m3_s / home.volume_m3,
        )
    return home


def _remember_flow(incident: Incident, home: GroupState, parts: int, place: LeakPlace) -> Incident:
    """Keep the hole's flow where it is well known: in the only group, or in the one that surely holds it."""
    flow, doubt = _flow(home)
    sure = parts == 1 or location.probability_in(place, home.compartments) > 0.95
    if sure and flow > 3.0 * doubt and flow > incidents.ZERO_SHARE * incident.flow_m3_s:
        return replace(incident, flow_m3_s=flow, flow_sd_m3_s=doubt, peak_m3_s=max(flow, incident.peak_m3_s))
    return incident


def _is_zero(home: GroupState, incident: Incident, place: LeakPlace) -> bool:
    """Whether the group that holds the leak has stopped losing gas."""
    if location.probability_in(place, home.compartments) < 0.95:
        return False
    bound = incidents.ZERO_SHARE * incident.peak_m3_s / home.volume_m3
    doubt = ZERO_SIGMA * home.loss_sd_per_s
    # a flow well below nothing is gas or heat coming in, which may hide a leak: that is not an end
    return doubt < bound and home.loss_per_s + doubt < bound and home.loss_per_s + 2.0 * doubt > 0.0


def _behind(states: Sequence[GroupState], place: LeakPlace, incident: Incident) -> tuple[float, bool]:
    """Probability that the leak is in a small part closed off, and whether the largest group keeps its gas."""
    main = max(states, key=lambda s: s.volume_m3)
    apart = [s for s in states if s is not main and s.volume_m3 < SMALL_PART * sum(o.volume_m3 for o in states)]
    behind = sum(location.probability_in(place, s.compartments) for s in apart)
    quiet = main.loss_per_s + ZERO_SIGMA * main.loss_sd_per_s < 0.5 * incident.flow_m3_s / main.volume_m3
    return behind, bool(main.sensors and quiet)


def _reserves(states: Sequence[GroupState], home: GroupState, vehicle: Vehicle) -> tuple[Forecast, ...]:
    """With hatches closed: the reserve of the part that holds the leak."""
    return forecast(home, vehicle)


def _would_change(states: Sequence[GroupState], place: LeakPlace) -> str:
    if len(states) == 1:
        return "closing a hatch: the side that goes on falling holds the leak; a return of the lost mass would point to an airlock or a docked ship"
    top, probability = place.probability[0]
    return f"pressure falling in a part without {top}; {top} holding its pressure while closed off ({probability:.0%} now)"


def _with_group(memory: WatchMemory, k: int, group: pressure.Group) -> WatchMemory:
    return replace(memory, groups=tuple(group if j == k else g for j, g in enumerate(memory.groups)))


def _with_incident(memory: WatchMemory, incident: Incident) -> WatchMemory:
    return replace(memory, incidents=tuple(incident if i.id == incident.id else i for i in memory.incidents))
