"""Which operations are under way: when a row of the log and a valve's word begin and end, and whom they touch."""

from dataclasses import replace

import numpy as np
import pytest

from hullwatch.records import Frames, LoggedOperation
from hullwatch.vehicle.facts import Channel
from hullwatch.vehicle.load import load_vehicle
from hullwatch.watch import operations
from hullwatch.watch.operations import (
    LASTS_S,
    LOCK_MOVES_PA,
    LOG_MARGIN_S,
    SETTLE_S,
    STEP_KIND,
    WEIGHED_AFTER_S,
    Underway,
)

SHIP = load_vehicle("iss-2024-04-10")
START = 1_713_945_600.0
ALL = tuple(c.id for c in SHIP.compartments)
NUMBER = {c.id: k for k, c in enumerate(SHIP.channels)}
PUMP, VENT, MAKEUP, GAUGE = "AIRLOCK000047", "USLAB000062", "AIRLOCK000052", "AIRLOCK000049"


def at(*times_s: float, lock_pa: float | tuple[float, ...] = 101_325.0) -> Frames:
    """Frames at these times, every channel heard; the crew lock's gauge shows this."""
    n, columns = len(times_s), len(SHIP.channels)
    value = np.zeros((n, columns))
    value[:, NUMBER[GAUGE]] = lock_pa
    flags = np.zeros((n, columns), dtype=np.uint16)
    time_s = np.array(times_s) + START
    return Frames(time_s, value, value, np.ones((n, columns), dtype=np.bool_), flags, tuple(NUMBER))


def channel(id: str) -> Channel:
    return SHIP.channels[NUMBER[id]]


def moved(id: str, before: float | None, value: float, time_s: float = 0.0, now: Underway | None = None) -> Underway:
    return operations.valve_moved(now or Underway(), SHIP, channel(id), before, value, at(time_s), 0)


def after(now: Underway, time_s: float, lock_pa: float = 101_325.0) -> Underway:
    return operations.begin_and_end(now, SHIP, at(time_s, lock_pa=lock_pa), 0)[0]


def logged(kind: str, start: float, end: float, compartment: str | None = None) -> LoggedOperation:
    return LoggedOperation(START + start, START + end, kind, compartment, None, None, "", 2)


def test_a_row_of_the_log_is_under_way_a_minute_before_and_until_it_has_settled() -> None:
    now = Underway((logged("vent", 600.0, 1200.0, "LAB"),))
    assert operations.next_change_s(now, START) == START + 600.0 - LOG_MARGIN_S
    assert after(now, 539.0).running == ()
    now = after(now, 540.0)
    (one,) = now.running
    assert one.kind == "vent"
    over = START + 1200.0 + LOG_MARGIN_S + SETTLE_S
    assert operations.next_change_s(now, START) == one.until_s == over
    assert operations.next_change_s(now, over) == one.over_s == over + WEIGHED_AFTER_S
    assert after(now, one.over_s - START - 1.0).running
    assert after(now, one.over_s - START).running == ()


def test_a_row_is_said_once_even_if_nothing_came_while_it_lasted() -> None:
    now, said = operations.begin_and_end(Underway((logged("vent", 0.0, 60.0),)), SHIP, at(50_000.0), 0)
    assert [event.data["kind"] for event in said] == ["vent"]
    assert now.running == ()
    assert operations.begin_and_end(now, SHIP, at(50_001.0), 0)[1] == []


def test_whom_a_row_touches() -> None:
    def touched(kind: str, compartment: str | None) -> operations.Operation:
        (one,) = after(Underway((logged(kind, 0.0, 60.0, compartment),)), 0.0).running
        return one

    assert touched("vent", None).touches(ALL)
    assert touched("vent", "LAB").touches(("NODE2", "LAB"))
    assert not touched("vent", "LAB").touches(("NODE2",))
    assert touched("airlock_depress", "AL_CL").touches(("AL_EL", "NODE1"))  # pumped into the cabin
    eva = touched("eva", "AL_CL")
    assert eva.touches(("AL_CL",))
    assert not eva.touches(("AL_CL", "AL_EL"))  # people outside explain nothing in the cabin
    assert after(Underway((logged("eva", 0.0, 60.0),)), 0.0).running == ()


