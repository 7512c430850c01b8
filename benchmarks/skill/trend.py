"""Skill of the slow path: `python benchmarks/skill/trend.py [--worlds N] [--quick]`.

Delays of the day-by-day watch at the stated noise, false alarms, the error of a rate against the Cramer-Rao bound, and
the doubling of February 2024 over many seeds of the bundled case. Every world is simulated; nothing is read.
"""

import argparse
import math
import platform
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from hullwatch.estimators.change import threshold
from hullwatch.estimators.smoother import backward, forward, smoothed
from hullwatch.models.slow_air import LOSS, LogEntry, SlowNoise, SlowRecord, transition
from hullwatch.records import Floats
from hullwatch.simulation.load_years import load_years
from hullwatch.simulation.years import Knot, play_years
from hullwatch.trend.changes import MASS_SD, PER_YEAR, RATE_SD
from hullwatch.trend.follow import follow
from hullwatch.trend.noise import mass_of, noise_of
from hullwatch.trend.online import decide, declare, sureness
from hullwatch.trend.warmth import calmed
from hullwatch.units import DAY_S, MMHG_PA, utc_seconds, utc_text
from hullwatch.vehicle.load import load_vehicle

VOLUME_M3, KELVIN = 916.0, 295.15  # METHODS sections 3 and 4
AIR_KG = 101_325.0 * VOLUME_M3 / (287.05 * KELVIN)
HOUR = 1.0 / 24.0
Row = tuple[str, str, str]


def thermal(residual_k: float, hours: float) -> SlowNoise:
    """The noise of METHODS section 4: warmth only, level and rate known from long before."""
    return SlowNoise(
        heat_kg=AIR_KG * residual_k / KELVIN, heat_day=hours / 24.0, walk_kg=1e-5, reading_kg=1e-3,
        loss_walk=0.0, loss_mean=0.0, loss_sd=1e-4,
    )  # fmt: skip


def model(noise: SlowNoise, n: int) -> tuple[Floats, ...]:
    f, q = transition(np.full(n, HOUR), noise)
    h = np.zeros((n, 4))
    h[:, [0, 2]] = 1.0
    return f, q, np.zeros((n, 4)), h, np.full(n, noise.reading_kg**2), np.arange(n) * HOUR


def readings(rng: np.random.Generator, noise: SlowNoise, n: int, rate: float, onset: float) -> Floats:
    """Apparent mass by the hour: a leak of `rate` kg/day from day `onset`, under exact Ornstein-Uhlenbeck warmth."""
    decay = math.exp(-HOUR / noise.heat_day)
    push = rng.normal(size=n) * noise.heat_kg * math.sqrt(1.0 - decay**2)
    heat = np.empty(n)
    heat[0] = rng.normal() * noise.heat_kg
    for k in range(1, n):
        heat[k] = decay * heat[k - 1] + push[k]
    return heat - rate * np.maximum(np.arange(n) * HOUR - onset, 0.0) + rng.normal(size=n) * noise.reading_kg


def watch(noise: SlowNoise, parts: tuple[Floats, ...], z: Floats, per_year: float, quiet: int) -> Floats:
    f, q, moved, h, r, day = parts
    spread = np.diag([1e-6, noise.loss_sd**2, noise.heat_kg**2, 0.0])
    rows, found, _ = decide(
        np.zeros(4), spread, f, q, moved, h, z, r, day, threshold(per_year, 3600.0), sureness(per_year), quiet, False,
        np.array(RATE_SD), np.array(MASS_SD), np.array(PER_YEAR[:2]) / 365.25,
    )  # fmt: skip
    return rows[:found]


def delays(worlds: int) -> list[Row]:
    """Hourly decisions, 1 false alarm in 10 years, 0.02 K and 0.1 K with 1.5 h."""
    rows = []
    for kelvin, rate, limit in (
        (0.02, 0.05, "-"), (0.02, 0.1, "45 h"), (0.02, 0.3, "21 h"), (0.02, 1.0, "-"), (0.1, 0.3, "-"), (0.1, 1.0, "-"),
    ):  # fmt: skip
        noise = thermal(kelvin, 1.5)
        first = (12.0 * noise.heat_kg**2 * noise.heat_day * 11.4 / rate**2) ** (1.0 / 3.0) * 24.0
        n = int(24 * 8 + 3.0 * first + 24)
        parts, late, rng = model(noise, n), [], np.random.default_rng(1)
        for _ in range(worlds):
            onset = 8.0 + HOUR * rng.uniform()
            said = watch(noise, parts, readings(rng, noise, n, rate, onset), 0.1, 48)
            hits = [24.0 * (parts[5][int(s[1])] - onset) for s in said if s[0] == 0 and parts[5][int(s[1])] > onset]
            late.append(hits[0] if hits else math.inf)
        found = [hours for hours in late if np.isfinite(hours)]
        mean, high, missed = float(np.mean(found)), float(np.quantile(late, 0.9)), worlds - len(found)
        what = f"{rate:g} kg/day at {kelvin:g} K, 1.5 h: mean delay (90 %), T* {first:.0f} h"
        rows.append((what, f"{mean:.1f} h ({high:.1f}), {missed} of {worlds} missed", limit))
    return rows


