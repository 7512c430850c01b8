"""What tests of the console share: a record of a short case, and servers over it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browsing import chromium, visit  # noqa: F401  # fixtures of the browser tests
from serving_one import HOUSTON, MOSCOW, Served, Start, person, served  # it lies beside this file

from hullwatch.incident.store import open_record
from hullwatch.records import Event
from short_cases import HATCHES
from watching import Cases, Watched


@pytest.fixture(scope="session")
def night(cases: Cases) -> Watched:
    """Three hours of a small ship: a hole, hatches that move, a gap of the signal, a patch."""
    return cases.watched(HATCHES)


@pytest.fixture(scope="session")
def rows(night: Watched) -> list[tuple[int, Event]]:
    """Its rows."""
    return list(enumerate(night.events, 1))


@pytest.fixture
def start(night: Watched, tmp_path: Path) -> Iterator[Start]:
    """Starts servers over a record of the first `count` events; people: flight (Houston), tsup (Moscow), look."""
    running: list[Served] = []

    def begin(count: int | None = None, **options: object) -> Served:
        path = tmp_path / f"record-{len(running)}.sqlite"
        with open_record(str(path)) as record:
            record.append(night.events[:count])
        people = [
            person("flight", "operator", "houston"),
            person("tsup", "operator", "moscow"),
            person("look", "viewer"),
        ]
        one = served(str(path), people, [HOUSTON, MOSCOW], **options)  # type: ignore[arg-type]
        running.append(one)
        return one

    yield begin
    for one in running:
        one.stop()
