"""A clock that leapt forward, told from a loss of signal by a clock on board."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_feed import CHANNELS, T0

from hullwatch.records import QualityNote, Samples
from hullwatch.telemetry.clean import CleanMemory, begin, clean
from hullwatch.vehicle.facts import Channel, Vehicle

CLOCK = Channel("CLOCK", "time on board", "onboard_time", "s", None, (0.0, 1e10))
ITEMS = ("VALVE", "CLOCK")
Row = tuple[float, float]  # stamp, and what the clock on board says


def run(ship: Vehicle, rows: list[Row], cuts: list[int] | None = None) -> tuple[list[QualityNote], CleanMemory]:
    """Every second a clock on board and a valve that stands."""
    ship = replace(ship, channels=(*CHANNELS, CLOCK))
    stamps, board = (np.array(column) for column in zip(*rows, strict=True))
    memory, notes = begin(ship), []
    for start, stop in pairwise([0, *(cuts or []), len(rows)]):
        time = np.repeat(T0 + stamps[start:stop], 2)
        value = np.column_stack([np.zeros(stop - start), board[start:stop]]).ravel()
        memory, _, said = clean(memory, ship, Samples(time, np.tile([0, 1], stop - start), value, ITEMS))
        notes += said
    return notes, memory


def seconds(start: int, stop: int, ahead_s: float = 0.0, origin_s: float = 4e8) -> list[Row]:
    return [(t + ahead_s, origin_s + t) for t in range(start, stop)]


@pytest.mark.parametrize("leap_s", [70.0, 600.0, 3_000.0, 86_400.0])
def test_a_leap_of_the_stamps_is_named_and_is_no_loss_of_signal(ship: Vehicle, leap_s: float) -> None:
    notes, memory = run(ship, [*seconds(0, 300), *seconds(300, 600, leap_s)])
    said = [note for note in notes if "leapt forward" in note.why]
    assert [(note.kind, note.channel) for note in said] == [("clock_step", None)]
    assert f"leapt forward by {leap_s:.0f} s while time on board (CLOCK)" in said[0].why
    assert said[0].start_s == T0 + 299.0
    assert memory.signal_lost_s == pytest.approx(1.0)


def test_a_leap_too_short_for_a_loss_of_signal_is_named_as_well(ship: Vehicle) -> None:
    notes, memory = run(ship, [*seconds(0, 300), *seconds(300, 600, 20.0)])
    assert ["leapt forward by 20 s" in note.why for note in notes] == [True]
    assert memory.signal_lost_s == 0.0


def test_a_loss_of_signal_of_ten_minutes_is_one(ship: Vehicle) -> None:
    notes, memory = run(ship, [*seconds(0, 300), *seconds(900, 1_200)])
    assert [note.kind for note in notes] == ["gap"]
    assert memory.signal_lost_s == 601.0


def test_an_old_reading_of_the_clock_on_board_after_a_loss_of_signal_is_no_leap(ship: Vehicle) -> None:
    """Some feeds begin with the last reading there was, and say it again."""
    old = [(900.0 + k, 4e8 + 299.0) for k in range(4)]
    assert [note.kind for note in run(ship, [*seconds(0, 300), *old, *seconds(904, 1_200)])[0]] == ["gap"]


def test_a_clock_on_board_that_is_set_is_no_leap_of_the_stamps(ship: Vehicle) -> None:
    """Set back or to another origin, it says less than before: then nothing is known of the stamps."""
    assert run(ship, [*seconds(0, 300), *seconds(300, 600, 0.0, 0.0)])[0] == []
    assert run(ship, [*seconds(0, 300), *seconds(300, 600, 0.0, 5e8)])[0] == []


def test_a_step_back_of_the_stamps_is_named_once(ship: Vehicle) -> None:
    notes, _ = run(ship, [*seconds(0, 900), *seconds(900, 1_200, -600.0)])
    assert {note.kind for note in notes} == {"clock_step", "late"}
    assert sum(note.kind == "clock_step" for note in notes) == 1


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 900), max_size=6))
def test_any_blocks_say_the_same(ship: Vehicle, cuts: list[int]) -> None:
    rows = [*seconds(0, 300), *seconds(300, 500, 600.5), *seconds(600, 700, 600.5), *seconds(700, 900, 900.25)]
    notes, memory = run(ship, rows)
    pieces, last = run(ship, rows, sorted(min(c, len(rows)) for c in cuts))
    assert sum("leapt" in note.why for note in notes) == 2
    assert pieces == notes
    assert last.signal_lost_s == memory.signal_lost_s
    assert last.clock.tobytes() == memory.clock.tobytes()
