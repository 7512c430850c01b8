"""Evidence for each kind of change at each onset, carried along the balance's innovations."""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.estimators import change
from hullwatch.records import Floats, Ints, Residuals

LOSS, STEP, UPSET, SENSOR_DRIFT, SENSOR_STEP = range(5)
"""Kinds of change. Per group LOSS, STEP and UPSET (of heat) once, then a drift and a step for each sensor. Where an
analyser of single gases is heard, two more: gas that people and machines give or take, and nitrogen alone."""

LOOK_SHARE = 0.03
"""A change not sure yet is looked at again when it has grown older by this share."""
HORIZON_S = 14 * 86_400.0  # oldest onset considered
SPARED_H, SPARED_WITHIN = 5.0, 6.0
"""From this log-likelihood ratio on the onsets of a loss that are this near the likeliest are not thinned out any more:
between few of them it could not be told when it began."""
# the states a change of gas or heat acts on: see balance.layout
MASS_STATE, UNMETERED_STATE, FLOW_STATE, HEAT_STATE, DRIVE_STATE = 0, 1, 2, 3, 5


@dataclass(frozen=True, slots=True)
class ScoreMemory:
    """Candidate onsets and their evidence for one group."""

    relax_s: Floats
    into: Ints
    source: Ints
    weight: Floats
    ramp: Floats  # (kind, n) what a unit change adds to the truth per second
    jump: Floats  # (kind, n) and at its start
    onset: Ints  # (ROOM,) see estimators.change
    began: Floats
    d: Floats  # (kind, ROOM, n)
    a: Floats  # (kind, ROOM)
    b: Floats
    c: Floats  # of each with the candidate before
    clock: Floats  # (3,): last tick admitted, candidates held, no look before this time
    nitrogen: float = 0.0  # nominal share of nitrogen where an analyser tells it, else 0

    @property
    def held(self) -> int:
        """Candidate onsets held."""
        return int(self.clock[1])

    @property
    def sensors(self) -> int:
        """Pressure sensors of the group."""
        return int(self.ramp.shape[0] - SENSOR_DRIFT - 2 * bool(self.nitrogen)) // 2

    @property
    def exchange(self) -> int:
        """Row of a flow of gas exchanged, after the sensors; that of nitrogen alone is the next. LOSS if not told."""
        return SENSOR_DRIFT + 2 * self.sensors if self.nitrogen else LOSS


def begin(
    relax_s: Floats, into: Ints, source: Ints, weight: Floats, biases: tuple[int, ...], nitrogen: float = 0.0
) -> ScoreMemory:
    """No candidates yet. `biases` are the state numbers of the sensors' biases; `nitrogen` its share if it is told."""
    n, kinds = relax_s.size, SENSOR_DRIFT + 2 * len(biases) + 2 * bool(nitrogen)
    ramp, jump = np.zeros((kinds, n)), np.zeros((kinds, n))
    jump[LOSS, FLOW_STATE] = -1.0  # a loss is a flow out from its onset on; the integrators do the rest
    jump[STEP, MASS_STATE] = 1.0
    jump[UPSET, DRIVE_STATE] = 1.0  # heat follows its drive and both come back: walls and racks take it up
    for s, bias in enumerate(biases):
        ramp[SENSOR_DRIFT + 2 * s, bias] = 1.0
        jump[SENSOR_STEP + 2 * s, bias] = 1.0
    if nitrogen:
        jump[-2, UNMETERED_STATE] = -1.0
        # air goes, and all in it that is not nitrogen comes
        jump[-1, FLOW_STATE], jump[-1, UNMETERED_STATE] = -1.0 / nitrogen, 1.0 / nitrogen - 1.0
    room = change.ROOM
    return ScoreMemory(
        relax_s=relax_s,
        into=into,
        source=source,
        weight=weight,
        ramp=ramp,
        jump=jump,
        onset=np.full(room, -1, dtype=np.int64),
        began=np.zeros(room),
        d=np.zeros((kinds, room, n)),
        a=np.zeros((kinds, room)),
        b=np.zeros((kinds, room)),
        c=np.zeros((kinds, room)),
        clock=np.array([-np.inf, 0.0, -np.inf]),
        nitrogen=nitrogen,
    )


def restart(memory: ScoreMemory) -> ScoreMemory:
    """Drop all candidates: what they spoke of has been accepted or explained."""
    return begin(memory.relax_s, memory.into, memory.source, memory.weight, _biases(memory), memory.nitrogen)


def freeze(memory: ScoreMemory) -> ScoreMemory:
    """Take no new candidates and thin none out: the onset is among those held, and its grid shall stay fine."""
    return replace(memory, clock=np.array([np.inf, memory.clock[1], -np.inf]))


def wait(memory: ScoreMemory, now_s: float) -> ScoreMemory:
    """Look again only after a while: what is not sure yet will not be before it has grown older by some share.

    The youngest of the likeliest onsets of all kinds counts.
    """
    places = [change.best(memory.a[k], memory.b[k], memory.held, 0)[1] for k in range(memory.a.shape[0])]
    youngest = max((memory.began[place] for place in places if place >= 0), default=now_s)
    clock = memory.clock.copy()
    clock[2] = now_s + LOOK_SHARE * (now_s - youngest)
    return replace(memory, clock=clock)


