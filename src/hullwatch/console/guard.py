"""What stands before every request: host and origin, who speaks, how often, how much; and what every answer carries.

A page on another site can make a browser send requests here. It is stopped three times: the Host must be this console's
(against names that point here), an Origin must be its own, and words need a token that no browser sends by itself.
"""

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hullwatch.console.clock import Clock, steady_s
from hullwatch.console.tokens import Person, whose

BODY = 64 * 1024
"""Bytes of a request's body at most."""
SLOWEST_S = 10.0
"""How long a body may take to come."""
READS, WRITES = (100.0, 2_000.0), (2.0, 30.0)
"""Requests a second in the long run, and at once, of one address (reading) or one token (writing)."""
CALLERS = 10_000
"""Callers whose pace is remembered; the one unheard longest is forgotten first."""
SAFE = ("GET", "HEAD")
PRIVATE = ("/api/", "/metrics")
"""Paths that need a token when reading does; the page itself holds nothing, and must be there to take the token."""
ASKED = {"WWW-Authenticate": "Bearer"}
HEADERS: Mapping[str, str] = {
    # No inline script or style runs, nothing is loaded from elsewhere, nobody may frame the page.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; media-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Carried by every answer."""

log = logging.getLogger("hullwatch.console")


class Refusal(Exception):  # noqa: N818  # it is an answer, not a fault
    """A request that is not served: status, sentence, remedy."""

    def __init__(
        self, status: int, error: str, remedy: str, field: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status, self.error, self.remedy, self.field = status, error, remedy, field
        self.headers = dict(headers or {})
        super().__init__(error)

    def body(self) -> dict[str, Any]:
        """What the caller is told."""
        return {"error": self.error, "field": self.field, "remedy": self.remedy}


class Pace:
    """Token buckets: so many requests at once, refilled at so many a second, for each caller."""

    def __init__(self, rate: tuple[float, float], steady: Clock) -> None:
        self._per_s, self._most = rate
        self._steady = steady
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, caller: str) -> float:
        """Take one; 0.0 when there was one, else the seconds until there is."""
        now = self._steady()
        left, at = self._left.pop(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_s)
        allowed = left >= 1.0
        self._left[caller] = (left - 1.0 if allowed else left, now)
        if len(self._left) > CALLERS:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._per_s


class Guard:
    """ASGI middleware. `hosts`: what a Host header may say; `private`: reading needs a token too."""

    def __init__(
        self,
        app: ASGIApp,
        hosts: Sequence[str],
        people: Sequence[Person] = (),
        private: bool = False,
        steady: Clock = steady_s,
        pace: tuple[tuple[float, float], tuple[float, float]] = (READS, WRITES),
    ) -> None:
        self.app, self.hosts, self.people, self.private = app, frozenset(hosts), tuple(people), private
        self._reads, self._writes = Pace(pace[0], steady), Pace(pace[1], steady)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no WebSocket is served
            await send({"type": "websocket.close", "code": 1008})
            return
        marked = _marked(send)
        try:
            scope.setdefault("state", {})["person"] = self._allow(scope)
            if scope["method"] not in SAFE:
                receive = _again(await _body(receive), receive)
            await self.app(scope, receive, marked)
        except Refusal as refusal:
            log.info("refused %s: %s", scope["method"], refusal.error)
            await _refuse(refusal, marked)

    def _allow(self, scope: Scope) -> Person | None:
        """Who speaks; raises Refusal."""
        headers, writes = Headers(scope=scope), scope["method"] not in SAFE
        host = headers.get("host", "")
        if host.lower() not in self.hosts:
            raise Refusal(421, "This console does not answer to that host name", "Open it by the address it printed")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
            raise Refusal(403, "Another site may not speak to this console", "Use its own page, or a program")
        if writes and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Refusal(403, "Another site may not speak to this console", "Use its own page, or a program")
        if writes and origin is None and headers.get("sec-fetch-mode"):
            raise Refusal(403, "A browser must say which site it speaks for", "Use a browser that sends Origin")
        self._length(headers)
        caller = str((scope.get("client") or ("", 0))[0])
        self._wait(self._reads, caller)
        given = headers.get("authorization")
        person = self._person(given) if given is not None else None
        if writes or (self.private and scope["path"].startswith(PRIVATE)):
            if person is None:
                raise Refusal(401, "A token is needed", "Send `Authorization: Bearer TOKEN`", headers=ASKED)
            if writes and person.role != "operator":
                raise Refusal(403, f"{person.name} may look, not speak", "Use the token of an operator")
        if writes and person is not None:
            self._wait(self._writes, person.sha256)
        return person

    def _person(self, given: str) -> Person:
        scheme, _, token = given.partition(" ")
        person = whose(token.strip(), self.people) if scheme.lower() == "bearer" else None
        if person is None:
            raise Refusal(401, "That token is not known here", "Ask whoever runs this console for one", headers=ASKED)
        return person

    def _wait(self, pace: Pace, caller: str) -> None:
        wait_s = pace.wait_s(caller)
        if wait_s > 0.0:
            after = str(max(1, round(wait_s + 0.5)))
            raise Refusal(
                429, "Too many requests", f"Wait {after} s and ask less often", headers={"Retry-After": after}
            )

    def _length(self, headers: Headers) -> None:
        length = headers.get("content-length")
        if length is not None and (not length.isascii() or not length.isdigit()):
            raise Refusal(400, "Content-Length is no number", "Send the length of the body in bytes")
        if length is not None and (len(length) > 12 or int(length) > BODY):
            raise _too_long()


def _too_long() -> Refusal:
    return Refusal(413, f"The body is longer than {BODY // 1024} kB", "Say it in fewer words")


async def _body(receive: Receive) -> bytes:
    """The whole body; refused when it is too long, or too long in coming."""
    body: bytes = b""
    try:
        async with asyncio.timeout(SLOWEST_S):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > BODY:
                    raise _too_long()
                if message["type"] != "http.request" or not message.get("more_body"):
                    return body
    except TimeoutError as error:
        raise Refusal(408, f"The body did not come within {SLOWEST_S:g} s", "Send it faster") from error


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was taken, then whatever comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _marked(send: Send) -> Send:
    """The same, with the headers every answer carries."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            more = [(name.lower().encode(), text.encode()) for name, text in HEADERS.items()]
            message["headers"] = [*message.get("headers", ()), *(pair for pair in more if pair[0] not in present)]
        await send(message)

    return marked


async def _refuse(refusal: Refusal, send: Send) -> None:
    body = json.dumps(refusal.body()).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **refusal.headers}
    listed = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": listed})
    await send({"type": "http.response.body", "body": body})
