"""The patch of MS-09, proved to hold, gives way an hour later with its hatches still shut: the same incident again."""

from importlib import resources

import pytest

from hullwatch.units import HOUR_S, utc_seconds
from watching import Cases, Watched

GIVES_WAY = "2018-08-31T19:00Z"
CASE = (
    (resources.files("hullwatch.simulation") / "scenarios" / "soyuz-ms-09.toml").read_text("utf-8")
    + f"""
[[events]]
at = "{GIVES_WAY}"
kind = "hole"
id = "again"
compartment = "SOYUZ_MS09_OM"
rate = "6 kg/day"
"""
)


@pytest.fixture(scope="module")
def story(cases: Cases) -> Watched:
    return cases.watched(CASE)


def test_it_is_one_incident_through_proof_and_return(story: Watched) -> None:
    moved = [e.data["trigger"] for e in story.of("incident_state") if e.incident == story.incident["id"]]
    assert moved[moved.index("hold_proved") + 1] == "rate_returned"
    assert story.incident["state"] in ("confirmed", "located", "isolated")


def test_the_proof_came_while_it_held_and_the_return_soon_after(story: Watched) -> None:
    when = {e.data["trigger"]: e.time_s for e in story.of("incident_state")}
    assert when["hold_proved"] < utc_seconds(GIVES_WAY) < when["rate_returned"] < utc_seconds(GIVES_WAY) + 2 * HOUR_S


def test_what_is_next_and_the_way_home_follow(story: Watched) -> None:
    manners = [e.data["manner"] for e in story.of("advice")]
    assert manners[manners.index("watch_on") + 1] not in ("hold_test", "watch_on")
    assert [e.data["answer"] for e in story.of("return_question")][-2:] == ["no", "while_it_leaks"]
