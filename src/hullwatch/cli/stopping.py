"""Ctrl-C, once: the watch ends after what it has read, and closes its record. Twice: it ends at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from hullwatch.records import Samples
    from hullwatch.telemetry.source import Source


class Stoppable:
    """A source that stops between two blocks when it is asked to."""

    def __init__(self, source: "Source") -> None:
        self._source, self.asked = source, False
        self.name, self.provenance, self.notes, self.rows = source.name, source.provenance, source.notes, source.rows

    def blocks(self, rows: int = 262_144) -> "Iterator[Samples]":
        """The readings; KeyboardInterrupt between two blocks once it was asked to stop."""
        for block in self._source.blocks(rows):
            yield block
            if self.asked:
                raise KeyboardInterrupt


@contextmanager
def stoppable(source: "Source") -> "Iterator[Stoppable]":
    """The source, stopped by Ctrl-C where no rows are half judged; a second Ctrl-C does what it always does."""
    found = Stoppable(source)
    if threading.current_thread() is not threading.main_thread():
        yield found  # only the first thread is told of signals
        return

    def asked(number: int, frame: Any) -> None:
        found.asked = True
        signal.signal(signal.SIGINT, before)
        typer.echo("hullwatch: ending after what was read; Ctrl-C again ends at once", err=True)

    before = signal.signal(signal.SIGINT, asked)
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def heeded() -> "Iterator[Callable[[], None]]":
    """Ctrl-C at once, as ever; and at the next call of what is given, for a compiler at work swallows it."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None  # only the first thread is told of signals
        return

    def ask(number: int, frame: Any) -> None:
        asked.set()
        raise KeyboardInterrupt

    def check() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
