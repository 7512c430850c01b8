"""What may be said to a record, and what is refused with one clear sentence."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import two_centres as two

from hullwatch.errors import DescriptionError, HullwatchError, IllegalTransition
from hullwatch.incident import statements as say
from hullwatch.incident.events import EVENT_FIELDS, undocumented
from hullwatch.incident.standing import Standing, hatches_open, limits_pa, standing
from hullwatch.location.evidence import PIECES
from hullwatch.records import Event
from hullwatch.units import utc_text

NOW = two.T0 + 100
KEYS = {"houston": two.HOUSTON.public_key, "moscow": two.MOSCOW.public_key}
ATTIC = {"compartment": "attic"}
GAUGE = {"compartments": ["lab"], "before_pa": 1e5, "after_pa": 9.9e4, "during_s": 7200.0}
HERE = replace(standing(two.beginning()), centres=KEYS, evidence=2)
MANNED = replace(HERE, crew=("Ann", "Bo"))


def test_the_kinds_of_evidence_are_those_that_can_be_weighed() -> None:
    assert set(say.EVIDENCE) == set(PIECES)


def test_every_statement_is_documented() -> None:
    said = [
        say.centre_joined(HERE, NOW, "tsukuba", "ab" * 32, "A", "2017-07-14T03:00Z"),
        say.alarm_action(HERE, NOW, two.LEAK, "shelve", "A", "houston", None, "", utc_text(NOW + 60)),
        say.evidence(HERE, NOW, "found", {"compartment": "lab"}, "A", two.LEAK, "felt it", "moscow"),
        say.evidence_withdrawn(HERE, NOW, 2, "A"),
        say.hatch_report(HERE, NOW, "node/lab", False, "A", "hard to turn"),
        say.decision_proposed(HERE, NOW, "Shut node/lab", "A", {"shut": ["node/lab"]}, centre="houston"),
        say.limit_changed(HERE, NOW, "hypoxia", 68_000.0, "EVA prebreathe", "A"),
        say.crew_report(MANNED, NOW, ["Ann", "Bo"], "lab", "A", "both well"),
    ]
    assert {event.kind for event in said} == set(say.KINDS) - {"decision_answered"}
    assert [gap for event in said for gap in undocumented(event)] == []
    assert set(say.KINDS) < set(EVENT_FIELDS)


def test_people_may_be_named_in_one_text() -> None:
    assert say.crew_report(MANNED, NOW, "Ann, Bo,Ann", "lab", "A").data["people"] == ["Ann", "Bo"]  # as typed


Builder = Callable[[Standing], Event]
REFUSED: list[tuple[str, str, Builder]] = [
    ("incident", "one of AIR-2017", lambda s: say.alarm_action(s, NOW, "AIR-9", "acknowledge", "A")),
    ("action", "one of acknowledge", lambda s: say.alarm_action(s, NOW, two.LEAK, "delete", "A")),
    ("by", "words", lambda s: say.alarm_action(s, NOW, two.LEAK, "acknowledge", "  ")),
    ("by", "at most 200", lambda s: say.alarm_action(s, NOW, two.LEAK, "acknowledge", "x" * 201)),
    ("centre", "one of houston", lambda s: say.alarm_action(s, NOW, two.LEAK, "acknowledge", "A", "paris")),
    ("comment", "control", lambda s: say.alarm_action(s, NOW, two.LEAK, "comment", "A", comment="\x1b[2J")),
    ("comment", "words", lambda s: say.alarm_action(s, NOW, two.LEAK, "suppress", "A")),
    ("until_utc", "after", lambda s: say.alarm_action(s, NOW, two.LEAK, "shelve", "A")),
    ("until_utc", "after", lambda s: say.alarm_action(s, NOW, two.LEAK, "shelve", "A", until_utc=utc_text(NOW))),
    ("until_utc", "not after", lambda s: say.alarm_action(s, NOW, two.LEAK, "shelve", "A", until_utc="2030-01-01")),
    ("kind", "one of", lambda s: say.evidence(s, NOW, "rumour", {}, "A")),
    ("compartment", "one of pma, node, lab, closet", lambda s: say.evidence(s, NOW, "found", ATTIC, "A")),
    ("compartments", "some, not all", lambda s: say.evidence(s, NOW, "gauge", GAUGE | {"compartments": ["x"]}, "A")),
    ("before_pa", "1 to 200000", lambda s: say.evidence(s, NOW, "gauge", GAUGE | {"before_pa": "730 mmHg"}, "A")),
    ("during_s", "60 to 3e+06", lambda s: say.evidence(s, NOW, "gauge", {**GAUGE, "during_s": None}, "A")),
    ("observed", "finite", lambda s: say.evidence(s, NOW, "found", {"sure": math.nan}, "A")),
    ("observed", "at most", lambda s: say.evidence(s, NOW, "report", {"what": "x" * 20_000}, "A")),
    ("number", "1 to 2", lambda s: say.evidence_withdrawn(s, NOW, 3, "A")),
    ("number", "1 to 2", lambda s: say.evidence_withdrawn(s, NOW, True, "A")),
    ("hatch", "one of lab/closet", lambda s: say.hatch_report(s, NOW, "door", True, "A")),
    ("open", "true or false", lambda s: say.hatch_report(s, NOW, "node/lab", "no", "A")),  # type: ignore[arg-type]
    ("time_utc", "between", lambda s: say.hatch_report(s, math.inf, "node/lab", True, "A")),
    ("people", "one of Ann, Bo", lambda s: say.crew_report(MANNED, NOW, ["Ann", "Cy"], "lab", "A")),
    ("people", "none", lambda s: say.crew_report(s, NOW, ["Ann"], "lab", "A")),
    ("people", "a list of names", lambda s: say.crew_report(s, NOW, [], "lab", "A")),
    ("compartment", "one of closet", lambda s: say.crew_report(MANNED, NOW, ["Bo"], "attic", "A")),
    ("action", "one of", lambda s: say.decision_proposed(s, NOW, "x", "A", {"shut": ["door"]})),
    ("action", "{shut", lambda s: say.decision_proposed(s, NOW, "x", "A", {"burn": []})),
    ("action", "not both",
     lambda s: say.decision_proposed(s, NOW, "x", "A", {"shut": ["node/lab"], "open": ["node/lab"]})),
    ("needs", "one of houston", lambda s: say.decision_proposed(s, NOW, "x", "A", needs=["paris"])),
    ("needs", "part dragon",
     lambda s: say.decision_proposed(s, NOW, "x", "A", {"shut": ["node/lab"]}, ["houston"], centre="houston")),
    ("what", "words", lambda s: say.decision_proposed(s, NOW, "", "A")),
    ("decision", "none", lambda s: say.decision_answered(s, NOW, "houston-1", True, "A")),
    ("limit", "one of hypoxia", lambda s: say.limit_changed(s, NOW, "comfort", 7e4, "why", "A")),
    ("value_pa", "a pressure", lambda s: say.limit_changed(s, NOW, "hypoxia", math.nan, "why", "A")),
    ("why", "words", lambda s: say.limit_changed(s, NOW, "hypoxia", 7e4, "", "A")),
    ("public_key", "64", lambda s: say.centre_joined(s, NOW, "tsukuba", "ab", "A")),
    ("centre", "has not joined", lambda s: say.centre_joined(s, NOW, "houston", KEYS["houston"], "A")),
]  # fmt: skip


@pytest.mark.parametrize(("field", "allowed", "builder"), REFUSED)
def test_what_cannot_be_is_refused(field: str, allowed: str, builder: Builder) -> None:
    with pytest.raises(DescriptionError) as refused:
        builder(HERE)
    assert refused.value.key == field
    assert allowed in str(refused.value)


def test_the_alarm_table_refuses() -> None:
    with pytest.raises(IllegalTransition, match="unshelve"):
        say.alarm_action(HERE, NOW, two.LEAK, "unshelve", "A")


@pytest.mark.parametrize("wrong", [None, 3, ["a"], {"a": 1}, b"x"])
def test_words_that_are_no_text_are_refused(wrong: Any) -> None:
    for call in (
        lambda: say.alarm_action(HERE, NOW, two.LEAK, "comment", "A", comment=wrong),
        lambda: say.hatch_report(HERE, NOW, "node/lab", True, wrong),
        lambda: say.decision_proposed(HERE, NOW, wrong, "A"),
    ):
        with pytest.raises(HullwatchError):
            call()


def test_a_decision_gets_the_centres_it_needs_by_itself() -> None:
    def needs(shut: list[str]) -> list[str]:
        said = say.decision_proposed(HERE, NOW, "x", "A", {"shut": shut}, centre="houston")
        return list(said.data["needs"])

    assert needs(["node/lab"]) == ["houston", "moscow"]  # a craft on each side
    assert needs(["lab/closet"]) == ["houston"]  # only a closet is cut off
    assert needs([]) == ["houston"]


def test_hatches_are_as_last_seen_or_last_said() -> None:
    told = Event(NOW, "hatch_report", None, {"hatch": "node/lab", "open": False})
    assert "node/lab" not in hatches_open([two.shape(), told])
    # telemetry that moved another hatch does not overrule a person
    assert "node/lab" not in hatches_open([two.shape(), told, two.shape(NOW, ("pma/node",), ("pma/node",))])
    assert "node/lab" in hatches_open([two.shape(), told, two.shape(NOW, (), ("node/lab",))])


def test_a_limit_changed_is_in_force_after_the_watch_starts_again() -> None:
    changed = Event(NOW, "limit_changed", None, {"limit": "hypoxia", "value_pa": 65_000.0})
    assert limits_pa([two.started()]) == {"hypoxia": 70_000.0}
    assert limits_pa([two.started(), changed]) == {"hypoxia": 65_000.0}
    assert limits_pa([two.started(), changed, two.started()]) == {"hypoxia": 65_000.0}
