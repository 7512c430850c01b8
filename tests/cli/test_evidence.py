"""`hullwatch evidence` and `hullwatch locate` on small records, with a watch writing beside them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from commands import hullwatch, refused
from hullwatch.incident.events import undocumented
from hullwatch.incident.store import open_record
from hullwatch.incident.summary import summarise
from hullwatch.records import Event

ADD = ("--at", "2018-08-30T06:40Z", "--by", "Prokopyev")
T0 = 1.5356e9
WRITER = Path(__file__).parents[1] / "incident" / "writer.py"


def interval(median: float) -> dict[str, float]:
    return {"median": median, "low": 0.9 * median, "high": 1.1 * median}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A record as a watch leaves it: one incident, sized, nothing known of where."""
    rooms = ("NODE", "LAB", "STORE", "CAPSULE")
    events = [
        Event(T0, "watch_started", None, {"vehicle": "demo"}),
        Event(T0 + 9, "incident_opened", "AIR-2018-08-30-1", {"medium": "air"}),
        Event(
            T0 + 10, "estimate", "AIR-2018-08-30-1",
            {
                "rate_kg_day": interval(25.0), "pressure_pa": 99_000.0, "location_why": "all hatches open",
                "location": [{"compartment": c, "probability": 0.25} for c in rooms],
            },
        ),
    ]  # fmt: skip
    with open_record(str(tmp_path / "record.sqlite")) as record:
        record.append(events)
    return tmp_path


def kept(place: Path) -> list[Event]:
    with open_record(str(place / "record.sqlite"), read_only=True) as record:
        assert record.verify().ok
        return [e for e in record.events() if e.kind.startswith("evidence")]


def test_the_rate_is_that_of_the_incident_that_is_located(place: Path) -> None:
    """An older leak, known far better, says nothing of how fast the latest one is."""
    second = "AIR-2018-08-30-2"
    said = {"rate_kg_day": {"median": 200.0, "low": 50.0, "high": 400.0}, "location": [], "location_why": ""}
    with open_record(str(place / "record.sqlite")) as record:
        record.append(
            [Event(T0 + 20, "incident_opened", second, {"medium": "air"}), Event(T0 + 21, "estimate", second, said)]
        )
    found = json.loads(hullwatch("locate", place, "--json").stdout)
    assert found["incident"] == second
    assert found["rate_kg_s"]["median"] == pytest.approx(200.0 / 86_400.0)
    first = json.loads(hullwatch("locate", place, "--incident", "AIR-2018-08-30-1", "--json").stdout)
    assert first["rate_kg_s"]["median"] == pytest.approx(25.0 / 86_400.0)


def test_a_centre_signs_evidence_and_its_withdrawal_once_it_has_joined(place: Path) -> None:
    key = place / "houston.pem"
    assert hullwatch("record", "key", "new", "houston", "--out", key).returncode == 0
    add = ("evidence", "add", place, "--kind", "found", "--compartment", "STORE", "--key", key, *ADD)
    stranger = hullwatch(*add)
    assert stranger.returncode == 1
    assert "hullwatch record join" in stranger.stderr
    assert hullwatch("record", "join", place, "--key", key, "--by", "Ann").returncode == 0
    assert [hullwatch(*add).stdout.strip() for _ in range(2)] == ["recorded as #1", "already recorded as #1"]
    back = ("evidence", "withdraw", place, "1", "--key", key, *ADD)
    assert [hullwatch(*back).stdout.strip() for _ in range(2)] == ["#1 is withdrawn", "#1 was withdrawn before"]
    said, gone = kept(place)
    assert [event.data["signed"]["centre"] for event in (said, gone)] == ["houston", "houston"]
    assert undocumented(said) == undocumented(gone) == ()
    with open_record(str(place / "record.sqlite"), read_only=True) as record:
        assert record.verify().statements == {"houston": 3}


