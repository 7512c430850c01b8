"""The law of a crack: a slit through a wall, from viscous through slip to free-molecular flow, and to choking.

        <-- length (wall) -->
        =====================
  p_up   opening h   -> flow    p_down        width: along the crack, out of the page
        =====================

    rarefied            slip           viscous               choked
    Kn > 10             Kn ~ 0.1       m ~ h^3 (p^2 - p^2)   m ~ Cd h p: the hole's law
    ----------------------------------------------------------------------> opening, pressure

Along the wall the gas moves by the kinetic theory of a slit, whatever its Knudsen number; at the mouth its speed cannot
pass that of sound. Both losses add up as friction and inertia do in a porous body (Forchheimer), so every derivative is
continuous in pressure, opening and temperature where regimes meet; only the hole's own law is no more than C1 where it
chokes.
"""

import math

from hullwatch.compiled import kernel
from hullwatch.errors import OutOfRange
from hullwatch.physics.gas import GAS_CONSTANT
from hullwatch.physics.orifice import critical_flow_function, orifice_flow, orifice_thrust

# G(delta) = delta/6 + S - (S - A)/(1 + delta/B) + ln(1 + C/delta)/sqrt(pi), delta the rarefaction: S is Maxwell's slip
# for diffuse walls; A, B, C are fitted to the kinetic solution of tests/physics/bgk_slit.py (1.4 %, delta 0.001 to 20)
SLIP, STILL, TURN, REACH = 1.0162, 0.11847, 0.27777, 1.70604
ROOT_PI = math.sqrt(math.pi)


@kernel
def slit_conductance(rarefaction: float, slenderness: float) -> float:
    """Poiseuille coefficient G of a slit at one rarefaction.

    Parameters: rarefaction delta = h p / (mu sqrt(2 Rs T)), 0 or more; slenderness h / length.
    Returns: G in m = -w h^2 G / sqrt(2 Rs T) dp/dx, dimensionless, with Knudsen's minimum of 1.54 near delta = 1.
    Raises: nothing. Holds for: diffuse walls, slits longer than about 5 openings.
    Source: linearised BGK equation, Cercignani; form fitted here, 1.4 %; tests/physics/test_crack.py.
    """
    low = _molecular_floor(slenderness)
    wide = SLIP - (SLIP - STILL) / (1.0 + rarefaction / TURN)
    return rarefaction / 6.0 + wide + math.log1p(REACH / (rarefaction + low)) / ROOT_PI


@kernel
def _molecular_floor(slenderness: float) -> float:
    """Rarefaction below which the slit's finite length, not its own width, ends the longest free flights.

    Makes G(0) the transmission probability (h/L)(ln(2 L/h) - 1/2) of a long slit [b: Berman 1965].
    """
    return 0.5 * REACH * slenderness * math.exp(0.5 + ROOT_PI * STILL)


@kernel
def _conductance_integral(rarefaction: float, slenderness: float) -> float:
    """Integral of `slit_conductance` over rarefaction from 0."""
    low = _molecular_floor(slenderness)
    d, e = rarefaction, rarefaction + low
    wide = SLIP * d - (SLIP - STILL) * TURN * math.log1p(d / TURN)
    far = e * math.log1p(REACH / e) + REACH * math.log(e + REACH) if e > 0.0 else REACH * math.log(REACH)
    near = low * math.log1p(REACH / low) + REACH * math.log(low + REACH) if low > 0.0 else REACH * math.log(REACH)
    return d * d / 12.0 + wide + (far - near) / ROOT_PI


@kernel
def slit_flow(
    p_up: float,
    p_down: float,
    temperature: float,
    molar_mass: float,
    viscosity: float,
    width: float,
    opening: float,
    length: float,
) -> float:
    """Mass flow along a slit that inertia does not slow: viscous, slip and free-molecular in one.

    Parameters: p_up, p_down Pa; temperature K, of the wall; molar_mass kg/mol; viscosity Pa s; width, opening and
    length m. Returns: kg/s, positive from up to down. Raises: nothing; arguments without meaning give nan.
    Holds for: isothermal flow between parallel walls, opening under a fifth of the length, Mach number under about 0.3.
    Source: m = w h^2 / (L sqrt(2 Rs T)) times the integral of G dp; viscous limit w h^3 (p0^2 - p1^2) / (24 mu L Rs T),
    METHODS 1.1; tests/physics/test_crack.py and tests/laws/test_crack_laws.py.
    """
    if opening <= 0.0 or p_up == p_down:
        return 0.0
    speed = math.sqrt(2.0 * GAS_CONSTANT * temperature / molar_mass)
    per_pa = opening / (viscosity * speed)
    slender = opening / length
    rise = _conductance_integral(per_pa * p_up, slender) - _conductance_integral(per_pa * p_down, slender)
    return width * opening * opening / (length * speed) * rise / per_pa


