"""Speed and error of the ensembles and of the stiff network, in one table: `python benchmarks/speed/ensemble.py`.

--write also writes docs/explanation/validation-speed.md and its picture; --long goes to a million worlds.
Peers are measured in the same run where they are installed (pip install scipy). Rates are per second of processor time,
which other work on a shared machine disturbs less; the time on the clock stands beside them.
"""

import argparse
import datetime as dt
import importlib.util
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as File

import depress_12 as scenario
import numpy as np
from numba import njit

from hullwatch.models.cabin import Cabin
from hullwatch.models.lanes import LANES
from hullwatch.models.network import Network, Path, squeeze
from hullwatch.models.wiring import Wiring, wiring_of
from hullwatch.models.worlds import Air, Draws, run_worlds
from hullwatch.physics.gas import GAS_CONSTANT, amount
from hullwatch.simulation.ensemble import TOLERANCE

ROOT = File(__file__).parents[2]
PAGE, PICTURE = ROOT / "docs/explanation/validation-speed.md", ROOT / "docs/img/speed-scaling.svg"
ROWS: list[tuple[str, str, str]] = []
NONE = np.zeros(0)


def row(what: str, got: str, asked: str = "") -> None:
    ROWS.append((what, got, asked))
    print(f"| {what} | {got} | {asked} |", flush=True)


def best(work, repeat: int = 5) -> float:
    """Processor time of this thread, the shortest of a few runs, s."""
    return min(both(work)[0] for _ in range(repeat))


def both(work) -> tuple[float, float]:
    """Processor time of this thread, and time on the clock, s."""
    begin, cpu = time.perf_counter(), time.thread_time()
    work()
    return time.thread_time() - cpu, time.perf_counter() - begin


@njit(nogil=True, fastmath={"contract"})
def _multiply_add(a, turns):
    for _ in range(turns):
        for i in range(a.size):
            x = a[i]
            for _ in range(16):
                x = x * 0.999999 + 1e-9
            a[i] = x


def peak_gflops() -> float:
    a = np.ones(512)
    _multiply_add(a, 1)
    return 20_000 * 512 * 32 / best(lambda: _multiply_add(a, 20_000)) / 1e9


def flops_of_step(wiring: Wiring, state: int) -> float:
    """Floating point operations of one step for one compartment, counted from the kernels: two sweeps of all lanes, and
    what goes with each compartment beside them (flows twice, books, level, error)."""
    count = wiring.member.shape[1]
    entries, pairs = int((wiring.mate[state] >= 0).sum()), int(wiring.first_pair[state].max())
    filled = int((wiring.filled[state] == 1).sum())
    # an entry that nothing fills in is real: 10 to push it on, 4 for its pair, 4 back; else 14, 8 and 8
    sweep = LANES * (26 * count + 14 * entries + 8 * filled + 4 * pairs)
    return 2.0 * sweep / count + 190.0


def ensembles(quick: bool) -> None:
    wiring, air, limits = scenario.lumped()
    worlds = 2000 if quick else 8000
    place, area = scenario.holes(worlds)
    watched = np.zeros((worlds, 12), dtype=np.bool_)

    def run(a: int, b: int, times=NONE, tolerance: float = TOLERANCE):
        part = scenario.draws(place[a:b], area[a:b])
        return run_worlds(wiring, air, limits, part, watched[a:b], scenario.DAY, tolerance, times)

    run(0, 8)
    alone = [both(lambda: run(0, worlds)) for _ in range(5)]
    one, peak = min(cpu for cpu, _ in alone), peak_gflops()
    steps, half = run(0, worlds), worlds // 2
    halves = ((0, half), (half, worlds))
    with ThreadPoolExecutor(2) as pool:

        def two() -> tuple[float, float]:
            begin = time.perf_counter()
            found = [f.result() for f in [pool.submit(both, lambda a=a, b=b: run(a, b)) for a, b in halves]]
            return max(cpu for cpu, _ in found), time.perf_counter() - begin

        together = [two() for _ in range(5)]
    busy, clock, clock_two = min(t for t, _ in together), min(t for _, t in alone), min(t for _, t in together)
    got = f"{worlds / one:,.0f} (by the clock {worlds / clock:,.0f})"
    row("lumped ensemble, scenario-days for a second of one core", got, "10,000")
    by_clock = f"by the clock {worlds / clock_two:,.0f}: {clock / clock_two:.2f}"
    row("the same with two threads", f"{worlds / busy:,.0f}: {one / busy:.2f} times ({by_clock})", "near twice")
    row("steps of a scenario, mean", f"{steps.steps.mean():.1f}, failed {int((steps.steps < 0).sum())}")
    work = steps.work.sum() * flops_of_step(wiring, 0) / one / 1e9
    row("fused multiply-add peak of one core, measured, GF/s", f"{peak:.1f}")
    row("counted flops of the propagator, GF/s", f"{work:.1f} = {100 * work / peak:.0f} % of the peak", "15 %")
    some = 24 if quick else 60
    times = np.linspace(0.0, scenario.DAY, 25)
    worst = abs(run(0, some, times).pressure_pa - reference(place[:some], area[:some], times)).max(axis=(1, 2))
    off = f"{worst.max():.3f}, {np.median(worst):.3f}"
    row("error against every hatch resolved at 1e-10, Pa: worst, median", off, "0.05")


