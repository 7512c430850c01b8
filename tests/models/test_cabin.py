from dataclasses import replace

import numpy as np
import pytest
from slow_cabin import chain_by_small_steps
from small_ships import air, chain, hole, no_gains, no_holes, open_all, still

from hullwatch.errors import OutOfRange
from hullwatch.models.cabin import Pump, State, advance, cabin_of, nominal_state, ways_of
from hullwatch.models.cabin_flow import Walls
from hullwatch.physics.gas import CO2, GAS_CONSTANT, O2
from hullwatch.vehicle.load import load_vehicle


def test_one_pressure_in_a_group_whatever_flows():
    cabin = chain()
    walls = Walls(0.0, 600.0, np.array([[290.0, 295.0, 300.0], [301.0, 295.0, 293.0]]))
    gains = no_gains(cabin)._replace(supply_mol_s=np.array([[0.1, 0, 0, 0], [0, 0, 0, 0.05], [0, 0.2, 0, 0]]))
    _, track, _ = advance(cabin, air(cabin), ways_of(cabin, open_all(cabin)), hole(2, 1e-5), gains, walls, 0.0, 1200.0)
    spread = np.ptp(track.pressure_pa, axis=1) / track.pressure_pa[:, 0]
    assert spread.max() < 1e-12
    np.testing.assert_allclose(
        track.pressure_pa * cabin.volume_m3, track.moles.sum(axis=2) * GAS_CONSTANT * track.temperature_k, rtol=1e-12
    )


def test_against_hatches_resolved_in_small_steps():
    # the oracle gives every compartment its own pressure and every hatch a stiff resistance
    cabin = chain((8.0, 12.0, 10.0), wall_time=60.0, fan=0.05)
    state = State(air(cabin).moles, np.array([295.0, 295.0, 295.0]))
    state.moles[0] = state.moles[0].sum() * np.array([0.30, 0.68, 0.01, 0.01])
    ways = ways_of(cabin, open_all(cabin))
    walls = Walls(0.0, 60.0, np.array([[297.0, 294.0, 295.0]]))
    final, track, _ = advance(cabin, state, ways, hole(2, 5e-5), no_gains(cabin), walls, 0.0, 300.0)
    moles, temperature, pressure = chain_by_small_steps(
        cabin.volume_m3, state.moles, state.temperature_k, walls.temperature_k[0], 60.0, 5e-5, 0.05, 0.03, 300.0
    )
    np.testing.assert_allclose(track.pressure_pa[-1], pressure, rtol=1e-4)
    np.testing.assert_allclose(final.temperature_k, temperature, rtol=2e-5)
    np.testing.assert_allclose(final.moles, moles, rtol=5e-4)


def test_halving_the_step_changes_nothing_that_matters():
    cabin = chain()
    start = air(cabin)
    ways = ways_of(cabin, open_all(cabin))
    walls = Walls(0.0, 600.0, np.array([[290.0, 295.0, 300.0], [301.0, 295.0, 293.0]]))
    coarse, fine = (
        advance(cabin, start, ways, hole(0, 1e-4), no_gains(cabin), walls, 0.0, 3600.0, every)[0]
        for every in (10.0, 1.0)
    )
    np.testing.assert_allclose(coarse.moles, fine.moles, rtol=1e-6)
    np.testing.assert_allclose(coarse.temperature_k, fine.temperature_k, rtol=1e-7)


def test_a_closed_hatch_keeps_the_other_side_out_of_it():
    cabin = chain()
    start = air(cabin)
    ways = ways_of(cabin, np.array([True, False]))
    final, track, _ = advance(cabin, start, ways, hole(2, 1e-4), no_gains(cabin), still(cabin), 0.0, 600.0)
    np.testing.assert_allclose(track.pressure_pa[:, :2], 1e5, rtol=1e-12)
    assert track.pressure_pa[-1, 2] < 0.9e5
    np.testing.assert_allclose(final.moles[:2].sum(axis=0), start.moles[:2].sum(axis=0), rtol=1e-13)


def test_fans_mix_what_open_hatches_join():
    cabin = chain((10.0, 10.0))
    start = air(cabin)
    start.moles[0] = start.moles[0].sum() * np.array([1.0, 0.0, 0.0, 0.0])
    final, _, _ = advance(
        cabin, start, ways_of(cabin, open_all(cabin)), no_holes(), no_gains(cabin), still(cabin), 0.0, 7200.0
    )
    share = final.moles / final.moles.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(share[0], share[1], atol=1e-6)


def test_people_stop_using_oxygen_where_there_is_none():
    cabin = chain((2.0,))
    gains = no_gains(cabin)._replace(people=np.array([50.0]), person_mol_s=np.array([-3e-4, 0.0, 2.6e-4, 0.0]))
    final, _, _ = advance(
        cabin, air(cabin), ways_of(cabin, open_all(cabin)), no_holes(), gains, still(cabin), 0.0, 7200.0
    )
    assert 0.0 <= final.moles[0, O2] < 1.0


