"""The real day with one sensor broken: no leak is said, and the sensor is named."""

import numpy as np
import pytest

from hullwatch.records import Samples
from hullwatch.telemetry.source import Recording, Source
from hullwatch.units import utc_seconds
from watching import Watched, between, needs_real_day, real_day, record_of, watched

pytestmark = needs_real_day()
BROKEN = utc_seconds("2018-10-12T12:00Z")


def changed(source: Source, channel: str, by: float) -> Samples:
    """The day with one channel shifted from noon on, in its published unit."""
    whole = next(iter(source.blocks(source.rows)))
    mine = (whole.item == whole.items.index(channel)) & (whole.time_s >= BROKEN)
    return Samples(whole.time_s, whole.item, whole.value + by * mine, whole.items)


def story(samples: Samples) -> Watched:
    return watched(Recording("broken", samples), real_day()[1])


def doubts_of(told: Watched, channel: str, kind: str) -> list[str]:
    notes = told.summary["data_quality"]["notes"]
    return [note["why"] for note in notes if note["channel"] == channel and note["kind"] == kind]


def test_a_gauge_40_mmhg_below_the_others_is_named_once_and_not_used() -> None:
    """The crewlock's gauge, 3.3 mmHg below the third, is then the middle one."""
    told = story(changed(real_day()[0], "AIRLOCK000054", -40.0))
    assert told.summary["incidents"] == []
    (why,) = doubts_of(told, "AIRLOCK000054", "apart")
    assert why.startswith("reads 36.7 mmHg below the middle one of the gauges since 2018-10-12T12:")
    assert not [step for step in told.summary["events"] if step["mass_kg"] is not None]


def test_it_is_named_alike_whatever_the_blocks() -> None:
    source, ship = real_day()
    moved = Recording("broken", changed(source, "AIRLOCK000054", -40.0))
    part = between(moved, "2018-10-12T11:00Z", "2018-10-12T14:00Z")
    whole, _ = record_of(part, ship, [])
    pieces, _ = record_of(part, ship, np.random.default_rng(3).integers(0, part.time_s.size, 60).tolist())
    assert [e.data["kind"] for e in whole if e.kind == "quality"].count("apart") == 1
    assert pieces == whole


@pytest.mark.parametrize("by_k", [-3.0, 3.0])
def test_a_thermometer_that_jumps_by_3_k_is_no_leak(by_k: float) -> None:
    told = story(changed(real_day()[0], "USLAB000059", by_k))
    assert told.summary["incidents"] == []
    assert len(doubts_of(told, "USLAB000059", "jump")) == 1


def test_a_stuck_thermometer_is_no_leak() -> None:
    whole = next(iter(real_day()[0].blocks(10**9)))
    mine = (whole.item == whole.items.index("USLAB000059")) & (whole.time_s >= BROKEN)
    told = story(Samples(whole.time_s[~mine], whole.item[~mine], whole.value[~mine], whole.items))
    assert told.summary["incidents"] == []
    assert doubts_of(told, "USLAB000059", "stuck")


@pytest.mark.parametrize("seed", [1, 11])
def test_a_spiking_coarse_gauge_is_named_and_moves_no_gas(seed: int) -> None:
    whole = next(iter(real_day()[0].blocks(10**9)))
    rng = np.random.default_rng([2, seed])
    mine = (whole.item == whole.items.index("AIRLOCK000049")) & (whole.time_s >= BROKEN)
    spikes = mine & (rng.random(whole.time_s.size) < 0.1)
    value = whole.value.copy()
    value[spikes] += 5.0 * rng.choice([-1.0, 1.0], int(spikes.sum()))
    told = story(Samples(whole.time_s, whole.item, value, whole.items))
    assert told.summary["incidents"] == []
    steps = told.summary["events"]
    assert {step["channel"] for step in steps} == {"AIRLOCK000049"}
