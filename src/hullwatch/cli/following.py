"""The verb that follows a slow leak for months or years."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hullwatch.bars import steps_bar
from hullwatch.cli.asking import JsonOption, OutOption, VehicleOption, alarm_rate, vehicle_in
from hullwatch.cli.leaving import directory, write


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
    ship = load_vehicle(vehicle or vehicle_in(source))
    record = read_history(source, ship, log or None, rates or None, mass_of(ship))
    found = follow(
        record, ship, alarm_rate(false_alarm_rate), seed,
        residual_k=parse_quantity(residual, "kelvin") if residual else None,
        until_s=utc_seconds(until) if until else None,
        rate_limit_kg_day=parse_quantity(rate_limit, "kg/day") if rate_limit else None,
        step=steps_bar("following", SWEEPS + 3, quiet=as_json),
    )  # fmt: skip
    said = summarise(found, ship.name, compared)
    if out is not None:
        directory(out)
        write(out / "trend.json", json.dumps(said, indent=1) + "\n")
        write(out / "trend.html", trend_html(said))
    typer.echo(json.dumps(said) if as_json else trend_words(said))
    if out is not None and not as_json:
        typer.echo(f"\nsummary  {out / 'trend.json'}\nreport   {out / 'trend.html'}")


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
    directory(place)
    for stem, frame in (("series", played.series), ("truth", played.truth)):
        pq.write_table(frame.to_arrow().replace_schema_metadata(played.metadata), place / f"{stem}.parquet")
    write(place / "log.csv", played.log.write_csv())
    return str(place / "series.parquet"), str(place / "log.csv"), case.vehicle, text
