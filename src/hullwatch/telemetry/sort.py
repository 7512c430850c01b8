"""The compiled heart of cleaning: readings in order of arrival become frames, one reading at a time.

All judgement is per reading and looks only backwards, so cutting the telemetry into other blocks changes nothing.

Rules, in the order they are applied to each reading:

    time far ahead of the clock      held until a second reading agrees (one corrupt time must not move the clock)
    time far behind the clock        late; many in a row, moving on: the clock was stepped back, times continue. Of one
                                     channel alone they prove it only when no other was heard for long: while signal is
                                     lost, one that comes late by itself is heard alone
    same time as the channel's last  duplicate (same value) or conflict (first one kept)
    outside the believable range     set aside, last good value held
    jumps more than a spike          held until a second reading, or ten seconds of silence, confirms it, or
                                     one further on in the same direction; so is the very first reading of a sensor
                                     that may wake up wrong
    otherwise                        taken

And of a whole feed: where nothing has moved for as long as makes one of its channels stuck, the feed is frozen, and
every channel is stuck until it moves.
"""

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Bools, Flags, Floats, Ints

# Columns of the per-channel memory.
C_TIME, C_VALUE, C_PREVIOUS, C_CHANGE, C_PENDING_TIME, C_PENDING = range(6)
CHANNEL_COLUMNS = 6
# Slots of the feed's memory.
(
    F_CLOCK,  # latest time taken, after the offset
    F_OFFSET,  # added to the feed's times since the last clock step
    F_FRAME,  # start of the open frame
    F_OPEN,  # 1 when a frame is open
    F_LATE_RUN,  # late readings in a row
    F_LATE_FIRST,  # time of the first of them, as published plus offset
    F_LATE_LAST,
    F_AHEAD,  # time of a reading far ahead that waits for a second, NaN when none does
    F_AHEAD_CODE,  # its channel
    F_AHEAD_VALUE,
    F_SPACING,  # usual spacing of frames
    F_LAST_FRAME,  # start of the last closed frame
    F_STATUS,  # last feed status; 24 = signal, NaN = never told
    F_SESSION,  # start of the present stretch of signal
    F_LATE_CODE,  # channel of the first late reading in a row
    F_LATE_OTHERS,  # 1 once another channel was as late
) = range(16)
FEED_SLOTS = 16

# Kinds of log rows.
L_OUT_OF_RANGE, L_OUTLIER, L_STUCK, L_STALE, L_DUPLICATE, L_LATE, L_CLOCK_STEP, L_GAP, L_FRESH, L_FROZEN = range(10)
LOG_KINDS = 10

Q_MISSING, Q_RANGE, Q_OUTLIER, Q_STUCK, Q_STALE, Q_GAP, Q_DUPLICATE, Q_LATE, Q_CLOCK = 1, 2, 4, 8, 16, 32, 64, 128, 256

LATE_S = 5.0  # times may disagree this much between items
AHEAD_S = 3_600.0  # a larger leap forward needs a second witness
SPIKE_S = 60.0  # a channel's spike is what it does not jump by within this time
CONFIRM_S = 10.0  # a spike that nothing contradicts for this long is believed
STEP_READINGS = 20  # late readings in a row that make a clock step ...
STEP_FEW = 5  # ... or this many, if they also move on by
STEP_SPAN_S = 60.0
STEP_ALONE_S = 3_600.0  # a channel that is heard alone for so long is the whole feed: then it needs no second one


@kernel
def _log(log: Floats, size: int, kind: int, channel: int, time: float, value: float, frame: float) -> int:
    if size < log.shape[0]:
        log[size, 0] = kind
        log[size, 1] = channel
        log[size, 2] = time
        log[size, 3] = value
        log[size, 4] = frame
        size += 1
    return size


@kernel
def _take(chan: Floats, flags: Flags, fresh: Bools, c: int, time: float, value: float) -> None:
    if value != chan[c, C_VALUE] or np.isnan(chan[c, C_VALUE]):
        chan[c, C_PREVIOUS] = chan[c, C_VALUE]
        chan[c, C_CHANGE] = time
        flags[c] &= ~np.uint16(Q_STUCK)
    chan[c, C_VALUE] = value
    chan[c, C_TIME] = time
    chan[c, C_PENDING_TIME] = np.nan
    fresh[c] = True
    flags[c] &= ~np.uint16(Q_MISSING | Q_RANGE | Q_STALE | Q_LATE | Q_OUTLIER)


