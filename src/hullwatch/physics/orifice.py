"""The one law of a hole: isentropic flow of an ideal gas through an effective area (area times discharge coefficient).

mass flow
  |________________
  |                \\        r = p_down / p_up
  |   choked        \\       choked below r* = (2/(g+1))^(g/(g-1)) = 0.528 for air: p_down no longer matters
  |                  \\      subsonic above it; both pieces meet at r* with equal value and slope (C1)
  +-----------r*------1--> r  and the slope is infinite at r = 1
"""

import math

from hullwatch.compiled import kernel
from hullwatch.errors import OutOfRange
from hullwatch.physics.gas import AIR_GAMMA, AIR_MOLAR_MASS, GAS_CONSTANT

THIN = (0.6001, 0.8414)
"""Discharge coefficients of a sharp edge in a thin wall, slow and choked. Source: Perry 1949 [b]."""
THICK = (0.81, 0.84)
"""The same of a hole one to seven diameters deep. Source: Weisbach in Britannica 1911, short mouthpiece [a]."""
ROUNDED = (0.97, 0.99)
"""The same of a rounded inlet. Source: Weisbach, conoidal mouthpiece [a]."""


@kernel
def critical_pressure_ratio(gamma: float) -> float:
    """Downstream over upstream pressure at which the throat reaches Mach 1.

    Parameters: gamma, cp/cv (dimensionless, above 1). Returns: dimensionless, 0.5283 for 1.4. Raises: nothing.
    Holds for: ideal gas, smooth throat; a thin sharp edge has no true choking limit (METHODS 1.1).
    Source: Shapiro 1953, ch. 4; tests/against/test_choked_flow.py.
    """
    return float((2.0 / (gamma + 1.0)) ** (gamma / (gamma - 1.0)))


@kernel
def critical_flow_function(gamma: float) -> float:
    """C* in m = C* A p0 / sqrt(Rs T0), the flow at Mach 1 through unit effective area.

    Parameters: gamma, cp/cv (dimensionless, above 1). Returns: dimensionless, 0.684731 for 1.4. Raises: nothing.
    Holds for: ideal gas (real air at 1 bar: 0.6851).
    Source: ISO 9300 with ideal-gas properties; METHODS 1.1; tests/against/test_choked_flow.py.
    """
    return math.sqrt(gamma * (2.0 / (gamma + 1.0)) ** ((gamma + 1.0) / (gamma - 1.0)))


@kernel
def orifice_flow(p_up: float, p_down: float, t_up: float, molar_mass: float, gamma: float, area_eff: float) -> float:
    """Mass flow through a hole, choked or subsonic.

    Parameters: p_up, p_down Pa, not negative; t_up K; molar_mass kg/mol; gamma cp/cv; area_eff = Cd A, m2.
    All scalars. Gas properties are those of the side the gas comes from.
    Returns: kg/s, positive from up to down; zero at equal pressure; reversed pressures reverse the sign exactly.
    Raises: nothing; arguments without meaning give nan.
    Holds for: throat Reynolds number above about 1e4 (0.3 mm at 1 bar, into vacuum); cracks narrower than about
    40 um leak viscously instead (METHODS 1.1).
    Source: Shapiro 1953, eq. 4.17-4.18; tests/against/test_choked_flow.py and tests/laws/test_orifice_laws.py.
    """
    if p_down > p_up:
        return -orifice_flow(p_down, p_up, t_up, molar_mass, gamma, area_eff)
    if p_down < 0.0:
        return math.nan
    if p_up == 0.0:
        return 0.0
    flux = p_up * math.sqrt(molar_mass / (GAS_CONSTANT * t_up))
    if p_down <= critical_pressure_ratio(gamma) * p_up:
        return area_eff * flux * critical_flow_function(gamma)
    # r^(2/g) - r^((g+1)/g) loses all digits near r = 1; the same written with expm1 and log1p keeps them
    log_r = math.log1p((p_down - p_up) / p_up)
    drop = -math.expm1((gamma - 1.0) / gamma * log_r)
    return area_eff * flux * math.sqrt(2.0 * gamma / (gamma - 1.0) * math.exp(2.0 / gamma * log_r) * drop)


@kernel
def discharge_coefficient(ratio: float, slow: float, choked: float) -> float:
    """Discharge coefficient of an edge over the whole range of pressure ratios, infinitely smooth.

    Parameters: ratio, downstream over upstream pressure, 0 to 1; slow, the coefficient at ratio 1 (incompressible);
    choked, the one into vacuum. Scalars; pairs for thin, thick and rounded edges are `THIN`, `THICK` and `ROUNDED`.
    Returns: dimensionless; equal slow and choked give a constant. Raises: nothing.
    Holds for: throat Reynolds number above 1e4. The course between the ends is that of a sharp thin edge; a thick one
    changes too little (0.81 to 0.84) for its own course to matter.
    Source: fifth-order polynomial through Perry 1949 [b], 0.8414 to 0.6001; tests/laws/test_discharge_coefficient.py
    and tests/against/test_discharge_coefficient.py (Weisbach's 0.563-0.788 sharp, 0.81-0.84 short tube).
    """
    r = min(max(ratio, 0.0), 1.0)
    perry = 0.8414 + r * (-0.1002 + r * (0.8415 + r * (-3.9 + r * (4.6001 - r * 1.6827))))
    return choked + (slow - choked) * (0.8414 - perry) / (0.8414 - 0.6001)


