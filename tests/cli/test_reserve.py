"""`hullwatch reserve` as a user runs it."""

import json
from pathlib import Path

import numpy as np
import pytest

from commands import hullwatch, refused
from hullwatch.response.reserve_words import FIELDS

ISS = ("reserve", "--vehicle", "iss-2018-08-29")
SLOW = (*ISS, "--rate", "0.8 +- 0.1 mmHg/h")


def test_the_night_of_ms_09() -> None:
    """0.8 mmHg an hour: 13.5 days by the straight line, 16.6 by the exponential (facts D3)."""
    done = hullwatch(*SLOW, "--json")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    said = json.loads(done.stdout)
    assert {key.removesuffix("[]") for key in FIELDS} == set(said)
    row = next(row for row in said["limits"] if row["limit"] == "evacuate")
    assert row["linear_s"] / 86_400.0 == pytest.approx(13.5, abs=0.2)
    assert row["exponential_s"] / 86_400.0 == pytest.approx(16.6, abs=0.2)
    time = row["reserve_time_s"]
    assert time["low"] < row["exponential_s"] < time["high"]
    assert {person for crew in said["crew"] for person in crew["people"]} >= {"Gerst", "Prokopyev", "Feustel"}


def test_a_large_hole_just_opened() -> None:
    said = json.loads(hullwatch(*ISS, "--rate", "20 mm", "--opened", "1 min", "--json").stdout)
    row = next(row for row in said["limits"] if row["limit"] == "evacuate")
    # METHODS 2: after a minute -36 % and -21 %
    assert row["linear_s"] / row["reserve_time_s"]["median"] - 1.0 == pytest.approx(-0.33, abs=0.05)
    assert row["exponential_s"] / row["reserve_time_s"]["median"] - 1.0 == pytest.approx(-0.18, abs=0.05)


def test_readings_with_a_tank_and_people() -> None:
    readings = ("750 mmHg at 0 s", "745.5 mmHg at 60 s", "741.5 mmHg at 120 s")
    words = [*ISS, *(word for each in readings for word in ("--reading", each)), "--opened", "125 s"]
    words += ["--tank", "100 kg of air at 50 kg/h", "--people", "3"]
    said = json.loads(hullwatch(*words, "--json").stdout)
    row = next(row for row in said["limits"] if row["limit"] == "evacuate")
    assert row["with_tank"]["reserve_time_s"]["median"] > row["reserve_time_s"]["median"]
    assert "with the tank" in hullwatch(*words).stdout


def test_if_a_hatch_is_shut() -> None:
    said = json.loads(hullwatch(*SLOW, "--close", "NODE1-PMA1", "--json").stdout)
    sides = said["if_shut"][0]["sides"]
    assert len(sides) == 2
    assert sum(side["probability"] for side in sides) == pytest.approx(1.0)
    small, large = sorted(sides, key=lambda side: side["volume_m3"])
    for a, b in zip(small["hole_here"], large["hole_here"], strict=True):
        assert a["reserve_time_s"]["median"] < b["reserve_time_s"]["median"]
    assert small["hatch_can_be_opened_s"]["median"] < large["hatch_can_be_opened_s"]["median"]
    text = hullwatch(*SLOW, "--close", "NODE1-PMA1", "--in", "NODE1").stdout
    assert "probability 100%" in text
    assert "can be pulled open until" in text


def test_shut_already_is_a_smaller_group() -> None:
    whole, part = (json.loads(hullwatch(*SLOW, *more, "--json").stdout) for more in ((), ("--shut", "NODE1-PMA1")))
    assert part["volume_m3"] < whole["volume_m3"]
    assert "NODE1" in part["compartments"]


def test_a_record(tmp_path: Path) -> None:
    clock = np.arange(-600.0, 121.0, 5.0)
    p = 750.0 * np.exp(-4e-5 * np.maximum(clock, 0.0) * 1.3)
    rows = "\n".join(f"{t:.0f},{a:.1f}" for t, a in zip(clock + 600.0, p, strict=True))
    file = tmp_path / "gauge.csv"
    file.write_text(f"elapsed_s,pressure_mmhg\n{rows}\n")
    said = json.loads(hullwatch(*ISS, file, "--opened", "2 min", "--json").stdout)
    assert 2e-5 < said["loss_per_s"]["median"] < 7e-5
    assert said["loss_per_s"]["sd"] < 0.3 * said["loss_per_s"]["median"]


def test_which_ship() -> None:
    done = hullwatch("reserve", "--rate", "0.8 mmHg/h")
    assert done.returncode == 1
    assert "--vehicle" in done.stderr


def test_refusals(tmp_path: Path) -> None:
    refused(hullwatch(*ISS), "rate", "one way")
    refused(hullwatch(*ISS, "--rate", "3 kg"), "rate", "3 kg", "25 kg/day")
    refused(hullwatch(*ISS, "--rate", "0 kg/day"), "rate", "above zero")
    refused(hullwatch(*SLOW, "--in", "ATTIC"), "ATTIC", "no compartment")
    refused(hullwatch(*SLOW, "--shut", "A-B"), "A-B", "no hatch")
    refused(hullwatch(*SLOW, "--close", "A-B"), "A-B", "open are")
    refused(hullwatch(*SLOW, "--law", "sieve"), "sieve", "hole, crack")
    refused(hullwatch(*SLOW, "--tank", "lots"), "lots", "50 kg of air at 4 kg/h")
    refused(hullwatch(*SLOW, "--tank", "0 kg of air at 4 kg/h"), "tank", "above zero")
    refused(hullwatch(*SLOW, "--pressure", "-5 mmHg"), "pressure", "above zero")
    refused(hullwatch(*ISS, "--reading", "750 mmHg at 0 s"), "at least 2 readings")
    refused(hullwatch(*ISS, tmp_path / "gone.csv"), "gone.csv", "no such file")
