"""Ways for gas between two places that resist: valves, leaking seals, fans, holes; each with its exact derivatives.

ORIFICE   equalisation valve, hatch ajar, hole: isentropic, choked or subsonic, both ways
VISCOUS   leaking seal or crack: coefficient * (p1^2 - p2^2) / (R T)
FAN       volume flow at the origin's density, one way, whatever the pressures
DRIVEN    molar flow of the origin's gas, one way: a metered vent or pump
TANK      molar flow of a gas of its own, from outside the ship

            flow |          ____ choked       Near zero pressure difference the root of Bernoulli's law has no slope.
                 |      _--                   Below SMOOTH_PA it is straight: sqrt(dp) becomes dp / (dp^2 + e^2)^(1/4).
          -------+--/--------- dp
"""

import math

from hullwatch.compiled import kernel
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP, MOLAR_MASS
from hullwatch.physics.orifice import critical_flow_function, critical_pressure_ratio
from hullwatch.records import Floats

ORIFICE, VISCOUS, FAN, DRIVEN, TANK = range(5)
SMOOTH_PA = 0.01
"""Pressure difference below which the root law is straightened: a hatch passes 5 L/s there."""
SIZE = 5
"""Unknowns of a compartment: four species, mol, and internal energy, J."""

_CV: Floats = MOLAR_CP - GAS_CONSTANT


@kernel
def head(p_up: float, p_down: float, gamma: float, smooth_pa: float) -> tuple[float, float, float]:
    """The pressure part of orifice flow, smooth through zero, and its slopes.

    Parameters: p_up >= p_down >= 0 Pa; gamma cp/cv; smooth_pa Pa. Returns: Pa (times area over sqrt(Rs T) is kg/s), and
    its derivatives by p_up and p_down. Raises: nothing.
    Holds for: as `orifice_flow`, which it equals to (smooth_pa / dp)^2 / 4; continuous with continuous slopes.
    Source: Shapiro 1953; tests/models/test_paths.py against `orifice_flow` and differences.
    """
    if p_up <= 0.0:
        return 0.0, 0.0, 0.0
    dp = p_up - p_down
    square = dp * dp + smooth_pa * smooth_pa
    smooth = 1.0 / math.sqrt(math.sqrt(square))
    ratio = p_down / p_up
    if ratio <= critical_pressure_ratio(gamma):
        full = critical_flow_function(gamma)
        soft = math.sqrt(dp) * smooth
        bend = soft * (0.5 / dp - 0.5 * dp / square)
        return full * p_up * soft, full * (soft + p_up * bend), -full * p_up * bend
    kappa, gap = (gamma - 1.0) / gamma, dp / p_up
    if gap < 1e-5:
        expand, slope = 1.0 - 0.75 / gamma * gap, 0.75 / gamma
    else:
        log_r = math.log1p(-gap)
        drop = -math.expm1(kappa * log_r)
        expand = math.sqrt(math.exp(2.0 / gamma * log_r) * drop / (kappa * gap))
        slope = expand * 0.5 * (2.0 / (gamma * ratio) - kappa * (1.0 - drop) / (ratio * drop) + 1.0 / gap)
    root = dp * smooth
    root_slope = smooth - 0.5 * dp * dp * smooth / square
    speed = math.sqrt(2.0 * p_up)
    value = speed * root * expand
    up = value / (2.0 * p_up) + speed * root_slope * expand - speed * root * slope * ratio / p_up
    return value, up, -speed * root_slope * expand + speed * root * slope / p_up


@kernel
def gas_of(y: Floats, c: int, volume: float, fixed_k: float, out: Floats) -> None:
    """What the paths need of a compartment, into out (8,): moles, kg, T, p, Cv, Cp T, gamma, and fixed (1) or not."""
    held, mass, cv, cp = 0.0, 0.0, 0.0, 0.0
    for s in range(4):
        held += y[c, s]
        mass += y[c, s] * MOLAR_MASS[s]
        cv += y[c, s] * _CV[s]
        cp += y[c, s] * MOLAR_CP[s]
    out[0], out[1], out[4] = held, mass, cv
    out[2] = fixed_k if fixed_k > 0.0 else y[c, 4] / cv
    out[3] = held * GAS_CONSTANT * out[2] / volume
    out[5], out[6], out[7] = cp * out[2], cp / cv, 1.0 if fixed_k > 0.0 else 0.0