@kernel
def hole_flow(
    p_up: float, p_down: float, t_up: float, molar_mass: float, gamma: float, area: float, slow: float, choked: float
) -> float:
    """Mass flow through a hole of known area whose coefficient follows the pressure ratio.

    Parameters: as `orifice_flow`, with area the geometric one in m2; slow, choked as `discharge_coefficient`.
    Returns: kg/s, with the sign of p_up - p_down. Raises: nothing; arguments without meaning give nan.
    Holds for: thin (t/d under 0.3), thick (t/d 1 to 7) and rounded edges; between them, choose the pair.
    Source: `orifice_flow` times `discharge_coefficient`; tests/laws/test_discharge_coefficient.py.
    """
    high = max(p_up, p_down)
    ratio = min(p_up, p_down) / high if high > 0.0 else 1.0
    return discharge_coefficient(ratio, slow, choked) * orifice_flow(p_up, p_down, t_up, molar_mass, gamma, area)


@kernel
def orifice_thrust(p_up: float, p_down: float, gamma: float, area_eff: float) -> float:
    """Force of the jet on the hull, with no expansion after the throat.

    Parameters: p_up, p_down Pa; gamma; area_eff = Cd A, m2. Scalars.
    Returns: N, against the flow: momentum plus pressure at the throat; into vacuum 1.268 Cd A p0 for gamma 1.4.
    Raises: nothing. Holds for: a lower bound; the plume's further expansion adds up to `full_expansion_thrust`.
    Source: momentum balance of the throat, METHODS 1.1 [c]; tests/against/test_thrust.py.
    """
    if p_down >= p_up:
        return 0.0 if p_down == p_up else -orifice_thrust(p_down, p_up, gamma, area_eff)
    edge = critical_pressure_ratio(gamma)
    if p_down <= edge * p_up:
        return area_eff * (p_up * edge * (1.0 + gamma) - p_down)
    log_r = math.log1p((p_down - p_up) / p_up)
    drop = -math.expm1((gamma - 1.0) / gamma * log_r)
    # density times speed squared at the throat, from Bernoulli for a perfect gas
    return area_eff * 2.0 * gamma / (gamma - 1.0) * p_up * math.exp(log_r / gamma) * drop


@kernel
def full_expansion_thrust(p_up: float, gamma: float, area_eff: float) -> float:
    """Force of a jet into vacuum that turns all its heat into speed: the upper bound.

    Parameters: p_up Pa; gamma; area_eff = Cd A, m2. Scalars. Returns: N; 1.812 Cd A p0 for gamma 1.4.
    Raises: nothing. Holds for: vacuum outside.
    Source: flow times the limiting speed, METHODS 1.1 [c]; tests/against/test_thrust.py.
    """
    return area_eff * p_up * critical_flow_function(gamma) * math.sqrt(2.0 * gamma / (gamma - 1.0))


def effective_area(
    rate_kg_s: float,
    p_up: float,
    t_up: float,
    p_down: float = 0.0,
    molar_mass: float = AIR_MOLAR_MASS,
    gamma: float = AIR_GAMMA,
) -> float:
    """Effective area Cd A that lets a mass flow through: the inverse of `orifice_flow`.

    Parameters: rate_kg_s kg/s; p_up, p_down Pa; t_up K; molar_mass kg/mol; gamma. All scalars.
    Returns: m2, with the sign of rate over pressure difference.
    Raises: OutOfRange if no pressure difference drives the flow.
    Holds for: as `orifice_flow`. Source: `orifice_flow` is linear in area; tests/laws/test_orifice_laws.py.
    """
    flux = orifice_flow(p_up, p_down, t_up, molar_mass, gamma, 1.0)
    if not math.isfinite(flux) or flux == 0.0:
        raise OutOfRange("p_up", p_up, f"a pressure above p_down = {p_down!r} Pa and a temperature above 0 K")
    return rate_kg_s / flux


def equivalent_diameter(area_eff: float, cd: float) -> float:
    """Diameter of the round hole with that effective area and discharge coefficient.

    Parameters: area_eff m2, not negative; cd dimensionless, in (0, 1]. Returns: m.
    Raises: OutOfRange for a negative area or a coefficient outside (0, 1].
    Holds for: always. Source: definition; tests/laws/test_orifice_laws.py.
    """
    if not 0.0 < cd <= 1.0:
        raise OutOfRange("cd", cd, "a discharge coefficient in (0, 1]")
    if not area_eff >= 0.0:
        raise OutOfRange("area_eff", area_eff, "an area of zero or more")
    return math.sqrt(4.0 * area_eff / (math.pi * cd))


def round_hole_area(diameter_m: float, cd: float) -> float:
    """Effective area of a round hole, the inverse of `equivalent_diameter`.

    Parameters: diameter_m m, not negative; cd dimensionless, in (0, 1]. Returns: m2.
    Raises: OutOfRange for a negative diameter or a coefficient outside (0, 1].
    Holds for: always. Source: definition; tests/laws/test_orifice_laws.py.
    """
    if not 0.0 < cd <= 1.0:
        raise OutOfRange("cd", cd, "a discharge coefficient in (0, 1]")
    if not diameter_m >= 0.0:
        raise OutOfRange("diameter_m", diameter_m, "a diameter of zero or more")
    return 0.25 * math.pi * cd * diameter_m * diameter_m
