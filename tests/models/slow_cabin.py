"""The slow, obviously right cabin: three compartments in a row, each with its own pressure, hatches as stiff pipes.

Explicit Euler with a millisecond-scale step. Nothing of hullwatch is used here.
"""

import math

R = 8.314462618
M = (31.9988e-3, 28.0134e-3, 44.0095e-3, 18.01528e-3)
CP = (29.38, 29.12, 37.13, 33.59)


def chain_by_small_steps(volume, moles, temperature, wall, wall_time, area, fan, wander, end):
    n = [list(map(float, row)) for row in moles]
    t = list(map(float, temperature))
    pipe, dt = 0.3, 0.005  # mol/(s Pa); pipe * R T / V * dt stays below a half
    for _ in range(round(end / dt)):
        p = [sum(n[c]) * R * t[c] / volume[c] for c in range(3)]
        change, heat = [[0.0] * 4 for _ in range(3)], [0.0] * 3

        def carry(a, b, flow, change=change, heat=heat):
            total = sum(n[a])
            enthalpy = flow * sum(x * k for x, k in zip(n[a], CP, strict=True)) / total * t[a]
            heat[a] -= enthalpy
            if b is not None:
                heat[b] += enthalpy
            for s in range(4):
                change[a][s] -= flow * n[a][s] / total
                if b is not None:
                    change[b][s] += flow * n[a][s] / total

        for a, b in ((0, 1), (1, 2)):
            dp = p[a] - p[b]
            carry(a, b, pipe * dp) if dp > 0 else carry(b, a, -pipe * dp)
            carry(a, b, wander * p[a] / (R * t[a]))
            carry(b, a, wander * p[b] / (R * t[b]))
        carry(0, 1, fan * p[0] / (R * t[0]))
        total = sum(n[2])
        molar = sum(x * m for x, m in zip(n[2], M, strict=True)) / total
        cp = sum(x * c for x, c in zip(n[2], CP, strict=True)) / total
        g = cp / (cp - R)
        c_star = math.sqrt(g * (2 / (g + 1)) ** ((g + 1) / (g - 1)))
        carry(2, None, c_star * area * p[2] / math.sqrt(R / molar * t[2]) / molar)
        for c in range(3):
            total = sum(n[c])
            cp = sum(x * k for x, k in zip(n[c], CP, strict=True)) / total
            energy = sum(x * (k - R) for x, k in zip(n[c], CP, strict=True)) * t[c]
            energy += dt * (heat[c] + total * cp * (wall[c] - t[c]) / wall_time)
            for s in range(4):
                n[c][s] += dt * change[c][s]
            t[c] = energy / sum(x * (k - R) for x, k in zip(n[c], CP, strict=True))
    return n, t, [sum(n[c]) * R * t[c] / volume[c] for c in range(3)]
