"""The next step against one leak, and the time its people have: planned anew only when what it rests on has changed.

    confirmed, a hatch moved, another state   at once
    place or rate moved                       when they moved far enough, and no more often than every ten minutes

The tables of the exact search are kept, so that a hatch that moves as planned costs nothing. A line is written when
the answer is another: next closure, manner, reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hullwatch.errors import DescriptionError, OutOfRange
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.incident.follow import Incident
from hullwatch.records import Advice, Event, GroupState, Interval, LeakPlace
from hullwatch.response.forecast import forecast
from hullwatch.response.isolation.advise import advise
from hullwatch.response.isolation.state import Situation
from hullwatch.response.isolation.tables import Tables
from hullwatch.response.isolation.words import next_words, reopen_words
from hullwatch.response.reserve_parts import crew_times, if_shut
from hullwatch.response.reserve_words import crew_row, side_row
from hullwatch.response.seats.aboard import if_closed, roster_of
from hullwatch.response.walls import unsettled
from hullwatch.units import DAY_S, span
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import hatches_around

PLACE_MOVED, RATE_MOVED, AGAIN_S = 0.15, 0.2, 600.0
"""How much probability must have moved, how far the rate (in logarithm), and how long ago the last plan must be."""
CONTRADICTS = 3.0
"""Sigmas between the flow of the parts and the one known before from which on the older does not hold."""
LEAST_SHARE = 0.2
"""Lower end of the rate a plan is made for, as a share of its median at least."""
RELEARN_S = 3600.0
"""For this long after hatches moved a part's own loss may be worse known than the leak was before."""
UNLIKELY = 0.005
"""A compartment less probable than this is not searched for as long as others are likelier [c]."""
CLOSURES = 3
"""Hatches of the next step for which it is said what shutting them does to the time that is left."""


@dataclass(frozen=True, slots=True)
class Now:
    """What a plan rests on."""

    vehicle: Vehicle
    incident: Incident
    place: LeakPlace
    open_hatches: frozenset[str]
    states: tuple[GroupState, ...]
    time_s: float
    settled: bool  # false: hatches have just moved, and the states are those from before
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # people who said they are not by their craft


@dataclass(frozen=True, slots=True)
class Known:
    """The flow of a leak as it was known when hatches moved, and at which of its stages."""

    flow_m3_s: float
    sd_m3_s: float
    stage: int
    moved_s: float


@dataclass(frozen=True, slots=True)
class Planned:
    """The last plan of an incident: its tables, what it rested on, and what was said."""

    tables: Tables | None = None
    state: str = ""
    open_hatches: frozenset[str] = frozenset()
    place: tuple[tuple[str, float], ...] = ()
    flow_m3_s: float = 0.0
    at_s: float = -np.inf
    said: tuple[Any, ...] = ()
    timed: bool = True  # whether it was said how long people have
    known: Known | None = None  # before hatches last moved


NOTHING = Planned()


def step(old: Planned, now: Now) -> tuple[Planned, tuple[Event, ...]]:
    """The plan anew, where it is due, and its lines."""
    incident, (flow, sd) = now.incident, _flow(old, now)
    known = old.known if now.settled else Known(flow, sd, incident.stage, now.time_s)
    fresh = replace(
        old, state=incident.state, open_hatches=now.open_hatches, place=now.place.probability, flow_m3_s=flow,
        at_s=now.time_s, known=known,
    )  # fmt: skip
    tables = None
    if incident.leaking:
        found = _plan(old.tables, now, flow, sd)
        if found is None:
            return replace(old, known=known), ()
        advice, tables = found
        data = _said(advice, now, known is not None and _is_older(known, now, flow, sd))
    else:
        data = _ended(incident, now)
    tree = data["tree"] or {"branches": []}
    groups = tuple(tuple(branch["suspects"]) for branch in tree["branches"]) if not data["shut"] else ()
    key = (data["manner"], tuple(data["shut"]), tuple(data["opened"]), data["refused"], groups)
    events = () if key == old.said else (Event(now.time_s, "advice", incident.id, data),)
    crew = _crew(now, data["shut"]) if incident.leaking and now.settled and (events or not old.timed) else ()
    timed = bool(crew) or not incident.leaking or (old.timed and not events)
    return replace(fresh, tables=tables, said=key, timed=timed), (*events, *crew)


def due(old: Planned, now: Now) -> bool:
    """Whether what the last plan rested on has changed enough for another."""
    incident = now.incident
    if old.state != incident.state or (incident.leaking and old.open_hatches != now.open_hatches):
        return True
    if incident.leaking and now.settled and not old.timed:
        return True
    if not incident.leaking or now.time_s - old.at_s < AGAIN_S:
        return False
    before = dict(old.place)
    moved = 0.5 * sum(abs(p - before.get(c, 0.0)) for c, p in now.place.probability)
    flows = _flow(old, now)[0], old.flow_m3_s
    faster = abs(float(np.log(flows[0] / flows[1]))) if min(flows) > 0.0 else 0.0
    return moved > PLACE_MOVED or faster > RATE_MOVED


