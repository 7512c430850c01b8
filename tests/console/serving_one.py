"""One console in a thread, over a real socket, and a way to ask it anything."""

import http.client
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hullwatch.console.app import Access, create_app
from hullwatch.console.client import Console
from hullwatch.console.desk import Desk, Link
from hullwatch.console.readings import Readings
from hullwatch.console.serving import Server, host_names, open_door
from hullwatch.console.tokens import Person, digest
from hullwatch.incident.signing import CentreKey
from hullwatch.incident.store import Record, open_record
from hullwatch.records import Event

HOUSTON = CentreKey("houston", Ed25519PrivateKey.from_private_bytes(b"h" * 32))
MOSCOW = CentreKey("moscow", Ed25519PrivateKey.from_private_bytes(b"m" * 32))
FREELY = ((1e6, 1e6), (1e6, 1e6))
"""A pace that stops nobody."""


def person(name: str, role: str, centre: str | None = None) -> Person:
    """Somebody whose token is `token of NAME`."""
    return Person(name, role, centre, digest(f"token of {name}"))


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Served:
    """A running console."""

    record: Record
    desk: Desk
    server: Server
    thread: threading.Thread
    port: int
    stopped: bool = field(default=False)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, name: str | None = None, timeout_s: float = 10.0) -> Console:
        """A client of the console, with the token of somebody."""
        return Console(self.address, f"token of {name}" if name else None, timeout_s)

    def ask(self, method: str, path: str, body: Any = None, name: str | None = None, **headers: str) -> Answer:
        """Send one request, as raw as it is given."""
        given = {key.replace("_", "-"): text for key, text in headers.items()}
        if name is not None:
            given["Authorization"] = f"Bearer token of {name}"
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if body is not None:
            given.setdefault("Content-Type", "application/json")
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20.0)
        try:
            link.request(method, path, sent, given)
            answer = link.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            link.close()

    def stop(self) -> None:
        """End it, and close its record."""
        if not self.stopped:
            self.stopped = True
            self.server.should_exit = True
            self.thread.join(10.0)
            self.record.close()
            assert not self.thread.is_alive()


def served(
    path: str,
    people: Sequence[Person] = (),
    keys: Sequence[CentreKey] = (),
    read_only: bool = False,
    private: bool = False,
    pace: Any = FREELY,
    link: Link | None = None,
    readings: Readings | None = None,
    port: int = 0,
    **clocks: Any,
) -> Served:
    """Serve a record on a free port."""
    record = open_record(path, read_only=read_only)
    desk = Desk(record, readings, link, **clocks)
    desk.catch_up()
    door = open_door("127.0.0.1", port)
    port = door.getsockname()[1]
    access = Access(host_names("127.0.0.1", port, []), people, {key.centre: key for key in keys}, private)
    app = create_app(desk, access, pace)
    server = Server(
        uvicorn.Config(
            app, log_level="critical", access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=2
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    return Served(record, desk, server, thread, port)


Start = Callable[..., Served]
"""What the fixture `start` gives."""


def leaking_part(events: Sequence[Event]) -> int:
    """How many events there are when the alarm stands: after the first estimate that follows it."""
    return next(k for k, event in enumerate(events) if event.kind == "alarm") + 3
