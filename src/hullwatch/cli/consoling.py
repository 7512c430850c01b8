"""The verbs of the console: serve the live page of a source, a case or a record; make a token for it."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.cli.asking import LogOption, OutOption, RecordOption, RosterOption, VehicleOption, alarm_rate, vehicle_in
from hullwatch.cli.leaving import RECORD, directory
from hullwatch.cli.program import INTERRUPTED

if TYPE_CHECKING:
    from hullwatch.console.desk import Desk
    from hullwatch.console.serving import WatchThread
    from hullwatch.console.tokens import Person
    from hullwatch.incident.signing import CentreKey
    from hullwatch.records import Event
    from hullwatch.telemetry.source import Source
    from hullwatch.vehicle.facts import Vehicle
    from hullwatch.watch.saved import Saved

DEMO, DEMO_FROM, DEMO_SPEED = "soyuz-ms-09", "2018-08-29T18:45:00Z", 60.0
"""The night of --demo: from shortly before the hole opens, an hour of it in a minute."""
DEMO_CENTRES = ("houston", "moscow")


@dataclass(frozen=True, slots=True)
class _Play:
    """Telemetry to be watched while it is shown."""

    source: "Source"
    ship: "Vehicle"
    rate: float
    from_s: float
    per_year: float
    out: Path
    record: str
    log: str
    roster: str
    evidence: "tuple[Event, ...]" = ()


def console(
    what: Annotated[
        str, typer.Argument(help="Telemetry, a bundled case or scenario file; or a directory or URL with a record.")
    ] = "",
    demo: Annotated[bool, typer.Option("--demo", help="Play the night of Soyuz MS-09, with tokens to try.")] = False,
    speed: Annotated[
        float | None, typer.Option(help="Seconds of data a second; 0: at once. Default: 0, of the demo 60.", min=0.0)
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help="Moment of data from which on it is played at that speed: UTC.")
    ] = "",
    out: OutOption = None,
    vehicle: VehicleOption = "",
    log: LogOption = "",
    roster: RosterOption = "",
    record: RecordOption = "",
    false_alarm_rate: Annotated[str, typer.Option(help="False leak alarms accepted, for instance 1/yr.")] = "1/yr",
    port: Annotated[int, typer.Option(help="Port; 0: any that is free.", min=0, max=65535)] = 8475,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Others than this machine need --tokens.")
    ] = "127.0.0.1",
    name: Annotated[list[str] | None, typer.Option(help="Further host name the console answers to.")] = None,
    tokens: Annotated[str, typer.Option(help="TOML file of who may speak, made by `hullwatch token`.")] = "",
    key: Annotated[list[str] | None, typer.Option(help="File of a centre's private key, to sign its words.")] = None,
    private: Annotated[bool, typer.Option("--private", help="Reading needs a token too.")] = False,
) -> None:
    """Serve the live page: is it real, how much, where, how long, what next, what else could it be.

    Ctrl-C ends it, with the record closed. Exit code 130 if a watch was interrupted by that, else 0.
    """
    from hullwatch.console.serving import is_loopback, open_door, read_keys
    from hullwatch.console.tokens import read_tokens
    from hullwatch.incident.signing import new_key

    if bool(what) == demo:
        raise typer.BadParameter("say what to show (telemetry, case, directory, URL), or --demo")
    if not is_loopback(host) and not tokens:
        raise typer.BadParameter(f"--host {host} can be reached by others: give --tokens FILE, or leave --host out")
    keys = read_keys(key or [])
    people = read_tokens(tokens, list(keys.values())) if tokens else ()
    shown: list[str] = []
    if demo:
        keys |= {centre: new_key(centre) for centre in DEMO_CENTRES if centre not in keys}
        made = [_new_person(f"{centre} (demo)", "operator", centre) for centre in DEMO_CENTRES]
        people += tuple(person for person, _ in made)
        shown = [token for _, token in made]
    with ExitStack() as end:
        door = end.enter_context(open_door(host, port))
        address = f"http://{f'[{host}]' if ':' in host else host}:{door.getsockname()[1]}/"
        place = _record_of(what)
        play = None if place and not demo else _play(
            what, demo, speed, since, out, record, vehicle, log, roster, alarm_rate(false_alarm_rate), end
        )  # fmt: skip
        code = _serve(
            play, place, door, host, name or [], people, keys, private, lambda: _say(address, people, shown), end
        )  # fmt: skip
    raise typer.Exit(code)


def token(
    name: Annotated[str, typer.Argument(help="Whose token it is.")],
    role: Annotated[str, typer.Option(help="viewer or operator.")] = "operator",
    centre: Annotated[str, typer.Option(help="Centre whose key signs what is said with it.")] = "",
    file: Annotated[Path | None, typer.Option("--tokens", help="File to add it to; default: only shown.")] = None,
) -> None:
    """Make a token for the console. It is shown once; only its SHA-256 is kept."""
    from hullwatch.console.tokens import ROLES, entry_toml
    from hullwatch.errors import RecordError
    from hullwatch.incident.signing import centre_name

    if role not in ROLES:
        raise typer.BadParameter(f"--role {role}: allowed is {' or '.join(ROLES)}")
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise typer.BadParameter("NAME: 1 to 200 letters, in one line")
    person, made = _new_person(name.strip(), role, centre_name(centre) if centre else None)
    entry = entry_toml(person)
    if file is not None:
        try:
            with file.open("a", encoding="utf-8") as kept:
                kept.write(("\n" if kept.tell() else "") + entry)
        except OSError as error:
            raise RecordError(str(file), f"cannot be written ({error.strerror})", "Choose another file") from error
        typer.echo(f"token  {made}\nadded to {file}; it cannot be shown again")
    else:
        typer.echo(f"token  {made}\nfor the file of --tokens:\n\n{entry}", nl=False)


def _new_person(name: str, role: str, centre: str | None) -> "tuple[Person, str]":
    from hullwatch.console.tokens import Person, digest, new_token

    made = new_token()
    return Person(name, role, centre, digest(made)), made


def _say(address: str, people: "tuple[Person, ...]", shown: list[str]) -> None:
    typer.echo(f"console  {address}")
    for person, made in zip(people[len(people) - len(shown) :], shown, strict=True):
        typer.echo(f"  as {person.name}, to speak for {person.centre}:  {address}#token={made}")
    typer.echo("Ctrl-C ends it.")


def _record_of(what: str) -> str:
    """The record that is asked for: a directory that has one, its file, a URL; empty for anything else."""
    if (Path(what) / RECORD).is_file():
        return str(Path(what) / RECORD)
    return what if "://" in what or what.endswith(".sqlite") else ""


def _play(
    what: str, demo: bool, speed: float | None, since: str, out: Path | None, record: str, vehicle: str, log: str,
    roster: str, per_year: float, end: ExitStack,
) -> _Play:  # fmt: skip
    """What is to be watched while it is shown; a case is simulated first."""
    from hullwatch.errors import DescriptionError
    from hullwatch.simulation.load import bundled_scenarios
    from hullwatch.units import utc_seconds

    place = out or Path(end.enter_context(tempfile.TemporaryDirectory(prefix="hullwatch-console-")))
    directory(place)
    evidence: tuple[Event, ...] = ()
    if demo or what in bundled_scenarios() or what.endswith(".toml"):
        source, ship, evidence, seats = _case(DEMO if demo else what, place)
        roster = roster or seats
    elif Path(what).exists():
        source, ship = _telemetry(what, vehicle)
    else:
        allowed = f"a file, a directory with a record, or one of {', '.join(bundled_scenarios())}"
        raise DescriptionError("console", "what", what, allowed)
    rate = DEMO_SPEED if demo and speed is None else speed or 0.0
    start = since or (DEMO_FROM if demo else "")
    from_s = utc_seconds(start) if start else float("-inf")
    return _Play(source, ship, rate, from_s, per_year, place, record, log, roster, evidence)


def _case(name: str, place: Path) -> "tuple[Source, Vehicle, tuple[Event, ...], str]":
    """A case, simulated: its telemetry, its ship, what people saw, its roster."""
    from hullwatch.cli.simulating import play_scenario
    from hullwatch.location.typed import evidence_of
    from hullwatch.simulation.load import load_scenario, ship_of
    from hullwatch.telemetry.files import open_source

    typer.echo(f"simulating {name} ...", err=True)
    described = load_scenario(name)
    ship = ship_of(described)
    told = evidence_of(described.evidence, described.name, ship)
    telemetry, _ = play_scenario(described, place)
    return open_source(str(telemetry), ship), ship, tuple(told), described.roster


def _telemetry(what: str, vehicle: str) -> "tuple[Source, Vehicle]":
    from hullwatch.telemetry.files import open_source
    from hullwatch.telemetry.resolution import as_written
    from hullwatch.vehicle.load import load_vehicle

    ship = load_vehicle(vehicle or vehicle_in(what))
    opened = open_source(what, ship)
    return opened, as_written(ship, opened)


def _serve(
    play: _Play | None, place: str, door: Any, host: str, names: list[str], people: "tuple[Person, ...]",
    keys: "dict[str, CentreKey]", private: bool, ready: Callable[[], None], end: ExitStack,
) -> int:  # fmt: skip
    """Open the record, start the watch, serve until Ctrl-C."""
    from hullwatch.console.app import Access, create_app
    from hullwatch.console.serving import host_names, serve

    desk, thread = _shown(place, bool(people), end) if play is None else _played(play, end)
    desk.catch_up()
    access = Access(host_names(host, door.getsockname()[1], names), people, keys, private)
    app = create_app(desk, access)
    try:
        if thread is not None:
            thread.start()
        serve(app, door, ready)
    except KeyboardInterrupt:
        pass
    finally:
        if thread is not None:
            thread.end()
    rows, head = desk.record.head
    typer.echo(f"record  {desk.record.name}\n        {rows} rows, head {head}")
    return INTERRUPTED if thread is not None and thread.interrupted else 0


def _shown(place: str, speaks: bool, end: ExitStack) -> "tuple[Desk, None]":
    """A desk over a record that is there; read only, unless somebody may speak."""
    from hullwatch.console.desk import Desk
    from hullwatch.incident.store import open_record

    open_record(place, read_only=True).close()  # to look at a record is not to make one
    return Desk(end.enter_context(open_record(place, read_only=not speaks)), _beside(place)), None


def _played(play: _Play, end: ExitStack) -> "tuple[Desk, WatchThread]":
    """A desk over the record that a watch is about to write, and the watch."""
    from hullwatch.cli.keeping import kept_in
    from hullwatch.console.desk import Desk, Link
    from hullwatch.console.serving import GRAIN_S, Paced, Pacer, WatchThread
    from hullwatch.telemetry.operations_log import read_operations
    from hullwatch.vehicle.roster_load import load_roster
    from hullwatch.watch import Settings, run
    from hullwatch.watch.saved import digest

    source, ship = play.source, play.ship
    done = read_operations(play.log, ship) if play.log else ()
    seats = load_roster(play.roster) if play.roster else None
    settings = Settings(play.per_year)
    begun = {"source": source.name, "vehicle": ship.name, "settings": settings.as_dict()}
    inputs = digest(ship, settings, source.name, source.provenance, done, play.evidence, seats)
    kept = kept_in(play.out, play.record, begun, inputs, ship)
    if kept is None:  # never: a place for the record is always given
        raise typer.BadParameter("no place for the record")
    record = end.enter_context(kept.keeper.record)
    desk = Desk(record, _readings(ship), Link(play.rate, play.rate * GRAIN_S))
    resumed_s = max((event.time_s for event in kept.events), default=float("-inf"))
    pacer = Pacer(play.rate, max(play.from_s, resumed_s), desk.heard)

    def told() -> None:
        desk.unwritten = kept.keeper.trouble
        desk.grown()

    def keep(events: "tuple[Event, ...]") -> None:
        kept.keep(events)
        told()

    def save(events: "tuple[Event, ...]", saved: "Saved") -> None:
        kept.save(events, saved)
        told()

    def watch() -> bool:
        interrupted = run(
            Paced(source, pacer), ship, play.per_year, keep, log=done, evidence=play.evidence, roster=seats,
            heard=kept.heard, save=save, resumed=kept.resumed,
        )  # fmt: skip
        kept.keeper.finish()
        return interrupted

    return desk, WatchThread(desk, watch, pacer)


def _readings(ship: "Vehicle", kept_s: float | None = None) -> Any:
    """Room for the latest readings of a ship's channels."""
    from hullwatch.console.readings import KEPT_S, Readings

    held = [channel.id for channel in ship.channels if channel.publish == "on_change"]
    return Readings({channel.id: channel.unit for channel in ship.channels}, kept_s or KEPT_S, held)


def _beside(place: str) -> Any:
    """Telemetry that a replay left beside its record, for the plots; none where there is none that fits."""
    from hullwatch.errors import HullwatchError
    from hullwatch.telemetry.files import open_source
    from hullwatch.vehicle.load import load_vehicle

    file = Path(place).parent / "telemetry.parquet"
    if "://" in place or not file.is_file():
        return None
    try:
        ship = load_vehicle(vehicle_in(str(file)))
        source = open_source(str(file), ship)
    except (HullwatchError, typer.BadParameter):
        return None
    found = _readings(ship, float("inf"))
    for block in source.blocks():
        found.take(block)
    return found


def opened(
    what: str, speed: float, since: str, out: Path | None, vehicle: str, end: ExitStack
) -> "tuple[Desk, WatchThread | None]":  # fmt: skip
    """A desk over what is asked for, as `console` would serve it, without a server."""
    from hullwatch.errors import RecordError

    place = _record_of(what)
    if place:
        try:
            return _shown(place, True, end)
        except RecordError:  # on read-only media it can still be looked at; what is no record is refused again
            return _shown(place, False, end)
    return _played(_play(what, False, speed, since, out, "", vehicle, "", "", alarm_rate("1/yr"), end), end)
