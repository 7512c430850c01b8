"""The ship as bits and arrays for the search: compartments are bits, a cut is the bits on one side of it.

        LAB --h0-- NODE --h1-- STORE          h0 cuts {LAB} from {NODE, STORE, CAPSULE}: sides 0001 and 1110
                    |
                    h2                        in a subset of the ship the cut is the same, its sides cut down to the
                    |                         subset: on a tree both stay connected
                 CAPSULE

Where hatches form a ring, one of them parts nothing: such hatches cut in twos or threes, shut together.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.records import Bools, Floats, Ints
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import Hatch, Vehicle

PASSAGE_S = 20.0
"""Time to float through one compartment, s [c]."""
OPENING_S = 30.0
"""Time from the end of a reading until a shut hatch stands open again, s [c]."""
TRAINING_PA = 0.5 * MMHG_PA
"""Pressure difference a shut hatch may reach: what half of the time of a 1 mmHg drop brings [a:S03]."""
HAND_GAUGE = (0.3 * MMHG_PA, 1.0 * MMHG_PA, 60.0)
"""Noise, step and period of the manovacuummeter that people carry, Pa, Pa, s [b]."""
MOST = 62
"""Compartments and hatches that fit the bits of a word."""


class Layout(NamedTuple):
    """The searched part of a ship; (n,) compartments, (h,) hatches, (c,) cuts, (m,) gauges, (t,) homes."""

    volume_m3: Floats  # (n,)
    seen_warm: Bools  # (n,) has a thermometer
    home: int  # bits of the compartments that people go home in
    gauge_at: Ints  # (m,) compartment
    gauge_var: Floats  # (m,) Pa2, of one reading
    gauge_period: Floats  # (m,) s
    gauge_step: Floats  # (m,) Pa
    ends: Ints  # (h, 2)
    closing_s: Floats  # (h,)
    clearing_s: Floats  # (h,) before it can be shut the first time
    limit_pa: Floats  # (h, 2) pressure difference at which it can still be opened, leak at its first or second end
    walk_s: Floats  # (t, h) from each home
    home_at: Ints  # (t,)
    cut_side: Ints  # (c,) bits of one side
    cut_hatches: Ints  # (c, 3) hatches, -1 for none
    ring: bool  # some hatches form rings: sides of a subset may fall apart
    neighbours: Ints  # (n,) bits of compartments beyond open hatches


def bits(indices: Iterable[int]) -> int:
    """A word with these bits set."""
    word = 0
    for index in indices:
        word |= 1 << index
    return word


def lay_out(
    vehicle: Vehicle, inside: Sequence[str], usable: frozenset[str], homes: Sequence[str], force: bool
) -> tuple[Layout, tuple[Hatch, ...]]:
    """Compartments `inside` and the hatches between them that are open or may be opened, as arrays.

    homes: compartments that crew go home in. force: hatches are limited by what a person can pull, not by the training
    rule. Returns the arrays and the hatches in their order. Raises OutOfRange for a ship of more than 62 compartments.
    """
    number = {id: k for k, id in enumerate(inside)}
    hatches = tuple(h for h in vehicle.hatches if h.id in usable and all(end in number for end in h.between))
    if len(number) > MOST or len(hatches) > MOST:
        raise OutOfRange("compartments", len(number), f"plans reach to {MOST} compartments and hatches in one group")
    ends = np.array([[number[end] for end in h.between] for h in hatches], np.int64).reshape(-1, 2)
    home_at = np.array([number[id] for id in homes if id in number], np.int64)
    cuts = _cuts(len(number), ends)
    gauges = _gauges(vehicle, number)
    steps = np.array([[_steps(len(number), ends, int(home), k) for k in range(len(hatches))] for home in home_at])
    warm = {c.compartment for c in vehicle.channel_of("temperature")}
    neighbours = np.zeros(len(number), np.int64)
    for a, b in ends:
        neighbours[a] |= 1 << int(b)
        neighbours[b] |= 1 << int(a)
    layout = Layout(
        np.array([vehicle.compartment(id).volume_m3.value for id in inside]),
        np.array([id in warm for id in inside]),
        bits(int(k) for k in home_at),
        *gauges,
        ends,
        np.array([h.closing_s.value for h in hatches]),
        np.array([h.clearing_s.value for h in hatches]),
        np.array([_limits(h, force) for h in hatches]).reshape(-1, 2),
        PASSAGE_S * steps.reshape(home_at.size, len(hatches)),
        home_at,
        np.array([side for side, _ in cuts], np.int64),
        np.array(_padded(cuts), np.int64).reshape(-1, 3),
        any(which[1] >= 0 for which in _padded(cuts)) or len({h for _, which in cuts for h in which}) < len(hatches),
        neighbours,
    )
    return layout, hatches


def _limits(hatch: Hatch, force: bool) -> tuple[float, float]:
    """Pressure difference at which a hatch can still be opened when the leak is at its first, or second, end."""
    if not force:
        return TRAINING_PA, TRAINING_PA
    pull = hatch.pull_n.value / hatch.area_m2
    # it swings into the leaking side: the pressure helps
    one, two = (math.inf if hatch.opens_into == end else pull for end in hatch.between)
    return one, two


def _gauges(vehicle: Vehicle, number: dict[str, int]) -> tuple[Ints, Floats, Floats, Floats]:
    fixed = [c for c in vehicle.channel_of("pressure") if c.compartment in number]
    at = [number[c.compartment] for c in fixed if c.compartment is not None]
    return (
        np.array(at, np.int64),
        np.array([c.noise_si**2 + c.quantum_si**2 / 12.0 for c in fixed]),
        np.array([c.period_s for c in fixed]),
        np.array([c.quantum_si for c in fixed]),
    )


def _steps(n: int, ends: Ints, home: int, hatch: int) -> int:
    """Compartments to pass from a home to the nearer end of a hatch; n where there is no way."""
    depth = {home: 0}
    edge = [home]
    while edge:
        here = edge.pop(0)
        for a, b in ends.tolist():
            beyond = b if a == here else a
            if here in (a, b) and beyond not in depth:
                depth[beyond] = depth[here] + 1
                edge.append(beyond)
    return min(depth.get(int(end), n) for end in ends[hatch])


def _cuts(n: int, ends: Ints) -> list[tuple[int, tuple[int, ...]]]:
    """(bits of one side, hatches) of every smallest set of up to three hatches that parts the group in two."""
    pairs = [(int(a), int(b)) for a, b in ends]
    found: list[tuple[int, tuple[int, ...]]] = []
    found += [(side, (k,)) for k in range(len(pairs)) if (side := _parted(n, pairs, (k,)))]
    ringed = [k for k in range(len(pairs)) if not _parted(n, pairs, (k,))]
    for size in (2, 3):
        for chosen in itertools.combinations(ringed, size):
            side = _parted(n, pairs, chosen)
            if side and not any(_parted(n, pairs, part) for part in itertools.combinations(chosen, size - 1)):
                found.append((side, chosen))
    return found


def _padded(cuts: list[tuple[int, tuple[int, ...]]]) -> list[list[int]]:
    return [[*which, -1, -1, -1][:3] for _, which in cuts]


def _parted(n: int, pairs: Sequence[tuple[int, int]], shut: tuple[int, ...]) -> int:
    """The side of the first shut hatch's first end, when shutting these parts its ends; else 0."""
    start, other = pairs[shut[0]]
    side = {start}
    edge = [start]
    while edge:
        here = edge.pop()
        for k, (a, b) in enumerate(pairs):
            beyond = b if a == here else a
            if k not in shut and here in (a, b) and beyond not in side:
                side.add(beyond)
                edge.append(beyond)
    return 0 if other in side or n < 2 else bits(side)
