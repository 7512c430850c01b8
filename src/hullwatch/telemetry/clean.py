"""Readings in order of arrival become frames on one clock, in SI, flagged; every doubt is noted once."""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.records import Bools, Flags, Floats, Frames, Ints, QualityNote, Samples
from hullwatch.telemetry import dropped, leaps, sort
from hullwatch.units import TO_SI
from hullwatch.vehicle.facts import Channel, Vehicle

CHUNK_ROWS = 16_384
"""Readings sorted at a time: every one may close a frame, so this bounds the room that must be kept for frames."""

NOTES_PER_KIND = 20
"""Single readings (outliers, conflicts) are noted one by one up to this many a channel; then only counted."""

_DROPPED, _LEAP, _SILENT_LEAP = range(sort.LOG_KINDS, sort.LOG_KINDS + 3)
"""Kinds of log rows of frames; the last is a leap that was called a loss of signal."""
_KINDS = {
    _DROPPED: "dropped",
    _LEAP: "clock_step",
    _SILENT_LEAP: "clock_step",
    sort.L_OUT_OF_RANGE: "out_of_range",
    sort.L_OUTLIER: "outlier",
    sort.L_STUCK: "stuck",
    sort.L_STALE: "stale",
    sort.L_DUPLICATE: "duplicate",
    sort.L_LATE: "late",
    sort.L_CLOCK_STEP: "clock_step",
    sort.L_GAP: "gap",
    sort.L_FROZEN: "frozen",
}


@dataclass(frozen=True, slots=True)
class CleanMemory:
    """What cleaning remembers between blocks."""

    channels: tuple[Channel, ...]
    chan: Floats
    flags: Flags
    fresh: Bools
    counts: Ints
    feed: Floats
    noted: tuple[tuple[str, str | None, int], ...]
    readings: int
    signal_lost_s: float
    codes: Floats  # what `dropped` remembers
    clock: Floats  # what `leaps` remembers


def begin(vehicle: Vehicle) -> CleanMemory:
    """Memory before the first reading."""
    n = len(vehicle.channels)
    chan = np.full((n, sort.CHANNEL_COLUMNS), np.nan)
    feed = np.zeros(sort.FEED_SLOTS)
    feed[sort.F_STATUS] = feed[sort.F_AHEAD] = np.nan
    return CleanMemory(
        channels=vehicle.channels,
        chan=chan,
        flags=np.full(n, sort.Q_MISSING, dtype=np.uint16),
        fresh=np.zeros(n, dtype=np.bool_),
        counts=np.zeros((n + 1, sort.LOG_KINDS), dtype=np.int64),
        feed=feed,
        noted=(),
        readings=0,
        signal_lost_s=0.0,
        codes=dropped.begin(n),
        clock=leaps.begin(),
    )


