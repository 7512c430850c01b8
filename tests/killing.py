"""Watches that are killed: a child that keeps a record, killed with no warning, and begun again until it ends."""

import importlib
import os
import random
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from hullwatch.cli.keeping import Kept, kept_in
from hullwatch.errors import RecordError
from hullwatch.incident.store import open_record
from hullwatch.telemetry.source import Source
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import Settings, run
from hullwatch.watch.saved import digest

ROWS = 1_500
"""Readings of a block: small, so that a short recording has many moments at which something is written."""
running = importlib.import_module("hullwatch.watch.run")  # the package has a function of that name
SAVE_S = 900.0
"""The child saves what it knows this often in time of data: more often than a watch does, so that it is killed in that
too, and not in each block, so that rows come after it."""


@dataclass(frozen=True)
class Lives:
    """What came of one record: how often its watch was killed, and its last hash."""

    kills: int
    head: str
    resumed: int  # lives that went on from what the one before had saved


def watch_whole(source: Source, ship: Vehicle, place: str) -> str:
    """Watch to the end, uninterrupted; the last hash."""
    _live(source, ship, place, lambda seq: None)
    with open_record(place, read_only=True) as record:
        return record.head[1]


def watch_killed(source: Source, ship: Vehicle, place: str, draw: random.Random, longest_s: float) -> Lives:
    """Watch to the end in a child that is killed again and again; each time what it acknowledged is looked for.

    longest_s: a child lives a time drawn evenly from 0 to this. Raises AssertionError where anything was lost.
    """
    kills, resumed, before = 0, 0, 0
    while True:
        ended, acknowledged, went_on = _one_life(source, ship, place, draw.uniform(0.0, longest_s))
        resumed += went_on
        before, head = _looked_at(place, max(acknowledged, before))
        if ended:
            return Lives(kills, head, resumed)
        kills += 1


def _looked_at(place: str, acknowledged: int) -> tuple[int, str]:
    """Number of rows and last hash, proved; read only, so that the next child finds the files as the killed one left
    them."""
    if not acknowledged and "://" not in place:
        try:
            open_record(place, read_only=True).close()
        except RecordError:  # killed while it was made
            return 0, ""
    with open_record(place, read_only=True) as record:
        found = record.verify()
        assert found.ok, found.why
        assert found.count >= acknowledged, f"{acknowledged} rows were acknowledged, {found.count} are there"
        return found.count, found.head


def _one_life(source: Source, ship: Vehicle, place: str, life_s: float) -> tuple[bool, int, bool]:
    """One child: whether it came to the end, the last row it acknowledged, whether it went on from before."""
    ear, mouth = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child opens everything it uses itself
        child = os.fork()
    if child == 0:
        code = 1
        try:
            running.SAVE_S = SAVE_S  # type: ignore[attr-defined]
            os.close(ear)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            _live(source, ship, place, lambda seq: _tell(mouth, f"{seq}\n"), lambda: _tell(mouth, "on\n"))
            code = 0
        except BaseException:
            _tell(mouth, f"failed {traceback.format_exc()!r}\n")
        finally:
            os._exit(code)
    os.close(mouth)
    deadline = time.monotonic() + life_s
    said = b""
    while (left := deadline - time.monotonic()) > 0.0:
        if select.select([ear], [], [], left)[0]:
            heard = os.read(ear, 65536)
            if not heard:
                break
            said += heard
    os.kill(child, signal.SIGKILL)
    while heard := os.read(ear, 65536):
        said += heard
    os.close(ear)
    status = os.waitpid(child, 0)[1]
    lines = said.decode().split("\n")[:-1]
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, f"the watch failed by itself: {lines[-1:]}"
    numbers = [int(line) for line in lines if line.isdecimal()]
    return os.WIFEXITED(status), max(numbers, default=0), "on" in lines


def _live(
    source: Source, ship: Vehicle, place: str, told: Callable[[int], None], went_on: Callable[[], None] = lambda: None
) -> None:
    """What `hullwatch watch --record` does, in small blocks, telling each row number once it is acknowledged."""
    settings = Settings(1.0)
    begun = {"source": source.name, "vehicle": ship.name, "settings": settings.as_dict()}
    kept = kept_in(None, place, begun, digest(ship, settings, source.name), ship)
    assert isinstance(kept, Kept)
    write = kept.keeper.record.append

    def append(*words: object, **more: object) -> int:
        seq = write(*words, **more)  # type: ignore[arg-type]
        told(seq)
        return seq

    kept.keeper.record.append = append  # type: ignore[method-assign]
    if kept.resumed is not None:
        went_on()
    if not kept.ended:
        run(source, ship, 1.0, kept.keep, rows=ROWS, heard=kept.heard, save=kept.save, resumed=kept.resumed)
    kept.finish()
    kept.keeper.record.close()


def _tell(mouth: int, words: str) -> None:
    os.write(mouth, words.encode())
