"""What the watch says ahead of every leak it follows: reserve time to each limit that falling gas can cross.

Nothing is added and oxygen generation is taken to go on balancing the crew; `reserve` knows more.
"""

from hullwatch.records import Forecast, GroupState
from hullwatch.response.reserve import Supposed, reserve_times
from hullwatch.vehicle.facts import Vehicle


def forecast(state: GroupState, vehicle: Vehicle, breathing: int = 0) -> tuple[Forecast, ...]:
    """Reserve time of this group for each limit of the vehicle that falling gas can cross.

    breathing: people in it whose oxygen nobody makes and whose carbon dioxide nobody takes out; then all limits count,
    whether it leaks or not.
    """
    if breathing:
        return reserve_times(state, vehicle, vehicle.limits, Supposed(people=float(breathing)))
    if not state.followed:
        return ()
    return reserve_times(state, vehicle, [limit for limit in vehicle.limits if limit.side == "low"])
