"""What an accepted change does to the filter, and the onset and rate said of it."""

from dataclasses import replace

import lookout
import numpy as np
import pytest
from calm_worlds import DAY_S, HOUR, MASS_KG, ONE, TWO, calm, leaking
from one_room import T0, cut, frames, gauge, glass, read, seconds, ship

from hullwatch.detection import priors, score, verdict
from hullwatch.records import Detection, Floats, Interval


def test_an_accepted_leak_is_followed_at_its_rate() -> None:
    """correction() and accept(): two hours later the truth lies in the interval of the loss followed."""

    from hullwatch.balance import air, amend

    hits = 0
    for seed in range(20):
        shown = frames(TWO, seconds(6 * HOUR), leaking(TWO, seed, 6.0, 30.0))
        here, found = lookout.watch(TWO, shown)
        assert found is not None
        moved, covariance, amount = verdict.correction(here.score, found, here.setting().sensors)
        assert amount * here.setting().mass_kg == pytest.approx(found.size.median)
        memory = amend.accept(here.air, moved, covariance, follow=True)
        at = int(np.searchsorted(shown.time_s, found.time_s)) + 1
        memory, _ = air.balance(memory, TWO, cut(shown, at, at + 2 * HOUR))
        state = air.state_of(memory, TWO, 0, None)
        assert state is not None
        hits += abs(state.loss_per_s - 30.0 / DAY_S / MASS_KG) < 1.645 * state.loss_sd_per_s
    assert hits >= 14


def test_a_correction_is_the_mean_and_spread_of_every_onset_and_amplitude_weighed() -> None:
    """Oracle: the posterior summed over fine grids of onset and amplitude, prior flat in onset and log amplitude."""
    rng = np.random.default_rng(4)
    lay = lookout.begin(ONE).air.layout
    empty = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, (lay.bias(0),))
    a, b, c, d, began = (x.copy() for x in (empty.a, empty.b, empty.c, empty.d, empty.began))
    held = 6
    began[:held] = T0 + np.array([0.0, 100.0, 400.0, 500.0, 900.0, 1000.0])
    # what a unit flow since each candidate does to twelve readings; the newest has told nothing yet
    mark = 1e6 * np.maximum(np.linspace(0.0, 1.0, 12) - np.array([0.0, 0.1, 0.4, 0.5, 0.9, 1.0])[:, None], 0.0)
    surprise = 9.0 * mark[2] / np.sqrt(mark[2] @ mark[2]) + rng.normal(size=12)
    a[0, :held], b[0, :held] = mark @ surprise, (mark * mark).sum(axis=1)
    c[0, 1:held] = (mark[1:] * mark[:-1]).sum(axis=1)
    d[0, :held] = rng.normal(size=(held, lay.states)) * 100.0
    memory = replace(empty, a=a, b=b, c=c, d=d, began=began, clock=np.array([1e9, float(held)]))
    found = Detection(
        "leak_onset", 0, T0 + 1000.0, Interval(T0, T0, T0), 30.0, 0.99, Interval(0.0, 0.0, 0.0), channel=None
    )
    moved, covariance, amount = verdict.correction(memory, found, ("P1",))
    total = expected = 0.0
    mean, square = np.zeros(lay.states), np.zeros((lay.states, lay.states))
    q = np.geomspace(1e-7, 2e-4, 4_001)  # a geometric grid is flat in the logarithm
    for onset in np.arange(1.0, 1000.0, 2.0):
        k = int(np.searchsorted(began[:held] - T0, onset))
        back = (began[k] - T0 - onset) / (began[k] - began[k - 1])
        seen = mark[k] + back * (mark[k - 1] - mark[k])
        along = d[0, k] + back * (d[0, k - 1] - d[0, k])
        weight = np.exp(q * (seen @ surprise) - 0.5 * q * q * (seen @ seen) - 45.0)
        total += weight.sum()
        expected += float(weight @ q)
        mean += float(weight @ q) * along
        square += float(weight @ (q * q)) * np.outer(along, along)
    mean, square, expected = mean / total, square / total, expected / total
    spread = square - np.outer(mean, mean)
    assert amount == pytest.approx(expected, rel=0.03)
    np.testing.assert_allclose(moved, mean, atol=0.03 * np.abs(mean).max())
    np.testing.assert_allclose(covariance, spread, atol=0.1 * np.abs(spread).max())
    assert np.linalg.eigvalsh(covariance).min() >= -1e-12 * np.trace(covariance)


