"""Worlds moved by their flow matrix, against short steps of a slow model and against closed forms."""

import math

import numpy as np
import pytest
from slow_lumped import run
from worlds_of import ENDS, R, air, alone, draws, everywhere, five, limits, links

from hullwatch.models.wiring import wiring_of
from hullwatch.models.worlds import PPO2, run_worlds

TIMES = np.zeros(0)
ALL = np.ones(4, dtype=np.bool_)


def moved(cabin, air_, draws_, states, end, tolerance=1e-8, limits_=None, times=TIMES):
    found = limits() if limits_ is None else limits_
    watched = everywhere(draws_.volume_m3.shape[0], cabin)
    return run_worlds(wiring_of(cabin, states), air_, found, draws_, watched, end, tolerance, times)


@pytest.mark.parametrize(("place", "exponent"), [(0, 1.0), (3, 1.0), (4, 2.0)])
def test_against_short_steps(place, exponent):
    cabin = five()
    shared = air(cabin)
    area = 3e-5
    out = moved(cabin, shared, draws(cabin, place, area, exponent=exponent), [ALL], 7200.0)
    start = shared.density_mol_m3 * cabin.volume_m3[:, None]
    holes = np.zeros(5)
    holes[place] = area
    slow = run(
        start, 7200.0, 10.0, cabin.volume_m3, shared.temperature_k, ENDS, links(ENDS), holes, shared.supply_mol_s,
        shared.removal_1_s, exponent=exponent,
    )  # fmt: skip
    assert out.end_mol[0].sum() == pytest.approx(slow.sum(), rel=1e-6)
    np.testing.assert_allclose(out.end_mol[0], slow, rtol=2e-4)


def test_a_closed_hatch_divides_at_its_own_time():
    cabin = five()
    shut = np.array([True, True, False, True])
    shared = air(cabin)
    at = 1800.5
    out = moved(cabin, shared, draws(cabin, 3, 2e-5, events=[at]), [ALL, shut], 3600.0, times=np.array([at, 3600.0]))
    start = shared.density_mol_m3 * cabin.volume_m3[:, None]
    args = (shared.supply_mol_s, shared.removal_1_s)
    area = np.array([0.0, 0.0, 0.0, 2e-5, 0.0])
    mid = run(start, at, at / 200, cabin.volume_m3, shared.temperature_k, ENDS, links(ENDS), area, *args)
    left = [h for h in ENDS if h != (1, 3)]
    fans = [f for f in links(left) if {f[0], f[1]} != {2, 3}]  # the fan that leapt the hatch has stopped
    end = run(mid, 3600.0 - at, (3600.0 - at) / 200, cabin.volume_m3, shared.temperature_k, left, fans, area, *args)
    pressure = end.sum(axis=1) * 8.314462618 * shared.temperature_k / cabin.volume_m3
    assert out.pressure_pa[0, 1] == pytest.approx(pressure, rel=1e-6)
    later = moved(cabin, shared, draws(cabin, 3, 2e-5, events=[at + 1.0]), [ALL, shut], 3600.0)
    assert later.end_mol[0, 3].sum() > out.end_mol[0, 3].sum()  # a second more of air from the other side


def test_blowdown_of_one_compartment_is_the_closed_form():
    cabin = alone(50.0)
    shared = air(cabin, busy=False)
    area = 1e-4
    n = shared.density_mol_m3[0]
    molar = n @ [31.9988e-3, 28.0134e-3, 44.0095e-3, 18.01528e-3] / n.sum()
    cp = n @ [29.38, 29.12, 37.13, 33.59] / n.sum()
    g = cp / (cp - 8.31446261815324)
    speed = math.sqrt(g * (2 / (g + 1)) ** ((g + 1) / (g - 1))) * math.sqrt(8.31446261815324 * 293.0 / molar)
    tau = 50.0 / (area * speed)
    none = np.zeros(0, dtype=np.bool_)
    found = limits(65000.0, 30000.0)
    out = moved(cabin, shared, draws(cabin, 0, area, at=100.25), [none], 1e5, limits_=found, times=np.array([3600.0]))
    passed = 100.25 + tau * np.log(1e5 / np.array([65000.0, 30000.0]))
    np.testing.assert_allclose(out.passage_s[0, :, 0], passed, rtol=1e-7)
    assert out.pressure_pa[0, 0, 0] == pytest.approx(1e5 * math.exp(-(3600.0 - 100.25) / tau), rel=1e-7)


