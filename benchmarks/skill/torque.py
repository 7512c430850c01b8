"""Which module leaks, from the torque of its thrust: `python benchmarks/skill/torque.py [--trials 600] [--write]`.

Leaks are drawn on the walls of the ISS of 12 October 2018, their torque is put under the real control torque of that
day, and the module is named from whole orbits before and after. The leaks are drawn, not computed to first order as
the likelihood does: place in its cell, plume, mass centre, drag, rate all have their own draw.

Put in as if attitude were held: a momentum manager that turns the ship until gravity balances the leak takes the torque
over from the gyros, and that share would have to be reckoned from the attitude first.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from located import PAGE, after_tests
from pages import put
from records import DATA

from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.location import momentum, torque
from hullwatch.location.spots import SECTORS, Spots, spots_of
from hullwatch.physics.orifice import full_expansion_thrust, orifice_thrust, round_hole_area
from hullwatch.records import Floats, Interval
from hullwatch.telemetry.files import open_source
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open, pressure_groups
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.places import Attitude

QUIET_H = 16.2  # the attitude is held in one way until then; afterwards a manoeuvre on thrusters
SEED = 20181012
RATE_SD = 0.05  # how well the mass rate is known by then
FIRST_CUT = "NODE1-PMA1"  # the first hatch of the search, between the US and the Russian side (a S36)


@dataclass(frozen=True)
class World:
    """How leaks are drawn, and what the likelihood is told."""

    name: str
    diameter_m: float
    orbits: int
    side: float = torque.PLUME_SIDE
    size: float = torque.PLUME_SIZE
    center_sd_m: float | None = None  # None: as the vehicle file doubts it
    walls_only: bool = False
    cut: bool = False  # the first hatch test is known too
    least_background: bool = False  # no record under it, no drag: what geometry alone allows


WORLDS = (
    World("2 mm, 1 orbit", 2e-3, 1),
    World("1 mm, 5 orbits", 1e-3, 5),
    World("2 mm, 1 orbit; leaks in exposed walls only", 2e-3, 1, walls_only=True),
    World("1 mm, 5 orbits; leaks in exposed walls only", 1e-3, 5, walls_only=True),
    World("2 mm, 1 orbit; plume's 30 % read as two sigma", 2e-3, 1, side=0.15),
    World("2 mm, 1 orbit; 30 % of size instead of direction", 2e-3, 1, side=0.0, size=0.3),
    World("2 mm, 1 orbit; US or Russian side known (first hatch shut)", 2e-3, 1, cut=True),
    World("1 mm, 5 orbits; US or Russian side known", 1e-3, 5, cut=True),
    World("2 mm, 1 orbit; plume exact", 2e-3, 1, side=0.0, size=0.0),
    World("2 mm, 1 orbit; plume and mass centre exact", 2e-3, 1, side=0.0, size=0.0, center_sd_m=0.01),
    World("5 mm, 1 orbit", 5e-3, 1),
    World("10 mm, plume, mass centre and background exact", 1e-2, 1, side=0.0, size=0.0, center_sd_m=0.01,
          walls_only=True, least_background=True),
    World("no background, 2 mm; plume 30 %", 2e-3, 1, center_sd_m=0.01, least_background=True),
)  # fmt: skip


def attitude_of(ship: Vehicle) -> Attitude:
    """What the vehicle file says of mass and torque."""
    if ship.attitude is None:
        raise SystemExit(f"{ship.name} describes no attitude")
    return ship.attitude


@dataclass(frozen=True)
class Day:
    """The real control torque on one clock, up to the manoeuvre."""

    time_s: Floats
    torque: Floats


def read_day(ship: Vehicle) -> tuple[Day, Floats, Floats]:
    """Torque of the quiet part of the day, and the published momentum over time."""
    source = open_source(str(DATA / "isslive-2018-10-12/telemetry.parquet"), ship)
    whole = next(iter(source.blocks(source.rows)))

    def channel(id: str) -> tuple[Floats, Floats]:
        mine = whole.item == whole.items.index(id)
        return whole.time_s[mine], whole.value[mine]

    parts = [channel(id) for id in attitude_of(ship).torque_channels]
    time_s, values = momentum.on_one_clock([p[0] for p in parts], [p[1] for p in parts])
    quiet = time_s < time_s[0] + QUIET_H * 3600.0
    return Day(time_s[quiet], values[quiet]), *channel(attitude_of(ship).momentum_channel or "")


# --- one leak ---------------------------------------------------------------------------------------------------------


def drawn_place(spots: Spots, k: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A point of a cell and the direction out of the wall there."""
    at, out = spots.at[k] + spots.along[k] * rng.uniform(-1.0, 1.0), spots.normal[k]
    length = float(np.linalg.norm(spots.along[k]))
    if length == 0.0:
        return at, out
    turn, unit, reach = rng.uniform(-1.0, 1.0) * np.pi / SECTORS, spots.along[k] / length, spots.axis[k]
    turned = reach * np.cos(turn) + np.cross(unit, reach) * np.sin(turn)
    return at - reach + turned, turned / np.linalg.norm(turned)


