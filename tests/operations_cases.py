"""Short days on the invented ship in which something is done to the air, and what the log says of it."""

import functools

from hullwatch.incident.summary import summarise
from hullwatch.records import Event, LoggedOperation
from hullwatch.telemetry.files import open_source
from hullwatch.units import utc_seconds
from hullwatch.watch import run
from watching import Cases, Watched

HEAD = """
name = "done"
title = "Something is done to the air"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "{hours} h"
seed = {seed}
"""
HOLE = """
[[events]]
at = "+{minute} min"
kind = "hole"
id = "h"
compartment = "LAB"
rate = "{rate}"
"""
VENT = """
[[events]]
at = "+120 min"
kind = "vent"
compartment = "LAB"
mass = "{mass}"
duration = "{duration}"
{valve}
"""
FILL = """
[[events]]
at = "+120 min"
kind = "makeup"
compartment = "STORE"
gas = "N2"
mass = "{mass}"
duration = "{duration}"
{valve}
"""


def day(*events: str, hours: float = 6, seed: int = 11) -> str:
    """The text of a scenario."""
    return HEAD.format(hours=hours, seed=seed) + "".join(events)


def hole(minute: int, rate: str = "100 kg/day") -> str:
    return HOLE.format(minute=minute, rate=rate)


def vent(valve: str = "", mass: str = "1.5 kg", duration: str = "20 min") -> str:
    return VENT.format(mass=mass, duration=duration, valve=f'valve = "{valve}"' if valve else "")


def fill(mass: str = "1.5 kg", duration: str = "20 min", valve: str = "") -> str:
    return FILL.format(mass=mass, duration=duration, valve=f'valve = "{valve}"' if valve else "")


def row(
    kind: str, start: str, end: str = "", compartment: str | None = None, mass_kg: float | None = None,
    note: str = "", hatch: str | None = None, line: int = 2,
) -> LoggedOperation:  # fmt: skip
    """A row of the log; times are clock times of the day."""
    first = utc_seconds(f"2030-05-06T{start}Z")
    last = utc_seconds(f"2030-05-06T{end}Z") if end else first
    return LoggedOperation(first, last, kind, compartment, hatch, mass_kg, note, line)


@functools.cache
def told(cases: Cases, text: str, *log: LoggedOperation) -> Watched:
    """The day watched with this log."""
    played = cases.played(text)
    source = open_source(str(played.telemetry), played.ship)
    events: list[Event] = []
    assert not run(source, played.ship, 1.0, events.extend, log=log)
    return Watched(played.ship, source, tuple(events), summarise(events), played.truth)
