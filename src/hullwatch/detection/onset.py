"""When a change began, and how large it then is: the posterior over onsets, those between two readings among them.

A gauge that speaks every 20 s, or when its code changes, leaves the onset of a leak between two of its readings, and a
minute later that alone would be a third of the rate. What a flow does grows evenly with its age, so the sums of the
two candidates around tell every onset between them (`change.between`).
"""

from dataclasses import dataclass

import numpy as np

from hullwatch.detection import score
from hullwatch.estimators import change
from hullwatch.records import Floats, Interval, Ints

PARTS = 8
"""Into so many parts the time between two candidates is divided."""
PLAIN = 4.0
"""Sigmas from which on the likelihood of the rate is narrow against the steps of any grid of rates."""
YOUNG = 3
"""So many of the youngest candidates tell how far apart readings come."""
SHORTEST_S = 1e-3  # of a span that a candidate stands for


@dataclass(frozen=True, slots=True)
class Onsets:
    """When a change of one kind may have begun, axes (node,): each node stands for one span of time."""

    border: Floats  # (node + 1,) where the spans meet
    a: Floats
    b: Floats
    later: Ints  # the candidate at or after it
    share: Floats  # of the way back to the candidate before


@dataclass(frozen=True, slots=True)
class Mixture:
    """For each onset of one kind of change, axes (node,): how likely it is, and how large the change then is."""

    weight: Floats  # sums to one
    amount: Floats
    variance: Floats
    along: Floats  # (node, n) what a unit change since then adds to the states
    within: float  # variance of a flow because it may have begun anywhere in a node's span, not in its middle only


def fills(memory: score.ScoreMemory) -> tuple[int, ...]:
    """Rows of gas that comes: as air, and where an analyser tells them apart as oxygen or nitrogen."""
    return (score.LOSS, memory.exchange, memory.exchange + 1) if memory.nitrogen else (score.LOSS,)


def onsets(memory: score.ScoreMemory, row: int) -> Onsets:
    """A flow may have begun at any time between two candidates; all else at the candidates, as far as is known."""
    held = memory.held
    began, a, b = memory.began[:held], memory.a[row, :held], memory.b[row, :held]
    if row not in fills(memory) or held < 2:
        return Onsets(borders(began), a, b, np.arange(held), np.zeros(held))
    share = 1.0 - (np.arange(PARTS) + 0.5) / PARTS
    one, two = change.between(a, b, memory.c[row, :held], share)
    border = began[:-1, None] + np.diff(began)[:, None] * np.arange(PARTS) / PARTS
    later = np.repeat(np.arange(1, held), PARTS)
    return Onsets(np.append(border.ravel(), began[-1]), one.ravel(), two.ravel(), later, np.tile(share, held - 1))


def mixture(memory: score.ScoreMemory, row: int, sign: int, now_s: float) -> Mixture:
    """Posterior over the onsets of one kind of change, positive, negative or (0) either."""
    nodes = onsets(memory, row)
    told = (nodes.b > 0.0) & ((nodes.a * sign > 0.0) if sign else True)
    variance = 1.0 / np.where(told, nodes.b, 1.0)
    amount = np.where(told, nodes.a * variance, 0.0)
    span = np.maximum(np.diff(nodes.border), SHORTEST_S)
    # flat in onset and in the amplitude's logarithm, as the kinds' own priors nearly are
    log_weight = np.where(told, 0.5 * nodes.a * amount + 0.5 * np.log(variance), -np.inf)
    log_weight += np.log(span) - np.log(np.abs(amount) + 1e-300)
    weight = np.exp(log_weight - np.logaddexp.reduce(log_weight))
    along = memory.d[row, nodes.later]
    if nodes.share.any():
        along = along + nodes.share[:, None] * (memory.d[row, nodes.later - 1] - along)
    age = np.maximum(now_s - 0.5 * (nodes.border[1:] + nodes.border[:-1]), span)
    within = float(weight @ (amount * span / age) ** 2) / 12.0 if row in fills(memory) else 0.0
    return Mixture(weight, amount, variance, along, within)


def loss_began(memory: score.ScoreMemory, rates: Floats) -> Interval:
    """When a loss began, whatever its rate: flat in onset and over these rates (m,), even steps of the logarithm."""
    nodes = onsets(memory, score.LOSS)
    log_weight = _any_rate(nodes.a, nodes.b, rates) + np.log(np.maximum(np.diff(nodes.border), SHORTEST_S))
    share = np.append(0.0, np.cumsum(np.exp(log_weight - log_weight.max())))
    # what a frame shows came about at some moment since the one a tick before
    before = change.TICK_S * (np.arange(PARTS) + 0.5) / PARTS
    time_s = np.unique(nodes.border - before[:, None])
    upto = np.mean([np.interp(time_s + shift, nodes.border, share) for shift in before], axis=0)
    low, median, high = np.interp(np.array([0.05, 0.5, 0.95]) * share[-1], upto, time_s)
    return Interval(float(median), float(low), float(high))


def _any_rate(a: Floats, b: Floats, rates: Floats) -> Floats:
    """Log-likelihood ratio per onset, integrated over the logarithm of the rate.

    A rate known to a few per cent would fall between two of a grid: then the normal curve's own integral is taken.
    """
    z = a / np.sqrt(np.where(b > 0.0, b, np.inf))
    plain = z > PLAIN
    found = np.empty(a.size)
    found[plain] = 0.5 * z[plain] ** 2 + 0.5 * np.log(2.0 * np.pi) - np.log(z[plain])
    if not plain.all():
        step = float(np.log(rates[1] / rates[0]))
        found[~plain] = change.log_sum(change.log_evidence_grid(a[~plain], b[~plain], rates)) + np.log(step)
    return found


def readings_apart(memory: score.ScoreMemory) -> float:
    """How far apart readings come, s: the youngest candidates are not thinned out, one a reading or a tick."""
    young = memory.began[max(memory.held - YOUNG, 0) : memory.held]
    return float(np.diff(young).min()) if young.size > 1 else 0.0


def cells(began: Floats) -> Floats:
    """Span of time each candidate stands for: half-way to its neighbours."""
    return np.asarray(np.diff(borders(began)))


def borders(began: Floats) -> Floats:
    """Where the spans of the candidates meet, (held + 1,), in order of time as the candidates are."""
    if began.size < 2:
        return np.concatenate([began - 0.5 * change.TICK_S, began + 0.5 * change.TICK_S])
    between = 0.5 * (began[1:] + began[:-1])
    return np.concatenate([began[:1], between, began[-1:]])
