"""What one closure costs: walking, shutting, reading, and opening again, in time, gas, or closures.

A group of compartments with one pressure is cut in two, and the gauges say which side leaks. What becomes of the hatch:

    both sides hold the craft of some of the crew    everybody stands with their own, the hatch stays shut, and whoever
                                                     has the leak searches on
    one side holds nobody's craft                    people stay off it. The hatch is opened again, for air or to search
                                                     beyond, if that can be done before the pressure difference forbids
                                                     it; if not, it stays shut, and a leak beyond it is left as it is
    the side that leaks is one compartment           the hatch stays shut: the leak is isolated

A reading that needs longer than the hatch may be shut is made of several, with the hatch open in between. Where the
whole group loses so fast that this would be a matter of a minute or two, parts found tight stay shut in any case.
"""

import math
from typing import NamedTuple

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.records import Ints
from hullwatch.response.isolation.layout import HAND_GAUGE, OPENING_S, Layout
from hullwatch.response.isolation.reading import evidence, reading_time

TIME, GAS, CLOSURES = 0, 1, 2
SHORTEST_S = 5.0
"""A hatch that could not stay shut this long and still be opened is not opened again [c]."""
UNHURRIED_S = 120.0
"""Parts found tight are opened again where the group as a whole leaves this long to do so, s [c]."""
GIVEN_UP_S = 1800.0
"""Search time that keeping one more compartment is worth, when the aim is time, s [c]."""


class Conditions(NamedTuple):
    """The leak, the air, and what is aimed at."""

    rate_kg_s: float
    density_kg_m3: float
    pressure_pa: float
    warmth_pa: float  # pressure that unseen warmth stands for in a group with a thermometer, one sigma
    blind_warmth_pa: float  # in one without
    warmth_s: float  # its correlation time
    enough: float  # log odds at which a reading ends
    aim: int  # TIME, GAS or CLOSURES
    haste: float  # factor on all times of people
    keeps: bool  # parts found tight stay shut: at this rate there is no time to open them again


class Reading(NamedTuple):
    """What is common to a closure whoever is suspected: side a holds the cut's bits, b is the other."""

    useful: bool
    a: int
    b: int
    work_s: float  # walking and shutting
    shut_s: float  # shutting alone
    one: tuple[float, float, float, float]  # `side_of` each
    other: tuple[float, float, float, float]
    reading_s: float  # at one go
    limit_a_s: float  # longest a reading may take if the hatch is to be opened again, should a leak
    limit_b_s: float


class Closure(NamedTuple):
    """One closure and its two outcomes, leak on side a or b."""

    stays_a: bool  # the hatch stays shut
    stays_b: bool
    readings: float  # how many closings the reading takes
    reading_s: float  # all of them together
    again_s: float  # closing and opening between them
    limit_s: float  # longest one may take; infinite where nothing has to be opened
    cost_a: float
    cost_b: float


@kernel
def volume_of(layout: Layout, group: int) -> float:
    """Air volume of a group, m3."""
    total = 0.0
    for k in range(layout.volume_m3.size):
        if group >> k & 1:
            total += layout.volume_m3[k]
    return total


@kernel
def side_of(layout: Layout, at: Conditions, group: int) -> tuple[float, float, float, float]:
    """(slope if the leak is here, noise of its gauges, and g, c of its warmth) for one side of a shut hatch."""
    slope = at.rate_kg_s / at.density_kg_m3 * at.pressure_pa / volume_of(layout, group)
    said = 0.0  # readings per second over variance
    for k in range(layout.gauge_at.size):
        if group >> layout.gauge_at[k] & 1:
            said += 1.0 / (layout.gauge_var[k] * max(layout.gauge_period[k], layout.gauge_step[k] / slope))
    if group & layout.home:  # people are there, and carry a gauge
        noise, step, period = HAND_GAUGE
        said += 1.0 / ((noise * noise + step * step / 12.0) * max(period, step / slope))
    warm = False
    for k in range(layout.seen_warm.size):
        warm = warm or (layout.seen_warm[k] and group >> k & 1 == 1)
    sigma = at.warmth_pa if warm else at.blind_warmth_pa
    c = math.sqrt(3.0) / at.warmth_s
    return slope, (1.0 / said if said > 0.0 else math.inf), c * sigma, c


@kernel
def limits_of(layout: Layout, cut: int, group: int, slope_a: float, slope_b: float) -> tuple[float, float]:
    """Time until a hatch of this cut can no longer be opened, should side a leak, or side b."""
    limit_a, limit_b = math.inf, math.inf
    for h in layout.cut_hatches[cut]:
        one, other = layout.ends[h, 0], layout.ends[h, 1]
        if h >= 0 and group >> one & 1 and group >> other & 1:
            first = 0 if layout.cut_side[cut] >> one & 1 else 1
            limit_a = min(limit_a, layout.limit_pa[h, first] / slope_a)
            limit_b = min(limit_b, layout.limit_pa[h, 1 - first] / slope_b)
    return limit_a, limit_b


@kernel
def work_of(layout: Layout, hatches: Ints, group: int) -> tuple[float, float, int]:
    """(walking and shutting, shutting alone without clearing, number) of these hatches of a group; -1 is none.

    The crew nearest by, of those who go home in the group, walks there and shuts one after the other.
    """
    walk, shut, clear, number = 0.0, 0.0, 0.0, 0
    for h in hatches:
        if h >= 0 and group >> layout.ends[h, 0] & 1 and group >> layout.ends[h, 1] & 1:
            near = math.inf
            for t in range(layout.home_at.size):
                if group >> layout.home_at[t] & 1:
                    near = min(near, layout.walk_s[t, h])
            walk = max(walk, near if near < math.inf else 0.0)
            shut += layout.closing_s[h]
            clear += layout.clearing_s[h]
            number += 1
    return walk + shut + clear, shut, number


