"""The terminal, driven by keys: what is on 24 lines of 80, acting on an alarm, looking back, a link that fails."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from commands import hullwatch
from hullwatch.cli.terminal import hour_after
from hullwatch.console.desk import Desk
from hullwatch.console.view import Fold, Moment, take, view
from hullwatch.errors import DescriptionError
from hullwatch.incident.signing import new_key
from hullwatch.incident.store import open_record
from hullwatch.records import Event
from hullwatch.tui import lines
from hullwatch.tui.near import Near
from hullwatch.tui.screen import Terminal
from short_cases import HATCHES
from watching import Cases, Watched


@pytest.fixture(scope="module")
def night(cases: Cases) -> Watched:
    """Three hours of a small ship with a leak."""
    return cases.watched(HATCHES)


@pytest.fixture
def desk(night: Watched, tmp_path: Path) -> Desk:
    """A desk in the middle of the leak."""
    count = next(k for k, event in enumerate(night.events) if event.kind == "alarm") + 6
    record = open_record(str(tmp_path / "record.sqlite"))
    record.append(night.events[:count])
    made = Desk(record)
    made.catch_up()
    return made


Drive = Callable[[Pilot[None]], Coroutine[Any, Any, None]]


def driven(app: Terminal, drive: Drive, size: tuple[int, int] = (80, 24)) -> None:
    """Run the terminal under a pilot."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await seen(pilot, lambda: app.told is not None)
            await drive(pilot)

    # in a thread of its own: a browser test before this one leaves its loop in the main thread
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()


