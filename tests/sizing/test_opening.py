import math

import numpy as np
import pytest

from hullwatch.errors import OutOfRange
from hullwatch.physics.crack import crack_flow
from hullwatch.physics.orifice import orifice_flow, round_hole_area
from hullwatch.physics.transport import viscosity
from hullwatch.sizing.opening import crack_of, hole_of

P, T = 101325.0, 295.15


def test_certain_inputs_give_the_inverse():
    rate = orifice_flow(P, 0.0, T, 28.9655e-3, 1.4, round_hole_area(2e-3, 0.8))
    area, diameter = hole_of(np.array([rate]), np.array([0.8]), P, T)
    assert area.median == pytest.approx(round_hole_area(2e-3, 0.8), rel=1e-12)
    assert diameter.median == diameter.low == diameter.high == pytest.approx(2e-3, rel=1e-12)
    rate = crack_flow(P, 0.0, T, 28.9655e-3, 1.4, viscosity(0, T), 0.045, 14e-6, 2e-3, 0.84)
    opening = crack_of(np.array([rate]), np.array([0.045]), np.array([2e-3]), P, T)
    assert opening.median == pytest.approx(14e-6, rel=1e-9)


def test_doubt_in_the_coefficient_alone():
    # 5 % and 95 % of a coefficient flat from 0.6 to 1 are 0.62 and 0.98; the diameter goes as its root
    nodes = 0.6 + 0.4 * (np.arange(400) + 0.5) / 400
    _, d = hole_of(np.array([1e-4]), nodes, P, T)
    assert d.low / d.median == pytest.approx(math.sqrt(0.8 / 0.98), rel=2e-3)
    assert d.high / d.median == pytest.approx(math.sqrt(0.8 / 0.62), rel=2e-3)


def test_doubt_in_the_wall_alone():
    # viscous: h goes as the cube root of the wall
    nodes = 1e-3 + 2e-3 * (np.arange(50) + 0.5) / 50
    h = crack_of(np.array([1e-6]), np.array([0.045]), nodes, P, T)
    assert h.high / h.low == pytest.approx((2.9 / 1.1) ** (1 / 3), rel=0.03)


def test_against_sampling():
    """Slow and obviously right: draw everything and invert by search on the forward law."""
    rng = np.random.default_rng(0)
    rates, widths, walls = 1e-5 * rng.uniform(0.8, 1.2, 300), rng.uniform(0.03, 0.06, 300), rng.uniform(1e-3, 3e-3, 300)
    grid = np.geomspace(1e-6, 1e-4, 4000)
    mu = viscosity(0, T)
    drawn = [
        grid[np.argmin([abs(crack_flow(P, 0.0, T, 28.9655e-3, 1.4, mu, w, h, n, 0.84) - r) for h in grid])]
        for r, w, n in zip(rates, widths, walls, strict=True)
    ]

    def nodes(low, high):
        return low + (high - low) * (np.arange(9) + 0.5) / 9

    h = crack_of(1e-5 * nodes(0.8, 1.2), nodes(0.03, 0.06), nodes(1e-3, 3e-3), P, T)
    assert h.median == pytest.approx(np.median(drawn), rel=0.03)
    assert h.high - h.low == pytest.approx(np.quantile(drawn, 0.95) - np.quantile(drawn, 0.05), rel=0.15)


def test_no_pressure_no_opening():
    with pytest.raises(OutOfRange, match="p_up"):
        crack_of(np.array([1e-6]), np.array([0.045]), np.array([2e-3]), 0.0, T)
