"""Whether location is calibrated, on searches of the ISS of 2018: `python benchmarks/skill/location.py [--write]`.

Each search: a leak somewhere, hatch tests (the most telling hatch each time, gauges with noise), somebody listening,
air seen to move, a report. Then the probabilities said are compared with how often they were right. What is seen is
drawn by this file's own rules, in places harsher than the likelihoods believe.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from located import PAGE, cuts_of
from pages import put

from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.location import compartment as tests
from hullwatch.location import flow, hatch_tests, reports, sound
from hullwatch.location.leak import Scene
from hullwatch.location.posterior import Belief, Piece, weigh
from hullwatch.location.spots import Spots, spots_of
from hullwatch.records import Bools, GroupState, Interval
from hullwatch.units import DAY_S, kg_day
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open
from hullwatch.vehicle.load import load_vehicle

TEST_S, GAUGE_PA = 3_600.0, 15.0
RATE_SD = 0.08  # how well the rate is known when the search begins, standard deviation of its logarithm
MOST_TESTS, SEED = 12, 20200924
BINS = np.linspace(0.0, 1.0, 11)


@dataclass(frozen=True)
class World:
    """How searches go: share of what misleads, how much louder or quieter holes are than believed, how much is done."""

    name: str
    misleads: float = 0.02
    louder_db: float = 0.0
    most_tests: int = MOST_TESTS
    spoken: bool = True


WORLDS = (
    World("as believed"),
    World("hatch tests only", spoken=False),
    World("words and ears only", most_tests=0),
    World("three hatch tests", most_tests=3),
    World("5 % of all evidence misleads", misleads=0.05),
    World("holes 8 dB quieter than believed", louder_db=-8.0),
)


@dataclass(frozen=True)
class Searched:
    """One search: what was believed of every compartment at its end, and which one it was."""

    belief: tuple[tuple[str, float], ...]
    truth: str
    tests: int


def search(world: World, ship: Vehicle, spots: Spots, cuts: Sequence[Bools], rng: np.random.Generator) -> Searched:
    """One leak looked for until 95 % are in one compartment, or enough was tried."""
    place = int(rng.choice(len(spots.name), p=np.exp(spots.log_prior)))
    truth = spots.compartment[place]
    rate = float(np.exp(rng.uniform(np.log(1.0), np.log(2_000.0)))) / DAY_S
    known = rate * float(np.exp(RATE_SD * rng.standard_normal()))
    interval = Interval(known, known * np.exp(-SIGMAS_90 * RATE_SD), known * np.exp(SIGMAS_90 * RATE_SD))
    pressure, kelvin = ship.atmosphere.pressure_pa.value, ship.atmosphere.temperature_k.value
    scene = Scene(ship, spots, default_open(ship), interval, pressure, kelvin)
    pieces = spoken(world, scene, truth, rate, rng) if world.spoken else []
    belief = weigh(spots, pieces)
    done = 0
    memory = tests.begin(ship, spots.rooms)
    while done < world.most_tests and belief.compartments[0][1] < 0.95:
        groups, flow_m3_s, flow_sd = hatch_test(world, scene, belief, cuts, truth, rate, rng)
        memory = tests.end_epoch(memory, groups, flow_m3_s, flow_sd)
        done += 1
        said = dict(zip(spots.rooms, normal([w for _, w in memory.log_weight]), strict=True))
        belief = weigh(
            spots, [hatch_tests.watched_piece(spots, hatch_tests.told_by(tests.prior_of(spots), said), ""), *pieces]
        )
    return Searched(belief.compartments, truth, done)


def normal(log_weight: Sequence[float]) -> list[float]:
    """Probabilities of log weights."""
    log = np.array(log_weight)
    return [float(p) for p in np.exp(log - np.logaddexp.reduce(log))]


def hatch_test(
    world: World, scene: Scene, belief: Belief, cuts: Sequence[Bools], truth: str, rate: float, rng: np.random.Generator
) -> tuple[list[GroupState], float, float]:
    """Shut the hatch nearest to halving the belief; both sides' losses as gauges would give them after an hour."""
    ship, spots = scene.vehicle, scene.spots
    rooms = dict(belief.compartments)
    share = np.array([rooms[c] for c in spots.rooms])
    beyond = min(cuts, key=lambda cut: abs(float(share[cut].sum()) - 0.5))
    density = scene.density_kg_m3
    misled = rng.random() < world.misleads
    groups = []
    for k, side in enumerate((beyond, ~beyond)):
        inside = [c for c, s in zip(spots.rooms, side, strict=True) if s]
        volume = sum(ship.compartment(c).volume_m3.value for c in inside)
        sd = float(np.sqrt(sum(ship.compartment(c).volume_m3.sd ** 2 for c in inside)))
        real = max(0.3 * volume, volume + sd * rng.standard_normal())
        true_loss = rate / density / real if truth in inside else 0.0
        if misled:
            true_loss = abs(rng.standard_normal()) * tests.BROAD * rate / density / volume
        noise = np.sqrt(2.0) * GAUGE_PA / scene.pressure_pa / TEST_S
        groups.append(
            GroupState(
                group=k, compartments=tuple(inside), time_s=0.0, volume_m3=volume, volume_sd_m3=sd,
                pressure_pa=scene.pressure_pa, temperature_k=scene.temperature_k, mass_kg=density * volume,
                mass_sd_kg=0.0, loss_per_s=true_loss + noise * rng.standard_normal(), loss_sd_per_s=float(noise),
                followed=True, ppo2_pa=None, sensors=1,
            )
        )  # fmt: skip
    believed = scene.rate_kg_s.median / density
    return groups, believed, RATE_SD * believed


