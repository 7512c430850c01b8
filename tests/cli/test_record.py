"""`hullwatch record`: what a centre types, and what it is told."""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from commands import hullwatch
from hullwatch.cli.saying import key_in
from hullwatch.incident.store import open_record
from hullwatch.records import Event
from watching import Cases

T0 = 1.5e9


def run(*words: object) -> tuple[int, str, str]:
    """Exit code, standard output and error of a command."""
    done = hullwatch(*map(str, words))
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """A small record as a watch leaves it."""
    hatches = [{"id": "door", "between": ["a", "b"], "open": True}]
    started = {"compartments": [{"id": "a"}, {"id": "b"}], "hatches": hatches, "crafts": [], "limits": []}
    with open_record(str(tmp_path / "record.sqlite")) as record:
        record.append([Event(T0, "watch_started", None, started)])
        record.append([Event(T0 + 1, "incident_opened", "AIR-1", {"medium": "air"})])
        said = {"alarm_class": "caution", "state": "unacknowledged", "trigger": "raise", "text": "leak"}
        record.append([Event(T0 + 2, "alarm", "AIR-1", said)])
        record.append([Event(T0 + 300 * k, "trend", None, {"groups": []}) for k in range(1, 6)])
    return tmp_path / "record.sqlite"


def joined(night: Path, centre: str) -> str:
    key = night.with_name(f"{centre}.pem")
    if not key.exists():
        assert run("record", "key", "new", centre, "--out", key)[0] == 0
    assert run("record", "join", night, "--key", key, "--by", "Ann")[0] == 0
    return str(key)


def as_json(*words: object) -> Any:
    code, out, err = run(*words, "--json")
    assert code in (0, 2), err
    return json.loads(out)


