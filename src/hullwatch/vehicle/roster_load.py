"""Reads a roster file and the vehicle it stands on into `roster.Roster`; every fault becomes a DescriptionError.

This file opens files; what may be in them is `roster_file.py`, what refers to what `roster_references.py`.
"""

from importlib import resources
from importlib.resources.abc import Traversable
from math import inf
from pathlib import Path

from hullwatch.errors import DescriptionError
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.roster import (
    Fault,
    Hazard,
    Heat,
    Improvised,
    Person,
    Port,
    Roster,
    RosterCraft,
    RosterLeak,
    Span,
    Stay,
    Walk,
)
from hullwatch.vehicle.roster_file import (
    FaultEntry,
    HazardEntry,
    HazardTable,
    HeatEntry,
    RosterCraftEntry,
    RosterFile,
)
from hullwatch.vehicle.roster_references import check_roster
from hullwatch.vehicle.tables import Source, choices, read_table


def bundled_rosters() -> tuple[str, ...]:
    """Names of the rosters that come with Hullwatch, sorted."""
    return tuple(sorted(e.name.removesuffix(".toml") for e in _shelf().iterdir() if e.name.endswith(".toml")))


def load_roster(name_or_path: str) -> Roster:
    """The roster of a bundled name, such as "soyuz-ms-22", or of the path of a .toml file.

    Raises DescriptionError (file, key, value, allowed) for anything wrong with the name, the file or its contents.
    """
    path = Path(name_or_path)
    beside = Path()
    if path.suffix == ".toml" or len(path.parts) > 1:
        name, source, beside = path.stem, _read(path), path.parent
    elif name_or_path in bundled_rosters():
        name = name_or_path
        source = Source(f"{name}.toml", (_shelf() / f"{name}.toml").read_text("utf-8"))
    else:
        allowed = choices(name_or_path, bundled_rosters(), " (or the path of a .toml file)")
        raise DescriptionError("roster", "name", name_or_path, allowed)
    return _roster(name, source, beside)


def _roster(name: str, source: Source, beside: Path) -> Roster:
    table = read_table(source, RosterFile)
    station = load_vehicle(str(beside / table.vehicle) if table.vehicle.endswith(".toml") else table.vehicle)
    shared = Source("shared/hazards.toml", (_shelf() / "shared" / "hazards.toml").read_text("utf-8"))
    hazards = {**read_table(shared, HazardTable).hazards, **table.hazards}
    check_roster(table, station, tuple(hazards), source.name)
    life = span(table.since, table.until)
    return Roster(
        name=name,
        title=table.title,
        provenance=table.provenance,
        span=life,
        station=station,
        hazards={id: _hazard(id, entry) for id, entry in hazards.items()},
        ports=tuple(Port(p.id, p.name, p.compartment, p.system, p.label) for p in table.ports),
        crafts=tuple(_craft(entry) for entry in table.crafts),
        crew=tuple(
            Person(p.name, p.craft, span(p.since, p.until, life.from_s), p.liner, p.suit, tuple(p.roles), p.label)
            for p in table.crew
        ),
        faults=tuple(_fault(entry, life.from_s) for entry in table.faults),
        leaks=tuple(
            RosterLeak(x.compartment, x.since, inf if x.patched is None else x.patched, x.label) for x in table.leaks
        ),
        walks=tuple(
            Walk(w.name, Span(w.since, w.until), tuple(w.crew), tuple(w.airlock), w.done, w.label, w.note)
            for w in table.walks
        ),
    )


def span(since: float | None, until: float | None, begin: float = -inf) -> Span:
    """A span of two moments that may be left out."""
    return Span(begin if since is None else since, inf if until is None else until)


def _hazard(id: str, entry: HazardEntry) -> Hazard:
    return Hazard(id, entry.low, entry.median, entry.high, entry.label, entry.source, entry.note)


def _craft(entry: RosterCraftEntry) -> RosterCraft:
    return RosterCraft(
        id=entry.id,
        name=entry.name,
        system=entry.system,
        seats=entry.seats,
        stays=tuple(Stay(s.port, span(s.since, s.until)) for s in entry.docked),
        parts=tuple(entry.parts),
        returns=entry.returns,
        liner=entry.liner,
        suit=entry.suit,
        needs=tuple(entry.needs),
        improvised=tuple(Improvised(i.places, span(i.since, i.until), i.label, i.note) for i in entry.improvised),
        label=entry.label,
        note=entry.note,
    )


def _fault(entry: FaultEntry, begin: float) -> Fault:
    return Fault(
        entry.craft,
        entry.hazard,
        entry.name,
        span(entry.since, entry.until, begin),
        _heat(entry.heat) if entry.heat is not None else None,
        entry.label,
        entry.source,
    )


def _heat(entry: HeatEntry) -> Heat:
    return Heat(
        entry.empty_k.figure(), entry.loaded_k.figure(), entry.riders, entry.limit_k.figure(), entry.sd_k.figure()
    )


def _shelf() -> Traversable:
    return resources.files("hullwatch.vehicle") / "data" / "rosters"


def _read(path: Path) -> Source:
    try:
        return Source(str(path), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(bundled_rosters())
        allowed = f"the path of a readable UTF-8 .toml file, or a bundled roster: {names}"
        raise DescriptionError(str(path), "path", str(error), allowed) from error