def spoken(world: World, scene: Scene, truth: str, rate: float, rng: np.random.Generator) -> list[Piece]:
    """A report half of the time, somebody listening in three rooms, an air sensor at a hatch."""
    rooms, pieces = scene.spots.rooms, []

    def misled() -> bool:
        return bool(rng.random() < world.misleads)

    if rng.random() < 0.5:
        sure = float(rng.choice([0.4, 0.6, 0.8]))
        pieces.append(reports.report_piece(scene, reported(scene, truth, sure, misled(), rng), sure, "report"))
    real = replace(scene, rate_kg_s=Interval(rate, rate, rate))
    crack = rng.random() < sound.quiet_share(kg_day(rate))
    for room in rng.choice(rooms, 3, replace=False):
        racks = bool(rng.random() < 0.5)
        level = heard_db(real, str(room), truth, racks, crack or misled(), world.louder_db, rng)
        if level < sound.NOTICED_DB:
            pieces.append(sound.silence_piece(scene, str(room), racks, f"silence {room}"))
        else:
            pieces.append(sound.ultrasound_piece(scene, str(room), level, racks, f"level {room}"))
    hatch = scene.vehicle.hatches[int(rng.integers(len(scene.vehicle.hatches)))]
    if hatch.id in scene.open_hatches:
        toward = hatch.between[1]
        true = float(flow.speed_toward(real, hatch.id, toward)[scene.spots.compartment.index(truth)])
        seen = 0.0 if misled() else true
        speed = seen + flow.DRAUGHT_M_S * rng.standard_normal()
        end = toward if speed > 0.0 else hatch.between[0]
        pieces.append(flow.flow_piece(scene, hatch.id, end, abs(speed), False, "flow"))
    return pieces


def reported(scene: Scene, truth: str, sure: float, misled: bool, rng: np.random.Generator) -> str:
    """The room somebody names."""
    rooms = scene.spots.rooms
    if misled:
        return str(rng.choice(rooms))
    if rng.random() < sure:
        return truth
    near = sorted({s for h in scene.vehicle.hatches if truth in h.between for s in h.between} - {truth})
    others = [c for c in rooms if c != truth and c not in near]
    return str(rng.choice(near if near and rng.random() < reports.NEXT_DOOR else others))


