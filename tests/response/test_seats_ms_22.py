"""The bundled case: what was decided in January 2023, the landing in September, and that both follow from the facts."""

from dataclasses import replace
from typing import Any

import pytest
from seat_rosters import with_craft, with_person

from hullwatch.response.seats.answer import answer
from hullwatch.response.seats.decision import decide
from hullwatch.response.seats.moment import chance_too_hot, moment
from hullwatch.response.seats.timeline import Timeline, timeline
from hullwatch.units import utc_seconds
from hullwatch.vehicle.facts import Figure
from hullwatch.vehicle.roster import Heat, Roster
from hullwatch.vehicle.roster_load import load_roster

MS_22_CREW = ("Sergey Prokopyev", "Dmitry Petelin", "Frank Rubio")


@pytest.fixture(scope="module")
def roster() -> Roster:
    return load_roster("soyuz-ms-22")


@pytest.fixture(scope="module")
def course(roster: Roster) -> Timeline:
    return timeline(roster)


def places(roster: Roster, date: str, closed: frozenset[str] = frozenset()) -> dict[str, tuple[str | None, str]]:
    """Craft and kind of place of the crew of MS-22 at a date."""
    at_s = utc_seconds(date)
    found = answer(roster, at_s, closed).at
    assert found is not None
    rides = {ride.person: (ride.craft, ride.state) for ride in found.decision.best.rides}
    return {name: rides[name] for name in MS_22_CREW}


def heat(roster: Roster) -> Heat:
    found = roster.faults[0].heat
    assert found is not None
    return found


def with_heat(roster: Roster, **changed: float) -> Roster:
    fault = roster.faults[0]
    figures: dict[str, Any] = {key: Figure(value, "c") for key, value in changed.items()}
    return replace(roster, faults=(replace(fault, heat=replace(heat(roster), **figures)),))


def test_the_decision_of_january_2023(roster: Roster) -> None:
    """Rubio's liner goes to Dragon; Prokopyev and Petelin keep MS-22 for an emergency (a S28)."""
    assert places(roster, "2023-01-20") == {
        "Sergey Prokopyev": ("SOYUZ_MS22", "degraded"),
        "Dmitry Petelin": ("SOYUZ_MS22", "degraded"),
        "Frank Rubio": ("DRAGON_ENDURANCE", "improvised"),
    }


def test_before_a_place_was_rigged_three_had_a_degraded_seat(roster: Roster) -> None:
    assert set(places(roster, "2022-12-20").values()) == {("SOYUZ_MS22", "degraded")}


def test_all_three_move_when_ms_23_is_there_and_land_in_it(roster: Roster, course: Timeline) -> None:
    assert set(places(roster, "2023-02-26T01:00Z").values()) == {("SOYUZ_MS23", "full")}
    home = {home.craft: home for home in course.homecomings}
    assert home["SOYUZ_MS23"].aboard == MS_22_CREW
    assert home["SOYUZ_MS23"].time_s == utc_seconds("2023-09-27T07:54Z")
    assert home["SOYUZ_MS22"].aboard == ()  # landed empty on 28 March (a S28)
    assert not any(h.stranded for h in course.homecomings)


def test_the_days_are_those_between_the_published_dates(course: Timeline) -> None:
    """The gap of the fact base: three degraded to 18 January, then two and one improvised to 26 February."""
    rubio, prokopyev = course.days["Frank Rubio"], course.days["Sergey Prokopyev"]
    to_liner = (utc_seconds("2023-01-18") - utc_seconds("2022-12-15T00:45Z")) / 86400
    to_ms_23 = (utc_seconds("2023-02-26T00:58Z") - utc_seconds("2023-01-18")) / 86400
    assert rubio.degraded == pytest.approx(to_liner)
    assert rubio.improvised == pytest.approx(to_ms_23)
    assert prokopyev.degraded == pytest.approx(to_liner + to_ms_23)
    assert course.days["Nicole Mann"].improvised == 0.0


def test_two_warm_the_cabin_less_than_three(roster: Roster) -> None:
    warm = heat(roster)
    assert warm.temperature_k(3) == 313.15
    assert warm.temperature_k(2) == pytest.approx(309.82, abs=0.01)
    assert chance_too_hot(warm, 1) < chance_too_hot(warm, 2) < 0.5 < chance_too_hot(warm, 3)


def test_the_answer_is_best_wherever_the_probabilities_lie_in_their_intervals(roster: Roster) -> None:
    found = answer(roster, utc_seconds("2023-01-20"), frozenset()).sensitivity
    assert found is not None
    assert found.corners_held == found.corners == 32
    reach = {x.name: x for x in found.reaches}
    assert reach["improvised"].holds_to is not None
    assert reach["improvised"].holds_to > 5 * reach["improvised"].value
    assert reach["heat"].holds_from is not None
    assert reach["heat"].holds_from < reach["heat"].value / 10


