"""The ship as the record knows it: hatches and who says so, pressure groups, people and craft, the leak posterior."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hullwatch.incident import states
from hullwatch.records import Event
from hullwatch.units import MMHG_PA

Data = Mapping[str, Any]


@dataclass
class Ship:
    """What the rows so far say of it. Every field is replaced, never changed, so that a copy stays as it was."""

    groups: tuple[tuple[str, ...], ...] = ()
    hatches: Mapping[str, tuple[bool, str]] = field(default_factory=dict)  # id: (open, who says so)
    reported: Mapping[str, Data] = field(default_factory=dict)  # hatch id: the latest report by people
    contradicted: Mapping[str, str | None] = field(default_factory=dict)  # hatch id: what contradicts it
    where: Mapping[str, str] = field(default_factory=dict)  # compartment where people said somebody is, by name
    trend: Mapping[Any, Data] = field(default_factory=dict)  # group index: its latest line


def take_ship(ship: Ship, event: Event) -> None:
    """Take in one row."""
    data = event.data
    if event.kind == "watch_started":
        hatches: Sequence[Data] = data.get("hatches") or ()
        ship.hatches = {str(one["id"]): (bool(one.get("open")), "default") for one in hatches}
        ship.groups, ship.trend = (), {}
    elif event.kind == "groups_changed":
        moved = {str(c["hatch"]) for c in data.get("changed") or () if c.get("source") != "report"}
        said = {str(hatch): bool(is_open) for hatch, is_open in (data.get("hatches") or {}).items()}
        ship.hatches = {**ship.hatches, **{hatch: _told(ship, hatch, said[hatch], hatch in moved) for hatch in said}}
        ship.groups, ship.trend = tuple(tuple(map(str, group)) for group in data.get("groups") or ()), {}
    elif event.kind == "trend":
        ship.trend = {**ship.trend, **{entry.get("group"): entry for entry in data.get("groups") or ()}}
    elif event.kind == "hatch_report":
        hatch = str(data.get("hatch"))
        ship.reported = {**ship.reported, hatch: data}
        ship.hatches = {**ship.hatches, hatch: (bool(data.get("open")), "report")}
    elif event.kind == "heard" and data.get("hatch") is not None:
        _take_heard(ship, str(data["hatch"]), data)
    elif event.kind == "crew_report":
        ship.where = {**ship.where, **{str(name): str(data.get("compartment")) for name in data.get("people") or ()}}


def _take_heard(ship: Ship, hatch: str, data: Data) -> None:
    """What the watch makes of a report: where it goes by telemetry or pressures, so does the map, and says so."""
    ship.contradicted = {**ship.contradicted, hatch: data.get("contradiction")}
    if not data.get("followed"):
        ship.hatches = {**ship.hatches, hatch: (not data.get("open"), "telemetry")}
    elif ship.hatches.get(hatch, (None, ""))[0] is not bool(data.get("open")):
        ship.hatches = {**ship.hatches, hatch: (bool(data.get("open")), "report")}


def _told(ship: Ship, hatch: str, is_open: bool, moved: bool) -> tuple[bool, str]:
    """A hatch by the last word on it: of telemetry when it saw it move, else of whoever reported it."""
    if moved:
        return is_open, "telemetry"
    before, source = ship.hatches.get(hatch, (is_open, "default"))
    return (before, source) if source == "report" else (is_open, source)


def ship_map(ship: Ship, started: Data, incidents: Sequence[Data]) -> dict[str, Any]:
    """Compartments, hatches and groups for drawing, with the posterior of the incident that matters most."""
    incident = next(iter(incidents), None)
    shown = incident if incident and incident["state"] != "dismissed" else None
    posterior = {place["compartment"]: place["probability"] for place in shown["location"]} if shown else {}
    at = {compartment: index for index, group in enumerate(ship.groups) for compartment in group}
    home = _way_home(started)
    return {
        "compartments": [
            {
                **{name: one.get(name) for name in ("id", "name", "craft")},
                "group": at.get(str(one["id"])),
                "posterior": posterior.get(one["id"]),
                "people": home.get(str(one["id"]), []),
                "here": sorted(name for name, place in ship.where.items() if place == one["id"]),
            }
            for one in started.get("compartments") or ()
        ],
        "hatches": [_hatch(ship, one) for one in started.get("hatches") or ()],
        "groups": [list(group) for group in ship.groups],
        "group_pressure_mmhg": [_pressure(ship.trend.get(index)) for index in range(len(ship.groups))],
        "crafts": list(started.get("crafts") or ()),
        "incident": shown["id"] if shown else None,
        "leaking": bool(shown and shown["state"] in states.OPEN),
    }


def _hatch(ship: Ship, hatch: Data) -> dict[str, Any]:
    """A hatch as last said, and what people reported of it."""
    is_open, source = ship.hatches.get(str(hatch["id"]), (bool(hatch.get("open")), "default"))
    report = ship.reported.get(str(hatch["id"]))
    said = report and {
        **{name: report.get(name) for name in ("open", "by", "centre", "note")},
        "contradiction": ship.contradicted.get(str(hatch["id"])),
    }
    return {"id": hatch["id"], "between": hatch["between"], "open": is_open, "source": source, "reported": said}


def _way_home(started: Data) -> dict[str, list[str]]:
    """Who has a seat in which compartment: the part of their craft that returns."""
    people: dict[str, list[str]] = {}
    for craft in started.get("crafts") or ():
        names = [str(one["name"]) for one in started.get("crew") or () if one.get("craft") == craft.get("id")]
        if craft.get("returns") and names:
            people[str(craft["returns"])] = names
    return people


def _pressure(entry: Data | None) -> float | None:
    return entry["pressure_pa"] / MMHG_PA if entry and entry.get("pressure_pa") else None
