"""The most torque can tell of the module, by no likelihood at all: `python benchmarks/skill/torque_limit.py [--write]`.

Hundreds of thousands of leaks are drawn as in `torque.py`, each with its module and the change of torque that one would
see. A leak is then named after the modules of the drawn ones nearest to its own torque. With ever more of them this
comes to the rule that errs least of all rules there are (Cover and Hart 1967), whatever they compute; so what it misses
is missed by the three numbers, and not by the likelihood.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).parent))

from located import PAGE
from pages import put
from torque import SEED, WORLDS, World, attitude_of, drawn_jet, drawn_place, of_walls

from hullwatch.location.spots import spots_of
from hullwatch.records import Floats, Ints
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.load import load_vehicle

BACKGROUND_N_M = (0.10, 0.06, 0.07)  # from one orbit to the next, as `torque.py` measures it on the real record
NEIGHBOURS = (9, 21, 45, 91, 181)
NAMED = {
    "2 mm, 1 orbit", "1 mm, 5 orbits", "2 mm, 1 orbit; plume exact", "2 mm, 1 orbit; plume and mass centre exact",
}  # fmt: skip
ALONG_N = 0.04
"""Doubt of a force along the orbit: a fifth of a drag of 0.2 N [c]."""
ARM_M = 10.0  # makes newtons of force as near as newton metres of torque


def drawn(world: World, ship: Vehicle, many: int, rng: np.random.Generator) -> tuple[Floats, Floats, Ints, list[str]]:
    """Changes of torque (many, 3), N m, forces (many, 3), N, the number of the module of each, and the modules."""
    spots = of_walls(spots_of(ship), ship) if world.walls_only else spots_of(ship)
    body = {wall.compartment: wall.body for wall in ship.walls}
    names = sorted(set(body.values()))
    places = rng.choice(len(spots.name), many, p=np.exp(spots.log_prior))
    jets = np.array([drawn_jet(world, ship, *drawn_place(spots, int(k), rng), rng) for k in places])
    torque, force = jets[:, 0], jets[:, 1]
    if not world.least_background:
        # the mean of the orbits after the onset against one before: two draws of what repeats
        share = np.sqrt(0.5 + 0.5 / world.orbits)
        torque += share * np.array(BACKGROUND_N_M) * rng.standard_normal((many, 3))
    module = np.array([names.index(body[spots.compartment[int(k)]]) for k in places])
    return torque, force, module, names


def right_by_neighbours(known: tuple[Floats, Ints], asked: tuple[Floats, Ints], modules: int) -> tuple[float, int]:
    """Share of modules named rightly, and by how many neighbours: their number is chosen on half of those asked."""
    tree = cKDTree(known[0])
    _, near = tree.query(asked[0], max(NEIGHBOURS))
    votes = known[1][near]
    half, best = asked[1].size // 2, (0.0, 0)
    for k in NEIGHBOURS:
        count = np.zeros((asked[1].size, modules))
        for j in range(k):
            count[np.arange(asked[1].size), votes[:, j]] += 1.0
        right = np.argmax(count, axis=1) == asked[1]
        if float(right[:half].mean()) > best[0]:
            best, found = (float(right[:half].mean()), k), float(right[half:].mean())
    return found, best[1]


def main() -> None:
    options = argparse.ArgumentParser(description="The most that torque can tell of the module.")
    options.add_argument("--drawn", type=int, default=240_000, help="leaks to learn from in each world")
    options.add_argument("--write", action="store_true", help="put the table into docs/explanation")
    chosen = options.parse_args()
    began, ship = time.process_time(), load_vehicle("iss-2018-10-12")
    few = chosen.drawn // 8
    lines = [
        f"| world | right module by {few} drawn leaks | by {chosen.drawn} | neighbours asked |",
        "| --- | --- | --- | --- |",
    ]
    for world in (each for each in WORLDS if each.name in NAMED):
        of = ship
        if world.center_sd_m is not None:
            of = replace(ship, attitude=replace(attitude_of(ship), mass_center_sd_m=world.center_sd_m))
        rng = np.random.default_rng(SEED)
        torque, force, module, names = drawn(world, of, chosen.drawn + 8_000, rng)
        pushed = ARM_M * (force + ALONG_N * rng.standard_normal(force.shape))
        known = {"": torque}
        if world is WORLDS[0]:
            known |= {
                "; and the force along the orbit": np.column_stack([torque, pushed[:, :1]]),
                "; and all of the force": np.column_stack([torque, pushed]),
            }
        for beside, seen in known.items():
            asked = seen[chosen.drawn :], module[chosen.drawn :]
            shares = [right_by_neighbours((seen[:n], module[:n]), asked, len(names)) for n in (few, chosen.drawn)]
            lines.append(f"| {world.name}{beside} | {shares[0][0]:.1%} | **{shares[1][0]:.1%}** | {shares[1][1]} |")
            print(lines[-1], flush=True)
    if chosen.write:
        words = f"{chosen.drawn} leaks drawn in each world, 4000 others asked after, seed {SEED}."
        put(PAGE, "python benchmarks/skill/torque_limit.py --write", [words, "\n".join(lines)],
            time.process_time() - began, "torque limit")  # fmt: skip


if __name__ == "__main__":
    main()
