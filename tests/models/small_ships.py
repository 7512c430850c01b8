"""Small cabins for tests: a chain A - B - C with a fan from A to B."""

import numpy as np

from hullwatch.models.cabin import Cabin, State
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.physics.gas import amount

AIR = np.array([0.21, 0.77, 0.005, 0.015])


def chain(volumes=(10.0, 40.0, 20.0), wall_time=143.0, fan=0.05):
    count = len(volumes)
    ends = np.array([(k, k + 1) for k in range(count - 1)], dtype=np.int64).reshape(-1, 2)
    return Cabin(
        tuple("ABCDEFGH"[:count]),
        tuple(f"{'ABCDEFGH'[k]}-{'ABCDEFGH'[k + 1]}" for k in range(count - 1)),
        np.array(volumes),
        np.full(count, wall_time),
        ends,
        np.array([(0, 1)] if count > 1 else [], dtype=np.int64).reshape(-1, 2),
        np.array([fan] if count > 1 else []),
    )


def air(cabin, pressure=1e5, temperature=295.0):
    p, t = np.broadcast_to(pressure, cabin.volume_m3.shape), np.broadcast_to(temperature, cabin.volume_m3.shape)
    return State(amount(p, cabin.volume_m3, t)[:, None] * AIR, np.array(t, dtype=np.float64))


def open_all(cabin):
    return np.ones(len(cabin.hatches), dtype=np.bool_)


def no_holes():
    return Holes(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0))


def hole(compartment, area, growth=0.0):
    return Holes(np.array([compartment]), np.array([area]), np.array([growth]), np.zeros(1), np.zeros(1))


def no_gains(cabin):
    zero = np.zeros((cabin.volume_m3.size, 4))
    return Gains(zero, np.full(cabin.volume_m3.size, 295.0), np.zeros(cabin.volume_m3.size), np.zeros(4), zero, zero)


def still(cabin, temperature=295.0):
    return Walls(0.0, 60.0, np.full((1, cabin.volume_m3.size), temperature))
