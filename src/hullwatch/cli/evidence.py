"""The verbs about where the leak is: what people saw and heard goes into the record, and all evidence is weighed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.cli.asking import JsonOption
from hullwatch.cli.leaving import RECORD

if TYPE_CHECKING:
    from hullwatch.incident.signing import CentreKey
    from hullwatch.records import Event, Interval
    from hullwatch.vehicle.facts import Vehicle

evidence = typer.Typer(help="Evidence of where it leaks that is not telemetry.", no_args_is_help=True)

Directory = Annotated[Path, typer.Argument(help="Directory a watch left, or is writing, its record in.")]
OfVehicle = Annotated[
    str, typer.Option("--vehicle", "-v", help="Vehicle name or file, when the record names none that is bundled.")
]
AtOption = Annotated[str, typer.Option("--at", help="When it was seen, UTC: 2018-08-30T06:40Z.")]
ByOption = Annotated[str, typer.Option("--by", help="Who says so.")]
KeyOption = Annotated[str, typer.Option("--key", help="Key file of a centre that has joined the record: it signs.")]
TYPED_LOW, TYPED_HIGH = 0.75, 1.3
"""Ends of the 90 % interval that a typed rate is taken to have, as shares of it [c]."""
Number = Annotated[int, typer.Argument(help="Number of the evidence, as `evidence list` shows it.", min=1)]


@evidence.command("add")
def add_evidence(
    directory: Directory,
    kind: Annotated[
        str,
        typer.Option(help="ultrasound, silence, flow, torque, gauge, found, tea_leaves, not_found or report."),
    ],
    at: AtOption,
    by: ByOption,
    compartment: Annotated[str, typer.Option(help="Where; for a gauge several, joined by commas.")] = "",
    spot: Annotated[str, typer.Option(help="Where inside it, a place of the vehicle file: LAB_WINDOW, LAB/2.")] = "",
    level: Annotated[str, typer.Option(help='Ultrasonic level over the noise there: "12 dB".')] = "",
    racks: Annotated[str, typer.Option(help="on or off: whether racks and fans ran there; default on.")] = "",
    hatch: Annotated[str, typer.Option(help="The hatch air moves through.")] = "",
    toward: Annotated[str, typer.Option(help="The side of the hatch air moves toward.")] = "",
    speed: Annotated[str, typer.Option(help='Its speed: "3 cm/s".')] = "",
    fans: Annotated[str, typer.Option(help="on or off: whether ventilation ran; default off.")] = "",
    before: Annotated[str, typer.Option(help='Gauge when the part was shut off: "730 mmHg".')] = "",
    after: Annotated[str, typer.Option(help='Gauge at the end: "678 mmHg".')] = "",
    during: Annotated[str, typer.Option(help='How long it was shut off: "11.5 h".')] = "",
    torque: Annotated[str, typer.Option(help='Change of the torque on the station, N m: "1.2,-3.4,0.5".')] = "",
    torque_sd: Annotated[str, typer.Option(help='Its standard deviation, N m, one or three: "0.15".')] = "",
    telemetry: Annotated[str, typer.Option(help="Recording to take the change of torque from, instead.")] = "",
    onset: Annotated[str, typer.Option(help="When the leak began, for --telemetry: UTC.")] = "",
    orbits: Annotated[int, typer.Option(help="Whole orbits after the onset, for --telemetry.", min=1, max=50)] = 1,
    sure: Annotated[float | None, typer.Option(help="How sure, as a probability; default: the kind's own.")] = None,
    note: Annotated[str, typer.Option(help="What else should be known.")] = "",
    incident: Annotated[str, typer.Option(help="The incident it belongs to; default: the latest.")] = "",
    vehicle: OfVehicle = "",
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Append evidence to the record of a watch, running or ended. The same said twice is kept once."""
    from hullwatch.location.evidence import check
    from hullwatch.location.recorded import incident_of
    from hullwatch.location.spots import spots_of
    from hullwatch.location.typed import observed
    from hullwatch.units import utc_seconds

    events = _events(directory)
    ship = _ship(events, vehicle)
    said = observed(kind, {
        "compartment": compartment, "spot": spot, "level": level, "racks": racks, "hatch": hatch, "toward": toward,
        "speed": speed, "fans": fans, "before": before, "after": after, "during": during, "torque": torque,
        "torque_sd": torque_sd, "sure": sure,
    })  # fmt: skip
    if telemetry:
        said |= _torque_of(telemetry, onset, orbits, ship)
    check(kind, said, ship, spots_of(ship).name)
    _append(
        directory, events, utc_seconds(at), "evidence", incident_of(events, incident),
        {"kind": kind, "observed": said, "by": by, "note": note}, key, as_json,
    )  # fmt: skip


