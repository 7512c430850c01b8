"""The verdict in plain words, from the summary alone: what, since when, how fast, how large, where, how long.

Every number carries its 90 % range. Also the spellings of times and spans that the report shares.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.errors import OutOfRange
from hullwatch.incident.answers import answer_lines
from hullwatch.units import DAY_S, HOUR_S, utc_seconds

Summary = Mapping[str, Any]

_OPENING: Mapping[str, str] = {
    "suspected": "Air may be leaking",
    "confirmed": "Air is leaking",
    "located": "Air is leaking",
    "isolated": "Air is leaking behind closed hatches",
    "stopped": "Air leaked; the leak has stopped, which no hold test has proved yet",
    "cleared": "Air leaked; the leak was stopped, and a hold test proved it",
    "dismissed": "What looked like a leak was explained",
}
_ORDER = ("confirmed", "located", "isolated", "stopped", "cleared", "suspected", "dismissed")
_CLASSES = ("advisory", "caution", "warning", "emergency")
CERTAIN, SMALL = 0.99, 0.001
"""Probability from which on a step counts as certain in the verdict's words, and below which its reason is left out."""
TOLD = 0.9
"""Posterior from which on a hole and a crack count as told apart in words; the figures are there in any case [c]."""


def verdict_words(summary: Summary) -> str:
    """Three to six sentences a flight director can act on, and in a line each what is next, proved and certain."""
    lines = [line for incident in _first(summary) for line in answer_lines(incident)]
    return "\n".join([" ".join(verdict_sentences(summary)), *([""] if lines else []), *lines])


def _first(summary: Summary) -> list[Mapping[str, Any]]:
    """The incident that the sentences are about; none without one."""
    found = [i for i in summary["incidents"] if i["state"] not in ("suspected", "dismissed")]
    return sorted(found, key=lambda incident: _ORDER.index(incident["state"]))[:1]


def verdict_sentences(summary: Summary) -> list[str]:
    """The same, sentence by sentence: verdict, since when, how fast, where, how long, what else."""
    incidents = sorted(summary["incidents"], key=lambda incident: _ORDER.index(incident["state"]))
    real = [i for i in incidents if i["state"] not in ("suspected", "dismissed")]
    suspected = [i for i in incidents if i["state"] == "suspected"]
    if real or suspected:
        sentences = incident_words((real + suspected)[0])
        others = [f"{i['id']} ({i['state']})" for i in incidents if i is not (real + suspected)[0]]
        if others:
            sentences.append(f"Also recorded: {', '.join(others)}.")
    else:
        sentences = _no_leak(summary)
    if summary["reconstructed"]:
        sentences[0] += " [Reconstructed telemetry, not flight data.]"
    return sentences


def incident_words(incident: Mapping[str, Any]) -> list[str]:
    """The sentences about one incident; what is not known is left out, or said to be unknown."""
    probability = incident.get("leak_probability")
    believed = f", probability {percent(probability)}" if probability is not None else ""
    sentences = [f"{_OPENING[incident['state']]} ({incident['id']}{believed})."]
    sentences.append(_since(incident))
    sentences.append(_how_fast(incident))
    sentences.append(_where(incident))
    sentences.append(_how_long(incident))
    sentences.append(_set_aside(incident))
    return [sentence for sentence in sentences if sentence]


def _since(incident: Mapping[str, Any]) -> str:
    onset, ended = incident.get("onset_utc"), incident.get("ended_utc")
    began = f"It began {span_of_times(onset)}" if onset else "When it began is not known"
    if onset and incident.get("may_be_older"):
        began = f"It began no later than {short_utc(onset['high'])}, and what this air did before cannot be told"
    detected = f"detected {short_utc(incident['detected_utc'])}"
    if ended:
        return f"{began}; it was {detected} and found stopped {short_utc(ended)}."
    return f"{began}; it was {detected}."


def _how_fast(incident: Mapping[str, Any]) -> str:
    rate, now = incident.get("rate_kg_day"), incident.get("rate_now_kg_day")
    if not rate:
        return "How fast is not known yet."
    leaves = "Gas left" if incident["state"] in ("stopped", "cleared", "dismissed") else "Gas leaves"
    text = f"{leaves} at {spread(rate)} kg/day"
    size = incident.get("equivalent_diameter_m")
    if size:
        text += f", as through a round hole {spread(scaled(size, 1e3))} mm across"
        text += f" (law: {incident['law']}{_hole_or_crack(incident)})" if incident.get("law") else ""
    if now and not rate["low"] <= now["median"] <= rate["high"]:
        text += f"; at the last estimate while it leaked, {spread(now)} kg/day"
    return text + "; ranges hold 90 % of the probability."


