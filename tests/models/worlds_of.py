"""Small ensembles for tests: five compartments in a tree with a fan that leaps, or one alone."""

import numpy as np

from hullwatch.models.cabin import HATCH_EXCHANGE_M3_S, Cabin
from hullwatch.models.worlds import Air, Draws, Limits

AIR = np.array([0.21, 0.77, 0.005, 0.015])
R = 8.31446261815324
ENDS = [(0, 1), (1, 2), (1, 3), (3, 4)]
FANS = [(0, 1, 0.05), (2, 3, 0.04), (3, 2, 0.02), (4, 3, 0.03)]


def five():
    return Cabin(
        tuple("ABCDE"), tuple(f"h{k}" for k in range(4)), np.array([10.0, 60.0, 30.0, 80.0, 20.0]), np.full(5, 143.0),
        np.array(ENDS), np.array([f[:2] for f in FANS]), np.array([f[2] for f in FANS]),
    )  # fmt: skip


def links(hatches, fans=FANS):
    return [*fans, *((a, b, HATCH_EXCHANGE_M3_S) for h in hatches for a, b in (h, h[::-1]))]


def alone(volume=50.0):
    none = np.zeros((0, 2), dtype=np.int64)
    return Cabin(("A",), (), np.array([volume]), np.array([143.0]), none, none, np.zeros(0))


def air(cabin, pressure=1e5, busy=True):
    count = len(cabin.compartments)
    temperature = np.linspace(293.0, 297.0, count)
    supply, removal = np.zeros((count, 4)), np.zeros((count, 4))
    if busy:
        supply[0] = [2e-3, 0.0, 5e-4, 2e-3]
        supply[-1, 1] = 3e-3
        removal[count // 2] = [0.0, 0.0, 2e-4, 3e-4]
    density = pressure / (R * temperature[:, None]) * AIR
    return Air(temperature, density, supply, np.zeros(count), np.zeros(4), removal, np.zeros((count, 4)))


def draws(cabin, place, area, at=0.0, events=(), exponent=1.0, gauge_pa=0.0):
    area = np.atleast_1d(np.asarray(area, dtype=np.float64))
    worlds = area.size
    one = np.ones((worlds, 1))
    return Draws(
        np.tile(cabin.volume_m3, (worlds, 1)), np.full((worlds, 1), place), area[:, None], at * one, exponent * one,
        1e5 * one, np.tile(np.array(events, dtype=np.float64), (worlds, 1)),
        np.tile(np.arange(1, len(events) + 1), (worlds, 1)), gauge_pa + np.zeros((worlds, 4)),
    )  # fmt: skip


def limits(*pressures, quantity=0, low=True):
    count = len(pressures)
    return Limits(np.full(count, quantity), np.array(pressures, dtype=np.float64), np.full(count, low))


def everywhere(worlds, cabin):
    return np.ones((worlds, len(cabin.compartments)), dtype=np.bool_)
