"""Measured discharges of vessels (vessel_discharge/README.md: digitised by HydDown, MIT): forwards and backwards."""

import json
import math

import numpy as np
import pytest
from measured import file

from hullwatch.models.vessel import HOLE_LAW, Opening, discharge
from hullwatch.physics.orifice import THICK
from hullwatch.sizing.vessel import PRIOR, fit, opening_of, size_vessel
from hullwatch.telemetry.discharge_file import read_discharge

CASES = ("Air_790kPa_21mm", "Byrnes_run7", "Byrnes_run8", "N2_Exp_I1")


def record(name):
    return read_discharge(file("vessel_discharge", f"{name}.json"), file("vessel_discharge", f"{name}.csv"))


def drilled(name):
    """The diameter in the vessel file, which the sizing does not read."""
    with open(file("vessel_discharge", f"{name}.json")) as stream:
        return json.load(stream)["orifice_diameter_m"]


def misses(r, opening, **how):
    pressure = discharge(r.vessel, opening, r.pressure_s, **how).pressure_pa / r.pressure_pa - 1
    played = discharge(r.vessel, opening, r.gas_s, **how)
    rms = [float(np.sqrt(np.mean(x**2))) for x in (pressure, played.bead_k - r.gas_k, played.gas_k - r.gas_k)]
    return 100 * rms[0], rms[1], rms[2]


def test_air_with_hole_sized_and_convection_law_as_it_is():
    # target: pressure 1 %, gas 4 K, with a physical heat-transfer law and no constant of it fitted. The hole, area and
    # edge, is what the record is asked for; bead 0.7 mm chosen, start as stated
    r = record("Air_790kPa_21mm")
    found = fit(r, HOLE_LAW, unknown=("edge",))
    _, opening = opening_of(r, HOLE_LAW, ("edge",), found.theta)
    pressure, bead, _ = misses(r, opening)
    assert pressure < 1.0
    assert bead < 4.0


def test_air_with_nothing_from_the_record():
    # a hole deep in its wall: Cd 0.81 to 0.84 by Weisbach. Reached: 3.2 % and 2.6 K
    r = record("Air_790kPa_21mm")
    area = 0.25 * math.pi * drilled("Air_790kPa_21mm") ** 2 * THICK[1]
    pressure, bead, _ = misses(r, Opening(area, slow_share=THICK[0] / THICK[1]))
    assert pressure < 3.5
    assert bead < 4.0


def test_convection_law_beats_no_heat_and_all_heat():
    # METHODS 1.4: adiabatic 11.8 %, isothermal 11.9 %
    r = record("Air_790kPa_21mm")
    area = 0.25 * math.pi * drilled("Air_790kPa_21mm") ** 2 * 0.84
    here, none, full = (misses(r, Opening(area), heat_factor=k)[0] for k in (1.0, 0.0, 1e4))
    assert here < 0.4 * min(none, full)


@pytest.mark.parametrize(("name", "pressure", "gas"), [("Byrnes_run7", 6.0, 5.0), ("Byrnes_run8", 5.0, 4.0),
                                                       ("N2_Exp_I1", 3.0, 4.0)])  # fmt: skip
def test_the_other_vessels_once_sized(name, pressure, gas):
    found = size_vessel(record(name))
    assert 100 * found.residual_rms < pressure
    assert found.gas_residual_rms_k < gas


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("thermometer", [True, False])
def test_the_drilled_diameter_is_found(name, thermometer):
    r = record(name)
    if not thermometer:
        from dataclasses import replace

        r = replace(r, gas_s=np.zeros(0), gas_k=np.zeros(0))
    found = size_vessel(r)
    d = drilled(name)
    assert found.equivalent_diameter_m.low <= d <= found.equivalent_diameter_m.high
    assert found.equivalent_diameter_m.median == pytest.approx(d, rel=0.10)
    assert found.law == "orifice"
    assert found.bayes_factor > 10
    assert found.exponent.low - 0.05 < 1.0 < found.exponent.high + 0.05


def test_the_convection_law_is_not_bent_by_the_air_record():
    found = size_vessel(record("Air_790kPa_21mm"))
    assert found.heat_factor.median == pytest.approx(1.0, abs=PRIOR["heat"][1])
