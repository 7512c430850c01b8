"""What is kept of many worlds: counts in fixed bins, so that memory does not grow and order does not matter.

Bins of time are 128 to the doubling (0.5 % wide); counts are whole numbers, so that any partition and any order of
merging give the same tally, bit for bit.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from hullwatch.records import Floats, Ints

PER_OCTAVE = 128
OCTAVES = 32  # from one second to 136 years
BINS = PER_OCTAVE * OCTAVES
PRESSURE_BINS = 4096


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of first passages by stratum (g), limit (l) and view (v), and of pressures by time (t) and compartment."""

    passages: Ints  # (g, l, v, BINS)
    never: Ints  # (g, l, v) not within the horizon
    soonest_s: Floats  # (g, l, v)
    latest_s: Floats  # (g, l, v) of those that passed
    pressures: Ints  # (t, c, PRESSURE_BINS)
    top_pa: float  # upper end of the last bin
    worlds: int
    failed: int
    stepped: int  # worlds in short steps
    steps: int

    @classmethod
    def empty(cls, strata: int, limits: int, views: int, times: int, compartments: int, top_pa: float) -> Self:
        """Of no worlds."""
        shape = (strata, limits, views)
        return cls(
            np.zeros((*shape, BINS), dtype=np.int64), np.zeros(shape, dtype=np.int64), np.full(shape, np.inf),
            np.full(shape, -np.inf), np.zeros((times, compartments, PRESSURE_BINS), dtype=np.int64), top_pa, 0, 0, 0, 0,
        )  # fmt: skip

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.passages + other.passages, self.never + other.never, np.minimum(self.soonest_s, other.soonest_s),
            np.maximum(self.latest_s, other.latest_s), self.pressures + other.pressures, self.top_pa,
            self.worlds + other.worlds, self.failed + other.failed, self.stepped + other.stepped,
            self.steps + other.steps,
        )  # fmt: skip

    def passage_quantile(self, share: float) -> Floats:
        """Time by which a share of all worlds has passed, (g, l, v) s; inf where fewer ever do; nan without worlds.

        Good to half a bin, 0.3 %; never outside what was seen.
        """
        seen = self.passages.sum(axis=-1)
        wanted = share * (seen + self.never)
        rising = np.cumsum(self.passages, axis=-1)
        index = np.minimum((rising < wanted[..., None]).sum(axis=-1), BINS - 1)
        inside = np.take_along_axis(self.passages, index[..., None], axis=-1)[..., 0]
        below = np.take_along_axis(rising, index[..., None], axis=-1)[..., 0] - inside
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.clip((wanted - below) / inside, 0.0, 1.0)
            value = _edge(index) + part * (_edge(index + 1) - _edge(index))
        value = np.clip(value, self.soonest_s, np.maximum(self.latest_s, self.soonest_s))
        value = np.where((wanted > seen) | (seen == 0), np.inf, value)
        return np.asarray(np.where(seen + self.never == 0, np.nan, value))

    def pressure_quantile(self, share: float) -> Floats:
        """Pressure below which a share of worlds is, (t, c) Pa, good to half a bin of top_pa / PRESSURE_BINS."""
        rising = np.cumsum(self.pressures, axis=-1)
        index = (rising < share * rising[..., -1:]).sum(axis=-1)
        return np.asarray((index + 0.5) * self.top_pa / PRESSURE_BINS)


def _edge(index: Ints) -> Floats:
    """Lower edge of a bin of time: even within each doubling, as the bits of a float are."""
    octave, place = np.divmod(index, PER_OCTAVE)
    return np.asarray(np.exp2(octave) * (1.0 + place / PER_OCTAVE))


def time_bins(time_s: Floats) -> Ints:
    """Bin of every finite time; what is below a second or beyond the last goes to the first or last."""
    fraction, exponent = np.frexp(np.maximum(time_s, 1.0))
    index = (exponent - 1) * PER_OCTAVE + ((2.0 * fraction - 1.0) * PER_OCTAVE).astype(np.int64)
    return np.asarray(np.minimum(index, BINS - 1), dtype=np.int64)


def tally_of(
    passage_s: Floats, stratum: Ints, strata: int, pressure_pa: Floats, top_pa: float, steps: Ints, stepped: int
) -> Tally:
    """The tally of worlds (w): first passages (w, l, v), their strata (w,), pressures (w, t, c), steps (w,)."""
    fine = steps >= 0
    passage_s, stratum, pressure_pa = passage_s[fine], stratum[fine], pressure_pa[fine]
    limits, views, times, count = *passage_s.shape[1:], *pressure_pa.shape[1:]
    empty = Tally.empty(strata, limits, views, times, count, top_pa)
    cell = (stratum[:, None, None] * limits + np.arange(limits)[:, None]) * views + np.arange(views)
    passed = np.isfinite(passage_s)
    shape = (strata, limits, views)
    flat = cell[passed] * BINS + time_bins(passage_s[passed])
    passages = np.bincount(flat, minlength=strata * limits * views * BINS).reshape(*shape, BINS)
    never = np.bincount(cell[~passed], minlength=strata * limits * views).reshape(shape)
    np.minimum.at(empty.soonest_s.reshape(-1), cell[passed], passage_s[passed])
    np.maximum.at(empty.latest_s.reshape(-1), cell[passed], passage_s[passed])
    level = np.clip(pressure_pa / top_pa * PRESSURE_BINS, 0, PRESSURE_BINS - 1).astype(np.int64)
    place = (np.arange(times)[:, None] * count + np.arange(count)) * PRESSURE_BINS
    pressures = np.bincount((place + level).ravel(), minlength=times * count * PRESSURE_BINS)
    return Tally(
        passages, never, empty.soonest_s, empty.latest_s, pressures.reshape(times, count, PRESSURE_BINS), top_pa,
        int(fine.sum()), int((~fine).sum()), stepped, int(steps[fine].sum()),
    )  # fmt: skip
