"""`hullwatch size` as a user runs it."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from commands import hullwatch, refused
from hullwatch.models.vessel import Opening, Vessel, discharge

FACTS = {
    "gas": "air", "vessel_length_m": 0.515, "vessel_inner_diameter_m": 0.2, "vessel_wall_m": 0.008,
    "volume_m3": 0.01618, "initial_pressure_pa": 7.9e5, "initial_temperature_k": 298.0,
    "back_or_source_pressure_pa": 1e5, "ambient_temperature_k": 298.0,
}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A vessel with a hole of 2 mm at a coefficient of 0.84."""
    vessel = Vessel(0, 0.01618, 0.2, 0.386, 0.008, 7.9e5, 298.0, 1e5, 298.0)
    t = np.linspace(0.0, 40.0, 25)
    played = discharge(vessel, Opening(0.84 * 0.25 * math.pi * 4e-6), t)
    noise = 1 + 0.004 * np.random.default_rng(0).standard_normal(t.size)
    rows = [f"pressure_bar_abs,{a},{b / 1e5}" for a, b in zip(t, played.pressure_pa * noise, strict=True)]
    (tmp_path / "v.json").write_text(json.dumps(FACTS))
    (tmp_path / "r.csv").write_text("quantity,time_s,value\n" + "\n".join(rows) + "\n")
    return tmp_path / "v.json", tmp_path / "r.csv"


def test_json(files: tuple[Path, Path]) -> None:
    done = hullwatch("size", *files, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
    said = json.loads(done.stdout)
    for key, true in (("effective_area_m2", 0.84 * math.pi * 1e-6), ("equivalent_diameter_m", 2e-3)):
        assert set(said[key]) == {"median", "low", "high"}
        assert said[key]["low"] < true < said[key]["high"]
    assert said["law"] == "orifice"
    assert sum(said["law_probability"].values()) == pytest.approx(1.0)
    assert said["bayes_factor"] > 100
    assert said["exponent"]["low"] < 1.05 < said["exponent"]["high"] + 0.1


def test_text(files: tuple[Path, Path]) -> None:
    done = hullwatch("size", *files)
    assert done.returncode == 0
    for word in ("orifice", "mm2", "mm,", "coefficient", "g/s"):
        assert word in done.stdout


def test_refusals(files: tuple[Path, Path]) -> None:
    refused(hullwatch("size", files[0], files[1].with_name("gone.csv")), "gone.csv", "Check")
    whole = files[1].read_text()
    whole = files[1].read_text()
    files[1].write_text("quantity,time_s,value\npressure_bar_abs,0,7.9\n")
    refused(hullwatch("size", *files), "r.csv", "1 readings")
    files[1].write_text(whole)
    files[1].write_text(whole)
    files[0].write_text(json.dumps(FACTS | {"gas": "phlogiston"}))
    refused(hullwatch("size", *files), "v.json", "phlogiston", "N2")
    files[0].write_text(json.dumps(FACTS))
    files[1].write_text("quantity,time_s,value\n" + "".join(f"pressure_bar_abs,{t},7.5\n" for t in range(9)))
    refused(hullwatch("size", *files), "pressure_pa", "falls")
