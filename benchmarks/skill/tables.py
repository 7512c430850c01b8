"""What the leaks came to, in Markdown: delays against the baselines, onset, coverage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from leaks import HORIZON_S, SIZES_KG_DAY, Found

DAY = "telemetry 2018-10-12"


@dataclass(frozen=True)
class Trial:
    """One leak: the watch, and each baseline under each tuning, s after it opened; None is a miss."""

    found: Found
    baselines: tuple[dict[str, float | None], ...]


def weights(trials: Sequence[Trial]) -> np.ndarray:
    """Every record counts the same, however many start times it has."""
    names = [trial.found.record for trial in trials]
    return np.array([1.0 / names.count(name) for name in names])


def quantile(values: Sequence[float], weight: np.ndarray, share: float) -> float:
    """The value below which this share of the weight lies."""
    if not len(values):
        return float("nan")
    order = np.argsort(values)
    total = np.cumsum(weight[order]) / weight.sum()
    return float(np.asarray(values)[order][min(int(np.searchsorted(total, share)), len(values) - 1)])


def counted(delay_s: float | None) -> float:
    """A miss counts as the horizon."""
    return HORIZON_S if delay_s is None else delay_s


def ours_table(trials: Sequence[Trial]) -> list[str]:
    """Delay, onset and coverage of the watch, size by size."""
    lines = [
        "| leak | starts | found | missed in 12 h | record ended first | delay median | 90 % | onset error median | "
        "90 % of its size | rate covered at once | 30 min later |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for size in SIZES_KG_DAY:
        mine = [trial for trial in trials if trial.found.size_kg_day == size]
        if not mine:
            continue
        w, found = weights(mine), [trial.found for trial in mine]
        delay = [counted(f.delay_s) for f in found]
        hit = [f for f in found if f.delay_s is not None]
        missed = sum(f.delay_s is None and f.seen_s >= 0.99 * HORIZON_S for f in found)
        onset = [f.onset_error_s for f in hit if f.onset_error_s is not None]
        lines.append(
            f"| {size:g} kg/day | {len(found)} | {len(hit) / len(found):.1%} | {missed} | "
            f"{len(found) - len(hit) - missed} | {_minutes(quantile(delay, w, 0.5))} | "
            f"{_minutes(quantile(delay, w, 0.9))} | {_minutes(np.median(onset)) if onset else '-'} | "
            f"{_minutes(np.quantile(np.abs(onset), 0.9)) if onset else '-'} | "
            f"{_coverage([f.at_once for f in hit])} | {_coverage([f.later for f in hit])} |"
        )
    return lines


def _coverage(rates: Sequence[tuple[float, float, float, float] | None]) -> str:
    said = [rate for rate in rates if rate is not None]
    if not said:
        return "-"
    inside = np.mean([low <= truth <= high for truth, _, low, high in said])
    return f"{inside:.0%} of {len(said)}"


def against(trials: Sequence[Trial], tuning: int, middle: Callable[..., float]) -> tuple[list[str], float]:
    """Delays of the watch and of the best baseline, size by size, and the geometric mean of their ratios."""
    lines = ["| leak | watch | best baseline | which | baseline / watch |", "| --- | --- | --- | --- | --- |"]
    ratios = []
    for size in SIZES_KG_DAY:
        mine = [trial for trial in trials if trial.found.size_kg_day == size]
        if not mine:
            continue
        w = weights(mine)
        ours = middle([counted(trial.found.delay_s) for trial in mine], w)
        others = {
            name: middle([counted(trial.baselines[tuning][name]) for trial in mine], w)
            for name in mine[0].baselines[tuning]
        }
        name = min(others, key=lambda key: others[key])
        ratios.append(others[name] / ours)
        lines.append(
            f"| {size:g} kg/day | {_minutes(ours)} | {_minutes(others[name])} | {name} | {others[name] / ours:.2f} |"
        )
    return lines, float(np.exp(np.mean(np.log(ratios)))) if ratios else float("nan")


def median_of(values: Sequence[float], weight: np.ndarray) -> float:
    """Weighted median."""
    return quantile(values, weight, 0.5)


def mean_of(values: Sequence[float], weight: np.ndarray) -> float:
    """Weighted mean."""
    return float(np.average(values, weights=weight))


def each_method(trials: Sequence[Trial], tuning: int) -> list[str]:
    """Median delay of every baseline."""
    sizes = [size for size in SIZES_KG_DAY if any(trial.found.size_kg_day == size for trial in trials)]
    lines = [
        "| method | " + " | ".join(f"{size:g} kg/day" for size in sizes) + " |",
        "| --- |" + " --- |" * len(sizes),
    ]
    for name in ("the watch", *trials[0].baselines[tuning]):
        cells = []
        for size in sizes:
            mine = [trial for trial in trials if trial.found.size_kg_day == size]
            delay = [t.found.delay_s if name == "the watch" else t.baselines[tuning][name] for t in mine]
            missed = np.average([d is None for d in delay], weights=weights(mine))
            cells.append(f"{_minutes(median_of([counted(d) for d in delay], weights(mine)))} ({missed:.0%} missed)")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def by_record(trials: Sequence[Trial]) -> list[str]:
    """Median delay and misses of the watch, record by record."""
    sizes = [size for size in SIZES_KG_DAY if any(trial.found.size_kg_day == size for trial in trials)]
    lines = [
        "| record | starts | " + " | ".join(f"{size:g} kg/day" for size in sizes) + " |",
        "| --- | --- |" + " --- |" * len(sizes),
    ]
    for name in dict.fromkeys(trial.found.record for trial in trials):
        cells, starts = [], 0
        for size in sizes:
            mine = [t.found for t in trials if t.found.record == name and t.found.size_kg_day == size]
            starts = len(mine)
            if not mine:
                cells.append("-")
                continue
            hit = sum(f.delay_s is not None for f in mine)
            cells.append(f"{_minutes(float(np.median([counted(f.delay_s) for f in mine])))}, {hit} of {len(mine)}")
        lines.append(f"| {name} | {starts} | " + " | ".join(cells) + " |")
    return lines


def _minutes(seconds: float) -> str:
    minutes = seconds / 60.0
    if abs(minutes) >= 0.999 * HORIZON_S / 60.0:
        return "12 h"
    return f"{minutes:.0f} min" if abs(minutes) >= 20.0 else f"{minutes:.1f} min"
