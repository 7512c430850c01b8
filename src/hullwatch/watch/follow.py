"""At every tick: bring fills and incidents up to date."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hullwatch.balance import amend
from hullwatch.balance.absorbed import absorbed
from hullwatch.balance.came import exchanged_of
from hullwatch.balance.layout import FLOW
from hullwatch.detection import score, verdict
from hullwatch.detection.transfers import passed
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.incident import follow as incidents
from hullwatch.incident.follow import Incident
from hullwatch.incident.words import span_range, span_text
from hullwatch.location import compartment as location
from hullwatch.records import Event, GroupState, Interval, LeakPlace
from hullwatch.units import HOUR_S, kg_day
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure
from hullwatch.watch import returns, where, words
from hullwatch.watch.decide import setting_of, tell_step
from hullwatch.watch.estimate import SMALL_PART, home_of, say
from hullwatch.watch.marks import valves_open
from hullwatch.watch.memory import WatchMemory, flow_of, state_of, with_group, with_incident

ENDS_H = 3.0
"""Log-likelihood ratio against the flow followed, from which on a suspected leak is not confirmed."""
WELL_KNOWN = 7.0
"""A flow this many times its doubt may become the largest flow the leak is said to have had."""
LEFT_SHARE = 0.2
"""Flow a stopped leak is taken to have left at least, as a share of its bound: a return is compared with it [c]."""
DOUBT_S, SUSPECT_S = 6 * HOUR_S, 72 * HOUR_S
"""How long after its onset a leak is still weighed against not being one, and its onset sharpened; and one that is only
suspected."""

SHARPENED = 5.0
"""An onset is sharpened until the leak is so many times older than when it was found: what later readings say of it is
what heat does meanwhile, and walls that warm the gas otherwise than the ship's file says [c]."""


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
    state = state_of(memory, vehicle, k)
    if state is None:
        return memory, ()
    gain = -state.loss_per_s
    fill = replace(fill, peak_per_s=max(fill.peak_per_s, gain), valves=fill.valves | valves_open(vehicle, memory.words))
    if gain + SIGMAS_90 * state.loss_sd_per_s > incidents.ZERO_SHARE * fill.peak_per_s:
        return with_group(memory, k, replace(group, fill=fill)), ()
    rise, doubt = absorbed(fill.before, group.air, vehicle.atmosphere.temperature_k.value) or (0.0, 0.0)
    low, mass, high = (
        state.mass_kg * float(-np.expm1(-(rise + sigmas * doubt))) for sigmas in (-SIGMAS_90, 0.0, SIGMAS_90)
    )
    belief = amend.mix(amend.reheat(amend.forget_flow(group.air)), rise)
    ended = replace(group, air=belief, score=score.restart(group.score), fill=None, past=())
    ended_s = fill.ended_s.median if fill.ended_s is not None else time_s
    if mass <= 0.0:  # the end of what came before, or heat after all
        return with_group(memory, k, ended), ()
    before = exchanged_of(fill.before)
    gain_of = returns.Gain(k, fill.since_s, ended_s, mass, group.compartments, before, (rise, doubt))
    memory = replace(memory, gains=returns.remember(memory.gains, gain_of))
    took_s = _fill_took(fill)
    lasted = span_range(took_s.as_dict()) if took_s else span_text(ended_s - fill.since_s)
    event = words.step(
        "repressurisation",
        k,
        fill.since_s,
        ended_s,
        Interval(mass, low, high),
        None,
        f"gas came in for {lasted} at up to "
        f"{kg_day(fill.peak_per_s * state.mass_kg):.3g} kg/day, then stopped; " + _valves(fill),
        time_s,
        fill.found,
        took_s,
    )
    return with_group(memory, k, ended), (event,)


def _fill_took(fill: pressure.Fill) -> Interval | None:
    """How long gas came in, where its end was seen as well as its beginning."""
    if fill.ended_s is None:
        return None
    ended = fill.ended_s
    # where a valve says when it began, that is known
    began = fill.found.onset_s if fill.found is not None and fill.found.onset_s.median == fill.since_s else None
    low, high = (began.low, began.high) if began is not None else (fill.since_s, fill.since_s)
    return Interval(ended.median - fill.since_s, max(ended.low - high, 0.0), ended.high - low)