async def seen(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(200):
        if true():
            return
        await pilot.pause(0.05)
    raise AssertionError("it never came")


def on(app: Terminal, name: str) -> str:
    """The text of a part."""
    return str(app.query_one(f"#{name}", Static).render())


def test_the_answers_are_on_24_lines_of_80(desk: Desk) -> None:
    app = Terminal(Near(desk), hour_after)

    async def drive(pilot: Pilot[None]) -> None:
        assert app.told is not None
        incident = app.told["incidents"][0]
        assert app.told["banner"]["class"].upper() in on(app, "title")
        assert "unacknowledged" in on(app, "title")
        assert "RECONSTRUCTED" in on(app, "title")
        assert app.told["banner"]["words"] in on(app, "verdict")
        assert "kg/day" in on(app, "figures")
        assert "RESERVE" in on(app, "figures")
        assert incident["location"][0]["compartment"] in on(app, "places")
        await seen(pilot, lambda: app.query_one("#alarms").region.height > 0)
        for name in ("title", "verdict", "figures", "places", "answers", "alarms", "more"):
            region = app.query_one(f"#{name}").region
            assert region.height > 0, name
            assert region.bottom <= 24, name
            assert region.right <= 80, name

    driven(app, drive)


def test_keys_act_on_the_alarm(desk: Desk) -> None:
    app = Terminal(Near(desk), hour_after)

    async def drive(pilot: Pilot[None]) -> None:
        assert app.query_one("#alarms", OptionList).option_count == 1
        await pilot.press("a")
        await seen(pilot, lambda: "acknowledged" in on(app, "title") and "unack" not in on(app, "title"))
        await pilot.press("c")
        await pilot.pause()
        app.screen.query_one(Input).value = "crew is told"
        await pilot.press("enter")
        await seen(pilot, lambda: bool(app.told and app.told["alarms"][0]["comments"]))
        await pilot.press("s")
        await seen(pilot, lambda: bool(app.told and app.told["alarms"][0]["state"] == "shelved"))

    driven(app, drive)
    (alarm,) = desk.view()["alarms"]
    assert alarm["comments"][0]["text"] == "crew is told"
    assert desk.record.verify().ok


def test_with_a_key_what_is_said_here_is_signed(desk: Desk) -> None:
    key = new_key("houston")
    look = Near(desk, "Ann", key)
    name = desk.view()["alarms"][0]["incident"]
    look.act(name, "acknowledge")
    look.act(name, "comment", comment="crew is told")
    (alarm,) = look.view()["alarms"]
    assert [(a["by"], a["centre"]) for a in alarm["actions"]] == [("Ann", "houston")] * 2
    assert desk.record.verify().statements == {"houston": 3}  # it joined first
    with pytest.raises(DescriptionError, match="joined the record"):
        Near(desk, "Ann", new_key("houston")).act(name, "comment", comment="another key")


def test_a_key_file_is_for_a_record_here_and_must_be_one(tmp_path: Path) -> None:
    far = hullwatch("tui", "http://127.0.0.1:1", "--key", "h.pem")
    assert far.returncode == 1
    assert "--token" in far.stderr
    with open_record(str(tmp_path / "record.sqlite")) as record:
        record.append([Event(1.9e9, "watch_started", None, {})])
    (tmp_path / "h.pem").write_text("nothing")
    near = hullwatch("tui", tmp_path, "--key", tmp_path / "h.pem")
    assert near.returncode == 1
    assert f"{tmp_path / 'h.pem'}: key" in near.stderr


def test_what_the_table_forbids_is_said_and_nothing_breaks(desk: Desk) -> None:
    app = Terminal(Near(desk), hour_after)

    async def drive(pilot: Pilot[None]) -> None:
        await pilot.press("u")  # nothing is on the shelf
        await seen(pilot, lambda: any("unshelve" in note.message for note in app._notifications))

    head = desk.record.head
    driven(app, drive)
    assert desk.record.head == head


def test_looking_back_shows_what_was_known_then(desk: Desk) -> None:
    app = Terminal(Near(desk), hour_after)

    async def drive(pilot: Pilot[None]) -> None:
        newest = desk.view()["seq"]
        await pilot.press("left")
        await seen(pilot, lambda: "AS KNOWN THEN" in on(app, "title"))
        assert app.told is not None
        assert app.told["seq"] < newest
        for _ in range(30):
            await pilot.press("left")
        await seen(pilot, lambda: not (app.told or {})["incidents"])
        await pilot.press("l")
        await seen(pilot, lambda: "AS KNOWN THEN" not in on(app, "title") and (app.told or {})["seq"] == newest)

    driven(app, drive)


def test_a_link_that_fails_keeps_the_last_view_and_says_so(desk: Desk) -> None:
    class Failing(Near):
        broken = False

        def view(self, seq: int | None = None) -> dict[str, Any]:
            if self.broken:
                raise OSError("no route")
            return super().view(seq)

    look = Failing(desk)
    app = Terminal(look, hour_after)

    async def drive(pilot: Pilot[None]) -> None:
        look.broken = True
        await seen(pilot, lambda: "What is shown is old" in on(app, "verdict"))
        assert "kg/day" in on(app, "figures")

    driven(app, drive)


def test_text_of_the_record_is_never_markup_and_never_obeyed() -> None:
    wild = "[red]not red[/] \x1b[31m \u202e \x07 [link=x]"
    events = [
        Event(1.9e9, "watch_started", None, {"title": wild, "reconstructed": True}),
        Event(1.9e9, "incident_opened", "X", {"why": wild, "onset_utc": None}),
        Event(
            1.9e9, "alarm", "X", {"alarm_class": "caution", "state": "unacknowledged", "trigger": "raise", "text": wild}
        ),
        Event(1.9e9, "operation", None, {"kind": wild, "state": wild, "why": wild}),
    ]
    fold = Fold()
    for seq, event in enumerate(events, 1):
        take(fold, seq, event)
    told = view(fold, Moment())
    parts = [
        lines.title(told, True),
        lines.verdict(told),
        lines.figures(told),
        lines.places(told),
        lines.timeline(told),
    ]
    parts += [lines.answers(told), lines.channels(told), *(text for _, text in lines.alarm_lines(told))]
    for text in parts:
        assert isinstance(text, Text)
        assert all(letter.isprintable() or letter == "\n" for letter in text.plain)
    assert "[red]not red[/]" in lines.timeline(told).plain


def test_an_empty_record_is_shown(tmp_path: Path) -> None:
    with open_record(str(tmp_path / "empty.sqlite")) as record:
        app = Terminal(Near(Desk(record)), hour_after)

        async def drive(pilot: Pilot[None]) -> None:
            assert "UNDECIDED" in on(app, "title")
            await pilot.press("a", "left", "right", "d", "l")

        driven(app, drive)
