"""Which rows two copies share after they part: sorted in a temporary file, so that any number may differ.

    rows of each copy -> place, what is said, kind, time -> sorted by what is said -> pairs -> longest run that rises

SQLite holds the tails in a file of its own that has no name and goes with the process; in memory are its pages, a few
megabytes, and of pairs only a stretch whose rows stand in another order in one copy than in the other.
"""

import hashlib
import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain
from types import TracebackType
from typing import Self

from hullwatch.errors import RecordError
from hullwatch.incident.chain import Row, canonical

FIRST, SECOND, BOTH = "first", "second", "both"
"""From which copy a merged row comes."""
_CACHE_KIB = 8_192
_TABLES = (
    "CREATE TABLE first(place INTEGER PRIMARY KEY, said BLOB, kind TEXT, time_s REAL)",
    "CREATE TABLE second(place INTEGER PRIMARY KEY, said BLOB, kind TEXT, time_s REAL)",
    "CREATE TABLE alike(a INTEGER, b INTEGER)",
    "CREATE TABLE shared(a INTEGER PRIMARY KEY, b INTEGER)",
)
_END = float("inf")


class Tails:
    """What each copy holds after the fork; use it in a `with` statement."""

    def __enter__(self) -> Self:
        self._link = sqlite3.connect("", isolation_level=None)  # nameless: a file that SQLite deletes itself
        for words in (f"PRAGMA cache_size=-{_CACHE_KIB}", "PRAGMA temp_store=FILE", "PRAGMA journal_mode=OFF"):
            self._link.execute(words)
        for words in (*_TABLES, "BEGIN"):
            self._link.execute(words)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.close()
        if isinstance(error, sqlite3.Error):
            remedy = "Make room where temporary files go, or name another place in TMPDIR"
            raise RecordError("the two records", f"cannot be compared ({error})", remedy) from error

    def take(self, side: str, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows of one tail, each noted as it passes."""
        for place, row in enumerate(rows):
            said = hashlib.sha256(canonical([row.time_s + 0.0, *row.content[1:]]).encode("ascii")).digest()
            self._link.execute(f"INSERT INTO {side} VALUES(?,?,?,?)", (place, said, row.kind, row.time_s))
            yield row

    def pair(self) -> int:
        """Find the rows that say the same in both, as many as keep their order in both; how many.

        The k-th time something is said in one is the k-th time in the other; of those, the longest run that rises.
        """
        self._link.executemany("INSERT INTO alike VALUES(?,?)", self._alike())
        ranked = self._link.execute(
            "SELECT a, b, row_number() OVER (ORDER BY b) - 1 FROM alike ORDER BY a"  # ranks tell where an order ends
        )
        self._link.executemany("INSERT INTO shared VALUES(?,?)", rising(ranked))
        return self._count("shared")

    def kinds_alone(self, side: str) -> Iterator[tuple[str, int]]:
        """Kinds of the rows that only this copy has, and how many of each."""
        place = {FIRST: "a", SECOND: "b"}[side]
        return self._link.execute(
            f"SELECT kind, count(*) FROM {side} WHERE place NOT IN (SELECT {place} FROM shared) GROUP BY kind"  # noqa: S608
        )

    def sides(self) -> Iterator[str]:
        """From which copy each merged row comes: shared ones once, the others between them by time."""
        ends = self._count(FIRST), self._count(SECOND)
        times_a, times_b = (
            (time_s for (time_s,) in self._link.execute(f"SELECT time_s FROM {side} ORDER BY place"))  # noqa: S608
            for side in (FIRST, SECOND)
        )
        a = b = 0
        here, there = next(times_a, _END), next(times_b, _END)
        for stop_a, stop_b in chain(self._link.execute("SELECT a, b FROM shared ORDER BY a"), [ends]):
            while a < stop_a or b < stop_b:
                if b >= stop_b or (a < stop_a and here <= there):
                    yield FIRST
                    a, here = a + 1, next(times_a, _END)
                else:
                    yield SECOND
                    b, there = b + 1, next(times_b, _END)
            if (stop_a, stop_b) != ends:
                yield BOTH
                a, b, here, there = a + 1, b + 1, next(times_a, _END), next(times_b, _END)

    def _alike(self) -> Iterator[tuple[int, int]]:
        """Places of rows that say the same, the k-th here with the k-th there: two sorted lists read side by side."""
        one, other = (
            self._link.execute(f"SELECT said, place FROM {side} ORDER BY said, place")  # noqa: S608
            for side in (FIRST, SECOND)
        )
        here, there = one.fetchone(), other.fetchone()
        while here is not None and there is not None:
            if here[0] == there[0]:
                yield here[1], there[1]
                here, there = one.fetchone(), other.fetchone()
            elif here[0] < there[0]:
                here = one.fetchone()
            else:
                there = other.fetchone()

    def _count(self, table: str) -> int:
        return int(self._link.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def rising(pairs: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """The longest run of pairs (a, b, rank of b) whose b rise with a.

    Where every rank so far is below every rank to come, what follows cannot change what was chosen: only the stretch
    since then is held.
    """
    a, b, highest = array("q"), array("q"), -1
    for k, (place, there, rank) in enumerate(pairs):
        a.append(place)
        b.append(there)
        highest = max(highest, rank)
        if highest == k:
            yield from ((a[at], b[at]) for at in longest_rising(b))
            a, b = array("q"), array("q")


def longest_rising(numbers: "array[int]") -> "array[int]":
    """Places of the longest rising run, by patience: n log n."""
    ends = array("q")  # smallest last number of a run of each length
    at = array("q")  # where that stands
    before = array("q")  # what stood before it in its run; -1: nothing
    for k, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = array("q", [number])
        at[length : length + 1] = array("q", [k])
    run = array("q")
    k = at[-1] if at else -1
    while k >= 0:
        run.append(k)
        k = before[k]
    run.reverse()
    return run
