"""A crew member says while the watch runs where it hisses: place and advice follow, by the record alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import process
from hullwatch.cli.keeping import kept_in
from hullwatch.incident.store import open_record
from hullwatch.records import Event, Samples
from hullwatch.telemetry.source import Recording
from hullwatch.units import utc_text
from hullwatch.watch import Settings, run
from hullwatch.watch.saved import digest
from watching import Cases

FOUND = "STORE"


class Paced:
    """A source that waits, before the block that reaches a moment of data, until another process has had its say."""

    def __init__(self, source: Recording, says: dict[float, list[str]], place: Path) -> None:
        self._source, self._says, self._place = source, dict(says), place
        self.name, self.provenance, self.notes, self.rows = source.name, source.provenance, source.notes, source.rows

    def blocks(self, rows: int = 1) -> Iterator[Samples]:
        for block in self._source.blocks(rows):
            for at in [at for at in self._says if block.time_s[-1] >= at]:
                done = process("evidence", "add", self._place, *self._says.pop(at))
                assert done.returncode == 0, done.stderr
            yield block


@pytest.fixture(scope="module")
def events(cases: Cases, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """The record of the demo leak; forty minutes after it is confirmed somebody finds it, as they say, in the store."""
    watched, place = cases.watched("demo-leak"), tmp_path_factory.mktemp("live")
    confirmed = next(e.time_s for e in watched.of("incident_state") if e.data["state"] == "confirmed")
    whole = next(iter(watched.source.blocks(watched.source.rows)))
    at_s = confirmed + 2400.0
    says = {
        at_s: ["--kind", "found", "--compartment", FOUND, "--sure", "0.999", "--at", utc_text(at_s), "--by", "Boris"]
    }
    source = Paced(Recording(watched.source.name, whole, watched.source.provenance), says, place)
    settings = Settings(1.0)
    begun = {"source": source.name, "vehicle": watched.ship.name, "settings": settings.as_dict()}
    kept = kept_in(place, "", begun, digest(watched.ship, settings, source.name), watched.ship)
    assert kept is not None
    try:
        run(source, watched.ship, 1.0, kept.keep, rows=1_500, heard=kept.heard, save=kept.save)
        kept.finish()
    finally:
        kept.keeper.record.close()
    with open_record(str(place / "record.sqlite"), read_only=True) as record:
        assert record.verify().ok
        return list(record.events())


def said_s(events: list[Event]) -> float:
    return next(e.time_s for e in events if e.kind == "evidence")


def probability(event: Event) -> float:
    return next(float(row["probability"]) for row in event.data["location"] if row["compartment"] == FOUND)


def test_it_is_heard_once_and_by_name(events: list[Event]) -> None:
    (said,) = [e for e in events if e.kind == "evidence"]
    (heard,) = [e for e in events if e.kind == "heard"]
    assert said.data["by"] == heard.data["by"] == "Boris"
    assert 0.0 <= heard.time_s - said.time_s < 120.0


def test_the_place_moves_at_the_next_tick(events: list[Event]) -> None:
    estimates = [e for e in events if e.kind == "estimate"]
    before = [probability(e) for e in estimates if e.time_s < said_s(events)]
    after = next(e for e in estimates if e.time_s >= said_s(events))
    assert max(before) < 0.6
    assert probability(after) > 0.9
    assert after.time_s - said_s(events) <= 180.0
    assert "found" in str(after.data["evidence"][-1])


def test_the_advice_follows(events: list[Event]) -> None:
    advice = [e for e in events if e.kind == "advice"]
    before = [e for e in advice if e.time_s < said_s(events)]
    assert before
    assert before[-1].data["manner"] != "isolated"
    after = next(e for e in advice if e.time_s >= said_s(events))
    assert after.time_s - said_s(events) <= 180.0
    assert after.data["shut"][0] == "NODE-STORE"
    assert FOUND in after.data["next"]
