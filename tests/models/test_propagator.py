"""The linear law of a step against the law of the cabin and against many small steps."""

import numpy as np
import pytest
from numba import njit
from slow_lumped import rates as slow_rates
from worlds_of import ENDS, air, draws, everywhere, five, limits, links

from hullwatch.models.propagator import Site, bench_of, group_flows, join, step_group
from hullwatch.models.wiring import wiring_of
from hullwatch.models.worlds import run_worlds

OPEN = np.ones(4, dtype=np.bool_)
AREA = 3e-5


@njit
def flows_here(wiring, site, bench):
    """Kernels of this floor are called by kernels only."""
    join(wiring, 0, site)
    group_flows(wiring, 0, 0, site, bench, 0)


@njit
def tried(wiring, site, bench, step):
    return step_group(wiring, 0, 0, site, bench, step)


def rates_of(wiring, site, bench):
    """The flow matrix of the start, applied to the state of the start."""
    state = bench.state[0]
    rate = bench.steady[0] - (bench.own[0, :5, None] + site.removal) * state
    owner = np.repeat(np.arange(5), np.diff(wiring.first_entry[0]))
    for e, (k, mate) in enumerate(zip(owner, wiring.mate[0], strict=True)):
        rate[k] += bench.upper[0, e] * state[mate]
        rate[mate] += bench.lower[0, e] * state[k]
    return rate


def laid_out(place=3, exponent=1.0):
    cabin = five()
    shared, wiring = air(cabin), wiring_of(cabin, [OPEN])
    member = wiring.member[0]
    area = np.zeros(5)
    area[place] = AREA
    none = np.zeros((5, 4))
    site = Site(
        cabin.volume_m3[member], shared.temperature_k[member], shared.supply_mol_s[member], np.zeros(5), np.zeros(4),
        shared.removal_1_s[member], none, area[member], np.full(5, exponent), np.full(5, 1e5),
        np.zeros(5), np.zeros(5), np.zeros(5), np.zeros(wiring.mate.shape[1]), np.zeros(wiring.mate.shape[1]),
    )  # fmt: skip
    bench = bench_of(5, wiring.mate.shape[1])
    bench.state[0] = (shared.density_mol_m3 * cabin.volume_m3[:, None])[member]
    return cabin, shared, wiring, member, site, bench, area


@pytest.mark.parametrize(("place", "exponent"), [(0, 1.0), (3, 1.0), (3, 2.0)])
def test_rates_are_those_of_the_slow_model(place, exponent):
    cabin, shared, wiring, member, site, bench, area = laid_out(place, exponent)
    flows_here(wiring, site, bench)
    moles = shared.density_mol_m3 * cabin.volume_m3[:, None]
    slow = slow_rates(
        moles, cabin.volume_m3, shared.temperature_k, ENDS, links(ENDS), area, shared.supply_mol_s,
        shared.removal_1_s, exponent=exponent,
    )  # fmt: skip
    np.testing.assert_allclose(rates_of(wiring, site, bench), slow[member], rtol=1e-7, atol=1e-12)


def test_the_estimate_is_at_least_half_the_error():
    for step in (30.0, 300.0, 3000.0):
        cabin, shared, wiring, member, site, bench, _ = laid_out()
        flows_here(wiring, site, bench)
        estimate = tried(wiring, site, bench, step)
        fine = run_worlds(
            wiring, shared, limits(), draws(cabin, 3, AREA), everywhere(1, cabin), step, 1e-14, np.zeros(0)
        ).end_mol[0][member]
        error = abs(bench.state[2].sum() - fine.sum()) / fine.sum()
        assert error <= 2.0 * estimate + 1e-13


def test_a_step_of_a_month_without_a_hole_keeps_every_mole():
    _, _, wiring, _, site, bench, _ = laid_out()
    site.area[:] = 0.0
    site.supply[:] = 0.0
    site.removal[:] = 0.0
    flows_here(wiring, site, bench)
    tried(wiring, site, bench, 30 * 86_400.0)
    np.testing.assert_allclose(bench.state[2].sum(axis=0), bench.state[0].sum(axis=0), rtol=1e-12)
