"""Which incident a detection belongs to."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hullwatch.incident.association import RETURN_WITHIN_S, Followed, associate, incident_id
from hullwatch.records import Detection, Interval
from hullwatch.units import DAY_S, utc_seconds

T = utc_seconds("2018-08-29T23:00Z")
RATE = Interval(3e-4, 2e-4, 4e-4)
HERE = frozenset({"lab", "node1"})
LEAK = Followed("AIR-2018-08-29-1", "confirmed", Interval(T - 9e3, T - 1e4, T - 8e3), HERE, RATE, T)


def found(kind: str = "leak_onset", time_s: float = T + 3600, size: Interval = RATE) -> Detection:
    onset = Interval(time_s - 600, time_s - 900, time_s - 300)
    return Detection(kind, 0, time_s, onset, 12.0, 0.99, size)


def test_ids_come_from_data_and_count_on_one_day() -> None:
    first = incident_id(T, ())
    assert first == "AIR-2018-08-29-1"
    assert incident_id(T, {first}) == "AIR-2018-08-29-2"
    assert incident_id(T + 3600, {first}) == "AIR-2018-08-30-1"
    assert incident_id(T, (), medium="coolant") == "COOLANT-2018-08-29-1"


def test_a_change_of_rate_where_a_leak_is_followed_is_that_leak() -> None:
    for kind in ("leak_onset", "rate_rise", "rate_fall"):
        answer = associate([LEAK], found(kind), frozenset({"lab"}))
        assert answer.incident == LEAK.id
        assert LEAK.id in answer.why


def test_a_leak_in_another_group_or_after_a_dismissal_is_new() -> None:
    assert associate([LEAK], found(), frozenset({"fgb"})).incident is None
    assert associate([replace(LEAK, state="dismissed")], found(), HERE).incident is None
    assert associate([], found(), HERE).why == "no incident is followed"


def test_steps_and_sensors_belong_to_no_incident() -> None:
    answer = associate([LEAK], found("step_gain"), HERE)
    assert answer.incident is None
    assert "not a leak" in answer.why


def test_a_leak_that_comes_back_soon_with_a_like_rate_is_the_same() -> None:
    ended = replace(LEAK, state="stopped")
    assert associate([ended], found(time_s=T + DAY_S), HERE).incident == LEAK.id
    assert associate([ended], found(time_s=T + 2 * RETURN_WITHIN_S), HERE).incident is None
    other = associate([ended], found(time_s=T + DAY_S, size=RATE.scaled(50)), HERE)
    assert other.incident is None
    assert "neither its time nor its rate" in other.why
    assert associate([ended], found("rate_fall", T + DAY_S), HERE).incident is None


def test_of_two_leaks_the_one_whose_onset_overlaps_is_chosen() -> None:
    late = replace(LEAK, id="AIR-2018-08-29-2", onset_s=Interval(T + 3000, T + 2600, T + 3400))
    assert associate([LEAK, late], found(), HERE).incident == late.id
    assert "overlap" in associate([LEAK, late], found(), HERE).why


@given(
    st.permutations([LEAK, replace(LEAK, id="AIR-2018-08-29-2"), replace(LEAK, id="AIR-2018-08-28-1", last_s=T - 5)])
)
def test_the_order_of_incidents_does_not_matter(incidents: list[Followed]) -> None:
    assert associate(incidents, found(), HERE).incident == "AIR-2018-08-29-2"
