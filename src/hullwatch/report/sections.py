"""The parts of the report, each from the story alone, each a piece of HTML."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from hullwatch.incident.timeline import Moment
from hullwatch.incident.words import (
    gravest,
    number,
    percent,
    scaled,
    short_utc,
    span_range,
    span_text,
    spread,
    step_words,
)
from hullwatch.report import answers
from hullwatch.report.marks import meter, pairs, section, table, text, time_ranges, when, words
from hullwatch.report.plots import cabin_plot, groups_named, leak_plot
from hullwatch.report.story import Story
from hullwatch.report.style import CLASS_STATUS, icon
from hullwatch.units import MMHG_PA, utc_text
from hullwatch.vehicle.draw import hatch_graph_svg

Incident = Mapping[str, Any]
MAX_ROWS = 300


MAX_PLACES = 8
"""Places listed; the rest are counted, and all are on the drawing."""


def cabin(story: Story) -> str:
    """Pressure and corrected gas over time."""
    named = [
        f"<li>{name}: {text(', '.join(line.compartments))}</li>"
        for name, line in zip(groups_named(story), story.pressure, strict=True)
        if len(story.pressure) > 1
    ]
    groups = (
        f"<details><summary>Which compartments share a pressure</summary><ul>{''.join(named)}</ul></details>"
        if named
        else ""
    )
    return section(
        "cabin",
        "Pressure and gas",
        _figure(
            cabin_plot(story),
            "Top: what happened, one row and one shape for each sort of event. Middle: pressure of each set of "
            "connected compartments. Bottom: gas of the whole ship with heat taken out; the shade "
            "holds 90 %. Hatched: when the leak may have begun. Grey: no signal.",
            _cabin_words(story),
        ),
        groups,
    )


def _cabin_words(story: Story) -> str:
    """What the plot shows, for readers who cannot see it."""
    parts = []
    for name, line in list(zip(groups_named(story), story.pressure, strict=True))[:4]:
        known = line.pressure_pa[line.pressure_pa == line.pressure_pa] / MMHG_PA
        if known.size:
            parts.append(f"{name}: {known[0]:.1f} mmHg at first, {known[-1]:.1f} at the end, lowest {known.min():.1f}")
    if story.mass is not None:
        gas = story.mass.median[story.mass.median == story.mass.median]
        parts.append(f"gas: {gas[0]:.1f} kg at first, {gas[-1]:.1f} at the end")
    return "; ".join(parts) or "nothing was recorded"


def _figure(svg: str, caption: str, values: str) -> str:
    return (
        f'<figure><div class="plotbox" role="img" aria-label="{text(values)}">{svg}</div>'
        f"<figcaption>{caption} <br>In numbers: {text(values)}.</figcaption></figure>"
    )


def leak(story: Story) -> str:
    """Rate and hole over time, or on a quiet record what was looked for."""
    incidents: Sequence[Incident] = story.summary["incidents"]
    if not incidents:
        return _looked_for(story)
    parts = []
    for i, incident in enumerate(incidents, 1):
        if len(incidents) > 1:
            parts.append(f"<h3>Leak {i}: {text(incident['id'])}, {words(incident['state'])}</h3>")
        parts.append(_sizes(incident))
    values = "; ".join(
        f"leak {i}: {spread(incident['rate_kg_day'])} kg/day"
        for i, incident in enumerate(incidents, 1)
        if incident["rate_kg_day"]
    )
    caption = "Leak rate and equivalent round hole as they were estimated at each time; the shade holds 90 %."
    return section(
        "leak", "How fast, how large", *parts, _figure(leak_plot(story), caption, values or "no estimate yet")
    )


def _sizes(incident: Incident) -> str:
    entries = []
    rate, now, hole, area = (
        incident[name] for name in ("rate_kg_day", "rate_now_kg_day", "equivalent_diameter_m", "effective_area_m2")
    )
    if rate:
        entries.append(("Rate while leaking", f"{spread(rate)} kg/day", "where best measured; 90 % range"))
    if now:
        entries.append(("Last rate", f"{spread(now)} kg/day", "last estimate while gas was leaving"))
    if hole:
        entries.append(
            ("Equivalent hole", f"{spread(scaled(hole, 1e3))} mm", "round, under the discharge-coefficient prior")
        )
    if area:
        entries.append(("Effective area", f"{spread(scaled(area, 1e6))} mm²", f"law: {text(incident['law'])}"))
    if incident["leak_probability"] is not None:
        entries.append(("Leak probability", percent(incident["leak_probability"]), "that gas leaves through a hole"))
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{value}<small>{small}</small></dd></div>" for name, value, small in entries
    )
    return f'<dl class="figures">{cells}</dl>' if cells else "<p>No estimate of its size was recorded yet.</p>"


def _looked_for(story: Story) -> str:
    bound, since = story.summary["detectable_kg_day"], story.summary["detectable_since_utc"]
    peak = story.log_ratio_peak
    settings: Mapping[str, Any] = story.started.get("settings") or {}
    said = ["<p>Nothing crossed the bound for suspecting a leak: there is no hole, place or reserve time to show.</p>"]
    if bound is not None:
        said.append(
            f"<p>A steady leak of <strong>{number(bound)} kg/day</strong> or more"
            f"{f' since {short_utc(since)}' if since else ''} would have been reported, 19 times in 20.</p>"
        )
    else:
        said.append("<p>The record does not say how small a leak would have been seen.</p>")
    if peak is not None:
        said.append(
            f"<p>The strongest evidence for a leak at any time was a log-likelihood ratio of {number(max(peak, 0.0))} "
            f"(odds of {number(2.718281828 ** min(max(peak, 0.0), 500.0))} to 1 before the prior).</p>"
        )
    if settings.get("false_alarms_per_year") is not None:
        said.append(
            f"<p>The watch was set to raise at most {text(settings['false_alarms_per_year'])} false alarms a year.</p>"
        )
    values = "no loss was recorded"
    told = np.flatnonzero(np.isfinite(story.loss.median)) if story.loss is not None else np.empty(0, dtype=np.int64)
    if story.loss is not None and len(told):
        ends = zip(("median", "low", "high"), (story.loss.median, story.loss.low, story.loss.high), strict=True)
        values = f"latest {spread({end: float(series[told[-1]]) for end, series in ends})} kg/day"
    caption = "Net gas loss of the largest connected volume over time; the shade holds 90 % and should cover zero."
    return section("leak", "What was looked for", *said, _figure(leak_plot(story), caption, values))


def place(story: Story) -> str:
    """Where: the ship, and the posterior of each incident."""
    incidents = [incident for incident in story.summary["incidents"] if incident["location"]]
    shade: dict[str, float] = {}
    for incident in incidents:
        for entry in incident["location"]:
            name = str(entry["compartment"])
            shade[name] = max(shade.get(name, 0.0), float(entry["probability"]))
    parts = []
    for incident in incidents:
        rows = [
            (text(entry["name"]), f"{percent(float(entry['probability']))}", meter(entry["probability"]))
            for entry in incident["location"]
        ]
        caption = f"Where {text(incident['id'])} may be, most probable first"
        parts.append(table(caption, ("compartment", "probability", ""), rows[:MAX_PLACES], ("", "n", ""), lead=1))
        if len(rows) > MAX_PLACES:
            rest = sum(float(entry["probability"]) for entry in incident["location"][MAX_PLACES:])
            parts.append(f"<p>{len(rows) - MAX_PLACES} other compartments share {percent(rest)}.</p>")
        parts.append(f"<p>{text(incident['location_why'])}.</p>" if incident["location_why"] else "")
        parts.append(answers.evidence(incident))
    compartments, hatches = story.started.get("compartments") or (), story.started.get("hatches") or ()
    if compartments:
        title = "Compartments and hatches at the end of the record"
        drawn = hatch_graph_svg(compartments, hatches, story.open_hatches, shade, title)
        parts.append(f'<div class="ship" tabindex="0" role="region" aria-label="{title}">{drawn}</div>')
    return section("place", "Where" if incidents else "The ship", *parts)


def reserve(story: Story) -> str:
    """Reserve time to every limit, for every incident; nothing when there is none."""
    parts = []
    for incident in story.summary["incidents"]:
        entries = sorted(incident["reserve_time_s"], key=lambda entry: float(entry["median"]))
        over = incident["state"] in ("stopped", "cleared", "dismissed")
        if not entries:
            parts.append(f"<p>{text(incident['id'])}: no limit is reached within the forecast.</p>")
            continue
        worst = gravest(entries)
        rows = [
            (
                words(entry["limit"]) + (" *" if entry is worst else ""),
                class_mark(entry["alarm_class"]),
                f"{float(entry['value_pa']) / MMHG_PA:.0f} mmHg" if entry["value_pa"] is not None else "–",
                text(span_range(entry)),
                bar,
                text(entry["meaning"]),
            )
            for entry, bar in zip(entries, time_ranges(entries), strict=True)
        ]
        condition = "had nothing been done; the leak has ended" if over else "if nothing is done"
        caption = (
            f"{text(incident['id'])}: time until each limit {condition}. 90 % ranges, logarithmic; * gravest limit"
        )
        parts.append(
            table(
                caption, ("limit", "class", "at", "reserve time", "", "meaning"), rows, ("", "t", "n", "t", "", "why")
            )
        )
    parts.append(answers.crew_times(story))
    return section("reserve", "How long", *parts) if any(parts) else ""


def class_mark(name: Any) -> str:
    """An ISS class as shape and word."""
    status = CLASS_STATUS.get(str(name))
    return f"{icon(status, 14)} {words(name)}" if status else words(name)


def timeline(story: Story, console: str = "") -> str:
    """What happened, in order."""
    shown = story.moments
    note = ""
    if len(shown) > MAX_ROWS:
        kept = [m for m in shown if m.incident is not None]
        others = [m for m in shown if m.incident is None]
        kept += others[-(max(MAX_ROWS - len(kept), 0)) :] if len(kept) < MAX_ROWS else []
        note = (
            f"<p>{len(shown) - len(kept)} earlier events without an incident are in the record but not listed here.</p>"
        )
        shown = sorted(kept, key=lambda m: m.time_s)
    rows = [(_linked(m, console) + _until(m), _mark(m), text(m.title), text(m.why)) for m in shown]
    if not rows:
        return section("timeline", "What happened", "<p>Nothing but readings was recorded.</p>")
    caption = "UTC, with GMT day of year beside it"
    if console:
        caption += f"; each time leads to what was known then in the console at {text(console.rstrip('/'))}"
    return section(
        "timeline", "What happened", note, table(caption, ("time", "sort", "event", "why"), rows, ("t", "t", "", "why"))
    )


def _linked(moment: Moment, console: str) -> str:
    """The moment; where a console is known, a link to what was known then."""
    said = when(moment.time_s)
    return f'<a href="{escape(console.rstrip("/"))}/#at={utc_text(moment.time_s)}">{said}</a>' if console else said


def _until(moment: Moment) -> str:
    if moment.end_s is None or moment.end_s <= moment.time_s:
        return ""
    return f"<br><small>for {span_text(moment.end_s - moment.time_s)}</small>"


def _mark(moment: Moment) -> str:
    shape = CLASS_STATUS.get(moment.alarm_class or "", "off") if moment.mark == "alarm" else moment.mark
    return f"{icon(shape, 12)} {words('leak' if moment.mark == 'incident' else moment.mark)}"


def considered(story: Story) -> str:
    """Every other explanation, its probability and why it was set aside."""
    parts = []
    for incident in story.summary["incidents"]:
        others = sorted(incident["set_aside"], key=lambda other: -float(other["probability"]))
        probability = incident["leak_probability"]
        rows = [("a hole", percent(probability), meter(probability), "what remains")] if probability is not None else []
        rows += [
            (words(o["cause"]), percent(float(o["probability"])), meter(o["probability"]), text(o["why"]))
            for o in others
        ]
        if rows:
            head = ("explanation", "probability", "", "why")
            parts.append(
                table(f"{text(incident['id'])}: what else was considered", head, rows, ("", "n", "", "why"), lead=1)
            )
        if incident["would_change"]:
            parts.append(f"<p>What would change this verdict: {text(incident['would_change'])}.</p>")
    steps = [
        (
            when(step["start_utc"]),
            words(step["kind"]),
            f"{spread(step['mass_kg'])} kg" if step["mass_kg"] else "none",
            percent(step["probability"]) if step["probability"] is not None else "–",
            text(step_words(step, reasons=True)),
        )
        for step in story.summary["events"][:MAX_ROWS]
    ]
    if steps:
        caption = "Steps of gas and of sensors, told apart from leaks"
        parts.append(
            table(caption, ("start", "kind", "gas gained", "probability", "why"), steps, ("t", "", "t", "n", "why"))
        )
    return section("considered", "What else was considered", *parts) if parts else ""


def data_quality(story: Story) -> str:
    """How good the data were."""
    quality = story.summary["data_quality"]
    missing = [_channel(story, name) for name in quality["channels_missing"]]
    lost = quality["signal_lost_s"]
    facts = {
        "Readings taken in": f"{quality['readings']:,}"
        if quality["readings"] is not None
        else "the watch has not ended",
        "Frames judged": f"{quality['frames']:,}" if quality["frames"] is not None else "–",
        "Without signal": span_text(lost) if lost is not None else "–",
        "Channels that never spoke": ", ".join(missing) or "none",
    }
    merged: dict[tuple[str, Any], list[Mapping[str, Any]]] = {}
    for note in quality["notes"]:
        merged.setdefault((str(note["kind"]), note["channel"]), []).append(note)
    rows = [
        (
            words("loss of signal" if kind == "gap" and channel is None else kind),
            _channel(story, channel) if channel is not None else "whole feed",
            str(len(notes)),
            text(sum(int(note["count"] or 0) for note in notes)),
            when(notes[0]["start_utc"]),
            when(notes[-1]["end_utc"]),
            text(notes[-1]["why"]),
        )
        for (kind, channel), notes in merged.items()
    ]
    head = ("doubt", "channel", "stretches", "readings", "first", "last", "what was done, last time")
    doubts = table(
        "Doubtful data, gathered by kind and channel", head, rows[:MAX_ROWS], ("", "", "n", "n", "t", "t", "why")
    )
    return section("quality", "How good the data were", pairs(facts), "<h3>Doubts</h3>" + doubts if rows else "")


def _channel(story: Story, name: Any) -> str:
    channels: Sequence[Mapping[str, Any]] = story.started.get("channels") or ()
    known = next((channel for channel in channels if channel.get("id") == name), {})
    return f"{text(name)}" + (f" ({text(known['name'])})" if known.get("name") else "")


def _sorted_text(origin: Any) -> str:
    """Provenance as `key: value` lines in order of key, so that a record and a live watch print the same."""
    if not isinstance(origin, Mapping):
        return text(origin)
    return "; ".join(f"{text(key)}: {text(origin[key])}" for key in sorted(origin))


def provenance(story: Story, head: str | None) -> str:
    """Where ship, telemetry and verdict come from."""
    started, settings = story.started, story.started.get("settings") or {}
    facts = {
        "Ship": f"{text(started.get('title'))} ({text(started.get('vehicle'))})",
        "Telemetry": text(started.get("source")),
        "Where it comes from": _sorted_text(started.get("provenance")),
        "Kind": "reconstructed or simulated" if started.get("reconstructed") else "recorded or live telemetry",
        "Settings": "<br>".join(f"{words(name)}: {text(value)}" for name, value in settings.items()) or "–",
        "Crew and seats": "<br>".join(
            f"{text(c.get('name'))}: {text(c.get('craft'))}" for c in started.get("crew") or ()
        )
        or "–",
    }
    if head is not None:
        facts["Head hash of the record"] = f"<code>{text(head)}</code>"
    return section("provenance", "Provenance and settings", pairs(facts))


HOW_TO_READ = section(
    "reading",
    "How to read this",
    "<p>Every number is a median with the range that holds 90 % of the probability, written 26 (22 to 30). "
    "A probability is what remains after every explanation listed was weighed against the data.</p>"
    "<p>An equivalent hole is the round hole that would pass the same gas; a crack of the same loss looks different. "
    "Reserve time assumes that nobody closes a hatch or adds gas.</p>"
    "<p>Alarm classes are those of the International Space Station: "
    + ", ".join(class_mark(name) for name in CLASS_STATUS)
    + ". Each class has its word and each colour its own shape; emergency and warning share the red triangle.</p>",
)
