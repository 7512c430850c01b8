"""A leaking part that has been closed off is on hold: the watch itself tests whether it keeps its gas (METHODS 8).

    hatches shut around it ---- readings of its own gauge ----> sequential test --> holds: cleared
                                                                             `---> does not hold: leaks again
    hatch opened before that: it cannot be said, and when it could have been is told

Readings are taken in as they come; what was decided is said at the next tick, which is the same for any blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hullwatch.incident import follow as incidents
from hullwatch.incident.follow import Incident
from hullwatch.location import compartment as location
from hullwatch.physics.gas import AIR_MOLAR_MASS
from hullwatch.records import Event, Frames, GroupState, Interval, LeakPlace, Quality
from hullwatch.response import clearance, clearance_case
from hullwatch.response import hold as holds
from hullwatch.response.breathing import breathed_mol_s
from hullwatch.units import DAY_S, HOUR_S, span, utc_text
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import hatches_around, pressure_groups

LIMIT_KG_DAY, TIGHT_SHARE = 0.1, 0.1
"""What a patch may lose, and what a sound wall loses as a share of it: the limits `hullwatch clear` has."""
RISK = 1e-3
"""That a sound wall is called leaking, and that a leak at the limit is called tight."""
BEHIND = 0.95
"""Posterior from which a closed part is taken to hold the leak."""
WORTH_S = 1800.0
"""A hold that ended sooner than this, undecided, is not worth a line."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One closed part under test."""

    incident: str
    compartments: tuple[str, ...]
    moved_s: float  # when its hatches were shut
    stage: int  # of the incident, when it began: a patch put on meanwhile begins it anew
    gauge: int  # channel numbers
    glass: int | None
    volume_m3: float
    volume_share: float
    mass_kg: float
    held: holds.HoldMemory
    test: clearance.ClearanceMemory
    readings: int = 0
    first_s: float = 0.0
    people: int = 0  # taken to breathe in there
    leaked: bool = True  # it was known to leak when the test began: then it is no news that it does not hold
    said: bool = False


def take(all_of_them: tuple[Hold, ...], frames: Frames) -> tuple[Hold, ...]:
    """The tests after the readings of some frames."""
    return tuple(one if one.test.decided_s is not None else _take(one, frames) for one in all_of_them)


def _take(one: Hold, frames: Frames) -> Hold:
    usable = frames.fresh[:, one.gauge] & ((frames.flags[:, one.gauge] & int(Quality.UNUSABLE)) == 0)
    usable &= np.isfinite(frames.value_si[:, one.gauge])
    if not usable.any():
        return one
    time = frames.time_s[usable]
    warm = np.full(time.size, np.nan) if one.glass is None else frames.value_si[usable, one.glass]
    held, beliefs, _ = holds.hold(one.held, holds.Readings(time, frames.value_si[usable, one.gauge], warm))
    test, _ = clearance.judge(one.test, beliefs)
    first = one.first_s if one.readings else float(time[0])
    return replace(one, held=held, test=test, readings=one.readings + int(time.size), first_s=first)


def closed_part(states: Sequence[GroupState], place: LeakPlace) -> GroupState | None:
    """The closed part that holds the leak, if there is one with a gauge beside the ship's main part."""
    main = max(states, key=lambda s: s.volume_m3)
    parts = [s for s in states if s.sensors and s is not main]
    return next((s for s in parts if location.probability_in(place, s.compartments) >= BEHIND), None)


def begin(
    vehicle: Vehicle, incident: Incident, part: GroupState, moved_s: float, time_s: float, people: int = 0
) -> Hold | None:
    """A test of a part as it now stands, with so many people in it; None without a gauge of its own."""
    size = part.volume_m3, part.volume_sd_m3 / part.volume_m3, part.mass_kg
    return _begin(vehicle, incident, part.compartments, size, moved_s, time_s - moved_s, people)


