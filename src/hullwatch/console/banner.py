"""The banner: the one answer, its class, what was set aside, and what would change it."""

from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.incident import states
from hullwatch.incident.words import incident_words, verdict_sentences

Data = Mapping[str, Any]
CLASSES = ("emergency", "warning", "caution", "advisory")
"""ISS classes, gravest first."""
LOUD = ("unacknowledged", "acknowledged", "returned")
"""Alarm states that the banner speaks of; what was shelved or suppressed is said in the alarm list alone."""


def banner(said: Data, incidents: Sequence[Data]) -> dict[str, Any]:
    """The banner of a summary and of its incidents as the view tells them, open ones first."""
    chosen = _chosen(incidents)
    if chosen is None:
        return {**_quiet(said), "incident": None}
    told = next(one for one in said["incidents"] if one["id"] == chosen["id"])
    sentences = incident_words(_latest(told, chosen) if chosen["state"] in states.OPEN else told)
    others = [f"{one['id']} ({one['state']})" for one in incidents if one is not chosen]
    if others:
        sentences.append(f"Also recorded: {', '.join(others)}.")
    alarm = chosen["alarm"]
    return {
        "class": alarm["class"] if alarm and alarm["state"] in LOUD else "normal",
        "state": alarm["state"] if alarm else "normal",
        "words": sentences[0],
        "detail": " ".join(sentences[1:]),
        "set_aside": chosen["set_aside"],
        "would_change": chosen["would_change"],
        "incident": chosen["id"],
    }


def _chosen(incidents: Sequence[Data]) -> Data | None:
    """The incident the banner speaks of: the gravest alarm that stands, else the first real or suspected one."""
    alarmed = [one for one in incidents if one["alarm"] and one["alarm"]["state"] in LOUD]
    gravest = min(alarmed, key=lambda one: CLASSES.index(one["alarm"]["class"]), default=None)
    return gravest or next((one for one in incidents if one["state"] != "dismissed"), None)


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
        "words": sentences[0],
        "detail": " ".join(sentences[1:]),
        "set_aside": [],
        "would_change": None,
    }
