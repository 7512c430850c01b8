"""A study as pictures and words: reserve time against the size of the hole, a map of the worst compartments, a page."""

import io
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from hullwatch.simulation.study import Study
from hullwatch.simulation.tally import Tally

_STYLE: Any = {
    "svg.hashsalt": "hullwatch",
    "svg.fonttype": "none",
    "font.size": 9.0,
    "axes.grid": True,
    "grid.alpha": 0.3,
}
_TICKS = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 21_600: "6 h", 86_400: "1 d", 864_000: "10 d"}
_LINES = ("-", "--", "-.", ":")


def curves_svg(study: Study, table: pl.DataFrame) -> str:
    """Median reserve time against hole diameter with its 5 to 95 % band: the compartment with least, and with most."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.0, 3.4 * len(study.limits) + 0.4), layout="constrained")
        for row, limit in enumerate(study.limits):
            axes = figure.add_subplot(len(study.limits), 1, row + 1)
            part = table.filter(pl.col("limit") == limit)
            for k, place in enumerate(_extremes(part)):
                line = part.filter(pl.col("compartment") == place).sort("diameter_m")
                x = line["diameter_m"].to_numpy() * 1e3
                low, mid, high = (line[f"reserve_p{p}_s"].to_numpy() for p in ("05", "50", "95"))
                axes.plot(x, mid, _LINES[k % 4], marker="o", ms=3, color=f"C{k}", label=f"{place}: median")
                axes.fill_between(x, low, high, color=f"C{k}", alpha=0.2, lw=0, label="5 to 95 %")
            axes.axhline(study.horizon, color="gray", lw=0.8, ls=":", label="horizon of the study")
            axes.set(xscale="log", yscale="log", xlabel="hole diameter, mm", ylabel="time from opening to limit")
            axes.set_title(f"Reserve time to the limit {limit}: least and most of all compartments", loc="left")
            _name_ticks(axes, study)
            axes.legend(frameon=False, fontsize=8, ncols=2)
        figure.supxlabel(_source(study), fontsize=7, color="gray")
        return _svg(figure)


def worst_svg(study: Study, table: pl.DataFrame) -> str:
    """Compartments, worst on top, against hole diameter: median time to the first limit, as colour and number."""
    first = first_limit(table)
    sizes = sorted(first["diameter_m"].unique().to_list())
    mean = first.group_by("compartment").agg(pl.col("reserve_s").mean())
    places = mean.sort("reserve_s", "compartment", nulls_last=True)["compartment"].to_list()
    grid = np.full((len(places), len(sizes)), np.nan)
    for place, size, time in first.select("compartment", "diameter_m", "reserve_s").iter_rows():
        grid[places.index(place), sizes.index(size)] = np.nan if time is None else time
    with mpl.rc_context({**_STYLE, "axes.grid": False}):
        figure = Figure(figsize=(max(5.5, 1.6 + 0.75 * len(sizes)), 1.6 + 0.24 * len(places)), layout="constrained")
        axes = figure.add_subplot()
        shown = np.ma.masked_invalid(np.log10(np.maximum(grid, 1.0)))
        longest = np.log10(study.horizon)
        axes.imshow(shown, cmap="inferno", aspect="auto", vmin=np.log10(60.0), vmax=longest)
        darkest = 10.0 ** (0.5 * (np.log10(60.0) + longest))
        for i, j in np.ndindex(grid.shape):
            words = "-" if np.isnan(grid[i, j]) else span_words(float(grid[i, j]))
            dark = not np.isnan(grid[i, j]) and grid[i, j] < darkest
            axes.text(j, i, words, ha="center", va="center", fontsize=7, color="white" if dark else "black")
        axes.set_xticks(range(len(sizes)), [f"{1e3 * s:g}" for s in sizes])
        axes.set_yticks(range(len(places)), places)
        axes.set_xlabel("hole diameter, mm")
        axes.set_title("Median time to the first limit, worst compartment on top", loc="left")
        figure.supxlabel(f"-: in fewer than half of the worlds within {span_words(study.horizon)}\n{_source(study)}",
                         fontsize=7, color="gray")  # fmt: skip
        return _svg(figure)


def first_limit(table: pl.DataFrame) -> pl.DataFrame:
    """Of every compartment and size, the limit with the shortest median, as reserve_s and limit."""
    return (
        table.sort("reserve_p50_s", nulls_last=True)
        .group_by("compartment", "diameter_m", maintain_order=True)
        .agg(pl.col("reserve_p50_s").first().alias("reserve_s"), pl.col("limit").first())
    )


def summary_md(study: Study, table: pl.DataFrame, tally: Tally) -> str:
    """The study on one page of Markdown, beside its pictures."""
    sizes = sorted(table["diameter_m"].unique().to_list())
    rows = []
    for size in sizes:
        part = first_limit(table.filter(pl.col("diameter_m") == size)).filter(pl.col("reserve_s").is_not_null())
        if part.is_empty():
            rows.append(f"| {1e3 * size:g} | - | - | none within {span_words(study.horizon)} | |")
            continue
        worst = part.sort("reserve_s", "compartment").row(0, named=True)
        line = table.filter(
            (pl.col("diameter_m") == size)
            & (pl.col("compartment") == worst["compartment"])
            & (pl.col("limit") == worst["limit"])
        ).row(0, named=True)
        ends = (line["reserve_p05_s"], line["reserve_p95_s"])
        band = " to ".join(f"over {span_words(study.horizon)}" if end is None else span_words(end) for end in ends)
        median = span_words(worst["reserve_s"])
        best = span_words(max(part["reserve_s"].to_list()))
        rows.append(f"| {1e3 * size:g} | {worst['compartment']} | {worst['limit']} | {median} ({band}) | {best} |")
    return "\n".join(
        [
            f"# {study.title}",
            "",
            f"{study.provenance} Vehicle `{study.vehicle}`, seed {study.seed}, {tally.worlds} worlds"
            f" ({tally.stepped} with changing temperature, {tally.failed} failed),"
            f" horizon {span_words(study.horizon)}.",
            "Time from the opening of the hole to the limit, in the compartment with the hole: median (5 to 95 %).",
            "",
            "| hole, mm | worst compartment | first limit | reserve time | best compartment |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            "![Reserve time against hole size](curves.svg)",
            "",
            "![Worst compartments](worst.svg)",
            "",
        ]
    )


def span_words(time_s: float) -> str:
    """A time in the unit that suits it, to two digits or whole: 40 s, 2.7 min, 14 h, 15 d."""
    for unit, seconds in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if time_s >= (2.0 if unit == "d" else 1.0) * seconds:
            return f"{_digits(time_s / seconds)} {unit}"
    return f"{_digits(time_s)} s"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}"


def _name_ticks(axes: Any, study: Study) -> None:
    """Seconds, hours and days by name on the axis of time, sizes as given on the other."""
    low, high = axes.get_ylim()
    ticks = {t: name for t, name in _TICKS.items() if low <= t <= high}
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.set_yticks([], minor=True)
    sizes = [1e3 * d for d in study.hole.diameters]
    axes.set_xticks(sizes, [f"{d:g}" for d in sizes])
    axes.set_xticks([], minor=True)


def _source(study: Study) -> str:
    said = f"Simulated: {study.title}; vehicle {study.vehicle}, {study.worlds} worlds, seed {study.seed}."
    return f"{said}\n{study.provenance}"


def _extremes(part: pl.DataFrame) -> list[str]:
    """The compartments with the least and the most median reserve time."""
    ranked = (
        part.filter(pl.col("reserve_p50_s").is_not_null())
        .group_by("compartment")
        .agg(pl.col("reserve_p50_s").log().mean().alias("m"), pl.len().alias("n"))
        .sort("n", "m", "compartment", descending=[True, False, False])
    )
    names: list[str] = ranked["compartment"].to_list()
    return names if len(names) < 3 else [names[0], names[-1]]


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()
