"""What an operation did to a group's gas: the mass after it against the mass that was to be expected without it."""

from dataclasses import replace

import numpy as np

from hullwatch.balance.air import K_STATE_TIME, AirMemory, error_share, shows
from hullwatch.balance.layout import MASS
from hullwatch.estimators.kalman import pin, predict
from hullwatch.records import Floats

STEP_S = 15.0
"""Length of a step of the prediction: short against the walls, which warm expanding gas in minutes."""


def absorbed(before: AirMemory, after: AirMemory, t0_k: float) -> tuple[float, float] | None:
    """Change of the logarithm of the gas amount that nothing but an operation between the two explains, and its sd.

    While mass may wander (let_mass_wander) the readings say nothing of heat and flows, so these are predicted across
    the operation with their doubt, as the filter would without readings; a leak already followed goes on and is no part
    of the change. The sensor's own error is the same before and after, and cancels but for its drift: the prediction
    carries its covariance with a copy of the reading before. Oxygen that is metered meanwhile counts as part of the
    change: against what an operation moves it is small. None if a side has no reading.
    """
    start, end = before.clock[K_STATE_TIME], after.clock[K_STATE_TIME]
    if np.isnan(start) or np.isnan(end) or end <= start or not before.layout.pressure:
        return None
    lay = before.layout
    sensor = min(range(len(lay.pressure)), key=lambda s: _read_variance(after, s, t0_k))
    first, last = _reading(before, sensor, t0_k), _reading(after, sensor, t0_k)
    n = lay.states
    # the reading before is kept beside the states as one more state that stays as it was
    x, p = np.append(before.x, first @ before.x), np.zeros((n + 1, n + 1))
    p[:n, :n] = before.p
    p[:n, n] = p[n, :n] = before.p @ first
    p[n, n] = first @ before.p @ first
    relax, variance = np.append(lay.relax_s, np.inf), np.append(lay.variance, 0.0)
    walk = np.append(before.walk, 0.0)
    walk[MASS] = 0.0
    steps = max(int(np.ceil((end - start) / STEP_S)), 1)
    for _ in range(steps):
        predict(x, p, relax, variance, walk, lay.into, lay.source, lay.weight, float(end - start) / steps)
    across = np.append(last, -1.0)
    change = float(last @ after.x - last @ x[:n])
    doubt = float(across @ p @ across + first @ before.p @ first + last @ after.p @ last)
    return change, float(np.sqrt(max(doubt, 0.0)))


def _reading(memory: AirMemory, sensor: int, t0_k: float) -> Floats:
    """What a sensor reads, as weights of the states (n,): its rounding error of the moment left out."""
    h = shows(memory, t0_k)
    h[memory.layout.bias(sensor)] = error_share(float(h @ memory.x))
    return h


def _read_variance(memory: AirMemory, sensor: int, t0_k: float) -> float:
    h = _reading(memory, sensor, t0_k)
    return float(h @ memory.p @ h)


def renew_gauges(memory: AirMemory) -> AirMemory:
    """Belief after a change too large to teach anything true of the gauges' errors: they and the level as at first."""
    x, p, lay = memory.x.copy(), memory.p.copy(), memory.layout
    for sensor in range(len(lay.sensors)):
        pin(x, p, lay.bias(sensor), 0.0, float(lay.start[lay.bias(sensor)]))
    pin(x, p, MASS, float(x[MASS]), float(lay.start[MASS]))
    return replace(memory, x=x, p=p)
