"""Hole or crack from a followed flow, against a grid over level and exponent and over simulated holes and cracks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_room import gauge, ship

from hullwatch.records import Floats, GroupState
from hullwatch.sizing import air
from hullwatch.sizing.law import BEFORE, EXPONENTS, SETTLED_S, STEP, FlowHistory, Law, joint, law_of, remember

WANDER = 0.02**2 / 3600.0
NOMINAL = 101_325.0
STATE = GroupState(
    group=0, compartments=("A",), time_s=0.0, volume_m3=850.0, volume_sd_m3=85.0, pressure_pa=NOMINAL,
    temperature_k=295.0, mass_kg=1005.0, mass_sd_kg=0.1, loss_per_s=1e-5, loss_sd_per_s=1e-7, followed=True,
    ppo2_pa=None, sensors=1,
)  # fmt: skip


def followed(exponent: float, share: float, rng: np.random.Generator | None, sd: float = 0.01) -> FlowHistory:
    """A leak of 1e-5/s that follows this law until pressure is this share of what it was."""
    loss, pressure, time, history = 1e-5, NOMINAL, 0.0, FlowHistory()
    wander = error = 0.0
    while pressure > share * NOMINAL:
        if rng is not None:
            wander += float(np.sqrt(WANDER * 60.0)) * rng.standard_normal()
            keep = float(np.exp(-60.0 * WANDER / sd**2))
            error = keep * error + sd * float(np.sqrt(1.0 - keep**2)) * rng.standard_normal()
        now = loss * (pressure / NOMINAL) ** (exponent - 1.0) * float(np.exp(wander))
        seen = now * float(np.exp(error))
        state = replace(STATE, time_s=time, pressure_pa=pressure, loss_per_s=seen, loss_sd_per_s=sd * seen)
        history = remember(history, state)
        pressure *= float(np.exp(-now * 60.0))
        time += 60.0
    return history


def slow(history: FlowHistory, exponent: float) -> float:
    """Log evidence by adding up over the level, readings with their full covariance."""
    y, p = np.log(history.loss_per_s), np.log(np.array(history.pressure_pa) / history.pressure_pa[0])
    t = np.array(history.time_s)
    n = t.size
    c = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            s2 = history.loss_sd_per_s[i] / history.loss_per_s[i] * history.loss_sd_per_s[j] / history.loss_per_s[j]
            c[i, j] = s2 * np.exp(-abs(t[i] - t[j]) * WANDER / s2) + WANDER * (min(t[i], t[j]) - t[0])
    inverse = np.linalg.inv(c)
    levels = np.linspace(y[0] - 1.0, y[0] + 1.0, 4001)
    rest = y[None, :] - levels[:, None] - (exponent - 1.0) * p[None, :]
    square: Floats = np.einsum("li,ij,lj->l", rest, inverse, rest)
    return float(np.log(np.exp(-0.5 * square).sum()))


def test_before_anything_is_known_the_prior_stays() -> None:
    law = law_of(FlowHistory(), WANDER)
    assert law.probability == BEFORE
    assert law.log_bayes_factor == 0.0
    assert (law.points, law.fallen) == (0, 0.0)
    assert law.exponent.median == pytest.approx(np.median(EXPONENTS))
    assert law.exponent.high - law.exponent.low > 2.2


@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_after_one_hundredth_nothing_is_known_yet(exponent: float) -> None:
    law = law_of(followed(exponent, 0.977, None), WANDER)
    assert law.points == 2
    assert 0.25 < law.probability["crack"] < 0.75
    assert law.exponent.high - law.exponent.low > 1.5


@pytest.mark.parametrize(("exponent", "name"), [(1.0, "orifice"), (2.0, "crack")])
def test_after_a_third_the_law_is_plain(exponent: float, name: str) -> None:
    law = law_of(followed(exponent, 0.65, None), WANDER)
    assert max(law.probability, key=lambda each: law.probability[each]) == name
    assert law.probability[name] > 0.97
    assert law.exponent.low < exponent < law.exponent.high
    assert law.fallen == pytest.approx(0.345, abs=0.015)


@pytest.mark.parametrize("exponent", [1.0, 1.4, 2.0])
def test_the_evidence_is_that_of_a_grid_over_the_level(exponent: float) -> None:
    history = followed(exponent, 0.8, np.random.default_rng(3))
    expected = slow(history, 2.0) - slow(history, 1.0)
    assert law_of(history, WANDER).log_bayes_factor == pytest.approx(expected, abs=1e-6)


def test_the_exponent_is_that_of_a_grid_over_level_and_exponent() -> None:
    history = followed(1.5, 0.7, np.random.default_rng(4))
    log = np.array([slow(history, float(e)) for e in EXPONENTS])
    share = np.cumsum(np.exp(log - log.max()))
    share /= share[-1]
    found = law_of(history, WANDER).exponent
    for end, part in ((found.low, 0.05), (found.median, 0.5), (found.high, 0.95)):
        assert end == pytest.approx(np.interp(part, share, EXPONENTS), abs=0.05)


def test_probabilities_are_what_they_say_over_simulated_holes_and_cracks() -> None:
    rng = np.random.default_rng(11)
    said, truth, inside = [], [], []
    for k in range(200):
        crack = k % 2 == 1
        law = law_of(followed(2.0 if crack else 1.0, float(rng.uniform(0.7, 0.98)), rng), WANDER)
        said.append(law.probability["crack"])
        truth.append(crack)
        inside.append(law.exponent.low <= (2.0 if crack else 1.0) <= law.exponent.high)
    p, was = np.array(said), np.array(truth, dtype=float)
    # calibrated: the sum of cracks is that of probabilities, within its own spread
    assert abs(float((was - p).sum())) < 3.0 * float(np.sqrt((p * (1.0 - p)).sum()))
    brier, expected = float(np.mean((p - was) ** 2)), float(np.mean(p * (1.0 - p)))
    assert brier == pytest.approx(expected, abs=0.04)
    assert brier < 0.24  # and it has learned something
    assert 0.84 < np.mean(inside) < 0.96


def test_a_point_is_kept_for_each_fall_and_only_if_known() -> None:
    found = remember(FlowHistory(), STATE)
    assert found.time_s == ()
    assert remember(found, replace(STATE, time_s=0.9 * SETTLED_S)) is found
    first = remember(found, replace(STATE, time_s=SETTLED_S))
    assert len(first.time_s) == 1
    later = replace(STATE, time_s=SETTLED_S + 60.0)
    assert remember(first, replace(later, pressure_pa=(1.0 - 0.9 * STEP) * NOMINAL)) is first
    lower = replace(later, pressure_pa=(1.0 - 1.1 * STEP) * NOMINAL)
    assert len(remember(first, lower).time_s) == 2
    assert remember(first, replace(lower, loss_sd_per_s=5e-6)) is first
    assert remember(first, replace(lower, followed=False)) is first


def no_law() -> Law:
    return law_of(FlowHistory(), WANDER)


def test_at_nominal_pressure_the_law_does_not_matter() -> None:
    found, alone = joint(STATE, no_law(), NOMINAL), air.size(STATE, ship([gauge("P1")]))
    assert found is not None
    assert alone is not None
    for one, other in (
        (found.rate_kg_s, alone.rate_kg_s),
        (found.effective_area_m2, alone.effective_area_m2),
        (found.effective_area_nominal_m2, alone.effective_area_m2),
    ):
        assert (one.low, one.median, one.high) == pytest.approx((other.low, other.median, other.high), rel=0.01)
    assert found.rate_with_area == pytest.approx(1.0)
    assert found.volume_m3.median == pytest.approx(850.0)
    assert found.rate_with_volume > 0.99  # the loss is known to a hundredth, the volume to a tenth


def test_far_below_nominal_pressure_the_area_carries_the_doubt_about_the_law() -> None:
    low = replace(STATE, pressure_pa=0.7 * NOMINAL, volume_sd_m3=0.0)
    doubting = joint(low, no_law(), NOMINAL)
    sure = joint(low, replace(no_law(), probability={"orifice": 1.0, "crack": 0.0}), NOMINAL)
    assert doubting is not None
    assert sure is not None
    assert sure.effective_area_nominal_m2.high / sure.effective_area_nominal_m2.low < 1.05
    # a crack passes 1 / 0.7 times as much at nominal pressure as a hole with this flow would
    wide = doubting.effective_area_nominal_m2
    assert wide.high / wide.low == pytest.approx(1.0 / 0.7, rel=0.05)
    assert doubting.rate_with_area < sure.rate_with_area


@settings(deadline=None, max_examples=50)
@given(st.floats(1e-8, 1e-4), st.floats(0.001, 0.3), st.floats(0.0, 0.15))
def test_intervals_are_in_order_and_correlations_possible(loss: float, spread: float, volume: float) -> None:
    state = replace(STATE, loss_per_s=loss, loss_sd_per_s=spread * loss, volume_sd_m3=volume * 850.0)
    found = joint(state, no_law(), NOMINAL)
    assert found is not None
    for one in (found.rate_kg_s, found.effective_area_m2, found.effective_area_nominal_m2, found.volume_m3):
        assert 0.0 < one.low <= one.median <= one.high
    assert 0.0 <= found.rate_with_volume <= 1.0
    assert 0.0 <= found.rate_with_area <= 1.0 + 1e-12


def test_nothing_followed_has_no_joint_size() -> None:
    assert joint(replace(STATE, followed=False), no_law(), NOMINAL) is None
    assert joint(replace(STATE, loss_per_s=-1e-7), no_law(), NOMINAL) is None
