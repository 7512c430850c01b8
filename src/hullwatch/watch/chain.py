"""THE CHAIN: readings become frames, frames a balance, what the balance lacks a detection, a size, a place, a forecast.

    Samples -> clean -> Frames -> judge (balance + detection) -> decide -> size -> place -> forecast -> Event

Frames are judged in stretches that end where something happens: a hatch moves, a sensor speaks for the first time, a
doubt is noted, a tick of the clock passes, or a change is detected. All of these are in the data, none in how the data
was cut into blocks, so the record is the same for any blocks, bit for bit.
"""

import bisect
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hullwatch.records import Event, Frames, Samples
from hullwatch.telemetry import clean as cleaning
from hullwatch.units import utc_text
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open
from hullwatch.watch import groups as pressure
from hullwatch.watch import words
from hullwatch.watch.decide import decide
from hullwatch.watch.estimate import trend
from hullwatch.watch.follow import follow
from hullwatch.watch.marks import Mark, marks
from hullwatch.watch.memory import Settings, WatchMemory
from hullwatch.watch.reach import detectable_kg_day, undecided
from hullwatch.watch.regroup import regroup

QUIET_TICK_S, LEAK_TICK_S = 300.0, 60.0
"""How often the record says where things stand: quietly, and while a leak is followed."""


def begin(
    vehicle: Vehicle, source: str, provenance: Mapping[str, str], settings: Settings, time_s: float
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Memory before the first reading, and the first line of the record."""
    open_hatches = default_open(vehicle)
    groups = pressure.form(vehicle, open_hatches, frozenset())
    memory = WatchMemory(
        clean=cleaning.begin(vehicle),
        groups=groups,
        open_hatches=open_hatches,
        spoken=frozenset(),
        words=(),
        incidents=(),
        places={},
        notes=(),
        latest=None,
        first_s=None,
        last_s=None,
        frames=0,
        moved_s=-np.inf,
    )
    first = words.started(vehicle, source, provenance, settings.as_dict(), open_hatches, time_s)
    shape = words.groups_changed([g.compartments for g in groups], vehicle, open_hatches, (), time_s)
    return memory, (first, shape)


def watch(
    memory: WatchMemory, vehicle: Vehicle, settings: Settings, block: Samples
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Take in any number of readings; returns the new memory and the lines for the record."""
    cleaned, frames, notes = cleaning.clean(memory.clean, vehicle, block)
    return _judge(replace(memory, clean=cleaned, notes=memory.notes + notes), vehicle, settings, frames)


def end(
    memory: WatchMemory, vehicle: Vehicle, settings: Settings, interrupted: bool
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Judge the frame still open, say where things stand, and close the record."""
    cleaned, frames = cleaning.flush(memory.clean)
    memory, events = _judge(replace(memory, clean=cleaned), vehicle, settings, frames)
    time_s = memory.last_s if memory.last_s is not None else 0.0
    memory, last = _tick(memory, vehicle)
    left = tuple(words.quality(note, time_s) for note in memory.notes)
    detectable = detectable_kg_day(memory.groups, vehicle, settings.loss_h)
    closing = Event(
        time_s,
        "watch_ended",
        None,
        {
            "span_utc": [utc_text(memory.first_s), utc_text(time_s)] if memory.first_s is not None else None,
            "interrupted": interrupted,
            "readings": memory.clean.readings,
            "frames": memory.frames,
            "channels_missing": list(cleaning.missing_channels(memory.clean)),
            "signal_lost_s": round(memory.clean.signal_lost_s, 1),
            "undecided_why": undecided(memory.groups, memory.latest, vehicle, detectable),
            "detectable_kg_day": None if detectable is None else float(f"{detectable:.4g}"),
        },
    )
    return replace(memory, notes=()), (*events, *last, *left, closing)


def _judge(
    memory: WatchMemory, vehicle: Vehicle, settings: Settings, frames: Frames
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """The loop over stretches; each ends where something happens."""
    events: list[Event] = []
    n = frames.time_s.size
    found = marks(
        vehicle, frames, memory.open_hatches, memory.spoken, memory.words, [note.at_s for note in memory.notes]
    )
    places = sorted(found)
    start = 0
    while start < n:
        memory, said = _arrive(memory, vehicle, frames, start, found.get(start))
        events += said
        stop = _stretch(memory, frames, start, places)
        groups, judged, changed = pressure.judge(
            memory.groups, vehicle, pressure.cut(frames, start, stop), settings.loss_h, settings.loss_h
        )
        stop = start + judged
        memory = replace(
            memory,
            groups=groups,
            latest=pressure.cut(frames, stop - 1, stop),
            last_s=float(frames.time_s[stop - 1]),
            frames=memory.frames + judged,
        )
        if changed is not None:
            memory, decided = decide(memory, vehicle, settings.loss_h, changed)
            events += decided
        start = stop
    return memory, tuple(events)


def _arrive(
    memory: WatchMemory, vehicle: Vehicle, frames: Frames, at: int, mark: Mark | None
) -> tuple[WatchMemory, list[Event]]:
    """What must be said and done before the frame at this place is judged."""
    time_s = float(frames.time_s[at])
    events: list[Event] = []
    if memory.last_s is not None and _tick_of(memory, time_s) > _tick_of(memory, memory.last_s):
        memory, said = _tick(memory, vehicle)
        events += said
    due = [note for note in memory.notes if note.at_s <= time_s]
    events += [words.quality(note, time_s) for note in due]
    memory = replace(memory, notes=tuple(note for note in memory.notes if note.at_s > time_s))
    if memory.first_s is None:
        memory = replace(memory, first_s=time_s)
    if mark is None:
        return memory, events
    events += mark.events
    memory = replace(memory, words=mark.words)
    if mark.spoken == memory.spoken and mark.open_hatches == memory.open_hatches:
        return memory, events
    moved = tuple(h.id for h in vehicle.hatches if (h.id in mark.open_hatches) != (h.id in memory.open_hatches))
    memory = regroup(memory, vehicle, mark.open_hatches, mark.spoken, time_s)
    if moved:
        shape = words.groups_changed([g.compartments for g in memory.groups], vehicle, mark.open_hatches, moved, time_s)
        events.append(shape)
    return memory, events


def _stretch(memory: WatchMemory, frames: Frames, start: int, places: list[int]) -> int:
    """Where the stretch that starts here must end at the latest."""
    tick = _tick_s(memory)
    next_tick = (np.floor(frames.time_s[start] / tick) + 1.0) * tick
    stop = int(np.searchsorted(frames.time_s, next_tick, side="left"))
    after = bisect.bisect_right(places, start)
    later = [stop, *places[after : after + 1]]
    if memory.notes:
        noted = min(note.at_s for note in memory.notes)  # those due before have been said
        later.append(max(start + 1, int(np.searchsorted(frames.time_s, noted, side="left"))))
    return min(later)


def _tick(memory: WatchMemory, vehicle: Vehicle) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Say where everything stands, as of the last frame judged."""
    if memory.last_s is None:
        return memory, ()
    time_s = memory.last_s
    memory, events = follow(memory, vehicle, time_s)
    return memory, (*trend(memory, vehicle, time_s), *events)


def _tick_s(memory: WatchMemory) -> float:
    return (
        LEAK_TICK_S if any(i.leaking for i in memory.incidents) or any(g.fill for g in memory.groups) else QUIET_TICK_S
    )


def _tick_of(memory: WatchMemory, time_s: float) -> float:
    return float(np.floor(time_s / _tick_s(memory)))
