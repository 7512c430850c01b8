"""What the watch says ahead of every leak it follows: reserve time to each limit that falling gas can cross.

Nothing is added and oxygen generation is taken to go on balancing the crew; `reserve` knows more.
"""

import math

from hullwatch.records import Forecast, GroupState
from hullwatch.response.reserve import reserve_times, with_loss
from hullwatch.vehicle.facts import Vehicle

MODEL_SHARE = 0.03
"""Doubt of a followed loss, as a share of it, that the balance's own figure leaves out: how fast the walls warm the gas
is taken as known there (METHODS 2: 3 % for the thermal model)."""


def forecast(state: GroupState, vehicle: Vehicle) -> tuple[Forecast, ...]:
    """Reserve time of this group for each limit of the vehicle that falling gas can cross."""
    if not state.followed:
        return ()
    doubt = math.hypot(state.loss_sd_per_s, MODEL_SHARE * max(state.loss_per_s, 0.0))
    ahead = with_loss(state, state.loss_per_s, doubt)
    return reserve_times(ahead, vehicle, [limit for limit in vehicle.limits if limit.side == "low"])
