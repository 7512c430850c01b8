"""Size of a leak against closed forms, the one orifice law, and what every size must obey."""

from dataclasses import replace
from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_room import figure, gauge, ship

from hullwatch.physics.gas import AIR_GAMMA, AIR_MOLAR_MASS
from hullwatch.physics.orifice import orifice_flow
from hullwatch.records import GroupState, Interval
from hullwatch.sizing.air import coefficient_nodes, size, volume_nodes

SHARP = ship([gauge("P1")], cd=figure(0.8, 0.0))
DOUBTING = ship([gauge("P1")], cd=figure(0.8, 0.1))
STATE = GroupState(
    group=0, compartments=("A",), time_s=0.0, volume_m3=850.0, volume_sd_m3=0.0, pressure_pa=100_000.0,
    temperature_k=295.0, mass_kg=1005.0, mass_sd_kg=0.1, loss_per_s=3e-7, loss_sd_per_s=0.0, followed=True,
    ppo2_pa=None, sensors=1,
)  # fmt: skip


def ends(interval: Interval) -> tuple[float, float, float]:
    return interval.low, interval.median, interval.high


def test_nothing_followed_has_no_size() -> None:
    assert size(replace(STATE, followed=False), DOUBTING) is None


def test_without_doubts_all_ends_are_the_closed_form() -> None:
    found = size(STATE, SHARP)
    assert found is not None
    rate = 3e-7 * 1005.0
    assert ends(found.rate_kg_s) == pytest.approx([rate] * 3, rel=1e-9)
    # choked ideal gas: m = C* A p / sqrt(R T / M), C* = 0.684731 for gamma 1.4 (ISO 9300)
    area = rate / (0.684731 * 100_000.0) * np.sqrt(8.31446262 * 295.0 / 28.9655e-3)
    assert ends(found.effective_area_m2) == pytest.approx([area] * 3, rel=2e-6)
    assert ends(found.equivalent_diameter_m) == pytest.approx([np.sqrt(4.0 * area / (pi * 0.8))] * 3, rel=2e-6)
    assert ends(found.discharge_coefficient) == pytest.approx([0.8] * 3)


@given(st.floats(1e-8, 1e-4), st.floats(2e4, 1.1e5), st.floats(280.0, 310.0))
def test_the_area_is_the_one_law_of_a_hole_turned_round(loss: float, pressure_pa: float, temperature_k: float) -> None:
    found = size(replace(STATE, loss_per_s=loss, pressure_pa=pressure_pa, temperature_k=temperature_k), SHARP)
    assert found is not None
    area = found.effective_area_m2.median
    through = orifice_flow(pressure_pa, 0.0, temperature_k, AIR_MOLAR_MASS, AIR_GAMMA, area)
    assert through == pytest.approx(loss * STATE.mass_kg, rel=1e-9)
    assert found.equivalent_diameter_m.median**2 * pi / 4.0 * 0.8 == pytest.approx(area, rel=1e-9)


def test_the_rate_interval_is_that_of_a_normal_loss() -> None:
    found = size(replace(STATE, loss_sd_per_s=3e-8), SHARP)
    assert found is not None
    expected = np.array([-1.645, 0.0, 1.645]) * 3e-8 + 3e-7
    assert ends(found.rate_kg_s) == pytest.approx((1005.0 * expected).tolist(), rel=0.01)


def test_doubt_in_volume_goes_into_rate_area_and_less_into_diameter() -> None:
    found = size(replace(STATE, volume_sd_m3=85.0), SHARP)
    assert found is not None
    wide = 1.645 * 0.1
    for interval in (found.rate_kg_s, found.effective_area_m2):
        assert interval.high / interval.median - 1.0 == pytest.approx(wide, abs=0.03)
    diameter = found.equivalent_diameter_m
    assert diameter.high / diameter.median - 1.0 == pytest.approx(np.sqrt(1.0 + wide) - 1.0, abs=0.015)


def test_doubt_in_the_coefficient_goes_into_the_diameter_alone() -> None:
    sharp, doubting = size(STATE, SHARP), size(STATE, DOUBTING)
    assert sharp is not None
    assert doubting is not None
    assert ends(doubting.effective_area_m2) == pytest.approx(ends(sharp.effective_area_m2))
    assert doubting.equivalent_diameter_m.low < sharp.equivalent_diameter_m.low
    assert doubting.equivalent_diameter_m.high > sharp.equivalent_diameter_m.high
    low, _, high = ends(doubting.discharge_coefficient)
    area = doubting.effective_area_m2.median
    assert doubting.equivalent_diameter_m.low == pytest.approx(np.sqrt(4.0 * area / (pi * high)), rel=0.03)
    assert doubting.equivalent_diameter_m.high == pytest.approx(np.sqrt(4.0 * area / (pi * low)), rel=0.05)  # 17 nodes


@pytest.mark.parametrize("sd", [0.0, 0.05, 0.1, 0.3])
def test_coefficients_are_possible_ones(sd: float) -> None:
    nodes = coefficient_nodes(ship([gauge("P1")], cd=figure(0.8, sd)))
    assert ((nodes > 0.0) & (nodes <= 1.0)).all()
    assert np.median(nodes) == pytest.approx(0.8)


def test_a_rounder_hole_passes_more_and_so_is_smaller() -> None:
    found = [size(STATE, ship([gauge("P1")], cd=figure(cd, 0.05))) for cd in (0.6, 0.7, 0.8, 0.9)]
    diameters = [each.equivalent_diameter_m for each in found if each is not None]
    assert len(diameters) == 4
    for end in ("low", "median", "high"):
        values = [getattr(d, end) for d in diameters]
        assert values == sorted(values, reverse=True)


def test_volume_factors_average_one_and_stay_positive() -> None:
    assert np.mean(volume_nodes(replace(STATE, volume_sd_m3=80.0))) == pytest.approx(1.0)
    assert (volume_nodes(replace(STATE, volume_sd_m3=2000.0)) > 0.0).all()


@settings(deadline=None, max_examples=60)
@given(st.floats(-2e-7, 1e-5), st.floats(1.001, 50.0), st.floats(5e-8, 1e-6), st.floats(0.0, 100.0))
def test_a_larger_loss_never_has_a_smaller_hole(loss: float, factor: float, sd: float, volume_sd_m3: float) -> None:
    less = replace(STATE, loss_per_s=loss, loss_sd_per_s=sd, volume_sd_m3=volume_sd_m3)
    more = replace(less, loss_per_s=loss + (factor - 1.0) * abs(loss))
    one, other = size(less, DOUBTING), size(more, DOUBTING)
    assert one is not None
    assert other is not None
    for name in ("rate_kg_s", "effective_area_m2", "equivalent_diameter_m"):
        before, after = ends(getattr(one, name)), ends(getattr(other, name))
        assert all(b >= a * (1.0 - 1e-12) for a, b in zip(before, after, strict=True))
        assert 0.0 <= before[0] <= before[1] <= before[2]
