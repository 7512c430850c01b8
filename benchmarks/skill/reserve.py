"""Reserve time in simulated worlds: `python benchmarks/skill/reserve.py [--worlds 10000] [--watched 200] [--write]`.

Truth: one volume (drawn about 916 m3) with a hole of 2 to 100 mm (even in the logarithm; discharge coefficient drawn),
moved by `models/cabin` with its walls to the evacuation limit.
Seen: one gauge a second with white noise and codes of 0.1 mmHg, a constant error, warmth that no thermometer shows
(Matern 3/2, the vehicle's 0.072 K over half an hour), flow that nobody meters (2 kg/day), ten minutes before the hole
and what follows. Known: `response/reserve_fit` of those readings, then `response/reserve`. Asked at max(60 s, 1.2
detection times) and later; the detection time is that of an ideal detector at one false alarm in ten years: when the
loss is sqrt(2 ln(gamma)) of its own doubt, which is earlier, and so harder, than any real watch asks.
--watched adds the same question to the whole watch, with its own detection, as it is; --worlds 0 asks it alone. On the
page both have their own marks: what is not run stays as it was.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from pages import put

from hullwatch.models.cabin import Cabin, State, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.physics.gas import amount, fractions
from hullwatch.records import Floats, GroupState, Interval, Samples
from hullwatch.response.forecast import forecast
from hullwatch.response.reserve import Supposed, crew_formulas, reserve_times, wall_time_of
from hullwatch.response.reserve_fit import Gauge, fit_fall
from hullwatch.response.walls import unsettled
from hullwatch.units import TO_SI
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.load import load_vehicle
from hullwatch.watch import Settings, begin, watch
from hullwatch.watch import groups as pressure

PAGE = Path(__file__).parents[2] / "docs/explanation/reserve-time.md"
START_S, LEAD_S, LONGEST_S = 1.6e9, 600.0, 7200.0
LN_GAMMA = 19.6  # one false alarm in ten years, METHODS 4
NOISE_PA, QUANTUM_PA = 13.3, 13.466
AFTER = (1.0, 2.0, 5.0)  # times of asking, in units of the first
LIMIT = "evacuate"
BANDS = ((2.0, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, 50.0), (50.0, 100.0), (2.0, 100.0))
PER_BIN = 60  # readings before and after are averaged into about so many bins each


@dataclass(frozen=True)
class Asked:
    """One question to one world: how large a hole, how long after it opened, truth and answers in s."""

    diameter_mm: float
    nth: int
    after_s: float
    truth_s: float
    said: Interval
    linear_s: float
    exponential_s: float


@dataclass(frozen=True)
class Truth:
    """A hole: its size, the volume, and the cabin's pressure from its opening to beyond the limit."""

    diameter_m: float
    loss_per_s: float
    time_s: Floats
    pressure_pa: Floats
    passed_s: float


def hole(rng: np.random.Generator, vehicle: Vehicle) -> Truth:
    """Draw a hole and play it to the limit."""
    limit = next(each for each in vehicle.limits if each.id == LIMIT).value_pa.value
    room, air, cd = vehicle.compartments[0], vehicle.atmosphere, vehicle.discharge_coefficient
    diameter = 2e-3 * 50.0 ** rng.random()
    area = 0.25 * np.pi * diameter**2 * float(np.clip(cd.value + cd.sd * rng.standard_normal(), 0.5, 1.0))
    volume = room.volume_m3.value * max(1.0 + room.volume_m3.sd / room.volume_m3.value * rng.standard_normal(), 0.5)
    warm = air.temperature_k.value
    pairs, zero, none = np.zeros((0, 2), np.int64), np.zeros(1), np.zeros((1, 4))
    wall = wall_time_of((room.id,), vehicle) * float(np.exp(0.3 * rng.standard_normal()))
    cabin = Cabin(("A",), (), np.array([volume]), np.array([wall]), pairs, pairs, np.zeros(0))
    share = fractions(air.pressure_pa.value, air.ppo2_pa.value, air.ppco2_pa.value, air.pph2o_pa.value)
    state = State(amount(air.pressure_pa.value, volume, warm) * share[None, :], np.array([warm]))
    gains = Gains(none, np.array([warm]), zero, np.zeros(4), none, none)
    holes = Holes(np.zeros(1, np.int64), np.array([area]), zero, zero, zero)
    walls, ways = Walls(0.0, 60.0, np.array([[warm]])), ways_of(cabin, np.zeros(0, np.bool_))
    loss = area * 0.685 * np.sqrt(287.0 * warm) / volume
    end = 1.2 * np.log(air.pressure_pa.value / limit) / loss
    times, falls, now = [], [], 0.0
    for stop, every in ((min(end, LONGEST_S), max(0.5, min(end, LONGEST_S) / 1500)), (end, max(end / 500, 60.0))):
        if stop > now:
            state, track, _ = advance(cabin, state, ways, holes, gains, walls, now, stop, every)
            times.append(track.time_s)
            falls.append(track.pressure_pa[:, 0])
            now = stop
    t, p = np.concatenate(times), np.concatenate(falls)
    return Truth(diameter, loss, t, p, float(np.interp(-np.log(limit), -np.log(p), t)))


