"""The operations log: what it says is taken over, and what cannot stand is refused by line, value and remedy."""

from pathlib import Path

import pytest

from hullwatch.errors import TelemetryError
from hullwatch.telemetry.operations_log import COLUMNS, KINDS, read_operations
from hullwatch.units import utc_seconds
from hullwatch.vehicle.load import load_vehicle

SHIP = load_vehicle("demo")
HEADER = "start_utc,end_utc,kind,compartment,mass_kg,note\n"


def written(folder: Path, *rows: str, header: str = HEADER) -> str:
    path = folder / "ops.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows))
    return str(path)


def test_a_row_is_taken_over(tmp_path: Path) -> None:
    (row,) = read_operations(written(tmp_path, "2030-05-06T10:00Z,2030-05-06T10:20Z,vent,LAB,-1.5,experiment 7"), SHIP)
    assert (row.start_s, row.end_s) == (utc_seconds("2030-05-06T10:00Z"), utc_seconds("2030-05-06T10:20Z"))
    assert (row.kind, row.compartment, row.hatch, row.mass_kg) == ("vent", "LAB", None, -1.5)
    assert (row.note, row.row) == ("experiment 7", 2)


def test_what_is_empty_is_not_known(tmp_path: Path) -> None:
    (row,) = read_operations(written(tmp_path, "2030-05-06T10:00Z,,docking,,,"), SHIP)
    assert row.end_s == row.start_s
    assert (row.compartment, row.hatch, row.mass_kg, row.note) == (None, None, None, "")


def test_a_hatch_may_stand_where_compartments_do(tmp_path: Path) -> None:
    (row,) = read_operations(written(tmp_path, "2030-05-06T10:00Z,,hatch_closed,NODE-LAB,,"), SHIP)
    assert (row.compartment, row.hatch) == (None, "NODE-LAB")
    header = "start_utc,kind,hatch\n"
    (row,) = read_operations(written(tmp_path, "2030-05-06T10:00Z,hatch_open,NODE-LAB", header=header), SHIP)
    assert row.hatch == "NODE-LAB"


def test_late_and_overlapping_rows_are_put_in_order(tmp_path: Path) -> None:
    rows = read_operations(
        written(
            tmp_path,
            "2030-05-06T12:00Z,2030-05-06T13:00Z,vent,LAB,,second",
            "2030-05-06T10:00Z,2030-05-06T12:30Z,pump,,,first, written late".replace(", w", " w"),
        ),
        SHIP,
    )
    assert [row.note for row in rows] == ["first written late", "second"]
    assert [row.row for row in rows] == [3, 2]


def test_every_kind_is_read(tmp_path: Path) -> None:
    lines = [f"2030-05-06T{k:02}:00Z,,{kind},NODE-LAB,," for k, kind in enumerate(KINDS)]
    assert [row.kind for row in read_operations(written(tmp_path, *lines), SHIP)] == list(KINDS)


WRONG = {
    "bad time": ("yesterday,,vent,LAB,,", ["line 2", "start_utc", "'yesterday'", "ISO 8601"]),
    "bad end": ("2030-05-06T10:00Z,10h,vent,LAB,,", ["line 2", "end_utc", "'10h'", "ISO 8601"]),
    "no start": (",,vent,LAB,,", ["line 2", "start_utc", "ISO 8601"]),
    "end before start": ("2030-05-06T10:00Z,2030-05-06T09:00Z,vent,LAB,,", ["line 2", "before the start", "Exchange"]),
    "unknown kind": ("2030-05-06T10:00Z,,venting,LAB,,", ["line 2", "kind", "'venting'", "repressurisation"]),
    "unknown compartment": ("2030-05-06T10:00Z,,vent,ATTIC,,", ["line 2", "'ATTIC'", "LAB", "whole ship"]),
    "hatch without hatch": ("2030-05-06T10:00Z,,hatch_open,,,", ["line 2", "hatch", "NODE-LAB"]),
    "hatch of a compartment": ("2030-05-06T10:00Z,,hatch_open,LAB,,", ["line 2", "hatch", "NODE-LAB"]),
    "not a number": ("2030-05-06T10:00Z,,vent,LAB,nan,", ["line 2", "mass_kg", "'nan'", "empty"]),
    "infinite": ("2030-05-06T10:00Z,,vent,LAB,-inf,", ["line 2", "mass_kg", "'-inf'"]),
    "words for mass": ("2030-05-06T10:00Z,,vent,LAB,a lot,", ["line 2", "mass_kg", "'a lot'"]),
    "mass of a hatch": ("2030-05-06T10:00Z,,hatch_open,NODE-LAB,3,", ["line 2", "mass_kg", "moves no gas"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_stand_is_refused(tmp_path: Path, case: str) -> None:
    row, words = WRONG[case]
    path = written(tmp_path, row)
    with pytest.raises(TelemetryError) as refused:
        read_operations(path, SHIP)
    assert all(word in str(refused.value) for word in (path, *words)), str(refused.value)


def test_the_same_row_twice_is_refused(tmp_path: Path) -> None:
    row = "2030-05-06T10:00Z,,vent,LAB,-1,"
    with pytest.raises(TelemetryError, match=r"line 4: says the same as line 2.*Remove"):
        read_operations(written(tmp_path, row, "2030-05-06T11:00Z,,vent,LAB,-1,", row), SHIP)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("start_utc,kind,where\n", ["'where' is not known", "mass_kg"]),
        ("start_utc,compartment\n", ["no column kind"]),
        ("kind,compartment\n", ["no column start_utc"]),
    ],
)
def test_other_columns_are_refused(tmp_path: Path, header: str, words: list[str]) -> None:
    row = ",".join("x" for _ in header.split(","))
    with pytest.raises(TelemetryError) as refused:
        read_operations(written(tmp_path, row, header=header), SHIP)
    assert all(word in str(refused.value) for word in (*words, *COLUMNS))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TelemetryError, match="--log"):
        read_operations(str(tmp_path / "none.csv"), SHIP)


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    rows = read_operations(written(tmp_path, ",,,,,", "2030-05-06T10:00Z,,eva,LAB,,"), SHIP)
    assert [row.row for row in rows] == [3]
