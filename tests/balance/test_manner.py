"""How far a sensor is believed."""

import numpy as np

from hullwatch.balance.manner import typical


def test_the_typical_reading_is_the_median_of_three_or_more() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5_000):
        value = rng.integers(0, 6, rng.integers(1, 9)).astype(np.float64)
        usable = rng.random(value.size) < 0.8
        expected = np.median(value[usable]) if usable.sum() >= 3 else np.nan
        np.testing.assert_equal(typical(value, usable), expected)
