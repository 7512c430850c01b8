import numpy as np
import pytest
from small_ships import AIR, air, chain

from hullwatch.errors import OutOfRange
from hullwatch.models.cabin import State
from hullwatch.models.network import Network, Path, Valve, joined, parted, squeeze
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP

CV = MOLAR_CP - GAS_CONSTANT


def gas(volume, pressure, temperature=295.0):
    volume, temperature = np.asarray(volume), np.full(np.asarray(volume).shape, temperature)
    return State((np.asarray(pressure) * volume / (GAS_CONSTANT * temperature))[:, None] * AIR, temperature)


def energy(state):
    return float((state.moles @ CV * state.temperature_k).sum())


def test_an_equalisation_valve_fills_a_lock_warm_and_then_stops():
    volume = np.array([100.0, 5.0])
    start = gas(volume, [1e5, 1e3])
    out = squeeze(Network(volume, (Path("orifice", 0, 1, 5e-5),)), start, np.linspace(0.0, 6000.0, 601))
    assert out.pressure_pa[-1, 1] == pytest.approx(out.pressure_pa[-1, 0], rel=1e-6)
    assert 1.25 * 295.0 < out.temperature_k[-1, 1] < 1.4 * 295.0
    assert np.all(np.diff(out.pressure_pa[:, 1]) > -1e-3)
    # choked while the lock is below half the cabin: a straight line at the flow of the orifice law
    early = out.pressure_pa[:15, 1]
    assert np.ptp(np.diff(early)) < 0.05 * np.diff(early).mean()


def test_a_hatch_that_does_not_seal_leaks_from_one_side_to_the_other_and_overboard():
    volume = np.array([50.0, 3.0])
    seal = 1e-10
    network = Network(volume, (Path("seal", 0, 1, seal), Path("orifice", 1, None, 1e-7)), isothermal=True)
    out = squeeze(network, gas(volume, [1e5, 5e4]), np.array([0.0, 30 * 86_400.0]))
    p0, p1 = out.pressure_pa[-1]
    inward = seal * (p0**2 - p1**2) / (GAS_CONSTANT * 295.0)
    outward = 0.684 * 1e-7 * p1 / np.sqrt(0.0287 * GAS_CONSTANT * 295.0)
    assert inward == pytest.approx(outward, rel=0.05)  # the small one has come to rest between the two


def test_a_relief_valve_opens_and_closes_at_its_pressures():
    volume = np.array([10.0])
    valve = Valve(0, 1.05e5, 1.00e5)
    supply = np.array([[0.0, 1.0, 0.0, 0.0]])
    network = Network(
        volume, (Path("orifice", 0, None, 2e-3, valve=0),), (valve,), supply_mol_s=supply, isothermal=True
    )
    out = squeeze(network, gas(volume, [0.98e5]), np.linspace(0.0, 400.0, 4001))
    assert out.moved >= 4
    assert out.pressure_pa.max() == pytest.approx(1.05e5, rel=1e-5)
    assert out.pressure_pa[2000:].min() == pytest.approx(1.00e5, rel=1e-3)


def test_a_regulator_holds_the_cabin_up():
    volume = np.array([20.0, 0.5])
    valve = Valve(0, 0.99e5, 1.0e5)
    network = Network(
        volume, (Path("orifice", 1, 0, 2e-6, valve=0), Path("orifice", 0, None, 3e-6)), (valve,), isothermal=True
    )
    out = squeeze(network, gas(volume, [1e5, 1.5e7]), np.linspace(0.0, 7200.0, 721))
    assert out.moved >= 2
    assert out.pressure_pa[:, 0].min() > 0.989e5


def test_heat_goes_to_the_walls_and_comes_back():
    volume = np.array([10.0, 10.0])
    network = Network(
        volume,
        (Path("orifice", 0, 1, 1e-3),),
        wall_w_k=np.full(2, 50.0),
        wall_j_k=np.full(2, 1e5),
        wall_k=np.full(2, 295.0),
    )
    start = gas(volume, [1.5e5, 0.2e5])
    out = squeeze(network, start, np.array([0.0, 20_000.0]), 1e-8)
    assert energy(out.state) + out.wall_j.sum() == pytest.approx(energy(start), rel=1e-11)
    walls = 295.0 + out.wall_j / 1e5
    np.testing.assert_allclose(out.temperature_k[-1], walls, atol=0.05)


def test_a_visitor_joins_and_leaves_with_its_gas():
    ship, craft = chain(), chain((6.0, 4.0))
    first, second = air(ship, 1e5), air(craft, 0.97e5)
    both, state = joined(ship, first, craft, second, "port", 2, 0)
    assert both.hatches[-1] == "port"
    assert both.hatch_ends[-1].tolist() == [2, 3]
    assert both.volume_m3.sum() == ship.volume_m3.sum() + 10.0
    assert state.moles.sum() == pytest.approx(first.moles.sum() + second.moles.sum(), rel=1e-15)
    stays, left, gone = parted(both, state, [3, 4])
    assert stays.compartments == ship.compartments
    assert stays.hatches == ship.hatches
    np.testing.assert_array_equal(left.moles, first.moles)
    np.testing.assert_array_equal(gone.moles, second.moles)
    np.testing.assert_array_equal(stays.fan_ends, ship.fan_ends)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Network(np.array([1.0, -1.0]), ()), "volume_m3"),
        (lambda: Network(np.array([1.0, np.nan]), ()), "volume_m3"),
        (lambda: Network(np.ones(2), (Path("orifice", 0, 1, -1e-3),)), "size"),
        (lambda: Network(np.ones(2), (Path("orifice", 0, 1, np.nan),)), "size"),
        (lambda: Network(np.ones(2), (Path("orifice", 1, 1, 1e-3),)), "different"),
        (lambda: Network(np.ones(2), (Path("orifice", 0, 2, 1e-3),)), "target"),
        (lambda: Network(np.ones(2), (Path("pipe", 0, 1, 1e-3),)), "kind"),
        (lambda: Network(np.ones(2), (Path("orifice", 0, 1, 1e-3, valve=0),)), "valve"),
        (lambda: Network(np.ones(1), (), (Valve(0, 1e5, 1e5),)), "chatter"),
        (lambda: parted(chain(), air(chain()), [0, 1, 2]), "stays"),
        (lambda: joined(chain(), air(chain()), chain(), air(chain()), "x", 9, 0), "port"),
    ],
)
def test_what_has_no_meaning_is_refused(make, word):
    with pytest.raises(OutOfRange, match=word):
        make()


@pytest.mark.parametrize(
    ("state", "times", "rtol", "word"),
    [
        (gas(np.ones(1), [0.0]), np.array([0.0, 1.0]), 1e-6, "moles"),
        (State(gas(np.ones(1), [1e5]).moles, np.zeros(1)), np.array([0.0, 1.0]), 1e-6, "moles"),
        (gas(np.ones(1), [1e5]), np.array([1.0, 0.0]), 1e-6, "rising"),
        (gas(np.ones(1), [1e5]), np.array([0.0, 1.0]), 0.0, "rtol"),
    ],
)
def test_runs_without_sense_are_refused(state, times, rtol, word):
    with pytest.raises(OutOfRange, match=word):
        squeeze(Network(np.ones(1), ()), state, times, rtol)