def reference(place: np.ndarray, area: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Pressures (w, t, c) of the stiff model, cut where the hatch closes."""
    opened, shut = scenario.hatches()
    early, late = times[times <= scenario.CLOSES], times[times >= scenario.CLOSES]
    found = []
    for p, a in zip(place, area, strict=True):
        first = squeeze(scenario.network(opened, p, a), scenario.start(), early, 1e-10)
        second = squeeze(scenario.network(shut, p, a), first.state, late, 1e-10)
        found.append(np.concatenate([first.pressure_pa, second.pressure_pa[1:]]))
    return np.array(found)


def stiff() -> None:
    opened, shut = scenario.hatches()
    times = np.linspace(0.0, scenario.DAY, 1441)
    start, area = scenario.start(), 0.25 * np.pi * scenario.CD * 4e-6
    ajar = scenario.network(shut, 0, area, (Path("orifice", 0, 1, 1e-6),))
    full = scenario.network(opened, 0, area)
    squeeze(full, start, times)
    for name, network in (("all hatches resolved", full), ("a hatch that leaks 1 mm2", ajar)):
        out = squeeze(network, start, times, 1e-6)
        tight = squeeze(network, start, times, 1e-10)
        error = np.abs(out.pressure_pa - tight.pressure_pa).max()
        took = best(lambda network=network: squeeze(network, start, times, 1e-6), 10) * 1e3
        row(f"one stiff day at 1e-6, 1441 rows, {name}, ms", f"{took:.2f} ({out.steps} steps, {error:.2g} Pa)", "2")


def peers() -> None:
    if importlib.util.find_spec("scipy") is None:
        row("SciPy", "not installed")
        return
    from scipy.integrate import solve_ivp

    supply, removal = scenario.parts()
    child, parent = np.array(scenario.EDGES).T
    mass = np.array([31.9988e-3, 28.0134e-3, 44.0095e-3, 18.01528e-3])
    rt = GAS_CONSTANT * scenario.TEMPERATURE
    choke, volume = 0.684731, scenario.VOLUME
    hole = np.zeros(12)
    hole[0] = 0.25 * np.pi * scenario.CD * 4e-6

    def rates(t, y):
        n = y.reshape(12, 4)
        held = n.sum(axis=1)
        x, c, p = n / held[:, None], n / volume[:, None], held * rt / volume
        m = x @ mass
        d = supply - removal * n - (hole * choke * p / np.sqrt(rt * m))[:, None] * x
        dp = p[child] - p[parent]
        up = np.where(dp > 0, child, parent)
        w = scenario.HATCH * np.sqrt(2 * p[up] / (rt * m[up])) * dp / (dp * dp + 1e-4) ** 0.25
        f = w[:, None] * x[up] - scenario.FAN * c[parent]
        np.add.at(d, child, -f)
        np.add.at(d, parent, f)
        return d.ravel()

    y = scenario.start().moles.ravel()
    took = best(lambda: solve_ivp(rates, (0.0, scenario.DAY), y, "LSODA", rtol=1e-6, atol=1e-6), 1)
    row(
        "peer: SciPy LSODA, NumPy rates, as a user writes it, scenario-days for a second of one core",
        f"{1.0 / took:.2f}",
    )


def robust(ships: int) -> None:
    """Random ships, paths and tolerances: nothing stalls, and mass stays."""
    rng = np.random.default_rng(1)
    worst, most, stalled, begin = 0.0, 0, 0, time.perf_counter()
    for _ in range(ships):
        count = int(rng.integers(2, 10))
        volume = np.exp(rng.uniform(np.log(0.5), np.log(200.0), count))
        pressure = np.exp(rng.uniform(np.log(1e2), np.log(2e5), count))
        paths = [Path("orifice", k, int(rng.integers(0, k)), 10 ** rng.uniform(-7, 0.3)) for k in range(1, count)]
        paths += [Path("fan", p.origin, p.target, rng.uniform(0, 0.1)) for p in paths if p.size > 1e-2]
        paths.append(Path("orifice", int(rng.integers(0, count)), None, 10 ** rng.uniform(-8, -3)))
        moles = amount(pressure, volume, 295.0)[:, None] * rng.dirichlet([2, 7, 0.2, 0.2], count)
        state = type(scenario.start())(moles, np.full(count, 295.0))
        network, rtol = Network(volume, tuple(paths), isothermal=bool(rng.integers(0, 2))), 10 ** rng.uniform(-10, -3)
        try:
            out = squeeze(network, state, np.array([0.0, 10 ** rng.uniform(0, 5)]), rtol)
        except ArithmeticError:
            stalled += 1
            continue
        except Exception as error:
            print("stalled:", error, file=sys.stderr)
            stalled += 1
            continue
        off = np.abs(out.state.moles.sum(axis=0) + out.overboard_mol - moles.sum(axis=0)).max() / moles.sum()
        worst, most = max(worst, float(off)), max(most, out.steps + out.rejected)
    took = time.perf_counter() - begin
    what = f"{ships:,} random ships, tolerances 1e-10 to 1e-3: stalled, mass lost, most steps"
    row(what, f"{stalled}, {worst:.1e}, {most} ({took:.0f} s)", "0, 1e-12")


def tree(count: int) -> tuple[Wiring, Air, Draws]:
    """A ship of so many compartments, four to a branch, and worlds with a hole anywhere."""
    rng = np.random.default_rng(count)
    ends = np.array([(k, max(0, k - 1 - int(rng.integers(0, 3)))) for k in range(1, count)])
    cabin = Cabin(
        tuple(map(str, range(count))), tuple(map(str, range(count - 1))), rng.uniform(20.0, 100.0, count),
        np.full(count, 143.0), ends, ends, np.full(count - 1, 0.06),
    )  # fmt: skip
    none, warm = np.zeros((count, 4)), np.full(count, 295.0)
    density = np.tile(1e5 / (GAS_CONSTANT * 295.0) * scenario.MIX, (count, 1))
    air = Air(warm, density, none, np.zeros(count), np.zeros(4), none, none)
    worlds = 500
    one = np.ones((worlds, 1))
    chance = Draws(
        np.tile(cabin.volume_m3, (worlds, 1)), rng.integers(0, count, (worlds, 1)),
        1e-5 * rng.uniform(0.1, 1.0, (worlds, 1)), 0.0 * one, one, 1e5 * one,
        np.zeros((worlds, 0)), np.zeros((worlds, 0), dtype=np.int64), np.zeros((worlds, 0)),
    )  # fmt: skip
    return wiring_of(cabin, [np.ones(count - 1, dtype=np.bool_)]), air, chance


def scaling(largest: int) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    from hullwatch.simulation.ensemble import Dice, Ensemble, HatchPlan, run_ensemble

    wiring, air, limits = scenario.lumped()
    opened, shut = scenario.hatches()
    dice = Dice(np.arange(12), np.full(12, 3e-4), np.full(12, 5e-3), (0.7, 0.05), (0.0, 0.0), np.full(12, 0.05))
    whole = Ensemble(
        scenario.ship(), air, limits, HatchPlan(opened, ((scenario.CLOSES, 0.0, shut),)), dice, scenario.DAY,
        np.array([scenario.DAY]), thermal="fixed",
    )  # fmt: skip
    run_ensemble(whole, 10, 1)
    by_worlds = []
    for worlds in [n for n in (100, 1000, 10_000, 100_000, 1_000_000) if n <= largest]:
        begin, cpu = time.perf_counter(), time.process_time()
        run_ensemble(whole, worlds, 1)
        took, clock = time.process_time() - cpu, time.perf_counter() - begin
        by_worlds.append((worlds, took))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        what = f"{worlds:,} worlds drawn, moved and tallied, one thread, s"
        row(what, f"{took:.2f} (by the clock {clock:.2f}; peak memory so far {memory:.0f} MB)")
    by_rooms = []
    for count in (4, 8, 16, 32, 64):
        wiring, air, chance = tree(count)
        given = (wiring, air, limits, chance, np.zeros((500, count), dtype=np.bool_), scenario.DAY, TOLERANCE, NONE)
        took = best(lambda given=given: run_worlds(*given), 3) / 500
        by_rooms.append((count, took))
        row(f"{count} compartments, us a world", f"{took * 1e6:.0f} ({took * 1e6 / count:.1f} a compartment)")
    return by_worlds, by_rooms


def starts() -> None:
    program = "import sys; sys.argv[0] = 'hullwatch'; from hullwatch.cli import main; main()"
    with tempfile.TemporaryDirectory() as place:
        words = [sys.executable, "-c", program, "simulate", "demo-leak", "--out", place, "--json"]

        def run(**env: str) -> tuple[float, float]:
            before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run(words, check=True, capture_output=True, env={**os.environ, **env})  # noqa: S603
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return cpu, time.perf_counter() - begin

        def said(times: tuple[float, float]) -> str:
            return f"{times[0]:.2f} (by the clock {times[1]:.2f})"

        run()
        row(
            "`hullwatch simulate demo-leak`, whole process, kernels cached, s",
            said(min(run() for _ in range(5))),
            "1.5",
        )
        row("the same, nothing compiled yet, s", said(run(NUMBA_CACHE_DIR=place + "/cold")), "20")
        words[3:5] = ["study", "reserve-time"]
        words += ["--worlds", "34", "--threads", "1"]
        cold = run(NUMBA_CACHE_DIR=place + "/cold2")
        row("`hullwatch study reserve-time --worlds 34`, nothing compiled yet, s", said(cold), "20")
        words[words.index("34")] = "20000"
        row("`hullwatch study reserve-time`, 20,000 worlds, one thread, s", said(run()))
        words[3:] = ["--help"]
        row("`hullwatch --help`, s", said(min(run() for _ in range(5))), "0.3")


def draw(by_worlds: list[tuple[int, float]], by_rooms: list[tuple[int, float]]) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "hullwatch", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8.0, 3.2), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.set(xlabel="worlds of 12 compartments", ylabel="processor time, s")
        right.set(xlabel="compartments", ylabel="processor time of one world, us", ylim=(1.0, 100.0))
        by_rooms = [(count, 1e6 * took) for count, took in by_rooms]
        for axes, points in ((left, by_worlds), (right, by_rooms)):
            x, y = np.array(points).T
            axes.loglog(x, y, "o-")
            axes.loglog(x, y[-1] * x / x[-1], "--", color="grey", label="in proportion")
            axes.set_xticks(x, [f"{value:,.0f}" for value in x])
            axes.yaxis.set_major_formatter("{x:g}")
            axes.minorticks_off()
            axes.legend(frameon=False)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(PICTURE, format="svg", metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--long", action="store_true")
    given = parser.parse_args()
    lines = File("/proc/cpuinfo").read_text().splitlines() if File("/proc/cpuinfo").exists() else []
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    load = os.getloadavg()[0]
    head = (
        f"`python benchmarks/speed/ensemble.py {' '.join(sys.argv[1:])}`, {dt.datetime.now(dt.UTC):%Y-%m-%d}, {cpu}, "
        f"{os.cpu_count()} cores shared with other work (load {load:.1f} at the start), "
        f"Python {platform.python_version()}."
    )
    print(head + "\n\n| what | measured | asked |\n| --- | --- | --- |")
    ensembles(given.quick)
    stiff()
    peers()
    robust(300 if given.quick else 10_000)
    by_worlds, by_rooms = scaling(1000 if given.quick else 1_000_000 if given.long else 100_000)
    starts()
    if given.write:
        draw(by_worlds, by_rooms)
        PAGE.write_text(page(head), encoding="utf-8")


def page(head: str) -> str:
    rows = "\n".join(f"| {a} | {b} | {c} |" for a, b, c in ROWS)
    return f"""# How fast, and how exact at that speed

<!-- Made by a command, named below; do not edit. -->

{head}

The scenario depress-12: 12 compartments in a tree, 4 species, a day, a hatch that closes after 6 hours; holes of 0.3 to
5 mm anywhere. Times are the shortest of a few runs, in seconds of processor time; where the clock is meant it says so.
With two threads: the processor time of one thread that does all, over that of the busier of two.

| what | measured | asked |
| --- | --- | --- |
{rows}

![Cost against worlds and compartments](../img/speed-scaling.svg)

The ensembles move each world by its flow matrix (`models/propagator.py`), which holds for fixed temperatures and holes
into vacuum; a hole that empties its group in fewer than 100 wall times goes in short steps with changing temperature
(`models/stepped.py`), some hundred times slower. Open hatches are lumped into one pressure; what lumping leaves out is
part of the error above, which is taken against every hatch resolved (`models/network.py`).
"""


if __name__ == "__main__":
    main()
