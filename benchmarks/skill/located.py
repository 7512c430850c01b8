"""What the two benchmarks of location share: their page, and a search that shuts the most telling hatch each time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from hullwatch.location.posterior import MISLEADS
from hullwatch.location.spots import spots_of
from hullwatch.records import Bools, Floats
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open, pressure_groups

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-location.md"
ENOUGH = 0.95


class Told(Protocol):
    """A leak, and what was said of it before any hatch was shut."""

    @property
    def log_like(self) -> Floats: ...
    @property
    def place(self) -> int: ...


def cuts_of(ship: Vehicle) -> list[Bools]:
    """For every hatch that splits the ship when shut: which compartments are beyond it."""
    ids = [c.id for c in ship.compartments]
    now = default_open(ship)
    whole = len(pressure_groups(ship, now))
    found = []
    for hatch in ship.hatches:
        groups = pressure_groups(ship, now - {hatch.id})
        if hatch.id in now and len(groups) > whole:
            beyond = next(g for g in groups if hatch.between[1] in g)
            found.append(np.array([c in beyond for c in ids]))
    return found


def after_tests(ship: Vehicle, told: Sequence[Told], seed: int, most: int = 8) -> list[str]:
    """Share of right modules after so many hatch tests, with the evidence and without it; a table."""
    spots, cuts = spots_of(ship), cuts_of(ship)
    body = {wall.compartment: wall.body for wall in ship.walls}
    names = sorted(set(body.values()))
    module = np.array([names.index(body[c]) for c in spots.rooms])
    right = np.zeros((2, most + 1))
    sure = np.zeros((2, most + 1))
    for leak in told:
        truth = int(spots.room[leak.place])
        for row, log in enumerate((spots.log_prior + leak.log_like, spots.log_prior)):
            spot = np.exp(log - np.logaddexp.reduce(log))
            rooms = np.asarray(np.bincount(spots.room, spot, minlength=len(spots.rooms)), dtype=np.float64)
            rng = np.random.default_rng([seed, leak.place])
            for k, found in enumerate(_search(rooms, truth, cuts, most, rng)):
                by_module = np.bincount(module, found)
                right[row, k] += int(np.argmax(by_module)) == module[truth]
                sure[row, k] += by_module.max() >= ENOUGH
    right, sure = right / len(told), sure / len(told)
    lines = ["| hatch tests | " + " | ".join(str(k) for k in range(most + 1)) + " |", "| --- |" + " --- |" * (most + 1)]
    for name, row in (("with torque", 0), ("without", 1)):
        lines.append(f"| right module, {name} | " + " | ".join(f"{x:.0%}" for x in right[row]) + " |")
        lines.append(f"| one module holds 95 %, {name} | " + " | ".join(f"{x:.0%}" for x in sure[row]) + " |")
    return lines


def _search(rooms: Floats, truth: int, cuts: Sequence[Bools], most: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Belief after each test of the hatch nearest to halving it."""
    yield rooms
    for _ in range(most):
        beyond = min(cuts, key=lambda cut: abs(float(rooms[cut].sum()) - 0.5))
        falls = bool(beyond[truth]) != bool(rng.random() < MISLEADS)
        rooms = rooms * np.where(beyond == falls, 1.0 - MISLEADS, MISLEADS)
        rooms = rooms / rooms.sum()
        yield rooms
