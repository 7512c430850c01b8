"""What the watch says to do in the night of MS-09, whether the patch holds, and who can go home in what."""

import itertools
import json

import polars as pl
import pytest

from hullwatch.incident.summary import summarise, verdict_words
from hullwatch.records import Event
from hullwatch.units import utc_seconds, utc_text
from watching import Cases, Watched

EPOXY_LEFT, SECOND_COAT_LEFT = 0.15 * 0.2 * 25.7, 0.15 * 0.2 * 0.01 * 25.7
"""Rates in kg/day that the scenario leaves after the epoxy and after the second coat."""


@pytest.fixture(scope="module")
def story(cases: Cases) -> Watched:
    return cases.watched("soyuz-ms-09")


def confirmed_s(story: Watched) -> float:
    return next(e.time_s for e in story.of("incident_state") if e.data["state"] == "confirmed")


def test_a_next_step_is_said_when_the_leak_is_confirmed(story: Watched) -> None:
    first = story.of("advice")[0]
    assert first.time_s == confirmed_s(story)
    assert first.data["manner"] == "step_by_step"
    assert first.data["shut"]
    assert first.data["alternatives"]
    assert first.data["tree"]["branches"][0]["then"]["shut"] == first.data["shut"]


def test_it_is_said_that_nobody_is_cut_off(story: Watched) -> None:
    first = story.of("advice")[0].data
    assert first["refused"] is None
    for name in ("Prokopyev", "Gerst", "Aunon-Chancellor", "Artemyev", "Feustel", "Arnold"):
        assert name in first["nobody_cut_off"]


def test_every_hatch_shut_while_it_leaks_is_answered(story: Watched) -> None:
    advised = [e.time_s for e in story.of("advice")]
    for event in story.of("groups_changed"):
        shut = any(
            not move["open"] for move in event.data["changed"]
        )  # what is opened again may leave the step as it was
        if shut and confirmed_s(story) < event.time_s < utc_seconds("2018-08-30T08:50Z"):
            assert any(0.0 <= at - event.time_s <= 60.0 for at in advised), utc_text(event.time_s)


def test_the_same_step_is_not_said_twice_in_a_row(story: Watched) -> None:
    said = [(e.data["manner"], e.data["next"]) for e in story.of("advice")]
    assert all(a != b for a, b in itertools.pairwise(said))


def test_the_people_of_both_ships_have_a_time(story: Watched) -> None:
    rows = story.of("crew_time")[0].data["crew"]
    assert {row["craft"] for row in rows} == {"SOYUZ_MS08", "SOYUZ_MS09"}
    assert all(row["abandon_s"] > 0.0 and row["time_s"]["low"] > row["abandon_s"] for row in rows)


def test_the_epoxy_does_not_hold_and_the_rate_is_right(story: Watched) -> None:
    first = story.of("clearance")[0].data
    assert first["verdict"] == "does_not_hold"
    assert first["rate_kg_day"]["low"] <= EPOXY_LEFT <= first["rate_kg_day"]["high"]


def test_the_second_coat_is_proved_to_hold(story: Watched) -> None:
    last = story.of("clearance")[-1]
    assert last.data["verdict"] == "holds"
    assert last.data["compartments"] == ["SOYUZ_MS09_OM"]
    assert last.data["rate_kg_day"]["low"] <= SECOND_COAT_LEFT <= last.data["rate_kg_day"]["high"]
    assert last.data["rate_kg_day"]["high"] < last.data["limit_kg_day"]
    proved = [e for e in story.of("incident_state") if e.data["trigger"] == "hold_proved"]
    assert [e.time_s for e in proved] == [last.time_s]


def test_what_was_held_was_shut_all_the_while(story: Watched) -> None:
    for event in story.of("clearance"):
        since = utc_seconds(event.data["held_since_utc"])
        moved = [e.time_s for e in story.of("groups_changed")]
        assert not [at for at in moved if since < at <= since + event.data["held_s"]]


def test_the_hole_does_not_stop_the_return_in_december(story: Watched) -> None:
    asked = story.of("return_question")
    assert asked[0].data["answer"] == "while_it_leaks"
    last = asked[-1].data
    assert last["answer"] == "no"
    assert last["returns"] == "SOYUZ_MS09_DM"
    assert last["leaves_utc"].startswith("2018-12-20")
    assert last["if_shut"]["seats_lost"] == 3


def test_evidence_of_the_case_is_weighed_and_recorded_once(story: Watched) -> None:
    given = story.of("evidence")
    assert [e.data["kind"] for e in given] == ["ultrasound", "ultrasound", "found"]
    assert all(e.time_s == utc_seconds(utc_text(e.time_s)) for e in given)
    last = story.of("estimate")[-1].data
    assert [piece["name"] for piece in last["evidence"]] == ["pressure", "#1 ultrasound", "#2 ultrasound", "#3 found"]
    before = [e for e in story.of("estimate") if e.time_s < given[0].time_s]
    assert all(e.data["evidence"] == [] for e in before)


def test_the_closing_words_are_read_in_seconds(story: Watched) -> None:
    lines = verdict_words(summarise(story.events)).splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["NEXT", "PATCH", "RETURN"]
    assert sum(len(line.split()) for line in lines[2:]) < 110


def test_rows_are_json_and_small(story: Watched) -> None:
    sizes = [len(json.dumps(dict(e.data))) for e in story.of("advice")]
    assert sum(sizes) < 600_000


def test_the_truth_never_leaked_more_than_the_hold_says(story: Watched) -> None:
    """Gas that still left while the part was proved to hold lies within the interval said."""
    assert story.truth is not None
    last: Event = story.of("clearance")[-1]
    since = utc_seconds(last.data["held_since_utc"])
    hole = story.truth.filter(pl.col("compartment") == "SOYUZ_MS09_OM").filter(
        pl.col("time").dt.epoch("s").is_between(int(since), int(last.time_s))
    )["hole_kg_s"]
    rate = last.data["rate_kg_day"]
    assert rate["low"] <= float(hole.mean()) * 86_400.0 <= rate["high"]  # type: ignore[arg-type]
