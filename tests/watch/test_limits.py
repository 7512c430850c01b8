"""Limits that people change while the watch runs: class and reserve time follow, and a restart changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from going_on import Killed, Leak, Speaking, watch

from hullwatch.errors import DescriptionError, OutOfRange
from hullwatch.incident import statements
from hullwatch.incident.standing import KINDS, standing
from hullwatch.incident.store import open_record
from hullwatch.records import Event, Samples
from hullwatch.telemetry.source import Recording
from hullwatch.units import utc_text
from hullwatch.watch.limits import Limits, hear, in_force, next_s, take
from watching import Cases

LIMIT = "evacuate"


@pytest.fixture(scope="module")
def leak(cases: Cases) -> Leak:
    watched = cases.watched("demo-leak")
    whole = next(iter(watched.source.blocks(watched.source.rows)))
    return Recording(watched.source.name, whole, watched.source.provenance, watched.source.notes), watched.ship


def change(place: str, value_pa: float, at_s: float, until_s: float | None = None) -> None:
    """Somebody sets the limit, as `hullwatch record say` does."""
    with open_record(place) as record:
        here = standing(record.events(kind=KINDS), at_s)
        until = None if until_s is None else utc_text(until_s)
        record.append([statements.limit_changed(here, at_s, LIMIT, value_pa, "EVA preparation", "Ann", until)])


def alarmed(events: list[Event]) -> float:
    return next(event.time_s for event in events if event.kind == "alarm")


def reserves(events: list[Event]) -> list[dict[str, Any]]:
    """What estimates say of the limit, where they reach it."""
    found = [one for event in events if event.kind == "estimate" for one in event.data["reserve_time_s"]]
    return [dict(one) for one in found if one["limit"] == LIMIT]


@pytest.fixture(scope="module")
def plain(leak: Leak, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    place = str(tmp_path_factory.mktemp("plain") / "a.sqlite")
    watch(leak, place)
    with open_record(place, read_only=True) as record:
        return list(record.events())


def limit_pa(leak: Leak) -> float:
    return next(limit.value_pa.value for limit in leak[1].limits if limit.id == LIMIT)


@pytest.fixture(scope="module")
def moved(leak: Leak, plain: list[Event], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, float]:
    """A record in which the limit was raised to just below the pressure half an hour after the alarm, and lowered
    again well below after another half hour; and when it was raised."""
    place = str(tmp_path_factory.mktemp("moved") / "a.sqlite")
    at_s = alarmed(plain) + 1800.0
    now = next(event.data["pressure_pa"] for event in plain if event.kind == "estimate" and event.time_s >= at_s)

    class Twice(Speaking):
        def blocks(self, rows: int = 1) -> Iterator[Samples]:
            first = Speaking(self._source, at_s, lambda: change(place, now - 100.0, at_s))
            again = Speaking(first, at_s + 1800.0, lambda: change(place, 20_000.0, at_s + 1800.0))
            return again.blocks(rows)

    watch(leak, place, Twice(leak[0], at_s, lambda: None))
    return place, at_s


def test_reserve_time_and_class_follow_from_its_moment_on(
    leak: Leak, plain: list[Event], moved: tuple[str, float]
) -> None:
    place, at_s = moved
    with open_record(place, read_only=True) as record:
        assert record.verify().ok
        events = list(record.events())
    own = [event for event in events if event.kind not in ("heard", "limit_changed")]
    assert [e for e in own if e.time_s < at_s] == [e for e in plain if e.time_s < at_s]
    first, second = (event for event in events if event.kind == "heard")
    assert at_s <= first.time_s <= at_s + 60.0  # at the first frame of the block in which it was heard
    assert first.data["was_pa"] == limit_pa(leak)
    assert first.data["by"] == "Ann"
    before = reserves([e for e in events if e.time_s < first.time_s])[-1]
    near = reserves([e for e in events if first.time_s <= e.time_s < second.time_s])
    far = reserves([e for e in events if e.time_s >= second.time_s])
    assert near[0]["value_pa"] == first.data["value_pa"]
    assert near[0]["median"] < 0.2 * before["median"]
    assert all(one["value_pa"] == 20_000.0 and one["median"] > before["median"] for one in far)
    said = [(e.data["trigger"], e.data["alarm_class"]) for e in events if e.kind == "alarm" and e.time_s >= at_s]
    usual = [e.data["alarm_class"] for e in plain if e.kind == "alarm"][-1]
    assert said[:2] == [("escalate", "emergency"), ("ease", usual)]  # a hundred pascals away, then far off again
    crew = [e for e in events if e.kind == "crew_time" and first.time_s <= e.time_s <= first.time_s + 120.0]
    assert crew or not any(e.kind == "crew_time" for e in plain)


@pytest.mark.parametrize("after_s", [-600.0, 30.0, 600.0, 4000.0])
@pytest.mark.parametrize("forget", [False, True])
def test_a_watch_cut_off_leaves_the_same_record_with_its_memory_or_without(
    leak: Leak, moved: tuple[str, float], tmp_path: Path, after_s: float, forget: bool
) -> None:
    """The record as far as it went, begun again by the same command, with all that was said in it."""
    place, at_s = moved
    with open_record(place, read_only=True) as whole:
        rows, head = list(whole.rows()), whole.head[1]
    other = str(tmp_path / "b.sqlite")
    if forget:
        with open_record(other) as made:
            made.extend(row for row in rows if row.seq <= next(r.seq for r in rows if r.time_s >= at_s + after_s))
    else:
        stop = at_s + after_s
        said = [row.event for row in rows if row.kind == "limit_changed"]

        def say(k: int) -> Callable[[], None]:
            def append() -> None:
                with open_record(other) as record:
                    record.append([said[k]])

            return append

        first = Speaking(leak[0], said[0].time_s, say(0))
        again = Speaking(first, said[1].time_s, say(1))
        with pytest.raises(Killed):
            watch(leak, other, again, stop)
    with open_record(other, read_only=True) as record:
        missing = [row.event for row in rows if row.kind == "limit_changed"][
            len(list(record.events("limit_changed"))) :
        ]
    source: Any = leak[0]
    for event in missing:
        source = Speaking(source, event.time_s, lambda event=event: _append(other, event))  # type: ignore[misc]
    watch(leak, other, source)
    with open_record(other, read_only=True) as record:
        assert record.verify().ok
        assert [row.content for row in record.rows()] == [row.content for row in rows]
        assert record.head[1] == head


def _append(place: str, event: Event) -> None:
    with open_record(place) as record:
        record.append([event])


def test_one_set_for_a_time_ends_by_itself(leak: Leak, plain: list[Event], tmp_path: Path) -> None:
    place, at_s = str(tmp_path / "a.sqlite"), alarmed(plain) + 1800.0
    source = Speaking(leak[0], at_s, lambda: change(place, 60_000.0, at_s, at_s + 1200.0))
    watch(leak, place, source)
    with open_record(place, read_only=True) as record:
        events = list(record.events())
    first, second = (event for event in events if event.kind == "heard")
    assert (second.data["what"], second.data["value_pa"]) == ("limit_ended", limit_pa(leak))
    assert second.time_s == pytest.approx(at_s + 1200.0, abs=1.5)
    values = {one["value_pa"] for one in reserves([e for e in events if e.time_s >= second.time_s])}
    assert values == {limit_pa(leak)}
    assert standing(events, second.time_s).limits_pa[LIMIT] == limit_pa(leak)
    assert standing(events, first.time_s).limits_pa[LIMIT] == 60_000.0


def said(limit: object = LIMIT, value: object = 6e4, until: object = None) -> Event:
    return Event(10.0, "limit_changed", None, {"limit": limit, "value_pa": value, "until_utc": until, "by": "A"})


def test_a_second_word_on_a_limit_replaces_the_first_and_its_end(leak: Leak) -> None:
    ship = leak[1]
    limits = hear(Limits(), ship, [(10.0, said(until=utc_text(50.0))), (20.0, said(value=7e4))])
    assert next_s(limits) == 10.0
    limits, lines = take(limits, ship, 10.0)
    assert len(lines) == 1
    assert next_s(limits) == 20.0
    limits, lines = take(limits, ship, 60.0)
    assert [line.data["value_pa"] for line in lines][-1] == 7e4
    assert dict(limits.changed) == {LIMIT: 7e4}
    assert limits.ends == ()
    assert in_force(ship, Limits()) is ship
    assert {x.value_pa.value for x in in_force(ship, limits).limits if x.id == LIMIT} == {7e4}
    assert replace(in_force(ship, limits), limits=ship.limits) == ship


@pytest.mark.parametrize(
    "wrong", [said("attic"), said(None), said(value="x"), said(value=float("nan")), said(value=True), said(value=-1.0)]
)
def test_what_cannot_be_on_this_ship_is_refused(leak: Leak, wrong: Event) -> None:
    with pytest.raises(DescriptionError):
        hear(Limits(), leak[1], [(0.0, wrong)])
    with pytest.raises(OutOfRange):
        hear(Limits(), leak[1], [(0.0, said(until="tomorrow"))])