def _flow(old: Planned, now: Now) -> tuple[float, float]:
    """Flow and its sd, m3/s: that of the parts, or the one known before hatches moved while it is the sharper.

    Parts that have just been split or joined know little, and 30 % more or less is another plan. What was known does
    not hold where the parts contradict it, nor once the leak itself is found changed.
    """
    flow, sd, before = now.incident.flow_m3_s, now.incident.flow_sd_m3_s, old.known
    if before is None or before.stage != now.incident.stage or now.time_s - before.moved_s >= RELEARN_S:
        return flow, sd
    sharper = before.sd_m3_s * flow < sd * before.flow_m3_s
    agree = abs(flow - before.flow_m3_s) < CONTRADICTS * np.hypot(sd, before.sd_m3_s)
    return (before.flow_m3_s, before.sd_m3_s) if sharper and agree else (flow, sd)


def _is_older(known: Known, now: Now, flow: float, sd: float) -> bool:
    """Whether this flow is the one known before hatches moved."""
    return now.time_s - known.moved_s < RELEARN_S and (flow, sd) == (known.flow_m3_s, known.sd_m3_s)


def _plan(tables: Tables | None, now: Now, flow: float, sd: float) -> tuple[Advice, Tables] | None:
    """The exact plan; None where the ship has nobody aboard, no rate is known, or it is too large for the search."""
    whole = max(now.states, key=lambda s: s.volume_m3, default=None)
    if whole is None or not flow > 0.0 or not now.vehicle.crew:
        return None
    density = whole.mass_kg / whole.volume_m3
    rate, doubt = flow * density, SIGMAS_90 * sd * density
    spread = Interval(rate, max(rate - doubt, LEAST_SHARE * rate), rate + doubt)
    places = {c: p for c, p in now.place.probability if p >= UNLIKELY}
    situation = Situation(
        spread, places, now.open_hatches, whole.pressure_pa, whole.temperature_k, whereabouts=now.elsewhere
    )
    try:
        return advise(now.vehicle, situation, tables)
    except (DescriptionError, OutOfRange):
        return None


def _said(advice: Advice, now: Now, before: bool) -> dict[str, Any]:
    """A plan as the record has it; before: its rate is the one known before hatches moved."""
    tree = advice.as_dict()
    first, next_step = advice.branches[0], advice.step
    several = len(advice.branches) > 1
    opened: list[str] = []
    if advice.manner == "all_at_once":
        shut = _every(now)
    elif several:
        shut = []
    elif next_step is None:
        shut = list(first.seals)
    else:
        shut, opened = list(next_step.shut), list(next_step.opened)
    timed = next_step if not several and advice.manner == "step_by_step" else None
    return {
        "manner": advice.manner,
        "next": next_words(tree),
        "why": advice.why,
        "shut": shut,
        "opened": opened,
        "work_s": None if timed is None else _short(timed.work_s),
        "reading_s": None if timed is None else _short(timed.reading_s),
        "limit_s": None if timed is None or timed.limit_s is None else _short(timed.limit_s),
        "reopen": None if timed is None else reopen_words(timed.limit_s, [s.stays_shut for s in timed.sides]),
        "expected": {
            "time_s": _interval(advice.time_s),
            "worst_s": _interval(advice.worst_s),
            "kg": _interval(advice.gas_kg),
            "closures": _short(advice.closures),
            "most_closures": advice.most_closures,
        },
        "alternatives": [
            {"what": other.what, "more": _short(other.more), "unit": "s", "why": other.why}
            for other in advice.set_aside
        ] + _other_manner(advice),
        "refused": " ".join(f"{sentence}." for sentence in advice.cut_off) or None,
        "nobody_cut_off": None if advice.cut_off else _kept(now),
        "warnings": [*([_rate_before(advice)] if before else []), *advice.warnings, *_cost(advice, now)],
        "afterwards": advice.afterwards,
        "tree": _rounded(tree),
    }  # fmt: skip


def _rate_before(advice: Advice) -> str:
    """The rate is older than the parts as they are."""
    day = advice.rate_kg_s.scaled(DAY_S)
    return (
        f"Hatches have just moved: the plan supposes the rate known before, {day.median:.2g} ({day.low:.2g} to "
        f"{day.high:.2g}) kg/day, until the parts know it better"
    )


def _other_manner(advice: Advice) -> list[dict[str, Any]]:
    """The manner that was not taken, and what it would cost more."""
    once, steps = advice.together_s.median, advice.stepwise_s.median
    if advice.manner == "isolated":
        return []
    what, more = (
        ("everything shut at once", once - steps)
        if advice.manner == "step_by_step"
        else ("one closure after the other", steps - once)
    )
    if more <= 0.0:
        return []
    return [{"what": what, "more": _short(more), "unit": "s", "why": f"takes {span(more)} longer on the average"}]


