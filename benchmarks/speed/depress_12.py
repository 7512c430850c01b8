"""depress-12: twelve compartments in a tree, four species, a day; the smallest one's hatch closes after six hours.

Volumes are illustrative (they sum to 916 m3) and belong to no station. A fan of 0.06 m3/s sits in every hatch, air
comes back through the hatch; six people, oxygen made in two places, carbon dioxide and water taken out in three.
"""

import numpy as np

from hullwatch.models.cabin import Cabin, State
from hullwatch.models.network import Network, Path, resolved
from hullwatch.models.wiring import Wiring, wiring_of
from hullwatch.models.worlds import Air, Draws, Limits
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_MASS

DAY, CLOSES = 86_400.0, 21_600.0
TEMPERATURE, PRESSURE, FAN, HATCH = 296.15, 101_325.0, 0.06, 1.2
NAMES = ("PRK", "SM", "FGB", "N1", "LAB", "N2", "COL", "JPM", "JLP", "N3", "PMM", "AL")
VOLUME = np.array([10.0, 100.0, 75.0, 75.0, 110.0, 80.0, 80.0, 120.0, 50.0, 90.0, 80.0, 46.0])
EDGES = [(0, 1), (1, 2), (2, 3), (8, 7), (7, 5), (6, 5), (5, 4), (4, 3), (10, 9), (9, 3), (11, 3)]  # child, parent
MIX = np.array([0.21, 0.775, 0.003, 0.012])
CREW = {0: 2, 1: 0, 4: 1, 6: 1, 7: 1, 9: 1}
PERSON = np.array([-0.84, 0.0, 1.04, 1.80]) / MOLAR_MASS / DAY  # mol/s
CD = 0.7


def parts() -> tuple[np.ndarray, np.ndarray]:
    """Supply (c, s) mol/s and removal (c, s) 1/s."""
    supply = np.zeros((12, 4))
    for place, people in CREW.items():
        supply[place] += people * PERSON
    for place in (1, 9):
        supply[place, 0] += 3 * 0.84 / MOLAR_MASS[0] / DAY
    removal = np.zeros((12, 4))
    for place in (1, 4, 9):
        removal[place, 2:] = np.array([0.004, 0.005]) / VOLUME[place]
    return supply, removal


def ship() -> Cabin:
    fans, hatches = np.array([(parent, child) for child, parent in EDGES]), tuple(f"{a}-{b}" for a, b in EDGES)
    # no air wanders beside the fans
    return Cabin(
        NAMES, hatches, VOLUME, np.full(12, 143.0), np.array(EDGES), fans, np.full(11, FAN), 0.0
    )  # fmt: skip


def start() -> State:
    return State((PRESSURE * VOLUME / (GAS_CONSTANT * TEMPERATURE))[:, None] * MIX, np.full(12, TEMPERATURE))


def hatches() -> tuple[np.ndarray, np.ndarray]:
    """All open; the first closed."""
    opened = np.ones(11, dtype=np.bool_)
    shut = opened.copy()
    shut[0] = False
    return opened, shut


def lumped() -> tuple[Wiring, Air, Limits]:
    supply, removal = parts()
    none = np.zeros((12, 4))
    density = start().moles / VOLUME[:, None]
    air = Air(np.full(12, TEMPERATURE), density, supply, np.zeros(12), np.zeros(4), removal, none)
    nothing = Limits(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.bool_))
    return wiring_of(ship(), hatches()), air, nothing


def holes(worlds: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Place and effective area: 0.3 to 5 mm, evenly in the logarithm, anywhere; the first is 2 mm in the smallest."""
    rng = np.random.default_rng(seed)
    diameter = np.exp(rng.uniform(np.log(0.3e-3), np.log(5e-3), worlds))
    place = rng.integers(0, 12, worlds)
    diameter[0], place[0] = 2e-3, 0
    return place, 0.25 * np.pi * CD * diameter**2


def draws(place: np.ndarray, area: np.ndarray) -> Draws:
    worlds = place.size
    one = np.ones((worlds, 1))
    return Draws(
        np.tile(VOLUME, (worlds, 1)), place[:, None], area[:, None], 0.0 * one, one, 1e5 * one, CLOSES * one,
        np.ones((worlds, 1), dtype=np.int64), np.zeros((worlds, 0)),
    )  # fmt: skip


def network(is_open: np.ndarray, place: int, area: float, more: tuple[Path, ...] = ()) -> Network:
    """Every hatch resolved."""
    supply, removal = parts()
    hole = Path("orifice", int(place), None, float(area))
    return resolved(ship(), is_open, HATCH, (hole, *more), supply_mol_s=supply, removal_1_s=removal, isothermal=True)
