import pytest

from hullwatch.physics.transport import mean_free_path, viscosity


def test_mean_free_path_of_air():
    # METHODS 1.1: 66 nm at 1 atm
    assert mean_free_path(101325.0, 295.15, 28.9655e-3, viscosity(0, 295.15)) == pytest.approx(66e-9, abs=0.6e-9)


def test_half_the_pressure_doubles_the_path():
    one = mean_free_path(1e5, 295.15, 28.9655e-3, 1.8e-5)
    assert mean_free_path(5e4, 295.15, 28.9655e-3, 1.8e-5) == pytest.approx(2 * one)