def drawn_torque(world: World, ship: Vehicle, at: Floats, out: Floats, rng: np.random.Generator) -> Floats:
    """Torque on the station of one leak into vacuum."""
    return drawn_jet(world, ship, at, out, rng)[0]


def drawn_jet(world: World, ship: Vehicle, at: Floats, out: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Torque on the station of one leak into vacuum, with what drag may have changed, and its force."""
    pressure = ship.atmosphere.pressure_pa.value
    area = round_hole_area(world.diameter_m, ship.discharge_coefficient.value)
    newton = 0.75 * orifice_thrust(pressure, 0.0, 1.4, area) + 0.25 * full_expansion_thrust(pressure, 1.4, area)
    one = np.cross(out, np.eye(3)[int(np.argmin(np.abs(out)))])
    one /= np.linalg.norm(one)
    push = out + world.side * (rng.standard_normal() * one + rng.standard_normal() * np.cross(out, one))
    force = -newton * max(0.05, 1.0 + world.size * rng.standard_normal()) * push
    doubt = attitude_of(ship).mass_center_sd_m
    center = np.array(attitude_of(ship).mass_center_m) + doubt * rng.standard_normal(3)
    drag = 0.0 if world.least_background else torque.DRAG_SHARE * rng.standard_normal()
    return np.asarray(np.cross(at - center, force) + drag * np.array(attitude_of(ship).drag_torque_n_m)), force


@dataclass(frozen=True)
class Told:
    """What the posterior said of one leak."""

    truth: str
    modules: dict[str, float]
    room_right: bool
    log_like: Floats
    place: int


def tell(world: World, ship: Vehicle, spots: Spots, day: Day, body: dict[str, str], rng: np.random.Generator) -> Told:
    """Draw a leak, find it."""
    k = int(rng.choice(len(spots.name), p=np.exp(spots.log_prior)))
    told = drawn_torque(world, ship, *drawn_place(spots, k, rng), rng)
    pressure, kelvin = ship.atmosphere.pressure_pa.value, ship.atmosphere.temperature_k.value
    area = round_hole_area(world.diameter_m, ship.discharge_coefficient.value)
    rate = area * pressure * 0.684731 / np.sqrt(287.05 * kelvin) * np.exp(RATE_SD * rng.standard_normal())
    known = Interval(rate, rate * np.exp(-SIGMAS_90 * RATE_SD), rate * np.exp(SIGMAS_90 * RATE_SD))
    force = torque.thrust_n(known, pressure, kelvin)
    orbit = attitude_of(ship).orbit_s
    if world.least_background:
        change, covariance = told, np.eye(3) * 1e-6
    else:
        onset = rng.uniform(day.time_s[0] + 2.2 * orbit, day.time_s[-1] - world.orbits * orbit)
        seen = day.torque.copy()
        seen[day.time_s >= onset] -= told
        found = momentum.change_at(day.time_s, seen, onset, orbit, world.orbits)
        change, covariance = found.change_n_m, found.covariance
    piece = torque.torque_piece(
        spots, attitude_of(ship), change, covariance, force, "t", plume=(world.side, world.size)
    )
    log = spots.log_prior + piece.believed
    if world.cut:
        side = next(g for g in pressure_groups(ship, default_open(ship) - {FIRST_CUT}) if spots.compartment[k] in g)
        log = np.where(spots.inside(side), log, -np.inf)
    spot = np.exp(log - np.logaddexp.reduce(log))
    rooms = np.bincount(spots.room, spot, minlength=len(spots.rooms))
    modules: dict[str, float] = {}
    for room, p in zip(spots.rooms, rooms, strict=True):
        modules[body[room]] = modules.get(body[room], 0.0) + float(p)
    right = spots.rooms[int(np.argmax(rooms))] == spots.compartment[k]
    return Told(body[spots.compartment[k]], modules, right, piece.believed, k)


# --- tables -----------------------------------------------------------------------------------------------------------


def of_walls(spots: Spots, ship: Vehicle) -> Spots:
    """The same places with odds by exposed area alone."""
    exposed = {w.compartment: w.exposed.value for w in ship.walls}
    size = np.linalg.norm(np.cross(spots.along, spots.axis), axis=1) * [exposed[c] for c in spots.compartment]
    ring = np.array(["/port-" in name for name in spots.name])
    odds = np.where(ring, 0.0, size)
    with np.errstate(divide="ignore"):
        return replace(spots, log_prior=np.log(odds / odds.sum()))


def run(world: World, ship: Vehicle, day: Day, trials: int) -> list[Told]:
    """Many leaks in one world; the same seed for every world."""
    if world.center_sd_m is not None:
        ship = replace(ship, attitude=replace(attitude_of(ship), mass_center_sd_m=world.center_sd_m))
    spots = spots_of(ship)
    if world.walls_only:
        spots = of_walls(spots, ship)
    body = {wall.compartment: wall.body for wall in ship.walls}
    rng = np.random.default_rng(SEED)
    return [tell(world, ship, spots, day, body, rng) for _ in range(trials)]


def table(ship: Vehicle, day: Day, trials: int) -> tuple[list[str], dict[str, list[Told]]]:
    """Worlds against shares, and the leaks of every world."""
    lines = [
        "| world | right module | right compartment | said of it | modules in the 95 % set | truth in that set |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    every: dict[str, list[Told]] = {}
    for world in WORLDS:
        told = run(world, ship, day, trials)
        every[world.name] = told
        best = [max(t.modules, key=lambda m: t.modules[m]) for t in told]
        right = np.mean([b == t.truth for b, t in zip(best, told, strict=True)])
        said = np.mean([t.modules[b] for b, t in zip(best, told, strict=True)])
        sets = [credible(t.modules) for t in told]
        held = np.mean([t.truth in s for t, s in zip(told, sets, strict=True)])
        lines.append(
            f"| {world.name} | **{right:.1%}** | {np.mean([t.room_right for t in told]):.1%} | {said:.1%} | "
            f"{np.median([len(s) for s in sets]):.0f} | {held:.1%} |"
        )
        print(lines[-1], flush=True)
    return lines, every


def credible(modules: dict[str, float]) -> list[str]:
    """The fewest modules with 95 %."""
    ranked = sorted(modules, key=lambda m: -modules[m])
    total = np.cumsum([modules[m] for m in ranked])
    return ranked[: int(np.searchsorted(total, 0.95)) + 1]


def confused(told: Sequence[Told]) -> str:
    """The commonest mistakes."""
    wrong = Counter(
        f"{t.truth} taken for {best}" for t in told if (best := max(t.modules, key=lambda m: t.modules[m])) != t.truth
    )
    return "; ".join(f"{pair} ({n})" for pair, n in wrong.most_common(6))


def background(day: Day, orbit_s: float) -> list[str]:
    """How the real torque repeats from orbit to orbit."""
    means = momentum.orbit_means(day.time_s, day.torque, day.time_s[0], orbit_s, 12)
    steps = np.diff(means, axis=0).std(axis=0)
    within = np.nanstd(day.torque, axis=0)
    lines = ["| N m | x (roll) | y (pitch) | z (yaw) |", "| --- | --- | --- | --- |"]
    for name, row in (
        ("swing within an orbit, standard deviation", within),
        (f"mean of an orbit, standard deviation over {len(means)} orbits", means.std(axis=0, ddof=1)),
        ("from one orbit to the next", steps),
    ):
        lines.append(f"| {name} | {row[0]:.2f} | {row[1]:.2f} | {row[2]:.2f} |")
    return lines


def momentum_check(ship: Vehicle, day: Day, time_s: Floats, size: Floats) -> str:
    """Whether the published torque is what the gyros took up: its integral against the published momentum."""
    rates = body_rates(ship)
    start, step = day.time_s[0] + 600 * momentum.STEP_S, momentum.STEP_S
    grid = start + step * np.arange(int(attitude_of(ship).orbit_s / step))
    heard = np.isfinite(day.torque).all(axis=1)
    torque_now = np.column_stack([np.interp(grid, day.time_s[heard], day.torque[heard, j]) for j in range(3)])
    rate = np.column_stack([np.interp(grid, t, v) for t, v in rates])
    seen = np.interp(grid, time_s, size)
    turned, gained = [np.eye(3)], [np.zeros(3)]
    for now, spin in zip(torque_now[:-1], rate[:-1], strict=True):
        turned.append(rotation(-spin * step) @ turned[-1])
        gained.append(rotation(-spin * step) @ gained[-1] - now * step)
    phi, plus = np.array(turned), np.array(gained)
    best = min((fitted(phi, plus, seen, seed) for seed in range(12)), key=lambda miss: miss[0])
    return (
        f"over an orbit the integral of the torque gives the published momentum (about {seen.mean():.0f} N m s) to "
        f"{best[0]:.0f} N m s rms once its start is fitted, so what is published is the torque taken up, to about "
        f"{3.0 * best[0] / attitude_of(ship).orbit_s:.2f} N m (three times that, over an orbit) in its mean"
    )


def body_rates(ship: Vehicle) -> list[tuple[Floats, Floats]]:
    """Published inertial rates about x, y, z, rad/s."""
    source = open_source(str(DATA / "isslive-2018-10-12/telemetry.parquet"), ship)
    whole = next(iter(source.blocks(source.rows)))
    found = []
    for id in ("USLAB000025", "USLAB000026", "USLAB000027"):
        mine = whole.item == whole.items.index(id)
        found.append((whole.time_s[mine], np.radians(whole.value[mine])))
    return found


def rotation(turn: Floats) -> Floats:
    """Rotation by a small vector angle."""
    x, y, z = turn
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + skew + 0.5 * skew @ skew)


def fitted(phi: Floats, plus: Floats, seen: Floats, seed: int) -> tuple[float, Floats]:
    """Gauss-Newton for the momentum at the start; root mean square of what is left."""
    start = np.random.default_rng(seed).standard_normal(3)
    start *= seen[0] / np.linalg.norm(start)
    for _ in range(60):
        vector = phi @ start + plus
        length = np.linalg.norm(vector, axis=1)
        slope = np.einsum("ni,nij->nj", vector / length[:, None], phi)
        start = start + np.linalg.lstsq(slope, seen - length, rcond=None)[0]
    left = seen - np.linalg.norm(phi @ start + plus, axis=1)
    return float(np.sqrt(np.mean(left**2))), start


def main() -> None:
    options = argparse.ArgumentParser(description="Module from torque.")
    options.add_argument("--trials", type=int, default=600, help="leaks in each world")
    options.add_argument("--write", action="store_true", help="put the table into docs/explanation")
    chosen = options.parse_args()
    began = time.process_time()
    ship = load_vehicle("iss-2018-10-12")
    day, time_s, size = read_day(ship)
    lines = background(day, attitude_of(ship).orbit_s)
    print("\n".join(lines), flush=True)
    checked = momentum_check(ship, day, time_s, size)
    print(checked)
    rows, every = table(ship, day, chosen.trials)
    page = [
        f"{chosen.trials} leaks in each world, seed {SEED}.",
        "The real background, 12 October 2018, 05:00 to 21:10 UTC:",
        "\n".join(lines),
        f"{checked[0].upper()}{checked[1:]}.",
        "\n".join(rows),
        f"Commonest mistakes at 2 mm: {confused(every[WORLDS[0].name])}.",
        "And with hatch tests, the most telling one each time, 2 % of them misleading: share of right modules after "
        "so many.",
    ]
    for world in WORLDS[:2]:
        told = every[world.name]
        page += [f"{world.name}, {len(told)} leaks:", "\n".join(after_tests(ship, told, seed=7))]
    print("\n\n".join(page[5:]))
    if chosen.write:
        command = f"python benchmarks/skill/torque.py --trials {chosen.trials} --write"
        put(PAGE, command, page, time.process_time() - began, "torque")


if __name__ == "__main__":
    main()
