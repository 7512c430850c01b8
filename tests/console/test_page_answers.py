"""What the page shows: the six answers of a real record, live and as it was known then."""

from typing import Any

import pytest
from browsing import Visit
from serving_one import Start, leaking_part

from hullwatch.records import Event
from hullwatch.units import utc_seconds
from watching import Watched

BEFORE = 10
"""Rows before the incident is opened."""


def last(events: tuple[Event, ...], kind: str) -> dict[str, Any]:
    return dict(next(event for event in reversed(events) if event.kind == kind).data)


@pytest.fixture
def leaking(night: Watched) -> tuple[Event, ...]:
    """The record up to the advice for the open leak."""
    return night.events[: next(k for k, event in enumerate(night.events) if event.kind == "crew_time") + 1]


def test_six_answers_stand_on_one_screen(start: Start, visit: Visit, leaking: tuple[Event, ...]) -> None:
    visit.open(start(len(leaking)).address)
    estimate, advice = last(leaking, "estimate"), last(leaking, "advice")
    assert visit.text(".class .word") == "WARNING"
    assert "air is leaking" in visit.text(".verdict .words").lower()
    for cause in estimate["set_aside"]:
        assert cause["cause"].lower() in visit.text(".else").lower()
    rate = estimate["rate_kg_day"]
    shown = visit.text("#how-much .big")
    assert f"{rate['median']:.0f} kg/day" in shown
    assert f"{rate['low']:.0f} to {rate['high']:.0f} (90 %)" in shown
    assert visit.page.locator("#how-long .limit").count() == len(estimate["reserve_time_s"])
    assert "tells no compartment from another" in visit.text("#where")
    assert advice["next"].split(".")[0].lower() in visit.text("#what-next .step").lower()
    assert advice["why"].split(".")[0].lower() in visit.text("#what-next").lower()
    foot = visit.page.locator(".foot").bounding_box()["y"]
    for answer in ("#verdict", "#how-much", "#how-long", "#where", "#what-next", "#map", "#trends .strips"):
        box = visit.page.locator(answer).bounding_box()
        assert box["y"] + box["height"] <= foot + 1, f"{answer} needs scrolling at 1280 x 800"
    visit.picture("leak-dark")


def test_every_number_of_the_answers_has_an_interval(start: Start, visit: Visit, leaking: tuple[Event, ...]) -> None:
    visit.open(start(len(leaking)).address)
    for row in visit.page.locator("#how-much .measured, #how-long .limit").all():
        said = row.inner_text()
        assert " to " in said or "cannot be said yet, because" in said, said


def test_time_runs_on_between_two_estimates(start: Start, visit: Visit) -> None:
    one, moment = start(), "2030-05-06T08:30:45Z"
    limit = min(one.client().view(at=moment)["incidents"][0]["reserve"], key=lambda one: one["time_s"]["median"])
    left_s = utc_seconds(limit["at_utc"]["median"]) - utc_seconds(moment)
    assert 600.0 < left_s < limit["time_s"]["median"] - 10.0  # the estimate is older than that
    visit.open(one.address, query=f"?at={moment}")
    visit.waits(".labels", "not live")
    visit.waits("#how-long .limit", f"{left_s / 60.0:.1f} min")


def test_a_quiet_watch_says_how_small_a_leak_it_would_have_seen(start: Start, visit: Visit, night: Watched) -> None:
    visit.open(start(BEFORE).address)
    assert visit.text(".class .word") == "NORMAL"
    assert "no leak is followed" in visit.text("#how-much")
    assert "cannot be said yet, because" in visit.text("#where")
    visit.picture("quiet")


def test_news_arrives_without_asking(start: Start, visit: Visit, night: Watched) -> None:
    one = start(BEFORE)
    visit.open(one.address)
    visit.waits(".fact[data-key=link]", "live")
    assert visit.text(".class .word") == "NORMAL"
    count = leaking_part(night.events)
    one.record.append(night.events[BEFORE:count])
    one.desk.grown()
    visit.waits(".class .word", "caution")
    assert "caution" in visit.text("#said").lower()  # said once to screen readers
    assert "Caution" in visit.page.title()
    visit.page.evaluate("document.getElementById('said').textContent = ''")
    one.record.append(night.events[count : count + 1])
    one.desk.grown()
    visit.waits("#channels", "channels")
    visit.page.wait_for_timeout(400)
    assert visit.page.text_content("#said") == ""  # the same class is not said again