def _hole_or_crack(incident: Mapping[str, Any]) -> str:
    """What the fall of the flow with pressure says of the law."""
    laws = incident.get("law_probability") or {}
    if not laws:
        return ""
    best = max(laws, key=lambda name: float(laws[name]))
    if laws[best] < TOLD:
        return "; pressure has not fallen far enough to tell a hole from a crack"
    return f"; {'a hole' if best == 'orifice' else 'a crack'} {percent(laws[best])}"


def _where(incident: Mapping[str, Any]) -> str:
    places = incident.get("location") or []
    if not places:
        return "Where is not known yet."
    named = [f"{place.get('name') or place['compartment']} {percent(place['probability'])}" for place in places[:3]]
    rest = f", {len(places) - 3} others less" if len(places) > 3 else ""
    why = incident.get("location_why")
    return f"Most probable place: {', '.join(named)}{rest}" + (f"; {lowered(why)}." if why else ".")


def _how_long(incident: Mapping[str, Any]) -> str:
    worst = gravest(incident.get("reserve_time_s") or [])
    if worst is None:
        return "" if incident["state"] == "dismissed" else "No limit is reached within the forecast."
    over = incident["state"] in ("stopped", "cleared", "dismissed")
    opening = "Had it gone on" if over else "If nothing is done"
    verb = "would have been" if over else "is"
    meaning = f" ({lowered(worst['meaning'])})" if worst.get("meaning") else ""
    return f"{opening}, the limit {worst['limit'].replace('_', ' ')}{meaning} {verb} reached in {span_range(worst)}."


def _set_aside(incident: Mapping[str, Any]) -> str:
    others = _by_probability(incident.get("set_aside") or [])
    if not others:
        return ""
    named = ", ".join(f"{other['cause'].replace('_', ' ')} {percent(other['probability'])}" for other in others)
    return f"{'Also possible' if incident['state'] == 'suspected' else 'Considered and set aside'}: {named}."


def _since_then(summary: Summary) -> str:
    since = summary.get("detectable_since_utc")
    return f"{f' since {short_utc(since)}' if since else ''} would have been reported, 19 times in 20."


def _no_leak(summary: Summary) -> list[str]:
    span = summary["span_utc"]
    when = f" between {short_utc(span[0])} and {short_utc(span[1])}" if span else ""
    if summary["verdict"] == "undecided":
        sentences = [f"It cannot be said whether air leaks{when}: {lowered(str(summary['undecided_why']))}."]
    else:
        sentences = [f"No leak was found{when}."]
    bound = summary["detectable_kg_day"]
    if bound is not None and summary["verdict"] == "no_leak":
        sentences.append(f"A steady leak of {number(bound)} kg/day or more{_since_then(summary)}")
    elif summary["verdict"] == "no_leak":
        sentences.append("The record does not say how small a leak would have been seen.")
    sentences.append(_told_apart(summary))
    quality = summary["data_quality"]
    lost, missing = quality["signal_lost_s"], quality["channels_missing"]
    heard = f"Signal was lost for {span_text(lost)}" if lost else "No signal was lost" if lost == 0 else ""
    silent = f"channels that never spoke: {len(missing)}" if missing else ""
    if heard or silent:
        sentences.append("; ".join(x for x in (heard, silent) if x) + ".")
    return sentences


def _told_apart(summary: Summary) -> str:
    kinds = [step["kind"] for step in summary["events"]]
    kinds += ["explained incident" for incident in summary["incidents"]]
    if not kinds:
        return "No step of gas or of a sensor was seen."
    counted = (f"{kinds.count(kind)} {str(kind).replace('_', ' ')}" for kind in dict.fromkeys(kinds))
    return f"Told apart from a leak: {', '.join(counted)}{_least_sure(summary['events'])}."


def _least_sure(steps: Sequence[Mapping[str, Any]]) -> str:
    """Of steps that are not as good as certain, the least: what it is said to be, and what else it may have been."""
    weighed = [step for step in steps if step.get("probability") is not None]
    least = min(weighed, key=lambda step: float(step["probability"]), default=None)
    if least is None or least["probability"] >= CERTAIN:
        return ""
    others = [o for o in least.get("set_aside") or () if o["probability"] >= 1.0 - CERTAIN]
    other = "".join(f", {one['cause']} {percent(one['probability'])}" for one in _by_probability(others)[:1])
    kind, when = str(least["kind"]).replace("_", " "), short_utc(least["start_utc"])
    return f"; least sure: {kind} of {when}, probability {percent(least['probability'])}{other}"


