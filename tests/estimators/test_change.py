"""The bank of candidate onsets against a filter run twice, the exact joint Gaussian, and plain counting."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joint_gaussian import Joint, Model, Step, joint, random_model, random_steps

from hullwatch.estimators import change
from hullwatch.estimators.kalman import predict, shift, update
from hullwatch.records import Floats, Ints

SEED = st.integers(0, 2**32 - 1)
RAMP, JUMP = 0, 1


def innovations(model: Model, steps: list[Step], z: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """nu, S and gains of the filter, and where it ends."""
    x, p = model.mean.copy(), model.cov.copy()
    nu, s, gains = np.empty(z.size), np.empty(z.size), np.empty((z.size, model.n))
    for k, step in enumerate(steps):
        predict(x, p, model.relax_s, model.variance, model.walk, model.into, model.source, model.weight, step.dt_s)
        nu[k], s[k] = update(x, p, step.h, z[k], step.r, gains[k])
    return nu, s, gains, x, p


def unit_change(
    model: Model, steps: list[Step], kind: int, along: Floats, onset: int, share: float = 0.0
) -> tuple[Floats, Floats]:
    """What a unit change that begins right before reading `onset` adds to each reading, and to the last state; a ramp
    may begin a share of the time to the reading before it earlier."""
    truth, seen = np.zeros(model.n), np.zeros(len(steps))
    for k, step in enumerate(steps):
        truth = model.matrix(step.dt_s) @ truth
        if k > onset and kind == RAMP:
            truth = truth + model.decay(step.dt_s) * step.dt_s * along  # a ramp grows, then decays, as integrators do
        if k == onset and kind == RAMP:
            truth = truth + share * model.decay(step.dt_s) * step.dt_s * along
        if k == onset and kind == JUMP:
            truth = truth + along
        seen[k] = step.h @ truth
    return seen, truth


def bank(
    model: Model, steps: list[Step], nu: Floats, s: Floats, gains: Floats, along: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """a, b, c (kind, onset) and deviations (kind, onset, n) from the bank, one onset right before each reading."""
    room = len(steps) + 1
    onset, began = np.full(room, -1, dtype=np.int64), np.zeros(room)
    d, (a, b, c) = np.zeros((2, room, model.n)), np.zeros((3, 2, room))
    ramp, jump = np.stack([along, 0.0 * along]), np.stack([0.0 * along, along])
    held = 0
    for k, step in enumerate(steps):
        change.drift(d, held, model.relax_s, model.into, model.source, model.weight, ramp, step.dt_s)
        # ticks divisible by 2^20 are never thinned in a short run, so all onsets stay
        held = change.admit((k + 1) << 20, float(k), np.inf, onset, began, d, a, b, c, jump, (0, -1))
        change.weigh(d, held, a, b, c, step.h, gains[k], nu[k], s[k])
    return a[:, :held], b[:, :held], c[:, :held], d[:, :held]


def likelihood(whole: Joint, z: Floats, seen: Floats) -> tuple[float, float]:
    """a, b of the exact likelihood log N(z; mean + q seen, C) as a function of q."""
    solved = np.linalg.solve(whole.z_cov, np.stack([z - whole.z_mean, seen], axis=1))
    return float(seen @ solved[:, 0]), float(seen @ solved[:, 1])


@settings(deadline=None, max_examples=40)
@given(SEED, st.integers(2, 9), st.sampled_from([RAMP, JUMP]))
def test_sums_of_a_filter_run_with_and_without_the_change(seed: int, count: int, kind: int) -> None:
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    steps = random_steps(rng, model.n, count)
    z, along = rng.normal(scale=2.0, size=count), rng.normal(size=model.n)
    nu, s, gains, _, _ = innovations(model, steps, z)
    a, b, _, _ = bank(model, steps, nu, s, gains, along)
    for onset in range(count):
        seen, _ = unit_change(model, steps, kind, along, onset)
        with_change = innovations(model, steps, z + seen)[0]
        signature = with_change - nu
        np.testing.assert_allclose(a[kind, onset], np.sum(signature * nu / s), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(b[kind, onset], np.sum(signature**2 / s), rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=40)
@given(SEED, st.integers(2, 9), st.sampled_from([RAMP, JUMP]))
def test_sums_are_the_profile_likelihood_of_the_joint_gaussian(seed: int, count: int, kind: int) -> None:
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    steps = random_steps(rng, model.n, count)
    z, along = rng.normal(scale=2.0, size=count), rng.normal(size=model.n)
    nu, s, gains, _, _ = innovations(model, steps, z)
    a, b, _, _ = bank(model, steps, nu, s, gains, along)
    whole = joint(model, steps)
    for onset in range(count):
        exact = likelihood(whole, z, unit_change(model, steps, kind, along, onset)[0])
        np.testing.assert_allclose((a[kind, onset], b[kind, onset]), exact, rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=40)
@given(SEED, st.integers(2, 9), st.floats(0.0, 1.0))
def test_a_flow_that_began_between_two_readings_is_told_by_the_sums_of_both(
    seed: int, count: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    steps = random_steps(rng, model.n, count)
    z, along = rng.normal(scale=2.0, size=count), rng.normal(size=model.n)
    nu, s, gains, _, _ = innovations(model, steps, z)
    a, b, c, _ = bank(model, steps, nu, s, gains, along)
    one, two = change.between(a[RAMP], b[RAMP], c[RAMP], np.array([share]))
    for onset in range(1, count):
        signature = innovations(model, steps, z + unit_change(model, steps, RAMP, along, onset, share)[0])[0] - nu
        np.testing.assert_allclose(one[onset - 1, 0], np.sum(signature * nu / s), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(two[onset - 1, 0], np.sum(signature**2 / s), rtol=1e-6, atol=1e-8)


def test_what_the_thinned_grid_tells_of_onsets_between_is_nearly_what_a_filter_run_twice_tells() -> None:
    """A wandering mass read every ten seconds; the grid keeps some forty onsets of 600, and those that lie between
    are asked for. Close enough for what is unlikely by then: the likeliest are not thinned out."""
    rng, looks, rate = np.random.default_rng(11), 600, 0.01
    none, walk, r, gain, one = np.zeros(0, dtype=np.int64), np.array([1e-3]), 1.0, np.empty(1), np.ones(1)
    onset, began, d = np.full(change.ROOM, -1, dtype=np.int64), np.zeros(change.ROOM), np.zeros((1, change.ROOM, 1))
    (a, b, c), ramp, jump = np.zeros((3, 1, change.ROOM)), np.ones((1, 1)), np.zeros((1, 1))
    x, p, held, kept = np.zeros(1), np.eye(1), 0, []
    truth = np.cumsum(np.sqrt(walk[0] * 10.0) * rng.normal(size=looks)) + rng.normal(size=looks)
    truth += rate * np.maximum(10.0 * (np.arange(looks) - 300.4), 0.0)
    for look in range(looks):
        predict(x, p, np.array([np.inf]), np.zeros(1), walk, none, none, np.zeros(0), 10.0)
        change.drift(d, held, np.array([np.inf]), none, none, np.zeros(0), ramp, 10.0)
        held = change.admit(10 * look, 10.0 * look, np.inf, onset, began, d, a, b, c, jump, (0, -1))
        nu, s = update(x, p, one, truth[look], r, gain)
        change.weigh(d, held, a, b, c, one, gain, nu, s)
        kept.append((nu, s, float(gain[0])))
    assert held < 60

    def twice(since_s: float) -> tuple[float, float]:
        e = found = information = 0.0
        for look, (nu, s, k) in enumerate(kept):
            e += min(max(10.0 * look - since_s, 0.0), 10.0)
            found, information = found + e * nu / s, information + e * e / s
            e *= 1.0 - k
        return found, information

    share = np.array([0.2, 0.5, 0.8])
    first, second = change.between(a[0, :held], b[0, :held], c[0, :held], share)
    wide = np.diff(began[:held])
    assert wide.max() > 300.0
    # the youngest cells hold one reading; of the older ones all that stand for onsets of more than a minute
    for k in np.flatnonzero(began[1:held] < 10.0 * looks - 60.0):
        for j, back in enumerate(share):
            exact = twice(began[k + 1] - back * wide[k])
            assert second[k, j] == pytest.approx(exact[1], rel=0.03)
            # the rate, in its standard deviations, and the log ratio
            assert first[k, j] / second[k, j] == pytest.approx(exact[0] / exact[1], abs=0.4 * exact[1] ** -0.5)
            ratio = 0.5 * exact[0] ** 2 / exact[1]
            assert 0.5 * first[k, j] ** 2 / second[k, j] == pytest.approx(ratio, rel=0.1, abs=0.1)


@settings(deadline=None, max_examples=30)
@given(SEED, st.integers(3, 8), st.sampled_from([RAMP, JUMP]))
def test_an_accepted_change_gives_the_estimate_of_a_filter_that_knew_its_onset(
    seed: int, count: int, kind: int
) -> None:
    """shift() by a/b (variance 1/b) deviations of the bank: the joint posterior of state and amplitude, flat prior."""
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    steps = random_steps(rng, model.n, count)
    z, along = rng.normal(scale=2.0, size=count), rng.normal(size=model.n)
    nu, s, gains, x, p = innovations(model, steps, z)
    a, b, _, d = bank(model, steps, nu, s, gains, along)
    assume(b[kind, 1] > 1e-3)
    seen, effect = unit_change(model, steps, kind, along, 1)
    broad = 1e3 / b[kind, 1]  # variance of the amplitude's prior
    whole = joint(model, steps)
    informed = Joint(
        whole.z_mean,
        whole.z_cov + broad * np.outer(seen, seen),
        whole.x_mean,
        whole.x_cov + broad * np.outer(effect, effect),
        whole.cross + broad * np.outer(effect, seen),
    )
    mean, cov = informed.posterior(z)
    amount, variance = a[kind, 1] / b[kind, 1], 1.0 / b[kind, 1]
    shifted, spread = shift(x, p, amount * d[kind, 1], variance * np.outer(d[kind, 1], d[kind, 1]))
    size = 1.0 + float(np.abs(mean).max()) + float(np.abs(d[kind, 1]).max() * abs(a[kind, 1]) / b[kind, 1])
    np.testing.assert_allclose(shifted, mean, atol=5e-3 * size)
    np.testing.assert_allclose(spread, cov, atol=5e-3 * (1.0 + float(np.abs(cov).max())))


# --- the grid of onsets -----------------------------------------------------------------------------------------------


def admitted(ticks: list[int], horizon_s: float = np.inf, room: int = change.ROOM) -> tuple[Ints, Floats]:
    onset, began = np.full(room, -1, dtype=np.int64), np.zeros(room)
    d, (a, b, c), jump = np.zeros((1, room, 1)), np.zeros((3, 1, room)), np.zeros((1, 1))
    held = 0
    for tick in ticks:
        held = change.admit(tick, 10.0 * tick + 3.0, horizon_s, onset, began, d, a, b, c, jump, (0, -1))
        a[0, held - 1] = d[0, held - 1, 0] = b[0, held - 1] = float(tick)
        assert (onset[held:] == -1).all()
    np.testing.assert_array_equal(a[0, :held], onset[:held])
    np.testing.assert_array_equal(b[0, :held], onset[:held])
    np.testing.assert_array_equal(d[0, :held, 0], onset[:held])
    return onset[:held].copy(), began[:held].copy()


def cell(tick: int, now: int) -> tuple[int, int]:
    """The rule in words: up to an age of KEEP * 2^j the grid has cells of 2^j ticks, counted from tick zero."""
    size = 1
    while now - tick > change.KEEP * size:
        size *= 2
    return size, tick // size


def thinned(ticks: list[int], horizon_s: float) -> list[int]:
    """At every tick: of the candidates in one cell the oldest stays, and none beyond the horizon."""
    held: list[int] = []
    for now in ticks:
        near = [t for t in held if (now - t) * change.TICK_S <= horizon_s]
        held = []
        for t in near:
            size, place = cell(t, now)
            if all(older // size != place for older in held):
                held.append(t)
        held.append(now)
    return held


GAPS = st.lists(st.integers(1, 300) | st.sampled_from([2, 10, 64, 5000]), min_size=1, max_size=150)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 2**40), GAPS, st.sampled_from([np.inf, 20_000.0]))
def test_grid_depends_on_the_ticks_alone(first: int, gaps: list[int], horizon_s: float) -> None:
    ticks = (first + np.cumsum([0, *gaps])).tolist()
    onset, began = admitted(ticks, horizon_s)
    assert onset.tolist() == thinned(ticks, horizon_s)
    np.testing.assert_array_equal(began, 10.0 * onset + 3.0)
    assert onset[-1] == ticks[-1]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 2**40), st.integers(100, 3000))
def test_grid_of_unbroken_data_is_where_the_cells_begin(first: int, count: int) -> None:
    """No history in it: a tick is held while it opens a cell of the size its age has."""
    last = first + count - 1
    opens = [t for t in range(first, last + 1) if t == first or t % cell(t, last)[0] == 0]
    assert admitted(list(range(first, last + 1)))[0].tolist() == opens


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 2**40), GAPS)
def test_what_is_thinned_out_has_a_neighbour_before_it_however_thin_the_data(first: int, gaps: list[int]) -> None:
    """Every tick ever heard: itself, or a candidate before it by less than a quarter of that one's age."""
    ticks = (first + np.cumsum([0, *gaps])).tolist()
    onset, _ = admitted(ticks)
    for tick in ticks:
        before = int(onset[np.searchsorted(onset, tick, side="right") - 1])
        assert tick == before or 0 < tick - before < 2 * (ticks[-1] - before) / change.KEEP


