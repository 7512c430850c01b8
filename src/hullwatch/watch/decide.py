"""A change was detected: weigh it, and if one explanation is sure, accept it and say so."""

from dataclasses import replace

import numpy as np

from hullwatch.balance import amend
from hullwatch.detection import priors, score, verdict
from hullwatch.detection.transfers import stepped
from hullwatch.incident import association
from hullwatch.incident import follow as incidents
from hullwatch.incident.words import percent
from hullwatch.location import compartment as location
from hullwatch.records import Detection, Event, Frames, GroupState
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure
from hullwatch.watch import returns, words
from hullwatch.watch.estimate import say
from hullwatch.watch.marks import outlets_told
from hullwatch.watch.memory import Settings, WatchMemory, flow_of, possible, state_of, with_group, with_incident
from hullwatch.watch.operations import outlets


def waiting(
    memory: WatchMemory, vehicle: Vehicle, settings: Settings, k: int, group: pressure.Group, now: Frames
) -> pressure.Group | None:
    """A group in which something changed, as it goes on where nothing explains that surely yet; None if it is sure."""
    state, time_s = pressure.state(group, vehicle, k, now), float(now.time_s[-1])
    if state is None:
        return group
    setting = setting_of(memory, vehicle, group, state)
    if verdict.decide(group.score, setting, k, time_s, settings.leak_sure, settings.loss_h) is not None:
        return None
    return replace(group, score=score.wait(group.score, time_s))


