"""The record folded into the one JSON object a watch prints. Pure: the same events give the same object."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hullwatch.incident import answers, states
from hullwatch.incident.words import verdict_words
from hullwatch.records import Event
from hullwatch.units import utc_text

__all__ = ["Fold", "copied", "schema", "summarise", "take", "told", "verdict_words"]

SIZES = ("rate_kg_day", "effective_area_m2", "equivalent_diameter_m", "discharge_coefficient")
_LAST_WORDS = (
    "law",
    "law_probability",
    "exponent",
    "pressure_fallen",
    "volume_m3",
    "leak_probability",
    "location",
    "location_why",
    "set_aside",
    "would_change",
)
_ENDED = frozenset({"stopped", "cleared"})
SAID_BY_PEOPLE = frozenset(
    {
        "evidence", "evidence_withdrawn", "alarm_action", "hatch_report", "crew_report", "decision_proposed",
        "decision_answered", "centre_joined", "merged", "limit_changed",
    }
)  # fmt: skip
"""Kinds whose time is when people saw or said it: the span of the record is that of the telemetry."""

_FIELDS: Mapping[str, str] = {
    "vehicle": "name of the vehicle file",
    "source": "what was watched, as the user named it",
    "reconstructed": "true when the telemetry is simulated or reconstructed, not flight data",
    "span_utc": "[first, last] moment judged, ISO 8601 UTC",
    "verdict": "leak: an incident was confirmed and not dismissed; undecided: one is suspected, or the data "
    "cannot say; no_leak: otherwise",
    "undecided_why": "sentence: why nothing can be said yet; null when something can",
    "detectable_kg_day": "smallest steady leak the watch would have reported by its end, 19 times in 20, kg/day; null "
    "when not known",
    "detectable_since_utc": "since when that leak would have been there: evidence reaches back to the last change",
    "interrupted": "true when the watch was stopped, or the record ends, before the source did",
    "incidents": "one entry for each incident, in order of detection",
    "incidents[].id": "medium, UTC day of detection, number on that day",
    "incidents[].state": "suspected, confirmed, located, isolated, stopped, cleared or dismissed",
    "incidents[].medium": "what leaks: air",
    "incidents[].alarm_class": "highest class the alarm had: emergency, warning, caution, advisory; null without alarm",
    "incidents[].detected_utc": "moment of detection",
    "incidents[].onset_utc": "when the leak began: median, 5 % and 95 %",
    "incidents[].may_be_older": "true where this air was not seen before: it may have begun any time before `high`",
    "incidents[].ended_utc": "moment it was found stopped; null while it is not",
    "incidents[].rate_kg_day": "gas lost where it was best measured: the estimate with the narrowest interval for its "
    "size, made while gas was leaving and pressure within 2 % of the first, kg/day: median, 5 % and 95 %",
    "incidents[].rate_utc": "moment of that estimate",
    "incidents[].rate_now_kg_day": "the same at the last estimate while gas was leaving; after a patch it is smaller",
    "incidents[].effective_area_m2": "discharge coefficient times area of the hole, m2",
    "incidents[].equivalent_diameter_m": "diameter of a round hole of that area, under the prior of its coefficient, m",
    "incidents[].discharge_coefficient": "the prior used for the diameter",
    "incidents[].law": "leak law the area is stated for",
    "incidents[].law_probability": "posterior of each law; while pressure has hardly fallen, the prior",
    "incidents[].law_probability.orifice": "a hole",
    "incidents[].law_probability.crack": "a narrow crack",
    "incidents[].exponent": "flow goes as pressure to this power: median, 5 % and 95 %",
    "incidents[].pressure_fallen": "share of pressure lost since the flow was first known: what the law rests on",
    "incidents[].volume_m3": "volume of the leaking group: median, 5 % and 95 %",
    "incidents[].leak_probability": "posterior that gas is leaving through a hole, 0 to 1",
    "incidents[].location": "every place considered, most probable first",
    "incidents[].location[].compartment": "compartment id",
    "incidents[].location[].name": "its name in words",
    "incidents[].location[].probability": "posterior probability, 0 to 1",
    "incidents[].location_why": "sentence: what the place rests on",
    "incidents[].reserve_time_s": "time until each limit if nothing is done, from the same estimate as the rate, s",
    "incidents[].reserve_time_s[].limit": "limit id",
    "incidents[].reserve_time_s[].group": "pressure group index",
    "incidents[].reserve_time_s[].alarm_class": "how serious the limit is; null when the vehicle does not say",
    "incidents[].reserve_time_s[].meaning": "what happens at the limit",
    "incidents[].reserve_time_s[].value_pa": "the limit, Pa",
    "incidents[].set_aside": "other explanations considered",
    "incidents[].set_aside[].cause": "the explanation",
    "incidents[].set_aside[].probability": "its posterior probability, 0 to 1",
    "incidents[].set_aside[].why": "sentence",
    "incidents[].would_change": "sentence: what would change this verdict",
    "incidents[].history": "every change of state",
    "incidents[].history[].utc": "when",
    "incidents[].history[].state": "state after",
    "incidents[].history[].trigger": "what moved it",
    "incidents[].history[].why": "sentence",
    "events": "steps of gas or of a sensor that were told apart from leaks",
    "events[].kind": "repressurisation, vent, step_loss, airlock, docking or sensor_fault",
    "events[].start_utc": "start",
    "events[].end_utc": "end",
    "events[].mass_kg": "gas gained (positive) or lost, kg; null when none was",
    "events[].group": "pressure group index",
    "events[].channel": "item id of a faulty sensor, or null",
    "events[].took_s": "seconds it took; `low` is 0 where the readings only bound it; null where it is not known",
    "events[].probability": "posterior that it is what `kind` says; null where an operation, seen or logged, tells it",
    "events[].set_aside": "other explanations weighed; null where an operation tells it",
    "events[].set_aside[].cause": "the explanation",
    "events[].set_aside[].probability": "its posterior probability, 0 to 1",
    "events[].set_aside[].why": "sentence",
    "events[].why": "sentence",
    "data_quality": "how good the data were",
    "data_quality.readings": "readings taken in; null while the watch runs",
    "data_quality.frames": "frames judged; null while the watch runs",
    "data_quality.signal_lost_s": "seconds without signal; null while the watch runs",
    "data_quality.channels_missing": "channels of the vehicle that never spoke",
    "data_quality.notes": "stretches of doubtful data",
    "data_quality.notes[].kind": "gap, stale, stuck, frozen, outlier, out_of_range, duplicate, late, clock_step, "
    "dropped, missing, apart or jump",
    "data_quality.notes[].channel": "item id, or null for the whole feed",
    "data_quality.notes[].start_utc": "first moment",
    "data_quality.notes[].end_utc": "last moment",
    "data_quality.notes[].count": "readings or frames concerned",
    "data_quality.notes[].why": "sentence",
}
_ENDS = {"median": "posterior median", "low": "5 % quantile", "high": "95 % quantile"}
_INTERVALS = (
    *(
        f"incidents[].{name}"
        for name in ("onset_utc", "rate_now_kg_day", "reserve_time_s[]", "exponent", "volume_m3", *SIZES)
    ),
    *answers.INTERVALS,
    "events[].mass_kg",
    "events[].took_s",
)


def schema() -> dict[str, str]:
    """Every field of the summary and the sentence that explains it; `[]` stands for any entry of a list."""
    ends = {f"{name}.{end}": text for name in _INTERVALS for end, text in _ENDS.items()}
    return {**_FIELDS, **answers.FIELDS, **ends}


@dataclass
class _Incident:
    """What the fold keeps of one incident."""

    opened: Event
    state: str = states.INITIAL
    history: list[dict[str, Any]] = field(default_factory=list)
    leaking: Event | None = None  # last estimate while gas was leaving
    best: Event | None = None  # the best measured of them
    first_pa: float | None = None  # pressure at the first estimate
    alarm_class: str | None = None
    ended_utc: str | None = None
    answers: dict[str, Event] = field(default_factory=dict)  # the last of each kind


@dataclass
class Fold:
    """What has been taken in so far of a record; `take` adds to it, `told` says it."""

    started: Mapping[str, Any] = field(default_factory=dict)
    ended: Mapping[str, Any] | None = None
    first_s: float | None = None
    last_s: float | None = None
    judged: bool = False
    incidents: dict[str, _Incident] = field(default_factory=dict)
    steps: list[Mapping[str, Any]] = field(default_factory=list)
    notes: list[Mapping[str, Any]] = field(default_factory=list)


def summarise(events: Iterable[Event]) -> dict[str, Any]:
    """The summary of a record, or of any beginning of one; `schema()` documents every field."""
    fold = Fold()
    for event in events:
        take(fold, event)
    return told(fold)


def told(fold: Fold) -> dict[str, Any]:
    """The summary of what was taken in so far."""
    incidents = [_incident(name, kept, fold.started) for name, kept in fold.incidents.items()]
    ended = fold.ended or {}
    why = _undecided_why(fold, incidents)
    return {
        "vehicle": fold.started.get("vehicle"),
        "source": fold.started.get("source"),
        "reconstructed": bool(fold.started.get("reconstructed", False)),
        "span_utc": _span(fold),
        "verdict": _verdict(incidents, why),
        "undecided_why": why,
        "detectable_kg_day": ended.get("detectable_kg_day"),
        "detectable_since_utc": ended.get("detectable_since_utc"),
        "interrupted": bool(ended.get("interrupted", True)),
        "incidents": incidents,
        "events": [_only(step, "events[].") for step in fold.steps],
        "data_quality": {
            "readings": ended.get("readings"),
            "frames": ended.get("frames"),
            "signal_lost_s": ended.get("signal_lost_s"),
            "channels_missing": list(ended.get("channels_missing") or ()),
            "notes": [_only(note, "data_quality.notes[].") for note in fold.notes],
        },
    }


def copied(fold: Fold) -> Fold:
    """A copy that events taken in later do not touch."""
    incidents = {name: replace(one, history=[*one.history]) for name, one in fold.incidents.items()}
    return replace(fold, incidents=incidents, steps=[*fold.steps], notes=[*fold.notes])


def take(fold: Fold, event: Event) -> None:
    """Add one event to the fold."""
    # a watch starts before its first frame
    if event.kind != "watch_started" and event.kind not in SAID_BY_PEOPLE:
        fold.first_s = event.time_s if fold.first_s is None else fold.first_s
        fold.last_s = event.time_s
    if event.kind == "watch_started":
        fold.started, fold.ended = event.data, None
    elif event.kind == "watch_ended":
        fold.ended = event.data
    elif event.kind == "trend":
        fold.judged = True
    elif event.kind == "step":
        fold.steps.append(event.data)
    elif event.kind == "quality":
        fold.notes.append(event.data)
    elif event.incident is not None:
        _take_incident(fold.incidents.setdefault(event.incident, _Incident(event)), event)


def _take_incident(kept: _Incident, event: Event) -> None:
    data = event.data
    if event.kind == "incident_state":
        kept.state = data["state"] if data.get("state") in states.STATES else kept.state
        if kept.state not in _ENDED:
            kept.ended_utc = None
        elif kept.ended_utc is None:
            kept.ended_utc = utc_text(event.time_s)
        words = {name: data.get(name) for name in ("state", "trigger", "why")}
        kept.history.append({"utc": utc_text(event.time_s), **words})
    elif event.kind == "estimate":
        if kept.state not in _ENDED or kept.leaking is None:
            kept.leaking = event
            kept.first_pa = kept.first_pa or data.get("pressure_pa")
            if kept.best is None or (_width(event) <= _width(kept.best) and _pressure_kept(kept, event)):
                kept.best = event
    elif event.kind in answers.KINDS:
        kept.answers = {**kept.answers, event.kind: event}
    elif event.kind == "alarm":
        kept.alarm_class = _higher(kept.alarm_class, data.get("alarm_class"))


def _pressure_kept(kept: _Incident, event: Event) -> bool:
    """Whether pressure is still near what it was: a hole passes less as pressure falls."""
    now = event.data.get("pressure_pa")
    return kept.first_pa is None or now is None or abs(now / kept.first_pa - 1.0) < 0.02


def _width(event: Event) -> float:
    """How wide the rate's interval is for its size; infinite when it says nothing."""
    rate = event.data.get("rate_kg_day") or {}
    median = float(rate.get("median", 0.0))
    return (float(rate["high"]) - float(rate["low"])) / median if median > 0.0 else float("inf")