def test_the_map_shows_hatches_groups_and_where(start: Start, visit: Visit, night: Watched) -> None:
    located = next(k for k, e in enumerate(night.events) if e.kind == "incident_state" and e.data["state"] == "located")
    visit.open(start(located + 2).address)  # with the estimate that says it

    def letter(room: str) -> str:
        return str(visit.page.text_content(f'[data-compartment="{room}"] .letter'))

    assert "closed" in str(visit.page.get_attribute('[data-hatch="NODE-STORE"]', "class"))
    assert "open" in str(visit.page.get_attribute('[data-hatch="NODE-LAB"]', "class"))
    assert "likely" in str(visit.page.get_attribute('[data-compartment="STORE"]', "class"))
    assert letter("STORE") != letter("NODE") == letter("LAB")
    assert "Store" in visit.text("#where .place")
    assert "Closed hatches: NODE-STORE" in str(visit.page.get_attribute(".station", "aria-label"))


def test_history_shows_what_was_known_then(start: Start, visit: Visit, night: Watched) -> None:
    one = start()
    visit.open(one.address)
    assert "NOT LIVE" not in visit.text("body")
    opened = next(event for event in night.events if event.kind == "incident_opened")
    visit.page.keyboard.press("Shift+ArrowLeft")
    visit.page.keyboard.press("Shift+ArrowLeft")
    visit.waits(".labels", "not live")
    visit.waits(".labels", "126/08:59:59 utc.")  # two hours before the end
    visit.waits("#how-much", "kg/day")
    then = one.client().view(at="2030-05-06T08:59:59Z")
    assert then["incidents"][0]["state"] == "confirmed"
    assert f"{then['incidents'][0]['rate_kg_day']['median']:.0f} kg/day" in visit.text("#how-much .big")
    assert "now confirmed" in visit.text(".since")
    assert "NOT LIVE" in visit.page.title()
    visit.picture("history")
    for _ in range(45):
        visit.page.keyboard.press("ArrowLeft")
    visit.waits(".class .word", "normal")  # before the leak nobody knew of it
    assert str(opened.incident) not in visit.text("main")
    visit.page.keyboard.press("l")
    visit.waits(".since", "stopped")
    assert "NOT LIVE" not in visit.text("body")


def test_a_moment_that_cannot_be_had_is_not_passed_off(start: Start, visit: Visit) -> None:
    visit.open(start().address)
    visit.page.route(
        "**/api/v1/view?at=*", lambda route: route.fulfill(status=503, body='{"error": "the record is away"}')
    )
    visit.page.keyboard.press("Shift+ArrowLeft")
    visit.waits(".labels", "cannot be shown: the record is away")
    assert "of another moment" in visit.text(".labels")
    visit.complaints.clear()  # the browser reports the 503 itself


def test_a_link_opens_its_moment(start: Start, visit: Visit) -> None:
    visit.open(start().address, query="?at=2030-05-06T08:10:00Z")
    visit.waits(".labels", "not live")
    visit.waits(".class .word", "normal")


def test_reconstructed_data_are_labelled(start: Start, visit: Visit) -> None:
    visit.open(start(BEFORE).address)
    assert "RECONSTRUCTED DATA" in visit.text(".label.made")


@pytest.mark.parametrize("visit", [{"color_scheme": "light"}], indirect=True)
def test_a_lost_connection_is_said_and_repaired(start: Start, visit: Visit, night: Watched) -> None:
    one = start(BEFORE)
    visit.open(one.address)
    visit.waits(".fact[data-key=link]", "live")
    port = one.port
    one.stop()
    visit.waits(".labels", "connection lost")
    visit.waits(".labels", "old and does not change")
    assert visit.text(".fact[data-key=signal]").endswith("not known")
    visit.picture("lost")
    again = start(leaking_part(night.events), port=port)
    visit.waits(".class .word", "caution")
    assert "CONNECTION LOST" not in visit.text("body")
    again.stop()
    visit.complaints.clear()  # the browser itself reports the refused connections


@pytest.mark.parametrize("visit", [{"viewport": {"width": 390, "height": 844}, "color_scheme": "light"}], indirect=True)
def test_a_phone_reads_it_in_one_column(start: Start, visit: Visit, leaking: tuple[Event, ...]) -> None:
    visit.open(start(len(leaking)).address)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    tops = [
        visit.page.locator(f"#{name}").bounding_box()["y"]
        for name in ("how-much", "how-long", "where", "what-next", "map")
    ]
    assert tops == sorted(tops)
    visit.picture("phone", full=True)


def test_paper_has_everything_opened_and_no_controls(start: Start, visit: Visit, leaking: tuple[Event, ...]) -> None:
    visit.open(start(len(leaking)).address)
    visit.page.emulate_media(media="print")
    assert not visit.page.locator(".foot").is_visible()
    assert not visit.page.locator(".top .buttons").is_visible()
    assert visit.page.locator(
        "#full-else li"
    ).first.is_visible()  # what else, and why not, on the sheet after the answers
    background = visit.page.evaluate("getComputedStyle(document.querySelector('#how-much')).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    visit.picture("print", full=True)
