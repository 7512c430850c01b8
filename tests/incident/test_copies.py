"""Verification that reads row by row says what verification with everything in memory says, of merged records."""

import tracemalloc
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import two_centres as two
import whole_verification as slow
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.incident import statements as say
from hullwatch.incident.chain import Row, canonical, chained, row_of
from hullwatch.incident.signing import CentreKey
from hullwatch.incident.store import Record, open_record
from hullwatch.incident.verification import verify
from hullwatch.records import Event


def hatch(record: Record, after_s: float, is_open: bool, key: CentreKey) -> None:
    said = say.hatch_report(two.now(record), two.T0 + after_s, "node/lab", is_open, "crew", centre=key.centre)
    record.append([said], key)


def parted(folder: Path, start: Sequence[Row], after_s: float) -> list[Row]:
    """Two copies of a record go different ways from here on, and become one again."""
    for name in "ab":
        with open_record(str(folder / f"{name}.db")) as record:
            record.extend(start)
    with open_record(str(folder / "a.db")) as a, open_record(str(folder / "b.db")) as b:
        for record in (a, b):
            record.append([Event(two.T0 + after_s, "trend", None, {"groups": []})])
        hatch(a, after_s + 1, False, two.HOUSTON)
        hatch(b, after_s + 2, True, two.MOSCOW)
        for record in (a, b):
            record.append([Event(two.T0 + after_s + 3, "trend", None, {"groups": []})])
        hatch(b, after_s + 4, False, two.MOSCOW)
        return two.merged(list(a.rows()), list(b.rows()))


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Merged, parted, merged again with a copy that was merged by itself, and gone on."""
    places = [tmp_path_factory.mktemp("parted") for _ in range(4)]
    with open_record(str(places[0] / "start.db")) as record:
        record.append(two.beginning())
        two.join(record, two.HOUSTON, two.MOSCOW)
        start = list(record.rows())
    one = parted(places[0], start, 100.0)
    other, last = parted(places[1], one, 200.0), parted(places[2], one, 300.0)
    both = two.merged(other, last, "Boris")
    with open_record(str(places[3] / "end.db")) as record:
        record.extend(both)
        hatch(record, 400.0, True, two.MOSCOW)
        return list(record.rows())


def same(rows: list[Row], head: str | None = None) -> bool:
    """Whether both say the same, of rows whose chain holds; what they say."""
    found, whole = verify(rows, head=head), slow.verify(rows, head=head)
    for name in ("ok", "count", "head", "bad_seq", "why", "statements", "unsigned", "moved_out", "notes"):
        assert getattr(found, name) == getattr(whole, name), name
    return found.ok


def test_a_record_merged_four_times_holds(twice: list[Row]) -> None:
    assert [row.kind for row in twice].count("merged") == 4
    assert same(twice)
    assert same(twice, twice[5].hash)
    assert not same(twice, "ab" * 32)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_is_changed_and_chained_anew_both_name_the_same_row(twice: list[Row], data: st.DataObject) -> None:
    rows = list(twice)
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(rows) - 1))
        what = data.draw(st.sampled_from(["alter", "remove", "swap", "repeat", "sides", "counts", "kind", "number"]))
        row, fields = rows[at], dict(rows[at].fields)
        if what == "remove":
            del rows[at]
        elif what == "repeat":
            rows.insert(at, row)
        elif what == "swap":
            rows[at], rows[at - 1] = rows[at - 1], rows[at]
        elif what == "kind":
            rows[at] = replace(row, kind=data.draw(st.sampled_from(["trend", "hatch_report", "merged"])))
        else:
            if what == "sides" and fields.get("sides"):
                run = data.draw(st.integers(0, len(fields["sides"]) - 1))
                fields["sides"][run] = [data.draw(st.sampled_from(["first", "second", "both", "none"])), 1]
            elif what == "counts" and fields.get("counts"):
                fields["common"] = data.draw(st.integers(0, len(rows)))
            elif what == "number" and fields.get("signed"):
                fields["signed"] = {**fields["signed"], "number": data.draw(st.integers(0, 9))}
            else:
                fields["note"] = "changed"
            rows[at] = replace(row, data=canonical(fields))
    same(list(chained(replace(row, hash="") for row in rows)))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_chain_that_breaks_is_found_by_both(twice: list[Row], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(twice) - 1))
    changed = replace(twice[at], data='{"n":1}')
    rows = data.draw(st.sampled_from([[*twice[:at], changed, *twice[at + 1 :]], [*twice[:at], *twice[at + 1 :]]]))
    found, whole = verify(rows), slow.verify(rows)
    last = at == len(twice) - 1 and len(rows) == at  # cut off at the end it is a shorter record that holds
    assert found.ok == whole.ok == last
    if twice[at].kind != "merged":  # without a merge its copies' words are not where they were said
        assert found.bad_seq == (None if last else at + 1)
        assert found.head == (rows[at - 1].hash if at else "0" * 64)


def test_memory_does_not_grow_with_the_record() -> None:
    def peak(count: int) -> int:
        def read(kinds: Collection[str] | None) -> Iterator[Row]:
            events = (Event(two.T0 + k, "trend", None, {"groups": [k] * 20}) for k in range(count))
            return chained(map(row_of, events if kinds is None else ()))

        tracemalloc.start()
        assert verify(read).count == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    assert peak(4_000) < 1.2 * peak(200) + 20_000  # bytes; rows kept would be a megabyte more
