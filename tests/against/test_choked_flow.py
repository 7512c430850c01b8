"""Choked flow against CoolProp 8 (real gas, isentropic to Mach 1) and the values METHODS.md states.

`reference_choked_flow/coolprop_choked.csv` was made with CoolProp 8.0.0, not with this code; see its README.
"""

import csv
import os
from pathlib import Path

import pytest

from hullwatch.physics.orifice import critical_flow_function, critical_pressure_ratio, orifice_flow

DATA = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[2] / "../shared/data"))
TABLE = DATA / "reference_choked_flow" / "coolprop_choked.csv"
MOLAR_MASS = {"Air": 28.96546e-3, "Nitrogen": 28.0134e-3, "Oxygen": 31.9988e-3}


def test_critical_values_of_a_diatomic_gas():
    # METHODS 1.1: C = 0.684731, critical ratio 0.5283
    assert critical_flow_function(1.4) == pytest.approx(0.684731, abs=5e-7)
    assert critical_pressure_ratio(1.4) == pytest.approx(0.5283, abs=5e-5)


def test_fliegners_constant():
    # METHODS 1.1, S10: m = 0.0404 A P / sqrt(T) for air
    assert orifice_flow(1.0, 0.0, 1.0, 28.9655e-3, 1.4, 1.0) == pytest.approx(0.0404, abs=5e-5)


def test_air_nitrogen_and_oxygen_against_coolprop():
    if not TABLE.is_file():
        pytest.skip(f"no reference table at {TABLE}; set HULLWATCH_DATA to the folder that holds it")
    rows = list(csv.DictReader(TABLE.read_text().splitlines()))
    assert len(rows) == 90
    for row in rows:
        p, t, m = float(row["p0_pa"]), float(row["T0_k"]), MOLAR_MASS[row["gas"]]
        flux = orifice_flow(p, 0.0, t, m, 1.4, 1.0)
        assert flux == pytest.approx(float(row["perfect_gas_choked_flux_kg_m2_s"]), rel=2e-3), row
        assert flux == pytest.approx(float(row["choked_mass_flux_kg_m2_s"]), rel=1e-3), row
