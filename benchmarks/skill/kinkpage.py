"""What kink.py found, in Markdown: the limit, what ours reach, and what each approximation costs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from kink import FINE_TIMES, TRIALS, WIDE_KG_DAY
from ratios import COUNTED, TAIL
from years import per_year

from hullwatch.detection.priors import LEAK_KG_DAY
from hullwatch.estimators import change
from hullwatch.units import HOUR_S

ASKED = 1.05
"""Mean delay over the oracle's that is asked for."""
Row = dict[str, Any]


def tables(rows: Sequence[Row]) -> list[str]:
    """What it comes to; then for each noise the least that can be had, and what ours add to it."""
    rows = sorted((row for row in rows if "sizes" in row), key=lambda r: r["seed"])
    if not rows:
        return []
    text = [*_meant(), *_overall(rows), *_words_of(rows)]
    for row in rows:
        text += [*_noise(row), ""]
    return text


def short(rows: Sequence[Row]) -> list[str]:
    """What the reader wants to know first."""
    lines = []
    for row in sorted((row for row in rows if "sizes" in row), key=lambda r: r["seed"]):
        line = row["lines"][0]
        reach = {
            key: _reached(row["sizes"], [one[key] for one in line["each"]]) for key in ("least", "odds", "wide", "care")
        }
        over = {key: _mean_and_worst(line, key) for key in reach}
        spared = _mean_and_worst(line, "minimax")
        lines.append(
            f"- Delay of the statistic alone, {row['kind']}, one false alarm a year, over the oracle's. The limit for "
            f"who does not know the size: {over['least']}, at most {ASKED:g} for {reach['least']} sizes; with the "
            f"worst spared, {spared}. What the watch decides by, the odds: {over['odds']}, at most {ASKED:g} for "
            f"{reach['odds']}; with leaks from {WIDE_KG_DAY[0]:g} kg/day on, {over['wide']}, at most {ASKED:g} for "
            f"{reach['wide']}; with these weighted by their delay (care), {over['care']}, at most {ASKED:g} for "
            f"{reach['care']}."
        )
    return lines


def _mean_and_worst(line: Row, key: str) -> str:
    mean, worst = (_words(line[which][key]) for which in ("mean", "worst"))
    return "not always passed for every size" if "-" in (mean, worst) else f"mean {mean}, worst {worst}"


COLUMNS = {
    "known": "size known",
    "least": "least without the size",
    "minimax": "least, worst size spared",
    "ratio": "GLR",
    "fine": "odds, finer onsets",
    "narrow": "narrow",
    "odds": "odds",
    "looked": "looked",
    "wide": "wide",
    "care": "care",
}


def _meant() -> list[str]:
    return [
        "Noise is just what the filter supposes, one sensor, nothing else can have happened. All statistics read the "
        f"same innovations, and each has the threshold that noise alone passes as often as stated, measured: counted "
        f"where at least {COUNTED:.0f} peaks of the noise pass it, else from the highest {TAIL} peaks, taken as an "
        f"exponential tail. {TRIALS} leaks of each size begin anywhere between two readings; a delay ends with the "
        "reading at which the threshold is passed, and an alarm that stood already counts as none, for all alike. "
        "Intervals are 95 %, by bootstrap over noise and leaks, the same for all statistics. The oracle is a CUSUM "
        "over all onsets that knows the size.",
        "",
        "The limit, over all onsets, none thinned out, also between readings: *size known*: all onsets summed instead "
        "of the best taken; *least without the size*: the sum over just the sizes of this table as well, with weights "
        "searched for (on other leaks, but the same noise) that make the mean over these ratios least. Such a sum is "
        "as good as any rule that is not told the size can be, but for a remainder of second order, where a delay is "
        "many readings; where it is one or two that is not proved. *Worst size spared*: the same with weights that "
        "make the worst ratio least. Who does not know that there are only these few sizes can but do worse.",
        "",
        "Ours, on the watch's grid of onsets (that it spares those near the likeliest from thinning once something is "
        "likely is left out here, and was not measured: its odds should lie between *odds* and *finer onsets*): "
        "*GLR*, the largest likelihood ratio over onsets and rates; *odds* of a leak against nothing, summed over "
        f"onsets and rates, what the watch decides by; *finer onsets*: with {FINE_TIMES} times as many; *looked*: with "
        f"the pauses between its looks; *wide*: with leaks from {WIDE_KG_DAY[0]:g} kg/day on instead of from "
        f"{LEAK_KG_DAY[0]:g}; *narrow*: with leaks of just the range of this table; *care*: wide, with every size "
        "weighted by the inverse root of the time in which it is seen (at least "
        f"{change.LOOK_S:.0f} s). A dash: the threshold was not always reached.",
        "",
    ]


