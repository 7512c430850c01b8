"""A watch that is killed goes on with the same command and leaves the same record; what it knows is kept safely."""

import json
import math
import random
import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from full_disk import full_disk
from hullwatch.cli.keeping import Kept, kept_in
from hullwatch.errors import RecordError
from hullwatch.incident.store import open_record
from hullwatch.records import Event, Interval, Samples
from hullwatch.telemetry.source import Recording
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, begin, run
from hullwatch.watch import watch as judge
from hullwatch.watch.memory import WatchMemory
from hullwatch.watch.plausible import plausible
from hullwatch.watch.saved import Readings, Saved, digest, pack, rest_of, sealed, unpack
from killing import watch_killed, watch_whole
from short_cases import HATCHES
from watching import Cases, in_blocks


@pytest.fixture(scope="module")
def leak(cases: Cases) -> tuple[Recording, Vehicle]:
    """Telemetry of the demo leak, in memory."""
    watched = cases.watched("demo-leak")
    whole = next(iter(watched.source.blocks(watched.source.rows)))
    return Recording(watched.source.name, whole, watched.source.provenance, watched.source.notes), watched.ship


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


@pytest.mark.parametrize("case", ["demo-leak", HATCHES])
def test_what_is_unpacked_goes_on_bit_for_bit_wherever_it_was_packed(cases: Cases, case: str) -> None:
    watched = cases.watched(case)
    ship, chosen = watched.ship, Settings()
    whole = next(iter(watched.source.blocks(watched.source.rows)))
    cuts = [whole.time_s.size * k // 23 for k in range(1, 23)]
    memory, said = begin(ship, "x", {}, chosen, float(whole.time_s[0]))
    other, events, others = memory, list(said), list(said)
    for block in in_blocks(whole, cuts):
        memory, said = judge(memory, ship, chosen, block)
        events += said
        again = unpack(pack(Saved(other, 0, ""), "i", {}), "i", ship)
        assert again is not None
        assert digest(again[0].memory) == digest(other)
        other, said = judge(again[0].memory, ship, chosen, block)
        others += said
        assert all(array.flags.c_contiguous or array.flags.f_contiguous for array in arrays_in(other))
    assert others == events
    assert digest(memory) == digest(other)


def arrays_in(value: object) -> list[np.ndarray]:  # type: ignore[type-arg]
    """Every array of a memory; a cut out of a larger one would come back with another layout, and other sums."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        return [a for one in value.values() for a in arrays_in(one)]
    if isinstance(value, tuple | list | frozenset):
        return [a for one in value for a in arrays_in(one)]
    if hasattr(value, "__dataclass_fields__"):
        return [a for name in value.__dataclass_fields__ for a in arrays_in(getattr(value, name))]
    return []


@pytest.fixture(scope="module")
def memory(leak: tuple[Recording, Vehicle]) -> WatchMemory:
    source, ship = leak
    first, _ = begin(ship, "x", {}, Settings(), float(source.samples.time_s[0]))
    return judge(first, ship, Settings(), next(iter(source.blocks(30_000))))[0]


@pytest.fixture(scope="module")
def late(leak: tuple[Recording, Vehicle]) -> WatchMemory:
    """With a leak followed and a plan made."""
    source, ship = leak
    first, _ = begin(ship, "x", {}, Settings(), float(source.samples.time_s[0]))
    return judge(first, ship, Settings(), next(iter(source.blocks(90_000))))[0]


ODD = st.floats() | st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 5e-324])


@given(st.lists(ODD, min_size=3, max_size=3), st.sampled_from("CF"), st.integers(-(2**70), 2**70))
def test_floats_and_arrays_come_back_bit_for_bit(values: list[float], order: str, count: int) -> None:
    ship = Interval(*values)
    array = np.array([values, values], order=order)  # type: ignore[call-overload]
    kept = digest(ship, array, count)
    assert kept == digest(Interval(*values), array.copy(order=order), count)  # type: ignore[arg-type]
    if order == "F":
        assert kept != digest(ship, array.copy(order="C"), count)


def test_numbers_of_every_kind_come_back_as_they_were(memory: WatchMemory, leak: tuple[Recording, Vehicle]) -> None:
    odd = replace(
        memory,
        first_s=float("nan"),
        last_s=float("-inf"),
        moved_s=np.float64("inf"),
        words=(("a", -0.0), ("b", np.float32(1.5))),
        frames=2**62,
    )
    again = unpack(pack(Saved(odd, 7, "s"), "i", {"asked": 3}), "i", leak[1])
    assert again is not None
    assert (again[0].taken, again[0].seen, again[1]) == (7, "s", {"asked": 3})
    back = again[0].memory
    assert np.isnan(back.first_s)  # type: ignore[arg-type]
    assert (back.last_s, back.moved_s, back.frames) == (-np.inf, np.inf, 2**62)
    assert isinstance(back.moved_s, np.float64)
    assert isinstance(back.words[1][1], np.float32)
    assert str(back.words[0][1]) == "-0.0"


def test_memory_of_other_inputs_or_another_release_is_not_taken_up(
    memory: WatchMemory, leak: tuple[Recording, Vehicle], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = pack(Saved(memory, 1, "s"), "i", {})
    assert unpack(kept, "other", leak[1]) is None
    monkeypatch.setattr("hullwatch.watch.saved.__version__", "9.9")
    assert unpack(kept, "i", leak[1]) is None


def changed(kept: bytes, path: list[object], value: object) -> bytes:
    """The head of packed memory with one thing in it replaced."""
    head, blobs = opened(kept)
    place = head
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return closed(head, blobs)


def opened(kept: bytes) -> tuple[Any, bytes]:
    """Head and blobs of packed memory."""
    size = int.from_bytes(kept[32:40], "little")
    return json.loads(kept[40 : 40 + size]), kept[40 + size :]


def closed(head: Any, blobs: bytes) -> bytes:
    """Packed memory of these, with a digest that is right."""
    text = json.dumps(head).encode()
    return sealed(len(text).to_bytes(8, "little") + text + blobs)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["root"], {"c": "os.system", "v": ["touch /tmp/x"]}),
        (["root"], {"c": "builtins.eval", "v": ["1"]}),
        (["root"], {"e": "subprocess.Popen", "v": ["ls"]}),
        (["root"], {"r": 10**9}),
        (["root"], {"r": -1}),
        (["root"], {"r": True}),
        (["root"], None),
        (["objects", 0], {"c": "hullwatch.records.Interval", "v": [1.0]}),
        (["objects", 0], {"c": "hullwatch.records.Interval", "v": ["a", "b", "c"]}),
        (["objects", 0], {"r": 5}),
        (["arrays", 0], ["|O", [1], "C"]),
        (["arrays", 0], ["<f8", [10**12], "C"]),
        (["arrays", 0], ["<f8", [-1], "C"]),
        (["arrays", 0], ["<f8", [3, 10**6], "C"]),
        (["arrays", 0], ["<f8", [1], "K"]),
        (["taken"], -1),
        (["taken"], "x"),
        (["beside"], []),
    ],
)
def test_a_memory_somebody_made_up_is_refused_and_calls_nothing(
    memory: WatchMemory, leak: tuple[Recording, Vehicle], path: list[object], value: object
) -> None:
    kept = pack(Saved(memory, 1, "s"), "i", {})
    assert unpack(kept, "i", leak[1]) is not None
    assert unpack(changed(kept, path, value), "i", leak[1]) is None


@settings(deadline=None)
@given(st.data())
def test_bytes_flipped_anywhere_are_noticed(
    late: WatchMemory, leak: tuple[Recording, Vehicle], data: st.DataObject
) -> None:
    kept = bytearray(pack(Saved(late, 1, "s"), "i", {}))
    at, other = data.draw(st.integers(0, len(kept) - 1)), data.draw(st.integers(1, 255))
    kept[at] ^= other
    assert unpack(bytes(kept), "i", leak[1]) is None
    assert unpack(bytes(kept[:at]), "i", leak[1]) is None
    assert unpack(data.draw(st.binary(max_size=300)), "i", leak[1]) is None
    assert unpack(sealed(data.draw(st.binary(max_size=300))), "i", leak[1]) is None


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_arrays_of_other_sizes_or_kinds_are_refused_whoever_made_them(
    late: WatchMemory, leak: tuple[Recording, Vehicle], data: st.DataObject
) -> None:
    """With a digest that is right: compiled loops would read beyond them."""
    head, blobs = opened(pack(Saved(late, 1, "s"), "i", {}))
    name, shape, order = head["arrays"][at := data.draw(st.integers(0, len(head["arrays"]) - 1))]
    how = data.draw(st.sampled_from(["flat", "turned", "shorter", "kind"]))
    same_size = {"<f8": "<i8", "<i8": "<f8", "|b1": "|u1", "<u2": "<i2", "<f4": "<i4", "<i4": "<f4", "|i1": "|u1"}
    if how == "kind":
        head["arrays"][at] = [same_size[name], shape, order]
    elif how == "turned":
        head["arrays"][at] = [name, shape[::-1], order]
    elif how == "flat":
        head["arrays"][at] = [name, [math.prod(shape), 1], order]
    else:
        head["arrays"][at] = [name, [max(0, shape[0] - 1), *shape[1:]], order]
    spoilt = closed(head, blobs)
    if head["arrays"][at] != [name, shape, order]:
        assert unpack(spoilt, "i", leak[1]) is None


def test_a_memory_of_another_ship_or_with_pointers_out_of_it_is_refused(
    late: WatchMemory, leak: tuple[Recording, Vehicle]
) -> None:
    ship = leak[1]
    assert plausible(late, ship)
    assert not plausible(late, replace(ship, channels=ship.channels[:-1]))
    assert not plausible(late, replace(ship, compartments=ship.compartments[:-1]))
    assert not plausible(replace(late, open_hatches=frozenset({"attic"})), ship)
    assert not plausible(replace(late, groups=late.groups * 2), ship)
    group = late.groups[0]
    clock = group.score.clock.copy()
    clock[1] = 1e6
    wild = replace(group, score=replace(group.score, clock=clock))
    assert not plausible(replace(late, groups=(wild, *late.groups[1:])), ship)
    ((name, plan),) = late.plans.items()
    tables = plan.tables
    assert tables is not None
    for field in ("next_a", "cut", "order", "first"):
        array = getattr(tables.states, field).copy()
        array[0] = 100
        bad = replace(plan, tables=replace(tables, states=tables.states._replace(**{field: array})))
        assert not plausible(replace(late, plans={name: bad}), ship)


def test_a_record_whose_memory_was_spoilt_is_judged_from_its_beginning(
    leak: tuple[Recording, Vehicle], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = watch_whole(*leak, str(tmp_path / "whole.sqlite"))
    place = str(tmp_path / "a.sqlite")
    cut_off(leak, place, 12)
    with sqlite3.connect(place) as link:
        ((kept,),) = link.execute("SELECT saved FROM watch_memory").fetchall()
        head, blobs = opened(kept)
        head["arrays"][0][1] = head["arrays"][0][1][::-1]
        link.execute("UPDATE watch_memory SET saved = ?", (closed(head, blobs)[:-8],))
    assert go_on(leak, place)[1] == whole
    assert "judged from its beginning" in capsys.readouterr().err


@given(st.lists(st.integers(0, 50), max_size=8), st.integers(0, 50))
def test_readings_are_told_apart_however_they_are_cut(cuts: list[int], taken: int) -> None:
    draw = np.random.default_rng(3)
    whole = Samples(np.arange(50.0), draw.integers(0, 3, 50), draw.normal(size=50), ("a", "b", "c"))
    first = Readings()
    first.add(Samples(whole.time_s[:taken], whole.item[:taken], whole.value[:taken], whole.items))
    saved = Saved(None, taken, first.seen)  # type: ignore[arg-type]
    again = Readings()
    rest = [b.value for b in rest_of(in_blocks(whole, cuts), saved, again, "x")]
    assert np.array_equal(np.concatenate([*rest, []]), whole.value[taken:])
    assert again.count == taken
    other = replace(whole, value=whole.value + 1e-12)
    if taken:
        with pytest.raises(RecordError, match="not those of the unfinished watch"):
            list(rest_of(in_blocks(other, cuts), saved, Readings(), "x"))
    with pytest.raises(RecordError, match="not those"):
        list(rest_of(in_blocks(whole, cuts), replace(saved, taken=51), Readings(), "x"))


def cut_off(leak: tuple[Recording, Vehicle], place: str, after: int) -> Kept:
    """A watch stopped after some blocks, as a kill would, with its record left as it was."""
    source, ship = leak
    kept = keep(leak, place)

    class Killed(Exception):  # noqa: N818
        pass

    def advance(rows: int) -> None:
        nonlocal after
        after -= 1
        if not after:
            raise Killed

    with pytest.raises(Killed):
        run(source, ship, 1.0, kept.keep, advance, 5_000, heard=kept.heard, save=kept.save, resumed=kept.resumed)
    kept.keeper.record.close()
    return kept


def keep(leak: tuple[Recording, Vehicle], place: str, per_year: float = 1.0) -> Kept:
    source, ship = leak
    chosen = Settings(per_year)
    begun = {"source": source.name, "vehicle": ship.name, "settings": chosen.as_dict()}
    kept = kept_in(None, place, begun, digest(ship, chosen, source.name), ship)
    assert kept is not None
    return kept


def go_on(leak: tuple[Recording, Vehicle], place: str) -> tuple[Kept, str]:
    source, ship = leak
    kept = keep(leak, place)
    run(source, ship, 1.0, kept.keep, rows=7_000, heard=kept.heard, save=kept.save, resumed=kept.resumed)
    kept.finish()
    kept.keeper.record.close()
    with open_record(place, read_only=True) as record:
        assert record.verify().ok
        assert record.memory is None  # nothing is kept of a watch that has ended
        return kept, record.head[1]


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