@kernel
def crack_flow(
    p_up: float,
    p_down: float,
    temperature: float,
    molar_mass: float,
    gamma: float,
    viscosity: float,
    width: float,
    opening: float,
    length: float,
    cd: float,
) -> float:
    """Mass flow through a crack: `slit_flow` where it is narrow, `orifice_flow` where it is wide.

    Parameters: as `slit_flow`, with gamma and cd, the discharge coefficient of its mouth, of `orifice_flow`.
    Returns: kg/s, positive from up to down; never more than either law alone. Raises: nothing.
    Holds for: smooth parallel cracks; rough or tortuous ones leak less for their mean opening.
    Source: m/m_slit + (m/m_hole)^2 = 1, friction and inertia adding up in p^2 (Forchheimer 1901; METHODS 1.1 for both
    ends); tests/physics/test_crack.py and tests/laws/test_crack_laws.py.
    """
    if p_down > p_up:
        return -crack_flow(p_down, p_up, temperature, molar_mass, gamma, viscosity, width, opening, length, cd)
    slit = slit_flow(p_up, p_down, temperature, molar_mass, viscosity, width, opening, length)
    hole = orifice_flow(p_up, p_down, temperature, molar_mass, gamma, cd * width * opening)
    if slit == 0.0 or hole == 0.0:
        return 0.0
    share = slit / hole
    return 2.0 * slit / (1.0 + math.sqrt(1.0 + 4.0 * share * share))


@kernel
def crack_thrust(rate: float, temperature: float, molar_mass: float, gamma: float) -> float:
    """Force of the jet out of a crack into vacuum, as that of a sonic mouth at the wall's temperature.

    Parameters: rate kg/s; temperature K; molar_mass kg/mol; gamma. Scalars. Returns: N.
    Raises: nothing. Holds for: vacuum outside; free-molecular cracks give a third less (`seal_thrust`).
    Source: thrust over flow of `orifice_flow`; tests/laws/test_leak_sums.py.
    """
    speed = math.sqrt(GAS_CONSTANT * temperature / molar_mass)
    return rate * speed * orifice_thrust(1.0, 0.0, gamma, 1.0) / critical_flow_function(gamma)


@kernel
def crossover_opening(
    pressure: float, temperature: float, molar_mass: float, gamma: float, viscosity: float, length: float, cd: float
) -> float:
    """Opening at which the viscous law and the choked law, each alone, would let the same flow into vacuum.

    Parameters: as `crack_flow`. Returns: m; 38 um for air at 1 atm through 2 mm. Raises: nothing.
    Holds for: vacuum outside. Source: METHODS 1.1, h* = sqrt(24 mu L Cd C sqrt(Rs T) / p); tests/physics/test_crack.py.
    """
    speed = math.sqrt(GAS_CONSTANT * temperature / molar_mass)
    return math.sqrt(24.0 * viscosity * length * cd * critical_flow_function(gamma) * speed / pressure)


def crack_opening(
    rate: float,
    p_up: float,
    p_down: float,
    temperature: float,
    molar_mass: float,
    gamma: float,
    viscosity: float,
    width: float,
    length: float,
    cd: float,
) -> float:
    """Opening of the crack that lets a mass flow through: the inverse of `crack_flow`.

    Parameters: rate kg/s, zero or more; the rest as `crack_flow`. Returns: m.
    Raises: OutOfRange for a negative rate, no pressure difference, or a width or length not above zero.
    Holds for: as `crack_flow`, which rises with the opening.
    Source: bisection in the logarithm to 1e-13; tests/laws/test_crack_laws.py (there and back).
    """
    if not rate >= 0.0:
        raise OutOfRange("rate", rate, "a mass flow of zero or more")
    if not p_up > p_down >= 0.0:
        raise OutOfRange("p_up", p_up, f"a pressure above p_down = {p_down!r} Pa")
    for name, value in (("width", width), ("length", length), ("temperature", temperature), ("cd", cd)):
        if not value > 0.0:
            raise OutOfRange(name, value, "a value above zero")
    if rate == 0.0:
        return 0.0
    low, high = math.log(1e-12), math.log(10.0)
    while high - low > 1e-13:
        middle = 0.5 * (low + high)
        opening = math.exp(middle)
        flow = crack_flow(p_up, p_down, temperature, molar_mass, gamma, viscosity, width, opening, length, cd)
        low, high = (middle, high) if flow < rate else (low, middle)
        if middle in (low, high) and high - low < 1e-13:
            break
    return math.exp(0.5 * (low + high))
