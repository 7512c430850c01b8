"""The verb of the terminal: the console's answers without a browser."""

from contextlib import ExitStack
from typing import Annotated, Any, NamedTuple

import typer

from hullwatch.cli.asking import OutOption, VehicleOption


def tui(
    what: Annotated[str, typer.Argument(help="Address of a console; or a record, a case or telemetry, as `console`.")],
    token: Annotated[str, typer.Option(help="Token to speak with, at a console.", envvar="HULLWATCH_TOKEN")] = "",
    speed: Annotated[float, typer.Option(help="Seconds of data a second, of a case or telemetry; 0: at once.")] = 0.0,
    since: Annotated[str, typer.Option("--from", help="Moment of data from which on it is played at that speed.")] = "",
    out: OutOption = None,
    vehicle: VehicleOption = "",
    key: Annotated[str, typer.Option(help="Key file of a centre, for a record here: it signs what is said.")] = "",
    by: Annotated[str, typer.Option(help="Who speaks, for a record here.")] = "terminal",
) -> None:
    """Show the console in a terminal: verdict, rate, place, reserve, next step, alarms, timeline; 80 by 24 is enough.

    Keys: a acknowledge, o own, c comment, s shelve for an hour, left and right back and on, l live, d data, q quit.
    """
    from hullwatch.tui.screen import Terminal

    with ExitStack() as end:
        look = (
            _far(what, token, key)
            if what.startswith(("http://", "https://"))
            else _near(what, speed, since, out, vehicle, _Speaker(by, key), end)
        )
        Terminal(look, hour_after).run()


def hour_after(utc: str) -> str:
    """The moment an hour of data later."""
    from hullwatch.units import HOUR_S, utc_seconds, utc_text

    return utc_text(utc_seconds(utc) + HOUR_S)


class _Speaker(NamedTuple):
    """Who speaks, and the key file of their centre."""

    by: str
    key: str


def _far(address: str, token: str, key: str) -> Any:
    from hullwatch.console.client import Console

    if key:
        raise typer.BadParameter(f"--key {key}: a console signs by the token; give --token, or name the record itself")
    try:
        return Console(address, token or None)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _near(what: str, speed: float, since: str, out: Any, vehicle: str, speaker: _Speaker, end: ExitStack) -> Any:
    """A desk in this process: over a record, or over a watch that runs beside the screen."""
    from hullwatch.cli.consoling import opened
    from hullwatch.cli.saying import key_in
    from hullwatch.tui.near import Near

    signer = key_in(speaker.key) if speaker.key else None
    desk, thread = opened(what, speed, since, out, vehicle, end)
    if thread is not None:
        thread.start()
        end.callback(thread.end)
    return Near(desk, speaker.by, signer)
