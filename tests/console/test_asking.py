"""Questions to the console: each answer is what the record says, each mistake one sentence."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from serving_one import Start

from hullwatch.console.client import Refused
from hullwatch.incident.summary import summarise
from hullwatch.units import MMHG_PA
from watching import Watched

GETS = (
    "view", "rows", "trend", "channels", "map.svg", "alarms", "decisions", "centres", "summary", "me",
)  # fmt: skip


def test_every_question_is_answered(start: Start) -> None:
    one = start()
    for name in GETS:
        answer = one.ask("GET", f"/api/v1/{name}")
        assert answer.status == 200, name
        assert answer.headers["content-type"].split(";")[0] in ("application/json", "image/svg+xml")
    assert one.ask("GET", "/").status == 200
    assert one.ask("GET", "/healthz").json["ok"]
    assert b"hullwatch_record_rows" in one.ask("GET", "/metrics").body


def test_view_now_then_and_at_a_moment(start: Start, night: Watched) -> None:
    one = start()
    client = one.client()
    now = client.view()
    assert now["seq"] == now["head_seq"] == len(night.events)
    then = client.view(seq=40)
    assert then["seq"] == 40
    assert then["head_seq"] == len(night.events)
    opened = next(k for k, e in enumerate(night.events, 1) if e.kind == "incident_opened")
    moment = night.events[opened - 1].data["detected_utc"]
    assert client.view(at=moment)["seq"] >= opened
    assert client.view(at="1999-01-01")["seq"] == 0
    assert client.summary() == summarise(night.events)


def test_rows_are_the_record(start: Start, night: Watched) -> None:
    client = start().client()
    rows = client.rows(limit=5_000)
    assert [(r["kind"], r["time_s"], r["incident"], r["data"]) for r in rows] == [
        (e.kind, e.time_s, e.incident, json.loads(json.dumps(dict(e.data)))) for e in night.events
    ]
    assert [r["seq"] for r in client.rows(after=10, limit=3)] == [11, 12, 13]
    assert {r["kind"] for r in client.rows(kind="alarm")} == {"alarm"}


def test_trend_keeps_its_extremes_however_few_points(start: Start, night: Watched) -> None:
    client = start().client()
    whole, thin = client.trend(points=100_000), client.trend(points=20)
    assert len(whole["time_s"]) == len(night.of("trend"))
    assert len(thin["time_s"]) < len(whole["time_s"]) / 3
    for full, few in zip(whole["groups"], thin["groups"], strict=True):
        known = [p for p in full["pressure_mmhg"] if p is not None]
        kept = [p for p in few["pressure_mmhg"] if p is not None]
        assert (min(kept), max(kept)) == (min(known), max(known))
    first = night.of("trend")[0].data["groups"][0]
    assert whole["groups"][0]["pressure_mmhg"][0] == pytest.approx(first["pressure_pa"] / MMHG_PA, rel=1e-6)
    assert {mark["kind"] for mark in whole["marks"]} >= {"incident", "alarm", "hatch", "signal"}
    assert all(np.diff(whole["time_s"]) >= 0.0)


def test_trend_as_known_then_ends_then(start: Start) -> None:
    one = start()
    then = one.ask("GET", "/api/v1/trend?seq=60").json
    whole = one.ask("GET", "/api/v1/trend").json
    assert 0 < len(then["time_s"]) < len(whole["time_s"])


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/view?seq=-1", "seq"),
        ("/api/v1/view?seq=nine", "seq"),
        ("/api/v1/view?seq=99999999999999999999999", "seq"),
        ("/api/v1/view?at=yesterday", "at"),
        ("/api/v1/view?seq=1&at=2030-05-06T08:00Z", "at"),
        ("/api/v1/rows?limit=0", "limit"),
        ("/api/v1/trend?points=1", "points"),
        ("/api/v1/trend?from=now", "from"),
    ],
)
def test_a_wrong_question_gets_one_sentence(start: Start, path: str, field: str) -> None:
    answer = start(5).ask("GET", path)
    assert answer.status == 422
    assert answer.json["field"] == field
    assert answer.json["error"]


def test_unknown_paths_and_methods_are_refused_in_json(start: Start) -> None:
    one = start(5)
    assert one.ask("GET", "/api/v1/nothing").status == 404
    assert one.ask("DELETE", "/api/v1/view", name="flight").status == 405
    assert one.ask("POST", "/api/v1/view", {}, name="flight").status == 405
    assert "error" in one.ask("GET", "/api/v1/nothing").json


def test_the_client_says_why(start: Start) -> None:
    with pytest.raises(Refused, match="at is no moment") as refused:
        start(5).client().view(at="soon")
    assert (refused.value.status, refused.value.field) == (422, "at")


def test_openapi_documents_everything_and_names_no_other_host(start: Start) -> None:
    one = start(5)
    said = one.ask("GET", "/openapi.json")
    assert {urlsplit(found).netloc for found in re.findall(r"https?://[^\s\"\\]+", said.body.decode())} <= set()
    operations = [op for path in said.json["paths"].values() for op in path.values()]
    assert len(operations) >= 20
    for operation in operations:
        assert operation.get("description"), operation["operationId"]
    for name, schema in said.json["components"]["schemas"].items():
        if schema.get("additionalProperties") is False and name not in ("Moves", "Withdrawal"):
            assert schema["examples"], name
    told = one.ask("GET", "/docs")
    assert told.status == 200
    assert b"http:" not in told.body
    assert all(path.encode() in told.body for path in said.json["paths"])


def test_map_has_every_room_and_hatch_in_words_too(start: Start, night: Watched) -> None:
    text = start().ask("GET", "/api/v1/map.svg").body.decode()
    began = night.events[0].data
    for room in began["compartments"]:
        assert f'data-compartment="{room["id"]}"' in text
    for hatch in began["hatches"]:
        assert f'data-hatch="{hatch["id"]}"' in text
    assert "<title" in text
    assert "<desc" in text
    assert "Leak most probably in" in text


def test_metrics_are_prometheus_text(start: Start, night: Watched) -> None:
    count = next(k for k, e in enumerate(night.events) if e.kind == "alarm") + 4
    answer = start(count).ask("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.body.decode().splitlines()
    sample = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+')
    values: dict[str, Any] = {}
    for line in lines:
        if not line.startswith("#"):
            assert sample.fullmatch(line), line
            name, _, value = line.rpartition(" ")
            values[name] = float(value)
    assert values["hullwatch_record_rows"] == count
    assert sum(v for k, v in values.items() if k.startswith("hullwatch_alarms")) == 1
    assert any(k.startswith("hullwatch_leak_rate_kg_day") and 'end="low"' in k for k in values)
    typed = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {name.split("{")[0] for name in values} == typed
