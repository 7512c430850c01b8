"""The relative loss of a group from a rate as somebody states it: as a gauge shows it, as mass, or as a hole."""

import numpy as np

from hullwatch.physics.gas import AIR_GAMMA, AIR_MOLAR_MASS
from hullwatch.physics.orifice import orifice_flow, round_hole_area
from hullwatch.vehicle.facts import Vehicle

UNITS = ("pascal/s", "kg/s", "m")
"""What a rate may be stated in; metres are the diameter of a hole."""


def loss_of(
    ship: Vehicle, stated: tuple[float, float, str], pressure_pa: float, mass_kg: float, ago_s: float | None,
    wall_s: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Relative loss (1/s), its standard deviation, and the logarithm of the cooling so far.

    stated: value, standard deviation, one of UNITS; ago_s: how long ago it opened, None for long ago.
    """
    value, sd, unit = stated
    warm = ship.atmosphere.temperature_k.value
    settled = 1.0 - float(np.exp(-AIR_GAMMA * ago_s / wall_s)) if ago_s is not None else 1.0
    if unit == "pascal/s":
        # a slope read while the gas still cools is that much steeper than its loss
        steeper = 1.0 + (AIR_GAMMA - 1.0) * (1.0 - settled)
        loss, share = value / pressure_pa / steeper, sd / value
    elif unit == "kg/s":
        loss, share = value / mass_kg, float(np.hypot(sd / value, _volume_share(ship)))
    else:
        cd = ship.discharge_coefficient
        flow = orifice_flow(pressure_pa, 0.0, warm, AIR_MOLAR_MASS, AIR_GAMMA, round_hole_area(value, cd.value))
        loss, share = (
            flow / mass_kg,
            float(np.sqrt((2.0 * sd / value) ** 2 + (cd.sd / cd.value) ** 2 + _volume_share(ship) ** 2)),
        )
    return loss, share * loss, -(AIR_GAMMA - 1.0) / AIR_GAMMA * loss * wall_s * settled


def _volume_share(ship: Vehicle) -> float:
    """Doubt of the ship's volume, as a share of it."""
    return float(np.sqrt(sum(c.volume_m3.sd**2 for c in ship.compartments))) / float(ship.volume_m3)
