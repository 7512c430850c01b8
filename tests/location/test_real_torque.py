"""The real control torque of 12 October 2018: where nothing happened, nothing is found; what is put in comes out."""

import os
from pathlib import Path

import numpy as np
import pytest

from hullwatch.location import momentum
from hullwatch.records import Floats
from hullwatch.telemetry.files import open_source
from hullwatch.vehicle.load import load_vehicle

DATA = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[2] / "../shared/data"))
DAY = DATA / "isslive-2018-10-12" / "telemetry.parquet"
SHIP = load_vehicle("iss-2018-10-12")
assert SHIP.attitude is not None
ORBIT = SHIP.attitude.orbit_s


@pytest.fixture(scope="module")
def quiet() -> tuple[Floats, Floats]:
    """The torque until the manoeuvre in the evening."""
    if not DAY.is_file():
        pytest.skip(f"no {DAY}; set HULLWATCH_DATA to the folder that holds isslive-2018-10-12")
    source = open_source(str(DAY), SHIP)
    whole = next(iter(source.blocks(source.rows)))
    assert SHIP.attitude is not None
    mine = [whole.item == whole.items.index(id) for id in SHIP.attitude.torque_channels]
    time_s, torque = momentum.on_one_clock([whole.time_s[m] for m in mine], [whole.value[m] for m in mine])
    until = time_s < time_s[0] + 16.2 * 3600.0
    return time_s[until], torque[until]


def onsets(time_s: Floats, orbits: int) -> Floats:
    return np.arange(time_s[0] + 2.05 * ORBIT, time_s[-1] - orbits * ORBIT, 1_200.0)


@pytest.mark.parametrize("orbits", [1, 5])
def test_where_nothing_happened_the_change_is_within_its_doubt(quiet: tuple[Floats, Floats], orbits: int) -> None:
    scores = []
    for onset in onsets(quiet[0], orbits):
        change = momentum.change_at(*quiet, float(onset), ORBIT, orbits)
        scores.append(change.change_n_m / np.sqrt(np.diag(change.covariance)))
    assert np.sqrt(np.mean(np.square(scores))) < 1.3
    assert np.abs(scores).max() < 4.0
    assert np.sqrt(np.diag(change.covariance)).max() < 0.2


def test_what_is_put_in_comes_out(quiet: tuple[Floats, Floats]) -> None:
    time_s, torque = quiet
    told = np.array([0.4, -3.0, 1.0])
    for onset in onsets(time_s, 1)[::8]:
        seen = torque.copy()
        seen[time_s >= onset] -= told
        plain = momentum.change_at(time_s, torque, float(onset), ORBIT, 1)
        change = momentum.change_at(time_s, seen, float(onset), ORBIT, 1)
        assert change.change_n_m - plain.change_n_m == pytest.approx(told, abs=0.02)
