"""Words about a step: why it was told apart, what was set aside for it, and how sure that is."""

from typing import Any

import night
import pytest

from hullwatch.incident.summary import summarise
from hullwatch.incident.timeline import moments
from hullwatch.incident.words import step_words, verdict_words
from hullwatch.records import Event

OLD = {"kind": "step_loss", "group": 0, "start_utc": "2018-01-01T00:00:00Z", "end_utc": "2018-01-01T00:04:00Z",
       "mass_kg": {"median": -5.0, "low": -6.0, "high": -4.0}, "channel": None, "why": "gas went"}  # fmt: skip
"""A row as records had them before what was set aside was kept."""
ASIDE = [
    {"cause": "leak", "probability": 1e-9, "why": "a leak goes on"},
    {"cause": "sensor step", "probability": 0.12, "why": "nothing to compare it with"},
    {"cause": "cooling", "probability": 0.0001, "why": "2 K unseen"},
]
NEW = {**OLD, "took_s": {"median": 60.0, "low": 0.0, "high": 240.0}, "probability": 0.87, "set_aside": ASIDE}


def quiet_with(step: dict[str, Any]) -> list[Event]:
    """A quiet day on which this was found."""
    day = [event for event in night.quiet_day() if event.kind != "step"]
    return [*day[:-1], Event(day[-1].time_s, "step", None, step), day[-1]]


def test_every_cause_is_named_the_likeliest_first_and_the_likely_with_their_reason() -> None:
    said = "gas went; set aside: sensor step 12 % (nothing to compare it with); cooling, leak each under 0.1 %"
    assert step_words(NEW, reasons=True) == said
    (moment,) = moments(Event(0.0, "step", None, NEW))
    assert moment.why == step_words(NEW) == said.replace(" (nothing to compare it with)", "")


@pytest.mark.parametrize("nothing", [{}, {"set_aside": None, "probability": None, "took_s": None}])
def test_a_row_of_an_older_record_or_of_a_known_operation_says_what_it_has(nothing: dict[str, Any]) -> None:
    row = {**OLD, **nothing}
    assert step_words(row) == "gas went"
    said = summarise(quiet_with(row))
    (step,) = said["events"]
    assert (step["probability"], step["set_aside"], step["took_s"]) == (None, None, None)
    assert "Told apart from a leak: 1 step loss." in verdict_words(said)


def test_the_verdict_says_which_step_is_least_sure_and_what_else_it_may_have_been() -> None:
    said = verdict_words(summarise(quiet_with(NEW)))
    assert "1 step loss; least sure: step loss of 2018-01-01 00:00 UTC, probability 87 %, sensor step 12 %." in said
    sure = {**NEW, "probability": 0.995, "set_aside": ASIDE[:1]}
    assert "Told apart from a leak: 1 step loss." in verdict_words(summarise(quiet_with(sure)))
