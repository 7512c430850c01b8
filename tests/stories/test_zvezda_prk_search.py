"""The slow search of 2020, the bundled case itself: nothing said in August, the transfer chamber found in September.

The case is simulated whole; of its 59 days the watch is given six in which hatches were shut. Dates, rates and
places are published as the case file says; clock times, gauges, which machines run and levels of the detector are
chosen (label c).
"""

import numpy as np
import polars as pl
import pytest

from hullwatch.incident.summary import summarise, verdict_words
from hullwatch.records import Event
from hullwatch.simulation.load import load_scenario
from hullwatch.telemetry.files import open_source
from hullwatch.units import DAY_S, utc_seconds
from watching import Cases, between, record_of

HOLE_KG_DAY = 1.4


def piece(cases: Cases, start: str, end: str) -> list[Event]:
    """The record of a watch that was given these days."""
    played = cases.played("zvezda-prk-search")
    samples = between(open_source(str(played.telemetry), played.ship), start, end)
    seen = tuple(e for e in played.evidence if utc_seconds(start) < e.time_s < utc_seconds(end))
    events, _ = record_of(samples, played.ship, [], evidence=seen, roster=played.roster)
    return list(events)


@pytest.fixture(scope="module")
def august(cases: Cases) -> list[Event]:
    return piece(cases, "2020-08-21T00:00Z", "2020-08-25T12:00Z")


@pytest.fixture(scope="module")
def september(cases: Cases) -> list[Event]:
    return piece(cases, "2020-09-27T12:00Z", "2020-09-29T12:00Z")


def test_it_is_called_reconstructed_and_says_what_was_chosen() -> None:
    scenario = load_scenario("zvezda-prk-search")
    assert scenario.reconstructed
    assert "times, hatches kept open and gauges chosen (label c" in scenario.provenance


def test_in_august_nothing_is_declared(august: list[Event]) -> None:
    """Four days of all hatches shut prove no leak where three people live: nobody said one then."""
    shut = [e for e in august if e.kind == "groups_changed" and len(e.data["groups"]) > 10]
    assert len(shut) == 1
    assert not [e for e in august if e.kind in ("incident_opened", "alarm", "estimate")]
    summary = summarise(august)
    assert summary["verdict"] == "no_leak"
    # and it does not claim more than it could have seen: the hole of the case is smaller
    assert august[-1].data["detectable_kg_day"] > HOLE_KG_DAY


def test_on_28_september_the_transfer_chamber_is_found(september: list[Event]) -> None:
    opened = [e for e in september if e.kind == "incident_opened"]
    assert len(opened) == 1
    shut_s = utc_seconds("2020-09-28T21:00Z")
    assert shut_s < opened[0].time_s < shut_s + 3.0 * 3600.0  # alone it tells the same evening
    states = {e.data["state"] for e in september if e.kind == "incident_state"}
    assert {"confirmed", "isolated"} <= states
    estimate = [e for e in september if e.kind == "estimate"][-1].data
    place = {row["compartment"]: row["probability"] for row in estimate["location"]}
    assert max(place, key=lambda c: place[c]) == "SM_PRK"
    # the Progress behind it shares its air: only the tea leaves of October tell the two apart
    assert place["SM_PRK"] + place["PROGRESS_MS14"] > 0.95


def leaving_kg_day(cases: Cases, at_utc: str) -> float:
    """What the simulator's hole let go at that time."""
    truth = cases.played("zvezda-prk-search").truth.filter(pl.col("compartment") == "SM_PRK").sort("time")
    time = truth["time"].dt.epoch("us").to_numpy() / 1e6
    return float(np.interp(utc_seconds(at_utc), time, truth["hole_kg_s"].to_numpy())) * DAY_S


def test_its_rate_is_inside_what_is_said(cases: Cases, september: list[Event]) -> None:
    """1.4 kg/day when it opened; what leaves goes with the pressure where the hole is."""
    alone = utc_seconds("2020-09-29T09:00Z")
    said = [e for e in september if e.kind == "estimate" and e.time_s < alone][-1].data["rate_kg_day"]
    true = leaving_kg_day(cases, "2020-09-29T08:00Z")
    assert 0.5 * HOLE_KG_DAY < true < HOLE_KG_DAY
    assert said["low"] < true < said["high"]
    assert said["high"] < 1.5 * true


def test_what_people_heard_is_weighed(september: list[Event]) -> None:
    kinds = [e.data["kind"] for e in september if e.kind == "evidence"]
    assert kinds == ["silence", "ultrasound"]
    estimate = [e for e in september if e.kind == "estimate"][-1].data
    assert len(estimate["evidence"]) >= 2


def test_the_verdict_in_words(september: list[Event]) -> None:
    words = verdict_words(summarise(september))
    assert "Zvezda transfer chamber (PrK)" in words
    assert "Considered and set aside" in words


def test_a_hole_older_than_its_closed_chamber_is_not_dated(september: list[Event]) -> None:
    """The chamber was shut off at 21:00, and the hole had been open for weeks: only the latest onset can be told."""
    (incident,) = summarise(september)["incidents"]
    assert incident["may_be_older"]
    said = verdict_words(summarise(september))
    assert "It began no later than 2020-09-28 21:" in said
    assert "what this air did before cannot be told" in said