@kernel
def flow(
    kind: int, size: float, y: Floats, u: int, gas: Floats, volume_up: float, d: int, rate: Floats,
    own: Floats, other: Floats, gas_down: Floats, smooth_pa: float, slopes: bool,
) -> None:  # fmt: skip
    """Flow of every species and of enthalpy from compartment u, into rate (5,), and its derivatives.

    Parameters: kind; size m2 (ORIFICE, effective), m3/(s Pa) (VISCOUS), m3/s (FAN), mol/s (DRIVEN); y (c, 5); gas,
    gas_down (8,) of `gas_of`, down all zero for space; d target, -1 for space; smooth_pa; slopes, whether own and other
    (5, 5) are wanted: the derivatives of rate by the unknowns of u and of d. Returns: nothing. Raises: nothing.
    Holds for: p_up >= p_down, or a fan. Source: module head; tests/models/test_paths.py against differences.
    """
    held, mass, temp, p_up, p_down = gas[0], gas[1], gas[2], gas[3], gas_down[3]
    value, by_up, by_down, by_temp, by_mix, by_gamma = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind == FAN:
        value = size * held / volume_up
    elif kind == DRIVEN:
        value = size
    elif kind == VISCOUS:
        value = size * (p_up * p_up - p_down * p_down) / (GAS_CONSTANT * temp)
        by_up, by_down = 2.0 * size * p_up / (GAS_CONSTANT * temp), -2.0 * size * p_down / (GAS_CONSTANT * temp)
        by_temp = -value / temp
    else:
        g, g_up, g_down = head(p_up, p_down, gas[6], smooth_pa)
        part = size * math.sqrt(held / (mass * GAS_CONSTANT * temp))
        value, by_up, by_down, by_temp, by_mix = part * g, part * g_up, part * g_down, -0.5 * part * g / temp, part * g
        if slopes:
            step = 1e-6
            by_gamma = part * (head(p_up, p_down, gas[6] + step, smooth_pa)[0] - g) / step
    for s in range(4):
        rate[s] = value * y[u, s] / held
    rate[4] = value * gas[5] / held
    if not slopes:
        return
    free = 1.0 - gas[7]
    for t in range(5):
        temp_t, p_t, mix, held_t, heat_t, gamma_t = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        if t < 4:
            temp_t = -temp * _CV[t] / gas[4] * free
            mix = 0.5 * (1.0 / held - MOLAR_MASS[t] / mass)
            held_t, heat_t = 1.0, MOLAR_CP[t] * temp
            p_t, gamma_t = p_up / held, (MOLAR_CP[t] - gas[6] * _CV[t]) / gas[4]
        else:
            temp_t = free / gas[4]
        p_t += p_up / temp * temp_t
        heat_t += gas[5] / temp * temp_t
        flow_t = by_up * p_t + by_temp * temp_t + by_mix * mix + by_gamma * gamma_t
        if kind == FAN:
            flow_t = size / volume_up * held_t
        for s in range(4):
            own[s, t] = (flow_t - value * held_t / held) * y[u, s] / held
        own[4, t] = (flow_t - value * held_t / held) * gas[5] / held + value * heat_t / held
        if t < 4:
            own[t, t] += value / held
        other_t = 0.0
        if d >= 0 and by_down != 0.0:
            free_d = 1.0 - gas_down[7]
            if t < 4:
                other_t = by_down * p_down * (1.0 / gas_down[0] - _CV[t] / gas_down[4] * free_d)
            elif free_d > 0.0:
                other_t = by_down * p_down / (gas_down[2] * gas_down[4])
        for s in range(4):
            other[s, t] = other_t * y[u, s] / held
        other[4, t] = other_t * gas[5] / held
