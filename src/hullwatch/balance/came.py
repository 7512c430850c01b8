"""What gas came, by the analysers of nitrogen: oxygen leaves nitrogen where it was, air raises both alike."""

import numpy as np

from hullwatch.balance.air import AirMemory, error_share, shows
from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.records import Interval

TELLS = 0.7
"""A share of nitrogen less well known than this, from end to end, tells no gas from another."""


def exchanged_of(memory: AirMemory) -> float:
    """The state `exchanged` (see layout), 0 where no analyser is heard."""
    place = memory.layout.exchanged
    return float(memory.x[place]) if place >= 0 else 0.0


def nitrogen_part(
    memory: AirMemory, t0_k: float, exchanged: float, took_s: float, change: float, sd: float
) -> Interval | None:
    """Mole fraction of nitrogen in the gas that came, or None where nothing tells it.

    Args:
        memory: what is believed now that it has come.
        t0_k: the ship's nominal temperature, K.
        exchanged: the state of that name before it came.
        took_s: time since then, in which analysers drift.
        change, sd: by how much the logarithm of all gas rose, and how well that is known.

    An analyser's constant error is the same before and after and cancels; its reading before counts with its noise.
    """
    lay = memory.layout
    if lay.exchanged < 0 or change <= 0.0:
        return None
    share = float(lay.reference_pa[len(lay.pressure)] / lay.reference_pa[0])
    rise = change - (float(memory.x[lay.exchanged]) - exchanged)
    known = min(_variance(memory, t0_k, s, took_s) for s in range(len(lay.pressure), len(lay.sensors)))
    part = share * np.expm1(rise) / np.expm1(change)
    spread = SIGMAS_90 * share / change * np.hypot(np.sqrt(known), rise / change * sd)
    return Interval(*(float(np.clip(end, 0.0, 1.0)) for end in (part, part - spread, part + spread)))


def named(part: Interval | None, share: float) -> str:
    """Words for it: which of oxygen, air (of this share of nitrogen) and nitrogen it can have been; none if any."""
    if part is None or part.high - part.low > TELLS:
        return ""
    gases = {"oxygen": 0.0, "air": share, "nitrogen": 1.0}
    fitting = [gas for gas, of_it in gases.items() if part.low <= of_it <= part.high]
    measured = f"nitrogen's part {100 * part.low:.0f} to {100 * part.high:.0f} % by the analysers"
    return f"; {' or '.join(fitting) or 'a mixture'} came ({measured})"


def _variance(memory: AirMemory, t0_k: float, sensor: int, took_s: float) -> float:
    """How well the rise of nitrogen is known by one analyser, relative: what it would read now (large if it has not
    been read since), and a reading before with the drift between."""
    lay = memory.layout
    h = shows(memory, t0_k)
    h[lay.exchanged] = -1.0
    h[lay.bias(sensor)] = error_share(float(h @ memory.x))
    noise = float(lay.noise[sensor] ** 2 + lay.quantum[sensor] ** 2 / 12.0)
    return float(h @ memory.p @ h) + noise + float(lay.walk[lay.bias(sensor)]) * max(took_s, 0.0)