def test_pressures_between_the_ends_of_steps_where_the_mixture_turns():
    # people turn oxygen into vapour in a closed room: the hole lets lighter gas out faster, in steps of hours
    cabin = alone(10.0)
    shared = air(cabin, busy=False)
    supply = np.array([[-6e-4, 0.0, 5.5e-4, 2.3e-3]])
    shared = shared._replace(supply_mol_s=supply)
    none, times, area = np.zeros(0, dtype=np.bool_), np.linspace(0.0, 64_800.0, 25), 2.7e-7
    found = limits(99_950.0)
    out = moved(cabin, shared, draws(cabin, 0, area), [none], 64_800.0, 3e-8, found, times)
    start = shared.density_mol_m3 * cabin.volume_m3[:, None]
    slow, p = start, []
    for _ in range(25):
        p.append(slow.sum() * R * 293.0 / 10.0)
        slow = run(
            slow, 2700.0, 60.0, cabin.volume_m3, shared.temperature_k, [], [], np.array([area]), supply, 0.0 * supply
        )
    assert np.abs(out.pressure_pa[0, :, 0] - p).max() < 0.05


def test_a_crack_leaks_with_the_square_of_pressure():
    cabin = alone(50.0)
    none = np.zeros(0, dtype=np.bool_)
    found = limits(50000.0, 25000.0)
    out = moved(cabin, air(cabin, busy=False), draws(cabin, 0, 1e-4, exponent=2.0), [none], 1e6, limits_=found)
    half, quarter = out.passage_s[0, :, 0]
    assert quarter == pytest.approx(3.0 * half, rel=1e-4)  # 1/p grows evenly


def test_opening_a_hatch_shares_the_gas():
    cabin = five()
    shut = np.array([False, True, True, True])
    out = moved(cabin, air(cabin, busy=False), draws(cabin, 0, 1e-3, events=[600.0]), [shut, ALL], 600.001)
    p = out.end_mol[0].sum(axis=1) * 8.31446261815324 * np.linspace(293.0, 297.0, 5) / cabin.volume_m3
    assert np.ptp(p) < 1e-6 * p.max()


def test_partial_pressures_pass_as_well():
    cabin = alone(50.0)
    none = np.zeros(0, dtype=np.bool_)
    out = moved(
        cabin, air(cabin, busy=False), draws(cabin, 0, 1e-4), [none], 1e5, limits_=limits(16000.0, quantity=PPO2)
    )
    total = moved(cabin, air(cabin, busy=False), draws(cabin, 0, 1e-4), [none], 1e5, limits_=limits(16000.0 / 0.21))
    assert out.passage_s[0, 0, 0] == pytest.approx(total.passage_s[0, 0, 0], rel=1e-6)


def test_a_gauge_that_reads_too_much_shows_the_limit_later():
    cabin = alone(50.0)
    none, shared = np.zeros(0, dtype=np.bool_), air(cabin, busy=False)
    high = moved(cabin, shared, draws(cabin, 0, 1e-4, gauge_pa=500.0), [none], 1e5, limits_=limits(65000.0))
    true = moved(cabin, shared, draws(cabin, 0, 1e-4), [none], 1e5, limits_=limits(64500.0))
    assert high.passage_s[0, 0, 0] == true.passage_s[0, 0, 0]


def test_a_limit_that_is_not_passed_stays_open():
    cabin = alone()
    out = moved(
        cabin, air(cabin, busy=False), draws(cabin, 0, 1e-9), [np.zeros(0, dtype=np.bool_)], 3600.0, limits_=limits(5e4)
    )
    assert out.passage_s[0, 0, 0] == np.inf


def test_a_world_does_not_depend_on_its_neighbours():
    cabin = five()
    areas = np.logspace(-7, -4, 7)
    shut = np.array([True, True, False, True])
    together = moved(cabin, air(cabin), draws(cabin, 2, areas, events=[900.0]), [ALL, shut], 7200.0)
    for k, area in enumerate(areas):
        single = moved(cabin, air(cabin), draws(cabin, 2, area, events=[900.0]), [ALL, shut], 7200.0)
        np.testing.assert_array_equal(single.end_mol[0], together.end_mol[k])


def test_air_only_leaves_through_holes():
    cabin = five()
    out = moved(cabin, air(cabin, busy=False), draws(cabin, 0, 0.0), [ALL], 30 * 86_400.0)
    start = (air(cabin).density_mol_m3 * cabin.volume_m3[:, None]).sum(axis=0)
    np.testing.assert_allclose(out.end_mol[0].sum(axis=0), start, rtol=1e-11)
