"""The record keeps what it acknowledged, shows what was changed, and says what is wrong."""

import contextlib
import math
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hullwatch.errors import RecordError
from hullwatch.incident import connection
from hullwatch.incident.store import GENESIS, open_record
from hullwatch.records import Event

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def some(count: int) -> list[Event]:
    return [
        Event(1.5e9 + i / 3, ("trend", "alarm")[i % 2], f"AIR-{i % 3}" if i % 3 else None, {"x": i / 7, "t": "é\u2028"})
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "a.db"
    with open_record(path.as_posix()) as record:
        record.append(some(20))
    return path


def test_what_is_appended_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    events = some(12_001)
    with open_record(str(tmp_path / "a.db")) as record:
        record.append(events[:7])
        record.append(events[7:])
        record.append([])
        assert list(record.events()) == events
        assert list(record.events(kind="alarm")) == [e for e in events if e.kind == "alarm"]
        assert list(record.events(incident="AIR-1", after=30)) == [e for e in events[30:] if e.incident == "AIR-1"]
        assert record.verify().ok
        assert record.verify().count == len(events)


@given(data=st.dictionaries(st.text(), JSON, max_size=4), time_s=st.floats(-1e9, 1e11))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_json_survives(tmp_path: Path, data: dict[str, object], time_s: float) -> None:
    event = Event(time_s, "trend", None, data)
    with open_record(str(tmp_path / "any.db")) as record:
        before = record.head[0]
        record.append([event])
        assert list(record.events(after=before)) == [event]


def test_the_same_events_make_the_same_hash_however_they_are_cut(tmp_path: Path) -> None:
    heads = []
    for name, size in (("a", 1), ("b", 7), ("c", 60)):
        with open_record(str(tmp_path / name)) as record:
            for i in range(0, 60, size):
                record.append(some(60)[i : i + size])
            heads.append(record.head)
    assert len(set(heads)) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, {"deep": [-math.inf]}, object(), b"bytes"])
def test_what_is_no_finite_json_is_refused_whole(tmp_path: Path, value: object) -> None:
    with open_record(str(tmp_path / "a.db")) as record:
        with pytest.raises(RecordError, match="cannot be recorded"):
            record.append([*some(2), Event(1.0, "trend", None, {"x": value})])
        with pytest.raises(RecordError, match="cannot be recorded"):
            record.append([Event(math.nan, "trend")])
        with pytest.raises(RecordError, match="cannot be recorded"):
            record.append([Event(1e18, "trend")])
        assert record.head == (0, GENESIS)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET data = '{}' WHERE seq = 3",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 3",
        "INSERT INTO events SELECT 99, time_utc, time_s, kind, incident, data, hash, digest FROM events WHERE seq = 3",
        "UPDATE record_format SET value = '7'",
        "DELETE FROM record_format",
    ],
)
def test_the_database_itself_forbids_change(written: Path, tmp_path: Path, statement: str) -> None:
    path = shutil.copy(written, tmp_path / "a.db")
    with (
        contextlib.closing(sqlite3.connect(path)) as link,
        pytest.raises(sqlite3.IntegrityError, match=r"append-only|order"),
    ):
        link.execute(statement)


def tampered(written: Path, folder: Path, *statements: tuple[str, tuple[object, ...]]) -> Path:
    path = Path(shutil.copy(written, folder / "tampered.db"))
    with contextlib.closing(sqlite3.connect(path)) as link:
        for name in ("events_no_update", "events_no_delete", "events_in_order"):
            link.execute(f"DROP TRIGGER {name}")
        for statement, values in statements:
            link.execute(statement, values)
        link.commit()
    return path


@given(seq=st.integers(1, 20), column=st.sampled_from(["time_utc", "kind", "data", "hash"]), at=st.integers(0, 10**6))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_altered_byte_is_found(written: Path, tmp_path: Path, seq: int, column: str, at: int) -> None:
    with contextlib.closing(sqlite3.connect(written)) as link:
        (old,) = link.execute(f"SELECT {column} FROM events WHERE seq = ?", (seq,)).fetchone()  # noqa: S608
    at %= len(old)
    new = old[:at] + ("b" if old[at] == "a" else "a") + old[at + 1 :]
    path = tampered(written, tmp_path, (f"UPDATE events SET {column} = ? WHERE seq = ?", (new, seq)))  # noqa: S608
    with open_record(str(path), read_only=True) as record:
        found = record.verify()
    assert (found.ok, found.bad_seq) == (False, seq)


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE events SET time_s = time_s + 0.001 WHERE seq = 5", 5),
        ("UPDATE events SET incident = NULL WHERE seq = 2", 2),
        ("DELETE FROM events WHERE seq = 9", 9),
        ("DELETE FROM events WHERE seq = 1", 1),
        ("UPDATE events SET seq = 99 WHERE seq = 4", 4),
    ],
)
def test_removed_and_moved_rows_are_found(written: Path, tmp_path: Path, statement: str, bad: int) -> None:
    with open_record(str(tampered(written, tmp_path, (statement, ()))), read_only=True) as record:
        assert record.verify().bad_seq == bad


def test_rows_that_change_places_or_close_a_gap_are_found(written: Path, tmp_path: Path) -> None:
    swap = [("UPDATE events SET seq = ? WHERE seq = ?", pair) for pair in ((99, 6), (6, 7), (7, 99))]
    with open_record(str(tampered(written, tmp_path, *swap)), read_only=True) as record:
        assert record.verify().bad_seq == 6
    closed = [
        ("DELETE FROM events WHERE seq = 8", ()),
        *[("UPDATE events SET seq = ? WHERE seq = ?", (i, i + 1)) for i in range(8, 20)],
    ]
    with open_record(str(tampered(written, tmp_path, *closed)), read_only=True) as record:
        assert record.verify().bad_seq == 8


