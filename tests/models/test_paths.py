import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.models.paths import FAN, ORIFICE, SMOOTH_PA, VISCOUS, flow, gas_of, head
from hullwatch.physics.gas import GAS_CONSTANT
from hullwatch.physics.orifice import orifice_flow


@settings(deadline=None, max_examples=200)
@given(st.floats(10.0, 1e7), st.floats(0.0, 0.999), st.floats(1.1, 1.67))
def test_head_is_the_orifice_law(p, ratio, gamma):
    t, molar = 295.0, 0.029
    exact = orifice_flow(p, ratio * p, t, molar, gamma, 1.0)
    got = head(p, ratio * p, gamma, 1e-6 * p)[0] / np.sqrt(GAS_CONSTANT / molar * t)
    assert got == pytest.approx(exact, rel=1e-6)


@settings(deadline=None, max_examples=200)
@given(st.floats(1.0, 1e6), st.floats(1e-9, 1.0), st.floats(1.1, 1.67))
def test_slopes_of_head_are_its_differences(p, gap, gamma):
    down = p * (1.0 - gap)
    _, by_up, by_down = head(p, down, gamma, SMOOTH_PA)
    size = max(abs(by_up), abs(by_down))
    e = 1e-4 * max(p * gap, SMOOTH_PA)
    up = (
        (head(p + e, down, gamma, SMOOTH_PA)[0] - head(p - e, down, gamma, SMOOTH_PA)[0]) / (2 * e)
        if p - e >= down
        else by_up
    )
    assert by_up == pytest.approx(up, rel=2e-4, abs=2e-4 * size)
    if down > e and p - down > e:
        lower = (head(p, down + e, gamma, SMOOTH_PA)[0] - head(p, down - e, gamma, SMOOTH_PA)[0]) / (2 * e)
        assert by_down == pytest.approx(lower, rel=2e-4, abs=2e-4 * size)


@pytest.mark.parametrize("kind", [ORIFICE, VISCOUS, FAN])
@pytest.mark.parametrize("fixed", [0.0, 290.0])
def test_derivatives_of_a_flow_are_its_differences(kind, fixed):
    y = np.array([[90.0, 330.0, 2.0, 6.0, 428.0 * 20.9 * 296.0], [60.0, 220.0, 1.0, 5.0, 286.0 * 20.9 * 290.0]])
    volume = np.array([10.0, 9.0])
    size = {ORIFICE: 1e-3, VISCOUS: 1e-9, FAN: 0.05}[kind]

    def at(state, slopes=False):
        gas, rate, own, other = np.empty((2, 8)), np.empty(5), np.empty((5, 5)), np.empty((5, 5))
        for c in range(2):
            gas_of(state, c, volume[c], fixed, gas[c])
        flow(kind, size, state, 0, gas[0], volume[0], 1, rate, own, other, gas[1], SMOOTH_PA, slopes)
        return rate, own, other

    _, own, other = at(y, True)
    for c, exact in ((0, own), (1, other)):
        for t in range(5):
            if fixed > 0.0 and t == 4:
                continue
            e = 1e-5 * y[c, t]
            up, down = y.copy(), y.copy()
            up[c, t] += e
            down[c, t] -= e
            difference = (at(up)[0] - at(down)[0]) / (2 * e)
            np.testing.assert_allclose(
                exact[:, t], difference, rtol=1e-5, atol=1e-5 * np.abs(exact[:, t]).max() + 1e-12
            )


def test_no_flow_without_gas():
    assert head(0.0, 0.0, 1.4, SMOOTH_PA) == (0.0, 0.0, 0.0)