def _overall(rows: Sequence[Row]) -> list[str]:
    lines = [
        "**Mean and worst over the sizes of a noise, mean delay over the oracle's:**",
        "",
        "| noise | false alarms a year | over the sizes | "
        + " | ".join(name for k, name in COLUMNS.items() if k != "known")
        + " |",
        "| --- | --- | --- |" + " --- |" * (len(COLUMNS) - 1),
    ]
    for row in rows:
        for line in row["lines"]:
            for which in ("mean", "worst"):
                cells = [_words(line[which][key]) for key in COLUMNS if key != "known"]
                lines.append(f"| {row['kind']} | {line['per_year']:g} | {which} | {' | '.join(cells)} |")
    return [*lines, ""]


STEPS = (
    ("not knowing which of the sizes tried it is (the limit)", None, "least"),
    ("thinking of all other sizes as well", "least", "fine"),
    ("the grid of onsets", "fine", "odds"),
    ("pauses between looks", "odds", "looked"),
)


def _words_of(rows: Sequence[Row]) -> list[str]:
    """Which sizes reach what is asked for, and what each approximation adds to the mean over sizes."""
    lines = [f"Asked for is at most {ASKED:g} for every size. On these figures, at one false alarm a year:", ""]
    for row in rows:
        line = row["lines"][0]
        said = [f"{COLUMNS[key]}: {_reached(row['sizes'], [one[key] for one in line['each']])}" for key in COLUMNS]
        lines += [f"- **{row['kind']}.** Sizes at or below {ASKED:g}: {'; '.join(said)}.", f"  {_costs(line)}"]
    return [*lines, ""]


def _reached(sizes: Sequence[float], found: Sequence[Sequence[float]]) -> str:
    """Of how many sizes the ratio is low enough, and for which it is surely not."""
    good = sum(one[0] <= ASKED for one in found)  # an infinite one was not always reached
    above = [f"{size:g}" for size, one in zip(sizes, found, strict=True) if one[1] > ASKED]
    return f"{good} of {len(sizes)}" + (f" (surely not {', '.join(above)} kg/day)" if above else "")


def _costs(line: Row) -> str:
    """What each step away from the oracle costs on the mean over the sizes that all columns reach."""
    keys = [key for _, _, key in STEPS]
    used = [one for one in line["each"] if all(np.isfinite(one[key]).all() for key in keys)]
    if not used:
        return "Some thresholds were not reached at all."
    mean = {key: float(np.mean([one[key][0] for one in used])) for key in keys}
    parts = [
        f"{name} {100.0 * (mean[key] - (1.0 if before is None else mean[before])):+.1f} %"
        for name, before, key in STEPS
    ]
    of = "all sizes" if len(used) == len(line["each"]) else f"the {len(used)} largest sizes"
    return f"On the mean over {of}, in parts of the oracle's delay: {', '.join(parts)}."


def _noise(row: Row) -> list[str]:
    lines = [
        f"**{row['kind']}** ({row['years']:.3g} years of noise alone; {_measured(row)}). At even odds of one leak a "
        "year the odds "
        f"alone would call the noise a leak {per_year(round(row['natural'][0] * row['years']), row['years'])} "
        "times a year.",
        "",
        "| leak, kg/day | false alarms a year | oracle, mean delay | " + " | ".join(COLUMNS.values()) + " |",
        "| --- | --- | --- |" + " --- |" * len(COLUMNS),
    ]
    for j, size in enumerate(row["sizes"]):
        for line in row["lines"]:
            cells = [_words(line["each"][j][key]) for key in COLUMNS]
            lines.append(f"| {size:g} | {line['per_year']:g} | {_long(line['oracle_s'][j])} | {' | '.join(cells)} |")
    return lines


def _measured(row: Row) -> str:
    """How the thresholds came about."""
    said = []
    for line in row["lines"]:
        above = line["per_year"] * row["years"]
        how = "counted" if above >= COUNTED else f"from the tail above {TAIL / row['years']:.2g} a year"
        said.append(f"threshold of {line['per_year']:g} a year {how}, {above:.3g} peaks expected above it")
    return "; ".join(said)


def _words(one: Sequence[float]) -> str:
    if not all(np.isfinite(value) for value in one):
        return "-"
    return f"{one[0]:.3f} ({one[1]:.3f} to {one[2]:.3f})"


def _long(seconds: float) -> str:
    if seconds < 600.0:
        return f"{seconds:.3g} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 6000.0 else f"{seconds / HOUR_S:.1f} h"
