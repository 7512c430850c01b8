"""Which gas came, once it is everywhere alike: at first an analyser shows the air beside it, be that much or little of
what came. Said when the doubt is small enough to tell one gas from another, if it is before the gain is forgotten."""

from dataclasses import replace

from hullwatch.balance.came import named, nitrogen_part
from hullwatch.balance.species import MIXING_S, shares
from hullwatch.records import Event, Interval
from hullwatch.units import utc_text
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch.groups import Group
from hullwatch.watch.memory import WatchMemory
from hullwatch.watch.returns import Gain


def name(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> tuple[WatchMemory, tuple[Event, ...]]:
    """A row for each gain whose gas can be told by now."""
    events: list[Event] = []
    gains = []
    for gain in memory.gains:
        part = _part(memory, gain, time_s)
        gas = named(part, shares(vehicle)[0])
        if part is not None and gas:
            events.append(_row(gain, part, gas, time_s))
            gain = replace(gain, rise=None)
        gains.append(gain)
    return (replace(memory, gains=tuple(gains)) if events else memory), tuple(events)


def _part(memory: WatchMemory, gain: Gain, time_s: float) -> Interval | None:
    """Nitrogen's part in it, None while it cannot be told and where gas has moved since."""
    if gain.rise is None or time_s - gain.end_s < MIXING_S[-1]:
        return None
    here = next((group for group in memory.groups if group.compartments == gain.compartments), None)
    later = any(one.end_s > gain.end_s and one.compartments == gain.compartments for one in memory.gains)
    if here is None or later or _moving(here):
        return None
    return nitrogen_part(here.air, gain.exchanged, time_s - gain.start_s, *gain.rise)


def _moving(group: Group) -> bool:
    return group.fill is not None or group.absorbing or group.phase is not None


def _row(gain: Gain, part: Interval, gas: str, time_s: float) -> Event:
    why = f"of what came from {utc_text(gain.start_s)[11:16]} to {utc_text(gain.end_s)[11:16]}, once mixed: {gas}"
    data = {
        "kind": "repressurisation", "channel": None, "state": "gas named", "why": why, "nitrogen_part": part.as_dict(),
    }  # fmt: skip
    return Event(time_s, "operation", None, data)
