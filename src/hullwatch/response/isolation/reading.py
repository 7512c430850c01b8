"""How long two gauges must be read until they tell on which side of a shut hatch the leak is.

If the leak is on a side of volume V, that side's pressure falls with slope s = (rate / air mass per m3) P / V, else it
stays: the two hypotheses differ by s on either side that has a gauge. The pressure at the moment of closing is known
from the reading before it. What a slope over time T is worth in evidence is s^2 / (2 var), with

    var(T) = 3 w / T^3  +  g^2 / (1 + u + u^2/2 + u^3/12),    u = c T

    w    noise of the gauges as power per hertz: variance over readings per second (METHODS 5.1)
    g    spread of the slope that unseen warmth has at any moment (Matern 3/2: c sigma, c = sqrt(3) / tau)

Either term alone is exact: the second is the norm of a ramp in the warmth's own space of functions. Without warmth it
is T = (6 sigma^2 ln(1/alpha) / (f s^2))^(1/3). A gauge that is published in steps says something new once a step: its
f is at most s / step. Reading ends when the odds for one side are 1/alpha to one, so T is a mean.
tests/response/test_isolation_reading.py compares var(T) with the full covariance of ramp, noise and warmth.
"""

import math

from hullwatch.compiled import kernel

FOREVER = 3.0e7
"""About a year, s: what cannot be read at all is said to take this long."""
BLIND = (0.0, math.inf, 0.0, 0.0)
"""A side without any gauge."""


@kernel
def evidence(slope: float, w: float, g: float, c: float, time: float) -> float:
    """Mean log-likelihood ratio after `time` seconds of one side's gauges; 0 for a side that has none (w infinite)."""
    if not w < 1e300:
        return 0.0
    u = c * time
    warmth = g * g / (1.0 + u * (1.0 + u * (0.5 + u / 12.0)))
    return 0.5 * slope * slope / (3.0 * w / (time * time * time) + warmth)


@kernel
def reading_time(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float], enough: float
) -> float:
    """Time until the evidence of both sides together is `enough`, to half a per cent; a side is (slope, w, g, c)."""
    low, high = math.log(1e-2), math.log(FOREVER)
    for _ in range(12):
        middle = 0.5 * (low + high)
        time = math.exp(middle)
        said = evidence(one[0], one[1], one[2], one[3], time) + evidence(other[0], other[1], other[2], other[3], time)
        if said < enough:
            low = middle
        else:
            high = middle
    return math.exp(0.5 * (low + high))
