"""Of everything that could have made the readings do this, what is it? Each explanation in `priors` is weighed.

Each has a rate at which such things begin and a spread of sizes; its evidence is the likelihood ratio of the candidates
in score memory, averaged over onset and size (`weigh`). The probabilities are posterior: they sum to one over all
explanations and "nothing happened".
"""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.detection import priors, score
from hullwatch.detection.aside import believed, family, set_aside
from hullwatch.detection.onset import borders, cells, fills, loss_began, mixture, readings_apart
from hullwatch.detection.priors import LEAK_KG_DAY, Setting
from hullwatch.estimators import change
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.records import Detection, Floats, Interval, SetAside
from hullwatch.units import DAY_S

SURE = 0.95
"""Posterior that an explanation needs before it is said."""
STEP_OVER = 3.0
"""Log-likelihood ratio by which a step must beat a flow: by the readings since, not by what is usual."""
GAS_STEPS = frozenset({"step", "small step"})
TELL_APART_S, SETTLED_S = 3600.0, 286.0
"""In this time other gauges have told whose step it was, if they ever will; and in this one, twice the 143 s of walls,
most transfers are over and the gas that is left is warm again [c]."""
UNLUCKY, REPORTABLE_WITHIN = 1.645, 1.02
"""Sigmas by which the readings of a leak fall short in one case of twenty; how exactly the smallest leak is sought."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Posterior probability of each explanation; of a loss its largest log-likelihood ratio."""

    probability: dict[str, float]
    log_ratio: float
    log_evidence: dict[str, float]  # of each with its prior, against nothing


def weigh(memory: score.ScoreMemory, setting: Setting, now_s: float) -> Weighed:
    """Weigh all explanations against each other and against nothing."""
    held = memory.held
    a, b, began = memory.a[:, :held], memory.b[:, :held], memory.began[:held]
    cell = np.log(np.maximum(cells(began), 1.0) / DAY_S)
    loss = score.LOSS
    rates = LEAK_KG_DAY / DAY_S / setting.mass_kg
    grid = change.log_evidence_grid(a[loss], b[loss], rates)
    leak = change.log_sum(grid) - np.log(rates.size)
    age = np.maximum(now_s - borders(began)[1:], 0.0)  # at least: it may have begun last in the span
    over = (
        grid
        - age[:, None] / (priors.RETURN_S if setting.expected_kg else priors.TRANSFER_S)
        - priors.too_much(setting, np.outer(age, rates))
    )
    exchange = memory.exchange
    fill = np.logaddexp.reduce(
        [change.log_sum(change.log_evidence_grid(a[row], b[row], -rates)) for row in fills(memory)]
    ) - np.log(rates.size * len(fills(memory)))
    per_onset = {
        "leak": leak,
        "heat": change.log_evidence_normal(a[score.UPSET], b[score.UPSET], priors.UPSET_SIGMAS * priors.drive(setting)),
        "unmetered flow": change.log_evidence_normal(a[exchange], b[exchange], priors.unmetered(setting)),
        "supply": fill + np.log(priors.UNSEEN if setting.shown and setting.following == 0.0 else 1.0),
        "transfer": change.log_sum(over) - np.log(rates.size) + np.log(priors.transfers(setting)),
        "step": change.log_evidence_normal(a[score.STEP], b[score.STEP], priors.STEP_RELATIVE),
        "small step": change.log_evidence_normal(a[score.STEP], b[score.STEP], priors.SMALL_STEP_RELATIVE),
    }
    for s, name in enumerate(setting.sensors):
        drift, jump = score.SENSOR_DRIFT + 2 * s, score.SENSOR_STEP + 2 * s
        per_onset[f"sensor drift {name}"] = change.log_evidence_normal(
            a[drift], b[drift], priors.DRIFT_PA_DAY / DAY_S / setting.pressure_pa
        )
        per_onset[f"sensor step {name}"] = change.log_evidence_normal(
            a[jump], b[jump], priors.SENSOR_STEP_PA / setting.pressure_pa
        )
    names = tuple(per_onset)
    begins = priors.BEGIN_PER_DAY | (priors.FOLLOWED_PER_DAY if setting.following != 0.0 else {})
    total = np.array([np.logaddexp.reduce(per_onset[n] + cell) + np.log(begins[family(n)]) for n in names])
    everything = float(np.logaddexp.reduce(np.append(total, 0.0)))
    probability = {n: float(np.exp(t - everything)) for n, t in zip(names, total, strict=True)}
    top = change.best(memory.a[loss], memory.b[loss], held, 1)[0]
    return Weighed(probability, top, dict(zip(names, total.tolist(), strict=True)))


