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

Observed = Mapping[str, Any]

GAUGE_SD_PA = 40.0
"""Error of one reading by hand where nobody says: a third of a mmHg, as a dial is read [c]."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of evidence: what it is, the fields it must and may have, and how it becomes a piece."""

    meaning: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    piece: Callable[[Scene, Observed, str], Piece]


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


KINDS: Mapping[str, Kind] = {
    "ultrasound": Kind(
        "a detector's level over the noise there, dB", ("compartment", "level_db"), ("racks_on",),
        lambda s, o, n: sound.ultrasound_piece(s, o["compartment"], o["level_db"], o.get("racks_on", True), n),
    ),
    "silence": Kind(
        "listened there and heard nothing", ("compartment",), ("racks_on",),
        lambda s, o, n: sound.silence_piece(s, o["compartment"], o.get("racks_on", True), n),
    ),
    "flow": Kind(
        "air was seen to move through a hatch toward one of its sides", ("hatch", "toward"), ("speed_m_s", "fans_on"),
        lambda s, o, n: flow.flow_piece(s, o["hatch"], o["toward"], o.get("speed_m_s"), o.get("fans_on", False), n),
    ),
    "torque": Kind(
        "the torque on the station changed (x, y, z)", ("torque_n_m", "torque_sd_n_m"), (), _torque,
    ),
    "gauge": Kind(
        "a gauge read by hand in a part that was shut off", ("compartments", "before_pa", "after_pa", "during_s"),
        ("sd_pa",), _gauge,
    ),
    "found": Kind(
        "seen or felt: a mark, a finger on the hole", ("compartment",), ("spot", "sure"),
        lambda s, o, n: reports.found_piece(s, o["compartment"], o.get("spot"), o.get("sure", 0.97), "found", n),
    ),
    "tea_leaves": Kind(
        "what floats gathered there", ("compartment",), ("spot", "sure"),
        lambda s, o, n: reports.found_piece(
            s, o["compartment"], o.get("spot"), o.get("sure", 0.9), "floating leaves gathered", n
        ),
    ),
    "not_found": Kind(
        "searched there and found nothing", ("compartment",), ("spot", "sure"),
        lambda s, o, n: reports.searched_piece(s, o["compartment"], o.get("spot"), o.get("sure", 0.6), "searched", n),
    ),
    "report": Kind(
        "somebody heard or felt it there", ("compartment",), ("sure",),
        lambda s, o, n: reports.report_piece(s, o["compartment"], o.get("sure", 0.6), n),
    ),
}  # fmt: skip
"""The kinds of evidence. `sure`: a probability; where absent, the kind's own [c]."""

RANGES: Mapping[str, tuple[float, float, str]] = {
    "level_db": (-20.0, 120.0, "dB over the noise there"),
    "speed_m_s": (0.0, 30.0, "m/s toward the side named"),
    "sure": (0.01, 0.999, "a probability"),
    "before_pa": (1.0, 200_000.0, "Pa"),
    "after_pa": (1.0, 200_000.0, "Pa"),
    "during_s": (60.0, 3.0e6, "s"),
    "sd_pa": (1.0, 5_000.0, "Pa"),
    "torque_n_m": (-2_000.0, 2_000.0, "N m"),
    "torque_sd_n_m": (1e-3, 500.0, "N m"),
}
"""Values that can be: least, most, and what they are."""


def check(kind: str, observed: Observed, vehicle: Vehicle, spots: Sequence[str]) -> None:
    """Raise DescriptionError naming what is allowed when evidence cannot be what it says."""
    if kind not in KINDS:
        raise DescriptionError("evidence", "kind", kind, ", ".join(KINDS))
    fields = KINDS[kind]
    for field in fields.needs:
        if observed.get(field) is None:
            raise DescriptionError(f"evidence of kind {kind}", field, None, _wanted(field, vehicle))
    for field in observed:
        if field not in fields.needs + fields.may:
            said = ", ".join(fields.needs + fields.may)
            raise DescriptionError(f"evidence of kind {kind}", field, observed[field], f"absent; this kind has {said}")
        _check_field(kind, field, observed[field], vehicle, spots)
    if kind == "flow":
        ends = next(h.between for h in vehicle.hatches if h.id == observed["hatch"])
        if observed["toward"] not in ends:
            raise DescriptionError("evidence of kind flow", "toward", observed["toward"], " or ".join(ends))
    if "spot" in observed:
        home = observed["compartment"]
        walls = {home, *(wall.id for wall in vehicle.walls if wall.compartment == home)}
        there = [name for name in spots if name.partition("/")[0] in walls]
        if not any(is_named(name, observed["spot"]) for name in there):
            inside = sorted({_part(name) for name in there} - {""})
            allowed = ", ".join(inside) or "absent: the vehicle file describes no walls there"
            raise DescriptionError(f"evidence of kind {kind}", "spot", observed["spot"], allowed)


def _check_field(kind: str, field: str, value: Any, vehicle: Vehicle, spots: Sequence[str]) -> None:
    where = f"evidence of kind {kind}"
    ids = {c.id for c in vehicle.compartments}
    if field in ("compartment", "toward") and value not in ids:
        raise DescriptionError(where, field, value, _wanted(field, vehicle))
    if field == "compartments":
        unknown = [c for c in value if c not in ids]
        if unknown or not value or len(set(value)) == len(ids):
            raise DescriptionError(where, field, ",".join(value), _wanted(field, vehicle))
    if field == "hatch" and value not in {h.id for h in vehicle.hatches}:
        raise DescriptionError(where, field, value, _wanted(field, vehicle))
    if field in RANGES:
        low, high, meaning = RANGES[field]
        for number in np.atleast_1d(np.asarray(value, dtype=np.float64)):
            if not low <= number <= high:
                raise DescriptionError(where, field, float(number), f"{low:g} to {high:g} ({meaning})")


def _wanted(field: str, vehicle: Vehicle) -> str:
    if field in ("compartment", "toward"):
        return f"one of {', '.join(c.id for c in vehicle.compartments)}"
    if field == "compartments":
        return f"some, not all, of {', '.join(c.id for c in vehicle.compartments)}, joined by commas"
    if field == "hatch":
        return f"one of {', '.join(h.id for h in vehicle.hatches)}"
    if field in RANGES:
        low, high, meaning = RANGES[field]
        return f"{low:g} to {high:g} ({meaning})"
    return "a value, because this kind needs it"


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
        pieces.append(KINDS[one.kind].piece(then, one.observed, f"#{one.number} {one.kind}"))
    return tuple(pieces)
