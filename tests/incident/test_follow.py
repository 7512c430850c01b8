"""An incident as it is followed: its states move by the table alone, its alarm rises and never falls."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.errors import IllegalTransition
from hullwatch.incident import alarms, states
from hullwatch.incident.events import undocumented
from hullwatch.incident.follow import (
    CONFIRM,
    EXPLAINED,
    FADE,
    ISOLATED,
    PLACE_KNOWN,
    PLACE_LOST,
    Incident,
    begin,
    believe,
    move,
    place_moves,
    raise_alarm,
)
from hullwatch.records import Detection, Event, Interval, SetAside
from hullwatch.units import HOUR_S, MMHG_PA, utc_seconds

NOW_S = utc_seconds("2018-08-29T23:30:00Z")
FOUND = Detection(
    kind="leak_onset", group=0, time_s=NOW_S, onset_s=Interval(NOW_S - 1800.0, NOW_S - 2400.0, NOW_S - 1200.0),
    log_ratio=15.0, probability=0.98, size=Interval(3e-4, 2e-4, 4e-4), set_aside=(SetAside("cooling", 0.01, "no"),),
)  # fmt: skip
SHARE = st.floats(0.0, 1.0)


def started(taken: tuple[str, ...] = ()) -> tuple[Incident, tuple[Event, ...]]:
    return begin(FOUND, taken, "no incident is followed", 2.5e-4, 2e-5)


def fall(mmhg_h: float) -> Interval:
    rate = mmhg_h * MMHG_PA / HOUR_S
    return Interval(rate, 0.8 * rate, 1.2 * rate)


def check_moves(before: str, events: tuple[Event, ...], after: str) -> None:
    """Every state event is a row of the table, and each goes on where the one before ended."""
    state = before
    for event in events:
        assert undocumented(event) == ()
        if event.kind == "incident_state":
            assert event.data["previous"] == state
            state = str(event.data["state"])
            assert states.TRANSITIONS[str(event.data["previous"]), str(event.data["trigger"])] == state
            assert event.data["why"]
    assert state == after


def test_a_detection_opens_an_incident_and_confirms_it() -> None:
    incident, events = started()
    assert (incident.id, incident.state, incident.leaking) == ("AIR-2018-08-29-1", "confirmed", True)
    assert [e.kind for e in events] == ["incident_opened", "incident_state"]
    assert all(e.incident == incident.id and e.time_s == NOW_S for e in events)
    assert events[0].data["detected_utc"] == "2018-08-29T23:30:00.000Z"
    assert events[0].data["onset_utc"]["median"] == "2018-08-29T23:00:00.000Z"
    assert "25.9 kg/day" in events[0].data["why"]  # 3e-4 kg/s
    assert "no incident is followed" in events[0].data["why"]
    check_moves("suspected", events[1:], "confirmed")
    assert (incident.onset_s, incident.rate_kg_s, incident.set_aside) == (FOUND.onset_s, FOUND.size, FOUND.set_aside)
    assert (incident.flow_m3_s, incident.peak_m3_s, incident.stage, incident.alarm) == (2.5e-4, 2.5e-4, 1, None)


@pytest.mark.parametrize(("watched_s", "older"), [(-np.inf, False), (60.0, True), (3_600.0, False)])
def test_a_leak_whose_air_was_only_just_seen_may_be_older(watched_s: float, older: bool) -> None:
    """watched_s: how long before the earliest onset this air was first seen."""
    seen_s = FOUND.onset_s.low - watched_s if np.isfinite(watched_s) else watched_s
    incident, events = begin(FOUND, (), "no incident is followed", 2.5e-4, 2e-5, seen_s)
    assert incident.may_be_older is events[0].data["may_be_older"] is older


# --- suspected --------------------------------------------------------------------------------------------------------


def suspected(probability: float = 0.6) -> tuple[Incident, tuple[Event, ...]]:
    return begin(replace(FOUND, probability=probability), (), "no incident is followed", 2.5e-4, 2e-5)


@given(st.floats(0.11, 0.9499))
def test_a_leak_that_is_not_sure_is_opened_as_suspected_and_says_no_more(probability: float) -> None:
    incident, events = suspected(probability)
    assert (incident.state, incident.leaking) == ("suspected", True)
    assert [e.kind for e in events] == ["incident_opened"]
    assert f"{probability:.4f}" in events[0].data["why"]
    # and looking again at the same evidence moves nothing
    assert believe(incident, NOW_S + 60.0) == (incident, ())


def test_a_suspected_leak_is_confirmed_by_the_evidence_that_follows() -> None:
    incident, _ = suspected()
    for minute, probability in enumerate((0.55, 0.8, 0.94), start=1):
        incident, events = believe(replace(incident, leak_probability=probability), NOW_S + 60.0 * minute)
        assert (incident.state, events) == ("suspected", ())
    incident, events = believe(replace(incident, leak_probability=CONFIRM), NOW_S + 300.0)
    assert incident.state == "confirmed"
    check_moves("suspected", events, "confirmed")
    assert [(e.time_s, e.data["trigger"]) for e in events] == [(NOW_S + 300.0, "evidence_strong")]
    assert "0.9500" in events[0].data["why"]


def test_a_suspected_leak_is_dismissed_when_its_evidence_fades_and_names_what_is_likelier() -> None:
    incident, _ = raise_alarm(suspected()[0], fall(6.0), [], NOW_S)
    aside = (SetAside("cooling", 0.2, "no"), SetAside("airlock, vent or docking", 0.7, "no"))
    kept, none = believe(replace(incident, leak_probability=0.11, set_aside=aside), NOW_S + 60.0)
    assert (kept.state, none) == ("suspected", ())
    gone, events = believe(replace(incident, leak_probability=FADE, set_aside=aside), NOW_S + 120.0)
    assert (gone.state, gone.leaking) == ("dismissed", False)
    check_moves("suspected", events[:1], "dismissed")
    assert events[0].data["trigger"] == "evidence_faded"
    assert "airlock, vent or docking" in events[0].data["why"]
    assert [e.kind for e in events] == ["incident_state", "alarm"]  # the caution is taken back aloud
    assert gone.alarm is not None
    assert gone.alarm.state == "returned"


def test_a_leak_with_no_other_explanation_is_let_go_without_naming_one() -> None:
    gone, events = believe(replace(suspected()[0], leak_probability=0.05, set_aside=()), NOW_S)
    assert gone.state == "dismissed"
    assert "likelier" not in events[0].data["why"]


@given(st.floats(0.0, 1.0))
def test_what_was_confirmed_is_let_go_only_when_something_else_explains_it(probability: float) -> None:
    """Much less likely than a suspicion need be: the crew has acted on it."""
    assert EXPLAINED < FADE
    incident = replace(started()[0], leak_probability=probability)
    after, events = believe(incident, NOW_S + 60.0)
    if probability > EXPLAINED:
        assert (after, events) == (incident, ())
    else:
        check_moves("confirmed", events, "dismissed")
        assert after.state == "dismissed"
        assert events[0].data["trigger"] == "explained"
        assert "cooling" in events[0].data["why"]


@pytest.mark.parametrize(("share", "state"), [(0.99, "dismissed"), (1.01, "confirmed")])
def test_the_bound_of_letting_a_confirmed_leak_go(share: float, state: str) -> None:
    """One case on each side, so that the test above cannot pass for want of examples."""
    assert believe(replace(started()[0], leak_probability=share * EXPLAINED), NOW_S)[0].state == state


@settings(max_examples=100)
@given(st.floats(0.0, 500.0), st.floats(0.0, 40.0))
def test_a_suspected_leak_rings_no_more_than_a_caution_and_its_own_class_once_confirmed(
    mmhg_h: float, hours_left: float
) -> None:
    left = Interval(hours_left * HOUR_S, 0.8 * hours_left * HOUR_S, 1.2 * hours_left * HOUR_S)
    reserves = [alarms.Reserve("hypoxia", "emergency", left)]
    deserved, _ = alarms.alarm_class(fall(mmhg_h), reserves)
    incident, events = raise_alarm(suspected()[0], fall(mmhg_h), reserves, NOW_S)
    assert incident.alarm is not None
    capped = min(deserved, "caution", key=alarms.CLASSES.index)
    assert incident.alarm.alarm_class == capped
    assert ("only suspected" in events[0].data["text"]) == (deserved != capped)
    sure, _ = believe(replace(incident, leak_probability=0.99), NOW_S + 60.0)
    rung, events = raise_alarm(sure, fall(mmhg_h), reserves, NOW_S + 60.0)
    assert rung.alarm is not None
    assert rung.alarm.alarm_class == deserved
    assert (events != ()) == (deserved != capped)  # said again only when it rises


def test_an_emergency_rate_is_capped_while_suspected_and_not_after() -> None:
    """One concrete case, so that the bound above cannot pass for want of examples: 100 mmHg/h is an emergency."""
    incident, _ = raise_alarm(suspected()[0], fall(100.0), [], NOW_S)
    confirmed, _ = raise_alarm(started()[0], fall(100.0), [], NOW_S)
    assert incident.alarm is not None
    assert confirmed.alarm is not None
    assert (incident.alarm.alarm_class, confirmed.alarm.alarm_class) == ("caution", "emergency")


def test_a_suspected_leak_has_no_place_to_act_on_yet() -> None:
    incident, _ = suspected()
    assert place_moves(incident, "LAB", 0.99, 0.99, True, NOW_S) == (incident, ())


def test_incidents_of_one_day_are_numbered() -> None:
    ids: tuple[str, ...] = ()
    for number in (1, 2, 3):
        incident, events = started(ids)
        assert incident.id == f"AIR-2018-08-29-{number}"
        assert {e.incident for e in events} == {incident.id}
        ids += (incident.id,)
    tomorrow = replace(FOUND, time_s=NOW_S + HOUR_S)
    assert begin(tomorrow, ids, "", 1e-4, 1e-5)[0].id == "AIR-2018-08-30-1"


@settings(max_examples=100)
@given(st.lists(st.sampled_from(sorted(states.TRIGGERS)), max_size=30))
def test_any_triggers_move_by_the_table_or_are_refused(triggers: list[str]) -> None:
    incident, _ = started()
    for trigger in triggers:
        if (incident.state, trigger) not in states.TRANSITIONS:
            with pytest.raises(IllegalTransition):
                move(incident, trigger, "because", NOW_S)
            continue
        moved, events = move(incident, trigger, "because", NOW_S)
        check_moves(incident.state, events, moved.state)
        assert replace(moved, state=incident.state) == incident
        incident = moved


@settings(max_examples=100)
@given(st.lists(st.tuples(SHARE, SHARE, st.booleans()), min_size=1, max_size=12))
def test_evidence_of_place_moves_by_the_table(evidence: list[tuple[float, float, bool]]) -> None:
    incident, _ = started()
    for probability, behind, holds in evidence:
        moved, events = place_moves(incident, "LAB", probability, behind, holds, NOW_S)
        check_moves(incident.state, events, moved.state)
        assert moved.leaking
        if moved.state == "isolated" and incident.state != "isolated":
            assert behind >= ISOLATED
            assert holds
        if moved.state == "located" and incident.state == "confirmed":
            assert probability >= PLACE_KNOWN
        if moved.state == "confirmed" and incident.state == "located":
            assert probability < PLACE_LOST
        # a second look at the same evidence moves nothing back
        again, more = place_moves(moved, "LAB", probability, behind, holds, NOW_S)
        check_moves(moved.state, more, again.state)
        incident = moved


def test_the_way_of_a_leak_to_a_closed_room_and_back() -> None:
    incident, _ = started()
    for probability, behind, holds, expected in (
        (0.5, 0.0, False, "confirmed"),
        (0.92, 0.0, False, "located"),
        (0.75, 0.0, False, "located"),  # between the bounds nothing moves
        (0.97, 0.97, False, "located"),  # closed off, but the main part does not hold yet
        (0.97, 0.97, True, "isolated"),
        (0.97, 0.7, True, "isolated"),
        (0.97, 0.0, True, "located"),
        (0.4, 0.0, False, "confirmed"),
        (0.5, 0.99, True, "isolated"),  # behind hatches is enough, the room may stay unknown
    ):
        incident, events = place_moves(incident, "LAB", probability, behind, holds, NOW_S)
        assert incident.state == expected
        assert all(event.incident == incident.id for event in events)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.floats(0.0, 200.0), st.sampled_from(["", "acknowledge", "shelve"])), min_size=1, max_size=15)
)
def test_an_alarm_rises_and_never_falls_silently(story: list[tuple[float, str]]) -> None:
    incident, _ = started()
    highest = 0
    for mmhg_h, act in story:
        moved, events = raise_alarm(incident, fall(mmhg_h), [], NOW_S)
        assert moved.alarm is not None
        deserved = alarms.CLASSES.index(alarms.alarm_class(fall(mmhg_h))[0])
        highest = max(highest, deserved)
        assert alarms.CLASSES.index(moved.alarm.alarm_class) == highest
        # said when it changed, and only then
        assert (events != ()) == (moved.alarm != incident.alarm)
        for event in events:
            assert undocumented(event) == ()
            assert event.data["alarm_class"] == moved.alarm.alarm_class
            assert moved.id in event.data["text"]
        incident = moved
        if act and (moved.alarm.state, act) in alarms.TRANSITIONS:
            taken = alarms.transition(moved.alarm.state, act)
            incident = replace(moved, alarm=replace(moved.alarm, state=taken))


def test_the_end_of_a_leak_returns_its_alarm_aloud() -> None:
    incident, _ = raise_alarm(started()[0], fall(20.0), [], NOW_S)
    stopped, events = move(incident, "rate_zero", "below 1 kg/day", NOW_S + 60.0)
    assert not stopped.leaking
    assert [e.kind for e in events] == ["incident_state", "alarm"]
    assert stopped.alarm is not None
    assert (stopped.alarm.state, stopped.alarm.alarm_class) == ("returned", "warning")
    assert events[1].data["state"] == "returned"
    assert "below 1 kg/day" in events[1].data["text"]


def test_a_leak_that_comes_back_raises_its_alarm_again() -> None:
    incident, _ = raise_alarm(started()[0], fall(20.0), [], NOW_S)
    stopped, _ = move(incident, "rate_zero", "quiet", NOW_S + 60.0)
    back, _ = move(stopped, "rate_returned", "again", NOW_S + 3600.0)
    again, events = raise_alarm(back, fall(6.0), [], NOW_S + 3600.0)
    assert again.alarm is not None
    assert (again.alarm.state, again.alarm.alarm_class) == ("unacknowledged", "caution")
    assert len(events) == 1


def test_what_association_compares_is_the_incident() -> None:
    incident, _ = started()
    followed = incident.followed(frozenset({"LAB"}))
    assert (followed.id, followed.state, followed.compartments) == (incident.id, "confirmed", frozenset({"LAB"}))
    assert (followed.onset_s, followed.rate_kg_s, followed.last_s) == (FOUND.onset_s, FOUND.size, NOW_S)