@evidence.command("withdraw")
def withdraw_evidence(
    directory: Directory,
    number: Number,
    at: AtOption,
    by: ByOption,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say that evidence was a mistake. It stays in the record and is no longer weighed."""
    from hullwatch.errors import DescriptionError
    from hullwatch.location.recorded import evidence_of
    from hullwatch.units import utc_seconds

    events = _events(directory)
    known = len(evidence_of(events))
    if number > known:
        raise DescriptionError("evidence", "number", number, f"1 to {known}" if known else "none: there is no evidence")
    data = {"number": number, "by": by, "why": note}
    _append(directory, events, utc_seconds(at), "evidence_withdrawn", None, data, key, as_json)


@evidence.command("list")
def list_evidence(directory: Directory, as_json: JsonOption = False) -> None:
    """Show the evidence of a record, withdrawn ones marked."""
    from hullwatch.location.recorded import evidence_of, withdrawn
    from hullwatch.units import utc_text

    events = _events(directory)
    gone = withdrawn(events)
    rows = [
        {
            "number": k,
            "at_utc": utc_text(e.time_s),
            "incident": e.incident,
            **dict(e.data),
            "withdrawn": dict(gone[k]) if k in gone else None,
        }
        for k, e in enumerate(evidence_of(events), start=1)
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        fields = ", ".join(f"{field} {_shown(value)}" for field, value in row["observed"].items())
        note = f": {row['note']}" if row["note"] else ""
        why = f" [withdrawn by {row['withdrawn']['by']}]" if row["withdrawn"] else ""
        typer.echo(f"#{row['number']}  {row['at_utc'][:16]}Z  {row['kind']}  {fields}  ({row['by']}){note}{why}")
    if not rows:
        typer.echo("no evidence was added to this record")


def locate(
    directory: Directory,
    incident: Annotated[str, typer.Option(help="The incident to locate; default: the latest.")] = "",
    rate: Annotated[str, typer.Option(help='Rate of the leak, when the record has none: "25 kg/day".')] = "",
    vehicle: OfVehicle = "",
    as_json: JsonOption = False,
) -> None:
    """Say where it leaks from all evidence: what each piece said, what contradicts, what would tell most next."""
    from hullwatch.errors import RecordError
    from hullwatch.location.locating import locate as weigh_all
    from hullwatch.location.locating import locating_words
    from hullwatch.location.recorded import estimates_of, given_of, incident_of, rate_of, scene_of, tested_of

    events = _events(directory)
    ship = _ship(events, vehicle)
    name = incident_of(events, incident)
    estimates = estimates_of(events, name)
    flow = _rate(rate) if rate else rate_of(estimates)
    if flow is None:
        raise RecordError(str(directory), "holds no estimate of a leak", "Say how fast it leaks with --rate")
    scene = scene_of(events, ship, estimates, flow)
    found = weigh_all(scene, given_of(events, name, scene), *tested_of(estimates, ship))
    found = {"incident": name, **found}
    typer.echo(json.dumps(found) if as_json else f"{name or 'no incident'}\n\n{locating_words(found)}")


# --- the record -------------------------------------------------------------------------------------------------------


def _events(directory: Path) -> "list[Event]":
    from hullwatch.incident.store import open_record
    from hullwatch.location.recorded import KINDS

    with open_record(str(directory / RECORD), read_only=True) as record:
        return [event for event in record.events() if event.kind in KINDS]


def _append(
    directory: Path,
    events: "list[Event]",
    time_s: float,
    kind: str,
    incident: str | None,
    data: dict[str, Any],
    key: str,
    as_json: bool,
) -> None:
    """Append one event, unless this very one stands there already; the store takes the lock for one transaction."""
    from hullwatch.incident.store import open_record
    from hullwatch.records import Event

    signer = _signer(directory, key) if key else None
    data = data if signer is None else {**data, "centre": signer.centre}
    event = Event(time_s, kind, incident, data)
    old = [e for e in events if e.kind == kind]
    number = next((k for k, e in enumerate(old, 1) if _unsigned(e) == _unsigned(event)), None)
    if number is None:
        number = len(old) + 1
        with open_record(str(directory / RECORD)) as record:
            record.append([event], signer)
        words = f"recorded as #{number}" if kind == "evidence" else f"#{data['number']} is withdrawn"
    else:
        words = f"already recorded as #{number}" if kind == "evidence" else f"#{data['number']} was withdrawn before"
    number = number if kind == "evidence" else data["number"]
    typer.echo(json.dumps({"number": number, "incident": incident, "said": words}) if as_json else words)


def _signer(directory: Path, file: str) -> "CentreKey":
    """The key in a file, if its centre has joined the record with it."""
    from hullwatch.cli.saying import key_in
    from hullwatch.incident import standing
    from hullwatch.incident.statements import check_signer
    from hullwatch.incident.store import open_record

    key = key_in(file)
    with open_record(str(directory / RECORD), read_only=True) as record:
        check_signer(standing.standing(record.events(kind=standing.KINDS)), key)
    return key


def _unsigned(event: "Event") -> tuple[float, str | None, str]:
    """What an event says, whoever signed it."""
    from hullwatch.incident.chain import canonical

    return event.time_s, event.incident, canonical({k: v for k, v in event.data.items() if k != "signed"})


def _ship(events: "list[Event]", vehicle: str) -> "Vehicle":
    from hullwatch.errors import DescriptionError
    from hullwatch.vehicle.load import bundled_vehicles, load_vehicle

    named = next((str(e.data.get("vehicle")) for e in events if e.kind == "watch_started"), "")
    if not vehicle and named not in bundled_vehicles():
        raise DescriptionError("record", "vehicle", named, "a bundled vehicle; else say --vehicle with its file")
    return load_vehicle(vehicle or named)


# --- what was typed ---------------------------------------------------------------------------------------------------


def _rate(text: str) -> "Interval":
    from hullwatch.errors import OutOfRange
    from hullwatch.records import Interval
    from hullwatch.units import parse_quantity

    kg_s = parse_quantity(text, "kg/s")
    if not 0.0 < kg_s < 100.0:
        raise OutOfRange("rate", kg_s, "above 0 and below 100 kg/s")
    return Interval(kg_s, TYPED_LOW * kg_s, TYPED_HIGH * kg_s)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(_shown(v) for v in value) if isinstance(value, list) else str(value)


def _torque_of(recording: str, onset: str, orbits: int, ship: "Vehicle") -> dict[str, Any]:
    """The change of torque at the onset, from the gyros' control torque in a recording."""
    import numpy as np

    from hullwatch.errors import DescriptionError, TelemetryError
    from hullwatch.location.momentum import change_at, on_one_clock
    from hullwatch.telemetry.files import open_source
    from hullwatch.units import utc_seconds

    if ship.attitude is None:
        raise DescriptionError(ship.name, "attitude", None, "a table that names the torque channels")
    if not onset:
        raise DescriptionError("evidence", "onset", onset, "the UTC time at which the leak began, with --telemetry")
    source = open_source(recording, ship)
    whole = next(iter(source.blocks(source.rows)))
    times, values = [], []
    for channel in ship.attitude.torque_channels:
        if channel not in whole.items:
            raise TelemetryError(recording, channel, "is not in it", "Give a recording with the control torque")
        mine = whole.item == whole.items.index(channel)
        times.append(whole.time_s[mine])
        values.append(whole.value[mine])
    change = change_at(*on_one_clock(times, values), utc_seconds(onset), ship.attitude.orbit_s, orbits)
    sd = np.sqrt(np.diag(change.covariance))
    return {
        "torque_n_m": [round(float(x), 4) for x in change.change_n_m],
        "torque_sd_n_m": [round(float(x), 4) for x in sd],
    }
