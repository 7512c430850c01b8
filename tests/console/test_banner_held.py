"""An alarm that people shelved or suppressed stays in sight: its class, and whose doing it is."""

from typing import Any

import pytest

from hullwatch.console.view import Fold, Moment, take, view
from hullwatch.incident import statements
from hullwatch.incident.standing import standing
from hullwatch.records import Event
from hullwatch.units import utc_text
from watching import Watched


def banner_of(events: list[Event]) -> dict[str, Any]:
    fold = Fold()
    for seq, event in enumerate(events, 1):
        take(fold, seq, event)
    found: dict[str, Any] = view(fold, Moment())["banner"]
    return found


def until_alarm(night: Watched) -> list[Event]:
    at = next(k for k, event in enumerate(night.events) if event.kind == "alarm")
    return list(night.events[: at + 1])


@pytest.mark.parametrize(
    ("action", "more", "words"),
    [
        ("shelve", {"until_utc": "1 h"}, "Shelved until "),
        ("suppress", {"comment": "planned depressurisation"}, "Suppressed by design by Ann: planned depressurisation"),
    ],
)
def test_its_class_stays_and_what_was_done_is_said(
    night: Watched, action: str, more: dict[str, str], words: str
) -> None:
    events = until_alarm(night)
    now_s, name = events[-1].time_s, str(events[-1].incident)
    if "until_utc" in more:
        more = {"until_utc": utc_text(now_s + 3600.0)}
    said = statements.alarm_action(standing(events), now_s, name, action, "Ann", **more)
    loud, held = banner_of(events), banner_of([*events, said])
    assert loud["held"] is None
    assert held["class"] == loud["class"] != "normal"
    assert held["state"] == {"shelve": "shelved", "suppress": "suppressed"}[action]
    assert held["held"].startswith(words)
    assert "by Ann" in held["held"]
    assert held["held"] in held["detail"]
    assert held["words"] == loud["words"]


def test_the_shelf_ends_by_the_time_of_data_and_what_ended_on_it_is_no_class(night: Watched) -> None:
    events = until_alarm(night)
    now_s, name = events[-1].time_s, str(events[-1].incident)
    said = statements.alarm_action(standing(events), now_s, name, "shelve", "Ann", until_utc=utc_text(now_s + 600.0))
    later = Event(now_s + 601.0, "trend", None, {"groups": []})
    awake = banner_of([*events, said, later])
    assert (awake["state"], awake["held"]) == ("unacknowledged", None)
    gone = {"alarm_class": "advisory", "state": "returned", "trigger": "return", "text": "stopped"}
    over = banner_of([*events, said, Event(now_s + 60.0, "alarm", name, gone)])
    assert (over["class"], over["state"]) == ("normal", "shelved")


def test_what_asks_for_somebody_comes_before_what_was_held(night: Watched) -> None:
    events = until_alarm(night)
    now_s, name = events[-1].time_s, str(events[-1].incident)
    held = statements.alarm_action(standing(events), now_s, name, "suppress", "Ann", comment="vent")
    opened = next(event for event in events if event.kind == "incident_opened")
    other = Event(now_s, "incident_opened", "AIR-2030-01-01-9", opened.data)
    mild = {"alarm_class": "advisory", "state": "unacknowledged", "trigger": "raise", "text": "another"}
    found = banner_of([*events, held, other, Event(now_s, "alarm", "AIR-2030-01-01-9", mild)])
    assert found["incident"] == "AIR-2030-01-01-9"
    assert f"{name} (suspected, its " in found["detail"] or f"{name} (confirmed, its " in found["detail"]
    assert "alarm suppressed" in found["detail"]
