"""The coefficient of an edge, and a hole of known area."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.physics.orifice import (
    ROUNDED,
    THICK,
    THIN,
    critical_pressure_ratio,
    discharge_coefficient,
    hole_flow,
    orifice_flow,
    orifice_thrust,
)

edges = st.sampled_from([THIN, THICK, ROUNDED])
pressures = st.floats(1.0, 2e5)
shares = st.floats(0.0, 1.0)


@settings(deadline=None)
@given(edges)
def test_ends(edge):
    assert discharge_coefficient(1.0, *edge) == pytest.approx(edge[0], rel=1e-12)
    assert discharge_coefficient(0.0, *edge) == pytest.approx(edge[1], rel=1e-12)


@settings(deadline=None)
@given(edges, shares, shares)
def test_never_rises_with_the_pressure_ratio(edge, a, b):
    low, high = sorted((a, b))
    assert discharge_coefficient(high, *edge) <= discharge_coefficient(low, *edge) + 1e-12


@settings(deadline=None)
@given(pressures, shares, shares, edges)
def test_flow_never_rises_when_downstream_pressure_rises(p, a, b, edge):
    low, high = sorted((a, b))
    flow = [hole_flow(p, r * p, 295.0, 29e-3, 1.4, 1e-4, *edge) for r in (low, high)]
    assert flow[1] <= flow[0] * (1 + 1e-12)


@settings(deadline=None)
@given(pressures, st.floats(1e-4, 0.98), st.floats(1.1, 1.67), edges)
def test_value_and_slope_are_continuous_everywhere(p, r, gamma, edge):
    step = 1e-6

    def at(x):
        return hole_flow(p, x * p, 295.0, 29e-3, gamma, 1e-4, *edge) / p

    for middle in (r, critical_pressure_ratio(gamma)):
        left, right = at(middle) - at(middle - step), at(middle + step) - at(middle)
        # two slopes a step apart differ by the curvature only
        assert abs(left - right) / step <= 60.0 * step * at(0.0) / (1 - middle) ** 1.5 + 1e-9 * at(0.0) / step * 1e-2


@settings(deadline=None)
@given(pressures, pressures, edges)
def test_reversing_the_pressures_reverses_the_flow(a, b, edge):
    there = hole_flow(a, b, 295.0, 29e-3, 1.4, 1e-4, *edge)
    assert there == -hole_flow(b, a, 295.0, 29e-3, 1.4, 1e-4, *edge)


@settings(deadline=None)
@given(pressures, shares)
def test_a_constant_coefficient_is_the_effective_area(p, r):
    exact = orifice_flow(p, r * p, 295.0, 29e-3, 1.4, 0.8e-4)
    assert hole_flow(p, r * p, 295.0, 29e-3, 1.4, 1e-4, 0.8, 0.8) == pytest.approx(exact, rel=1e-12)


@settings(deadline=None)
@given(pressures, st.floats(1.1, 1.67))
def test_thrust_is_continuous_with_its_slope_where_flow_chokes(p, gamma):
    edge, step = critical_pressure_ratio(gamma), 1e-5
    at = [orifice_thrust(p, (edge + d) * p, gamma, 1e-4) / (p * 1e-4) for d in (-2 * step, -step, step, 2 * step)]
    left, right = (at[1] - at[0]) / step, (at[3] - at[2]) / step
    assert left == pytest.approx(-1.0, abs=1e-6)
    assert right == pytest.approx(left, abs=3e-4)
