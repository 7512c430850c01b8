"""Law 2 with operations: with a log, valves and a lock, any blocks give the same lines of record."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hullwatch.records import Event, LoggedOperation, Samples
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, begin, end, watch
from operations_cases import day, fill, hole, row, vent
from watching import Cases, between, in_blocks

Whole = tuple[Samples, Vehicle, tuple[LoggedOperation, ...], list[Event]]

LOG = (
    row("vent", "07:00", "07:30", "LAB"),  # over before the first reading
    row("eva", "08:30", "09:00", "CAPSULE"),
    row("hatch_closed", "09:10", hatch="NODE-LAB", line=3),
    row("hatch_open", "09:40", hatch="NODE-LAB", line=4),
    row("pump", "09:55", "10:15", line=5),
    row("vent", "10:00", "10:20", "LAB", -1.0, line=6),
    row("docking", "13:50", "14:30", line=7),  # goes on after the last
)


def record(samples: Samples, ship: Vehicle, log: tuple[LoggedOperation, ...], cuts: list[int]) -> list[Event]:
    memory, events = begin(ship, "test", {}, Settings(), float(samples.time_s[0]), log)
    for block in in_blocks(samples, cuts):
        memory, said = watch(memory, ship, Settings(), block)
        events += said
    return [*events, *end(memory, ship, Settings(), False)[1]]


@pytest.fixture(scope="module", params=["log", "valves", "lock"])
def whole(request: pytest.FixtureRequest, cases: Cases) -> Whole:
    """Telemetry, its log, and what it gives in one block."""
    case = {"log": day(vent(), hole(130)), "valves": day(fill("6 kg", "100 min", "VALVE_N2")), "lock": "eva-day"}
    source, ship = cases.watched(case[request.param]).source, cases.watched(case[request.param]).ship
    log: tuple[LoggedOperation, ...] = ()
    if request.param == "lock":
        samples = between(source, "2024-04-24T10:50Z", "2024-04-24T12:20Z")
    else:
        samples = next(iter(source.blocks(source.rows)))
        log = LOG if request.param == "log" else ()
    if request.param == "log":  # hatches move by the log alone
        told = np.array([not item.startswith("HATCH") for item in samples.items])[samples.item]
        samples = Samples(samples.time_s[told], samples.item[told], samples.value[told], samples.items)
    return samples, ship, log, record(samples, ship, log, [])


def test_something_is_explained_in_it(whole: Whole) -> None:
    assert [e for e in whole[3] if e.kind == "step" and e.data["kind"] != "sensor_fault"]


@pytest.mark.parametrize("whole", ["log"], indirect=True)
def test_hatches_move_by_the_log(whole: Whole) -> None:
    moved = [(e.data["why"].split(":")[0], e.time_s) for e in whole[3] if e.kind == "groups_changed"][1:]
    assert moved == [("NODE-LAB closed", LOG[2].start_s), ("NODE-LAB opened", LOG[3].start_s)]


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_random_blocks(whole: Whole, data: st.DataObject) -> None:
    samples, ship, log, events = whole
    cuts = data.draw(st.lists(st.integers(0, samples.time_s.size), max_size=30), label="cuts")
    assert record(samples, ship, log, cuts) == events


def test_blocks_around_everything_said(whole: Whole) -> None:
    samples, ship, log, events = whole
    cuts: set[int] = set()
    for event in events:
        if event.kind != "trend":
            at = int(samples.time_s.searchsorted(event.time_s))
            cuts |= {max(at - 1, 0), at, min(at + 1, samples.time_s.size)}
    assert record(samples, ship, log, sorted(cuts)[:200]) == events


@pytest.mark.parametrize("whole", ["log"], indirect=True)
def test_what_was_over_before_the_first_reading_is_a_line_and_no_more(whole: Whole) -> None:
    samples, ship, log, events = whole
    more = record(samples, ship, (row("vent", "05:00", "05:30", line=9), *log), [])
    assert [e for e in more if "05:00" not in str(e.data)] == [e for e in events if "05:00" not in str(e.data)]
