"""Readings that come twice, late, ahead of the clock, or by a clock that was stepped."""

import numpy as np
import pytest
from one_feed import COLUMN, T0, Row, column, flags, kinds, run, steady

from hullwatch.records import Quality
from hullwatch.telemetry.clean import missing_channels
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import Vehicle


def test_the_same_reading_twice_is_no_news(ship: Vehicle) -> None:
    frames, notes, memory = run(ship, [(0.0, "P", 745.0), (0.0, "P", 745.0), (1.0, "P", 745.1)])
    assert notes == ()
    assert not flags(frames, "P").any()
    assert memory.readings == 3


def test_two_values_at_one_time_the_first_is_kept(ship: Vehicle) -> None:
    frames, notes, _ = run(ship, [(0.0, "P", 745.0), (0.0, "P", 745.2), (1.0, "P", 745.1)])
    assert column(frames, "P") / MMHG_PA == pytest.approx([745.0, 745.1])
    assert kinds(notes) == ["duplicate"]
    assert "0.2 mmHg apart" in notes[0].why
    assert [bool(f & Quality.DUPLICATE) for f in flags(frames, "P")] == [True, False]


def test_a_late_reading_is_not_used_and_says_so(ship: Vehicle) -> None:
    rows = [*steady(0, 20, 22.0, "T"), (3.0, "P", 744.0), *steady(20, 22, 22.0, "T")]
    frames, notes, _ = run(ship, rows)
    assert np.isnan(column(frames, "P")).all()
    assert kinds(notes) == ["late"]
    assert "came 16 s after its time" in notes[0].why
    assert frames.time_s.size == 22


def test_items_may_be_out_of_step_by_a_few_seconds(ship: Vehicle) -> None:
    rows = [row for t in range(20) for row in ((float(t), "T", 22.0), (t - 4.0, "P", 745.0))]
    frames, notes, _ = run(ship, rows)
    assert notes == ()
    assert frames.fresh[1:, COLUMN["P"]].all()


def test_a_late_reading_newer_than_what_is_held_makes_it_stale_until_it_speaks(ship: Vehicle) -> None:
    rows = [(0.0, "VALVE", 0.0), *steady(1, 40), (20.0, "VALVE", 1.0), *steady(40, 42), (42.0, "VALVE", 1.0)]
    frames, notes, _ = run(ship, rows)
    stale = [bool(f & Quality.STALE) for f in flags(frames, "VALVE")]
    assert stale == [False] * 39 + [True] * 3 + [False]
    assert kinds(notes) == ["late"]


def test_a_clock_stepped_back_goes_on_from_where_it_was(ship: Vehicle) -> None:
    def world(t: int) -> list[Row]:
        return [(float(t), "P", 745.0 - 0.01 * t), (float(t), "T", 22.0)]

    before = [row for t in range(1200) for row in world(t)]
    after = [(time - 600.0, item, value) for t in range(1200, 2400) for time, item, value in world(t)]
    frames, notes, _ = run(ship, [*before, *after])
    steps = [note for note in notes if note.kind == "clock_step"]
    assert len(steps) == 1
    said = float(steps[0].why.split("went back by ")[1].split(" s")[0])
    assert said == pytest.approx(600.0, abs=2.0)
    assert set(kinds(notes)) == {"clock_step", "late"}
    assert (np.diff(frames.time_s) > 0.0).all()
    # twenty late readings prove the step; nothing else is lost, and pressure goes on at the times it would have had
    assert frames.time_s.size == pytest.approx(2400, abs=12)
    assert frames.time_s[-1] == pytest.approx(T0 + 2399.0, abs=12.0)
    expected = 745.0 - 0.01 * (frames.time_s - T0)
    assert np.abs(column(frames, "P") / MMHG_PA - expected).max() < 0.2
    stepped = flags(frames, "P") & Quality.CLOCK_STEP != 0
    assert stepped.any()
    assert stepped[np.argmax(stepped) :].all()


def test_a_slow_feed_proves_a_clock_step_with_few_readings(ship: Vehicle) -> None:
    rows = [(30.0 * k, "P", 745.0) for k in range(20)]
    rows += [(30.0 * k - 600.0, "P", 745.0) for k in range(20, 40)]
    frames, notes, _ = run(ship, rows)
    assert kinds(notes).count("clock_step") == 1
    assert kinds(notes).count("late") == 4
    assert (np.diff(frames.time_s) > 0.0).all()
    assert frames.time_s.size == 36


