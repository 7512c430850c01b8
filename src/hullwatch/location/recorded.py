"""What the record of a watch knows of a leak that is to be located: which incident, how fast, which hatches, what was
said of it and not taken back."""

from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.errors import DescriptionError
from hullwatch.location.evidence import Given, check
from hullwatch.location.hatch_tests import told_by
from hullwatch.location.leak import Scene
from hullwatch.location.spots import spots_of
from hullwatch.records import Event, Interval
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open

KINDS = ("watch_started", "groups_changed", "incident_opened", "estimate", "evidence", "evidence_withdrawn")
"""Events that are read here."""


def incident_of(events: Sequence[Event], wanted: str) -> str | None:
    """The incident asked for, or the latest; None where none was opened. Raises DescriptionError for one unknown."""
    opened = [str(e.incident) for e in events if e.kind == "incident_opened"]
    if wanted and wanted not in opened:
        raise DescriptionError("record", "incident", wanted, ", ".join(opened) or "none: no incident was opened")
    return wanted or (opened[-1] if opened else None)


def estimates_of(events: Sequence[Event], incident: str | None) -> list[Mapping[str, Any]]:
    """What the watch said of this incident's size and place, oldest first."""
    return [e.data for e in events if e.kind == "estimate" and e.incident == incident]


def rate_of(estimates: Sequence[Mapping[str, Any]]) -> Interval | None:
    """The rate as it was known best, kg/s; None where it was never said."""
    sized = [said["rate_kg_day"] for said in estimates if said["rate_kg_day"]["median"] > 0.0]
    if not sized:
        return None
    best = min(sized, key=lambda said: (said["high"] - said["low"]) / said["median"])
    return Interval(*(max(float(best[end]), 0.0) / DAY_S for end in ("median", "low", "high")))


def scene_of(
    events: Sequence[Event], vehicle: Vehicle, estimates: Sequence[Mapping[str, Any]], rate: Interval
) -> Scene:
    """The ship with its hatches as they stand, and the leak as the watch last saw it."""
    moved = [e.data["hatches"] for e in events if e.kind == "groups_changed"]
    hatches = {h.id for h in vehicle.hatches}
    known = frozenset(h for h, is_open in moved[-1].items() if is_open and h in hatches) if moved else None
    air = vehicle.atmosphere
    pressure = float((estimates[-1] if estimates else {}).get("pressure_pa") or air.pressure_pa.value)
    now_open = known if known is not None else default_open(vehicle)
    return Scene(vehicle, spots_of(vehicle), now_open, rate, pressure, air.temperature_k.value)


def evidence_of(events: Sequence[Event]) -> list[Event]:
    """All evidence of a record; their numbers count from 1."""
    return [e for e in events if e.kind == "evidence"]


def withdrawn(events: Sequence[Event]) -> dict[int, Mapping[str, Any]]:
    """By number, what was said when evidence was taken back."""
    return {e.data["number"]: e.data for e in events if e.kind == "evidence_withdrawn"}


def given_of(events: Sequence[Event], incident: str | None, scene: Scene) -> list[Given]:
    """Evidence of this incident, or of none in particular, that still stands."""
    gone = withdrawn(events)
    moved = [e for e in events if e.kind == "groups_changed"]
    given = [
        Given(k, e.data["kind"], e.data["observed"], _open_at(moved, scene, e.time_s))
        for k, e in enumerate(evidence_of(events), 1)
        if k not in gone and e.incident in (None, incident)
    ]
    for one in given:
        check(one.kind, one.observed, scene.vehicle, scene.spots.name)
    return given


def _open_at(moved: Sequence[Event], scene: Scene, time_s: float) -> frozenset[str] | None:
    """Open hatches when something was seen; None where the record does not say."""
    before = [e.data["hatches"] for e in moved if e.time_s <= time_s]
    known = {h.id for h in scene.vehicle.hatches}
    return frozenset(h for h, is_open in before[-1].items() if is_open and h in known) if before else None


def tested_of(estimates: Sequence[Mapping[str, Any]], vehicle: Vehicle) -> tuple[Mapping[str, float], str]:
    """What the watch's hatch tests told, and what they were: log-likelihoods; none where it never sized the leak."""
    last = estimates[-1] if estimates else {}
    if said := last.get("hatch_tests"):
        return dict(said["log_likelihood"]), str(said["why"])
    # a record without that field holds the posterior of hatch tests alone, over the weights of the vehicle file
    found = {row["compartment"]: row["probability"] for row in last.get("location") or ()}
    prior = {c.id: c.leak_weight for c in vehicle.compartments}
    return told_by(prior, found) if found else {}, str(last.get("location_why", ""))
