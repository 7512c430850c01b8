"""The verb as a user runs it: the demo from start to Ctrl-C, a record, tokens, and what is refused."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from commands import PROGRAM
from hullwatch.console.client import Console
from hullwatch.incident.store import open_record
from short_cases import HATCHES
from watching import Watched


def begin(*words: str) -> subprocess.Popen[str]:
    """The command, running."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(  # noqa: S603
        [*PROGRAM, *words, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def address_of(running: subprocess.Popen[str]) -> str:
    """Where it says it is."""
    assert running.stdout is not None
    line = running.stdout.readline()
    assert line.startswith("console  http://127.0.0.1:"), line + (running.stderr.read() if running.stderr else "")
    return line.split()[1]


def end(running: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Ctrl-C, and what it said."""
    running.send_signal(signal.SIGINT)
    out, errors = running.communicate(timeout=60.0)
    return running.returncode, out, errors


def test_a_case_is_watched_shown_spoken_to_and_ended(tmp_path: Path) -> None:
    case, token_file, key_file = tmp_path / "case.toml", tmp_path / "tokens.toml", tmp_path / "houston.pem"
    case.write_text(HATCHES)
    make_key = [*PROGRAM, "record", "key", "new", "houston", "--out", str(key_file)]
    subprocess.run(make_key, check=True, capture_output=True)  # noqa: S603
    made = subprocess.run(  # noqa: S603
        [*PROGRAM, "token", "Ann", "--centre", "houston", "--tokens", str(token_file)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    token = made.stdout.split()[1]
    assert token not in token_file.read_text()
    out = tmp_path / "out"
    # the first 70 minutes at once, the rest so slowly that it is still running when it is spoken to
    running = begin(
        "console", str(case), "--out", str(out), "--speed", "10", "--from", "2030-05-06T09:10Z",
        "--tokens", str(token_file), "--key", str(key_file),
    )  # fmt: skip
    try:
        console = Console(address_of(running), token)
        deadline = time.monotonic() + 120.0
        while not console.view()["alarms"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        incident = console.view()["incidents"][0]["id"]
        row = console.act(incident, "acknowledge", comment="crew is told")
        assert row["data"]["signed"]["centre"] == "houston"
        while console.view()["banner"]["state"] != "acknowledged":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        before = console.view()["time_utc"]
        while console.view()["time_utc"] == before:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        view = console.view()
        assert view["live"]
        assert view["reconstructed"]
        assert any(channel["value"] is not None for channel in view["data"]["channels"])
    finally:
        code, said, errors = end(running)
    assert code == 130, errors  # the watch had not reached the end of its source
    assert token not in said + errors
    assert "Traceback" not in errors
    with open_record(str(out / "record.sqlite"), read_only=True) as record:
        assert record.verify().ok
        kinds = [event.kind for event in record.events()]
        assert kinds[-1] == "watch_ended"
        assert "alarm_action" in kinds


def test_a_finished_record_is_shown_without_being_touched(night: Watched, tmp_path: Path) -> None:
    with open_record(str(tmp_path / "record.sqlite")) as record:
        record.append(night.events)
        head = record.head
    running = begin("console", str(tmp_path))
    try:
        console = Console(address_of(running))
        assert console.view()["seq"] == head[0]
        assert not console.view()["live"]
        assert console.health()["record"] == "read_only"
    finally:
        code, _, errors = end(running)
    assert (code, errors) == (0, "")
    with open_record(str(tmp_path / "record.sqlite"), read_only=True) as record:
        assert record.head == head


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["console"], "--demo"),
        (["console", "nothing-here"], "one of"),
        (["console", "demo-leak", "--host", "0.0.0.0"], "--tokens"),  # noqa: S104
        (["console", "demo-leak", "--tokens", "missing.toml"], "missing.toml"),
        (["console", "demo-leak", "--key", "missing.pem"], "missing.pem"),
        (["console", "demo-leak", "--host", "203.0.113.1", "--tokens", "TOKENS"], "port"),
        (["token", "Ann", "--role", "queen"], "viewer or operator"),
        (["token", "Ann", "--centre", "Upper Case"], "centre"),
        (["tui", "ftp://nowhere"], "record"),
        (["tui", "nothing-here"], "one of"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, words: list[str], said: str) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(f"[[token]]\nname = 'a'\nrole = 'viewer'\nsha256 = '{'0' * 64}'\n")
    given = [str(tokens) if word == "TOKENS" else word for word in words]
    done = subprocess.run([*PROGRAM, *given], capture_output=True, text=True, timeout=60.0, check=False, cwd=tmp_path)  # noqa: S603
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["console", "tui"])
def test_to_look_at_a_record_is_not_to_make_one(tmp_path: Path, verb: str) -> None:
    absent = tmp_path / "absent.sqlite"
    done = subprocess.run([*PROGRAM, verb, str(absent)], capture_output=True, text=True, timeout=60.0, check=False)  # noqa: S603
    assert done.returncode == 1
    assert "does not exist" in done.stderr
    assert not absent.exists()
