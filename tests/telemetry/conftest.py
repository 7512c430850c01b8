"""A ship of one room with five channels, enough to read telemetry for."""

import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from one_feed import CHANNELS

from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import Atmosphere, Channel, Compartment, Figure, Supply, Thermal, Vehicle


def _figure(value: float) -> Figure:
    return Figure(value, "c")


def _pressure(id: str, low_mmhg: float) -> Channel:
    return Channel(id, id.lower(), "pressure", "mmHg", "cabin", (low_mmhg * MMHG_PA, 850.0 * MMHG_PA))


@pytest.fixture(scope="session")
def vehicle() -> Vehicle:
    return Vehicle(
        name="tiny",
        title="a tiny ship for tests",
        provenance="made up",
        reconstructed=True,
        atmosphere=Atmosphere(_figure(101_325.0), _figure(295.0), _figure(21_200.0), _figure(400.0), _figure(1_200.0)),
        compartments=(Compartment("cabin", "Cabin", "all", _figure(100.0)),),
        hatches=(),
        ventilation=(),
        crafts=(),
        crew=(),
        limits=(),
        channels=(
            _pressure("USLAB000058", 60.0),
            _pressure("AIRLOCK000054", 60.0),
            _pressure("AIRLOCK000049", 0.0),
            Channel("USLAB000059", "cabin temperature", "temperature", "degC", "cabin", (270.0, 320.0)),
            Channel("USLAB000053", "oxygen", "ppo2", "mmHg", "cabin", (0.0, 60_000.0)),
        ),
        thermal=Thermal((0.0,), (1.0,), (0.2,), 0.1, 3_600.0, 0.5),
        supply=Supply(_figure(1e-5), _figure(1e-5), _figure(1e-5), 1e-6, 3_600.0),
        leakage_kg_s=_figure(1e-6),
        discharge_coefficient=_figure(0.65),
        signal_timeout_s=60.0,
    )


START_MS = 1_539_320_355_000  # 2018-10-12 04:59:15 UTC


@pytest.fixture
def readings() -> pl.DataFrame:
    """Two minutes of two pressures, a temperature and an item nobody knows, in order of arrival, long format."""
    names = ["USLAB000058", "AIRLOCK000054", "USLAB000059", "S1000001"]
    n = 120
    return pl.DataFrame(
        {
            "time": pl.Series([START_MS + 1003 * row for row in range(n) for _ in names]).cast(pl.Datetime("ms")),
            "item": names * n,
            "value": [base + 0.1 * (row % 3) for row in range(n) for base in (745.25, 746.5, 22.0, 7.0)],
        }
    )


@pytest.fixture
def wide(readings: pl.DataFrame) -> pl.DataFrame:
    """The same as one row a moment."""
    return readings.pivot("item", index="time", values="value")


@pytest.fixture(scope="session")
def ship(vehicle: Vehicle) -> Vehicle:
    return replace(vehicle, channels=CHANNELS)
