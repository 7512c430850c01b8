"""Does the patch hold? In simulated rooms: `python benchmarks/skill/clearance.py [--worlds 20000] [--write]`.

Truth: 6 m3, losing 0.01 (tight) or 0.1 kg/day (limit); warmth that no thermometer shows of 0.02 K, forgotten in 1.5 h,
smooth (Matern 3/2, what the test believes) or rough (Ornstein-Uhlenbeck, what it does not); 0.5 K left of shutting the
hatch, gone with the walls' 143 s. Seen: a reading a minute, noise 0.1 mmHg, codes of 0.1 mmHg. Known: `response/hold`
and `response/clearance` at risks of 1e-3. A few harder rooms besides: a gauge of 1 mmHg, a volume in doubt, a
thermometer with a daily swing, a vestibule on a Soyuz check, and rates between and beyond.
"""

import argparse
import math
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from pages import put

from hullwatch.compiled import kernel
from hullwatch.records import Floats
from hullwatch.response import hold
from hullwatch.response.clearance import ClearanceMemory, Terms, judge, terms_of
from hullwatch.units import DAY_S, HOUR_S, MMHG_PA

PAGE = Path(__file__).parents[2] / "docs/explanation/clearance.md"
PRESSURE_PA, TEMPERATURE_K, AIR_KG_M3 = 98_700.0, 295.0, 1.166
WALLS_S, SETTLE_K, MINUTE_S, GLASS_STEP_K = 143.0, 0.5, 60.0, 0.0625


@dataclass(frozen=True)
class Room:
    """A room, its gauge, and what the test is told."""

    name: str
    volume_m3: float
    heat_k: float
    heat_s: float
    rough: bool
    noise_mmhg: float
    step_mmhg: float
    told: Terms
    every_s: float = MINUTE_S
    longest_s: float = 24.0 * HOUR_S
    volume_share: float = 0.0
    swing_k: float = 0.0  # of a thermometer that the gas follows by a gain drawn from the prior

    @property
    def mass_kg(self) -> float:
        return AIR_KG_M3 * self.volume_m3

    def believed(self) -> hold.Room:
        noise, step = self.noise_mmhg * MMHG_PA, self.step_mmhg * MMHG_PA
        glass = GLASS_STEP_K if self.swing_k > 0.0 else 0.0
        return hold.Room(noise, step, self.heat_k, self.heat_s, SETTLE_K, WALLS_S, glass_step_k=glass)


@kernel
def _warmth(draws: Floats, sd: float, relax: float, dt: float, rough: bool, out: Floats) -> None:
    keep, d = np.exp(-dt / relax), dt / relax
    drive, heat = np.sqrt(2.0) * sd * draws[0, 0], sd * (draws[0, 0] + draws[0, 1]) / np.sqrt(2.0)
    v_drive = 2.0 * sd * sd * (1.0 - keep * keep)
    v_heat = 4.0 * sd * sd * max(0.25 - keep * keep * (0.5 * d * d + 0.5 * d + 0.25), 0.0)
    a = np.sqrt(v_drive)
    b = 4.0 * sd * sd * max(0.25 - keep * keep * (0.5 * d + 0.25), 0.0) / a
    for k in range(out.size):
        if rough:
            heat = sd * draws[0, 1] if k == 0 else keep * heat + sd * np.sqrt(1.0 - keep * keep) * draws[k, 0]
        elif k > 0:
            heat = keep * (heat + d * drive) + b * draws[k, 0] + np.sqrt(max(v_heat - b * b, 0.0)) * draws[k, 1]
            drive = keep * drive + a * draws[k, 0]
        out[k] = heat


def readings(rng: np.random.Generator, room: Room, loss_kg_s: float) -> hold.Readings:
    """What the gauge shows from the shutting of the hatch on."""
    clock = np.arange(0.0, room.longest_s, room.every_s)
    warm = np.empty(clock.size)
    _warmth(rng.standard_normal((clock.size, 2)), room.heat_k, room.heat_s, room.every_s, room.rough, warm)
    warm += SETTLE_K * rng.standard_normal() * np.exp(-clock / WALLS_S)
    glass = np.full(clock.size, np.nan)
    if room.swing_k > 0.0:
        swing = room.swing_k * np.sin(2.0 * np.pi * (clock / DAY_S + rng.random()))
        warm += (0.8 + 0.3 * rng.standard_normal()) * (swing - swing[0])
        glass = TEMPERATURE_K + np.round(swing / GLASS_STEP_K) * GLASS_STEP_K
    mass = room.mass_kg * max(1.0 + room.volume_share * rng.standard_normal(), 0.3)
    true = PRESSURE_PA * np.exp(-loss_kg_s / mass * clock) * (1.0 + warm / TEMPERATURE_K) + rng.uniform(-30.0, 30.0)
    step = room.step_mmhg * MMHG_PA
    shown = np.round((true + room.noise_mmhg * MMHG_PA * rng.standard_normal(clock.size)) / step) * step
    return hold.Readings(clock, shown, glass)


def run(room: Room, loss_kg_day: float, worlds: int, seed: int) -> tuple[list[str], Floats]:
    """The verdict and the time of it, of every world."""
    verdicts, times = [], np.empty(worlds)
    for k in range(worlds):
        # both answers are tried in the same rooms
        rng = np.random.default_rng([seed, k])
        block = readings(rng, room, loss_kg_day / DAY_S)
        held, memory, done = hold.begin(room.believed(), PRESSURE_PA, TEMPERATURE_K), ClearanceMemory(room.told), 0
        # in blocks, which change nothing, so as to stop when the verdict has fallen
        while done < block.time_s.size and memory.decided_s is None:
            part = slice(done, done + 90)
            some = hold.Readings(block.time_s[part], block.pressure_pa[part], block.temperature_k[part])
            held, beliefs, _ = hold.hold(held, some)
            memory, said = judge(memory, beliefs)
            done += 90
        verdicts.append(said.verdict)
        times[k] = np.inf if said.decided_s is None else said.decided_s
    return verdicts, times


