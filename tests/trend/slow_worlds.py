"""Small worlds with a known slow leak, made by hand and not by the package's own simulation."""

import numpy as np

from hullwatch.models.slow_air import DatedRate, LogEntry, SlowNoise, SlowRecord
from hullwatch.records import Floats
from hullwatch.units import DAY_S

START = 1.6e9
NOISE = SlowNoise(heat_kg=0.15, heat_day=0.05, walk_kg=0.04, reading_kg=0.1, loss_mean=0.3, loss_sd=2.0)
"""What the worlds below are made with."""


def world(
    rng: np.random.Generator, rate: Floats, log: tuple[LogEntry, ...] = (), warm: Floats | None = None,
    gain: float = 0.0,
) -> SlowRecord:  # fmt: skip
    """A reading a day; rate (n,) kg/day lost in the day before each reading; all of the air is followed."""
    n = rate.size
    mass = 1000.0 - np.cumsum(rate) + np.cumsum(rng.normal(size=n) * NOISE.walk_kg)
    mass += rng.normal(size=n) * np.hypot(NOISE.heat_kg, NOISE.reading_kg)
    shown = np.zeros(n) if warm is None else warm
    mass += gain * shown
    return SlowRecord(
        "world", START + np.arange(n) * DAY_S, mass, shown, "air", 1.0, DAY_S, 900.0, 295.0, log=log
    )  # fmt: skip


def steps(*parts: tuple[int, float]) -> Floats:
    """So many days at each rate."""
    return np.concatenate([np.full(days, rate) for days, rate in parts])


def reported(day: float, rate: float, sd: float = 0.05) -> DatedRate:
    """A rate reported for one day."""
    at = START + day * DAY_S
    return DatedRate(at - 0.5 * DAY_S, at + 0.5 * DAY_S, rate / DAY_S, sd / DAY_S)
