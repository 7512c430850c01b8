"""What is known of a leak at one moment, said in one line: size, place, reserve time, what else it could be."""

from collections.abc import Sequence
from dataclasses import replace

from hullwatch.balance.layout import FLOW_WALK_HOUR
from hullwatch.detection import score
from hullwatch.detection.aside import reweigh
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.incident import alarms
from hullwatch.incident import follow as incidents
from hullwatch.incident.follow import Incident
from hullwatch.incident.words import percent
from hullwatch.location import compartment as location
from hullwatch.records import Event, GroupState, Interval, LeakPlace
from hullwatch.response.forecast import forecast
from hullwatch.response.walls import unsettled
from hullwatch.sizing import air as sizing
from hullwatch.sizing.law import FlowHistory, joint, law_of, remember
from hullwatch.units import HOUR_S
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure
from hullwatch.watch import where, words
from hullwatch.watch.advising import RELEARN_S
from hullwatch.watch.memory import WatchMemory, flow_of, with_incident

SAY_OFTEN_S, SAY_SELDOM_S = 30 * 60.0, 600.0
"""Estimates are recorded at every tick for the first half hour after an onset, then every ten minutes."""
SAY_FRAMES = 60
"""Nor more often than every so many frames: a feed of one reading a minute is told of by the hour."""
SMALL_PART = 0.1
"""A closed part with less than this share of the ship's volume counts as closed off: the ship lives without it [c]."""


def say(
    memory: WatchMemory, vehicle: Vehicle, incident: Incident, time_s: float, force: bool
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Record an estimate if one is due, and raise the alarm it deserves."""
    age = time_s - incident.onset_s.median
    wait = 0.0 if age < SAY_OFTEN_S else max(SAY_SELDOM_S, SAY_FRAMES * vehicle.frame_s)
    if not force and time_s - incident.said_s < wait:
        return memory, ()
    states = pressure.states(memory.groups, vehicle, memory.latest)
    told, tested = memory.told, memory.places[incident.id]
    place = where.place_of(told, tested, incident, states)
    home = home_of(states, place)
    if home is not None and time_s - memory.moved_s < RELEARN_S:
        home = _best_known(home, incident)
    seen = home
    home = unsettled(home, vehicle, age) if home else None
    size = sizing.size(home, vehicle) if home else None
    if home is None or seen is None or size is None:
        return memory, ()
    reserves = forecast(home, vehicle)
    name = (incident.id, incident.stage)
    flows = remember(memory.flows.get(name, FlowHistory()), seen)
    together = joint(home, law_of(flows, FLOW_WALK_HOUR**2 / HOUR_S), vehicle.atmosphere.pressure_pa.value)
    memory = replace(memory, flows={**memory.flows, name: flows})
    group = memory.groups[home.group]
    leak, aside = incident.leak_probability, incident.set_aside
    if group.doubt is None:
        again = reweigh(aside, seen, pressure.setting(group, seen, vehicle), incident.onset_s.median)
        # What has been lost stays lost: a smaller rate after a patch is no evidence that there never was a hole.
        if again[0] > leak:
            leak, aside = again
    incident = replace(incident, rate_kg_s=size.rate_kg_s, said_s=time_s, leak_probability=leak, set_aside=aside)
    bounds = tuple((limit.id, limit.value_pa.value) for limit in vehicle.limits)
    event = words.estimate(
        incident.id, time_s, incident.onset_s, incident.may_be_older, size, together, place, reserves, aside,
        incident.leak_probability, home.pressure_pa, incident.stage, _would_change(states, place),
        where.evidence_rows(told, tested, incident, states), dict(bounds),
    )  # fmt: skip
    lived = _lived_in(states, home)
    fall = size.rate_kg_s.scaled(home.pressure_pa / home.mass_kg) if lived is home else _fall(lived)
    classes = {limit.id: limit.alarm_class for limit in vehicle.limits}
    near = reserves if lived is home else forecast(unsettled(lived, vehicle, age), vehicle)
    left = [alarms.Reserve(f.limit, classes[f.limit], f.reserve_time_s) for f in near if f.reserve_time_s]
    incident, rung = incidents.raise_alarm(incident, fall, left, time_s, bounds)
    return with_incident(memory, incident), (event, *rung)


def trend(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> tuple[Event, ...]:
    """Where every group stands, one line."""
    states = pressure.states(memory.groups, vehicle, memory.latest)
    if not states:
        return ()
    ratios = [score.ratios(memory.groups[s.group].score)[0] for s in states]
    return (words.trend(states, ratios, time_s),)


def home_of(states: Sequence[GroupState], place: LeakPlace) -> GroupState | None:
    """The followed group most likely to hold the leak."""
    heard = [s for s in states if s.followed and s.sensors]
    return max(heard, key=lambda s: location.probability_in(place, s.compartments), default=None)


def _best_known(home: GroupState, incident: Incident) -> GroupState:
    """The group's own loss, or the leak as known before the hatches moved while that is the sharper of the two."""
    flow, doubt = flow_of(home)
    if (
        abs(incident.flow_sd_m3_s / incident.flow_m3_s) < abs(doubt / flow)
        if flow > 0.0
        else doubt > incident.flow_sd_m3_s
    ):
        return replace(
            home,
            loss_per_s=incident.flow_m3_s / home.volume_m3,
            loss_sd_per_s=incident.flow_sd_m3_s / home.volume_m3,
        )
    return home


def _lived_in(states: Sequence[GroupState], home: GroupState) -> GroupState:
    """The group whose loss rings the alarm: the leaking one, or the ship's main part while the leak is closed off."""
    main = max(states, key=lambda s: s.volume_m3)
    small = home.volume_m3 < SMALL_PART * sum(s.volume_m3 for s in states)
    return main if small and main.followed else home


def _fall(state: GroupState) -> Interval:
    """Fall of pressure by the loss of gas, Pa/s, no less than nothing."""
    width = SIGMAS_90 * state.loss_sd_per_s
    ends = (state.loss_per_s, state.loss_per_s - width, state.loss_per_s + width)
    return Interval(*(max(end, 0.0) * state.pressure_pa for end in ends))


def _would_change(states: Sequence[GroupState], place: LeakPlace) -> str:
    if len(states) == 1:
        return (
            "closing a hatch: the side that goes on falling holds the leak; a return of the lost mass would point to "
            "an airlock or a docked ship"
        )
    top, probability = place.probability[0]
    return (
        f"pressure falling in a part without {top}; {top} holding its pressure while closed off "
        f"({percent(probability)} now)"
    )
