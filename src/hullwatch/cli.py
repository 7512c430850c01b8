"""The verbs. Edges only: open, ask the rooms, show, write. Heavy rooms are imported by the verb that needs them.

Exit codes: 0 no leak (or done as asked), 2 a leak was found, 3 undecided, 1 an error, 130 interrupted.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.bars import rows_bar, steps_bar, worlds_bar
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
LogOption = Annotated[
    str, typer.Option(help="CSV of what was done to the air: start_utc, end_utc, kind, compartment, mass_kg, note.")
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
    log: LogOption = "",
) -> None:
    """Watch recorded telemetry for leaks and say what was found.

    Exit code: 0 no leak, 2 leak found, 3 undecided, 1 error, 130 interrupted (the record is valid up to there).
    """
    from hullwatch.telemetry.files import open_source
    from hullwatch.telemetry.resolution import as_written
    from hullwatch.vehicle.load import load_vehicle

    ship = load_vehicle(vehicle or _vehicle_in(source))
    opened = open_source(source, ship)
    ship = as_written(ship, opened)
    if inject:
        opened = _with_leak(opened, ship, inject)
    raise typer.Exit(_watch(opened, ship, out, as_json, _alarm_rate(false_alarm_rate), log))


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
    log: LogOption = "",
) -> None:
    """Simulate a case, watch it, and write the report. Exit code 0 once it has run, whatever the verdict."""
    from hullwatch.simulation.load import load_scenario, ship_of
    from hullwatch.telemetry.files import open_source

    described = load_scenario(case)
    place = out or Path(f"hullwatch-{described.name}")
    telemetry, truth = _simulate(described, place)
    ship = ship_of(described)
    code = _watch(open_source(str(telemetry), ship), ship, place, as_json, 1.0, log)
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

    found = size_vessel(read_discharge(vessel, record), steps_bar("sizing", 4, quiet=as_json))
    typer.echo(json.dumps(found.as_dict()) if as_json else found.as_text())


@app.command()
def study(
    name: Annotated[str, typer.Argument(help="Bundled study (reserve-time) or path of a study file.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Directory for the tables and the pictures.")] = None,
    worlds: Annotated[int | None, typer.Option(help="Number of worlds, instead of the study's.", min=1)] = None,
    threads: Annotated[int, typer.Option(help="Threads; 0 = all cores.", min=0)] = 0,
    scheduler: Annotated[
        str, typer.Option(help='Address of a Dask scheduler that spreads the worlds; needs "hullwatch[cluster]".')
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Simulate many worlds with leaks and tabulate how long the crew has: Parquet, CSV, SVG and a page of Markdown.

    The same study and seed give the same tables, whatever the threads or the cluster. Stopped early, it leaves nothing.
    """
    import os

    from hullwatch.simulation.load import load_study
    from hullwatch.simulation.study import run_study
    from hullwatch.simulation.study_drawing import curves_svg, summary_md, worst_svg

    described, ship = load_study(name)
    if worlds is not None:
        described = described.model_copy(update={"worlds": worlds})
    place = out or Path(f"hullwatch-{described.name}")
    _directory(place)
    _say_first_compile("models", "worlds*.nbi", 30)
    with worlds_bar(described.worlds, quiet=as_json) as progress, _cluster(scheduler) as client:
        tally, table = run_study(
            described, ship, threads=threads or os.cpu_count() or 1, client=client, progress=progress
        )
    written = {
        "summary.md": summary_md(described, table, tally), "curves.svg": curves_svg(described, table),
        "worst.svg": worst_svg(described, table), "reserve.csv": table.write_csv(),
    }  # fmt: skip
    files = _write_together(place, written, table, {"study": described.name, "seed": str(described.seed)})
    if as_json:
        said = {"study": described.name, "worlds": tally.worlds, "failed": tally.failed, "seed": described.seed}
        typer.echo(json.dumps({**said, "files": {f.name: str(f) for f in files}}))
    else:
        typer.echo(f"{written['summary.md'].split('![')[0].rstrip()}\n")
        typer.echo("\n".join(f"{f.name:16}{f}" for f in files))


