"""Runs the console: the server on its socket, the watch in a thread of its own, and a clean end of both."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import uvicorn
from fastapi import FastAPI

from hullwatch.console.clock import steady_s
from hullwatch.console.desk import Desk
from hullwatch.errors import OutOfRange, RecordError
from hullwatch.incident import signing
from hullwatch.incident.signing import CentreKey
from hullwatch.records import Samples

if TYPE_CHECKING:
    from hullwatch.telemetry.source import Source

GRAIN_S = 0.1
"""Seconds between two looks at whether paced telemetry is due."""
ROWS = 20_000
"""Readings of a block while nothing is paced: the record grows in steps small enough to be looked at."""


class Stopped(KeyboardInterrupt):
    """The console was asked to end while a watch runs: the watch ends as on Ctrl-C, with its record closed."""


class Pacer:
    """Hands telemetry over as fast as it was measured, times `rate`; before `from_s`, and at rate 0, at once."""

    def __init__(self, rate: float, from_s: float, heard: Callable[[Samples], None]) -> None:
        self.rate, self.from_s, self.heard = rate, from_s, heard
        self.stop = threading.Event()

    def blocks(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The same readings, in blocks cut where their time has come."""
        started_s: float | None = None
        for block in blocks:
            arrived = np.maximum.accumulate(block.time_s)  # a late reading comes when it came
            at = 0
            while at < arrived.size:
                if self.rate <= 0.0 or arrived[at] < self.from_s:
                    early = int(np.searchsorted(arrived, self.from_s)) if self.rate > 0.0 else arrived.size
                    stop = min(at + ROWS, early)
                else:
                    if started_s is None:
                        started_s, first_s = steady_s(), float(arrived[at])
                    stop = int(np.searchsorted(arrived, first_s + (steady_s() - started_s) * self.rate, side="right"))
                if self.stop.wait(0.0 if stop > at else GRAIN_S):
                    raise Stopped
                if stop > at:
                    part = Samples(block.time_s[at:stop], block.item[at:stop], block.value[at:stop], block.items)
                    self.heard(part)
                    yield part
                    at = stop


class Paced:
    """A source that hands its readings over at a pace."""

    def __init__(self, source: "Source", pacer: Pacer) -> None:
        self._source, self._pacer = source, pacer
        self.name, self.provenance, self.notes, self.rows = source.name, source.provenance, source.notes, source.rows

    def blocks(self, rows: int = 262_144) -> Iterator[Samples]:
        """The readings, when their time has come."""
        return self._pacer.blocks(self._source.blocks(rows))


class Server(uvicorn.Server):
    """Lets viewers of the feed go before it waits for their connections to close."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        app = self.config.app
        feed = getattr(app.state, "feed", None) if isinstance(app, FastAPI) else None
        if feed is not None:
            feed.close()
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def serve(app: FastAPI, door: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until Ctrl-C. No request is logged: paths could hold what is nobody's business."""
    logging.getLogger("uvicorn.error").addFilter(_not_noise)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=3, timeout_keep_alive=30,
        limit_concurrency=1_200, server_header=False, date_header=True, ws="none", proxy_headers=False,
        h11_max_incomplete_event_size=32_768,
    )  # fmt: skip
    ready()
    Server(config).run(sockets=[door])


def _not_noise(said: logging.LogRecord) -> bool:
    """A viewer that was let go is told by the feed already."""
    return "without completing response" not in said.getMessage()


def open_door(host: str, port: int) -> socket.socket:
    """A socket that listens; OutOfRange when the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen(512)  # who comes before the server runs waits, and is not refused
    except OSError as error:
        door.close()
        allowed = f"a free port of this machine ({host}: {error.strerror}); another one with --port"
        raise OutOfRange("port", port, allowed) from error
    return door


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def host_names(host: str, port: int, names: Sequence[str]) -> list[str]:
    """What a Host header may say: the address, and names given; with the port, and without it where it is 80."""
    own = ["127.0.0.1", "localhost", "[::1]"] if is_loopback(host) else [f"[{host}]" if ":" in host else host]
    all_names = [name.lower() for name in (*own, *names)]
    return [f"{name}:{port}" for name in all_names] + (all_names if port in (80, 443) else [])


def read_keys(files: Sequence[str]) -> dict[str, CentreKey]:
    """The private keys of centres, by centre."""
    keys: dict[str, CentreKey] = {}
    for file in files:
        try:
            key = signing.from_pem(Path(file).read_bytes(), file)
        except OSError as error:
            raise RecordError(file, f"cannot be read ({error.strerror})", "Give the file of a centre's key") from error
        keys[key.centre] = key
    return keys


class WatchThread(threading.Thread):
    """Runs a watch beside the server. What goes wrong is said on the console, which goes on."""

    def __init__(self, desk: Desk, watch: Callable[[], bool], pacer: Pacer) -> None:
        super().__init__(name="hullwatch-watch")
        self.desk, self.watch, self.pacer = desk, watch, pacer
        self.interrupted = False

    def run(self) -> None:
        """Watch to the end of the source, or until stopped."""
        try:
            self.interrupted = self.watch()
        except Stopped:  # before its first block
            self.interrupted = True
        except Exception as error:
            self.desk.watch_failed = f"The watch ended: {error}"
            logging.getLogger("hullwatch.console").exception("the watch ended")
        self.desk.grown()

    def end(self) -> None:
        """Stop it and wait until its record is closed."""
        self.pacer.stop.set()
        self.join()
