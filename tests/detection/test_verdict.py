"""What is said, and what is set aside, in worlds whose truth is known."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import lookout
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_room import T0, cut, frames, gauge, glass, log_gas, read, seconds, ship

from hullwatch.detection import score, verdict
from hullwatch.records import Detection, Floats, GroupState, Interval, SetAside
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch.memory import LOOK_H

HOUR, DAY_S = 3_600, 86_400.0
ONSET_S = 2 * HOUR + 137.0
MASS_KG = 101_325.0 * 100.0 / (8.314463 * 295.0) * 0.0288  # pV/(RT) M of 100 m3 of cabin air
ONE = ship([gauge("P1"), glass("T1")])
TWO = ship([gauge("P1"), gauge("P2"), glass("T1")])
THREE = ship([gauge("P1"), gauge("P2"), gauge("P3"), glass("T1")])
SETTING_CALM = verdict.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 0.0)
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


def found_in(
    vehicle: Vehicle, shown: dict[str, Floats], tells: bool = False
) -> tuple[lookout.Lookout, Detection | None]:
    n = next(iter(shown.values())).size
    return lookout.watch(vehicle, frames(vehicle, seconds(n), shown), tells=tells)


@pytest.mark.parametrize("vehicle", [ONE, TWO, THREE], ids=["one", "two", "three"])
def test_nothing_is_said_where_nothing_happens(vehicle: Vehicle) -> None:
    for seed in range(6):
        rng, gas = calm(vehicle, seed, 16.0)
        here, found = found_in(vehicle, read(rng, vehicle, gas))
        assert found is None
        weighed = verdict.weigh(here.score, here.setting(), T0 + gas.size)
        assert weighed.probability["leak"] < 0.05


def covered(vehicle: Vehicle, kg_day: float, hours: float, tells: bool) -> tuple[int, int, int]:
    """Of 40 worlds: leaks found, onset intervals that hold the truth, rate intervals that do."""
    onsets = sizes = leaks = 0
    for seed in range(40):
        _, found = found_in(vehicle, leaking(vehicle, seed, hours, kg_day), tells)
        if found is not None and found.kind == "leak_onset":
            leaks += 1
            onsets += found.onset_s.low <= T0 + ONSET_S <= found.onset_s.high
            sizes += found.size.low <= kg_day / DAY_S <= found.size.high
            assert found.time_s > T0 + ONSET_S
            assert found.probability >= lookout.ONCE_A_YEAR.leak_sure
            assert found.log_ratio > LOOK_H
    return leaks, onsets, sizes


@pytest.mark.parametrize("tells", [False, True], ids=["blind", "vents shown"])
@pytest.mark.parametrize(("kg_day", "hours"), [(8.0, 8.0), (30.0, 3.0)])
def test_a_leak_is_found_and_its_onset_and_rate_lie_in_their_intervals(
    kg_day: float, hours: float, tells: bool
) -> None:
    """40 tries at 90 %: fewer than 30 hits would happen by chance once in 700 times."""
    leaks, onsets, sizes = covered(TWO, kg_day, hours, tells)
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


# --- falls that end ---------------------------------------------------------------------------------------------------


def fallen(seed: int, rate_per_s: float, for_s: float, **known: Any) -> list[tuple[str, float]]:
    """What is said first of a fall at this rate that lasts so long, and how long after it began, on a ship of TWO."""
    rng, gas = calm(TWO, seed, 4.0)
    shown = read(rng, TWO, gas - rate_per_s * np.minimum(since(gas.size), for_s))
    _, found = lookout.watch(TWO, frames(TWO, seconds(gas.size), shown), **known)
    return [] if found is None else [(found.kind, found.time_s - T0 - ONSET_S)]


def test_a_short_fall_is_not_yet_a_leak_where_nobody_shows_what_vents_do() -> None:
    """The same hole: a feed that shows its vents and pumps shut rules a transfer out at once, a blind one must wait."""
    for seed in range(8):
        ((blind, later_s),) = fallen(seed, 2e-5, np.inf)
        ((seen, soon_s),) = fallen(seed, 2e-5, np.inf, tells=True)
        assert blind == seen == "leak_onset"
        assert soon_s < 200.0  # a vestibule might have taken so much
        assert 240.0 < later_s < 900.0  # as long as a transfer takes, and not three times longer


def test_the_likeliest_of_a_short_fall_is_a_transfer_on_a_blind_ship_and_a_leak_on_one_that_sees() -> None:
    here, at_s = lookout.begin(TWO), ONSET_S + 180.0
    rng, gas = calm(TWO, 4, 3.0)
    shown = frames(TWO, seconds(gas.size), read(rng, TWO, gas - 2e-5 * since(gas.size)))
    here, _, _ = lookout.hear(here, lookout.cut(shown, 0, int(at_s)))
    found = {
        tells: verdict.weigh(here.score, replace(here.setting(), shown=tells), T0 + at_s).probability
        for tells in (False, True)
    }
    assert max(found[False], key=lambda name: found[False][name]) == "transfer"
    assert found[False]["leak"] < lookout.ONCE_A_YEAR.leak_sure
    assert found[True]["leak"] > lookout.ONCE_A_YEAR.leak_sure


@pytest.mark.parametrize("for_s", [20.0, 60.0])
def test_gas_moved_within_a_minute_is_a_step_once_its_end_was_seen(for_s: float) -> None:
    """While it falls nobody knows whether it will stop: neither step nor leak is said on a ship that sees no vents."""
    for seed in range(6):
        ((kind, after_s),) = fallen(seed, 0.006 / for_s, for_s)
        assert kind == "step"
        assert after_s > for_s


def test_a_large_leak_is_never_called_a_step() -> None:
    for seed in range(8):
        ((kind, _),) = fallen(seed, 3e-4, np.inf)
        assert kind == "leak_onset"


def test_gas_that_came_of_late_may_go_again_and_no_more() -> None:
    """1.2 kg came; as much going in 15 min is a leak to who does not know that, and what goes on is one."""
    for seed in range(6):
        ((unaware, soon_s),) = fallen(seed, 0.01 / 900.0, np.inf)
        assert (unaware, soon_s < 900.0) == ("leak_onset", True)
        ((aware, later_s),) = fallen(seed, 0.01 / 900.0, np.inf, expected_kg=1.2)
        taken_kg = MASS_KG * 0.01 * later_s / 900.0
        assert aware == "leak_onset"
        assert 1.2 < taken_kg < 3.0


@pytest.mark.parametrize("sigmas", [-6.0, 6.0])
def test_an_upset_of_heat_is_no_change_of_gas(sigmas: float) -> None:
    """What heats the gas jumps by six of its sigmas and wears off: a fall of 50 Pa in an hour that comes back."""
    usual = np.sqrt(2.0) * TWO.thermal.residual_k / 295.0
    for seed in range(4):
        rng, gas = calm(TWO, seed, 6.0)
        lags = since(gas.size) / TWO.thermal.residual_s
        shown = frames(TWO, seconds(gas.size), read(rng, TWO, gas + sigmas * usual * lags * np.exp(-lags)))
        for tells in (False, True):
            assert lookout.watch(TWO, shown, tells=tells)[1] is None


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
    b[:, :held] = 10.0 ** rng.uniform(8.0, 14.0, (b.shape[0], held))
    a[:, :held] = scale * rng.standard_normal((a.shape[0], held)) * np.sqrt(b[:, :held])
    began[:held] = T0 + np.cumsum(rng.uniform(1.0, 5e4, held))
    memory = replace(empty, a=a, b=b, began=began, clock=np.array([1e9, float(held)]))
    setting = verdict.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1", "P2"), 1e-7 * follows)
    weighed = verdict.weigh(memory, setting, float(began[held - 1]) + 10.0)
    values = np.array(list(weighed.probability.values()))
    assert ((values >= 0.0) & (values <= 1.0)).all()
    assert values.sum() <= 1.0 + 1e-9
    aside = verdict.set_aside(weighed, setting, "leak", 1e-6)
    assert sum(one.probability for one in aside) + weighed.probability["leak"] == pytest.approx(values.sum())


PER_DAY = {
    "leak": 1.0 / 365.25, "heat": 0.03, "unmetered flow": 0.3, "supply": 0.3, "step": 0.5, "small step": 0.5,
    "transfer": 0.05, "sensor drift P1": 0.02, "sensor step P1": 0.05,
}  # fmt: skip
"""How often each explanation begins, as the explanation pages have it: typed here once more, on purpose."""


def normal(a: float, b: float, sd: float) -> float:
    """Likelihood ratio of one onset averaged over N(0, sd^2), on a grid."""
    q = np.linspace(-10.0 * sd, 10.0 * sd, 20_001)
    density = np.exp(-0.5 * (q / sd) ** 2) / np.sqrt(2.0 * np.pi) / sd
    return float(np.trapezoid(np.exp(q * a - 0.5 * q * q * b) * density, q))


def flat(a: float, b: float, weight: Callable[[Floats], Floats] = np.ones_like) -> float:
    """The same over losses of 0.5 to 200,000 kg/day, flat in the logarithm, each by its weight."""
    log_rate = np.linspace(np.log(0.5), np.log(2e5), 20_001)
    rate = np.exp(log_rate) / DAY_S / MASS_KG
    ratio = np.exp(rate * a - 0.5 * rate**2 * b) * weight(rate)
    return float(np.trapezoid(ratio, log_rate) / np.ptp(log_rate))


def beyond(value: Floats, mean: float) -> Floats:
    """Share of draws from an exponential distribution that exceed a value, by summing its density."""
    grid = np.linspace(0.0, 40.0 * mean, 40_001)
    density = np.exp(-grid / mean) / mean
    upto = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(grid))])
    return np.asarray(1.0 - np.interp(value, grid, upto))


def still_going(age_s: float, expected_kg: float, shown: bool) -> Callable[[Floats], Floats]:
    """Chance that a transfer begun so long ago at this rate goes on: neither its time nor its gas is over."""

    def chance(rate: Floats) -> Floats:
        if not expected_kg:
            return beyond(np.array(age_s), 240.0) * beyond(age_s * rate, 0.0015 if shown else 0.01)
        over = np.maximum(age_s * rate * MASS_KG - 1.3 * expected_kg, 0.0)
        return beyond(np.array(age_s), 1_800.0) * beyond(over, 0.09 * expected_kg)

    return chance


def test_a_first_candidate_alone_may_be_the_onset() -> None:
    """A fall right at the start of the evidence, when the grid of onsets holds one."""
    lay = lookout.begin(ONE).air.layout
    empty = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, (lay.bias(0),))
    a, b, began = empty.a.copy(), empty.b.copy(), empty.began.copy()
    began[0], b[score.LOSS, 0] = T0, 4e12
    a[score.LOSS, 0] = 9.0 * np.sqrt(4e12)
    memory = replace(empty, a=a, b=b, began=began, clock=np.array([1.0, 1.0, -np.inf]))
    setting = verdict.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 0.0, shown=True)
    found = verdict.decide(memory, setting, 0, T0 + 900.0, 0.5, 14.0)
    assert found is not None
    assert found.onset_s.median == pytest.approx(T0 - 0.5, abs=0.2)  # shown by a frame, begun within the second before


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("expected_kg", [0.0, 0.4])
@pytest.mark.parametrize("now_s", [901.0, 1_500.0])
def test_probabilities_are_priors_times_integrals_over_onset_and_size(
    shown: bool, expected_kg: float, now_s: float
) -> None:
    """Three onsets: every posterior probability by brute force over fine grids."""
    lay = lookout.begin(ONE).air.layout
    empty = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, (lay.bias(0),))
    began = np.array([0.0, 500.0, 900.0])
    rows = {  # (b of the oldest, sigmas of each onset): told best by the middle one, none of them surely
        score.LOSS: (4e12, (4.2, 4.6, 3.5)),
        score.STEP: (1e9, (3.0, 3.6, 3.3)),
        score.UPSET: (4e8, (4.0, 3.9, 2.0)),
        score.SENSOR_DRIFT: (2e15, (3.2, 4.2, 2.2)),
        score.SENSOR_STEP: (3e9, (3.1, 4.4, 3.9)),
    }
    a, b, held_began = empty.a.copy(), empty.b.copy(), empty.began.copy()
    held_began[:3] = T0 + began
    for row, (largest, sigmas) in rows.items():
        b[row, :3] = largest * np.array([1.0, 0.4, 0.1])
        a[row, :3] = np.array(sigmas) * np.sqrt(b[row, :3])
    memory = replace(empty, a=a, b=b, began=held_began, clock=np.array([1.0, 3.0, -np.inf]))
    setting = verdict.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 0.0, shown=shown, expected_kg=expected_kg)
    found = verdict.weigh(memory, setting, T0 + now_s).probability
    spans, ends = np.array([250.0, 450.0, 200.0]), np.array([250.0, 700.0, 900.0])  # half-way to the neighbours
    usual = (0.12 if shown else 1.0) * (6.0 if expected_kg else 1.0)
    total = dict.fromkeys(PER_DAY, 0.0)
    for k in range(3):
        loss, step, upset, drift, jump = ((float(a[row, k]), float(b[row, k])) for row in rows)
        going = still_going(max(now_s - ends[k], 0.0), expected_kg, shown)
        here = {
            "leak": flat(*loss),
            "heat": normal(*upset, 3.0 * np.sqrt(2.0) * 0.06 / 295.0),
            "unmetered flow": normal(*loss, 1.25 * 1e-5 / MASS_KG),
            "supply": (0.12 if shown else 1.0) * flat(-loss[0], loss[1]),
            "step": normal(*step, 0.01),
            "small step": normal(*step, 0.0003),
            "transfer": usual * flat(*loss, going),
            "sensor drift P1": normal(*drift, 2.0 * MMHG_PA / DAY_S / 101_325.0),
            "sensor step P1": normal(*jump, 2.0 * MMHG_PA / 101_325.0),
        }
        for name, ratio in here.items():
            total[name] += PER_DAY[name] * spans[k] / DAY_S * ratio
    everything = 1.0 + sum(total.values())
    expected = {name: each / everything for name, each in total.items()}
    assert found.keys() == expected.keys()
    assert sorted(found.values())[-4] > 0.01  # several of them matter
    for name, probability in expected.items():
        # 96 leaks stand for all: their ends count for half a step too much
        assert found[name] == pytest.approx(probability, rel=0.06), name


def test_while_a_flow_is_followed_another_change_of_it_is_likelier() -> None:
    """A followed flow changes a dozen times a day, so the odds of a loss against a step rise by that over the prior."""
    lay = lookout.begin(ONE).air.layout
    empty = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, (lay.bias(0),))
    a, b, began = empty.a.copy(), empty.b.copy(), empty.began.copy()
    b[[score.LOSS, score.STEP], 0] = 4e12, 1e9
    a[[score.LOSS, score.STEP], 0] = 4.0 * np.sqrt(b[[score.LOSS, score.STEP], 0])
    began[0] = T0
    memory = replace(empty, a=a, b=b, began=began, clock=np.array([1.0, 1.0, -np.inf]))
    plain = verdict.weigh(memory, SETTING_CALM, T0 + 600.0).probability
    followed = verdict.weigh(memory, replace(SETTING_CALM, following=1e-6), T0 + 600.0).probability
    for name in ("leak", "supply"):
        odds = followed[name] / followed["step"] / (plain[name] / plain["step"])
        assert odds == pytest.approx(12.0 / PER_DAY[name])


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
    q = verdict.LEAK_KG_DAY[0] * np.geomspace(1.0, 4e3, 2_000) / DAY_S / MASS_KG
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
    crew_sd = 1.25 * 1e-5 / MASS_KG
    flow = np.linspace(-8.0 * crew_sd, 8.0 * crew_sd, 400_001)
    weight = np.exp(-0.5 * (flow / crew_sd) ** 2) / np.sqrt(2.0 * np.pi) / crew_sd
    as_crew = np.trapezoid(np.exp(-0.5 * ((flow - loss) / sd) ** 2) * weight, flow)
    odds = as_leak / as_crew / 365.25 / 0.3
    assert leak == pytest.approx(odds / (1.0 + odds), rel=0.02)
    assert leak + aside[0].probability == pytest.approx(1.0)


@pytest.mark.parametrize("started", ["from the beginning", "anew just before"])
def test_a_leak_read_twice_an_hour_is_no_chain_of_steps(started: str) -> None:
    """A flow that began since the last reading explains the next one as well as a step does; the one after tells."""
    every = 1800
    shown = {name: value[::every] for name, value in leaking(THREE, 7, 12.0, 100.0).items()}
    times = seconds(12 * HOUR)[::every]
    whole = frames(THREE, times, shown)
    last = int(np.flatnonzero(times - T0 < ONSET_S)[-1]) + 1  # readings before the hole
    begun, _, _ = lookout.hear(lookout.begin(THREE), cut(whole, 0, last))
    if started == "anew just before":
        begun = replace(begun, score=score.restart(begun.score))
    _, found = lookout.watch(THREE, cut(whole, last, times.size), begun=begun)
    assert found is not None
    assert found.kind == "leak_onset"
    assert found.time_s - T0 - ONSET_S < 3 * every
