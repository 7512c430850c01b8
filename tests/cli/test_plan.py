"""`hullwatch plan` as a user runs it."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from commands import hullwatch, refused
from hullwatch.incident.store import open_record
from hullwatch.records import Event
from hullwatch.vehicle.graph import default_open, pressure_groups
from hullwatch.vehicle.load import load_vehicle

SVG = "{http://www.w3.org/2000/svg}"


def watched(place: Path, shut: tuple[str, ...] = (), **changed: Any) -> Path:
    """The record a watch of the demo ship leaves, with a leak that is probably in STORE."""
    ship = load_vehicle("demo")
    opened = default_open(ship) - set(shut)
    likely = {"STORE": 0.7, "LAB": 0.1, "NODE": 0.15, "CAPSULE": 0.05}
    estimate = {
        "rate_kg_day": {"median": 30.0, "low": 25.0, "high": 36.0},
        "location": [{"compartment": c, "probability": p} for c, p in likely.items()],
        "pressure_pa": 99_000.0,
    }
    groups = {
        "groups": [list(g) for g in pressure_groups(ship, opened)],
        "hatches": {h.id: h.id in opened for h in ship.hatches},
    }
    place.mkdir()
    with open_record(str(place / "record.sqlite")) as record:
        record.append([
            Event(0.0, "watch_started", None, {"vehicle": "demo"}),
            Event(0.0, "groups_changed", None, groups | changed.get("groups_changed", {})),
            Event(9.0, "estimate", "air-1", estimate | changed.get("estimate", {})),
        ])  # fmt: skip
    return place


def leaves(side: dict[str, Any]) -> list[str]:
    if side["then"] is None:
        return list(side["suspects"])
    return [c for outcome in side["then"]["sides"] for c in leaves(outcome)]


def test_a_rate_and_a_ship(tmp_path: Path) -> None:
    done = hullwatch("plan", "--rate", "25 kg/day", "-v", "demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "NEXT: shut NODE-" in done.stdout
    for word in ("Why:", "Set aside", "All at once", "second leak", "Expected until isolated", "on the side of"):
        assert word in done.stdout
    drawn = ElementTree.fromstring((tmp_path / "plan-demo.svg").read_text("utf-8"))  # noqa: S314  # our own
    tags = [g.attrib["data-step"] for g in drawn.iter(f"{SVG}g") if "data-step" in g.attrib]
    assert sum(tag.startswith("1") for tag in tags) == 1
    assert [g for g in drawn.iter(f"{SVG}g") if "data-badge" in g.attrib]


def test_json_has_every_compartment_once_and_all_intervals(tmp_path: Path) -> None:
    done = hullwatch("plan", "--rate", "20..30 kg/day", "-v", "demo", "--json", "--svg", tmp_path / "p.svg")
    assert len(done.stdout.splitlines()) == 1
    said = json.loads(done.stdout)
    assert sorted(leaves(said["branches"][0])) == ["CAPSULE", "LAB", "NODE", "STORE"]
    for key in ("rate_kg_s", "time_s", "worst_s", "gas_kg", "stepwise_s", "together_s", "switch_over_kg_s"):
        assert said[key]["low"] <= said[key]["median"] <= said[key]["high"], key
    assert said["rate_kg_s"]["high"] * 86_400 == pytest.approx(30.0)
    assert said["time_s"]["median"] <= said["worst_s"]["median"]


def test_a_slow_leak_is_for_all_at_once_and_a_fast_one_step_by_step(tmp_path: Path) -> None:
    manner = [
        json.loads(
            hullwatch("plan", "--rate", rate, "-v", "iss-2018-08-29", "--json", "--svg", tmp_path / "p.svg").stdout
        )["manner"]
        for rate in ("1.4 kg/day", "300 kg/day")
    ]
    assert manner == ["all_at_once", "step_by_step"]


def test_what_a_watch_left(tmp_path: Path) -> None:
    done = hullwatch("plan", watched(tmp_path / "w"), "--json", "--svg", tmp_path / "p.svg")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["rate_kg_s"]["median"] * 86_400 == pytest.approx(30.0)
    assert said["branches"][0]["then"]["shut"] == ["NODE-STORE"]
    shut = hullwatch("plan", watched(tmp_path / "v", ("NODE-STORE",)), "--json", "--svg", tmp_path / "p.svg")
    assert json.loads(shut.stdout)["branches"][0]["compartments"] == ["STORE"]
    again = hullwatch("plan", tmp_path / "v", "--open", "NODE-STORE", "--json", "--svg", tmp_path / "p.svg")
    assert len(json.loads(again.stdout)["branches"]) == 1


@pytest.mark.parametrize("objective", ["time", "gas", "closures"])
def test_objectives(tmp_path: Path, objective: str) -> None:
    done = hullwatch("plan", "--rate", "100 kg/day", "-v", "demo", "--objective", objective, "--json",
                     "--svg", tmp_path / "p.svg")  # fmt: skip
    assert json.loads(done.stdout)["most_closures"] == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--closed", "NODE-LAP"), ("demo", "hatch", "'NODE-LAP'", "NODE-LAB")),
        (("--open", "NODE-LAB", "--closed", "NODE-LAB"), ("NODE-LAB", "open or shut")),
        (("--objective", "glory"), ("objective", "'glory'", "time, gas or closures")),
        (("--hatch-limit", "none"), ("--hatch-limit", "training or force")),
        (("--where", "Ada"), ("--where", "NAME=COMPARTMENT")),
        (("--where", "Ada=MOON"), ("compartment", "'MOON'", "LAB")),
        (("--where", "Zoe=LAB"), ("crew", "'Zoe'")),
        (("--unfit", "BOAT"), ("craft", "'BOAT'", "CAPSULE")),
    ],
)
def test_refusals(tmp_path: Path, words: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(hullwatch("plan", "--rate", "25 kg/day", "-v", "demo", *words, cwd=tmp_path), *said)
    assert not list(tmp_path.iterdir())


def test_refused_rates_and_ships(tmp_path: Path) -> None:
    refused(hullwatch("plan", "--rate", "-3 kg/day", "-v", "demo", cwd=tmp_path), "rate", "above zero")
    refused(hullwatch("plan", "--rate", "3 mm", "-v", "demo", cwd=tmp_path), "'3 mm'", "kg/s")
    refused(hullwatch("plan", "--rate", "3 kg/day", "-v", "iss-airlock", cwd=tmp_path), "crew", "at least one person")


def test_a_crew_member_without_a_vehicle(tmp_path: Path) -> None:
    data = Path(__file__).parents[2] / "src" / "hullwatch" / "vehicle" / "data" / "demo.toml"
    text = data.read_text("utf-8").replace('returns = "CAPSULE"\n', "").replace("seats = 3", "seats = 0")
    (tmp_path / "ship.toml").write_text(text, "utf-8")
    done = hullwatch("plan", "--rate", "25 kg/day", "-v", tmp_path / "ship.toml", cwd=tmp_path)
    refused(done, "crew", "CAPSULE")


def test_refused_records(tmp_path: Path) -> None:
    refused(hullwatch("plan", tmp_path / "nowhere", cwd=tmp_path), "nowhere", "record.sqlite")
    wrong = watched(tmp_path / "w", groups_changed={"groups": [["NODE"], ["LAB", "STORE", "CAPSULE"]]})
    refused(hullwatch("plan", wrong, cwd=tmp_path), "contradicts", "demo")
    stopped = watched(tmp_path / "s", estimate={"rate_kg_day": {"median": 0.0, "low": 0.0, "high": 1.0}})
    refused(hullwatch("plan", stopped, cwd=tmp_path), "stopped")
    (tmp_path / "e").mkdir()
    with open_record(str(tmp_path / "e" / "record.sqlite")) as record:
        record.append([Event(0.0, "watch_started", None, {"vehicle": "demo"})])
    refused(hullwatch("plan", tmp_path / "e", cwd=tmp_path), "no estimate")


def said(place: Path, *events: Event) -> Path:
    with open_record(str(place / "record.sqlite")) as record:
        record.append(list(events))
    return place


def test_a_leak_that_is_over_has_no_plan_but_has_one_for_a_moment_while_it_leaked(tmp_path: Path) -> None:
    place = said(watched(tmp_path / "r"), Event(100.0, "incident_state", "air-1", {"state": "cleared"}))
    told = refused(hullwatch("plan", place))
    assert "air-1, that is cleared since 1970-01-01T00:01Z" in told
    assert "--at" in told
    done = hullwatch("plan", place, "--at", "1970-01-01T00:00:30Z", cwd=tmp_path)
    assert "NEXT: shut NODE-STORE" in done.stdout
    assert "before 1970-01-01T00:00:05Z" in refused(hullwatch("plan", place, "--at", "1970-01-01T00:00:05Z"))
    wrong = hullwatch("plan", "--rate", "25 kg/day", "-v", "demo", "--at", "1970-01-01T00:00:05Z", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "--at" in wrong.stderr


def test_what_people_reported_counts_also_after_the_watch_has_ended(tmp_path: Path) -> None:
    place = said(
        watched(tmp_path / "r"),
        Event(20.0, "crew_report", None, {"people": ["Ada", "nobody"], "compartment": "STORE"}),
        Event(21.0, "hatch_report", None, {"hatch": "NODE-STORE", "open": False}),
    )
    done = hullwatch("plan", place, cwd=tmp_path)
    assert "FIRST: Ada in STORE cannot reach Capsule through open hatches: open NODE-STORE first" in done.stdout
    assert "read the gauges: which of the 2 groups falls?" in done.stdout
    assert "FIRST" not in hullwatch("plan", place, "--where", "Ada=NODE", cwd=tmp_path).stdout


def test_a_roster_is_no_case_to_replay() -> None:
    assert "`hullwatch seats soyuz-ms-22` plays its seats" in refused(hullwatch("replay", "soyuz-ms-22"))
