"""Holes in the record, with figures copied by hand from METHODS.md 1.2 and domain_facts.md D3, D6 and section 5."""

import math

import numpy as np
import pytest

from hullwatch.models.cabin import Cabin, State, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.physics.blowdown import blowdown_time
from hullwatch.physics.gas import amount
from hullwatch.physics.orifice import effective_area, equivalent_diameter, orifice_flow, round_hole_area
from hullwatch.units import DAY_S, HOUR_S, MMHG_PA

AIR = (28.9655e-3, 1.4)


@pytest.mark.parametrize(
    ("diameter_mm", "kg_day", "hours_760_to_490", "digits"),
    [
        (0.10, 0.136, 9.7 * 8766.0, 0.02),
        (0.30, 1.22, 393 * 24.0, 0.01),
        (1.0, 13.6, 35 * 24.0, 0.015),
        (2.0, 54.0, 8.8 * 24.0, 0.015),
        (5.0, 340.0, 34.0, 0.02),
        (10.0, 1360.0, 8.5, 0.01),
        (20.0, 5440.0, 2.1, 0.025),
        (50.0, 34000.0, 20 / 60, 0.025),
    ],
)
def test_scale_table_of_a_916_m3_station(diameter_mm, kg_day, hours_760_to_490, digits):
    # METHODS 1.2: 101325 Pa, 295.15 K, Cd 0.84
    rate = orifice_flow(101325.0, 0.0, 295.15, *AIR, round_hole_area(diameter_mm * 1e-3, 0.84))
    assert rate * DAY_S == pytest.approx(kg_day, rel=digits)
    mass = 101325.0 * 916.0 / (287.05 * 295.15)
    assert blowdown_time(mass, rate) * math.log(760 / 490) / HOUR_S == pytest.approx(hours_760_to_490, rel=digits)


def test_soyuz_ms09():
    # D3: 0.8 mmHg/h over 851 m3 is 1.07 kg/h, an effective 1.4 mm at Cd 0.8; a clean 2.0 mm would give 1.6 mmHg/h
    rate = 0.8 * MMHG_PA * 851.0 / (287.0 * 295.0) / HOUR_S
    assert rate * HOUR_S == pytest.approx(1.07, abs=0.005)
    area = effective_area(rate, 750 * MMHG_PA, 295.0)
    assert equivalent_diameter(area, 0.8) == pytest.approx(1.4e-3, abs=0.05e-3)
    clean = orifice_flow(750 * MMHG_PA, 0.0, 295.0, *AIR, round_hole_area(2e-3, 0.8))
    assert clean / rate * 0.8 == pytest.approx(1.6, abs=0.05)


@pytest.mark.parametrize(("cd", "kg_h"), [(0.6, 1.6), (0.8, 2.1), (1.0, 2.7)])
def test_two_millimetres_at_750_mmhg(cd, kg_h):
    # domain_facts section 5, last paragraph
    rate = orifice_flow(750 * MMHG_PA, 0.0, 295.0, *AIR, round_hole_area(2e-3, cd))
    assert rate * HOUR_S == pytest.approx(kg_h, abs=0.05)


def test_soyuz_11():
    # D6: 915 to 50 mmHg in about 117 s, 3.5-4 m3, gives CdA = 4.5-5.1e-4 m2. Played through the cabin, walls warm
    cabin = Cabin(("DM",), (), np.array([3.75]), np.array([1.0]), *_no_ways())
    n = amount(915 * MMHG_PA, 3.75, 295.0) * np.array([[0.21, 0.79, 0.0, 0.0]])
    holes = Holes(np.array([0]), np.array([4.8e-4]), np.zeros(1), np.zeros(1), np.zeros(1))
    walls = Walls(0.0, 60.0, np.full((1, 1), 295.0))
    gains = Gains(np.zeros((1, 4)), np.full(1, 295.0), np.zeros(1), np.zeros(4), np.zeros((1, 4)), np.zeros((1, 4)))
    ways = ways_of(cabin, np.zeros(0, dtype=np.bool_))
    _, track, _ = advance(cabin, State(n, np.array([295.0])), ways, holes, gains, walls, 0.0, 200.0, 0.5)
    reached = track.time_s[np.flatnonzero(track.pressure_pa[:, 0] < 50 * MMHG_PA)[0]]
    assert reached == pytest.approx(117.0, rel=0.08)


def _no_ways():
    return np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2), dtype=np.int64), np.zeros(0)


def test_soyuz_11_sized():
    # D6 backwards: 915 to 50 mmHg in 117 s, 3.5 to 4 m3, walls warm (as D6 takes it): 4.5 to 5.1e-4 m2
    areas = []
    for volume in (3.5, 3.75, 4.0):
        mass = 915 * MMHG_PA * volume / (287.05 * 295.0)
        areas.append(effective_area(mass * math.log(915 / 50) / 117.0, 915 * MMHG_PA, 295.0))
    assert 4.5e-4 <= areas[1] <= 5.1e-4
    # the ends are 3 % below D6's own, which are for colder gas
    assert areas[0] == pytest.approx(4.5e-4, rel=0.035)
    assert areas[2] == pytest.approx(5.1e-4, rel=0.035)


def test_mir_spektr():
    # domain_facts section 1: at 700 mmHg about 23 min of reserve were called down. A station of 370 m3 [b] that falls
    # from 700 to 490 mmHg in that time has a hole of 2 to 3.5 cm
    tau = 23 * 60.0 / math.log(700 / 490)
    mass = 700 * MMHG_PA * 370.0 / (287.05 * 295.0)
    diameter = equivalent_diameter(effective_area(mass / tau, 700 * MMHG_PA, 295.0), 0.8)
    assert 0.02 < diameter < 0.035
