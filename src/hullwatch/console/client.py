"""A small client of the console's API: ask, say, and follow the feed without missing a row.

    console = Console("http://127.0.0.1:8475", token="...")
    print(console.view()["banner"]["words"])
    for message in console.follow():
        if message.event == "row" and message.data["kind"] == "alarm":
            console.act(message.data["incident"], "acknowledge")

Standard library only, so that it can be copied beside a program that has nothing else.
"""

import http.client
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class Refused(Exception):  # noqa: N818  # an answer of the console
    """The console did not do what was asked: why, which field, and what would help."""

    def __init__(self, status: int, error: str, field: str | None = None, remedy: str | None = None) -> None:
        self.status, self.error, self.field, self.remedy = status, error, field, remedy
        super().__init__(f"{error}. {remedy}" if remedy else error)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the feed: `row`, `view`, `clock` or `readings`. seq: the last row it covers, where it says so."""

    event: str
    data: Any
    seq: int | None = None


class Console:
    """A console at an address. timeout_s: how long to wait for an answer, or between two messages of the feed."""

    def __init__(self, address: str, token: str | None = None, timeout_s: float = 10.0) -> None:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"{address!r} is no address of a console, for instance http://127.0.0.1:8475")
        self.base = f"{parts.scheme}://{parts.netloc}"
        self.token = token or (parts.fragment.removeprefix("token=") if parts.fragment.startswith("token=") else None)
        self.timeout_s = timeout_s

    # --- asking -------------------------------------------------------------------------------------------------------

    def view(self, seq: int | None = None, at: str | None = None) -> dict[str, Any]:
        """Everything the page shows: now, or as it was known at a row or a moment (ISO 8601 UTC)."""
        return dict(self._ask("/api/v1/view", {"seq": seq, "at": at}))

    def rows(
        self, after: int = 0, kind: str | None = None, incident: str | None = None, limit: int = 1_000
    ) -> list[dict[str, Any]]:
        """Rows of the record after a number, at most `limit`."""
        return list(self._ask("/api/v1/rows", {"after": after, "kind": kind, "incident": incident, "limit": limit}))

    def trend(self, start: str | None = None, to: str | None = None, points: int = 2_000) -> dict[str, Any]:
        """Pressure, gas and loss of each pressure group over time."""
        return dict(self._ask("/api/v1/trend", {"from": start, "to": to, "points": points}))

    def summary(self) -> dict[str, Any]:
        """The object that `hullwatch watch --json` prints."""
        return dict(self._ask("/api/v1/summary", {}))

    def health(self) -> dict[str, Any]:
        """Whether watch, telemetry and record are well."""
        try:
            return dict(self._ask("/healthz", {}))
        except Refused as refused:
            if refused.status == 503 and isinstance(refused.field, dict):
                return dict(refused.field)
            raise

    # --- saying -------------------------------------------------------------------------------------------------------

    def act(self, incident: str, action: str, **more: Any) -> dict[str, Any]:
        """Acknowledge, shelve (until_utc=...), suppress, own (owner=...) or comment the alarm of an incident."""
        return self._say(f"/alarms/{_quoted(incident)}/actions", {"action": action, **more})

    def give_evidence(self, kind: str, observed: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """What somebody saw, heard or read by hand, in SI."""
        return self._say("/evidence", {"kind": kind, "observed": dict(observed), **more})

    def report_hatch(self, hatch: str, is_open: bool, note: str = "") -> dict[str, Any]:
        """Report a hatch open or shut."""
        return self._say(f"/hatches/{_quoted(hatch)}/report", {"open": is_open, "note": note})

    def report_crew(self, people: Sequence[str], compartment: str, note: str = "") -> dict[str, Any]:
        """Report where people are."""
        return self._say("/crew/report", {"people": list(people), "compartment": compartment, "note": note})

    def propose(self, what: str, **more: Any) -> dict[str, Any]:
        """Put a decision (action={"shut": [...]}) to the centres it needs."""
        return self._say("/decisions", {"what": what, **more})

    def answer(self, decision: str, agree: bool, why: str = "") -> dict[str, Any]:
        """Agree to a decision, or refuse it."""
        return self._say(f"/decisions/{_quoted(decision)}/answers", {"agree": agree, "why": why})

    # --- following ----------------------------------------------------------------------------------------------------

    def follow(self, after: int | None = None, tries: int | None = None) -> Iterator[Message]:
        """Messages of the feed for ever; after a break it goes on from the last row seen, so that none is missed.

        after: begin with the row after this one; without it, with the view of now. tries: give up after so many
        failures on end (raising the last one); None: never.
        """
        failures = 0
        while True:
            try:
                for message in self._stream(after):
                    failures = 0
                    after = message.seq if message.seq is not None else after
                    yield message
            except (OSError, http.client.HTTPException, Refused) as error:
                if isinstance(error, Refused) and error.status not in (429, 503):
                    raise
                failures += 1
                if tries is not None and failures >= tries:
                    raise
            threading.Event().wait(min(0.5 * 2.0**failures, 10.0))

    def _stream(self, after: int | None) -> Iterator[Message]:
        request = self._request("/api/v1/stream", {})
        request.add_header("Accept", "text/event-stream")
        if after is not None:
            request.add_header("Last-Event-ID", str(after))
        name, data, seq = "message", list[str](), None
        with self._open(request) as answer:
            for line in answer:
                field, _, value = line.decode("utf-8").rstrip("\r\n").partition(":")
                value = value.removeprefix(" ")
                if field == "event":
                    name = value
                elif field == "data":
                    data.append(value)
                elif field == "id" and value.isdigit():
                    seq = int(value)
                elif not field and not value and data:  # an empty line ends a message
                    yield Message(name, json.loads("\n".join(data)), seq)
                    name, data, seq = "message", [], None

    # --- requests -----------------------------------------------------------------------------------------------------

    def _ask(self, path: str, query: Mapping[str, Any]) -> Any:
        with self._open(self._request(path, query)) as answer:
            return json.load(answer)

    def _say(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        request = self._request(f"/api/v1{path}", {})
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
        request.method = "POST"
        with self._open(request) as answer:
            return dict(json.load(answer))

    def _request(self, path: str, query: Mapping[str, Any]) -> urllib.request.Request:
        asked = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        request = urllib.request.Request(f"{self.base}{path}{'?' if asked else ''}{asked}")  # noqa: S310  # http(s) only
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        return request

    def _open(self, request: urllib.request.Request) -> Any:
        try:
            return urllib.request.urlopen(request, timeout=self.timeout_s)  # noqa: S310  # checked in __init__
        except urllib.error.HTTPError as error:
            with error:
                raise _refused(error.code, error.read()) from error
        except TimeoutError as error:
            raise TimeoutError(f"{self.base} does not answer within {self.timeout_s:g} s") from error


def _refused(status: int, body: bytes) -> Refused:
    try:
        said = json.loads(body)
        if "error" in said:
            return Refused(status, str(said["error"]), said.get("field"), said.get("remedy"))
        return Refused(status, str(said.get("why")), said)
    except (ValueError, TypeError, AttributeError):
        return Refused(status, body[:200].decode("utf-8", "replace") or f"status {status}")


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")
