"""Gas that comes and goes by design and is metered: what the mass should have done."""

import numpy as np

from hullwatch.records import Floats, Frames, Quality
from hullwatch.vehicle.facts import Vehicle

CREW_AMOUNT_MOL_KG = 1.0 / 31.9988e-3
"""Moles in a kilogram of oxygen."""


def supply_mol_s(vehicle: Vehicle, compartments: tuple[str, ...], frames: Frames) -> Floats:
    """Net metered gas flow into the group, mol/s, one number a frame.

    Oxygen made (from its channel, where there is one) less oxygen breathed. Carbon dioxide and water are taken to be
    removed as fast as the crew makes them; what that leaves is in the filter's unmetered flow. Without a meter of
    oxygen made, it is taken to balance the crew. The crew is where the air is: shared by volume.
    """
    inside = set(compartments)
    share = sum(c.volume_m3.value for c in vehicle.compartments if c.id in inside) / vehicle.volume_m3
    made = np.full(frames.time_s.size, np.nan)
    for k, channel in enumerate(vehicle.channels):
        if channel.quantity == "o2_generation" and (channel.compartment is None or channel.compartment in inside):
            usable = (frames.flags[:, k] & int(Quality.UNUSABLE)) == 0
            made = np.where(usable, frames.value_si[:, k], made)
    breathed = len(vehicle.crew) * vehicle.supply.crew_o2_kg_s.value * share
    net_kg_s = np.where(np.isnan(made), 0.0, made - breathed)
    return np.asarray(net_kg_s * CREW_AMOUNT_MOL_KG)
