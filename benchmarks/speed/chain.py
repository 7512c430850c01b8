"""Speed of the watch: `python benchmarks/speed/chain.py [--days 3] [--write]`.

The whole chain on the real day and on a simulated block at 1 Hz, each of its steps, the change statistic alone, and
one live frame. Rates are per second of processor time of one core; the time on the clock stands beside them. Peers
(filterpy, statsmodels, river) are measured in the same run where they are installed.
--write puts the table into docs/explanation/validation-chain-speed.md.
"""

import argparse
import importlib.util
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "skill"))

import world
from records import RECORDS, load

from hullwatch.balance import air
from hullwatch.detection import score
from hullwatch.records import Samples
from hullwatch.telemetry import clean as cleaning
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, WatchMemory, begin, watch

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-chain-speed.md"
BLOCK = 262_144
ROWS: list[tuple[str, str, str]] = []


def row(what: str, got: str, asked: str = "") -> None:
    ROWS.append((what, got, asked))


def timed(work: Callable[[], object], times: int = 1) -> tuple[float, float]:
    """Least processor time and least time on the clock of a few runs, s."""
    best = (np.inf, np.inf)
    for _ in range(times):
        cpu, clock = time.process_time(), time.perf_counter()
        work()
        best = (min(best[0], time.process_time() - cpu), min(best[1], time.perf_counter() - clock))
    return best


def cut(samples: Samples, start: int, stop: int) -> Samples:
    return Samples(samples.time_s[start:stop], samples.item[start:stop], samples.value[start:stop], samples.items)


def whole(vehicle: Vehicle, samples: Samples) -> WatchMemory:
    """The chain over everything, block by block."""
    settings = Settings(1.0)
    memory, _ = begin(vehicle, "", {}, settings, float(samples.time_s[0]))
    for start in range(0, samples.time_s.size, BLOCK):
        memory, _ = watch(memory, vehicle, settings, cut(samples, start, start + BLOCK))
    return memory


def chain(name: str, vehicle: Vehicle, samples: Samples) -> None:
    """Frames a second of the whole chain."""
    whole(vehicle, cut(samples, 0, min(samples.time_s.size, 50_000)))  # compiles
    memory = whole(vehicle, samples)
    cpu, clock = timed(lambda: whole(vehicle, samples))
    row(
        f"whole chain, {name}",
        f"{memory.frames / cpu:,.0f} frames/s, {samples.time_s.size / cpu:,.0f} readings/s ({memory.frames:,} frames, "
        f"{samples.time_s.size:,} readings, {cpu:.1f} s, {clock:.1f} s on the clock)",
        "300,000 frames/s",
    )
    year = 365.25 * 86_400.0 * cpu / memory.frames
    row(f"a year of 1 Hz at that rate, {name}", f"{year:,.0f} s", "120 s")


def steps(vehicle: Vehicle, samples: Samples) -> None:
    """Cleaning, balance and change statistic by themselves, in one block."""
    memory = whole(vehicle, samples)  # to know which sensors speak
    group = max(memory.groups, key=lambda g: len(g.compartments))
    fresh = cleaning.begin(vehicle)
    _, frames, _ = cleaning.clean(fresh, vehicle, samples)
    n = frames.time_s.size
    cpu, _ = timed(lambda: cleaning.clean(fresh, vehicle, samples), 2)
    row("cleaning alone", f"{n / cpu:,.0f} frames/s")
    lay = group.air.layout
    start = air.begin(vehicle, lay)
    _, residuals = air.balance(start, vehicle, frames)
    cpu, _ = timed(lambda: air.balance(start, vehicle, frames), 2)
    row(
        f"balance alone ({lay.states} states)",
        f"{n / cpu:,.0f} frames/s, {residuals.frame.size / cpu:,.0f} readings used/s",
    )
    biases = tuple(lay.bias(s) for s in range(len(lay.pressure)))
    scored = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, biases)
    score.score(scored, residuals, np.inf, np.inf)
    cpu, _ = timed(lambda: score.score(scored, residuals, np.inf, np.inf), 2)
    end = score.score(scored, residuals, np.inf, np.inf)[0]
    row(
        f"change statistic alone ({end.ramp.shape[0]} kinds, {end.held} onsets, {lay.states} states)",
        f"{residuals.frame.size / cpu:,.0f} readings used/s, {n / cpu:,.0f} frames/s",
        "2,000,000 samples/s",
    )


