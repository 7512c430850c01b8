"""The step of a recording is read off its digits, and only where the vehicle file asks for it."""

from dataclasses import replace

import numpy as np
import pytest

from hullwatch.records import Samples
from hullwatch.telemetry.resolution import as_written, written_step
from hullwatch.telemetry.source import Recording
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import Vehicle


@pytest.mark.parametrize(("digits", "step"), [(0, 1.0), (1, 0.1), (2, 0.01), (5, 1e-5), (12, 0.0)])
def test_the_step_is_the_last_digit_written(digits: int, step: float) -> None:
    value = np.round(np.random.default_rng(1).normal(1013.25, 2.0, 500), digits)
    assert written_step(value) == pytest.approx(step)


def test_a_few_readings_say_nothing() -> None:
    assert written_step(np.array([1013.0] * 9)) == 0.0


def test_only_a_channel_that_asks_is_made_coarser(vehicle: Vehicle) -> None:
    first, second, *rest = vehicle.channels
    ship = replace(vehicle, channels=(replace(first, quantum_as_written=True), second, *rest))
    n = 100
    value = np.round(np.random.default_rng(2).normal(745.0, 1.0, 2 * n), 1)
    samples = Samples(np.arange(2.0 * n), np.tile([0, 1], n), value, (first.id, second.id))
    found = as_written(ship, Recording("made up", samples))
    assert found.channels[0].quantum_si == pytest.approx(0.1 * MMHG_PA)
    assert found.channels[1:] == ship.channels[1:]
    assert as_written(vehicle, Recording("made up", samples)) is vehicle


def test_a_step_the_vehicle_states_is_never_made_finer(vehicle: Vehicle) -> None:
    asking = replace(vehicle.channels[0], quantum_as_written=True, quantum_si=3.0 * MMHG_PA)
    ship = replace(vehicle, channels=(asking,))
    samples = Samples(np.arange(50.0), np.zeros(50, dtype=np.int64), 740.0 + 0.5 * np.arange(50.0), (asking.id,))
    assert as_written(ship, Recording("made up", samples)).channels == (asking,)