def _begin(
    vehicle: Vehicle, incident: Incident, part: Sequence[str], size: tuple[float, float, float], moved_s: float,
    settled_s: float, people: int = 0,
) -> Hold | None:  # fmt: skip
    """size: volume (m3), its doubt as a share, gas (kg)."""
    volume_m3, share, mass_kg = size
    inside = set(part)
    gauges = [k for k, c in enumerate(vehicle.channels) if c.quantity == "pressure" and c.compartment in inside]
    if not gauges:
        return None
    gauge = min(gauges, key=lambda k: vehicle.channels[k].noise_si ** 2 + vehicle.channels[k].quantum_si ** 2 / 12.0)
    glass = next((k for k, c in enumerate(vehicle.channels) if _reads_warmth(c.quantity, c.compartment, inside)), None)
    channel = vehicle.channels[gauge]
    step = 0.0 if glass is None else vehicle.channels[glass].quantum_si
    room = clearance_case.room_for(channel.noise_si, channel.quantum_si, glass is not None, settled_s, step)
    air = vehicle.atmosphere
    per_s = LIMIT_KG_DAY / DAY_S / mass_kg
    used = breathed_mol_s(float(people), "unknown") * AIR_MOLAR_MASS / mass_kg
    return Hold(
        incident.id, tuple(part), moved_s, incident.stage, gauge, glass, volume_m3, share, mass_kg,
        holds.begin(room, air.pressure_pa.value, air.temperature_k.value),
        clearance.ClearanceMemory(clearance.terms_of(per_s, share, RISK, RISK, TIGHT_SHARE * per_s, used)),
        people=people,
        leaked=incident.leaking,
    )  # fmt: skip


def afresh(one: Hold, vehicle: Vehicle, incident: Incident) -> Hold | None:
    """The same test before its first reading."""
    size = one.volume_m3, one.volume_share, one.mass_kg
    return _begin(vehicle, incident, one.compartments, size, one.moved_s, 0.0, one.people)


def _reads_warmth(quantity: str, compartment: str | None, inside: set[str]) -> bool:
    return quantity == "temperature" and compartment in inside


def known(one: Hold, incident: Incident) -> Hold:
    """A test begun while it leaked, undecided when the leak seemed over: from now on its verdict is news."""
    return replace(one, leaked=False) if one.leaked and not incident.leaking and one.test.decided_s is None else one


def same(one: Hold, incident: Incident, part: GroupState, moved_s: float, people: int) -> bool:
    """Whether a test goes on: hatches and people as they were, and what leaks as it was when the test began."""
    if (one.incident, one.compartments, one.moved_s, one.people) != (incident.id, part.compartments, moved_s, people):
        return False
    if not one.leaked:  # begun once the leak seemed over: it runs to its verdict
        return not (one.said and one.test.verdict == "does_not_hold" and not incident.leaking)
    return one.stage == incident.stage and (incident.leaking or one.test.verdict != "does_not_hold")


def worth_saying(one: Hold, over: bool) -> bool:
    """Whether a test has something new to say: a verdict, or its end without one."""
    if one.said or not one.readings or (one.leaked and one.test.verdict != "holds"):
        return False
    return one.test.decided_s is not None or (over and one.held.last_s - one.first_s >= WORTH_S)


def row(one: Hold, vehicle: Vehicle, time_s: float) -> Event:
    """What a test found, by its end or by its verdict."""
    said, rate = clearance.say(one.test), _rate(one)
    held_s = one.held.last_s - one.first_s
    decided = one.test.decided_s
    because = said.because if decided is not None else f"the hatches were opened after {span(held_s)}: {said.because}"
    if one.people:
        because += (
            f"; {one.people} are taken to be in there, by their craft or as they reported, and what they breathe is "
            "allowed for"
        )
    elif one.test.verdict == "does_not_hold":
        because += ", if nobody breathes in there"
    per_hour = LIMIT_KG_DAY / DAY_S / one.mass_kg * HOUR_S
    more = {
        "rate_kg_day": {end: float(f"{x:.4g}") for end, x in rate.scaled(DAY_S).as_dict().items()},
        "limit": f"{LIMIT_KG_DAY:g} kg/day, {100.0 * per_hour:.2g} % of its gas an hour",
        "gauge": vehicle.channels[one.gauge].id,
        "held_since_utc": utc_text(one.first_s),
        "held_s": round(held_s, 1),
        "readings": one.readings,
        "decided_after_s": None if decided is None else round(decided - one.first_s, 1),
        "log_ratios": {
            name: float(f"{x:.4g}")
            for name, x in (("leak", one.test.leak), ("limit", one.test.limit), ("inflow", one.test.inflow))
        },
    }
    return _event(one.incident, one.compartments, time_s, one.test.verdict, because, more)


