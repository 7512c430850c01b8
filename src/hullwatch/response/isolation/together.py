"""Everything shut at once: one long reading of all compartments side by side, for slow leaks.

People live in a few compartments next to their craft; every other suspect is shut by itself. One with a gauge is
read as it goes; one without is read at the end by hand, through the valve of its hatch. What the living compartments
share among them, if the leak is there, is searched step by step.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from hullwatch.records import Floats
from hullwatch.response.isolation.layout import HAND_GAUGE, MOST, PASSAGE_S, Layout
from hullwatch.response.isolation.reading import BLIND, FOREVER, reading_time
from hullwatch.response.isolation.simple import GREEDY, expected
from hullwatch.response.isolation.step import GAS, Conditions, side_of, volume_of, work_of

LIVING_M3 = 12.0
"""Air volume for each person to live in while all is shut, m3 [c]."""
PREPARING_S = 3600.0
"""Time to make ventilation, stowage and stores ready for hours behind shut hatches, s [c]."""
READ_BY_HAND_S = 60.0
"""Time to read a gauge at a hatch, beside the way there, s [c]."""


class Together(NamedTuple):
    """What shutting everything at once comes to."""

    mean: float  # expected cost, in the unit of the aim
    worst: float
    wait_s: float  # until the last compartment without a gauge is read
    past_limit: tuple[int, ...]  # suspects (compartments) whose hatch could then be opened through its valve only


def living_groups(layout: Layout, group: int, people: Sequence[int]) -> tuple[int, ...]:
    """A word for each home in the group: it and what is next to it, until there is room for its people."""
    words: list[int] = []
    for home, number in zip(layout.home_at, people, strict=True):
        if not group >> int(home) & 1 or any(word >> int(home) & 1 for word in words):
            continue
        word = 1 << int(home)
        while volume_of(layout, word) < LIVING_M3 * number:
            beside = [k for k in range(len(layout.volume_m3)) if word >> k & 1]
            next_to = int(np.bitwise_or.reduce(layout.neighbours[beside])) & group & ~word & ~sum(words)
            next_to &= ~(layout.home & ~word)
            if not next_to:
                break
            word |= 1 << max((k for k in range(MOST) if next_to >> k & 1), key=lambda k: layout.volume_m3[k])
        words.append(word)
    return tuple(words)


class Arrangement(NamedTuple):
    """Who is shut in where when everything is shut: nothing in it hangs on the rate of the leak."""

    blocks: tuple[int, ...]  # words: living groups, then every other compartment by itself
    lived: int  # compartments people live in meanwhile
    work_s: float  # to shut everything, at people's usual pace
    hands: int  # pairs of people


def arrange(layout: Layout, group: int, suspects: int, people: Sequence[int]) -> Arrangement:
    """Everything shut, but for where people live."""
    living = living_groups(layout, group, people)
    lived = sum(living)
    blocks = (*living, *(1 << k for k in range(len(layout.volume_m3)) if group >> k & 1 and not lived >> k & 1))
    block_of = {k: n for n, word in enumerate(blocks) for k in range(MOST) if word >> k & 1}
    ends = enumerate(layout.ends.tolist())
    shut = [
        h
        for h, (a, b) in ends
        if a in block_of and b in block_of and block_of[a] != block_of[b] and suspects & (1 << a | 1 << b)
    ]
    work, _, _ = work_of(layout, np.array([*shut, -1], np.int64), group)
    hands = max(1, sum(number // 2 for number in people))  # two to a hatch
    return Arrangement(blocks, lived, PREPARING_S + (work + 2.0 * PASSAGE_S * len(shut)) / hands, hands)


def together(
    layout: Layout, at: Conditions, group: int, suspects: int, weight: Floats, people: Sequence[int]
) -> Together:
    """Cost of shutting every suspect of a group by itself, and reading them all."""
    return of_arrangement(layout, at, arrange(layout, group, suspects, people), suspects, weight)


def of_arrangement(layout: Layout, at: Conditions, how: Arrangement, suspects: int, weight: Floats) -> Together:
    """The same for suspects that have been arranged already."""
    work = how.work_s * at.haste
    times = [_reading_s(layout, at, word) for word in how.blocks]
    blind = [t for word, (t, seen) in zip(how.blocks, times, strict=True) if word & suspects and not seen]
    wait = max(blind, default=0.0)
    round_s = len(blind) * (PASSAGE_S + READ_BY_HAND_S) * at.haste / how.hands
    total = sum(float(weight[k]) for k in range(len(weight)) if suspects >> k & 1)
    mean, worst, past = 0.0, 0.0, []
    for word, (time, seen) in zip(how.blocks, times, strict=True):
        inside = word & suspects
        if not inside:
            continue
        time = time if seen else wait + round_s
        p, cost, _ = expected(layout, at, weight, word, inside, GREEDY)
        later = cost / p if p > 0.0 and inside & (inside - 1) else 0.0
        mass = at.density_kg_m3 * float(volume_of(layout, word))
        gone = mass * -math.expm1(-at.rate_kg_s * time / mass)
        cost = at.rate_kg_s * work + gone + later if at.aim == GAS else work + time + later
        mean, worst = mean + p / max(total, 1e-300) * cost, max(worst, cost)
        if not word & how.lived and gone / mass * at.pressure_pa > _limit_pa(layout, word):
            past.append(word.bit_length() - 1)
    return Together(mean, worst, wait + round_s, tuple(past))


def _reading_s(layout: Layout, at: Conditions, word: int) -> tuple[float, bool]:
    """Time until a compartment shut by itself is known to leak or not, and whether a gauge of its own says so."""
    side = side_of(layout, at, word)
    slope = side[0]
    if math.isfinite(side[1]):
        return float(reading_time(side, BLIND, at.enough)), True
    noise, step, _ = HAND_GAUGE
    level = math.sqrt(2.0 * (noise**2 + step**2 / 12.0) + at.blind_warmth_pa**2)
    fall = level * math.sqrt(2.0 * at.enough)
    if fall >= at.pressure_pa:
        return FOREVER, False
    # the pressure of a compartment that leaks falls as exp(-t slope / p)
    return -at.pressure_pa / slope * math.log1p(-fall / at.pressure_pa), False


def _limit_pa(layout: Layout, word: int) -> float:
    """Smallest pressure difference that keeps a hatch of this compartment shut, should it leak."""
    limits = [
        layout.limit_pa[h, end]
        for h in range(len(layout.ends))
        for end in (0, 1)
        if word >> int(layout.ends[h, end]) & 1
    ]
    return min(limits, default=math.inf)


RATES_KG_S = np.geomspace(0.05, 50_000.0, 61) / 86_400.0
"""Where the two manners are compared."""
STRIDE = 5
"""Rates taken at a time while looking for the change; divides their number less one."""


def switch_over(
    layout: Layout, at: Conditions, group: int, suspects: int, weight: Floats, people: Sequence[int]
) -> float | None:
    """Rate above which going step by step is expected to be better, kg/s; None when it is so, or not so, everywhere.

    Step by step is taken as the greedy rule has it, which comes within some per cent of the best plan.
    """
    how = arrange(layout, group, suspects, people)

    def ahead(rate: float) -> float:
        here = at._replace(rate_kg_s=rate)
        p, cost, _ = expected(layout, here, weight, group, suspects, GREEDY)
        once = of_arrangement(layout, here, how, suspects, weight).mean
        return math.log(max(cost / p, 1e-9) / max(once, 1e-9))

    # from the fastest down, for the last change is the one that counts: in strides first, then rate by rate
    top = len(RATES_KG_S) - 1
    beyond = ahead(float(RATES_KG_S[top]))
    for low in range(top - STRIDE, -1, -STRIDE):
        before = ahead(float(RATES_KG_S[low]))
        if before > 0.0 >= beyond:
            return _between(ahead, low, before)
        beyond = before
    return None


def _between(ahead: Callable[[float], float], low: int, before: float) -> float:
    """The rate within a stride where the better manner changes, on a logarithmic scale between two rates compared."""
    for k in range(low + 1, low + STRIDE + 1):
        beyond = ahead(float(RATES_KG_S[k]))
        if before > 0.0 >= beyond:
            break
        before = beyond
    share = before / (before - beyond)
    return float(RATES_KG_S[k - 1] * (RATES_KG_S[k] / RATES_KG_S[k - 1]) ** share)
