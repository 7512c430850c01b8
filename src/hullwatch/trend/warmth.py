"""A thermometer without its own noise: what it says of the slow warmth of the gas, with and without hindsight."""

from dataclasses import replace

import numpy as np

from hullwatch.estimators.smoother import backward, forward, smoothed
from hullwatch.models.slow_air import SlowRecord
from hullwatch.records import Floats
from hullwatch.units import DAY_S

RATIOS = np.geomspace(1e-3, 10.0, 17)
"""Wandering per square-root day over the noise of one reading, both of the thermometer."""
LEAST_READINGS = 20
LEAP, PASSES = 3.0, 4
"""Standard deviations beyond which the level is taken to have leapt, and how often leaps are looked for."""


def calmed(record: SlowRecord, learn_s: float = np.inf) -> tuple[SlowRecord, SlowRecord]:
    """The record with its thermometer smoothed over all readings, and with what was known at each reading.

    A thermometer's own noise would make the gas look as if it did not follow it (errors in variables: the gain is drawn
    to zero). A wandering level under noise is fitted to it; the ratio of the two is its most probable one over the
    readings before `learn_s`, so that nothing later has a part in what was known.
    Holds for : noise independent from bin to bin. Source : local level model, Harvey 1989; tests/trend/test_warmth.py.
    """
    seen = record.warm_k != 0.0
    past = seen & (record.time_s <= learn_s)
    if past.sum() < LEAST_READINGS:
        return record, record
    z = np.where(seen, record.warm_k, np.nan)
    day = (record.time_s - record.time_s[0]) / DAY_S
    step = np.diff(day, prepend=day[0])
    one = np.ones((day.size, 1))
    leap = np.zeros(day.size)

    def run(ratio: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        # unit noise; its true level follows from the innovations
        q = (ratio**2 * step + leap)[:, None, None]
        return forward(np.zeros(1), np.eye(1) * 1e4, one[:, :, None], q, 0.0 * one, one, z, np.ones(day.size))[:5]

    def score(ratio: float) -> float:
        _, _, nu, s, _ = run(ratio)
        level = float(np.mean(nu[past][1:] ** 2 / s[past][1:]))
        return -0.5 * (float(past.sum()) * float(np.log(max(level, 1e-300))) + float(np.log(s[past][1:]).sum()))

    best = float(max(RATIOS, key=lambda ratio: score(float(ratio))))
    for _ in range(PASSES):  # a cabin that cools in a day moves further than its usual wandering: believe it at once
        _, _, nu, s, _ = run(best)
        level = float(np.median(nu[past] ** 2 / s[past])) / 0.455
        leap += np.where((nu * nu / s > LEAP**2 * level) & (leap == 0.0), nu * nu / level, 0.0)
    before, doubt, nu, s, gain = run(best)
    adjoint, _, _, _ = backward(one[:, :, None], one, z, nu, s, gain)
    known = (before + gain * nu[:, None])[:, 0]
    return (
        replace(record, warm_k=smoothed(before, doubt, adjoint)[:, 0]),
        replace(record, warm_k=known),
    )
