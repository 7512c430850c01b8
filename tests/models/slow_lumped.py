"""The slow, obviously right lumped cabin at fixed temperatures: hatch flows by least squares, RK4 in short steps.

Nothing of hullwatch is used here.
"""

import math

import numpy as np

R = 8.314462618
M = np.array([31.9988e-3, 28.0134e-3, 44.0095e-3, 18.01528e-3])
CP = np.array([29.38, 29.12, 37.13, 33.59])


def rates(n, volume, temperature, hatches, links, area, supply, removal, exponent=1.0, reference=1e5):
    """dn/dt; hatches [(a, b)] are open, links [(a, b, m3/s)], area (c,) of holes."""
    held = n.sum(axis=1)
    d = supply - removal * n
    p = R * held * temperature / volume
    for a, b, q in links:
        flow = q / volume[a] * n[a]
        d[a] -= flow
        d[b] += flow
    for c in np.flatnonzero(area):
        molar, cp = n[c] @ M / held[c], n[c] @ CP / held[c]
        g = cp / (cp - R)
        c_star = math.sqrt(g * (2 / (g + 1)) ** ((g + 1) / (g - 1)))
        flow = c_star * area[c] * p[c] / math.sqrt(R * temperature[c] / molar) / molar
        flow *= (p[c] / reference) ** (exponent - 1)
        d[c] -= flow * n[c] / held[c]
    if hatches:
        # what each hatch must carry so that pressures of joined compartments move alike
        carry = np.zeros((len(volume), len(hatches)))
        for k, (a, b) in enumerate(hatches):
            carry[a, k], carry[b, k] = -1.0, 1.0
        alike = np.zeros((len(hatches), len(volume)))
        for k, (a, b) in enumerate(hatches):
            alike[k, a], alike[k, b] = temperature[a] / volume[a], -temperature[b] / volume[b]
        flow = np.linalg.solve(alike @ carry, -alike @ d.sum(axis=1))
        for (a, b), f in zip(hatches, flow, strict=True):
            up = a if f > 0 else b
            d[a] -= f * n[up] / held[up]
            d[b] += f * n[up] / held[up]
    return d


def run(n, end, step, *args, **kwargs):
    n = n.copy()
    for _ in range(round(end / step)):
        k1 = rates(n, *args, **kwargs)
        k2 = rates(n + 0.5 * step * k1, *args, **kwargs)
        k3 = rates(n + 0.5 * step * k2, *args, **kwargs)
        k4 = rates(n + step * k3, *args, **kwargs)
        n += step / 6.0 * (k1 + 2 * k2 + 2 * k3 + k4)
    return n
