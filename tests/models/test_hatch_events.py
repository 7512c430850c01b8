"""What happens at the moment a hatch opens or closes."""

import numpy as np
import pytest
from small_ships import air, chain, open_all

from hullwatch.models.cabin import equalised, ways_of
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP


def pressures(cabin, state):
    return state.moles.sum(axis=1) * GAS_CONSTANT * state.temperature_k / cabin.volume_m3


def energy(state):
    return float(state.moles @ (MOLAR_CP - GAS_CONSTANT) @ state.temperature_k)


@pytest.mark.parametrize("start", [(1e5, 1e5, 9.9e4), (1e5, 9e4, 5e4), (1e5, 1e5, 1e2), (2e4, 1e5, 2e4)])
def test_opening_makes_one_pressure_and_loses_nothing(start):
    cabin = chain()
    before = air(cabin, pressure=np.array(start), temperature=np.array([290.0, 295.0, 300.0]))
    after = equalised(cabin, before, ways_of(cabin, open_all(cabin)))
    p = pressures(cabin, after)
    assert np.ptp(p) / p[0] < 1e-12
    np.testing.assert_allclose(after.moles.sum(axis=0), before.moles.sum(axis=0), rtol=1e-13)
    assert energy(after) == pytest.approx(energy(before), rel=1e-13)
    assert after.moles.min() > 0.0
    # pV is energy but for a factor that hardly depends on the mixture
    assert p[0] == pytest.approx(float(np.dot(start, cabin.volume_m3) / cabin.volume_m3.sum()), rel=1e-3)


def test_the_high_side_cools_and_the_low_side_warms():
    cabin = chain((10.0, 10.0))
    after = equalised(cabin, air(cabin, pressure=np.array([1e5, 5e4])), ways_of(cabin, open_all(cabin)))
    assert after.temperature_k[0] == pytest.approx(295.0 * 0.75 ** (2 / 7), rel=1e-3)  # isentropic expansion
    assert after.temperature_k[1] > 295.0


def test_gas_comes_from_where_it_was():
    cabin = chain((10.0, 10.0))
    before = air(cabin, pressure=np.array([1e5, 5e4]))
    before.moles[0] = before.moles[0].sum() * np.array([0.0, 1.0, 0.0, 0.0])
    after = equalised(cabin, before, ways_of(cabin, open_all(cabin)))
    np.testing.assert_allclose(after.moles[0, [0, 2, 3]], 0.0, atol=1e-12)  # nothing flows back uphill
    np.testing.assert_allclose(after.moles[1, [0, 2, 3]], before.moles[1, [0, 2, 3]], rtol=1e-12)


def test_closing_and_equal_pressures_change_nothing():
    cabin = chain()
    state = air(cabin, pressure=np.array([1e5, 9e4, 8e4]))
    assert equalised(cabin, state, ways_of(cabin, np.zeros(2, dtype=np.bool_))) is state
    even = air(cabin)
    assert equalised(cabin, even, ways_of(cabin, open_all(cabin))) is even
