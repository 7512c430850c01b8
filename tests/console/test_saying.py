"""Words of operators: signed by their centre, in the record, or refused with a sentence."""

from pathlib import Path
from typing import Any

import pytest
from serving_one import HOUSTON, MOSCOW, Served, Start, leaking_part, person, served

from hullwatch.incident.store import open_record
from watching import Watched


@pytest.fixture
def one(start: Start, night: Watched) -> Served:
    """A console in the middle of the leak."""
    return start(leaking_part(night.events))


@pytest.fixture
def leak(night: Watched) -> str:
    """The incident's name."""
    return next(str(event.incident) for event in night.events if event.incident)


def alarm_of(one: Served) -> dict[str, Any]:
    (alarm,) = one.ask("GET", "/api/v1/alarms").json
    return dict(alarm)


def test_an_acknowledgement_is_signed_and_shown(one: Served, leak: str) -> None:
    assert alarm_of(one)["state"] == "unacknowledged"
    row = one.client("flight").act(leak, "acknowledge", comment="crew is told")
    assert (row["kind"], row["incident"]) == ("alarm_action", leak)
    assert row["data"]["by"] == "flight"
    assert row["data"]["signed"]["centre"] == "houston"
    one.desk.catch_up()
    assert alarm_of(one)["state"] == "acknowledged"
    assert alarm_of(one)["comments"][0]["text"] == "crew is told"
    assert one.client().view()["banner"]["state"] == "acknowledged"
    assert one.record.verify().ok


def test_what_the_table_forbids_is_a_conflict(one: Served, leak: str) -> None:
    client = one.client("flight")
    client.act(leak, "acknowledge")
    again = one.ask("POST", f"/api/v1/alarms/{leak}/actions", {"action": "acknowledge"}, name="flight")
    assert again.status == 409
    assert "shelve" in again.json["remedy"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/alarms/AIR-1999-01-01-1/actions", {"action": "acknowledge"}, "incident"),
        ("/alarms/LEAK/actions", {"action": "dance"}, "action"),
        ("/alarms/LEAK/actions", {"action": "own", "rank": 1}, "rank"),
        ("/alarms/LEAK/actions", {"action": "shelve"}, "until_utc"),
        ("/alarms/LEAK/actions", {"action": "comment", "comment": "x" * 5_000}, "comment"),
        ("/alarms/LEAK/actions", {"action": "comment", "comment": "\x1b[31mred"}, "comment"),
        ("/hatches/NOWHERE/report", {"open": True}, "hatch"),
        ("/hatches/NODE-STORE/report", {"open": "yes"}, "open"),
        ("/crew/report", {"people": ["Dora"], "compartment": "LAB"}, "people"),
        ("/crew/report", {"people": [], "compartment": "LAB"}, "people"),
        ("/crew/report", {"people": ["Ada"], "compartment": "ATTIC"}, "compartment"),
        ("/evidence", {"kind": "found", "observed": {"compartment": "ATTIC"}}, "compartment"),
        ("/evidence", {"kind": "dream", "observed": {}}, "kind"),
        ("/evidence", {"kind": "found", "observed": {}, "time_utc": "noon"}, "time"),
        ("/evidence/1/withdrawal", {}, "number"),
        ("/decisions", {"what": ""}, "what"),
        ("/decisions", {"what": "x", "needs": ["atlantis"]}, "needs"),
        ("/decisions/houston-9/answers", {"agree": True}, "decision"),
        ("/limits/evacuate", {"value_pa": -1.0, "why": "x"}, "value_pa"),
    ],
)
def test_what_cannot_be_is_refused_by_name(one: Served, leak: str, path: str, body: Any, field: str) -> None:
    before = one.record.head[0]
    answer = one.ask("POST", f"/api/v1{path.replace('LEAK', leak)}", body, name="flight")
    unknown = field in ("incident", "hatch", "number", "decision")  # named in the path: there is no such thing
    assert answer.status == (404 if unknown else 422)
    assert answer.json["field"] == field
    assert answer.json["error"]
    kinds = {event.kind for event in one.record.events(after=before)}
    assert kinds <= {"centre_joined"}  # the centre may have made itself known; nothing else is written


