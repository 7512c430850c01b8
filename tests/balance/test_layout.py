"""Which number is which, and what is believed before any reading."""

import numpy as np
import pytest
from one_room import PRESSURE_PA, TEMPERATURE_K, gauge, glass, ship

from hullwatch.balance.layout import DRIVE, EXPANSION, FLOW, GAINS, HEAT, MASS, ROUNDING_S, UNMETERED, lay_out
from hullwatch.estimators.kalman import predict

CHANNELS = (
    gauge("P1", noise_si=1.0),
    glass("T1"),
    gauge("P2", "B", quantum_si=13.0, noise_si=20.0, bias_si=50.0, drift_si_day=3.0),
    gauge("P3", "B", publish="periodic", period_s=10.0, quantum_si=0.0),
    glass("T2", "B"),
    gauge("P4", "C"),
)
SHIP = ship(CHANNELS, {"A": 60.0, "B": 30.0, "C": 10.0})
ALL = frozenset(c.id for c in CHANNELS)
LAY = lay_out(SHIP, ("A", "B"), ALL)


def test_states_are_numbered_as_documented() -> None:
    assert (MASS, UNMETERED, FLOW, HEAT, EXPANSION, DRIVE, GAINS) == (0, 1, 2, 3, 4, 5, 6)
    assert LAY.pressure == (0, 2, 3)
    assert LAY.thermometer == (1, 4)
    lags = LAY.lags_s.size
    assert lags == 2
    biases = [LAY.bias(s) for s in range(3)]
    assert biases == [GAINS + 2 * lags + 2 * s for s in range(3)]
    assert LAY.states == biases[-1] + 2
    for array in (LAY.relax_s, LAY.variance, LAY.walk, LAY.start, LAY.mean):
        assert array.shape == (LAY.states,)
        assert not np.isnan(array).any()


def test_only_what_is_inside_and_has_spoken_takes_part() -> None:
    few = lay_out(SHIP, ("A", "B"), frozenset({"P2", "T1", "P4"}))
    assert (few.pressure, few.thermometer) == ((2,), (1,))
    deaf = lay_out(SHIP, ("C",), frozenset())
    assert (deaf.pressure, deaf.thermometer, deaf.states) == ((), (), GAINS)


def test_volumes_add_and_their_doubts_are_independent() -> None:
    assert LAY.volume_m3 == 90.0
    assert LAY.volume_sd_m3 == pytest.approx(np.hypot(3.0, 1.5))


def test_priors_come_from_the_vehicle() -> None:
    heat = SHIP.thermal
    assert LAY.heat_sd == pytest.approx(heat.residual_k / TEMPERATURE_K)
    assert LAY.start[HEAT] == pytest.approx(LAY.heat_sd**2)
    assert LAY.relax_s[HEAT] == LAY.relax_s[DRIVE] == heat.residual_s
    blind = lay_out(SHIP, ("A", "B"), frozenset({"P1"}))
    assert blind.heat_sd == pytest.approx(heat.blind_residual_k / TEMPERATURE_K)
    assert blind.start[HEAT] == pytest.approx(blind.heat_sd**2)
    assert LAY.relax_s[UNMETERED] == SHIP.supply.unmetered_s
    assert LAY.start[FLOW] == LAY.walk[FLOW] == LAY.mean[FLOW] == 0.0
    for s, channel in enumerate((CHANNELS[0], CHANNELS[2], CHANNELS[3])):
        i = LAY.bias(s)
        assert LAY.start[i] == pytest.approx((channel.bias_si / PRESSURE_PA) ** 2)
        assert 86_400.0 * LAY.walk[i] == pytest.approx((channel.drift_si_day / PRESSURE_PA) ** 2)
        assert LAY.relax_s[i + 1] == ROUNDING_S
        assert LAY.start[i + 1] == LAY.variance[i + 1]
    # rounding alone is uniform over a step
    exact = lay_out(ship([gauge("P1", noise_si=0.0)]), ("A",), frozenset({"P1"}))
    assert exact.variance[exact.bias(0) + 1] == pytest.approx((13.5 / PRESSURE_PA) ** 2 / 12.0)


def test_unmetered_flow_is_shared_by_volume() -> None:
    """Kilograms a second in a part are its share of the ship's; relative to its gas they are the same everywhere."""
    parts = [lay_out(SHIP, rooms, ALL).variance[UNMETERED] for rooms in (("A",), ("B",), ("A", "B", "C"))]
    assert parts == pytest.approx([parts[0]] * 3)
    relative = SHIP.supply.unmetered_kg_s / (1.2 * SHIP.volume_m3)
    assert parts[0] == pytest.approx(relative**2)


def test_gains_of_several_thermometers_add_up_to_those_of_one() -> None:
    lags, heat = LAY.lags_s.size, SHIP.thermal
    for k in range(lags):
        both = [GAINS + g * lags + k for g in range(2)]
        assert LAY.mean[both].sum() == pytest.approx(heat.gain[k])
        assert LAY.start[both].sum() == pytest.approx(heat.gain_sd[k] ** 2)


def test_edges_are_seen_where_noise_is_well_below_a_published_step() -> None:
    assert LAY.edges.tolist() == [True, False, False]
    assert LAY.holds.tolist() == [True, True, False]
    assert LAY.quantum == pytest.approx(np.array([13.5, 13.0, 0.0]) / PRESSURE_PA)


def test_gas_that_leaves_takes_mass_and_cools_what_stays() -> None:
    moves = {(int(i), int(j)): w for i, j, w in zip(LAY.into, LAY.source, LAY.weight, strict=True)}
    assert moves[MASS, FLOW] == moves[MASS, UNMETERED] == 1.0
    # d ln T = (gamma - 1) d ln n for gas that expands without heat, gamma 1.4
    assert moves[EXPANSION, FLOW] == pytest.approx(0.4)


def test_heat_left_alone_wanders_as_far_as_the_vehicle_says_and_never_jumps() -> None:
    """A day of the prior: its spread is the residual's; within a minute heat moves by its slope, not by itself."""
    x, p = LAY.mean.copy(), np.diag(LAY.start)
    moves = (LAY.relax_s, LAY.variance, LAY.walk, LAY.into, LAY.source, LAY.weight)
    for _ in range(24 * 60):
        predict(x, p, *moves, 60.0)
    residual = SHIP.thermal.residual_k / TEMPERATURE_K
    assert np.sqrt(p[HEAT, HEAT]) == pytest.approx(residual, rel=1e-3)
    assert np.sqrt(p[DRIVE, DRIVE]) == pytest.approx(np.sqrt(2.0) * residual, rel=1e-3)
    known = p.copy()
    for i in (HEAT, DRIVE):  # once both are known ...
        known[i] = known[:, i] = 0.0
    rough = []
    for dt_s in (60.0, 240.0):
        after = known.copy()
        predict(x, after, *moves, dt_s)
        rough.append(np.sqrt(after[HEAT, HEAT]))
    # ... doubt of heat grows as the time to 3/2: integrated white noise, not white noise
    assert rough[1] / rough[0] == pytest.approx(4.0**1.5, rel=0.06)
    assert rough[0] < 0.01 * residual


def test_a_change_of_code_tells_as_much_as_the_border_is_known() -> None:
    channels = (gauge("P1"), gauge("P2", border_si=2.4))
    edge = lay_out(ship(channels), ("A",), frozenset(("P1", "P2"))).edge * PRESSURE_PA**2
    assert edge.tolist() == pytest.approx([2.0**2 + (0.3 * 13.5) ** 2, 2.0**2 + 2.4**2])
