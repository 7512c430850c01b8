"""What a past moment says of signal, age and channels; and a row that no watch writes takes nothing else with it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hullwatch.console.desk import Desk
from hullwatch.console.history import History
from hullwatch.console.readings import Readings
from hullwatch.console.station import station_svg
from hullwatch.console.view import Fold, take
from hullwatch.incident.store import Record, open_record
from hullwatch.records import Event, Samples
from hullwatch.units import utc_seconds, utc_text
from watching import Watched

KNOWN = [{"id": "P"}, {"id": "VALVE"}]
T0 = 1.9e9


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with open_record(str(tmp_path / "record.sqlite")) as opened:
        yield opened


def over(record: Record, events: list[Event], readings: Readings | None = None) -> Desk:
    record.append(events)
    desk = Desk(record, readings)
    desk.catch_up()
    return desk


def then(desk: Desk, at_s: float) -> dict[str, Any]:
    return desk.view(desk.history.seq_at(at_s), at_s)


def test_a_moment_inside_a_gap_says_that_the_signal_was_lost_and_for_how_long(night: Watched, record: Record) -> None:
    gaps = [e.data for e in night.of("quality") if e.data["kind"] == "gap" and e.data["channel"] is None]
    spans = [(utc_seconds(gap["start_utc"]), utc_seconds(gap["end_utc"])) for gap in gaps]
    start_s, end_s = max(spans, key=lambda span: span[1] - span[0])
    desk = over(record, list(night.events))  # the record alone, as after the flight
    for second, signal in ((5.0, "good"), (40.0, "stale"), (120.0, "lost")):
        said = then(desk, start_s + second)
        assert (said["data"]["signal"], said["data"]["age_s"]) == (signal, second)
        assert said["time_utc"] == utc_text(start_s + second)
    assert then(desk, start_s - 60.0)["data"]["signal"] == "good"
    assert then(desk, end_s + 60.0)["data"]["signal"] == "good"


def test_a_moment_long_after_the_last_row_is_stale(record: Record) -> None:
    rows = [Event(T0, "watch_started", None, {}), Event(T0 + 10_000.0, "incident_opened", "AIR-1", {})]
    desk = over(record, rows)
    assert then(desk, T0 + 60.0)["data"] | {"channels": 0, "quality": 0} == {
        "time_utc": utc_text(T0 + 60.0), "signal": "good", "age_s": None, "channels": 0, "quality": 0,
    }  # fmt: skip
    assert then(desk, T0 + 5_000.0)["data"]["signal"] == "stale"


def test_the_readings_kept_tell_the_age_of_a_past_moment(record: Record) -> None:
    readings = Readings()
    times = np.array([0.0, 10.0, 20.0, 200.0])
    readings.take(Samples(T0 + times, np.zeros(4, dtype=np.int64), times, ("P",)))
    rows = [Event(T0, "watch_started", None, {"channels": KNOWN}), Event(T0 + 500.0, "incident_opened", "AIR-1", {})]
    desk = over(record, rows, readings)
    said = then(desk, T0 + 150.0)["data"]
    assert (said["signal"], said["age_s"], said["channels"][0]["quality"]) == ("lost", 130.0, ["stale"])


def test_a_channel_published_on_change_is_stale_only_when_the_feed_is_silent() -> None:
    times = np.arange(0.0, 600.0, 10.0)
    block = Samples(
        np.concatenate([T0 + times, [T0 + 5.0]]), np.array([0] * times.size + [1], dtype=np.int64),
        np.zeros(times.size + 1), ("P", "VALVE"),
    )  # fmt: skip
    for on_change, quality in ((("VALVE",), []), ((), ["stale"])):
        readings = Readings(on_change=on_change)
        readings.take(block)
        readings.take(Samples(T0 + np.array([5.0, 15.0, 25.0]), np.ones(3, dtype=np.int64), np.zeros(3), block.items))
        pressure, valve = readings.latest(KNOWN, T0 + 595.0)
        assert (pressure["quality"], valve["quality"], valve["age_s"]) == ([], quality, 570.0)
        silent = readings.latest(KNOWN, T0 + 700.0)  # nothing at all since 590 s
        assert [one["quality"] for one in silent] == [["stale"], ["stale"]]


# --- rows that no watch writes ----------------------------------------------------------------------------------------

WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "groups of a trend are text": ("trend", {"groups": ["x"]}),
    "a pressure is text": ("trend", {"groups": [{"group": 0, "pressure_pa": "high", "corrected_kg": {"median": 1}}]}),
    "hatches are a list": ("groups_changed", {"groups": [["A"]], "hatches": ["A-B"], "changed": 7}),
    "an action by nobody, of nothing": ("alarm_action", {"action": ["acknowledge"], "by": 1}),
    "evidence is a number": ("evidence", {"kind": 3, "observed": 4}),
    "a decision needs a number": ("decision_proposed", {"decision": ["x"], "needs": 3, "action": "shut"}),
    "a clearance of text": ("clearance", {"rate_kg_day": "much", "compartments": 3}),
    "times that are none": ("quality", {"kind": "gap", "channel": None, "start_utc": "when", "end_utc": []}),
    "a limit of text": ("limit_changed", {"limit": ["x"], "value_pa": "x"}),
    "an alarm of no class": ("alarm", {"alarm_class": {"a": 1}, "trigger": "raise", "state": []}),
    "a ship of numbers": ("watch_started", {"compartments": [1], "hatches": [{}], "channels": "P", "crew": {"a": 1}}),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_row_that_no_watch_writes_is_left_out_and_named(what: str, night: Watched, record: Record) -> None:
    kind, data = WRONG[what]
    incident = night.of("incident_opened")[0].incident
    events = list(night.events)
    at = len(events) - 5
    events.insert(at, Event(events[at].time_s, kind, incident, data))
    desk = over(record, events)
    for seq in (None, 3, at, at + 1, at + 2):
        json.dumps(desk.view(seq), allow_nan=False)
        desk.shown(seq, station_svg)
    said = desk.view()
    assert set(desk.history.left_out) <= {at + 1}
    if desk.history.left_out:  # some do no harm
        assert f"row {at + 1} ({kind})" in said["trouble"]
        left = [event for event in events if event is not events[at]]
        clean = over_fresh(record, left)
        assert said["banner"] == clean["banner"]
        assert said["incidents"] == clean["incidents"]


def over_fresh(record: Record, events: list[Event]) -> dict[str, Any]:
    with open_record(record.name + ".clean") as other:
        return over(other, events).view()


@pytest.mark.parametrize("at", [1, 98, 99, 100, 101, 150])
def test_copies_kept_on_the_way_survive_a_row_left_out(at: int, night: Watched) -> None:
    """Wherever the row stands between the copies, the fold at every row is that of the others alone."""
    events = (list(night.events) * 3)[:250]
    wrong = Event(events[at].time_s, "trend", None, {"groups": ["x"]})  # fails when it is taken in
    made = [*events[:at], wrong, *events[at:]]
    rows = list(enumerate(made, 1))
    history = History(lambda after, limit: rows[after : after + limit])
    for row in rows:
        history.take([row])
    assert set(history.left_out) == {at + 1}
    for seq in (at, at + 1, at + 2, 100, 101, 200, 251):
        slow = Fold()
        for number, event in rows[:seq]:
            if number != at + 1:
                take(slow, number, event)
        assert (history.at(seq).timeline, history.at(seq).ship) == (slow.timeline, slow.ship)