@pytest.mark.parametrize("first", [0, 1, 7])
@pytest.mark.parametrize("every", [2, 10, 60, 90])
def test_seldom_data_keep_old_candidates(first: int, every: int) -> None:
    """Ticks that are never divisible by a power of two lost every candidate older than KEEP ticks once."""
    ticks = list(range(2**30 + first, 2**30 + first + 2000 * every, every))
    onset, _ = admitted(ticks)
    age = ticks[-1] - onset
    assert age[0] == ticks[-1] - ticks[0]
    assert (age[:-1] - age[1:] <= age[:-1] / (change.KEEP / 2) + every).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(2**20, 2**40), st.integers(500, 6000))
def test_ages_thin_out_geometrically(first: int, count: int) -> None:
    onset, _ = admitted(list(range(first, first + count)))
    age = (first + count - 1 - onset)[::-1]
    assert age[: change.KEEP + 1].tolist() == list(range(change.KEEP + 1))
    spacing = np.diff(age)
    old = age[1:] > change.KEEP
    assert (spacing[old] <= age[1:][old] / (change.KEEP / 2)).all()
    assert onset.size <= 2 * change.KEEP + change.KEEP / 2 * np.log2(count)


def test_two_weeks_fit_in_the_room_and_reach_back_far_enough() -> None:
    horizon_s = 14 * 86_400.0
    last = 160_000_001
    seldom = list(range(last - 1_300_000, last - 30_000, 10))
    onset, _ = admitted([*seldom, *range(last - 30_000, last)], horizon_s)
    assert onset.size < change.ROOM
    oldest = (last - 1 - onset[0]) * change.TICK_S
    assert 0.5 * horizon_s < oldest <= horizon_s


