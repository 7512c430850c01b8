"""What is said, and what is set aside, in worlds whose truth is known."""

from dataclasses import replace
from itertools import pairwise

import lookout
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_room import T0, frames, gauge, glass, log_gas, read, seconds, ship

from hullwatch.detection import score, verdict
from hullwatch.records import Detection, Floats, GroupState, Interval, SetAside
from hullwatch.vehicle.facts import Vehicle

HOUR, DAY_S = 3_600, 86_400.0
ONSET_S = 2 * HOUR + 137.0
MASS_KG = 101_325.0 * 100.0 / (8.314463 * 295.0) * 0.0288  # pV/(RT) M of 100 m3 of cabin air
ONE = ship([gauge("P1"), glass("T1")])
TWO = ship([gauge("P1"), gauge("P2"), glass("T1")])
THREE = ship([gauge("P1"), gauge("P2"), gauge("P3"), glass("T1")])
CAUSES = {
    "cooling", "crew and removal", "supply", "airlock, vent or docking", "sensor drift", "sensor step",
}  # fmt: skip


def calm(vehicle: Vehicle, seed: int, hours: float) -> tuple[np.random.Generator, Floats]:
    rng = np.random.default_rng(seed)
    return rng, log_gas(rng, vehicle, int(hours * HOUR))


def since(n: int) -> Floats:
    return np.maximum(np.arange(float(n)) - ONSET_S, 0.0)


def leaking(vehicle: Vehicle, seed: int, hours: float, kg_day: float) -> dict[str, Floats]:
    """A calm world with a hole from ONSET_S on; gas that expands cools, and the walls warm it again."""
    rng, gas = calm(vehicle, seed, hours)
    t, wall_s = since(gas.size), vehicle.compartments[0].wall_time_s
    loss = kg_day / DAY_S / MASS_KG * (t + 0.4 * wall_s * -np.expm1(-t / wall_s))
    return read(rng, vehicle, gas - loss)


def found_in(vehicle: Vehicle, shown: dict[str, Floats]) -> tuple[lookout.Lookout, Detection | None]:
    n = next(iter(shown.values())).size
    return lookout.watch(vehicle, frames(vehicle, seconds(n), shown))


@pytest.mark.parametrize("vehicle", [ONE, TWO, THREE], ids=["one", "two", "three"])
def test_nothing_is_said_where_nothing_happens(vehicle: Vehicle) -> None:
    for seed in range(6):
        rng, gas = calm(vehicle, seed, 16.0)
        here, found = found_in(vehicle, read(rng, vehicle, gas))
        assert found is None
        weighed = verdict.weigh(here.score, here.setting(), T0 + gas.size)
        assert weighed.probability["leak"] < 0.05


def covered(vehicle: Vehicle, kg_day: float, hours: float) -> tuple[int, int, int]:
    """Of 40 worlds: leaks found, onset intervals that hold the truth, rate intervals that do."""
    onsets = sizes = leaks = 0
    for seed in range(40):
        _, found = found_in(vehicle, leaking(vehicle, seed, hours, kg_day))
        if found is not None and found.kind == "leak_onset":
            leaks += 1
            onsets += found.onset_s.low <= T0 + ONSET_S <= found.onset_s.high
            sizes += found.size.low <= kg_day / DAY_S <= found.size.high
            assert found.time_s > T0 + ONSET_S
            assert found.probability >= verdict.SURE
            assert found.log_ratio > lookout.ONCE_A_YEAR
    return leaks, onsets, sizes


@pytest.mark.parametrize(("kg_day", "hours"), [(8.0, 8.0), (30.0, 3.0)])
def test_a_leak_is_found_and_its_onset_and_rate_lie_in_their_intervals(kg_day: float, hours: float) -> None:
    """40 tries at 90 %: fewer than 30 hits would happen by chance once in 700 times."""
    leaks, onsets, sizes = covered(TWO, kg_day, hours)
    assert leaks == 40
    assert onsets >= 30
    assert sizes >= 30


@pytest.mark.parametrize("share", [-0.01, -0.003, 0.01])
def test_gas_that_goes_or_comes_at_once_is_a_step(share: float) -> None:
    for seed in range(6):
        rng, gas = calm(TWO, seed, 3.0)
        after = np.arange(gas.size) >= 2 * HOUR + 140
        _, found = found_in(TWO, read(rng, TWO, gas + share * after))
        assert found is not None
        assert (found.kind, found.channel) == ("step", None)
        assert found.size.median == pytest.approx(share * MASS_KG, rel=0.15)
        assert found.onset_s.low <= T0 + 2 * HOUR + 140.0 <= found.onset_s.high


