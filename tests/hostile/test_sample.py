"""A sample of every kind of hostile input; all of them: `python benchmarks/hostile --inputs 1000000`."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks/hostile"
if not FOLDER.is_dir():
    pytest.skip("the benchmarks are not in this distribution", allow_module_level=True)
sys.path.insert(0, str(FOLDER))

import every_kind  # noqa: E402
import judging  # noqa: E402

FEW = {
    "bombs": 0,
    "described": 2,
    "watched": 2,
    "record-report": 2,
    "record-rows": 8,
    "record-database": 30,
    "roster": 20,
    "scenario": 30,
}
"""Inputs of kinds that take longer; a bomb takes seconds to make, and its limits are tested by themselves."""
MANY = 120


@pytest.mark.filterwarnings("ignore")  # what a program says beside its answer is no part of this
@pytest.mark.parametrize("name", every_kind.BY_NAME)
def test_a_sample_is_accepted_or_refused_in_words(name: str, tmp_path: Path) -> None:
    kind = every_kind.BY_NAME[name]
    if name != "watched":  # six hours with a leak: stories do that
        right = judging.tried(kind, kind.valid(), tmp_path, 600.0)
        assert right.accepted, right
    for index in range(FEW.get(name, MANY)):
        outcome = judging.tried(kind, kind.make(judging.number(9, name, index)), tmp_path, 60.0)
        assert not outcome.wrong, f"{name}:{index} of seed 9: {outcome.wrong}"


FOUND = [("watched", 1, 114), ("keys", 1, 1797)]
"""Kind, seed and number of inputs that once ended wrong, where no smaller one shows it."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "seed", "index"), FOUND)
def test_an_input_that_once_ended_wrong(name: str, seed: int, index: int, tmp_path: Path) -> None:
    kind = every_kind.BY_NAME[name]
    outcome = judging.tried(kind, kind.make(judging.number(seed, name, index)), tmp_path, 60.0)
    assert not outcome.wrong, outcome


def test_what_is_wrong_is_seen(tmp_path: Path) -> None:
    """The judge itself: another exception, an endless loop, an unreadable error."""

    def reads(error: BaseException | None) -> judging.Kind:
        def read(folder: Path) -> None:
            while error is None:
                pass
            raise error

        return judging.Kind("x", "x", lambda chance: {}, read, lambda: {})

    for error, words in (
        (KeyError("x"), "KeyError"), (MemoryError(), "MemoryError"), (None, "processor time"),
        (judging.HullwatchError("no"), "2 characters"), (judging.HullwatchError(""), "0 characters"),
    ):  # fmt: skip
        assert words in judging.tried(reads(error), {}, tmp_path, 0.2).wrong


def test_the_same_number_makes_the_same_input() -> None:
    for kind in every_kind.KINDS:
        if kind.name != "bombs":
            assert kind.make(judging.number(4, kind.name, 3)) == kind.make(judging.number(4, kind.name, 3)), kind.name
