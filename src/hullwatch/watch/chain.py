"""THE CHAIN: readings become frames, frames a balance, what the balance lacks a detection, a size, a place, a forecast.

    Samples -> clean -> Frames -> judge (balance + detection) -> decide -> size -> place -> forecast -> Event

Frames are judged in stretches that end where something happens: a hatch moves, a sensor speaks for the first time, a
doubt is noted, a tick of the clock passes, or a change is detected. All of these are in the data, none in how the data
was cut into blocks, so the record is the same for any blocks, bit for bit.
"""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from hullwatch.records import Event, Frames, LoggedOperation, Samples
from hullwatch.telemetry import clean as cleaning
from hullwatch.units import utc_text
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open
from hullwatch.vehicle.roster import Roster
from hullwatch.watch import groups as pressure
from hullwatch.watch import holding, limits, operations, reports, where, which_gas, words
from hullwatch.watch.absorb import absorb, close_changed, finish
from hullwatch.watch.decide import decide, waiting
from hullwatch.watch.doubts import name_doubts
from hullwatch.watch.estimate import say, trend
from hullwatch.watch.follow import follow
from hullwatch.watch.marks import Mark, marks
from hullwatch.watch.memory import LOOK_H, Settings, WatchMemory
from hullwatch.watch.reach import detectable, undecided
from hullwatch.watch.regroup import regroup
from hullwatch.watch.respond import hatches_moved, respond
from hullwatch.watch.saying import Saying, gathered

QUIET_TICK_S, LEAK_TICK_S = 300.0, 60.0
"""How often the record says where things stand: quietly, and while a leak is followed."""
TICK_FRAMES = 10
"""A tick is no shorter than so many frames: a feed of one reading a minute tells of slow leaks, over weeks."""


def begin(
    vehicle: Vehicle,
    source: str,
    provenance: Mapping[str, str],
    settings: Settings,
    time_s: float,
    log: tuple[LoggedOperation, ...] = (),
    evidence: tuple[Event, ...] = (),
    roster: Roster | None = None,
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Memory before the first reading, and the first lines of the record.

    log: operations, in order of time; evidence: lines of what people saw and heard, taken in at their own time;
    roster: who goes home in what and when.
    """
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
        underway=operations.Underway(log),
        told=where.begin(evidence, vehicle),
        roster=roster,
    )
    first = words.started(vehicle, source, provenance, settings.as_dict(), open_hatches, time_s)
    shape = words.groups_changed([g.compartments for g in groups], vehicle, open_hatches, (), time_s)
    return memory, (first, shape)


def watch(
    memory: WatchMemory, vehicle: Vehicle, settings: Settings, block: Samples
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Take in any number of readings; returns the new memory and the lines for the record."""
    return gathered(saying(memory, vehicle, settings, block))


def saying(memory: WatchMemory, vehicle: Vehicle, settings: Settings, block: Samples) -> Saying:
    """The same, line by line as they become known: a verdict need not wait for the plan that follows from it."""
    cleaned, frames, notes = cleaning.clean(memory.clean, vehicle, block)
    memory = replace(memory, clean=cleaned, notes=memory.notes + notes)
    return (yield from _judge(memory, vehicle, settings, frames))


def hear(memory: WatchMemory, vehicle: Vehicle, rows: Sequence[tuple[float, Event]]) -> WatchMemory:
    """Evidence, its withdrawal, limits and reports of hatches and people that others appended to the record, each with
    the time from which on it counts; what is of the past counts from the next frame on."""
    bounds = [row for row in rows if row[1].kind == "limit_changed"]
    said = [row for row in rows if row[1].kind in reports.KINDS]
    seen = [row for row in rows if row[1].kind in ("evidence", "evidence_withdrawn")]
    return replace(
        memory,
        told=where.hear(memory.told, vehicle, seen),
        limits=limits.hear(memory.limits, vehicle, bounds),
        reports=reports.hear(memory.reports, vehicle, said),
    )


def end(
    memory: WatchMemory, vehicle: Vehicle, settings: Settings, interrupted: bool
) -> tuple[WatchMemory, tuple[Event, ...]]:
    """Judge the frame still open, say where things stand, and close the record."""
    return gathered(ending(memory, vehicle, settings, interrupted))


def ending(memory: WatchMemory, vehicle: Vehicle, settings: Settings, interrupted: bool) -> Saying:
    """The same, line by line as they become known."""
    cleaned, frames = cleaning.flush(memory.clean)
    memory = yield from _judge(replace(memory, clean=cleaned), vehicle, settings, frames)
    time_s = memory.last_s if memory.last_s is not None else 0.0
    memory = yield from _tick(memory, vehicle)
    memory, named = finish(memory, vehicle, time_s)
    left = tuple(words.quality(note, time_s) for note in memory.notes)
    smallest = detectable(memory, vehicle, settings)
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
            "undecided_why": undecided(memory.latest, vehicle, smallest is not None),
            "detectable_kg_day": None if smallest is None else float(f"{smallest[0]:.4g}"),
            "detectable_since_utc": None if smallest is None else utc_text(smallest[1]),
        },
    )
    yield (*named, *left, closing)
    return replace(memory, notes=())


