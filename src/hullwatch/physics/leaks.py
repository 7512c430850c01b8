"""Several leaks of different law out of one group: their flows by species, their thrust, and their common exponent.

A leak is a row of numbers, so that a kernel can walk over any mixture of laws.
"""

import math

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.errors import OutOfRange
from hullwatch.physics.crack import crack_flow, crack_thrust
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP, MOLAR_MASS
from hullwatch.physics.orifice import discharge_coefficient, hole_flow, orifice_thrust
from hullwatch.physics.seal import ELASTOMERS, PERMEATION, seal_flow, seal_thrust
from hullwatch.physics.transport import viscosity
from hullwatch.records import Floats

HOLE, CRACK, SEAL = 0.0, 1.0, 2.0
AIR = 0  # its viscosity serves cabin air: 2 % less for pure N2, 11 % more for pure O2
SPECIES_N = 4


def hole(area_m2: float, edge: tuple[float, float]) -> Floats:
    """A hole as a row.

    Parameters: area_m2, geometric; edge, its coefficients slow and choked (`THIN`, `THICK`, `ROUNDED`). Returns: (5,).
    Raises: OutOfRange for a negative area or a coefficient outside (0, 1].
    Holds for: as `hole_flow`. Source: definition; tests/laws/test_leak_sums.py.
    """
    _at_least("area_m2", area_m2)
    for cd in edge:
        if not 0.0 < cd <= 1.0:
            raise OutOfRange("edge", cd, "discharge coefficients in (0, 1]")
    return np.array([HOLE, area_m2, edge[0], edge[1], 0.0])


def crack(width_m: float, opening_m: float, length_m: float, cd: float = 0.84) -> Floats:
    """A crack as a row.

    Parameters: width_m along it, opening_m between its faces, length_m through the wall; cd of its mouth.
    Returns: (5,).
    Raises: OutOfRange for a negative width or opening, or a length or cd not above zero.
    Holds for: as `crack_flow`. Source: definition; tests/laws/test_leak_sums.py.
    """
    _at_least("width_m", width_m)
    _at_least("opening_m", opening_m)
    if not length_m > 0.0:
        raise OutOfRange("length_m", length_m, "a length above zero")
    if not 0.0 < cd <= 1.0:
        raise OutOfRange("cd", cd, "a discharge coefficient in (0, 1]")
    return np.array([CRACK, width_m, opening_m, length_m, cd])


def seal(elastomer: str, area_m2: float, thickness_m: float) -> Floats:
    """A seal as a row.

    Parameters: elastomer, one of ELASTOMERS; area_m2 across the flow, thickness_m along it. Returns: (5,).
    Raises: OutOfRange for an unknown elastomer, a negative area or a thickness not above zero.
    Holds for: as `seal_flow`. Source: definition; tests/laws/test_leak_sums.py.
    """
    if elastomer not in ELASTOMERS:
        raise OutOfRange("elastomer", None, f"{elastomer!r} is not one of {', '.join(ELASTOMERS)}")
    _at_least("area_m2", area_m2)
    if not thickness_m > 0.0:
        raise OutOfRange("thickness_m", thickness_m, "a thickness above zero")
    return np.array([SEAL, ELASTOMERS.index(elastomer), area_m2, thickness_m, 0.0])


@kernel
def leak_flows(leaks: Floats, pressures: Floats, outside: Floats, temperature: float, flows: Floats) -> float:
    """Flow of every species through several leaks at once, and their thrust.

    Parameters: leaks (leak, 5), rows of `hole`, `crack`, `seal`; pressures, outside (species,) partial pressures Pa;
    temperature K; flows (leak, species) kg/s, written.
    Returns: N, the sum of magnitudes (leaks point where they point). Raises: nothing.
    Holds for: holes and cracks pass the gas as it is mixed; in free-molecular cracks light species would lead.
    Source: the laws of each row; tests/laws/test_leak_sums.py.
    """
    p_up, p_down = pressures.sum(), outside.sum()
    source = pressures if p_up >= p_down else outside
    total = max(source.sum(), 1e-300)
    m = (source * MOLAR_MASS).sum() / total
    cp = (source * MOLAR_CP).sum() / total
    gamma = cp / (cp - GAS_CONSTANT) if cp > 0.0 else 1.4
    thrust = 0.0
    for i in range(leaks.shape[0]):
        law, a, b, c, d = leaks[i, 0], leaks[i, 1], leaks[i, 2], leaks[i, 3], leaks[i, 4]
        if law == SEAL:
            for k in range(SPECIES_N):
                at, energy = PERMEATION[int(a), k, 0], PERMEATION[int(a), k, 1]
                flows[i, k] = seal_flow(pressures[k], outside[k], temperature, MOLAR_MASS[k], at, energy, b, c)
                thrust += abs(seal_thrust(flows[i, k], temperature, MOLAR_MASS[k]))
            continue
        if law == HOLE:
            rate = hole_flow(p_up, p_down, temperature, m, gamma, a, b, c)
            ratio = min(p_up, p_down) / max(p_up, p_down, 1e-300)
            thrust += abs(orifice_thrust(p_up, p_down, gamma, a * discharge_coefficient(ratio, b, c)))
        else:
            rate = crack_flow(p_up, p_down, temperature, m, gamma, viscosity(AIR, temperature), a, b, c, d)
            thrust += abs(crack_thrust(rate, temperature, m, gamma))
        for k in range(SPECIES_N):
            flows[i, k] = rate * source[k] * MOLAR_MASS[k] / (total * m)
    return thrust


def flow_exponent(leaks: Floats, pressures: Floats, temperature: float) -> float:
    """Exponent n of total flow against pressure into vacuum, composition kept: 1 hole or seal, 2 narrow crack.

    Parameters: leaks (leak, 5); pressures (species,) Pa; temperature K. Returns: d ln m / d ln p.
    Raises: nothing. Holds for: leaks that flow at all; otherwise nan.
    Source: central difference of `leak_flows`, 1e-4 wide; tests/laws/test_leak_sums.py.
    """
    outside = np.zeros(SPECIES_N)
    flows = np.zeros((leaks.shape[0], SPECIES_N))
    logs = []
    for step in (-1e-4, 1e-4):
        leak_flows(leaks, pressures * math.exp(step), outside, temperature, flows)
        total = float(flows.sum())
        logs.append(math.log(total) if total > 0.0 else math.nan)
    return (logs[1] - logs[0]) / 2e-4


def _at_least(name: str, value: float) -> None:
    if not value >= 0.0:
        raise OutOfRange(name, value, "zero or more")
