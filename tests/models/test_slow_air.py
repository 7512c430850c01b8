"""The slow model: exact over any step, and the record written out row by row."""

from dataclasses import replace

import numpy as np
import pytest

from hullwatch.models.slow_air import (
    HEAT,
    LOSS,
    MASS,
    DatedRate,
    LogEntry,
    SlowNoise,
    SlowRecord,
    mixed,
    slow_system,
    transition,
)
from hullwatch.units import DAY_S

NOISE = SlowNoise(heat_kg=0.3, heat_day=0.2, walk_kg=0.1, reading_kg=0.05, loss_walk=0.02)


@pytest.mark.parametrize("dt", [0.01, 0.7, 12.0])
def test_one_long_step_is_many_short_ones(dt: float) -> None:
    pieces = 400
    f, q = transition(np.array([dt, dt / pieces]), NOISE)
    whole, noise = np.eye(4), np.zeros((4, 4))
    for _ in range(pieces):
        whole, noise = f[1] @ whole, f[1] @ noise @ f[1].T + q[1]
    np.testing.assert_allclose(f[0], whole, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(q[0], noise, rtol=1e-9, atol=1e-12)


def record(n: int = 6) -> SlowRecord:
    return SlowRecord(
        "r", np.arange(n) * DAY_S, np.full(n, 100.0), np.zeros(n), "N2", 0.7, DAY_S, 900.0, 295.0
    )  # fmt: skip


def test_rates_and_masses_stand_in_one_order() -> None:
    rate = DatedRate(2.0 * DAY_S, 3.0 * DAY_S, 1.0 / DAY_S, 0.1 / DAY_S)
    base = slow_system(replace(record(), rates=(rate,)), NOISE)
    assert base.is_rate.tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert base.h[3].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert base.z[3] == pytest.approx(0.7)  # of the tracer
    assert base.r[3] == pytest.approx(0.07**2)
    assert base.h[0, MASS] == base.h[0, HEAT] == 1.0


def test_a_logged_change_is_an_unknown_step_and_its_bin_is_left_out() -> None:
    log = (LogEntry(2.1 * DAY_S, "repress", 15.0, 0.5), LogEntry(4.1 * DAY_S, "airlock"))
    logged = replace(record(), log=log)
    assert mixed(logged).tolist() == [False, False, True, False, True, False]
    base, plain = slow_system(logged, NOISE), slow_system(record(), NOISE)
    assert base.time_day.tolist() == [0.0, 1.0, 3.0, 5.0]
    assert base.moved[:, MASS].tolist() == [0.0, 0.0, 15.0, 0.0]
    two_days = transition(np.array([2.0]), NOISE)[1][0, MASS, MASS]
    assert base.q[2, MASS, MASS] == pytest.approx(two_days + 0.25)
    assert base.q[3, MASS, MASS] == pytest.approx(two_days + 25.0)
    assert plain.q[2, LOSS, LOSS] < base.q[2, LOSS, LOSS] + 1e-9


def test_a_missing_mass_has_no_row_and_what_comes_later_is_not_known_before() -> None:
    mass = np.full(6, 100.0)
    mass[2] = np.nan
    gap = replace(record(), mass_kg=mass)
    assert slow_system(gap, NOISE).time_day.tolist() == [0.0, 1.0, 3.0, 4.0, 5.0]
    early = replace(gap, log=(LogEntry(4.5 * DAY_S, "vent"),)).until(3.5 * DAY_S)
    assert early.time_s.size == 4
    assert early.log == ()