def false_alarms(years: int) -> list[Row]:
    """The same watch over years without a leak."""
    noise, rng, count = thermal(0.02, 1.5), np.random.default_rng(2), 0
    parts = model(noise, 8766 * 5)
    for _ in range(years // 5):
        said = watch(noise, parts, readings(rng, noise, 8766 * 5, 0.0, 0.0), 0.1, 48)
        count += int((said[:, 0] == 0).sum())
    return [(f"false rises in {years} years of hours at 0.02 K", f"{count} ({count / years:.3f} a year)", "0.1 a year")]


def rate_error(worlds: int) -> list[Row]:
    """Error of a constant rate over a window, level and rate unknown, against the Cramer-Rao bound of that noise."""
    rows = []
    for days, kelvin, limit in ((1, 0.02, "-"), (3, 0.02, "0.02 kg/day; ratio 1.15"), (7, 0.02, "ratio 1.15"),
                                (3, 0.1, "ratio 1.15"), (30, 0.1, "ratio 1.15")):  # fmt: skip
        noise = replace(thermal(kelvin, 1.5), loss_sd=10.0)
        n = days * 24
        f, q, moved, h, r, day = model(noise, n)
        spread = np.diag([1e4, noise.loss_sd**2, noise.heat_kg**2, 0.0])
        rng, miss = np.random.default_rng(3), []
        for _ in range(worlds):
            z = readings(rng, noise, n, 0.1, 0.0)
            before, doubt, nu, s, gain, _ = forward(np.zeros(4), spread, f, q, moved, h, z, r)
            adjoint = backward(f, h, z, nu, s, gain)[0]
            miss.append(smoothed(before, doubt, adjoint)[-1, LOSS] - 0.1)
        cov = noise.heat_kg**2 * np.exp(-np.abs(day[:, None] - day[None, :]) / noise.heat_day) + np.diag(r)
        design = np.column_stack([np.ones(n), -day])
        bound = math.sqrt(np.linalg.inv(design.T @ np.linalg.solve(cov, design))[1, 1])
        rms = float(np.sqrt(np.mean(np.square(miss))))
        what = f"rate 0.1 kg/day over {days} d at {kelvin:g} K, 1.5 h: RMSE, bound, ratio"
        rows.append((what, f"{rms:.4f}, {bound:.4f} kg/day, {rms / bound:.3f}", limit))
    return rows


def played(truth: list[dict[str, object]], start: str, end: str, seed: int, every: int) -> SlowRecord:
    """The bundled case's noise and operations over another truth, as the reader would give it."""
    case, _ = load_years("zvezda-prk")
    ship = load_vehicle(case.vehicle)
    masses = mass_of(ship)
    finer = math.sqrt(case.every_hours / every)
    noisy = {name: getattr(case.hidden, name) * finer for name in ("noise_mmhg", "thermometer_noise_k")}
    hidden = case.hidden.model_copy(update=noisy)
    knots = [Knot.model_validate(knot) for knot in truth]
    case = case.model_copy(
        update={
            "truth": knots,
            "start_utc": start,
            "end_utc": end,
            "cooling": [],
            "every_hours": every,
            "hidden": hidden,
        }
    )
    world = play_years(case, ship, masses["N2"], masses["share"], seed)
    warm = world.series["temperature_degc"].to_numpy()
    log = tuple(
        LogEntry(utc_seconds(row["time"]), row["kind"],
                 float(row["mass_kg"]) * (1.0 if row["gas"] == "N2" else masses["share"]) if row["mass_kg"] else None)
        for row in world.log.iter_rows(named=True)
    )  # fmt: skip
    return SlowRecord(
        "world", world.series["time"].dt.epoch("us").to_numpy() / 1e6,
        world.series["ppn2_mmhg"].to_numpy() * MMHG_PA * masses["N2"], warm - warm.mean(), "N2", masses["share"],
        every * 3600.0, ship.volume_m3, ship.atmosphere.temperature_k.value, log=log,
    )  # fmt: skip


def declared(record: SlowRecord, per_year: float) -> list[float]:
    """When rises were declared, day by day, as `hullwatch trend` does it."""
    learn_s = float(record.time_s[0]) + 120.0 * DAY_S
    known = calmed(record, learn_s)[1]
    ship = load_vehicle(load_years("zvezda-prk")[0].vehicle)
    said, _, _ = declare(known, noise_of(ship, known), per_year, learn_s)
    return [d.declared_s for d in said if d.kind == "rise"]


BEFORE = {"at": "2018-01-01", "kg_day": 0.45, "then": "hold"}
DOUBLINGS: dict[str, list[dict[str, object]]] = {
    "at once on 7 February, 1.0 to 2.4 lb/day": [BEFORE, {"at": "2024-02-07", "kg_day": 1.09, "then": "hold"}],
    "at once on 7 February, exactly doubled": [BEFORE, {"at": "2024-02-07", "kg_day": 0.90, "then": "hold"}],
    "growing over the week to 2.4 lb/day": [
        BEFORE, {"at": "2024-02-07", "kg_day": 0.45, "then": "grow"},
        {"at": "2024-02-14", "kg_day": 1.09, "then": "hold"},
    ],
}  # fmt: skip


def doubling(worlds: int) -> list[Row]:
    """February 2024 with the noise and operations of the case: found within 7 days of its start?"""
    rows, start = [], utc_seconds("2024-02-07")
    for every in (6, 24):
        for per_year in (0.1, 1.0):
            quiet, years = 0, 0.0
            for seed in range(max(worlds // 4, 4)):
                record = played([BEFORE], "2019-01-01", "2024-01-01", 9000 + seed, every)
                quiet, years = quiet + len(declared(record, per_year)), years + 5.0 - 120.0 / 365.25
            what = f"{every} h means, {per_year:g} a year accepted: false rises with no change"
            rows.append((what, f"{quiet} in {years:.0f} years ({quiet / years:.2f} a year)", f"{per_year:g} a year"))
            for name, truth in DOUBLINGS.items():
                late, early = [], 0
                for seed in range(worlds):
                    said = declared(played(truth, "2022-09-01", "2024-03-15", 5000 + seed, every), per_year)
                    hits = [(t - start) / DAY_S for t in said if t > start]
                    early += sum(1 for t in said if t <= start)
                    late.append(hits[0] if hits else math.inf)
                share = float(np.mean(np.array(late) <= 7.0))
                what = f"{every} h means, {per_year:g} a year accepted, {name}"
                rows.append((what, f"{100 * share:.0f} % within 7 d, median {np.median(late):.1f} d, 90 % "
                             f"{np.quantile(late, 0.9):.1f} d", "within 7 d"))  # fmt: skip
    return rows


def coverage(worlds: int) -> list[Row]:
    """Three years of the case's noise with two changes at random: do the intervals of the look back hold the truth?"""
    ship = load_vehicle(load_years("zvezda-prk")[0].vehicle)
    inside: dict[str, list[float]] = {"rate now": [], "rate, all along": [], "date of a change": []}
    found, planted, false = 0, 0, 0
    for seed in range(worlds):
        rng = np.random.default_rng(700 + seed)
        days = np.sort(rng.choice(np.arange(120, 980, 60), 2, replace=False) + 40.0 * rng.uniform(size=2))
        rates = rng.uniform(0.3, 1.6, 3)
        start = utc_seconds("2021-01-01")
        truth = [{"at": utc_text(start + d * DAY_S), "kg_day": float(r), "then": "hold"}
                 for d, r in zip((0, *days), rates, strict=True)]  # fmt: skip
        trend = follow(played(truth, "2021-01-01", "2024-01-01", 8000 + seed, 24), ship, 0.1, seed, sweeps=75)
        true = rates[np.searchsorted(days, (trend.time_s - start) / DAY_S, side="right")]
        low, _, high = trend.rate_kg_day
        inside["rate now"].append(float(low[-1] <= true[-1] <= high[-1]))
        inside["rate, all along"].append(float(np.mean((low <= true) & (true <= high))))
        for day, jump in zip(days, np.diff(rates), strict=True):
            if abs(jump) < 0.15:
                continue
            planted += 1
            near = [c for c in trend.changes if abs(c.time_s.median - start - day * DAY_S) < 30.0 * DAY_S]
            if near:
                found += 1
                best = min(near, key=lambda c: abs(c.time_s.median - start - day * DAY_S))
                ends = [(t - start) / DAY_S for t in (best.time_s.low, best.time_s.high)]
                inside["date of a change"].append(float(ends[0] <= day <= ends[1]))
        false += sum(
            1 for c in trend.changes if min(abs(c.time_s.median - start - d * DAY_S) for d in days) > 30 * DAY_S
        )
    rows = [(f"90 % interval of the {name}, {worlds} worlds of 3 years: holds the truth", f"{100 * np.mean(v):.0f} %",
             "88 to 92 %") for name, v in inside.items()]  # fmt: skip
    said = f"{found} of {planted} changes of 0.15 kg/day or more found within 30 d, {false} that were none"
    return [*rows, ("look back over 3 years with two changes", said, "-")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="fewer worlds")
    asked = parser.parse_args()
    worlds = 20 if asked.quick else asked.worlds
    print(f"{platform.machine()}, {datetime.now(UTC):%Y-%m-%d}, {worlds} worlds a row\n")
    print("| what | measured | limit |\n| --- | --- | --- |")
    runs = (
        lambda: delays(worlds), lambda: false_alarms(100 if asked.quick else 400), lambda: rate_error(5 * worlds),
        lambda: coverage(max(worlds // 4, 8)), lambda: doubling(max(worlds // 4, 8)),
    )  # fmt: skip
    for run in runs:
        for row in run():
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
