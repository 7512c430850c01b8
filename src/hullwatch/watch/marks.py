"""Places in a block of frames where something other than air moves: hatches, valves, sensors that first speak."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hullwatch.records import Bools, Event, Floats, Frames, LoggedOperation, Quality
from hullwatch.vehicle.facts import Channel, Vehicle

OPERATIONS = {
    "makeup_valve": "makeup",
    "vent_valve": "vent",
    "depress_pump": "depress_pump",
    "generator_state": "o2_generation",
    "docking_state": "docking",
}
"""Channels whose changes are operations worth a line, and what the record calls them."""
BALANCED = ("pressure", "temperature", "ppn2", "ppo2", "ppco2")
"""Quantities that the balance reads."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is true from one frame on: hatches open, sensors heard, states of valves; and the lines that say so."""

    open_hatches: frozenset[str]
    spoken: frozenset[str]
    words: tuple[tuple[str, float], ...]
    events: tuple[Event, ...]


def marks(
    vehicle: Vehicle,
    frames: Frames,
    open_hatches: frozenset[str],
    spoken: frozenset[str],
    states: tuple[tuple[str, float], ...],
    log: Sequence[LoggedOperation] = (),
    last_s: float | None = None,
) -> dict[int, Mark]:
    """Frames, by place in the block, at which a stretch must begin, and what is true from there on.

    A hatch the log says was moved since `last_s`, the frame before these, has moved; one with a channel is where its
    channel says.
    """
    hatches = [(k, c) for k, c in enumerate(vehicle.channels) if c.quantity == "hatch_position" and c.hatch]
    sensors = [(k, c) for k, c in enumerate(vehicle.channels) if c.quantity in BALANCED]
    valves = [(k, c) for k, c in enumerate(vehicle.channels) if c.quantity in OPERATIONS]
    watched = [k for k, _ in (*hatches, *sensors, *valves)]
    if frames.time_s.size == 0:
        return {}
    heard = (frames.flags[:, watched] & int(Quality.MISSING)) == 0
    discrete = np.array(
        [c.quantity == "hatch_position" or c.quantity in OPERATIONS for c in (vehicle.channels[k] for k in watched)]
    )
    found: dict[int, Mark] = {}
    told = _told(log, frames.time_s, last_s)
    for place in sorted({*_changes(frames.value_si[:, watched], heard, discrete), *told}):
        row, ears = frames.value_si[place], heard[place]
        is_heard = dict(zip(watched, ears.tolist(), strict=True))
        now_open, now_spoken, now_states = set(open_hatches), set(spoken), dict(states)
        events: list[Event] = []
        for said in told.get(place, ()):
            (now_open.add if said.kind == "hatch_open" else now_open.discard)(str(said.hatch))
        for k, channel in hatches:
            if is_heard[k]:
                (now_open.add if row[k] > 0.5 else now_open.discard)(str(channel.hatch))
        for k, channel in sensors:
            if is_heard[k]:
                now_spoken.add(channel.id)
        for k, channel in valves:
            if is_heard[k] and now_states.get(channel.id) != row[k]:
                events.append(
                    _operation(channel, float(row[k]), now_states.get(channel.id), float(frames.time_s[place]))
                )
                now_states[channel.id] = float(row[k])
        open_hatches, spoken, states = frozenset(now_open), frozenset(now_spoken), tuple(now_states.items())
        found[place] = Mark(open_hatches, spoken, states, tuple(events))
    return found


def valves_open(vehicle: Vehicle, states: tuple[tuple[str, float], ...]) -> frozenset[str]:
    """Names of the supply valves that are open or moving."""
    now = dict(states)
    return frozenset(
        c.name for c in vehicle.channels if c.quantity == "makeup_valve" and now.get(c.id, 0.0) in (1.0, 2.0)
    )


def outlets_told(vehicle: Vehicle, states: tuple[tuple[str, float], ...]) -> str:
    """What the feed says of vents, pumps and docking: ways for gas to leave that are no leak."""
    now = dict(states)
    told = [c for c in vehicle.channels if c.quantity in ("vent_valve", "depress_pump") and c.id in now]
    if not told:
        return "no vent or pump is on this feed"
    return "; ".join(f"{c.name} {c.states.get(int(now[c.id]), f'{now[c.id]:g}')}" for c in told)


def _told(log: Sequence[LoggedOperation], time_s: Floats, last_s: float | None) -> dict[int, list[LoggedOperation]]:
    """Rows of the log that move a hatch, by the first frame at or after them."""
    found: dict[int, list[LoggedOperation]] = {}
    for row in log:
        if row.hatch and row.kind in ("hatch_open", "hatch_closed") and (last_s is None or row.start_s > last_s):
            place = int(np.searchsorted(time_s, row.start_s))
            if place < time_s.size:
                found.setdefault(place, []).append(row)
    return found


def _changes(value: Floats, heard: Bools, discrete: Bools) -> list[int]:
    """Frames that differ from the one before in who was heard or in a state; the first is always one."""
    same = (heard[1:] == heard[:-1]).all(axis=1)
    states, ears = value[:, discrete], heard[:, discrete]
    same &= ((states[1:] == states[:-1]) | ~ears[1:]).all(axis=1)
    return [0, *(np.flatnonzero(~same) + 1).tolist()]


def _operation(channel: Channel, value: float, before: float | None, time_s: float) -> Event:
    state = channel.states.get(int(value), f"{value:g}")
    was = "" if before is None else f", was {channel.states.get(int(before), f'{before:g}')}"
    return Event(
        time_s,
        "operation",
        None,
        {
            "kind": OPERATIONS[channel.quantity],
            "channel": channel.id,
            "state": state,
            "why": f"{channel.name}: {state}{was}",
        },
    )
