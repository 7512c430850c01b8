"""A day with a warm noon, a makeup of nitrogen and a loss of signal, and no leak."""

import pytest

from hullwatch.units import utc_seconds
from watching import Cases, Watched, overlaps, watched, with_leak


@pytest.fixture(scope="module")
def story(cases: Cases) -> Watched:
    return cases.watched("quiet-day")


def test_there_is_no_leak(story: Watched) -> None:
    assert story.summary["verdict"] == "no_leak"
    assert story.summary["incidents"] == []
    assert not story.of("alarm")


def test_the_makeup_is_named_and_weighed(story: Watched) -> None:
    (gain,) = story.summary["events"]
    assert gain["kind"] == "repressurisation"
    assert overlaps(gain["mass_kg"], 1.5)
    start, end = utc_seconds(gain["start_utc"]), utc_seconds(gain["end_utc"])
    assert start - 600.0 <= utc_seconds("2018-10-12T14:00Z") <= end <= utc_seconds("2018-10-12T14:30Z")


def test_the_valve_is_in_the_record(story: Watched) -> None:
    (opened,) = [e for e in story.of("operation") if e.data["kind"] == "makeup" and "open" in e.data["state"].lower()]
    assert abs(opened.time_s - utc_seconds("2018-10-12T14:00Z")) < 60.0


def test_the_loss_of_signal_is_noted_as_one(story: Watched) -> None:
    gaps = [note for note in story.summary["data_quality"]["notes"] if note["kind"] == "gap"]
    (gap,) = gaps
    assert gap["channel"] is None
    assert utc_seconds(gap["start_utc"]) == pytest.approx(utc_seconds("2018-10-12T10:20Z"), abs=90.0)
    assert utc_seconds(gap["end_utc"]) == pytest.approx(utc_seconds("2018-10-12T10:30Z"), abs=90.0)
    assert story.summary["data_quality"]["signal_lost_s"] == pytest.approx(600.0, abs=90.0)


@pytest.mark.parametrize(("times", "reported"), [(0.6, False), (1.2, True)])
def test_it_says_how_small_a_leak_it_would_have_reported(story: Watched, times: float, reported: bool) -> None:
    """From the end of the fill on, where its evidence starts; the fill and the signal loss are behind it."""
    smallest = story.summary["detectable_kg_day"]
    leaking = with_leak(story.source, story.ship, f"{times * smallest} kg/day at 2018-10-12T14:45Z")
    found = watched(leaking, story.ship).summary["incidents"]
    assert len(found) == reported
