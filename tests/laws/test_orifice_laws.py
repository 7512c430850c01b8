"""What every hole obeys, whatever its numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.physics.orifice import (
    critical_pressure_ratio,
    effective_area,
    equivalent_diameter,
    orifice_flow,
    round_hole_area,
)

pressures = st.floats(1.0, 2e5)
temperatures = st.floats(250.0, 330.0)
areas = st.floats(1e-10, 1e-2)
gammas = st.floats(1.1, 1.67)
molar = st.floats(4e-3, 44e-3)
shares = st.floats(0.0, 1.0)


@given(pressures, shares, temperatures, molar, gammas, areas, st.floats(1.0, 10.0))
def test_a_larger_hole_never_leaks_less(p, r, t, m, g, a, k):
    assert orifice_flow(p, r * p, t, m, g, k * a) >= orifice_flow(p, r * p, t, m, g, a)


@given(pressures, shares, shares, temperatures, molar, gammas, areas)
def test_choked_flow_ignores_downstream_pressure(p, r1, r2, t, m, g, a):
    edge = critical_pressure_ratio(g) * p
    assert orifice_flow(p, 0.999999 * r1 * edge, t, m, g, a) == orifice_flow(p, 0.999999 * r2 * edge, t, m, g, a)


@given(pressures, shares, shares, temperatures, molar, gammas, areas)
def test_flow_never_rises_when_downstream_pressure_rises(p, r1, r2, t, m, g, a):
    low, high = sorted((r1, r2))
    full = orifice_flow(p, 0.0, t, m, g, a)
    assert orifice_flow(p, high * p, t, m, g, a) <= orifice_flow(p, low * p, t, m, g, a) + 1e-12 * full


@given(pressures, temperatures, molar, gammas)
def test_value_and_slope_meet_at_the_critical_ratio(p, t, m, g):
    r = critical_pressure_ratio(g)
    at = [orifice_flow(p, (r + d) * p, t, m, g, 1.0) for d in (-1e-4, 0.0, 1e-4)]
    assert at[1] == pytest.approx(at[0], rel=1e-9)
    # the subsonic side leaves with zero slope: a step of 1e-4 changes the flow by its square only
    assert abs(at[2] - at[1]) / at[1] < 1e-7


@given(pressures, pressures, temperatures, molar, gammas, areas)
def test_reversing_the_pressures_reverses_the_flow(p1, p2, t, m, g, a):
    assert orifice_flow(p1, p2, t, m, g, a) == -orifice_flow(p2, p1, t, m, g, a)


@given(pressures, st.floats(0.0, 0.99), temperatures, areas)
def test_area_there_and_back(p, r, t, a):
    rate = orifice_flow(p, r * p, t, 28.9655e-3, 1.4, a)
    assert effective_area(rate, p, t, r * p) == pytest.approx(a, rel=1e-12)


@given(st.floats(1e-5, 0.5), st.floats(0.1, 1.0))
def test_diameter_there_and_back(d, cd):
    assert equivalent_diameter(round_hole_area(d, cd), cd) == pytest.approx(d, rel=1e-12)
