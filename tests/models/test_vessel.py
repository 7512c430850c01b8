import math

import numpy as np
import pytest

from hullwatch.errors import OutOfRange
from hullwatch.models.vessel import SLIT_LAW, Opening, Vessel, cylinder_wall_area, discharge, viscous_slit
from hullwatch.physics.equations_of_state import GAS_MOLAR_MASS
from hullwatch.physics.real_gas import gas_density, gas_number, gas_state

AIR = gas_number("air")
TIMES = np.linspace(0.0, 60.0, 61)


def vessel(**changes):
    facts = {
        "gas": AIR, "volume_m3": 0.016, "inner_diameter_m": 0.2, "wall_area_m2": 0.39, "wall_m": 0.008,
        "pressure_pa": 2e5, "temperature_k": 298.0, "outside_pa": 0.0, "ambient_k": 298.0,
    }  # fmt: skip
    return Vessel(**(facts | changes))


def mass(v, played):
    m = GAS_MOLAR_MASS[v.gas] * v.volume_m3
    return np.array([m * gas_density(v.gas, p, t) for p, t in zip(played.pressure_pa, played.gas_k, strict=True)])


def test_without_heat_entropy_stays():
    v = vessel(pressure_pa=79e5)
    played = discharge(v, Opening(4e-6), TIMES, heat_factor=0.0)
    # conduction through still gas remains (Nu = 1 times factor 0 is none)
    s = [gas_state(AIR, gas_density(AIR, p, t), t)[4] for p, t in zip(played.pressure_pa, played.gas_k, strict=True)]
    assert played.pressure_pa[-1] < 0.5 * v.pressure_pa
    np.testing.assert_allclose(s, s[0], atol=1e-4)


def test_adiabatic_closed_form():
    # METHODS 1.1: P/P0 = (1 + (g-1) t / (2 tau))^(-2g/(g-1)); at 2 bar air is ideal to 0.1 %
    v = vessel()
    played = discharge(v, Opening(4e-6, slow_share=1.0), TIMES, heat_factor=0.0)
    g = 1.4
    tau = v.volume_m3 / (0.6851 * 4e-6 * math.sqrt(287.05 * 298.0))
    exact = v.pressure_pa * (1 + (g - 1) * TIMES / (2 * tau)) ** (-2 * g / (g - 1))
    np.testing.assert_allclose(played.pressure_pa, exact, rtol=3e-3)


def test_isothermal_closed_form():
    # a thousand times the heat: exponential with tau = V / (C Cd A sqrt(Rs T))
    v = vessel()
    played = discharge(v, Opening(4e-6, slow_share=1.0), TIMES, heat_factor=1e4)
    tau = v.volume_m3 / (0.6851 * 4e-6 * math.sqrt(287.05 * 298.0))
    np.testing.assert_allclose(played.pressure_pa, v.pressure_pa * np.exp(-TIMES / tau), rtol=5e-3)


def test_slit_into_vacuum_falls_as_its_closed_form():
    # p/p0 = 1 / (1 + t/tau), METHODS 1.1, crack
    v = vessel()
    played = discharge(v, Opening(1e-11, law=SLIT_LAW), TIMES, heat_factor=1e4)
    mu = 1.845e-5
    tau = 24 * mu * v.volume_m3 / (1e-11 * v.pressure_pa)
    np.testing.assert_allclose(played.pressure_pa, v.pressure_pa / (1 + TIMES / tau), rtol=1e-2)


def test_viscous_slit_is_the_slit_law_without_slip():
    exact = 1e-11 * (2e5**2 - 1e5**2) / (24 * 1.8e-5 * 8.314462618 / 28.9655e-3 * 300.0)
    assert viscous_slit(2e5, 1e5, 300.0, 28.9655e-3, 1.8e-5, 1e-11) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("gas", ["air", "N2", "H2", "He"])
def test_mass_that_left_went_through_the_leak(gas):
    v = vessel(gas=gas_number(gas), pressure_pa=1e7, outside_pa=1e5)
    t = np.linspace(0.0, 40.0, 4001)
    played = discharge(v, Opening(2e-6), t)
    gone = np.concatenate([[0.0], np.cumsum(0.5 * (played.rate_kg_s[1:] + played.rate_kg_s[:-1]) * np.diff(t))])
    np.testing.assert_allclose(mass(v, played)[0] - mass(v, played), gone, atol=2e-5 * gone[-1])


def test_energy_of_a_closed_vessel_with_warm_gas_is_kept():
    v = vessel(temperature_k=350.0, outer_h_w_m2k=0.0)
    t = np.linspace(0.0, 2000.0, 11)
    played = discharge(v, Opening(0.0), t)
    assert played.gas_k[-1] == pytest.approx(played.wall_inner_k[-1], abs=0.05)
    # the wall starts with the gas: there is nothing to exchange
    assert played.pressure_pa[-1] == pytest.approx(v.pressure_pa, rel=1e-9)


def test_comes_to_rest_at_the_pressure_outside():
    v = vessel(pressure_pa=7.9e5, outside_pa=1e5)
    played = discharge(v, Opening(5e-6), np.linspace(0.0, 600.0, 601))
    assert played.pressure_pa[-1] == pytest.approx(1e5, rel=2e-3)
    assert (np.diff(played.pressure_pa) < 1.0).all()
    assert played.gas_k[-1] == pytest.approx(298.0, abs=3.0)


def test_steps_are_fine_enough():
    v = vessel(pressure_pa=7.9e5, outside_pa=1e5)
    coarse = discharge(v, Opening(5e-6), np.array([0.0, 20.0, 50.0]))
    fine = discharge(v, Opening(5e-6), np.linspace(0.0, 50.0, 5001))
    np.testing.assert_allclose(coarse.pressure_pa, fine.pressure_pa[[0, 2000, 5000]], rtol=2e-4)
    np.testing.assert_allclose(coarse.bead_k, fine.bead_k[[0, 2000, 5000]], atol=0.05)


def test_a_bead_lags_and_a_larger_one_more():
    v = vessel(pressure_pa=7.9e5, outside_pa=1e5)
    small, large = (discharge(v, Opening(5e-6), TIMES, bead_m=d) for d in (0.3e-3, 2e-3))
    assert (small.bead_k[1:12] > small.gas_k[1:12]).all()
    assert (large.bead_k[1:12] > small.bead_k[1:12]).all()


def test_wall_area_of_a_cylinder():
    assert cylinder_wall_area(0.515, 0.2) == pytest.approx(2 * math.pi * 0.1**2 + math.pi * 0.2 * 0.515)


@pytest.mark.parametrize(
    ("name", "change"),
    [("pressure_pa", {"pressure_pa": -1.0}), ("temperature_k", {"temperature_k": 0.0}),
     ("volume_m3", {"volume_m3": 0.0}), ("wall_m", {"wall_m": math.nan}), ("outside_pa", {"outside_pa": math.inf})],
)  # fmt: skip
def test_impossible_vessels(name, change):
    with pytest.raises(OutOfRange, match=name):
        discharge(vessel(**change), Opening(1e-6), TIMES)


@pytest.mark.parametrize("size", [-1e-6, math.nan])
def test_impossible_openings(size):
    with pytest.raises(OutOfRange, match="size"):
        discharge(vessel(), Opening(size), TIMES)