def decide(
    memory: score.ScoreMemory, setting: Setting, group: int, now_s: float, leak_sure: float, other_h: float
) -> Detection | None:
    """The change that may be said now, or None: too early to tell one explanation from another."""
    weighed = weigh(memory, setting, now_s)
    name = max(weighed.probability, key=lambda n: weighed.probability[n])
    held = memory.held
    change_of = _change(name, memory, setting)
    if change_of is None:
        return None  # heat or an unmetered flow: no event, the filter follows it
    kind, sign, row = change_of
    top, place = change.best(memory.a[row], memory.b[row], held, sign)
    began = memory.began[:held]
    if place < 0 or (name != "leak" and top < other_h):
        return None
    needed = leak_sure if name == "leak" and setting.following == 0.0 else SURE
    if _certainty(weighed, name, readings_apart(memory), now_s - float(began[place])) < needed:
        return None
    if _not_worth(kind, memory, setting, row, place, now_s):
        return None
    if kind == "leak_onset" and has_ended(memory, now_s):
        return None
    if kind in ("leak_onset", "rate_rise"):
        onset = loss_began(memory, LEAK_KG_DAY / DAY_S / setting.mass_kg)
    else:
        half = cells(began)[place]
        onset = Interval(float(began[place]), float(began[place] - half), float(min(began[place] + half, now_s)))
    size = _size(memory, row, kind, setting, now_s)
    amount = size.median / (setting.pressure_pa if name.startswith("sensor") else setting.mass_kg)
    return Detection(
        kind=kind,
        group=group,
        time_s=now_s,
        onset_s=onset,
        log_ratio=top,
        probability=believed(weighed.probability, name),
        size=size,
        channel=name.split()[-1] if name.startswith("sensor") else None,
        set_aside=set_aside(weighed.probability, setting, name, amount),
    )


def _certainty(weighed: Weighed, name: str, apart_s: float, age_s: float) -> float:
    """Probability of what would be said, with that of all else that comes to the same and that nothing will tell apart.

    A lone gauge cannot tell a step of the gas from one of its own. Where its readings are so far apart that any
    transfer is a step, the likelier is said once others would have told, and the other is set aside; else it would stay
    unsaid, until the onset is forgotten and all that is left of it looks like a leak.
    """
    alike = {name}
    steps = name in GAS_STEPS or name.startswith("sensor step")
    if steps and apart_s >= SETTLED_S and age_s >= TELL_APART_S:
        alike |= GAS_STEPS | {other for other in weighed.probability if other.startswith("sensor step")}
    return sum(weighed.probability[other] for other in alike)


def _change(name: str, memory: score.ScoreMemory, setting: Setting) -> tuple[str, int, int] | None:
    """What an explanation says has changed, in which direction, and the row of sums that tells how much."""
    follows = setting.following != 0.0
    if name == "leak":
        return ("rate_rise" if follows else "leak_onset"), 1, score.LOSS
    if name == "supply":
        return ("rate_fall", -1, score.LOSS) if follows else ("supply_onset", -1, _fill_row(memory))
    if name in ("step", "small step"):
        return "step", 0, score.STEP
    if name.startswith("sensor"):
        drift = name.startswith("sensor drift")
        row = score.SENSOR_DRIFT + 2 * setting.sensors.index(name.split()[-1])
        return ("sensor_drift", 0, row) if drift else ("sensor_step", 0, row + 1)
    return None


