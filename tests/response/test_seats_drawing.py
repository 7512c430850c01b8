"""The picture and the JSON say what the answer says."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from hullwatch.response.seats.answer import Answer, answer
from hullwatch.response.seats.drawing import seats_svg
from hullwatch.response.seats.table import FIELDS, as_dict
from hullwatch.response.seats.words import as_text
from hullwatch.units import utc_seconds
from hullwatch.vehicle.roster_load import load_roster

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def whole() -> Answer:
    return answer(load_roster("soyuz-ms-22"), None, frozenset())


@pytest.fixture(scope="module")
def january() -> Answer:
    return answer(load_roster("soyuz-ms-22"), utc_seconds("2023-01-20"), frozenset(("MRM1",)))


def test_every_person_has_a_bar_for_every_kind_of_place(whole: Answer) -> None:
    root = ET.fromstring(seats_svg(whole))  # noqa: S314  # our own text
    drawn = {(g.get("data-person"), g.get("data-place")) for g in root.iter(f"{SVG}g") if g.get("data-person")}
    states = {(ride.person, ride.state) for period in whole.timeline.periods for ride in period.decision.best.rides}
    assert drawn == states


def test_the_picture_names_what_happened_and_nothing_lies_outside(whole: Answer) -> None:
    text = seats_svg(whole)
    for words in ("no coolant", "Rubio to Endurance", "3 people to MS-23", "3 home in MS-23", "39.0 improvised"):
        assert words in text
    root = ET.fromstring(text)  # noqa: S314
    width = float(root.get("width", "0"))
    for rect in root.iter(f"{SVG}rect"):
        x, w = float(rect.get("x", "0")), float(rect.get("width", "0"))
        assert -0.1 <= x <= x + w <= width + 0.1


def test_the_same_answer_gives_the_same_picture(whole: Answer) -> None:
    assert seats_svg(whole) == seats_svg(answer(load_roster("soyuz-ms-22"), None, frozenset()))


def keys(value: Any, path: str = "") -> set[str]:
    found: set[str] = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            full = f"{path}.{key}" if path else key
            found |= {full} | keys(inner, full)
    elif isinstance(value, list):
        for inner in value:
            found |= keys(inner, f"{path}[]")
    return found


OPEN_ENDED = ("days.", "periods[].with_riders.", "how_sure.broken_by.", "how_sure.figures[].", "how_sure.what_ifs[].",
              "periods[].next_best.", "periods[].plan.expected_loss_people.", "shut.apart[].",
              "shut.stranded_arrivals[].", "walks[].apart[].")  # fmt: skip


@pytest.mark.parametrize("which", ["whole", "january"])
def test_every_key_of_the_json_is_explained(which: str, request: pytest.FixtureRequest) -> None:
    said = keys(as_dict(request.getfixturevalue(which)))
    assert {key for key in said if not key.startswith(OPEN_ENDED)} <= set(FIELDS)


def test_the_words_of_a_moment(january: Answer) -> None:
    text = as_text(january)
    for words in ("CUT OFF: Sergey Prokopyev, Dmitry Petelin", "next best", "riders of Soyuz MS-22", "Rassvet nadir",
                  "Soyuz MS-24, due 2023-09-15 18:53", "how far a judged figure"):  # fmt: skip
        assert words in text