def _judge(memory: WatchMemory, vehicle: Vehicle, settings: Settings, frames: Frames) -> Saying:
    """The loop over stretches; each ends where something happens."""
    n = frames.time_s.size
    found = marks(vehicle, frames, memory.open_hatches, memory.spoken, memory.words, memory.underway.log, memory.last_s)
    places = sorted(found)
    start = 0
    while start < n:
        memory = yield from _arrive(memory, vehicle, frames, start, found.get(start))
        stop = _stretch(memory, vehicle, frames, start, places)
        groups, judged, changed = pressure.judge(
            memory.groups, vehicle, pressure.cut(frames, start, stop), LOOK_H, settings.loss_h,
            partial(waiting, memory, vehicle, settings),
        )  # fmt: skip
        stop = start + judged
        memory = replace(
            memory,
            groups=groups,
            latest=pressure.cut(frames, stop - 1, stop),
            last_s=float(frames.time_s[stop - 1]),
            frames=memory.frames + judged,
            holds=holding.take(memory.holds, pressure.cut(frames, start, stop)),
        )
        if changed is not None:
            memory, decided = decide(memory, limits.in_force(vehicle, memory.limits), settings, changed)
            yield decided
        start = stop
    return memory


def _arrive(memory: WatchMemory, vehicle: Vehicle, frames: Frames, at: int, mark: Mark | None) -> Saying:
    """What must be said and done before the frame at this place is judged."""
    time_s = float(frames.time_s[at])
    ticks = memory.last_s is not None and _tick_of(memory, vehicle, time_s) > _tick_of(memory, vehicle, memory.last_s)
    if ticks:
        memory = yield from _tick(memory, vehicle)
    yield tuple(words.quality(note, time_s) for note in memory.notes if note.at_s <= time_s)
    memory = replace(memory, notes=tuple(note for note in memory.notes if note.at_s > time_s))
    if memory.first_s is None:
        memory = replace(memory, first_s=time_s)
    now, logged = operations.begin_and_end(memory.underway, vehicle, frames, at)
    latest = memory.incidents[-1].id if memory.incidents else None
    told, seen = where.take(memory.told, time_s, memory.open_hatches, latest)
    memory = replace(memory, underway=now, told=told)
    yield (*logged, *seen)
    memory = yield from _bounded(memory, vehicle, time_s)
    memory, reported = _reported(memory, vehicle, frames, at, mark, ticks)
    yield reported[0]
    if mark is not None or reported[1] != memory.open_hatches:
        still = Mark(memory.open_hatches, memory.spoken, memory.words, ())
        memory = yield from _marked(memory, vehicle, frames, at, replace(mark or still, open_hatches=reported[1]))
    memory, named = absorb(memory, limits.in_force(vehicle, memory.limits), time_s)
    yield named
    return memory


def _reported(
    memory: WatchMemory, vehicle: Vehicle, frames: Frames, at: int, mark: Mark | None, ticks: bool
) -> tuple[WatchMemory, tuple[tuple[Event, ...], frozenset[str]]]:
    """What people reported by this frame: the lines of it, and the hatches open as they now are taken to be."""
    told, time_s = memory.open_hatches if mark is None else mark.open_hatches, float(frames.time_s[at])
    now, said = memory.reports, tuple[Event, ...]()
    if not now.hatches and reports.next_s(now) > time_s:
        return memory, ((), told)
    if ticks or reports.next_s(now) <= time_s:
        flow = max((i.flow_m3_s for i in memory.incidents if i.leaking), default=0.0)
        states = pressure.states(memory.groups, vehicle, memory.latest)
        seen = reports.Seen(time_s, reports.telemetry_of(vehicle, frames, at), states, flow)
        now, again = reports.look_again(now, vehicle, seen) if ticks else (now, ())
        now, fresh = reports.take(now, vehicle, seen)
        said, told = (*again, *fresh), reports.as_telemetry(now, told, seen)
    if now.people != memory.reports.people:  # who breathes where, and who has how long, is another
        memory = replace(memory, plans={name: replace(plan, timed=False) for name, plan in memory.plans.items()})
    return replace(memory, reports=now), (said, reports.over(now, told, time_s, memory.underway.log))