def _valves(fill: pressure.Fill) -> str:
    return (
        f"open meanwhile: {', '.join(sorted(fill.valves))}" if fill.valves else "no supply valve on this feed was open"
    )


def _follow_leak(
    memory: WatchMemory, vehicle: Vehicle, incident: Incident, time_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    states = pressure.states(memory.groups, vehicle, memory.latest)
    if not states:
        return memory, ()  # hatches have just moved and no part has had a reading since
    told = where.refresh(memory.told, vehicle, incident, max(states, key=lambda s: s.volume_m3).pressure_pa)
    heard = told is not memory.told
    memory = replace(memory, told=told)
    place = where.place_of(told, memory.places[incident.id], incident, states)
    home = home_of(states, place)
    events: tuple[Event, ...] = ()
    if home is not None:
        incident = _remember_flow(incident, home, len(states), place)
        memory, incident = _doubt(memory, vehicle, incident, home, time_s)
        zero = _is_zero(home, incident, place)
        if zero and incident.state == "suspected":
            incident, events = incidents.move(incident, "evidence_faded", "the flow is nothing by now", time_s)
        elif not zero:
            incident, events = incidents.believe(incident, time_s)
        memory = with_incident(memory, incident)
        if not incident.leaking:
            memory, gone = _let_go(memory, vehicle, home.group, time_s)
            return memory, (*events, *gone)
        if zero:
            return _stopped(memory, vehicle, incident, home, time_s)
    top, probability = place.probability[0]
    behind, holds = _behind(states, place, incident)
    incident, moved = incidents.place_moves(incident, top, probability, behind, holds, time_s)
    memory = with_incident(memory, incident)
    memory, said = say(memory, vehicle, incident, time_s, force=bool(moved) or heard)
    return memory, (*events, *moved, *said)


def _doubt(
    memory: WatchMemory, vehicle: Vehicle, incident: Incident, home: GroupState, time_s: float
) -> tuple[WatchMemory, Incident]:
    """Sharpen onset and probabilities by the twin that does not believe in the leak; let it go after some hours."""
    group = memory.groups[home.group]
    twin, suspected = group.doubt, incident.state == "suspected"
    if twin is None:
        return memory, incident
    if time_s - incident.onset_s.median > (SUSPECT_S if suspected else DOUBT_S):
        return with_group(memory, home.group, replace(group, doubt=None)), incident
    if not suspected:  # it has not ended meanwhile: the onset is among those held
        twin = replace(twin, score=score.freeze(twin.score))
        memory = with_group(memory, home.group, replace(group, doubt=twin))
    setting = replace(setting_of(memory, vehicle, group, home), following=0.0)
    onset, leak, aside = verdict.reconsider(twin.score, setting, time_s)
    ends = verdict.has_ended(twin.score, time_s) or score.ratios(group.score)[1] > ENDS_H
    less = flow_of(home)[0] < 0.5 * incident.peak_m3_s
    if suspected and (ends or less):
        leak = min(leak, incident.leak_probability)  # a fall that ends is not what confirms a leak
    age_s = time_s - incident.onset_s.median
    if age_s > SHARPENED * (incident.detected_s - incident.onset_s.median):
        onset = incident.onset_s
    return memory, replace(incident, onset_s=onset, leak_probability=leak, set_aside=aside)


def _let_go(memory: WatchMemory, vehicle: Vehicle, k: int, time_s: float) -> tuple[WatchMemory, tuple[Event, ...]]:
    """It was no leak: the group goes on as its doubting twin, with no candidates held, corrected for gas that may have
    gone for a while."""
    group, state = memory.groups[k], state_of(memory, vehicle, k)
    twin = group.doubt
    if twin is None or state is None:
        return with_group(memory, k, _quiet(replace(group, air=amend.forget_flow(group.air)))), ()
    setting = replace(setting_of(memory, vehicle, group, state), following=0.0)
    gone = passed(twin.score, setting, k, time_s)
    if gone is None:
        return with_group(memory, k, _quiet(twin)), ()
    known = amend.doubt_exchanged(amend.accept(twin.air, gone.moved, gone.covariance, False), gone.amount)
    memory = with_group(memory, k, _quiet(replace(twin, air=known)))
    return tell_step(memory, gone.said, k) if gone.said is not None else (memory, ())


def _quiet(group: pressure.Group) -> pressure.Group:
    """Nothing is believed and nothing weighed yet."""
    return replace(group, score=score.restart(group.score), doubt=None)


def _stopped(
    memory: WatchMemory, vehicle: Vehicle, incident: Incident, home: GroupState, time_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    upper = max(home.loss_per_s, 0.0) + SIGMAS_90 * home.loss_sd_per_s
    bound = kg_day(upper * home.mass_kg)
    was = kg_day(incident.peak_m3_s * home.mass_kg / home.volume_m3)
    why = f"below {bound:.3g} kg/day at 95 %, of {was:.3g} kg/day before; a timed hold has not proved it yet"
    memory, events = stop(memory, vehicle, incident, why, time_s)
    return _left(memory, incident, home, upper), events


def _left(memory: WatchMemory, incident: Incident, home: GroupState, upper_per_s: float) -> WatchMemory:
    """What may still leave, and what it was at most: a loss found later that lies between the two is the same leak."""
    ended = next(i for i in memory.incidents if i.id == incident.id)
    flow = max(home.loss_per_s, LEFT_SHARE * upper_per_s) * home.volume_m3
    density = home.mass_kg / home.volume_m3
    most = max(incident.peak_m3_s * density, ended.rate_kg_s.high, memory.most_kg_s.get(incident.id, 0.0))
    rate = Interval(flow * density, 0.0, most)
    return with_incident(
        replace(memory, most_kg_s={**memory.most_kg_s, incident.id: most}),
        replace(ended, rate_kg_s=rate, flow_m3_s=flow, flow_sd_m3_s=upper_per_s * home.volume_m3, peak_m3_s=0.0),
    )


def stop(
    memory: WatchMemory, vehicle: Vehicle, incident: Incident, why: str, time_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """The leak is over: a last estimate, the change of state, and no flow is followed any more."""
    memory, said = say(memory, vehicle, incident, time_s, force=True)
    incident = next(i for i in memory.incidents if i.id == incident.id)
    incident, moved = incidents.move(incident, "rate_zero", why, time_s)
    memory = with_incident(memory, incident)
    groups = tuple(
        replace(g, air=amend.forget_flow(g.air), score=score.restart(g.score))
        if g.fill is None and g.air.walk[FLOW] > 0
        else g
        for g in memory.groups
    )
    return replace(memory, groups=groups), (*said, *moved)


def _remember_flow(incident: Incident, home: GroupState, parts: int, place: LeakPlace) -> Incident:
    """Keep the hole's flow where it is well known: in the only group, or in the one that surely holds it."""
    flow, doubt = flow_of(home)
    sure = parts == 1 or location.probability_in(place, home.compartments) > 0.95
    if sure and flow > 3.0 * doubt and flow > incidents.ZERO_SHARE * incident.flow_m3_s:
        sharp = flow > WELL_KNOWN * doubt
        peak = max(flow, incident.peak_m3_s) if sharp else incident.peak_m3_s
        return replace(incident, flow_m3_s=flow, flow_sd_m3_s=doubt, peak_m3_s=peak)
    return incident


def _is_zero(home: GroupState, incident: Incident, place: LeakPlace) -> bool:
    """Whether the group that holds the leak has stopped losing gas."""
    if location.probability_in(place, home.compartments) < 0.95:
        return False
    bound = incidents.ZERO_SHARE * incident.peak_m3_s / home.volume_m3
    doubt = SIGMAS_90 * home.loss_sd_per_s
    # a flow well below nothing is gas or heat coming in, which may hide a leak: that is not an end
    return doubt < bound and home.loss_per_s + doubt < bound and home.loss_per_s + 2.0 * doubt > 0.0


def _behind(states: Sequence[GroupState], place: LeakPlace, incident: Incident) -> tuple[float, bool]:
    """Probability that the leak is in a small part closed off, and whether the largest group keeps its gas."""
    main = max(states, key=lambda s: s.volume_m3)
    apart = [s for s in states if s is not main and s.volume_m3 < SMALL_PART * sum(o.volume_m3 for o in states)]
    behind = sum(location.probability_in(place, s.compartments) for s in apart)
    quiet = main.loss_per_s + SIGMAS_90 * main.loss_sd_per_s < 0.5 * incident.flow_m3_s / main.volume_m3
    return behind, bool(main.sensors and quiet)
