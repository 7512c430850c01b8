"""Every fault of a scenario file is told with file, key, value and what is allowed."""

import pytest

from hullwatch.errors import DescriptionError
from hullwatch.simulation.load import bundled_scenarios, load_scenario, ship_of
from hullwatch.simulation.references import check
from hullwatch.simulation.scenario import parse_scenario
from hullwatch.units import utc_seconds

HEAD = """
name = "test"
title = "A test"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "2 h"
seed = 7
"""
HOLE = '[[events]]\nat = "+10 min"\nkind = "hole"\nid = "h"\ncompartment = "LAB"\n'
PASSAGE = '[[events]]\nat = "+10 min"\nkind = "passage"\nid = "p"\n'


def event(kind, **fields):
    lines = "".join(f"{k} = {v}\n" for k, v in fields.items())
    return f'[[events]]\nat = "+10 min"\nkind = "{kind}"\n{lines}'


def checked(text, file):
    scenario = parse_scenario(text, file)
    check(scenario, ship_of(scenario), file)
    return scenario


def refused(text, file="x.toml"):
    with pytest.raises(DescriptionError) as caught:
        checked(text, file)
    assert caught.value.file == file
    return caught.value


def test_quantities_and_times_become_si():
    scenario = parse_scenario(HEAD + HOLE + 'diameter = "2 mm"\ncd = 0.8\ndoubles_every = "12 h"\n')
    hole = scenario.events[0]
    assert hole.at_s == utc_seconds("2030-05-06T08:10Z")
    assert hole.diameter == pytest.approx(2e-3)
    assert hole.doubles_every == pytest.approx(43_200.0)
    assert scenario.end_s - scenario.start_s == 7200.0


