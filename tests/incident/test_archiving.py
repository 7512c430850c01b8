"""Old trend rows move out and the chain stays provable; lines of JSON carry a record whole."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import two_centres as two
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.errors import RecordError
from hullwatch.incident import statements as say
from hullwatch.incident.archiving import archive, belong
from hullwatch.incident.chain import Row, chained, row_of
from hullwatch.incident.lines import from_lines, line_of, row_of_line, schema_of, shortened, to_lines
from hullwatch.incident.merging import compare
from hullwatch.incident.store import open_record
from hullwatch.incident.verification import verify
from hullwatch.records import Event


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    with open_record(str(tmp_path_factory.mktemp("record") / "a.db")) as record:
        record.append(two.beginning())
        two.join(record, two.HOUSTON)
        record.append([Event(two.T0 + 100 * k, "trend", None, {"groups": [{"mass_kg": k / 7}]}) for k in range(1, 9)])
        done = say.alarm_action(two.now(record), two.T0 + 900, two.LEAK, "acknowledge", "Ann", "houston")
        record.append([done], two.HOUSTON)
        return list(record.rows())


def parted(rows: list[Row], before_s: float, schema: int = 2) -> tuple[list[Row], list[Row]]:
    found = archive(replace(two.whole(rows), schema=schema), "a.db", before_s, "Ann")
    kept, moved = list(found.kept()), list(found.moved())
    assert found.count == len(moved)
    return kept, moved


def test_a_record_without_its_old_trend_still_holds_and_its_parts_belong_together(
    rows: list[Row], tmp_path: Path
) -> None:
    kept, moved = parted(rows, two.T0 + 450)
    assert [row.kind for row in moved] == ["trend"] * 4
    with open_record(str(tmp_path / "small.db")) as small:
        small.extend(kept)
        found = small.verify(rows[-1].hash)  # the head of the whole record is still found
        assert (found.ok, found.moved_out, found.statements) == (True, 4, {"houston": 2})
        left = list(small.rows())
        assert len([e for e in small.events() if e.kind == "trend"]) == 4
        assert small.append([Event(two.T0 + 1000, "trend", None, {"groups": []})]) == len(rows) + 2
        assert small.verify().ok
    assert [row.hash for row in left[:-1]] == [row.hash for row in rows]
    assert left[-1].fields == {"before_utc": "2017-07-14T02:47:30.000Z", "kinds": {"trend": 4}, "by": "Ann"}
    assert belong(moved, left) == ""
    assert belong([replace(moved[0], data='{"groups":[]}')], left) != ""
    assert belong([replace(moved[0], seq=99)], left) != ""
    assert belong(moved[::-1], left) != ""
    assert belong(moved, left, 4) == ""
    assert belong(moved[:3], left, 4) == "4 rows moved out; there are 3"
    assert belong([], left) == ""


def test_what_moved_out_of_one_copy_comes_back_from_the_other(rows: list[Row]) -> None:
    smaller = list(chained(parted(rows, two.T0 + 450)[0]))
    longer = [*rows, *chained([row_of(Event(two.T0 + 950, "trend", None, {}))], len(rows), rows[-1].hash)]
    found = compare(two.whole(rows), two.whole(smaller))
    assert (found.common, found.parted) == (len(rows), False)
    both = two.merged(smaller, longer)
    assert verify(both).ok


def test_what_may_not_move_out_stays(rows: list[Row]) -> None:
    with pytest.raises(RecordError, match="nothing before"):
        parted(rows, two.T0)
    with pytest.raises(RecordError, match="version 1"):
        parted(rows, two.T0 + 1e6, schema=1)
    kept, _ = parted(rows, two.T0 + 1e6)
    assert all(row.data is not None for row in kept if row.kind != "trend")


def test_lines_carry_a_record_whole(rows: list[Row]) -> None:
    kept = list(chained(parted(rows, two.T0 + 450)[0]))
    for whole in (rows, kept, []):
        head = whole[-1].hash if whole else "0" * 64
        first, *rest = to_lines(whole, 2, len(whole), head)
        assert schema_of(first, "f") == (2, len(whole), head)
        again = list(from_lines(rest, "f"))
        assert again == whole
        found = verify(again)
        assert shortened(found.count, found.head, schema_of(first, "f")[1:]) == ""
    assert "names" in shortened(3, rows[2].hash, (len(rows), rows[-1].hash))


@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False) | st.text()),
)
def test_any_data_comes_back_from_its_line(incident: str, data: dict[str, object]) -> None:
    (row,) = chained([row_of(Event(two.T0, "trend", incident, data))])
    assert row_of_line(line_of(row), "f", 1) == row


GOOD = json.loads(line_of(next(chained([row_of(Event(two.T0, "trend", None, {"x": 1}))]))))


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "3", '"x"', "{}", "[" * 100_000, '{"seq":NaN}',
     *(json.dumps({**GOOD, **wrong}) for wrong in (
         {"seq": "1"}, {"seq": True}, {"seq": -1}, {"seq": 2**60}, {"time_s": None}, {"time_s": "x"}, {"time_s": True},
         {"kind": 3}, {"incident": 3}, {"data": "x"}, {"data": [1]}, {"hash": None}, {"digest": 3}, {"more": 1},
         {"kind": "\ud800"}, {"incident": "a\0b"})),
     json.dumps(GOOD).replace("1500000000.0", "1e999"), json.dumps(GOOD).replace('{"x": 1}', '{"x": -Infinity}')],
)  # fmt: skip
def test_a_line_that_is_no_row_is_named(line: str) -> None:
    with pytest.raises(RecordError, match="line 7"):
        row_of_line(line, "f.jsonl", 7)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_line_is_a_row_or_one_clear_error(line: str) -> None:
    for read in (lambda: row_of_line(line, "f", 2), lambda: schema_of(line, "f")):
        with contextlib.suppress(RecordError):
            read()
