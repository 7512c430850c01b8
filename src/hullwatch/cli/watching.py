"""The verbs over telemetry: watch it, replay a case through the same chain, write the report of a record."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from hullwatch.bars import rows_bar
from hullwatch.cli.asking import (
    EvidenceOption,
    JsonOption,
    LogOption,
    OutOption,
    RecordOption,
    RosterOption,
    VehicleOption,
    alarm_rate,
    say_first_compile,
    vehicle_in,
)
from hullwatch.cli.keeping import kept_in
from hullwatch.cli.leaving import RECORD, REPORT, SUMMARY, write
from hullwatch.cli.program import ERROR, EXIT, INTERRUPTED, NO_LEAK
from hullwatch.cli.simulating import play_scenario
from hullwatch.cli.stopping import stoppable
from hullwatch.errors import RecordError

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
    evidence: EvidenceOption = "",
    roster: RosterOption = "",
    record: RecordOption = "",
) -> None:
    """Watch recorded telemetry for leaks and say what was found.

    A watch that was cut off goes on when the same command is given again, and leaves the same record.

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
    beside = _Beside(log, _evidence(evidence, ship), roster, record)
    raise typer.Exit(_watch(opened, ship, out, as_json, alarm_rate(false_alarm_rate), beside))


def replay(
    case: Annotated[
        str,
        typer.Argument(help="Bundled case: soyuz-ms-09, zvezda-prk-search, quiet-day, demo-leak; or a scenario file."),
    ],
    out: OutOption = None,
    as_json: JsonOption = False,
    log: LogOption = "",
    evidence: EvidenceOption = "",
) -> None:
    """Simulate a case, watch it, and write the report. Exit code 0 once it has run, whatever the verdict."""
    from hullwatch.cli.compiling import planner_beside
    from hullwatch.location.typed import evidence_of
    from hullwatch.simulation.load import load_scenario, ship_of
    from hullwatch.telemetry.files import open_source

    _no_roster(case)
    described = load_scenario(case)
    place = out or Path(f"hullwatch-{described.name}")
    ship = ship_of(described)
    with planner_beside(ship):
        telemetry, truth = play_scenario(described, place)
        told = (*evidence_of(described.evidence, described.name, ship), *_evidence(evidence, ship))
        beside = _Beside(log, told, described.roster)
        code = _watch(open_source(str(telemetry), ship), ship, place, as_json, 1.0, beside)
    if not as_json:
        typer.echo(_truth_words(truth))
    raise typer.Exit(code if code in (ERROR, INTERRUPTED) else NO_LEAK)


def report(
    directory: Annotated[Path, typer.Argument(help="Directory a watch left its record in.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="HTML file to write; default: report.html in there.")
    ] = None,
    console: Annotated[
        str, typer.Option(help="Address of a console over this record; each moment then links to what was known then.")
    ] = "",
) -> None:
    """Write the report of a record as one self-contained HTML file."""
    from hullwatch.incident.store import open_record

    if console and not console.startswith(("http://", "https://")):
        raise typer.BadParameter(f"--console {console}: an address such as http://127.0.0.1:8475")
    target = out or directory / REPORT
    with open_record(str(directory / RECORD), read_only=True) as record:
        _write_report(list(record.events()), record.head[1], target, console)
    typer.echo(f"report  {target}")


def _no_roster(case: str) -> None:
    """A bundled roster is no case: it has people and craft, and no telemetry."""
    from hullwatch.errors import DescriptionError
    from hullwatch.simulation.load import bundled_scenarios
    from hullwatch.vehicle.roster_load import bundled_rosters

    if case in bundled_rosters() and case not in bundled_scenarios():
        allowed = f"{', '.join(bundled_scenarios())}; {case} has no telemetry: `hullwatch seats {case}` plays its seats"
        raise DescriptionError("replay", "case", case, allowed)


class _Beside(NamedTuple):
    """What a watch is given beside telemetry: operations log, evidence, roster, and where its record goes."""

    log: str = ""
    evidence: "tuple[Event, ...]" = ()
    roster: str = ""
    record: str = ""


def _evidence(path: str, ship: "Vehicle") -> "tuple[Event, ...]":
    """Evidence of a file; none without one."""
    from hullwatch.errors import DescriptionError
    from hullwatch.location.typed import read_evidence

    if not path:
        return ()
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DescriptionError(
            "watch", "--evidence", path, f"the path of a readable UTF-8 TOML file ({error})"
        ) from error
    return read_evidence(text, path, ship)


def _watch(source: "Source", ship: "Vehicle", out: Path | None, as_json: bool, per_year: float, beside: _Beside) -> int:
    """Run the chain over a source; the record is on disk block by block, so that stopping loses nothing."""
    from hullwatch.incident.summary import summarise, verdict_words
    from hullwatch.telemetry.operations_log import read_operations
    from hullwatch.vehicle.roster_load import load_roster
    from hullwatch.watch import Settings, run
    from hullwatch.watch.saved import digest

    done = read_operations(beside.log, ship) if beside.log else ()
    seats = load_roster(beside.roster) if beside.roster else None
    say_first_compile()
    settings = Settings(per_year)
    begun = {"source": source.name, "vehicle": ship.name, "settings": settings.as_dict()}
    inputs = digest(ship, settings, source.name, source.provenance, done, beside.evidence, seats)
    kept = kept_in(out, beside.record, begun, inputs, ship)
    events: list[Event] = []
    try:
        if kept is not None and kept.ended:
            typer.echo("hullwatch: this watch was kept to its end before; this is what it found", err=True)
            interrupted = False
        else:
            with stoppable(source) as read:
                interrupted = run(
                    read, ship, per_year, kept.keep if kept else events.extend, rows_bar(source, quiet=as_json),
                    log=done, evidence=beside.evidence, roster=seats, heard=kept.heard if kept else tuple,
                    save=kept.save if kept else None, resumed=kept.resumed if kept else None,
                )  # fmt: skip
        summary = summarise(kept.events if kept else events)
        if kept is not None:
            try:
                events = kept.finish()
            except RecordError:
                typer.echo(verdict_words(summary), err=True)  # what was found is said, whatever the record does
                raise
            summary = summarise(events)
        if out is not None and kept is not None:
            write(out / SUMMARY, json.dumps(summary, indent=1) + "\n")
            _write_report(events, kept.keeper.record.head[1], out / REPORT)
    finally:
        if kept is not None:
            kept.keeper.record.close()
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        typer.echo(verdict_words(summary))
        if kept is not None:
            typer.echo(f"\nrecord  {kept.keeper.record.name}")
        if out is not None:
            typer.echo(f"report  {out / REPORT}")
    return INTERRUPTED if interrupted else EXIT[str(summary["verdict"])]


def _write_report(events: "list[Event]", head: str, target: Path, console: str = "") -> None:
    from hullwatch.report import report_html

    write(target, report_html(events, head, console))


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
