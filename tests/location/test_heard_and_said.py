"""Sound, moving air and words: each likelihood on its own, and what it honestly cannot say."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import PLAIN, ROOMS, WALLED, scene

from hullwatch.location import flow, hatch_tests, reports, sound
from hullwatch.location.leak import Scene
from hullwatch.location.posterior import Piece, by_compartment, weigh
from hullwatch.vehicle.graph import default_open

SCENE = scene()


def posterior(*pieces: Piece, where: Scene = SCENE) -> dict[str, float]:
    return dict(weigh(where.spots, pieces).compartments)


# --- ultrasound -------------------------------------------------------------------------------------------------------


def test_loud_here_means_here_and_next_door_comes_second() -> None:
    found = posterior(sound.ultrasound_piece(SCENE, "C", 30.0, False, "u"))
    assert found["C"] > found["B"] > found["A"]


def test_heard_nothing_in_a_quiet_room_moves_the_leak_away() -> None:
    found = posterior(sound.silence_piece(SCENE, "C", False, "s"))
    assert found["C"] < 0.15
    assert found["A"] > found["B"]


def test_racks_that_run_and_slow_leaks_make_silence_mean_little() -> None:
    loud = posterior(sound.silence_piece(SCENE, "C", False, "s"))["C"]
    racks = posterior(sound.silence_piece(SCENE, "C", True, "s"))["C"]
    slow = posterior(sound.silence_piece(scene(kg_day=1.0), "C", False, "s"))["C"]
    both = sound.silence_piece(scene(kg_day=0.5), "C", True, "s")
    assert loud < racks < 1.0 / 3.0
    assert loud < slow < 1.0 / 3.0
    assert posterior(both)["C"] == pytest.approx(1.0 / 3.0, abs=0.02)
    assert "says little" in both.says


def test_slow_leaks_are_likelier_to_be_silent_cracks() -> None:
    shares = [sound.quiet_share(rate) for rate in (0.0, 1.0, 5.0, 25.0, 200.0)]
    assert shares == sorted(shares, reverse=True)
    assert 0.5 < shares[0] < 1.0
    assert shares[-1] < 0.05


def test_a_shut_hatch_keeps_sound_out() -> None:
    shut = replace(SCENE, open_hatches=frozenset({"A-B"}))
    assert sound.ways_db(shut, "C")["B"] - sound.ways_db(SCENE, "C")["B"] == pytest.approx(
        sound.SHUT_DB - sound.HATCHWAY_DB
    )


def test_sound_takes_the_least_way_of_all() -> None:
    """Against every way through the hatches tried out."""
    ship = scene(WALLED).vehicle
    loop = replace(ship, hatches=(*ship.hatches, replace(ship.hatches[0], id="A-C", between=("A", "C"))))
    here = replace(scene(WALLED), vehicle=loop, open_hatches=frozenset({"A-B", "B-C"}))
    found = sound.ways_db(here, "A")
    metres = {"A": 9.0, "B": 6.0, "C": 2.0 * sound.ROOM_M}
    direct = sound.SHUT_DB + 20 * np.log10(metres["A"] / 2 + metres["C"])
    round_b = 2 * sound.HATCHWAY_DB + 20 * np.log10(metres["A"] / 2 + metres["B"] + metres["C"])
    assert found["C"] == pytest.approx(min(direct, round_b))


@pytest.mark.parametrize("racks", [True, False])
def test_heard_and_not_heard_are_all_there_is(racks: bool) -> None:
    """The density of a level adds up to 1, and its part below what is noticed is the chance of silence."""
    levels = np.arange(-60.0, 120.0, 0.25)
    dense = [np.exp(sound.ultrasound_piece(SCENE, "B", float(y), racks, "u").log_like) for y in levels]
    assert np.sum(dense, axis=0) * 0.25 == pytest.approx(np.ones(3), abs=0.01)
    below = np.sum([d for d, y in zip(dense, levels, strict=True) if y < sound.NOTICED_DB], axis=0) * 0.25
    assert np.exp(sound.silence_piece(SCENE, "B", racks, "s").log_like) == pytest.approx(below, abs=0.03)


# --- moving air -------------------------------------------------------------------------------------------------------


def test_what_flows_through_a_hatch_is_what_the_other_side_gives() -> None:
    """Every compartment gives its share of the volume; on a line it has to come past each hatch on its way."""
    whole, area = sum(ROOMS.values()), SCENE.vehicle.hatches[0].area_m2
    density = 101_325.0 * 28.9655e-3 / (8.31446261815324 * 295.0)
    drawn = SCENE.rate_kg_s.median / density / area
    names = list(ROOMS)
    for k, hatch in enumerate(("A-B", "B-C")):
        for place, speed in zip(names, flow.speed_toward(SCENE, hatch, names[k + 1]), strict=True):
            passing = sum(
                ROOMS[room] / whole * np.sign(names.index(place) - n)
                for n, room in enumerate(names)
                if (n <= k) != (names.index(place) <= k)
            )
            assert speed == pytest.approx(drawn * passing)


def test_a_large_leak_is_told_by_its_draught_and_a_small_one_is_not() -> None:
    large = scene(kg_day=30_000.0)  # about 60 mm
    piece = flow.flow_piece(large, "A-B", "B", 0.2, False, "f")
    assert posterior(piece, where=large)["A"] < 0.05
    small = flow.flow_piece(SCENE, "A-B", "B", None, False, "f")
    assert posterior(small)["A"] == pytest.approx(1.0 / 3.0, abs=0.02)
    assert "says little" in small.says


def test_direction_alone_sums_to_one() -> None:
    large = scene(kg_day=3_000.0)
    there, back = (np.exp(flow.flow_piece(large, "A-B", side, None, False, "f").log_like) for side in "BA")
    assert there + back == pytest.approx(np.ones(3))


def test_air_that_can_go_another_way_round_says_nothing() -> None:
    loop = replace(PLAIN, hatches=(*PLAIN.hatches, replace(PLAIN.hatches[0], id="A-C", between=("A", "C"))))
    here = replace(SCENE, vehicle=loop, open_hatches=default_open(loop))
    assert not flow.flow_piece(here, "A-B", "B", 0.01, False, "f").tells


# --- words ------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(st.floats(0.05, 0.99))
def test_the_chances_of_every_name_add_up_to_one(sure: float) -> None:
    every = [np.exp(reports.report_piece(SCENE, room, sure, "r").log_like) for room in ROOMS]
    assert np.sum(every, axis=0) == pytest.approx(np.ones(3))
    finds = [np.exp(reports.found_piece(SCENE, room, None, sure, "found", "r").log_like) for room in ROOMS]
    assert np.sum(finds, axis=0) == pytest.approx(np.ones(3))


def test_a_find_at_a_named_place_is_believed_there() -> None:
    here = scene(WALLED)
    belief = weigh(here.spots, [reports.found_piece(here, "A", "WINDOW", 0.95, "found", "f")])
    assert here.spots.name[int(np.argmax(belief.spot))] == "A/WINDOW"
    assert belief.spot.max() > 0.5
    assert belief.compartments[0][0] == "A"
    part = weigh(here.spots, [reports.found_piece(here, "A", "A/2", 0.95, "found", "f")])
    chosen = {n for n, p in zip(here.spots.name, part.spot, strict=True) if p > 0.02}
    assert chosen
    assert all(n.startswith("A/2-") for n in chosen)


def test_a_place_that_every_wall_has_is_meant_in_the_compartment_named() -> None:
    here = scene(WALLED)
    found = weigh(here.spots, [reports.found_piece(here, "A", "2-nadir", 0.95, "found", "f")])
    assert here.spots.name[int(np.argmax(found.spot))] == "A/2-nadir"
    away = weigh(here.spots, [reports.searched_piece(here, "A", "port-nadir", 0.9, "searched", "n")])
    less = away.spot < 0.5 * np.exp(here.spots.log_prior)
    assert [name for name, so in zip(here.spots.name, less, strict=True) if so] == ["A/port-nadir"]


def test_a_search_without_a_find_takes_away_what_it_would_have_found() -> None:
    piece = reports.searched_piece(SCENE, "B", None, 0.8, "searched", "n")
    found = posterior(replace(piece, misleads=1e-9))
    assert found["B"] == pytest.approx(0.2 / 2.2, rel=1e-3)
    assert found["A"] == pytest.approx(found["C"])


def test_a_hiss_is_put_next_door_more_often_than_far_away() -> None:
    found = posterior(reports.report_piece(SCENE, "A", 0.6, "r"))
    assert found["A"] > found["B"] > found["C"]


# --- pressure ---------------------------------------------------------------------------------------------------------


def test_the_watch_is_taken_without_its_prior() -> None:
    weighed = replace(
        PLAIN, compartments=tuple(replace(c, leak_weight=5.0 if c.id == "A" else 1.0) for c in PLAIN.compartments)
    )
    here = scene(weighed)
    told = {"A": 5.0 / 7.0, "B": 1.0 / 7.0, "C": 1.0 / 7.0}  # the prior itself: hatches open
    prior = {c.id: c.leak_weight for c in weighed.compartments}
    assert not hatch_tests.watched_piece(here.spots, hatch_tests.told_by(prior, told), "").tells
    assert dict(by_compartment(here.spots, weigh(here.spots, []).spot)) == pytest.approx(told)


def test_a_gauge_in_a_part_shut_off_tells_it_from_the_rest() -> None:
    flow_m3_s = SCENE.rate_kg_s.median / (101_325.0 / (287.05 * 295.0))
    hours = 2.0
    falls = 101_325.0 * np.exp(-flow_m3_s / 10.0 * hours * 3600.0)
    leaks = hatch_tests.gauge_piece(SCENE, ["C"], 101_325.0, float(falls), hours * 3600.0, 40.0, "g")
    assert posterior(leaks)["C"] > 0.95
    holds = hatch_tests.gauge_piece(SCENE, ["C"], 101_325.0, 101_300.0, hours * 3600.0, 40.0, "g")
    assert posterior(holds)["C"] < 0.05
    short = hatch_tests.gauge_piece(SCENE, ["C"], 101_325.0, 101_300.0, 60.0, 300.0, "g")
    assert posterior(short)["C"] > 0.05
