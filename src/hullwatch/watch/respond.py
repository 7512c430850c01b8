"""What is to be done, as things stand at a tick: tests of closed parts, the next step, the way home.

Each answer is written when it is first known and again when it changes in substance; all of them hang on the data
alone, so the record is the same for any blocks.
"""

from dataclasses import replace

from hullwatch.balance import amend
from hullwatch.incident import follow as incidents
from hullwatch.incident.follow import PLACE_KNOWN, Incident
from hullwatch.records import Event, GroupState, LeakPlace
from hullwatch.response.seats.aboard import return_question, roster_of
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import advising, holding, reports, where
from hullwatch.watch import groups as pressure
from hullwatch.watch.estimate import say
from hullwatch.watch.follow import stop
from hullwatch.watch.memory import WatchMemory, with_group, with_incident
from hullwatch.watch.saying import Saying

TESTED = frozenset({"confirmed", "located", "isolated", "stopped"})
"""States in which a closed part that holds the leak is put to the test."""


def respond(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> Saying:
    """Tests, next steps and the way home of every incident, brought up to date."""
    real = [i.id for i in memory.incidents if i.state not in ("suspected", "dismissed")]
    states = pressure.states(memory.groups, vehicle, memory.latest) if real else ()
    for name in real if states else ():
        incident = _named(memory, name)
        place = where.place_of(memory.told, memory.places[name], incident, states)
        memory, tested = _test(memory, vehicle, incident, (place, states), time_s)
        yield tested
        away = reports.elsewhere(vehicle, memory.reports)
        now = advising.Now(vehicle, _named(memory, name), place, memory.open_hatches, states, time_s, True, away)
        memory = yield from _advise(memory, now)
        memory, asked = _way_home(memory, now)
        yield asked
    return memory


def hatches_moved(memory: WatchMemory, vehicle: Vehicle, time_s: float, before: WatchMemory) -> Saying:
    """The next step as soon as hatches have moved; `before`: the memory whose groups had readings."""
    for incident in memory.incidents:
        if incident.leaking and incident.state != "suspected":
            states = pressure.states(before.groups, vehicle, memory.latest)
            place = where.place_of(memory.told, memory.places[incident.id], incident, ())
            away = reports.elsewhere(vehicle, memory.reports)
            now = advising.Now(vehicle, incident, place, memory.open_hatches, states, time_s, False, away)
            memory = yield from _advise(memory, now)
    return memory


def _named(memory: WatchMemory, name: str) -> Incident:
    return next(i for i in memory.incidents if i.id == name)


def _advise(memory: WatchMemory, now: advising.Now) -> Saying:
    old = memory.plans.get(now.incident.id, advising.NOTHING)
    if not advising.due(old, now):
        return memory
    yield None  # planning takes a third of a second of processor time: what was judged is not held up by it
    fresh, said = advising.step(old, now)
    yield said
    return memory if fresh is old else replace(memory, plans={**memory.plans, now.incident.id: fresh})


def _test(
    memory: WatchMemory, vehicle: Vehicle, incident: Incident, found: tuple[LeakPlace, tuple[GroupState, ...]],
    time_s: float,
) -> tuple[WatchMemory, tuple[Event, ...]]:  # fmt: skip
    """Begin a test of a closed part that holds the leak, say what one under way found, end one that is over."""
    place, states = found
    events: tuple[Event, ...] = ()
    part = holding.closed_part(states, place) if incident.state in TESTED else None
    one = next((one for one in memory.holds if one.incident == incident.id), None)
    where_now = reports.whereabouts(vehicle, memory.reports)
    people = 0 if part is None else len(reports.inside(where_now, set(part.compartments)))
    if one is not None:
        one = holding.known(one, incident)
        over = part is None or not holding.same(one, incident, part, memory.moved_s, people)
        if holding.worth_saying(one, over):
            events = (holding.row(one, vehicle, time_s),)
            one = replace(one, said=True)
            memory, moved = _verdict(memory, vehicle, one, states, time_s)
            events += moved
            incident = _named(memory, incident.id)
        one = None if over or incident.state not in TESTED else one
    if one is None and part is not None and incident.state in TESTED:
        one = holding.begin(vehicle, incident, part, memory.moved_s, time_s, people)
    rest = tuple(each for each in memory.holds if each.incident != incident.id)
    memory = replace(memory, holds=(*rest, one) if one is not None else rest)
    if incident.state == "stopped" and part is None and incident.id not in memory.unproved:
        whole = max(states, key=lambda s: s.volume_m3)
        top = place.probability[0][0]
        events += (holding.hidden(vehicle, incident, top, whole, memory.open_hatches, time_s),)
        return replace(memory, unproved=memory.unproved | {incident.id}), events
    if incident.leaking and incident.id in memory.unproved:
        memory = replace(memory, unproved=memory.unproved - {incident.id})
    return memory, events


def _verdict(
    memory: WatchMemory, vehicle: Vehicle, one: holding.Hold, states: tuple[GroupState, ...], time_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """What a test's verdict means for its incident."""
    incident = next(i for i in memory.incidents if i.id == one.incident)
    home = next((s for s in states if s.compartments == one.compartments), None)
    events: tuple[Event, ...] = ()
    if one.test.verdict == "holds":
        if incident.leaking:
            memory, events = stop(memory, vehicle, incident, "the hold shows no flow that matters", time_s)
            incident = next(i for i in memory.incidents if i.id == one.incident)
        if incident.state == "stopped":
            incident, moved = incidents.move(incident, "hold_proved", holding.proved_words(one), time_s)
            return with_incident(memory, incident), (*events, *moved)
        return memory, events
    if one.test.verdict == "does_not_hold" and incident.state == "stopped" and home is not None:
        incident, moved = holding.leaks_on(incident, one, time_s)
        group = memory.groups[home.group]
        flow, sd = incident.flow_m3_s / one.volume_m3, incident.flow_sd_m3_s / one.volume_m3
        memory = with_group(memory, home.group, replace(group, air=amend.expect_flow(group.air, -flow, sd)))
        memory, said = say(with_incident(memory, incident), vehicle, incident, time_s, force=True)
        return memory, (*moved, *said)
    return memory, ()


def _way_home(memory: WatchMemory, now: advising.Now) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Does a hole in this place stop a return? Asked once the place is known, and again when the answer changes."""
    incident = now.incident
    top, probability = now.place.probability[0]
    asked = top, not incident.leaking, incident.state == "cleared"
    if probability < PLACE_KNOWN or memory.asked.get(incident.id) == asked:
        return memory, ()
    memory = replace(memory, asked={**memory.asked, incident.id: asked})
    roster = memory.roster or roster_of(now.vehicle)
    said = return_question(roster, top, now.time_s, asked[1], asked[2])
    data = {**said, "place_probability": float(f"{probability:.4g}")}
    return memory, (Event(now.time_s, "return_question", incident.id, data),)