@kernel
def sort_into_frames(
    time: Floats,
    code: Ints,
    value: Floats,
    chan: Floats,
    flags: Flags,
    fresh: Bools,
    counts: Ints,
    feed: Floats,
    low: Floats,
    high: Floats,
    spike: Floats,
    stuck_after: Floats,
    stale_after: Floats,
    confirmable: Bools,
    wakes_wrong: Bools,
    status_channel: int,
    frame_s: float,
    timeout_s: float,
    out_time: Floats,
    out_value: Floats,
    out_previous: Floats,
    out_fresh: Bools,
    out_flags: Flags,
    log: Floats,
) -> tuple[int, int]:
    """Run the rules over one block; returns (frames written, log rows written).

    time (n,), code (n,) channel index or -1 for an item no channel knows, value (n,) SI. chan (channel, 6), flags,
    fresh, counts (channel + 1, 10) and feed (16,) are the memory and are changed in place.
    """
    n_channels = chan.shape[0]
    frames = 0
    logged = 0
    for i in range(time.shape[0]):
        t = time[i] + feed[F_OFFSET]
        c = code[i]
        row = c if c >= 0 else n_channels
        agreed = False
        # --- the clock ------------------------------------------------------------------------------------------
        if feed[F_OPEN] == 1.0:
            agrees = feed[F_AHEAD] - LATE_S <= t <= feed[F_AHEAD] + AHEAD_S  # never true while none waits
            agreed = t > feed[F_CLOCK] + AHEAD_S and agrees  # then the one that waited was right: it is taken first
            if t > feed[F_CLOCK] + AHEAD_S and not agrees:
                feed[F_AHEAD] = t
                feed[F_AHEAD_CODE] = c
                feed[F_AHEAD_VALUE] = value[i]
                counts[row, L_CLOCK_STEP] += 1
                logged = _log(log, logged, L_CLOCK_STEP, c, feed[F_CLOCK], t - feed[F_CLOCK], feed[F_FRAME])
                continue
            if t < feed[F_CLOCK] - LATE_S:
                if feed[F_LATE_RUN] == 0.0 or t < feed[F_LATE_LAST] - LATE_S:
                    feed[F_LATE_RUN] = feed[F_LATE_OTHERS] = 0.0
                    feed[F_LATE_FIRST] = t
                    feed[F_LATE_CODE] = c
                feed[F_LATE_RUN] += 1.0
                feed[F_LATE_LAST] = t
                moved = t - feed[F_LATE_FIRST]
                if c != feed[F_LATE_CODE]:
                    feed[F_LATE_OTHERS] = 1.0
                many = feed[F_LATE_RUN] >= STEP_READINGS or (feed[F_LATE_RUN] >= STEP_FEW and moved >= STEP_SPAN_S)
                others = False  # whose silence speaks against a step
                for k in range(n_channels):
                    others = others or (k != c and chan[k, C_TIME] > feed[F_CLOCK] - STEP_ALONE_S)
                if many and (not others or feed[F_LATE_OTHERS] == 1.0 or moved >= STEP_ALONE_S):
                    step = np.ceil((feed[F_CLOCK] - feed[F_LATE_FIRST]) / frame_s) * frame_s  # frames keep their grid
                    feed[F_OFFSET] += step
                    t += step
                    feed[F_LATE_RUN] = 0.0
                    logged = _log(log, logged, L_CLOCK_STEP, -1, feed[F_CLOCK], -step, feed[F_FRAME])
                    counts[n_channels, L_CLOCK_STEP] += 1
                    for k in range(n_channels):
                        flags[k] |= np.uint16(Q_CLOCK)
                else:
                    counts[row, L_LATE] += 1
                    if c >= 0:
                        logged = _log(log, logged, L_LATE, c, t, feed[F_CLOCK] - t, feed[F_FRAME])
                        flags[c] |= np.uint16(Q_LATE)
                        if t > chan[c, C_TIME]:
                            flags[c] |= np.uint16(Q_STALE)  # what we hold is known to be outdated
                    continue
            else:
                feed[F_LATE_RUN] = 0.0
        waited, waiting_code, waiting_value = feed[F_AHEAD], int(feed[F_AHEAD_CODE]), feed[F_AHEAD_VALUE]
        feed[F_AHEAD] = np.nan
        # --- close the open frame -------------------------------------------------------------------------------
        start = np.floor(t / frame_s) * frame_s
        if feed[F_OPEN] == 1.0 and start > feed[F_FRAME]:
            frames, logged = close_frame(
                chan, flags, fresh, counts, feed, stuck_after, stale_after, confirmable,
                out_time, out_value, out_previous, out_fresh, out_flags, frames, log, logged,
            )  # fmt: skip
            silence = start - feed[F_FRAME]
            usual = feed[F_SPACING]
            limit = max(timeout_s, 3.0 * usual)
            if not np.isnan(feed[F_STATUS]) and feed[F_STATUS] != 24.0:
                limit = LATE_S  # the feed itself said that the signal was going
            if silence > limit:
                logged = _log(log, logged, L_GAP, -1, feed[F_FRAME], silence, feed[F_FRAME])
                counts[n_channels, L_GAP] += 1
                feed[F_SESSION] = start
                for k in range(n_channels):
                    flags[k] |= np.uint16(Q_GAP)
            else:
                feed[F_SPACING] = usual + 0.05 * (min(silence, 4.0 * usual) - usual)
            feed[F_FRAME] = start
        elif feed[F_OPEN] == 0.0:
            feed[F_OPEN] = 1.0
            feed[F_FRAME] = start
            feed[F_SPACING] = frame_s
            feed[F_SESSION] = start
            feed[F_CLOCK] = t
        feed[F_CLOCK] = max(feed[F_CLOCK], t)
        if agreed and waiting_code >= 0 and low[waiting_code] <= waiting_value <= high[waiting_code]:
            _take(chan, flags, fresh, waiting_code, waited, waiting_value)
        if c < 0:
            continue
        # --- the reading ----------------------------------------------------------------------------------------
        v = value[i]
        if t == chan[c, C_TIME] or t == chan[c, C_PENDING_TIME]:
            counts[c, L_DUPLICATE] += 1
            held = chan[c, C_VALUE] if t == chan[c, C_TIME] else chan[c, C_PENDING]
            if v != held:
                flags[c] |= np.uint16(Q_DUPLICATE)
                logged = _log(log, logged, L_DUPLICATE, c, t, v - held, feed[F_FRAME])
            continue
        if not np.isnan(chan[c, C_TIME]) and t < chan[c, C_TIME]:
            counts[c, L_LATE] += 1
            continue
        if c == status_channel:
            feed[F_STATUS] = v
        if not (low[c] <= v <= high[c]):
            counts[c, L_OUT_OF_RANGE] += 1
            logged = _log(log, logged, L_OUT_OF_RANGE, c, t, v, feed[F_FRAME])
            flags[c] |= np.uint16(Q_RANGE)
            if not np.isnan(chan[c, C_TIME]):
                flags[c] |= np.uint16(Q_STALE)
            continue
        known = not np.isnan(chan[c, C_VALUE]) and chan[c, C_TIME] >= feed[F_SESSION] - 1e-9
        waking = np.isnan(chan[c, C_VALUE]) and wakes_wrong[c]
        # between readings minutes apart the air itself may move as far as no sensor jumps in one
        apart = feed[F_FRAME] - feed[F_LAST_FRAME]
        most = spike[c] * max(1.0, apart / SPIKE_S) if apart > 0.0 else spike[c]
        if spike[c] > 0.0 and (waking or (known and abs(v - chan[c, C_VALUE]) > most)):
            waiting = not np.isnan(chan[c, C_PENDING_TIME])
            # further on in the same direction: the one that waited was on the way
            on = waiting and (chan[c, C_PENDING] - chan[c, C_VALUE]) * (v - chan[c, C_PENDING]) > 0.0
            if waiting and (on or abs(v - chan[c, C_PENDING]) <= most):
                _take(chan, flags, fresh, c, t, v)
            else:
                if waiting:
                    counts[c, L_OUTLIER] += 1
                    logged = _log(log, logged, L_OUTLIER, c, chan[c, C_PENDING_TIME], chan[c, C_PENDING], feed[F_FRAME])
                    flags[c] |= np.uint16(Q_OUTLIER)
                chan[c, C_PENDING_TIME] = t
                chan[c, C_PENDING] = v
        else:
            if not np.isnan(chan[c, C_PENDING_TIME]):
                counts[c, L_OUTLIER] += 1
                logged = _log(log, logged, L_OUTLIER, c, chan[c, C_PENDING_TIME], chan[c, C_PENDING], feed[F_FRAME])
            _take(chan, flags, fresh, c, t, v)
        counts[c, L_FRESH] += 1
    return frames, logged


