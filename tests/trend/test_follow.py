"""The whole way from a record to changes, patches, forecast; the same seed gives the same answer."""

from dataclasses import replace

import numpy as np
import pytest
from slow_worlds import START, reported, steps, world

from hullwatch.errors import TelemetryError
from hullwatch.models.slow_air import LogEntry, SlowRecord
from hullwatch.trend.coarse import coarsened
from hullwatch.trend.follow import Trend, follow
from hullwatch.trend.summary import summarise
from hullwatch.units import DAY_S
from hullwatch.vehicle.load import load_vehicle

SHIP = load_vehicle("demo")


def trend(record: SlowRecord, **how: float) -> Trend:
    return follow(record, SHIP, 0.1, 1, sweeps=30, **how)  # type: ignore[arg-type]


def day(time_s: float) -> float:
    return (time_s - START) / DAY_S


def test_a_logged_patch_is_dated_by_the_log_and_its_effect_is_a_share() -> None:
    log = (LogEntry(START + 149.0 * DAY_S + 60.0, "patch"),)
    found = trend(world(np.random.default_rng(1), steps((150, 1.5), (150, 0.5)), log))
    (change,) = found.changes
    assert change.kind == "fall"
    assert change.logged_patch
    assert day(change.time_s.median) == pytest.approx(149.0, abs=0.01)
    assert change.ratio.low < 1.0 / 3.0 < change.ratio.high
    assert change.probability == 1.0


def test_a_patch_that_did_nothing_is_called_that() -> None:
    log = (LogEntry(START + 149.0 * DAY_S + 60.0, "patch"),)
    found = trend(world(np.random.default_rng(2), steps((300, 1.0)), log))
    assert [c.kind for c in found.changes] == ["no_effect"]
    assert found.changes[0].ratio.low < 1.0 < found.changes[0].ratio.high


def test_fall_and_recurrence_and_the_stretch_the_law_is_judged_on() -> None:
    # the demo ship's nominal loss is small: after the patch nearly nothing leaks
    nominal = SHIP.leakage_kg_s.value * DAY_S
    record = world(np.random.default_rng(3), steps((120, 1.0), (150, nominal), (120, 0.8)))
    found = trend(record)
    assert [c.kind for c in found.changes] == ["fall", "recurrence"]
    assert 115.0 < day(found.laws_from_s) < 130.0
    assert found.rate_kg_day[0, -1] < 0.8 < found.rate_kg_day[2, -1] + 0.03


def test_the_same_seed_gives_the_same_answer_and_summary() -> None:
    record = world(np.random.default_rng(4), steps((100, 0.3), (100, 0.9)))
    one, other = (summarise(trend(record), "demo", (reported(50, 0.3),)) for _ in range(2))
    assert one == other
    assert [r["used"] for r in one["reported"]] == [False]
    assert one["span_utc"][0] < one["history"][-1]["time_utc"]


def test_a_reported_rate_that_stands_alone_is_off_by_a_rate() -> None:
    record = world(np.random.default_rng(8), steps((200, 0.5)))
    rates = (reported(50.2, 0.5), reported(100.2, 6.0), reported(150.2, 0.5))
    (aside,) = summarise(trend(replace(record, rates=rates)), "demo")["set_aside"]
    assert (aside["kind"], aside["unit"]) == ("reported_rate", "kg/day")
    assert aside["size"] == pytest.approx(5.5, abs=0.1)


def test_what_is_needed_and_when_limits_are_reached() -> None:
    record = world(np.random.default_rng(5), steps((200, 1.0)))
    end = START + 199.0 * DAY_S
    found = trend(record, until_s=end + 100.0 * DAY_S, rate_limit_kg_day=5.0)
    assert found.outlook.needed_kg.low < 100.0 < found.outlook.needed_kg.high + 3.0
    by_name = {r.limit: r for r in found.outlook.reached}
    assert by_name["rate"].time_s is None
    assert by_name["rate"].chance < 0.5
    assert {"evacuate", "equipment_floor"} <= set(by_name)
    assert found.outlook.doubling_day is None


def test_a_growing_rate_reaches_its_limit_in_time() -> None:
    rate = 0.3 * np.exp2(np.arange(400) / 120.0)
    found = trend(world(np.random.default_rng(6), rate), rate_limit_kg_day=6.0)
    reached = next(r for r in found.outlook.reached if r.limit == "rate")
    true = 120.0 * np.log2(6.0 / rate[-1])
    assert reached.time_s is not None
    assert day(reached.time_s.low) - 399.0 - 15.0 < true < day(reached.time_s.high) - 399.0 + 15.0


def test_gaps_are_borne_and_too_little_is_refused() -> None:
    record = world(np.random.default_rng(7), steps((200, 0.5)))
    record.mass_kg[50:90] = np.nan
    assert trend(record).rate_kg_day[0, -1] < 0.5 < trend(record).rate_kg_day[2, -1]
    with pytest.raises(TelemetryError, match="5 masses"):
        trend(record.until(START + 4.0 * DAY_S))
    with pytest.raises(TelemetryError, match="1 dated rates"):
        trend(replace(record.until(0.0), rates=(reported(3, 0.4),)))


def test_wide_bins_keep_masses_and_leave_out_mixed_readings() -> None:
    n = 4000
    record = SlowRecord(
        "fine", START + (np.arange(n) + 0.5) * 3600.0, 1000.0 - 0.01 * np.arange(n), np.arange(n) * 0.001, "air", 1.0,
        3600.0, 900.0, 295.0, log=(LogEntry(START + 1000.2 * 3600.0, "repress"),),
    )  # fmt: skip
    record.mass_kg[1000] = 5000.0
    wide = coarsened(record)
    assert wide.bin_s == 3.0 * 3600.0
    assert wide.time_s.size == 1334
    np.testing.assert_allclose(wide.mass_kg[:3], [999.99, 999.96, 999.93])
    assert wide.mass_kg.max() < 1001.0
    np.testing.assert_allclose(wide.time_s[:2], START + np.array([1.5, 4.5]) * 3600.0)
    small = record.until(START + 100.0 * DAY_S / 24.0)
    assert coarsened(small) is small
