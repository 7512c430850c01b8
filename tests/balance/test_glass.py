"""What a thermometer says: lags as they should be, and a jump that no air makes is its own."""

import numpy as np
import pytest

from hullwatch.balance.glass import G_JUMP, G_JUMPED, GLASS_COLUMNS, follow_glass
from hullwatch.records import Floats

LAGS = np.array([0.0, 600.0, 7200.0])
SPIKE_K = 0.5


def followed(time_s: Floats, value_k: Floats, spike_k: float = SPIKE_K) -> tuple[Floats, Floats]:
    """What is remembered after these readings: seen (1 + lag,) and the thermometer's own row."""
    seen, glass = np.full((1, 1 + LAGS.size), np.nan), np.zeros((1, GLASS_COLUMNS))
    for t, value in zip(time_s, value_k, strict=True):
        follow_glass(seen, glass, 0, float(t), float(value), LAGS, spike_k)
    return seen[0], glass[0]


def test_lagged_temperatures_follow_as_first_order_lags() -> None:
    time_s = np.arange(0.0, 3600.0)
    seen, glass = followed(time_s + 1e9, np.where(time_s == 0.0, 290.0, 290.4))
    assert seen[0] == 290.0
    np.testing.assert_allclose(seen[1:], [290.4, *(290.4 - 0.4 * np.exp(-3599.0 / LAGS[1:]))], rtol=1e-12)
    assert glass[G_JUMPED] == 0.0


@pytest.mark.parametrize("jump_k", [3.0, -3.0])
def test_a_jump_no_air_makes_moves_all_that_is_remembered(jump_k: float) -> None:
    time_s = np.arange(0.0, 3600.0)
    calm = 290.0 + 0.3 * np.sin(time_s / 900.0)
    seen, _ = followed(time_s + 1e9, calm)
    jumped, glass = followed(time_s + 1e9, calm + jump_k * (time_s >= 1800.0))
    np.testing.assert_allclose(jumped[1:] - jumped[0], seen[1:] - seen[0], atol=2e-3)
    assert glass[G_JUMPED] == 1e9 + 1800.0
    assert glass[G_JUMP] == pytest.approx(jump_k, abs=1e-3)


def test_what_air_may_do_between_two_readings_far_apart_is_no_jump() -> None:
    time_s = np.array([0.0, 1800.0])
    seen, glass = followed(time_s + 1e9, np.array([290.0, 293.0]))
    assert glass[G_JUMPED] == 0.0
    assert seen[1] == 293.0


def test_a_thermometer_without_a_spike_limit_is_never_said_to_jump() -> None:
    assert followed(np.arange(2.0) + 1e9, np.array([290.0, 299.0]), 0.0)[1][G_JUMPED] == 0.0
