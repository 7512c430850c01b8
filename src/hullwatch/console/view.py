"""The record folded into the view: the one JSON object that page, terminal and programs show.

    fold = Fold(); for seq, event in rows: take(fold, seq, event); view(fold, moment)

Pure: the same rows give the same view, whether they were taken in live or years later. What a past moment looked like
is the fold of the rows known by then. What is not in the record (readings, link, clock) comes in as a Moment.
"""

import copy
import datetime as dt
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hullwatch.console.banner import banner
from hullwatch.console.incidents import told_incident
from hullwatch.console.ship import Ship, ship_map, take_ship
from hullwatch.incident import alarm_list, decisions, states, summary
from hullwatch.incident.timeline import moments
from hullwatch.records import Event
from hullwatch.units import MMHG_PA, utc_text

TIMELINE = 200
"""Entries of the timeline in a view; older ones are in the rows."""
OF_INCIDENT = ("advice", "crew_time", "clearance", "return_question")
"""Kinds of which an incident shows the latest."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a view shows that is not in the record: the link as it is now, and the latest readings."""

    live: bool = False
    signal: str = "ended"
    data_utc: str | None = None
    age_s: float | None = None  # of the newest reading at a moment that is past
    channels: Sequence[Mapping[str, Any]] = ()


@dataclass
class Fold:
    """What has been taken in so far."""

    seq: int = 0
    time_s: float = 0.0
    told: summary.Fold = field(default_factory=summary.Fold)
    ship: Ship = field(default_factory=Ship)
    alarms: tuple[Event, ...] = ()
    votes: tuple[Event, ...] = ()
    evidence: tuple[Event, ...] = ()
    centres: tuple[Event, ...] = ()
    limits: tuple[Event, ...] = ()
    latest: dict[tuple[str, str], Event] = field(default_factory=dict)
    doubts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    timeline: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=TIMELINE))


def take(fold: Fold, seq: int, event: Event) -> None:
    """Take in the next row."""
    fold.seq, kind = seq, event.kind
    summary.take(fold.told, event)
    take_ship(fold.ship, event)
    if kind not in summary.SAID_BY_PEOPLE:
        fold.time_s = event.time_s
    if kind in alarm_list.KINDS:
        fold.alarms += (event,)
    if kind in decisions.KINDS:
        fold.votes += (event,)
    elif kind in ("evidence", "evidence_withdrawn"):
        fold.evidence += (event,)
    elif kind == "centre_joined":
        fold.centres += (event,)
    elif kind == "limit_changed" or (kind == "heard" and event.data.get("what") == "limit_ended"):
        fold.limits += (event,)
    elif kind == "quality" and event.data.get("channel"):
        fold.doubts[str(event.data["channel"])] = event.data
    elif kind in OF_INCIDENT and event.incident is not None:
        fold.latest[event.incident, kind] = event
    for moment in moments(event):
        entry = {"time_utc": utc_text(moment.time_s), "kind": moment.mark, "title": moment.title, "words": moment.why}
        more = {"end_utc": moment.end_s and utc_text(moment.end_s), "class": moment.alarm_class}
        more["incident"] = moment.incident
        fold.timeline.append(entry | {name: value for name, value in more.items() if value is not None} | {"seq": seq})


def kept(fold: Fold) -> Fold:
    """A copy that later rows do not touch; what rows say is shared, not copied."""
    return replace(
        fold,
        told=summary.copied(fold.told),
        ship=copy.copy(fold.ship),
        latest=dict(fold.latest),
        doubts=dict(fold.doubts),
        timeline=fold.timeline.copy(),
    )


