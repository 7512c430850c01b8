"""Probabilities of every explanation: priors times integrals over onset and size."""

from collections.abc import Callable
from dataclasses import replace

import lookout
import numpy as np
import pytest
from calm_worlds import DAY_S, MASS_KG, ONE, TWO
from hypothesis import given, settings
from hypothesis import strategies as st
from one_room import T0

from hullwatch.detection import priors, score, verdict
from hullwatch.detection.aside import set_aside
from hullwatch.records import Floats
from hullwatch.units import MMHG_PA

SETTING_CALM = priors.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 0.0)


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
    setting = priors.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1", "P2"), 1e-7 * follows)
    weighed = verdict.weigh(memory, setting, float(began[held - 1]) + 10.0)
    values = np.array(list(weighed.probability.values()))
    assert ((values >= 0.0) & (values <= 1.0)).all()
    assert values.sum() <= 1.0 + 1e-9
    aside = set_aside(weighed.probability, setting, "leak", 1e-6)
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
    setting = priors.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 0.0, shown=True)
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
    setting = priors.Setting(MASS_KG, 295.0, 101_325.0, 0.06, 1e-5, ("P1",), 0.0, shown=shown, expected_kg=expected_kg)
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
