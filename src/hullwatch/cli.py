"""The verbs. Edges only: open, ask the rooms, show, write. Heavy rooms are imported by the verb that needs them.

Exit codes: 0 no leak (or done as asked), 2 a leak was found, 3 undecided, 1 an error, 130 interrupted.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.errors import HullwatchError

if TYPE_CHECKING:
    from hullwatch.records import Event
    from hullwatch.telemetry.source import Source
    from hullwatch.vehicle.facts import Vehicle

NO_LEAK, ERROR, LEAK, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
EXIT = {"no_leak": NO_LEAK, "leak": LEAK, "undecided": UNDECIDED}
"""Exit code of `watch` for each verdict."""

RECORD, SUMMARY, REPORT = "record.sqlite", "summary.json", "report.html"
"""What a watch leaves in its directory."""

app = typer.Typer(
    help="Keep watch over the air of a crewed spacecraft: "
    "does it leak, how much, where, how long, what else could it be.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 no leak or done, 2 leak found, 3 undecided, 1 error, 130 interrupted.",
)
vehicles = typer.Typer(help="The ships Hullwatch knows.", no_args_is_help=True)
app.add_typer(vehicles, name="vehicle")

VehicleOption = Annotated[str, typer.Option("--vehicle", "-v", help="Bundled vehicle name or path of a vehicle file.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Directory for the record, the summary and the report.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object to standard output and nothing else.")]


@app.command()
def watch(
    source: Annotated[str, typer.Argument(help="Parquet or CSV file, long or wide, or a directory of them.")],
    vehicle: VehicleOption = "",
    out: OutOption = None,
    as_json: JsonOption = False,
    inject: Annotated[
        str, typer.Option(help='Put a known leak into the telemetry: "25 kg/day at 2018-10-12T21:00Z".')
    ] = "",
    false_alarm_rate: Annotated[str, typer.Option(help="False leak alarms accepted, for instance 1/yr.")] = "1/yr",
) -> None:
    """Watch recorded telemetry for leaks and say what was found.

    Exit code: 0 no leak, 2 leak found, 3 undecided, 1 error, 130 interrupted (the record is valid up to there).
    """
    from hullwatch.telemetry.files import open_source
    from hullwatch.vehicle.load import load_vehicle

    ship = load_vehicle(vehicle or _vehicle_in(source))
    opened = open_source(source, ship)
    if inject:
        opened = _with_leak(opened, ship, inject)
    raise typer.Exit(_watch(opened, ship, out, as_json, _alarm_rate(false_alarm_rate)))


@app.command()
def simulate(
    scenario: Annotated[str, typer.Argument(help="Bundled scenario name or path of a scenario file.")],
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play a ship with known leaks forward: telemetry as its sensors would send it, and the truth beside it."""
    from hullwatch.simulation.load import load_scenario

    described = load_scenario(scenario)
    place = out or Path(f"hullwatch-{described.name}")
    telemetry, truth = _simulate(described, place)
    if as_json:
        typer.echo(json.dumps({"scenario": described.name, "telemetry": str(telemetry), "truth": str(truth)}))
    else:
        typer.echo(f"telemetry  {telemetry}\ntruth      {truth}")