def test_evidence_hatches_and_limits_reach_the_view(one: Served) -> None:
    client = one.client("tsup")
    seen = client.give_evidence("ultrasound", {"compartment": "STORE", "level_db": 12.0}, note="by the hatch")
    assert seen["data"]["signed"]["centre"] == "moscow"
    client.report_hatch("NODE-STORE", False, "closed by hand")
    one.desk.catch_up()
    view = client.view()
    assert view["evidence"][0]["observed"]["compartment"] == "STORE"
    hatch = next(h for h in view["map"]["hatches"] if h["id"] == "NODE-STORE")
    assert (hatch["open"], hatch["source"], hatch["reported"]["by"]) == (False, "report", "tsup")
    client.report_crew(["Ada", "Chen"], "STORE")
    one.desk.catch_up()
    view = client.view()
    assert next(c["here"] for c in view["map"]["compartments"] if c["id"] == "STORE") == ["Ada", "Chen"]
    one.ask("POST", "/api/v1/evidence/1/withdrawal", {"why": "it was a fan"}, name="tsup")
    one.desk.catch_up()
    assert client.view()["evidence"][0]["withdrawn"]["why"] == "it was a fan"
    assert one.record.verify().ok


def test_a_decision_waits_for_both_centres(one: Served) -> None:
    houston, moscow = one.client("flight"), one.client("tsup")
    moscow.report_hatch("NODE-STORE", True)  # Moscow joins the record with its first word
    proposed = houston.propose("Close the store", action={"shut": ["NODE-STORE"]}, needs=["houston", "moscow"])
    name = proposed["data"]["decision"]
    one.desk.catch_up()
    assert houston.view()["decisions"][0]["state"] == "proposed"
    moscow.answer(name, agree=True)
    one.desk.catch_up()
    (decision,) = houston.view()["decisions"]
    assert (decision["state"], decision["agreed"]) == ("in_force", ["houston", "moscow"])
    assert {row["data"]["signed"]["centre"] for row in houston.rows(kind="decision_answered")} == {"moscow"}


def test_without_a_token_of_an_operator_nothing_is_written(one: Served, leak: str) -> None:
    head = one.record.head
    paths = [path for path, ops in one.ask("GET", "/openapi.json").json["paths"].items() if "post" in ops]
    assert len(paths) >= 6
    for path in paths:
        path = path.replace("{incident}", leak).replace("{number}", "1")
        for name, status in ((None, 401), ("nobody", 401), ("look", 403)):
            assert one.ask("POST", path, {"action": "acknowledge"}, name=name).status == status
    assert one.record.head == head


def test_a_read_only_record_says_so_and_is_not_written(night: Watched, tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    with open_record(str(path)) as record:
        record.append(night.events)
    one = served(str(path), [person("flight", "operator", "houston")], [HOUSTON], read_only=True)
    try:
        answer = one.ask("POST", "/api/v1/hatches/NODE-STORE/report", {"open": True}, name="flight")
        assert answer.status == 503
        assert "reading only" in answer.json["error"]
        assert one.client().view()["head_seq"] == len(night.events)
        assert one.client().health()["record"] == "read_only"
    finally:
        one.stop()


def test_another_key_of_a_centre_cannot_speak_for_it(one: Served, tmp_path: Path) -> None:
    one.client("flight").report_hatch("NODE-STORE", True)
    path = one.record.name
    one.stop()
    stranger = type(HOUSTON)("houston", MOSCOW.private)
    two = served(path, [person("flight", "operator", "houston")], [stranger])
    try:
        answer = two.ask("POST", "/api/v1/hatches/NODE-STORE/report", {"open": True}, name="flight")
        assert answer.status == 422
        assert answer.json["field"] == "key"
    finally:
        two.stop()