@app.command()
def trend(
    source: Annotated[
        str, typer.Argument(help="Series of gas (Parquet, CSV), dated rates (TOML, CSV), or the case zvezda-prk.")
    ],
    vehicle: VehicleOption = "",
    log: Annotated[str, typer.Option(help="CSV of what was done to the air: time, kind, mass_kg.")] = "",
    rates: Annotated[str, typer.Option(help="Dated rates (TOML, CSV) to use beside the series.")] = "",
    until: Annotated[str, typer.Option(help="Date of the next resupply; default: 90 days on.")] = "",
    rate_limit: Annotated[str, typer.Option(help='A rate to look out for: "3.7 lb/day".')] = "",
    residual: Annotated[str, typer.Option(help='Unseen warmth, instead of the vehicle\'s: "0.02 K".')] = "",
    false_alarm_rate: Annotated[str, typer.Option(help="False alarms of a rise accepted, day by day.")] = "0.1/yr",
    seed: Annotated[int, typer.Option(help="Seed of the sampling; the same seed gives the same answer.")] = 1,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow a slow leak for months or years: the rate and its history, when it changed, what it will come to.

    A bundled case is simulated first; its series is labelled as reconstructed everywhere.
    """
    from hullwatch.report.trend_page import trend_html
    from hullwatch.report.trend_words import trend_words
    from hullwatch.telemetry.dated_rates import rates_of_toml
    from hullwatch.telemetry.history_file import read_history
    from hullwatch.trend.follow import SWEEPS, follow
    from hullwatch.trend.noise import mass_of
    from hullwatch.trend.summary import summarise
    from hullwatch.units import parse_quantity, utc_seconds
    from hullwatch.vehicle.load import load_vehicle

    compared: tuple[Any, ...] = ()
    if _is_case(source):
        out = out or Path(f"hullwatch-{source}")
        source, log, vehicle, text = _play_case(source, out)
        compared = rates_of_toml(source, text)
    ship = load_vehicle(vehicle or _vehicle_in(source))
    record = read_history(source, ship, log or None, rates or None, mass_of(ship))
    found = follow(
        record, ship, _alarm_rate(false_alarm_rate), seed,
        residual_k=parse_quantity(residual, "kelvin") if residual else None,
        until_s=utc_seconds(until) if until else None,
        rate_limit_kg_day=parse_quantity(rate_limit, "kg/day") if rate_limit else None,
        step=steps_bar("following", SWEEPS + 3, quiet=as_json),
    )  # fmt: skip
    said = summarise(found, ship.name, compared)
    if out is not None:
        _directory(out)
        _write(out / "trend.json", json.dumps(said, indent=1) + "\n")
        _write(out / "trend.html", trend_html(said))
    typer.echo(json.dumps(said) if as_json else trend_words(said))
    if out is not None and not as_json:
        typer.echo(f"\nsummary  {out / 'trend.json'}\nreport   {out / 'trend.html'}")


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


def _watch(source: "Source", ship: "Vehicle", out: Path | None, as_json: bool, per_year: float, log: str = "") -> int:
    """Run the chain over a source; the record is on disk block by block, so that stopping loses nothing."""
    from hullwatch.incident.store import open_record
    from hullwatch.incident.summary import summarise, verdict_words
    from hullwatch.telemetry.operations_log import read_operations
    from hullwatch.watch import run

    done = read_operations(log, ship) if log else ()
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
        interrupted = run(source, ship, per_year, keep, rows_bar(source, quiet=as_json), log=done)
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


def _say_first_compile(room: str = "balance", kernels: str = "*.nbi", seconds: int = 20) -> None:
    """The kernels are compiled once, at first use, and kept beside the package; say so rather than seem to hang."""
    home = Path(__file__).parent / room / "__pycache__"
    if not any(home.glob(kernels)) and sys.stderr.isatty():
        typer.echo(f"first run: compiling the kernels, once (about {seconds} s)", err=True)


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


def _is_case(name: str) -> bool:
    from hullwatch.simulation.load_years import bundled_years

    return name in bundled_years()


def _play_case(name: str, place: Path) -> tuple[str, str, str, str]:
    """Simulate a case of years into a directory: its series, its log, its vehicle, the text of its file."""
    import pyarrow.parquet as pq

    from hullwatch.simulation.load_years import load_years
    from hullwatch.simulation.years import play_years
    from hullwatch.trend.noise import mass_of
    from hullwatch.vehicle.load import load_vehicle

    case, text = load_years(name)
    masses = mass_of(load_vehicle(case.vehicle))
    played = play_years(case, load_vehicle(case.vehicle), masses["N2"], masses["share"])
    _directory(place)
    for stem, frame in (("series", played.series), ("truth", played.truth)):
        pq.write_table(frame.to_arrow().replace_schema_metadata(played.metadata), place / f"{stem}.parquet")
    _write(place / "log.csv", played.log.write_csv())
    return str(place / "series.parquet"), str(place / "log.csv"), case.vehicle, text


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


def _write_together(place: Path, texts: dict[str, str], table: Any, metadata: dict[str, str]) -> list[Path]:
    """All files of a study or none: under other names first, so that whoever stops it leaves no half file."""
    import pyarrow.parquet as pq

    from hullwatch.errors import RecordError

    targets = [place / name for name in (*texts, "reserve.parquet")]
    parts = [target.with_name(f".{target.name}.part") for target in targets]
    try:
        for part, text in zip(parts, texts.values(), strict=False):
            part.write_text(text, encoding="utf-8")
        pq.write_table(table.to_arrow().replace_schema_metadata(metadata), parts[-1])
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    except OSError as error:
        raise RecordError(
            str(place), f"cannot be written ({error.strerror})", "Choose another place with --out"
        ) from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return targets


@contextmanager
def _cluster(address: str) -> "Iterator[Any]":
    """A client of the Dask scheduler at an address; None without one."""
    if not address:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise typer.BadParameter('--scheduler needs Dask: pip install "hullwatch[cluster]"') from error
    try:
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]  # Dask's own gap
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"no Dask scheduler answers at {address}") from error
    with client:
        yield client