@app.command()
def replay(
    case: Annotated[str, typer.Argument(help="Bundled case: soyuz-ms-09, quiet-day, demo-leak; or a scenario file.")],
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Simulate a case, watch it, and write the report. Exit code 0 once it has run, whatever the verdict."""
    from hullwatch.simulation.load import load_scenario, ship_of
    from hullwatch.telemetry.files import open_source

    described = load_scenario(case)
    place = out or Path(f"hullwatch-{described.name}")
    telemetry, truth = _simulate(described, place)
    ship = ship_of(described)
    code = _watch(open_source(str(telemetry), ship), ship, place, as_json, 1.0)
    if not as_json:
        typer.echo(_truth_words(truth))
    raise typer.Exit(code if code in (ERROR, INTERRUPTED) else NO_LEAK)


@app.command()
def report(
    directory: Annotated[Path, typer.Argument(help="Directory a watch left its record in.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="HTML file to write; default: report.html in there.")
    ] = None,
) -> None:
    """Write the report of a record as one self-contained HTML file."""
    from hullwatch.incident.store import open_record

    target = out or directory / REPORT
    with open_record(str(directory / RECORD), read_only=True) as record:
        _write_report(list(record.events()), record.head[1], target)
    typer.echo(f"report  {target}")


@app.command()
def size(
    vessel: Annotated[str, typer.Argument(help="JSON file of the vessel: gas, volume, walls, state at the start.")],
    record: Annotated[
        str, typer.Argument(help="CSV file of its discharge: pressure, and gas temperature if measured.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Size the leak of a vessel from the record of its discharge: how large, a hole or a crack, and how sure.

    The flow-equivalent area comes from the record; the diameter also rests on a prior for the discharge coefficient,
    flat from 0.58 to 1. The vessel file's own diameter, if it has one, is not read.
    """
    from hullwatch.sizing.vessel import size_vessel
    from hullwatch.telemetry.discharge_file import read_discharge

    found = size_vessel(read_discharge(vessel, record), _steps("sizing", 4, quiet=as_json))
    typer.echo(json.dumps(found.as_dict()) if as_json else found.as_text())


@vehicles.command("list")
def list_vehicles(as_json: JsonOption = False) -> None:
    """List the bundled vehicles."""
    from hullwatch.vehicle.load import bundled_vehicles, load_vehicle

    ships = [load_vehicle(name) for name in bundled_vehicles()]
    if as_json:
        typer.echo(json.dumps([{"name": ship.name, "title": ship.title} for ship in ships]))
        return
    width = max(len(ship.name) for ship in ships)
    for ship in ships:
        typer.echo(
            f"{ship.name:{width}}  {ship.title}: {len(ship.compartments)} compartments, {ship.volume_m3:.0f} m3, "
            f"crew {len(ship.crew)}"
        )


@vehicles.command("show")
def show_vehicle(
    name: Annotated[str, typer.Argument(help="Bundled vehicle name or path of a vehicle file.")],
    svg: Annotated[Path | None, typer.Option(help="Where to draw the hatch graph; default: NAME.svg here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a vehicle with the provenance of its figures, and draw its hatch graph (SVG)."""
    from hullwatch.vehicle.draw import hatch_graph_svg
    from hullwatch.vehicle.graph import default_open
    from hullwatch.vehicle.load import load_vehicle
    from hullwatch.vehicle.show import as_dict, as_text

    ship = load_vehicle(name)
    target = svg or Path(f"{ship.name}.svg")
    shown = as_dict(ship)
    _write(target, hatch_graph_svg(shown["compartments"], shown["hatches"], default_open(ship), {}, ship.title))
    typer.echo(json.dumps(shown) if as_json else f"{as_text(ship)}\nhatch graph  {target}")


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Keep watch over the air of a crewed spacecraft."""
    if version:
        from hullwatch import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run a command; every error Hullwatch raises on purpose becomes one sentence and exit code 1."""
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        code = INTERRUPTED
    except HullwatchError as error:
        typer.echo(f"hullwatch: {error}", err=True)
        code = ERROR
    except KeyboardInterrupt:
        typer.echo("hullwatch: interrupted", err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        code = ERROR
    except Exception as error:
        # A wrong option or argument: what Typer raises knows how to show itself (its classes moved between versions).
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        code = ERROR
    sys.exit(code if isinstance(code, int) else NO_LEAK)


def _watch(source: "Source", ship: "Vehicle", out: Path | None, as_json: bool, per_year: float) -> int:
    """Run the chain over a source; the record is on disk block by block, so that stopping loses nothing."""
    from hullwatch.incident.store import open_record
    from hullwatch.incident.summary import summarise, verdict_words
    from hullwatch.watch import run

    _say_first_compile()
    record = None
    if out is not None:
        _directory(out)
        record = open_record(str(_fresh_record(out)))
    events: list[Event] = []

    def keep(more: "tuple[Event, ...]") -> None:
        if record is not None:
            record.append(more)
        events.extend(more)

    try:
        interrupted = run(source, ship, per_year, keep, _progress(source, quiet=as_json))
        summary = summarise(events)
        if out is not None and record is not None:
            _write(out / SUMMARY, json.dumps(summary, indent=1) + "\n")
            _write_report(events, record.head[1], out / REPORT)
    finally:
        if record is not None:
            record.close()
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        typer.echo(verdict_words(summary))
        if out is not None:
            typer.echo(f"\nrecord  {out / RECORD}\nreport  {out / REPORT}")
    return INTERRUPTED if interrupted else EXIT[str(summary["verdict"])]


def _say_first_compile() -> None:
    """The kernels are compiled once, at first use, and kept beside the package; say so rather than seem to hang."""
    home = Path(__file__).parent / "balance" / "__pycache__"
    if not any(home.glob("*.nbi")) and sys.stderr.isatty():
        typer.echo("first run: compiling the kernels, once (about 20 s)", err=True)


def _simulate(scenario: Any, place: Path) -> tuple[Path, Path]:
    import pyarrow.parquet as pq

    from hullwatch.simulation.load import ship_of
    from hullwatch.simulation.play import simulate as play

    _say_first_compile()
    _directory(place)
    played = play(scenario, ship_of(scenario))
    telemetry, truth = place / "telemetry.parquet", place / "truth.parquet"
    for frame, path in ((played.telemetry, telemetry), (played.truth, truth)):
        pq.write_table(frame.to_arrow().replace_schema_metadata(played.metadata), path)
    return telemetry, truth


def _truth_words(truth: Path) -> str:
    """What the simulator knew, for comparison; the watch never saw it."""
    import polars as pl

    table = pl.read_parquet(truth).filter(pl.col("hole_kg_s") > 0.0)
    if table.is_empty():
        return "\ntruth (the simulator's, never shown to the watch): no hole"
    first = table.sort("time").row(0, named=True)
    rate = first["hole_kg_s"] * 86_400.0
    return (
        f"\ntruth (the simulator's, never shown to the watch): hole in {first['compartment']}, first seen open "
        f"{first['time']:%Y-%m-%dT%H:%MZ}, {rate:.1f} kg/day, effective area {first['effective_area_m2'] * 1e6:.2f} mm2"
    )


def _with_leak(source: "Source", ship: "Vehicle", text: str) -> "Source":
    from hullwatch.simulation.inject import inject, parse_injection
    from hullwatch.telemetry.source import Recording

    rate, opened = parse_injection(text)
    whole = next(iter(source.blocks(source.rows)))
    provenance = {**source.provenance, "injected": text, "reconstructed": "true"}
    return Recording(source.name, inject(whole, ship, rate, opened), provenance, source.notes)


def _vehicle_in(source: str) -> str:
    """The vehicle a recording names itself, when it was simulated; otherwise the user must say."""
    if source.endswith(".parquet") and Path(source).is_file():
        import pyarrow.parquet as pq

        try:
            metadata = pq.read_schema(source).metadata or {}
        except (OSError, ValueError):
            metadata = {}
        if b"vehicle" in metadata:
            return bytes(metadata[b"vehicle"]).decode()
    raise typer.BadParameter("say which ship this is with --vehicle; `hullwatch vehicle list` shows them")


def _alarm_rate(text: str) -> float:
    from hullwatch.errors import OutOfRange
    from hullwatch.units import parse_quantity

    rate = parse_quantity(text.replace("/yr", "/year"), "1/year")
    if not 1e-4 <= rate <= 1e4:
        raise OutOfRange("false-alarm-rate", rate, "between 1e-4 and 1e4 a year, for instance 1/yr")
    return rate


def _fresh_record(out: Path) -> Path:
    """A record is append-only and one watch long: an older one in the same place is kept under another name."""
    path = out / RECORD
    number = 1
    while path.exists():
        older = out / f"record-{number}.sqlite"
        number += 1
        if not older.exists():
            path.rename(older)
    return path


def _directory(place: Path) -> None:
    from hullwatch.errors import RecordError

    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(
            str(place), f"cannot be made ({error.strerror})", "Choose another place with --out"
        ) from error


def _write_report(events: "list[Event]", head: str, target: Path) -> None:
    from hullwatch.report import report_html

    _write(target, report_html(events, head))


def _write(path: Path, text: str) -> None:
    from hullwatch.errors import RecordError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RecordError(
            str(path), f"cannot be written ({error.strerror})", "Choose another place with --out"
        ) from error


def _steps(what: str, number: int, quiet: bool) -> "Callable[[str], None]":
    """A bar on standard error that names each of a few steps; none when there is nobody to look."""
    if quiet or not sys.stderr.isatty():
        return lambda step: None
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        TextColumn(what), BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
    )
    task = bar.add_task("", total=number)
    bar.start()

    def advance(step: str) -> None:
        bar.update(task, advance=1, description=step)
        if bar.finished:
            bar.stop()

    return advance


def _progress(source: "Source", quiet: bool) -> "Callable[[int], None]":
    """A bar on standard error while rows are taken in; none when there is nobody to look."""
    if quiet or not sys.stderr.isatty():
        return lambda rows: None
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("watching"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("watching", total=source.rows)
    bar.start()

    def advance(rows: int) -> None:
        bar.advance(task, rows)
        if bar.finished or rows < 0:
            bar.stop()

    return advance
