"""The view says what the record says, at every row, however the rows came."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.console.history import EVERY, History
from hullwatch.console.view import Fold, Moment, kept, take, view
from hullwatch.incident.summary import summarise
from hullwatch.records import Event
from watching import Watched

Rows = list[tuple[int, Event]]


def folded(rows: Rows) -> Fold:
    fold = Fold()
    for seq, event in rows:
        take(fold, seq, event)
    return fold


def history_of(rows: Rows) -> History:
    def read(after: int, limit: int) -> Rows:
        return rows[after : after + limit]

    made = History(read)
    made.take(rows)
    return made


@pytest.fixture(scope="module")
def history(rows: Rows) -> History:
    return history_of(rows)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.0, 1.0))
def test_the_view_at_a_row_is_the_fold_of_the_rows_up_to_it(rows: Rows, history: History, share: float) -> None:
    seq = round(share * len(rows))
    assert view(history.at(seq), Moment()) == view(folded(rows[:seq]), Moment())


def test_rows_taken_in_later_leave_a_kept_fold_as_it_was(rows: Rows) -> None:
    fold = folded(rows[: len(rows) // 2])
    copied, before = kept(fold), view(fold, Moment())
    for seq, event in rows[len(rows) // 2 :]:
        take(fold, seq, event)
    assert view(copied, Moment()) == before
    assert view(fold, Moment()) != before


def test_a_moment_is_the_last_row_known_by_then(rows: Rows, history: History) -> None:
    opened = next(seq for seq, event in rows if event.kind == "incident_opened")
    at_s = rows[opened - 1][1].time_s
    assert history.seq_at(at_s - 1.0) < opened <= history.seq_at(at_s)
    assert not view(history.at(history.seq_at(at_s - 1.0)), Moment())["incidents"]
    assert view(history.at(history.seq_at(at_s)), Moment())["incidents"]
    assert history.seq_at(0.0) == 0
    assert history.seq_at(1e12) == len(rows)


def test_any_moment_of_three_thousand_rows_is_there_in_50_ms(rows: Rows) -> None:
    trend = [event for _, event in rows if event.kind in ("trend", "estimate", "quality")]
    long = list(enumerate([*(event for _, event in rows), *(trend * 50)][:3_000], 1))
    assert len(long) == 3_000
    history, worst = history_of(long), 0.0
    for seq in (1, EVERY - 1, EVERY, 2 * EVERY - 1, 1_999, 2_999, 3_000):
        spent = []
        for _ in range(3):
            begun = time.process_time()
            json.dumps(view(history.at(seq), Moment()))
            spent.append(time.process_time() - begun)
        worst = max(worst, min(spent))
    assert worst < 0.05


def test_the_view_is_json_without_a_nan_and_every_estimate_has_its_interval(rows: Rows) -> None:
    def intervals(value: Any) -> list[Any]:
        if isinstance(value, dict):
            own = [value] if "median" in value else []
            return own + [found for part in value.values() for found in intervals(part)]
        return [found for part in value for found in intervals(part)] if isinstance(value, list) else []

    for seq in range(1, len(rows) + 1, 7):
        said = view(folded(rows[:seq]), Moment())
        json.dumps(said, allow_nan=False)
        for found in intervals(said):
            assert {"median", "low", "high"} <= set(found)
        for incident in said["incidents"]:
            for name in ("rate_kg_day", "hole_mm", "area_mm2"):
                value = incident[name]
                assert value is None or value["low"] <= value["median"] <= value["high"]
            for entry in incident["reserve"]:
                assert entry["time_s"]["low"] <= entry["time_s"]["median"] <= entry["time_s"]["high"]


def test_figures_are_those_of_the_latest_estimate(night: Watched, rows: Rows) -> None:
    last = [k for k, event in enumerate(night.events) if event.kind == "estimate"][5]
    estimate = night.events[last].data
    (incident,) = view(folded(rows[: last + 1]), Moment())["incidents"]
    assert incident["rate_kg_day"] == estimate["rate_kg_day"]
    assert incident["hole_mm"]["median"] == pytest.approx(1e3 * estimate["equivalent_diameter_m"]["median"])
    assert incident["area_mm2"]["high"] == pytest.approx(1e6 * estimate["effective_area_m2"]["high"])
    assert [place["compartment"] for place in incident["location"]] == [p["compartment"] for p in estimate["location"]]
    assert incident["set_aside"] == estimate["set_aside"]
    assert len(incident["reserve"]) == len(estimate["reserve_time_s"])


def test_the_fall_of_pressure_is_what_the_pressure_does(night: Watched, rows: Rows) -> None:
    """The slope of the pressure itself, over the twenty minutes before a hatch moves, is the slow oracle."""
    moved = next(e.time_s for e in night.of("groups_changed") if e.data["changed"])
    trend = [e for e in night.of("trend") if moved - 1_200.0 <= e.time_s < moved]
    entries = [(e.time_s, e.data["groups"][0]["pressure_pa"]) for e in trend]
    (t0, p0), (t1, p1) = entries[0], entries[-1]
    slope = (p0 - p1) / 133.322387415 / (t1 - t0) * 3_600.0
    before = [row for row in rows if row[1].time_s < moved]
    fall = view(folded(before), Moment())["incidents"][0]["pressure_fall_mmhg_h"]
    assert fall["low"] < slope < fall["high"]
    assert math.isclose(fall["median"], slope, rel_tol=0.1)


def test_banner_says_the_verdict_and_what_was_set_aside(night: Watched, rows: Rows) -> None:
    alarm = next(k for k, event in enumerate(night.events) if event.kind == "alarm")
    quiet = view(folded(rows[: alarm - 3]), Moment())["banner"]
    assert quiet["class"] in ("undecided", "normal")
    loud = view(folded(rows[: alarm + 3]), Moment())["banner"]
    assert loud["class"] == night.events[alarm].data["alarm_class"]
    assert loud["state"] == "unacknowledged"
    assert loud["words"].startswith("Air")
    assert loud["set_aside"]
    assert loud["would_change"]
    assert "Considered and set aside" in loud["detail"] or "Also possible" in loud["detail"]


def test_the_map_goes_by_what_the_watch_makes_of_a_report(night: Watched, rows: Rows) -> None:
    """A report shows until the watch has looked at it; one that telemetry contradicts shows what telemetry says."""
    fold, said = Fold(), {"hatch": "NODE-STORE", "open": False, "by": "Ada", "centre": None, "note": ""}
    for seq, event in rows[:2]:
        take(fold, seq, event)

    def shown(event: Event | None = None) -> tuple[bool, str, Any]:
        if event is not None:
            take(fold, fold.seq + 1, event)
        hatch = next(h for h in view(fold, Moment())["map"]["hatches"] if h["id"] == "NODE-STORE")
        return hatch["open"], hatch["source"], hatch["reported"] and hatch["reported"]["contradiction"]

    at_s = rows[1][1].time_s
    heard = {"what": "hatch_report", "hatch": "NODE-STORE", "open": False}
    assert shown() == (True, "default", None)
    assert shown(Event(at_s, "hatch_report", None, said)) == (False, "report", None)
    contradicted = {**heard, "followed": False, "contradiction": "telemetry says open"}
    assert shown(Event(at_s, "heard", None, contradicted)) == (True, "telemetry", "telemetry says open")
    assert shown(Event(at_s, "heard", None, {**heard, "followed": True, "contradiction": None})) == (
        False,
        "report",
        None,
    )


def test_map_follows_hatches_and_groups(night: Watched, rows: Rows) -> None:
    closing = next(k for k, e in enumerate(night.events) if e.data.get("changed"))
    before, after = (view(folded(rows[: closing + k]), Moment())["map"] for k in (0, 1))

    def hatch(ship: dict[str, Any]) -> dict[str, Any]:
        return next(one for one in ship["hatches"] if one["id"] == "NODE-STORE")

    assert (hatch(before)["open"], hatch(before)["source"]) == (True, "default")
    assert (hatch(after)["open"], hatch(after)["source"]) == (False, "telemetry")
    assert len(after["groups"]) == len(before["groups"]) + 1
    groups = {room["id"]: room["group"] for room in after["compartments"]}
    assert groups["NODE"] != groups["STORE"]


def test_the_end_is_the_summary(night: Watched, rows: Rows) -> None:
    said, summary = view(folded(rows), Moment()), summarise(night.events)
    assert not said["live"]
    assert said["data"]["signal"] == "ended"
    assert said["span_utc"] == summary["span_utc"]
    assert said["incidents"][0]["history"] == summary["incidents"][0]["history"]
    assert said["incidents"][0]["best"]["rate_kg_day"] == summary["incidents"][0]["rate_kg_day"]
    assert [entry["time_utc"] for entry in said["timeline"]] == sorted(
        (entry["time_utc"] for entry in said["timeline"]), reverse=True
    )


def test_an_empty_record_is_undecided() -> None:
    said = view(Fold(), Moment())
    assert said["banner"]["class"] == "undecided"
    assert said["incidents"] == said["alarms"] == said["map"]["compartments"] == []