def _not_worth(kind: str, memory: score.ScoreMemory, setting: Setting, row: int, place: int, now_s: float) -> bool:
    """Whether a change at this onset is too small to be said, or not yet to be told from one that goes on."""
    top, amount = change.best(memory.a[row], memory.b[row], memory.held, 0)[0], abs(_rate(memory, row, place))
    if kind == "step":
        # a fall that has not been seen to end may go on; many small steps, each explained away, would hide a leak
        goes_on = change.best(memory.a[score.LOSS], memory.b[score.LOSS], memory.held, 0)[0] + STEP_OVER
        return top < goes_on or amount < priors.SMALL_STEP_RELATIVE
    if kind.startswith("sensor") and setting.quantum:
        lasted = max(now_s - float(memory.began[place]), 0.0) if kind == "sensor_drift" else 1.0
        return amount * lasted < setting.quantum[(row - score.SENSOR_DRIFT) // 2]  # no more than its rounding
    return False


def reportable_kg_s(memory: score.ScoreMemory, setting: Setting, now_s: float, leak_sure: float) -> float | None:
    """Smallest leak since the oldest candidate onset that 19 times in 20 would be said by now; None if none would.

    The evidence such a leak would have gathered is put in the place of what was gathered, and weighed the same way.
    """
    held, sums = memory.held, np.zeros_like(memory.a)
    if not held or memory.b[score.LOSS, :held].max() <= 0.0:
        return None
    oldest = int(np.argmin(memory.began[:held]))
    information = memory.b[score.LOSS, oldest]

    def said(rate_kg_s: float) -> bool:
        expected = rate_kg_s / setting.mass_kg * information
        # people and machines move the gauges alike and the analysers not at all: all that they could do of it
        sums[memory.exchange, oldest] = rate_kg_s / setting.mass_kg * memory.b[memory.exchange, oldest]
        sums[score.LOSS, oldest] = expected - UNLUCKY * float(np.sqrt(information))
        return weigh(replace(memory, a=sums), setting, now_s).probability["leak"] >= leak_sure

    low, high = (float(rate) / DAY_S for rate in LEAK_KG_DAY[[0, -1]])
    if not said(high):
        return None
    while high > REPORTABLE_WITHIN * low:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if said(middle) else (middle, high)
    return high


def has_ended(memory: score.ScoreMemory, now_s: float) -> bool:
    """Whether the later half of a loss speaks against it: what took gas for a while and stopped is no leak.

    The filter follows a fall with a lag, so a loss that goes on surprises it downwards still, one that ended upwards.
    """
    place = change.best(memory.a[score.LOSS], memory.b[score.LOSS], memory.held, 1)[1]
    half = 0.5 * (memory.began[max(place, 0)] + now_s)
    late = int(np.argmin(np.abs(memory.began[: memory.held] - half)))
    return bool(late > place and memory.b[score.LOSS, late] > 0.0 and memory.a[score.LOSS, late] < 0.0)


def reconsider(
    memory: score.ScoreMemory, setting: Setting, now_s: float
) -> tuple[Interval, float, tuple[SetAside, ...]]:
    """Onset, probability and set-aside list of a leak already found, from evidence gathered without believing it."""
    weighed = weigh(memory, setting, now_s)
    place = change.best(memory.a[score.LOSS], memory.b[score.LOSS], memory.held, 1)[1]
    onset = loss_began(memory, LEAK_KG_DAY / DAY_S / setting.mass_kg)
    aside = set_aside(weighed.probability, setting, "leak", _rate(memory, score.LOSS, max(place, 0)))
    return onset, weighed.probability["leak"], aside


def correction(
    memory: score.ScoreMemory, detection: Detection, sensors: tuple[str, ...]
) -> tuple[Floats, Floats, float]:
    """How to correct the filter for an accepted change: shift (n,), its covariance (n, n), and the mean amplitude.

    Every onset the change may have had takes part by its posterior weight, so that doubt about when becomes doubt about
    how much (moments of the mixture).
    """
    row = _row(memory, detection, sensors)
    found = mixture(memory, row, _SIGN.get(detection.kind, 0), detection.time_s)
    shifts = found.amount[:, None] * found.along
    mean = found.weight @ shifts
    spread = shifts - mean
    covariance = np.einsum("k,ki,kj->ij", found.weight * found.variance, found.along, found.along) + np.einsum(
        "k,ki,kj->ij", found.weight, spread, spread
    )
    if row in fills(memory):
        if row != score.LOSS:  # gas that comes is followed as one flow, whatever gas it is
            fold = np.eye(mean.size)
            fold[[score.FLOW_STATE, score.UNMETERED_STATE], score.UNMETERED_STATE] = 1.0, 0.0
            mean, covariance = fold @ mean, fold @ covariance @ fold.T
        # what has gone by now is seen; how fast it goes hangs on when within the span it began
        covariance[score.FLOW_STATE, score.FLOW_STATE] += found.within
    return mean, covariance, float(found.weight @ found.amount)


def _fill_row(memory: score.ScoreMemory) -> int:
    """What gas that comes most likely is."""
    return max(fills(memory), key=lambda row: change.best(memory.a[row], memory.b[row], memory.held, -1)[0])


_SIGN = {"leak_onset": 1, "rate_rise": 1, "supply_onset": -1, "rate_fall": -1}


def _row(memory: score.ScoreMemory, detection: Detection, sensors: tuple[str, ...]) -> int:
    if detection.kind == "step":
        return score.STEP
    if detection.channel is not None:
        return score.SENSOR_DRIFT + 2 * sensors.index(detection.channel) + (detection.kind == "sensor_step")
    return _fill_row(memory) if detection.kind == "supply_onset" else score.LOSS


def _rate(memory: score.ScoreMemory, row: int, place: int) -> float:
    return float(memory.a[row, place] / memory.b[row, place])


def _size(memory: score.ScoreMemory, row: int, kind: str, setting: Setting, now_s: float) -> Interval:
    """Amplitude with 90 % interval: kg/s for flows, kg for steps, Pa or Pa/s for sensors."""
    found = mixture(memory, row, _SIGN.get(kind, 0), now_s)
    middle = float(found.weight @ found.amount)
    spread = found.weight @ (found.variance + (found.amount - middle) ** 2)
    sd = float(np.sqrt(spread + found.within))
    scale = setting.pressure_pa if kind.startswith("sensor") else setting.mass_kg
    return Interval(middle, middle - SIGMAS_90 * sd, middle + SIGMAS_90 * sd).scaled(scale)
