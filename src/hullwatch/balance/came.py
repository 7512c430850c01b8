"""What gas came, by the analysers: oxygen leaves nitrogen where it was, air raises both alike."""

import numpy as np

from hullwatch.balance.air import AirMemory
from hullwatch.balance.layout import UNMETERED
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.records import Interval

TELLS = 0.7
"""A share of nitrogen less well known than this, from end to end, tells no gas from another."""
BENDS = 2.0
"""The logarithm of oxygen bends: what was exchanged is off by this much of the square of what came (half of 1 / 0.21,
less what total pressure takes of it)."""


def exchanged_of(memory: AirMemory) -> float:
    """The state `exchanged` (see layout), 0 where no analyser is heard."""
    place = memory.layout.exchanged
    return float(memory.x[place]) if place >= 0 else 0.0


def nitrogen_part(memory: AirMemory, exchanged: float, took_s: float, change: float, sd: float) -> Interval | None:
    """Mole fraction of nitrogen in the gas that came, or None where nothing tells it.

    Args:
        memory: what is believed now that it has come.
        exchanged: the state of that name before it came.
        took_s: time since then, in which people and machines have gone on.
        change, sd: by how much the logarithm of all gas rose, and how well that is known.
    """
    lay = memory.layout
    if lay.exchanged < 0 or change <= 0.0:
        return None
    rise = change - (float(memory.x[lay.exchanged]) - exchanged)
    bent = BENDS * change * change
    doubt = memory.p[lay.exchanged, lay.exchanged] + lay.variance[UNMETERED] * took_s**2 + bent * bent
    part = lay.nitrogen * np.expm1(rise) / np.expm1(change)
    spread = SIGMAS_90 * lay.nitrogen / change * np.hypot(np.sqrt(doubt), rise / change * sd)
    return Interval(*(float(np.clip(end, 0.0, 1.0)) for end in (part, part - spread, part + spread)))


def named(part: Interval | None, share: float) -> str:
    """Words for it: which of oxygen, air (of this share of nitrogen) and nitrogen it can have been; none if any."""
    if part is None or part.high - part.low > TELLS:
        return ""
    gases = {"oxygen": 0.0, "air": share, "nitrogen": 1.0}
    fitting = [gas for gas, of_it in gases.items() if part.low <= of_it <= part.high]
    measured = f"nitrogen's part {100 * part.low:.0f} to {100 * part.high:.0f} % by the analysers"
    return f"{' or '.join(fitting) or 'a mixture'} came ({measured})"
