"""Lets the tests of this folder import the helpers beside them (pytest's importlib mode does not)."""

import sys
from pathlib import Path

import pytest

from hullwatch.telemetry.source import Recording
from hullwatch.vehicle.facts import Vehicle
from watching import Cases

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="module")
def leak(cases: Cases) -> tuple[Recording, Vehicle]:
    """Telemetry of the demo leak, in memory."""
    watched = cases.watched("demo-leak")
    whole = next(iter(watched.source.blocks(watched.source.rows)))
    return Recording(watched.source.name, whole, watched.source.provenance, watched.source.notes), watched.ship