def test_a_step_is_a_step_wherever_in_the_grid_it_falls() -> None:
    """Onsets ten seconds apart made a small step between two of them look like a leak."""
    kinds = []
    for vehicle in (TWO, THREE):
        for seed in range(12):
            rng, gas = calm(vehicle, seed, 3.0)
            _, found = found_in(vehicle, read(rng, vehicle, gas - 0.003 * (np.arange(gas.size) >= 2 * HOUR + 137)))
            kinds.append(found.kind if found else None)
    assert set(kinds) == {"step"}


def test_a_step_says_why_it_is_no_leak() -> None:
    rng, gas = calm(TWO, 1, 3.0)
    _, found = found_in(TWO, read(rng, TWO, gas - 0.003 * (np.arange(gas.size) >= 2 * HOUR + 140)))
    assert found is not None
    assert found.kind == "step"
    assert {one.cause for one in found.set_aside} == {"leak", *CAUSES} - {"airlock, vent or docking"}
    assert all(one.why for one in found.set_aside)


@pytest.mark.parametrize(("channel", "pa"), [("P1", 80.0), ("P2", -200.0)])
def test_a_sensor_that_steps_alone_is_named(channel: str, pa: float) -> None:
    for vehicle in (TWO, THREE):
        for seed in range(3):
            rng, gas = calm(vehicle, seed, 4.0)
            shown = read(rng, vehicle, gas)
            shown[channel] = shown[channel] + pa * (since(gas.size) > 0.0)
            _, found = found_in(vehicle, shown)
            assert found is not None
            assert (found.kind, found.channel) == ("sensor_step", channel)
            assert found.size.median == pytest.approx(pa, abs=30.0)


@pytest.mark.parametrize(("channel", "pa_day"), [("P1", 700.0), ("P3", -700.0)])
def test_a_sensor_that_drifts_alone_is_named(channel: str, pa_day: float) -> None:
    """Of 16 worlds; at 95 %, fewer than 13 right is a chance of one in 140. The sensor is never wrong."""
    drifts = 0
    for seed in range(16):
        rng, gas = calm(THREE, seed, 9.0)
        shown = read(rng, THREE, gas)
        shown[channel] = shown[channel] + pa_day / DAY_S * since(gas.size)
        _, found = found_in(THREE, shown)
        assert found is not None
        assert found.channel == channel
        assert np.sign(found.size.median) == np.sign(pa_day)
        drifts += found.kind == "sensor_drift"
    assert drifts >= 13


def test_gas_supplied_is_no_leak() -> None:
    for seed in range(3):
        rng, gas = calm(TWO, seed, 3.0)
        _, found = found_in(TWO, read(rng, TWO, gas + 100.0 / DAY_S / MASS_KG * since(gas.size)))
        assert found is not None
        assert found.kind == "supply_onset"
        assert found.size.high < 0.0


# --- probabilities ----------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 30.0), st.booleans())
def test_probabilities_of_any_evidence_sum_to_one_at_most(seed: int, scale: float, follows: bool) -> None:
    rng = np.random.default_rng(seed)
    held = int(rng.integers(1, 40))
    lay = lookout.begin(TWO).air.layout
    empty = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, (lay.bias(0), lay.bias(1)))
    a, b, began = empty.a.copy(), empty.b.copy(), empty.began.copy()
    b[:, :held] = 10.0 ** rng.uniform(8.0, 14.0, (6, held))
    a[:, :held] = scale * rng.standard_normal((6, held)) * np.sqrt(b[:, :held])
    began[:held] = T0 + np.cumsum(rng.uniform(1.0, 5e4, held))
    memory = replace(empty, a=a, b=b, began=began, clock=np.array([1e9, float(held)]))
    setting = verdict.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1", "P2"), 1e-7 * follows)
    weighed = verdict.weigh(memory, setting, float(began[held - 1]) + 10.0)
    values = np.array(list(weighed.probability.values()))
    assert ((values >= 0.0) & (values <= 1.0)).all()
    assert values.sum() <= 1.0 + 1e-9
    assert weighed.onset_weight.sum() == pytest.approx(1.0)
    aside = verdict.set_aside(weighed, setting, "leak", 1e-6)
    assert sum(one.probability for one in aside) + weighed.probability["leak"] == pytest.approx(values.sum())


