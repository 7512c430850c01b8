"""Metered gas against arithmetic in kilograms a day."""

import numpy as np
import pytest
from one_room import frames, gauge, seconds, ship

from hullwatch.balance.ledger import supply_mol_s
from hullwatch.records import Floats, Quality
from hullwatch.vehicle.facts import Channel, Vehicle

DAY_S = 86_400.0
METER = Channel("OGA", "oxygen made", "o2_generation", "kg/s", "A", (-1e-4, 1e-3))
ROOMS = {"A": 60.0, "B": 40.0}


def vehicle(crew: int, meters: tuple[Channel, ...] = (METER,)) -> Vehicle:
    return ship((gauge("P1"), *meters), ROOMS, crew=crew)


def kg_day(mol_s: Floats) -> Floats:
    return mol_s * 31.9988e-3 * DAY_S  # oxygen, g/mol from IUPAC 2013


def test_oxygen_made_less_oxygen_breathed() -> None:
    ship3 = vehicle(3)
    made = np.linspace(0.0, 5e-5, 50)
    net = supply_mol_s(ship3, ("A", "B"), frames(ship3, seconds(50), {"OGA": made}))
    assert kg_day(net) == pytest.approx((made - 3 * 1e-5) * DAY_S, rel=1e-9, abs=1e-12)


def test_without_a_meter_oxygen_made_balances_the_crew() -> None:
    ship3 = vehicle(3, ())
    np.testing.assert_array_equal(supply_mol_s(ship3, ("A", "B"), frames(ship3, seconds(9), {})), np.zeros(9))
    deaf = vehicle(3)
    np.testing.assert_array_equal(supply_mol_s(deaf, ("A", "B"), frames(deaf, seconds(9), {})), np.zeros(9))


@pytest.mark.parametrize("doubt", [Quality.STALE, Quality.STUCK, Quality.MISSING])
def test_a_meter_in_doubt_is_no_meter(doubt: Quality) -> None:
    ship3 = vehicle(3)
    shown = frames(ship3, seconds(10), {"OGA": np.full(10, 5e-5)})
    shown.flags[4:, 1] = int(doubt)
    net = supply_mol_s(ship3, ("A", "B"), shown)
    assert (net[:4] > 0.0).all()
    assert (net[4:] == 0.0).all()


def test_the_crew_is_where_the_air_is_and_the_meter_where_it_stands() -> None:
    ship3 = vehicle(3)
    shown = frames(ship3, seconds(5), {"OGA": np.full(5, 5e-5)})
    there = supply_mol_s(ship3, ("A",), shown)
    assert kg_day(there) == pytest.approx(np.full(5, (5e-5 - 0.6 * 3e-5) * DAY_S))
    np.testing.assert_array_equal(supply_mol_s(ship3, ("B",), shown), np.zeros(5))


def test_an_empty_ship_gains_what_is_made() -> None:
    empty = vehicle(0)
    net = supply_mol_s(empty, ("A", "B"), frames(empty, seconds(5), {"OGA": np.full(5, 1e-5)}))
    assert kg_day(net) == pytest.approx(np.full(5, 0.864))
