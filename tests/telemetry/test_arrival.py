import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.records import Floats, Ints
from hullwatch.telemetry.arrival import in_arrival_order, merged
from hullwatch.telemetry.readings import Part


def _part(time_s: Floats, code: Ints) -> Part:
    rank = np.arange(len(time_s), dtype=np.float64)
    return Part("f", np.asarray(time_s, dtype=np.float64), np.asarray(code), rank, ("A", "B", "C"), (), {})


def _interleaved(n: int) -> Part:
    return _part(np.repeat(np.arange(n, dtype=np.float64), 3), np.tile(np.arange(3), n))


def _same(one: Part, other: Part) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("time_s", "code", "value"))


def test_a_file_in_time_order_stays_as_it_is() -> None:
    part = _interleaved(50)
    assert in_arrival_order(part) is part


@pytest.mark.parametrize("late", [1, 20])
def test_few_late_rows_stay_where_they_arrived(late: int) -> None:
    part = _interleaved(1000)
    part.time_s[100 : 100 + 40 * late : 40] -= 30.0
    assert in_arrival_order(part) is part


def test_a_clock_step_back_stays_where_it_happened() -> None:
    part = _interleaved(1000)
    part.time_s[1500:] -= 3600.0
    assert in_arrival_order(part) is part


def test_a_channel_that_falls_behind_once_is_not_rearranged() -> None:
    part = _part(np.append(np.arange(1000.0), 990.0), np.append(np.zeros(1000, dtype=np.int64), 1))
    assert in_arrival_order(part) is part


@pytest.mark.parametrize("days", [1, 3])
def test_channel_after_channel_is_merged(days: int) -> None:
    n = 600
    sorted_by_time = _interleaved(n)
    day = np.repeat(np.arange(n) * days // n, 3)
    filed = np.lexsort((np.arange(3 * n), sorted_by_time.code, day))
    part = _part(sorted_by_time.time_s[filed], sorted_by_time.code[filed])
    arranged = in_arrival_order(part)
    np.testing.assert_array_equal(arranged.time_s, sorted_by_time.time_s)
    np.testing.assert_array_equal(arranged.code, sorted_by_time.code)
    assert [note.kind for note in arranged.notes] == ["order"]


def test_a_late_row_in_a_channel_stays_late_when_channels_are_merged() -> None:
    time_s = np.concatenate([np.arange(100.0), np.arange(100.0)])
    time_s[60] = 20.0  # of channel A, arrived after its 59
    arranged = in_arrival_order(_part(time_s, np.repeat([0, 1], 100)))
    of_a = arranged.time_s[arranged.code == 0]
    assert of_a[60] == 20.0
    assert arranged.value[arranged.code == 0].tolist() == list(range(100))


def test_a_shuffled_file_is_sorted_and_says_so() -> None:
    part = _interleaved(1000)
    order = np.random.default_rng(1).permutation(3000)
    shuffled = _part(part.time_s[order], part.code[order])
    arranged = in_arrival_order(shuffled)
    (note,) = arranged.notes
    assert (np.diff(arranged.time_s) >= 0.0).all()
    assert note.kind == "late"
    assert note.count == np.count_nonzero(shuffled.time_s < np.maximum.accumulate(shuffled.time_s))
    assert f"{note.count} of 3000 rows are out of order" in note.why
    assert _ties_keep_order(arranged.time_s, arranged.value)


def _ties_keep_order(time_s: Floats, rank: Floats) -> bool:
    return bool((np.diff(rank)[np.diff(time_s) == 0.0] > 0.0).all())


def test_newest_first_is_turned_round() -> None:
    part = in_arrival_order(_part(np.arange(500.0)[::-1], np.zeros(500, dtype=np.int64)))
    np.testing.assert_array_equal(part.time_s, np.arange(500.0))


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), min_size=2, max_size=4))
def test_merging_keeps_each_part_in_its_own_order(parts: list[list[int]]) -> None:
    clocks = [np.array(times, dtype=np.float64) for times in parts]
    pieces = [_part(clock, np.full(len(clock), number)) for number, clock in enumerate(clocks)]
    time_s, code, rank = merged(pieces)
    for number, clock in enumerate(clocks):
        np.testing.assert_array_equal(time_s[code == number], clock)
        assert rank[code == number].tolist() == list(range(len(clock)))
    assert _oracle(parts) == list(zip(time_s.tolist(), code.tolist(), strict=True))


def _oracle(parts: list[list[int]]) -> list[tuple[float, int]]:
    """One row at a time: always the part whose running clock would be earliest, the first of equals."""
    cursor, clock, merged_rows = [0] * len(parts), [-1.0] * len(parts), []
    while open_parts := [p for p in range(len(parts)) if cursor[p] < len(parts[p])]:
        p = min(open_parts, key=lambda p: (max(clock[p], parts[p][cursor[p]]), p))
        clock[p] = max(clock[p], parts[p][cursor[p]])
        merged_rows.append((float(parts[p][cursor[p]]), p))
        cursor[p] += 1
    return merged_rows


def test_one_part_is_passed_through() -> None:
    part = _interleaved(4)
    assert _same(part, Part("f", *merged([part]), part.found, (), {}))
