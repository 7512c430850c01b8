"""Gas that came and went again is one story; what is not the same gas is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.units import HOUR_S, utc_seconds
from hullwatch.watch.returns import REMEMBERED_S, SAME_SHARE, Gain, remember, returned, words

T0 = utc_seconds("2016-02-25T08:00:00Z")


def gain(hour: float, mass_kg: float, group: int = 0) -> Gain:
    return Gain(group, T0 + hour * HOUR_S - 600.0, T0 + hour * HOUR_S, mass_kg)


def test_a_loss_as_large_as_the_gain_before_it_gives_it_back() -> None:
    came = gain(0.0, 8.0)
    assert returned((came,), 0, 8.0, T0 + 5 * HOUR_S) == (came,)


@pytest.mark.parametrize(("lost_kg", "same"), [(4.7, False), (4.9, True), (8.0, True), (11.1, True), (11.3, False)])
def test_the_two_amounts_may_differ_by_two_fifths(lost_kg: float, same: bool) -> None:
    """The crew lets some out and temperature moves both; half of it is another story."""
    assert SAME_SHARE == 0.4
    assert (returned((gain(0.0, 8.0),), 0, lost_kg, T0 + HOUR_S) != ()) == same


def test_gas_that_came_in_stages_goes_at_once() -> None:
    """8 kg came as 5 and 3: what went is both, not the earlier one of another day's work."""
    gains = (gain(0.0, 30.0), gain(2.0, 5.0), gain(2.5, 3.0))
    assert returned(gains, 0, 8.0, T0 + 6 * HOUR_S) == gains[1:]


def test_the_latest_that_fit_are_taken_first() -> None:
    gains = (gain(0.0, 8.0), gain(3.0, 8.0))
    assert returned(gains, 0, 8.0, T0 + 6 * HOUR_S) == gains[1:]
    assert returned(gains, 0, 16.0, T0 + 6 * HOUR_S) == gains


def test_gas_of_another_group_or_of_another_day_does_not_come_back() -> None:
    assert returned((gain(0.0, 8.0, group=1),), 0, 8.0, T0 + HOUR_S) == ()
    assert returned((gain(0.0, 8.0),), 0, 8.0, T0 + REMEMBERED_S - 1.0) != ()
    assert returned((gain(0.0, 8.0),), 0, 8.0, T0 + REMEMBERED_S) == ()
    assert returned((), 0, 8.0, T0) == ()


def test_gains_are_remembered_for_half_a_day() -> None:
    gains: tuple[Gain, ...] = ()
    for hour in (0.0, 5.0, 11.9, 12.1, 20.0):
        gains = remember(gains, gain(hour, 1.0))
    assert [(g.end_s - T0) / HOUR_S for g in gains] == pytest.approx([11.9, 12.1, 20.0])


@given(
    st.lists(st.tuples(st.floats(0.0, 20.0), st.floats(0.1, 20.0), st.integers(0, 1)), max_size=6),
    st.floats(0.1, 100.0),
)
def test_what_is_given_back_is_the_latest_of_one_group_and_about_as_much(
    came: list[tuple[float, float, int]], lost_kg: float
) -> None:
    """Against trying every number of the latest by hand."""
    gains = tuple(gain(hour, mass, group) for hour, mass, group in sorted(came))
    now_s = T0 + 21 * HOUR_S
    own = [g for g in gains if g.group == 0 and now_s - g.end_s < REMEMBERED_S]
    fits = [own[-n:] for n in range(1, len(own) + 1) if 0.6 <= lost_kg / sum(g.mass_kg for g in own[-n:]) <= 1.4]
    found = returned(gains, 0, lost_kg, now_s)
    share = abs(lost_kg / sum(g.mass_kg for g in found) - 1.0) if found else 1.0
    if abs(share - SAME_SHARE) > 1e-9:  # rounding at the very bound may go either way
        assert list(found) == (fits[0] if fits else [])


def test_the_reason_names_amounts_and_times() -> None:
    said = words((gain(0.0, 5.0), gain(1.0, 3.0)), 7.6)
    assert "7.6 kg" in said
    assert "8.0 kg" in said
    assert "2016-02-25T07:50:00" in said
    assert "2016-02-25T09:00:00" in said
