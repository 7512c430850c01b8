"""Weisbach's coefficients at effective pressures 0.23 to 1.1 atm: Encyclopaedia Britannica 1911, Hydraulics, 63 [a]."""

from hullwatch.physics.orifice import ROUNDED, THICK, THIN, discharge_coefficient


def over(edge):
    # effective pressure 0.23 to 1.1 atmosphere above one: ratios 0.81 to 0.48
    return discharge_coefficient(0.81, *edge), discharge_coefficient(0.48, *edge)


def test_sharp_edge():
    # 0.563 to 0.788
    slow, fast = over(THIN)
    assert 0.563 <= slow < fast <= 0.788


def test_short_cylinder():
    # 0.81 to 0.84
    slow, fast = over(THICK)
    assert 0.81 <= slow < fast <= 0.84


def test_conoidal_mouthpiece():
    # 0.97 to 0.99
    slow, fast = over(ROUNDED)
    assert 0.97 <= slow < fast <= 0.99


def test_methods_range_of_thin_edges():
    # METHODS 1.1: rises from about 0.6 to about 0.84
    assert abs(discharge_coefficient(1.0, *THIN) - 0.60) < 0.005
    assert abs(discharge_coefficient(0.0, *THIN) - 0.84) < 0.005
