import math

import pytest

from hullwatch.errors import OutOfRange
from hullwatch.physics.equations_of_state import GAS_MOLAR_MASS, GASES
from hullwatch.physics.real_gas import gas_density, gas_number, gas_state


@pytest.mark.parametrize("gas", range(len(GASES)))
@pytest.mark.parametrize("pressure", [1e3, 1e5, 2e6, 1.5e7])
def test_density_there_and_back(gas, pressure):
    density = gas_density(gas, pressure, 280.0)
    assert gas_state(gas, density, 280.0)[0] == pytest.approx(pressure, rel=1e-12)


@pytest.mark.parametrize("gas", range(len(GASES)))
def test_derivatives_against_differences(gas):
    # dp/dT; T ds = cv dT at constant density; and dh - T ds = v dp along a line of density
    rho, t, step = gas_density(gas, 8e6, 260.0), 260.0, 1e-3
    _, cv, p_t, _, _, _ = gas_state(gas, rho, t)
    low, high = gas_state(gas, rho, t - step), gas_state(gas, rho, t + step)
    assert (high[0] - low[0]) / (2 * step) == pytest.approx(p_t, rel=1e-7)
    assert t * (high[4] - low[4]) / (2 * step) == pytest.approx(cv, rel=1e-6)
    low, high = gas_state(gas, rho * (1 - 1e-6), t), gas_state(gas, rho * (1 + 1e-6), t)
    left = (high[5] - low[5]) - t * (high[4] - low[4])
    assert left == pytest.approx((high[0] - low[0]) / rho, rel=1e-6)


@pytest.mark.parametrize("gas", range(len(GASES)))
def test_sound_is_the_slope_of_the_isentrope(gas):
    rho, t = gas_density(gas, 8e6, 260.0), 260.0
    _, cv, p_t, sound2, _, _ = gas_state(gas, rho, t)
    step = 1e-6 * rho
    slope = t * p_t / (rho * rho * cv)
    high, low = gas_state(gas, rho + step, t + slope * step), gas_state(gas, rho - step, t - slope * step)
    assert high[4] == pytest.approx(low[4], abs=1e-9)
    assert math.sqrt((high[0] - low[0]) / (2 * step) / GAS_MOLAR_MASS[gas]) == pytest.approx(
        math.sqrt(sound2), rel=1e-6
    )


def test_names():
    assert [gas_number(name) for name in GASES] == list(range(len(GASES)))
    with pytest.raises(OutOfRange, match="xenon"):
        gas_number("xenon")
