"""One group ahead in time, against the cabin that is stepped second by second, and against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.models.cabin import Cabin, State, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.models.emptying import Flows, Room, passages
from hullwatch.models.worlds import PPCO2, PPO2, PRESSURE, Limits
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_MASS, O2, amount, fractions, mixture_gamma, mixture_molar_mass
from hullwatch.physics.leaks import crack, hole
from hullwatch.physics.orifice import orifice_flow
from hullwatch.records import Floats

VOLUME_M3, WARM_K, PRESSURE_PA, WALLS_S = 916.0, 295.0, 101_000.0, 143.0
SHARE = fractions(PRESSURE_PA, 21_500.0, 400.0, 1_100.0)
MOLES = amount(PRESSURE_PA, VOLUME_M3, WARM_K) * SHARE
NOTHING = np.zeros(4)


def room(wall_time_s: float = WALLS_S) -> Room:
    return Room(MOLES.copy(), VOLUME_M3, WARM_K, WARM_K, wall_time_s)


def flows(area_m2: float, **said: object) -> Flows:
    leak = hole(area_m2, (0.84, 0.84))[None, :]
    return Flows(leak, 1.0, NOTHING, 0.0, NOTHING)._replace(**said)


def below(*levels: float, kind: int = PRESSURE) -> Limits:
    count = len(levels)
    return Limits(np.full(count, kind), np.array(levels), np.ones(count, dtype=np.bool_))


def by_cabin(area_m2: float, levels: tuple[float, ...], until_s: float) -> Floats:
    cabin = Cabin(
        ("A",), (), np.array([VOLUME_M3]), np.array([WALLS_S]), np.zeros((0, 2), np.int64), np.zeros((0, 2), np.int64),
        np.zeros(0),
    )  # fmt: skip
    zero, none = np.zeros(1), np.zeros((1, 4))
    gains = Gains(none, np.array([WARM_K]), zero, NOTHING, none, none)
    holes = Holes(np.zeros(1, np.int64), np.array([0.84 * area_m2]), zero, zero, zero)
    walls = Walls(0.0, 60.0, np.array([[WARM_K]]))
    state = State(MOLES[None, :].copy(), np.array([WARM_K]))
    _, track, _ = advance(
        cabin, state, ways_of(cabin, np.zeros(0, np.bool_)), holes, gains, walls, 0.0, until_s, until_s / 4000.0
    )
    return np.array([np.interp(-np.log(level), -np.log(track.pressure_pa[:, 0]), track.time_s) for level in levels])


@pytest.mark.parametrize("diameter_mm", [5.0, 20.0, 50.0, 100.0, 200.0])
def test_a_hole_as_the_cabin_has_it(diameter_mm: float) -> None:
    area = 0.25 * np.pi * (1e-3 * diameter_mm) ** 2
    levels = (99_000.0, 90_000.0, 65_328.0)
    found = passages(room(), flows(area), below(*levels), 1e9)
    assert found == pytest.approx(by_cabin(area, levels, 1.2 * found[-1]), rel=1e-3)


def test_warm_walls_make_it_exponential() -> None:
    gas = float(mixture_molar_mass(MOLES)), float(mixture_gamma(MOLES))
    loss = orifice_flow(PRESSURE_PA, 0.0, WARM_K, *gas, 0.84e-4) / float(MOLES @ MOLAR_MASS)
    found = passages(room(1e-3), flows(1e-4), below(65_328.0), 1e9)
    assert found[0] == pytest.approx(np.log(PRESSURE_PA / 65_328.0) / loss, rel=1e-4)


def test_a_narrow_crack_flows_as_the_square() -> None:
    row = crack(0.1, 4e-6, 2e-3)[None, :]
    found = passages(room(1e-3), flows(0.0, leak=row), below(0.8 * PRESSURE_PA, 0.4 * PRESSURE_PA), 1e12)
    # 1/p - 1/p0 is linear in time; slip and the mouth blur it a little
    assert (1 / 0.4 - 1) / (1 / 0.8 - 1) * 0.75 < found[1] / found[0] < (1 / 0.4 - 1) / (1 / 0.8 - 1)
    assert found[1] / found[0] > 1.1 * np.log(1 / 0.4) / np.log(1 / 0.8)


def test_a_tank_holds_the_pressure_until_it_is_empty() -> None:
    loss = 1.0 / passages(room(), flows(1e-4), below(PRESSURE_PA / np.e), 1e9)[0] * MOLES.sum()
    large = flows(1e-4, tank_mol_s=10.0 * loss * SHARE, tank_mol=0.2 * MOLES.sum())
    alone = passages(room(), flows(1e-4), below(65_328.0), 1e9)[0]
    held = passages(room(), large, below(65_328.0), 1e9)[0]
    # while it holds, the leak goes on at the flow of the start
    assert held - alone == pytest.approx(0.2 * MOLES.sum() / loss, rel=0.02)


def test_a_small_tank_flow_only_slows_the_fall() -> None:
    loss = MOLES.sum() / passages(room(), flows(1e-4), below(PRESSURE_PA / np.e), 1e9)[0]
    some = flows(1e-4, tank_mol_s=0.3 * loss * SHARE, tank_mol=1e9)
    found = passages(room(), some, below(90_000.0, 65_328.0), 1e9)
    tau = MOLES.sum() / loss
    expected = [tau * np.log((1.0 - 0.3) / (level / PRESSURE_PA - 0.3)) for level in (90_000.0, 65_328.0)]
    assert found == pytest.approx(expected, rel=0.01)


def test_people_use_oxygen_and_make_carbon_dioxide() -> None:
    rate = np.array([-3.0e-4, 0.0, 2.6e-4, 0.0])
    quiet = flows(0.0, people_mol_s=rate)
    limits = Limits(np.array([PPO2, PPCO2]), np.array([19_443.0, 800.0]), np.array([True, False]))
    found = passages(room(), quiet, limits, 1e9)
    per_mol = GAS_CONSTANT * WARM_K / VOLUME_M3
    assert found == pytest.approx([(21_500.0 - 19_443.0) / (3.0e-4 * per_mol), 400.0 / (2.6e-4 * per_mol)], rel=1e-3)


def test_no_leak_no_passage_and_passed_is_zero() -> None:
    found = passages(room(), flows(0.0), below(65_328.0, 102_000.0), 1e9)
    assert found.tolist() == [np.inf, 0.0]
    assert passages(room(), flows(1e-9), below(65_328.0), 1e6)[0] == np.inf


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-6, 1e-2), st.floats(1.05, 5.0), st.floats(20_000.0, 100_000.0))
def test_a_larger_hole_is_never_slower(area_m2: float, times: float, level: float) -> None:
    less, more = (passages(room(), flows(a), below(level), 1e12)[0] for a in (area_m2, area_m2 * times))
    assert more < less
    assert less > 0.0


def test_oxygen_falls_with_the_pressure() -> None:
    o2 = float(MOLES[O2] / MOLES.sum())
    found = passages(room(), flows(1e-4), below(80_000.0), 1e9)[0]
    oxygen = passages(room(), flows(1e-4), below(80_000.0 * o2, kind=PPO2), 1e9)[0]
    assert oxygen == pytest.approx(found, rel=1e-6)
