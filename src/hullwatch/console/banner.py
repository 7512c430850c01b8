"""The banner: the one answer, its class, what was set aside, and what would change it."""

from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.incident import states
from hullwatch.incident.words import incident_words, short_utc, verdict_sentences

Data = Mapping[str, Any]
CLASSES = ("emergency", "warning", "caution", "advisory")
"""ISS classes, gravest first."""
LOUD = ("unacknowledged", "acknowledged", "returned")
"""Alarm states that ask for somebody now."""
HELD = {"shelved": "Shelved", "suppressed": "Suppressed by design"}
"""Alarm states that people set: the class stays as long as the condition stands, and whose doing it is, is said."""


def banner(said: Data, incidents: Sequence[Data]) -> dict[str, Any]:
    """The banner of a summary and of its incidents as the view tells them, open ones first."""
    chosen = _chosen(incidents)
    if chosen is None:
        return {**_quiet(said), "incident": None}
    told = next(one for one in said["incidents"] if one["id"] == chosen["id"])
    sentences = incident_words(_latest(told, chosen) if chosen["state"] in states.OPEN else told)
    others = [f"{one['id']} ({one['state']}{_silenced(one['alarm'])})" for one in incidents if one is not chosen]
    if others:
        sentences.append(f"Also recorded: {', '.join(others)}.")
    alarm = chosen["alarm"]
    held = held_words(alarm)
    if held:
        sentences.insert(1, f"{held}.")
    return {
        "class": alarm["class"] if _shows(alarm) else "normal",
        "state": alarm["state"] if alarm else "normal",
        "held": held,
        "words": sentences[0],
        "detail": " ".join(sentences[1:]),
        "set_aside": chosen["set_aside"],
        "would_change": chosen["would_change"],
        "incident": chosen["id"],
    }


def _chosen(incidents: Sequence[Data]) -> Data | None:
    """The incident the banner speaks of: the gravest alarm that stands, else the first real or suspected one."""
    shown = [one for one in incidents if _shows(one["alarm"])]
    loudest = min(
        shown, key=lambda one: (one["alarm"]["state"] in HELD, CLASSES.index(one["alarm"]["class"])), default=None
    )
    return loudest or next((one for one in incidents if one["state"] != "dismissed"), None)


def _shows(alarm: Data | None) -> bool:
    """Whether the class of an alarm is shown: while it asks for somebody, or its condition stands and it was held."""
    return alarm is not None and (alarm["state"] in LOUD or (alarm["state"] in HELD and bool(alarm["stands"])))


def held_words(alarm: Data | None) -> str | None:
    """What people did to an alarm that would otherwise ask for somebody; None where they did not."""
    if alarm is None or alarm["state"] not in HELD:
        return None
    until = f" until {short_utc(alarm['until_utc'])}" if alarm["until_utc"] else ""
    by = f" by {alarm['by']}" if alarm["by"] else ""
    centre = f" ({alarm['centre']})" if alarm["centre"] else ""
    said = next((one["comment"] for one in reversed(alarm["actions"]) if one["took"] and one["comment"]), "")
    return f"{HELD[alarm['state']]}{until}{by}{centre}{f': {said}' if said else ''}"


def _silenced(alarm: Data | None) -> str:
    return (
        f", its {alarm['class']} alarm {alarm['state']}" if alarm and alarm["state"] in HELD and alarm["stands"] else ""
    )


def _latest(told: Data, chosen: Data) -> dict[str, Any]:
    """The summary's incident with the figures of now, so that the sentence and the tiles say the same."""
    hole = chosen["hole_mm"]
    reserve = [
        {**entry["time_s"], **{n: entry[n] for n in ("limit", "meaning", "alarm_class")}} for entry in chosen["reserve"]
    ]
    return {
        **told,
        "rate_kg_day": chosen["rate_kg_day"],
        "rate_now_kg_day": None,
        "equivalent_diameter_m": hole and {end: hole[end] / 1e3 for end in hole},
        "reserve_time_s": reserve,
    }


def _quiet(said: Data) -> dict[str, Any]:
    """No leak to speak of: undecided, or normal with how small a leak would have been seen."""
    sentences = verdict_sentences({**said, "reconstructed": False})
    undecided = said["verdict"] == "undecided"
    return {
        "class": "undecided" if undecided else "normal",
        "state": "normal",
        "held": None,
        "words": sentences[0],
        "detail": " ".join(sentences[1:]),
        "set_aside": [],
        "would_change": None,
    }