# --- other facts, other answers ---------------------------------------------------------------------------------------


def test_with_its_coolant_nobody_moves(roster: Roster) -> None:
    assert set(places(replace(roster, faults=()), "2023-01-20").values()) == {("SOYUZ_MS22", "full")}


def test_a_cabin_that_stays_cool_keeps_all_three(roster: Roster) -> None:
    cool = with_heat(roster, limit_k=325.0)
    assert set(places(cool, "2023-01-20").values()) == {("SOYUZ_MS22", "degraded")}


def test_who_moves_is_who_is_not_needed_to_fly(roster: Roster) -> None:
    """Give Rubio the engineer's training and Petelin none: Petelin moves."""
    swapped = with_person(roster, "Frank Rubio", roles=("soyuz-engineer",))
    swapped = with_person(swapped, "Dmitry Petelin", roles=())
    assert places(swapped, "2023-01-20")["Dmitry Petelin"] == ("DRAGON_ENDURANCE", "improvised")
    assert places(swapped, "2023-01-20")["Frank Rubio"] == ("SOYUZ_MS22", "degraded")


def test_a_second_place_would_be_taken_too(roster: Roster) -> None:
    """That two stayed rests on the one place: said as a what-if, and true."""
    craft = roster.craft("DRAGON_ENDURANCE")
    roomy = with_craft(roster, craft.id, improvised=(replace(craft.improvised[0], places=2),))
    kinds = [kind for _, kind in places(roomy, "2023-01-20").values()]
    assert sorted(kinds) == ["degraded", "improvised", "improvised"]
    found = answer(roster, utc_seconds("2023-01-20"), frozenset()).sensitivity
    assert found is not None
    more = next(x for x in found.what_ifs if "one more" in x.words)
    assert more.plan is not None
    assert len(more.plan.riders("DRAGON_ENDURANCE")) == 6


def test_without_a_rigged_place_nobody_can_move(roster: Roster) -> None:
    bare = with_craft(roster, "DRAGON_ENDURANCE", improvised=())
    assert set(places(bare, "2023-01-20").values()) == {("SOYUZ_MS22", "degraded")}


def test_an_improvised_place_worse_than_the_heat_is_not_taken(roster: Roster) -> None:
    """Above the probability that the sensitivity names, the liner stays where it is."""
    worse = replace(roster.hazards["improvised"], median=0.2, high=0.5)
    grim = replace(roster, hazards={**roster.hazards, "improvised": worse})
    assert set(places(grim, "2023-01-20").values()) == {("SOYUZ_MS22", "degraded")}


def test_a_replacement_with_two_seats_takes_two(roster: Roster) -> None:
    small = with_craft(roster, "SOYUZ_MS23", seats=2)
    found = places(small, "2023-02-27")
    assert sorted(craft or "" for craft, _ in found.values()) == ["DRAGON_ENDURANCE", "SOYUZ_MS23", "SOYUZ_MS23"]
    assert found["Frank Rubio"][0] == "DRAGON_ENDURANCE"


def test_a_liner_that_cannot_move_makes_the_move_dearer(roster: Roster) -> None:
    """Without his liner Rubio lies on the pallet bare: one shortfall more, and it is said."""
    now = moment(with_person(roster, "Frank Rubio", liner=None), utc_seconds("2023-01-20"), frozenset(), {})
    best = decide(now, roster.hazards).best
    rubio = next(ride for ride in best.rides if ride.person == "Frank Rubio")
    assert [s.hazard for s in rubio.lacks] == ["improvised", "no_liner", "no_suit"]


def test_no_replacement_leaves_people_behind_in_words(roster: Roster) -> None:
    """MS-23 never comes, MS-22 leaves: three are without a place, and on 27 September no craft takes them."""
    alone = replace(roster, crafts=tuple(c for c in roster.crafts if c.id != "SOYUZ_MS23"))
    course = timeline(alone)
    after = course.at(utc_seconds("2023-04-01"))
    assert after is not None
    assert after.decision.best.cost.without_place == 3
    last = [home for home in course.homecomings if home.time_s == utc_seconds("2023-09-27T07:54Z")]
    assert [set(home.stranded) for home in last] == [set(MS_22_CREW)]
    assert course.days["Frank Rubio"].none > 100


def test_at_most_eleven_were_aboard_and_all_had_a_seat(course: Timeline) -> None:
    assert max(len(p.decision.best.rides) for p in course.periods) == 11
    assert all(p.decision.best.cost.without_place == 0 for p in course.periods)
