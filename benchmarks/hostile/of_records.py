"""Records: lines to import, rows of a centre that is not trusted, databases, saved memory, statements and requests."""

# ruff: noqa: E501, E402, S101, N818  # tables of what is given read best in long lines

import functools
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2] / "tests" / folder) for folder in ("", "console", "report")]

import described
from judging import Kind
from mutating import bytes_of, json_bytes, json_of, one_text
from night import night

import hostile
from hullwatch.cli import recording
from hullwatch.console.desk import Desk
from hullwatch.console.station import station_svg
from hullwatch.errors import HullwatchError, RecordError
from hullwatch.incident.lines import to_lines
from hullwatch.incident.store import open_record
from hullwatch.records import Event
from hullwatch.report import report_html
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.observed import FIELDS, check_observed
from hullwatch.vehicle.observed import KINDS as OBSERVATIONS

T0 = 1.9e9


def _said() -> list[Event]:
    """What people say, of every kind."""
    who = {"by": "Ann", "centre": None}
    leak = hostile.LEAK
    return [
        Event(T0 + 2, "centre_joined", None, {"centre": "houston", "public_key": "ab" * 32, "by": "Ann"}),
        Event(T0 + 3, "alarm_action", leak, {"action": "acknowledge", "owner": None, "comment": "so", "until_utc": None, **who}),
        Event(T0 + 4, "evidence", leak, {"kind": "found", "observed": {"compartment": "lab"}, "note": "", **who}),
        Event(T0 + 5, "evidence_withdrawn", None, {"number": 1, "why": "", **who}),
        Event(T0 + 6, "hatch_report", None, {"hatch": "node-lab", "open": False, "note": "", **who}),
        Event(T0 + 7, "decision_proposed", leak, {"decision": "here-1", "what": "shut it", "action": {"shut": ["node-lab"], "open": []}, "needs": ["houston"], **who}),
        Event(T0 + 8, "decision_answered", leak, {"decision": "here-1", "agree": True, "why": "", "by": "Ann", "centre": "houston"}),
        Event(T0 + 9, "limit_changed", None, {"limit": "evacuate", "value_pa": 7e4, "why": "so", **who}),
    ]  # fmt: skip


@functools.cache
def _lines() -> tuple[str, ...]:
    """A whole record as exported lines."""
    with tempfile.TemporaryDirectory() as folder, open_record(str(Path(folder) / "r.sqlite")) as record:
        record.append([*night(), *hostile.beginning(), *_said()])
        return tuple("".join(to_lines(record.rows(), 2, *record.head)).splitlines())


def lines(chance: random.Random) -> dict[str, bytes]:
    """Exported lines made wrong."""
    first, *rows = _lines()
    rows = rows[: chance.choice((3, 40))]
    at = chance.randrange(len(rows))
    if chance.random() < 0.8:  # a first line that names no end
        first = json.dumps({"hullwatch_record": 2, "rows": 0, "head": "0" * 64})
    made = [first, *rows]
    if chance.random() < 0.7:
        made[at + 1] = json_bytes(chance, json_of(chance, json.loads(rows[at]))).decode("utf-8", "replace")
    text = "\n".join(made).encode("utf-8", "replace")
    return {"r.jsonl": text if chance.random() < 0.6 else bytes_of(chance, text, [line.encode() for line in rows])}


def _right_lines() -> dict[str, bytes]:
    """Rows of a watch alone: what people say would have to be signed."""
    with tempfile.TemporaryDirectory() as folder, open_record(str(Path(folder) / "r.sqlite")) as record:
        record.append(night())
        return {"r.jsonl": "".join(to_lines(record.rows(), 2, *record.head)).encode()}


def read_lines(folder: Path) -> None:
    """As `record import` and `record verify` read them."""
    with recording.proved(str(folder / "r.jsonl")):
        pass


@functools.cache
def _events() -> tuple[Event, ...]:
    return (*hostile.beginning(), *_said(), *night())


def rows(chance: random.Random) -> dict[str, bytes]:
    """Rows that hold whatever a centre that is not trusted may have chained and signed."""
    events = list(_events())
    cut = chance.randrange(len(events))
    events = events[cut : cut + chance.choice((5, 20, 60))] if chance.random() < 0.5 else events[: cut + 1]
    plain = [[e.time_s, e.kind, e.incident, dict(e.data)] for e in events]
    for _ in range(chance.choice((1, 1, 3))):
        at = chance.randrange(len(plain))
        plain[at][3] = json_of(chance, plain[at][3])
        if not isinstance(plain[at][3], dict):
            plain[at][3] = {}
    if chance.random() < 0.1:
        at = chance.randrange(len(plain))
        plain[at][chance.choice((0, 1, 2))] = chance.choice(
            (None, "", 1e30, -1.0, 1e11, "evidence", one_text(chance)[:50])
        )
    return {"rows.json": json.dumps(plain).encode("utf-8", "surrogatepass")}


