"""What is to be done and what was proved, of one incident: the answers as the summary keeps them, and in short words.

next step        advice, the last one
does it hold?    clearance, the last one
the way home     return_question, the last one
"""

from collections.abc import Mapping
from typing import Any

from hullwatch.records import Event
from hullwatch.units import span, utc_text

KINDS = ("advice", "crew_time", "clearance", "return_question")
"""Kinds of events whose last one is an answer of its incident."""

_KEPT: Mapping[str, tuple[str, ...]] = {
    "advice": ("manner", "next", "why", "refused"),
    "clearance": ("verdict", "because", "compartments", "rate_kg_day", "limit_kg_day", "decided_after_s"),
    "return_question": ("question", "answer", "why", "leaves_utc"),
}

FIELDS: Mapping[str, str] = {
    "incidents[].advice": "the last next step; null before any",
    "incidents[].advice.utc": "when it was said",
    "incidents[].advice.manner": "step_by_step, all_at_once, isolated, hold_test or watch_on",
    "incidents[].advice.next": "sentence: the next step",
    "incidents[].advice.why": "sentence: why this one",
    "incidents[].advice.refused": "who is cut off from their return vehicle, and what is least bad; or null",
    "incidents[].crew_time": "how long the people of each craft have, last said; empty before that",
    "incidents[].crew_time[].craft": "craft id",
    "incidents[].crew_time[].people": "names",
    "incidents[].crew_time[].limit": "the limit that forces them out; null when none does",
    "incidents[].crew_time[].time_s": "time to it; null when none does",
    "incidents[].crew_time[].abandon_s": "when they have to turn back, s; null when nothing forces them",
    "incidents[].clearance": "the last answer to whether it holds; null before any",
    "incidents[].clearance.utc": "when it was said",
    "incidents[].clearance.verdict": "holds, does_not_hold or cannot_be_said",
    "incidents[].clearance.because": "sentence",
    "incidents[].clearance.compartments": "what was closed off",
    "incidents[].clearance.rate_kg_day": "loss in it, kg/day; null where it was not read",
    "incidents[].clearance.limit_kg_day": "what a patch may lose, kg/day",
    "incidents[].clearance.decided_after_s": "when the verdict fell, from the first reading of the test, s; or null",
    "incidents[].return_question": "whether a hole there stops the return of a craft; null while the place is unknown",
    "incidents[].return_question.utc": "when it was said",
    "incidents[].return_question.question": "sentence",
    "incidents[].return_question.answer": "no, yes or while_it_leaks",
    "incidents[].return_question.why": "sentences",
    "incidents[].return_question.leaves_utc": "when the craft is planned to leave; null where nobody says",
    "incidents[].evidence": "what hatch tests and other evidence said of the place; empty without other evidence",
    "incidents[].evidence[].name": "number and kind, or pressure",
    "incidents[].evidence[].says": "sentence",
    "incidents[].evidence[].moves_top_by": "how much of the probability of the first place is owed to it",
    "incidents[].evidence[].doubted": "true when it more probably misleads than not",
    "incidents[].conflicts": "pieces of evidence that contradict each other",
    "incidents[].conflicts[].one": "a piece",
    "incidents[].conflicts[].other": "the other",
    "incidents[].conflicts[].times": "how many times less probable together than if unrelated",
}
"""For the schema of the summary."""
INTERVALS = ("incidents[].clearance.rate_kg_day", "incidents[].crew_time[].time_s")


def answers(kept: Mapping[str, Event], said: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as JSON values. kept: the last event of each kind; said: the data of the last estimate."""
    found: dict[str, Any] = {kind: _answer(kind, kept.get(kind)) for kind in _KEPT}
    crew = kept["crew_time"].data.get("crew") if "crew_time" in kept else None
    names = ("craft", "people", "limit", "time_s", "abandon_s")
    found["crew_time"] = [{name: row.get(name) for name in names} for row in crew or ()]
    for many, each in (
        ("evidence", ("name", "says", "moves_top_by", "doubted")),
        ("conflicts", ("one", "other", "times")),
    ):
        found[many] = [{name: row.get(name) for name in each} for row in said.get(many) or ()]
    return found


def _answer(kind: str, event: Event | None) -> dict[str, Any] | None:
    if event is None:
        return None
    return {"utc": utc_text(event.time_s), **{name: event.data.get(name) for name in _KEPT[kind]}}


def answer_lines(incident: Mapping[str, Any]) -> list[str]:
    """Next step, whether it holds, the way home: one line each, to be read at a glance."""
    lines = [_next(incident.get("advice")), _holds(incident.get("clearance")), _home(incident.get("return_question"))]
    if crew := _crew(incident):
        lines.insert(1, crew)
    if incident.get("conflicts"):
        worst = incident["conflicts"][0]
        lines.append(f"CONTRADICTION  {worst['one']} and {worst['other']} do not fit together.")
    return [line for line in lines if line]


def _next(advice: Mapping[str, Any] | None) -> str:
    if advice is None:
        return ""
    refused = f" FIRST: {advice['refused']}" if advice.get("refused") else ""
    return f"NEXT    {capital(advice['next'])}.{refused}"


def _crew(incident: Mapping[str, Any]) -> str:
    """The people with the least time, while it leaks."""
    timed = [row for row in incident.get("crew_time") or () if row.get("abandon_s") is not None]
    if not timed or incident.get("state") in ("stopped", "cleared", "dismissed"):
        return ""
    first = min(timed, key=lambda row: row["abandon_s"])
    return f"TIME    {', '.join(first['people'])}: turn back within {span(first['abandon_s'])}, for {first['limit']}."


def _holds(clearance: Mapping[str, Any] | None) -> str:
    if clearance is None:
        return ""
    word = {"holds": "it holds", "does_not_hold": "it does not hold"}.get(clearance["verdict"], "not proved yet")
    rate = clearance.get("rate_kg_day")
    if clearance["verdict"] == "cannot_be_said" or rate is None:
        return f"PATCH   {capital(word)}: {clearance['because']}."
    after = span(clearance["decided_after_s"])
    return (
        f"PATCH   {capital(word)}: {rate['median']:.2g} ({rate['low']:.2g} to {rate['high']:.2g}) kg/day in "
        f"{', '.join(clearance['compartments'])}, limit {clearance['limit_kg_day']:g}; said after {after} of hold."
    )


def _home(question: Mapping[str, Any] | None) -> str:
    if question is None:
        return ""
    word = {"no": "No", "yes": "Yes"}.get(question["answer"], "While it leaks")
    leaves = f" (planned for {question['leaves_utc'][:10]})" if question.get("leaves_utc") else ""
    return f"RETURN  {question['question']} {word}{leaves}: {question['why']}."


def capital(sentence: str) -> str:
    """A sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]
