"""What verbs ask of a user, and what the answers mean: options they share, a rate, the ship of a recording."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

VehicleOption = Annotated[str, typer.Option("--vehicle", "-v", help="Bundled vehicle name or path of a vehicle file.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Directory for the record, the summary and the report.")
]
LogOption = Annotated[
    str, typer.Option(help="CSV of what was done to the air: start_utc, end_utc, kind, compartment, mass_kg, note.")
]
EvidenceOption = Annotated[
    str, typer.Option("--evidence", help="TOML with [[evidence]] tables: what people saw, heard and read by hand.")
]
RosterOption = Annotated[
    str, typer.Option("--roster", help="Who goes home in what and when: a bundled roster or the path of its file.")
]
RecordOption = Annotated[
    str, typer.Option("--record", help="Record file or database URL, in place of record.sqlite in --out.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object to standard output and nothing else.")]

PACKAGE = Path(__file__).parents[1]


def alarm_rate(text: str) -> float:
    """False alarms a year, from text like `0.1/yr`."""
    from hullwatch.errors import OutOfRange
    from hullwatch.units import parse_quantity

    rate = parse_quantity(text.replace("/yr", "/year"), "1/year")
    if not 1e-4 <= rate <= 1e4:
        raise OutOfRange("false-alarm-rate", rate, "between 1e-4 and 1e4 a year, for instance 1/yr")
    return rate


def vehicle_in(source: str) -> str:
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


def say_first_compile(room: str = "balance", kernels: str = "*.nbi", seconds: int = 20) -> bool:
    """The kernels are compiled once, at first use, and kept beside the package; say so rather than seem to hang.

    Returns whether this is the first use.
    """
    kept = os.environ.get("NUMBA_CACHE_DIR")
    beside = f"{room}/__pycache__" if not kept else f"{room.split('/')[-1]}_*"
    if any(Path(kept or PACKAGE).glob(f"{beside}/{kernels}")):
        return False
    if sys.stderr.isatty():
        typer.echo(f"first run: compiling the kernels, once (about {seconds} s)", err=True)
    return True