def test_a_time_may_be_absolute():
    scenario = parse_scenario(HEAD + HOLE.replace("+10 min", "2030-05-06T09:00Z") + 'area = "1 mm^2"\n')
    assert scenario.events[0].at_s - scenario.start_s == 3600.0
    assert scenario.events[0].area == pytest.approx(1e-6)


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("", "name", None),
        (HEAD + "colour = 3\n", "colour", 3),
        (HEAD.replace('"2 h"', '"2 kg"'), "duration", "2 kg"),
        (HEAD.replace('"2 h"', "7200"), "duration", 7200),
        (HEAD.replace('"2 h"', '"-2 h"'), "duration", "-2 h"),
        (HEAD.replace("2030-05-06T08:00Z", "yesterday"), "start_utc", "yesterday"),
        (HEAD.replace("2030-05-06T08:00Z", "+1 h"), "start_utc", "+1 h"),
        (HEAD.replace("seed = 7", "seed = -1"), "seed", -1),
        (HEAD.replace("seed = 7", 'seed = "7"'), "seed", "7"),
        (HEAD + "heat = nan\n", "heat", None),
        (HEAD + '[volumes]\nLAB = "-3 m^3"\n', "volumes.LAB", "-3 m^3"),
        (HEAD + '[volumes]\nLAP = "3 m^3"\n', "volumes.LAP", "LAP"),
        (HEAD + '[crew]\nNobody = "LAB"\n', "crew.Nobody", "Nobody"),
        (HEAD + 'closed_hatches = ["NODE-LAP"]\n', "closed_hatches[0]", "NODE-LAP"),
        (HEAD + event("explosion"), "events[0].kind", "explosion"),
        (HEAD + HOLE, "events[0].diameter", None),
        (HEAD + HOLE + 'diameter = "2 mm"\n', "events[0].cd", None),
        (HEAD + HOLE + 'diameter = "2 mm"\ncd = 0.8\nrate = "1 kg/day"\n', "events[0].diameter", "2 mm"),
        (HEAD + HOLE + 'diameter = "-2 mm"\ncd = 0.8\n', "events[0].diameter", "-2 mm"),
        (HEAD + HOLE + 'diameter = "nan mm"\ncd = 0.8\n', "events[0].diameter", "nan mm"),
        (HEAD + HOLE + 'diameter = "2 mm"\ncd = 1.8\n', "events[0].cd", 1.8),
        (HEAD + HOLE.replace("LAB", "LAP") + 'area = "1 mm^2"\n', "events[0].compartment", "LAP"),
        (HEAD + HOLE.replace("+10 min", "+3 h") + 'area = "1 mm^2"\n', "events[0].at", "+3 h"),
        (HEAD + 2 * (HOLE + 'area = "1 mm^2"\n'), "events[1].id", "h"),
        (HEAD + event("patch", hole='"h"', remaining=0.1), "events[0].hole", "h"),
        (HEAD + event("hatch", hatch='"NODE-LAP"', state='"open"'), "events[0].hatch", "NODE-LAP"),
        (HEAD + event("hatch", hatch='"NODE-LAB"', state='"ajar"'), "events[0].state", "ajar"),
        (HEAD + event("sensor_fault", channel='"P_LAP"', fault='"dead"'), "events[0].channel", "P_LAP"),
        (HEAD + event("sensor_fault", channel='"P_LAB"', fault='"step"'), "events[0].size", None),
        (HEAD + event("sensor_fault", channel='"P_LAB"', fault='"step"', size='"2 K"'), "events[0].size", "2 K"),
        (HEAD + event("sensor_fault", channel='"P_LAB"', fault='"drift"', rate='"2 mmHg"'), "events[0].rate", "2 mmHg"),
        (
            HEAD + event("makeup", compartment='"LAB"', gas='"He"', mass='"1 kg"', duration='"1 min"'),
            "events[0].gas",
            "He",
        ),
        (
            HEAD + event("makeup", compartment='"LAB"', gas='"N2"', mass='"1 kg"', duration='"3 h"'),
            "events[0].duration",
            "3 h",
        ),
        (
            HEAD
            + event(
                "airlock", compartment='"STORE"', cabin='"NODE"', action='"depress"', to='"30 kPa"', duration='"9 min"'
            ),
            "events[0].compartment",
            "STORE",
        ),
        (
            HEAD + event("airlock", compartment='"STORE"', cabin='"NODE"', action='"depress"', duration='"9 min"'),
            "events[0].to",
            None,
        ),
        (HEAD + '[oxygen]\nrate = "2 kg/day"\npause_every = "5 min"\npause = "6 min"\n', "oxygen.pause", "6 min"),
        (HEAD + PASSAGE, "events[0].hatch", None),
        (HEAD + PASSAGE + 'hatch = "NODE-STORE"\n', "events[0].diameter", None),
        (HEAD + PASSAGE + 'hatch = "NODE-LAP"\narea = "1 mm^2"\n', "events[0].hatch", "NODE-LAP"),
        (HEAD + PASSAGE + 'hatch = "NODE-STORE"\narea = "-1 mm^2"\n', "events[0].area", "-1 mm^2"),
        (HEAD + PASSAGE + 'hatch = "NODE-STORE"\ntarget = "LAB"\narea = "1 mm^2"\n', "events[0].target", "LAB"),
        (HEAD + PASSAGE + 'origin = "LAB"\ntarget = "LAB"\narea = "1 mm^2"\n', "events[0].target", "LAB"),
        (HEAD + PASSAGE + 'origin = "LAP"\narea = "1 mm^2"\n', "events[0].origin", "LAP"),
        (HEAD + PASSAGE + 'origin = "LAB"\narea = "1 mm^2"\nfan = "1 L/s"\n', "events[0].diameter", None),
        (HEAD + PASSAGE + 'origin = "LAB"\ndiameter = "1 mm"\n', "events[0].cd", None),
        (HEAD + PASSAGE + 'origin = "LAB"\narea = "1 mm^2"\nopens = "1 kPa"\n', "events[0].closes", None),
        (
            HEAD + PASSAGE + 'origin = "LAB"\narea = "1 mm^2"\nopens = "1 kPa"\ncloses = "1 kPa"\n',
            "events[0].closes",
            "1 kPa",
        ),
        (
            HEAD + PASSAGE + 'origin = "LAB"\narea = "1 mm^2"\nopens = "0 Pa"\ncloses = "1 kPa"\n',
            "events[0].opens",
            "0 Pa",
        ),
        (HEAD + PASSAGE + 'origin = "LAB"\narea = "1 mm^2"\nsensor = "NODE"\n', "events[0].sensor", "NODE"),
        (HEAD + 2 * (PASSAGE + 'origin = "LAB"\narea = "1 mm^2"\n'), "events[1].id", "p"),
        (HEAD + event("shut", passage='"p"'), "events[0].passage", "p"),
        (
            HEAD
            + event("regulator", compartment='"LAB"', gas='"N2"', rate='"1 kg/h"', opens='"99 kPa"', closes='"98 kPa"'),
            "events[0].closes",
            "98 kPa",
        ),
        (HEAD + 'away = ["LAB"]\n', "away[0]", "LAB"),
        (HEAD + event("dock", craft='"CAPSULE"'), "events[0].craft", "CAPSULE"),
        (HEAD + event("undock", craft='"CAPSULE"'), "events[0].craft", "CAPSULE"),
        (HEAD + 'away = ["CAPSULE"]\n' + event("undock", craft='"CAPSULE"'), "events[0].craft", "CAPSULE"),
        (HEAD + 'away = ["CAPSULE"]\n[crew]\nAda = "CAPSULE"\n', "crew.Ada", "CAPSULE"),
        (
            HEAD + 'away = ["CAPSULE"]\n' + event("hatch", hatch='"NODE-CAPSULE"', state='"open"'),
            "events[0].hatch",
            "NODE-CAPSULE",
        ),
        (
            HEAD + 'away = ["CAPSULE"]\n' + HOLE.replace("LAB", "CAPSULE") + 'area = "1 mm^2"\n',
            "events[0].compartment",
            "CAPSULE",
        ),
        (
            HEAD
            + 'closed_hatches = ["NODE-CAPSULE"]\n'
            + PASSAGE
            + 'hatch = "NODE-CAPSULE"\narea = "1 mm^2"\n'
            + event("undock", craft='"CAPSULE"'),
            "events[1].craft",
            "CAPSULE",
        ),
        (
            HEAD
            + 'closed_hatches = ["NODE-CAPSULE"]\n'
            + HOLE.replace("LAB", "CAPSULE")
            + 'area = "1 mm^2"\n'
            + event("undock", craft='"CAPSULE"'),
            "events[1].craft",
            "CAPSULE",
        ),
        ("name = ", "TOML", None),
    ],
)
def test_refusals(text, key, value):
    error = refused(text)
    assert error.key == key
    if value is not None:
        assert error.value == value
    assert error.allowed


