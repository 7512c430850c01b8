"""No quiet real day, nor any simulated one, is said to lose readings or to have a clock that leapt."""

import os
from pathlib import Path

import polars as pl
import pytest

from hullwatch.records import QualityNote
from hullwatch.simulation.load import load_scenario, ship_of
from hullwatch.simulation.play import simulate
from hullwatch.telemetry import dropped
from hullwatch.telemetry.clean import begin, clean
from hullwatch.telemetry.files import open_source
from hullwatch.telemetry.resolution import as_written
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.load import load_vehicle

DATA = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[2] / "../shared/data"))
DAY = DATA / "isslive-2018-10-12/telemetry.parquet"
FOLDERS = {
    "iss_astropi": "iss-astropi",
    "iss_astropi_2016_digitised": "iss-astropi",
    "iss_telemetry_airlock": "iss-airlock",
}


def notes_of(path: Path, vehicle: Vehicle) -> tuple[list[QualityNote], float]:
    """What cleaning notes, and the largest sum at which any channel's evidence of lost readings ended."""
    source = open_source(str(path), vehicle)
    vehicle = as_written(vehicle, source)
    memory, notes, most = begin(vehicle), [], 0.0
    for block in source.blocks(50_000):
        memory, _, said = clean(memory, vehicle, block)
        notes += said
        most = max(most, float(memory.codes[:, dropped.D_SUM].max()))
    return notes, most


def accused(notes: list[QualityNote]) -> list[str]:
    return [note.why for note in notes if note.kind == "dropped" or "leapt" in note.why]


@pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no recordings at {DATA}: set HULLWATCH_DATA to the folder that holds them"
)
@pytest.mark.parametrize("folder", FOLDERS)
def test_no_cabin_record_is_accused(folder: str) -> None:
    files = sorted((DATA / folder).glob("*.csv.gz"))
    assert files
    for path in files:
        assert accused(notes_of(path, load_vehicle(FOLDERS[folder]))[0]) == [], path.name


@pytest.mark.skipif(not DAY.is_file(), reason=f"no recording at {DAY}: set HULLWATCH_DATA to the folder that holds it")
def test_the_day_of_telemetry_is_not_accused_and_its_losses_of_signal_are_losses() -> None:
    notes, most = notes_of(DAY, load_vehicle("iss-2018-10-12"))
    assert accused(notes) == []
    assert sum(note.kind == "gap" for note in notes) >= 10
    assert 0.0 < most < dropped.BOUND  # it was judged


@pytest.mark.parametrize("case", ["demo-leak", "eva-day"])
def test_a_simulated_feed_is_not_accused(case: str, tmp_path: Path) -> None:
    """In one of them a lock is pumped down as fast as its gauge can say."""
    scenario = load_scenario(case)
    ship = ship_of(scenario)
    telemetry: pl.DataFrame = simulate(scenario, ship).telemetry
    telemetry.write_parquet(tmp_path / "telemetry.parquet")
    assert accused(notes_of(tmp_path / "telemetry.parquet", ship)[0]) == []
