"""What refers to what in a roster file, and whether its dates can be: refuses a roster that cannot exist.

Every refusal names the dotted key of the wrong entry and what would be right.
"""

import difflib
from collections.abc import Iterable, Sequence
from math import inf
from typing import NoReturn

from hullwatch.errors import DescriptionError
from hullwatch.units import utc_text
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.roster_file import PersonEntry, RosterCraftEntry, RosterFile

MOST_ABOARD = 14
"""People at one time; the exact search doubles with each."""


class _Refuse:
    """Raises for one file."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __call__(self, key: str, value: object, allowed: str) -> NoReturn:
        raise DescriptionError(self.file, key, value, allowed)

    def unknown(self, key: str, value: str, kind: str, known: Sequence[str]) -> None:
        """Refuse a name that nothing has."""
        if value in known:
            return
        close = difflib.get_close_matches(value, known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        self(key, value, f"the id of a {kind}: {', '.join(known) or 'none is described'}{hint}")

    def twice(self, key: str, field: str, values: Iterable[str]) -> None:
        """Refuse a name that stands twice in a list of tables."""
        first: dict[str, int] = {}
        for i, value in enumerate(values):
            if value in first:
                self(f"{key}[{i}].{field}", value, f"a {field} not used before; {key}[{first[value]}] has this one")
            first[value] = i


def check_roster(table: RosterFile, station: Vehicle, hazards: tuple[str, ...], file: str) -> None:
    """Raise DescriptionError for the first thing in a roster that cannot be."""
    refuse = _Refuse(file)
    rooms = tuple(c.id for c in station.compartments if c.craft is None)
    _found_means_named(refuse, table)
    if table.since is None or table.until is None:
        refuse("from" if table.since is None else "until", None, "a moment: a roster has a beginning and an end")
    refuse.twice("ports", "id", (port.id for port in table.ports))
    refuse.twice("crafts", "id", (craft.id for craft in table.crafts))
    refuse.twice("crew", "name", (person.name for person in table.crew))
    for i, port in enumerate(table.ports):
        refuse.unknown(f"ports[{i}].compartment", port.compartment, "compartment of the station", rooms)
    for i, craft in enumerate(table.crafts):
        _craft(refuse, table, craft, f"crafts[{i}]", rooms)
    _ports_apart(refuse, table)
    for i, person in enumerate(table.crew):
        _person(refuse, table, person, f"crew[{i}]")
    _not_too_many(refuse, table)
    _happenings(refuse, table, hazards, rooms)


def _found_means_named(refuse: _Refuse, table: RosterFile) -> None:
    """Label a says that something was found in a source: the source must be named."""
    rigs = {f"crafts[{i}].improvised": craft.improvised for i, craft in enumerate(table.crafts)}
    lists = {key: getattr(table, key) for key in ("ports", "crafts", "crew", "faults", "leaks", "walks")} | rigs
    entries = [(f"{key}[{i}]", entry) for key, found in lists.items() for i, entry in enumerate(found)]
    for place, entry in (*entries, *((f"hazards.{id}", hazard) for id, hazard in table.hazards.items())):
        if entry.label == "a" and not entry.source.strip():
            allowed = 'the name of the source that label "a" says it was found in; else label "b" or "c"'
            refuse(f"{place}.source", entry.source, allowed)


def _craft(refuse: _Refuse, table: RosterFile, craft: RosterCraftEntry, key: str, rooms: tuple[str, ...]) -> None:
    before_this = table.crafts[: table.crafts.index(craft)]
    others = {part: c.id for c in before_this for part in c.parts}
    for k, part in enumerate(craft.parts):
        if part in rooms or part in others or part in craft.parts[:k]:
            owner = others.get(part, "the station" if part in rooms else craft.id)
            refuse(f"{key}.parts[{k}]", part, f"a part no one else has; {owner} has this one")
    if craft.seats and craft.returns is None:
        refuse(f"{key}.returns", None, f"the part its {craft.seats} seats return in: {', '.join(craft.parts)}")
    if craft.returns is not None:
        refuse.unknown(f"{key}.returns", craft.returns, "part of this craft", craft.parts)
    ports = {port.id: port for port in table.ports}
    before = -inf
    for k, stay in enumerate(craft.docked):
        place = f"{key}.docked[{k}]"
        refuse.unknown(f"{place}.port", stay.port, "port", tuple(ports))
        if ports[stay.port].system != craft.system:
            fitting = ", ".join(p.id for p in table.ports if p.system == craft.system) or "none is described"
            refuse(f"{place}.port", stay.port, f"a port for a craft that docks by {craft.system}: {fitting}")
        since = -inf if stay.since is None else stay.since
        if since < before:
            allowed = f"a moment at or after {utc_text(before)}, when its stay before this one ends: these overlap"
            refuse(f"{place}.from", utc_text(since) if since > -inf else None, allowed)
        before = inf if stay.until is None else stay.until


def _ports_apart(refuse: _Refuse, table: RosterFile) -> None:
    """One craft at a port at a time."""
    taken: list[tuple[str, float, float, str, str]] = []
    for i, craft in enumerate(table.crafts):
        for k, stay in enumerate(craft.docked):
            since, until = _open(stay.since, stay.until)
            for port, begin, end, key, id in taken:
                if port == stay.port and since < end and begin < until:
                    allowed = f"dates apart from those of {id} ({key}) at the same port: these overlap"
                    refuse(f"crafts[{i}].docked[{k}]", f"{stay.port} ({_dates(since, until)})", allowed)
            taken.append((stay.port, since, until, f"crafts[{i}].docked[{k}]", craft.id))


def _person(refuse: _Refuse, table: RosterFile, person: PersonEntry, key: str) -> None:
    crafts = {craft.id: craft for craft in table.crafts}
    refuse.unknown(f"{key}.craft", person.craft, "craft", tuple(crafts))
    begin, end = _open(table.since, table.until)
    since, until = _open(person.since, person.until)
    if until <= begin or since >= end:
        refuse(f"{key}.from", _dates(since, until), f"dates that touch those of the roster: {_dates(begin, end)}")
    came = max(since, begin)
    stays = [_open(stay.since, stay.until) for stay in crafts[person.craft].docked]
    if not any(a <= came < b for a, b in stays):
        allowed = f"a craft that is docked when {person.name} comes aboard ({utc_text(came)}): " + (
            ", ".join(
                c.id
                for c in table.crafts
                if c.seats and any(a <= came < b for a, b in (_open(s.since, s.until) for s in c.docked))
            )
            or "none is"
        )
        refuse(f"{key}.craft", person.craft, allowed)


def _not_too_many(refuse: _Refuse, table: RosterFile) -> None:
    spans = [_open(person.since, person.until) for person in table.crew]
    for i, (since, _) in enumerate(spans):
        aboard = sum(a <= since < b for a, b in spans)
        if aboard > MOST_ABOARD:
            refuse(f"crew[{i}]", table.crew[i].name, f"at most {MOST_ABOARD} people aboard at one time, not {aboard}")


def _happenings(refuse: _Refuse, table: RosterFile, hazards: tuple[str, ...], rooms: tuple[str, ...]) -> None:
    crafts = tuple(craft.id for craft in table.crafts)
    everywhere = rooms + tuple(part for craft in table.crafts for part in craft.parts)
    names = tuple(person.name for person in table.crew)
    for i, fault in enumerate(table.faults):
        refuse.unknown(f"faults[{i}].craft", fault.craft, "craft", crafts)
        refuse.unknown(f"faults[{i}].hazard", fault.hazard, "hazard", hazards)
    for i, leak in enumerate(table.leaks):
        refuse.unknown(f"leaks[{i}].compartment", leak.compartment, "compartment", everywhere)
    for i, walk in enumerate(table.walks):
        for k, name in enumerate(walk.crew):
            refuse.unknown(f"walks[{i}].crew[{k}]", name, "person", names)
            person = table.crew[names.index(name)]
            since, until = _open(person.since, person.until)
            if not since <= walk.since < until:
                refuse(f"walks[{i}].crew[{k}]", name, f"somebody aboard at {utc_text(walk.since)}")
        for k, place in enumerate(walk.airlock):
            refuse.unknown(f"walks[{i}].airlock[{k}]", place, "compartment", everywhere)


def _open(since: float | None, until: float | None) -> tuple[float, float]:
    return (-inf if since is None else since), (inf if until is None else until)


def _dates(since: float, until: float) -> str:
    first = utc_text(since)[:16] + "Z" if since > -inf else "the beginning"
    return f"{first} to {utc_text(until)[:16] + 'Z' if until < inf else 'the end'}"
