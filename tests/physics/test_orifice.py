import math

import pytest

from hullwatch.errors import OutOfRange
from hullwatch.physics.orifice import effective_area, equivalent_diameter, orifice_flow, round_hole_area

AIR = (28.9655e-3, 1.4)


def test_equal_pressures_do_not_flow():
    assert orifice_flow(1e5, 1e5, 295.0, *AIR, 1e-4) == 0.0
    assert orifice_flow(0.0, 0.0, 295.0, *AIR, 1e-4) == 0.0


def test_reversed_pressures_reverse_the_sign():
    assert orifice_flow(9e4, 1e5, 295.0, *AIR, 1e-4) == -orifice_flow(1e5, 9e4, 295.0, *AIR, 1e-4)


def test_small_differences_follow_bernoulli():
    # incompressible limit: m = A sqrt(2 rho dp)
    rho = 1e5 / (287.05 * 295.0)
    assert orifice_flow(1e5, 1e5 - 0.01, 295.0, *AIR, 1.0) == pytest.approx(math.sqrt(2 * rho * 0.01), rel=1e-4)


def test_nonsense_gives_nan():
    assert math.isnan(orifice_flow(1e5, -1.0, 295.0, *AIR, 1e-4))
    assert math.isnan(orifice_flow(math.nan, 0.0, 295.0, *AIR, 1e-4))


def test_no_area_without_a_pressure_difference():
    with pytest.raises(OutOfRange, match="p_up"):
        effective_area(1e-3, 1e5, 295.0, p_down=1e5)


@pytest.mark.parametrize("cd", [0.0, -0.5, 1.1, math.nan])
def test_discharge_coefficients_that_cannot_be(cd):
    with pytest.raises(OutOfRange, match="cd"):
        equivalent_diameter(1e-6, cd)
    with pytest.raises(OutOfRange, match="cd"):
        round_hole_area(1e-3, cd)


def test_negative_sizes():
    with pytest.raises(OutOfRange, match="area_eff"):
        equivalent_diameter(-1e-6, 0.8)
    with pytest.raises(OutOfRange, match="diameter_m"):
        round_hole_area(-1e-3, 0.8)
