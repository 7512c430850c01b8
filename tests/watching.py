"""Telemetry watched as a user would have it watched, once in a test run: for stories, seams and the command line."""

import functools
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from hullwatch.incident.store import open_record
from hullwatch.incident.summary import summarise
from hullwatch.location.typed import evidence_of
from hullwatch.records import Event, Samples
from hullwatch.simulation.inject import inject, parse_injection
from hullwatch.simulation.load import load_scenario, ship_of
from hullwatch.simulation.play import simulate
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.source import Recording, Source
from hullwatch.units import utc_seconds
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.roster import Roster
from hullwatch.vehicle.roster_load import load_roster
from hullwatch.watch import Settings, begin, end, run, watch

DATA = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[1] / "../shared/data"))
REAL_DAY = DATA / "isslive-2018-10-12" / "telemetry.parquet"


@dataclass(frozen=True)
class Watched:
    """What a watch of one source left."""

    ship: Vehicle
    source: Source
    events: tuple[Event, ...]
    summary: dict[str, Any]
    truth: pl.DataFrame | None = None

    @property
    def incident(self) -> dict[str, Any]:
        """The one incident."""
        assert len(self.summary["incidents"]) == 1, [i["id"] for i in self.summary["incidents"]]
        found: dict[str, Any] = self.summary["incidents"][0]
        return found

    def of(self, kind: str) -> list[Event]:
        """The events of one kind."""
        return [event for event in self.events if event.kind == kind]


@dataclass(frozen=True)
class Played:
    """A scenario's files, as `hullwatch simulate` writes them."""

    ship: Vehicle
    telemetry: Path
    truth: pl.DataFrame
    evidence: tuple[Event, ...] = ()
    roster: Roster | None = None


class Cases:
    """Plays and watches each case once."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._played, self._watched = folder, dict[str, Played](), dict[str, Watched]()

    def played(self, case: str) -> Played:
        """Telemetry of a bundled case, or of the text of a scenario."""
        if case not in self._played:
            name = case
            if "\n" in case:
                path = self._folder / f"scenario-{len(self._played)}.toml"
                path.write_text(case)
                name = str(path)
            scenario = load_scenario(name)
            done = simulate(scenario, ship_of(scenario))
            telemetry = self._folder / f"telemetry-{len(self._played)}.parquet"
            pq.write_table(done.telemetry.to_arrow().replace_schema_metadata(done.metadata), telemetry)
            ship = ship_of(scenario)
            told = evidence_of(scenario.evidence, scenario.name, ship)
            seats = load_roster(scenario.roster) if scenario.roster else None
            self._played[case] = Played(ship, telemetry, done.truth, told, seats)
        return self._played[case]

    def watched(self, case: str) -> Watched:
        """What the watch of that case left."""
        if case not in self._watched:
            played = self.played(case)
            source = open_source(str(played.telemetry), played.ship)
            events: list[Event] = []
            assert not run(source, played.ship, 1.0, events.extend, evidence=played.evidence, roster=played.roster)
            found = Watched(played.ship, source, tuple(events), summarise(events), played.truth)
            self._watched[case] = found
        return self._watched[case]


def watched(source: Source, ship: Vehicle, truth: pl.DataFrame | None = None) -> Watched:
    """Watch a source through the public chain."""
    events: list[Event] = []
    assert not run(source, ship, 1.0, events.extend)
    return Watched(ship, source, tuple(events), summarise(events), truth)


def needs_real_day() -> pytest.MarkDecorator:
    """Skips, with a reason, where the recording of 12 October 2018 is not at hand."""
    return pytest.mark.skipif(
        not REAL_DAY.is_file(), reason=f"no recording at {REAL_DAY}: set HULLWATCH_DATA to the folder that holds it"
    )


@functools.cache
def real_day() -> tuple[Source, Vehicle]:
    """The day as it was recorded."""
    ship = load_vehicle("iss-2018-10-12")
    return open_source(str(REAL_DAY), ship), ship


def with_leak(source: Source, ship: Vehicle, text: str) -> Source:
    """The same with a known leak put in."""
    whole = next(iter(source.blocks(source.rows)))
    return Recording(source.name, inject(whole, ship, *parse_injection(text)), source.provenance, source.notes)


def between(source: Source, start_utc: str, end_utc: str) -> Samples:
    """The readings of a stretch of time, in order of arrival."""
    whole = next(iter(source.blocks(source.rows)))
    inside = (whole.time_s >= utc_seconds(start_utc)) & (whole.time_s < utc_seconds(end_utc))
    return Samples(whole.time_s[inside], whole.item[inside], whole.value[inside], whole.items)


def in_blocks(samples: Samples, cuts: list[int]) -> Iterator[Samples]:
    """The same readings cut at these rows; a cut at the same row twice makes an empty block."""
    ends = [0, *sorted(cuts), samples.time_s.size]
    for start, stop in itertools.pairwise(ends):
        cut = slice(start, stop)
        yield Samples(samples.time_s[cut], samples.item[cut], samples.value[cut], samples.items)


def record_of(
    samples: Samples, ship: Vehicle, cuts: list[int], path: Path | None = None, evidence: tuple[Event, ...] = (),
    roster: Roster | None = None,
) -> tuple[list[Event], str]:  # fmt: skip
    """Events of the chain when the readings come in these blocks, and the head hash of their record if it is kept."""
    settings = Settings()
    memory, said = begin(ship, "test", {}, settings, float(samples.time_s[0]), evidence=evidence, roster=roster)
    batches = [said]
    for block in in_blocks(samples, cuts):
        memory, said = watch(memory, ship, settings, block)
        batches.append(said)
    batches.append(end(memory, ship, settings, False)[1])
    head = ""
    if path is not None:
        with open_record(str(path)) as record:
            for batch in batches:
                record.append(batch)
            head = record.head[1]
    return [event for batch in batches for event in batch], head


def overlaps(interval: dict[str, Any], value: float) -> bool:
    """Whether an interval holds a value."""
    return bool(interval["low"] <= value <= interval["high"])