def unseen(rng: np.random.Generator, vehicle: Vehicle, clock: Floats) -> Floats:
    """Factor on pressure by warmth no thermometer shows and flow nobody meters, (n,)."""
    heat, air = vehicle.thermal, vehicle.atmosphere
    grid = np.arange(clock[0], clock[-1] + 20.0, 20.0)
    keep, kick = np.exp(-20.0 / heat.residual_s), rng.standard_normal(grid.size + 1)
    drive = np.sqrt(2.0) * heat.blind_residual_k * kick[0]
    warm = heat.blind_residual_k * (kick[0] + rng.standard_normal()) / np.sqrt(2.0)  # correlated by 0.707 at rest
    out = np.empty(grid.size)
    for k in range(grid.size):
        out[k] = warm
        warm = keep * (warm + 20.0 / heat.residual_s * drive)
        drive = keep * drive + np.sqrt(2.0 * (1.0 - keep * keep)) * heat.blind_residual_k * kick[k + 1]
    flow = vehicle.supply.unmetered_kg_s / (1.2 * vehicle.volume_m3) * rng.standard_normal()
    return np.asarray(np.exp(np.interp(clock, grid, out) / air.temperature_k.value + flow * (clock - clock[0])))


def gauge_of(vehicle: Vehicle, per_bin: float = 1.0) -> Gauge:
    """What the fit is told of the gauge and of what is not seen."""
    flow = vehicle.supply.unmetered_kg_s / (1.2 * vehicle.volume_m3)
    heat = vehicle.thermal
    return Gauge(NOISE_PA / np.sqrt(per_bin), QUANTUM_PA, heat.blind_residual_k, heat.residual_s, flow, NOISE_PA)


def detected_s(truth: Truth, vehicle: Vehicle) -> float:
    """When an ideal detector would have it: the loss against its doubt, from the covariance alone."""
    low, high = 3.0, LONGEST_S
    for _ in range(12):
        middle = float(np.sqrt(low * high))
        clock = np.concatenate([-np.linspace(LEAD_S, 5.0, 30), np.linspace(middle / 30, middle, 30)])
        p = np.interp(clock, truth.time_s, truth.pressure_pa, left=truth.pressure_pa[0])
        found = fit_fall(
            clock, p, gauge_of(vehicle, max(middle / 30, 1.0)), wall_time_of((vehicle.compartments[0].id,), vehicle),
            vehicle.atmosphere.temperature_k.value, 0.0, 0.3 * middle, 2,
        )  # fmt: skip
        sure = found.loss_per_s**2 / (2.0 * found.loss_sd_per_s**2) >= LN_GAMMA
        low, high = (low, middle) if sure else (middle, high)
    return high