def test_evidence_is_appended_listed_and_weighed(place: Path) -> None:
    before = json.loads(hullwatch("locate", place, "--json").stdout)
    done = hullwatch("evidence", "add", place, "--kind", "found", "--compartment", "STORE", "--note", "a mark", *ADD)
    assert (done.returncode, done.stdout.strip()) == (0, "recorded as #1")
    (event,) = kept(place)
    assert undocumented(event) == ()
    assert event.incident == "AIR-2018-08-30-1"
    assert event.data == {
        "kind": "found", "observed": {"compartment": "STORE"}, "by": "Prokopyev", "note": "a mark",
    }  # fmt: skip
    listed = hullwatch("evidence", "list", place).stdout
    assert "#1  2018-08-30T06:40Z  found  compartment STORE  (Prokopyev): a mark" in listed
    after = json.loads(hullwatch("locate", place, "--json").stdout)
    assert before["compartments"][0]["probability"] < 0.5
    assert after["compartments"][0]["compartment"] == "STORE"
    assert after["compartments"][0]["probability"] > 0.9
    assert "STORE" in hullwatch("locate", place).stdout


def test_the_same_said_twice_is_kept_once(place: Path) -> None:
    words = ("evidence", "add", place, "--kind", "silence", "--compartment", "LAB", "--racks", "on", *ADD)
    assert "recorded as #1" in hullwatch(*words).stdout
    again = hullwatch(*words)
    assert (again.returncode, again.stdout.strip()) == (0, "already recorded as #1")
    assert len(kept(place)) == 1
    later = hullwatch(*words[:-4], "--at", "2018-08-30T07:40Z", "--by", "Prokopyev")
    assert "recorded as #2" in later.stdout


def test_withdrawn_evidence_stays_in_the_record_and_is_not_weighed(place: Path) -> None:
    hullwatch("evidence", "add", place, "--kind", "found", "--compartment", "STORE", *ADD)
    assert "#1 is withdrawn" in hullwatch("evidence", "withdraw", place, "1", *ADD, "--note", "a shadow").stdout
    assert "#1 was withdrawn before" in hullwatch("evidence", "withdraw", place, "1", *ADD, "--note", "a shadow").stdout
    assert [e.kind for e in kept(place)] == ["evidence", "evidence_withdrawn"]
    assert "[withdrawn by Prokopyev]" in hullwatch("evidence", "list", place).stdout
    found = json.loads(hullwatch("locate", place, "--json").stdout)
    assert [v["name"] for v in found["evidence"]] == ["pressure"]


def test_evidence_changes_nothing_of_what_the_watch_said(place: Path) -> None:
    """Its time is when it was seen, which may be long before or after the span that was watched."""

    def said() -> dict[str, object]:
        with open_record(str(place / "record.sqlite"), read_only=True) as record:
            return summarise(record.events())

    before = said()
    for at in ("1999-01-01T00:00Z", "2099-01-01T00:00Z"):
        hullwatch("evidence", "add", place, "--kind", "report", "--compartment", "LAB", "--by", "Rao", "--at", at)
    assert len(kept(place)) == 2
    assert said() == before


def test_contradictory_evidence_is_shown(place: Path) -> None:
    hullwatch("evidence", "add", place, "--kind", "found", "--compartment", "STORE", *ADD)
    hullwatch("evidence", "add", place, "--kind", "report", "--compartment", "CAPSULE", "--sure", "0.95", *ADD)
    assert "CONTRADICTION" in hullwatch("locate", place).stdout


def test_every_kind_can_be_typed(place: Path) -> None:
    """Units as people write them become SI in the record."""
    hatch = "NODE-STORE"
    typed = {
        "ultrasound": ("--compartment", "LAB", "--level", "12 dB", "--racks", "off"),
        "flow": ("--hatch", hatch, "--toward", "STORE", "--speed", "3 cm/s", "--fans", "off"),
        "gauge": ("--compartment", "STORE", "--before", "730 mmHg", "--after", "678 mmHg", "--during", "11.5 h"),
        "tea_leaves": ("--compartment", "STORE", "--sure", "0.8"),
        "not_found": ("--compartment", "NODE"),
    }
    ids = [h["id"] for h in json.loads(hullwatch("vehicle", "show", "demo", "--json", cwd=place).stdout)["hatches"]]
    assert hatch in ids, ids
    for kind, words in typed.items():
        done = hullwatch("evidence", "add", place, "--kind", kind, *words, *ADD)
        assert done.returncode == 0, done.stderr
    seen = {e.data["kind"]: e.data["observed"] for e in kept(place)}
    assert seen["flow"]["speed_m_s"] == pytest.approx(0.03)
    assert seen["gauge"]["before_pa"] == pytest.approx(97_325.3, abs=0.1)
    assert seen["gauge"]["compartments"] == ["STORE"]
    assert seen["gauge"]["during_s"] == pytest.approx(41_400.0)
    assert seen["ultrasound"] == {"compartment": "LAB", "level_db": 12.0, "racks_on": False}
    assert hullwatch("locate", place).returncode == 0


