"""Whatever the ship, the paths and the order of events: no run stalls, and mass and energy stay to rounding."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.models.cabin import State
from hullwatch.models.network import Network, Path, squeeze
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP, amount


def a_ship(rng, isothermal):
    count = int(rng.integers(1, 9))
    volume = np.exp(rng.uniform(np.log(0.5), np.log(200.0), count))
    temperature = np.full(count, 295.0) if isothermal else rng.uniform(280.0, 310.0, count)
    mix = rng.dirichlet([2.0, 7.0, 0.2, 0.2], count)
    return volume, State(
        amount(np.exp(rng.uniform(np.log(1e2), np.log(2e5), count)), volume, temperature)[:, None] * mix, temperature
    )


def some_paths(rng, count, overboard):
    paths = []
    for k in range(1, count):
        if rng.uniform() < 0.8:
            kind = ("orifice", "seal", "fan")[rng.integers(0, 3)]
            size = {
                "orifice": 10 ** rng.uniform(-7, 0.3),
                "seal": 10 ** rng.uniform(-13, -7),
                "fan": rng.uniform(0, 0.1),
            }[kind]
            ends = (k, int(rng.integers(0, k)))
            paths.append(Path(kind, *ends, size))
            if kind == "fan":
                paths.append(Path("orifice", *ends, 10 ** rng.uniform(-3, 0.3)))
    if count > 2 and rng.uniform() < 0.4:
        paths.append(Path("orifice", 0, count - 1, 10 ** rng.uniform(-6, 0)))
    if overboard:
        paths.append(Path("orifice", int(rng.integers(0, count)), None, 10 ** rng.uniform(-8, -3)))
    return tuple(paths)


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.floats(-10.0, -3.0))
def test_mass_and_energy_stay_over_random_events(seed, isothermal, overboard, power):
    rng = np.random.default_rng(seed)
    volume, state = a_ship(rng, isothermal)
    start = state
    lost, lost_j, wall_j = np.zeros(4), 0.0, np.zeros(volume.size)
    wall = None if isothermal else rng.uniform(0.0, 50.0, volume.size)
    for _ in range(3):
        network = Network(volume, some_paths(rng, volume.size, overboard), wall_w_k=wall, isothermal=isothermal)
        out = squeeze(network, state, np.array([0.0, 10 ** rng.uniform(0.0, 5.0)]), 10.0**power)
        state = out.state
        lost += out.overboard_mol
        lost_j += out.overboard_j
        wall_j += out.wall_j
    assert np.abs(state.moles.sum(axis=0) + lost - start.moles.sum(axis=0)).max() <= 1e-12 * start.moles.sum()
    if not isothermal:
        before, after = (float((s.moles @ (MOLAR_CP - GAS_CONSTANT) * s.temperature_k).sum()) for s in (start, state))
        assert abs(after + lost_j + wall_j.sum() - before) <= 1e-11 * (before + np.abs(wall_j).sum())
