"""The verbs. Edges only: open, ask the rooms, show, write. Heavy rooms are imported by the verb that needs them."""

from hullwatch.cli import sharing  # noqa: F401  # its verbs add themselves to `record`
from hullwatch.cli.clearing import clear
from hullwatch.cli.consoling import console, token
from hullwatch.cli.evidence import evidence, locate
from hullwatch.cli.following import trend
from hullwatch.cli.planning import plan
from hullwatch.cli.program import app, main
from hullwatch.cli.recording import record
from hullwatch.cli.reserving import reserve
from hullwatch.cli.saying import keys
from hullwatch.cli.seating import seats
from hullwatch.cli.ships import vehicles
from hullwatch.cli.simulating import simulate, study
from hullwatch.cli.sizing import size
from hullwatch.cli.terminal import tui
from hullwatch.cli.watching import replay, report, watch

__all__ = ["app", "main"]

VERBS = (watch, simulate, replay, report, size, study, trend, locate, plan, seats, reserve, clear, console, token, tui)
"""In the order of --help."""

for verb in VERBS:
    app.command()(verb)
app.add_typer(vehicles, name="vehicle")
app.add_typer(evidence, name="evidence")
app.add_typer(record, name="record")
record.add_typer(keys, name="key")
