"""Sampling over sets of changes against enumeration, and what it finds in worlds made by hand."""

import itertools

import numpy as np
import pytest
from slow_worlds import NOISE, steps, world

from hullwatch.models.slow_air import BAD_READING, LOSS, MASS_STEP, RATE_CHANGE, slow_system
from hullwatch.trend import changes as room
from hullwatch.trend.changes import Change, learned, likeliest, log_likelihood, sample, size_of, weights


def test_weights_are_the_gain_in_likelihood_and_the_prior() -> None:
    record = world(np.random.default_rng(1), steps((15, 0.3), (10, 0.9)))
    base = slow_system(record, NOISE)
    odds = weights(base, (), NOISE, 1.0)
    alone = log_likelihood(base)
    span = 24.0
    for kind, j, row in ((RATE_CHANGE, 1, 15), (MASS_STEP, 0, 7), (BAD_READING, 2, 20)):
        change = Change(kind, row, size_of(base, kind, j, row, NOISE, 1.0))
        often = room.PER_YEAR[kind] / 365.25 * (span / 25 if kind == BAD_READING else 1.0) / 3.0
        expected = log_likelihood(base, (change,)) - alone + np.log(often)
        assert odds[kind, j, row] == pytest.approx(expected, rel=1e-6)


def test_samples_agree_with_enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Oracle: every set of at most two changes of rate, of one size, weighed one by one."""
    monkeypatch.setattr(room, "MOST", 2)
    monkeypatch.setattr(room, "PER_YEAR", (8.0, 1e-12, 1e-12))
    monkeypatch.setattr(room, "RATE_SD", (0.4, 0.4, 0.4))
    record = world(np.random.default_rng(7), steps((5, 0.3), (4, 0.75)))
    base = slow_system(record, NOISE)
    log_prior = np.log(8.0 / 365.25)
    weight = {}
    for count in range(3):
        for rows in itertools.combinations_with_replacement(range(1, 9), count):
            found = tuple(Change(RATE_CHANGE, row, 0.4) for row in rows)
            # two in one place are one set, drawn in one order instead of two
            repeated = np.log(2.0) if count == 2 and rows[0] == rows[1] else 0.0
            weight[rows] = log_likelihood(base, found) + count * log_prior - repeated
    top = max(weight.values())
    total = sum(np.exp(w - top) for w in weight.values())
    exact = {rows: float(np.exp(w - top) / total) for rows, w in weight.items()}
    drawn = sample(base, NOISE, 1.0, (), 4000, np.random.default_rng(3))
    seen = [tuple(sorted(c.row for c in s.changes)) for s in drawn]
    for rows, share in exact.items():
        if share > 0.02:
            # correlated draws: a few hundred independent ones are meant
            assert seen.count(rows) / len(seen) == pytest.approx(share, abs=4.0 * np.sqrt(share / 500.0) + 0.005)


def test_planted_changes_are_found_and_dated() -> None:
    record = world(np.random.default_rng(2), steps((200, 0.3), (200, 0.8), (200, 0.4)))
    record.mass_kg[300:] -= 4.0
    record.mass_kg[500] += 5.0
    noise, found = learned(record, NOISE)
    by_kind = {kind: [c.row for c in found if c.kind == kind] for kind in range(3)}
    assert len(by_kind[RATE_CHANGE]) == 2
    assert abs(by_kind[RATE_CHANGE][0] - 200) <= 4 or abs(by_kind[RATE_CHANGE][1] - 200) <= 4
    assert 300 in by_kind[MASS_STEP]
    assert 500 in by_kind[BAD_READING]
    base = slow_system(record, noise)
    rates = np.array([s.states[:, LOSS] for s in sample(base, noise, 1.0, found, 40, np.random.default_rng(0))])
    low, high = np.quantile(rates, [0.05, 0.95], axis=0)
    true = steps((200, 0.3), (200, 0.8), (200, 0.4))
    assert np.mean((low <= true) & (true <= high)) > 0.75


def test_a_quiet_record_has_no_changes() -> None:
    count = 0
    for seed in range(5):
        record = world(np.random.default_rng(100 + seed), steps((400, 0.3)))
        count += len(likeliest(slow_system(record, NOISE), NOISE, 1.0))
    assert count <= 2


def test_noise_is_learned_from_too_small_and_too_large() -> None:
    record = world(np.random.default_rng(4), steps((400, 0.3)))
    true = np.hypot(NOISE.heat_kg, NOISE.reading_kg)
    for factor in (0.3, 3.0):
        start = room.replace(NOISE, heat_kg=NOISE.heat_kg * factor, reading_kg=NOISE.reading_kg * factor)
        noise, _ = learned(record, start)
        assert np.hypot(noise.heat_kg, noise.reading_kg) == pytest.approx(true, rel=0.25)
