"""A watch that is cut off, and the same command again."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from hullwatch.cli.keeping import Kept, kept_in
from hullwatch.incident.store import open_record
from hullwatch.records import Event, Frames, Samples
from hullwatch.telemetry.source import Recording
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, begin, end, run
from hullwatch.watch import watch as judge
from hullwatch.watch.saved import digest

Leak = tuple[Recording, Vehicle]


class Killed(Exception):  # noqa: N818
    pass


class Speaking:
    """A source that does something before it hands over the block that reaches a moment of data."""

    def __init__(self, source: Any, at_s: float, do: Callable[[], None]) -> None:
        self._source, self._at_s, self._do = source, at_s, do
        self.name, self.provenance, self.notes, self.rows = source.name, source.provenance, source.notes, source.rows

    def blocks(self, rows: int = 1) -> Iterator[Samples]:
        done = False
        for block in self._source.blocks(rows):
            if not done and block.time_s[-1] >= self._at_s:
                self._do()
                done = True
            yield block


def cut_off(leak: Leak, place: str, after: int) -> Kept:
    """A watch stopped after some blocks, as a kill would, with its record left as it was."""
    source, ship = leak
    kept = keep(leak, place)

    def advance(rows: int) -> None:
        nonlocal after
        after -= 1
        if not after:
            raise Killed

    with pytest.raises(Killed):
        run(source, ship, 1.0, kept.keep, advance, 5_000, heard=kept.heard, save=kept.save, resumed=kept.resumed)
    kept.keeper.record.close()
    return kept


def keep(leak: Leak, place: str, per_year: float = 1.0) -> Kept:
    source, ship = leak
    chosen = Settings(per_year)
    begun = {"source": source.name, "vehicle": ship.name, "settings": chosen.as_dict()}
    kept = kept_in(None, place, begun, digest(ship, chosen, source.name), ship)
    assert kept is not None
    return kept


def go_on(leak: Leak, place: str) -> tuple[Kept, str]:
    source, ship = leak
    kept = keep(leak, place)
    run(source, ship, 1.0, kept.keep, rows=7_000, heard=kept.heard, save=kept.save, resumed=kept.resumed)
    kept.finish()
    kept.keeper.record.close()
    with open_record(place, read_only=True) as record:
        assert record.verify().ok
        assert record.memory is None  # nothing is kept of a watch that has ended
        return kept, record.head[1]


def watch(leak: Leak, place: str, source: Any = None, stop_s: float | None = None, rows: int = 1_500) -> list[Event]:
    """The record of a watch, or Killed once a line of this time is written."""
    kept = keep(leak, place)

    def heeding(write: Callable[..., None]) -> Callable[..., None]:
        def written(events: tuple[Event, ...], *more: object) -> None:
            write(events, *more)
            if stop_s is not None and events and events[-1].time_s >= stop_s:
                raise Killed

        return written

    try:
        run(
            source or leak[0], leak[1], 1.0, heeding(kept.keep), rows=rows, heard=kept.heard, save=heeding(kept.save),
            resumed=kept.resumed,
        )  # fmt: skip
        kept.finish()
    finally:
        kept.keeper.record.close()
    with open_record(place, read_only=True) as record:
        assert record.verify().ok
        return list(record.events())


def recorded(ship: Vehicle, shown: Frames) -> list[Event]:
    """Every row of a watch that hears what was fresh in these frames, at one false alarm a year."""
    row, item = np.nonzero(shown.fresh)
    samples = Samples(shown.time_s[row], item, shown.value_si[row, item], tuple(c.id for c in ship.channels))
    settings = Settings(1.0)
    memory, said = begin(ship, "a made up day", {}, settings, float(shown.time_s[0]))
    memory, more = judge(memory, ship, settings, samples)
    return [*said, *more, *end(memory, ship, settings, False)[1]]
