"""When did the rate change? All dates, all kinds and any number of changes, weighed together.

A change is a shock to the model of `models.slow_air`: to the rate (a new site, a patch), to the mass (gas added or let
go and not logged), or to one reading. One pass of the smoother gives the evidence for every kind at every date, with
the other changes in place; drawing each change anew from that, again and again, draws whole histories from their
posterior (Gibbs sampling over a set of shocks, the sizes integrated out).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.estimators.change import log_evidence_normal
from hullwatch.estimators.smoother import backward, draw, forward
from hullwatch.models.slow_air import (
    BAD_READING,
    LOSS,
    MASS,
    MASS_STEP,
    RATE_CHANGE,
    SlowNoise,
    SlowRecord,
    System,
    slow_system,
)
from hullwatch.records import Floats

PER_YEAR = (1.0, 1.0, 0.5)
"""How often the rate changes, gas goes or comes unlogged, a reading is bad [c]."""
RATE_SD = (0.1, 0.4, 1.6)
"""Sizes of a change of rate, kg/day of air, 1 sigma, equally probable [c]: history holds changes of 0.1 to 1 kg/day."""
MASS_SD = (1.0, 4.0, 16.0)
"""Sizes of an unlogged step, kg [c]."""
BAD_SD = (5.0, 20.0, 80.0)
"""Sizes of a bad reading, in units of an ordinary one's noise [c]."""
MOST = 30
"""Most changes held at once."""


@dataclass(frozen=True, slots=True)
class Change:
    """A shock: its kind, the reading before which it enters, and the standard deviation of its size."""

    kind: int
    row: int
    sd: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One history from the posterior: its changes and its states (k, 4)."""

    changes: tuple[Change, ...]
    states: Floats


def shocked(base: System, changes: tuple[Change, ...]) -> tuple[Floats, Floats]:
    """Process noise and reading noise with the changes allowed for."""
    q, r = base.q.copy(), base.r.copy()
    for change in changes:
        if change.kind == BAD_READING:
            r[change.row] += change.sd**2
        else:
            place = LOSS if change.kind == RATE_CHANGE else MASS
            q[change.row, place, place] += change.sd**2
    return q, r


def log_likelihood(base: System, changes: tuple[Change, ...] = ()) -> float:
    """Of all readings, with the sizes of the changes integrated out."""
    q, r = shocked(base, changes)
    return forward(base.start, base.spread, base.f, q, base.moved, base.h, base.z, r)[5]


def weights(base: System, changes: tuple[Change, ...], noise: SlowNoise, share: float) -> Floats:
    """Log posterior odds of one more change, (kind, size, row), against none."""
    q, r = shocked(base, changes)
    _, _, nu, s, gain, _ = forward(base.start, base.spread, base.f, q, base.moved, base.h, base.z, r)
    adjoint, information, blame, worth = backward(base.f, base.h, base.z, nu, s, gain)
    gap = np.diff(base.time_day, prepend=base.time_day[0])
    masses = base.is_rate == 0
    out = np.full((3, 3, base.z.size), -np.inf)
    ordinary = np.where(masses, np.hypot(noise.reading_kg, noise.heat_kg), np.sqrt(base.r))
    for j in range(3):
        sizes = (np.full(base.z.size, RATE_SD[j] * share), np.full(base.z.size, MASS_SD[j]), BAD_SD[j] * ordinary)
        sums = ((adjoint[:, LOSS], information[:, LOSS, LOSS]), (adjoint[:, MASS], information[:, MASS, MASS]),
                (blame, worth))  # fmt: skip
        for kind, (a, b) in enumerate(sums):
            each = log_evidence_normal(a, np.maximum(b, 0.0), sizes[kind])
            # a bad reading is as likely as there are readings; the others as there is time
            share_of_year = np.full(gap.size, 1.0 / max(gap.size, 1)) if kind == BAD_READING else gap / _span(base)
            with np.errstate(divide="ignore"):
                out[kind, j] = each + np.log(PER_YEAR[kind] * _span(base) / 365.25 * share_of_year / 3.0)
    out[MASS_STEP, :, ~masses] = -np.inf
    out[:, :, 0] = -np.inf
    return out


def size_of(base: System, kind: int, j: int, row: int, noise: SlowNoise, share: float) -> float:
    """The standard deviation behind a place in `weights`."""
    if kind == RATE_CHANGE:
        return RATE_SD[j] * share
    if kind == MASS_STEP:
        return MASS_SD[j]
    ordinary = np.sqrt(base.r[row]) if base.is_rate[row] else np.hypot(noise.reading_kg, noise.heat_kg)
    return float(BAD_SD[j] * ordinary)


def likeliest(base: System, noise: SlowNoise, share: float, start: tuple[Change, ...] = ()) -> tuple[Change, ...]:
    """The changes found one after the other, each moved to its best place among the others; where sampling starts."""
    changes = start
    while len(changes) < MOST:
        odds = weights(base, changes, noise, share)
        kind, j, row = (int(i) for i in np.unravel_index(int(np.argmax(odds)), odds.shape))
        if odds[kind, j, row] < 0.0:
            break
        changes = (*changes, Change(kind, row, size_of(base, kind, j, row, noise, share)))
    for change in changes:
        others = tuple(c for c in changes if c is not change)
        odds = weights(base, others, noise, share)
        kind, j, row = (int(i) for i in np.unravel_index(int(np.argmax(odds)), odds.shape))
        # what no date supports, summed over dates, goes
        if np.logaddexp.reduce(odds[change.kind].ravel()) < 0.0:
            changes = others
        elif odds[kind, j, row] > 0.0:
            changes = (*others, Change(kind, row, size_of(base, kind, j, row, noise, share)))
    return changes


def sample(
    base: System, noise: SlowNoise, share: float, start: tuple[Change, ...], sweeps: int, rng: np.random.Generator,
    step: Callable[[], None] = lambda: None,
) -> list[Sample]:  # fmt: skip
    """Histories from the posterior, the first fifth of the sweeps left out.

    Holds for : at most MOST changes. Source : Gibbs sampling, slots that are empty or hold one change; compared with
    enumeration in tests/trend/test_changes.py.
    """
    slots: list[Change | None] = [*start, *[None] * (MOST - len(start))]
    odds: Floats | None = None  # for an empty slot they stay good until something moves
    samples = []
    for sweep in range(sweeps):
        for i in rng.permutation(MOST):
            held = slots[i]
            others = tuple(c for c in slots if c is not None and c is not held)
            if held is not None or odds is None:
                odds = weights(base, others, noise, share)
            slots[i] = _drawn(base, odds, MOST - len(others), noise, share, rng)
            if slots[i] is not None:
                odds = None
        if sweep >= sweeps // 5:
            changes = tuple(c for c in slots if c is not None)
            q, r = shocked(base, changes)
            states = draw(base.start, base.spread, base.f, q, base.moved, base.h, base.z, r, rng)
            samples.append(Sample(changes, states))
        step()
    return samples


def _drawn(
    base: System, odds: Floats, free: int, noise: SlowNoise, share: float, rng: np.random.Generator
) -> Change | None:
    """A slot's new content: empty, or a change; slots are alike, so each of the free ones has its part of the odds."""
    flat = odds.ravel() - np.log(free)
    top = max(float(flat.max()), 0.0)
    weight = np.exp(flat - top)
    total = float(weight.sum()) + np.exp(-top)
    at = int(np.searchsorted(np.cumsum(weight), rng.uniform() * total))
    if at >= flat.size:
        return None
    kind, j, row = (int(i) for i in np.unravel_index(at, odds.shape))
    return Change(kind, row, size_of(base, kind, j, row, noise, share))


