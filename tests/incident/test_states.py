"""The tables of incident and alarm states: total, deterministic, reachable, and drawn in full."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.errors import IllegalTransition
from hullwatch.incident import alarms, states
from hullwatch.incident.alarms import Alarm, Reserve, Thresholds, alarm_class, on_end, on_leak
from hullwatch.records import Interval
from hullwatch.units import HOUR_S, MMHG_PA


@given(st.sampled_from(sorted(states.STATES)), st.sampled_from(sorted(states.TRIGGERS)))
def test_every_pair_of_state_and_trigger_moves_to_a_known_state_or_is_refused(state: str, trigger: str) -> None:
    if (state, trigger) in states.TRANSITIONS:
        assert states.transition(state, trigger) == states.transition(state, trigger)
        assert states.transition(state, trigger) in states.STATES
        return
    with pytest.raises(IllegalTransition, match="accepts") as refused:
        states.transition(state, trigger)
    assert refused.value.allowed == states.accepted(state)


def test_the_table_names_only_known_words_and_uses_all_of_them() -> None:
    assert {trigger for _, trigger in states.TRANSITIONS} == set(states.TRIGGERS)
    reached, fresh = {states.INITIAL}, {states.INITIAL}
    while fresh:
        fresh = {to for (origin, _), to in states.TRANSITIONS.items() if origin in fresh} - reached
        reached |= fresh
    assert reached == set(states.STATES)
    assert set(states.STATES) == states.OPEN | states.REAL | {"dismissed"}


def test_the_story_of_a_leak_goes_through_the_table() -> None:
    state = states.INITIAL
    for trigger in (
        "evidence_strong",
        "place_known",
        "isolated",
        "reopened",
        "rate_zero",
        "rate_returned",
        "rate_zero",
    ):
        state = states.transition(state, trigger)
    assert states.transition(state, "hold_proved") == "cleared"
    with pytest.raises(IllegalTransition):
        states.transition("suspected", "hold_proved")


def test_drawings_show_every_state_and_trigger() -> None:
    drawing = states.states_svg()
    ET.fromstring(drawing)  # noqa: S314  # our own text
    for picture in (drawing, states.states_mermaid(), states.states_markdown()):
        assert all(word in picture for word in (*states.STATES, *states.TRIGGERS))
    assert all(word in alarms.states_markdown() for word in alarms.STATES)


def test_alarm_table_is_closed_and_every_state_can_be_left() -> None:
    assert {to for to in alarms.TRANSITIONS.values()} == set(alarms.STATES)
    assert {origin for origin, _ in alarms.TRANSITIONS} == set(alarms.STATES)
    with pytest.raises(IllegalTransition, match="unshelve"):
        alarms.transition("shelved", "acknowledge")


def _fall(mmhg_h: float) -> Interval:
    rate = mmhg_h * MMHG_PA / HOUR_S
    return Interval(rate, 0.8 * rate, 1.2 * rate)


@pytest.mark.parametrize(
    ("mmhg_h", "expected"),
    [(0.1, "advisory"), (0.8, "advisory"), (5.0, "caution"), (16.0, "warning"), (60.0, "emergency")],
)
def test_class_follows_the_rate_of_fall(mmhg_h: float, expected: str) -> None:
    assert alarm_class(_fall(mmhg_h * 1.0001))[0] == expected


def test_class_follows_reserve_time_to_limits_that_matter() -> None:
    def left(hours: float, name: alarms.AlarmClass) -> Reserve:
        return Reserve("evacuation", name, Interval(2 * hours * HOUR_S, hours * HOUR_S, 3 * hours * HOUR_S))

    assert alarm_class(_fall(0.1), [left(2.0, "emergency")])[0] == "emergency"
    assert alarm_class(_fall(0.1), [left(2.0, "advisory")])[0] == "advisory"
    assert alarm_class(_fall(0.1), [left(2.0, "caution")])[0] == "caution"
    assert alarm_class(_fall(0.1), [left(10.0, "emergency")])[0] == "warning"
    assert "evacuation" in alarm_class(_fall(0.1), [left(10.0, "emergency")])[1]
    strict = Thresholds(caution_pa_s=0.01 * MMHG_PA / HOUR_S)
    assert alarm_class(_fall(0.1), thresholds=strict)[0] == "caution"


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_a_faster_fall_never_gets_a_milder_class(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert alarms.CLASSES.index(alarm_class(_fall(low))[0]) <= alarms.CLASSES.index(alarm_class(_fall(high))[0])


def test_one_leak_has_one_alarm_that_may_rise_but_never_fall() -> None:
    alarm, trigger = on_leak(None, "AIR-2018-08-29-1", "caution")
    assert (alarm.state, trigger) == ("unacknowledged", "raise")
    taken = Alarm(alarm.incident, alarm.alarm_class, alarms.transition(alarm.state, "acknowledge"))
    assert on_leak(taken, alarm.incident, "advisory") == (taken, "")
    higher, trigger = on_leak(taken, alarm.incident, "emergency")
    assert (higher.alarm_class, higher.state, trigger) == ("emergency", "unacknowledged", "escalate")
    assert on_leak(Alarm("a", "caution", "shelved"), "a", "caution")[1] == ""
    assert on_leak(Alarm("a", "caution", "shelved"), "a", "warning")[0].state == "unacknowledged"
    assert on_leak(Alarm("a", "caution", "suppressed"), "a", "emergency")[1] == ""
    assert on_end(higher)[0].state == "returned"
    assert on_end(taken)[0].state == "normal"
    assert on_end(Alarm("a", "caution", "normal")) == (Alarm("a", "caution", "normal"), "")
