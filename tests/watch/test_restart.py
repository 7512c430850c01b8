"""A watch that is killed goes on with the same command and leaves the same record."""

import random
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest
from going_on import cut_off, go_on, keep

from full_disk import full_disk
from hullwatch.errors import RecordError
from hullwatch.incident.store import open_record
from hullwatch.records import Event
from hullwatch.telemetry.source import Recording
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import run
from killing import watch_killed, watch_whole


def test_a_watch_killed_ten_times_leaves_the_record_of_one_that_was_not(
    leak: tuple[Recording, Vehicle], tmp_path: Path
) -> None:
    whole = watch_whole(*leak, str(tmp_path / "whole.sqlite"))
    draw, kills, resumed = random.Random(17), 0, 0
    while kills < 10:
        lives = watch_killed(*leak, str(tmp_path / f"{kills}.sqlite"), draw, 1.5)
        assert lives.head == whole
        kills, resumed = kills + lives.kills, resumed + lives.resumed
    assert resumed > 0


def test_it_goes_on_from_its_memory_and_without_it_from_the_beginning(
    leak: tuple[Recording, Vehicle], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = watch_whole(*leak, str(tmp_path / "whole.sqlite"))
    one, other = str(tmp_path / "one.sqlite"), str(tmp_path / "other.sqlite")
    for place in (one, other):
        cut_off(leak, place, 9)
    kept, head = go_on(leak, one)
    assert kept.resumed is not None
    assert kept.resumed.taken == 40_000  # at the last full hour of data; the rest is judged again
    assert head == whole
    assert "goes on after 40000 readings" in capsys.readouterr().err
    with sqlite3.connect(other) as link:
        link.execute("DELETE FROM watch_memory")
    kept, head = go_on(leak, other)
    assert kept.resumed is None
    assert head == whole
    assert "judged from its beginning" in capsys.readouterr().err


def test_words_of_people_said_meanwhile_stay_and_are_heard_once(
    leak: tuple[Recording, Vehicle], tmp_path: Path
) -> None:
    place = str(tmp_path / "a.sqlite")
    cut_off(leak, place, 12)
    with open_record(place) as record:
        room = record_room(leak)
        last = max(event.time_s for event in record.events())
        found = {"kind": "found", "observed": {"compartment": room}, "by": "Ann", "note": "", "centre": None}
        record.append([Event(last, "evidence", None, found)])
    cut_off(leak, place, 3)
    go_on(leak, place)
    with open_record(place, read_only=True) as record:
        assert len(list(record.events("evidence"))) == 1
        estimates = [e for e in record.events("estimate") if e.time_s > last]
    assert estimates[-1].data["location"][0]["compartment"] == room
    assert "other evidence weighed" in estimates[-1].data["location_why"]


def test_words_heard_are_heard_again_at_the_same_frame_when_the_memory_is_lost(
    leak: tuple[Recording, Vehicle], tmp_path: Path
) -> None:
    place, other = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    cut_off(leak, str(place), 12)
    with open_record(str(place)) as record:
        last = max(event.time_s for event in record.events())
        found = {"kind": "found", "observed": {"compartment": record_room(leak)}, "by": "Ann", "note": ""}
        record.append([Event(last - 60.0, "evidence", None, found)])
    cut_off(leak, str(place), 4)
    shutil.copy(place, other)
    head = go_on(leak, str(place))[1]
    with sqlite3.connect(other) as link:
        link.execute("DELETE FROM watch_memory")
    assert go_on(leak, str(other))[1] == head
    with open_record(str(other), read_only=True) as record:
        (heard,) = record.events("heard")
        assert (heard.data["what"], heard.data["by"]) == ("evidence", "Ann")


def test_words_that_cannot_be_weighed_stop_no_watch(leak: tuple[Recording, Vehicle], tmp_path: Path) -> None:
    place = str(tmp_path / "a.sqlite")
    cut_off(leak, place, 4)
    with open_record(place) as record:
        last = max(event.time_s for event in record.events())
        for data in (
            {"kind": "found", "observed": {"compartment": "attic"}},
            {"kind": "found", "observed": {"compartment": None}},
            {"kind": "found", "observed": 3},
            {"kind": "rumour", "observed": {}},
            {},
        ):
            record.append([Event(last, "evidence", None, data)])
        record.append(
            [Event(last, "evidence_withdrawn", None, {}), Event(last, "evidence_withdrawn", None, {"number": 9})]
        )
    go_on(leak, place)


def record_room(leak: tuple[Recording, Vehicle]) -> str:
    return leak[1].compartments[-1].id


def test_another_watch_is_never_written_into_a_record(leak: tuple[Recording, Vehicle], tmp_path: Path) -> None:
    place = str(tmp_path / "a.sqlite")
    cut_off(leak, place, 5)
    with pytest.raises(RecordError, match="another watch"):
        keep(leak, place, 0.5)
    source, ship = leak
    with pytest.raises(RecordError, match="another watch"):
        keep((replace(source, name="other.parquet"), ship), place)
    values = source.samples.value.copy()
    values[100] += 1.0
    kept = keep(leak, place)
    changed = replace(source, samples=replace(source.samples, value=values))
    with pytest.raises(RecordError, match="not those of the unfinished watch"):
        run(changed, ship, 1.0, kept.keep, save=kept.save, resumed=kept.resumed)
    kept.keeper.record.close()
    go_on(leak, place)
    kept = keep(leak, place)
    assert kept.ended  # the same command again finds it done
    kept.keeper.record.close()


def test_a_disk_that_fills_up_and_never_empties_costs_only_time(
    leak: tuple[Recording, Vehicle], tmp_path: Path
) -> None:
    """The watch goes on to its end and says so; with room again the same command completes the same record."""
    whole = watch_whole(*leak, str(tmp_path / "whole.sqlite"))
    place, said = tmp_path / "a.sqlite", list[str]()
    cut_off(leak, str(place), 4)
    kept = keep(leak, str(place))
    kept.keeper.say = said.append
    source, ship = leak
    with full_disk(place):
        run(source, ship, 1.0, kept.keep, rows=5_000, heard=kept.heard, save=kept.save, resumed=kept.resumed)
        assert kept.events[-1].kind == "watch_ended"  # it was judged to the end
        with pytest.raises(RecordError, match="rows could not be written"):
            kept.finish()
    assert len(said) == 1
    kept.keeper.record.close()
    assert go_on(leak, str(place))[1] == whole


def test_a_clock_of_the_host_that_jumps_about_changes_nothing(
    leak: tuple[Recording, Vehicle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = watch_whole(*leak, str(tmp_path / "whole.sqlite"))
    draw, clock = random.Random(5), time.time
    monkeypatch.setattr(time, "time", lambda: clock() + draw.uniform(-1e9, 1e9))
    place = str(tmp_path / "a.sqlite")
    cut_off(leak, place, 9)
    assert go_on(leak, place)[1] == whole
