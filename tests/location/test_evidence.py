"""Evidence as it is given: what is refused and with which words, what counts once, and the answer as a whole."""

import json
from typing import Any

import numpy as np
import pytest
from scenes import PLAIN, ROOMS, WALLED, scene

from hullwatch.errors import DescriptionError
from hullwatch.location import next_step
from hullwatch.location.evidence import PIECES, Given, check, pieces_of
from hullwatch.location.locating import credible_set, locate, locating_words
from hullwatch.location.posterior import weigh
from hullwatch.vehicle.observed import FIELDS, KINDS

SCENE = scene(WALLED)

GOOD: dict[str, dict[str, Any]] = {
    "ultrasound": {"compartment": "A", "level_db": 12.0, "racks_on": False},
    "silence": {"compartment": "A"},
    "flow": {"hatch": "A-B", "toward": "B", "speed_m_s": 0.05},
    "torque": {"torque_n_m": [0.1, -2.0, 0.3], "torque_sd_n_m": [0.1]},
    "gauge": {"compartments": ["B", "C"], "before_pa": 1e5, "after_pa": 9.9e4, "during_s": 3600.0},
    "found": {"compartment": "A", "spot": "WINDOW"},
    "tea_leaves": {"compartment": "C", "sure": 0.8},
    "not_found": {"compartment": "B", "spot": "B/2"},
    "report": {"compartment": "B"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_taken_and_becomes_a_piece_with_a_finite_likelihood(kind: str) -> None:
    check(kind, GOOD[kind], WALLED, SCENE.spots.name)
    (piece,) = pieces_of(SCENE, [Given(1, kind, GOOD[kind])])
    assert piece.name == f"#1 {kind}"
    assert piece.says
    assert np.isfinite(piece.believed).all()
    assert len(piece.log_like) == len(SCENE.spots.name)


WRONG: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "no such kind": ("smell", {"compartment": "A"}, ("kind = 'smell'", "ultrasound, silence", "report")),
    "no such compartment": ("report", {"compartment": "Q"}, ("compartment = 'Q'", "one of A, B, C")),
    "no compartment": ("report", {}, ("compartment = None", "one of A, B, C")),
    "no such hatch": ("flow", {"hatch": "A-Q", "toward": "A"}, ("hatch = 'A-Q'", "A-B, B-C")),
    "a side it has not": ("flow", {"hatch": "A-B", "toward": "C"}, ("toward = 'C'", "A or B")),
    "no level": ("ultrasound", {"compartment": "A"}, ("level_db = None", "-20 to 120", "dB")),
    "level beyond all": ("ultrasound", {"compartment": "A", "level_db": 500.0}, ("level_db = 500", "-20 to 120")),
    "surer than sure": ("report", {"compartment": "A", "sure": 1.0}, ("sure = 1.0", "0.01 to 0.999")),
    "not a number": ("report", {"compartment": "A", "sure": float("nan")}, ("sure = nan", "0.01 to 0.999")),
    "a field of another kind": ("report", {"compartment": "A", "level_db": 3.0}, ("level_db", "compartment, sure")),
    "no such spot": ("found", {"compartment": "A", "spot": "DOOR"}, ("spot = 'DOOR'", "A/1", "A/WINDOW", "A/port")),
    "a spot elsewhere": ("found", {"compartment": "B", "spot": "A/2"}, ("spot = 'A/2'", "B/1", "B/port")),
    "no walls there": ("found", {"compartment": "C", "spot": "C/1"}, ("spot = 'C/1'", "describes no walls")),
    "the whole ship shut off": (
        "gauge", {**GOOD["gauge"], "compartments": ["A", "B", "C"]}, ("compartments", "some, not all"),
    ),
    "two numbers of three": ("torque", {**GOOD["torque"], "torque_n_m": [0.0, 1.0]}, ("3 numbers", "-2000 to 2000")),
    "a torque no ship has": ("torque", {"torque_n_m": [0.0, 9e9, 0.0], "torque_sd_n_m": [1.0]}, ("-2000 to 2000",)),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_is_refused_with_what_is_allowed(case: str) -> None:
    kind, observed, words = WRONG[case]
    with pytest.raises(DescriptionError) as refused:
        check(kind, observed, WALLED, SCENE.spots.name)
    for word in words:
        assert word in str(refused.value), str(refused.value)


def test_torque_needs_a_ship_that_says_where_its_mass_is() -> None:
    with pytest.raises(DescriptionError, match="mass centre"):
        pieces_of(scene(PLAIN), [Given(1, "torque", GOOD["torque"])])


def test_every_kind_is_described_and_weighed_and_every_field_is_of_a_kind() -> None:
    assert set(KINDS) == set(PIECES) == set(GOOD)
    assert {f for kind in KINDS.values() for f in (*kind.needs, *kind.may)} == set(FIELDS)


@pytest.mark.parametrize(
    "value", [None, True, 1, -1.5, 10**400, float("nan"), "", "A", "x", [], ["A"], [["A"]], {}, {"A": 1}]
)
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_any_type_is_taken_or_refused_in_words(field: str, value: Any) -> None:
    kind = next(name for name, kind in KINDS.items() if field in kind.needs + kind.may)
    observed = GOOD[kind] | {field: value}
    try:
        check(kind, observed, WALLED, SCENE.spots.name)
    except DescriptionError as refused:
        assert refused.key == field  # noqa: PT017  # most are refused, and the rest must then be weighed
    else:
        pieces_of(SCENE, [Given(1, kind, observed)])


def test_the_same_said_twice_counts_once() -> None:
    one = Given(1, "report", {"compartment": "B", "sure": 0.7})
    again = Given(2, "report", {"compartment": "B", "sure": 0.7})
    other = Given(3, "report", {"compartment": "B", "sure": 0.6})
    assert [p.name for p in pieces_of(SCENE, [one, again, other])] == ["#1 report", "#3 report"]


# --- the whole answer -------------------------------------------------------------------------------------------------

TWO = (
    Given(1, "found", {"compartment": "A", "sure": 0.99}),
    Given(2, "report", {"compartment": "C", "sure": 0.99}),
)


def test_the_answer_is_json_and_says_what_each_piece_did() -> None:
    found = locate(SCENE, TWO, dict.fromkeys(ROOMS, 1 / 3), "all open")
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert sum(c["probability"] for c in found["compartments"]) == pytest.approx(1.0, abs=2e-3)
    assert [v["name"] for v in found["evidence"]] == ["pressure", "#1 found", "#2 report"]
    assert found["evidence"][0]["tells"] is False
    assert found["evidence"][1]["without_it"][0]["compartment"] == "C"
    ((conflict),) = found["conflicts"]
    assert {conflict["one"], conflict["other"]} == {"#1 found", "#2 report"}


def test_the_words_show_the_contradiction_and_what_each_would_be_without() -> None:
    words = locating_words(locate(SCENE, TWO, {}, ""))
    assert "CONTRADICTION" in words
    assert "#1 found and #2 report" in words
    assert "without it C" in words
    assert "less probable than before any evidence" in words


def test_without_evidence_the_words_say_so() -> None:
    words = locating_words(locate(SCENE, (), {}, ""))
    assert "the figures are the prior" in words
    assert "CONTRADICTION" not in words
    assert "close A-B" in words


def test_the_credible_set_is_the_fewest_that_hold_enough() -> None:
    ranked = [("A", 0.6), ("B", 0.3), ("C", 0.1)]
    assert credible_set(ranked, 0.5) == ["A"]
    assert credible_set(ranked, 0.85) == ["A", "B"]
    assert credible_set(ranked, 0.95) == ["A", "B", "C"]


def test_bits_of_a_step_are_the_mean_gain_over_its_outcomes() -> None:
    """Against the entropy of the posterior before and after, outcome by outcome."""
    belief = weigh(SCENE.spots, pieces_of(SCENE, [Given(1, "report", {"compartment": "B"})]))
    rng = np.random.default_rng(2)
    chance = rng.uniform(0.02, 0.98, len(belief.spot))

    def entropy(p: Any) -> float:
        return float(-np.sum(p * np.log2(p)))

    yes, no = belief.spot @ chance, belief.spot @ (1 - chance)
    after = yes * entropy(belief.spot * chance / yes) + no * entropy(belief.spot * (1 - chance) / no)
    assert next_step._bits(belief.spot, chance) == pytest.approx(entropy(belief.spot) - after)


def test_what_tells_most_splits_the_probability() -> None:
    belief = weigh(scene().spots, ())
    best = next_step.steps(scene(), belief)[0]
    assert best.what in ("close A-B", "close B-C")
    assert best.bits == pytest.approx(0.92 - 0.14, abs=0.03)  # a third against two thirds, 2 % misleading
