import math

import pytest
from bgk_slit import poiseuille

from hullwatch.errors import OutOfRange
from hullwatch.physics.crack import crack_flow, crack_opening, crossover_opening, slit_conductance, slit_flow
from hullwatch.physics.transport import viscosity

AIR, M, T, P = 0, 28.9655e-3, 295.15, 101325.0
MU = viscosity(AIR, T)
RS = 8.314462618 / M


@pytest.mark.parametrize("delta", [0.001, 0.01, 0.1, 0.3, 1.0, 2.0, 5.0, 10.0])
def test_conductance_against_the_kinetic_equation(delta):
    assert slit_conductance(delta, 1e-9) == pytest.approx(poiseuille(delta), rel=0.015)


def test_knudsens_minimum():
    # Cercignani: 1.54 near delta = 1
    values = {d: slit_conductance(d, 1e-9) for d in (0.3, 0.5, 0.8, 1.0, 1.3, 2.0, 4.0)}
    assert min(values.values()) == pytest.approx(1.54, abs=0.02)
    assert 0.7 < min(values, key=values.get) < 1.5


def test_viscous_limit_is_compressible_poiseuille():
    # METHODS 1.1: w h^3 (p0^2 - p1^2) / (24 mu L Rs T); 100 um at 10 bar is far from slip
    w, h, length = 0.05, 1e-4, 0.01
    exact = w * h**3 * ((1e6) ** 2 - (2e5) ** 2) / (24 * MU * length * RS * T)
    assert slit_flow(1e6, 2e5, T, M, MU, w, h, length) == pytest.approx(exact, rel=6e-3)


def test_first_order_slip():
    # METHODS 1.1: times 1 + 6 sigma Kn_m, Kn_m at the mean pressure; sigma 1.016 (2/sqrt(pi)) for hard spheres and BGK
    w, h, length = 0.05, 2e-5, 0.01
    viscous = w * h**3 * (P**2 - (0.5 * P) ** 2) / (24 * MU * length * RS * T)
    free_path = MU * math.sqrt(0.5 * math.pi * RS * T) / (0.75 * P)
    slip = 1 + 6 * 1.1466 * free_path / h
    assert slit_flow(P, 0.5 * P, T, M, MU, w, h, length) == pytest.approx(viscous * slip, rel=5e-3)


@pytest.mark.parametrize("slender", [1e-2, 1e-3, 1e-4])
def test_free_molecular_limit_against_clausings_slit(slender):
    # Berman 1965, transmission of a slit of any length; mdot = w h p / sqrt(2 pi Rs T) W
    x = 1 / slender
    root = math.sqrt(1 + x * x)
    berman = 0.5 * (1 + root - x) - 1.5 * (x - math.log(x + root)) ** 2 / (x**3 + 3 * x * x + 4 - (x * x + 4) * root)
    h, length = 1e-6, 1e-6 / slender
    rate = slit_flow(1e-3, 0.0, T, M, MU, 1.0, h, length)
    assert rate / (h * 1e-3 / math.sqrt(2 * math.pi * RS * T)) == pytest.approx(berman, rel=0.02)


@pytest.mark.parametrize(("length", "um"), [(1e-3, 27), (2e-3, 38), (5e-3, 60), (1e-2, 85)])
def test_crossover_openings(length, um):
    # METHODS 1.1
    assert crossover_opening(P, T, M, 1.4, MU, length, 0.84) * 1e6 == pytest.approx(um, abs=0.6)


def test_the_crack_of_the_transfer_tunnel():
    # METHODS finding 5: 45 mm long, 1.4 kg/day, 2 mm wall assumed: about 14 um
    opening = crack_opening(1.4 / 86400, P, 0.0, T, M, 1.4, MU, 0.045, 2e-3, 0.84)
    assert opening * 1e6 == pytest.approx(14, abs=0.6)


def test_reversed_pressures_reverse_the_sign():
    there = crack_flow(P, 0.3 * P, T, M, 1.4, MU, 0.05, 2e-5, 2e-3, 0.84)
    assert crack_flow(0.3 * P, P, T, M, 1.4, MU, 0.05, 2e-5, 2e-3, 0.84) == -there


def test_nothing_through_nothing():
    assert crack_flow(P, 0.0, T, M, 1.4, MU, 0.05, 0.0, 2e-3, 0.84) == 0.0
    assert crack_flow(P, P, T, M, 1.4, MU, 0.05, 1e-5, 2e-3, 0.84) == 0.0
    assert crack_opening(0.0, P, 0.0, T, M, 1.4, MU, 0.05, 2e-3, 0.84) == 0.0


@pytest.mark.parametrize(
    ("name", "change"),
    [("rate", {0: -1.0}), ("rate", {0: math.nan}), ("p_up", {2: 2e5}), ("width", {7: 0.0}), ("length", {8: -1.0}),
     ("cd", {9: 0.0}), ("temperature", {3: 0.0})],
)  # fmt: skip
def test_impossible_cracks(name, change):
    arguments = [1e-5, P, 0.0, T, M, 1.4, MU, 0.05, 2e-3, 0.84]
    for place, value in change.items():
        arguments[place] = value
    with pytest.raises(OutOfRange, match=name):
        crack_opening(*arguments)
