import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from hullwatch.errors import DescriptionError, TelemetryError
from hullwatch.telemetry.discharge_file import read_discharge

VESSEL = {
    "name": "bottle", "gas": "N2", "direction": "discharge", "vessel_length_m": 0.5, "vessel_inner_diameter_m": 0.2,
    "vessel_wall_m": 0.008, "volume_m3": 0.0157, "initial_pressure_pa": 8e5, "initial_temperature_k": 298.0,
    "orifice_diameter_m": 0.002, "discharge_coefficient_used_by_source": 0.84, "back_or_source_pressure_pa": 1e5,
    "ambient_temperature_k": 297.0, "h_outer_w_m2k": 5.0,
}  # fmt: skip
LONG = "quantity,time_s,value\n" + "".join(f"pressure_bar_abs,{t},{p}\n" for t, p in enumerate((7.9, 7, 6, 5, 4)))


def written(folder: Path, facts=None, record=LONG, name="r.csv"):
    (folder / "v.json").write_text(json.dumps(VESSEL | (facts or {})))
    (folder / name).write_text(record)
    return str(folder / "v.json"), str(folder / name)


def test_long(tmp_path):
    found = read_discharge(*written(tmp_path, record=LONG + "temperature_gas_mean_k,1,290\ntemperature_wall_k,1,297\n"))
    np.testing.assert_allclose(found.pressure_pa, [7.9e5, 7e5, 6e5, 5e5, 4e5])
    np.testing.assert_array_equal(found.pressure_s, range(5))
    np.testing.assert_array_equal(found.gas_k, [290.0])
    assert (found.vessel.volume_m3, found.vessel.pressure_pa, found.vessel.temperature_k) == (0.0157, 8e5, 298.0)
    assert found.name == "bottle"
    assert found.notes == ()


def test_the_drilled_diameter_changes_nothing(tmp_path):
    other = {"orifice_diameter_m": 0.5, "discharge_coefficient_used_by_source": 0.1}
    one, two = read_discharge(*written(tmp_path)), read_discharge(*written(tmp_path, other))
    assert one.vessel == two.vessel
    np.testing.assert_array_equal(one.pressure_pa, two.pressure_pa)


def test_wide_gauge_compressed_with_gaps(tmp_path):
    rows = ["0,7.0,25.0", "1,6.0,", "2,,20.0", "3,4.0,", "4,3.0,18.0"]
    text = "time_s,pressure_bar,temperature_gas_degc,sensor_v\n" + "\n".join(f"{r},3.3" for r in rows) + "\n"
    files = written(tmp_path, {"pressure_reference": "gauge"})
    packed = tmp_path / "r.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    found = read_discharge(files[0], str(packed))
    np.testing.assert_allclose(found.pressure_pa, np.array([7, 6, 4, 3]) * 1e5 + 101325)
    np.testing.assert_array_equal(found.pressure_s, [0, 1, 3, 4])
    np.testing.assert_allclose(found.gas_k, [298.15, 293.15, 291.15])


def test_little_is_said(tmp_path):
    (tmp_path / "v.json").write_text('{"gas": "nitrogen", "volume_m3": 0.01}')
    (tmp_path / "r.csv").write_text(LONG.replace("\npressure_bar_abs,", "\npressure_bar_abs,10"))
    found = read_discharge(str(tmp_path / "v.json"), str(tmp_path / "r.csv"))
    assert found.pressure_s[0] == 0.0
    assert found.vessel.pressure_pa == found.pressure_pa[0]
    assert len(found.notes) == 4
    volume = 0.25 * math.pi * found.vessel.inner_diameter_m**2 * 3 * found.vessel.inner_diameter_m
    assert volume == pytest.approx(0.01)


def test_two_thermometers_become_their_mean(tmp_path):
    more = "".join(f"temperature_gas_{w}_k,{t},{290 + s}\n" for w, s in (("high", 4), ("low", -4)) for t in range(4))
    found = read_discharge(*written(tmp_path, record=LONG + more))
    np.testing.assert_allclose(found.gas_k, 290.0)
    assert not found.stratified
    one = read_discharge(*written(tmp_path, record=LONG + "temperature_gas_high_k,1,294\n"))
    assert one.stratified


def test_gauge_is_suspected(tmp_path):
    found = read_discharge(*written(tmp_path, {"initial_pressure_pa": 7.9e5 + 101325.0}))
    assert any("gauge" in note for note in found.notes)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"gas": "xenon"}, ("gas = 'xenon'", "air, N2")),
        ({"gas": None}, ("gas",)),
        ({"volume_m3": -1}, ("volume_m3 = -1", "m3")),
        ({"initial_temperature_k": "warm"}, ("initial_temperature_k = 'warm'", "K")),
        ({"initial_pressure_pa": True}, ("initial_pressure_pa = True",)),
        ({"direction": "filling"}, ("direction", "discharge")),
        ({"back_or_source_pressure_pa": 9e5}, ("back_or_source_pressure_pa", "less than the start")),
        ({"vessel_material": "butter"}, ("vessel_material", "steel")),
        ({"pressure_reference": "mean"}, ("pressure_reference", "gauge")),
        ({"volume_m3": None, "vessel_length_m": None}, ("volume_m3", "vessel_length_m")),
        ({"initial_temperature_k": float("nan")}, ("initial_temperature_k",)),
    ],
)
def test_bad_vessels(tmp_path, facts, words):
    with pytest.raises(DescriptionError) as error:
        read_discharge(*written(tmp_path, facts))
    assert all(word in str(error.value) for word in ("v.json", *words))


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"gas": }', "null", "[" * 100_000])
def test_vessel_files_that_are_none(tmp_path, text):
    files = written(tmp_path)
    Path(files[0]).write_text(text)
    with pytest.raises(DescriptionError, match=r"v\.json"):
        read_discharge(*files)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("", ("empty",)),
        ("quantity,time_s,value\n", ("no rows",)),
        ("quantity,time_s,value\npressure_bar_abs,0,7.9\n", ("1 readings", "4 pressures")),
        (LONG.replace(",6\n", ",nan\n"), ("row 3", "nan", "delete")),
        (LONG.replace(",6\n", ",six\n"), ("row 3", "six")),
        (LONG.replace(",6\n", ",-6\n"), ("2 s", "-6", "gauge")),
        (LONG.replace("abs,3,", "abs,2,"), ("row 4", "does not come after", "Sort")),
        (LONG.replace("abs,3,", "abs,inf,"), ("row 4", "finite")),
        (LONG.replace("bar_abs", "furlong"), ("no pressure", "pressure_<unit>")),
        (LONG.replace("time_s", "clock"), ("no column time_s",)),
        (LONG.replace("7.9", "79"), ("above the stated start", "unit")),
        (LONG.replace("abs,0,", "abs,-1,"), ("before the start",)),
        (LONG + "temperature_gas_k,1,20\n", ("no temperature", "_degc")),
        ("PK\x03\x04\n", ("not CSV",)),
    ],
)
def test_bad_records(tmp_path, record, words):
    with pytest.raises(TelemetryError) as error:
        read_discharge(*written(tmp_path, record=record))
    assert all(word in str(error.value) for word in ("r.csv", *words)), str(error.value)


def test_missing_files(tmp_path):
    files = written(tmp_path)
    with pytest.raises(DescriptionError, match="No such file"):
        read_discharge(str(tmp_path / "gone.json"), files[1])
    with pytest.raises(TelemetryError, match="No such file"):
        read_discharge(files[0], str(tmp_path / "gone.csv"))
