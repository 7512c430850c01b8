"""Requests that nobody well-meaning sends, drawn from what the API says of itself, and the app called without a socket.

`python tests/console/hostile.py --requests 200000` sends so many and says what came back.
"""

# ruff: noqa: E501  # tables of what is sent read best in long lines

import asyncio
import collections
import gzip
import json
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hullwatch.console.app import Access, create_app
from hullwatch.console.desk import Desk
from hullwatch.console.feed import Feed
from hullwatch.console.tokens import Person, digest
from hullwatch.incident.signing import CentreKey
from hullwatch.incident.store import open_record
from hullwatch.records import Event

T0 = 1.9e9
LEAK = "AIR-2030-03-17-1"
KEY = CentreKey("houston", Ed25519PrivateKey.from_private_bytes(b"h" * 32))
TEXTS = (
    "", " ", "0", "-1", "1", "9" * 30, "1e999", "nan", "NaN", "null", "true", "../../etc/passwd", "..\\..\\x", "%00", "\x00",
    "\ud800", "\U0010ffff", "é" * 300, "x" * 5_000, "' OR 1=1 --", '"; DROP TABLE events; --', "<script>alert(1)</script>",
    "{{7*7}}", "${jndi:ldap://x}", "\r\nSet-Cookie: a=b", "2030-03-17T17:47:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00+23:59",
    "-0001-01-01", "2030-02-30", "houston", "moscow", LEAK, "a/b", "node", "acknowledge", "shelve", "found", "ultrasound",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 10**400, 1.5, -0.0, 1e308, [], {}, [[]], {"": ""}, {"a": {"b": [None]}}, [1] * 1_000,
)  # fmt: skip
RIGHT = {"incident": LEAK, "hatch": "node-lab", "number": "1", "decision": "houston-1", "limit": "evacuate"}
RAW = (
    b"", b"{", b"}", b"null", b"[" * 60_000, b'{"a":' * 10_000, b"\xff\xfe", b'{"open": NaN}', b'{"open": Infinity}',
    b'"\\ud800"', b'{"open": true, "open": false}', b"open=true", b"\x00" * 100, b'{"note": "\\u0000"}', b" " * 65_536,
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """One request, as it goes over the wire."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What came back, and the processor time it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    spent_s: float


class Target:
    """An app over a fresh record, asked one request at a time."""

    hosts = ("here:1",)

    def __init__(self, folder: Path) -> None:
        self.record = open_record(str(folder / f"record-{time.monotonic_ns()}.sqlite"))
        self.record.append(beginning())
        desk = Desk(self.record)
        desk.catch_up()
        people = [Person("flight", "operator", "houston", digest("op")), Person("look", "viewer", None, digest("view"))]
        freely = ((1e9, 1e9), (1e9, 1e9))
        self.app = create_app(desk, Access(self.hosts, people, {"houston": KEY}), freely)
        self.app.state.feed = Feed(desk)
        self.app.state.feed.close()  # a stream ends at once: what is tested is the asking
        self.desk, self.elsewhere = desk, ThreadPoolExecutor(1)
        paths = self.app.openapi()["paths"]
        self.operations = [
            (
                method.upper(),
                path,
                [p["name"] for p in op.get("parameters", ()) if p["in"] == "query"],
                _fields(self.app, op),
            )
            for path, ops in paths.items()
            for method, op in ops.items()
        ]

    def ask(self, request: Request) -> Reply:
        """Send one request, and take in what it wrote."""
        begun = time.process_time()
        # in a thread of its own: a browser of other tests may have its event loop in this one
        status, headers, body = self.elsewhere.submit(lambda: asyncio.run(self._call(request))).result()
        self.desk.catch_up()
        return Reply(status, headers, body, time.process_time() - begun)

    async def _call(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method, "scheme": "http",
            "path": request.path, "raw_path": request.path.encode("utf-8", "replace"), "root_path": "",
            "query_string": request.query.encode("latin-1", "replace"), "headers": list(request.headers),
            "client": ("127.0.0.1", 1), "server": ("here", 1), "state": {}, "app": self.app,
        }  # fmt: skip
        sent: list[dict[str, Any]] = []
        given = False

        async def receive() -> dict[str, Any]:
            nonlocal given
            if given:
                await asyncio.sleep(3_600)
            given = True
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        async with asyncio.timeout(20.0):  # longer is a hang
            await self.app(scope, receive, send)
        start = next(m for m in sent if m["type"] == "http.response.start")
        headers = {name.decode().lower(): text.decode("latin-1") for name, text in start["headers"]}
        return start["status"], headers, b"".join(m.get("body", b"") for m in sent)


def beginning() -> list[Event]:
    """A record with a place, a hatch, a limit and a leak whose alarm stands."""
    began = {
        "compartments": [{"id": "node", "name": "Node", "craft": None}, {"id": "lab", "name": "Lab", "craft": None}],
        "hatches": [{"id": "node-lab", "between": ["node", "lab"], "open": True}],
        "limits": [{"id": "evacuate", "value_pa": 65_000.0}],
    }
    alarm = {"alarm_class": "caution", "state": "unacknowledged", "trigger": "raise", "text": "leak"}
    return [
        Event(T0, "watch_started", None, began),
        Event(T0, "groups_changed", None, {"groups": [["node", "lab"]], "hatches": {"node-lab": True}, "changed": []}),
        Event(T0 + 1, "incident_opened", LEAK, {"medium": "air"}),
        Event(T0 + 1, "alarm", LEAK, alarm),
    ]


def _fields(app: Any, operation: dict[str, Any]) -> list[str]:
    """Names of the fields of an operation's body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = app.openapi()["components"]["schemas"].get(name, {})
    return list(schema.get("properties", ()))


def hostile(chance: random.Random, target: Target) -> Request:
    """A request: an operation that exists, most things about it wrong, or right."""
    method, path, query, fields = chance.choice(target.operations)
    for name, right in RIGHT.items():
        path = path.replace(f"{{{name}}}", chance.choice(TEXTS) if chance.random() < 0.3 else right)
    if chance.random() < 0.05:
        method = chance.choice(("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "\x00", "GET", "POST"))
    asked = "&".join(f"{name}={quote(_text(chance), errors='replace')}" for name in query if chance.random() < 0.5)
    headers = {"host": "here:1", "content-type": "application/json"}
    if chance.random() < 0.95:
        headers["authorization"] = chance.choice(("Bearer op",) * 30 + ("Bearer view", "Bearer", "Basic b3A=", "\xff"))
    for name in (
        "host",
        "origin",
        "content-type",
        "content-length",
        "last-event-id",
        "accept-encoding",
        "transfer-encoding",
    ):
        if chance.random() < 0.02:
            headers[name] = chance.choice(
                ("gzip", "-1", "1e9", "http://evil", "text/plain", "multipart/form-data", "\xff" * 50)
            )
    body = b"" if method == "GET" else _body(chance, fields)
    wire = tuple((name.encode(), text.encode("latin-1", "replace")) for name, text in headers.items())
    return Request(method, path, asked, wire, body)


def _text(chance: random.Random) -> str:
    if chance.random() < 0.8:
        return chance.choice(TEXTS)
    return "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(12)))


def _value(chance: random.Random, depth: int = 0) -> Any:
    roll = chance.random()
    if roll < 0.45:
        return _text(chance)
    if roll < 0.8 or depth > 3:
        return chance.choice(VALUES)
    if roll < 0.9:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {_text(chance): _value(chance, depth + 1) for _ in range(chance.randrange(4))}


def _body(chance: random.Random, fields: list[str]) -> bytes:
    if chance.random() < 0.1:
        return chance.choice(RAW)
    share = chance.choice((0.3, 0.9, 1.0))  # of fields that are as they should be
    said = {name: _value(chance) for name in fields if chance.random() < 0.8}
    if share < 1.0 and chance.random() < 0.2:
        said[_text(chance)] = _value(chance)
    if "action" in said and chance.random() < share:
        said["action"] = chance.choice(("acknowledge", "comment", "own", "shelve", {"shut": ["node-lab"]}))
    for name, right in (("open", (True, False)), ("agree", (True, False)), ("why", ("because",)), ("value_pa", (7e4,)),
                        ("kind", ("found", "report")), ("observed", ({"compartment": "lab"}, {})), ("needs", (None, [])),
                        ("note", ("",)), ("what", ("shut it",)), ("incident", (None, LEAK)), ("time_utc", (None,)),
                        ("comment", ("so",)), ("owner", ("Ann",)), ("until_utc", ("2030-03-17T18:00:00Z",))):  # fmt: skip
        if name in said and chance.random() < share:
            said[name] = chance.choice(right)
    return json.dumps(said).encode("utf-8", "surrogatepass")


def wrong_with(request: Request, reply: Reply) -> str:
    """What is wrong with an answer; empty when it is as it should be."""
    if reply.status >= 500 and not (reply.status == 503 and request.path.endswith(("stream", "healthz"))):
        return f"status {reply.status}"
    if reply.spent_s > 5.0:
        return f"{reply.spent_s:.1f} s"
    if "set-cookie" in reply.headers or reply.headers.get("content-security-policy") is None:
        return "headers"
    if reply.status >= 400 and request.method != "HEAD":
        packed = reply.headers.get("content-encoding") == "gzip"
        said = json.loads((gzip.decompress(reply.body) if packed else reply.body).decode("ascii"))
        if set(said) != {"error", "field", "remedy"} or not said["error"]:
            return f"said {said}"
    return ""


def main() -> int:
    """Send many; the exit code says whether all was well."""
    asked = int(sys.argv[sys.argv.index("--requests") + 1]) if "--requests" in sys.argv else 10_000
    seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 1
    chance, counts, slowest, bad = random.Random(seed), collections.Counter[int](), 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        target = Target(Path(folder))
        for number in range(asked):
            if target.desk.seq > 2_000:  # a fresh record, so that a long run does not measure a long record
                assert target.record.verify().ok
                target.record.close()
                target = Target(Path(folder))
            request = hostile(chance, target)
            reply = target.ask(request)
            counts[reply.status] += 1
            slowest = max(slowest, reply.spent_s)
            if said := wrong_with(request, reply):
                bad += 1
                print(f"{number}: {said}: {request!r}"[:600])
        assert target.record.verify().ok
        target.record.close()
    print(f"{asked} requests (seed {seed}): {dict(sorted(counts.items()))}; slowest {slowest:.2f} s; wrong {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
