"""A vehicle in words and as plain data: what `hullwatch vehicle show` prints."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hullwatch.units import MMHG_PA, kg_day
from hullwatch.vehicle.facts import Figure, Vehicle
from hullwatch.vehicle.graph import default_open, pressure_groups


def as_dict(vehicle: Vehicle) -> dict[str, Any]:
    """The whole vehicle as JSON values, as the field names of facts.py say, with `open` added to each hatch."""
    open_hatches = default_open(vehicle)
    plain = asdict(vehicle)
    for hatch in plain["hatches"]:
        hatch["open"] = hatch["id"] in open_hatches
    for channel in plain["channels"]:
        channel["states"] = {str(key): word for key, word in dict(channel["states"]).items()}
    return plain


def as_text(vehicle: Vehicle) -> str:
    """The vehicle for a person: each figure with its provenance label."""
    blocks = [
        f"{vehicle.name}: {vehicle.title}",
        vehicle.provenance,
        "labels: a found in a source, b recalled, c derived or estimated",
        _compartments(vehicle),
        _hatches(vehicle),
        *([_walls(vehicle)] if vehicle.walls else []),
        _people(vehicle),
        _limits(vehicle),
        _channels(vehicle),
        f"nominal leakage {_figure(vehicle.leakage_kg_s, kg_day(1.0))} kg/day; "
        f"discharge coefficient of an unknown hole {_figure(vehicle.discharge_coefficient)} "
        f"+- {vehicle.discharge_coefficient.sd:g}",
    ]
    return "\n\n".join(blocks)


def _figure(figure: Figure, factor: float = 1.0) -> str:
    return f"{figure.value * factor:.4g} [{figure.label}{':' + figure.source if figure.source else ''}]"


def _table(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))] if rows else []
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([title, *("  " + line for line in lines)])


def _compartments(vehicle: Vehicle) -> str:
    groups = pressure_groups(vehicle, default_open(vehicle))
    group = {c: str(k) for k, members in enumerate(groups) for c in members}
    rows = [("id", "name", "segment", "free volume m3", "pressure group")]
    rows += [(c.id, c.name, c.segment, _figure(c.volume_m3), group[c.id]) for c in vehicle.compartments]
    return _table(f"compartments ({len(vehicle.compartments)}, {vehicle.volume_m3:.1f} m3)", rows)


def _hatches(vehicle: Vehicle) -> str:
    rows = [("id", "between", "type", "opening m", "hatches", "normally", "opens into")]
    rows += [
        (
            h.id,
            " - ".join(h.between),
            h.type,
            f"{_figure(h.opening_m)} {h.shape}",
            str(h.number),
            "open" if h.normally_open else "closed",
            h.opens_into or "not known",
        )
        for h in vehicle.hatches
    ]
    return _table(f"hatches ({len(vehicle.hatches)})", rows)


def _walls(vehicle: Vehicle) -> str:
    rows: list[tuple[str, ...]] = [
        ("id", "compartment", "of", "from m", "to m", "radius m", "exposed", "seals", "label")
    ]
    for w in vehicle.walls:
        ends = (",".join(f"{x:g}" for x in end) for end in (w.start_m, w.end_m))
        figures = (_figure(f) for f in (w.radius_m, w.exposed, w.seals))
        rows.append((w.id, w.compartment, w.body, *ends, *figures, w.label))
    return _table(f"walls ({len(vehicle.walls)}; x fore, y starboard, z nadir)", rows)


def _people(vehicle: Vehicle) -> str:
    rows = [("craft", "docked to", "seats", "returns", "crew")]
    for craft in vehicle.crafts:
        crew = ", ".join(f"{c.name} [{c.label}]" for c in vehicle.crew if c.craft == craft.id)
        rows.append(
            (f"{craft.name} [{craft.label}]", craft.port, str(craft.seats), craft.returns or "nothing", crew or "-")
        )
    return _table(f"crew ({len(vehicle.crew)}) and craft", rows)


def _limits(vehicle: Vehicle) -> str:
    rows = [("id", "class", "limit mmHg", "context", "meaning")]
    rows += [
        (x.id, x.alarm_class, f"{x.quantity} {x.side} {_figure(x.value_pa, 1.0 / MMHG_PA)}", x.context, x.meaning)
        for x in vehicle.limits
    ]
    return _table("limits", rows)


def _channels(vehicle: Vehicle) -> str:
    rows = [("id", "name", "quantity", "compartment", "unit", "published", "label")]
    rows += [
        (c.id, c.name, c.quantity, c.compartment or "-", c.unit, c.publish.replace("_", " "), c.label)
        for c in vehicle.channels
    ]
    return _table(f"channels ({len(vehicle.channels)})", rows)
