"""12 October 2018 as it was recorded: no leak in it, and a leak put into it."""

import pytest

from hullwatch.units import utc_seconds
from watching import Watched, needs_real_day, overlaps, real_day, watched, with_leak

pytestmark = needs_real_day()
OPENED = utc_seconds("2018-10-12T16:00Z")


@pytest.fixture(scope="module")
def quiet() -> Watched:
    return watched(*real_day())


@pytest.fixture(scope="module")
def leaking() -> Watched:
    source, ship = real_day()
    return watched(with_leak(source, ship, "100 kg/day at 2018-10-12T16:00Z"), ship)


def test_the_day_as_it_was_has_no_leak(quiet: Watched) -> None:
    assert quiet.summary["verdict"] == "no_leak"
    assert quiet.summary["incidents"] == []
    assert not quiet.of("alarm")


def test_it_is_not_called_reconstructed(quiet: Watched) -> None:
    assert quiet.summary["reconstructed"] is False


def test_losses_of_signal_are_noted_and_no_gas_is_missed_in_them(quiet: Watched) -> None:
    gaps = [note for note in quiet.summary["data_quality"]["notes"] if note["kind"] == "gap"]
    assert len(gaps) >= 5
    assert 0.0 < quiet.summary["data_quality"]["signal_lost_s"] < 3.0 * 3600.0
    assert not [step for step in quiet.summary["events"] if step["kind"] == "step_loss"]


def test_one_incident_for_the_leak_put_in(leaking: Watched) -> None:
    assert leaking.summary["verdict"] == "leak"
    assert leaking.incident["state"] == "confirmed"


def test_its_onset_is_known_within_minutes(leaking: Watched) -> None:
    """Of 41 leaks of 100 kg/day put into this day, one every half hour, 88 % began within what was said; this one began
    a minute and a half before."""
    onset = {end: utc_seconds(text) for end, text in leaking.incident["onset_utc"].items()}
    assert abs(onset["median"] - OPENED) < 300.0
    assert onset["high"] - onset["low"] < 900.0
    assert OPENED < utc_seconds(leaking.incident["detected_utc"]) < OPENED + 3600.0


def test_its_rate_interval_holds_what_was_put_in(leaking: Watched) -> None:
    assert overlaps(leaking.incident["rate_kg_day"], 100.0)