def test_a_key_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "h.pem"
    code, out, _ = run("record", "key", "new", "houston", "--out", file)
    assert (code, out) == (0, f"houston {key_in(str(file)).public_key}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "PRIVATE" not in out
    assert run("record", "key", "show", file)[1] == out
    code, _, err = run("record", "key", "new", "houston", "--out", file)
    assert code == 1
    assert "never overwritten" in err


def test_statements_are_signed_shown_and_proved(night: Path) -> None:
    key = joined(night, "houston")
    said = run("record", "say", night, "alarm_action", "incident=AIR-1", "action=acknowledge", "--by", "Ann",
               "--key", key)  # fmt: skip
    assert said[0] == 0, said[2]
    assert run("record", "say", night, "hatch_report", "hatch=door", "open=false", "--by", "crew")[0] == 0
    found = as_json("record", "verify", night)
    assert (found["ok"], found["statements"], found["unsigned"]) == (True, {"houston": 2}, 1)
    shown = as_json("record", "show", night.parent)
    assert [(a["incident"], a["state"], a["centre"]) for a in shown["alarms"]] == [("AIR-1", "acknowledged", "houston")]
    assert "houston: 2 statements, every signature right" in run("record", "verify", night)[1]
    assert "acknowledged" in run("record", "show", night)[1]
    assert len(run("record", "show", night, "--rows", "--kind", "trend")[1].splitlines()) == 5


def test_keys_known_from_elsewhere_decide_who_a_centre_is(night: Path) -> None:
    key = joined(night, "houston")
    known = night.with_name("keys.json")
    known.write_text(json.dumps({"houston": key_in(key).public_key}))
    assert run("record", "verify", night, "--keys", known)[0] == 0
    known.write_text(json.dumps({"houston": ["ab" * 32]}))
    code, out, _ = run("record", "verify", night, "--keys", known)
    assert code == 2
    assert "row 9" in out


def test_a_new_key_is_announced_under_the_old(night: Path) -> None:
    old = joined(night, "houston")
    new = night.with_name("new.pem")
    run("record", "key", "new", "houston", "--out", new)
    assert run("record", "join", night, "--key", old, "--new", new, "--by", "Ann")[0] == 0
    say = ("record", "say", night, "hatch_report", "hatch=door", "open=true", "--by", "A", "--key")
    assert run(*say, new)[0] == 0
    assert run("record", "verify", night)[0] == 0


def test_a_head_noted_shows_rows_cut_off(night: Path) -> None:
    with open_record(str(night), read_only=True) as record:
        head = record.head[1]
    assert run("record", "verify", night, "--head", head)[0] == 0
    code, out, _ = run("record", "verify", night, "--head", "ab" * 32)
    assert code == 2
    assert "noted earlier" in out


def test_two_copies_are_compared_and_merged(night: Path) -> None:
    keys = joined(night, "houston"), joined(night, "moscow")
    other = night.with_name("other.sqlite")
    shutil.copy(night, other)
    assert run("record", "compare", night, other)[:2] == (0, "the same: 10 rows\n")
    for copy, key, is_open in ((night, keys[0], "true"), (other, keys[1], "false")):
        assert (
            run("record", "say", copy, "hatch_report", "hatch=door", f"open={is_open}", "--by", "A", "--key", key)[0]
            == 0
        )
    code, out, _ = run("record", "compare", night, other)
    assert code == 2
    assert "CONFLICT hatch door: " in out
    heads = []
    for k, pair in enumerate(((night, other), (other, night))):
        merged = night.with_name(f"merged-{k}.sqlite")
        code, out, err = run("record", "merge", *pair, "--out", merged, "--by", "Ann")
        assert code == 2, err  # done, and they contradict
        assert "CONFLICT hatch door" in out
        heads.append(as_json("record", "verify", merged)["head"])
    assert heads[0] == heads[1]
    assert as_json("record", "show", merged)["disputed_hatches"] == ["door"]
    assert "already" in run("record", "merge", night, other, "--out", merged, "--by", "Ann")[2]


def test_out_as_lines_and_in_again_and_as_a_table(night: Path) -> None:
    joined(night, "houston")
    lines, table, again = (night.with_name(name) for name in ("n.jsonl", "n.parquet", "again.sqlite"))
    assert run("record", "export", night, "--to", lines)[0] == 0
    assert run("record", "export", night, "--to", table)[0] == 0
    assert run("record", "import", lines, "--out", again)[0] == 0
    heads = {as_json("record", "verify", name)["head"] for name in (night, lines, again)}
    assert len(heads) == 1
    read = pq.read_table(table)
    assert read.num_rows == 9
    assert read.schema.metadata[b"head"].decode() in heads
    shorter = night.with_name("short.jsonl")
    shorter.write_text("".join(lines.read_text().splitlines(keepends=True)[:-1]))
    code, out, _ = run("record", "verify", shorter)
    assert code == 2
    assert "names 9 rows" in out
    forged = night.with_name("forged.jsonl")
    forged.write_text(lines.read_text().replace('"leak"', '"calm"'))
    code, out, _ = run("record", "verify", forged)
    assert code == 2
    assert "row 3" in out
    assert run("record", "import", forged, "--out", night.with_name("no.sqlite"))[0] == 1
    assert not night.with_name("no.sqlite").exists()
    assert ".jsonl nor .parquet" in run("record", "export", night, "--to", night.with_name("n.csv"))[2]


def test_old_data_moves_out_and_all_still_holds(night: Path) -> None:
    small, moved = night.with_name("small.sqlite"), night.with_name("moved.jsonl")
    words = ("record", "archive", night, "--before", "2017-07-14T02:52Z", "--to", moved, "--out", small, "--by", "Ann")
    assert run(*words)[0] == 0
    found = as_json("record", "verify", small, "--moved", moved)
    assert (found["ok"], found["moved_out"]) == (True, 2)
    moved.write_text(moved.read_text().replace('"groups":[]', '"groups":[1]'))
    code, out, _ = run("record", "verify", small, "--moved", moved)
    assert code == 2
    assert "was altered" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify", "nowhere.sqlite"), "does not exist"),
        (("verify", "nowhere.jsonl"), "cannot be read"),
        (("say", "NIGHT", "rumour", "x=1", "--by", "A"), "one of alarm_action"),
        (("say", "NIGHT", "hatch_report", "hatch", "--by", "A"), "field=value"),
        (("say", "NIGHT", "hatch_report", "hatch=window", "open=true", "--by", "A"), "one of door"),
        (("say", "NIGHT", "hatch_report", "open=true", "--by", "A"), "hatch"),
        (("say", "NIGHT", "hatch_report", "hatch=door", "open=true", "--by", "A", "--key", "none.pem"),
         "record key new"),
        (("say", "NIGHT", "alarm_action", "incident=AIR-1", "action=unshelve", "--by", "A"), "no transition"),
        (("say", "NIGHT", "hatch_report", "hatch=door", "--by", "A"), "missing a required argument: 'open'"),
        (("say", "NIGHT", "hatch_report", "hatch=door", "open=true", "centre=houston", "--by", "A"), "given by --key"),
        (("say", "NIGHT", "limit_changed", "limit=evacuate", "value_pa=1", "why=x", "--by", "A"), "has none"),
        (("verify", "NIGHT", "--keys", "none.json"), "64 hexadecimal digits"),
        (("verify", "NIGHT", "--head", "zz"), "64 hexadecimal digits"),
        (("key", "new", "Houston!", "--out", "x.pem"), "small letters"),
        (("archive", "NIGHT", "--before", "1980-01-01", "--to", "m.jsonl", "--out", "s.sqlite", "--by", "A"),
         "nothing before"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(night: Path, words: tuple[str, ...], said: str) -> None:
    before = night.read_bytes()
    code, out, err = run("record", *(str(night) if word == "NIGHT" else word for word in words))
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert night.read_bytes() == before


def test_only_the_key_with_which_a_centre_joined_signs_for_it(night: Path) -> None:
    """A statement signed with another key would make a record that does not hold."""
    joined(night, "houston")
    for name, centre in (("other", "houston"), ("stranger", "moscow")):
        assert run("record", "key", "new", centre, "--out", night.with_name(f"{name}.pem"))[0] == 0
    say = ("record", "say", night, "hatch_report", "hatch=door", "open=false", "--by", "A", "--key")
    code, _, err = run(*say, night.with_name("other.pem"))
    assert (code, "the key with which houston joined" in err, str(night) in err) == (1, True, True)
    code, _, err = run(*say, night.with_name("stranger.pem"))
    assert (code, "hullwatch record join" in err) == (1, True)
    code, _, err = run("record", "join", night, "--key", night.with_name("other.pem"), "--by", "A")
    assert (code, "the key with which houston joined" in err) == (1, True)
    for wrong in (night, night.parent):
        code, _, err = run(*say, wrong)
        assert (code, "hullwatch record key new" in err, str(wrong) in err) == (1, True, True)
    assert as_json("record", "verify", night)["statements"] == {"houston": 1}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda file: file.write_bytes(b""), "holds no record"),
        (lambda file: file.write_bytes(b"hello"), "not even a database"),
        (lambda file: file.write_bytes(bytes(range(256)) * 64), "not even a database"),
        (lambda file: file.write_bytes(file.read_bytes()[:8_192]), "is damaged"),
        (lambda file: file.write_bytes(file.read_bytes()[:50]), "is damaged"),
    ],
)
@pytest.mark.parametrize("verb", [("verify",), ("show",), ("export", "--to", "x.jsonl")])
def test_a_file_that_is_no_record_or_no_longer_whole_is_named(
    night: Path, spoil: Callable[[Path], object], said: str, verb: tuple[str, ...]
) -> None:
    copy = night.with_name("spoilt.sqlite")
    shutil.copy(night, copy)
    spoil(copy)
    before = copy.read_bytes()
    code, out, err = run("record", verb[0], copy, *verb[1:])
    assert (code, out) == (1, "")
    assert str(copy) in err
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert copy.read_bytes() == before


