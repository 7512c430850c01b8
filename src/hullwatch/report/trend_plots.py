"""Pictures of a trend as inline SVG, in the style of `plots`; only words of this file are drawn."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hullwatch.records import Floats
from hullwatch.report.plots import ALERT, FIRST, INK, MARK, MUTED, SECOND, STYLE, svg_of, utc_ticks
from hullwatch.units import utc_seconds

Said = Mapping[str, Any]


def history_plot(said: Said) -> str:
    """Rate with its band, changes, reports and declarations; below it the gas."""
    history = said["history"]
    day = np.array([utc_seconds(h["time_utc"]) for h in history]) / 86_400.0
    gas = [h["gas_kg"] for h in history]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 6.4 if gas[0] else 4.2), layout="constrained")
        axes = figure.subplots(
            2 if gas[0] else 1, 1, sharex=True, squeeze=False, height_ratios=[3, 2] if gas[0] else None
        )
        top: Axes = axes[0, 0]
        _band(top, day, _columns([h["rate_kg_day"] for h in history]), FIRST)
        _marks(top, said)
        top.set_ylabel("loss of air, kg/day")
        top.set_ylim(bottom=0.0)
        if gas[0]:
            _band(axes[1, 0], day, _columns(gas), SECOND)
            axes[1, 0].set_ylabel("gas followed, kg")
        locator = utc_ticks()
        axes[-1, 0].xaxis.set_major_locator(locator)
        # Matplotlib gives it no annotations
        axes[-1, 0].xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=dt.UTC))  # type: ignore[no-untyped-call]
        axes[-1, 0].set_xlim(day[0], day[-1])
        return svg_of(figure, "history")


def _marks(axes: Axes, said: Said) -> None:
    """When the rate changed, what was reported, when a rise was declared."""
    for change in said["changes"]:
        low, middle, high = (utc_seconds(change["date_utc"][k]) / 86_400.0 for k in ("low", "median", "high"))
        axes.axvspan(low, high, facecolor="none", edgecolor=MARK, hatch="////", linewidth=0, alpha=0.55)
        axes.axvline(middle, color=MARK, linewidth=0.9, linestyle=(0, (2, 2)))
    for report in said["reported"]:
        start, end = (utc_seconds(report[k]) / 86_400.0 for k in ("from_utc", "to_utc"))
        rate, sd = report["rate_kg_day"], report["sd_kg_day"]
        axes.errorbar(
            0.5 * (start + end), rate, yerr=1.6449 * sd, xerr=0.5 * (end - start), color=INK, linewidth=1.0,
            marker="o", markersize=5, markerfacecolor=INK if report["used"] else "none",
        )  # fmt: skip
    rises = [d for d in said["declared"] if d["kind"] == "rise"]
    if rises:
        when = [utc_seconds(d["declared_utc"]) / 86_400.0 for d in rises]
        axes.plot(when, np.full(len(when), 0.03), "^", color=ALERT, markersize=7, transform=axes.get_xaxis_transform())


def forecast_plot(said: Said) -> str:
    """Rate and loss over the year ahead."""
    days = said["forecast"]["days"]
    day = np.array([d["day"] for d in days], dtype=np.float64)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(10.4, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        _band(left, day, _columns([d["rate_kg_day"] for d in days]), FIRST)
        left.set(ylabel="loss of air, kg/day", xlabel="days ahead")
        left.set_ylim(bottom=0.0)
        _band(right, day, _columns([d["lost_kg"] for d in days]), SECOND)
        right.set(ylabel="air lost, kg", xlabel="days ahead")
        until = (utc_seconds(said["forecast"]["until_utc"]) - utc_seconds(said["span_utc"][1])) / 86_400.0
        for axes in (left, right):
            axes.axvline(until, color=MUTED, linewidth=1.0, linestyle=(0, (2, 2)))
        return svg_of(figure, "ahead")


def _columns(intervals: list[Mapping[str, float]]) -> Floats:
    return np.array([[i["low"], i["median"], i["high"]] for i in intervals]).T


def _band(axes: Axes, x: Floats, band: Floats, color: str) -> None:
    axes.fill_between(x, band[0], band[2], color=color, alpha=0.22, linewidth=0)
    axes.plot(x, band[1], color=color, linewidth=1.6)
    axes.yaxis.set_major_locator(MaxNLocator(5))


__all__ = ["forecast_plot", "history_plot"]