def test_probability_of_a_leak_is_its_prior_times_the_integral_over_rates() -> None:
    """One candidate, one onset: the posterior odds against nothing, by numerical integration over a fine grid."""
    a, b = 6e7, 1e13  # 6e-6 per second, 19 sigma
    lay = lookout.begin(ONE).air.layout
    empty = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, (lay.bias(0),))
    sums_a, sums_b, began = empty.a.copy(), empty.b.copy(), empty.began.copy()
    sums_a[0, 0], sums_b[0, 0], began[0] = a, b, T0
    memory = replace(empty, a=sums_a, b=sums_b, began=began, clock=np.array([1.0, 1.0]))
    setting = verdict.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 0.0)
    found = verdict.weigh(memory, setting, T0 + 600.0).probability
    log_rate = np.linspace(np.log(0.5), np.log(2e5), 400_001)
    rate = np.exp(log_rate) / DAY_S / MASS_KG
    evidence = np.log(np.trapezoid(np.exp(rate * a - 0.5 * rate**2 * b - 100.0), log_rate) / np.ptp(log_rate)) + 100.0
    sd = 1e-5 / MASS_KG
    flow = np.linspace(-12.0 * sd, 12.0 * sd, 400_001)
    weight = np.exp(-0.5 * (flow / sd) ** 2) / np.sqrt(2.0 * np.pi) / sd
    crew = np.log(np.trapezoid(np.exp(flow * a - 0.5 * flow**2 * b) * weight, flow))
    odds = np.log(found["leak"] / found["unmetered flow"])
    assert odds == pytest.approx(evidence - crew + np.log(1.0 / 365.25 / 3.0), abs=0.2)


def test_a_detection_lists_every_other_cause_with_a_reason() -> None:
    _, found = found_in(TWO, leaking(TWO, 1, 4.0, 30.0))
    assert found is not None
    assert found.kind == "leak_onset"
    assert {one.cause for one in found.set_aside} == CAUSES
    assert all(one.why for one in found.set_aside)
    shares = [one.probability for one in found.set_aside]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) + found.probability <= 1.0 + 1e-9
    sentences = {one.cause: one.why for one in found.set_aside}
    apparent = found.size.median * DAY_S
    assert f"{apparent:.3g} kg/day" in sentences["crew and removal"]
    assert f"{found.size.median / MASS_KG * 295.0 * HOUR:.1g}" in sentences["cooling"]


def test_an_accepted_leak_is_followed_at_its_rate() -> None:
    """correction() and accept(): two hours later the truth lies in the interval of the loss followed."""
    from one_room import cut

    from hullwatch.balance import air

    hits = 0
    for seed in range(20):
        shown = frames(TWO, seconds(6 * HOUR), leaking(TWO, seed, 6.0, 30.0))
        here, found = lookout.watch(TWO, shown)
        assert found is not None
        moved, covariance, amount = verdict.correction(here.score, found, here.setting().sensors)
        assert amount * here.setting().mass_kg == pytest.approx(found.size.median)
        memory = air.accept(here.air, moved, covariance, follow=True)
        at = int(np.searchsorted(shown.time_s, found.time_s)) + 1
        memory, _ = air.balance(memory, TWO, cut(shown, at, at + 2 * HOUR))
        state = air.state_of(memory, TWO, 0, None)
        assert state is not None
        hits += abs(state.loss_per_s - 30.0 / DAY_S / MASS_KG) < 1.645 * state.loss_sd_per_s
    assert hits >= 14


def test_a_correction_is_the_mean_and_spread_of_every_onset_and_amplitude_weighed() -> None:
    """Oracle: the posterior summed over onsets and a fine grid of amplitudes, prior flat in onset and log amplitude."""
    rng = np.random.default_rng(4)
    lay = lookout.begin(ONE).air.layout
    empty = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, (lay.bias(0),))
    a, b, d, began = empty.a.copy(), empty.b.copy(), empty.d.copy(), empty.began.copy()
    held = 6
    began[:held] = T0 + np.array([0.0, 100.0, 400.0, 500.0, 900.0, 1000.0])
    b[0, :held] = np.array([4.0, 3.0, 2.0, 1.5, 1.0, 0.0]) * 1e12  # the newest has told nothing yet
    a[0, :held] = np.array([8.5, 8.7, 8.9, 8.8, 8.4, 0.0]) * np.sqrt(b[0, :held])
    d[0, :held] = rng.normal(size=(held, lay.states)) * 100.0
    memory = replace(empty, a=a, b=b, d=d, began=began, clock=np.array([1e9, float(held)]))
    found = Detection(
        "leak_onset", 0, T0 + 1000.0, Interval(T0, T0, T0), 30.0, 0.99, Interval(0.0, 0.0, 0.0), channel=None
    )
    moved, covariance, amount = verdict.correction(memory, found, ("P1",))
    cells = np.array([100.0, 100.0, 300.0, 100.0, 400.0])
    q = np.geomspace(1e-6, 2e-5, 20_001)
    log_ratio = np.outer(a[0, :5], q) - 0.5 * np.outer(b[0, :5], q * q)
    density = np.exp(log_ratio - log_ratio.max()) * cells[:, None]  # a geometric grid is flat in the logarithm
    density /= density.sum()
    expected = float(np.sum(density * q))
    mean = np.einsum("kq,q,ki->i", density, q, d[0, :5])
    spread = np.einsum("kq,q,ki,kj->ij", density, q * q, d[0, :5], d[0, :5]) - np.outer(mean, mean)
    assert amount == pytest.approx(expected, rel=0.03)
    np.testing.assert_allclose(moved, mean, atol=0.03 * np.abs(mean).max())
    np.testing.assert_allclose(covariance, spread, atol=0.1 * np.abs(spread).max())
    assert np.linalg.eigvalsh(covariance).min() >= -1e-12 * np.trace(covariance)


