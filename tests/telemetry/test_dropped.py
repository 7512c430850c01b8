"""Readings lost on the way: against plain bookkeeping, on walks of codes of which some arrive, and in frames."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_feed import CHANNELS, T0, Row, joined, samples

from hullwatch.records import Bools, Floats, Frames, Ints, Quality, QualityNote
from hullwatch.telemetry import dropped
from hullwatch.telemetry.clean import begin, clean, flush
from hullwatch.vehicle.facts import Vehicle

QUANTUM = 0.25


def found_in(
    time: Floats, value: Floats, fresh: Bools | None = None, flags: Ints | None = None
) -> tuple[list[tuple[float, float]], Ints]:
    """(since, said) of each time that readings of one channel are called lost, and its flags."""
    n = time.size
    memory, log = dropped.begin(1), np.empty((n + 1, 3))
    said = (np.zeros(n) if flags is None else flags).astype(np.uint16)[:, None]
    heard = (np.ones(n, dtype=np.bool_) if fresh is None else fresh)[:, None]
    rows = dropped.find_dropped(time, value[:, None], heard, said, np.array([QUANTUM]), 1.0, memory, log)
    return [(float(row[1]), float(row[2])) for row in log[:rows]], said[:, 0]


def in_a_book(time: list[float], codes: list[int]) -> list[tuple[float, float]]:
    """The same by hand, for a feed without loss of signal of which every frame is fresh."""
    seen = odd_ones = any_ones = total = 0.0
    since, told, found = 0.0, False, []
    for (before_s, before), (now_s, now) in pairwise(zip(time, codes, strict=True)):
        strange = abs(now - before) != 1
        odd = strange and now_s - before_s > 2.5
        usual = max((odd_ones + 1.0) / (seen + 20.0), 0.05)
        judged = seen >= 30 and usual < 0.15 and any_ones / (seen + 20.0) < 0.15
        if total < 4.0:
            seen, odd_ones, any_ones = seen + 1, odd_ones + odd, any_ones + strange
        old = total
        if not judged:
            total = 0.0
        elif odd:
            since = before_s if total == 0.0 and not told else since
            total = min(total + np.log(0.35 / usual), 40.0)
        else:
            total = max(total + np.log(0.65 / (1.0 - usual)), 0.0)
        told = told and total >= 4.0
        if old < 20.0 <= total and not told:
            told = True
            found.append((since, now_s))
    return found


def walk(rng: np.random.Generator, size: int, apart_s: float = 4.0) -> tuple[Floats, Ints]:
    """When a code that walks changes, and what it then is: what a sound sensor publishes on change."""
    return T0 + np.cumsum(1.0 + rng.poisson(apart_s, size)), np.cumsum(rng.choice([-1, 1], size))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 1.0), st.integers(2, 400))
def test_it_is_what_a_book_kept_by_hand_says(seed: int, kept: float, size: int) -> None:
    rng = np.random.default_rng(seed)
    time, code = walk(rng, size)
    arrives = (rng.random(size) < kept) | (np.arange(size) < 60)
    found, _ = found_in(time[arrives], QUANTUM * code[arrives])
    assert found == in_a_book(time[arrives].tolist(), code[arrives].tolist())


@pytest.mark.parametrize("seed", range(3))
def test_a_sensor_of_which_two_readings_in_three_are_lost_is_named_and_marked(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time, code = walk(rng, 2_000)
    arrives = (rng.random(2_000) < 0.3) | (np.arange(2_000) < 1_000)
    ((since, said),), flags = found_in(time[arrives], QUANTUM * code[arrives])
    assert time[990] <= since < said < time[1_300]
    marked = (flags & int(Quality.DROPPED)) != 0
    assert (marked == (time[arrives] >= said)).all()


@pytest.mark.parametrize("seed", range(3))
def test_once_all_readings_come_again_the_mark_goes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time, code = walk(rng, 2_000)
    arrives = (rng.random(2_000) < 0.3) | (np.arange(2_000) < 600) | (np.arange(2_000) > 1_200)
    found, flags = found_in(time[arrives], QUANTUM * code[arrives])
    assert len(found) == 1
    assert not flags[-1]


def test_a_sound_sensor_is_not_accused_in_a_year_of_readings() -> None:
    """Half a million readings, of which one in twenty repeats the one before, as feeds do."""
    rng = np.random.default_rng(5)
    time, code = walk(rng, 500_000)
    again = rng.random(500_000) < 0.05
    code = np.cumsum(np.where(again, 0, np.diff(code, prepend=code[0])))
    found, flags = found_in(time, QUANTUM * code)
    assert found == []
    assert not flags.any()


@pytest.mark.parametrize("polled_s", [5.0, 60.0])
def test_a_feed_that_is_asked_at_fixed_times_is_not_judged(polled_s: float) -> None:
    """It says again what it said, and half of what it says may be thrown away without any being missed."""
    rng = np.random.default_rng(6)
    time = T0 + polled_s * np.arange(4_000)
    value = QUANTUM * np.round(np.cumsum(0.2 * rng.normal(size=4_000)))
    arrives = (rng.random(4_000) < 0.5) | (np.arange(4_000) < 2_000)
    assert found_in(time[arrives], value[arrives])[0] == []


def test_air_that_moves_faster_than_a_feed_speaks_passes_codes_by() -> None:
    """A lock is pumped down by a code and a half a second, and a feed says so once a second: nothing is lost."""
    time, code = walk(np.random.default_rng(7), 1_000)
    down = -np.round(1.5 * np.arange(1.0, 601.0))
    time = np.concatenate([time, time[-1] + np.arange(1.0, 601.0)])
    assert found_in(time, QUANTUM * np.concatenate([code, code[-1] + down]))[0] == []


def test_what_changed_during_a_loss_of_signal_was_not_lost_on_the_way() -> None:
    rng = np.random.default_rng(8)
    time, code = walk(rng, 1_000)
    flags = np.zeros(1_000)
    flags[500::5] = int(Quality.GAP)
    code = code + np.cumsum(np.where(flags > 0, 3 * rng.choice([-1, 1], 1_000), 0))
    assert found_in(time, QUANTUM * code, flags=flags)[0] == []
    assert found_in(time, QUANTUM * code)[0] != []


def lossy(seed: int) -> list[Row]:
    """An hour of a thermometer in tenths beside a sound one; from half an hour on one in three of its readings come."""
    rng = np.random.default_rng(seed)
    time, code = walk(rng, 700)
    arrives = (rng.random(700) < 0.33) | (np.arange(700) < 350)
    rows: list[Row] = [(float(t - T0), "T", 22.0 + 0.1 * int(c)) for t, c in zip(time[arrives], code[arrives])]  # noqa: B905
    return sorted([*rows, *((float(s), "VALVE", 0.0) for s in range(0, int(time[-1] - T0), 10))])


def cleaned(ship: Vehicle, rows: list[Row], cuts: list[int]) -> tuple[Frames, list[QualityNote], Floats]:
    channels = tuple(replace(c, quantum_si=0.1, range_si=(173.15, 373.15)) if c.id == "T" else c for c in CHANNELS)
    ship = replace(ship, channels=channels)
    memory, parts, notes = begin(ship), [], []
    for start, stop in pairwise([0, *cuts, len(rows)]):
        memory, frames, said = clean(memory, ship, samples(rows[start:stop]))
        parts.append(frames)
        notes += said
    memory, last = flush(memory)
    return joined([*parts, last]), notes, memory.codes


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 900), max_size=8))
def test_any_blocks_name_it_in_the_same_frame(ship: Vehicle, cuts: list[int]) -> None:
    rows = lossy(3)
    whole, notes, memory = cleaned(ship, rows, [])
    pieces, said, last = cleaned(ship, rows, sorted(min(c, len(rows)) for c in cuts))
    assert [note.channel for note in notes] == ["T"]
    assert notes[0].kind == "dropped"
    assert "some are lost on the way" in notes[0].why
    assert said == notes
    assert pieces.flags.tobytes() == whole.flags.tobytes()
    assert last.tobytes() == memory.tobytes()