def _higher(a: str | None, b: str | None) -> str | None:
    order = (None, "advisory", "caution", "warning", "emergency")
    return max(a, b, key=lambda word: order.index(word) if word in order else 0)


def _incident(name: str, kept: _Incident, started: Mapping[str, Any]) -> dict[str, Any]:
    opened = kept.opened.data
    said: Mapping[str, Any] = kept.leaking.data if kept.leaking else {}
    best: Mapping[str, Any] = kept.best.data if kept.best else {}
    return {
        "id": name,
        "state": kept.state,
        "medium": opened.get("medium", "air"),
        "alarm_class": kept.alarm_class,
        "detected_utc": opened.get("detected_utc", utc_text(kept.opened.time_s)),
        "onset_utc": said.get("onset_utc", opened.get("onset_utc")),
        "may_be_older": bool(said.get("may_be_older", opened.get("may_be_older", False))),
        "ended_utc": kept.ended_utc,
        **{size: best.get(size) for size in SIZES},
        "rate_utc": utc_text(kept.best.time_s) if kept.best else None,
        "rate_now_kg_day": said.get("rate_kg_day"),
        **{word: said.get(word) for word in _LAST_WORDS},
        "location": [_place(entry, started) for entry in said.get("location") or ()],
        "set_aside": said.get("set_aside") or [],
        "reserve_time_s": [_reserve(entry, started) for entry in best.get("reserve_time_s") or ()],
        "history": [*kept.history],
        **answers.answers(kept.answers, said),
    }


