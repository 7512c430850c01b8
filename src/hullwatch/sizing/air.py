"""From the relative loss of a pressure group to kg/day, effective area and the diameter of an equal round hole.

The effective area (discharge coefficient times area) is what pressure can tell; the diameter rests on a prior for the
coefficient and says so. Doubt in the group's volume goes into every number that needs the volume.
"""

import numpy as np

from hullwatch.estimators.quadrature import normal_nodes, positive_normal_nodes, product_interval
from hullwatch.physics.orifice import effective_area, equivalent_diameter
from hullwatch.records import Floats, GroupState, Interval, LeakSize
from hullwatch.vehicle.facts import Vehicle

LAW = "choked orifice into vacuum"
FAINT_PA = 1.0
"""Below this nothing is left to leak, and readings are broken rather than low."""


def size(state: GroupState, vehicle: Vehicle) -> LeakSize | None:
    """Size of the leak followed in this group; None when none is followed or there is no air to leak."""
    if not state.followed or state.pressure_pa < FAINT_PA or state.temperature_k <= 0.0:
        return None
    loss = positive_normal_nodes(state.loss_per_s, state.loss_sd_per_s)
    volume = volume_nodes(state)
    rate = product_interval((loss, volume * state.mass_kg))
    area_per_rate = effective_area(1.0, state.pressure_pa, state.temperature_k)
    area = rate.scaled(area_per_rate)
    coefficient = coefficient_nodes(vehicle)
    # d = sqrt(4 A / (pi Cd)): the same law, node by node
    reach = np.array([equivalent_diameter(1.0, float(c)) for c in coefficient])
    diameter = product_interval((np.sqrt(loss * state.mass_kg * area_per_rate), np.sqrt(volume), reach))
    return LeakSize(
        rate_kg_s=rate,
        effective_area_m2=area,
        equivalent_diameter_m=diameter,
        law=LAW,
        discharge_coefficient=Interval(
            float(np.median(coefficient)), *(float(q) for q in np.quantile(coefficient, (0.05, 0.95)))
        ),
    )


def volume_nodes(state: GroupState, n: int = 17) -> Floats:
    """Factor by which the group's true volume may differ from the vehicle file's, equally probable nodes (n,)."""
    return np.asarray(np.maximum(1.0 + state.volume_sd_m3 / state.volume_m3 * normal_nodes(n), 0.05))


def coefficient_nodes(vehicle: Vehicle, n: int = 17) -> Floats:
    """Prior of the discharge coefficient of an unknown hole, equally probable nodes in (0, 1] (n,)."""
    prior = vehicle.discharge_coefficient
    return np.asarray(np.clip(prior.value + prior.sd * normal_nodes(n), 0.3, 1.0))
