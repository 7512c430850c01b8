"""Reserve time: how long until each limit is crossed if nothing is done.

A choked hole at steady temperature makes pressure fall exponentially, so the time to a limit is ln(P / P_limit) / loss;
the straight-line formula of the crew's tables is shorter and is not used here. Oxygen pressure falls in the same
proportion: oxygen generation is taken to go on balancing the crew.
"""

import numpy as np

from hullwatch.estimators.quadrature import positive_normal_nodes, weighted_interval
from hullwatch.records import Floats, Forecast, GroupState
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Limit, Vehicle

HORIZON_S = 3650.0 * DAY_S
"""Times beyond this are not said: other things happen to a station in ten years."""


def forecast(state: GroupState, vehicle: Vehicle) -> tuple[Forecast, ...]:
    """Reserve time of this group for each limit of the vehicle that falling gas can cross."""
    if not state.followed:
        return ()
    loss = positive_normal_nodes(state.loss_per_s, state.loss_sd_per_s)
    return tuple(_one(limit, state, vehicle, loss) for limit in vehicle.limits if limit.side == "low")


def _one(limit: Limit, state: GroupState, vehicle: Vehicle, loss: Floats) -> Forecast:
    now = state.pressure_pa if limit.quantity == "pressure" else state.ppo2_pa
    if now is None:
        return Forecast(limit.id, state.group, None, f"no usable {limit.quantity} reading")
    floor = limit.value_pa.value
    if now <= floor:
        return Forecast(limit.id, state.group, None, f"already below: {now:.0f} Pa against {floor:.0f} Pa")
    time = np.where(loss > 0.0, np.log(now / floor) / np.maximum(loss, 1e-300), np.inf)
    time = np.minimum(time, 10.0 * HORIZON_S)
    interval = weighted_interval(time, np.full(time.size, 1.0 / time.size))
    if interval.median > HORIZON_S:
        return Forecast(limit.id, state.group, None, "not reached within ten years")
    return Forecast(limit.id, state.group, interval, limit.meaning)
