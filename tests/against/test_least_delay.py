"""The arithmetic behind the least delay of benchmarks/skill, against sums written out and laws of chance."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks/skill"))

import kink
import kinkpage
import least
import ratios

AGE = np.arange(12.0)
ALONG = 0.3 * AGE * np.exp(-AGE / 9.0)
KNOWN = np.cumsum(ALONG**2)
RATES = np.array([0.5, 1.5])


def sizes(reach, shares=1):
    """Of the response above, with onsets so far back."""
    return replace(least.sizes_of(ALONG, RATES, shares), reach=np.array(reach))


def log_ratio(u, onset, now, rate):
    """Of a leak since any moment against none, each innovation by its own density; between readings in proportion."""
    found = 0.0
    for i in range(int(np.ceil(onset)), now + 1):
        mean = rate * np.interp(i - onset, AGE, ALONG)
        found += -0.5 * (u[i] - mean) ** 2 + 0.5 * u[i] ** 2
    return found


@pytest.mark.parametrize("shares", [1, 3])
def test_the_sums_are_those_over_all_onsets_written_out(shares):
    u = np.random.default_rng(0).standard_normal(40)
    u[20:32] += 2.0 * ALONG
    reach = (10, 4)
    top, total = least.swept(u, np.zeros(12), sizes(reach, shares), -np.inf)
    for now in range(15, 40):
        for s, rate in enumerate(RATES):
            onsets = [now - j - x / shares for j in range(reach[s] + 1) for x in range(shares)]
            each = [log_ratio(u, onset, now, rate) for onset in onsets]
            assert top[now, s] == pytest.approx(max(*each, 0.0), abs=1e-9)
            assert total[now, s] == pytest.approx(np.log(np.exp(each).sum() / shares), abs=1e-9)


def test_the_sums_go_on_from_call_to_call_and_skip_what_is_quiet():
    u = np.random.default_rng(1).standard_normal(60)
    u[30:42] += 3.0 * ALONG
    whole, a = least.swept(u, np.zeros(12), sizes((10, 10)), 1.0), np.zeros(12)
    parts = [least.swept(part, a, sizes((10, 10)), 1.0) for part in np.split(u, [7, 31, 33])]
    for k in range(2):
        np.testing.assert_allclose(np.concatenate([part[k] for part in parts]), whole[k])
    assert np.array_equal(np.isfinite(whole[1]), whole[0] >= 1.0)
    assert np.isfinite(whole[1]).any()


def test_in_noise_a_likelihood_ratio_is_one_on_the_mean():
    few = replace(least.sizes_of(ALONG[:7], RATES, 2), reach=np.array([4, 4]))
    u = np.random.default_rng(2).standard_normal(400_000)
    each = np.exp(least.swept(u, np.zeros(7), few, -np.inf)[1])[10:]
    for s in range(2):
        # readings within the reach of one another are alike: count one in six
        assert each[:, s].mean() == pytest.approx(5.0, abs=4.0 * each[:, s].std() / np.sqrt(each.shape[0] / 6.0))


def test_in_noise_the_sum_over_onsets_is_passed_as_seldom_as_it_is_high():
    # the sum less the count of onsets is a martingale: at the first passing both have the same mean (Pollak 1985)
    steady, rng = np.r_[0.0, np.ones(1501)], np.random.default_rng(3)
    on = replace(least.sizes_of(steady, np.array([0.7]), 1), along=steady)
    on = replace(on, reach=np.array([1500]), half=0.5 * 0.49 * np.cumsum(steady**2)[None, None])
    lasted, reached = [], []
    for _ in range(250):
        start = np.full(1502, -1e9)  # no onsets yet but the next
        start[0] = 0.0
        total = least.swept(rng.standard_normal(1499), start, on, -np.inf)[1][:, 0]
        first = int(np.argmax(total >= np.log(60.0)))
        assert total[first] >= np.log(60.0)
        lasted.append(first + 2)  # onsets before each reading until then, and one after it
        reached.append(np.exp(total[first]))
    doubt = np.std(np.subtract(lasted, reached)) / np.sqrt(250.0)
    assert np.mean(lasted) == pytest.approx(np.mean(reached), abs=4.0 * doubt)
    assert doubt < 0.1 * np.mean(reached)


def test_sums_of_sizes_are_mixed_by_weight():
    total = np.array([[3.0, 5.0], [-np.inf, 2.0], [-np.inf, -np.inf]])
    weight = np.array([0.25, 0.75])
    expected = [np.log(0.25 * np.exp(3.0) + 0.75 * np.exp(5.0)), np.log(0.75 * np.exp(2.0)), -np.inf]
    np.testing.assert_allclose(least.mixed(total, weight), expected)
    assert least.spent(np.linspace(1.0, 3.0, 101), 50, 5) == pytest.approx(0.1)


def test_weights_are_searched_for_to_within_the_last_factor():
    wanted = np.array([0.7, 0.25, 0.05])
    found = least.searched(np.ones(3), lambda weight: float(np.sum(np.log(weight / wanted) ** 2)))
    assert found.sum() == pytest.approx(1.0)
    assert (np.abs(np.log(found / wanted)) < np.log(1.4)).all()


@pytest.fixture(scope="module")
def bench():
    """The noise of the vehicle, read every 20 s."""
    return kink.bench(kink.noises()[2])


def test_the_statistics_on_the_grid_are_those_of_the_watch(bench):
    assert kink.check(1500) < 1e-6


def test_odds_on_the_grid_are_the_sum_over_its_cells(bench):
    u = np.random.default_rng(4).standard_normal(7)
    u[3:] += 90.0 / kink.DAY_S / bench.noise.mass_kg * bench.known.along[:4]
    out = np.empty((7, 3))
    rates = np.array([100.0, 400.0]) / kink.DAY_S / bench.noise.mass_kg
    weight, dt = np.array([0.4, 0.6]), bench.noise.step_s
    kink.scan(u, bench.known.along, bench.known.known, dt, rates[None], weight[None], 8, 50, 0.1, 0.0, False, out)
    expected = 0.0
    for onset in range(7):  # so young that none is thinned out
        a = bench.known.along[: 7 - onset] @ u[onset:]
        b = float(bench.known.known[6 - onset])
        cell = dt * (0.5 if onset in (0, 6) else 1.0)
        if a > 0.0 and b > 0.0:
            expected += cell * float(weight @ np.exp(rates * a - 0.5 * rates**2 * b))
    assert out[6, 2] == pytest.approx(np.log(expected), abs=1e-5)


def test_onsets_near_the_likeliest_are_spared(bench):
    u = np.random.default_rng(9).standard_normal(2000)
    u[1000:] += 40.0 / kink.DAY_S / bench.noise.mass_kg * bench.known.along[:1000]
    kept, thinned = (bench.grid(u, spare=spare)[:, kink.RATIO] for spare in (True, False))
    quiet = int(np.argmax(kept > kink.SPARED_H))
    np.testing.assert_array_equal(kept[: quiet + 1], thinned[: quiet + 1])
    # more onsets to choose from once it is plain
    assert kept[-1] >= thinned[-1]
    assert (kept > thinned + 1e-9).any()


def test_weights_by_delay_are_shares_and_grow_with_the_size(bench):
    weight = kink.care(bench.noise, bench.known, np.array([10.0, 30.0, 100.0, 1e4, 1e5]))
    assert weight.sum() == pytest.approx(1.0)
    assert (np.diff(weight) >= 0.0).all()
    assert weight[-1] == weight[-2]  # both within one reading


def test_a_leak_that_begins_between_readings_has_taken_so_much_less():
    ramp = np.arange(10.0)  # one a reading
    np.testing.assert_allclose(kink.between(ramp, 0.3), [0.0, *(np.arange(8.0) + 0.3)])
    np.testing.assert_allclose(kink.between(ramp, 1.0), ramp[:-1])


def test_delays_are_counted_from_the_onset_to_the_end_of_the_reading(bench):
    found, sums, times = kink.delays(bench, 3, 40, np.random.default_rng(5))
    late = found[:, kink.FIRST_SIZE + 3, 40]  # 2000 kg/day is plain in a reading or two
    assert (late > 0.0).all()
    assert late.mean() < 2.0 * bench.noise.step_s
    assert sums.shape[1] == times.shape[1]
    step = np.diff(times[:, 1:], axis=1)
    np.testing.assert_allclose(step, bench.noise.step_s)
    assert ((times[:, 1] >= 0.0) & (times[:, 1] <= bench.noise.step_s)).all()


def test_a_statistic_passes_heights_in_order():
    value = np.array([-np.inf, 0.02, 0.12, 0.01, 0.26])
    assert ratios.passes(value)[[1, 2, 3, 5, 6]].tolist() == [2, 2, 4, 4, 5]


def test_thresholds_are_counted_or_come_from_the_tail():
    tops = -np.sort(-np.random.default_rng(6).exponential(1.0, 20_000))
    assert ratios.threshold(tops, 100.0, 1.0) == pytest.approx(np.log(200.0), abs=0.3)  # 100 peaks above it
    assert ratios.threshold(tops, 10.0, 0.1) == pytest.approx(np.log(20_000.0), abs=1.0)  # one
    doubled = ratios.threshold(tops, 100.0, 1.0, np.full(tops.size, 2.0))
    assert doubled == pytest.approx(np.log(400.0), abs=0.4)


def test_comparison_of_a_statistic_that_is_a_tenth_slower():
    rng = np.random.default_rng(7)
    peaks = rng.exponential(1.0, (40_000, 2))
    peaks[:, 0] = peaks[:, 1]  # the same threshold
    rise = np.outer(rng.uniform(0.9, 1.1, 200), ratios.HEIGHTS)
    found = [np.stack([1.1 * rise, rise], axis=1)]
    came = ratios.compare(peaks, 100.0, 1.0, found, 1, rng)
    assert came.each[0][0].ratio == pytest.approx(1.1)
    assert came.each[0][0].oracle_s == pytest.approx(np.log(400.0), rel=0.06)
    assert came.each[0][0].low == pytest.approx(1.1, abs=0.03)
    assert came.each[0][1].ratio == came.mean[1].ratio == came.worst[1].ratio == 1.0


def test_a_threshold_that_noise_never_reaches_asks_for_a_word_all_the_same():
    quiet = np.zeros((1000, 1))
    found = [np.broadcast_to(ratios.HEIGHTS + 5.0, (20, 1, ratios.HEIGHTS.size))]
    came = ratios.compare(quiet, 100.0, 1.0, found, 0, np.random.default_rng(8))
    assert came.each[0][0].mean_s == pytest.approx(5.0 + ratios.HEIGHTS[1])


def test_a_whole_piece_of_a_short_time_makes_tables(monkeypatch):
    short = replace(kink.noises()[1], years=8.0, sizes=(1.0, 1.68))
    monkeypatch.setattr(kink, "noises", lambda: (short,))
    monkeypatch.setattr(kink, "TRIALS", 30)
    monkeypatch.setattr(kink, "FOR_WEIGHTS", 15)
    monkeypatch.setattr(ratios, "AGAIN", 20)
    row = kink.piece(0)
    once = row["lines"][0]
    for j in range(2):
        ratio, low, high = once["each"][j]["known"]
        assert low <= ratio <= high
        assert 0.9 < ratio < 1.1  # summed or best onset: nearly the same where the size is known
        assert 0.95 < once["each"][j]["least"][0] < 1.25
    text = "\n".join(kinkpage.tables([row]))
    assert "| 1.68 | 0.1 |" in text
    assert len(kinkpage.short([row])) == 1
    assert kinkpage.tables([{"seed": 0, "kind": "an older run"}]) == []
