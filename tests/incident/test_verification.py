"""Verification names the first row that was altered, removed, reordered, forged or taken out."""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import two_centres as two
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hullwatch.errors import RecordError
from hullwatch.incident import signing
from hullwatch.incident import statements as say
from hullwatch.incident.chain import GENESIS, Row, chained, row_of
from hullwatch.incident.signing import CentreKey
from hullwatch.incident.store import Record, open_record
from hullwatch.incident.verification import FIELDS, verify
from hullwatch.records import Event

THIEF = CentreKey("moscow", Ed25519PrivateKey.from_private_bytes(b"t" * 32))


def trend(k: int) -> Event:
    return Event(two.T0 + 30 + k, "trend", None, {"groups": [], "n": k})


def fill(record: Record) -> None:
    """Fourteen rows: 4 of the watch, 2 centres join, 3 trends, 4 statements, 1 said by nobody's centre."""
    record.append(two.beginning())
    two.join(record, two.HOUSTON, two.MOSCOW)
    record.append([trend(k) for k in range(3)])
    record.append(
        [say.alarm_action(two.now(record), two.T0 + 40, two.LEAK, "acknowledge", "Ann", "houston")], two.HOUSTON
    )
    shut = say.decision_proposed(
        two.now(record), two.T0 + 41, "Shut it", "Ann", {"shut": ["node/lab"]}, centre="houston"
    )
    record.append([shut], two.HOUSTON)
    record.append(
        [say.decision_answered(two.now(record), two.T0 + 42, "houston-1", True, "B", centre="moscow")], two.MOSCOW
    )
    record.append([say.hatch_report(two.now(record), two.T0 + 43, "node/lab", False, "B", centre="moscow")], two.MOSCOW)
    record.append([say.hatch_report(two.now(record), two.T0 + 44, "pma/node", False, "crew")])


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    with open_record(str(tmp_path_factory.mktemp("record") / "a.db")) as record:
        fill(record)
        return list(record.rows())


def again(rows: Sequence[Row]) -> list[Row]:
    """The chain computed anew over these rows, as somebody who holds the file can."""
    return list(chained(replace(row, hash="") for row in rows))


def test_a_whole_record_passes_and_says_who_spoke(rows: list[Row]) -> None:
    found = verify(rows)
    assert found.ok, found.why
    assert (found.count, found.head) == (14, rows[-1].hash)
    assert (found.statements, found.unsigned, found.moved_out) == ({"houston": 3, "moscow": 3}, 1, 0)
    keys = {"houston": [two.HOUSTON.public_key], "moscow": [two.MOSCOW.public_key]}
    assert verify(rows, keys=keys).ok
    assert verify(rows, head=rows[7].hash).ok
    assert verify([]).ok
    assert set(found.as_dict()) == set(FIELDS)


def test_the_chain_is_the_one_documented(rows: list[Row]) -> None:
    """Computed here from its definition alone."""
    last = GENESIS
    for row in rows:
        assert row.data is not None
        digest = hashlib.sha256(row.data.encode()).hexdigest()
        place = [row.seq, row.time_utc, row.time_s, row.kind, row.incident, digest]
        last = hashlib.sha256(f"{last}\n{json.dumps(place, separators=(',', ':'))}".encode()).hexdigest()
        assert row.hash == last


@pytest.mark.parametrize("at", range(14))
def test_a_row_altered_is_named(rows: list[Row], at: int) -> None:
    row = rows[at]
    for other in (
        replace(row, data='{"x":1}'), replace(row, time_s=row.time_s + 1), replace(row, kind="quality"),
        replace(row, incident="AIR-9"), replace(row, time_utc="2018-01-01T00:00:00.000Z"),
        replace(row, hash="f" * 64), replace(row, data=None), replace(row, digest="0" * 64),
    ):  # fmt: skip
        found = verify([*rows[:at], other, *rows[at + 1 :]])
        assert (found.ok, found.bad_seq, found.count) == (False, at + 1, at)


@pytest.mark.parametrize("at", range(13))
def test_a_row_removed_or_moved_is_named(rows: list[Row], at: int) -> None:
    assert verify([*rows[:at], *rows[at + 1 :]]).bad_seq == at + 1
    swapped = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
    assert verify(swapped).bad_seq == at + 1


def rewritten(rows: list[Row], at: int, **data: Any) -> list[Row]:
    """A row's data changed and the whole chain after it computed anew."""
    row = replace(rows[at], data=row_of(replace(rows[at].event, data={**rows[at].fields, **data})).data)
    return again([*rows[:at], row, *rows[at + 1 :]])


@pytest.mark.parametrize(
    ("forge", "bad", "why"),
    [
        (lambda rows: rewritten(rows, 9, by="Eve"), 10, "does not bear the signature of houston"),
        (lambda rows: rewritten(rows, 12, open=True), 13, "does not bear the signature of moscow"),
        (lambda rows: again([*rows[:9], *rows[10:]]), 10, "statement 3 of houston where number 2 is due"),
        (lambda rows: again([*rows[:5], *rows[6:]]), 9, "the past was changed"),
        (lambda rows: again([*rows[:10], rows[9], *rows[10:]]), 11, "statement 2 of houston where number 3 is due"),
        # nobody signed the watch's own rows, but whoever spoke after them had seen them
        (lambda rows: rewritten(rows, 7, n=99), 10, "after a row that is not here: the past was changed"),
        (lambda rows: rewritten(rows, 3, text="quiet"), 5, "the past was changed"),
        (lambda rows: again([*rows[:8], *rows[9:]]), 9, "the past was changed"),
        (lambda rows: rewritten(rows, 9, signed=None), 10, "is said to be of houston and is not signed"),
    ],
)  # fmt: skip
def test_a_chain_computed_anew_by_whoever_holds_the_file_is_still_found_out(
    rows: list[Row], forge: Callable[[list[Row]], list[Row]], bad: int, why: str
) -> None:
    found = verify(forge(rows))
    assert (found.ok, found.bad_seq) == (False, bad)
    assert why in found.why


