import numpy as np

from hullwatch.models.exponential import decay_of


def test_against_the_exponential_from_seconds_to_years():
    z = -np.concatenate([[0.0], np.logspace(-12, 9, 4000)])
    assert np.abs(decay_of(z) - np.exp(z)).max() < 1e-12


def test_what_does_not_decay_is_kept():
    assert abs(decay_of(np.zeros(1))[0] - 1.0) < 1e-14


def test_small_times_are_exact_to_rounding():
    z = -np.logspace(-9, -3, 50)
    assert np.abs(decay_of(z) - np.exp(z)).max() < 5e-14