REFUSED = {
    "no such compartment": (("--kind", "report", "--compartment", "ATTIC"), ("'ATTIC'", "NODE, LAB, STORE")),
    "no such kind": (("--kind", "smell", "--compartment", "LAB"), ("'smell'", "ultrasound", "tea_leaves")),
    "impossible value": (("--kind", "report", "--compartment", "LAB", "--sure", "7"), ("7.0", "0.01 to 0.999")),
    "no unit": (("--kind", "gauge", "--compartment", "LAB", "--before", "730"), ("'730'", "Pa")),
    "not a level": (("--kind", "ultrasound", "--compartment", "LAB", "--level", "loud"), ("'loud'", "1 number")),
    "neither on nor off": (("--kind", "silence", "--compartment", "LAB", "--racks", "maybe"), ("'maybe'", "on or off")),
    "two numbers of three": (("--kind", "torque", "--torque", "1,2", "--torque-sd", "0.1"), ("'1,2'", "3 numbers")),
    "not this kind's": (("--kind", "report", "--compartment", "LAB", "--hatch", "LAB-NODE"), ("hatch", "absent")),
    "no such incident": (
        ("--kind", "report", "--compartment", "LAB", "--incident", "AIR-1"), ("'AIR-1'", "AIR-2018-08-30-1"),
    ),
    "telemetry without torque": (
        ("--kind", "torque", "--telemetry", "nothing.parquet", "--onset", "2018-10-12T15:00Z"), ("attitude",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_recorded(place: Path, case: str) -> None:
    words, said = REFUSED[case]
    refused(hullwatch("evidence", "add", place, *words, *ADD), *said)
    assert kept(place) == []


def test_a_time_that_is_none_a_number_that_is_none_and_a_place_that_is_none(place: Path, tmp_path: Path) -> None:
    words = ("--kind", "report", "--compartment", "LAB", "--by", "Gerst", "--at", "yesterday")
    refused(hullwatch("evidence", "add", place, *words), "'yesterday'", "ISO 8601")
    refused(hullwatch("evidence", "withdraw", place, "3", *ADD), "number = 3", "there is no evidence")
    refused(hullwatch("evidence", "list", tmp_path / "nowhere"), "nowhere")
    refused(hullwatch("locate", tmp_path / "nowhere"), "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_record_of_a_ship_that_is_not_bundled_asks_for_its_file(tmp_path: Path) -> None:
    with open_record(str(tmp_path / "record.sqlite")) as record:
        record.append([Event(T0, "watch_started", None, {"vehicle": "my-ship"})])
    refused(hullwatch("locate", tmp_path), "'my-ship'", "--vehicle")
    refused(hullwatch("locate", tmp_path, "--vehicle", "demo"), "no estimate", "--rate")
    done = hullwatch("locate", tmp_path, "--vehicle", "demo", "--rate", "25 kg/day")
    assert done.returncode == 0
    assert "no incident" in done.stdout
    refused(hullwatch("locate", tmp_path, "--vehicle", "demo", "--rate", "-5 kg/day"), "above 0")


def test_evidence_can_be_added_while_a_watch_writes(place: Path) -> None:
    """Another process appends a hundred times a second; every piece of evidence finds its turn, and the chain holds."""
    command = [sys.executable, str(WRITER), str(place / "record.sqlite"), "0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:  # noqa: S603
        assert writer.stdout is not None
        writer.stdout.readline()
        for k in range(5):
            room = ("NODE", "LAB", "STORE", "CAPSULE", "NODE")[k]
            done = hullwatch(
                "evidence", "add", place, "--kind", "report", "--compartment", room, "--note", f"{k}", *ADD
            )
            assert done.returncode == 0, done.stderr
        writer.kill()
        writer.stdout.read()
    assert [e.data["note"] for e in kept(place)] == ["0", "1", "2", "3", "4"]
