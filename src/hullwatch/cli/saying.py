"""What people say to a record from the command line: keys of centres, joining, and statements of any kind."""

import inspect
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.cli.recording import ByOption, RecordArgument, place_of, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hullwatch.incident.signing import CentreKey
    from hullwatch.incident.standing import Standing
    from hullwatch.records import Event

keys = typer.Typer(help="Keys that centres sign with.", no_args_is_help=True)

KeyOption = Annotated[str, typer.Option("--key", help="Key file of the centre that says so: it signs.")]
AtOption = Annotated[str, typer.Option("--at", help="Time of data, UTC; default: that of the record's last row.")]


@keys.command("new")
def new_key_file(
    name: Annotated[str, typer.Argument(help="Name of the centre: houston.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the private key; it must not be there yet.")],
) -> None:
    """Make a key for a centre. The private key goes to a file only its owner can read; the public key is printed."""
    from hullwatch.errors import RecordError
    from hullwatch.incident.signing import new_key, to_pem

    key = new_key(name)
    try:
        place = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        problem = f"cannot be made ({error.strerror})"
        raise RecordError(str(out), problem, "A key file is never overwritten; choose another with --out") from error
    with os.fdopen(place, "wb") as file:
        file.write(to_pem(key))
    typer.echo(f"{name} {key.public_key}")


@keys.command("show")
def show_key(file: Annotated[str, typer.Argument(help="Key file.")]) -> None:
    """Print centre and public key of a key file."""
    key = key_in(file)
    typer.echo(f"{key.centre} {key.public_key}")


@record.command("join")
def join_record(
    name: RecordArgument,
    key: Annotated[str, typer.Option("--key", help="Key file of the centre.")],
    by: ByOption,
    at: AtOption = "",
    new: Annotated[str, typer.Option(help="Key file to sign with from now on, announced under the old one.")] = "",
) -> None:
    """Let a centre join: its public key goes into the record, signed with its private key."""
    from hullwatch.incident.statements import centre_joined

    old = key_in(key)
    public = key_in(new).public_key if new else old.public_key
    _say(name, centre_joined, {"centre": old.centre, "public_key": public, "by": by}, at, old)


@record.command("say")
def say_to_record(
    name: RecordArgument,
    kind: Annotated[
        str,
        typer.Argument(
            help="alarm_action, hatch_report, crew_report, decision_proposed, decision_answered, limit_changed, "
            "evidence or evidence_withdrawn."
        ),
    ],
    fields: Annotated[
        list[str], typer.Argument(help="field=value, as the record's events have them: hatch=LAB_NODE1 open=false.")
    ],
    by: ByOption,
    at: AtOption = "",
    key: KeyOption = "",
) -> None:
    """Add a statement to a record, running or ended, signed by a centre if a key is given.

    What cannot be is refused: an unknown hatch or incident, an alarm transition the table forbids.
    """
    from hullwatch.errors import DescriptionError
    from hullwatch.incident import statements

    kinds = [known for known in statements.KINDS if known != "centre_joined"]
    if kind not in kinds:
        raise DescriptionError("statement", "kind", kind, f"one of {', '.join(kinds)}")
    signer = key_in(key) if key else None
    for field, option in (("by", "--by"), ("centre", "--key")):
        if any(pair.startswith(f"{field}=") for pair in fields):
            raise DescriptionError("statement", field, "=", f"given by {option}, not as a field")
    said = {**_fields(fields), "by": by, "centre": signer.centre if signer else None}
    if kind == "hatch_report" and "open" in said:
        said["is_open"] = said.pop("open")
    _say(name, getattr(statements, kind), said, at, signer)


def key_in(file: str) -> "CentreKey":
    """The key in a file."""
    from hullwatch.errors import DescriptionError
    from hullwatch.incident.signing import from_pem

    try:
        text = Path(file).read_bytes()
    except OSError as error:
        raise DescriptionError(file, "key", error.strerror, "a file made by `hullwatch record key new`") from error
    return from_pem(text, file)


def _say(name: str, builder: Any, fields: dict[str, Any], at: str, key: "CentreKey | None") -> None:
    from hullwatch.errors import DescriptionError
    from hullwatch.incident import standing as now
    from hullwatch.incident.store import open_record
    from hullwatch.units import utc_seconds

    with open_record(place_of(name), read_only=True) as seen:
        last_s = max((row.time_s for row in seen.rows(after=max(seen.head[0] - 1, 0))), default=0.0)
        time_s = utc_seconds(at) if at else last_s
        here = now.standing(seen.events(kind=now.KINDS), time_s)
    try:
        event = _built(builder, here, time_s, fields, key)
    except DescriptionError as error:
        if error.file != "statement":
            raise
        raise DescriptionError(place_of(name), error.key, error.value, error.allowed) from error
    if event.kind == "evidence":
        _check_evidence(name, event.data)
    with open_record(place_of(name)) as opened:
        seq = opened.append([event], key)
        typer.echo(f"row {seq}: {event.kind} {json.dumps(dict(event.data), sort_keys=True)}")


def _built(builder: Any, here: "Standing", time_s: float, fields: dict[str, Any], key: "CentreKey | None") -> "Event":
    """The statement, if it can be made of these fields and signed with this key."""
    from hullwatch.errors import DescriptionError
    from hullwatch.incident import statements

    if key is not None and (builder is not statements.centre_joined or key.centre in here.centres):
        statements.check_signer(here, key)
    try:
        inspect.signature(builder).bind(here, time_s, **fields)
    except TypeError as error:
        said = str(error).replace("'is_open'", "'open'")
        raise DescriptionError(
            "statement", "fields", sorted(set(fields) - {"by", "centre"}), f"others: {said}"
        ) from error
    made: Event = builder(here, time_s, **fields)
    return made


def _check_evidence(name: str, data: "Mapping[str, Any]") -> None:
    """Refuse evidence that could not be weighed on the ship of this record."""
    from hullwatch.incident.store import open_record
    from hullwatch.location.evidence import check
    from hullwatch.location.spots import spots_of
    from hullwatch.vehicle.load import load_vehicle

    with open_record(place_of(name), read_only=True) as seen:
        started = next(iter(seen.events("watch_started")), None)
    ship = load_vehicle(str(started.data.get("vehicle") if started else ""))
    check(data["kind"], data["observed"], ship, spots_of(ship).name)


def _fields(pairs: list[str]) -> dict[str, Any]:
    """field=value, the value as JSON where it is JSON, as text where it is not."""
    from hullwatch.errors import DescriptionError

    said: dict[str, Any] = {}
    for pair in pairs:
        field, equals, value = pair.partition("=")
        if not equals or not field.isidentifier():
            raise DescriptionError("statement", "fields", pair, "field=value, for instance hatch=node/lab open=false")
        try:
            said[field] = json.loads(value)
        except (ValueError, RecursionError):
            said[field] = value
    return said
