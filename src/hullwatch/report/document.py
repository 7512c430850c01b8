"""The page: banner with class and verdict, then the parts in the order in which they are asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

import hullwatch
from hullwatch.errors import RecordError
from hullwatch.incident import states
from hullwatch.incident.words import verdict_sentences
from hullwatch.records import Event
from hullwatch.report import answers, sections
from hullwatch.report.marks import text, when
from hullwatch.report.story import Story, tell
from hullwatch.report.style import CLASS_STATUS, CSS, Status, icon

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # should markup ever slip in, it may load and run nothing
_CONTENTS = {
    "next": "What to do",
    "holds": "Does it hold?",
    "home": "The way home",
    "cabin": "Pressure and gas",
    "leak": "How fast, how large",
    "place": "Where",
    "reserve": "How long",
    "timeline": "What happened",
    "considered": "What else",
    "quality": "Data quality",
    "provenance": "Provenance",
    "reading": "How to read this",
}


def report_html(events: Iterable[Event], head: str | None = None, console: str = "") -> str:
    """The report of a record as one HTML file. `head`: the record's last hash, printed so that it can be checked later.

    console: address of a console over this record, to which each moment of the timeline then leads.

    Pure: the same events give the same text. All text of the record is escaped; the page loads and runs nothing.
    Raises RecordError for rows that no watch writes.
    """
    try:
        return _document(tell(events), head, console)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        problem = f"holds a row that no watch writes ({type(error).__name__}: {error})"
        raise RecordError("record", problem, "Run `hullwatch record verify`; restore it from a copy") from error


def _document(story: Story, head: str | None, console: str) -> str:
    parts = [
        answers.next_step(story),
        answers.holds(story),
        answers.way_home(story),
        sections.cabin(story),
        sections.leak(story),
        sections.place(story),
        sections.reserve(story),
        sections.timeline(story, console),
        sections.considered(story),
        sections.data_quality(story),
        sections.provenance(story, head),
        sections.HOW_TO_READ,
    ]
    body = "".join(parts)
    title = f"{status(story.summary).word}: {text(story.started.get('title') or 'unnamed ship')}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{title} - Hullwatch</title><style>{CSS}{_edges(story, head)}</style></head>"
        '<body><a class="skip" href="#main">To the report</a>'
        f'{_header(story)}{_contents(body)}<main id="main">{body}</main>'
        f"<footer><p>Drawn by Hullwatch {text(hullwatch.__version__)} from the record alone.</p></footer>"
        "</body></html>\n"
    )


def status(summary: Mapping[str, Any]) -> Status:
    """Colour, word and second line of the banner: the gravest open incident, else how the last one ended."""
    incidents = summary["incidents"]
    going = [i for i in incidents if i["state"] in states.OPEN]
    if going:
        worst = max(going, key=lambda i: (i["state"] != "suspected", _rank(i["alarm_class"])))
        name = worst["alarm_class"] or "advisory"
        more = "leak suspected" if worst["state"] == "suspected" else f"air leak, {worst['state']}"
        return Status(CLASS_STATUS.get(name, "standby"), name.upper(), more)
    ended = [i for i in incidents if i["state"] in states.REAL]
    if any(i["state"] == "stopped" for i in ended):
        return Status("standby", "STOPPED", "leak stopped, not yet proved by a hold test")
    if ended:
        return Status("normal", "CLEARED", "leak stopped, proved by a hold test")
    if summary["verdict"] == "undecided":
        return Status("off", "UNDECIDED", "the data cannot say")
    return Status("normal", "NO LEAK", "normal")


def _rank(name: Any) -> int:
    order = ("advisory", "caution", "warning", "emergency")
    return order.index(name) if name in order else -1


def _edges(story: Story, head: str | None) -> str:
    """What stands at the edges of every printed sheet: which ship, whether it is real, which record, which page."""
    kind = "RECONSTRUCTED" if story.summary["reconstructed"] else ""
    record = f"head of the record {head}" if head else "the record's head hash was not given"
    return (
        f"@page{{@top-left{{content:{_quoted(str(story.started.get('title') or 'unnamed ship'))}}}"
        f"@top-right{{content:{_quoted(kind)};font-weight:700}}@bottom-left{{content:{_quoted(record)}}}"
        '@bottom-right{content:"page " counter(page) " of " counter(pages)}}'
    )


def _quoted(said: str) -> str:
    """CSS text of a string that may hold anything."""
    return '"' + "".join(c if c.isascii() and (c.isalnum() or c in " .,:()-") else f"\\{ord(c):x} " for c in said) + '"'


def _header(story: Story) -> str:
    summary, shown = story.summary, status(story.summary)
    # The label above the banner says that telemetry is reconstructed; the sentences need not say it again.
    first, *rest = [_unbroken(each, summary) for each in verdict_sentences({**summary, "reconstructed": False})]
    spoken = "".join(f"<li>{sentence}</li>" for sentence in rest)
    label = ""
    if summary["reconstructed"]:
        kind = "simulated or reconstructed telemetry, not flight data"
        label = f'<p class="label" role="note">RECONSTRUCTED <span>{kind}</span></p>'
    span = summary["span_utc"]
    watched = f"{when(span[0], year=True)} to {when(span[1], year=True)}" if span else "no frame yet"
    unfinished = "" if not summary["interrupted"] else " · the watch was interrupted, or still runs"
    highest = max((i["alarm_class"] for i in summary["incidents"]), key=_rank, default=None)
    past = f"<small>highest alarm: {text(highest)}</small>" if highest and shown.word.lower() != highest else ""
    return (
        f"<header>{label}<h1>Cabin air: {text(story.started.get('title') or 'unnamed ship')}</h1>"
        f'<p class="sub">{watched}, UTC{unfinished}</p>'
        f'<div class="banner" role="status"><div class="class fill {shown.name}">'
        f"{icon(shown.name, 44)}<span>{text(shown.word)}</span><small>{text(shown.more)}</small>{past}</div>"
        f'<div class="words"><p>{first}</p><ul>{spoken}</ul></div></div></header>'
    )


def _unbroken(sentence: str, summary: Mapping[str, Any]) -> str:
    """The sentence as HTML in which no incident id is broken across lines."""
    safe = text(sentence)
    for name in (text(incident["id"]) for incident in summary["incidents"]):
        safe = safe.replace(name, f'<span class="nb">{name}</span>')
    return safe


def _contents(body: str) -> str:
    present = {name: title for name, title in _CONTENTS.items() if f'<section id="{name}"' in body}
    if "What was looked for" in body:
        present["leak"] = "What was looked for"
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in present.items())
    return f'<nav class="toc" aria-label="Contents"><ul>{links}</ul></nav>'