def _named(started: Mapping[str, Any], what: str, name: Any) -> Mapping[str, Any]:
    """The entry of that id in one of the lists of watch_started."""
    entries: Iterable[Mapping[str, Any]] = started.get(what) or ()
    return next((entry for entry in entries if entry.get("id") == name), {})


def _place(entry: Mapping[str, Any], started: Mapping[str, Any]) -> dict[str, Any]:
    name = _named(started, "compartments", entry.get("compartment")).get("name", entry.get("compartment"))
    return {"compartment": entry.get("compartment"), "name": name, "probability": entry.get("probability")}


def _reserve(entry: Mapping[str, Any], started: Mapping[str, Any]) -> dict[str, Any]:
    limit = _named(started, "limits", entry.get("limit"))
    return {
        **{name: entry.get(name) for name in ("limit", "group", "median", "low", "high")},
        **{name: limit.get(name) for name in ("alarm_class", "meaning")},
        "value_pa": entry.get("value_pa", limit.get("value_pa")),  # as it was then; older records do not say
    }


def _only(data: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The documented fields below a prefix, absent ones as null."""
    names = [name for path in _FIELDS if path.startswith(prefix) and "." not in (name := path.removeprefix(prefix))]
    return {name: data.get(name) for name in names}


def _span(fold: Fold) -> list[str] | None:
    if fold.ended and fold.ended.get("span_utc"):
        return list(fold.ended["span_utc"])
    if fold.first_s is None or fold.last_s is None:
        return None
    return [utc_text(fold.first_s), utc_text(fold.last_s)]


def _verdict(incidents: list[dict[str, Any]], undecided_why: str | None) -> str:
    if any(incident["state"] in states.REAL for incident in incidents):
        return "leak"
    return "undecided" if undecided_why is not None else "no_leak"


def _undecided_why(fold: Fold, incidents: list[dict[str, Any]]) -> str | None:
    if any(incident["state"] in states.REAL for incident in incidents):
        return None
    suspected = [incident["id"] for incident in incidents if incident["state"] == "suspected"]
    if suspected:
        return f"{', '.join(suspected)} is suspected: the evidence does not yet outweigh every other explanation"
    if fold.ended is not None and fold.ended.get("undecided_why"):
        return str(fold.ended["undecided_why"])
    if not fold.judged:
        return "no pressure was judged in the span of this record"
    return None