def test_what_nobody_signed_after_can_be_rewritten_and_only_the_noted_head_tells(rows: list[Row]) -> None:
    """The limit of what is proved, said in docs/explanation/record.md: an unsigned tail."""
    other = rewritten(rows, 13, open=True)
    assert verify(other).ok
    assert verify(other, head=rows[-1].hash).bad_seq == 15
    assert verify(again(rows[:12])).ok


def test_a_centre_that_is_not_who_it_says_is_found_with_the_keys_given(rows: list[Row]) -> None:
    joined = say.centre_joined(two.standing(two.beginning()), two.T0 + 20, "moscow", THIEF.public_key, "Eve")
    forged = again([*rows[:4], row_of(signing.sign(joined, THIEF, 1, rows[3].hash))])
    assert verify(forged).ok  # by itself a record cannot know who moscow is
    found = verify(forged, keys={"moscow": [two.MOSCOW.public_key]})
    assert (found.bad_seq, found.ok) == (5, False)
    assert "not among those given" in found.why


def test_a_new_key_is_announced_under_the_old_one(tmp_path: Path) -> None:
    with open_record(str(tmp_path / "a.db")) as record:
        fill(record)
        new = say.centre_joined(two.now(record), two.T0 + 50, "moscow", THIEF.public_key, "Boris")
        record.append([new], two.MOSCOW)
        record.append(
            [say.hatch_report(two.now(record), two.T0 + 51, "lab/closet", False, "B", centre="moscow")], THIEF
        )
        assert record.verify().ok
        stolen = list(record.rows())
    unsigned = again([*stolen[:14], row_of(signing.sign(new, THIEF, 4, stolen[13].hash))])
    assert verify(unsigned).bad_seq == 15


def test_data_moved_out_may_only_be_of_kinds_that_may_go(rows: list[Row]) -> None:
    def gone(at: int) -> list[Row]:
        digest = hashlib.sha256(str(rows[at].data).encode()).hexdigest()
        return [*rows[:at], replace(rows[at], data=None, digest=digest), *rows[at + 1 :]]

    found = verify(gone(7))
    assert (found.ok, found.moved_out, found.head) == (True, 1, rows[-1].hash)
    assert verify(gone(3)).bad_seq == 4
    assert "which that of kind alarm never is" in verify(gone(3)).why


def test_the_earlier_of_two_faults_is_named(rows: list[Row]) -> None:
    forged = rewritten(rows, 9, by="Eve")
    forged[12] = replace(forged[12], hash="0" * 64)
    assert verify(forged).bad_seq == 10


@pytest.mark.parametrize("data", ["[]", "3", "{", ""])
def test_a_statement_that_is_no_object_is_named(rows: list[Row], data: str) -> None:
    assert verify(again([*rows[:9], replace(rows[9], data=data)])).bad_seq == 10


def test_a_record_of_version_1_is_read_verified_and_continued(tmp_path: Path) -> None:
    """Made here as version 1 made them: another table, and the data itself in the hash."""
    path, last = tmp_path / "old.db", GENESIS
    with contextlib.closing(sqlite3.connect(path)) as link:
        link.execute("CREATE TABLE record_format (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        link.execute("INSERT INTO record_format VALUES ('hullwatch_record', '1')")
        link.execute(
            "CREATE TABLE events (seq INTEGER PRIMARY KEY, time_utc TEXT NOT NULL, time_s DOUBLE NOT NULL,"
            " kind TEXT NOT NULL, incident TEXT, data TEXT NOT NULL, hash TEXT NOT NULL)"
        )
        for seq, event in enumerate(two.beginning(), 1):
            row = row_of(event)
            whole = json.dumps([seq, row.time_utc, row.time_s, row.kind, row.incident, row.data], separators=(",", ":"))
            last = hashlib.sha256(f"{last}\n{whole}".encode()).hexdigest()
            link.execute(
                "INSERT INTO events VALUES (?,?,?,?,?,?,?)",
                (seq, row.time_utc, row.time_s, row.kind, row.incident, row.data, last),
            )
        link.commit()
    with open_record(str(path)) as record:
        assert record.verify(last).ok
        two.join(record, two.HOUSTON)
        record.append([trend(0)], memory=b"something")
        assert record.verify(last).ok
        assert record.memory == (6, b"something")
        assert [e.kind for e in record.events()][-2:] == ["centre_joined", "trend"]


def test_a_row_whose_data_a_damaged_page_has_eaten_is_named() -> None:
    for eaten in ('{"a": 1', "\x00", "[" * 100_000):
        row = Row(7, "2030-05-06T00:00:00.000Z", 0.0, "trend", None, eaten)
        with pytest.raises(RecordError, match="row 7 is damaged: its data is no JSON"):
            _ = row.fields
