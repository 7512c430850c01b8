"""Lines are said as they become known: a verdict never waits for the plan that follows from it."""

import numpy as np
import pytest

from hullwatch.records import Event
from hullwatch.telemetry.source import Recording
from hullwatch.watch import run
from hullwatch.watch.saying import Saying, gathered
from watching import Cases

VERDICT = ("incident_opened", "incident_state", "alarm", "estimate")


def lines(*names: str) -> tuple[Event, ...]:
    return tuple(Event(0.0, name, None, {}) for name in names)


def saying() -> Saying:
    yield lines("a")
    yield ()
    yield lines("b", "c")
    yield None
    yield None
    yield lines("d")
    return "memory"  # type: ignore[return-value]


def test_lines_before_a_pause_are_handed_over_and_the_rest_given_back() -> None:
    early: list[tuple[Event, ...]] = []
    assert gathered(saying(), early.append) == ("memory", lines("d"))
    assert early == [lines("a", "b", "c")]
    assert gathered(saying()) == ("memory", lines("a", "b", "c", "d"))


@pytest.mark.parametrize("rows", [1_500, 262_144])
def test_what_is_judged_is_kept_before_what_to_do_is_planned(cases: Cases, rows: int) -> None:
    watched = cases.watched("demo-leak")
    batches: list[tuple[Event, ...]] = []
    run(watched.source, watched.ship, 1.0, batches.append, rows=rows)
    assert tuple(event for batch in batches for event in batch) == watched.events
    plans = [k for k, batch in enumerate(batches) if any(event.kind == "advice" for event in batch)]
    assert plans
    for k in plans:
        first = next(n for n, event in enumerate(batches[k]) if event.kind == "advice")
        assert not [event.kind for event in batches[k][:first] if event.kind in VERDICT]


def test_it_stops_between_blocks_and_never_within_one(cases: Cases) -> None:
    watched = cases.watched("demo-leak")
    whole = next(iter(watched.source.blocks(watched.source.rows)))
    cut = int(np.searchsorted(whole.time_s, whole.time_s[0] + 3 * 3600.0))
    first = Recording("x", type(whole)(whole.time_s[:cut], whole.item[:cut], whole.value[:cut], whole.items))

    class Stopped(Recording):
        def blocks(self, rows: int = 1):  # type: ignore[no-untyped-def]
            yield from first.blocks(rows)
            raise KeyboardInterrupt

    events: list[Event] = []
    assert run(Stopped("x", whole), watched.ship, 1.0, events.extend)
    assert events[-1].kind == "watch_ended"
    assert events[-1].data["interrupted"] is True
    assert events[-1].data["readings"] == cut

    def broken(batch: tuple[Event, ...]) -> None:
        raise KeyboardInterrupt  # while rows are handed over: they may be there or not, so nothing more is written

    with pytest.raises(KeyboardInterrupt):
        run(first, watched.ship, 1.0, broken)