def binomial(wrong: int, worlds: int) -> tuple[float, float]:
    """90 % interval of a probability after so many wrong of so many (Clopper and Pearson), by bisection."""

    def tail(p: float, low: bool) -> float:
        # P(X <= wrong) or P(X < wrong), summed in logarithms
        total = 0.0
        for k in range(wrong + 1 if low else wrong):
            ways = math.lgamma(worlds + 1) - math.lgamma(k + 1) - math.lgamma(worlds - k + 1)
            total += math.exp(ways + k * math.log(p) + (worlds - k) * math.log1p(-p))
        return total if low else 1.0 - total

    ends = []
    for low in (False, True):
        a, b = 1e-12, 1.0 - 1e-12
        if not low and wrong == 0:
            ends.append(0.0)
            continue
        for _ in range(80):
            middle = math.sqrt(a * b) if b < 0.5 or a < 1e-3 else 0.5 * (a + b)
            above = tail(middle, low) > 0.05 if low else tail(middle, low) < 0.05
            a, b = (middle, b) if above else (a, middle)
        ends.append(a)
    return ends[0], ends[1]


def told(volume_m3: float, share: float = 0.0, limit_kg_day: float = 0.1, tight_kg_day: float = 0.01) -> Terms:
    mass = AIR_KG_M3 * volume_m3 * DAY_S
    return terms_of(limit_kg_day / mass, share, 1e-3, 1e-3, tight_kg_day / mass)


SMOOTH = Room("the figure: 6 m3, 0.02 K smooth, 0.1 mmHg", 6.0, 0.02, 1.5 * HOUR_S, False, 0.1, 0.1, told(6.0))
SOYUZ = terms_of(MMHG_PA / 1800.0 / PRESSURE_PA, 0.0, 1e-3, 1e-3)
VESTIBULE_KG_DAY = MMHG_PA / 1800.0 / PRESSURE_PA * AIR_KG_M3 * DAY_S  # for each m3
ROOMS: tuple[tuple[Room, tuple[float, ...]], ...] = (
    (SMOOTH, (0.01, 0.1)),
    (replace(SMOOTH, name="warmth rough (Ornstein-Uhlenbeck), believed smooth", rough=True), (0.01, 0.1)),
    (replace(SMOOTH, name="gauge of 1 mmHg", noise_mmhg=0.3, step_mmhg=1.0), (0.01, 0.1)),
    (replace(SMOOTH, name="volume in doubt by 15 %", volume_share=0.15, told=told(6.0, 0.15)), (0.01, 0.1)),
    (replace(SMOOTH, name="thermometer, 1 K daily swing, gain unknown", swing_k=1.0), (0.01, 0.1)),
    (replace(SMOOTH, name="warmth of 0.1 K", heat_k=0.1), (0.01, 0.1)),
    (replace(SMOOTH, name="no leak, half-way, far beyond"), (0.0, 0.05, 1.0)),
    (
        Room(
            "Soyuz check, vestibule 0.25 m3, 0.1 K over 1.5 h",
            0.25,
            0.1,
            1.5 * HOUR_S,
            False,
            0.1,
            0.1,
            SOYUZ,
            5.0,
            3 * HOUR_S,
        ),
        tuple(0.25 * VESTIBULE_KG_DAY * x for x in (0.1, 1.0, 5.0)),
    ),
)


def table(worlds: int, seed: int) -> list[str]:
    """All rooms."""
    lines = [
        "| room | truth, kg/day | rooms | holds | does not hold | not said | wrong, 90 % interval | mean | 90 % by |",
        "| --- " * 9 + "|",
    ]
    for place, (room, rates) in enumerate(ROOMS):
        count = worlds if place < 2 else max(worlds // 10, 1)
        for rate in rates:
            verdicts, times = run(room, rate, count, seed)
            mass = room.mass_kg * DAY_S
            tight, limit = (float(np.median(k)) * mass for k in (room.told.tight_per_s, room.told.limit_per_s))
            said = {v: verdicts.count(v) for v in ("holds", "does_not_hold", "cannot_be_said")}
            wrong = said["does_not_hold"] if rate <= 1.001 * tight else said["holds"] if rate >= 0.999 * limit else None
            error = (
                "either is right"
                if wrong is None
                else "{}, {:.1e} ({:.1e} to {:.1e})".format(wrong, wrong / count, *binomial(wrong, count))
            )
            done = np.sort(times)
            ninety = done[min(math.ceil(0.9 * count) - 1, count - 1)]
            mean = times[np.isfinite(times)].mean() if np.isfinite(times).any() else math.inf
            lines.append(
                f"| {room.name} | {rate:.3g} | {count} | {said['holds']} | {said['does_not_hold']} | "
                f"{said['cannot_be_said']} | {error} | "
                f"{mean / 60:.0f} min | {ninety / 60:.0f} min |"
            )
    return lines


def main() -> None:
    """Print the table, or put it on the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    began = time.process_time()
    lines = table(args.worlds, args.seed)
    if args.write:
        command = f"python benchmarks/skill/clearance.py --worlds {args.worlds} --seed {args.seed} --write"
        put(PAGE, command, ["\n".join(lines)], time.process_time() - began)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
