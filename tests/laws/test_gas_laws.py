"""Amount, mass and pressure: there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.physics import gas


@given(st.lists(st.floats(1e-12, 1e6), min_size=4, max_size=4))
def test_moles_to_mass_and_back(n):
    np.testing.assert_allclose(gas.moles(gas.mass(np.array(n))), n, rtol=1e-14)


@given(st.floats(1.0, 1e6), st.floats(1e-3, 1e4), st.floats(100.0, 1000.0))
def test_amount_to_pressure_and_back(p, v, t):
    assert gas.pressure(gas.amount(p, v, t), v, t) == pytest.approx(p, rel=1e-14)
