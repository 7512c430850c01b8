"""The watch's own test of a closed part: who is taken to breathe in it, and what that does to its limits."""

from dataclasses import replace

import numpy as np
import pytest

from hullwatch.response.breathing import breathed_mol_s
from hullwatch.vehicle.load import load_vehicle
from hullwatch.watch import holding

SHIP = load_vehicle("iss-2018-08-29")


def test_what_they_breathe_is_part_of_what_is_tested() -> None:
    from test_advising import FLOW, OPEN, now

    incident = now(0.0, OPEN, FLOW, 0.1 * FLOW, True).incident
    size = (20.0, 0.05, 24.0)
    empty = holding._begin(SHIP, incident, ["SOYUZ_MS09_OM"], size, 0.0, 0.0)
    lived = holding._begin(SHIP, incident, ["MRM1", "SOYUZ_MS09_OM", "SOYUZ_MS09_DM"], size, 0.0, 0.0, 3)
    assert empty is not None
    assert lived is not None
    assert not empty.test.terms.used_per_s.any()
    assert lived.people == 3
    taken = float(np.mean(lived.test.terms.used_per_s))
    assert taken == pytest.approx(float(np.mean(breathed_mol_s(3.0, "unknown"))) * 28.9655e-3 / 24.0, rel=0.02)
    assert "3 are taken to be in there" in holding.row(lived, SHIP, 0.0).data["because"]
    assert "are taken to be" not in holding.row(empty, SHIP, 0.0).data["because"]


def test_a_test_begins_anew_when_somebody_comes_in() -> None:
    from test_advising import FLOW, OPEN, now

    incident = now(0.0, OPEN, FLOW, 0.1 * FLOW, True).incident
    one = holding._begin(SHIP, incident, ["SOYUZ_MS09_OM"], (20.0, 0.05, 24.0), 0.0, 0.0)
    assert one is not None
    (part,) = (s for s in now(0.0, OPEN, FLOW, 0.1 * FLOW, True).states[:1])
    part = replace(part, compartments=("SOYUZ_MS09_OM",))
    assert holding.same(one, incident, part, 0.0, 0)
    assert not holding.same(one, incident, part, 0.0, 1)
