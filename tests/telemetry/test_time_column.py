import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.errors import TelemetryError
from hullwatch.telemetry.time_column import seconds
from hullwatch.units import utc_seconds

NOON = 1_539_345_600.0  # 2018-10-12T12:00:00Z


@pytest.mark.parametrize(
    "text",
    [
        "2018-10-12T12:00:00Z",
        "2018-10-12T12:00:00",
        "2018-10-12 12:00:00",
        "2018-10-12T12:00:00.000Z",
        "2018-10-12T12:00:00.000000Z",
        "2018-10-12T12:00:00.000000000Z",
        "2018-10-12T14:00:00+02:00",
        "2018-10-12 14:00:00.000+02:00",
        "2018-285T12:00:00Z",
        "2018-285T12:00:00.000",
        "20181012T120000Z",
        "2018-10-12T12:00",
        " 2018-10-12T12:00:00Z ",
    ],
)
def test_iso_8601(text: str) -> None:
    time_s, notes = seconds("f", pl.Series("time", ["2018-10-12T12:00:00.000Z", text, None, ""]))
    np.testing.assert_array_equal(time_s, [NOON, NOON, np.nan, np.nan])
    assert notes == ()
    assert seconds("f", pl.Series("time", [text]))[0][0] == NOON


@given(
    st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2100, 1, 1)), st.sampled_from(["milliseconds", "microseconds"])
)
def test_text_is_read_as_the_standard_library_reads_it(stamp: dt.datetime, digits: str) -> None:
    text = stamp.isoformat(timespec=digits) + "Z"
    assert seconds("f", pl.Series("time", [text]))[0][0] == utc_seconds(text)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([NOON, NOON + 1], "seconds since 1970"),
        ([int(NOON) * 1000, int(NOON) * 1000 + 1000], "milliseconds since 1970"),
        ([int(NOON) * 10**6, int(NOON) * 10**6 + 10**6], "microseconds since 1970"),
        ([int(NOON) * 10**9, int(NOON) * 10**9 + 10**9], "nanoseconds since 1970"),
        ([str(NOON), f" {NOON + 1}"], "seconds since 1970"),
    ],
)
def test_numbers_are_read_by_their_size_and_it_is_said(numbers: list[float], said: str) -> None:
    time_s, (note,) = seconds("f", pl.Series("time", numbers))
    np.testing.assert_array_equal(time_s, [NOON, NOON + 1])
    assert note.kind == "clock"
    assert f"are read as {said}" in note.why


@pytest.mark.parametrize(
    ("name", "numbers", "expected", "said"),
    [
        ("hour_utc", [6.5, 23.25], [23_400.0, 83_700.0], "unnamed day"),
        ("time_s", [0.0, 14.5], [0.0, 14.5], "seconds from an unnamed start"),
        ("time_ms", [0.0, 500.0], [0.0, 0.5], "milliseconds from an unnamed start"),
    ],
)
def test_times_without_a_day_start_in_1970(name: str, numbers: list[float], expected: list[float], said: str) -> None:
    time_s, (note,) = seconds("f", pl.Series(name, numbers))
    np.testing.assert_allclose(time_s, expected, rtol=1e-15)
    assert said in note.why


def test_a_number_that_is_no_time_is_missing() -> None:
    time_s, _ = seconds("f", pl.Series("time", [NOON, float("nan"), float("inf"), None]))
    np.testing.assert_array_equal(time_s, [NOON, np.nan, np.nan, np.nan])


@pytest.mark.parametrize("text", ["yesterday", "2018-13-12T12:00:00Z", "12/10/2018 12:00", "2018-10-12T25:00:00.000Z"])
@pytest.mark.parametrize("first", ["2018-10-12T12:00:00Z", str(NOON)])
def test_what_is_no_time_is_named_with_its_row(first: str, text: str) -> None:
    with pytest.raises(TelemetryError, match=r"f: row 3: .* is not a time\. Write ISO 8601") as caught:
        seconds("f", pl.Series("time", [first, None, text]))
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("column", [pl.Series("time", [dt.time(12)]), pl.Series("time", [[1.0]])])
def test_a_type_without_moments_is_refused(column: pl.Series) -> None:
    with pytest.raises(TelemetryError, match="holds no moments in time"):
        seconds("f", column)
