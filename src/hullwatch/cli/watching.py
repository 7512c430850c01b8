"""The verbs over telemetry: watch it, replay a case through the same chain, write the report of a record."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hullwatch.bars import rows_bar
from hullwatch.cli.asking import (
    JsonOption,
    LogOption,
    OutOption,
    VehicleOption,
    alarm_rate,
    say_first_compile,
    vehicle_in,
)
from hullwatch.cli.leaving import RECORD, REPORT, SUMMARY, directory, fresh_record, write
from hullwatch.cli.program import ERROR, EXIT, INTERRUPTED, NO_LEAK
from hullwatch.cli.simulating import play_scenario

if TYPE_CHECKING:
    from hullwatch.records import Event
    from hullwatch.telemetry.source import Source
    from hullwatch.vehicle.facts import Vehicle


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

    ship = load_vehicle(vehicle or vehicle_in(source))
    opened = open_source(source, ship)
    ship = as_written(ship, opened)
    if inject:
        opened = _with_leak(opened, ship, inject)
    raise typer.Exit(_watch(opened, ship, out, as_json, alarm_rate(false_alarm_rate), log))


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
    telemetry, truth = play_scenario(described, place)
    ship = ship_of(described)
    code = _watch(open_source(str(telemetry), ship), ship, place, as_json, 1.0, log)
    if not as_json:
        typer.echo(_truth_words(truth))
    raise typer.Exit(code if code in (ERROR, INTERRUPTED) else NO_LEAK)


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


def _watch(source: "Source", ship: "Vehicle", out: Path | None, as_json: bool, per_year: float, log: str = "") -> int:
    """Run the chain over a source; the record is on disk block by block, so that stopping loses nothing."""
    from hullwatch.incident.store import open_record
    from hullwatch.incident.summary import summarise, verdict_words
    from hullwatch.telemetry.operations_log import read_operations
    from hullwatch.watch import run

    done = read_operations(log, ship) if log else ()
    say_first_compile()
    record = None
    if out is not None:
        directory(out)
        record = open_record(str(fresh_record(out)))
    events: list[Event] = []

    def keep(more: "tuple[Event, ...]") -> None:
        if record is not None:
            record.append(more)
        events.extend(more)

    try:
        interrupted = run(source, ship, per_year, keep, rows_bar(source, quiet=as_json), log=done)
        summary = summarise(events)
        if out is not None and record is not None:
            write(out / SUMMARY, json.dumps(summary, indent=1) + "\n")
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


def _write_report(events: "list[Event]", head: str, target: Path) -> None:
    from hullwatch.report import report_html

    write(target, report_html(events, head))


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
