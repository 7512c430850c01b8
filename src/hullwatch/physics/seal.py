"""The law of a seal: gas dissolves in an elastomer, diffuses through it and leaves; each gas by itself.

A seal does not leak cabin air: silicone passes oxygen twice as fast as nitrogen, carbon dioxide five times as fast as
oxygen.
"""

import math

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.physics.gas import GAS_CONSTANT
from hullwatch.records import Floats

BARRER = 3.348e-16
"""mol m / (m2 s Pa) in one barrer."""
REFERENCE_K = 298.15

ELASTOMERS = ("silicone", "butyl")
SILICONE, BUTYL = range(2)

# barrer at 25 C and activation energy in kJ/mol, for O2, N2, CO2, H2O.
# silicone: Robb 1968 [b], energies of Barrer, Chio 1965 [b]; butyl: van Amerongen 1946, 1950 [b]; water of both [b,
# order of magnitude only]
_BARRER = np.array(
    [
        [[605.0, 8.9], [280.0, 11.3], [3240.0, 0.8], [36000.0, -6.0]],
        [[1.30, 45.0], [0.33, 52.0], [5.2, 41.0], [150.0, 20.0]],
    ]
)
PERMEATION: Floats = _BARRER * np.array([BARRER, 1e3])
"""(elastomer, species, 2): permeability at 298.15 K, mol m/(m2 s Pa), and activation energy, J/mol."""


@kernel
def permeability(at_reference: float, activation: float, temperature: float) -> float:
    """Permeability of an elastomer to one gas.

    Parameters: at_reference mol m/(m2 s Pa) at 298.15 K; activation J/mol; temperature K. Returns: mol m/(m2 s Pa).
    Raises: nothing. Holds for: rubbery state, 250 to 350 K for silicone.
    Source: Arrhenius; the figures of `PERMEATION`; tests/physics/test_seal.py.
    """
    return at_reference * math.exp(activation / GAS_CONSTANT * (1.0 / REFERENCE_K - 1.0 / temperature))


@kernel
def seal_flow(
    p_up: float,
    p_down: float,
    temperature: float,
    molar_mass: float,
    at_reference: float,
    activation: float,
    area: float,
    thickness: float,
) -> float:
    """Mass flow of one gas through a seal.

    Parameters: p_up, p_down, partial pressures of this gas, Pa; temperature K, of the seal; molar_mass kg/mol;
    at_reference, activation as `permeability`; area m2, across the flow; thickness m, along it.
    Returns: kg/s, positive from up to down. Raises: nothing.
    Holds for: steady permeation, after thickness^2 / (6 D), hours for millimetres of silicone.
    Source: m = M K(T) A (p0 - p1) / L, METHODS 1.1; tests/physics/test_seal.py.
    """
    k = permeability(at_reference, activation, temperature)
    return molar_mass * k * area * (p_up - p_down) / thickness


@kernel
def seal_thrust(rate: float, temperature: float, molar_mass: float) -> float:
    """Force of gas that leaves a surface molecule by molecule.

    Parameters: rate kg/s; temperature K; molar_mass kg/mol. Returns: N. Raises: nothing.
    Holds for: effusion with a cosine law into vacuum.
    Source: kinetic theory, mean normal speed of the flux sqrt(pi Rs T / 2); tests/physics/test_seal.py.
    """
    return rate * math.sqrt(0.5 * math.pi * GAS_CONSTANT * temperature / molar_mass)
