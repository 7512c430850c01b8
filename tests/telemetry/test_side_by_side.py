"""Files at the same time are two sensors, files one after the other are one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hullwatch.telemetry.files import open_source
from hullwatch.vehicle.facts import Channel, Vehicle

HPA = 100.0


@pytest.fixture
def ship(vehicle: Vehicle) -> Vehicle:
    first = Channel("p", "pressure", "pressure", "hPa", "cabin", (260.0 * HPA, 1260.0 * HPA))
    glass = Channel("t", "temperature", "temperature", "degC", "cabin", (270.0, 320.0))
    return replace(vehicle, channels=(first, replace(first, id="p_2", twin_of="p"), glass))


def _write(path: Path, start: int, stop: int, pressure: float) -> None:
    rows = [f"{k},{pressure},20.5" for k in range(start, stop)]
    path.write_text("\n".join(("unix_time_s,p,t", *rows)) + "\n")


def _found(folder: Path, ship: Vehicle) -> dict[str, tuple[int, float]]:
    source = open_source(str(folder), ship)
    (block,) = source.blocks(100_000)
    return {
        name: (int((block.item == k).sum()), float(np.median(block.value[block.item == k])))
        for k, name in enumerate(block.items)
    }


def test_two_files_of_one_time_are_two_sensors(tmp_path: Path, ship: Vehicle) -> None:
    _write(tmp_path / "ir.csv", 0, 600, 1013.0)
    _write(tmp_path / "vis.csv", 5, 650, 1015.0)
    found = _found(tmp_path, ship)
    assert found == {"p": (600, 1013.0), "p_2": (645, 1015.0), "t": (600, 20.5), "t of vis.csv": (645, 20.5)}


def test_files_one_after_the_other_are_one_sensor(tmp_path: Path, ship: Vehicle) -> None:
    for unit, pressure in (("ir", 1013.0), ("vis", 1015.0)):
        _write(tmp_path / f"{unit}_part1.csv", 0, 600, pressure)
        _write(tmp_path / f"{unit}_part2.csv", 600, 1000, pressure)
    found = _found(tmp_path, ship)
    assert found["p"] == (1000, 1013.0)
    assert found["p_2"] == (1000, 1015.0)


def test_a_ship_with_one_such_sensor_reads_as_before(tmp_path: Path, ship: Vehicle) -> None:
    single = replace(ship, channels=(ship.channels[0], ship.channels[2]))
    _write(tmp_path / "a.csv", 0, 600, 1013.0)
    _write(tmp_path / "b.csv", 0, 600, 1013.0)
    assert _found(tmp_path, single) == {"p": (1200, 1013.0), "t": (1200, 20.5)}