def world(seed: int, number: int, vehicle: Vehicle) -> list[Asked]:
    """One world, asked at each time after its hole has opened."""
    rng = np.random.default_rng([seed, number])
    truth = hole(rng, vehicle)
    first = max(60.0, 1.2 * detected_s(truth, vehicle))
    limit = next(each for each in vehicle.limits if each.id == LIMIT)
    clock = np.arange(-LEAD_S, min(AFTER[-1] * first, 0.98 * truth.passed_s), 1.0) + rng.random()
    true = np.interp(clock, truth.time_s, truth.pressure_pa, left=truth.pressure_pa[0]) * unseen(rng, vehicle, clock)
    read = np.round((true + NOISE_PA * rng.standard_normal(clock.size)) / QUANTUM_PA) * QUANTUM_PA
    offset = vehicle.channels[0].bias_si * rng.standard_normal()
    asked = []
    for nth, times in enumerate(AFTER):
        now = times * first
        if now >= 0.98 * truth.passed_s:
            break
        # bins a quiet stretch and the fall, each evenly; the moment of the hole is known to about a bin
        kept = clock <= now
        edges = np.concatenate([np.linspace(-LEAD_S, 0.0, PER_BIN // 2 + 1)[:-1], np.linspace(0.0, now, PER_BIN + 1)])
        bins = np.searchsorted(edges, clock[kept], side="right")
        count = np.bincount(bins)
        some = count > 0
        t = np.bincount(bins, clock[kept])[some] / count[some]
        p = np.bincount(bins, read[kept] + offset)[some] / count[some]
        found = fit_fall(
            t, p, gauge_of(vehicle, float(np.median(count[some]))),
            wall_time_of((vehicle.compartments[0].id,), vehicle), vehicle.atmosphere.temperature_k.value,
            (0.1 * now + 5.0) * rng.standard_normal(), 0.1 * now + 5.0,
        )  # fmt: skip
        wall = vehicle.atmosphere.temperature_k.value
        volume = vehicle.volume_m3
        state = GroupState(
            0, (vehicle.compartments[0].id,), now, volume, 0.1 * volume, found.pressure_pa,
            wall * float(np.exp(found.cooled)), 1.2 * volume, 0.0, found.loss_per_s, found.loss_sd_per_s, True, None, 1,
            found.cooled, float(np.hypot(found.pressure_sd_pa, vehicle.channels[0].bias_si)),
        )  # fmt: skip
        supposed = Supposed(wall_time_s=found.wall_time_s, wall_share=found.wall_share)
        said = reserve_times(state, vehicle, [limit], supposed)[0].reserve_time_s
        if said is not None:
            formulas = crew_formulas(state, vehicle, limit.value_pa.value, supposed)
            asked.append(Asked(1e3 * truth.diameter_m, nth, now, truth.passed_s - t[-1], said, *formulas))
    return asked


def rows(asked: list[Asked], nth: int) -> list[str]:
    """A table of one time of asking."""
    lines = [
        "| hole, mm | worlds | asked after, s | median error | bias | 90 % interval covers | linear | exponential |",
        "| --- " * 8 + "|",
    ]
    for low, high in BANDS:
        some = [a for a in asked if a.nth == nth and low <= a.diameter_mm < high]
        if not some:
            continue
        error = np.array([a.said.median / a.truth_s - 1.0 for a in some])
        inside = np.array([a.said.low <= a.truth_s <= a.said.high for a in some])
        linear, exponential = (
            np.median([getattr(a, k) / a.truth_s - 1.0 for a in some]) for k in ("linear_s", "exponential_s")
        )
        lines.append(
            f"| {low:g}-{high:g} | {len(some)} | {np.median([a.after_s for a in some]):.0f} | "
            f"{np.median(np.abs(error)):.1%} | {np.median(error):+.1%} | {inside.mean():.1%} | {linear:+.0%} | "
            f"{exponential:+.0%} |"
        )
    return lines


def watched(seed: int, number: int, vehicle: Vehicle) -> Asked | None:
    """The same question to the whole watch, at 1.2 of its own detection times; None where it found no leak in time."""
    rng = np.random.default_rng([seed, number])
    truth = hole(rng, vehicle)
    limit = next(each for each in vehicle.limits if each.id == LIMIT)
    # at any moment of a minute: gauges are read, and averaged, at full ones
    opened, settings = START_S + 3.0 * LEAD_S + 60.0 * np.random.default_rng([seed, number, 1]).random(), Settings(1.0)
    clock = np.arange(START_S, opened + min(truth.passed_s, LONGEST_S), 1.0)
    true = np.interp(clock - opened, truth.time_s, truth.pressure_pa, left=truth.pressure_pa[0])
    samples = _speak(rng, vehicle, clock, true * unseen(rng, vehicle, clock))
    memory, _ = begin(vehicle, "world", {}, settings, START_S)
    done, now, due = 0, opened - 1.0, np.inf
    while now < min(float(clock[-1]), opened + 0.98 * truth.passed_s):
        stop = int(np.searchsorted(samples.time_s, now, side="right"))
        part = Samples(samples.time_s[done:stop], samples.item[done:stop], samples.value[done:stop], samples.items)
        memory, said = watch(memory, vehicle, settings, part)
        done = stop
        if now >= due:
            break
        found = [e.time_s for e in said if e.kind == "incident_opened" and e.time_s >= opened]
        due = min(due, *(opened + max(60.0, 1.2 * (f - opened)) for f in found)) if found else due
        now = min(max(due, now + 1.0), now + max(2.0, 0.05 * (now - opened)))
    states = pressure.states(memory.groups, vehicle, memory.latest)
    if not states or not states[0].followed or now < due:
        return None
    onset_s = max((i.onset_s.median for i in memory.incidents if i.leaking), default=states[0].time_s)
    ahead = unsettled(states[0], vehicle, states[0].time_s - onset_s)  # as watch.estimate says it
    interval = {f.limit: f.reserve_time_s for f in forecast(ahead, vehicle)}[LIMIT]
    if interval is None:
        return None
    formulas = crew_formulas(states[0], vehicle, limit.value_pa.value)
    return Asked(
        1e3 * truth.diameter_m, 0, now - opened, truth.passed_s - (states[0].time_s - opened), interval, *formulas
    )


def _speak(rng: np.random.Generator, vehicle: Vehicle, clock: Floats, pressure_pa: Floats) -> Samples:
    """Codes of every pressure gauge of the vehicle, on change."""
    times, items, values = [], [], []
    for k, channel in enumerate(vehicle.channels):
        if channel.quantity == "pressure":
            _, factor, offset = TO_SI[channel.unit]
            noise = channel.bias_si * rng.standard_normal() + channel.noise_si * rng.standard_normal(clock.size)
            step = channel.quantum_si / factor
            value = np.round((pressure_pa + noise - offset) / factor / step) * step
            new = np.flatnonzero(np.diff(value, prepend=np.nan) != 0.0)
            times.append(clock[new])
            items.append(np.full(new.size, k))
            values.append(value[new])
    order = np.argsort(np.concatenate(times), kind="stable")
    time_s, item, value = (np.concatenate(part)[order] for part in (times, items, values))
    return Samples(time_s, item.astype(np.int64), value, tuple(c.id for c in vehicle.channels))


def main() -> None:
    """Print the tables, or put them on the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--watched", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=np.inf, help="stop after so long; the worlds done are counted")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    vehicle, began, asked, done = load_vehicle("iss-airlock"), time.process_time(), [], 0
    found = [watched(args.seed, k, vehicle) for k in range(args.watched)]
    watch_s = time.process_time() - began
    until = time.perf_counter() + 60.0 * args.minutes
    while done < args.worlds and time.perf_counter() < until:
        asked += world(args.seed, done, vehicle)
        done += 1
        if sys.stderr.isatty() and done % 50 == 0:
            sys.stderr.write(f"\r{done} of {args.worlds} worlds ")
    fits, watches = _parts(asked), _watched_parts(found)
    if args.write and done:
        command = f"python benchmarks/skill/reserve.py --worlds {done} --seed {args.seed} --write"
        put(PAGE, command, fits, time.process_time() - began - watch_s)
    if args.write and found:
        command = f"python benchmarks/skill/reserve.py --worlds 0 --watched {args.watched} --seed {args.seed} --write"
        put(PAGE, command, watches, watch_s, "measured with the watch")
    print("\n\n".join([*fits, *watches]))


def _parts(asked: list[Asked]) -> list[str]:
    """What the fit reaches, a table for each time of asking."""
    parts: list[str] = []
    for nth, times in enumerate(AFTER):
        some = rows(asked, nth)
        if len(some) > 2:
            head = f"**Asked at {times:g} x max(60 s, 1.2 detection times)** after the hole opened:"
            parts += [head, "\n".join(some)]
    return parts


def _watched_parts(found: list[Asked | None]) -> list[str]:
    """What the whole watch reaches."""
    said = [a for a in found if a is not None]
    head = (
        f"**The whole watch as it is**, {len(found)} of these worlds on its two gauges, at 1.2 of its own "
        f"detection times ({len(found) - len(said)} not found within two hours or before the limit):"
    )
    return [head, "\n".join(rows(said, 0))] if found else []


if __name__ == "__main__":
    main()
