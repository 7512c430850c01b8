"""Cabin air as an ideal mixture of oxygen, nitrogen, carbon dioxide and water vapour.

Argon (0.9 % of dry air) is not carried: the cabin's makeup gas is pure N2 and O2.
"""

import numpy as np

from hullwatch.records import Floats

GAS_CONSTANT = 8.31446261815324
"""J/(mol K), exact (SI 2019)."""

SPECIES = ("O2", "N2", "CO2", "H2O")
"""Order of the last axis of every species array."""

O2, N2, CO2, H2O = range(4)

MOLAR_MASS: Floats = np.array([31.9988e-3, 28.0134e-3, 44.0095e-3, 18.01528e-3])
"""kg/mol. Source: IUPAC 2013 atomic weights; tests/physics/test_gas.py."""

MOLAR_CP: Floats = np.array([29.38, 29.12, 37.13, 33.59])
"""Heat capacity at constant pressure, J/(mol K), 298 K, 1 bar. Source: NIST Chemistry WebBook [b, recalled]."""

AIR_MOLAR_MASS = 28.9655e-3
"""Dry air with argon, kg/mol. Source: Lemmon et al. 2000 (the value CoolProp uses)."""

AIR_GAMMA = 1.4


def mixture_molar_mass(moles: Floats) -> Floats:
    """Mean molar mass of a mixture.

    Parameters: moles (..., species) mol. Returns: (...) kg/mol; nan where there is no gas.
    Raises: nothing. Holds for: any mixture.
    Source: definition; tests/physics/test_gas.py.
    """
    total = moles.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(moles @ MOLAR_MASS / total)


def mixture_gamma(moles: Floats) -> Floats:
    """Heat capacity ratio cp/cv of a mixture.

    Parameters: moles (..., species) mol. Returns: (...) dimensionless; nan where there is no gas.
    Raises: nothing. Holds for: ideal gas near 298 K (under 0.2 % from 270 to 320 K).
    Source: cp - cv = R; tests/physics/test_gas.py against CoolProp's air.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        cp = moles @ MOLAR_CP / moles.sum(axis=-1)
    return np.asarray(cp / (cp - GAS_CONSTANT))


def mass(moles: Floats) -> Floats:
    """Mass of each species.

    Parameters: moles (..., species) mol. Returns: (..., species) kg. Raises: nothing.
    Holds for: always. Source: definition; tests/laws/test_gas_laws.py.
    """
    return moles * MOLAR_MASS


def moles(mass_kg: Floats) -> Floats:
    """Amount of each species.

    Parameters: mass_kg (..., species) kg. Returns: (..., species) mol. Raises: nothing.
    Holds for: always. Source: definition; tests/laws/test_gas_laws.py (there and back).
    """
    return mass_kg / MOLAR_MASS


def pressure(amount_mol: Floats | float, volume_m3: Floats | float, temperature_k: Floats | float) -> Floats:
    """Pressure of an ideal gas.

    Parameters: amount_mol, volume_m3, temperature_k broadcast (mol, m3, K). Returns: Pa. Raises: nothing.
    Holds for: cabin air; the compressibility of air at 1 bar and 295 K is 0.9997.
    Source: pV = nRT; tests/physics/test_gas.py.
    """
    return np.asarray(amount_mol * np.float64(GAS_CONSTANT) * temperature_k / volume_m3)


def amount(pressure_pa: Floats | float, volume_m3: Floats | float, temperature_k: Floats | float) -> Floats:
    """Amount of an ideal gas, the inverse of `pressure`.

    Parameters: pressure_pa, volume_m3, temperature_k broadcast (Pa, m3, K). Returns: mol. Raises: nothing.
    Holds for: as `pressure`. Source: pV = nRT; tests/laws/test_gas_laws.py (there and back).
    """
    return np.asarray(pressure_pa * np.float64(1.0) * volume_m3 / (GAS_CONSTANT * temperature_k))


def fractions(pressure_pa: float, ppo2_pa: float, ppco2_pa: float, pph2o_pa: float) -> Floats:
    """Mole fractions of cabin air whose balance is nitrogen.

    Parameters: total and partial pressures, Pa. Returns: (species,) summing to 1. Raises: nothing.
    Holds for: partial pressures that sum to less than the total. Source: Dalton; tests/physics/test_gas.py.
    """
    nitrogen = pressure_pa - ppo2_pa - ppco2_pa - pph2o_pa
    return np.array([ppo2_pa, nitrogen, ppco2_pa, pph2o_pa]) / pressure_pa
