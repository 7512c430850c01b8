"""What walls of unknown warmth leave of doubt in a loss: against falls whose walls are drawn."""

from dataclasses import replace

import numpy as np
import pytest
from one_room import gauge, ship

from hullwatch.records import GroupState
from hullwatch.response.walls import WALL_DOUBT, loss_share, unsettled

SHIP = ship([gauge("P1")])
WALL_S = SHIP.compartments[0].wall_time_s
STATE = GroupState(
    group=0, compartments=("A",), time_s=0.0, volume_m3=100.0, volume_sd_m3=0.0, pressure_pa=101_000.0,
    temperature_k=295.0, mass_kg=120.0, mass_sd_kg=0.1, loss_per_s=2e-6, loss_sd_per_s=1e-8, followed=True,
    ppo2_pa=None, sensors=1,
)  # fmt: skip


@pytest.mark.parametrize("age_s", [10.0, 60.0, 300.0, 1_800.0, 10_800.0])
def test_the_doubt_is_the_spread_of_losses_that_walls_of_every_kind_would_make_of_one_fall(age_s: float) -> None:
    walls = WALL_S * np.exp(WALL_DOUBT * np.random.default_rng(1).normal(size=100_000))
    fallen = age_s + 0.4 * WALL_S * -np.expm1(-age_s / WALL_S)
    losses = fallen / (age_s + 0.4 * walls * -np.expm1(-age_s / walls))
    assert loss_share(age_s, WALL_S) == pytest.approx(float(np.log(losses).std()), rel=0.1)


def test_it_is_nothing_at_the_onset_and_fades_after_a_largest_of_three_percent() -> None:
    shares = [loss_share(x * WALL_S, WALL_S) for x in np.geomspace(1e-3, 1e3, 400)]
    assert loss_share(0.0, WALL_S) == loss_share(-5.0, WALL_S) == 0.0
    assert 0.028 < max(shares) < 0.032
    assert shares[-1] < 2e-4
    assert np.sum(np.diff(np.sign(np.diff(shares))) != 0) == 1


def test_it_adds_to_the_doubt_there_is_and_leaves_gas_that_comes_alone() -> None:
    wide = unsettled(STATE, SHIP, 2.0 * WALL_S)
    assert wide.loss_sd_per_s == pytest.approx(np.hypot(1e-8, 2e-6 * loss_share(2.0 * WALL_S, WALL_S)))
    assert replace(wide, loss_sd_per_s=1e-8) == STATE
    comes = replace(STATE, loss_per_s=-2e-6)
    assert unsettled(comes, SHIP, 2.0 * WALL_S) == comes