def test_rows_cut_off_the_end_are_found_with_the_head_noted_before(written: Path, tmp_path: Path) -> None:
    with open_record(str(written), read_only=True) as record:
        head = record.head[1]
        assert record.verify(head).ok
    path = tampered(written, tmp_path, ("DELETE FROM events WHERE seq > 15", ()))
    with open_record(str(path), read_only=True) as record:
        assert record.verify().ok  # a shorter chain is a valid chain; only the noted head tells
        assert record.verify(head).bad_seq == 16


def test_no_acknowledged_event_is_lost_when_the_writer_is_killed(tmp_path: Path) -> None:
    path, draw, total = tmp_path / "killed.db", random.Random(29), 0
    script = Path(__file__).with_name("writer.py")
    for _ in range(20):
        with subprocess.Popen([sys.executable, str(script), str(path)], stdout=subprocess.PIPE, text=True) as writer:  # noqa: S603
            assert writer.stdout is not None
            said = [writer.stdout.readline()]
            time.sleep(draw.uniform(0.0, 0.05))
            writer.kill()
            said += writer.stdout.readlines()
        acknowledged = max(int(line) for line in said if line.endswith("\n"))
        with open_record(str(path), read_only=True) as record:
            found = record.verify()
        assert found.ok, found.why
        assert found.count >= acknowledged > total
        assert found.count % 3 == 0  # a batch is there whole or not at all
        total = found.count


def test_a_kill_while_the_record_is_made_leaves_one_that_opens(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    path.write_bytes(b"")
    with contextlib.closing(sqlite3.connect(path)) as link:
        link.execute("PRAGMA journal_mode=WAL")  # as far as it may have come before its tables
    with open_record(str(path)) as record:
        record.append(some(1))
        assert record.verify().count == 1


def test_two_writers_cannot_fork_the_chain(tmp_path: Path) -> None:
    with open_record(str(tmp_path / "a.db")) as one, open_record(str(tmp_path / "a.db")) as other:
        for event in some(6):
            one.append([event])
            other.append([event])
        assert one.verify().count == 12
        assert other.verify().ok


def test_a_reader_sees_what_a_live_writer_has_acknowledged(tmp_path: Path) -> None:
    with open_record(str(tmp_path / "a.db")) as writer:
        writer.append(some(3))
        with open_record(str(tmp_path / "a.db"), read_only=True) as reader:
            assert len(list(reader.events())) == 3
            writer.append(some(1))
            assert len(list(reader.events())) == 4
            with pytest.raises(RecordError, match="reading only"):
                reader.append(some(1))


def _not_a_database(path: Path) -> str:
    path.write_bytes(b"time,item,value\n" * 100)
    return str(path)


def _other_database(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as link:
        link.execute("CREATE TABLE mine (x)")
    return str(path)


def _newer(path: Path) -> str:
    open_record(str(path)).close()
    with contextlib.closing(sqlite3.connect(path)) as link:
        link.execute("DROP TRIGGER format_no_update")
        link.execute("UPDATE record_format SET value = '3'")
        link.commit()
    return str(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_not_a_database, "not a Hullwatch record"),
        (_other_database, "not a Hullwatch record"),
        (_newer, "schema version 3"),
        (lambda path: str(path.parent), "is a folder"),
        (lambda path: str(path.parent / "no" / "a.db"), "does not exist"),
        (lambda path: "nosuchdatabase://x/y", "no database that a record"),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_what_is_no_record_is_said_and_left_alone(
    tmp_path: Path, make: Callable[[Path], str], message: str, read_only: bool
) -> None:
    name = make(tmp_path / "a.db")
    before = (tmp_path / "a.db").read_bytes() if (tmp_path / "a.db").exists() else b""
    with pytest.raises(RecordError, match=message):
        open_record(name, read_only=read_only)
    assert ((tmp_path / "a.db").read_bytes() if (tmp_path / "a.db").exists() else b"") == before


def test_a_missing_record_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="does not exist"):
        open_record(str(tmp_path / "none.db"), read_only=True)
    assert not (tmp_path / "none.db").exists()


def test_a_locked_record_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.05)
    with open_record(str(tmp_path / "a.db")) as record, contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as thief:
        thief.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordError, match="locked"):
            record.append(some(1))
        thief.rollback()
        record.append(some(1))
        assert record.verify().count == 1


def test_a_full_disk_is_said_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    with open_record(str(tmp_path / "a.db")) as record:
        record.append(some(5))
        assert record._writer is not None
        with record._writer.connect() as link:  # SQLite reports its page limit exactly as it reports a full disk
            link.execute(sa.text("PRAGMA max_page_count = 12"))
        with pytest.raises(RecordError, match="disk is full"):
            record.append(some(5_000))
        assert record.verify().count == 5


def test_a_read_only_folder_is_said_and_a_finished_record_there_is_read(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(written, tmp_path / "a.db")
    monkeypatch.setattr(connection.os, "access", lambda path, mode: False)
    with pytest.raises(RecordError, match="read-only"):
        open_record(str(tmp_path / "a.db"))
    with open_record(str(tmp_path / "a.db"), read_only=True) as record:
        assert record.verify().count == 20
    assert os.listdir(tmp_path) == ["a.db"]


def test_data_that_is_no_json_is_said(written: Path, tmp_path: Path) -> None:
    path = tampered(written, tmp_path, ("UPDATE events SET data = '{' WHERE seq = 3", ()))
    with (
        open_record(f"sqlite:///{path}", read_only=True) as record,
        pytest.raises(RecordError, match="row 3 is not JSON"),
    ):
        list(record.events())
