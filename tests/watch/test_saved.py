"""What a watch knows is kept safely: bit for bit, of the right shapes, and nobody can slip in another."""

import json
import math
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from going_on import cut_off, go_on
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.errors import RecordError
from hullwatch.records import Interval, Samples
from hullwatch.telemetry.source import Recording
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, begin
from hullwatch.watch import watch as judge
from hullwatch.watch.memory import WatchMemory
from hullwatch.watch.plausible import plausible
from hullwatch.watch.saved import Readings, Saved, digest, pack, rest_of, sealed, unpack
from killing import watch_whole
from short_cases import HATCHES
from watching import Cases, in_blocks


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
