import pytest

from hullwatch.physics.convection import bead_nusselt, rayleigh, vessel_nusselt


def test_rayleigh_by_hand():
    # air at 1 bar, 300 K: g beta dT L^3 / (nu alpha) = 9.80665/300*10*0.2^3/(1.57e-5*2.22e-5)
    mu, k, rho, cp = 1.85e-5, 0.0263, 1.177, 1007.0
    by_hand = 9.80665 / 300 * 10 * 0.2**3 / ((mu / rho) * (k / (rho * cp)))
    assert rayleigh(10.0, 0.2, rho, 300.0, cp, mu, k) == pytest.approx(by_hand)
    assert rayleigh(-10.0, 0.2, rho, 300.0, cp, mu, k) == pytest.approx(by_hand)


def test_still_gas_conducts():
    assert bead_nusselt(0.0) == 2.0
    assert vessel_nusselt(0.0) == 1.0


def test_woodfield():
    assert vessel_nusselt(1e9) == pytest.approx(0.104 * 10 ** (9 * 0.352))
