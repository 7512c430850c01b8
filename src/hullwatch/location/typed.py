"""Evidence as people type it, in an option or in a TOML table, turned into what was observed in SI.

[[evidence]]
at = "2018-08-30T09:20Z"
by = "Gerst"
kind = "ultrasound"
compartment = "SOYUZ_MS09_OM"
level = "14 dB"
"""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.errors import DescriptionError, OutOfRange
from hullwatch.location.evidence import check
from hullwatch.location.spots import spots_of
from hullwatch.records import Event
from hullwatch.units import parse_quantity, utc_seconds
from hullwatch.vehicle.facts import Vehicle

FIELDS: Mapping[str, str] = {
    "compartment": "where; for a gauge several, joined by commas",
    "spot": "where inside it, a place of the vehicle file",
    "level": 'ultrasonic level over the noise there, "12 dB"',
    "racks": "on or off: whether racks and fans ran there",
    "hatch": "the hatch air moves through",
    "toward": "the side of the hatch air moves toward",
    "speed": 'its speed, "3 cm/s"',
    "fans": "on or off: whether ventilation ran",
    "before": 'gauge when the part was shut off, "730 mmHg"',
    "after": 'gauge at the end, "678 mmHg"',
    "during": 'how long it was shut off, "11.5 h"',
    "torque": 'change of the torque on the station, N m, "1.2,-3.4,0.5"',
    "torque_sd": 'its standard deviation, N m, one or three, "0.15"',
    "sure": "how sure, as a probability",
}
"""What evidence may say, beside at, by, kind, note and incident."""
ABOUT = ("at", "by", "kind", "note", "incident", "label", "source")


def observed(kind: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was observed, in SI, of fields as they were typed; empty ones are left out. Raises DescriptionError."""
    text = {name: str(typed.get(name) or "") for name in FIELDS}
    said: dict[str, Any] = {
        "compartment": text["compartment"], "spot": text["spot"], "level_db": _decibel(text["level"]),
        "racks_on": _switch("racks", text["racks"]), "hatch": text["hatch"], "toward": text["toward"],
        "speed_m_s": _quantity(text["speed"], "m/s"), "fans_on": _switch("fans", text["fans"]),
        "before_pa": _quantity(text["before"], "Pa"), "after_pa": _quantity(text["after"], "Pa"),
        "during_s": _quantity(text["during"], "s"), "torque_n_m": _numbers("torque", text["torque"], 3),
        "torque_sd_n_m": _numbers("torque-sd", text["torque_sd"], 1, 3), "sure": typed.get("sure"),
    }  # fmt: skip
    found = {field: value for field, value in said.items() if value not in (None, "")}
    if kind == "gauge" and text["compartment"]:
        del found["compartment"]
        found["compartments"] = [c.strip() for c in text["compartment"].split(",")]
    return found


def evidence_of(tables: Sequence[Mapping[str, Any]], file: str, vehicle: Vehicle) -> tuple[Event, ...]:
    """Lines of evidence from tables as a file has them, in order of time. Raises DescriptionError, naming the entry."""
    spots = spots_of(vehicle).name if tables else ()
    events = []
    for k, table in enumerate(tables):
        where = f"{file} evidence[{k}]"
        for name in table:
            if name not in FIELDS and name not in ABOUT:
                raise DescriptionError(where, name, table[name], f"one of {', '.join((*ABOUT, *FIELDS))}")
        for name in ("at", "by", "kind"):
            if not table.get(name):
                raise DescriptionError(where, name, None, "a value, because every piece of evidence needs it")
        kind = str(table["kind"])
        try:
            found = observed(kind, table)
            check(kind, found, vehicle, spots)
            at = utc_seconds(str(table["at"]))
        except DescriptionError as error:
            raise DescriptionError(where, error.key, error.value, error.allowed) from error
        except OutOfRange as error:
            raise DescriptionError(
                where, "value", str(error), "a quantity with its unit, and a UTC time for `at`"
            ) from error
        note = str(table.get("note", ""))
        label = f" [{table['label']}]" if table.get("label") else ""
        data = {"kind": kind, "observed": found, "by": str(table["by"]), "note": f"{note}{label}".strip()}
        events.append(Event(at, "evidence", table.get("incident") or None, data))
    return tuple(sorted(events, key=lambda event: event.time_s))


def read_evidence(text: str, file: str, vehicle: Vehicle) -> tuple[Event, ...]:
    """Evidence of a TOML text with [[evidence]] tables. Raises DescriptionError."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, a thousand nested lists
        raise DescriptionError(file, "TOML", str(error), "TOML 1.0; mend the line the message names") from error
    for name in raw:
        if name != "evidence":
            raise DescriptionError(file, name, raw[name], "[[evidence]] tables and nothing else")
    return evidence_of(raw.get("evidence", []), file, vehicle)


def _quantity(text: str, unit: str) -> float | None:
    return parse_quantity(text, unit) if text else None


def _decibel(text: str) -> float | None:
    numbers = _numbers("level", text.lower().removesuffix("db").strip(), 1)
    return numbers[0] if numbers else None


def _switch(what: str, text: str) -> bool | None:
    if text not in ("", "on", "off"):
        raise DescriptionError("evidence", what, text, "on or off")
    return {"on": True, "off": False}.get(text)


def _numbers(what: str, text: str, *lengths: int) -> list[float] | None:
    if not text:
        return None
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) not in lengths:
        wanted = " or ".join(str(n) for n in lengths)
        raise DescriptionError("evidence", what, text, f"{wanted} number{'s' if wanted != '1' else ''}")
    return found
