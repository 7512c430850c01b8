"""Probabilities of a leak and all else once the leak is followed."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from calm_worlds import DAY_S, HOUR, MASS_KG
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.detection import priors
from hullwatch.detection.aside import believed, reweigh, set_aside
from hullwatch.records import GroupState, SetAside

STATE = GroupState(
    group=0, compartments=("A",), time_s=36_000.0, volume_m3=100.0, volume_sd_m3=5.0, pressure_pa=101_325.0,
    temperature_k=295.0, mass_kg=MASS_KG, mass_sd_kg=0.1, loss_per_s=0.0, loss_sd_per_s=1e-7, followed=True,
    ppo2_pa=None, sensors=1,
)  # fmt: skip
SETTING = priors.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 1e-6)
ASIDE = (
    SetAside("cooling", 0.03, "c"),
    SetAside("crew and removal", 0.02, "u"),
    SetAside("airlock, vent or docking", 0.01, "s"),
)


def weighed_again(loss: float, sd: float = 1e-7, age_s: float = 36_000.0) -> dict[str, float]:
    state = replace(STATE, loss_per_s=loss, loss_sd_per_s=sd)
    leak, aside = reweigh(ASIDE, state, SETTING, STATE.time_s - age_s)
    return {"leak": leak, **{one.cause: one.probability for one in aside}}


def test_a_more_significant_loss_makes_cooling_and_crew_less_probable() -> None:
    found = [weighed_again(loss) for loss in np.linspace(2e-7, 3e-6, 40)]
    # together: as crew becomes impossible cooling may take over its share for a while
    shares = [each["cooling"] + each["crew and removal"] for each in found]
    assert all(later <= before + 1e-12 for before, later in pairwise(shares))
    assert shares[-1] < 1e-6
    leaks = [each["leak"] for each in found]
    assert leaks == sorted(leaks)


def test_a_loss_that_lasts_longer_is_less_likely_heat() -> None:
    shares = [weighed_again(6e-7, age_s=hours * HOUR)["cooling"] for hours in (1, 2, 4, 8, 16, 48)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < shares[0]


@given(st.floats(-1e-6, 1e-5), st.floats(1e-9, 1e-5), st.floats(0.0, 1e6))
def test_what_is_weighed_again_is_a_probability_and_forgets_no_cause(loss: float, sd: float, age_s: float) -> None:
    found = weighed_again(loss, sd, age_s)
    assert set(found) == {"leak", *(one.cause for one in ASIDE)}
    assert sum(found.values()) == pytest.approx(1.0)
    assert all(0.0 <= share <= 1.0 for share in found.values())
    assert found["airlock, vent or docking"] == 0.01


@pytest.mark.parametrize("loss", [1.13e-7, 1.2e-7, 1.27e-7])
@pytest.mark.parametrize("sd", [1e-9, 1e-8])
def test_a_followed_loss_is_weighed_by_the_integral_over_rates(loss: float, sd: float) -> None:
    """However sharply it is known: one cause against a leak, odds by numerical integration over fine grids."""
    state = replace(STATE, loss_per_s=loss, loss_sd_per_s=sd)
    leak, aside = reweigh((SetAside("crew and removal", 0.5, "u"),), state, SETTING, STATE.time_s - 36_000.0)
    log_rate = np.linspace(np.log(0.5), np.log(2e5), 2_000_001)
    rate = np.exp(log_rate) / DAY_S / MASS_KG
    as_leak = np.trapezoid(np.exp(-0.5 * ((rate - loss) / sd) ** 2), log_rate) / np.ptp(log_rate)
    crew_sd = 1.25 * 1e-5 / MASS_KG
    flow = np.linspace(-8.0 * crew_sd, 8.0 * crew_sd, 400_001)
    weight = np.exp(-0.5 * (flow / crew_sd) ** 2) / np.sqrt(2.0 * np.pi) / crew_sd
    as_crew = np.trapezoid(np.exp(-0.5 * ((flow - loss) / sd) ** 2) * weight, flow)
    odds = as_leak / as_crew / 365.25 / 0.3
    assert leak == pytest.approx(odds / (1.0 + odds), rel=0.02)
    assert leak + aside[0].probability == pytest.approx(1.0)


FOUND = {
    "leak": 0.01, "heat": 0.01, "unmetered flow": 0.02, "supply": 0.0, "step": 0.7, "small step": 0.1,
    "transfer": 0.05, "sensor drift P1": 0.01, "sensor step P1": 0.1,
}  # fmt: skip


def why_of(chosen: str, amount: float, setting: priors.Setting = SETTING) -> dict[str, str]:
    return {one.cause: one.why for one in set_aside(FOUND, setting, chosen, amount)}


def test_what_comes_to_the_same_is_believed_together_and_the_rest_is_set_aside() -> None:
    """A step of any size and a transfer are all gas that went and stopped going."""
    assert believed(FOUND, "step") == pytest.approx(0.85)
    assert believed(FOUND, "sensor step P1") == pytest.approx(0.1)
    assert believed(FOUND, "leak") == pytest.approx(0.01)
    for chosen in FOUND:
        aside = sum(one.probability for one in set_aside(FOUND, SETTING, chosen, 1e-4))
        assert aside + believed(FOUND, chosen) == pytest.approx(sum(FOUND.values()))


def test_a_step_is_told_from_heat_and_people_by_what_it_took_not_by_a_rate() -> None:
    """A share of 0.003 is 0.89 K of 295 K at once, and so much of the gas: no rate can be said of it."""
    said = why_of("step", -0.003)
    assert "0.89 K as fast" in said["cooling"]
    assert f"{0.003 * MASS_KG:.3g} kg in one step" in said["crew and removal"]
    assert said["leak"] == "a leak goes on falling; this did not"
    assert "pressure fell" in said["supply"]
    came = why_of("step", 0.003)
    assert came["leak"] == "a leak takes gas; this brought some"
    assert "this was over" in came["supply"]
    assert f"{295.0 * 1e-6 * 3600.0:.2g} K/h" in why_of("leak", 1e-6)["cooling"]


def test_one_gauge_alone_is_not_said_to_have_been_compared() -> None:
    two = replace(SETTING, sensors=("P1", "P2"))
    for fault in ("step", "drift"):
        assert "2 pressure sensors compared" in why_of("leak", 1e-6, two)[f"sensor {fault}"]
        alone = why_of("leak", 1e-6)[f"sensor {fault}"]
        assert "compared" not in alone
        assert alone.startswith("nothing to compare P1 with: weighed by how often")
        size = {"step": priors.SENSOR_STEP_PA, "drift": priors.DRIFT_PA_DAY}[fault] / 133.322
        assert f"{priors.BEGIN_PER_DAY[f'sensor {fault}']:g} a day" in alone
        assert f"{size:.2g} mmHg" in alone


def test_an_analyser_is_no_gauge_to_compare_one_with() -> None:
    setting = replace(SETTING, sensors=("P1", "N2"), analysers=1)
    assert "nothing to compare P1 with" in why_of("leak", 1e-6, setting)["sensor step"]


def test_a_gauge_at_fault_is_told_from_gas_by_the_others_or_by_nothing() -> None:
    two = replace(SETTING, sensors=("P1", "P2"))
    assert why_of("sensor step P1", 1e-4, two)["leak"] == "shows in every pressure sensor; P1 alone did this"
    assert "P1 is the only pressure sensor here: weighed by" in why_of("sensor step P1", 1e-4)["leak"]
