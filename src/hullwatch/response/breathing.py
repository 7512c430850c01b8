"""What people breathe out of a closed room: a loss of gas that is no leak, with its doubt.

    oxygen --people--> carbon dioxide, stays in the air:       a seventh of the oxygen is missing
                                      `--taken out of it:      all of the oxygen is missing

Three people make as much of a fall as a leak of 0.3 kg/day where nothing takes the carbon dioxide out, and of 2.3
kg/day where something does. Water is not in it: its vapour is taken to be held by a condenser, or at its level by now.
"""

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.estimators.quadrature import normal_nodes
from hullwatch.physics.gas import AIR_MOLAR_MASS, CO2, MOLAR_MASS, O2
from hullwatch.records import Floats
from hullwatch.units import DAY_S

O2_KG_DAY, O2_SD_KG_DAY = 0.84, 0.15
"""Oxygen of one person [a:S18; range 0.5 to 1.3], and its spread [c]."""
CO2_KG_DAY, QUOTIENT_SD = 1.00, 0.04
"""Carbon dioxide of one person [a:S18]; spread of the ratio of the two, in moles, with food and work [c]."""
WATER_KG_DAY = 2.28
"""Water of one person, breath and skin [a:S18]."""
NODES = 9
"""Equally probable nodes of what is not known of it."""
FATES = {"stays": (1.0,), "removed": (0.0,), "unknown": (1.0, 0.0)}
"""Share of the carbon dioxide that stays in the air, each as likely as the others."""


def breathed_mol_s(people: float, co2: str) -> Floats:
    """Gas that people take out of a closed room on balance, mol/s: equally probable nodes (NODES,), zeros for nobody.

    Raises OutOfRange for a number of people below zero, or a fate of the carbon dioxide that is not in FATES.
    """
    if not people >= 0.0:
        raise OutOfRange("people", people, "how many breathe in there: 0 or more")
    if co2 not in FATES:
        raise OutOfRange("co2", None, f"{co2!r} is not known; allowed are {', '.join(FATES)}")
    oxygen = np.maximum(O2_KG_DAY + O2_SD_KG_DAY * normal_nodes(33), 0.0) / MOLAR_MASS[O2] / DAY_S
    quotient = CO2_KG_DAY / MOLAR_MASS[CO2] * MOLAR_MASS[O2] / O2_KG_DAY + QUOTIENT_SD * normal_nodes(15)
    net = [np.outer(oxygen, 1.0 - share * quotient).ravel() for share in FATES[co2]]
    every = np.sort(np.concatenate(net)) * people
    return np.asarray(every.reshape(NODES, -1).mean(axis=1))


def as_air_kg_day(mol_s: Floats | float) -> Floats:
    """The same as a mass of air that would bring pressure down as fast."""
    return np.asarray(np.asarray(mol_s) * AIR_MOLAR_MASS * DAY_S)
