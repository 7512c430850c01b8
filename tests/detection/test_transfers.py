"""What a step took, and what a suspicion let go may have been: against worlds in which it is known how much went."""

import lookout
import numpy as np
import pytest
from one_room import PRESSURE_PA, T0, TEMPERATURE_K, frames, gauge, glass, log_gas, seconds, ship

from hullwatch.detection.transfers import Passed, _quantile, passed, stepped
from hullwatch.records import Floats

HOUR = 3_600
SHIP = ship(
    [gauge("P1", quantum_si=0.0, noise_si=5.0, publish="periodic", period_s=1.0), glass("T1")],
)  # fmt: skip

TWO = ship(
    [gauge(f"P{k}", quantum_si=0.0, noise_si=5.0, publish="periodic", period_s=1.0) for k in (1, 2)] + [glass("T1")],
)


def after(gone: Floats, seed: int) -> tuple[Passed | None, float]:
    """What is made of a quiet cabin that lost this share of its gas, (seconds,), by a filter that never followed it;
    and the mass of its gas, kg."""
    rng = np.random.default_rng(seed)
    total = PRESSURE_PA * np.exp(log_gas(rng, SHIP, gone.size) - gone) + 5.0 * rng.normal(size=gone.size)
    shown = {"P1": total, "T1": np.full(gone.size, TEMPERATURE_K)}
    here, _, _ = lookout.hear(lookout.begin(SHIP), frames(SHIP, seconds(gone.size), shown))
    setting = here.setting()
    return passed(here.score, setting, 0, T0 + float(gone.size)), setting.mass_kg


def transfer(share: float, lasts_s: float, then_s: float = 300.0) -> Floats:
    """Gas goes evenly after two hours, and some minutes follow."""
    clock = np.arange(2 * HOUR + lasts_s + then_s) - 2 * HOUR
    return np.asarray(share * np.clip(clock / lasts_s, 0.0, 1.0))


@pytest.mark.parametrize("lasts_s", [180.0, 480.0])
@pytest.mark.parametrize("share", [0.001, 0.004])
def test_a_transfer_that_ended_is_named_with_what_it_took(share: float, lasts_s: float) -> None:
    for seed in range(3):
        found, mass_kg = after(transfer(share, lasts_s), seed)
        assert found is not None
        assert found.said is not None
        assert found.said.kind == "step"
        assert found.said.size.low <= -share * mass_kg <= found.said.size.high < 0.0
        assert found.amount * mass_kg == pytest.approx(found.said.size.median)
        causes = [one.cause for one in found.said.set_aside]
        assert {"cooling", "crew and removal", "sensor step", "nothing"} <= set(causes)
        assert not {"leak", "airlock, vent or docking"} & set(causes)  # what goes on is not weighed; the last is said
        whole = found.said.probability + sum(one.probability for one in found.said.set_aside)
        assert whole == pytest.approx(1.0)
        assert np.linalg.eigvalsh(found.covariance).min() > -1e-9 * np.linalg.eigvalsh(found.covariance).max()


def test_what_one_gauge_alone_may_have_done_is_not_said_to_be_gas() -> None:
    found, _ = after(transfer(0.004, 30.0), 1)
    assert found is not None
    assert found.said is None


def test_a_quiet_cabin_lost_nothing() -> None:
    found = [after(np.zeros(3 * HOUR), seed)[0] for seed in range(4)]
    assert all(one is None or one.said is None for one in found)


def test_a_fall_beyond_any_heat_that_no_transfer_explains_is_doubted() -> None:
    """Gas that still goes: there is no end to it among the onsets."""
    going = 2e-6 * np.maximum(np.arange(3.0 * HOUR) - 2 * HOUR, 0.0)
    found, _ = after(going, 1)
    assert found is not None
    assert found.amount < 0.0
    assert found.covariance[0, 0] > 0.0


@pytest.mark.parametrize("lasts_s", [1.0, 90.0, 180.0])
def test_a_step_is_sized_by_all_the_times_it_may_have_taken(lasts_s: float) -> None:
    """Taken for a single step, one of three minutes would be said to be half as large, and sure of it."""
    rng = np.random.default_rng(4)
    gone = transfer(0.004, lasts_s, 2_400.0)
    total = np.exp(log_gas(rng, TWO, gone.size) - gone) * PRESSURE_PA
    shown = {name: total + 5.0 * rng.normal(size=gone.size) for name in ("P1", "P2")}
    shown["T1"] = np.full(gone.size, TEMPERATURE_K)
    here, found = lookout.watch(TWO, frames(TWO, seconds(gone.size), shown))
    assert found is not None
    assert found.kind == "step"
    sized = stepped(here.score, here.setting(), found)
    assert sized.said is not None
    assert sized.said.size.low < -0.004 * here.setting().mass_kg < sized.said.size.high
    assert sized.said.set_aside == found.set_aside
    took = sized.said.took_s
    assert took is not None
    assert 0.0 <= took.low <= took.median <= took.high
    assert took.low <= lasts_s <= took.high
    assert np.linalg.eigvalsh(sized.covariance).min() > -1e-9 * np.linalg.eigvalsh(sized.covariance).max()


@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_a_quantile_of_shares_is_that_of_as_many_copies(part: float) -> None:
    rng = np.random.default_rng(7)
    value, copies = rng.normal(size=40), rng.integers(0, 50, 40)
    found = _quantile(value, copies / copies.sum(), part)
    assert found == np.quantile(np.repeat(value, copies), part, method="inverted_cdf")
