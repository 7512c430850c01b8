import numpy as np
import pytest

from hullwatch.physics.blowdown import isothermal_pressure_ratio, power_law_pressure_ratio

T = np.array([-5.0, 0.0, 300.0, 2000.0])


def test_exponent_one_is_the_isothermal_hole():
    np.testing.assert_array_equal(power_law_pressure_ratio(T, 1000.0, 1.0), isothermal_pressure_ratio(T, 1000.0))
    np.testing.assert_allclose(
        power_law_pressure_ratio(T, 1000.0, 1.0 + 1e-7), isothermal_pressure_ratio(T, 1000.0), rtol=1e-6
    )


def test_exponent_two_by_hand():
    np.testing.assert_allclose(power_law_pressure_ratio(T, 1000.0, 2.0), [1, 1, 1 / 1.3, 1 / 3])


@pytest.mark.parametrize("n", [0.0, 0.5, 1.3, 1.8, 3.0])
def test_obeys_its_equation(n):
    t = np.linspace(0.0, 600.0, 6001)
    r = power_law_pressure_ratio(t, 1000.0, n)
    np.testing.assert_allclose(np.gradient(r, t)[1:-1], -(r[1:-1] ** n) / 1000.0, rtol=1e-6)


def test_exponents_below_one_empty_in_finite_time():
    assert power_law_pressure_ratio(5000.0, 1000.0, 0.5) == 0.0
