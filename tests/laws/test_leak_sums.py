"""Several leaks at once: sums, species, thrust, exponent."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.errors import OutOfRange
from hullwatch.physics.crack import crack_flow, crack_thrust
from hullwatch.physics.gas import MOLAR_MASS, N2, O2, mixture_gamma, mixture_molar_mass
from hullwatch.physics.leaks import crack, flow_exponent, hole, leak_flows, seal
from hullwatch.physics.orifice import ROUNDED, THIN, hole_flow, orifice_thrust
from hullwatch.physics.transport import viscosity

CABIN = np.array([21.3e3, 78.0e3, 400.0, 1300.0])
VACUUM = np.zeros(4)
ROWS = [hole(1e-6, THIN), crack(0.045, 14e-6, 2e-3), seal("silicone", 0.01, 5e-3)]


def played(leaks, pressures=CABIN, outside=VACUUM):
    flows = np.zeros((len(leaks), 4))
    thrust = leak_flows(np.array(leaks), pressures, outside, 295.0, flows)
    return flows, thrust


@settings(deadline=None)
@given(st.lists(st.sampled_from(ROWS), min_size=1, max_size=6))
def test_leaks_add_up(rows):
    flows, thrust = played(rows)
    alone = [played([row]) for row in rows]
    np.testing.assert_array_equal(flows, np.concatenate([f for f, _ in alone]))
    assert thrust == pytest.approx(sum(t for _, t in alone), rel=1e-12)


def test_rows_are_the_laws():
    flows, thrust = played(ROWS[:2])
    m, g = float(mixture_molar_mass(CABIN)), float(mixture_gamma(CABIN))
    p = CABIN.sum()
    assert flows[0].sum() == pytest.approx(hole_flow(p, 0.0, 295.0, m, g, 1e-6, *THIN), rel=1e-12)
    slit = crack_flow(p, 0.0, 295.0, m, g, viscosity(0, 295.0), 0.045, 14e-6, 2e-3, 0.84)
    assert flows[1].sum() == pytest.approx(slit, rel=1e-12)
    assert thrust == pytest.approx(
        orifice_thrust(p, 0.0, g, 1e-6 * THIN[1]) + crack_thrust(slit, 295.0, m, g), rel=1e-12
    )


def test_holes_pass_the_air_as_it_is_and_seals_do_not():
    flows, _ = played(ROWS)
    for k in (0, 1):
        np.testing.assert_allclose(flows[k] / flows[k].sum(), CABIN * MOLAR_MASS / (CABIN * MOLAR_MASS).sum())
    assert flows[2, O2] / flows[2, N2] > 2.0 * flows[0, O2] / flows[0, N2]


def test_equal_pressures_leak_nothing():
    flows, thrust = played(ROWS, CABIN, CABIN)
    np.testing.assert_array_equal(flows, 0.0)
    assert thrust == 0.0


def test_reversed_pressures_bring_gas_in():
    outside = np.array([0.0, 2e5, 0.0, 0.0])
    flows, thrust = played(ROWS[:2], CABIN, outside)
    assert (flows[:, N2] < 0).all()
    assert (flows[:, O2] == 0).all()
    assert thrust > 0


def test_exponents():
    assert flow_exponent(np.array([hole(1e-6, ROUNDED)]), CABIN, 295.0) == pytest.approx(1.0, abs=1e-6)
    assert flow_exponent(np.array([ROWS[2]]), CABIN, 295.0) == pytest.approx(1.0, abs=1e-6)
    assert 1.8 < flow_exponent(np.array([ROWS[1]]), CABIN, 295.0) < 2.0
    assert 1.0 < flow_exponent(np.array(ROWS), CABIN, 295.0) < 1.9
    assert math.isnan(flow_exponent(np.array([hole(0.0, THIN)]), CABIN, 295.0))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: hole(-1e-6, THIN), "area_m2"),
        (lambda: hole(math.nan, THIN), "area_m2"),
        (lambda: hole(1e-6, (0.6, 1.2)), "edge"),
        (lambda: crack(0.1, -1e-6, 1e-3), "opening_m"),
        (lambda: crack(0.1, 1e-6, 0.0), "length_m"),
        (lambda: crack(0.1, 1e-6, 1e-3, 0.0), "cd"),
        (lambda: seal("chalk", 1.0, 1.0), "chalk"),
        (lambda: seal("butyl", 1.0, 0.0), "thickness_m"),
    ],
)
def test_leaks_that_cannot_be(make, name):
    with pytest.raises(OutOfRange, match=name):
        make()
