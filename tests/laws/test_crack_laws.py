"""What every crack obeys: monotonic, smooth where regimes meet, between its two limits."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.physics.crack import crack_flow, crack_opening, slit_flow
from hullwatch.physics.orifice import orifice_flow

M, MU = 28.9655e-3, 1.83e-5
pressures = st.floats(1e-2, 2e6)
openings = st.floats(-8.0, -3.0).map(lambda x: 10.0**x)
shares = st.floats(0.0, 0.999)
lengths = st.floats(5e-4, 2e-2)
temperatures = st.floats(230.0, 350.0)


def flow(p, r, t, h, length):
    return crack_flow(p, r * p, t, M, 1.4, MU, 0.05, h, length, 0.84)


@settings(deadline=None)
@given(pressures, shares, temperatures, openings, lengths, st.floats(1.001, 3.0))
def test_more_opening_or_pressure_or_less_wall_never_leaks_less(p, r, t, h, length, k):
    here = flow(p, r, t, h, length)
    assert flow(p, r, t, k * h, length) >= here
    assert flow(k * p, r / k, t, h, length) >= here
    assert flow(p, r, t, h, k * length) <= here * (1 + 1e-9)


@settings(deadline=None)
@given(pressures, shares, temperatures, openings, lengths)
def test_never_more_than_either_law_alone(p, r, t, h, length):
    here = flow(p, r, t, h, length)
    assert 0.0 <= here <= slit_flow(p, r * p, t, M, MU, 0.05, h, length) * (1 + 1e-12)
    assert here <= orifice_flow(p, r * p, t, M, 1.4, 0.84 * 0.05 * h) * (1 + 1e-12)


@settings(deadline=None)
@given(pressures, temperatures, openings, lengths, st.sampled_from(["pressure", "opening", "temperature"]))
def test_slopes_are_continuous_over_all_regimes(p, t, h, length, variable):
    step = 1e-3

    def at(x):
        k = math.exp(x)
        grown = {"pressure": (p * k, t, h), "opening": (p, t, h * k), "temperature": (p, t * k, h)}[variable]
        return math.log(flow(grown[0], 0.0, grown[1], grown[2], length))

    left, right = (at(0.0) - at(-step)) / step, (at(step) - at(0.0)) / step
    # logarithmic slopes run from 1/2 to 3 over decades: between neighbours they differ by far less than this
    assert abs(left - right) < 5.0 * step
    assert -1.01 < left < 3.01


@settings(deadline=None)
@given(st.floats(1e4, 2e5), temperatures, openings, lengths)
def test_slope_is_continuous_where_the_mouth_chokes(p, t, h, length):
    step, edge = 1e-5, (2 / 2.4) ** 3.5
    at = [flow(p, edge + d, t, h, length) for d in (-2 * step, -step, step, 2 * step)]
    left, right = (at[1] - at[0]) / step, (at[3] - at[2]) / step
    assert abs(left - right) < 1e-2 * flow(p, 0.0, t, h, length)


@settings(deadline=None)
@given(st.floats(1e3, 2e5), lengths)
def test_exponent_goes_from_two_to_one(p, length):
    def exponent(h):
        return math.log(flow(1.001 * p, 0.0, 295.0, h, length) / flow(p, 0.0, 295.0, h, length)) / math.log(1.001)

    # far narrower than the crossover but far wider than the free path: 2; far wider than the crossover: 1
    crossover = math.sqrt(24 * MU * length * 0.84 * 0.6847 * 291.0 / p)
    path = 1.83e-5 * math.sqrt(math.pi * 287 * 295 / 2) / p
    assert exponent(100 * crossover) == pytest.approx(1.0, abs=0.01)
    if crossover > 600 * path:
        assert exponent(math.sqrt(crossover * path * 20)) == pytest.approx(2.0, abs=0.35)


@settings(deadline=None, max_examples=30)
@given(st.floats(1e2, 2e5), shares, openings, lengths)
def test_opening_there_and_back(p, r, h, length):
    rate = flow(p, r, 295.0, h, length)
    assert crack_opening(rate, p, r * p, 295.0, M, 1.4, MU, 0.05, length, 0.84) == pytest.approx(h, rel=1e-6)
