"""The alarm list: ISA-18.2, one alarm for one leak, and the same whatever way its rows came."""

from collections.abc import Callable

import pytest
import two_centres as two
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.incident import statements as say
from hullwatch.incident.alarm_list import ListedAlarm, after, fold
from hullwatch.incident.alarms import STATES
from hullwatch.incident.standing import standing
from hullwatch.records import Event
from hullwatch.units import utc_text

RAISED = two.beginning()


def act(action: str, after_s: float, by: str = "Ann", **data: object) -> Event:
    said = {"action": action, "by": by, "centre": None, "comment": "", "owner": None, "until_utc": None, **data}
    return Event(two.T0 + after_s, "alarm_action", two.LEAK, said)


def shelved(until_s: float = 3600.0, after_s: float = 30.0) -> Event:
    return act("shelve", after_s, until_utc=utc_text(two.T0 + until_s))


def tick(after_s: float) -> Event:
    return Event(two.T0 + after_s, "trend", None, {"groups": []})


def one(*more: Event) -> ListedAlarm:
    (alarm,) = fold([*RAISED, *more])
    return alarm


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ([], "unacknowledged"),
        ([act("acknowledge", 30)], "acknowledged"),
        ([act("acknowledge", 30), two.alarm(60, "escalate", "warning")], "unacknowledged"),
        ([act("acknowledge", 30), two.alarm(60, "return")], "normal"),
        ([two.alarm(60, "return")], "returned"),
        ([two.alarm(60, "return"), act("acknowledge", 90)], "normal"),
        ([two.alarm(60, "return"), two.alarm(90, "raise")], "unacknowledged"),
        ([shelved()], "shelved"),
        ([shelved(), two.alarm(60, "escalate", "warning")], "unacknowledged"),
        ([shelved(), two.alarm(60, "return")], "shelved"),
        ([shelved(), two.alarm(60, "return"), two.alarm(90, "raise")], "shelved"),
        ([shelved(), act("unshelve", 60)], "unacknowledged"),
        ([shelved(), two.alarm(60, "return"), act("unshelve", 90)], "normal"),
        ([shelved(), tick(3599)], "shelved"),
        ([shelved(), tick(3600)], "unacknowledged"),
        ([shelved(), two.alarm(60, "return"), tick(3600)], "normal"),
        ([act("suppress", 30, comment="EVA")], "suppressed"),
        ([act("suppress", 30), two.alarm(60, "escalate", "emergency")], "suppressed"),
        ([act("suppress", 30), act("unsuppress", 60)], "unacknowledged"),
        ([act("suppress", 30), two.alarm(60, "return"), act("unsuppress", 90)], "normal"),
        ([act("own", 30, owner="Bob"), act("comment", 31, comment="looking")], "unacknowledged"),
    ],
)
def test_the_table(more: list[Event], state: str) -> None:
    assert one(*more).state == state


def test_one_leak_gives_one_alarm_however_often_it_is_said() -> None:
    many = [two.alarm(20 + k, ("escalate", "return", "raise")[k % 3], "warning") for k in range(60)]
    (alarm,) = fold([*RAISED, *many])
    assert alarm.raised == 21
    assert alarm.alarm_class == "warning"


def test_owner_comments_and_evidence_stay_with_it() -> None:
    found = Event(two.T0 - 500, "evidence", two.LEAK, {"kind": "found"})
    alarm = one(act("own", 30, owner="Bob"), act("acknowledge", 31, comment="on it"), found, two.alarm(40, "return"))
    said = alarm.as_dict()
    assert (said["owner"], said["evidence"], said["state"]) == ("Bob", [1], "normal")
    assert said["comments"] == [{"by": "Ann", "centre": None, "utc": utc_text(two.T0 + 31), "text": "on it"}]
    assert one(act("own", 30, owner="Bob"), act("own", 40)).owner is None


def test_evidence_from_another_time_does_not_end_shelving() -> None:
    late = Event(two.T0 + 9e5, "evidence", two.LEAK, {"kind": "found"})
    assert one(shelved(), late).state == "shelved"
    (alarm,) = fold([*RAISED, shelved()], now_s=two.T0 + 9e5)
    assert (alarm.state, alarm.since_s) == ("unacknowledged", two.T0 + 3600.0)


def test_two_hands_at_once_are_both_kept_and_the_second_changes_nothing() -> None:
    alarm = one(act("acknowledge", 30, "Ann"), act("acknowledge", 30, "Boris"))
    assert [(done.by, done.took) for done in alarm.actions] == [("Ann", True), ("Boris", False)]
    assert (alarm.state, alarm.by) == ("acknowledged", "Ann")


def test_a_record_from_before_triggers_reads_as_it_was_meant() -> None:
    def old(after_s: float, state: str) -> Event:
        return Event(two.T0 + after_s, "alarm", two.LEAK, {"alarm_class": "caution", "state": state, "text": ""})

    assert [a.state for a in fold([old(1, "unacknowledged"), old(2, "returned")])] == ["returned"]


def test_what_a_builder_allows_is_what_the_fold_takes() -> None:
    events = list(RAISED)
    for k, action in enumerate(("own", "acknowledge", "suppress", "unsuppress", "comment", "shelve", "unshelve")):
        here = standing(events)
        until = utc_text(two.T0 + 5000) if action == "shelve" else None
        events.append(say.alarm_action(here, two.T0 + 50 + k, two.LEAK, action, "Ann", comment="so", until_utc=until))
    (alarm,) = fold(events)
    assert all(done.took for done in alarm.actions)
    assert alarm.state == "unacknowledged"


STEPS: dict[str, Callable[[float], Event]] = {
    **{name: (lambda t, name=name: two.alarm(t, name)) for name in ("raise", "escalate", "return")},  # type: ignore[misc]
    **{name: (lambda t, name=name: act(name, t)) for name in ("acknowledge", "unshelve", "suppress", "unsuppress")},  # type: ignore[misc]
    "shelve": lambda t: shelved(t + 25, t),
    "tick": tick,
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_any_story_leaves_an_alarm_that_makes_sense(story: list[str]) -> None:
    alarm = one(*(STEPS[name](20.0 + 10.0 * k) for k, name in enumerate(story)))
    assert alarm.state in STATES
    if alarm.state == "acknowledged":
        assert alarm.stands
    if alarm.state in ("normal", "returned"):
        assert not alarm.stands  # a condition that stands is never off the list unless a person set it aside
    if alarm.stands and not {"shelve", "suppress", "acknowledge"} & set(story):
        assert alarm.state == "unacknowledged"
    assert (alarm.until_s is not None) == (alarm.state == "shelved")
    for action in ("own", "comment"):
        assert after(alarm, action) == alarm.state
