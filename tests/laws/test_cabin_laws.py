"""Mass is conserved, whatever the ship and whatever happens in it; and a larger hole leaves less behind."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.models.cabin import Cabin, Pump, State, advance, equalised, ways_of
from hullwatch.models.cabin_flow import Gains, Holes, Walls
from hullwatch.physics.gas import amount


@st.composite
def ships(draw):
    count = draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ends = np.array([(k, rng.integers(0, k)) for k in range(1, count)], dtype=np.int64).reshape(-1, 2)
    fans = rng.integers(0, count, (2, 2)) if count > 1 else np.zeros((0, 2), dtype=np.int64)
    fans = fans[fans[:, 0] != fans[:, 1]]
    names = tuple(map(str, range(count)))
    hatches = tuple(map(str, range(count - 1)))
    cabin = Cabin(
        names,
        hatches,
        rng.uniform(2.0, 100.0, count),
        rng.uniform(30.0, 300.0, count),
        ends,
        fans,
        rng.uniform(0.0, 0.1, len(fans)),
    )
    temperature = rng.uniform(285.0, 305.0, count)
    mix = rng.dirichlet([2.0, 7.0, 0.2, 0.2], count)
    state = State(amount(rng.uniform(2e4, 1.1e5, count), cabin.volume_m3, temperature)[:, None] * mix, temperature)
    return cabin, state, rng


def tables(cabin, rng, area):
    count = cabin.volume_m3.size
    holes = Holes(
        rng.integers(0, count, 2),
        np.array([area, area * rng.uniform()]),
        np.array([0.0, 1e-5]),
        np.zeros(2),
        np.zeros(2),
    )
    gains = Gains(
        rng.uniform(0.0, 1e-2, (count, 4)),
        rng.uniform(280.0, 310.0, count),
        rng.uniform(0.0, 1.0, count),
        np.array([-3e-4, 0.0, 2.6e-4, 1.4e-3]),
        rng.uniform(0.0, 1e-4, (count, 4)),
        np.zeros((count, 4)),
    )
    return holes, gains, Walls(0.0, 60.0, rng.uniform(285.0, 305.0, (10, count)))


@settings(deadline=None, max_examples=60)
@given(ships(), st.floats(0.0, 2e-3))
def test_inventory_changes_by_what_the_ledger_says(ship, area):
    cabin, state, rng = ship
    holes, gains, walls = tables(cabin, rng, area)
    is_open = rng.uniform(size=len(cabin.hatches)) < 0.7
    target = int(rng.integers(-1, cabin.volume_m3.size))
    pumps = (Pump(0, None if target < 0 else target, 1e-3),) if target != 0 else ()
    start = state
    total = np.zeros(4)
    for k in range(3):
        ways = ways_of(cabin, is_open, pumps)
        state = equalised(cabin, state, ways)
        state, track, ledger = advance(cabin, state, ways, holes, gains, walls, 200.0 * k, 200.0 * (k + 1))
        total += ledger.total()
        for group in np.unique(ways.group):
            p = track.pressure_pa[:, ways.group == group]
            assert np.ptp(p, axis=1).max() <= 1e-11 * p.max()
        is_open = ~is_open
    change = state.moles.sum(axis=0) - start.moles.sum(axis=0)
    assert np.abs(change - total).max() <= 1e-12 * start.moles.sum()


@settings(deadline=None, max_examples=30)
@given(ships(), st.floats(1e-8, 1e-3), st.floats(1.01, 10.0))
def test_a_larger_hole_leaves_less_behind(ship, area, factor):
    cabin, state, rng = ship
    is_open = np.ones(len(cabin.hatches), dtype=np.bool_)
    ways = ways_of(cabin, is_open)
    state = equalised(cabin, state, ways)
    holes, gains, walls = tables(cabin, rng, area)
    larger = holes._replace(area_m2=holes.area_m2 * factor)
    left, less = (
        advance(cabin, state, ways, h, gains, walls, 0.0, 300.0)[1].pressure_pa[-1, 0] for h in (holes, larger)
    )
    assert less < left
