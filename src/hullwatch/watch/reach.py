"""What the watch could have seen by now, and why it may be unable to say anything."""

from hullwatch.detection import verdict
from hullwatch.records import Frames, Quality
from hullwatch.units import kg_day
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure
from hullwatch.watch.decide import setting_of
from hullwatch.watch.memory import Settings, WatchMemory


def detectable(memory: WatchMemory, vehicle: Vehicle, settings: Settings) -> tuple[float, float] | None:
    """Smallest steady leak, kg/day, that would 19 times in 20 have been said by now, and since when it would be there.

    Evidence reaches back to the last change that was accepted, an airlock used, a hatch moved. Of several groups the
    one that hides most counts; a group without candidates does not.
    """
    found = []
    for state in pressure.states(memory.groups, vehicle, memory.latest):
        group = memory.groups[state.group]
        setting = setting_of(memory, vehicle, group, state)
        rate = verdict.reportable_kg_s(group.score, setting, state.time_s, settings.leak_sure)
        if rate is not None:
            since_s = float(group.score.began[: group.score.held].min())
            found.append((kg_day(rate), since_s))
    return max(found, default=None)


def undecided(latest: Frames | None, vehicle: Vehicle, tells: bool) -> str | None:
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
    if not tells:
        return "too few readings to tell a leak of any size"
    return None
