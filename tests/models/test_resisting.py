"""The ship moved on where paths resist, against the lumped cabin, and against one network of everything."""

import numpy as np
import pytest
from small_ships import air, chain, hole, no_gains, no_holes, still

from hullwatch.errors import OutOfRange
from hullwatch.models.cabin import Pump, State, advance, equalised, ways_of
from hullwatch.models.cabin_flow import Gains, Walls
from hullwatch.models.network import Path, Valve
from hullwatch.models.resisting import advance_ship

ALL = np.ones(3, dtype=np.bool_)


def moved(
    cabin, state, is_open, paths, valves=(), pumps=(), present=None, holes=None, gains=None, walls=None, end=3600.0
):
    return advance_ship(
        cabin, state, np.array(is_open), ALL[: cabin.volume_m3.size] if present is None else np.array(present), pumps,
        paths, valves, holes or no_holes(), gains or no_gains(cabin), walls or still(cabin), 1000.0, 1000.0 + end,
    )  # fmt: skip


def busy(cabin):
    """People, supply, removal with floors, walls that warm and cool, a hole that grows."""
    gains = Gains(
        np.array([[2e-3, 1e-3, 0.0, 0.0], [0.0] * 4, [0.0] * 4]), np.array([300.0, 295.0, 295.0]),
        np.array([1.0, 2.0, 0.0]),
        np.array([-3e-4, 0.0, 2.6e-4, 1.4e-3]), np.full((3, 4), [0.0, 0.0, 1e-4, 1e-3]),
        np.full((3, 4), [0.0, 0.0, 0.0, 2.0]),
    )  # fmt: skip
    walls = Walls(
        900.0, 600.0, 295.0 + np.array([[0, 0, 0], [3, 1, -2], [-1, 2, 4], [2, -3, 0], [0, 0, 0]]), np.full(3, 2e5)
    )
    return gains, walls, hole(1, 2e-5, 3e-4)._replace(since_s=np.array([1000.0]))


def test_a_path_that_passes_nothing_leaves_the_lumped_answer():
    """Resolved and lumped are the same ship: everything the player knows of acts in both."""
    cabin, is_open = chain(), np.array([True, False])
    gains, walls, holes = busy(cabin)
    start = equalised(cabin, air(cabin, [1e5, 1e5, 0.6e5]), ways_of(cabin, is_open))
    idle = (Path("orifice", 1, 2, 0.0),)
    state, track, ledger, _ = moved(cabin, start, is_open, idle, holes=holes, gains=gains, walls=walls)
    plain, row, book = advance(cabin, start, ways_of(cabin, is_open), holes, gains, walls, 1000.0, 4600.0, 5.0)
    np.testing.assert_allclose(track.pressure_pa[-1], row.pressure_pa[-1], rtol=2e-6)
    np.testing.assert_allclose(state.temperature_k, plain.temperature_k, atol=0.02)
    np.testing.assert_allclose(state.moles, plain.moles, rtol=2e-5)
    np.testing.assert_allclose(state.wall_j, plain.wall_j, rtol=2e-3, atol=0.01 * np.abs(plain.wall_j).max())
    scale = np.abs(book.total()).max()
    for part in ("crew", "removal", "supply"):
        np.testing.assert_allclose(getattr(ledger, part), getattr(book, part), atol=1e-4 * scale)
    np.testing.assert_allclose(ledger.holes, book.holes, rtol=1e-5)
    np.testing.assert_allclose(track.hole_kg_s[-1], row.hole_kg_s[-1], rtol=1e-5)


def test_the_books_balance_where_paths_resist():
    cabin = chain()
    gains, walls, holes = busy(cabin)
    start = air(cabin, [1e5, 0.4e5, 0.6e5], 295.0)
    paths = (Path("orifice", 0, 1, 1e-4), Path("seal", 1, 2, 1e-10), Path("orifice", 2, None, 1e-5, valve=0))
    relief = Valve(2, 0.61e5, 0.58e5)
    pumps = (Pump(1, 2, 2e-3), Pump(0, None, 0.0, 0.01))
    state, _, ledger, valves = moved(
        cabin, start, [False, False], paths, (relief,), pumps, holes=holes, gains=gains, walls=walls
    )
    off = state.moles.sum(axis=0) - start.moles.sum(axis=0) - ledger.total()
    assert np.abs(off).max() < 1e-12 * start.moles.sum()
    assert state.energy_j() - start.energy_j() == pytest.approx(ledger.enthalpy_j, abs=1e-11 * start.energy_j())
    assert ledger.overboard.sum() < -36.0  # the vent's 0.01 mol/s, and relief
    assert len(valves) == 1


def test_what_no_path_reaches_stays_lumped_and_what_is_away_stands_still():
    cabin = chain((10.0, 40.0, 20.0))
    start = air(cabin, [1e5, 0.9e5, 0.5e5])
    state, track, ledger, _ = moved(
        cabin, start, [False, False], (Path("orifice", 0, 1, 1e-4),), present=[True, True, False], holes=hole(2, 1e-4)
    )
    assert np.isnan(track.pressure_pa[:, 2]).all()
    np.testing.assert_array_equal(state.moles[2], start.moles[2])
    assert ledger.holes.sum() == 0.0
    assert track.pressure_pa[-1, 0] == pytest.approx(track.pressure_pa[-1, 1], rel=1e-3)


def test_a_path_beside_an_open_hatch_does_nothing():
    cabin = chain()
    is_open = np.array([True, True])
    state = air(cabin)
    one, _, _, _ = moved(cabin, state, is_open, (Path("orifice", 0, 1, 1e-3),), holes=hole(2, 1e-5))
    other, _, _ = advance(
        cabin, state, ways_of(cabin, is_open), hole(2, 1e-5), no_gains(cabin), still(cabin), 1000.0, 4600.0
    )
    np.testing.assert_array_equal(one.moles, other.moles)


def test_vapour_settles_on_cold_walls_in_both_models():
    cabin, start = chain(), air(chain())
    wet = State(start.moles * np.array([1.0, 1.0, 1.0, 3.0]), start.temperature_k)
    walls = still(cabin, 278.15)
    for paths in ((), (Path("orifice", 1, 2, 1e-9),)):
        state, track, ledger, _ = moved(cabin, wet, [False, False], paths, walls=walls, end=7200.0)
        vapour = state.moles[:, 3] / state.moles.sum(axis=1) * track.pressure_pa[-1]
        np.testing.assert_allclose(vapour, 872.6, rtol=2e-3)  # steam table: saturation at 5 C
        assert ledger.removal[3] == pytest.approx(state.moles[:, 3].sum() - wet.moles[:, 3].sum(), rel=1e-9)


def test_a_hole_into_something_else_than_space_is_refused():
    cabin = chain()
    outside = hole(0, 1e-5)._replace(outside_pa=np.array([1e3]))
    with pytest.raises(OutOfRange, match="outside_pa"):
        moved(cabin, air(cabin), [False, False], (Path("orifice", 0, 1, 1e-4),), holes=outside)
