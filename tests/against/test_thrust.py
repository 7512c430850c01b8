"""Thrust of leaks: METHODS 1.1 and 1.2, domain_facts D10."""

import pytest

from hullwatch.physics.orifice import full_expansion_thrust, orifice_thrust, round_hole_area


def test_factors():
    # METHODS 1.1: 1.268 Cd A p0 at the throat, 1.812 fully expanded
    assert orifice_thrust(1.0, 0.0, 1.4, 1.0) == pytest.approx(1.268, abs=5e-4)
    assert full_expansion_thrust(1.0, 1.4, 1.0) == pytest.approx(1.812, abs=5e-4)


@pytest.mark.parametrize(("mm", "newton", "digits"), [(0.3, 0.008, 0.06), (1.0, 0.085, 0.01), (2.0, 0.34, 0.01),
                                                      (10.0, 8.5, 0.01), (50.0, 212.0, 0.01)])  # fmt: skip
def test_scale_table(mm, newton, digits):
    # METHODS 1.2: Cd 0.84, 101325 Pa
    area = round_hole_area(mm * 1e-3, 0.84)
    assert orifice_thrust(101325.0, 0.0, 1.4, area) == pytest.approx(newton, rel=digits)


def test_two_millimetres():
    # D10: about 0.3 N
    assert orifice_thrust(1e5, 0.0, 1.4, round_hole_area(2e-3, 0.8)) == pytest.approx(0.3, abs=0.05)