def test_a_full_room_gives_up_its_oldest() -> None:
    onset, began = admitted([k << 20 for k in range(1, 8)], room=5)
    assert onset.tolist() == [k << 20 for k in range(3, 8)]
    assert began[-1] == 10.0 * (7 << 20) + 3.0


# --- numbers out of the sums ------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(-20, 20), st.just(0.0) | st.floats(1e-6, 10)), min_size=1, max_size=12),
    st.sampled_from([-1, 0, 1]),
)
def test_best_is_the_largest_of_all(pairs: list[tuple[float, float]], sign: int) -> None:
    a, b = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    top, place = change.best(a, b, a.size, sign)
    allowed = [k for k in range(a.size) if b[k] > 0.0 and a[k] ** 2 > 0.0 and (sign == 0 or a[k] * sign > 0.0)]
    values = {k: 0.5 * a[k] * a[k] / b[k] for k in allowed}
    assert top == max(values.values(), default=0.0)
    assert place == -1 if top == 0.0 else values[place] == top


def test_evidence_over_a_normal_amplitude_is_the_integral() -> None:
    for a, b, sd in ((3.0, 2.0, 0.7), (-4.0, 0.5, 2.0), (0.0, 9.0, 1.0), (12.0, 3.0, 0.1)):
        q = np.linspace(-12.0, 12.0, 400_001) * max(sd, b**-0.5)
        density = np.exp(-0.5 * (q / sd) ** 2) / (sd * np.sqrt(2.0 * np.pi))
        integral = np.trapezoid(np.exp(q * a - 0.5 * q * q * b) * density, q)
        found = change.log_evidence_normal(np.array([a]), np.array([b]), sd)
        assert found[0] == pytest.approx(np.log(integral), abs=1e-7)


