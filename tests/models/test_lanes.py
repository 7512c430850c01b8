"""Vector instructions that are written out, against NumPy's complex numbers."""

import numpy as np
import pytest
from numba import njit

from hullwatch.models import lanes
from hullwatch.models.exponential import POLE_IM, POLE_RE
from hullwatch.models.lanes import KINDS, LANES


@njit
def play(x, state, steady, removal, mean, end, account, per, own, real):
    lanes.shifted(x, 0, per, own, removal, 0)
    lanes.laid(x, 1, state, steady, 0, 1.0 / per)
    lanes.times(x, 2, 3)
    lanes.less(x, 4, 2, 3)
    lanes.less_real(x, 5, 3, real)
    lanes.invert(x, 6)
    lanes.set_real(x, 7, real)
    lanes.leaf(x, 8, 9, 10, 11, real, own)
    lanes.back(x, 12, 13, 11, real, state, mean, end, per)
    lanes.owed(state, mean, end, steady, removal, account, 0, own, per)
    lanes.paid(end, account, 1, real)
    gain = lanes.balance(state, steady, state[1], removal, end, mean, 1, own, real)
    lanes.moved(state, 0, 1, 1, real)
    return gain, lanes.held(state, 0), lanes.change(mean, end, 0)


def complex_of(row):
    return row[:LANES] + 1j * row[LANES:]


@pytest.fixture(scope="module")
def played():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(14, 2 * LANES))
    tables = [rng.uniform(0.5, 2.0, (len(x), KINDS)) for _ in range(5)]
    account, scalars = rng.normal(size=KINDS), (0.03, 0.4, -0.7)
    before = [complex_of(row) for row in x], [t.copy() for t in tables], account.copy()
    found = play(x, *tables, account, *scalars)
    return before, [complex_of(row) for row in x], tables, account, scalars, found


def test_rows_are_complex_numbers(played):
    (z, _, _), after, _, _, (_, own, real), _ = played
    product = z[2] * z[3]
    inverse = 1.0 / z[8]
    expected = {
        2: product, 4: z[4] - product * z[3], 5: z[5] - real * z[3], 6: 1.0 / z[6], 7: real + 0.0 * z[7], 8: inverse,
        9: z[9] - real * inverse, 11: z[11] + own * inverse * z[10],
    }  # fmt: skip
    expected[13] = z[12] * (z[13] + real * expected[11])
    for row, value in expected.items():
        np.testing.assert_allclose(after[row], value, rtol=1e-12, atol=1e-13, err_msg=str(row))


def test_poles_are_spread_over_species(played):
    (_, (state, steady, removal, *_), _), after, _, _, (per, own, _), _ = played
    pole = (POLE_RE + 1j * POLE_IM)[:, None]
    np.testing.assert_allclose(after[0].reshape(-1, KINDS), pole * per + own + removal[0], rtol=1e-12)
    np.testing.assert_allclose(after[1].reshape(-1, KINDS), state[0] + steady[0] / per / pole, rtol=1e-12)


def test_what_is_owed_and_balanced(played):
    (_, (state, steady, removal, _, _), account), _, tables, owed, (per, own, real), (gain, held, change) = played
    mean, end = tables[3], tables[4]
    lost = (own + removal[0]) * mean[0]
    start = state[0] - real * state[1]
    np.testing.assert_allclose(owed, account + state[0] - end[0] + per * (steady[0] - lost), rtol=1e-12)
    given = steady[1] + own * state[1] + removal[1] * np.minimum(state[1], end[1])
    np.testing.assert_allclose(mean[1], given, rtol=1e-12)
    assert gain == pytest.approx((given - (real + removal[1]) * state[1]).sum(), rel=1e-12)
    assert held == pytest.approx(start.sum(), rel=1e-12)
    assert change == pytest.approx(np.abs(end[0] - mean[0]).max(), rel=1e-12)
