"""Bars on standard error while something long runs; nothing when there is nobody to look."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hullwatch.telemetry.source import Source


@contextmanager
def worlds_bar(number: int, quiet: bool) -> "Iterator[Callable[[int], None]]":
    """A bar on standard error while worlds are simulated; none when there is nobody to look."""
    if quiet or not sys.stderr.isatty():
        yield lambda worlds: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("worlds"), BarColumn(), TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TimeRemainingColumn(), console=Console(stderr=True), transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("worlds", total=number)
        yield lambda worlds: bar.advance(task, worlds)


def steps_bar(what: str, number: int, quiet: bool) -> "Callable[[str], None]":
    """A bar on standard error that names each of a few steps; none when there is nobody to look."""
    if quiet or not sys.stderr.isatty():
        return lambda step: None
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        TextColumn(what), BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
    )
    task = bar.add_task("", total=number)
    bar.start()

    def advance(step: str) -> None:
        bar.update(task, advance=1, description=step)
        if bar.finished:
            bar.stop()

    return advance


def rows_bar(source: "Source", quiet: bool) -> "Callable[[int], None]":
    """A bar on standard error while rows are taken in; none when there is nobody to look."""
    if quiet or not sys.stderr.isatty():
        return lambda rows: None
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("watching"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("watching", total=source.rows)
    bar.start()

    def advance(rows: int) -> None:
        bar.advance(task, rows)
        if bar.finished or rows < 0:
            bar.stop()

    return advance
