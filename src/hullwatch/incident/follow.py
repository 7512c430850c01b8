"""An incident as it is followed: its state, its alarm, and the events that say what moved.

Everything comes in as values; out come the incident as it is now and the lines for the record.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hullwatch.incident import alarms, association, states
from hullwatch.incident.words import percent
from hullwatch.records import Detection, Event, Interval, SetAside
from hullwatch.units import kg_day, utc_text

PLACE_KNOWN, PLACE_LOST = 0.90, 0.60
"""Posterior of one compartment from which it is acted on, and below which it is doubted again."""
CONFIRM, FADE, EXPLAINED = 0.95, 0.1, 0.02
"""Leak probability from which a suspected leak is confirmed, and below which it, or a confirmed one, is let go."""
ISOLATED = 0.95
"""Posterior that the leak is behind closed hatches."""
ZERO_SHARE = 0.15
"""A leak has stopped when its rate is below this share of what it was, at 95 %."""
JUST_SEEN_S = 600.0
"""A leak whose onset may lie this soon after its air was first seen may have been there before [c]."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One leak being followed."""

    id: str
    state: str
    onset_s: Interval
    flow_m3_s: float  # volumetric flow of the hole as last well known, and its doubt
    flow_sd_m3_s: float
    peak_m3_s: float  # the largest flow well known
    rate_kg_s: Interval
    leak_probability: float
    set_aside: tuple[SetAside, ...]
    stage: int  # counts changes of rate: patches, growth
    said_s: float  # time of the last estimate
    alarm: alarms.Alarm | None
    detected_s: float = 0.0
    watched_s: float = -math.inf  # since when the air that leaks had been seen

    @property
    def leaking(self) -> bool:
        """Whether gas may still be leaving."""
        return self.state in states.OPEN

    @property
    def may_be_older(self) -> bool:
        """Whether it may have begun before its air was seen at all: then only the latest onset can be told."""
        return self.onset_s.low - self.watched_s <= JUST_SEEN_S

    def followed(self, compartments: frozenset[str]) -> association.Followed:
        """What association compares."""
        return association.Followed(self.id, self.state, self.onset_s, compartments, self.rate_kg_s, self.said_s)


def begin(
    detection: Detection, taken: Sequence[str], why: str, flow_m3_s: float, flow_sd_m3_s: float,
    watched_s: float = -math.inf,
) -> tuple[Incident, tuple[Event, ...]]:  # fmt: skip
    """A new incident from a detection: suspected, or confirmed at once where the evidence is that strong."""
    id = association.incident_id(detection.time_s, taken)
    incident = Incident(
        id=id,
        state=states.INITIAL,
        onset_s=detection.onset_s,
        flow_m3_s=flow_m3_s,
        flow_sd_m3_s=flow_sd_m3_s,
        peak_m3_s=flow_m3_s,
        rate_kg_s=detection.size,
        leak_probability=detection.probability,
        set_aside=detection.set_aside,
        stage=1,
        said_s=detection.time_s,
        alarm=None,
        detected_s=detection.time_s,
        watched_s=watched_s,
    )
    evidence = (
        f"log-likelihood ratio {detection.log_ratio:.1f} for a loss of gas since {utc_text(detection.onset_s.median)} "
        f"at about {kg_day(detection.size.median):.3g} kg/day; probability {detection.probability:.4f} against all else"
    )
    opened = Event(
        detection.time_s,
        "incident_opened",
        id,
        {
            "medium": "air",
            "group": detection.group,
            "detected_utc": utc_text(detection.time_s),
            "onset_utc": {k: utc_text(v) for k, v in detection.onset_s.as_dict().items()},
            "may_be_older": incident.may_be_older,
            "why": f"{evidence}; {why}",
        },
    )
    incident, confirmed = believe(incident, detection.time_s)
    return incident, (opened, *confirmed)


