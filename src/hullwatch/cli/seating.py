"""The verb that finds everyone a seat."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hullwatch.cli.asking import JsonOption
from hullwatch.cli.leaving import write

EXIT = {"full": 0, "degraded": 3, "improvised": 3, "cut off": 2, "none": 2}
"""Exit code of `seats` for the worst place anybody has, at the date asked for or at any time."""


def seats(
    roster: Annotated[str, typer.Argument(help="Bundled case (soyuz-ms-22, soyuz-ms-09) or path of a roster file.")],
    at: Annotated[str, typer.Option(help="Date (UTC) to decide, with next best and how sure; else all dates.")] = "",
    close: Annotated[
        list[str] | None, typer.Option(help="Compartment shut for good, at --at or all the time; may be repeated.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Where to draw who has which seat when.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find everyone a seat home, exactly: nobody without one, least risk, least improvised, least moves; and why.

    Also what a leak or a shut compartment means for the ways home. Exit codes: 0 everyone has a full seat, 3 somebody's
    place is degraded or improvised, 2 somebody has none or is cut off, 1 an error.
    """
    from hullwatch.errors import DescriptionError
    from hullwatch.response.seats.answer import answer
    from hullwatch.response.seats.drawing import seats_svg
    from hullwatch.response.seats.table import as_dict
    from hullwatch.response.seats.words import as_text
    from hullwatch.units import utc_seconds, utc_text
    from hullwatch.vehicle.roster_load import load_roster
    from hullwatch.vehicle.tables import choices

    described = load_roster(roster)
    at_s = utc_seconds(at) if at else None
    if at_s is not None and not described.span.holds(at_s):
        first, last = utc_text(described.span.from_s), utc_text(described.span.until_s)
        raise DescriptionError(roster, "--at", at, f"a moment from {first} to before {last}")
    for compartment in close or []:
        if compartment not in described.compartments():
            raise DescriptionError(roster, "--close", compartment, choices(compartment, described.compartments()))
    found = answer(described, at_s, frozenset(close or []))
    if svg is not None:
        write(svg, seats_svg(found))
    typer.echo(json.dumps(as_dict(found)) if as_json else as_text(found))
    if svg is not None and not as_json:
        typer.echo(f"picture  {svg}")
    raise typer.Exit(EXIT[found.worst])
