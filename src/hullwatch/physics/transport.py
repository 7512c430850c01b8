"""Viscosity and heat conduction of dilute gases, and the mean free path that decides what a crack does."""

import math

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.physics.equations_of_state import GAS_MOLAR_MASS
from hullwatch.physics.gas import GAS_CONSTANT
from hullwatch.records import Floats

# order of GASES: air, N2, O2, H2, He, Ar, CH4
COLLISION_NM: Floats = np.array([0.360, 0.3656, 0.3428, 0.2915, 0.2576, 0.335, 0.3780])
"""Lennard-Jones diameters. Source: Lemmon, Jacobsen 2004 (air, N2, O2, Ar); Bird, Stewart, Lightfoot, table E.1 [b]."""
COLLISION_K: Floats = np.array([103.3, 98.94, 118.5, 38.0, 10.2, 143.2, 154.0])
"""Lennard-Jones energies over Boltzmann's constant, K; the same sources."""


@kernel
def viscosity(gas: int, temperature: float) -> float:
    """Viscosity of a dilute gas.

    Parameters: gas, a place in GASES; temperature K. Returns: Pa s. Raises: nothing.
    Holds for: 150 to 600 K below about 20 bar, 3 %; at 150 bar air and N2 are 20 % more viscous.
    Source: Chapman, Enskog with the collision integral of Lemmon, Jacobsen 2004, eq. 2-3;
    tests/against/test_transport.py.
    """
    x = math.log(temperature / COLLISION_K[gas])
    integral = math.exp(0.431 + x * (-0.4623 + x * (0.08406 + x * (0.005341 - x * 0.00331))))
    diameter = COLLISION_NM[gas]
    return float(2.66958e-8 * math.sqrt(1e3 * GAS_MOLAR_MASS[gas] * temperature) / (diameter * diameter * integral))


@kernel
def conductivity(gas: int, temperature: float, cv: float) -> float:
    """Heat conduction of a dilute gas.

    Parameters: gas; temperature K; cv J/(mol K), of the ideal gas. Returns: W/(m K). Raises: nothing.
    Holds for: as `viscosity`, 5 %.
    Source: Eucken's formula as modified for rotation, lambda M / (mu cv) = 1.32 + 1.77 R / cv [b: Poling et al.];
    tests/against/test_transport.py.
    """
    return float(viscosity(gas, temperature) * (1.32 * cv + 1.77 * GAS_CONSTANT) / GAS_MOLAR_MASS[gas])


@kernel
def mean_free_path(pressure: float, temperature: float, molar_mass: float, viscosity_pa_s: float) -> float:
    """Mean free path of a gas, from its viscosity.

    Parameters: pressure Pa; temperature K; molar_mass kg/mol; viscosity_pa_s Pa s. Returns: m, 66 nm for air at 1 atm.
    Raises: nothing. Holds for: dilute gas.
    Source: lambda = mu sqrt(pi R T / 2 M) / p, Maxwell; METHODS 1.1 [c]; tests/physics/test_transport.py.
    """
    return viscosity_pa_s * math.sqrt(0.5 * math.pi * GAS_CONSTANT * temperature / molar_mass) / pressure
