"""Which operations are moving gas now: from the log, from valves and pumps on the feed, from a lock's own gauge.

An operation touches the pressure groups of some compartments for a known time. How long a valve's word is believed is
limited: some vents stay open for days with nothing behind them, and must not hide a leak for days.

    pump  ____|on------------|off______________________________________________
    lock's gauge   \\_________ ... vented, at vacuum ...  ___/ filled from the cabin
    touches        |lock and cabin|settle|   lock alone   |lock and cabin|settle|
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.records import Event, Frames, Interval, LoggedOperation, Quality
from hullwatch.units import utc_text
from hullwatch.vehicle.facts import Channel, Vehicle

SETTLE_S = 600.0
"""After an operation gas and walls come to one temperature: four of their time constants of 143 s (METHODS 1.3) [c]."""
WEIGHED_AFTER_S = 120.0
"""Then every gauge is heard again, mass being held, before the change is weighed: two heartbeats of balance.air."""
LOG_MARGIN_S = 60.0
"""Logs are written to the minute: gas may have moved so long before the time written."""
LASTS_S = {"makeup_valve": 3600.0, "vent_valve": 900.0, "depress_pump": 2 * 3600.0, "docking_state": 900.0}
"""How long after it moved a valve, pump or contact explains a change [c]: what lies behind a vent is gone in minutes, a
crew lock is pumped down in under an hour; a tank may fill for longer, and is then followed as a flow."""
LOCK_MOVES_PA = 300.0
"""A lock's pressure that has gone so far from where it was is being moved; above the noise of any gauge used [c]."""
LOCK_STILL_S = 60.0
"""A lock whose pressure has not gone so far for this long stands still [c]."""
LOCK_FULL = 0.9
"""Share of its old pressure at which a lock counts as filled again [c]."""

FLOWS = {"makeup_valve": (1.0, 2.0), "vent_valve": (1.0, 3.0)}
"""States in which gas may pass: open or in transit. Any state but 0 is a running pump."""
STEP_KIND = {
    "makeup_valve": "repressurisation", "vent_valve": "vent", "depress_pump": "airlock", "docking_state": "docking",
    "repressurisation": "repressurisation", "oxygen_supply": "repressurisation", "vent": "vent",
    "airlock_depress": "airlock", "airlock_repress": "airlock", "pump": "airlock",
    "docking": "docking", "undocking": "docking",
}  # fmt: skip
"""What the record calls the change that a kind of operation makes. Kinds that are not here move no gas."""


@dataclass(frozen=True, slots=True)
class Operation:
    """From start to until it may move gas in the groups of its compartments; in all groups if it names none."""

    key: str  # channel id, "lock" and compartment, or "log" and line
    kind: str  # a step's kind
    words: str  # as quoted in the record
    compartments: frozenset[str]
    start_s: float
    until_s: float
    mass_kg: float | None = None  # as logged
    told: bool = True  # whether its end is worth a line
    alone: bool = False  # touches only a group that has no other compartments
    place: frozenset[str] = frozenset()  # compartments the log names

    @property
    def over_s(self) -> float:
        """When its work is weighed."""
        return self.until_s + WEIGHED_AFTER_S

    def touches(self, compartments: Sequence[str]) -> bool:
        """Whether the group of these compartments may feel it."""
        if self.alone:
            return set(compartments) <= self.compartments
        return not self.compartments or not self.compartments.isdisjoint(compartments)


@dataclass(frozen=True, slots=True)
class Lock:
    """An airlock that has been pumped down and not yet filled again."""

    compartment: str
    sensor: int  # channel number of its gauge
    full_pa: float
    anchor_pa: float  # pressure at which it was last found to have moved


@dataclass(frozen=True, slots=True)
class Moved:
    """What operations that are over did to a group's gas; said a little later, lest a leak be taken for their work."""

    group: int
    compartments: tuple[str, ...]
    operations: tuple[Operation, ...]
    since_s: float  # the mass is of all that changed from here
    closed_s: float  # to here
    mass_kg: Interval
    incidents: frozenset[str]  # known by then
    due_s: float
    exchanged: float = 0.0  # the balance's state of that name before them
    rise: tuple[float, float] = (0.0, 0.0)  # change of the logarithm of the gas amount, and its sd

    @property
    def start_s(self) -> float:
        """When the first of them began."""
        return max(self.since_s, min(one.start_s for one in self.operations))

    @property
    def end_s(self) -> float:
        """When the last of them ended, settling left out."""
        return max(min(max(one.until_s for one in self.operations) - SETTLE_S, self.closed_s), self.start_s)


