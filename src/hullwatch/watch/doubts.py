"""Sensors that the balance has come to doubt are named at the next tick: once for each sensor, doubt and episode."""

from dataclasses import replace

from hullwatch.balance.doubts import doubts
from hullwatch.records import Event, QualityNote
from hullwatch.units import HOUR_S
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import words
from hullwatch.watch.memory import WatchMemory

SAME_EPISODE_S = HOUR_S
"""A doubt that comes back within this time is the same episode: a gauge at the border comes and goes [c]."""


def name_doubts(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Say what is newly doubted. What was named is remembered with the last time it was still true."""
    last = {(kind, channel): seen_s for kind, channel, seen_s in memory.doubted}
    events: list[Event] = []
    for group in memory.groups:
        for note in doubts(group.air, vehicle):
            if _is_new(note, last.get((note.kind, note.channel))):
                events.append(words.quality(note, time_s))
            last[note.kind, note.channel] = note.end_s
    doubted = tuple((kind, channel, seen_s) for (kind, channel), seen_s in last.items())
    return replace(memory, doubted=doubted), tuple(events)


def _is_new(note: QualityNote, seen_s: float | None) -> bool:
    """Whether this is another episode than the one last seen."""
    return seen_s is None or note.start_s > seen_s + (SAME_EPISODE_S if note.end_s > note.start_s else 0.0)
