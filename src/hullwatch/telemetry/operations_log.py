"""Reads the operations log: a CSV table of what was done to the ship's air.

    start_utc,end_utc,kind,compartment,mass_kg,note
    2018-10-12T14:00Z,2018-10-12T14:10Z,repressurisation,AL_EL,1.5,nitrogen by hand
    2018-10-12T18:30Z,,hatch_closed,NODE1-PMA1,,

An empty end is a moment; an empty compartment the whole ship; an empty mass one that nobody weighed. Rows may come in
any order and overlap: people write down late what they did at once.
"""

import math
from collections.abc import Mapping

from hullwatch.errors import OutOfRange, TelemetryError
from hullwatch.records import LoggedOperation
from hullwatch.telemetry.columns import listed
from hullwatch.telemetry.csv_file import read_csv
from hullwatch.units import utc_seconds
from hullwatch.vehicle.facts import Vehicle

KINDS: Mapping[str, str] = {
    "repressurisation": "gas let into the cabin from a tank or a cargo ship",
    "oxygen_supply": "oxygen let in or made beyond the usual",
    "vent": "gas let out on purpose",
    "airlock_depress": "an airlock pumped down or vented",
    "airlock_repress": "an airlock filled again",
    "docking": "a ship docked and its vestibule filled",
    "undocking": "a ship left and took its vestibule's gas",
    "hatch_open": "a hatch was opened",
    "hatch_closed": "a hatch was closed",
    "eva": "people outside: their airlock is empty",
    "pump": "a pump moved gas between parts of the ship",
    "other": "anything worth a line; explains no change of gas",
}
"""What may be logged."""

HATCH_KINDS = ("hatch_open", "hatch_closed")
COLUMNS: Mapping[str, str] = {
    "start_utc": "when it began, ISO 8601; UTC unless it says otherwise",
    "end_utc": "when it ended; empty for a moment",
    "kind": "one of the kinds below",
    "compartment": "compartment or hatch of the vehicle file; empty for the whole ship",
    "hatch": "hatch, if the compartment is given as well",
    "mass_kg": "gas gained (+) or lost (-) by the cabin; empty if nobody weighed it",
    "note": "anything; quoted in the verdict",
}
"""The columns of a log; their order is free."""
REQUIRED = ("start_utc", "kind")


def read_operations(path: str, vehicle: Vehicle) -> tuple[LoggedOperation, ...]:
    """The log in order of time. Raises TelemetryError (file, line, value, remedy) for what cannot stand as it is."""
    try:
        frame = read_csv(path).frame
    except OSError as error:
        raise TelemetryError(path, "path", str(error.strerror or error), "Check the path of --log") from error
    names = {c.strip().lower(): c for c in frame.columns}
    wrong = [name for name in names if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in names]
    if wrong or missing:
        what = f"column {wrong[0]!r} is not known" if wrong else f"no column {missing[0]}"
        raise TelemetryError(path, "line 1", f"{what}; found {listed(names)}", f"The columns are {', '.join(COLUMNS)}")
    rows = []
    first: dict[tuple[object, ...], int] = {}
    for number, fields in enumerate(frame.iter_rows(named=True), start=2):
        said = {key: (fields[name] or "").strip() for key, name in names.items()}
        if not any(said.values()):
            continue
        row = _row(path, number, said, vehicle)
        same = (row.start_s, row.end_s, row.kind, row.compartment, row.hatch, row.mass_kg)
        if same in first:
            raise TelemetryError(
                path, f"line {number}", f"says the same as line {first[same]}: {row.kind} at {said['start_utc']}",
                "Remove one of them: gas logged twice would count twice",
            )  # fmt: skip
        first[same] = number
        rows.append(row)
    return tuple(sorted(rows, key=lambda row: (row.start_s, row.end_s, row.row)))


def _row(path: str, number: int, said: Mapping[str, str], vehicle: Vehicle) -> LoggedOperation:
    place = f"line {number}"
    kind = said["kind"].lower()
    if kind not in KINDS:
        raise TelemetryError(path, f"{place}, kind", f"{said['kind']!r} is not known", f"One of {', '.join(KINDS)}")
    start = _time(path, f"{place}, start_utc", said["start_utc"])
    end = _time(path, f"{place}, end_utc", said["end_utc"]) if said.get("end_utc") else start
    if end < start:
        raise TelemetryError(
            path, f"{place}, end_utc", f"{said['end_utc']} is before the start, {said['start_utc']}",
            "Exchange them, or leave the end empty for a moment",
        )  # fmt: skip
    compartment, hatch = _where(path, place, kind, said, vehicle)
    mass = kilograms(path, f"{place}, mass_kg", said.get("mass_kg", ""))
    if mass is not None and kind in (*HATCH_KINDS, "eva", "other"):
        raise TelemetryError(
            path, f"{place}, mass_kg", f"{kind} moves no gas of its own, yet mass_kg is {mass:g}",
            "Leave mass_kg empty, or name the kind that moved the gas",
        )  # fmt: skip
    return LoggedOperation(start, end, kind, compartment, hatch, mass, said.get("note", ""), number)


def _time(path: str, place: str, text: str) -> float:
    try:
        return utc_seconds(text)
    except OutOfRange as error:
        raise TelemetryError(
            path, place, f"{text!r} is not a time", "Write ISO 8601 as in 2018-10-12T21:00Z"
        ) from error


def _where(
    path: str, place: str, kind: str, said: Mapping[str, str], vehicle: Vehicle
) -> tuple[str | None, str | None]:
    """Compartment and hatch; either may stand in the column `compartment`."""
    compartments, hatches = {c.id for c in vehicle.compartments}, {h.id for h in vehicle.hatches}
    where, through = said.get("compartment", ""), said.get("hatch", "")
    if where in hatches and where not in compartments and not through:
        where, through = "", where
    if through and through not in hatches:
        raise TelemetryError(
            path, f"{place}, hatch", f"{vehicle.name} has no hatch {through!r}", f"One of {', '.join(sorted(hatches))}"
        )
    if where and where not in compartments:
        raise TelemetryError(
            path, f"{place}, compartment", f"{vehicle.name} has no compartment or hatch {where!r}",
            f"One of {', '.join(sorted(compartments))}; empty for the whole ship",
        )  # fmt: skip
    if kind in HATCH_KINDS and not through:
        raise TelemetryError(
            path, f"{place}, hatch", f"{kind} without a hatch", f"Name one of {', '.join(sorted(hatches))}"
        )
    return where or None, through or None


def kilograms(path: str, place: str, text: str) -> float | None:
    """A mass as a log says it, None where it is unknown; TelemetryError for what is no finite number."""
    if text in ("", "unknown"):
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TelemetryError(
            path, place, f"{text!r} is not a finite number", "Give kg (+ gained, - lost), or leave it empty"
        )
    return value