@dataclass(frozen=True, slots=True)
class Underway:
    """Operations under way, and what moved last."""

    log: tuple[LoggedOperation, ...] = ()
    taken: int = 0  # rows of the log that have begun
    running: tuple[Operation, ...] = ()
    locks: tuple[Lock, ...] = ()
    moved_s: float | None = None  # when a valve, pump or contact last changed, and what it did
    moved_words: str = ""
    unsaid: tuple[Moved, ...] = ()  # weighed, and not yet in the record


def next_change_s(now: Underway, time_s: float) -> float:
    """When, after now, the next operation of the log begins or the next one under way ends or is over."""
    ends = [s for one in now.running for s in (one.until_s, one.over_s) if s > time_s]
    begins = [now.log[now.taken].start_s - LOG_MARGIN_S] if now.taken < len(now.log) else []
    return min([*ends, *begins, *(one.due_s for one in now.unsaid)], default=np.inf)


def lock_moves(now: Underway, frames: Frames, start: int, stop: int) -> int:
    """The first frame after `start` in which a lock's pressure has gone far from where it was; `stop` if none has."""
    for lock in now.locks:
        value = frames.value_si[start + 1 : stop, lock.sensor]
        far = np.flatnonzero(np.abs(value - lock.anchor_pa) > LOCK_MOVES_PA)
        if far.size:
            stop = start + 1 + int(far[0])
    return stop


def begin_and_end(now: Underway, vehicle: Vehicle, frames: Frames, at: int) -> tuple[Underway, list[Event]]:
    """What begins and ends at this frame by the clock or by a lock's gauge, before the frame is judged."""
    time_s = float(frames.time_s[at])
    events: list[Event] = []
    over = [one for one in now.running if one.over_s <= time_s]
    running = tuple(one for one in now.running if one.over_s > time_s)
    taken = now.taken
    while taken < len(now.log) and now.log[taken].start_s - LOG_MARGIN_S <= time_s:
        row = now.log[taken]
        taken += 1
        events.append(logged(row, time_s))
        more = tuple(one for one in _of_row(row, vehicle) if one.until_s > time_s)
        running += more
    now = replace(now, running=running, taken=taken)
    for lock in now.locks:
        now = _watch_lock(now, vehicle, lock, float(frames.value_si[at, lock.sensor]), time_s, over)
    return now, events


def valve_moved(
    now: Underway, vehicle: Vehicle, channel: Channel, before: float | None, value: float, frames: Frames, at: int
) -> Underway:
    """A valve, pump or docking contact changed its state; `before` is None when it is heard for the first time."""
    time_s = float(frames.time_s[at])
    flows = _flows(channel, value)
    if before is None and not (channel.quantity == "depress_pump" and flows):
        return now  # it may have stood so for days
    if channel.quantity not in STEP_KIND:
        return now
    state = channel.states.get(int(value), f"{value:g}")
    words = f"{channel.name} {state}"
    ends = time_s + SETTLE_S + (LASTS_S[channel.quantity] if flows or channel.quantity == "docking_state" else 0.0)
    old = next((one for one in now.running if one.key == channel.id), None)
    kind = STEP_KIND[channel.quantity]
    if old is None:
        old = Operation(channel.id, kind, words, _reach(vehicle, channel, kind), time_s, ends)
    rest = tuple(one for one in now.running if one.key != channel.id)
    now = replace(
        now, running=(*rest, replace(old, until_s=ends)), moved_s=time_s, moved_words=f"{words} at {_clock(time_s)}"
    )
    if channel.quantity == "depress_pump" and flows and channel.compartment:
        now = _open_lock(now, vehicle, channel.compartment, frames, at)
    return now


def logged(row: LoggedOperation, time_s: float) -> Event:
    """The line for an operation of the log."""
    lasts = "" if row.end_s == row.start_s else f" to {utc_text(row.end_s)}"
    where = row.compartment or row.hatch or "whole ship"
    mass = "" if row.mass_kg is None else f", {row.mass_kg:+g} kg"
    note = f": {row.note}" if row.note else ""
    return Event(
        time_s,
        "operation",
        None,
        {
            "kind": row.kind,
            "channel": None,
            "state": "logged",
            "why": f"logged {row.kind.replace('_', ' ')} ({where}{mass}) from {utc_text(row.start_s)}{lasts}{note}",
        },
    )


def row_words(row: LoggedOperation) -> str:
    """A row of the log as a step quotes it."""
    return f"{row.kind.replace('_', ' ')} of the log" + (f" ({row.note})" if row.note else "")


def outlets(now: Underway, since_s: float | None) -> str:
    """Since when nothing that explains a change has moved, by the feed and by the log: for causes set aside."""
    parts = []
    if now.moved_s is not None:
        parts.append(f"no pump, vent or valve moved since {now.moved_words}")
    elif since_s is not None:
        parts.append(f"none moved since the watch began at {_clock(since_s)}")
    if now.log:
        begun = [row for row in now.log[: now.taken] if row.kind in STEP_KIND]
        last = f"last {begun[-1].kind.replace('_', ' ')} at {_clock(begun[-1].start_s)}" if begun else "nothing so far"
        parts.append(f"in the log {last}")
    return "; ".join(parts)


