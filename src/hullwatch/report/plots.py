"""Plots over time as inline SVG, drawn with Matplotlib in placeholder colours that the page's own colours replace.

Only words of this file are drawn: nothing from the record becomes text here, so no record can break or script a plot.
"""

import datetime as dt
import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.dates import AutoDateLocator
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from hullwatch.incident.timeline import SIGNAL_LOST, Moment
from hullwatch.records import Floats
from hullwatch.report.story import Band, Story
from hullwatch.units import MMHG_PA, utc_seconds

# Placeholder colour -> CSS variable. A colour no plot uses by itself, so that the exchange cannot hit anything else.
INK, MUTED, _GRID, FIRST, SECOND, _THIRD, ALERT, MARK, _PANE = (f"#0{i}0e0{i}" for i in range(1, 10))
_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    _GRID: "--grid",
    FIRST: "--line-1",
    SECOND: "--line-2",
    _THIRD: "--line-3",
    ALERT: "--line-alert",
    MARK: "--line-mark",
    _PANE: "--pane",
}
_LINES = ((FIRST, "-"), (SECOND, (0, (6, 2))), (_THIRD, (0, (2, 1.5))), (MUTED, (0, (6, 2, 1, 2))), (INK, ":"))
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hullwatch",
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "font.size": 10.0,
    "path.simplify": True,
}
_STRIP = {
    "incident": ("D", ALERT),
    "alarm": ("^", ALERT),
    "hatch": ("|", INK),
    "step": ("s", SECOND),
    "signal": ("_", MUTED),
}
_STRIP_WORDS = {
    "incident": "leak states",
    "alarm": "alarms",
    "hatch": "hatches",
    "step": "gas steps",
    "signal": "signal lost",
}


BRIEF_SHARE = 0.05
"""A pressure group that lived for less than this share of the longest one is drawn but not named in the plot."""


def cabin_plot(story: Story) -> str:
    """Events, pressure and corrected gas over time."""
    rows = [mark for mark in _STRIP if _of(story, mark)]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 5.6 + 0.24 * len(rows)), layout="constrained")
        heights = [0.3 + 0.26 * len(rows), 2.6, 2.4]
        strip, pressure, mass = figure.subplots(3, 1, sharex=True, height_ratios=heights)
        _strip(strip, story, rows)
        _pressures(pressure, story)
        if story.mass is not None:
            _band(mass, story.mass, FIRST, "-", "")
        else:
            _nothing(mass, "no gas mass was recorded")
        mass.set_ylabel("gas in the ship,\nheat taken out, kg")
        for axes in (pressure, mass):
            _leak_times(axes, story, words=axes is pressure)
            _signal_gaps(axes, story)
        _time_axis(mass, story)
        return svg_of(figure, "cabin")


def leak_plot(story: Story) -> str:
    """Leak rate and equivalent hole over time; without an incident, the net loss that was watched."""
    holes = bool(story.holes)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 4.9 if holes else 2.9), layout="constrained")
        axes = figure.subplots(2 if holes else 1, 1, sharex=True, squeeze=False)[:, 0]
        if story.rates:
            _bands(axes[0], story.rates)
            axes[0].set_ylabel("leak rate, kg/day")
        elif story.loss is not None:
            _band(axes[0], story.loss, FIRST, "-", "")
            axes[0].axhline(0.0, color=MUTED, linewidth=1.0)
            axes[0].set_ylabel("net gas loss, kg/day")
        else:
            _nothing(axes[0], "no loss was recorded")
        if holes:
            _bands(axes[1], story.holes)
            axes[1].set_ylabel("equivalent hole, mm")
        for each in axes:
            if story.rates:
                each.set_ylim(bottom=min(0.0, each.get_ylim()[0]))
            _leak_times(each, story, words=False)
            _signal_gaps(each, story)
        _time_axis(axes[-1], story)
        return svg_of(figure, "leak")


def _dates(time_s: Floats) -> Any:
    return time_s / 86_400.0  # Matplotlib dates are days since 1970-01-01


def _band(axes: Axes, band: Band, color: str, dashes: Any, label: str) -> None:
    axes.fill_between(_dates(band.time_s), band.low, band.high, color=color, alpha=0.22, linewidth=0)
    axes.plot(_dates(band.time_s), band.median, color=color, linestyle=dashes, linewidth=1.6, label=label)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")


def _bands(axes: Axes, bands: dict[str, Band]) -> None:
    for i, band in enumerate(bands.values()):
        color, dashes = _LINES[i % len(_LINES)]
        _band(axes, band, color, dashes, f"leak {i + 1}")
    if len(bands) > 1:
        axes.legend(loc="upper left", ncols=4)


def _pressures(axes: Axes, story: Story) -> None:
    named = groups_named(story)
    spans = [float(line.time_s[-1] - line.time_s[0]) for line in story.pressure]
    brief = False
    for i, (name, line, span) in enumerate(zip(named, story.pressure, spans, strict=True)):
        color, dashes = _LINES[i % len(_LINES)]
        mmhg = line.pressure_pa / MMHG_PA
        label = name if span >= BRIEF_SHARE * max(spans) else "_nolegend_"
        brief = brief or label.startswith("_")
        axes.plot(_dates(line.time_s), mmhg, color=color, linestyle=dashes, linewidth=1.6, label=label)
    if not story.pressure:
        _nothing(axes, "no pressure was recorded")
    if brief:
        axes.plot([], [], " ", label="short lines: parts closed off in hatch tests")
    if len(story.pressure) > 1:
        axes.legend(loc="best", ncols=1)
    axes.set_ylabel("pressure, mmHg")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")