def decide(
    memory: WatchMemory, vehicle: Vehicle, settings: Settings, changed: int
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Weigh what changed in a group; accept it if one explanation is sure, else wait for more."""
    group = memory.groups[changed]
    state = state_of(memory, vehicle, changed)
    if state is None or memory.last_s is None:
        return memory, ()
    setting = setting_of(memory, vehicle, group, state)
    found = verdict.decide(group.score, setting, changed, memory.last_s, settings.leak_sure, settings.loss_h)
    if found is None:
        return with_group(memory, changed, replace(group, score=score.wait(group.score, memory.last_s))), ()
    if found.kind == "step":
        return _step(memory, group, setting, found)
    moved, covariance, amount = verdict.correction(group.score, found, setting.sensors)
    follows = found.kind in ("leak_onset", "rate_rise", "supply_onset", "rate_fall")
    accepted = amend.accept(group.air, moved, covariance, follows)
    if found.kind == "supply_onset":
        accepted = amend.free_exchanged(accepted)
    if found.channel:
        sensor = setting.sensors.index(found.channel)
        drifts = found.kind == "sensor_drift"
        accepted = amend.loosen_bias(accepted, sensor, amount) if drifts else amend.distrust(accepted, sensor)
        gauge = sensor < len(setting.sensors) - setting.analysers
        accepted = accepted if gauge else amend.relearn_exchange(accepted)
        scored = score.forgive(group.score) if gauge else score.restart(group.score)
    else:
        scored = score.restart(group.score)
    doubt = group.doubt if found.kind in ("rate_rise", "rate_fall") else None
    if found.kind == "leak_onset":
        doubt = replace(group, doubt=None, past=())
    group = replace(group, air=accepted, score=scored, doubt=doubt)
    memory = with_group(memory, changed, group)
    if found.channel is not None:
        return memory, (_fault(found, setting, changed),)
    if found.kind == "supply_onset":
        belief = pressure.before(group, found.onset_s.low)
        if belief is None:  # found before anything was kept
            belief = amend.before_it_came(group.air, -amount * (found.time_s - found.onset_s.median))
        fill = pressure.Fill(found.onset_s.median, belief, -amount, found=found)
        return with_group(memory, changed, replace(group, fill=fill)), ()
    if group.fill is not None:  # the fill's rate changed; whether it ended is seen at the next tick
        ended = found.onset_s if found.kind == "rate_rise" else None
        return with_group(memory, changed, replace(group, fill=replace(group.fill, ended_s=ended))), ()
    return _leak(memory, vehicle, found, changed)


def _step(
    memory: WatchMemory, group: pressure.Group, setting: priors.Setting, found: Detection
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Gas came or went, at once or within minutes: the filter is told how much, and the record."""
    gone = stepped(group.score, setting, found)
    known = amend.doubt_exchanged(amend.accept(group.air, gone.moved, gone.covariance, False), gone.amount)
    memory = with_group(memory, found.group, replace(group, air=known, score=score.restart(group.score), doubt=None))
    return tell_step(memory, gone.said or found, found.group)


def setting_of(memory: WatchMemory, vehicle: Vehicle, group: pressure.Group, state: GroupState) -> priors.Setting:
    """What weighing needs to know of a group, as things stand."""
    expected_kg = sum(g.mass_kg for g in memory.gains if state.time_s - g.end_s < returns.REMEMBERED_S)
    shown = any(c.quantity in ("vent_valve", "depress_pump") for c in vehicle.channels)
    told = f"{outlets_told(vehicle, memory.words)}; {outlets(memory.underway, memory.first_s)}"
    return pressure.setting(group, state, vehicle, told.removesuffix("; "), shown, expected_kg)


def _leak(
    memory: WatchMemory, vehicle: Vehicle, found: Detection, changed: int
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """A loss began or changed its rate: a new incident, or the one already followed."""
    state = state_of(memory, vehicle, changed)
    if state is None:
        return memory, ()
    here = frozenset(state.compartments)
    known = [i.followed(possible(memory, i)) for i in memory.incidents]
    link = association.associate(known, found, here)
    flow, doubt = flow_of(state)
    twin = memory.groups[changed].doubt
    watched = float(twin.score.began[0]) if twin is not None and twin.score.held else -np.inf
    if link.incident is None and found.kind == "rate_fall":
        return memory, ()
    if link.incident is None:
        incident, events = incidents.begin(found, [i.id for i in memory.incidents], link.why, flow, doubt, watched)
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
        memory = with_incident(memory, incident)
    memory, said = say(memory, vehicle, incident, found.time_s, force=True)
    return memory, (*events, *said)


def _fault(found: Detection, setting: priors.Setting, group: int) -> Event:
    what = "drifts" if found.kind == "sensor_drift" else "stepped"
    gauges = setting.sensors[: len(setting.sensors) - setting.analysers]
    rest = len(gauges) - (found.channel in gauges)
    why = f"{found.channel} alone {what}; {rest} other pressure sensor{'s' if rest != 1 else ''} did not follow"
    if rest == 0:
        why = f"{found.channel} {what}; no other pressure sensor could have followed"
    return words.step(
        "sensor_fault", group, found.onset_s.low, found.time_s, None, found.channel, why, found.time_s, weighed=found
    )


def tell_step(memory: WatchMemory, found: Detection, group: int) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Gas came or went at once; what goes soon after as much came is the same gas."""
    size, start, end = found.size.median, found.onset_s.low, found.onset_s.high
    gained = size > 0.0
    kind = "repressurisation" if gained else "step_loss"
    why = (
        f"gas {'came' if gained else 'went'}{words.within(found.took_s)} and the {'rise' if gained else 'fall'} ended: "
        f"log-likelihood ratio {found.log_ratio:.1f} for a step, probability {percent(found.probability)}"
    )
    if gained:
        memory = replace(memory, gains=returns.remember(memory.gains, returns.Gain(group, start, end, size)))
    elif came := returns.returned(memory.gains, group, -size, end):
        kind, why = "airlock", f"{returns.words(came, -size)}; it went{words.within(found.took_s)}"
        memory = replace(memory, gains=tuple(g for g in memory.gains if g not in came))
    return memory, (
        words.step(kind, group, start, end, found.size, None, why, found.time_s, weighed=found, took_s=found.took_s),
    )
