"""What people say: a find, a search without one, a hiss.

Someone who names a place is right with the stated confidence; if not, any other place is as likely to have been named,
but a hiss is more often put into the room next door than at the other end of the ship.
"""

import numpy as np

from hullwatch.location.leak import Scene
from hullwatch.location.posterior import MISLEADS, Piece
from hullwatch.location.spots import Spots, is_named
from hullwatch.records import Bools

NEXT_DOOR = 0.6
"""Of the wrong names for a hiss, the share that is a neighbour of the true room [c]."""


def found_piece(scene: Scene, compartment: str, spot: str | None, sure: float, how: str, name: str) -> Piece:
    """A find: a mark, tea leaves that gather, a finger on the hole; at a named place, or somewhere in a compartment."""
    spots = scene.spots
    meant, inside = _matching(spots, compartment, spot), spots.inside((compartment,))
    says = f"{how} at {spot or compartment}, {sure:.0%} sure"
    if spot is None:
        others = max(1, len(spots.rooms) - 1)
        named = np.asarray(np.where(meant, np.log(sure), np.log((1.0 - sure) / others)), dtype=np.float64)
        return Piece(name, says, named, -float(np.log(others + 1.0)), MISLEADS)
    # as many names as there are parts of this size; a wrong one is as often of the same room as of all others together
    size, every, here = int(meant.sum()), len(meant), int(inside.sum())
    beside, away = max(1.0, here / size - 1.0), max(1.0, (every - here) / size)
    wrong = np.where(inside, 0.5 * (1.0 - sure) / beside, 0.5 * (1.0 - sure) / away)
    placed = np.asarray(np.log(np.where(meant, sure, wrong)))
    return Piece(name, says, placed, float(np.log(size / every)), MISLEADS)


def searched_piece(scene: Scene, compartment: str, spot: str | None, sure: float, how: str, name: str) -> Piece:
    """Looked and found nothing: `sure` is the probability that a leak there would have been found."""
    places = _matching(scene.spots, compartment, spot)
    log_like = np.asarray(np.where(places, np.log(max(1.0 - sure, 1e-3)), 0.0))
    says = f"{how} at {spot or compartment} and nothing found; a leak would show in {sure:.0%} of cases"
    return Piece(name, says, log_like, float(np.log(0.98)), MISLEADS)


def report_piece(scene: Scene, compartment: str, sure: float, name: str) -> Piece:
    """Somebody heard or felt the leak in a compartment."""
    spots = scene.spots
    every = [c.id for c in scene.vehicle.compartments]
    near = {c: {s for h in scene.vehicle.hatches if c in h.between for s in h.between if s != c} for c in every}

    def chance(true: str) -> float:
        if true == compartment:
            return sure
        next_door, rest = near[true], len(every) - 1 - len(near[true])
        beside = NEXT_DOOR if next_door and rest else 1.0 if next_door else 0.0
        share = beside / len(next_door) if compartment in next_door else (1.0 - beside) / max(1, rest)
        return (1.0 - sure) * share

    by_room = {c: float(np.log(max(chance(c), 1e-9))) for c in every}
    log_like = np.array([by_room[c] for c in spots.compartment])
    says = f"reported in {compartment}, {sure:.0%} sure"
    return Piece(name, says, log_like, -float(np.log(len(every))), MISLEADS)


def _matching(spots: Spots, compartment: str, spot: str | None) -> Bools:
    """Places meant: the whole compartment, or those in it that the spot names."""
    inside = spots.inside((compartment,))
    return inside if spot is None else inside & np.array([is_named(n, spot) for n in spots.name])
