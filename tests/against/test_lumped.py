"""One pressure for all that open hatches join, against every hatch resolved; and the resolving solver against SciPy."""

from dataclasses import replace

import numpy as np
import pytest

from hullwatch.models.cabin import HATCH_EXCHANGE_M3_S, Cabin, State, advance, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.models.network import Path, resolved, squeeze
from hullwatch.models.wiring import wiring_of
from hullwatch.models.worlds import Air, Draws, Limits, run_worlds
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP, MOLAR_MASS, amount

AIR = np.array([0.21, 0.77, 0.005, 0.015])
COUNT = 6


def row():
    volume = np.array([100.0, 75.0, 110.0, 80.0, 120.0, 46.0])
    ends = np.array([(k, k + 1) for k in range(COUNT - 1)])
    hatches, fans = tuple(f"h{k}" for k in range(COUNT - 1)), np.full(COUNT - 1, 0.06)
    cabin = Cabin(tuple("ABCDEF"), hatches, volume, np.full(COUNT, 143.0), ends, ends, fans)
    temperature = np.full(COUNT, 295.0)
    return cabin, State(amount(101325.0, volume, temperature)[:, None] * AIR, temperature)


def slow_rates(y, paths, volume, temperature):
    """dn/dt of the same network, written out plainly with NumPy."""
    n = y.reshape(-1, 4)
    held = n.sum(axis=1)
    p = held * GAS_CONSTANT * temperature / volume
    molar, cp = n @ MOLAR_MASS / held, n @ MOLAR_CP / held
    g = cp / (cp - GAS_CONSTANT)
    d = np.zeros_like(n)
    for path in paths:
        u, v = path.origin, path.target
        if path.kind == "fan":
            f = path.size / volume[u] * n[u]
            d[u] -= f
            d[v] += f
            continue
        if v is not None and p[v] > p[u]:
            u, v = v, u
        down = 0.0 if v is None else p[v]
        gap, smooth = p[u] - down, 0.01
        straight = np.sqrt(gap) / (gap * gap + smooth * smooth) ** 0.25 if gap > 0 else 0.0
        r = down / p[u]
        if r <= (2 / (g[u] + 1)) ** (g[u] / (g[u] - 1)):
            flux = p[u] * np.sqrt(g[u] * (2 / (g[u] + 1)) ** ((g[u] + 1) / (g[u] - 1)))
        else:
            lr = np.log1p(-gap / p[u])
            drop = -np.expm1((g[u] - 1) / g[u] * lr)
            flux = p[u] * np.sqrt(2 * g[u] / (g[u] - 1) * np.exp(2 / g[u] * lr) * drop)
        f = path.size * flux * straight * np.sqrt(1 / (molar[u] * GAS_CONSTANT * temperature[u])) * n[u] / held[u]
        d[u] -= f
        if v is not None:
            d[v] += f
    return d.ravel()


def test_the_resolving_solver_against_scipy():
    integrate = pytest.importorskip("scipy.integrate")
    cabin, state = row()
    hole = Path("orifice", 0, None, 3e-4)
    network = resolved(cabin, np.ones(COUNT - 1, dtype=np.bool_), more=(hole,), isothermal=True)
    out = squeeze(network, state, np.array([0.0, 600.0, 3600.0]), 1e-9)
    given = (network.paths, cabin.volume_m3, state.temperature_k)
    reference = integrate.solve_ivp(
        lambda t, y: slow_rates(y, *given), (0.0, 3600.0), state.moles.ravel(), "Radau", [600.0, 3600.0],
        rtol=1e-9, atol=1e-7,
    )  # fmt: skip
    assert reference.success
    slow = reference.y.T.reshape(2, COUNT, 4)
    pressure = slow.sum(axis=2) * GAS_CONSTANT * 295.0 / cabin.volume_m3
    np.testing.assert_allclose(out.pressure_pa[1:], pressure, rtol=2e-8)
    np.testing.assert_allclose(out.moles[1:], slow, rtol=2e-7)