# --- weighed again ----------------------------------------------------------------------------------------------------

STATE = GroupState(
    group=0, compartments=("A",), time_s=36_000.0, volume_m3=100.0, volume_sd_m3=5.0, pressure_pa=101_325.0,
    temperature_k=295.0, mass_kg=MASS_KG, mass_sd_kg=0.1, loss_per_s=0.0, loss_sd_per_s=1e-7, followed=True,
    ppo2_pa=None, sensors=1,
)  # fmt: skip
SETTING = verdict.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 1e-6)
ASIDE = (
    SetAside("cooling", 0.03, "c"),
    SetAside("crew and removal", 0.02, "u"),
    SetAside("airlock, vent or docking", 0.01, "s"),
)


def weighed_again(loss: float, sd: float = 1e-7, age_s: float = 36_000.0) -> dict[str, float]:
    state = replace(STATE, loss_per_s=loss, loss_sd_per_s=sd)
    leak, aside = verdict.reweigh(ASIDE, state, SETTING, STATE.time_s - age_s)
    return {"leak": leak, **{one.cause: one.probability for one in aside}}


def test_a_more_significant_loss_makes_cooling_and_crew_less_probable() -> None:
    found = [weighed_again(loss) for loss in np.linspace(2e-7, 3e-6, 40)]
    # together: as crew becomes impossible cooling may take over its share for a while
    shares = [each["cooling"] + each["crew and removal"] for each in found]
    assert all(later <= before + 1e-12 for before, later in pairwise(shares))
    assert shares[-1] < 1e-6
    leaks = [each["leak"] for each in found]
    assert leaks == sorted(leaks)


def test_a_loss_that_lasts_longer_is_less_likely_heat() -> None:
    shares = [weighed_again(6e-7, age_s=hours * HOUR)["cooling"] for hours in (1, 2, 4, 8, 16, 48)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < shares[0]


@given(st.floats(-1e-6, 1e-5), st.floats(1e-9, 1e-5), st.floats(0.0, 1e6))
def test_what_is_weighed_again_is_a_probability_and_forgets_no_cause(loss: float, sd: float, age_s: float) -> None:
    found = weighed_again(loss, sd, age_s)
    assert set(found) == {"leak", *(one.cause for one in ASIDE)}
    assert sum(found.values()) == pytest.approx(1.0)
    assert all(0.0 <= share <= 1.0 for share in found.values())
    assert found["airlock, vent or docking"] == 0.01


@pytest.mark.parametrize("loss", [1.13e-7, 1.2e-7, 1.27e-7])
@pytest.mark.parametrize("sd", [1e-9, 1e-8])
def test_a_followed_loss_is_weighed_by_the_integral_over_rates(loss: float, sd: float) -> None:
    """However sharply it is known: one cause against a leak, odds by numerical integration over fine grids."""
    state = replace(STATE, loss_per_s=loss, loss_sd_per_s=sd)
    leak, aside = verdict.reweigh((SetAside("crew and removal", 0.5, "u"),), state, SETTING, STATE.time_s - 36_000.0)
    log_rate = np.linspace(np.log(0.5), np.log(2e5), 2_000_001)
    rate = np.exp(log_rate) / DAY_S / MASS_KG
    as_leak = np.trapezoid(np.exp(-0.5 * ((rate - loss) / sd) ** 2), log_rate) / np.ptp(log_rate)
    crew_sd = 1e-5 / MASS_KG
    flow = np.linspace(-8.0 * crew_sd, 8.0 * crew_sd, 400_001)
    weight = np.exp(-0.5 * (flow / crew_sd) ** 2) / np.sqrt(2.0 * np.pi) / crew_sd
    as_crew = np.trapezoid(np.exp(-0.5 * ((flow - loss) / sd) ** 2) * weight, flow)
    odds = as_leak / as_crew / 365.25 / 3.0
    assert leak == pytest.approx(odds / (1.0 + odds), rel=0.02)
    assert leak + aside[0].probability == pytest.approx(1.0)
