"""Real gases: pressure, heat capacities and sound of seven gases, and their exact flow at Mach 1.

The ideal gas of `gas.py` serves cabins (0.06 % at 1 bar); this serves vessels to 200 bar and the critical flow function
to 0.01 %. `gas` is a place in `GASES`.
"""

import math

from hullwatch.compiled import kernel
from hullwatch.errors import OutOfRange
from hullwatch.physics.equations_of_state import (
    BELLS,
    BELLS_COUNT,
    CRITICAL_K,
    CRITICAL_MOL_M3,
    EXPONENTIALS,
    EXPONENTIALS_COUNT,
    GAS_MOLAR_MASS,
    GASES,
    LOG_TAU,
    OWN_GAS_CONSTANT,
    POWERS,
    POWERS_COUNT,
    RESIDUAL,
    RESIDUAL_COUNT,
)

State = tuple[float, float, float, float, float, float]
Derivatives = tuple[float, float, float, float, float, float]


def gas_number(name: str) -> int:
    """Place of a gas in `GASES`.

    Parameters: name, one of `GASES`. Returns: its index. Raises: OutOfRange for another name.
    Holds for: always. Source: definition; tests/physics/test_real_gas.py.
    """
    if name not in GASES:
        raise OutOfRange("gas", None, f"{name!r} is not one of {', '.join(GASES)}")
    return GASES.index(name)


@kernel
def _residual(gas: int, delta: float, tau: float) -> Derivatives:
    """Residual Helmholtz energy a, its derivatives times delta and tau: a, d a_d, d2 a_dd, t a_t, t2 a_tt, dt a_dt."""
    a = a_d = a_dd = a_t = a_tt = a_dt = 0.0
    log_delta, log_tau = math.log(delta), math.log(tau)
    for i in range(RESIDUAL_COUNT[gas]):
        n, t, d, power = RESIDUAL[gas, i, 0], RESIDUAL[gas, i, 1], RESIDUAL[gas, i, 2], RESIDUAL[gas, i, 3]
        damp = delta**power if power > 0.0 else 0.0
        term = n * math.exp(t * log_tau + d * log_delta - damp)
        # d ln(term) / d ln(delta), and what its own derivative adds
        slope = d - power * damp
        a += term
        a_d += term * slope
        a_dd += term * (slope * (slope - 1.0) - power * power * damp)
        a_t += term * t
        a_tt += term * t * (t - 1.0)
        a_dt += term * t * slope
    for i in range(BELLS_COUNT[gas]):
        n, t, d = BELLS[gas, i, 0], BELLS[gas, i, 1], BELLS[gas, i, 2]
        eta, beta, gamma, epsilon = BELLS[gas, i, 3], BELLS[gas, i, 4], BELLS[gas, i, 5], BELLS[gas, i, 6]
        away, apart = delta - epsilon, tau - gamma
        term = n * math.exp(t * log_tau + d * log_delta - eta * away * away - beta * apart * apart)
        slope = d - 2.0 * eta * delta * away
        tilt = t - 2.0 * beta * tau * apart
        a += term
        a_d += term * slope
        a_dd += term * (slope * slope - d - 2.0 * eta * delta * delta)
        a_t += term * tilt
        a_tt += term * (tilt * tilt - t - 2.0 * beta * tau * tau)
        a_dt += term * tilt * slope
    return a, a_d, a_dd, a_t, a_tt, a_dt


@kernel
def _ideal(gas: int, delta: float, tau: float) -> tuple[float, float, float]:
    """Ideal Helmholtz energy and its derivatives times tau: a, t a_t, t2 a_tt."""
    log = LOG_TAU[gas]
    a, a_t, a_tt = math.log(delta) + log * math.log(tau), log, -log
    for i in range(POWERS_COUNT[gas]):
        n, t = POWERS[gas, i, 0], POWERS[gas, i, 1]
        term = n * tau**t
        a += term
        a_t += term * t
        a_tt += term * t * (t - 1.0)
    for i in range(EXPONENTIALS_COUNT[gas]):
        n, theta = EXPONENTIALS[gas, i, 0], EXPONENTIALS[gas, i, 1]
        c, d = EXPONENTIALS[gas, i, 2], EXPONENTIALS[gas, i, 3]
        # shares of the exponential in c + d exp(theta tau)
        grown = d * math.exp(theta * tau)
        share = grown / (c + grown)
        a += n * math.log(c + grown)
        a_t += n * theta * tau * share
        a_tt += n * (theta * tau) ** 2 * share * (1.0 - share)
    return a, a_t, a_tt


