"""The record's rows as the watch words them."""

import pytest

from hullwatch.incident.events import EVENT_FIELDS, undocumented
from hullwatch.records import Detection, Interval, SetAside
from hullwatch.watch import words

FOUND = Detection(
    "step", 0, 600.0, Interval(60.0, 0.0, 120.0), 40.0, 0.87, Interval(-5.0, -6.0, -4.0),
    set_aside=(SetAside("sensor step", 0.1234567, "alone"),), took_s=Interval(90.0, 0.0, 240.0),
)  # fmt: skip


@pytest.mark.parametrize(
    ("took_s", "said"),
    [
        (None, ""),
        (Interval(90.0, 0.0, 240.0), " within 4 min"),
        (Interval(720.0, 480.0, 1020.0), " over 12 min (8.0 to 17)"),
    ],
)
def test_how_long_a_step_took_is_said_as_far_as_it_is_known(took_s: Interval | None, said: str) -> None:
    assert words.within(took_s) == said


def test_a_step_that_was_weighed_carries_what_was_set_aside() -> None:
    row = words.step("step_loss", 0, 0.0, 120.0, FOUND.size, None, "w", 600.0, weighed=FOUND, took_s=FOUND.took_s)
    assert not undocumented(row)
    assert set(row.data) == set(EVENT_FIELDS["step"])
    assert row.data["probability"] == 0.87
    assert row.data["took_s"] == {"median": 90.0, "low": 0.0, "high": 240.0}
    assert row.data["set_aside"] == [{"cause": "sensor step", "probability": 0.123, "why": "alone"}]


def test_a_step_that_an_operation_tells_was_weighed_against_nothing() -> None:
    row = words.step("vent", 0, 0.0, 120.0, FOUND.size, None, "w", 600.0)
    assert (row.data["probability"], row.data["set_aside"], row.data["took_s"]) == (None, None, None)