@kernel
def close_frame(
    chan: Floats,
    flags: Flags,
    fresh: Bools,
    counts: Ints,
    feed: Floats,
    stuck_after: Floats,
    stale_after: Floats,
    confirmable: Bools,
    out_time: Floats,
    out_value: Floats,
    out_previous: Floats,
    out_fresh: Bools,
    out_flags: Flags,
    frames: int,
    log: Floats,
    logged: int,
) -> tuple[int, int]:
    """Write the open frame out and make the channels ready for the next one."""
    now = feed[F_FRAME]
    for c in range(chan.shape[0]):
        if confirmable[c] and now - chan[c, C_PENDING_TIME] > CONFIRM_S:
            _take(chan, flags, fresh, c, chan[c, C_PENDING_TIME], chan[c, C_PENDING])
        seen = not np.isnan(chan[c, C_TIME])
        if not seen:
            flags[c] |= np.uint16(Q_MISSING)
        if (
            seen
            and stuck_after[c] > 0.0
            and not flags[c] & Q_STUCK
            and now - max(chan[c, C_CHANGE], feed[F_SESSION]) > stuck_after[c]
        ):
            flags[c] |= np.uint16(Q_STUCK)
            counts[c, L_STUCK] += 1
            logged = _log(log, logged, L_STUCK, c, chan[c, C_CHANGE], chan[c, C_VALUE], feed[F_FRAME])
        if seen and stale_after[c] > 0.0 and not flags[c] & Q_STALE and now - chan[c, C_TIME] > stale_after[c]:
            flags[c] |= np.uint16(Q_STALE)
            counts[c, L_STALE] += 1
            logged = _log(log, logged, L_STALE, c, chan[c, C_TIME], chan[c, C_VALUE], feed[F_FRAME])
    logged = _freeze(chan, flags, counts, feed, stuck_after, log, logged)
    for c in range(chan.shape[0]):
        out_value[frames, c] = chan[c, C_VALUE]
        out_previous[frames, c] = chan[c, C_PREVIOUS]
        out_fresh[frames, c] = fresh[c]
        out_flags[frames, c] = flags[c]
        if fresh[c]:
            flags[c] &= ~np.uint16(Q_GAP)
        flags[c] &= ~np.uint16(Q_DUPLICATE)
        fresh[c] = False
    out_time[frames] = now
    feed[F_LAST_FRAME] = now
    return frames + 1, logged


@kernel
def _freeze(
    chan: Floats, flags: Flags, counts: Ints, feed: Floats, stuck_after: Floats, log: Floats, logged: int
) -> int:
    """Call every channel stuck when nothing has moved for as long as makes one of them stuck."""
    moved = feed[F_SESSION]
    heard = 0
    for c in range(chan.shape[0]):
        if not np.isnan(chan[c, C_TIME]):
            heard += 1
            if not np.isnan(chan[c, C_PREVIOUS]):
                moved = max(moved, chan[c, C_CHANGE])
    still = feed[F_FRAME] - moved
    frozen = False
    for c in range(chan.shape[0]):
        frozen = frozen or (flags[c] & Q_STUCK != 0 and still > stuck_after[c])
    if not frozen or heard < 2:
        return logged
    told = True
    for c in range(chan.shape[0]):
        if not np.isnan(chan[c, C_TIME]) and not flags[c] & Q_STUCK:
            flags[c] |= np.uint16(Q_STUCK)
            told = False
    if not told:
        counts[chan.shape[0], L_FROZEN] += 1
        logged = _log(log, logged, L_FROZEN, -1, moved, still, feed[F_FRAME])
    return logged
