"""People in a room under test: the simulator's cabin with people and a leak, read with and without them known."""

import numpy as np
import pytest

from hullwatch.errors import OutOfRange
from hullwatch.models.cabin import Cabin, State, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.physics.gas import AIR_MOLAR_MASS, CO2, MOLAR_MASS, O2, amount, fractions
from hullwatch.physics.orifice import orifice_flow
from hullwatch.response import clearance, hold
from hullwatch.response import clearance_case as case
from hullwatch.response.breathing import O2_KG_DAY, as_air_kg_day, breathed_mol_s
from hullwatch.response.clearance_words import breathed, people_why
from hullwatch.units import DAY_S, HOUR_S

VOLUME_M3, WARM_K, PRESSURE_PA = 60.0, 295.0, 99_000.0
SHARE = fractions(PRESSURE_PA, 21_500.0, 400.0, 1_100.0)
LIMIT_KG_S = 2.4 / DAY_S


def simulated(people: int, removed: bool, leak_kg_day: float, seed: int = 1) -> hold.Readings:
    """Ten hours of a closed room, read once a minute to 0.1 mmHg; people's water is condensed as it comes."""
    moles = amount(PRESSURE_PA, VOLUME_M3, WARM_K) * SHARE
    person = np.zeros(4)
    person[O2] = -O2_KG_DAY / DAY_S / MOLAR_MASS[O2]
    person[CO2] = 0.0 if removed else 1.00 / DAY_S / MOLAR_MASS[CO2]
    gas = float(SHARE @ MOLAR_MASS), 1.4
    area = leak_kg_day / DAY_S / float(orifice_flow(PRESSURE_PA, 0.0, WARM_K, *gas, 1.0))
    cabin = Cabin(
        ("A",), (), np.array([VOLUME_M3]), np.array([143.0]), np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64),
        np.zeros(0),
    )  # fmt: skip
    none = np.zeros((1, 4))
    gains = Gains(none, np.array([WARM_K]), np.array([float(people)]), person, none, none)
    holes = Holes(np.zeros(1, np.int64), np.array([area]), np.zeros(1), np.zeros(1), np.zeros(1))
    until = 10.0 * HOUR_S
    _, track, _ = advance(
        cabin, State(moles[None, :].copy(), np.array([WARM_K])), ways_of(cabin, np.zeros(0, np.bool_)), holes, gains,
        Walls(0.0, 60.0, np.array([[WARM_K]])), 0.0, until, 60.0,
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    shown = track.pressure_pa[:, 0] + 4.0 * rng.standard_normal(track.time_s.size)
    return hold.Readings(track.time_s, np.round(shown / 13.3) * 13.3, np.full(shown.size, WARM_K))


def judged(readings: hold.Readings, people: float, co2: str) -> case.Assessed:
    room = case.room_of(readings, 0.05, 1800.0, False)
    scale = case.scale_of(LIMIT_KG_S, 0.1 * LIMIT_KG_S, "kg/s", (VOLUME_M3, 0.02 * VOLUME_M3), readings)
    used = case.used_per_s(scale, people, co2)
    terms = clearance.terms_of(scale.limit_per_s, scale.share, 1e-3, 1e-3, scale.tight_per_s, used)
    return case.assess(readings, room, terms)


def test_three_who_breathe_in_a_tight_room_are_no_leak() -> None:
    readings = simulated(3, True, 0.0)
    assert judged(readings, 0.0, "unknown").said.verdict == "does_not_hold"
    found = judged(readings, 3.0, "removed").said
    assert found.verdict == "holds"
    mass = PRESSURE_PA * VOLUME_M3 / (8.314462618 * WARM_K) * AIR_MOLAR_MASS
    assert found.loss_per_s.low < 0.0 < found.loss_per_s.high
    assert (found.loss_per_s.high - found.loss_per_s.low) * mass * DAY_S > 2.0 * 1.645 * 3 * 0.1  # their doubt is in it


@pytest.mark.parametrize("co2", ["stays", "removed"])
def test_a_leak_behind_people_is_found(co2: str) -> None:
    found = judged(simulated(3, co2 == "removed", 5.0), 3.0, co2).said
    mass = PRESSURE_PA * VOLUME_M3 / (8.314462618 * WARM_K) * AIR_MOLAR_MASS
    assert found.verdict == "does_not_hold"
    assert found.loss_per_s.low * mass * DAY_S < 5.0 < found.loss_per_s.high * mass * DAY_S


def test_what_stays_in_the_air_makes_up_for_most_of_it() -> None:
    readings = simulated(3, False, 0.0)
    assert judged(readings, 3.0, "stays").said.verdict == "holds"
    assert judged(readings, 0.0, "unknown").said.verdict == "holds"  # a tenth of the limit is not to be seen


def test_where_nobody_knows_of_the_carbon_dioxide_both_are_possible() -> None:
    nodes = as_air_kg_day(breathed_mol_s(1.0, "unknown"))
    assert nodes.size == 9
    assert nodes[0] == pytest.approx(as_air_kg_day(breathed_mol_s(1.0, "stays"))[0], abs=0.05)
    assert nodes[-1] == pytest.approx(as_air_kg_day(breathed_mol_s(1.0, "removed"))[-1], abs=0.1)


def test_two_breathe_twice_as_much() -> None:
    one, two = (breathed_mol_s(people, "removed") for people in (1.0, 2.0))
    assert two == pytest.approx(2.0 * one)
    # 0.84 kg of oxygen are 26.3 mol a day, and as many moles of air are 0.76 kg
    assert as_air_kg_day(one).mean() == pytest.approx(0.84 / 31.9988e-3 * AIR_MOLAR_MASS, rel=0.01)
    assert as_air_kg_day(one).std() == pytest.approx(0.18 * 0.76, rel=0.1)


def test_it_says_what_it_took_people_for() -> None:
    assert breathed(0.0, "unknown") is None
    assert "nobody breathes in there" in people_why(0.0, "unknown")
    assert "carbon dioxide stays" in people_why(2.0, "stays")


@pytest.mark.parametrize(("people", "co2"), [(-1.0, "stays"), (float("nan"), "stays"), (1.0, "gone")])
def test_what_cannot_be_is_refused(people: float, co2: str) -> None:
    with pytest.raises(OutOfRange):
        breathed_mol_s(people, co2)


def test_people_need_the_volume() -> None:
    readings = simulated(0, True, 0.0)
    scale = case.scale_of(0.01, 0.0, "pascal/s", None, readings)
    with pytest.raises(OutOfRange, match="volume"):
        case.used_per_s(scale, 1.0, "stays")
