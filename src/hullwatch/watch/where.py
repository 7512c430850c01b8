"""Where a leak is, from hatch tests and from what people saw and heard: one posterior, as `hullwatch locate` has it.

rows given with the watch, or appended to its record meanwhile
    --> taken at their own time, with the hatches as they then stood
    --> pieces of the posterior, made anew when the rate they rest on has changed
hatch tests ------------------------------------------------------------------> + --> posterior, contradictions
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hullwatch.errors import DescriptionError
from hullwatch.incident.follow import Incident
from hullwatch.location import compartment as tests
from hullwatch.location.evidence import Given, check, pieces_of
from hullwatch.location.hatch_tests import told_by, watched_piece
from hullwatch.location.leak import Scene
from hullwatch.location.locating import conflict_rows, voice_rows
from hullwatch.location.posterior import Piece, by_compartment, sum_up, weigh
from hullwatch.location.spots import Spots, spots_of
from hullwatch.records import Event, GroupState, LeakPlace
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import words

NEAR = 0.1
"""Pieces serve while the rate is no further off than this, in logarithm."""


@dataclass(frozen=True, slots=True)
class Row:
    """Evidence, or its withdrawal, as it came: its line, from when on it is weighed, and whether the record has it."""

    event: Event
    due_s: float
    recorded: bool = False
    weighable: bool = True


@dataclass(frozen=True, slots=True)
class Weighed:
    """The pieces of one incident, and the rate they were made for."""

    rate_kg_s: float
    count: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Evidence that is not telemetry: what is still to come by its time, and what was taken in."""

    rows: tuple[Row, ...] = ()  # in order of time
    given: tuple[tuple[str | None, Given], ...] = ()  # with the incident each belongs to
    numbered: int = 0  # lines of evidence so far, withdrawn ones too
    count: int = 0  # rows taken: what was made of fewer is old
    spots: Spots | None = None
    weighed: Mapping[str, Weighed] = field(default_factory=dict)


def begin(rows: Sequence[Event], vehicle: Vehicle) -> Told:
    """Evidence given with the watch. Raises DescriptionError for what cannot be on this ship."""
    told = Told(tuple(Row(event, event.time_s) for event in sorted(rows, key=lambda event: event.time_s)))
    return _checked(told, vehicle)


def hear(told: Told, vehicle: Vehicle, rows: Sequence[tuple[float, Event]]) -> Told:
    """Rows that others appended to the record meanwhile, each with the time from which on it is weighed.

    What cannot be on this ship is counted, so that later pieces keep their numbers, and never weighed: a watch does not
    end for what somebody wrote.
    """
    if not rows:
        return told
    spots = told.spots if told.spots is not None else spots_of(vehicle)
    fresh = tuple(Row(event, due_s, True, _weighable(event, vehicle, spots)) for due_s, event in rows)
    merged = tuple(sorted((*told.rows, *fresh), key=lambda row: row.due_s))
    return replace(told, rows=merged, spots=spots)


def _weighable(event: Event, vehicle: Vehicle, spots: Spots) -> bool:
    """Whether a row of the record, which anybody with a token may have written, can be weighed or taken back."""
    kind, observed = event.data.get("kind"), event.data.get("observed")
    if event.kind != "evidence":
        return type(event.data.get("number")) is int
    if not (isinstance(kind, str) and isinstance(observed, Mapping)):
        return False
    try:
        check(kind, observed, vehicle, spots.name)
    except DescriptionError:
        return False
    return True


def _checked(told: Told, vehicle: Vehicle) -> Told:
    if not told.rows:
        return told
    spots = told.spots if told.spots is not None else spots_of(vehicle)
    for row in told.rows:
        if row.event.kind == "evidence":
            check(row.event.data["kind"], row.event.data["observed"], vehicle, spots.name)
    return replace(told, spots=spots)


def next_s(told: Told) -> float:
    """When the next row is due."""
    return told.rows[0].due_s if told.rows else np.inf


def take(told: Told, time_s: float, open_hatches: frozenset[str], latest: str | None) -> tuple[Told, tuple[Event, ...]]:
    """Rows whose time has come; the lines of those the record does not hold yet, and that the others are heard."""
    due = [row for row in told.rows if row.due_s <= time_s]
    if not due:
        return told, ()
    given, numbered, events = told.given, told.numbered, []
    for row in due:
        data, incident = row.event.data, row.event.incident or latest
        if row.event.kind == "evidence":
            numbered += 1
        if not row.weighable:
            pass
        elif row.event.kind == "evidence":
            given = (*given, (incident, Given(numbered, data["kind"], data["observed"], open_hatches)))
        else:
            given = tuple(pair for pair in given if pair[1].number != data["number"])
        if row.recorded:
            events.append(words.heard(row.event, time_s))
        else:
            events.append(replace(row.event, incident=incident if row.event.kind == "evidence" else None))
    rest = told.rows[len(due) :]
    return replace(told, rows=rest, given=given, numbered=numbered, count=told.count + len(due)), tuple(events)


def refresh(told: Told, vehicle: Vehicle, incident: Incident, pressure_pa: float) -> Told:
    """The pieces of an incident, made anew if there are more rows or its rate is another."""
    rate, old = incident.rate_kg_s, told.weighed.get(incident.id)
    mine = [given for whose, given in told.given if whose in (None, incident.id)]
    if told.spots is None or not rate.median > 0.0 or (not mine and old is None):
        return told
    if old and old.count == told.count and abs(float(np.log(rate.median / old.rate_kg_s))) < NEAR:
        return told
    air = vehicle.atmosphere
    sure = replace(rate, low=max(rate.low, 0.2 * rate.median))
    scene = Scene(vehicle, told.spots, frozenset(), sure, pressure_pa, air.temperature_k.value)
    found = Weighed(rate.median, told.count, pieces_of(scene, mine))
    return replace(told, weighed={**told.weighed, incident.id: found})


def place_of(told: Told, tested: tests.LocationMemory, incident: Incident, groups: Sequence[GroupState]) -> LeakPlace:
    """Posterior over compartments from hatch tests and all evidence, and in words what it rests on."""
    place = tests.place(tested, groups, incident.flow_m3_s, incident.flow_sd_m3_s)
    found = told.weighed.get(incident.id)
    if told.spots is None or found is None or not found.pieces:
        return place
    alone = told_by(dict(tested.prior), dict(place.probability))
    spot = sum_up(told.spots, [watched_piece(told.spots, alone, place.why), *found.pieces])
    number = len(found.pieces)
    why = f"{place.why}; {number} piece{'s' if number != 1 else ''} of other evidence weighed"
    return LeakPlace(by_compartment(told.spots, spot), why)


def evidence_rows(
    told: Told, tested: tests.LocationMemory, incident: Incident, groups: Sequence[GroupState]
) -> dict[str, Any]:
    """What hatch tests and each other piece said, and what contradicts, as the record has it."""
    place = tests.place(tested, groups, incident.flow_m3_s, incident.flow_sd_m3_s)
    alone = told_by(dict(tested.prior), dict(place.probability))
    said = {"why": place.why, "log_likelihood": {c: float(f"{x:.4g}") for c, x in alone.items()}}
    found = told.weighed.get(incident.id)
    if told.spots is None or found is None or not found.pieces:
        return {"hatch_tests": said, "evidence": [], "conflicts": []}
    belief = weigh(told.spots, [watched_piece(told.spots, alone, place.why), *found.pieces])
    return {"hatch_tests": said, "evidence": voice_rows(belief), "conflicts": conflict_rows(belief)}
