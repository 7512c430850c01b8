"""Small pieces of HTML: escaped text, times, tables, meters. All that comes from the record passes through here."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from hullwatch.errors import OutOfRange
from hullwatch.incident.words import span_text
from hullwatch.units import DAY_S, HOUR_S, utc_seconds, utc_text

Row = Sequence[str]


def text(value: Any) -> str:
    """Any value of the record as text that cannot become markup."""
    if value is None or value == "":
        return "–"
    return escape(str(value), quote=True)


def words(value: Any) -> str:
    """A word of the record's vocabulary, such as step_loss, as people write it."""
    return text(str(value).replace("_", " ")) if value is not None else "–"


def when(value: Any, year: bool = False) -> str:
    """A moment as UTC with day of year; seconds since 1970 or ISO text. What is no time is shown as it is."""
    try:
        seconds = float(value) if isinstance(value, (int, float)) else utc_seconds(str(value))
        stamp = dt.datetime.fromtimestamp(round(seconds), dt.UTC)
    except (OutOfRange, OverflowError, OSError, ValueError):
        return text(value)
    shape = "%d %b %Y %H:%M" if year else "%d %b %H:%M:%S"
    return f'<time datetime="{utc_text(seconds)}">{stamp:{shape}}</time> <small>{stamp:%j/%H:%M}</small>'


def table(caption: str, head: Sequence[str], rows: Iterable[Row], classes: Sequence[str] = (), lead: int = 0) -> str:
    """A table of ready-made cells; `classes` style the columns, the first `lead` rows stand out."""
    classes = [*classes, *[""] * (len(head) - len(classes))]
    kind = [f' class="{name}"' if name else "" for name in classes]
    top = "".join(f'<th scope="col"{k}>{cell}</th>' for k, cell in zip(kind, head, strict=True))
    body = []
    for i, row in enumerate(rows):
        cells = "".join(f"<td{k}>{cell}</td>" for k, cell in zip(kind, row, strict=True))
        body.append(f"<tr{' class=lead' if i < lead else ''}>{cells}</tr>")
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        f"<table><caption>{caption}</caption>"
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def section(name: str, title: str, *content: str) -> str:
    """A titled part of the page that the table of contents can point at."""
    heading = f'<h2 id="{name}-title">{title}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-title">{heading}{"".join(content)}</section>'


def meter(share: float) -> str:
    """A bar for a probability; the number stands beside it."""
    width = 100.0 * min(max(float(share), 0.0), 1.0)
    return f'<span class="meter" aria-hidden="true"><i style="width:{width:.1f}%"></i></span>'


def pairs(entries: Mapping[str, str]) -> str:
    """A list of names and ready-made values."""
    return '<dl class="pairs">' + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in entries.items()) + "</dl>"


_TICKS = (60.0, 600.0, HOUR_S, 6 * HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S, 180 * DAY_S, 1000 * DAY_S, 10000 * DAY_S)


def time_ranges(intervals: Sequence[Mapping[str, float]]) -> list[str]:
    """A bar for each time interval, all on one logarithmic axis with named ticks."""
    ends = [max(1.0, float(interval[end])) for interval in intervals for end in ("low", "high")]
    if not ends:
        return []
    low = max((tick for tick in _TICKS if tick <= min(ends)), default=min(ends))
    high = min((tick for tick in _TICKS if tick >= max(ends)), default=max(ends))
    low, high = math.log(low), math.log(max(high, low * 2))
    inside = [tick for tick in _TICKS if low <= math.log(tick) <= high]

    def x(value: float) -> float:
        return 20.0 + 275.0 * (math.log(max(1.0, float(value))) - low) / (high - low)

    track = "".join(
        f'<line class="track" x1="{x(t):.1f}" x2="{x(t):.1f}" y1="0" y2="14"/>'
        f'<text x="{x(t):.1f}" y="24" text-anchor="middle">{span_text(t)}</text>'
        for t in inside
    )
    return [
        f'<svg class="range" viewBox="0 0 320 24" aria-hidden="true" focusable="false">{track}'
        f'<rect class="span" x="{x(i["low"]):.1f}" y="2" height="10" '
        f'width="{max(2.0, x(i["high"]) - x(i["low"])):.1f}"/>'
        f'<line class="mid" x1="{x(i["median"]):.1f}" x2="{x(i["median"]):.1f}" y1="0" y2="14"/></svg>'
        for i in intervals
    ]
