"""A 50 kg/day hole in a small ship whose hatches all stay open."""

import pytest

from hullwatch.units import utc_seconds
from watching import Cases, Watched, overlaps

OPENED = utc_seconds("2030-05-06T10:00Z")


@pytest.fixture(scope="module")
def story(cases: Cases) -> Watched:
    return cases.watched("demo-leak")


def test_it_is_found_soon_and_once(story: Watched) -> None:
    assert story.summary["verdict"] == "leak"
    detected = utc_seconds(story.incident["detected_utc"])
    assert OPENED < detected < OPENED + 1800.0


def test_the_onset_interval_holds_the_moment_the_hole_opened(story: Watched) -> None:
    onset = {end: utc_seconds(text) for end, text in story.incident["onset_utc"].items()}
    assert overlaps(onset, OPENED)


def test_the_rate_and_the_hole_lie_in_their_intervals(story: Watched) -> None:
    assert story.truth is not None
    hole = story.truth.filter(story.truth["hole_kg_s"] > 0.0)
    area = float(hole["effective_area_m2"].head(1).item())
    rates = hole["hole_kg_s"] * 86_400.0
    incident = story.incident
    assert overlaps(incident["effective_area_m2"], area)
    # the hole passes less as the cabin empties: the interval must meet what it passed while it was watched
    assert incident["rate_kg_day"]["low"] <= float(rates.max())  # type: ignore[arg-type]
    assert incident["rate_kg_day"]["high"] >= float(rates.min())  # type: ignore[arg-type]


def test_the_law_is_weighed_by_how_far_pressure_has_fallen(story: Watched) -> None:
    said = [event.data for event in story.of("estimate")]
    assert all(sum(each["law_probability"].values()) == pytest.approx(1.0, abs=1e-3) for each in said)
    assert said[0]["law_probability"] == {"orifice": 0.5, "crack": 0.5}
    assert said[0]["pressure_fallen"] == 0.0
    last = said[-1]
    assert last["exponent"]["low"] < 1.0 < last["exponent"]["high"]  # the leak put in is a hole
    assert last["effective_area_nominal_m2"]["high"] >= last["effective_area_m2"]["median"]


def test_with_all_hatches_open_the_place_is_the_prior(story: Watched) -> None:
    probabilities = {place["compartment"]: place["probability"] for place in story.incident["location"]}
    weights = {c.id: c.leak_weight for c in story.ship.compartments}
    assert probabilities == pytest.approx({c: w / sum(weights.values()) for c, w in weights.items()}, rel=1e-3)
    assert "prior" in story.incident["location_why"]


def test_every_limit_on_the_way_down_has_a_reserve_time(story: Watched) -> None:
    reserves = {r["limit"]: r for r in story.incident["reserve_time_s"]}
    assert "evacuate" in reserves
    for reserve in reserves.values():
        assert 0.0 <= reserve["low"] <= reserve["median"] <= reserve["high"]


def test_it_says_what_else_was_considered(story: Watched) -> None:
    causes = {aside["cause"] for aside in story.incident["set_aside"]}
    assert {"cooling", "supply", "sensor drift", "airlock, vent or docking"} <= causes
    assert all(aside["why"] for aside in story.incident["set_aside"])