def test_the_onset_and_rate_said_are_those_of_a_balance_run_once_for_every_onset() -> None:
    """Oracle: what a leak since each second does to the readings is what a balance says with it and without; then the
    posterior on fine grids of onset and rate. Readings 20 s apart: the onset lies between two of them."""
    quiet, vehicle = (
        ship([gauge("P1", quantum_si=0.0, noise_si=sd, publish="periodic", period_s=1.0), glass("T1")])
        for sd in (3.0, 6.0)  # better than its word, so that no reading is doubted
    )
    n, onset, rate = 240, 3_333.0, 14.0 / DAY_S / MASS_KG
    clock, wall_s = 20.0 * np.arange(n), vehicle.compartments[0].wall_time_s
    rng, gas = calm(vehicle, 3, 20.0 * n / HOUR)
    still = read(rng, quiet, gas)["P1"][::20]
    glass_k = np.full(n, 295.0)

    def balanced(loss: Floats) -> tuple[lookout.Lookout, Floats, Floats]:
        shown = {"P1": still * np.exp(-loss), "T1": glass_k}
        here, _, residuals = lookout.hear(lookout.begin(vehicle), frames(vehicle, T0 + clock, shown))
        return here, residuals.nu, residuals.s

    def lost(since_s: float) -> Floats:
        t = np.maximum(clock - since_s, 0.0)
        return np.asarray(t + 0.4 * wall_s * -np.expm1(-t / wall_s))

    here, surprise, s = balanced(rate * lost(onset))
    _, plain, plain_s = balanced(np.zeros(n))
    np.testing.assert_array_equal(s, plain_s)  # the gains are those of the quiet run
    tried = np.arange(onset - 300.0, onset + 300.0, 2.0)
    q = priors.LEAK_KG_DAY[0] * np.geomspace(1.0, 4e3, 2_000) / DAY_S / MASS_KG
    weight = np.empty((tried.size, q.size))
    for j, since in enumerate(tried):
        seen = (balanced(1e-9 * lost(float(since)))[1] - plain) / 1e-9
        weight[j] = q * float(np.sum(seen * surprise / s)) - 0.5 * q * q * float(np.sum(seen * seen / s))
    weight = np.exp(weight - weight.max())
    share = np.cumsum(weight.sum(axis=1)) / weight.sum()
    low, median, high = np.interp((0.05, 0.5, 0.95), share, tried + 1.0)
    assert high - low > 20.0
    said, _, _ = verdict.reconsider(here.score, here.setting(), T0 + clock[-1])
    assert (said.low - T0, said.median - T0, said.high - T0) == pytest.approx((low, median, high), abs=4.0)
    found = Detection("leak_onset", 0, T0 + clock[-1], said, 30.0, 0.99, Interval(0.0, 0.0, 0.0), channel=None)
    mean = float((weight @ q).sum() / weight.sum())
    sd = float(np.sqrt((weight @ (q * q)).sum() / weight.sum() - mean * mean))
    moved, covariance, amount = verdict.correction(here.score, found, ("P1",))
    assert amount == pytest.approx(mean, abs=0.1 * sd)
    assert -moved[2] == pytest.approx(mean, abs=0.1 * sd)
    assert np.sqrt(covariance[2, 2]) == pytest.approx(sd, rel=0.1)
