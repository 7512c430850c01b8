"""Pressure groups are the connected pieces of the ship with its shut hatches taken away."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open, group_of, hatches_around, path, pressure_groups, reachable_crafts
from hullwatch.vehicle.load import bundled_vehicles, load_vehicle

SHIPS = {name: load_vehicle(name) for name in bundled_vehicles()}
DEMO = SHIPS["demo"]
ALL_DEMO = frozenset(hatch.id for hatch in DEMO.hatches)


@st.composite
def ships_and_hatches(draw: st.DrawFn) -> tuple[Vehicle, frozenset[str]]:
    vehicle = SHIPS[draw(st.sampled_from(sorted(SHIPS)))]
    return vehicle, draw(
        st.frozensets(st.sampled_from([h.id for h in vehicle.hatches]) if vehicle.hatches else st.nothing())
    )


def joined_the_slow_way(vehicle: Vehicle, open_hatches: frozenset[str]) -> np.ndarray:
    """Oracle: powers of the adjacency matrix say who can be reached from whom."""
    ids = [c.id for c in vehicle.compartments]
    reach = np.eye(len(ids), dtype=np.int64)
    for hatch in vehicle.hatches:
        if hatch.id in open_hatches:
            a, b = (ids.index(end) for end in hatch.between)
            reach[a, b] = reach[b, a] = 1
    for _ in ids:
        reach = ((reach @ reach) > 0).astype(np.int64)
    return reach > 0


@given(ships_and_hatches())
def test_groups_partition_the_ship_as_the_oracle_says(case: tuple[Vehicle, frozenset[str]]) -> None:
    vehicle, open_hatches = case
    groups = pressure_groups(vehicle, open_hatches)
    ids = [c.id for c in vehicle.compartments]
    assert sorted(id for group in groups for id in group) == sorted(ids)
    reach = joined_the_slow_way(vehicle, open_hatches)
    for i, a in enumerate(ids):
        for j, b in enumerate(ids):
            assert (group_of(groups, a) == group_of(groups, b)) == reach[i, j]


@given(ships_and_hatches())
def test_groups_come_in_file_order(case: tuple[Vehicle, frozenset[str]]) -> None:
    vehicle, open_hatches = case
    order = {c.id: i for i, c in enumerate(vehicle.compartments)}
    groups = pressure_groups(vehicle, open_hatches)
    firsts = [order[group[0]] for group in groups]
    assert firsts == sorted(firsts)
    assert firsts[0] == 0
    assert all([order[id] for id in group] == sorted(order[id] for id in group) for group in groups)


@given(ships_and_hatches(), st.data())
def test_closing_a_hatch_never_merges(case: tuple[Vehicle, frozenset[str]], data: st.DataObject) -> None:
    vehicle, open_hatches = case
    assume(vehicle.hatches)
    closed = data.draw(st.sampled_from([hatch.id for hatch in vehicle.hatches]))
    before = pressure_groups(vehicle, open_hatches)
    after = pressure_groups(vehicle, open_hatches - {closed})
    assert all(any(set(group) <= set(whole) for whole in before) for group in after)
    assert len(after) - len(before) in (0, 1)


@pytest.mark.parametrize("name", sorted(SHIPS))
def test_all_open_is_one_group_and_all_closed_is_none_joined(name: str) -> None:
    vehicle = SHIPS[name]
    everything = tuple(c.id for c in vehicle.compartments)
    assert pressure_groups(vehicle, frozenset(h.id for h in vehicle.hatches)) == (everything,)
    assert pressure_groups(vehicle, frozenset()) == tuple((id,) for id in everything)


@given(ships_and_hatches(), st.data())
def test_a_path_exists_exactly_within_a_group(case: tuple[Vehicle, frozenset[str]], data: st.DataObject) -> None:
    vehicle, open_hatches = case
    ids = st.sampled_from([c.id for c in vehicle.compartments])
    origin, target = data.draw(ids), data.draw(ids)
    groups = pressure_groups(vehicle, open_hatches)
    way = path(vehicle, origin, target, open_hatches)
    assert (way is not None) == (group_of(groups, origin) == group_of(groups, target))
    if way is not None:
        assert (way[0], way[-1]) == (origin, target)
        doors = {frozenset(h.between) for h in vehicle.hatches if h.id in open_hatches}
        assert all(frozenset(step) in doors for step in itertools.pairwise(way))
        assert len(set(way)) == len(way)


@given(ships_and_hatches())
def test_hatches_around_a_group_cut_it_out(case: tuple[Vehicle, frozenset[str]]) -> None:
    vehicle, open_hatches = case
    group = pressure_groups(vehicle, open_hatches)[-1]
    cut = {hatch.id for hatch in hatches_around(vehicle, frozenset(group))}
    everything_else_open = frozenset(h.id for h in vehicle.hatches) - cut
    assert group in pressure_groups(vehicle, everything_else_open)


def test_a_shut_hatch_cuts_people_off_from_their_craft() -> None:
    assert [c.id for c in reachable_crafts(DEMO, "LAB", ALL_DEMO)] == ["CAPSULE"]
    assert reachable_crafts(DEMO, "LAB", ALL_DEMO - {"NODE-CAPSULE"}) == ()
    assert [c.id for c in reachable_crafts(DEMO, "CAPSULE", frozenset())] == ["CAPSULE"]


def test_default_open_is_what_the_file_calls_normally_open() -> None:
    shut = {h.id for h in SHIPS["iss-2018-10-12"].hatches} - default_open(SHIPS["iss-2018-10-12"])
    assert shut == {"NODE3-BEAM", "NODE2-PMA2", "NODE2-PMA3"}


def test_an_unknown_hatch_is_not_silently_ignored() -> None:
    with pytest.raises(KeyError, match="NODE-ATTIC"):
        pressure_groups(DEMO, frozenset({"NODE-ATTIC"}))
