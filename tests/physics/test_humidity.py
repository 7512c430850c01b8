import pytest

from hullwatch.physics.humidity import saturation_pressure

STEAM_TABLE = {273.16: 611.66, 278.15: 872.6, 283.15: 1228.2, 293.15: 2339.3, 303.15: 4246.9, 313.15: 7384.9}
"""IAPWS-95 saturation pressure of water, Pa, as printed in steam tables [b, recalled]."""


@pytest.mark.parametrize(("temperature", "pressure"), STEAM_TABLE.items())
def test_saturation_pressure_against_the_steam_table(temperature, pressure):
    assert saturation_pressure(temperature) == pytest.approx(pressure, rel=4e-3)
