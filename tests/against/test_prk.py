"""Pressures in the closed transfer tunnel PrK, July 2021, and torn air chambers: hole or crack?

domain_facts D1, section 2.2 [a:S27]: 473, 273, 200, 167, 160, 154 mmHg on 14, 20, 25, 28, 29, 31 July; hours not given.
"""

import math

import numpy as np
import pytest
from measured import chamber

from hullwatch.physics.crack import crack_flow, crack_opening
from hullwatch.physics.transport import viscosity
from hullwatch.sizing.decline import compare_declines
from hullwatch.units import DAY_S, MMHG_PA

DAYS = np.array([14, 20, 25, 28, 29, 31]) * DAY_S
PRESSURES = np.array([473, 273, 200, 167, 160, 154]) * MMHG_PA


def test_the_crack_law_fits_and_the_hole_does_not():
    found = compare_declines(DAYS, PRESSURES)
    assert found.rms_pa["crack"] / MMHG_PA < 4.0
    # 17.6 when the first pressure is held at 473; 14.4 when it is free, as here
    assert found.rms_pa["orifice"] / MMHG_PA > 12.0
    # stated: 690
    assert found.log_bayes_factor > math.log(300)
    assert found.exponent.low > 1.5
    # D1: a = 2.68e-4 /(mmHg day)
    a = DAY_S / found.tau_s["crack"] / 473
    assert a == pytest.approx(2.68e-4, rel=0.03)


def test_the_whole_crack_law_agrees_on_the_exponent():
    # 45 mm crack [a], 2 mm wall [c], 2 to 7 m3 free [b, D2]: the opening that empties it as seen, and its own exponent
    air, mu = 28.9655e-3, viscosity(0, 295.0)
    for volume in (2.0, 7.0):
        mean = 270 * MMHG_PA
        rate = 2.68e-4 / MMHG_PA / DAY_S * mean**2 * volume * air / (8.314462618 * 295.0)
        h = crack_opening(rate, mean, 0.0, 295.0, air, 1.4, mu, 0.045, 2e-3, 0.84)
        flows = [crack_flow(p, 0.0, 295.0, air, 1.4, mu, 0.045, h, 2e-3, 0.84) for p in (154 * MMHG_PA, 473 * MMHG_PA)]
        exponent = math.log(flows[1] / flows[0]) / math.log(473 / 154)
        assert 5e-6 < h < 20e-6
        # slip lowers it below 2, as the record's own exponent is: 1.91 (1.66 to 2.24)
        found = compare_declines(DAYS, PRESSURES).exponent
        assert found.low < exponent < 2.0


def test_a_torn_chamber():
    # air_chamber_decay/README: dP/dt goes as P_abs^1.8; above 2.4 bar inside, so that the outside matters little
    t, gauge = chamber("Ultimaker_015")
    torn = int(np.flatnonzero(gauge > 0.997 * gauge.max())[-1])
    kept = (np.arange(t.size) >= torn) & (gauge > 1.4e5)
    pieces = np.array_split(np.flatnonzero(kept), 150)
    time = np.array([t[i].mean() for i in pieces])
    pressure = np.array([gauge[i].mean() for i in pieces]) + 101325.0
    found = compare_declines(time, pressure)
    assert 1.6 <= found.exponent.median <= 1.8
    assert found.log_bayes_factor > 0
