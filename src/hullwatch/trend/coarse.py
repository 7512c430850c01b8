"""Wider bins for the look back over years: there a day is soon enough."""

from dataclasses import replace

import numpy as np

from hullwatch.models.slow_air import SlowRecord, mixed
from hullwatch.records import Floats
from hullwatch.units import DAY_S, HOUR_S

MOST = 3000
"""Most bins looked back over at once."""
BINS_S = (3.0 * HOUR_S, 6.0 * HOUR_S, 12.0 * HOUR_S, DAY_S, 2.0 * DAY_S, 7.0 * DAY_S)


def coarsened(record: SlowRecord) -> SlowRecord:
    """The record in bins just wide enough that there are at most MOST; itself when it is short.

    A bin in which gas was added or let go is left out later on (`slow_air.mixed`),
    since its mean is partly of before and partly of after.
    """
    if record.time_s.size <= MOST:
        return record
    span = float(record.time_s[-1] - record.time_s[0])
    width = next((b for b in BINS_S if span / b < MOST and b > record.bin_s), BINS_S[-1])
    number = np.floor((record.time_s - record.time_s[0]) / width).astype(np.int64)
    good = np.isfinite(record.mass_kg) & ~mixed(record)
    bins = np.unique(number)

    def mean(values: Floats, chosen: np.ndarray) -> Floats:
        total = np.bincount(number[chosen], values[chosen], minlength=bins[-1] + 1)[bins]
        count = np.bincount(number[chosen], minlength=bins[-1] + 1)[bins]
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))

    every = np.ones(number.size, dtype=np.bool_)
    return replace(
        record, time_s=record.time_s[0] + (bins + 0.5) * width - 0.5 * record.bin_s, mass_kg=mean(record.mass_kg, good),
        warm_k=mean(record.warm_k, every), bin_s=width,
    )  # fmt: skip