def test_the_missing_kind_lists_the_kinds():
    assert "airlock" in refused(HEAD + event("explosion")).allowed
    assert "signal_loss" in refused(HEAD + event("explosion")).allowed


def test_a_near_miss_gets_a_hint():
    assert "did you mean 'LAB'" in refused(HEAD + HOLE.replace("LAB", "LAP") + 'area = "1 mm^2"\n').allowed


def test_an_airlock_may_not_be_opened_while_it_is_pumped():
    shut = 'closed_hatches = ["NODE-STORE"]\n'
    pump = event(
        "airlock", compartment='"STORE"', cabin='"NODE"', action='"depress"', to='"30 kPa"', duration='"9 min"'
    )
    early = event("hatch", hatch='"NODE-STORE"', state='"open"').replace("+10", "+12")
    assert refused(HEAD + shut + pump + early).key == "events[1].at"


def test_unknown_names_and_unreadable_files(tmp_path):
    with pytest.raises(DescriptionError, match="demo-leak"):
        load_scenario("demo-lek")
    with pytest.raises(DescriptionError, match="path"):
        load_scenario(str(tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DescriptionError, match="UTF-8"):
        load_scenario(str(tmp_path / "bad.toml"))


def test_a_scenario_from_a_path(tmp_path):
    (tmp_path / "mine.toml").write_text(HEAD)
    assert load_scenario(str(tmp_path / "mine.toml")).name == "test"


@pytest.mark.parametrize("name", bundled_scenarios())
def test_bundled_scenarios_are_sound_and_named_after_their_file(name):
    assert load_scenario(name).name == name
