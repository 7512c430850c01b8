"""The summary: stable, documented, total on any beginning of a record, and right in plain words."""

import json
from collections.abc import Iterator
from typing import Any

import night
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.incident.events import EVENT_FIELDS, undocumented
from hullwatch.incident.summary import schema, summarise, verdict_words
from hullwatch.incident.words import number, percent, span_text, spread
from hullwatch.records import Event

NIGHT, QUIET = night.night(), night.quiet_day()


def paths(value: Any, here: str = "") -> Iterator[str]:
    """Every field of a JSON value as the schema writes it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{here}.{name}" if here else name
            yield path
            yield from paths(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{here}[]")


def test_every_field_printed_is_documented_and_every_documented_field_is_printed() -> None:
    printed = set(paths(summarise(NIGHT)))
    assert printed <= set(schema())
    assert set(schema()) <= printed
    assert all(schema().values())


def test_the_fixture_keeps_the_contract_of_the_record() -> None:
    assert not [gap for event in (*NIGHT, *QUIET) for gap in undocumented(event)]
    assert undocumented(Event(0.0, "trend", None, {"x": 1})) == ("trend.x",)
    assert undocumented(Event(0.0, "rumour")) == ("rumour",)
    assert all(fields for fields in EVENT_FIELDS.values())


@given(st.integers(0, len(NIGHT)))
@settings(max_examples=60, deadline=None)
def test_any_beginning_of_a_record_has_a_summary_and_a_sentence(length: int) -> None:
    summary = summarise(NIGHT[:length])
    json.dumps(summary, allow_nan=False)
    assert summary["verdict"] in ("no_leak", "leak", "undecided")
    assert (summary["undecided_why"] is not None) == (summary["verdict"] == "undecided")
    assert verdict_words(summary).endswith((".", "]"))


@given(
    st.lists(st.builds(Event, st.floats(0, 2e9), st.sampled_from(sorted(EVENT_FIELDS)), st.sampled_from([None, "A"])))
)
def test_events_without_any_fields_do_not_break_it(events: list[Event]) -> None:
    assert verdict_words(summarise(events))


def test_a_night_with_a_leak() -> None:
    summary = summarise(NIGHT)
    (incident,) = summary["incidents"]
    assert summary["verdict"] == "leak"
    assert (incident["state"], incident["alarm_class"], incident["medium"]) == ("cleared", "caution", "air")
    leaking = [e.data["rate_kg_day"] for e in NIGHT if e.kind == "estimate" and e.data["rate_kg_day"]["median"] > 7.0]
    best = min(leaking, key=lambda rate: (rate["high"] - rate["low"]) / rate["median"])
    assert incident["rate_kg_day"] == best  # best measured: before the first coat
    assert incident["rate_now_kg_day"]["median"] == 7.0  # the last estimate while gas was leaving
    assert incident["location"][0] == {
        "compartment": "ms09_om",
        "name": "Soyuz MS-09 orbital module",
        "probability": 0.94,
    }
    assert [entry["alarm_class"] for entry in incident["reserve_time_s"]] == ["advisory", "caution", "emergency"]
    assert incident["ended_utc"].startswith("2018-08-30T19:10")
    assert [step["kind"] for step in summary["events"]] == ["step_loss", "repressurisation"]
    said = verdict_words(summary)
    last = "at the last estimate while it leaked, 7.0 (5.2 to 8.8) kg/day"
    for words in ("Soyuz MS-09 orbital module 94 %", last, "2018-08-29 23:02 UTC", "mm across"):
        assert words in said
    assert "Reconstructed" in said


def upto(kind: str, **data: Any) -> list[Event]:
    """The night up to and with the first event like this, and the estimate after it."""
    at = next(i for i, e in enumerate(NIGHT) if e.kind == kind and data.items() <= dict(e.data).items())
    more = next(i for i, e in enumerate(NIGHT) if i > at and e.kind == "estimate")
    return NIGHT[: more + 1]


@pytest.mark.parametrize(
    ("state", "verdict", "opening"),
    [
        ("confirmed", "leak", "Air is leaking (AIR"),
        ("isolated", "leak", "Air is leaking behind closed hatches"),
        ("stopped", "leak", "Air leaked; the leak has stopped, which no hold test"),
    ],
)
def test_words_follow_the_state(state: str, verdict: str, opening: str) -> None:
    summary = summarise(upto("incident_state", state=state))
    assert summary["verdict"] == verdict
    assert verdict_words(summary).startswith(opening)


def test_a_suspected_leak_is_undecided_and_names_what_else_is_possible() -> None:
    summary = summarise(upto("incident_opened"))
    assert summary["verdict"] == "undecided"
    assert "suspected" in summary["undecided_why"]
    assert verdict_words(summary).startswith("Air may be leaking")
    assert "Also possible: temperature" in verdict_words(summary)


def test_a_dismissed_incident_is_no_leak() -> None:
    opened = upto("incident_opened")
    explained = night.state(opened[-1].time_s, "suspected", "dismissed", "explained", "The cabin cooled")
    summary = summarise([*opened, explained])
    assert summary["verdict"] == "no_leak"
    assert "1 explained incident" in verdict_words(summary)


def test_a_quiet_day_says_what_would_have_been_seen() -> None:
    summary = summarise(QUIET)
    assert (summary["verdict"], summary["interrupted"], summary["reconstructed"]) == ("no_leak", False, False)
    bound = "6.1 kg/day or more since 2018-08-29 00:00 UTC would have been reported, 19 times in 20"
    assert bound in verdict_words(summary)
    assert "1 airlock" in verdict_words(summary)


def test_data_that_cannot_say_is_undecided() -> None:
    assert summarise([])["verdict"] == "undecided"
    deaf = [
        night.started(),
        Event(night.END_S, "watch_ended", None, {"undecided_why": "No pressure channel was usable"}),
    ]
    summary = summarise([*deaf[:1], QUIET[2], *deaf[1:]])
    assert summary["undecided_why"] == "No pressure channel was usable"
    assert "no pressure channel was usable" in verdict_words(summary)


def test_a_second_leak_is_named_after_the_first() -> None:
    other = [Event(e.time_s + 1, e.kind, "AIR-2018-08-29-2", e.data) for e in NIGHT if e.incident][:1]
    assert "Also recorded: AIR-2018-08-29-2 (suspected)" in verdict_words(summarise([*NIGHT, *other]))


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(26.04, 2, "26"), (0.0931, 2, "0.093"), (1234.6, 2, "1200"), (7.0, 2, "7.0"), (0.0, 2, "0"), (3e-7, 2, "3.0e-07")],
)
def test_numbers_have_the_digits_they_deserve(value: float, digits: int, expected: str) -> None:
    assert number(value, digits) == expected


def test_ranges_probabilities_and_spans_read_well() -> None:
    assert spread({"median": 748.23, "low": 748.1, "high": 748.4}) == "748.23 (748.10 to 748.40)"
    assert (percent(0.0001), percent(0.005), percent(0.42), percent(0.99999)) == (
        "under 0.1 %",
        "0.5 %",
        "42 %",
        "over 99.9 %",
    )
    assert [span_text(s) for s in (50, 540, 9000, 1.2e6)] == ["50 s", "9 min", "2.5 h", "13.9 days"]