def view(fold: Fold, moment: Moment) -> dict[str, Any]:
    """The view of what was taken in so far."""
    said = summary.told(fold.told)
    started = fold.told.started
    alarms = [alarm.as_dict() for alarm in alarm_list.fold(fold.alarms, fold.time_s)]
    incidents = [
        told_incident(
            one, fold.told, fold.ship, alarms, {kind: fold.latest.get((one["id"], kind)) for kind in OF_INCIDENT}
        )
        for one in said["incidents"]
    ]
    incidents.sort(key=lambda one: (one["state"] in states.OPEN, one["detected_utc"]), reverse=True)
    now = moment.data_utc or utc_text(fold.time_s)
    ended = fold.told.ended is not None
    return {
        "seq": fold.seq,
        "time_utc": now,
        "day_of_year": day_of_year(now),
        "live": moment.live and not ended,
        "vehicle": said["vehicle"],
        "title": started.get("title"),
        "source": said["source"],
        "reconstructed": said["reconstructed"],
        "provenance": started.get("provenance") or {},
        "settings": started.get("settings") or {},
        "span_utc": said["span_utc"],
        "interrupted": ended and said["interrupted"],
        "banner": banner(said, incidents),
        "incidents": incidents,
        "map": ship_map(fold.ship, started, incidents),
        "alarms": alarms,
        "timeline": sorted(reversed(fold.timeline), key=lambda entry: str(entry["time_utc"]), reverse=True),
        "data": {
            "time_utc": now,
            "signal": "ended" if ended else moment.signal,
            "age_s": moment.age_s,
            "channels": [_doubted(channel, fold.doubts) for channel in moment.channels or _silent(started)],
            "quality": said["data_quality"] | {"notes": said["data_quality"]["notes"][-50:]},
        },
        "decisions": [decision.as_dict() for decision in decisions.fold(fold.votes)],
        "evidence": _evidence(fold.evidence),
        "centres": [{"time_utc": utc_text(one.time_s), **one.data} for one in fold.centres],
        "limits": _limits(fold),
        "detectable": _detectable(said),
    }


def day_of_year(utc: str) -> str:
    """`241/21:42:07`, as mission control writes a moment of a year."""
    return dt.datetime.fromisoformat(utc).strftime("%j/%H:%M:%S")


def _silent(started: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The channels of the ship, when no reading is at hand."""
    nothing: dict[str, Any] = {"unit": None, "value": None, "time_utc": None, "age_s": None, "quality": []}
    known: Sequence[Mapping[str, Any]] = started.get("channels") or ()
    return [{name: one.get(name) for name in ("id", "name", "quantity")} | nothing for one in known]


def _doubted(channel: Mapping[str, Any], doubts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A channel with the last doubt the watch noted about it; it counts while no later reading moved."""
    note = doubts.get(str(channel["id"]))
    if note is None:
        return dict(channel)
    return dict(channel) | {"noted": {name: note.get(name) for name in ("kind", "start_utc", "end_utc", "why")}}


def _evidence(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Evidence in order, numbered from 1, with what withdrew it."""
    given = [event for event in events if event.kind == "evidence"]
    gone = {event.data.get("number"): event.data for event in events if event.kind == "evidence_withdrawn"}
    return [
        {
            "number": number,
            "time_utc": utc_text(event.time_s),
            "incident": event.incident,
            **{name: event.data.get(name) for name in ("kind", "observed", "by", "centre", "note")},
            "withdrawn": {name: gone[number].get(name) for name in ("by", "centre", "why")} if number in gone else None,
        }
        for number, event in enumerate(given, 1)
    ]


def _limits(fold: Fold) -> list[dict[str, Any]]:
    """The limits of the ship, each with who last set it to another value."""
    changed = {str(event.data.get("limit")): event for event in fold.limits}
    listed = []
    for one in fold.told.started.get("limits") or ():
        told = {name: one.get(name) for name in ("id", "quantity", "meaning", "alarm_class")}
        event, value = changed.get(str(one.get("id"))), one.get("value_pa")
        if event is not None and event.kind == "limit_changed":
            value = event.data.get("value_pa")
            told["changed"] = {name: event.data.get(name) for name in ("by", "centre", "why", "until_utc")}
        listed.append(told | {"value_mmhg": value and value / MMHG_PA})
    return listed


def _detectable(said: Mapping[str, Any]) -> dict[str, Any] | None:
    if said["detectable_kg_day"] is None:
        return None
    return {"kg_day": said["detectable_kg_day"], "since_utc": said["detectable_since_utc"]}