@kernel
def whole(layout: Layout, group: int) -> bool:
    """Whether all of a group is joined by its hatches."""
    reached = group & -group
    if reached == 0:
        return False
    edge = reached
    while edge:
        beyond = 0
        for k in range(layout.neighbours.size):
            if edge >> k & 1:
                beyond |= layout.neighbours[k]
        edge = beyond & group & ~reached
        reached |= edge
    return reached == group


@kernel
def reading_of(layout: Layout, at: Conditions, group: int, cut: int) -> Reading:
    """Sides, work and reading time of a cut in a group."""
    a, b = group & layout.cut_side[cut], group & ~layout.cut_side[cut]
    none = (0.0, 0.0, 0.0, 0.0)
    if a == 0 or b == 0 or (layout.ring and not (whole(layout, a) and whole(layout, b))):
        return Reading(False, a, b, 0.0, 0.0, none, none, 0.0, 0.0, 0.0)
    work, shut, _ = work_of(layout, layout.cut_hatches[cut], group)
    one, other = side_of(layout, at, a), side_of(layout, at, b)
    limit_a, limit_b = limits_of(layout, cut, group, one[0], other[0])
    opening = OPENING_S * at.haste
    return Reading(
        True, a, b, work * at.haste, shut * at.haste, one, other, reading_time(one, other, at.enough),
        limit_a - opening, limit_b - opening,
    )  # fmt: skip


@kernel
def closure_of(layout: Layout, at: Conditions, it: Reading, one_a: bool, one_b: bool) -> Closure:
    """What a closure costs, and what becomes of the hatch; one_a, one_b: only one suspect is on that side."""
    home_a, home_b = it.a & layout.home != 0, it.b & layout.home != 0
    if at.aim == CLOSURES:
        shut = home_a and home_b
        return Closure(shut or one_a, shut or one_b, 1.0, 0.0, 0.0, math.inf, 1.0, 1.0)
    stays_a = one_a or (home_a and (home_b or at.keeps)) or it.limit_a_s < SHORTEST_S
    stays_b = one_b or (home_b and (home_a or at.keeps)) or it.limit_b_s < SHORTEST_S
    limit = min(math.inf if stays_a else it.limit_a_s, math.inf if stays_b else it.limit_b_s)
    reading, readings, opening = it.reading_s, 1.0, OPENING_S * at.haste
    if reading > limit:
        once = evidence(it.one[0], it.one[1], it.one[2], it.one[3], limit)
        once += evidence(it.other[0], it.other[1], it.other[2], it.other[3], limit)
        readings = math.ceil(at.enough / max(once, 1e-9))
        reading = readings * limit
    again = (readings - 1.0) * (it.shut_s + opening)
    open_a, open_b = 0.0 if stays_a else opening, 0.0 if stays_b else opening
    cost_a, cost_b = it.work_s + reading + again + open_a, it.work_s + reading + again + open_b
    if at.aim == GAS:
        cost_a = at.rate_kg_s * (cost_a - reading) + readings * _lost(at, volume_of(layout, it.a), reading / readings)
        cost_b = at.rate_kg_s * (cost_b - reading) + readings * _lost(at, volume_of(layout, it.b), reading / readings)
    return Closure(stays_a, stays_b, readings, reading, again, limit, cost_a, cost_b)


@kernel
def _lost(at: Conditions, volume: float, time: float) -> float:
    """Gas that leaves a closed volume in this time, kg: less than the rate says, since its pressure falls."""
    mass = at.density_kg_m3 * volume
    return mass * -math.expm1(-at.rate_kg_s * time / mass)


@kernel
def shut_off(layout: Layout, at: Conditions, group: int, compartment: int) -> float:
    """Cost of shutting the hatches still open around the compartment that leaks."""
    around = np.full(layout.ends.shape[0], -1, np.int64)
    for h in range(layout.ends.shape[0]):
        if layout.ends[h, 0] == compartment or layout.ends[h, 1] == compartment:
            around[h] = h
    time, _, number = work_of(layout, around, group)
    if number == 0 or at.aim == CLOSURES:
        return 0.0
    if group & layout.home == 0:  # the hatch just shut has to be opened to reach them
        time += OPENING_S
    time *= at.haste
    return time * at.rate_kg_s if at.aim == GAS else time


@kernel
def give_up(layout: Layout, at: Conditions, suspects: int) -> float:
    """Cost of leaving a leak shut in with more compartments than its own."""
    number = 0
    for k in range(layout.volume_m3.size):
        number += suspects >> k & 1
    if at.aim == GAS:
        return at.density_kg_m3 * volume_of(layout, suspects) * (number - 1.0) / number
    return GIVEN_UP_S * (number - 1.0)


@kernel
def ended(layout: Layout, at: Conditions, group: int, suspects: int) -> float:
    """Cost of ending the search here: the one suspect is shut off, several are given up together."""
    if suspects & (suspects - 1) != 0:
        return give_up(layout, at, suspects)
    only = 0
    while not suspects >> only & 1:
        only += 1
    return shut_off(layout, at, group, only)
