"""Sensors that lie, one at a time, in a ship that does not leak: never a leak alarm."""

import pytest

from watching import Cases, Watched

HEAD = """
name = "fault"
title = "A sensor that lies"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "6 h"
seed = 11
"""

FAULTS = {
    "none": "",
    "stuck": 'fault = "stuck"',
    "dead": 'fault = "dead"',
    "spike down": 'fault = "spike"\nsize = "-20 mmHg"',
    "spike up": 'fault = "spike"\nsize = "20 mmHg"',
    "step down": 'fault = "step"\nsize = "-2 mmHg"',
    "step up": 'fault = "step"\nsize = "2 mmHg"',
    "drift down": 'fault = "drift"\nrate = "-12 mmHg/day"',
    "drift up": 'fault = "drift"\nrate = "12 mmHg/day"',
    "noise": 'fault = "noise"\nsize = "0.5 mmHg"',
}


def story_of(cases: Cases, fault: str, channel: str) -> Watched:
    if not FAULTS[fault]:
        return cases.watched(HEAD)
    where = f'kind = "sensor_fault"\nchannel = "{channel}"\n{FAULTS[fault]}\n'
    return cases.watched(f'{HEAD}\n[[events]]\nat = "+3 h"\n{where}')


@pytest.mark.parametrize("fault", FAULTS)
def test_a_lying_pressure_sensor_is_no_leak(cases: Cases, fault: str) -> None:
    story = story_of(cases, fault, "P_LAB")
    assert story.summary["incidents"] == []
    assert story.summary["verdict"] == "no_leak"
    assert not story.of("alarm")


@pytest.mark.parametrize("fault", ["step down", "step up"])
def test_a_step_of_one_sensor_names_the_sensor(cases: Cases, fault: str) -> None:
    story = story_of(cases, fault, "P_LAB")
    named = [step for step in story.summary["events"] if step["kind"] == "sensor_fault"]
    assert [step["channel"] for step in named] == ["P_LAB"]
    assert named[0]["mass_kg"] is None


@pytest.mark.parametrize("fault", ["drift down", "drift up"])
def test_a_drift_of_one_sensor_names_the_sensor_and_takes_no_gas(cases: Cases, fault: str) -> None:
    story = story_of(cases, fault, "P_LAB")
    assert {step["channel"] for step in story.summary["events"] if step["kind"] == "sensor_fault"} <= {"P_LAB"}
    assert not [step for step in story.summary["events"] if step["kind"] in ("step_loss", "repressurisation")]


@pytest.mark.parametrize("fault", ["step down", "drift down"])
def test_a_lying_thermometer_is_no_leak(cases: Cases, fault: str) -> None:
    sizes = {"step down": 'fault = "step"\nsize = "-2 K"', "drift down": 'fault = "drift"\nrate = "-4 K/day"'}
    where = f'kind = "sensor_fault"\nchannel = "T_LAB"\n{sizes[fault]}\n'
    story = cases.watched(f'{HEAD}\n[[events]]\nat = "+3 h"\n{where}')
    assert story.summary["incidents"] == []