def _span(base: System) -> float:
    return max(float(base.time_day[-1] - base.time_day[0]), 1.0)


def learned(record: SlowRecord, noise: SlowNoise, rounds: int = 3) -> tuple[SlowNoise, tuple[Change, ...]]:
    """Noise levels that make the readings most probable, and the changes found on the way.

    Priors are wide: a factor of 3 either way, 1 sigma. A record without masses teaches nothing about them.
    """
    if not np.isfinite(record.mass_kg).any():
        base = slow_system(record, noise)
        return noise, likeliest(base, noise, record.share)
    first = noise
    changes: tuple[Change, ...] = ()
    for _ in range(rounds):
        noise = _climbed(record, first, noise, changes)
        base = slow_system(record, noise)
        changes = likeliest(base, noise, record.share)
    return noise, changes


def _climbed(record: SlowRecord, first: SlowNoise, noise: SlowNoise, changes: tuple[Change, ...]) -> SlowNoise:
    """One level after the other, up or down by a shrinking factor while it helps."""

    def score(tried: SlowNoise) -> float:
        pull = sum(
            (np.log(getattr(tried, name) / getattr(first, name)) / np.log(3.0)) ** 2
            for name in ("heat_kg", "walk_kg", "reading_kg")
        )
        return log_likelihood(slow_system(record, tried), changes) - 0.5 * float(pull)

    best = score(noise)
    factor = 2.0
    while factor > 1.1:
        moved = False
        for name in ("heat_kg", "walk_kg", "reading_kg"):
            for by in (factor, 1.0 / factor):
                tried = replace(noise, **{name: getattr(noise, name) * by})
                value = score(tried)
                if value > best + 1e-3:
                    noise, best, moved = tried, value, True
                    break
        if not moved:
            factor = factor**0.5
    return noise