def read_rows(folder: Path) -> None:
    """Recorded, shown by the console as it is now and as it was, summed up, and its report written."""
    plain = json.loads((folder / "rows.json").read_bytes())
    events = [Event(*row) for row in plain]
    with open_record(str(folder / "r.sqlite")) as record:
        record.append(events)
        desk = Desk(record)
        desk.catch_up()
        for seq in (None, 1, desk.seq // 2, desk.seq):
            said = desk.view(seq)
            json.dumps(said, allow_nan=False)
            desk.shown(seq, station_svg)
        desk.clock()
        desk._standing(T0)


def read_report(folder: Path) -> None:
    """The report of such rows."""
    report_html([Event(*row) for row in json.loads((folder / "rows.json").read_bytes())], "0" * 64)


def _rows() -> dict[str, bytes]:
    return {"rows.json": json.dumps([[e.time_s, e.kind, e.incident, dict(e.data)] for e in _events()]).encode()}


@functools.cache
def _database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.sqlite"
        with open_record(str(path)) as record:
            record.append([*hostile.beginning(), *night()[:30]])
        return path.read_bytes()


def database(chance: random.Random) -> dict[str, bytes]:
    """A record's database with bytes made wrong."""
    whole = _database()
    if chance.random() < 0.2:
        return {"r.sqlite": bytes_of(chance, whole, [whole])}
    made = bytearray(whole)  # most damage that a disk does keeps the length
    for _ in range(chance.choice((1, 3, 20))):
        page = 4096 * chance.randrange(len(whole) // 4096)
        at = page + chance.choice((chance.randrange(120), chance.randrange(4096)))
        made[at : at + 1] = chance.choice((b"\0", b"\xff", bytes([chance.randrange(256)])))
    return {"r.sqlite": bytes(made)}


def read_database(folder: Path) -> None:
    """Opened for reading, verified, shown; then opened for writing and continued."""
    path = str(folder / "r.sqlite")
    with open_record(path, read_only=True) as record:
        found = record.verify()
        if not found.ok:
            raise RecordError(path, found.why, "Restore it from a copy")
        desk = Desk(record)
        desk.catch_up()
        desk.view()
    with open_record(path) as record:
        record.append([Event(T0 + 1e6, "quality", None, {"kind": "gap"})])


def observed(chance: random.Random) -> dict[str, bytes]:
    """What somebody says to have seen, of a kind that there is."""
    kind = chance.choice(list(OBSERVATIONS))
    values = {
        "compartment": "LAB",
        "compartments": ["LAB"],
        "hatch": "NODE-LAB",
        "toward": "LAB",
        "spot": "x",
        "torque_n_m": [0.0, 1.0, 0.0],
    }
    fields = OBSERVATIONS[kind].needs + OBSERVATIONS[kind].may
    seen = {
        name: values.get(name, True if FIELDS[name].holds == "switch" else 0.5)
        for name in fields
        if chance.random() < 0.9
    }
    return {"o.json": json_bytes(chance, [kind if chance.random() < 0.9 else one_text(chance), json_of(chance, seen)])}


def read_observed(folder: Path) -> None:
    """As every way into the record checks it."""
    try:
        kind, seen = json.loads((folder / "o.json").read_bytes())
    except (ValueError, RecursionError, TypeError):
        raise RecordError("o.json", "is no JSON pair", "Give a kind and what was observed") from None
    ship = load_ship()
    if isinstance(kind, str) and isinstance(seen, dict):
        check_observed(kind, seen, [c.id for c in ship.compartments], {h.id: h.between for h in ship.hatches})


@functools.cache
def load_ship() -> Any:
    return load_vehicle("demo")


class _Target:
    """The application, and a fresh record once it has grown long."""

    def __init__(self, made: Callable[[Path], Any]) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.make = made
        self.made: Any = None

    def now(self) -> Any:
        if self.made is None or self.made.desk.seq > 2_000:
            if self.made is not None:
                assert self.made.record.verify().ok
                self.made.record.close()
                shutil.rmtree(self.folder)
                self.folder.mkdir()
            self.made = self.make(self.folder)
        return self.made


TARGET = _Target(hostile.Target)
DESCRIBED = _Target(described.Described)


class Wrong(Exception):
    """An answer of the API that must not be."""


def request(chance: random.Random) -> dict[str, bytes]:
    """The number of a request: it is drawn from it again where the application is."""
    return {"seed": str(chance.getrandbits(60)).encode()}


def ask(folder: Path) -> None:
    """Sent to the application without a socket; a refusal is one in words."""
    target = TARGET.now()
    sent = hostile.hostile(random.Random(int((folder / "seed").read_bytes())), target)
    reply = target.ask(sent)
    if wrong := hostile.wrong_with(sent, reply):
        raise Wrong(f"{wrong}: {sent}"[:300])
    if reply.status >= 400:
        raise HullwatchError(f"refused with status {reply.status}")


BATCH = 40
"""Requests that schemathesis draws at a time: one by one it would draw the simplest."""


def ask_as_described(folder: Path) -> None:
    """A batch of requests drawn from the API's OpenAPI document; each answer must be as the document says."""
    target = DESCRIBED.now()
    chance = random.Random(int((folder / "seed").read_bytes()))
    target.try_some(chance.choice(sorted(target.described)), BATCH // 2, chance.getrandbits(60))


KINDS = (
    Kind("record-lines", "exported records, JSON Lines", lines, read_lines, _right_lines, 6.0),
    Kind("record-rows", "rows of any content, shown by the console and summed up", rows, read_rows, _rows, 0.3),
    Kind("record-report", "rows of any content, in a report", rows, read_report, _rows, 0.005),
    Kind("record-database", "records with damaged pages", database, read_database, lambda: {"r.sqlite": _database()}, 0.5),
    Kind("observed", "what people say to have seen", observed, read_observed, lambda: {"o.json": b'["found", {"compartment": "LAB"}]'}, 10.0),
    Kind("requests", "requests to the API, event streams too", request, ask, lambda: {"seed": b"7"}, 2.0),
    Kind("described", f"batches of up to {BATCH} requests, drawn by schemathesis from the API's OpenAPI document", request, ask_as_described, lambda: {"seed": b"7"}, 0.05),
)  # fmt: skip