def _of_row(row: LoggedOperation, vehicle: Vehicle) -> tuple[Operation, ...]:
    start = row.start_s
    key = f"log {row.row}"
    place = frozenset({row.compartment}) if row.compartment else frozenset[str]()
    if row.hatch:
        place |= {end for hatch in vehicle.hatches if hatch.id == row.hatch for end in hatch.between}
    if row.kind == "eva":  # the lock is empty meanwhile; without a lock named it only is a line
        return (
            (Operation(key, "airlock", row_words(row), place, start, row.end_s + SETTLE_S, None, False, True),)
            if place
            else ()
        )
    if row.kind not in STEP_KIND:
        return ()
    kind = STEP_KIND[row.kind]
    reach = _with_neighbours(vehicle, place) if kind in ("airlock", "docking") else place
    return (
        Operation(
            key, kind, row_words(row), reach, start, row.end_s + LOG_MARGIN_S + SETTLE_S, row.mass_kg, place=place
        ),
    )


def _watch_lock(
    now: Underway, vehicle: Vehicle, lock: Lock, reading_pa: float, time_s: float, over: Sequence[Operation]
) -> Underway:
    """Gas passes to or from a lock whose gauge moves. It is done once filled and still."""
    key = f"lock {lock.compartment}"
    moved = reading_pa - lock.anchor_pa
    if abs(moved) > LOCK_MOVES_PA:
        others = [one for one in now.running if one.told and one.key != key and one.until_s > time_s]
        pumped = any(one.kind == "airlock" for one in others)
        inward = moved > 0.0 or pumped
        place = frozenset({lock.compartment})
        reach = _with_neighbours(vehicle, place) if inward else place
        words = f"pressure of the {vehicle.compartment(lock.compartment).name} {'rising' if moved > 0.0 else 'falling'}"
        old = next((one for one in now.running if one.key == key and one.compartments == reach), None)
        moving = old or Operation(key, "airlock", words, reach, time_s, time_s)
        rest = tuple(one for one in now.running if one is not old)
        moving = replace(moving, until_s=time_s + LOCK_STILL_S + SETTLE_S)
        locks = tuple(replace(one, anchor_pa=reading_pa) if one is lock else one for one in now.locks)
        return replace(now, running=(*rest, moving), locks=locks)
    busy = any(one.kind == "airlock" and one.told for one in now.running)
    still = any(one.kind == "airlock" for one in over) and not busy
    if still and reading_pa > LOCK_FULL * lock.full_pa:
        return close_locks(now, [lock.compartment])
    return now


def _open_lock(now: Underway, vehicle: Vehicle, compartment: str, frames: Frames, at: int) -> Underway:
    gauge = next(
        (k for k, c in enumerate(vehicle.channels)
         if c.quantity == "pressure" and c.compartment == compartment
         and not frames.flags[at, k] & int(Quality.UNUSABLE)),
        None,
    )  # fmt: skip
    if gauge is None or any(lock.compartment == compartment for lock in now.locks):
        return now
    pressure = float(frames.value_si[at, gauge])
    place = frozenset({compartment})
    start = float(frames.time_s[at])
    empty = Operation(f"empty {compartment}", "airlock", "", place, start, np.inf, None, False, True)
    return replace(now, locks=(*now.locks, Lock(compartment, gauge, pressure, pressure)), running=(*now.running, empty))


def close_locks(now: Underway, compartments: Sequence[str]) -> Underway:
    """These locks are full again or a hatch of theirs is open: they are rooms like any other."""
    empty = {f"empty {compartment}" for compartment in compartments}
    return replace(
        now,
        locks=tuple(lock for lock in now.locks if lock.compartment not in compartments),
        running=tuple(one for one in now.running if one.key not in empty),
    )


def _reach(vehicle: Vehicle, channel: Channel, kind: str) -> frozenset[str]:
    if channel.compartment is None:
        return frozenset()
    place = frozenset({channel.compartment})
    return _with_neighbours(vehicle, place) if kind in ("airlock", "docking") else place


def _with_neighbours(vehicle: Vehicle, place: frozenset[str]) -> frozenset[str]:
    """These compartments and those a hatch away: gas that leaves one of them goes to the other."""
    return place | {end for hatch in vehicle.hatches if place & set(hatch.between) for end in hatch.between}


def _flows(channel: Channel, value: float) -> bool:
    return value != 0.0 if channel.quantity == "depress_pump" else value in FLOWS.get(channel.quantity, ())


def _clock(time_s: float) -> str:
    return f"{utc_text(time_s)[:16].replace('T', ' ')} UTC"