def heard_db(
    real: Scene, room: str, truth: str, racks: bool, silent: bool, louder_db: float, rng: np.random.Generator
) -> float:
    """What a detector shows over the noise: sound powers added up, the source's strength drawn before they are."""
    reading = sound.READING_DB * float(rng.standard_normal())
    if silent:
        return reading
    source = sound.SOURCE_DB + 10.0 * np.log10(kg_day(real.rate_kg_s.median) / sound.SOURCE_KG_DAY) + louder_db
    level = source + sound.SPREAD_DB * rng.standard_normal() - sound.ways_db(real, room)[truth]
    level -= sound.RACKS_DB if racks else 0.0
    return float(10.0 * np.log10(1.0 + 10.0 ** (level / 10.0))) + reading


# --- tables -----------------------------------------------------------------------------------------------------------


def calibration(said: np.ndarray, right: np.ndarray) -> tuple[float, list[tuple[float, float, int]]]:
    """Expected calibration error, and for each bin what was said, how often it was right, and of how many."""
    which = np.clip(np.digitize(said, BINS) - 1, 0, len(BINS) - 2)
    rows = []
    for k in range(len(BINS) - 1):
        mine = which == k
        if mine.any():
            rows.append((float(said[mine].mean()), float(right[mine].mean()), int(mine.sum())))
    error = sum(n * abs(p - hit) for p, hit, n in rows) / len(said)
    return float(error), rows


def main() -> None:
    options = argparse.ArgumentParser(description="Calibration of simulated searches.")
    options.add_argument("--searches", type=int, default=1_500, help="searches in each world")
    options.add_argument("--write", action="store_true", help="put the tables into docs/explanation")
    chosen = options.parse_args()
    began = time.process_time()
    ship = load_vehicle("iss-2018-08-29")
    spots, cuts = spots_of(ship), cuts_of(ship)
    lines = [
        "| world | first named right | 95 % reached | of these right | hatch tests, mean | calibration error of the "
        "first named | of every probability said |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    curve: list[str] = []
    for world in WORLDS:
        rng = np.random.default_rng(SEED)
        done = [search(world, ship, spots, cuts, rng) for _ in range(chosen.searches)]
        top = np.array([d.belief[0][1] for d in done])
        hit = np.array([d.belief[0][0] == d.truth for d in done])
        sure = top >= 0.95
        every = np.array([p for d in done for _, p in d.belief])
        true = np.array([c == d.truth for d in done for c, _ in d.belief])
        error, rows = calibration(top, hit)
        all_error, _ = calibration(every, true)
        lines.append(
            f"| {world.name} | {hit.mean():.1%} | {sure.mean():.1%} | {hit[sure].mean() if sure.any() else 0.0:.1%} | "
            f"{np.mean([d.tests for d in done]):.1f} | **{error:.3f}** | {all_error:.4f} |"
        )
        print(lines[-1], flush=True)
        if world.name == "three hatch tests":
            curve = ["| said | right | searches |", "| --- | --- | --- |"]
            curve += [f"| {p:.2f} | {r:.2f} | {n} |" for p, r, n in rows]
    print("\n".join(curve))
    if chosen.write:
        parts = [
            f"{chosen.searches} searches in each world, seed {SEED}. Leaks of 1 to 2,000 kg/day; a gauge of "
            f"{GAUGE_PA:g} Pa and an hour for each hatch test.",
            "\n".join(lines),
            "What was said and how often it was right, after three hatch tests:",
            "\n".join(curve),
        ]
        command = f"python benchmarks/skill/location.py --searches {chosen.searches} --write"
        put(PAGE, command, parts, time.process_time() - began, "location")


if __name__ == "__main__":
    main()
