"""What the watch could have seen by now, and why it may be unable to say anything."""

from collections.abc import Sequence

import numpy as np

from hullwatch.detection import score
from hullwatch.records import Frames, Quality
from hullwatch.units import kg_day
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure


def detectable_kg_day(groups: Sequence[pressure.Group], vehicle: Vehicle, loss_h: float) -> float | None:
    """Smallest steady leak, present since the oldest candidate onset, that would by now have passed the threshold."""
    best = None
    for state in pressure.states(tuple(groups), vehicle, None):
        memory = groups[state.group].score
        information = memory.b[score.LOSS, : memory.held]
        if information.size and information.max() > 0.0:
            rate = kg_day(float(np.sqrt(2.0 * loss_h / information.max())) * state.mass_kg)
            best = rate if best is None else max(best, rate)
    return best


def undecided(
    groups: Sequence[pressure.Group], latest: Frames | None, vehicle: Vehicle, detectable: float | None
) -> str | None:
    """Why nothing can be said about leaks, or None when it can."""
    if latest is None:
        return "no frame was judged"
    channels = [
        k
        for k, c in enumerate(vehicle.channels)
        if c.quantity == "pressure" and not latest.flags[0, k] & int(Quality.MISSING)
    ]
    if not channels:
        return "no pressure channel ever gave a believable reading"
    if all(latest.flags[0, k] & int(Quality.UNUSABLE) for k in channels):
        return "every pressure channel is stuck, stale or silent at the end: a frozen feed is not a quiet cabin"
    if detectable is None:
        return "too few readings to tell a leak of any size"
    return None
