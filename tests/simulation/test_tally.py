import itertools

import numpy as np
import pytest

from hullwatch.simulation.tally import Tally, tally_of


def tally(times, pressures=None, strata=1, stratum=None, steps=None):
    times = np.asarray(times, dtype=np.float64)
    worlds = times.size
    stratum = np.zeros(worlds, dtype=np.int64) if stratum is None else stratum
    pressures = np.zeros((worlds, 0, 1)) if pressures is None else pressures
    steps = np.ones(worlds, dtype=np.int64) if steps is None else steps
    return tally_of(times[:, None, None], stratum, strata, pressures, 1.5e5, steps, 0)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_quantiles_against_sorting(share):
    times = np.exp(np.random.default_rng(1).uniform(1.0, 15.0, 20_001))
    exact = np.quantile(times, share, method="inverted_cdf")
    assert tally(times).passage_quantile(share)[0, 0, 0] == pytest.approx(exact, rel=0.004)


def test_any_order_and_partition_give_the_same():
    rng = np.random.default_rng(2)
    times, level = np.exp(rng.normal(8.0, 3.0, 5000)), rng.uniform(0.0, 1e5, (5000, 2, 3))
    whole = tally(times, level)
    cuts = [0, 1, 17, 900, 901, 5000]
    parts = [tally(times[a:b], level[a:b]) for a, b in itertools.pairwise(cuts)]
    for order in ([0, 1, 2, 3, 4], [3, 1, 4, 0, 2]):
        total = Tally.empty(1, 1, 1, 2, 3, 1.5e5)
        for k in order:
            total = total + parts[k]
        for name in ("passages", "never", "soonest_s", "latest_s", "pressures"):
            np.testing.assert_array_equal(getattr(total, name), getattr(whole, name))
        assert total.worlds == whole.worlds == 5000


def test_what_never_happens_is_late_not_lost():
    found = tally([10.0, 20.0, np.inf, np.inf])
    assert found.passage_quantile(0.25)[0, 0, 0] == pytest.approx(10.0, rel=0.01)
    assert found.passage_quantile(0.75)[0, 0, 0] == np.inf
    assert found.never[0, 0, 0] == 2


def test_failed_worlds_are_counted_and_not_used():
    found = tally([10.0, 20.0], steps=np.array([3, -1]))
    assert (found.worlds, found.failed) == (1, 1)
    assert found.latest_s[0, 0, 0] == 10.0


def test_a_stratum_without_worlds_says_nothing():
    assert np.isnan(tally([10.0], strata=2).passage_quantile(0.5)[1, 0, 0])


def test_pressures_to_half_a_bin():
    level = np.linspace(5e4, 9e4, 4001)
    found = tally(np.ones(4001), level[:, None, None])
    assert found.pressure_quantile(0.5)[0, 0] == pytest.approx(7e4, abs=1.5e5 / 4096)