def test_one_channel_late_by_itself_is_no_step_of_the_clock_though_it_is_heard_alone(ship: Vehicle) -> None:
    """Signal is lost for 20 min; what one channel said ten minutes before goes on arriving in the first ten of them."""
    rows = [row for t in range(600) for row in ((float(t), "P", 745.0), (float(t), "T", 22.0))]
    rows += [row for t in range(1200, 1800) for row in ((float(t), "P", 745.0), (t - 600.0, "T", 22.0))]
    rows += [(1200.0 + t, "T", 22.0 + 0.001 * t) for t in range(590)]
    rows += [(3000.0 + t, item, value) for t in range(60) for item, value in (("P", 745.0), ("VALVE", 0.0))]
    frames, notes, _ = run(ship, rows)
    assert "clock_step" not in kinds(notes)
    assert frames.time_s[-1] == T0 + 3059.0
    assert flags(frames, "T")[-1] & Quality.STALE


def test_one_reading_a_year_ahead_does_not_move_the_clock(ship: Vehicle) -> None:
    year = 365.0 * 86_400.0
    rows = [*steady(0, 30), (30.0 + year, "P", 745.0), *steady(31, 60)]
    frames, notes, _ = run(ship, rows)
    assert kinds(notes) == ["clock_step"]
    assert frames.time_s.tolist() == [T0 + t for t in (*range(30), *range(31, 60))]
    assert not (flags(frames, "P") & Quality.LATE).any()


def test_a_second_reading_that_agrees_brings_back_the_one_that_waited(ship: Vehicle) -> None:
    """After a long loss of signal the first to speak may be a valve that will not speak again for hours."""
    rows = [(0.0, "VALVE", 0.0), *steady(0, 30), (7200.0, "VALVE", 1.0), *steady(7200, 7230)]
    frames, _, _ = run(ship, rows)
    at = int(np.searchsorted(frames.time_s, T0 + 7200.0))
    assert column(frames, "VALVE")[at - 1 :].tolist() == [0.0, *[1.0] * 30]
    assert frames.fresh[at, COLUMN["VALVE"]]


@pytest.mark.parametrize("apart", [-5.0, 0.0, 3600.0])
def test_readings_ahead_agree_from_a_moment_before_to_an_hour_after(ship: Vehicle, apart: float) -> None:
    frames, _, _ = run(ship, [*steady(0, 30), (9000.0, "T", 22.0), (9000.0 + apart, "P", 744.0)])
    assert frames.time_s[-1] == T0 + 9000.0 + apart
    assert column(frames, "T")[-1] == pytest.approx(295.15)
    assert column(frames, "P")[-1] == pytest.approx(744.0 * MMHG_PA)


@pytest.mark.parametrize("apart", [-5.5, 3600.5, 8 * 365.0 * 86_400.0])
def test_two_readings_ahead_that_disagree_do_not_move_the_clock(ship: Vehicle, apart: float) -> None:
    year = 365.0 * 86_400.0
    rows = [*steady(0, 30), (30.0 + year, "P", 745.0), (30.0 + year + apart, "P", 745.0), *steady(32, 60)]
    frames, notes, _ = run(ship, rows)
    assert kinds(notes) == ["clock_step", "clock_step"]
    assert frames.time_s.tolist() == [T0 + t for t in (*range(30), *range(32, 60))]


def test_of_two_readings_ahead_that_disagree_the_second_waits(ship: Vehicle) -> None:
    year = 365.0 * 86_400.0
    rows = [*steady(0, 30), (30.0 + year, "P", 745.0), (9000.0, "T", 22.0), *steady(9001, 9005)]
    frames, _, _ = run(ship, rows)
    assert frames.time_s.tolist() == [T0 + t for t in (*range(30), *range(9001, 9005))]
    assert column(frames, "T")[-1] == pytest.approx(295.15)


def test_a_reading_ahead_is_forgotten_once_the_feed_goes_on(ship: Vehicle) -> None:
    rows = [*steady(0, 30), (9000.0, "VALVE", 1.0), *steady(30, 60), *steady(9000, 9005)]
    frames, notes, _ = run(ship, rows)
    assert kinds(notes) == ["clock_step", "clock_step", "gap"]
    assert np.isnan(column(frames, "VALVE")).all()


def test_a_clock_step_that_leaps_ahead_takes_no_reading_that_was_set_aside_before(ship: Vehicle) -> None:
    """The reading that proves the step lies an hour past the clock it continues; none waits for a second then."""
    ahead = [*steady(0, 30), (9000.0, "P", 746.0), *steady(30, 60)]
    frames, notes, memory = run(ship, [*ahead, *[(-9000.0, "T", 22.0)] * 4, (-4000.0, "T", 22.0)])
    assert kinds(notes).count("clock_step") == 2
    assert column(frames, "P")[-1] == pytest.approx(745.0 * MMHG_PA)
    assert not (flags(frames, "P") & Quality.MISSING).any()
    assert "P" not in missing_channels(memory)
