"""The watch beside the console: its telemetry at a pace, its readings kept, its faults said while it goes on."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.cli.consoling import _Play, _played
from hullwatch.console.clock import steady_s
from hullwatch.console.desk import Desk, Link
from hullwatch.console.readings import Readings
from hullwatch.console.serving import Pacer, Stopped, WatchThread
from hullwatch.console.upkeep import health
from hullwatch.errors import RecordError
from hullwatch.incident.store import Record, open_record
from hullwatch.records import Event, Samples
from watching import Watched

T0 = 1.9e9
KNOWN = [
    {"id": "P", "name": "Pressure", "quantity": "pressure"},
    {"id": "T", "name": "Heat", "quantity": "temperature"},
]


def samples(times: list[float], items: list[int] | None = None) -> Samples:
    time_s = np.array(times, dtype=np.float64) + T0
    item = np.array(items or [0] * time_s.size, dtype=np.int64)
    return Samples(time_s, item, np.sin(time_s) * 10.0 + 700.0, ("P", "T"))


# --- pace -------------------------------------------------------------------------------------------------------------

TIMES = st.lists(st.floats(0.0, 100.0), max_size=50)


@settings(deadline=None)
@given(blocks=st.lists(TIMES, max_size=4), rate=st.sampled_from([0.0, 1e5]), start=st.sampled_from([-1e9, 50.0, 1e9]))
def test_a_pace_changes_when_readings_come_and_nothing_else(
    blocks: list[list[float]], rate: float, start: float
) -> None:
    heard: list[Samples] = []
    given_blocks = [samples(times) for times in blocks]
    out = list(Pacer(rate, T0 + start, heard.append).blocks(given_blocks))
    for name in ("time_s", "item", "value"):
        want = np.concatenate([getattr(one, name) for one in given_blocks] or [np.empty(0)])
        got = np.concatenate([getattr(one, name) for one in out] or [np.empty(0)])
        assert np.array_equal(want, got)
    assert [one.time_s.size for one in heard] == [one.time_s.size for one in out]
    assert all(one.time_s.size for one in out)


def test_paced_readings_never_come_early() -> None:
    begun, rate, late = [0.0], 50.0, list[float]()

    def heard(block: Samples) -> None:
        begun[0] = begun[0] or steady_s()
        late.append((steady_s() - begun[0]) * rate - (float(block.time_s.max()) - T0))

    list(Pacer(rate, T0, heard).blocks([samples([k * 1.0 for k in range(40)])]))
    assert min(late) >= -1e-6
    assert len(late) > 3


def test_a_stop_ends_a_pace_that_would_take_years() -> None:
    pacer = Pacer(1e-6, T0, lambda block: None)
    blocks = pacer.blocks([samples([0.0, 1e9])])
    next(blocks)
    pacer.stop.set()
    with pytest.raises(Stopped):
        next(blocks)


# --- readings ---------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(times=st.lists(st.floats(0.0, 5_000.0), min_size=1, max_size=300), points=st.integers(10, 400))
def test_thinned_readings_keep_lowest_and_highest_of_each_stretch(times: list[float], points: int) -> None:
    """The slow oracle looks for the extremes of the whole, and that every value shown was measured."""
    block = samples(sorted(set(times)))
    readings = Readings({"P": "mmHg"})
    readings.take(block)
    said = readings.between(KNOWN, ["P"], 0.0, 1e12, points)
    shown = [value for value in said["channels"][0]["value"] if value is not None]
    assert len(said["time_s"]) == len(said["channels"][0]["value"]) <= points + 2
    assert all(np.isclose(block.value, value, rtol=0.0, atol=1e-3).any() for value in shown)
    if block.time_s[-1] - block.time_s[0] >= points:
        assert max(shown) == pytest.approx(block.value.max(), abs=1e-3)
        assert min(shown) == pytest.approx(block.value.min(), abs=1e-3)
    assert all(np.diff(said["time_s"]) > 0.0)


def test_a_channel_knows_its_age_and_when_it_is_stale() -> None:
    readings = Readings({"P": "mmHg"})
    readings.take(samples([float(k) for k in range(0, 100, 10)]))
    now, later = (readings.latest(KNOWN, T0 + at)[0] for at in (95.0, 200.0))
    assert (now["age_s"], now["quality"], now["unit"]) == (5.0, [], "mmHg")
    assert (later["age_s"], later["quality"]) == (110.0, ["stale"])
    assert readings.latest(KNOWN, T0 + 95.0)[1]["quality"] == ["no reading"]
    then = readings.latest(KNOWN, T0 + 25.0)[0]
    assert then["age_s"] == 5.0


def test_a_late_reading_is_no_news() -> None:
    readings = Readings()
    readings.take(samples([0.0, 10.0, 5.0, 20.0]))
    readings.take(samples([15.0]))
    said = readings.between(KNOWN, ["P"], 0.0, 1e12, 100)
    assert sum(value is not None for value in said["channels"][0]["value"]) == 3
    assert readings.last_s == T0 + 20.0


def test_old_readings_are_let_go() -> None:
    readings = Readings(kept_s=1_000.0)
    for start in range(0, 100_000, 500):
        readings.take(samples([float(start + k) for k in range(500)]))
    said = readings.between(KNOWN, ["P"], 0.0, 1e12, 200_000)
    assert 1_000 <= len(said["time_s"]) < 20_000
    assert readings.count == 100_000


# --- faults -----------------------------------------------------------------------------------------------------------


def play(night: Watched, out: Path) -> _Play:
    return _Play(night.source, night.ship, 0.0, float("-inf"), 1.0, out, "", "", "")


def test_a_full_disk_is_said_and_nothing_is_lost(
    night: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, said = [0], list[Any]()
    whole = Record.append

    def failing(self: Record, *given: Any, **named: Any) -> int:
        calls[0] += 1
        if calls[0] == 2:
            raise RecordError(self.name, "cannot grow: the disk is full", "Free space", passing=True)
        return whole(self, *given, **named)

    monkeypatch.setattr(Record, "append", failing)
    with ExitStack() as end:
        desk, thread = _played(play(night, tmp_path), end)
        told = desk.grown

        def grown() -> None:
            said.append((desk.view()["trouble"], health(desk)["ok"]))
            told()

        monkeypatch.setattr(desk, "grown", grown)
        thread.start()
        thread.join(120.0)
        assert not desk.watch_failed
        assert any(trouble and "disk is full" in trouble and not ok for trouble, ok in said)
        assert said[-1] == (None, True)
        assert desk.record.verify().ok
        kinds = [event.kind for event in desk.record.events()]
        assert [kind for kind in kinds if kind != "record_trouble"] == [event.kind for event in night.events]
        assert "record_trouble" in kinds


def test_a_disk_full_to_the_end_is_said(night: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(self: Record, *given: Any, **named: Any) -> int:
        raise RecordError(self.name, "cannot grow: the disk is full", "Free space", passing=True)

    with ExitStack() as end:
        desk, thread = _played(play(night, tmp_path), end)
        monkeypatch.setattr(Record, "append", failing)
        thread.start()
        thread.join(120.0)
        assert "could not be written (cannot grow: the disk is full)" in health(desk)["why"]
        assert not health(desk)["ok"]


def test_a_watch_that_fails_is_said_and_the_console_goes_on(tmp_path: Path) -> None:
    with open_record(str(tmp_path / "record.sqlite")) as record:
        desk = Desk(record, link=Link(1.0))
        record.append([Event(T0, "watch_started", None, {})])
        desk.catch_up()

        def fails() -> bool:
            raise ValueError("a fault")

        thread = WatchThread(desk, fails, Pacer(1.0, 0.0, desk.heard))
        thread.start()
        thread.join()
        assert desk.view()["trouble"] == "The watch ended: a fault"
        assert health(desk) | {"data_age_s": None} == {
            "ok": False, "watch": "failed", "signal": "good", "data_age_s": None, "record": "writable", "rows": 1,
            "why": "The watch ended: a fault",
        }  # fmt: skip


def test_a_watch_cut_off_goes_on_in_the_console(night: Watched, tmp_path: Path) -> None:
    with ExitStack() as end:
        desk, thread = _played(play(night, tmp_path), end)
        blocks = [0]
        take = desk.readings.take

        def stop_soon(block: Samples) -> None:
            take(block)
            blocks[0] += 1
            if blocks[0] == 2:
                raise SystemExit("killed")  # no end of the watch is written, as after kill -9

        desk.readings.take = stop_soon  # type: ignore[method-assign]
        with pytest.raises(SystemExit):
            thread.watch()
        cut = desk.record.head[0]
    with ExitStack() as end:
        desk, thread = _played(play(night, tmp_path), end)
        thread.start()
        thread.join(120.0)
        assert not desk.watch_failed
        assert 0 < cut < desk.record.head[0]
        assert [e.kind for e in desk.record.events()] == [e.kind for e in night.events]
        assert desk.record.verify().ok
