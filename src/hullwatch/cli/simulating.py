"""The verbs that play a ship forward: one scenario, or a study of many worlds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from hullwatch.bars import worlds_bar
from hullwatch.cli.asking import JsonOption, OutOption, say_first_compile
from hullwatch.cli.compiling import compiling_beside
from hullwatch.cli.leaving import directory, write_together
from hullwatch.cli.stopping import heeded


def simulate(
    scenario: Annotated[str, typer.Argument(help="Bundled scenario name or path of a scenario file.")],
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play a ship with known leaks forward: telemetry as its sensors would send it, and the truth beside it."""
    from hullwatch.simulation.load import load_scenario

    described = load_scenario(scenario)
    place = out or Path(f"hullwatch-{described.name}")
    telemetry, truth = play_scenario(described, place)
    if as_json:
        typer.echo(json.dumps({"scenario": described.name, "telemetry": str(telemetry), "truth": str(truth)}))
    else:
        typer.echo(f"telemetry  {telemetry}\ntruth      {truth}")


def study(
    name: Annotated[str, typer.Argument(help="Bundled study (reserve-time) or path of a study file.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Directory for the tables and the pictures.")] = None,
    worlds: Annotated[int | None, typer.Option(help="Number of worlds, instead of the study's.", min=1)] = None,
    threads: Annotated[int, typer.Option(help="Threads; 0 = all cores.", min=0)] = 0,
    scheduler: Annotated[
        str, typer.Option(help='Address of a Dask scheduler that spreads the worlds; needs "hullwatch[cluster]".')
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Simulate many worlds with leaks and tabulate how long the crew has: Parquet, CSV, SVG and a page of Markdown.

    The same study and seed give the same tables, whatever the threads or the cluster. Stopped early, it leaves nothing.
    """
    import os

    from hullwatch.simulation.load import load_study
    from hullwatch.simulation.study import ensemble_of, run_study
    from hullwatch.simulation.study_drawing import curves_svg, summary_md, worst_svg

    described, ship = load_study(name)
    if worlds is not None:
        described = described.model_copy(update={"worlds": worlds})
    place = out or Path(f"hullwatch-{described.name}")
    directory(place)
    first = say_first_compile("models", "stepped*.nbi")
    half = compiling_beside(_compile_steps, ensemble_of(described, ship)) if first and not scheduler else nullcontext()
    with (
        worlds_bar(described.worlds, quiet=as_json) as progress,
        _cluster(scheduler) as client,
        heeded() as stop_if_asked,
        half,
    ):

        def done(count: int) -> None:
            stop_if_asked()
            progress(count)

        tally, table = run_study(described, ship, threads=threads or os.cpu_count() or 1, client=client, progress=done)
    written = {
        "summary.md": summary_md(described, table, tally), "curves.svg": curves_svg(described, table),
        "worst.svg": worst_svg(described, table), "reserve.csv": table.write_csv(),
    }  # fmt: skip
    files = write_together(place, written, table, {"study": described.name, "seed": str(described.seed)})
    if as_json:
        said = {"study": described.name, "worlds": tally.worlds, "failed": tally.failed, "seed": described.seed}
        typer.echo(json.dumps({**said, "files": {f.name: str(f) for f in files}}))
    else:
        typer.echo(f"{written['summary.md'].split('![')[0].rstrip()}\n")
        typer.echo("\n".join(f"{f.name:16}{f}" for f in files))


def play_scenario(scenario: Any, place: Path) -> tuple[Path, Path]:
    """Simulate a scenario into a directory: the files of its telemetry and of its truth."""
    import pyarrow.parquet as pq

    from hullwatch.simulation.load import ship_of
    from hullwatch.simulation.play import simulate as play

    say_first_compile()
    directory(place)
    played = play(scenario, ship_of(scenario))
    telemetry, truth = place / "telemetry.parquet", place / "truth.parquet"
    for frame, path in ((played.telemetry, telemetry), (played.truth, truth)):
        pq.write_table(frame.to_arrow().replace_schema_metadata(played.metadata), path)
    return telemetry, truth


def _compile_steps(ensemble: Any) -> None:
    from hullwatch.simulation.ensemble import compile_steps

    compile_steps(ensemble)


@contextmanager
def _cluster(address: str) -> "Iterator[Any]":
    """A client of the Dask scheduler at an address; None without one."""
    if not address:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise typer.BadParameter('--scheduler needs Dask: pip install "hullwatch[cluster]"') from error
    try:
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]  # Dask's own gap
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"no Dask scheduler answers at {address}") from error
    with client:
        yield client
