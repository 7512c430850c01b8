"""How far the walls leave a loss in doubt: gas that expands cools, and nobody knows just how fast it is warmed again.

Since an onset t ago pressure has fallen by

    ln p0/p = L (t + s w (1 - exp(-t/w)))        s = gamma - 1, w the time constant of the walls

so that a doubt of w leaves one of L, which is largest about two time constants after the onset and fades as 1/t.
"""

import math
from dataclasses import replace

from hullwatch.physics.gas import AIR_GAMMA
from hullwatch.records import GroupState
from hullwatch.vehicle.facts import Vehicle

WALL_DOUBT = 0.3
"""Doubt of the walls' time constant, standard deviation of its logarithm: racks stand before the walls [c]."""


def loss_share(age_s: float, wall_time_s: float) -> float:
    """Doubt of a loss that began this long ago, standard deviation of its logarithm."""
    x = max(age_s, 0.0) / wall_time_s
    cooled = AIR_GAMMA - 1.0
    fallen = x - cooled * math.expm1(-x)
    return WALL_DOUBT * cooled * (-math.expm1(-x) - x * math.exp(-x)) / fallen if fallen > 0.0 else 0.0


def unsettled(state: GroupState, vehicle: Vehicle, age_s: float) -> GroupState:
    """The same group with this doubt in its loss, which the balance's own leaves out: it takes the walls as known."""
    room = [c for c in vehicle.compartments if c.id in state.compartments]
    wall_time_s = sum(c.wall_time_s * c.volume_m3.value for c in room) / sum(c.volume_m3.value for c in room)
    doubt = loss_share(age_s, wall_time_s) * max(state.loss_per_s, 0.0)
    return replace(state, loss_sd_per_s=math.hypot(state.loss_sd_per_s, doubt))
