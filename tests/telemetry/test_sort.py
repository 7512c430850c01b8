"""The compiled sorter against plain bookkeeping: readings in time order, one dictionary a second."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.records import Floats
from hullwatch.telemetry import sort

LOW, HIGH, TIMEOUT_S = 0.0, 100.0, 60.0
READING = st.tuples(
    st.sampled_from([0.0, 0.0, 0.2, 1.0, 3.0, 61.0, 200.0]),  # time since the reading before
    st.integers(-1, 2),  # channel, -1 for an item nobody knows
    st.sampled_from([1.0, 1.0, 2.0, 3.5, 99.0, -7.0, 400.0]),
)


def sorted_by_kernel(
    time: Floats, code: Sequence[int], value: Floats, log_rows: int, spike: float = 0.0, timeout_s: float = TIMEOUT_S
) -> dict[str, np.ndarray]:
    n, rows = 3, time.size + 1
    feed = np.zeros(sort.FEED_SLOTS)
    feed[sort.F_STATUS] = np.nan
    out: dict[str, Any] = {
        "time": np.empty(rows),
        "value": np.empty((rows, n)),
        "previous": np.empty((rows, n)),
        "fresh": np.empty((rows, n), dtype=np.bool_),
        "flags": np.empty((rows, n), dtype=np.uint16),
    }
    log = np.full((log_rows + 1, 5), -1.0)
    counts = np.zeros((n + 1, sort.LOG_KINDS), dtype=np.int64)
    frames, logged = sort.sort_into_frames(
        time, np.array(code, dtype=np.int64), value, np.full((n, sort.CHANNEL_COLUMNS), np.nan),
        np.full(n, sort.Q_MISSING, dtype=np.uint16), np.zeros(n, dtype=np.bool_), counts, feed,
        np.full(n, LOW), np.full(n, HIGH), np.full(n, spike), np.zeros(n), np.zeros(n), np.ones(n, dtype=np.bool_),
        np.zeros(n, dtype=np.bool_), -1, 1.0, timeout_s,
        out["time"], out["value"], out["previous"], out["fresh"], out["flags"], log[:log_rows],
    )  # fmt: skip
    assert (log[log_rows:] == -1.0).all()
    found = {name: column[:frames] for name, column in out.items()}
    return found | {"log": log[:logged], "counts": counts}


def kept_in_a_book(
    time: Floats, code: Sequence[int], value: Floats
) -> list[tuple[float, list[float], list[bool], list[bool]]]:
    """(second, latest good value, published in it, range flag) of each second that is over, by hand."""
    held, last, flagged = [np.nan] * 3, [-np.inf] * 3, [False] * 3
    book = []
    for second in np.unique(np.floor(time)):
        fresh = [False] * 3
        for t, c, v in zip(time, code, value, strict=True):
            if np.floor(t) != second or c < 0 or t == last[c]:
                continue
            if LOW <= v <= HIGH:
                held[c], last[c], fresh[c], flagged[c] = v, t, True, False
            else:
                flagged[c] = True
        book.append((float(second), list(held), fresh, list(flagged)))
    return book[:-1]  # the last second is still open


@settings(deadline=None, max_examples=100)
@given(st.lists(READING, min_size=1, max_size=50))
def test_frames_are_what_a_book_kept_by_hand_says(readings: list[tuple[float, int, float]]) -> None:
    time = 1000.0 + np.cumsum([r[0] for r in readings])
    code, value = [r[1] for r in readings], np.array([r[2] for r in readings])
    found, book = sorted_by_kernel(time, code, value, 200), kept_in_a_book(time, code, value)
    assert found["time"].tolist() == [row[0] for row in book]
    for k, (_, held, fresh, flagged) in enumerate(book):
        np.testing.assert_array_equal(found["value"][k], held)
        assert found["fresh"][k].tolist() == fresh
        assert ((found["flags"][k] & sort.Q_RANGE) != 0).tolist() == flagged
        assert ((found["flags"][k] & sort.Q_MISSING) != 0).tolist() == np.isnan(held).tolist()
    gaps = np.diff(np.unique(np.floor(time)))
    log = found["log"]
    assert log[log[:, 0] == sort.L_GAP][:, 3].tolist() == [g for g in gaps if g > TIMEOUT_S]


@settings(deadline=None, max_examples=40)
@given(st.lists(READING, min_size=1, max_size=30), st.integers(0, 3))
def test_a_full_log_costs_notes_but_no_frames_and_no_counts(
    readings: list[tuple[float, int, float]], log_rows: int
) -> None:
    time = 1000.0 + np.cumsum([r[0] for r in readings])
    code, value = [r[1] for r in readings], np.array([r[2] for r in readings])
    roomy, tight = sorted_by_kernel(time, code, value, 200), sorted_by_kernel(time, code, value, log_rows)
    for name in ("time", "value", "previous", "fresh", "flags", "counts"):
        assert roomy[name].tobytes() == tight[name].tobytes()
    np.testing.assert_array_equal(tight["log"], roomy["log"][:log_rows])


# --- spikes: a channel in hectopascals that no sensor of its kind moves by one of in a minute -------------------------


def of_one(readings: Sequence[tuple[float, float]], timeout_s: float = 4000.0) -> tuple[list[float], int]:
    """What the frames show of one channel with these (time, value) readings, and how many were set aside."""
    time, value = (np.array(column, dtype=np.float64) for column in zip(*readings, strict=True))
    found = sorted_by_kernel(1200.0 + time, [0] * time.size, value, 200, 1.0, timeout_s)
    return found["value"][:, 0].tolist(), int(found["counts"][0, sort.L_OUTLIER])


@pytest.mark.parametrize("apart_s", [1.0, 30.0, 60.0])
def test_a_jump_of_ten_hectopascals_within_a_minute_is_an_outlier_until_confirmed(apart_s: float) -> None:
    calm = [(20.0 * k, 50.0) for k in range(5)]
    shown, aside = of_one([*calm, (80.0 + apart_s, 40.0), (82.0 + apart_s, 50.0), (83.0 + apart_s, 50.0)])
    assert (shown, aside) == ([50.0] * 7, 1)
    shown, aside = of_one([*calm, (80.0 + apart_s, 40.0), (82.0 + apart_s, 40.0), (83.0 + apart_s, 40.0)])
    assert (shown, aside) == ([50.0] * 6 + [40.0], 0)


def test_between_readings_sixteen_minutes_apart_air_may_move_by_ten_hectopascals() -> None:
    """As when a ship was berthed between two of them (16 times what one minute is allowed)."""
    calm = [(960.0 * k, 50.0) for k in range(10)]
    shown, aside = of_one([*calm, (9600.0, 40.0), (10560.0, 50.0), (11520.0, 50.0)])
    assert (shown, aside) == ([50.0] * 10 + [40.0, 50.0], 0)


@pytest.mark.parametrize(("apart_s", "most"), [(60.0, 1.0), (120.0, 2.0), (600.0, 10.0), (960.0, 16.0)])
def test_the_limit_of_a_jump_grows_with_the_time_between_frames(apart_s: float, most: float) -> None:
    calm = [(apart_s * k, 50.0) for k in range(10)]
    for jump, believed in ((0.99 * most, True), (1.01 * most, False)):
        back = [(apart_s * k, 50.0) for k in (11, 12)]
        shown, aside = of_one([*calm, (10.0 * apart_s, 50.0 - jump), *back])
        assert aside == (0 if believed else 1)
        assert shown[10] == (50.0 - jump if believed else 50.0)


def test_a_channel_long_silent_on_a_feed_that_speaks_may_jump_no_further() -> None:
    """The feed speaks every second: what counts is the time between frames, in each of which a glitch may come."""
    time = np.concatenate([np.arange(1000.0), [980.5]])
    code, value = np.ones(1001, dtype=np.int64), np.full(1001, 7.0)
    code[:20], value[:20] = 0, 50.0
    code[-1], value[-1] = 0, 40.0
    order = np.argsort(time)
    found = sorted_by_kernel(1200.0 + time[order], code[order].tolist(), value[order], 200, 1.0)
    assert (found["value"][:985, 0] == 50.0).all()
    assert found["value"][995, 0] == 40.0  # nothing contradicted it for ten seconds