def groups_named(story: Story) -> list[str]:
    """A safe name for each pressure line: whole ship, or a letter and the number of compartments."""
    total = len(story.started.get("compartments") or ())
    names, letters = [], iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for line in story.pressure:
        count = len(line.compartments)
        if count == total:
            names.append("whole ship")
        else:
            names.append(f"{next(letters, '+')}: {count} compartment{'s' if count != 1 else ''}")
    return names


def _strip(axes: Axes, story: Story, rows: Sequence[str]) -> None:
    """What happened, one row for each sort of event, each with its own shape."""
    axes.grid(False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelbottom=False)
    axes.set_yticks(range(len(rows)), [_STRIP_WORDS[row] for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for y, row in enumerate(rows):
        shape, color = _STRIP[row]
        axes.axhline(y, color=_GRID, linewidth=0.6, zorder=0)
        spans = _merged(story, _of(story, row))
        for start, end in spans:
            axes.plot([start, end], [y, y], color=color, linewidth=4, solid_capstyle="butt")
        times = np.array([start for start, _ in spans])
        edge = 4.0 if shape == "_" else 1.8 if shape == "|" else 0.5
        axes.plot(times, [y] * len(times), shape, color=color, markersize=6, markeredgewidth=edge)


def _leak_times(axes: Axes, story: Story, words: bool) -> None:
    """The onset interval as a hatched band and the detection as a line, for each incident."""
    for incident in story.summary["incidents"]:
        onset = incident.get("onset_utc")
        detected = utc_seconds(incident["detected_utc"]) / 86_400.0
        if onset:
            low, high = (utc_seconds(onset[end]) / 86_400.0 for end in ("low", "high"))
            axes.axvspan(low, high, facecolor="none", edgecolor=MARK, hatch="////", linewidth=0, alpha=0.55)
            axes.axvline(utc_seconds(onset["median"]) / 86_400.0, color=MARK, linewidth=1.2, linestyle=(0, (2, 2)))
        axes.axvline(detected, color=ALERT, linewidth=1.4)
        if words:
            top = axes.get_xaxis_transform()
            box = {"facecolor": _PANE, "edgecolor": "none", "pad": 1.5}
            if onset:
                middle = utc_seconds(onset["median"]) / 86_400.0
                axes.text(middle, 1.02, "onset ", transform=top, ha="right", va="bottom", color=INK, bbox=box)
            axes.text(detected, 1.02, " detected", transform=top, ha="left", va="bottom", color=INK, bbox=box)


def _signal_gaps(axes: Axes, story: Story) -> None:
    for start, end in _merged(story, _of(story, "signal")):
        if end > start:
            axes.axvspan(start, end, color=MUTED, alpha=0.18, linewidth=0)


def _of(story: Story, mark: str) -> list[Moment]:
    """Moments of one sort; of the feed its losses only, not how its clock or its numbers were read."""
    return [m for m in story.moments if m.mark == mark and (mark != "signal" or m.title in SIGNAL_LOST)]


def _merged(story: Story, moments: Sequence[Moment]) -> list[tuple[float, float]]:
    """Start and end of each moment as plot dates; what the eye could not tell apart is made one."""
    first, last = story.span_s or (0.0, 0.0)
    near = (last - first) / 86_400.0 / 400.0
    spans: list[tuple[float, float]] = []
    for moment in moments:  # in order of time
        start, end = moment.time_s / 86_400.0, (moment.end_s or moment.time_s) / 86_400.0
        if spans and start - spans[-1][1] < near and (end > start or start - spans[-1][0] < near):
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, max(start, end)))
    return spans


def _nothing(axes: Axes, words: str) -> None:
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=MUTED)


def utc_ticks(**counts: int) -> Any:
    """Where dates are told on an axis of time, in UTC; `counts`: least and most of them."""
    return AutoDateLocator(tz=dt.UTC, **counts)  # type: ignore[no-untyped-call]  # Matplotlib gives it no annotations


def _time_axis(axes: Axes, story: Story) -> None:
    """UTC with the day of year, the way flight controllers keep time."""
    if story.span_s is not None:
        axes.set_xlim(*(value / 86_400.0 for value in story.span_s))
    locator = utc_ticks(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    first, last = axes.get_xlim()
    ticks = [tick for tick in locator() if first <= tick <= last]
    days = last - first > 5

    def spell(value: float, position: int | None) -> str:
        stamp = dt.datetime.fromtimestamp(round(value * 86_400.0), dt.UTC)
        nearest = min(range(len(ticks)), key=lambda i: abs(ticks[i] - value), default=0)
        day = f"{stamp:%d %b}\nday {stamp:%j}"
        if days:
            return day
        before = dt.datetime.fromtimestamp(round(ticks[nearest - 1] * 86_400.0), dt.UTC) if nearest else None
        return f"{stamp:%H:%M}\n{day}" if before is None or before.date() != stamp.date() else f"{stamp:%H:%M}"

    axes.xaxis.set_major_formatter(FuncFormatter(spell))
    year = dt.datetime.fromtimestamp(first * 86_400.0, dt.UTC).year
    axes.set_xlabel(f"UTC, {year}", loc="right", color=MUTED)


def svg_of(figure: Figure, name: str) -> str:
    """The figure as an SVG element with the page's colours and fonts, and ids that are unique on the page."""
    FigureCanvasSVG(figure)
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\b(id="|xlink:href="#|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r"(font(?:-family)?:[^;\"]*?)'DejaVu Sans'[^;\"]*", r"\1var(--sans)", text)
    for color, variable in _VARIABLES.items():
        text = text.replace(color, f"var({variable})")
    opening, rest = text.split(">", 1)
    opening = re.sub(r' (width|height)="[^"]*"', "", opening)
    return f'{opening} class="plot" aria-hidden="true" focusable="false">{rest}'