@kernel
def gas_state(gas: int, density: float, temperature: float) -> State:
    """Pressure and what a vessel's energy balance needs, at a density and temperature.

    Parameters: gas; density mol/m3, above zero; temperature K. Scalars.
    Returns: pressure Pa; cv J/(mol K); dp/dT at constant density, Pa/K; square of the speed of sound m2/s2; entropy
    J/(mol K) and enthalpy J/mol, both from a zero of their own.
    Raises: nothing. Holds for: the gas phase, 150 to 600 K to 200 bar; near the critical point heat capacities are
    uncertain by percents.
    Source: the papers named in `equations_of_state.py` (0.02 % in density at these states);
    tests/against/test_real_gas.py.
    """
    delta, tau = density / CRITICAL_MOL_M3[gas], CRITICAL_K[gas] / temperature
    r = OWN_GAS_CONSTANT[gas]
    a, a_d, a_dd, a_t, a_tt, a_dt = _residual(gas, delta, tau)
    i, i_t, i_tt = _ideal(gas, delta, tau)
    pressure = density * r * temperature * (1.0 + a_d)
    cv = -r * (i_tt + a_tt)
    p_t = density * r * (1.0 + a_d - a_dt)
    p_rho = r * temperature * (1.0 + 2.0 * a_d + a_dd)
    sound2 = (p_rho + temperature * p_t * p_t / (density * density * cv)) / GAS_MOLAR_MASS[gas]
    entropy = r * (i_t + a_t - i - a)
    enthalpy = r * temperature * (1.0 + i_t + a_t + a_d)
    return pressure, cv, p_t, sound2, entropy, enthalpy


@kernel
def gas_density(gas: int, pressure: float, temperature: float) -> float:
    """Molar density of the gas phase.

    Parameters: gas; pressure Pa, above zero; temperature K. Returns: mol/m3. Raises: nothing.
    Holds for: temperatures above the critical one; below it the vapour, if Newton's steps from the ideal gas find it.
    Source: `gas_state` solved for density; tests/physics/test_real_gas.py (there and back).
    """
    r = OWN_GAS_CONSTANT[gas]
    density = float(pressure / (r * temperature))
    for _ in range(50):
        delta, tau = density / CRITICAL_MOL_M3[gas], CRITICAL_K[gas] / temperature
        _, a_d, a_dd, _, _, _ = _residual(gas, delta, tau)
        miss = density * r * temperature * (1.0 + a_d) - pressure
        step = miss / (r * temperature * (1.0 + 2.0 * a_d + a_dd))
        density = max(density - step, 0.2 * density)
        if abs(step) < 1e-14 * density:
            break
    return density


@kernel
def real_critical_flow_function(gas: int, pressure: float, temperature: float) -> float:
    """C* in m = C* A p0 / sqrt(Rs T0) of the real gas: isentropic expansion to where it is as fast as its own sound.

    Parameters: gas; pressure Pa and temperature K of the gas at rest. Scalars.
    Returns: dimensionless, 0.684946 for N2 at 1 bar and 293.15 K. Raises: nothing.
    Holds for: as `gas_state`, no condensation in the throat.
    Source: ISO 9300, definition of C*; METHODS 1.4 [c] and CoolProp 8: within 0.001 %,
    tests/against/test_critical_flow_function.py.
    """
    rest = gas_density(gas, pressure, temperature)
    _, _, _, sound2, s0, h0 = gas_state(gas, rest, temperature)
    m = GAS_MOLAR_MASS[gas]
    density, t = 0.634 * rest, 0.833 * temperature
    for _ in range(60):
        # onto the isentrope at this density, then along it to h0 - h = c2 / 2
        for _ in range(4):
            p, cv, p_t, sound2, s, h = gas_state(gas, density, t)
            t -= (s - s0) * t / cv
        p, cv, p_t, sound2, s, h = gas_state(gas, density, t)
        exponent = sound2 * density * m / p
        miss = (h - h0) / m + 0.5 * sound2
        step = miss * density / (sound2 * 0.5 * (1.0 + exponent))
        t -= t * p_t / (density * density * cv) * density * (step / density)
        density -= step
        if abs(step) < 1e-13 * density:
            break
    flux = density * m * math.sqrt(sound2)
    return float(flux * math.sqrt(OWN_GAS_CONSTANT[gas] / m * temperature) / pressure)


@kernel
def orifice_terms(gas: int, density: float, temperature: float) -> tuple[float, float, float]:
    """What turns `orifice_flow` into the flow of a real gas: pressure, compressed temperature, isentropic exponent.

    Parameters: gas; density mol/m3; temperature K, of the gas at rest. Scalars.
    Returns: p Pa; Z T in K, which as `t_up` makes the density right; n = c2 rho / p, which as `gamma` makes the sound
    right. Raises: nothing.
    Holds for: choked nitrogen comes out 0.2 % high at 20 bar and 2.1 % at 150 bar: scale with
    `real_critical_flow_function`, as `models/vessel.py` does.
    Source: p v^n constant along the expansion, exponent taken at rest [b: ISO 4126-7]; tests/against/test_real_gas.py.
    """
    p, _, _, sound2, _, _ = gas_state(gas, density, temperature)
    return p, p / (density * OWN_GAS_CONSTANT[gas]), sound2 * density * GAS_MOLAR_MASS[gas] / p