@pytest.mark.parametrize(("diameter_mm", "bound"), [(2.0, 1e-6), (10.0, 1e-6), (20.0, 1e-6), (50.0, 1e-5)])
def test_lumping_errs_by_less_than_promised(diameter_mm, bound):
    cabin, state = row()
    area = 0.84 * np.pi / 4 * (diameter_mm * 1e-3) ** 2
    is_open = np.ones(COUNT - 1, dtype=np.bool_)
    end = min(0.3 * cabin.volume_m3.sum() / (area * 199.0), 86_400.0)
    # the air that wanders through hatches in the lumped model is a fan both ways in the resolved one
    both_ways = [(a, b) for h in cabin.hatch_ends.tolist() for a, b in (h, h[::-1])]
    more = (Path("orifice", 0, None, area), *(Path("fan", a, b, HATCH_EXCHANGE_M3_S) for a, b in both_ways))
    times = np.linspace(0.0, end, 11)
    full = squeeze(resolved(cabin, is_open, more=more, isothermal=True), state, times, 1e-10)
    none, one = np.zeros((COUNT, 4)), np.ones((1, 1))
    density = state.moles / cabin.volume_m3[:, None]
    air = Air(state.temperature_k, density, none, np.zeros(COUNT), np.zeros(4), none, none)
    world = Draws(
        cabin.volume_m3[None, :], np.zeros((1, 1), dtype=np.int64), area * one, 0.0 * one, one, 1e5 * one,
        np.zeros((1, 0)), np.zeros((1, 0), dtype=np.int64), np.zeros((1, 0)),
    )  # fmt: skip
    nothing = Limits(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=np.bool_))
    watched = np.ones((1, COUNT), dtype=np.bool_)
    lumped = run_worlds(wiring_of(cabin, [is_open]), air, nothing, world, watched, end, 1e-9, times)
    assert np.abs(lumped.pressure_pa[0] / full.pressure_pa - 1.0).max() < bound


@pytest.mark.parametrize("diameter_mm", [2.0, 50.0])
def test_lumping_keeps_species_and_temperature(diameter_mm):
    """With heat: walls of two temperatures, air of another mixture in every compartment, fans that carry both."""
    cabin, state = row()
    cabin = replace(cabin, hatch_exchange_m3_s=0.0)
    o2 = np.linspace(0.19, 0.24, COUNT)
    state.moles[:] = state.moles.sum(axis=1)[:, None] * np.stack(
        [o2, 0.98 - o2, 0 * o2 + 0.005, 0 * o2 + 0.015], axis=1
    )
    area = 0.84 * np.pi / 4 * (diameter_mm * 1e-3) ** 2
    is_open, wall = np.ones(COUNT - 1, dtype=np.bool_), np.array([294.0, 295.0, 295.0, 296.0, 295.0, 297.0])
    end = min(0.3 * cabin.volume_m3.sum() / (area * 199.0), 7200.0)
    network = resolved(
        cabin, is_open, more=(Path("orifice", 0, None, area),), wall_time_s=cabin.wall_time_s, wall_k=wall
    )
    full = squeeze(network, state, np.linspace(0.0, end, 11), 1e-9)
    zero, none = np.zeros(1), np.zeros((COUNT, 4))
    gains = Gains(none, state.temperature_k, np.zeros(COUNT), np.zeros(4), none, none)
    holes = Holes(np.zeros(1, dtype=np.int64), np.array([area]), zero, zero, zero)
    last, track, _ = advance(
        cabin,
        state,
        ways_of(cabin, is_open),
        holes,
        gains,
        Walls(0.0, 60.0, wall[None, :]),
        0.0,
        end,
        min(10.0, end / 50),
    )
    assert np.abs(track.pressure_pa[-1] / full.pressure_pa[-1] - 1.0).max() < 1e-5
    np.testing.assert_allclose(last.temperature_k, full.temperature_k[-1], atol=0.01)
    shares = (n / n.sum(axis=1)[:, None] for n in (last.moles, full.moles[-1]))
    np.testing.assert_allclose(*shares, atol=2e-6)