def believe(incident: Incident, time_s: float) -> tuple[Incident, tuple[Event, ...]]:
    """Confirm a suspected leak, or let a leak go, as its probability now stands."""
    why = f"leak probability {incident.leak_probability:.4f} against all else"
    suspected = incident.state == states.INITIAL
    if suspected and incident.leak_probability >= CONFIRM:
        return move(incident, "evidence_strong", why, time_s)
    if incident.leak_probability <= (FADE if suspected else EXPLAINED):
        other = max(incident.set_aside, key=lambda one: one.probability, default=None)
        trigger = "evidence_faded" if suspected else "explained"
        return move(incident, trigger, f"{why}; likelier: {other.cause}" if other else why, time_s)
    return incident, ()


def move(incident: Incident, trigger: str, why: str, time_s: float) -> tuple[Incident, tuple[Event, ...]]:
    """Apply a trigger; IllegalTransition if the table forbids it."""
    after = states.transition(incident.state, trigger)
    event = Event(
        time_s,
        "incident_state",
        incident.id,
        {"previous": incident.state, "state": after, "trigger": trigger, "why": why},
    )
    moved = replace(incident, state=after)
    if not moved.leaking and moved.alarm is not None:
        alarm, trigger = alarms.on_end(moved.alarm)
        if trigger:
            said = _alarm_event(alarm, trigger, f"{incident.id}: {why}", time_s)
            return replace(moved, alarm=alarm), (event, said)
    return moved, (event,)


def place_moves(
    incident: Incident, top: str, probability: float, behind_hatches: float, holds: bool, time_s: float
) -> tuple[Incident, tuple[Event, ...]]:
    """Triggers that follow from the location posterior and the hatches.

    behind_hatches: probability that the leak is in a part closed off; holds: the main group keeps its gas.
    """
    events: tuple[Event, ...] = ()
    said = f"{top} holds {percent(probability)} of the probability"
    if incident.state == "confirmed" and probability >= PLACE_KNOWN:
        incident, more = move(incident, "place_known", said, time_s)
        events += more
    apart = behind_hatches >= ISOLATED and holds
    if incident.state in ("confirmed", "located") and apart:
        why = f"probability {percent(behind_hatches)} that it is behind closed hatches, and the main part keeps its gas"
        incident, more = move(incident, "isolated", why, time_s)
        events += more
    elif incident.state == "isolated" and behind_hatches < 0.5:
        incident, more = move(incident, "reopened", "the hatches that closed it off were opened", time_s)
        events += more
    if incident.state in ("located", "isolated") and probability < PLACE_LOST and not apart:
        incident, more = move(incident, "place_lost", f"{said} only", time_s)
        events += more
    return incident, events


def raise_alarm(
    incident: Incident,
    fall_pa_s: Interval,
    reserves: Sequence[alarms.Reserve],
    time_s: float,
    limits_pa: tuple[tuple[str, float], ...] = (),
) -> tuple[Incident, tuple[Event, ...]]:
    """The incident's one alarm, raised or escalated when the numbers ask for it; eased where a limit was lowered.

    limits_pa: every limit as it is now.
    """
    deserved, why = alarms.alarm_class(fall_pa_s, reserves)
    if incident.state == states.INITIAL and deserved in ("warning", "emergency"):
        deserved, why = "caution", f"{why}; a leak is only suspected yet"
    alarm, trigger = alarms.on_leak(incident.alarm, incident.id, deserved, limits_pa)
    if not trigger:
        return replace(incident, alarm=alarm), ()
    if trigger == "ease":
        why = f"{why}, under the limits as they are now set"
    return replace(incident, alarm=alarm), (_alarm_event(alarm, trigger, f"{incident.id}: {why}", time_s),)


def _alarm_event(alarm: alarms.Alarm, trigger: str, text: str, time_s: float) -> Event:
    data = {"alarm_class": alarm.alarm_class, "state": alarm.state, "trigger": trigger, "text": text}
    return Event(time_s, "alarm", alarm.incident, data)
