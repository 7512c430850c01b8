"""The verb that sizes the leak of a vessel from the record of its discharge."""

import json
from typing import Annotated

import typer

from hullwatch.bars import steps_bar
from hullwatch.cli.asking import JsonOption


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