def test_removal_stops_at_its_floor():
    cabin = chain((10.0,))
    floor = np.zeros((1, 4))
    floor[0, CO2] = 1.0
    gains = no_gains(cabin)._replace(removal_1_s=np.full((1, 4), 1e-2) * [0, 0, 1, 0], removal_floor_mol=floor)
    final, _, ledger = advance(
        cabin, air(cabin), ways_of(cabin, open_all(cabin)), no_holes(), gains, still(cabin), 0.0, 3600.0
    )
    assert final.moles[0, CO2] == pytest.approx(1.0, abs=1e-6)
    assert ledger.removal[CO2] == pytest.approx(final.moles[0, CO2] - air(cabin).moles[0, CO2], rel=1e-12)


def test_filling_a_nearly_empty_compartment_warms_it_by_gamma_at_most():
    cabin = chain((50.0, 5.0), wall_time=1e9)
    start = air(cabin, pressure=np.array([1e5, 100.0]))
    ways = ways_of(cabin, np.array([False]), (Pump(0, 1, 0.0, 0.2),))
    final, track, _ = advance(cabin, start, ways, no_holes(), no_gains(cabin), still(cabin), 0.0, 600.0)
    assert 295.0 * 1.3 < final.temperature_k[1] < 295.0 * 1.4  # textbook limit: gamma times the supply's
    assert track.pressure_pa[-1, 1] > 5e4


def test_a_pump_that_asks_for_more_than_there_is_says_so():
    cabin = chain((1.0, 1.0))
    ways = ways_of(cabin, np.array([False]), (Pump(0, None, 0.0, 10.0),))
    with pytest.raises(OutOfRange, match="gas left in A"):
        advance(cabin, air(cabin), ways, no_holes(), no_gains(cabin), still(cabin), 0.0, 60.0)


def test_time_must_pass():
    cabin = chain()
    with pytest.raises(OutOfRange, match="end_s"):
        advance(cabin, air(cabin), ways_of(cabin, open_all(cabin)), no_holes(), no_gains(cabin), still(cabin), 5.0, 5.0)


def test_a_vehicle_becomes_arrays():
    vehicle = load_vehicle("demo")
    cabin = cabin_of(vehicle)
    state = nominal_state(cabin, vehicle, np.full(len(cabin.compartments), 295.0))
    pressure = state.moles.sum(axis=1) * GAS_CONSTANT * 295.0 / cabin.volume_m3
    np.testing.assert_allclose(pressure, vehicle.atmosphere.pressure_pa.value, rtol=1e-12)
    assert cabin_of(vehicle, {"LAB": 50.0}).volume_m3[cabin.compartments.index("LAB")] == 50.0
    with pytest.raises(OutOfRange, match="volume_m3"):
        cabin_of(vehicle, {"LAB": -1.0})


def test_what_a_fan_blows_in_a_short_circuit_mixes_nothing():
    ship = load_vehicle("demo")
    half = replace(ship, ventilation=tuple(replace(v, short_circuit=0.5) for v in ship.ventilation))
    np.testing.assert_allclose(cabin_of(half).fan_flow_m3_s, 0.5 * cabin_of(ship).fan_flow_m3_s)


def test_walls_with_a_heat_capacity_cool_by_what_they_give():
    cabin = chain((10.0,))
    start = air(cabin, temperature=280.0)
    walls = Walls(0.0, 60.0, np.array([[300.0]]), np.array([5e4]))
    final, _, _ = advance(
        cabin, start, ways_of(cabin, open_all(cabin)), no_holes(), no_gains(cabin), walls, 0.0, 7200.0
    )
    # one temperature for both, from the energy of both: 5e4 J/K of walls, and the gas at constant volume
    gas = float(start.moles[0] @ (np.array([29.38, 29.12, 37.13, 33.59]) - GAS_CONSTANT))
    both = (5e4 * 300.0 + gas * 280.0) / (5e4 + gas)
    assert final.temperature_k[0] == pytest.approx(both, abs=1e-3)
    assert final.wall_j[0] == pytest.approx(-gas * (both - 280.0), rel=1e-4)
    assert final.energy_j() == pytest.approx(start.energy_j(), rel=1e-13)


def test_a_run_cut_at_its_rows_is_the_same_run():
    # within a run the rates at the end of a step serve the next one; a new run takes them anew
    cabin = chain((8.0, 12.0, 10.0), wall_time=60.0, fan=0.05)
    walls = Walls(0.0, 30.0, np.array([[297.0, 294.0, 295.0], [294.0, 296.0, 295.0]]), np.full(3, 5e4))
    ways, gains = ways_of(cabin, open_all(cabin)), no_gains(cabin)
    out = hole(2, 5e-5)._replace(growth_1_s=np.array([1e-3]))
    whole, track, ledger = advance(cabin, air(cabin), ways, out, gains, walls, 0.0, 200.0, 50.0)
    part, lost = air(cabin), 0.0
    for k in range(4):
        part, rows, book = advance(cabin, part, ways, out, gains, walls, 50.0 * k, 50.0 * (k + 1), 50.0)
        lost = lost + book.holes
        np.testing.assert_array_equal(rows.pressure_pa[1], track.pressure_pa[k + 1])
        np.testing.assert_array_equal(rows.hole_kg_s[1], track.hole_kg_s[k + 1])
    np.testing.assert_array_equal(part.moles, whole.moles)
    np.testing.assert_array_equal(part.temperature_k, whole.temperature_k)
    np.testing.assert_allclose(lost, ledger.holes, rtol=1e-13)