def _kept(now: Now) -> str:
    """Nobody is cut off: who stays with which craft."""
    crewed = [craft for craft in now.vehicle.crafts if any(m.craft == craft.id for m in now.vehicle.crew)]
    names = "; ".join(
        f"{', '.join(m.name for m in now.vehicle.crew if m.craft == craft.id)} on the side of "
        f"{now.vehicle.compartment(craft.returns).name if craft.returns else craft.name}"
        for craft in crewed
    )
    stay = "if people stay by their craft"
    return f"Nobody is cut off from their return vehicle in any branch of this plan, {stay}: {names}"


def _cost(advice: Advice, now: Now) -> list[str]:
    """What shutting the compartment found for good costs the ways home, where it costs any."""
    if advice.manner != "isolated" or len(advice.branches[0].suspects) != 1:
        return []
    lost = if_closed(roster_of(now.vehicle), advice.branches[0].suspects[0], now.time_s)
    if not lost["seats_lost"]:
        return []
    return [
        f"Shut for good it costs {lost['seats_lost']} seats: {lost['why']}; patch it if the hole can be found in time"
    ]


def _ended(incident: Incident, now: Now) -> dict[str, Any]:
    """What is next when it leaks no more."""
    top = now.place.probability[0][0]
    around = [h.id for h in hatches_around(now.vehicle, frozenset((top,)))]
    name = now.vehicle.compartment(top).name
    if incident.state == "cleared":
        said = f"Nothing to shut: the hold has proved it. The watch goes on and says so if {name} leaks again"
        why, manner = "a timed hold bounded what still leaves", "watch_on"
    elif all(hatch not in now.open_hatches for hatch in around):
        said = f"Leave {' and '.join(around)} shut: {name} is under test"
        why, manner = "the rate is no longer distinguishable from nothing, which is no proof", "hold_test"
    else:
        said = f"Prove it: shut {' and '.join(around)} with nobody inside, and let the gauge speak"
        why, manner = "the rate is no longer distinguishable from nothing, which is no proof", "hold_test"
    shut = [] if manner == "watch_on" else [hatch for hatch in around if hatch in now.open_hatches]
    empty: dict[str, Any] = {
        "opened": [], "work_s": None, "reading_s": None, "limit_s": None, "reopen": None, "expected": None,
        "alternatives": [], "refused": None, "nobody_cut_off": None, "warnings": [], "afterwards": "", "tree": None,
    }  # fmt: skip
    return {"manner": manner, "next": said, "why": why, "shut": shut, **empty}


def _every(now: Now) -> list[str]:
    """Hatches that are open now, all to be shut but for those between people and their craft."""
    return sorted(now.open_hatches)


def _crew(now: Now, shut: Sequence[str]) -> tuple[Event, ...]:
    """How long the people of each craft have as things are, and if the next hatches are shut."""
    rows, closings = [], []
    low = [limit for limit in now.vehicle.limits if limit.side == "low"]
    age_s = now.time_s - now.incident.onset_s.median
    states = [unsettled(state, now.vehicle, age_s) for state in now.states]
    for state in states:
        ahead = forecast(state, now.vehicle, _breathing(now, state))
        rows += [crew_row(each) for each in crew_times(now.vehicle, state, ahead, where=now.elsewhere)]
    chance = dict(now.place.probability)
    for hatch in shut[:CLOSURES]:
        ends = next(h.between for h in now.vehicle.hatches if h.id == hatch)
        home = next((s for s in states if set(ends) <= set(s.compartments) and s.followed), None)
        if home is None or hatch not in now.open_hatches:
            continue
        sides = if_shut(home, now.vehicle, hatch, now.open_hatches, chance, low)
        closings.append({"hatch": hatch, "sides": [side_row(side) for side in sides]})
    if not rows:
        return ()
    data = {"crew": _rounded(rows), "if_shut": _rounded(closings)}
    return (Event(now.time_s, "crew_time", now.incident.id, data),)


def _breathing(now: Now, state: GroupState) -> int:
    """How many breathe in a part whose air no machine makes new; where the ship's file names no machines, all do."""
    machines, homes = now.vehicle.supply.machines_in, {c.id: c.returns for c in now.vehicle.crafts}
    if not machines or set(machines) & set(state.compartments):
        return 0
    return sum(now.elsewhere.get(m.name, homes.get(m.craft)) in state.compartments for m in now.vehicle.crew)


def _interval(value: Interval) -> dict[str, float]:
    return {end: _short(x) for end, x in value.as_dict().items()}


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _rounded(value: Any) -> Any:
    """JSON values with four significant digits."""
    if isinstance(value, float):
        return _short(value)
    if isinstance(value, dict):
        return {key: _rounded(x) for key, x in value.items()}
    return [_rounded(x) for x in value] if isinstance(value, (list, tuple)) else value