def step_words(step: Mapping[str, Any], reasons: bool = False) -> str:
    """Why a step was told apart from a leak, and what was set aside for it; a row of an older record says only why.

    reasons: say of each cause that may well have been why it was set aside.
    """
    why, others = str(step.get("why") or ""), _by_probability(step.get("set_aside") or ())
    if not others:
        return why
    named = [
        f"{o['cause']} {percent(o['probability'])}{' (' + o['why'] + ')' if reasons and o.get('why') else ''}"
        for o in others
        if o["probability"] >= SMALL
    ]
    rest = [str(o["cause"]) for o in others if o["probability"] < SMALL]
    named += [f"{', '.join(rest)} {'each ' if len(rest) > 1 else ''}under 0.1 %"] if rest else []
    return f"{why}; set aside: {'; '.join(named)}"


def _by_probability(causes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(causes, key=lambda other: -float(other["probability"]))


def gravest(reserves: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The limit that matters most: the highest class, then the one reached first."""

    def rank(entry: Mapping[str, Any]) -> tuple[int, float]:
        name = entry.get("alarm_class")
        return (-_CLASSES.index(name) if name in _CLASSES else 1, entry["median"])

    return min(reserves, key=rank, default=None)


def number(value: float, digits: int = 2) -> str:
    """A number to so many significant digits, without exponent in the range people read (1e-4 to 1e6)."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return f"{rounded:.{max(0, places)}f}" if 1e-4 <= abs(value) < 1e6 else f"{value:.{digits - 1}e}"


def spread(interval: Mapping[str, float]) -> str:
    """Median and range with the digits the range deserves: `26 (22 to 30)`."""
    median, low, high = interval["median"], interval["low"], interval["high"]
    width = high - low
    size = max(abs(median), abs(low), abs(high))
    digits = 2 if width <= 0 or size == 0 else min(6, max(2, 2 + math.floor(math.log10(size / width))))
    return f"{number(median, digits)} ({number(low, digits)} to {number(high, digits)})"


def scaled(interval: Mapping[str, float], factor: float) -> dict[str, float]:
    """The interval in another unit."""
    return {end: interval[end] * factor for end in ("median", "low", "high")}


def percent(probability: float) -> str:
    """A probability as people say it; never a false 0 % or 100 %."""
    if probability < 0.001:
        return "under 0.1 %"
    if probability > 0.999:
        return "over 99.9 %"
    hundred = probability * 100
    return f"{hundred:.1f} %" if hundred < 1 or hundred > 99 else f"{hundred:.0f} %"


def span_text(seconds: float) -> str:
    """A span in the unit people would use."""
    unit, name = next(
        ((size, word) for size, word in ((DAY_S, "days"), (HOUR_S, "h"), (60.0, "min")) if abs(seconds) >= 2 * size),
        (1.0, "s"),
    )
    return f"{seconds / unit:.3g} {name}"


def span_range(interval: Mapping[str, float]) -> str:
    """A span with its range, in one unit."""
    unit, name = next(
        (pair for pair in ((DAY_S, "days"), (HOUR_S, "h"), (60.0, "min")) if interval["median"] >= 2 * pair[0]),
        (1.0, "s"),
    )
    median, low, high = (number(interval[end] / unit) for end in ("median", "low", "high"))
    return f"{median} {name} ({low} to {high})"


def short_utc(text: str) -> str:
    """`2018-08-29 23:00 UTC` of an ISO time; the text itself when it is none."""
    try:
        return dt.datetime.fromtimestamp(utc_seconds(text), dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OutOfRange, OverflowError, OSError, ValueError):
        return text


def span_of_times(times: Mapping[str, str]) -> str:
    """A moment with its range; the day is said again only when it differs."""
    median, low, high = (short_utc(times[end]) for end in ("median", "low", "high"))
    same = low[:10] == high[:10] == median[:10]
    bounds = (low[11:16], high[11:16]) if same else (low[:16], high[:16])
    return f"{median} ({bounds[0]} to {bounds[1]})"


def lowered(sentence: str) -> str:
    """A sentence to be continued from another: no capital unless it starts a name, no full stop."""
    text = sentence.strip().rstrip(".")
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text
