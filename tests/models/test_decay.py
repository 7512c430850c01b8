import numpy as np
import pytest
from small_ships import air, chain, hole, no_gains, open_all, still

from hullwatch.errors import OutOfRange
from hullwatch.models.cabin import advance, ways_of
from hullwatch.models.decay import leak_decay
from hullwatch.physics.gas import MOLAR_MASS


def test_nothing_before_the_hole_and_exponential_after():
    t = np.array([0.0, 99.0, 100.0, 1100.0])
    late = np.exp(-0.1 - 0.4 * 143.0 * 1e-4)  # gas lost, and the cooling the walls leave
    np.testing.assert_allclose(leak_decay(t, 100.0, 0.001, 10.0), [1.0, 1.0, 1.0, late], rtol=1e-5)
    np.testing.assert_array_equal(leak_decay(t, 100.0, 0.0, 10.0), 1.0)


def test_agrees_with_the_cabin():
    cabin = chain()
    state = air(cabin)
    ways = ways_of(cabin, open_all(cabin))
    _, track, _ = advance(cabin, state, ways, hole(2, 2e-6), no_gains(cabin), still(cabin), 0.0, 50_000.0)
    mass = float((state.moles @ MOLAR_MASS).sum())
    expected = leak_decay(track.time_s, 0.0, float(track.hole_kg_s[0, 0]), mass)
    # the gas is colder than its walls by b tau_wall / tau_leak, and its make-up in C drifts a little
    np.testing.assert_allclose(track.pressure_pa[:, 0] / track.pressure_pa[0, 0], expected, rtol=5e-4)
    assert expected[-1] < 0.8


def test_impossible_arguments():
    with pytest.raises(OutOfRange, match="rate_kg_s"):
        leak_decay(np.zeros(1), 0.0, -1.0, 10.0)
    with pytest.raises(OutOfRange, match="mass_kg"):
        leak_decay(np.zeros(1), 0.0, 1.0, 0.0)
