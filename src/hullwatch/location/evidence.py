"""Evidence as people give it: the kinds there are, what each must say, and the piece of the posterior each becomes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hullwatch.errors import DescriptionError
from hullwatch.location import flow, hatch_tests, reports, sound, torque
from hullwatch.location.leak import Scene
from hullwatch.location.posterior import Piece
from hullwatch.location.spots import is_named
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.observed import check_observed

Observed = Mapping[str, Any]

GAUGE_SD_PA = 40.0
"""Error of one reading by hand where nobody says: a third of a mmHg, as a dial is read [c]."""


@dataclass(frozen=True, slots=True)
class Given:
    """One piece of evidence of a record: its number there, its kind and what was observed."""

    number: int
    kind: str
    observed: Observed
    open_hatches: frozenset[str] | None = None  # as they stood then; None: as the scene has them


def _torque(scene: Scene, seen: Observed, name: str) -> Piece:
    attitude = scene.vehicle.attitude
    if attitude is None:
        raise DescriptionError(scene.vehicle.name, "attitude", None, "a table with the mass centre, to use torque")
    sd = np.broadcast_to(np.array(seen["torque_sd_n_m"], dtype=np.float64), (3,))
    force = torque.thrust_n(scene.rate_kg_s, scene.pressure_pa, scene.temperature_k)
    return torque.torque_piece(scene.spots, attitude, np.array(seen["torque_n_m"]), np.diag(sd**2), force, name)


def _gauge(scene: Scene, seen: Observed, name: str) -> Piece:
    rooms = tuple(seen["compartments"])
    return hatch_tests.gauge_piece(
        scene, rooms, seen["before_pa"], seen["after_pa"], seen["during_s"], seen.get("sd_pa", GAUGE_SD_PA), name
    )


PIECES: Mapping[str, Callable[[Scene, Observed, str], Piece]] = {
    "ultrasound": lambda s, o, n: sound.ultrasound_piece(
        s, o["compartment"], o["level_db"], o.get("racks_on", True), n
    ),
    "silence": lambda s, o, n: sound.silence_piece(s, o["compartment"], o.get("racks_on", True), n),
    "flow": lambda s, o, n: flow.flow_piece(s, o["hatch"], o["toward"], o.get("speed_m_s"), o.get("fans_on", False), n),
    "torque": _torque,
    "gauge": _gauge,
    "found": lambda s, o, n: reports.found_piece(s, o["compartment"], o.get("spot"), o.get("sure", 0.97), "found", n),
    "tea_leaves": lambda s, o, n: reports.found_piece(
        s, o["compartment"], o.get("spot"), o.get("sure", 0.9), "floating leaves gathered", n
    ),
    "not_found": lambda s, o, n: reports.searched_piece(
        s, o["compartment"], o.get("spot"), o.get("sure", 0.6), "searched", n
    ),
    "report": lambda s, o, n: reports.report_piece(s, o["compartment"], o.get("sure", 0.6), n),
}
"""How each kind of evidence becomes a piece of the posterior. `sure`: where absent, the kind's own [c]."""


def check(kind: str, observed: Observed, vehicle: Vehicle, spots: Sequence[str]) -> None:
    """Raise DescriptionError naming what is allowed when evidence cannot be what it says."""
    check_observed(kind, observed, [c.id for c in vehicle.compartments], {h.id: h.between for h in vehicle.hatches})
    if kind == "torque" and vehicle.attitude is None:
        raise DescriptionError(vehicle.name, "attitude", None, "a table with the mass centre, to use torque")
    if "spot" in observed:
        home = observed["compartment"]
        walls = {home, *(wall.id for wall in vehicle.walls if wall.compartment == home)}
        there = [name for name in spots if name.partition("/")[0] in walls]
        if not any(is_named(name, observed["spot"]) for name in there):
            inside = sorted({_part(name) for name in there} - {""})
            allowed = ", ".join(inside) or "absent: the vehicle file describes no walls there"
            raise DescriptionError(f"evidence of kind {kind}", "spot", observed["spot"], allowed)


def _part(name: str) -> str:
    """ "LAB/2-zenith" belongs to the part LAB/2; a compartment without walls has none."""
    wall, _, place = name.partition("/")
    return f"{wall}/{place.split('-')[0]}" if place else ""


def pieces_of(scene: Scene, given: Sequence[Given]) -> tuple[Piece, ...]:
    """Every piece of evidence as a row of the posterior; the same said twice counts once."""
    seen: list[tuple[str, Observed]] = []
    pieces = []
    for one in given:
        if (one.kind, one.observed) in seen:
            continue
        seen.append((one.kind, one.observed))
        then = scene if one.open_hatches is None else replace(scene, open_hatches=one.open_hatches)
        pieces.append(PIECES[one.kind](then, one.observed, f"#{one.number} {one.kind}"))
    return tuple(pieces)
