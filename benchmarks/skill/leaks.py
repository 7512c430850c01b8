"""Leaks put into the quiet records through the model, at many start times, and what the watch makes of them.

The quiet record runs once through the chain; what the chain remembers just before each start time is kept, and goes on
from there over the readings with the leak. That is what watching the whole record anew would give (the chain gives the
same answer for any blocks), only sooner: `python benchmarks/skill --check` proves it on a few.
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from records import FALSE_ALARMS_PER_YEAR, Loaded

from hullwatch.models.decay import leak_decay
from hullwatch.records import Event, Samples
from hullwatch.simulation.inject import _gas_mass, inject
from hullwatch.units import DAY_S, HOUR_S, utc_seconds
from hullwatch.vehicle.graph import default_open, pressure_groups
from hullwatch.watch import Settings, WatchMemory, begin, watch

SIZES_KG_DAY = (25.0, 50.0, 100.0, 200.0, 1000.0)
EVERY_S = 900.0
LEAD_S = 1800.0  # air the watch has seen before a leak starts
REST_S = 3600.0  # and that is left after it
HORIZON_S = 12 * HOUR_S  # a leak not found by then is missed
AFTER_S = 1800.0  # the size is looked at again this long after detection
CHUNK_S, LONGEST_CHUNK_S = 600.0, 3600.0  # readings handed over at a time; any blocks give the same answer


@dataclass(frozen=True)
class Checkpoints:
    """A record, start times, and the chain's memory just before each."""

    loaded: Loaded
    starts_s: tuple[float, ...]
    cut: tuple[int, ...]  # readings that had arrived before
    memory: tuple[WatchMemory, ...]
    false: tuple[bool, ...]  # a leak was already being followed: nothing can be learned from this start


@dataclass(frozen=True)
class Found:
    """One leak: when it was found and how it was sized. Times in s after it opened; rates in kg/day."""

    record: str
    start_s: float
    size_kg_day: float
    seen_s: float  # air that was left to find it in, at most the horizon
    delay_s: float | None
    onset_error_s: float | None
    at_once: tuple[float, float, float, float] | None  # truth, median, low, high
    later: tuple[float, float, float, float] | None  # the same some time after detection


def start_times(loaded: Loaded, every_s: float = EVERY_S) -> list[float]:
    """Start times with enough air before and after; one a reading at most, and none inside a loss of signal."""
    time_s = np.unique(np.maximum.accumulate(loaded.samples.time_s))
    step = max(every_s, float(np.median(np.diff(time_s))))
    grid = np.arange(np.ceil((time_s[0] + LEAD_S) / step) * step, time_s[-1] - REST_S, step)
    after = np.searchsorted(time_s, grid)
    speaks = time_s[np.minimum(after, time_s.size - 1)] - time_s[np.maximum(after - 1, 0)]
    return [float(t) for t in grid[speaks < loaded.vehicle.signal_timeout_s]]


def checkpoints(loaded: Loaded, starts_s: Sequence[float]) -> Checkpoints:
    """Run the quiet record once and keep the memory at every start."""
    samples, settings = loaded.samples, Settings(FALSE_ALARMS_PER_YEAR)
    clock = np.maximum.accumulate(samples.time_s)
    cut = [int(np.searchsorted(clock, start, side="left")) for start in starts_s]
    source = loaded.source
    memory, _ = begin(loaded.vehicle, source.name, source.provenance, settings, float(samples.time_s[0]))
    kept, false, done = [], [], 0
    for stop in cut:
        memory, _ = watch(memory, loaded.vehicle, settings, _slice(samples, done, stop))
        done = stop
        kept.append(memory)
        false.append(any(incident.leaking for incident in memory.incidents))
    return Checkpoints(loaded, tuple(starts_s), tuple(cut), tuple(kept), tuple(false))


def find(points: Checkpoints, which: int, size_kg_day: float) -> tuple[Found, Samples]:
    """Put one leak in and follow it until it has been found and sized, or the horizon has passed."""
    loaded, start, cut = points.loaded, points.starts_s[which], points.cut[which]
    rate = size_kg_day / DAY_S
    whole = inject(loaded.samples, loaded.vehicle, rate, start)
    if not np.array_equal(whole.value[:cut], loaded.samples.value[:cut]):
        raise AssertionError("the leak changed readings that had arrived before it")
    clock = np.maximum.accumulate(whole.time_s)
    last = int(np.searchsorted(clock, start + HORIZON_S, side="right"))
    seen_s = float(min(HORIZON_S, clock[-1] - start))
    memory, settings = points.memory[which], Settings(FALSE_ALARMS_PER_YEAR)
    before = {incident.id for incident in memory.incidents}
    events: list[Event] = []
    opened: Event | None = None
    done, until = cut, start
    while done < last:
        before_s, until = until, until + min(max(CHUNK_S, 0.5 * (until - start)), LONGEST_CHUNK_S)
        stop = min(int(np.searchsorted(clock, until, side="right")), last)
        if opened is not None and before_s > opened.time_s + AFTER_S:
            break
        memory, more = watch(memory, loaded.vehicle, settings, _slice(whole, done, stop))
        events += more
        done = stop
        if opened is None:
            opened = next((e for e in more if e.kind == "incident_opened" and e.incident not in before), None)
    record = loaded.record.name
    if opened is None or opened.time_s - start > HORIZON_S:
        return Found(record, start, size_kg_day, seen_s, None, None, None, None), whole
    onset_s = utc_seconds(opened.data["onset_utc"]["median"])
    said = [e for e in events if e.kind == "estimate" and e.incident == opened.incident]
    return (
        Found(
            record,
            start,
            size_kg_day,
            seen_s,
            opened.time_s - start,
            onset_s - start,
            _rate(loaded, start, rate, said[:1]),
            _rate(loaded, start, rate, [e for e in said if e.time_s <= opened.time_s + AFTER_S][1:]),
        ),
        whole,
    )


def _rate(
    loaded: Loaded, start_s: float, rate_kg_s: float, said: Sequence[Event]
) -> tuple[float, float, float, float] | None:
    """Truth and interval of the last of these estimates; a hole passes less as pressure falls."""
    if not said:
        return None
    event = said[-1]
    vehicle = loaded.vehicle
    group = max(pressure_groups(vehicle, default_open(vehicle)), key=len)
    left = float(leak_decay(np.array([event.time_s]), start_s, rate_kg_s, _gas_mass(vehicle, group))[0])
    rate = event.data["rate_kg_day"]
    return rate_kg_s * DAY_S * left, float(rate["median"]), float(rate["low"]), float(rate["high"])


def check(points: Checkpoints, which: int, size_kg_day: float) -> tuple[float | None, float | None]:
    """Delay by the fork and by watching the whole record from its first reading: they must be equal."""
    found, whole = find(points, which, size_kg_day)
    settings, loaded = Settings(FALSE_ALARMS_PER_YEAR), points.loaded
    memory, _ = begin(loaded.vehicle, "", {}, settings, float(whole.time_s[0]))
    stop = bisect.bisect_right(np.maximum.accumulate(whole.time_s), points.starts_s[which] + HORIZON_S)
    _, events = watch(memory, loaded.vehicle, settings, _slice(whole, 0, int(stop)))
    opened = [e.time_s for e in events if e.kind == "incident_opened" and e.time_s >= points.starts_s[which]]
    return found.delay_s, opened[0] - points.starts_s[which] if opened else None


def _slice(samples: Samples, start: int, stop: int) -> Samples:
    return Samples(samples.time_s[start:stop], samples.item[start:stop], samples.value[start:stop], samples.items)
