"""Hatches and people as reported while the watch runs: what follows, what contradicts; a restart is no other record."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from going_on import Killed, Leak, Speaking, watch

from hullwatch.errors import DescriptionError
from hullwatch.incident import statements
from hullwatch.incident.standing import KINDS, Standing, standing
from hullwatch.incident.store import open_record
from hullwatch.incident.timeline import moments
from hullwatch.records import Event, GroupState, LoggedOperation, Samples
from hullwatch.telemetry.source import Recording
from hullwatch.units import MMHG_PA, utc_text
from hullwatch.vehicle.facts import CrewMember
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.roster_load import load_roster
from hullwatch.watch import reports, run
from hullwatch.watch.chain import QUIET_TICK_S
from hullwatch.watch.reports import Reports, Seen, hear, look_again, over, take
from killing import watch_killed, watch_whole
from short_cases import HATCHES
from watching import Cases

HATCH = "NODE-STORE"
SHIP = load_vehicle("demo")
ISS = load_vehicle("iss-2018-08-29")
HERE = Standing(hatches={h.id: h.between for h in SHIP.hatches})


# --- a report against telemetry and pressures ---------------------------------------------------------------------


def said(is_open: object = True, hatch: object = HATCH) -> Event:
    return Event(10.0, "hatch_report", None, {"hatch": hatch, "open": is_open, "by": "Ada", "centre": None, "note": ""})


def part(number: int, inside: tuple[str, ...], mmhg: float, loss: float = 0.0, sensors: int = 1) -> GroupState:
    return GroupState(
        number, inside, 0.0, 40.0, 1.0, mmhg * MMHG_PA, 295.0, 48.0, 0.01, loss, 1e-8, True, None, sensors,
        pressure_sd_pa=40.0,
    )  # fmt: skip


def sides(first: float, second: float, losses: tuple[float, float] = (0.0, 0.0), flow: float = 0.0) -> Seen:
    parts = part(0, ("NODE", "LAB", "CAPSULE"), first, losses[0]), part(1, ("STORE",), second, losses[1])
    return Seen(10.0, {}, parts, flow)


def after(event: Event, seen: Seen) -> tuple[Reports, Event]:
    now, (line,) = take(hear(Reports(), SHIP, [(10.0, event)]), SHIP, seen)
    return now, line


@pytest.mark.parametrize(
    ("is_open", "seen", "followed"),
    [
        (True, Seen(10.0, {}, (), 0.0), True),  # nothing says otherwise
        (True, Seen(10.0, {HATCH: True}, (), 0.0), True),
        (True, Seen(10.0, {HATCH: False}, (), 0.0), False),
        (False, Seen(10.0, {HATCH: True}, (), 0.0), False),
        (True, sides(750.0, 749.9), True),
        (True, sides(750.0, 740.0), False),
        (False, sides(750.0, 740.0), True),
        (True, Seen(10.0, {}, (part(0, ("NODE", "LAB"), 750.0), part(1, ("STORE",), 700.0, sensors=0)), 0.0), True),
    ],
)
def test_telemetry_and_pressures_are_believed_before_people(is_open: bool, seen: Seen, followed: bool) -> None:
    now, line = after(said(is_open), seen)
    assert line.data["followed"] is followed
    assert bool(line.data["contradiction"]) is not followed
    as_was = frozenset() if is_open else frozenset({HATCH})
    assert (HATCH in over(now, as_was, 10.0, ())) == (is_open if followed else HATCH in as_was)
    assert [moment.title for moment in moments(line)] == (
        [] if followed else [f"{HATCH} reported {'open' if is_open else 'closed'}: contradicted"]
    )


def test_a_difference_is_said_with_its_interval() -> None:
    _, line = after(said(True), sides(750.0, 740.0))
    assert "differ by 10 (9.3 to 10.7) mmHg" in line.data["contradiction"]


def test_pressures_that_come_together_bear_a_report_out_and_it_is_said_once() -> None:
    now, _ = after(said(True), sides(750.0, 740.0))
    now, lines = look_again(now, SHIP, sides(750.0, 745.0))
    assert lines == ()  # still apart, by another figure: nothing new
    now, (line,) = look_again(now, SHIP, sides(748.0, 747.9))
    assert (line.data["followed"], line.data["contradiction"]) == (True, None)
    assert line.data["what"] == "hatch_looked_at_again"
    assert line.data["statement"] is None  # a watch begun again hears the report itself once
    assert over(now, frozenset(), 20.0, ()) == {HATCH}
    assert "nothing contradicts it any more" in moments(line)[0].title
    assert look_again(now, SHIP, sides(748.0, 747.9))[1] == ()


def test_a_shut_hatch_with_both_sides_falling_is_doubted_and_stays_as_reported() -> None:
    flow = 1e-4
    now, _ = after(said(False), Seen(10.0, {}, (), flow))
    assert look_again(now, SHIP, sides(750.0, 750.0, (flow / 40.0, 0.0), flow))[1] == ()  # one side holds: as it should
    now, (line,) = look_again(now, SHIP, sides(750.0, 750.0, (flow / 80.0, flow / 80.0), flow))
    assert line.data["followed"]
    assert "both sides go on losing gas" in line.data["contradiction"]
    assert over(now, frozenset({HATCH}), 20.0, ()) == frozenset()


def test_two_people_who_say_otherwise_at_once_are_shown_and_the_later_word_counts() -> None:
    now, _ = after(said(False), Seen(10.0, {}, (), 0.0))
    other = Event(20.0, "hatch_report", None, {**said(True).data, "by": "Boris"})
    both, (line,) = take(hear(now, SHIP, [(20.0, other)]), SHIP, Seen(20.0, {}, (), 0.0))
    assert line.data["contradiction"] == "Ada reported it closed 10 s before: the later word counts"
    assert over(both, frozenset(), 20.0, ()) == {HATCH}
    later = Event(500.0, "hatch_report", None, {**said(False).data, "by": "Chen"})
    _, (line,) = take(hear(both, SHIP, [(500.0, later)]), SHIP, Seen(500.0, {}, (), 0.0))
    assert line.data["contradiction"] is None  # it has been moved since


def test_a_later_row_of_the_log_moves_a_hatch_that_was_reported() -> None:
    now, _ = after(said(False), Seen(10.0, {}, (), 0.0))
    opened = LoggedOperation(300.0, 300.0, "hatch_open", None, HATCH, None, "", 2)
    assert over(now, frozenset({HATCH}), 200.0, (opened,)) == frozenset()
    assert over(now, frozenset({HATCH}), 300.0, (opened,)) == {HATCH}
    earlier = replace(opened, start_s=5.0, end_s=5.0)
    assert over(now, frozenset({HATCH}), 300.0, (earlier,)) == frozenset()


def test_a_channel_that_begins_to_speak_has_the_last_word() -> None:
    now, _ = after(said(False), Seen(10.0, {}, (), 0.0))
    seen = Seen(20.0, {HATCH: True}, (), 0.0)
    contradicted, (line,) = look_again(now, SHIP, seen)
    assert "telemetry of NODE-STORE says open" in line.data["contradiction"]
    assert reports.as_telemetry(contradicted, frozenset(), seen) == {HATCH}
    served, lines = look_again(now, SHIP, Seen(20.0, {HATCH: False}, (), 0.0))
    assert (served.hatches, lines) == ((), ())


@pytest.mark.parametrize("wrong", [said(hatch="attic"), said(hatch=None), said("yes"), said(1), said(None)])
def test_what_cannot_be_on_this_ship_is_refused(wrong: Event) -> None:
    with pytest.raises(DescriptionError):
        hear(Reports(), SHIP, [(0.0, wrong)])


# --- people -------------------------------------------------------------------------------------------------------


def told(people: object, place: object = "COL") -> Event:
    return Event(10.0, "crew_report", None, {"people": people, "compartment": place, "by": "A", "centre": None})


def test_people_are_by_their_craft_unless_they_say_where_they_are() -> None:
    before = reports.whereabouts(ISS, Reports())
    assert before["Gerst"] == "SOYUZ_MS09_DM"
    assert len(reports.inside(before, {c.id for c in ISS.compartments})) == 6
    assert reports.inside(before, {"SOYUZ_MS09_OM"}) == ()
    now, (line,) = take(hear(Reports(), ISS, [(10.0, told(["Gerst", "Arnold"]))]), ISS, Seen(10.0, {}, (), 0.0))
    assert (line.data["people"], line.data["compartment"]) == (["Gerst", "Arnold"], "COL")
    assert set(reports.inside(reports.whereabouts(ISS, now), {"COL"})) == {"Gerst", "Arnold"}
    assert reports.elsewhere(ISS, now) == {"Gerst": "COL", "Arnold": "COL"}


@pytest.mark.parametrize("wrong", [told(["Gerst"], "attic"), told("Gerst"), told([1]), told(None), told(["A"], None)])
def test_people_in_no_place_are_refused(wrong: Event) -> None:
    with pytest.raises(DescriptionError):
        hear(Reports(), ISS, [(0.0, wrong)])


def test_a_roster_says_who_is_aboard_now_by_the_names_of_the_ship() -> None:
    roster = load_roster("soyuz-ms-09")
    leak_s, later_s = 1_535_600_000.0, 1_541_000_000.0  # 30 August; 31 October, Soyuz MS-08 gone
    assert reports.manned(ISS, None, leak_s) is ISS
    assert reports.manned(ISS, roster, leak_s) is ISS  # the same six, "Gerst" and "Alexander Gerst" are one
    three = reports.manned(ISS, roster, later_s)
    assert [m.name for m in three.crew] == ["Prokopyev", "Gerst", "Aunon-Chancellor"]
    assert len(reports.inside(reports.whereabouts(three, Reports()), {c.id for c in ISS.compartments})) == 3
    stranger = replace(roster.crew[0], craft="DRAGON", name="A Guest")
    assert reports.manned(ISS, replace(roster, crew=(*roster.crew, stranger)), leak_s) is ISS  # no such craft here
    guest = replace(stranger, craft="SOYUZ_MS08")
    assert (
        CrewMember("A Guest", "SOYUZ_MS08", guest.label)
        in reports.manned(ISS, replace(roster, crew=(*roster.crew, guest)), leak_s).crew
    )


# --- live -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seen(cases: Cases) -> Leak:
    """The hatch NODE-STORE is shut an hour after a hole in the store; telemetry says so."""
    watched = cases.watched(HATCHES)
    whole = next(iter(watched.source.blocks(watched.source.rows)))
    return Recording(watched.source.name, whole, watched.source.provenance, watched.source.notes), watched.ship


@pytest.fixture(scope="module")
def blind(seen: Leak) -> Leak:
    """The same air, seen by a ship that has no channel for any hatch."""
    source, ship = seen
    ours = {c.id for c in ship.channels if c.quantity == "hatch_position"}
    whole = source.samples
    kept = ~np.isin(whole.item, [k for k, item in enumerate(whole.items) if item in ours])
    samples = Samples(whole.time_s[kept], whole.item[kept], whole.value[kept], whole.items)
    deaf = replace(ship, channels=tuple(c for c in ship.channels if c.id not in ours))
    return replace(source, samples=samples), deaf


def say(place: str, at_s: float, build: Callable[..., Event], *fields: Any) -> None:
    with open_record(place) as record:
        here = standing(record.events(kind=KINDS), at_s)
        record.append([build(here, at_s, *fields, by="Ada")])


def moved(events: list[Event]) -> list[Event]:
    return [e for e in events if e.kind == "groups_changed" and e.data["changed"]]


@pytest.fixture(scope="module")
def shut_s(seen: Leak, tmp_path_factory: pytest.TempPathFactory) -> tuple[float, float, list[Event]]:
    """When telemetry saw the hatch shut and opened again, and the record of that."""
    events = watch(seen, str(tmp_path_factory.mktemp("seen") / "a.sqlite"))
    first, second = moved(events)
    return first.time_s, second.time_s, events


def reporting(leak: Leak, place: str, shut_s: float, open_s: float) -> Any:
    """Somebody says both moves as they are made."""
    first = Speaking(leak[0], shut_s, lambda: say(place, shut_s, statements.hatch_report, HATCH, False))
    return Speaking(first, open_s, lambda: say(place, open_s, statements.hatch_report, HATCH, True))


@pytest.fixture(scope="module")
def reported(
    blind: Leak, shut_s: tuple[float, float, list[Event]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Event]]:
    place = str(tmp_path_factory.mktemp("reported") / "a.sqlite")
    return place, watch(blind, place, reporting(blind, place, *shut_s[:2]))


def test_a_reported_hatch_does_to_groups_place_and_plan_what_a_seen_one_does(
    shut_s: tuple[float, float, list[Event]], reported: tuple[str, list[Event]]
) -> None:
    """The record of a watch whose crew reports is that of one whose hatches have channels, but for who said so."""
    by_telemetry, by_people = shut_s[2], reported[1]
    first, second = moved(by_people)
    assert (first.time_s, first.data["changed"]) == (
        shut_s[0],
        [{"hatch": HATCH, "open": False, "source": "report"}],
    )
    assert "as reported" in first.data["why"]
    assert (
        first.time_s < second.time_s <= shut_s[1] + QUIET_TICK_S
    )  # pressures differ yet: at the tick at which they agree
    until = [e for e in by_people if first.time_s <= e.time_s < shut_s[1] and e.kind in ("estimate", "advice", "trend")]
    like = [
        e for e in by_telemetry if first.time_s <= e.time_s < shut_s[1] and e.kind in ("estimate", "advice", "trend")
    ]
    assert until == like
    assert {"estimate", "advice"} <= {e.kind for e in until}
    top = [e for e in until if e.kind == "estimate"][-1].data["location"][0]
    assert (top["compartment"], top["probability"] > 0.9) == ("STORE", True)


def test_nobody_reports_and_nobody_knows(blind: Leak, tmp_path: Path) -> None:
    assert moved(watch(blind, str(tmp_path / "a.sqlite"))) == []


def test_a_report_that_telemetry_contradicts_is_shown_and_not_followed(
    seen: Leak, shut_s: tuple[float, float, list[Event]], tmp_path: Path
) -> None:
    place, at_s = str(tmp_path / "a.sqlite"), shut_s[0] + 300.0
    source = Speaking(seen[0], at_s, lambda: say(place, at_s, statements.hatch_report, HATCH, True))
    events = watch(seen, place, source)
    (line,) = [e for e in events if e.kind == "heard"]
    assert line.data["followed"] is False
    assert "telemetry of NODE-STORE says closed" in line.data["contradiction"]
    own = [e for e in events if e.kind not in ("heard", "hatch_report")]
    assert own == shut_s[2]
    assert HATCH not in standing([e for e in events if e.time_s < shut_s[1]]).now_open


def test_any_blocks_give_the_same_record(
    blind: Leak, shut_s: tuple[float, float, list[Event]], reported: tuple[str, list[Event]], tmp_path: Path
) -> None:
    """What is said before the watch begins counts from its time on, however the readings come."""
    told = [e for e in reported[1] if e.kind == "hatch_report"]
    records = []
    for rows in (700, 40_000):
        events: list[Event] = []
        words = iter([[(e.time_s, e) for e in told]])
        run(blind[0], blind[1], 1.0, events.extend, rows=rows, heard=lambda words=words: next(words, []))  # type: ignore[misc]
        records.append(events)
    assert records[0] == records[1]
    assert len(moved(records[0])) == 2


@pytest.mark.parametrize("after_s", [-600.0, 90.0, 900.0, 2500.0])
@pytest.mark.parametrize("forget", [False, True])
def test_a_watch_cut_off_leaves_the_same_record_with_its_memory_or_without(
    blind: Leak, shut_s: tuple[float, float, list[Event]], reported: tuple[str, list[Event]], tmp_path: Path,
    after_s: float, forget: bool,
) -> None:  # fmt: skip
    place, _ = reported
    with open_record(place, read_only=True) as whole:
        rows, head = list(whole.rows()), whole.head[1]
    other, stop_s = str(tmp_path / "b.sqlite"), shut_s[0] + after_s
    words = [row.event for row in rows if row.kind == "hatch_report"]

    def append(event: Event) -> Callable[[], None]:
        def written() -> None:
            with open_record(other) as record:
                record.append([event])

        return written

    def speaking(events: list[Event]) -> Any:
        source: Any = blind[0]
        for event in events:
            source = Speaking(source, event.time_s, append(event))
        return source

    if forget:
        with open_record(other) as made:
            made.extend(row for row in rows if row.seq <= next(r.seq for r in rows if r.time_s >= stop_s))
    else:
        with pytest.raises(Killed):
            watch(blind, other, speaking(words), stop_s)
    with open_record(other, read_only=True) as record:
        there = len(list(record.events("hatch_report")))
    watch(blind, other, speaking(words[there:]))
    with open_record(other, read_only=True) as record:
        assert [row.content for row in record.rows()] == [row.content for row in rows]
        assert record.head[1] == head


def test_a_watch_killed_again_and_again_follows_a_report_as_one_that_was_not(
    blind: Leak, shut_s: tuple[float, float, list[Event]], tmp_path: Path
) -> None:
    """kill -9, in children of this process; whoever reports does so once."""

    def once(place: str) -> Any:
        def report() -> None:
            with open_record(place) as record:
                if next(iter(record.rows("hatch_report")), None) is None:
                    record.append([statements.hatch_report(HERE, shut_s[0], HATCH, False, "Ada")])

        return Speaking(blind[0], shut_s[0], report)

    whole, draw, kills = str(tmp_path / "whole.sqlite"), random.Random(23), 0
    head = watch_whole(once(whole), blind[1], whole)
    with open_record(whole, read_only=True) as record:
        assert len(list(record.rows("hatch_report"))) == 1
        first, later, *_ = record.events("heard")
        assert (first.time_s, first.data["contradiction"]) == (shut_s[0], None)
        assert later.time_s > shut_s[1]  # it was opened, and nobody said so
        assert "both sides go on losing gas" in later.data["contradiction"]
    while kills < 6:
        place = str(tmp_path / f"{kills}.sqlite")
        lives = watch_killed(once(place), blind[1], place, draw, 1.5)
        assert lives.head == head
        kills += max(lives.kills, 1)


def test_who_is_cut_off_by_a_shut_hatch_is_said_as_soon_as_they_say_where_they_are(
    seen: Leak, shut_s: tuple[float, float, list[Event]], tmp_path: Path
) -> None:
    place, at_s = str(tmp_path / "a.sqlite"), shut_s[0] + 300.0
    source = Speaking(seen[0], at_s, lambda: say(place, at_s, statements.crew_report, ["Boris"], "STORE"))
    events = watch(seen, place, source)
    (line,) = [e for e in events if e.kind == "heard"]
    assert (line.data["people"], line.data["compartment"]) == (["Boris"], "STORE")
    told = next(e for e in events if e.kind == "advice" and e.time_s >= at_s)
    assert told.time_s <= at_s + 120.0
    assert "Boris in STORE cannot reach Capsule through open hatches: open NODE-STORE first" in told.data["refused"]
    assert told.data["nobody_cut_off"] is None
    times = next(e for e in events if e.kind == "crew_time" and e.time_s >= at_s)
    who = {tuple(row["people"]) for row in times.data["crew"]}
    assert {("Boris",), ("Ada", "Chen")} <= who
    assert utc_text(at_s) == next(e.data for e in events if e.kind == "heard")["said_utc"]
