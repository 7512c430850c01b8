"""The verbs about the ships Hullwatch knows."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hullwatch.cli.asking import JsonOption
from hullwatch.cli.leaving import write

vehicles = typer.Typer(help="The ships Hullwatch knows.", no_args_is_help=True)


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
    write(target, hatch_graph_svg(shown["compartments"], shown["hatches"], default_open(ship), {}, ship.title))
    typer.echo(json.dumps(shown) if as_json else f"{as_text(ship)}\nhatch graph  {target}")