def hidden(
    vehicle: Vehicle, incident: Incident, top: str, whole: GroupState, open_hatches: frozenset[str], time_s: float
) -> Event:
    """Nothing is closed off: what would have to be shut to prove that it leaks no more, and how long that takes."""
    shut = [h.id for h in hatches_around(vehicle, frozenset((top,))) if h.id in open_hatches]
    part = next(group for group in pressure_groups(vehicle, open_hatches - set(shut)) if top in group)
    room = [c for c in vehicle.compartments if c.id in part]
    volume = sum(c.volume_m3.value for c in room)
    share = float(np.sqrt(sum(c.volume_m3.sd**2 for c in room))) / volume
    one = _begin(vehicle, incident, part, (volume, share, whole.mass_kg / whole.volume_m3 * volume), time_s, 0.0)
    names = " and ".join(shut) or "its hatches"
    if one is None:
        because = f"{top} has no gauge of its own: shut {names} and read one by hand, for `hullwatch clear`"
        return _event(incident.id, part, time_s, "cannot_be_said", because, {})
    when = _expected(one, vehicle, time_s)
    told = f"a verdict falls after about {span(when['holds'])}" if "holds" in when else "not within a fortnight"
    because = (
        f"with hatches open {LIMIT_KG_DAY:g} kg/day is too little to be seen in {whole.volume_m3:.0f} m3; shut "
        f"{names} with nobody inside and let its gauge speak: {told}"
    )
    more = {"gauge": vehicle.channels[one.gauge].id, "earliest_after_s": {k: round(x) for k, x in when.items()}}
    return _event(incident.id, part, time_s, "cannot_be_said", because, more)


def _expected(one: Hold, vehicle: Vehicle, time_s: float) -> dict[str, float]:
    """When a test that began now would decide, on the mean, from its first reading."""
    channel, air = vehicle.channels[one.gauge], vehicle.atmosphere
    warm = np.full(2, np.nan if one.glass is None else air.temperature_k.value)
    times = np.array([time_s, time_s + channel.period_s])
    held, beliefs, _ = holds.hold(one.held, holds.Readings(times, np.full(2, air.pressure_pa.value), warm))
    test, _ = clearance.judge(one.test, beliefs)
    found = clearance.earliest(test, held, channel.period_s, one.glass is not None)
    return {name: at - time_s for name, at in found.items() if at is not None and name != "as_it_seems"}


def _event(
    incident: str, part: Sequence[str], time_s: float, verdict: str, because: str, more: dict[str, Any]
) -> Event:
    nothing: dict[str, Any] = {
        "rate_kg_day": None, "limit": f"{LIMIT_KG_DAY:g} kg/day", "gauge": None, "held_since_utc": None, "held_s": 0.0,
        "readings": 0, "decided_after_s": None, "earliest_after_s": {}, "log_ratios": None,
    }  # fmt: skip
    said = {"verdict": verdict, "compartments": list(part), "because": because}
    risk = {"false_leak": RISK, "false_hold": RISK}
    data = {**said, **nothing, "limit_kg_day": LIMIT_KG_DAY, "risk": risk, **more}
    return Event(time_s, "clearance", incident, data)


def _rate(one: Hold) -> Interval:
    """Loss in kg/s when it was decided, or as known last."""
    loss, sd = clearance.leak_of(
        one.test.terms, *(one.test.decided_loss or (one.test.loss_per_s, one.test.loss_sd_per_s))
    )
    return clearance.rate_interval(Interval(loss, loss, loss), sd, one.mass_kg, one.volume_share)


def leaks_on(incident: Incident, one: Hold, time_s: float) -> tuple[Incident, tuple[Event, ...]]:
    """A stopped leak that a hold found leaking: the incident goes on, with the flow that the hold found."""
    loss, sd = clearance.leak_of(
        one.test.terms, *(one.test.decided_loss or (one.test.loss_per_s, one.test.loss_sd_per_s))
    )
    rate = _rate(one)
    said = rate.scaled(DAY_S)
    why = (
        f"the hold of {', '.join(one.compartments)} shows {said.median:.2g} ({said.low:.2g} to {said.high:.2g}) kg/day "
        f"still leaving, after {span((one.test.decided_s or one.held.last_s) - one.first_s)} at a risk of {RISK:g}"
    )
    incident, moved = incidents.move(incident, "rate_returned", why, time_s)
    flow = loss * one.volume_m3
    return replace(
        incident, stage=incident.stage + 1, flow_m3_s=flow, flow_sd_m3_s=sd * one.volume_m3, peak_m3_s=flow,
        rate_kg_s=rate,
    ), moved  # fmt: skip


def proved_words(one: Hold) -> str:
    """Why a leak counts as cleared."""
    rate = _rate(one).scaled(DAY_S)
    return (
        f"{', '.join(one.compartments)} held for {span((one.test.decided_s or 0.0) - one.first_s)}: "
        f"{rate.median:.2g} ({rate.low:.2g} to {rate.high:.2g}) kg/day, less than {LIMIT_KG_DAY:g} kg/day at a risk of "
        f"{RISK:g}"
    )