def test_evidence_takes_one_spread_or_one_an_onset() -> None:
    a, b, sd = np.array([1.0, -2.0]), np.array([0.5, 3.0]), np.array([0.3, 2.0])
    each = [change.log_evidence_normal(a[k : k + 1], b[k : k + 1], float(sd[k]))[0] for k in range(2)]
    np.testing.assert_allclose(change.log_evidence_normal(a, b, sd), each, rtol=1e-15)
    np.testing.assert_array_equal(change.log_evidence_normal(a, b, 0.0), np.zeros(2))


def test_evidence_on_a_grid_is_the_likelihood_ratio_of_readings_and_its_sum_the_integral() -> None:
    """One unknown read nine times: a, b follow from the readings, and the ratio can be written out."""
    rng = np.random.default_rng(5)
    shape, noise = rng.uniform(0.5, 2.0, 9), 0.8
    z = 1.3 * shape + noise * rng.normal(size=9)
    a, b = float(shape @ z / noise**2), float(shape @ shape / noise**2)
    amplitude = np.linspace(0.2, 2.4, 2001)
    grid = change.log_evidence_grid(np.array([a, 0.0]), np.array([b, 0.0]), amplitude)
    written = [-0.5 * np.sum((z - q * shape) ** 2 - z**2) / noise**2 for q in amplitude]
    np.testing.assert_allclose(grid[0], written, rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(grid[1], np.zeros(2001))
    prior = 1.0 / (2.4 - 0.2)
    integral = np.trapezoid(np.exp(written) * prior, amplitude)
    mean = np.logaddexp.reduce(grid[0]) - np.log(amplitude.size)
    assert mean == pytest.approx(np.log(integral), abs=2e-3)


def run_length(h: float, rng: np.random.Generator) -> int:
    """Looks until unchanged data of a wandering mass, read in white noise at every look, pass h one-sided."""
    relax, none = np.array([np.inf]), np.zeros(0, dtype=np.int64)
    walk, r, x, p, gain = np.array([1e-3]), 1.0, np.zeros(1), np.eye(1), np.empty(1)
    room = change.ROOM
    onset, began = np.full(room, -1, dtype=np.int64), np.zeros(room)
    d, (a, b, c) = np.zeros((1, room, 1)), np.zeros((3, 1, room))
    ramp, jump, one = np.ones((1, 1)), np.zeros((1, 1)), np.ones(1)
    truth, first = rng.normal(), int(rng.integers(2**20, 2**30))
    held, ticks = 0, int(change.LOOK_S / change.TICK_S)
    for look in range(1, 20_000):
        truth += np.sqrt(walk[0] * change.LOOK_S) * rng.normal()
        predict(x, p, relax, np.zeros(1), walk, none, none, np.zeros(0), change.LOOK_S)
        change.drift(d, held, relax, none, none, np.zeros(0), ramp, change.LOOK_S)
        held = change.admit(first + look * ticks, 0.0, 14 * 86_400.0, onset, began, d, a, b, c, jump, (0, -1))
        nu, s = update(x, p, one, truth + rng.normal(), r, gain)
        change.weigh(d, held, a, b, c, one, gain, nu, s)
        if change.best(a[0], b[0], held, 1)[0] > h:
            return look
    return 20_000


@pytest.mark.parametrize("h", [3.0, 4.5])
def test_unchanged_data_pass_the_threshold_about_as_often_as_it_says(h: float) -> None:
    rng = np.random.default_rng(20300506)
    lengths = [run_length(h, rng) for _ in range(150)]
    year_looks = 365.25 * 86_400.0 / change.LOOK_S
    promised = year_looks / (2.5 * np.exp(h))  # alarms a year for which threshold() answers h
    assert change.threshold(promised) == pytest.approx(h, rel=1e-12)
    mean = float(np.mean(lengths))
    said = year_looks / promised
    assert said / 3.0 < mean < 3.0 * said


def test_threshold_asks_more_of_those_who_want_fewer_false_alarms() -> None:
    values = [change.threshold(rate) for rate in (100.0, 10.0, 1.0, 0.1)]
    assert values == sorted(values)
    assert values[2] - values[1] == pytest.approx(np.log(10.0))