@pytest.mark.parametrize(("id", "opened", "shut"), [(VENT, 1.0, 2.0), (MAKEUP, 1.0, 0.0), (PUMP, 1.0, 0.0)])
def test_a_valve_s_word_is_believed_for_a_while(id: str, opened: float, shut: float) -> None:
    quantity = channel(id).quantity
    now = moved(id, shut, opened)
    told = [one for one in now.running if one.told]
    assert [one.kind for one in told] == [STEP_KIND[quantity]]
    assert told[0].until_s == START + LASTS_S[quantity] + SETTLE_S
    shut_again = moved(id, opened, shut, 300.0, now)
    (closed,) = [one for one in shut_again.running if one.told]
    assert closed.until_s == START + 300.0 + SETTLE_S
    assert closed.start_s == START


def test_a_valve_heard_for_the_first_time_explains_nothing() -> None:
    """It may have been open for days."""
    assert moved(VENT, None, 1.0).running == ()
    assert moved(MAKEUP, None, 1.0).running == ()
    assert moved(PUMP, None, 1.0).running  # a pump that runs moves gas
    assert moved(PUMP, None, 0.0).running == ()


def test_a_vent_open_for_days_hides_nothing_after_its_first_minutes() -> None:
    now = moved(VENT, 2.0, 1.0)
    assert after(now, LASTS_S["vent_valve"] + SETTLE_S + WEIGHED_AFTER_S).running == ()


def pumping() -> Underway:
    return moved(PUMP, 0.0, 1.0)


def test_a_lock_is_watched_by_its_own_gauge() -> None:
    now = pumping()
    (lock,) = now.locks
    assert (lock.compartment, lock.full_pa) == ("AL_CL", 101_325.0)
    falling = at(0.0, 1.0, 2.0, 3.0, lock_pa=(101_325.0, 101_200.0, 101_325.0 - LOCK_MOVES_PA - 1.0, 90_000.0))
    assert operations.lock_moves(now, falling, 0, 4) == 2
    assert operations.lock_moves(now, falling, 0, 2) == 2
    assert operations.lock_moves(Underway(), falling, 0, 4) == 4


def test_a_lock_that_vents_overboard_touches_itself_and_one_that_fills_its_neighbours_too() -> None:
    pumped = moved(PUMP, 1.0, 0.0, 2000.0, pumping())
    empty = after(pumped, 2000.0 + SETTLE_S + WEIGHED_AFTER_S, 20_000.0)
    venting = after(empty, 9000.0, 10_000.0)
    assert not any(one.touches(("AL_EL", "NODE1")) for one in venting.running)
    assert any(one.touches(("AL_CL",)) and one.told for one in venting.running)
    outside = after(venting, 20_000.0, 9_900.0)
    assert [one.told for one in outside.running] == [False]  # empty, still, nothing to tell
    assert not any(one.touches(("AL_EL", "NODE1", "AL_CL")) for one in outside.running)
    filling = after(outside, 30_000.0, 12_000.0)
    assert any(one.touches(("AL_EL", "NODE1")) for one in filling.running)


def test_a_lock_that_is_full_and_still_is_a_room_again() -> None:
    pumped = moved(PUMP, 1.0, 0.0, 2000.0, pumping())
    low = after(pumped, 2001.0, 20_000.0)
    full = after(low, 5000.0, 100_000.0)
    assert full.locks
    done = after(full, 6000.0, 100_100.0)
    assert done.locks == done.running == ()


def test_a_pump_that_ran_without_effect_leaves_no_lock() -> None:
    pumped = moved(PUMP, 1.0, 0.0, 100.0, pumping())
    assert after(pumped, 101.0).locks
    assert after(pumped, 100.0 + SETTLE_S + WEIGHED_AFTER_S).locks == ()


def test_a_lock_whose_hatch_is_open_is_a_room_again() -> None:
    now = operations.close_locks(pumping(), ["AL_EL", "AL_CL"])
    assert now.locks == ()
    assert [one.key for one in now.running] == [PUMP]


def test_what_moved_last_is_remembered() -> None:
    assert "none moved since the watch began at 2024-04-24 08:00 UTC" in operations.outlets(Underway(), START)
    now = moved(VENT, 2.0, 1.0, 3600.0)
    assert operations.outlets(now, START).endswith("Vacuum resource system vent valve open at 2024-04-24 09:00 UTC")
    now = replace(after(Underway((logged("vent", 60.0, 90.0),)), 60.0), moved_s=None)
    assert "in the log last vent at 2024-04-24 08:01 UTC" in operations.outlets(now, START)
