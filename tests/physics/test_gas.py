import numpy as np
import pytest

from hullwatch.physics import gas

DRY_AIR = np.array([0.2095, 0.7905, 0.0, 0.0])


def test_molar_masses_are_those_of_the_periodic_table():
    # IUPAC: O 15.999, N 14.007, C 12.011, H 1.008 g/mol
    expected = [2 * 15.999, 2 * 14.007, 12.011 + 2 * 15.999, 2 * 1.008 + 15.999]
    np.testing.assert_allclose(gas.MOLAR_MASS * 1e3, expected, rtol=1e-4)


def test_air_without_argon_weighs_almost_what_air_does():
    assert gas.mixture_molar_mass(DRY_AIR) == pytest.approx(gas.AIR_MOLAR_MASS, rel=5e-3)


def test_gamma_of_air():
    # CoolProp 8 gives 1.4008 to 1.4018 at 1 bar near 295 K for real air (reference_choked_flow/README)
    assert gas.mixture_gamma(DRY_AIR) == pytest.approx(1.400, abs=0.002)


def test_a_cubic_metre_of_cabin_air():
    # 101325 Pa, 295.15 K: 41.29 mol; 1.196 kg (METHODS: air R = 287.05)
    n = gas.amount(101325.0, 1.0, 295.15)
    assert n == pytest.approx(41.29, rel=1e-3)
    assert n * gas.AIR_MOLAR_MASS == pytest.approx(101325.0 / (287.05 * 295.15), rel=1e-4)


def test_fractions_sum_to_one_and_nitrogen_is_the_rest():
    x = gas.fractions(100_000.0, 21_000.0, 400.0, 1_000.0)
    assert x.sum() == pytest.approx(1.0, abs=1e-15)
    assert x[gas.N2] == pytest.approx(0.776)


def test_no_gas_has_no_mean_molar_mass():
    assert np.isnan(gas.mixture_molar_mass(np.zeros(4)))
