"""Heat between a gas and the wall of its vessel, and between a gas and the thermometer in it: natural convection."""

from hullwatch.compiled import kernel

GRAVITY = 9.80665
"""m/s2. On the ground: vessels are tested there; in orbit a fan does this work."""


@kernel
def rayleigh(step_k: float, size: float, density: float, temperature: float, cp: float, mu: float, k: float) -> float:
    """Rayleigh number of a gas beside a surface of another temperature.

    Parameters: step_k K, of either sign; size m; density kg/m3; temperature K; cp J/(kg K); mu Pa s; k W/(m K).
    Returns: dimensionless. Raises: nothing. Holds for: gases, whose expansion coefficient is 1/T.
    Source: definition; tests/physics/test_convection.py.
    """
    return float(GRAVITY / temperature * abs(step_k) * size**3 * density * density * cp / (mu * k))


@kernel
def vessel_nusselt(ra: float) -> float:
    """Nusselt number inside a vessel that is emptied, on its inner diameter.

    Parameters: ra, Rayleigh number on the inner diameter. Returns: dimensionless. Raises: nothing.
    Holds for: closed vessels with gas discharging, ra to about 1e11; measured with H2 and N2; 1 at least (conduction).
    Source: Woodfield, Monde, Takano 2008, Nu = 0.104 Ra^0.352 [b]; tests/against/test_vessel_discharge.py.
    """
    return float(max(0.104 * ra**0.352, 1.0))


@kernel
def bead_nusselt(ra: float) -> float:
    """Nusselt number of a small sphere, on its diameter.

    Parameters: ra, Rayleigh number on the diameter. Returns: dimensionless, 2 for still gas. Raises: nothing.
    Holds for: ra to 1e5, Pr near 0.7.
    Source: Yuge 1960, Nu = 2 + 0.43 Ra^(1/4) [b]; tests/physics/test_convection.py.
    """
    return float(2.0 + 0.43 * ra**0.25)