def clean(memory: CleanMemory, vehicle: Vehicle, block: Samples) -> tuple[CleanMemory, Frames, tuple[QualityNote, ...]]:
    """Sort one block of readings into frames. The frame still open stays in memory until a later reading closes it."""
    index = {channel.id: k for k, channel in enumerate(memory.channels)}
    to_channel = np.array([index.get(item, -1) for item in block.items], dtype=np.int64)
    code = to_channel[block.item] if len(block.items) else block.item
    factor = np.array([TO_SI[c.unit][1] for c in memory.channels] + [1.0])
    offset = np.array([TO_SI[c.unit][2] for c in memory.channels] + [0.0])
    with np.errstate(over="ignore"):  # 1e308 mmHg is infinite in Pa, and out of any range
        value = block.value * factor[code] + offset[code]
    n_channels = len(memory.channels)
    state = replace(_own(memory), readings=memory.readings + block.time_s.size)
    wakes_wrong = np.array([c.wakes_wrong for c in memory.channels], dtype=np.bool_)
    status = _status_channel(memory.channels)
    limits = (*_limits(memory.channels), wakes_wrong, status, vehicle.frame_s, vehicle.signal_timeout_s)
    parts, logs = [], []
    for start in range(0, block.time_s.size, CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        n = block.time_s[rows].size
        out = _room(n + 1, n_channels)
        log = np.empty((3 * n + 2 * n_channels + 64, 5))
        closed, logged = sort.sort_into_frames(
            block.time_s[rows], code[rows], value[rows], state.chan, state.flags, state.fresh, state.counts, state.feed,
            *limits, *out, log,
        )  # fmt: skip
        parts.append(tuple(array[:closed].copy() for array in out))
        logs.append(log[:logged])
    parts = parts or [_room(0, n_channels)]
    time_s, now, before, fresh, flags = (np.concatenate(column) for column in zip(*parts, strict=True))
    frames = Frames(time_s, now, before, fresh, flags, tuple(c.id for c in memory.channels))
    log = np.concatenate([*logs, _looked_over(state, frames, vehicle.frame_s)])
    notes, noted, lost = _notes(log[np.argsort(log[:, 4], kind="stable")], memory)
    return replace(state, noted=noted, signal_lost_s=memory.signal_lost_s + lost), frames, notes


def _looked_over(state: CleanMemory, frames: Frames, frame_s: float) -> Floats:
    """What frames tell that no reading does by itself, as rows of the log; changes the state's arrays and the flags."""
    size = frames.time_s.size
    quantum = np.array([c.quantum_si if c.publish == "on_change" else 0.0 for c in state.channels])
    lost = np.empty((len(state.channels) * (1 + size // 16), 3))
    found = dropped.find_dropped(
        frames.time_s, frames.value_si, frames.fresh, frames.flags, quantum, frame_s, state.codes, lost
    )
    clocks = np.array([c.quantity == "onboard_time" for c in state.channels], dtype=np.bool_)
    leapt = np.empty((1 + size // leaps.WITNESSES, 5))
    stepped = leaps.find_leaps(frames.time_s, frames.value_si, frames.fresh, frames.flags, clocks, state.clock, leapt)
    channel, since, frame = lost[:found].T
    rows = [np.column_stack([np.full(found, _DROPPED), channel, since, frame - since, frame])]
    channel, since, leap, frame, silent = leapt[:stepped].T
    rows.append(np.column_stack([np.where(silent, _SILENT_LEAP, _LEAP), channel, since, leap, frame]))
    return np.concatenate(rows)


def flush(memory: CleanMemory) -> tuple[CleanMemory, Frames]:
    """Close the last frame when the source has ended."""
    n_channels = len(memory.channels)
    if memory.feed[sort.F_OPEN] != 1.0:
        return memory, Frames(*_room(0, n_channels), tuple(c.id for c in memory.channels))
    state, out = _own(memory), _room(1, n_channels)
    stuck, stale, confirmable = _limits(memory.channels)[3:]
    sort.close_frame(
        state.chan, state.flags, state.fresh, state.counts, state.feed, stuck, stale, confirmable, *out, 0,
        np.empty((2 * n_channels + 8, 5)), 0,
    )  # fmt: skip
    state.feed[sort.F_OPEN] = 0.0
    return state, Frames(*out, tuple(c.id for c in memory.channels))


def missing_channels(memory: CleanMemory) -> tuple[str, ...]:
    """Channels of the vehicle that never gave a good reading."""
    return tuple(c.id for c, row in zip(memory.channels, memory.chan, strict=True) if np.isnan(row[sort.C_TIME]))


def _own(memory: CleanMemory) -> CleanMemory:
    """The memory with arrays of its own, which the compiled rules may change in place."""
    return replace(
        memory,
        chan=memory.chan.copy(),
        flags=memory.flags.copy(),
        fresh=memory.fresh.copy(),
        counts=memory.counts.copy(),
        feed=memory.feed.copy(),
        codes=memory.codes.copy(),
        clock=memory.clock.copy(),
    )


def _room(rows: int, channels: int) -> tuple[Floats, Floats, Floats, Bools, Flags]:
    """Room for so many frames: times, values, previous values, freshness, flags."""
    return (
        np.empty(rows),
        np.empty((rows, channels)),
        np.empty((rows, channels)),
        np.empty((rows, channels), dtype=np.bool_),
        np.empty((rows, channels), dtype=np.uint16),
    )


def _limits(channels: tuple[Channel, ...]) -> tuple[Floats, Floats, Floats, Floats, Floats, Bools]:
    low = np.array([c.range_si[0] for c in channels], dtype=np.float64)
    high = np.array([c.range_si[1] for c in channels], dtype=np.float64)
    spike = np.array([c.spike_si for c in channels], dtype=np.float64)
    stuck = np.array([c.stuck_after_s for c in channels], dtype=np.float64)
    periodic = np.array([c.publish == "periodic" for c in channels], dtype=np.bool_)
    period = np.array([c.period_s for c in channels], dtype=np.float64)
    # A periodic channel is stale after three silent periods; one published on change never is while the feed speaks.
    stale = np.where(periodic, 3.0 * period + 5.0, 0.0)
    return low, high, spike, stuck, stale, ~periodic


def _status_channel(channels: tuple[Channel, ...]) -> int:
    return next((k for k, c in enumerate(channels) if c.quantity == "feed_status"), -1)


def _notes(
    log: Floats, memory: CleanMemory
) -> tuple[tuple[QualityNote, ...], tuple[tuple[str, str | None, int], ...], float]:
    seen = {(kind, channel): count for kind, channel, count in memory.noted}
    notes: list[QualityNote] = []
    lost = 0.0
    for kind_number, channel_number, time, value, open_frame in log:
        kind, leap = _KINDS[int(kind_number)], kind_number in (_LEAP, _SILENT_LEAP)
        channel = memory.channels[int(channel_number)] if channel_number >= 0 else None
        name = channel.id if channel and not leap else None  # a leap is the whole feed's
        end = time
        if kind == "gap":
            lost += value
        if kind in ("gap", "dropped"):
            end = time + value
        if leap:
            lost -= round(value) if kind_number == _SILENT_LEAP else 0  # in whole frames, as it was counted
            end = open_frame
        seen[kind, name] = seen.get((kind, name), 0) + 1
        if seen[kind, name] <= NOTES_PER_KIND:
            why = _sentence("clock_leap" if leap else kind, channel, value)
            notes.append(QualityNote(kind, name, float(time), float(end), 1, why, float(open_frame)))
    return tuple(notes), tuple((kind, name, count) for (kind, name), count in seen.items()), lost


def _sentence(kind: str, channel: Channel | None, value: float) -> str:
    unit = channel.unit if channel else ""
    if channel:
        factor, offset = TO_SI[channel.unit][1:]
        shown = (value - offset) / factor
        low, high = ((x - offset) / factor for x in channel.range_si)
    match kind:
        case "out_of_range" if channel:
            return f"{shown:.6g} {unit} is outside {low:.6g} to {high:.6g} {unit}; the last good reading is held"
        case "outlier" if channel:
            return f"{shown:.6g} {unit} stood alone; set aside"
        case "stuck" if channel:
            hours = channel.stuck_after_s / 3600
            return f"unchanged at {shown:.6g} {unit} for over {hours:.3g} h; not used until it moves"
        case "stale" if channel:
            return f"not published for three of its periods of {channel.period_s:.4g} s; not used until it speaks"
        case "duplicate" if channel:
            return f"two readings at one time, {value / TO_SI[channel.unit][1]:.4g} {unit} apart; the first is kept"
        case "dropped":
            span = f"{value / 60.0:.0f} min" if value < 7200.0 else f"{value / 3600.0:.1f} h"
            return (
                f"for {span} its readings say again what the one before said or pass codes by, with "
                "time for another between them: some are lost on the way"
            )
        case "clock_leap" if channel:
            return (
                f"the feed's clock leapt forward by {value:.0f} s while {channel.name} ({channel.id}) went on: that "
                "is no loss of signal; times since are as published"
            )
        case "late":
            return f"a reading came {value:.0f} s after its time; not used"
        case "frozen":
            return f"no channel has moved for {value / 3600:.3g} h, one of which never stands still: the feed is frozen"
        case "clock_step" if value < 0:
            return f"the feed's clock went back by {-value:.1f} s; times are continued from before the step"
        case "clock_step":
            return f"one reading {value:.0f} s ahead of the clock; set aside unless a second follows"
        case _:
            return f"no signal for {value:.0f} s; every channel was silent"
