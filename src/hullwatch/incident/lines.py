"""A record as lines of JSON, to keep and to send: a first line that says what it is, then a line for each row.

    {"hullwatch_record":2,"rows":1234,"head":"..."}
    {"seq":1,"time_utc":"...","time_s":...,"kind":"...","incident":null,"data":{...},"hash":"..."}

Data that was moved out is null, and `digest` says what it was.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from hullwatch.errors import RecordError
from hullwatch.incident.chain import GENESIS, Row, canonical

EARLIEST_S, LATEST_S = -6.2e10, 2.5e11
"""Times of rows: from the year 6 to 9892, which can be written as ISO 8601 everywhere."""
_FIELDS = {"seq", "time_utc", "time_s", "kind", "incident", "data", "hash"}


def to_lines(rows: Iterable[Row], schema: int, count: int, head: str) -> Iterator[str]:
    """The lines of a record, each with its end of line."""
    yield canonical({"hullwatch_record": schema, "rows": count, "head": head}) + "\n"
    for row in rows:
        yield line_of(row)


def line_of(row: Row) -> str:
    """One row as a line."""
    plain: dict[str, Any] = {
        "seq": row.seq, "time_utc": row.time_utc, "time_s": row.time_s, "kind": row.kind, "incident": row.incident,
        "data": None if row.data is None else json.loads(row.data), "hash": row.hash,
    }  # fmt: skip
    if row.digest is not None:
        plain["digest"] = row.digest
    return json.dumps(plain, separators=(",", ":"), allow_nan=False) + "\n"


def schema_of(first: str, file: str) -> tuple[int, int, str]:
    """Version, number of rows and head hash that the first line names."""
    found = _object(first, file, 1)
    schema, count, head = found.get("hullwatch_record"), found.get("rows"), found.get("head")
    if not (_whole(schema) and schema in (1, 2) and _whole(count) and isinstance(head, str)):
        raise RecordError(file, "does not begin as a record does", "Give a file that `hullwatch record export` wrote")
    return int(schema), int(count or 0), head


def from_lines(lines: Iterable[str], file: str) -> Iterator[Row]:
    """The rows of all lines after the first; whether they are true is for `verify` to say."""
    for number, line in enumerate(lines, 2):
        yield row_of_line(line, file, number)


def row_of_line(line: str, file: str, number: int) -> Row:
    """The row a line holds; RecordError names the line where it holds none."""
    found = _object(line, file, number)
    time_s, data, incident, digest = (found.get(name) for name in ("time_s", "data", "incident", "digest"))
    right = (
        set(found) - {"digest"} == _FIELDS
        and _whole(found["seq"])
        and all(_text(found[name]) for name in ("time_utc", "kind", "hash"))
        and isinstance(time_s, float | int)
        and not isinstance(time_s, bool)
        and EARLIEST_S < time_s < LATEST_S  # nan is not
        and (incident is None or _text(incident))
        and (digest is None or _text(digest))
        and isinstance(data, dict | None)
    )
    if not right:
        raise _wrong(file, number, "is no row of a record")
    try:
        text = None if data is None else canonical(data)
    except (ValueError, RecursionError) as error:  # 1e999 is read as infinity
        raise _wrong(file, number, f"holds what no record does ({error})") from error
    return Row(
        found["seq"], found["time_utc"], float(time_s or 0.0), found["kind"], incident, text, found["hash"], digest
    )


def shortened(count: int, head: str, named: tuple[int, str]) -> str:
    """Why the rows of a file are not all that its first line names; "" when they are."""
    if (count, head) == named or (named[0] == 0 and head == GENESIS):
        return ""
    return f"its first line names {named[0]} rows and head {named[1]}; there are {count} rows with head {head}"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _text(value: Any) -> bool:
    """Text that any database can keep: no halves of characters, no zero bytes."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" or c == "\0" for c in value)


def _object(line: str, file: str, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _wrong(file, number, f"is not JSON ({str(error)[:80]})") from error
    if not isinstance(found, dict):
        raise _wrong(file, number, "is no JSON object")
    return found


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _wrong(file: str, number: int, problem: str) -> RecordError:
    return RecordError(file, f"line {number} {problem}", "Export the record again, or restore the file from a copy")
