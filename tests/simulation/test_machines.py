"""People in a closed part of the ship, with the machines that make their air good there and without."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from hullwatch.errors import DescriptionError
from hullwatch.simulation.load import load_scenario
from hullwatch.simulation.play import simulate
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.load import load_vehicle

SHIP = load_vehicle("iss-2020-08-21")
ZVEZDA = ("SM_PKHO", "SM_RO", "SM_PRK", "MRM2", "SOYUZ_MS16_OM", "SOYUZ_MS16_DM", "PROGRESS_MS14")


@pytest.fixture(scope="module")
def scenario_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("machines") / "shut.toml"
    path.write_text(
        """
name = "shut"
title = "Three people in Zvezda, hatches shut"
provenance = "Invented."
vehicle = "iss-2020-08-21"
start_utc = "2020-08-21T00:00Z"
duration = "12 h"
seed = 1
heat = 0.0
crew = { Cassidy = "SM_RO", Ivanishin = "SM_RO", Vagner = "SM_RO" }
closed_hatches = ["FGB_GA-SM_PKHO", "SM_PKHO-DC1"]
"""
    )
    return str(path)


def gas_of(ship: Vehicle, scenario_file: str, gas: str) -> np.ndarray:
    """Mass of one gas in the closed part, from its second hour on, kg."""
    truth = simulate(load_scenario(scenario_file), ship).truth.filter(pl.col("compartment").is_in(ZVEZDA))
    by_time = truth.group_by("time").agg(pl.col(f"{gas}_kg").sum()).sort("time")
    return by_time[f"{gas}_kg"].to_numpy()[by_time.height // 6 :]


def test_machines_where_people_are_hold_their_air(scenario_file: str) -> None:
    oxygen, damp = gas_of(SHIP, scenario_file, "o2"), gas_of(SHIP, scenario_file, "h2o")
    assert np.ptp(oxygen) < 0.02
    assert damp[-1] == pytest.approx(damp[0], rel=0.1)
    carbon_dioxide = gas_of(SHIP, scenario_file, "co2")
    assert carbon_dioxide[-1] < 2.5 * carbon_dioxide[0]


def test_without_a_place_of_their_own_they_are_spread_over_the_ship(scenario_file: str) -> None:
    spread = replace(SHIP, supply=replace(SHIP.supply, machines_in=()))
    oxygen = gas_of(spread, scenario_file, "o2")
    # three people use 1.05 kg in ten hours; a ninth of the machines' oxygen is made on this side
    assert 0.6 < oxygen[0] - oxygen[-1] < 1.1


def test_machines_are_somewhere_on_the_ship(tmp_path_factory: pytest.TempPathFactory) -> None:
    from importlib import resources

    text = (resources.files("hullwatch.vehicle") / "data" / "iss-2020-08-21.toml").read_text("utf-8")
    path = tmp_path_factory.mktemp("ship") / "ship.toml"
    path.write_text(text.replace('machines_in = ["SM_RO"]', 'machines_in = ["SM_XX"]'))
    with pytest.raises(DescriptionError, match="SM_XX"):
        load_vehicle(str(path))
