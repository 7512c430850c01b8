"""Gas that went or came for a while: what a step that was found really took, and what a suspicion let go may have been.

A transfer of some minutes is a row of small steps, all alike, from one onset to another; one that took no time is a
single step. With the sums that the change statistic keeps of steps,

    a = sum w_k a_k        b = sum w_k w_l c_kl        c_kl = sqrt(b_k b_l) times the correlations of neighbours between

where w is flat over the time it took. Neighbours' sums c are known; between onsets further apart correlation is taken
to fade from each to the next (first-order Markov).
"""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.detection import priors, score, verdict
from hullwatch.detection.aside import set_aside
from hullwatch.detection.onset import cells, readings_apart
from hullwatch.estimators import change
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.records import Detection, Floats, Interval, Ints
from hullwatch.units import DAY_S

LASTS_AT_MOST_S = 1800.0
"""Longest transfer looked for: what takes longer is found as a flow that began and ended."""
LIKELIER = 0.5
"""Probability from which on it is said that gas went."""
UNLIKE, COOLED = 0.3, 0.12
"""How far the amount may be off, relative, one standard deviation [c]. Of a transfer seen to take its time: its steps
are not as alike as is supposed, and gas that is left has cooled. Of a step looked at again within minutes: it has
cooled only, by nothing to two fifths of what went."""
WENT = ("leak", "transfer", "step", "small step")
"""Explanations by which gas went or still goes; what is let go is one that ended, or none of these."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What is said, if it can be sized, and how to correct the filter that did not know."""

    said: Detection | None
    moved: Floats  # (n,) shift of its mean
    covariance: Floats  # (n, n) and what to add to its covariance
    amount: float  # gas that came, or below zero went, as a change of the logarithm of mass


def passed(memory: score.ScoreMemory, setting: priors.Setting, group: int, now_s: float) -> Passed | None:
    """What became of a suspected leak, by the memory of a filter that never believed in it; None if it was heat.

    Gas went if a transfer that ended is likelier than all but gas that goes on. If what seems to have gone is more than
    heat ever brings about (priors.UPSET_SIGMAS), but no transfer seen here explains it, so much doubt is added.
    """
    if not (memory.b[score.STEP, : memory.held] > 0.0).any():
        return None
    every = _transfers(memory)
    log_weight = _log_weight(memory, setting, every, -1.0, 0.0)
    shares = _shares(float(np.logaddexp.reduce(log_weight)), verdict.weigh(memory, setting, now_s))
    if shares["transfer"] < LIKELIER:
        return _in_doubt(memory, setting, now_s)
    gone = _moved(memory, every, log_weight, setting, group, now_s, shares["transfer"])
    if gone.said is None:
        return gone
    aside = set_aside(shares, setting, "transfer", gone.amount)
    return replace(gone, said=replace(gone.said, set_aside=aside))


def stepped(memory: score.ScoreMemory, setting: priors.Setting, found: Detection) -> Passed:
    """A step that was found, by all the times it may have taken."""
    every = _transfers(memory)
    sign = float(np.sign(found.size.median))
    log_weight = _log_weight(memory, setting, every, sign, priors.BEGIN_PER_DAY["step"])
    sized = _moved(memory, every, log_weight, setting, found.group, found.time_s, found.probability)
    if sized.said is None:
        raise AssertionError("a step that was found has a size")
    aside = replace(sized.said, log_ratio=found.log_ratio, set_aside=found.set_aside)
    return replace(sized, said=aside)


def _shares(went: float, weighed: verdict.Weighed) -> dict[str, float]:
    """Probability of all but gas that goes on; `went`: logarithm of the evidence that some went for a while."""
    log = {name: log for name, log in weighed.log_evidence.items() if name not in WENT}
    log |= {"transfer": went, "nothing": 0.0}
    everything = float(np.logaddexp.reduce(list(log.values())))
    return {name: float(np.exp(one - everything)) for name, one in log.items()}


def _moved(
    memory: score.ScoreMemory, every: "_Transfers", log_weight: Floats, setting: priors.Setting, group: int,
    now_s: float, probability: float,
) -> Passed:  # fmt: skip
    """The step to tell of, and the correction: moments of the mixture of every transfer there may have been."""
    share = np.exp(log_weight - np.logaddexp.reduce(log_weight))
    fits = every.b > 0.0
    variance = 1.0 / np.where(fits, every.b, 1.0)
    amount = np.where(fits, every.a, 0.0) * variance
    along = every.weight @ memory.d[score.STEP, : memory.held]
    shifts = amount[:, None] * along
    moved = share @ shifts
    spread = shifts - moved
    covariance = np.einsum("k,ki,kj->ij", share * variance, along, along) + spread.T @ (share[:, None] * spread)
    total = float(share @ amount)
    unlike = _unlike(every, share, readings_apart(memory))
    wide = SIGMAS_90 * float(np.sqrt(share @ (variance + (amount - total) ** 2) + (unlike * total) ** 2))
    likeliest = int(np.argmax(log_weight))
    first, last = (float(memory.began[place[likeliest]]) for place in (every.first, every.last))
    if first == last:  # at once: some time in the span its onset stands for
        half = 0.5 * float(cells(memory.began[: memory.held])[every.first[likeliest]])
        began = Interval(first, first - 2.0 * half, min(first + 2.0 * half, now_s))
    else:
        began = Interval(first, first, last)
    top = float(0.5 * every.a[likeliest] ** 2 / every.b[likeliest])
    size = Interval(total, total - wide, total + wide).scaled(setting.mass_kg)
    took = _took(memory.began[: memory.held], every, share)
    said = Detection("step", group, now_s, began, top, probability, size, took_s=took)
    return Passed(said, moved, covariance + unlike**2 * np.outer(moved, moved), total)


