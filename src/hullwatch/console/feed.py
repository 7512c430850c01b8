"""The live feed: rows of the record as they are written, the view after them, and a clock, as server-sent events.

One task follows the record and wakes every viewer; each viewer has a cursor of its own and takes what it has not seen.
The record is the queue: a viewer that was away, or is slow, is given the rows it missed; none is kept for it in memory.
A viewer that takes nothing for `PATIENCE_S` is let go; it may come back with the number of the last row it saw.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hullwatch.console.desk import Desk
from hullwatch.records import Event
from hullwatch.units import utc_text

LOOK_S = 0.5
"""How often the record is looked at when nobody says that it has grown: another program may be writing it."""
VIEW_S, CLOCK_S = 0.25, 1.0
"""Seconds between two views on the long run, and between two words of the clock."""
BURST = 3
"""Views that are said at once after a rest: a verdict that follows another row does not wait for the next turn."""
PATIENCE_S = 15.0
"""How long a viewer may leave a message unread."""
RECENT = 1_000
"""Rows kept ready to send; who is further behind reads from the record."""
CHUNK = 250
"""Rows sent at once."""
VIEWERS = 500
"""Streams open at once; more are asked to come back later."""

log = logging.getLogger("hullwatch.console")


def row_json(seq: int, event: Event) -> dict[str, Any]:
    """A row of the record as the API gives it."""
    return {
        "seq": seq,
        "time_utc": utc_text(event.time_s),
        "time_s": event.time_s,
        "kind": event.kind,
        "incident": event.incident,
        "data": dict(event.data),
    }


def message(name: str, data: Any, seq: int | None = None) -> bytes:
    """One server-sent event; `seq` is what a browser sends back as Last-Event-ID."""
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    place = "" if seq is None else f"id: {seq}\n"
    return f"{place}event: {name}\ndata: {text}\n\n".encode()


class Feed:
    """Follows the record of a desk and wakes the viewers."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.viewers, self.dropped, self.sent = 0, 0, 0
        self.closing = False
        self.view: tuple[int, bytes] = (0, b"")  # its number, and the message
        self.clock: tuple[int, bytes] = (0, b"")
        self.pulse = asyncio.Event()  # set when there is something new, and then another one takes its place
        self._recent: list[bytes] = []  # messages of the last rows, the first of them of row `_first`
        self._first = desk.seq + 1
        self._counted = 0  # readings as last said
        self._woken = asyncio.Event()

    # --- following ----------------------------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Take in rows as they come, until cancelled."""
        loop = asyncio.get_running_loop()

        def grown() -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended, the watch is about to
                loop.call_soon_threadsafe(self._woken.set)

        self.desk.on_growth(grown)
        self._say_view()
        next_clock, owed = 0.0, False
        may, since = float(BURST), loop.time()  # views that may be said at once
        while not self.closing:
            rows = await asyncio.to_thread(self.desk.advance)
            self._recent += [message("row", row_json(seq, event), seq) for seq, event in rows]
            if len(self._recent) > 2 * RECENT:
                self._first += len(self._recent) - RECENT
                del self._recent[:-RECENT]
            owed = owed or bool(rows)
            now = loop.time()
            may, since = min(float(BURST), may + (now - since) / VIEW_S), now
            if owed and may >= 1.0:
                self._say_view()
                owed, may = False, may - 1.0
            if now >= next_clock:
                self._tick()
                next_clock = now + CLOCK_S
                self._wake()
            if rows:
                self._wake()
            if len(rows) < CHUNK:
                await self._rest(min([LOOK_S, next_clock - now, *([(1.0 - may) * VIEW_S] if owed else [])]))

    def close(self) -> None:
        """Let every viewer go."""
        self.closing = True
        self._woken.set()
        self._wake()

    def _say_view(self) -> None:
        view = self.desk.view()
        self.view = (self.view[0] + 1, message("view", view, view["seq"]))
        self._wake()

    def _tick(self) -> None:
        """The clock, and the readings where new ones came."""
        said = message("clock", self.desk.clock())
        if self.desk.link is not None and self.desk.readings.count != self._counted:
            self._counted = self.desk.readings.count
            said += message("readings", self.desk.channels())
        self.clock = (self.clock[0] + 1, said)

    def _wake(self) -> None:
        pulse, self.pulse = self.pulse, asyncio.Event()
        pulse.set()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), max(0.01, seconds))
        except TimeoutError:
            return
        self._woken.clear()

    # --- serving ------------------------------------------------------------------------------------------------------

    async def messages_after(self, seq: int) -> tuple[int, bytes]:
        """Rows after one that a viewer has seen, at most CHUNK of them: the last row's number, and the messages."""
        if seq + 1 >= self._first:
            rows = self._recent[seq + 1 - self._first :][:CHUNK]
            return seq + len(rows), b"".join(rows)
        missed = await asyncio.to_thread(self.desk.rows, seq, CHUNK)
        return (missed[-1][0] if missed else seq), b"".join(
            message("row", row_json(n, event), n) for n, event in missed
        )


class Stream(Response):
    """The feed to one viewer, from the row after `after`; without it, from now on with the view first."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, after: int | None, patience_s: float = PATIENCE_S) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.feed, self.after, self.patience_s = feed, after, patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve until the viewer leaves, the feed closes, or nothing is taken for too long."""
        self.feed.viewers += 1
        gone = asyncio.create_task(_gone(receive))
        try:
            await self._serve(send, gone)
        except TimeoutError:
            self.feed.dropped += 1
            log.warning(
                "a viewer took nothing for %g s and was let go; it may resume where it stopped", self.patience_s
            )
        finally:
            self.feed.viewers -= 1
            gone.cancel()

    async def _serve(self, send: Send, gone: "asyncio.Task[None]") -> None:
        feed = self.feed

        async def give(text: bytes, more: bool = True) -> None:
            async with asyncio.timeout(self.patience_s):
                await send({"type": "http.response.body", "body": text, "more_body": more})
            feed.sent += 1

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await give(b"retry: 1000\n\n")
        seq = feed.desk.seq if self.after is None else min(self.after, feed.desk.seq)
        view = clock = 0
        while not (feed.closing or gone.done()):
            pulse = feed.pulse  # taken before looking: what comes while looking sets this one
            before, (seq, rows) = seq, await feed.messages_after(seq)
            parts = [rows]
            if seq >= feed.desk.seq and view != feed.view[0]:
                view = feed.view[0]
                parts.append(feed.view[1])
            if clock != feed.clock[0]:
                clock = feed.clock[0]
                parts.append(feed.clock[1])
            if any(parts):
                await give(b"".join(parts))
            if seq == before:
                woken = asyncio.ensure_future(pulse.wait())
                await asyncio.wait({woken, gone}, return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
        await give(b"", more=False)


async def _gone(receive: Callable[[], Any]) -> None:
    """Until the viewer has closed the connection."""
    while True:
        said: Mapping[str, Any] = await receive()
        if said["type"] == "http.disconnect":
            return
