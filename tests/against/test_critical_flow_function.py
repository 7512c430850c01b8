"""C* of real gases: METHODS 1.4 (CoolProp 8), Glen's independent correlation quoted there, and 90 states."""

import csv
import os
from pathlib import Path

import pytest

from hullwatch.physics.real_gas import gas_number, real_critical_flow_function

DATA = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[2] / "../shared/data"))
TABLE = DATA / "reference_choked_flow" / "coolprop_choked.csv"
NAMES = {"Air": "air", "Nitrogen": "N2", "Oxygen": "O2"}


@pytest.mark.parametrize(
    ("gas", "pressure", "temperature", "c_star"),
    [
        ("N2", 1e5, 253.15, 0.685135), ("N2", 1e5, 273.15, 0.685031), ("N2", 1e5, 293.15, 0.684946),
        ("N2", 1e5, 313.15, 0.684872), ("N2", 20e5, 293.15, 0.689918),
        ("air", 1e5, 253.15, 0.685377), ("air", 1e5, 273.15, 0.685247), ("air", 1e5, 293.15, 0.685128),
        ("air", 1e5, 313.15, 0.685009), ("air", 5e4, 293.15, 0.684985),
    ],
)  # fmt: skip
def test_methods_table(gas, pressure, temperature, c_star):
    # the target is 0.01 %; 0.001 % is reached
    assert real_critical_flow_function(gas_number(gas), pressure, temperature) == pytest.approx(c_star, rel=1e-5)


@pytest.mark.parametrize("temperature", [245.0, 285.0, 330.0])
def test_glens_correlation(temperature):
    # METHODS 1.4, S26: 0.68378 + 0.00122 (285/T) at 1 bar, fitted to 0.01-0.02 %
    expected = 0.68378 + 0.00122 * 285.0 / temperature
    assert real_critical_flow_function(gas_number("N2"), 1e5, temperature) == pytest.approx(expected, rel=2e-4)


def test_ninety_states():
    if not TABLE.is_file():
        pytest.skip(f"no reference table at {TABLE}; set HULLWATCH_DATA to the folder that holds it")
    for row in csv.DictReader(TABLE.read_text().splitlines()):
        gas = gas_number(NAMES[row["gas"]])
        here = real_critical_flow_function(gas, float(row["p0_pa"]), float(row["T0_k"]))
        assert here == pytest.approx(float(row["critical_flow_function_Cstar"]), rel=1e-5), row