def forgive(memory: ScoreMemory) -> ScoreMemory:
    """Drop the candidates against all sensors once one was found to lie: it made the others look bad too.

    What is known of gas stays.
    """
    a, b, c, d = memory.a.copy(), memory.b.copy(), memory.c.copy(), memory.d.copy()
    sensors = slice(SENSOR_DRIFT, SENSOR_DRIFT + 2 * memory.sensors)
    a[sensors] = b[sensors] = c[sensors] = 0.0
    d[sensors] = 0.0
    return replace(memory, a=a, b=b, c=c, d=d)


def score(memory: ScoreMemory, residuals: Residuals, loss_h: float, other_h: float) -> tuple[ScoreMemory, int | None]:
    """Weigh innovations until some kind of change passes its threshold at the end of a frame.

    Returns the memory and the frame at which it happened, or None when the residuals ran out first.
    """
    new = replace(
        memory,
        onset=memory.onset.copy(),
        began=memory.began.copy(),
        d=memory.d.copy(),
        a=memory.a.copy(),
        b=memory.b.copy(),
        c=memory.c.copy(),
        clock=memory.clock.copy(),
    )
    r = residuals
    frame = _scan(
        r.time_s, r.frame, r.dt_s, r.pinned, r.nu, r.s, r.h, r.gain,
        new.relax_s, new.into, new.source, new.weight, new.ramp, new.jump,
        new.onset, new.began, new.d, new.a, new.b, new.c, new.clock, loss_h, other_h, change.TICK_S, HORIZON_S,
    )  # fmt: skip
    return new, None if frame < 0 else frame


def ratios(memory: ScoreMemory) -> tuple[float, float]:
    """Largest log-likelihood ratio now of a loss and of a gain of gas."""
    held = memory.held
    return change.best(memory.a[LOSS], memory.b[LOSS], held, 1)[0], change.best(
        memory.a[LOSS], memory.b[LOSS], held, -1
    )[0]


def _biases(memory: ScoreMemory) -> tuple[int, ...]:
    return tuple(int(np.argmax(memory.ramp[SENSOR_DRIFT + 2 * s])) for s in range(memory.sensors))


@kernel
def _scan(
    time: Floats, frame: Ints, dt: Floats, pinned: Ints, nu: Floats, s: Floats, h: Floats, gain: Floats,
    relax: Floats, into: Ints, source: Ints, weight: Floats, ramp: Floats, jump: Floats,
    onset: Ints, began: Floats, d: Floats, a: Floats, b: Floats, c: Floats, clock: Floats,
    loss_h: float, other_h: float, tick_s: float, horizon_s: float,
) -> int:  # fmt: skip
    rows, young = frame.shape[0], False
    for r in range(rows):
        held = int(clock[1])
        if held == 0 and dt[r] > 0.0:
            # between a fresh start and its first reading a flow may have begun: else all that follows looks like a step
            since = time[frame[r]] - dt[r]
            clock[0] = np.floor(since / tick_s)
            held = change.admit(int(clock[0]), since, horizon_s, onset, began, d, a, b, c, jump, (0, -1))
            clock[1] = held
        if dt[r] > 0.0:
            change.drift(d, held, relax, into, source, weight, ramp, dt[r])
        tick = np.floor(time[frame[r]] / tick_s)
        if tick > clock[0]:
            spared = change.likely(a[LOSS], b[LOSS], held, SPARED_H, SPARED_WITHIN)
            held = change.admit(int(tick), time[frame[r]], horizon_s, onset, began, d, a, b, c, jump, spared)
            clock[0] = tick
            clock[1] = held
            young = True
            _flow(d, held - 1, jump, 0.0)
        if pinned[r] >= 0:
            for q in range(d.shape[0]):
                for k in range(held):
                    d[q, k, pinned[r]] = 0.0
        else:
            change.weigh(d, held, a, b, c, h[r], gain[r], nu[r], s[r])
        if r + 1 < rows and frame[r + 1] == frame[r]:
            continue
        if young:
            _flow(d, held - 1, jump, 1.0)
            young = False
        if time[frame[r]] >= clock[2]:
            if change.best(a[0], b[0], held, 1)[0] > loss_h:
                return int(frame[r])
            if change.best(a[0], b[0], held, -1)[0] > other_h:
                return int(frame[r])
            for q in range(1, d.shape[0]):
                if change.best(a[q], b[q], held, 0)[0] > other_h:
                    return int(frame[r])
    return -1


@kernel
def _flow(d: Floats, k: int, jump: Floats, share: float) -> None:
    """A flow that begins with a frame has taken nothing of what its readings tell: means of what went before."""
    for q in range(d.shape[0]):
        if jump[q, FLOW_STATE] != 0.0 or jump[q, UNMETERED_STATE] != 0.0:
            for i in range(d.shape[2]):
                d[q, k, i] = share * jump[q, i]
