import math
from itertools import pairwise

import numpy as np
import pytest
from worlds_of import air, draws, everywhere, five, limits

from hullwatch.models.cabin import State, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.models.stepped import step_worlds
from hullwatch.models.wiring import wiring_of
from hullwatch.models.worlds import run_worlds

ALL = np.ones(4, dtype=np.bool_)


def both(area, found, end):
    cabin = five()
    wiring, shared, worlds = wiring_of(cabin, [ALL]), air(cabin), draws(cabin, 3, area)
    watched = everywhere(1, cabin)
    out = run_worlds(wiring, shared, found, worlds, watched, end, 1e-8, np.zeros(0))
    fixed = out.passage_s.copy(), out.end_mol.copy()
    step_worlds(wiring, shared, cabin.wall_time_s, found, worlds, np.ones(1, dtype=np.bool_), watched, end, out)
    return cabin, shared, fixed, out


def test_the_same_as_one_run_of_the_cabin():
    cabin, shared, _, out = both(1e-3, limits(), 900.0)
    zero = np.zeros(1)
    gains = Gains(
        shared.supply_mol_s, shared.temperature_k, shared.people, shared.person_mol_s, shared.removal_1_s,
        np.zeros((5, 4)),
    )  # fmt: skip
    state = State(shared.density_mol_m3 * cabin.volume_m3[:, None], shared.temperature_k)
    walls = Walls(0.0, 60.0, shared.temperature_k[None, :])
    holes = Holes(np.array([3]), np.array([1e-3]), zero, zero, zero)
    final, _, _ = advance(cabin, state, ways_of(cabin, ALL), holes, gains, walls, 0.0, 900.0)
    np.testing.assert_allclose(out.end_mol[0], final.moles, rtol=1e-6)


def test_cooling_brings_the_limit_forward():
    # expanding gas is colder than its walls by R / cp times what it loses in a wall time: the limit comes that much
    # sooner, but cold gas also leaves by half that share more slowly (its speed goes with the root of temperature)
    _, _, (fixed, _), out = both(1e-4, limits(80000.0), 20_000.0)
    sooner = 0.2857 * 143.0 * (1.0 - 0.5 * math.log(1e5 / 8e4))
    assert fixed[0, 0, 0] - out.passage_s[0, 0, 0] == pytest.approx(sooner, rel=0.03)


def test_a_limit_is_passed_when_much_shorter_steps_say_so():
    # a hole that drains the group in a quarter of a minute: steps are a good part of that
    area = 0.3
    cabin, shared, _, out = both(area, limits(90_000.0, 40_000.0), 60.0)
    zero = np.zeros(1)
    gains = Gains(
        shared.supply_mol_s, shared.temperature_k, shared.people, shared.person_mol_s, shared.removal_1_s,
        np.zeros((5, 4)),
    )  # fmt: skip
    state, clock = State(shared.density_mol_m3 * cabin.volume_m3[:, None], shared.temperature_k), np.arange(0, 30, 0.01)
    pressures = [1e5]
    walls, holes = Walls(0.0, 60.0, shared.temperature_k[None, :]), Holes(np.array([3]), np.array([area]), *[zero] * 3)
    for a, b in pairwise(clock):
        state, _, _ = advance(cabin, state, ways_of(cabin, ALL), holes, gains, walls, a, b)
        pressures.append(state.moles[3].sum() * 8.314462618 * state.temperature_k[3] / cabin.volume_m3[3])
    slow = np.interp([-90_000.0, -40_000.0], -np.array(pressures), clock)
    np.testing.assert_allclose(out.passage_s[0, :, 3], slow, rtol=1e-3)
