"""What happened, one entry at a time: the lines of a record that a timeline shows, each in words of its own.

The report draws them over the plots, the console lists them newest first; both say the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hullwatch.errors import OutOfRange
from hullwatch.incident.words import step_words
from hullwatch.records import Event
from hullwatch.units import mmhg, utc_seconds

Data = Mapping[str, Any]


SIGNAL_LOST = ("Signal lost", "Frozen")
"""Titles of what leaves no telemetry, among all that is said of the feed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry. `mark` says of what sort it is: incident, alarm, hatch, step, operation, signal, advice or word."""

    time_s: float
    mark: str
    title: str
    why: str
    end_s: float | None = None
    incident: str | None = None
    alarm_class: str | None = None


def moments(event: Event) -> list[Moment]:
    """The entries of one event; none for what plots and tables show."""
    tell = _TOLD.get(event.kind)
    return tell(event, event.data) if tell else []


def seconds(text: Any) -> float | None:
    """Seconds of ISO 8601 text; None when it is none."""
    try:
        return utc_seconds(str(text))
    except OutOfRange:
        return None


def _opened(event: Event, data: Data) -> list[Moment]:
    return [Moment(event.time_s, "incident", f"Incident opened: {event.incident}", _why(data), None, event.incident)]


def _state(event: Event, data: Data) -> list[Moment]:
    title = f"{data.get('previous')} → {data.get('state')}"
    return [Moment(event.time_s, "incident", title, _why(data) or str(data.get("trigger")), None, event.incident)]


def _alarm(event: Event, data: Data) -> list[Moment]:
    title = f"{str(data.get('alarm_class')).upper()} alarm {data.get('state')}"
    said, name = str(data.get("text") or ""), str(data.get("alarm_class"))
    return [Moment(event.time_s, "alarm", title, said, None, event.incident, name)]


def _hatches(event: Event, data: Data) -> list[Moment]:
    moved = [f"{m.get('hatch')} {'opened' if m.get('open') else 'closed'}" for m in data.get("changed") or ()]
    return [Moment(event.time_s, "hatch", "Hatch " + ", ".join(moved), _why(data))] if moved else []


def _step(event: Event, data: Data) -> list[Moment]:
    start = seconds(data.get("start_utc"))
    end = seconds(data.get("end_utc"))
    return [Moment(start or event.time_s, "step", _plain(data.get("kind")), step_words(data), end)]


def _operation(event: Event, data: Data) -> list[Moment]:
    return [Moment(event.time_s, "operation", f"{_plain(data.get('kind'))}: {data.get('state')}", _why(data))]


def _quality(event: Event, data: Data) -> list[Moment]:
    if data.get("channel") is not None:
        return []
    title = SIGNAL_LOST[0] if data.get("kind") == "gap" else _plain(data.get("kind"))
    start = seconds(data.get("start_utc"))
    return [Moment(start or event.time_s, "signal", title, _why(data), seconds(data.get("end_utc")))]


def _action(event: Event, data: Data) -> list[Moment]:
    action, said = str(data.get("action")), str(data.get("comment") or "")
    title = f"Alarm {_ACTIONS.get(action, action)} by {speaker(data)}"
    if data.get("owner"):
        title += f"; owner {data['owner']}"
    return [Moment(event.time_s, "word", title, said, None, event.incident)]


def _evidence(event: Event, data: Data) -> list[Moment]:
    observed: Data = data.get("observed") or {}
    place = observed.get("spot") or observed.get("compartment") or observed.get("hatch")
    title = f"Evidence by {speaker(data)}: {_plain(data.get('kind')).lower()}{f' in {place}' if place else ''}"
    return [Moment(event.time_s, "word", title, str(data.get("note") or ""), None, event.incident)]


def _withdrawn(event: Event, data: Data) -> list[Moment]:
    title = f"Evidence {data.get('number')} withdrawn by {speaker(data)}"
    return [Moment(event.time_s, "word", title, _why(data), None, event.incident)]


def _hatch_report(event: Event, data: Data) -> list[Moment]:
    title = f"{speaker(data)} reports {data.get('hatch')} {'open' if data.get('open') else 'closed'}"
    return [Moment(event.time_s, "hatch", title, str(data.get("note") or ""))]


def _crew_report(event: Event, data: Data) -> list[Moment]:
    people = ", ".join(map(str, data.get("people") or ()))
    title = f"{speaker(data)} reports {people} in {data.get('compartment')}"
    return [Moment(event.time_s, "word", title, str(data.get("note") or ""))]


def _proposed(event: Event, data: Data) -> list[Moment]:
    needs = ", ".join(map(str, data.get("needs") or ()))
    title = f"Decision {data.get('decision')} proposed by {speaker(data)}"
    said = f"{data.get('what')}{f' (needs {needs})' if needs else ''}"
    return [Moment(event.time_s, "word", title, said, None, event.incident)]


def _answered(event: Event, data: Data) -> list[Moment]:
    verb = "agrees to" if data.get("agree") else "refuses"
    return [Moment(event.time_s, "word", f"{speaker(data)} {verb} decision {data.get('decision')}", _why(data))]


def _joined(event: Event, data: Data) -> list[Moment]:
    return [Moment(event.time_s, "word", f"Centre {data.get('centre')} joins the record", "")]


def _merged(event: Event, data: Data) -> list[Moment]:
    counts = " and ".join(map(str, data.get("counts") or ()))
    return [Moment(event.time_s, "word", "Two copies of the record merged", f"{counts} rows")]


def _limit(event: Event, data: Data) -> list[Moment]:
    until = f" until {data['until_utc']}" if data.get("until_utc") else ""
    title = f"Limit {data.get('limit')} set to {_mmhg(data.get('value_pa'))}{until} by {speaker(data)}"
    return [Moment(event.time_s, "word", title, _why(data))]


def _heard(event: Event, data: Data) -> list[Moment]:
    """Of limits, and of reports of hatches that are contradicted: what else was heard is seen in what follows it."""
    if data.get("hatch") is not None:
        return _hatch_heard(event, data)
    if data.get("limit") is None:
        return []
    ended = "ended: the vehicle's is in force, " if data.get("what") == "limit_ended" else "in force: "
    title = f"Limit {data['limit']} {ended}{_mmhg(data.get('value_pa'))}"
    return [Moment(event.time_s, "word", title, f"before this {_mmhg(data.get('was_pa'))}")]


def _hatch_heard(event: Event, data: Data) -> list[Moment]:
    said = f"{data['hatch']} reported {'open' if data.get('open') else 'closed'}"
    if data.get("contradiction"):
        return [Moment(event.time_s, "hatch", f"{said}: contradicted", str(data["contradiction"]))]
    if data.get("what") == "hatch_looked_at_again":
        return [Moment(event.time_s, "hatch", f"{said}: nothing contradicts it any more", "")]
    return []


def _mmhg(pascal: Any) -> str:
    return f"{mmhg(float(pascal)):.4g} mmHg" if isinstance(pascal, int | float) else str(pascal)


def _clearance(event: Event, data: Data) -> list[Moment]:
    where = ", ".join(map(str, data.get("compartments") or ()))
    title = f"Hold test{f' of {where}' if where else ''}: {_plain(data.get('verdict')).lower()}"
    return [Moment(event.time_s, "incident", title, str(data.get("because") or ""), None, event.incident)]


def _advice(event: Event, data: Data) -> list[Moment]:
    said = str(data.get("next") or "")
    refused = f" {data['refused']}" if data.get("refused") else ""
    why = f"{data.get('why') or ''}{refused}"
    return [Moment(event.time_s, "advice", f"Next step: {said}", why, None, event.incident)]


def _return(event: Event, data: Data) -> list[Moment]:
    word = {"no": "no", "yes": "yes"}.get(str(data.get("answer")), "while it leaks")
    return [Moment(event.time_s, "advice", f"{data.get('question')} {word}", _why(data), None, event.incident)]


def _trouble(event: Event, data: Data) -> list[Moment]:
    title = f"Record could not be written: {data.get('rows')} rows waited"
    return [Moment(event.time_s, "signal", title, str(data.get("problem") or ""), None)]


def speaker(data: Data) -> str:
    """Who says it: the person, and the centre where one is named."""
    by, centre = str(data.get("by") or "someone"), data.get("centre")
    return f"{by} ({centre})" if centre else by


def _why(data: Data) -> str:
    return str(data.get("why") or "")


def _plain(word: Any) -> str:
    text = str(word).replace("_", " ")
    return text[:1].upper() + text[1:]


_ACTIONS = {
    "acknowledge": "acknowledged", "shelve": "shelved", "unshelve": "taken off the shelf", "suppress": "suppressed",
    "unsuppress": "no longer suppressed", "own": "taken over", "comment": "commented",
}  # fmt: skip

_TOLD: Mapping[str, Callable[[Event, Data], list[Moment]]] = {
    "incident_opened": _opened,
    "incident_state": _state,
    "alarm": _alarm,
    "groups_changed": _hatches,
    "step": _step,
    "operation": _operation,
    "quality": _quality,
    "alarm_action": _action,
    "evidence": _evidence,
    "evidence_withdrawn": _withdrawn,
    "hatch_report": _hatch_report,
    "crew_report": _crew_report,
    "decision_proposed": _proposed,
    "decision_answered": _answered,
    "centre_joined": _joined,
    "merged": _merged,
    "limit_changed": _limit,
    "heard": _heard,
    "clearance": _clearance,
    "advice": _advice,
    "record_trouble": _trouble,
    "return_question": _return,
}
