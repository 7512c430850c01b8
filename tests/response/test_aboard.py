"""Does a hole in this place stop a return? Against the facts of the vehicle files, place by place."""

import pytest

from hullwatch.response.seats.aboard import if_closed, return_question, roster_of
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.roster_load import load_roster

SHIP = load_vehicle("iss-2018-08-29")
OWN = roster_of(SHIP)


@pytest.mark.parametrize(
    ("place", "ended", "answer"),
    [
        ("SOYUZ_MS09_OM", False, "while_it_leaks"),
        ("SOYUZ_MS09_OM", True, "no"),
        ("SOYUZ_MS09_DM", False, "yes"),
        ("SOYUZ_MS09_DM", True, "yes"),  # the part that comes back would carry the patch through the entry
        ("MRM1", False, "while_it_leaks"),  # the only way to MS-09
        ("MRM1", True, "no"),
        ("LAB", False, "no"),
        ("PROGRESS_70P", False, "no"),  # nobody goes home in it
    ],
)
def test_the_answer_follows_the_part_that_returns(place: str, ended: bool, answer: str) -> None:
    assert return_question(OWN, place, 0.0, ended, False)["answer"] == answer


def test_a_roster_knows_when_the_craft_leaves() -> None:
    roster = load_roster("soyuz-ms-09")
    said = return_question(roster, "SOYUZ_MS09_OM", 1.5357e9, True, True)
    assert said["leaves_utc"].startswith("2018-12-20")
    assert said["people"] == ["Sergey Prokopyev", "Alexander Gerst", "Serena Aunon-Chancellor"]
    assert "proved" in said["why"]
    assert return_question(OWN, "SOYUZ_MS09_OM", 1.5357e9, True, True)["leaves_utc"] is None


def test_what_shutting_costs() -> None:
    assert if_closed(OWN, "SOYUZ_MS09_OM", 0.0)["seats_lost"] == 3
    both = if_closed(OWN, "SM_PKHO", 0.0)
    assert "SOYUZ_MS08" in both["crafts_cut_off"]
    assert both["people_without_seat"] == ["Artemyev", "Feustel", "Arnold"]
    assert if_closed(OWN, "JLP", 0.0) == {
        "crafts_cut_off": [], "seats_lost": 0, "people_without_seat": [], "ports_lost": [],
        "why": "every craft that returns can still be entered",
    }  # fmt: skip


def test_the_vehicle_and_its_roster_agree() -> None:
    """Two descriptions of one ship: the same craft are cut off by the same closure."""
    roster = load_roster("soyuz-ms-09")
    now = 1.5357e9  # 31 August 2018
    for place in ("MRM1", "MRM2", "SM_PKHO", "LAB", "FGB_GA"):
        own, given = if_closed(OWN, place, now), if_closed(roster, place, now)
        assert own["crafts_cut_off"] == given["crafts_cut_off"], place
