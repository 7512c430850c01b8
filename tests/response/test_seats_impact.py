"""Leaks, shut compartments and spacewalks: what they mean for the ways home."""

from dataclasses import replace

import pytest

from hullwatch.response.seats.answer import answer
from hullwatch.response.seats.impact import apart, closing, leak_impacts, pieces
from hullwatch.units import utc_seconds
from hullwatch.vehicle.roster import Roster, RosterLeak
from hullwatch.vehicle.roster_load import load_roster

SEPTEMBER, DECEMBER = utc_seconds("2018-09-15"), utc_seconds("2018-12-19")
JANUARY, MAY = utc_seconds("2023-01-20"), utc_seconds("2023-05-01")


@pytest.fixture(scope="module")
def ms_09() -> Roster:
    return load_roster("soyuz-ms-09")


@pytest.fixture(scope="module")
def ms_22() -> Roster:
    return load_roster("soyuz-ms-22")


def leaking(roster: Roster, compartment: str, patched_s: float = float("inf")) -> Roster:
    return replace(roster, leaks=(RosterLeak(compartment, 0.0, patched_s),))


def test_the_patched_hole_does_not_stop_the_return_in_december(ms_09: Roster) -> None:
    (leak,) = leak_impacts(ms_09, DECEMBER)
    assert leak.returns_anyway
    assert "discarded" in leak.why
    found = answer(ms_09, DECEMBER, frozenset())
    assert found.worst == "full"
    (home,) = [h for h in answer(ms_09, None, frozenset()).timeline.homecomings if h.craft == "SOYUZ_MS09"]
    assert home.aboard == ("Sergey Prokopyev", "Alexander Gerst", "Serena Aunon-Chancellor")


def test_the_same_hole_unpatched_bears_on_the_way(ms_09: Roster) -> None:
    (leak,) = leak_impacts(leaking(ms_09, "SOYUZ_MS09_OM"), DECEMBER)
    assert (leak.state, leak.effect, leak.returns_anyway) == ("open", "path", False)


@pytest.mark.parametrize("patched_s", [1.0, float("inf")])
def test_a_hole_in_the_descent_module_does_stop_it_patched_or_not(ms_09: Roster, patched_s: float) -> None:
    holed = leaking(ms_09, "SOYUZ_MS09_DM", patched_s)
    (leak,) = leak_impacts(holed, DECEMBER)
    assert (leak.effect, leak.returns_anyway) == ("returning part", False)
    assert answer(holed, DECEMBER, frozenset()).worst == "degraded"


def test_a_leak_in_the_station_bears_on_the_craft_behind_it(ms_09: Roster) -> None:
    (leak,) = leak_impacts(leaking(ms_09, "MRM1"), DECEMBER)
    assert [craft.id for craft in leak.crafts] == ["SOYUZ_MS09"]
    assert leak.effect == "path"
    assert leak_impacts(leaking(ms_09, "COL"), DECEMBER)[0].effect == "none"


def test_shutting_the_orbital_module_cuts_its_own_crew_off(ms_09: Roster) -> None:
    assert closing(ms_09, SEPTEMBER, frozenset(("SOYUZ_MS09_OM",))).cut_off == ("SOYUZ_MS09",)
    assert closing(ms_09, SEPTEMBER, frozenset(("SOYUZ_MS09_DM",))).unusable == ("SOYUZ_MS09",)
    found = answer(ms_09, SEPTEMBER, frozenset(("SOYUZ_MS09_DM",)))
    assert found.worst == "none"  # marooned until a rescue craft comes (a S06)
    assert found.at is not None
    assert found.at.decision.best.cost.without_place == 3


def test_losing_zvezda_cuts_off_who_docked_at_poisk(ms_09: Roster) -> None:
    """a S06: losing Zvezda cuts off the crew whose Soyuz is at Poisk."""
    impact = closing(ms_09, SEPTEMBER, frozenset(("SM_PKHO",)))
    assert impact.cut_off == ("SOYUZ_MS08",)
    assert {port.id for port in impact.lost_ports} == {"poisk", "pirs", "zvezda-aft"}


def test_the_leaking_chamber_costs_one_port_and_no_craft(ms_22: Roster) -> None:
    """a S27: closing the PrK hatch for good costs one of four Russian docking ports."""
    impact = closing(ms_22, JANUARY, frozenset(("SM_PRK",)))
    assert [port.id for port in impact.lost_ports] == ["zvezda-aft"]
    assert impact.cut_off == ()
    assert len([p for p in ms_22.ports if p.system == "probe"]) == 4


def test_a_planned_arrival_at_a_lost_port_is_named_with_what_is_free(ms_22: Roster) -> None:
    impact = closing(ms_22, JANUARY, frozenset(("UM",)))
    moves = {(craft.id, port): free for craft, port, _, free in impact.stranded_arrivals}
    assert moves == {("SOYUZ_MS23", "prichal"): ("poisk", "zvezda-aft")}


def test_pieces_are_those_of_the_hatches(ms_22: Roster) -> None:
    left = pieces(ms_22, MAY, frozenset(("SM_PKHO",)))
    assert {"NODE1", "LAB", "FGB_GA", "MRM1"} <= left.main
    assert {"MLM_MAIN", "UM", "SOYUZ_MS23_DM"} <= next(side for side in left.others if "UM" in side)
    assert frozenset(("MRM2",)) in left.others


def test_during_a_spacewalk_who_is_inside_keeps_to_their_craft(ms_22: Roster) -> None:
    found = answer(ms_22, MAY, frozenset())
    (walk,) = found.walks
    assert [(x.craft, x.people) for x in walk.apart] == [("SOYUZ_MS23", ("Frank Rubio",))]
    assert walk.lost_airlock == ()
    assert answer(ms_22, MAY, frozenset(("MRM2",))).walks[0].lost_airlock == ("MRM2",)


def test_nobody_is_apart_when_nothing_is_shut(ms_22: Roster) -> None:
    assert apart(ms_22, JANUARY, frozenset(), {"Frank Rubio": "SOYUZ_MS22"}) == ()


def test_people_are_cut_off_rather_than_left_without_a_place(ms_22: Roster) -> None:
    found = answer(ms_22, JANUARY, frozenset(("MRM1",)))
    assert found.worst == "cut off"
    assert found.at is not None
    assert found.at.decision.best.cost.cut_off == 2
    assert [x.people for x in found.apart] == [("Sergey Prokopyev", "Dmitry Petelin")]