def _took(began: Floats, every: "_Transfers", share: Floats) -> Interval:
    """How long it took. An onset stands for a span of time, so what began and ended in one of them or in two that meet
    may have taken no time or all of it."""
    span = np.maximum(cells(began), change.TICK_S)
    apart, doubt = began[every.last] - began[every.first], 0.5 * (span[every.first] + span[every.last])
    low = np.where(every.last - every.first > 1, np.maximum(apart - doubt, 0.0), 0.0)
    high = apart + doubt
    ends = ((0.5 * (low + high), 0.5), (low, 0.05), (high, 0.95))
    return Interval(*(_quantile(value, share, part) for value, part in ends))


def _quantile(value: Floats, share: Floats, part: float) -> float:
    order = np.argsort(value, kind="stable")
    upto = np.cumsum(share[order])
    return float(value[order[min(int(np.searchsorted(upto, part * upto[-1])), value.size - 1)]])


def _unlike(every: "_Transfers", share: Floats, apart_s: float) -> float:
    """How far the amount may be off, relative: by the steps being unlike, and by gas that has not warmed again."""
    at_once = min(float(share[every.first == every.last].sum()), 1.0)
    settled = min(apart_s / verdict.SETTLED_S, 1.0)
    return float(np.sqrt((1.0 - at_once) * UNLIKE**2 + at_once * (COOLED * (1.0 - settled)) ** 2))


@dataclass(frozen=True, slots=True)
class _Transfers:
    """Every transfer there may have been, axes (transfer,)."""

    first: Ints  # place of its first onset
    last: Ints
    weight: Floats  # (transfer, held) over the onsets of its steps
    a: Floats
    b: Floats


def _transfers(memory: score.ScoreMemory) -> _Transfers:
    held, row = memory.held, score.STEP
    a, b, c, began = memory.a[row, :held], memory.b[row, :held], memory.c[row, :held], memory.began[:held]
    beside = c[1:] / np.sqrt(np.maximum(b[1:] * b[:-1], 1e-300))
    faded = np.concatenate([[0.0], np.cumsum(np.log(np.clip(beside, 1e-6, 1.0)))])
    shared = np.sqrt(np.outer(b, b)) * np.exp(-np.abs(np.subtract.outer(faded, faded)))
    first, last = np.triu_indices(held)
    short = began[last] - began[first] <= LASTS_AT_MOST_S
    first, last = first[short], last[short]
    places = np.arange(held)
    cell = np.maximum(cells(began), change.TICK_S)
    weight = np.where((places >= first[:, None]) & (places <= last[:, None]), cell, 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    return _Transfers(first, last, weight, weight @ a, np.einsum("ki,ij,kj->k", weight, shared, weight))


def _log_weight(
    memory: score.ScoreMemory, setting: priors.Setting, every: _Transfers, sign: float, steps_per_day: float
) -> Floats:
    """Evidence of each with its prior: how often transfers begin, how long they last, how much they take.

    sign: below zero gas went, above it came. steps_per_day: of those that take no time besides.
    """
    began = memory.began[: memory.held]
    cell = np.maximum(cells(began), change.TICK_S)
    lasts = began[every.last] - began[every.first]
    ends = np.minimum(cell[every.last] / priors.TRANSFER_S, 1.0) * np.exp(-lasts / priors.TRANSFER_S)
    a_day = priors.BEGIN_PER_DAY["transfer"] * priors.transfers(setting)
    at_once = np.where(every.first == every.last, steps_per_day, 0.0)
    begins = np.log(cell[every.first] / DAY_S * (a_day * ends + at_once))
    fits = (every.a * sign > 0.0) & (every.b > 0.0)
    b = np.where(fits, every.b, 1.0)
    taken = np.where(fits, np.abs(every.a), 0.0) / b
    # the prior of what is taken, where the readings say how much; never more than one certain amount would have
    known = np.minimum(0.5 * np.log(2.0 * np.pi / b) - np.log(priors.transfer_relative(setting)), 0.0)
    found = 0.5 * taken**2 * b + known - priors.too_much(setting, taken) + begins
    return np.asarray(np.where(fits, found, -np.inf))


def _in_doubt(memory: score.ScoreMemory, setting: priors.Setting, now_s: float) -> Passed | None:
    """All that a loss since its likeliest onset would have taken by now may have gone, or none of it: mass may be wrong
    by it, heat as far, and what drives heat by what brings so much about in that time."""
    place = max(change.best(memory.a[score.LOSS], memory.b[score.LOSS], memory.held, 1)[1], 0)
    a, b, age_s = memory.a[score.LOSS, place], memory.b[score.LOSS, place], now_s - float(memory.began[place])
    amount = float(a / b * age_s) if b > 0.0 else 0.0
    if amount < priors.UPSET_SIGMAS * setting.heat_k / setting.temperature_k:
        return None
    doubt = np.zeros(memory.jump.shape[1])
    drives = amount * (1.0 + float(memory.relax_s[score.DRIVE_STATE]) / max(age_s, change.LOOK_S))
    doubt[[score.MASS_STATE, score.HEAT_STATE, score.DRIVE_STATE]] = amount, amount, drives
    return Passed(None, np.zeros_like(doubt), np.diag(doubt**2), -amount)
