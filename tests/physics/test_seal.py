import math

import pytest

from hullwatch.physics.gas import CO2, MOLAR_MASS, N2, O2
from hullwatch.physics.seal import BUTYL, PERMEATION, SILICONE, permeability, seal_flow, seal_thrust


def test_reference_temperature_gives_the_table():
    k, e = PERMEATION[SILICONE, N2]
    assert permeability(k, e, 298.15) == k
    # 280 barrer; 1 barrer = 3.348e-16 mol m / (m2 s Pa)
    assert k == pytest.approx(280 * 3.348e-16)


def test_arrhenius_over_ten_kelvin():
    k, e = PERMEATION[BUTYL, N2]
    assert permeability(k, e, 308.15) / k == pytest.approx(math.exp(52e3 / 8.314462618 * (1 / 298.15 - 1 / 308.15)))


def test_oxygen_and_carbon_dioxide_go_before_nitrogen():
    # METHODS 1.1: the split is not 79:21
    for elastomer in (SILICONE, BUTYL):
        assert PERMEATION[elastomer, O2, 0] > 2.0 * PERMEATION[elastomer, N2, 0]
        assert PERMEATION[elastomer, CO2, 0] > 3.0 * PERMEATION[elastomer, O2, 0]


def test_flow_is_linear_in_pressure_area_and_thickness():
    k, e = PERMEATION[SILICONE, O2]
    one = seal_flow(21e3, 0.0, 295.0, MOLAR_MASS[O2], k, e, 0.01, 0.005)
    assert one == pytest.approx(MOLAR_MASS[O2] * permeability(k, e, 295.0) * 0.01 * 21e3 / 0.005, rel=1e-14)
    assert seal_flow(42e3, 21e3, 295.0, MOLAR_MASS[O2], k, e, 0.01, 0.005) == pytest.approx(one)
    assert seal_flow(0.0, 21e3, 295.0, MOLAR_MASS[O2], k, e, 0.01, 0.005) == -one


def test_effusion_thrust():
    # half the wall pressure of a gas leaves with the molecules: F = p A / 2 when m = p A / sqrt(2 pi Rs T)
    rs, t = 8.314462618 / 28.0134e-3, 300.0
    rate = 1e5 * 1e-6 / math.sqrt(2 * math.pi * rs * t)
    assert seal_thrust(rate, t, 28.0134e-3) == pytest.approx(0.5 * 1e5 * 1e-6)
