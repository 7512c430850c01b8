"""The same record on a real PostgreSQL server; stopped in the middle, the watch goes on."""

from collections.abc import Callable, Iterator

import pytest
import two_centres as two

from hullwatch.errors import RecordError
from hullwatch.incident import statements as say
from hullwatch.incident.keeping import Keeper
from hullwatch.incident.store import open_record
from hullwatch.records import Event
from postgresql import Server, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


def trend(k: int) -> Event:
    return Event(two.T0 + 30 + k, "trend", None, {"groups": [], "n": k, "t": "é\u2028\\"})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    pytest.importorskip("psycopg", reason="the driver is not installed: pip install '.[postgresql]'")
    server = Server()
    yield server
    server.close()


@pytest.fixture
def url(server: Server, request: pytest.FixtureRequest) -> str:
    return server.database("".join(c for c in request.node.name.lower() if c.isalnum())[:60])


def test_it_holds_the_same_record_as_a_file(url: str, tmp_path: object) -> None:
    heads = []
    for place in (url, f"{tmp_path}/a.db"):
        with open_record(place) as record:
            record.append(two.beginning())
            two.join(record, two.HOUSTON)
            record.append([trend(k) for k in range(12_000)], memory=b"\x00known\xff")
            done = say.alarm_action(two.now(record), two.T0 + 40, two.LEAK, "acknowledge", "Ann", "houston")
            record.append([done], two.HOUSTON)
        with open_record(place, read_only=True) as record:
            found = record.verify()
            assert found.ok, found.why
            assert record.memory == (12_005, b"\x00known\xff")
            assert len(list(record.events(("alarm", "alarm_action"), two.LEAK, after=1))) == 2
            heads.append(record.head)
            with pytest.raises(RecordError, match="reading only"):
                record.append([trend(0)])
    assert heads[0] == heads[1]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE events SET data = '{}' WHERE seq = 1", "DELETE FROM events WHERE seq = 1", "TRUNCATE events",
     "UPDATE record_format SET value = '9'",
     "INSERT INTO events SELECT 99, time_utc, time_s, kind, incident, data, hash, digest FROM events WHERE seq = 1"],
)  # fmt: skip
def test_the_database_itself_forbids_change(server: Server, url: str, statement: str) -> None:
    with open_record(url) as record:
        record.append(two.beginning())
        with pytest.raises(AssertionError, match=r"append-only|in order"):
            server.sql(url, statement)
        assert record.verify().ok


def test_two_writers_cannot_fork_the_chain(url: str) -> None:
    with open_record(url) as one, open_record(url) as other:
        for k in range(6):
            one.append([trend(k)])
            other.append([trend(k)])
        assert one.verify().count == 12
        assert other.verify().ok


def test_what_is_no_record_is_said(server: Server, url: str) -> None:
    with pytest.raises(RecordError, match="holds no record"):
        open_record(url, read_only=True)
    server.sql(url, "CREATE TABLE mine (x int)")
    with pytest.raises(RecordError, match="not a Hullwatch record"):
        open_record(url)
    with pytest.raises(RecordError, match="does not exist") as refused:
        open_record(url.rsplit("/", 1)[0] + "/nowhere")
    assert not refused.value.passing
    secret = "postgresql://ann:secret@127.0.0.1:1/x"  # noqa: S105
    with pytest.raises(RecordError, match="cannot be reached") as away:
        open_record(secret)
    assert away.value.passing
    assert "secret" not in str(away.value)
    with pytest.raises(RecordError, match="no database that a record"):
        open_record("mysql://x/y")


@pytest.fixture
def outage(server: Server) -> Iterator[Callable[[], None]]:
    """Stops the server as a power cut would; it is started again at the end in any case."""
    stopped = []

    def stop() -> None:
        server.stop("immediate")
        stopped.append(True)

    yield stop
    if stopped:
        server.start()


def test_a_server_that_restarts_in_the_middle_costs_no_row(
    server: Server, url: str, outage: Callable[[], None]
) -> None:
    said: list[str] = []
    with open_record(url) as record:
        keeper = Keeper(record, said.append)
        keeper.append(two.beginning(), b"1")
        outage()
        for k in range(9):
            keeper.append([trend(k)], b"2")
        assert len(said) == 1  # told once, not at each try
        assert "cannot be reached" in said[0]
        assert "goes on" in said[0]
        server.start()
        for k in range(9, 30):
            keeper.append([trend(k)], b"3")
        keeper.finish()
        assert "written again" in said[-1]
        events = list(record.events())
        assert [e.data["n"] for e in events if e.kind == "trend"] == list(range(30))
        (trouble,) = [e for e in events if e.kind == "record_trouble"]
        assert "cannot be reached" in trouble.data["problem"]
        assert trouble.data["since_utc"] == "2017-07-14T02:40:30.000Z"
        assert record.verify().ok
        memory = record.memory
    assert memory is not None
    assert memory[1] == b"3"
    server.stop("immediate")  # so that the fixture starts one that is down


def test_a_commit_that_was_done_and_not_acknowledged_is_not_written_twice(url: str) -> None:
    """The server may die after it has written and before it could say so."""
    with open_record(url) as record:
        keeper = Keeper(record, lambda words: None)
        keeper.append(two.beginning())
        write = record.append

        def write_and_die(*words: object, **more: object) -> int:
            write(*words, **more)  # type: ignore[arg-type]
            record.append = write  # type: ignore[method-assign]
            raise RecordError("x", "the database server cannot be reached", "wait", passing=True)

        record.append = write_and_die  # type: ignore[method-assign]
        keeper.append([trend(1), trend(2)])
        two.join(record, two.HOUSTON)  # and somebody else says something before it is tried again
        keeper.append([trend(3)])
        keeper.finish()
        numbers = [e.data["n"] for e in record.events("trend")]
        assert numbers == [1, 2, 3]
        assert record.verify().ok