def _bounded(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> Saying:
    """Limits that begin or end to be in force at this frame; every leak is told of anew under them."""
    changed, said = limits.take(memory.limits, vehicle, time_s)
    if not said:
        return memory
    yield said
    plans = {name: replace(plan, timed=False) for name, plan in memory.plans.items()}
    memory = replace(memory, limits=changed, plans=plans)
    for incident in memory.incidents:
        if incident.leaking:
            memory, told = say(memory, limits.in_force(vehicle, changed), incident, time_s, force=True)
            yield told
    return memory


def _marked(memory: WatchMemory, vehicle: Vehicle, frames: Frames, at: int, mark: Mark) -> Saying:
    """Valves, hatches and sensors that begin to speak at this frame."""
    time_s = float(frames.time_s[at])
    yield mark.events
    before, now = dict(memory.words), memory.underway
    for channel in vehicle.channels:
        value = next((v for c, v in mark.words if c == channel.id), None)
        if value is not None and value != before.get(channel.id):
            now = operations.valve_moved(now, vehicle, channel, before.get(channel.id), value, frames, at)
    memory = replace(memory, words=mark.words, underway=now)
    if mark.spoken == memory.spoken and mark.open_hatches == memory.open_hatches:
        return memory
    moved = tuple(h for h in vehicle.hatches if (h.id in mark.open_hatches) != (h.id in memory.open_hatches))
    old, memory = memory, regroup(memory, vehicle, mark.open_hatches, mark.spoken, time_s)
    memory = close_changed(old, memory, vehicle, time_s)
    vehicle = _as_it_is(memory, vehicle, time_s)
    if moved:
        opened = [end for hatch in moved if hatch.id in mark.open_hatches for end in hatch.between]
        memory = replace(memory, underway=operations.close_locks(memory.underway, opened))
        shape = [g.compartments for g in memory.groups]
        names = tuple(hatch.id for hatch in moved)
        told = reports.followed(memory.reports)
        yield (words.groups_changed(shape, vehicle, mark.open_hatches, names, time_s, told),)
        memory = yield from hatches_moved(memory, vehicle, time_s, old)
    return memory


def _stretch(memory: WatchMemory, vehicle: Vehicle, frames: Frames, start: int, places: list[int]) -> int:
    """Where the stretch that starts here must end at the latest."""
    tick = _tick_s(memory, vehicle)
    next_tick = (np.floor(frames.time_s[start] / tick) + 1.0) * tick
    stop = int(np.searchsorted(frames.time_s, next_tick, side="left"))
    after = bisect.bisect_right(places, start)
    later = [stop, *places[after : after + 1]]
    if memory.notes:
        noted = min(note.at_s for note in memory.notes)  # those due before have been said
        later.append(max(start + 1, int(np.searchsorted(frames.time_s, noted, side="left"))))
    changes = min(
        operations.next_change_s(memory.underway, float(frames.time_s[start])), where.next_s(memory.told),
        limits.next_s(memory.limits), reports.next_s(memory.reports),
    )  # fmt: skip
    later.append(max(start + 1, int(np.searchsorted(frames.time_s, changes, side="left"))))
    return operations.lock_moves(memory.underway, frames, start, min(later))


def _tick(memory: WatchMemory, vehicle: Vehicle) -> Saying:
    """Say where everything stands, as of the last frame judged."""
    if memory.last_s is None:
        return memory
    time_s, vehicle = memory.last_s, _as_it_is(memory, vehicle, memory.last_s)
    memory = replace(memory, groups=tuple(pressure.kept(group) for group in memory.groups))
    memory, events = follow(memory, vehicle, time_s)
    memory, named = which_gas.name(memory, vehicle, time_s)
    yield (*trend(memory, vehicle, time_s), *events, *named)
    memory = yield from respond(memory, vehicle, time_s)
    memory, doubted = name_doubts(memory, vehicle, time_s)
    yield doubted
    return memory


def _as_it_is(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> Vehicle:
    """The ship with its limits as they now are, and with those aboard now."""
    return reports.manned(limits.in_force(vehicle, memory.limits), memory.roster, time_s)


def _tick_s(memory: WatchMemory, vehicle: Vehicle) -> float:
    lively = any(i.leaking for i in memory.incidents) or any(g.fill for g in memory.groups)
    return max(LEAK_TICK_S if lively else QUIET_TICK_S, TICK_FRAMES * vehicle.frame_s)


def _tick_of(memory: WatchMemory, vehicle: Vehicle, time_s: float) -> float:
    return float(np.floor(time_s / _tick_s(memory, vehicle)))
