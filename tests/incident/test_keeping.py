"""The watch's keeper when the record cannot be written: full disk, lock, read-only; nothing is lost or doubled."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
import two_centres as two

from full_disk import full_disk
from hullwatch.errors import RecordError
from hullwatch.incident import connection
from hullwatch.incident.keeping import LONGEST_WAIT, Keeper
from hullwatch.incident.store import Record, open_record
from hullwatch.records import Event


def trend(k: int) -> Event:
    return Event(two.T0 + 30 + k, "trend", None, {"groups": [], "n": k})


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with open_record(str(tmp_path / "a.db")) as record:
        yield record


def numbers(record: Record) -> list[int]:
    return [e.data["n"] for e in record.events("trend")]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as thief:
        thief.execute("BEGIN IMMEDIATE")
        yield
        thief.execute("ROLLBACK")


@pytest.mark.parametrize(("trouble", "word"), [(full_disk, "disk"), (locked, "locked")])
def test_rows_wait_in_memory_and_are_written_when_it_is_over(
    record: Record, tmp_path: Path, trouble: object, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.01)
    said: list[str] = []
    with open_record(str(tmp_path / "b.db")) as record:
        keeper = Keeper(record, said.append)
        keeper.append(two.beginning(), b"before")
        with trouble(tmp_path / "b.db"):  # type: ignore[operator]
            for k in range(40):
                keeper.append([trend(k), *(trend(1000 + k) for _ in range(20))], b"during")
            assert len(said) == 1
            assert word in said[0]
            with pytest.raises(RecordError, match="could not be written"):
                keeper.finish()
        held = numbers(record)
        for k in range(40, 40 + LONGEST_WAIT):
            keeper.append([trend(k)], b"after")
        keeper.finish()
        found = numbers(record)
        assert [n for n in found if n < 1000] == list(range(40 + LONGEST_WAIT))
        assert len(found) == 40 * 21 + LONGEST_WAIT
        assert len(held) < len(found)
        told = list(record.events("record_trouble"))
        assert len(told) == 1
        assert word in told[0].data["problem"]
        assert told[0].data["tries"] >= 2
        assert record.memory is not None
        assert record.memory[1] == b"after"
        assert record.verify().ok


def test_a_folder_that_becomes_read_only_is_said_and_waited_for(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own word for it: the tests run as root, whom no folder refuses."""
    said: list[str] = []
    keeper = Keeper(record, said.append)
    keeper.append([trend(0)])
    assert record._writer is not None
    link = record._writer.raw_connection().driver_connection
    assert link is not None
    link.execute("PRAGMA query_only = ON")
    keeper.append([trend(1)])
    keeper.append([trend(2)])
    assert "read-only" in said[0]
    link.execute("PRAGMA query_only = OFF")
    keeper.finish()
    assert numbers(record) == [0, 1, 2]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes, where this process may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "small", str(place)]).returncode == 0  # noqa: S603
    if not made:
        pytest.skip("this process may mount no disk of its own; RLIMIT_FSIZE stands for it above")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S603, S607


def test_a_real_disk_that_is_full_and_then_has_room_again(small_disk: Path) -> None:
    said: list[str] = []
    with open_record(str(small_disk / "a.db")) as record:
        keeper = Keeper(record, said.append)
        keeper.append(two.beginning(), b"before")
        ballast = small_disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096):
                pass
        assert shutil.disk_usage(small_disk).free == 0
        for k in range(60):
            keeper.append([trend(k), *(trend(1000 + k) for _ in range(20))], b"during")
        assert len(said) == 1
        assert "disk is full" in said[0]
        ballast.unlink()
        for k in range(60, 60 + LONGEST_WAIT):
            keeper.append([trend(k)], b"after")
        keeper.finish()
        assert [n for n in numbers(record) if n < 1000] == list(range(60 + LONGEST_WAIT))
        assert len(list(record.events("record_trouble"))) == 1
        assert record.verify().ok


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody whom a folder refuses")
def test_a_folder_that_may_only_be_read_is_said_and_what_is_there_can_be_looked_at() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "a.db"
        with open_record(str(place)) as record:
            record.append(two.beginning())
        place.chmod(0o444)
        Path(folder).chmod(0o555)
        os.setresuid(65534, 65534, 0)  # the real one too: it is what os.access asks
        try:
            with open_record(str(place), read_only=True) as record:
                assert record.verify().ok
            for name in ("a.db", "new.db"):
                with pytest.raises(RecordError) as refused, open_record(str(Path(folder) / name)) as record:
                    record.append([trend(1)])
                assert str(Path(folder) / name) in str(refused.value)
        finally:
            os.setresuid(0, 0, 0)
            Path(folder).chmod(0o755)


def test_what_cannot_pass_by_itself_stops_the_watch_at_once(record: Record) -> None:
    keeper = Keeper(record, lambda words: None)
    with pytest.raises(RecordError, match="finite"):
        keeper.append([Event(two.T0, "trend", None, {"n": float("nan")})])


def test_the_rows_that_wait_are_bounded(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.0)
    with open_record(str(tmp_path / "b.db")) as slow:
        keeper = Keeper(slow, lambda words: None, limit=50)
        with locked(tmp_path / "b.db"):
            for k in range(50):
                keeper.append([trend(k)])
            with pytest.raises(RecordError, match="goes on from the last row written"):
                keeper.append([trend(50)])


def test_rows_the_record_has_already_are_compared_and_not_written_again(record: Record) -> None:
    Keeper(record, print).append([*two.beginning(), trend(0), trend(1)])
    two.join(record, two.HOUSTON)  # somebody else's words stand between
    keeper = Keeper(record, print, deque(record.rows()))
    keeper.append([*two.beginning(), trend(0)])
    keeper.append([trend(1), trend(2)])
    assert numbers(record) == [0, 1, 2]
    other = Keeper(record, print, deque(record.rows()))
    with pytest.raises(RecordError, match="row 5 is another"):
        other.append([*two.beginning(), trend(7)])
    assert numbers(record) == [0, 1, 2]
