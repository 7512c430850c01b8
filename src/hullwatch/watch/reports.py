"""What people report of hatches and of themselves while the watch runs: the ship is taken to be so from then on.

    hatch_report --> waits for its time of data --> its channel speaks           telemetry holds; a contradiction: said
                                                --> said open, pressures differ  stays shut until they agree; said
                                                --> else                         the hatch has moved at this frame
    crew_report  --> waits for its time of data --> where these people are from now on

A report is what somebody says, no decision and no order. What contradicts it is looked at again at every tick.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hullwatch.errors import DescriptionError
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.records import Event, Frames, GroupState, LoggedOperation, Quality
from hullwatch.units import mmhg
from hullwatch.vehicle.facts import CrewMember, Vehicle
from hullwatch.vehicle.roster import Roster
from hullwatch.watch import words

KINDS = ("hatch_report", "crew_report")
APART_PA = 100.0
"""Difference of pressure that no open hatch lets stand, beyond the gauges' errors [c]: a hole of 50 mm needs under a
pascal across one."""
SURE = 3.0
"""Sigmas of the difference of two parts, or of a loss, from which on it contradicts."""
AT_ONCE_S = 120.0
"""Two people who report a hatch differently within this time mean the same moment, not a move between them [c]."""
BOTH_FALL = 0.5
"""Share of what both sides of an open hatch would lose that each must lose for a shut one to be doubted [c]."""


@dataclass(frozen=True, slots=True)
class Word:
    """The latest report of one hatch: whether the watch goes by it, and what contradicts it."""

    hatch: str
    is_open: bool
    since_s: float
    followed: bool
    contradiction: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Reports:
    """What was reported: still to come by its time, the latest of each hatch, and where people said they are."""

    rows: tuple[tuple[float, Event], ...] = ()  # from when on, in order of time
    hatches: tuple[Word, ...] = ()
    people: tuple[tuple[str, str], ...] = ()  # name and compartment


@dataclass(frozen=True, slots=True)
class Seen:
    """What reports are held against at one frame."""

    time_s: float
    telemetry: Mapping[str, bool]  # hatches whose own channel can be believed now, and whether it says open
    states: tuple[GroupState, ...]
    flow_m3_s: float  # of the largest leak followed


def hear(reports: Reports, vehicle: Vehicle, rows: Sequence[tuple[float, Event]]) -> Reports:
    """Statements that others appended to the record, each with the time from which on it holds."""
    for _, event in rows:
        _checked(event, vehicle)
    return replace(reports, rows=tuple(sorted((*reports.rows, *rows), key=lambda row: row[0]))) if rows else reports


def next_s(reports: Reports) -> float:
    """When the next one is due."""
    return reports.rows[0][0] if reports.rows else np.inf


def take(reports: Reports, vehicle: Vehicle, seen: Seen) -> tuple[Reports, tuple[Event, ...]]:
    """Those whose time has come; the lines that say so, and what contradicts them."""
    due = [event for when, event in reports.rows if when <= seen.time_s]
    hatches, people = {word.hatch: word for word in reports.hatches}, dict(reports.people)
    said: list[Event] = []
    for event in due:
        if event.kind == "crew_report":
            names, place = [str(name) for name in event.data["people"]], str(event.data["compartment"])
            people |= dict.fromkeys(names, place)
            said.append(words.heard(event, seen.time_s, people=names, compartment=place))
            continue
        hatch = str(event.data["hatch"])
        before, by = hatches.get(hatch), str(event.data.get("by"))
        word = _held(Word(hatch, event.data["open"], seen.time_s, False, by=by), vehicle, seen)
        hatches[hatch] = word
        row = _row(word)
        row["contradiction"] = row["contradiction"] or _other(before, word)
        said.append(words.heard(event, seen.time_s, **row))
    if not due:
        return reports, ()
    return Reports(reports.rows[len(due) :], tuple(hatches.values()), tuple(people.items())), tuple(said)


def look_again(reports: Reports, vehicle: Vehicle, seen: Seen) -> tuple[Reports, tuple[Event, ...]]:
    """At a tick: reports that telemetry or pressures have come to bear out, or to contradict, and lines of those."""
    now, said = [], []
    for word in reports.hatches:
        if seen.telemetry.get(word.hatch) == word.is_open:
            continue  # telemetry says the same: the report has served
        fresh = _held(word, vehicle, seen)
        if (fresh.followed, _kind(fresh)) != (word.followed, _kind(word)):
            said.append(words.looked_again(seen.time_s, **_row(fresh)))
        else:
            fresh = word
        now.append(fresh)
    return replace(reports, hatches=tuple(now)), tuple(said)


def over(
    reports: Reports, open_hatches: frozenset[str], time_s: float, log: Sequence[LoggedOperation]
) -> frozenset[str]:
    """Hatches open as they now are taken to be: those whose report is followed as reported, unless a later row of the
    log has moved them."""
    now = set(open_hatches)
    for word in reports.hatches:
        later = any(row.hatch == word.hatch and word.since_s < row.start_s <= time_s for row in log)
        if word.followed and not later:
            (now.add if word.is_open else now.discard)(word.hatch)
    return frozenset(now)


def as_telemetry(reports: Reports, open_hatches: frozenset[str], seen: Seen) -> frozenset[str]:
    """The same with hatches whose report telemetry contradicts as telemetry has them."""
    now = set(open_hatches)
    for word in reports.hatches:
        if not word.followed and word.hatch in seen.telemetry:
            (now.add if seen.telemetry[word.hatch] else now.discard)(word.hatch)
    return frozenset(now)


def followed(reports: Reports) -> frozenset[str]:
    """Hatches that are as people reported them."""
    return frozenset(word.hatch for word in reports.hatches if word.followed)


def telemetry_of(vehicle: Vehicle, frames: Frames, at: int) -> Mapping[str, bool]:
    """Hatches whose own channel can be believed at a frame, and whether it says open."""
    usable = (frames.flags[at] & int(Quality.UNUSABLE)) == 0
    return {
        c.hatch: bool(frames.value_si[at, k] > 0.5)
        for k, c in enumerate(vehicle.channels)
        if c.quantity == "hatch_position" and c.hatch and usable[k]
    }


# --- what contradicts ---------------------------------------------------------------------------------------------


def _held(word: Word, vehicle: Vehicle, seen: Seen) -> Word:
    """A report held against telemetry and pressures."""
    told = seen.telemetry.get(word.hatch)
    if told is not None:
        if told == word.is_open:
            return replace(word, followed=True, contradiction="")
        why = f"telemetry of {word.hatch} says {_state(told)}: the watch goes by telemetry"
        return replace(word, followed=False, contradiction=why)
    sides = _sides(word, vehicle, seen.states)
    if word.is_open:
        why = _apart(sides) if sides else ""
        return replace(word, followed=not why, contradiction=why)
    why = _both_fall(sides, seen.flow_m3_s) if sides and word.followed else ""
    return replace(word, followed=True, contradiction=why)


def _sides(word: Word, vehicle: Vehicle, states: Sequence[GroupState]) -> tuple[GroupState, GroupState] | None:
    """The two parts on the sides of a hatch, where they are two and both have gauges."""
    ends = next(h.between for h in vehicle.hatches if h.id == word.hatch)
    one, other = (next((s for s in states if end in s.compartments and s.sensors), None) for end in ends)
    return (one, other) if one is not None and other is not None and one is not other else None


def _apart(sides: tuple[GroupState, GroupState]) -> str:
    """Why a hatch between these parts cannot be open: their pressures differ; empty where they may not."""
    one, other = sides
    apart = abs(one.pressure_pa - other.pressure_pa)
    sd = float(np.hypot(one.pressure_sd_pa, other.pressure_sd_pa))
    if apart - SURE * sd <= APART_PA:
        return ""
    low, high = (mmhg(apart + sign * SIGMAS_90 * sd) for sign in (-1.0, 1.0))
    return (
        f"the pressures on its two sides differ by {mmhg(apart):.3g} ({low:.3g} to {high:.3g}) mmHg, which no open "
        "hatch lets stand: taken as shut until they agree"
    )


def _both_fall(sides: tuple[GroupState, GroupState], flow_m3_s: float) -> str:
    """Why a hatch between these parts may not be shut tight: both go on losing gas; empty where they do not."""
    joined = flow_m3_s / sum(side.volume_m3 for side in sides)
    falling = all(
        side.followed and side.loss_per_s > max(BOTH_FALL * joined, SURE * side.loss_sd_per_s) for side in sides
    )
    return (
        "both sides go on losing gas: it is not shut, not tight, or there is a second leak"
        if falling and joined > 0.0
        else ""
    )


def _other(before: Word | None, word: Word) -> str | None:
    """That somebody else has just reported the opposite; the later word counts."""
    if before is None or before.is_open == word.is_open or before.by == word.by:
        return None
    ago_s = word.since_s - before.since_s
    if ago_s > AT_ONCE_S:
        return None
    return f"{before.by} reported it {_state(before.is_open)} {ago_s:.0f} s before: the later word counts"


def _kind(word: Word) -> str:
    """What sort of contradiction: figures in its words move from tick to tick."""
    return word.contradiction.split(" differ by ")[0]


def _row(word: Word) -> dict[str, Any]:
    return {
        "hatch": word.hatch, "open": word.is_open, "followed": word.followed,
        "contradiction": word.contradiction or None,
    }  # fmt: skip


def _state(is_open: bool) -> str:
    return "open" if is_open else "closed"


# --- people -------------------------------------------------------------------------------------------------------


def manned(vehicle: Vehicle, roster: Roster | None, time_s: float) -> Vehicle:
    """The ship with the people that a roster has aboard now; with those of its own file where there is no roster, or
    one that names a craft the ship has not."""
    if roster is None:
        return vehicle
    aboard = [person for person in roster.crew if person.span.holds(time_s)]
    docked = {craft.id for craft in vehicle.crafts}
    if not aboard or not all(person.craft in docked for person in aboard):
        return vehicle
    known = {(_last(member.name), member.craft): member for member in vehicle.crew}
    crew = tuple(
        known.get((_last(person.name), person.craft), CrewMember(person.name, person.craft, person.label))
        for person in aboard
    )
    return vehicle if set(crew) == set(vehicle.crew) else replace(vehicle, crew=crew)


def whereabouts(vehicle: Vehicle, reports: Reports) -> Mapping[str, str]:
    """Compartment of each person: as reported, else that of their craft that goes home."""
    homes = {craft.id: craft.returns for craft in vehicle.crafts if craft.returns is not None}
    by_craft = {m.name: str(homes[m.craft]) for m in vehicle.crew if m.craft in homes}
    return {**by_craft, **elsewhere(vehicle, reports)}


def elsewhere(vehicle: Vehicle, reports: Reports) -> Mapping[str, str]:
    """Where people reported themselves to be, by the names the ship has for them."""
    names = {_last(member.name): member.name for member in vehicle.crew}
    return {names[_last(name)]: place for name, place in reports.people if _last(name) in names}


def inside(where: Mapping[str, str], part: AbstractSet[str]) -> tuple[str, ...]:
    """Who is in a part of the ship."""
    return tuple(name for name, place in where.items() if place in part)


def _last(name: str) -> str:
    """The name a crew calls somebody by: rosters have first names too."""
    return name.split()[-1].casefold() if name.split() else ""


def _checked(event: Event, vehicle: Vehicle) -> None:
    """DescriptionError for what cannot be on this ship: others may write it."""
    data = event.data
    if event.kind == "hatch_report":
        known = [hatch.id for hatch in vehicle.hatches]
        if data.get("hatch") not in known:
            raise DescriptionError("statement", "hatch", str(data.get("hatch")), f"one of {', '.join(known)}")
        if not isinstance(data.get("open"), bool):
            raise DescriptionError("statement", "open", str(data.get("open")), "true or false")
        return
    rooms, people = [c.id for c in vehicle.compartments], data.get("people")
    if data.get("compartment") not in rooms:
        raise DescriptionError("statement", "compartment", str(data.get("compartment")), f"one of {', '.join(rooms)}")
    if not isinstance(people, list | tuple) or not all(isinstance(name, str) for name in people):
        raise DescriptionError("statement", "people", str(people)[:60], "a list of names")
