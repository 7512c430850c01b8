"""One volume emptying into vacuum, against the two closed forms of METHODS 1.1 written out here by hand."""

import math

import numpy as np
import pytest

from hullwatch.models.cabin import Cabin, State, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.physics.blowdown import adiabatic_pressure_ratio, isothermal_pressure_ratio

VOLUME, T0, P0, AREA = 100.0, 295.15, 101325.0, 3.1416e-4
N2 = np.array([0.0, 1.0, 0.0, 0.0])
RS, CP = 8.314462618 / 28.0134e-3, 29.12  # NIST: cp of N2 at 298 K
GAMMA = CP / (CP - 8.314462618)
C_STAR = math.sqrt(GAMMA * (2 / (GAMMA + 1)) ** ((GAMMA + 1) / (GAMMA - 1)))
TAU = VOLUME / (C_STAR * AREA * math.sqrt(RS * T0))


def blow(wall_time_s):
    cabin = Cabin(
        ("A",),
        (),
        np.array([VOLUME]),
        np.array([wall_time_s]),
        np.zeros((0, 2), dtype=np.int64),
        np.zeros((0, 2), dtype=np.int64),
        np.zeros(0),
    )
    n = P0 * VOLUME / (8.31446261815324 * T0) * N2[None, :]
    holes = Holes(np.array([0]), np.array([AREA]), np.zeros(1), np.zeros(1), np.zeros(1))
    gains = Gains(np.zeros((1, 4)), np.full(1, T0), np.zeros(1), np.zeros(4), np.zeros((1, 4)), np.zeros((1, 4)))
    walls = Walls(0.0, 60.0, np.full((1, 1), T0))
    ways = ways_of(cabin, np.zeros(0, dtype=np.bool_))
    return advance(cabin, State(n, np.array([T0])), ways, holes, gains, walls, 0.0, 2 * TAU)[1]


def test_adiabatic():
    track = blow(1e12)
    exact = P0 * (1 + (GAMMA - 1) * track.time_s / (2 * TAU)) ** (-2 * GAMMA / (GAMMA - 1))
    np.testing.assert_allclose(track.pressure_pa[:, 0], exact, rtol=1e-6)
    np.testing.assert_allclose(track.temperature_k[:, 0], T0 * (exact / P0) ** ((GAMMA - 1) / GAMMA), rtol=1e-6)


def test_isothermal():
    track = blow(0.5)
    # walls in half a second still leave the gas cooler by b tau_wall / tau_leak = 1.3e-4
    np.testing.assert_allclose(track.pressure_pa[:, 0], P0 * np.exp(-track.time_s / TAU), rtol=6e-4)


def test_first_seconds_are_adiabatic_and_the_rest_isothermal():
    # METHODS finding 4: early dP/dt is up to 1.4 times the isothermal value
    track = blow(143.0)
    slope = -np.gradient(track.pressure_pa[:, 0], track.time_s)
    assert slope[0] * TAU / P0 == pytest.approx(GAMMA, rel=0.04)


def test_closed_forms_of_the_package():
    t = np.array([-5.0, 0.0, 100.0, 5000.0])
    np.testing.assert_allclose(isothermal_pressure_ratio(t, 1000.0), [1.0, 1.0, math.exp(-0.1), math.exp(-5.0)])
    expected = [1.0, 1.0, (1 + 0.2 * 0.1) ** -7, (1 + 0.2 * 5.0) ** -7]
    np.testing.assert_allclose(adiabatic_pressure_ratio(t, 1000.0), expected)