@pytest.mark.parametrize("spoilt", [b"\xff" * 8_192, b"\xff\xfe"])
def test_how_far_a_damaged_record_holds_is_told(night: Path, spoilt: bytes) -> None:
    with open_record(str(night)) as record:
        record.append(
            [Event(T0 + 1e4 + 60 * k, "trend", None, {"groups": [], "n": k, "why": "x" * 300}) for k in range(300)]
        )
        rows = list(record.rows())
    whole = bytearray(night.read_bytes())
    at = whole.rindex(str(rows[200].data).encode()) if len(spoilt) < 9 else len(whole) * 3 // 5 // 4096 * 4096
    whole[at : at + len(spoilt)] = spoilt
    night.write_bytes(whole)
    code, out, err = run("record", "verify", night)
    if code == 2:  # the page with the damage could be read, and does not fit
        assert "DOES NOT HOLD" in out
        assert "rows before it hold" in out
        return
    assert (code, out) == (1, "")
    assert str(night) in err
    assert "is damaged" in err
    held = int(err.split("its first ")[1].split()[0])
    assert held == 200 if len(spoilt) < 9 else 8 <= held < 300
    assert rows[held - 1].hash in err


def test_exported_lines_cut_off_are_not_imported(night: Path) -> None:
    lines = night.with_name("r.jsonl")
    assert run("record", "export", night, "--to", lines)[0] == 0
    lines.write_text("".join(lines.read_text().splitlines(keepends=True)[:5]))
    code, _, err = run("record", "import", lines, "--out", night.with_name("new.sqlite"))
    assert code == 1
    assert "its first line names 8 rows" in err
    assert not night.with_name("new.sqlite").exists()


def test_what_a_record_says_cannot_drive_a_terminal(night: Path) -> None:
    with open_record(str(night)) as record:
        evil: dict[str, object] = {"decision": "x-1", "what": "\x1b[2Jgone", "needs": [], "by": "\x07", "centre": None}
        record.append([Event(T0 + 9, "decision_proposed", None, evil)])
    out = run("record", "show", night)[1]
    assert "gone" in out
    assert "\x1b" not in out


def test_a_watch_keeps_its_record_where_it_is_told_and_finds_it_done(cases: Cases, tmp_path: Path) -> None:
    played = cases.played("demo-leak")
    place = tmp_path / "a.sqlite"
    first = run("watch", played.telemetry, "--record", place, "--json")
    assert first[0] == 2, first[2]
    assert json.loads(run("record", "verify", place, "--json")[1])["ok"]
    with open_record(str(place), read_only=True) as record:
        head = record.head
    again = run("watch", played.telemetry, "--record", place, "--json")
    assert again[:2] == first[:2]
    assert "kept to its end before" in again[2]
    with open_record(str(place), read_only=True) as record:
        assert record.head == head
    code, out, err = run("watch", played.telemetry, "--record", place, "--false-alarm-rate", "2/yr")
    assert (code, out) == (1, "")
    assert "holds another watch" in err
    assert "no database that a record" in run("watch", played.telemetry, "--record", "mysql://x/y")[2]
