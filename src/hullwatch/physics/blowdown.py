"""One closed volume emptying through a hole into vacuum: the two closed forms between which a cabin lies.

A cabin is adiabatic for the first seconds and isothermal after its gas-to-wall time constant, about 2.5 min.
"""

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.physics.gas import AIR_GAMMA
from hullwatch.records import Floats


def blowdown_time(mass_kg: float, rate_kg_s: float) -> float:
    """Time constant of choked blowdown: the mass over the mass flow at one moment.

    Parameters: mass_kg kg, positive; rate_kg_s kg/s, positive, at the same moment. Returns: s.
    Raises: OutOfRange unless both are positive.
    Holds for: choked flow, where rate is proportional to pressure.
    Source: tau = V / (C* Cd A sqrt(Rs T)), METHODS 1.1; tests/against/test_blowdown.py.
    """
    if not mass_kg > 0.0:
        raise OutOfRange("mass_kg", mass_kg, "a mass above zero")
    if not rate_kg_s > 0.0:
        raise OutOfRange("rate_kg_s", rate_kg_s, "a rate above zero")
    return mass_kg / rate_kg_s


def isothermal_pressure_ratio(elapsed_s: Floats | float, tau_s: float) -> Floats:
    """Pressure over initial pressure when walls keep the gas warm.

    Parameters: elapsed_s (...) s, since the hole opened; negative counts as zero. tau_s s. Returns: (...) 1.
    Raises: nothing. Holds for: leaks much slower than the gas-to-wall time constant.
    Source: METHODS 1.1, exp(-t/tau); tests/against/test_blowdown.py.
    """
    return np.asarray(np.exp(-np.maximum(elapsed_s, 0.0) / tau_s))


def adiabatic_pressure_ratio(elapsed_s: Floats | float, tau_s: float, gamma: float = AIR_GAMMA) -> Floats:
    """Pressure over initial pressure when the gas gets no heat.

    Parameters: elapsed_s (...) s, negative counts as zero; tau_s s at the start; gamma. Returns: (...) 1.
    Raises: nothing. Holds for: leaks much faster than the gas-to-wall time constant.
    Source: METHODS 1.1 [S20]; tests/against/test_blowdown.py.
    """
    spread = 1.0 + 0.5 * (gamma - 1.0) * np.maximum(elapsed_s, 0.0) / tau_s
    return np.asarray(spread ** (-2.0 * gamma / (gamma - 1.0)))


def power_law_pressure_ratio(elapsed_s: Floats | float, tau_s: float, exponent: float) -> Floats:
    """Pressure over initial pressure of a warm volume whose leak goes as a power of its pressure.

    Parameters: elapsed_s (...) s, negative counts as zero; tau_s s, pressure over its own fall at the start; exponent,
    1 for a choked hole, 2 for a narrow crack into vacuum. Returns: (...) 1.
    Raises: nothing. Holds for: into vacuum, isothermal.
    Source: dp/dt = -(p0/tau) (p/p0)^n integrated; METHODS 1.1 (n = 1, 2); tests/physics/test_blowdown.py.
    """
    spread = (exponent - 1.0) * np.maximum(elapsed_s, 0.0) / tau_s
    if abs(exponent - 1.0) < 1e-9:
        return isothermal_pressure_ratio(elapsed_s, tau_s)
    with np.errstate(invalid="ignore", divide="ignore"):
        # exponents below one reach zero in finite time, and stay there
        return np.asarray(np.exp(-np.log1p(np.maximum(spread, -1.0)) / (exponent - 1.0)))
