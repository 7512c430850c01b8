"""What would tell most next: the information, in bits, that each thing one could do now would bring on average.

    bits = entropy of the outcome - mean entropy of the outcome, were the place known

Time and risk are not in it: `hullwatch plan` weighs those.
"""

from dataclasses import dataclass

import numpy as np

from hullwatch.location import sound
from hullwatch.location.leak import Scene
from hullwatch.location.posterior import MISLEADS, Belief
from hullwatch.records import Floats
from hullwatch.vehicle.graph import pressure_groups

SEARCH_FINDS = 0.7
"""Probability that looking, listening close by and tea leaves find a leak in a compartment searched for it [c]."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, the bits it would bring, and the probability of its first outcome."""

    what: str
    bits: float
    outcome: str
    probability: float


def steps(scene: Scene, belief: Belief, most: int = 5) -> tuple[Step, ...]:
    """The most telling things to do, best first."""
    found = [*_closures(scene, belief), *_searches(scene, belief)]
    return tuple(sorted(found, key=lambda step: -step.bits)[:most])


def _closures(scene: Scene, belief: Belief) -> list[Step]:
    now = len(pressure_groups(scene.vehicle, scene.open_hatches))
    found = []
    for hatch in scene.vehicle.hatches:
        if hatch.id not in scene.open_hatches:
            continue
        cut = pressure_groups(scene.vehicle, scene.open_hatches - {hatch.id})
        if len(cut) == now:
            continue  # another way round stays open
        there = next(g for g in cut if hatch.between[1] in g)
        inside = scene.spots.inside(there)
        falls = np.where(inside, 1.0 - MISLEADS, MISLEADS)
        outcome = f"{hatch.between[1]}'s side goes on falling"
        found.append(Step(f"close {hatch.id}", _bits(belief.spot, falls), outcome, float(belief.spot @ falls)))
    return found


def _searches(scene: Scene, belief: Belief) -> list[Step]:
    found = []
    for c in scene.vehicle.compartments:
        silent = np.exp(sound.silence_piece(scene, c.id, False, "").believed)
        heard = 1.0 - silent
        what = f"listen in {c.id} with its racks off"
        found.append(Step(what, _bits(belief.spot, heard), "it is heard", float(belief.spot @ heard)))
        sees = np.where(scene.spots.inside((c.id,)), SEARCH_FINDS, 1e-3)
        what = f"search {c.id} by eye and with tea leaves"
        found.append(Step(what, _bits(belief.spot, sees), "it is found", float(belief.spot @ sees)))
    return found


def _bits(spot: Floats, chance: Floats) -> float:
    """Mutual information between the place and a yes-or-no outcome."""
    return float(_entropy(np.array([spot @ chance]))[0] - spot @ _entropy(chance))


def _entropy(p: Floats) -> Floats:
    q = np.clip(p, 1e-12, 1.0 - 1e-12)
    return np.asarray(-(q * np.log2(q) + (1.0 - q) * np.log2(1.0 - q)))
