"""The latest readings of every channel, for plots and for the age of each number: a day of them, in memory.

They are what the feed said, in the unit it is published in, before the watch cleans them; the record does not hold
them. Written by the thread of the watch, read by any.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hullwatch.console.trends import nulls
from hullwatch.records import Floats, Samples
from hullwatch.units import utc_text

KEPT_S = 86_400.0
"""How long a reading is kept, seconds of data."""
STALE_AFTER = 5.0
"""A channel is stale when it has been silent for this many of its own usual periods, and QUIET_S; one that is published
on change only, when the whole feed has been silent for QUIET_S [c]."""
QUIET_S = 30.0
_ROOM = 1024


@dataclass
class Series:
    """Readings of one channel, oldest first, in arrays with room at the end."""

    time_s: Floats = field(default_factory=lambda: np.empty(_ROOM))
    value: Floats = field(default_factory=lambda: np.empty(_ROOM))
    count: int = 0

    def add(self, time_s: Floats, value: Floats, kept_s: float) -> None:
        """Append readings; the oldest are dropped when the room would double for them."""
        wanted = self.count + time_s.size
        if wanted > self.time_s.size:
            last_s = float(time_s[-1])
            keep = int(np.searchsorted(self.time_s[: self.count], last_s - kept_s)) if self.count else 0
            room = max(_ROOM, 2 * (self.count - keep + time_s.size))
            for name in ("time_s", "value"):
                old, new = getattr(self, name), np.empty(room)
                new[: self.count - keep] = old[keep : self.count]
                setattr(self, name, new)
            self.count -= keep
            wanted = self.count + time_s.size
        self.time_s[self.count : wanted], self.value[self.count : wanted] = time_s, value
        self.count = wanted


class Readings:
    """What the channels of a feed said.

    units: the unit each channel is published in; on_change: those published when their value changes, and not between.
    """

    def __init__(
        self, units: Mapping[str, str] | None = None, kept_s: float = KEPT_S, on_change: Collection[str] = ()
    ) -> None:
        self._kept_s, self._on_change = kept_s, frozenset(on_change)
        self.units = dict(units or {})
        self.last_s: float | None = None  # time of the newest reading
        self.count = 0
        self._series: dict[str, Series] = {}
        self._turn = threading.Lock()

    def take(self, block: Samples) -> None:
        """Take in a block of readings, in order of arrival; one that comes late is left out, for it is not news."""
        if not block.time_s.size:
            return
        order = np.argsort(block.item, kind="stable")
        item = block.item[order]
        with self._turn:
            for rows in np.split(order, np.flatnonzero(np.diff(item)) + 1):
                series = self._series.setdefault(block.items[int(block.item[rows[0]])], Series())
                times = np.maximum.accumulate(block.time_s[rows])
                before = series.time_s[series.count - 1] if series.count else -np.inf
                fresh = (block.time_s[rows] >= times) & (block.time_s[rows] >= before)
                if fresh.any():
                    series.add(block.time_s[rows][fresh], block.value[rows][fresh], self._kept_s)
            newest = float(block.time_s.max())
            self.last_s = newest if self.last_s is None else max(self.last_s, newest)
            self.count += block.time_s.size

    def latest(self, known: Sequence[Mapping[str, Any]], at_s: float) -> list[dict[str, Any]]:
        """Each known channel [{id, name, quantity}] with its last reading at a time, its age, and what is wrong."""
        newest_s = self.newest_s(at_s)
        silent_s = at_s - newest_s if newest_s is not None else float("inf")
        return [self._channel(one, at_s, silent_s) for one in known]

    def newest_s(self, at_s: float) -> float | None:
        """Time of the newest reading of any channel up to a time; None when none is kept from before it."""
        with self._turn:
            cuts = [
                (one, int(np.searchsorted(one.time_s[: one.count], at_s, side="right")))
                for one in self._series.values()
            ]
            return max((float(one.time_s[cut - 1]) for one, cut in cuts if cut), default=None)

    def _channel(self, one: Mapping[str, Any], at_s: float, silent_s: float) -> dict[str, Any]:
        told = {name: one.get(name) for name in ("id", "name", "quantity", "compartment")}
        told["unit"] = self.units.get(str(one.get("id")))
        held = one.get("id") in self._on_change
        told["publish"] = ("on_change" if held else "periodic") if self._on_change else None
        with self._turn:
            series = self._series.get(str(one.get("id")))
            last = int(np.searchsorted(series.time_s[: series.count], at_s, side="right")) - 1 if series else -1
            if series is None or last < 0:
                return told | {"value": None, "time_utc": None, "age_s": None, "quality": ["no reading"]}
            time_s, value = float(series.time_s[last]), float(series.value[last])
            recent = np.diff(series.time_s[max(0, last - 20) : last + 1])
        age_s = max(0.0, at_s - time_s)
        usual_s = float(np.median(recent)) if recent.size else 0.0
        # published on change, it stands until the feed as a whole falls silent
        stale = silent_s > QUIET_S if held else age_s > max(QUIET_S, STALE_AFTER * usual_s)
        said = {"value": float(f"{value:.7g}"), "time_utc": utc_text(time_s), "age_s": round(age_s, 1)}
        return told | said | {"quality": ["stale"] if stale else []}

    def between(
        self, known: Sequence[Mapping[str, Any]], ids: Sequence[str], from_s: float, to_s: float, points: int
    ) -> dict[str, Any]:
        """Channels on one axis of at most about `points` times; of each stretch the lowest and the highest."""
        chosen = [one for one in known if one.get("id") in ids]
        cut: list[tuple[Floats, Floats]] = []
        with self._turn:
            for one in chosen:
                series = self._series.get(str(one["id"]), Series())
                span = slice(*np.searchsorted(series.time_s[: series.count], [from_s, to_s]).tolist())
                cut.append((series.time_s[span].copy(), series.value[span].copy()))
        starts = [time_s[0] for time_s, _ in cut if time_s.size]
        ends = [time_s[-1] for time_s, _ in cut if time_s.size]
        if not starts:
            return {"time_s": [], "channels": []}
        axis, width = _axis(min(starts), max(ends), points)
        return {
            "time_s": np.round(axis, 3).tolist(),
            "channels": [
                {name: one.get(name) for name in ("id", "name", "quantity", "compartment")}
                | {"unit": self.units.get(str(one["id"])), "value": nulls(_on_axis(*pair, axis, width))}
                for one, pair in zip(chosen, cut, strict=True)
            ],
        }


def _axis(start_s: float, end_s: float, points: int) -> tuple[Floats, float]:
    """Times of the axis, and the width of the stretch each pair of them stands for; 0 for single seconds."""
    seconds = int(end_s - np.floor(start_s)) + 1
    if seconds <= points:
        return np.floor(start_s) + np.arange(seconds, dtype=np.float64), 0.0
    stretches = max(1, points // 2)
    width = (end_s - start_s) / stretches
    places = np.arange(2 * stretches, dtype=np.float64) * 0.5 + 0.25
    return np.asarray(start_s + width * places, dtype=np.float64), width


def _on_axis(time_s: Floats, value: Floats, axis: Floats, width: float) -> Floats:
    """Readings on the axis: the last of each second, or the lowest and highest of each stretch in order of time."""
    placed = np.full(axis.size, np.nan)
    if not time_s.size:
        return placed
    if width == 0.0:
        placed[np.floor(time_s - axis[0]).astype(np.int64)] = value
        return placed
    stretch = np.floor((time_s - (axis[0] - 0.25 * width)) / width).astype(np.int64)
    stretch = np.clip(stretch, 0, axis.size // 2 - 1)  # the last reading ends the last stretch
    starts = np.flatnonzero(np.diff(stretch, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], stretch.size], strict=True):
        part = value[start:stop]
        low, high = int(np.argmin(part)), int(np.argmax(part))
        at = 2 * int(stretch[start])
        placed[at], placed[at + 1] = (part[low], part[high]) if low <= high else (part[high], part[low])
    return placed
