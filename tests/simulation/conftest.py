"""Scenarios on the bundled demonstration ship, short enough to play in a blink."""

import sys
from pathlib import Path

import pytest

from hullwatch.simulation.load import ship_of
from hullwatch.simulation.play import simulate
from hullwatch.simulation.references import check
from hullwatch.simulation.scenario import parse_scenario

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside the tests

HEAD = """
name = "test"
title = "A test"
provenance = "Invented."
vehicle = "demo"
start_utc = "2030-05-06T08:00Z"
duration = "2 h"
seed = 7
"""


@pytest.fixture(scope="session")
def play():
    """Play the events of a TOML text on the demonstration ship."""
    done = {}

    def run(events="", head=HEAD):
        if (head, events) not in done:
            scenario = parse_scenario(head + events)
            vehicle = ship_of(scenario)
            check(scenario, vehicle)
            done[head, events] = simulate(scenario, vehicle)
        return done[head, events]

    run.head = HEAD
    return run