def live(name: str, vehicle: Vehicle, samples: Samples, from_s: float, seconds: int) -> None:
    """One frame at a time, as a live feed hands them over."""
    settings, clock = Settings(1.0), np.maximum.accumulate(samples.time_s)
    memory, _ = begin(vehicle, "", {}, settings, float(samples.time_s[0]))
    first = int(np.searchsorted(clock, from_s))
    memory, _ = watch(memory, vehicle, settings, cut(samples, 0, first))
    edges = np.searchsorted(clock, from_s + np.arange(seconds + 1.0))
    took, worked = np.empty(seconds), np.empty(seconds)
    for k in range(seconds):
        start, cpu = time.perf_counter(), time.process_time()
        memory, _ = watch(memory, vehicle, settings, cut(samples, int(edges[k]), int(edges[k + 1])))
        took[k], worked[k] = time.perf_counter() - start, time.process_time() - cpu
    took, worked = 1e3 * took, 1e3 * worked
    row(
        f"one live frame, {name}",
        f"median {np.median(took):.2f} ms, mean {took.mean():.2f}, 99 % {np.quantile(took, 0.99):.2f}, worst "
        f"{took.max():.1f} ms; by processor time mean {worked.mean():.2f}, 99 % {np.quantile(worked, 0.99):.2f} ms",
        "1 ms",
    )


def peers() -> None:
    """Filters of 20 states, one reading a step, and a change detector, where they are installed."""
    n, steps_ = 20, 3000
    rng = np.random.default_rng(0)
    z, f, h = rng.standard_normal(steps_), 0.99 * np.eye(n), np.full((1, n), 0.2)
    if importlib.util.find_spec("filterpy"):
        from filterpy.kalman import KalmanFilter

        kf = KalmanFilter(n, 1)
        kf.F, kf.H, kf.Q = f, h, 0.01 * np.eye(n)

        def run() -> None:
            for value in z:
                kf.predict()
                kf.update(value)

        row("filterpy, 20 states", f"{steps_ / timed(run)[0]:,.0f} steps/s")
    if importlib.util.find_spec("statsmodels"):
        from statsmodels.tsa.statespace.kalman_filter import KalmanFilter as Filter

        model = Filter(1, n, initialization="approximate_diffuse")
        model.bind(np.tile(z, 10))
        model["transition"], model["design"], model["obs_cov"] = f, h, np.eye(1)
        model["selection"], model["state_cov"] = np.eye(n), 0.01 * np.eye(n)
        model.filter()
        row("statsmodels, 20 states", f"{10 * steps_ / timed(model.filter)[0]:,.0f} steps/s")
    if importlib.util.find_spec("river"):
        from river.drift import PageHinkley

        detector = PageHinkley()

        def look() -> None:
            for value in z:
                detector.update(value)

        row("river PageHinkley", f"{steps_ / timed(look)[0]:,.0f} samples/s")


def main() -> None:
    options = argparse.ArgumentParser(description="Speed of the watch.")
    options.add_argument("--days", type=float, default=3.0, help="length of the simulated block")
    options.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    chosen = options.parse_args()
    warnings.simplefilter("ignore")  # the peers' own
    vehicle, rng = world.coarse_ship(), np.random.default_rng(0)
    clock = world.even_clock(world.START_S, chosen.days, 1.0)
    made = world.play(rng, vehicle, clock, [])
    chain(f"simulated, {chosen.days:g} days at 1 Hz", vehicle, made.samples)
    steps(vehicle, made.samples)
    live("quiet", vehicle, made.samples, world.START_S + 0.5 * 86_400.0, 3600)
    opened = world.START_S + 0.4 * 86_400.0
    leaking = world.play(np.random.default_rng(0), vehicle, clock, [], world.Leak(opened, 200.0 / 86_400.0))
    live("a leak being followed", vehicle, leaking.samples, world.START_S + 0.5 * 86_400.0, 3600)
    day = load(RECORDS[0])
    if day is not None:
        chain("12 October 2018, 23 h", day.vehicle, day.samples)
        live("12 October 2018", day.vehicle, day.samples, float(day.samples.time_s[0]) + 43_200.0, 3600)
    peers()
    text = "\n".join(
        [
            "# Speed of the watch",
            "",
            f"Made by `python benchmarks/speed/chain.py --days {chosen.days:g} --write`, "
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, "
            f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
            f"Python {platform.python_version()}. One core; rates by processor time, live frames by the clock.",
            "",
            "| what | reached | asked |",
            "| --- | --- | --- |",
            *(f"| {what} | {got} | {asked or '-'} |" for what, got, asked in ROWS),
            "",
        ]
    )
    print(text)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
