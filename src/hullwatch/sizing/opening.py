"""From a flow with doubt to a hole's diameter or a crack's opening, with the priors of what is not known."""

import numpy as np

from hullwatch.estimators.quadrature import product_interval, weighted_interval
from hullwatch.physics.crack import crack_opening
from hullwatch.physics.gas import AIR_GAMMA, AIR_MOLAR_MASS
from hullwatch.physics.orifice import effective_area, equivalent_diameter
from hullwatch.physics.transport import viscosity
from hullwatch.records import Floats, Interval

AIR = 0


def hole_of(
    rate_kg_s: Floats, coefficient: Floats, pressure_pa: float, temperature_k: float, outside_pa: float = 0.0
) -> tuple[Interval, Interval]:
    """Effective area and diameter of the hole that leaks air at a rate.

    Parameters: rate_kg_s, coefficient (n,), (m,) equally probable nodes of the flow and of the discharge coefficient;
    pressure_pa, outside_pa Pa; temperature_k K. Returns: intervals, m2 and m.
    Raises: OutOfRange as `effective_area` and `equivalent_diameter`.
    Holds for: as `orifice_flow`. Source: the inverse laws, node by node; tests/sizing/test_opening.py.
    """
    per_rate = effective_area(1.0, pressure_pa, temperature_k, outside_pa)
    reach = np.array([equivalent_diameter(1.0, float(c)) for c in coefficient])
    area = np.asarray(rate_kg_s) * per_rate
    return product_interval((area,)), product_interval((np.sqrt(area), reach))


def crack_of(
    rate_kg_s: Floats,
    width_m: Floats,
    length_m: Floats,
    pressure_pa: float,
    temperature_k: float,
    outside_pa: float = 0.0,
    cd: float = 0.84,
) -> Interval:
    """Opening of the smooth crack that leaks air at a rate.

    Parameters: rate_kg_s, width_m, length_m (n,), (m,), (k,) equally probable nodes of the flow, of the crack's length
    along the wall, and of the wall's thickness; pressures Pa; temperature_k K; cd of its mouth. Returns: interval, m.
    Raises: OutOfRange as `crack_opening`.
    Holds for: as `crack_flow`. Source: the inverse law on every triple of nodes; tests/sizing/test_opening.py.
    """
    gas = (AIR_MOLAR_MASS, AIR_GAMMA, viscosity(AIR, temperature_k))
    openings = np.array([
        crack_opening(float(rate), pressure_pa, outside_pa, temperature_k, *gas, float(width), float(length), cd)
        for rate in rate_kg_s
        for width in width_m
        for length in length_m
    ])  # fmt: skip
    return weighted_interval(openings, np.full(openings.size, 1.0 / openings.size))
