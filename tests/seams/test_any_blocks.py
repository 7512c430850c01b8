"""Law 2: the same telemetry cut into any blocks gives the same lines of record, bit for bit."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hullwatch.records import Event, Samples
from hullwatch.vehicle.facts import Vehicle
from short_cases import HATCHES
from watching import REAL_DAY, Cases, between, real_day, record_of, with_leak

Whole = tuple[Samples, Vehicle, list[Event], str]


def from_case(case: str) -> Callable[[Cases], tuple[Samples, Vehicle]]:
    def make(cases: Cases) -> tuple[Samples, Vehicle]:
        source = cases.watched(case).source
        return next(iter(source.blocks(source.rows))), cases.watched(case).ship

    return make


def two_real_hours(cases: Cases) -> tuple[Samples, Vehicle]:
    if not REAL_DAY.is_file():
        pytest.skip(f"no recording at {REAL_DAY}: set HULLWATCH_DATA to the folder that holds it")
    source, ship = real_day()
    leaking = with_leak(source, ship, "100 kg/day at 2018-10-12T16:00Z")
    return between(leaking, "2018-10-12T15:00Z", "2018-10-12T17:00Z"), ship


MAKERS = {"demo-leak": from_case("demo-leak"), "hatches": from_case(HATCHES), "two real hours": two_real_hours}


@pytest.fixture(scope="module", params=MAKERS)
def whole(request: pytest.FixtureRequest, cases: Cases, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Telemetry, and what it gives in one block."""
    samples, ship = MAKERS[request.param](cases)
    events, head = record_of(samples, ship, [], tmp_path_factory.mktemp("whole") / "record.sqlite")
    return samples, ship, events, head


def test_something_happens_in_it(whole: Whole) -> None:
    kinds = {event.kind for event in whole[2]}
    assert {"incident_opened", "incident_state", "estimate", "alarm", "trend"} <= kinds


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_random_blocks(whole: Whole, data: st.DataObject) -> None:
    samples, ship, events, _ = whole
    rows = samples.time_s.size
    cuts = data.draw(st.lists(st.integers(0, rows), max_size=40), label="cuts")
    assert record_of(samples, ship, cuts)[0] == events


def test_blocks_around_every_moment_that_matters(whole: Whole) -> None:
    """Cut where the record says that something happened, one row before it and one after it."""
    samples, ship, events, _ = whole
    cuts: set[int] = set()
    for event in events:
        if event.kind in ("groups_changed", "incident_opened", "incident_state", "quality", "step", "operation"):
            row = int(samples.time_s.searchsorted(event.time_s))
            cuts |= {max(row - 1, 0), row, min(row + 1, samples.time_s.size)}
    assert record_of(samples, ship, sorted(cuts)[:300])[0] == events


def test_equal_blocks_leave_the_same_record_on_disk(whole: Whole, tmp_path: Path) -> None:
    samples, ship, _, head = whole
    step = max(samples.time_s.size // 150, 1)
    cuts = list(range(step, samples.time_s.size, step))
    assert record_of(samples, ship, cuts, tmp_path / "record.sqlite")[1] == head
    assert len(head) == hashlib.sha256().digest_size * 2


def test_row_by_row(cases: Cases) -> None:
    """As it comes live: every reading a block of its own, around the moment a leak is detected."""
    source = cases.watched("demo-leak").source
    samples, ship = between(source, "2030-05-06T09:50Z", "2030-05-06T10:05Z"), cases.watched("demo-leak").ship
    together, _ = record_of(samples, ship, [])
    assert record_of(samples, ship, list(range(1, samples.time_s.size)))[0] == together
