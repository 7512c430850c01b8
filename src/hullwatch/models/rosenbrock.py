"""Rodas4 for compartments joined by resisting paths: blocks of five unknowns, eliminated along the tree of paths.

    leaves first:   (leaf) --> (its parent) --> ... --> (root)        no fill-in on a tree, little with a few loops

The linear algebra costs in proportion to the compartments. Error control on every unknown; a step that fails is cut,
and one that cannot be cut further ends the run with a status instead of turning for ever.
"""

import math

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.models.path_rates import Blocks, Pipes, Rooms, Valves, drift, feed, slope, wall_clock
from hullwatch.models.paths import SIZE
from hullwatch.physics.gas import GAS_CONSTANT, MOLAR_CP
from hullwatch.records import Bools, Floats, Ints

DONE, STALLED = range(2)
_CV: Floats = MOLAR_CP - GAS_CONSTANT
_COUNT = SIZE

_A: Floats = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [1.544, 0.0, 0.0, 0.0, 0.0],
        [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
        [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
    ]
)
_C: Floats = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-5.6688, 0.0, 0.0, 0.0, 0.0],
        [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
        [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
        [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
        [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
    ]
)
_D2: Floats = np.array(
    [10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662]
)
_D3: Floats = np.array(
    [-0.6762803392806898, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872]
)
_GAMMA = 0.25
# where in a step the stages stand, and what each takes of a law that changes with time by itself
_AT: Floats = np.array([0.0, 0.386, 0.21, 0.63, 1.0, 1.0])
_D: Floats = np.array([0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0])


@kernel
def _invert(a: Floats, inverses: Floats, q: int) -> None:
    """Inverse of a 5 by 5 block by Gauss and Jordan with row pivots, into inverses (q, 5, 5); `a` is used up."""
    inverse = inverses[q]
    for i in range(_COUNT):
        for j in range(_COUNT):
            inverse[i, j] = 1.0 if i == j else 0.0
    for c in range(_COUNT):
        p = c
        for r in range(c + 1, _COUNT):
            if abs(a[r, c]) > abs(a[p, c]):
                p = r
        if p != c:
            for j in range(_COUNT):
                a[c, j], a[p, j] = a[p, j], a[c, j]
                inverse[c, j], inverse[p, j] = inverse[p, j], inverse[c, j]
        v = 1.0 / a[c, c]
        for j in range(_COUNT):
            a[c, j] *= v
            inverse[c, j] *= v
        for r in range(_COUNT):
            if r != c:
                w = a[r, c]
                for j in range(_COUNT):
                    a[r, j] -= w * a[c, j]
                    inverse[r, j] -= w * inverse[c, j]


@kernel
def _less(out: Floats, o: int, a: Floats, p: int, b: Floats, q: int) -> None:
    """out[o] -= a[p] b[q], blocks. Rows by number: a view of a row costs more than the product."""
    for i in range(_COUNT):
        for k in range(_COUNT):
            v = a[p, i, k]
            for j in range(_COUNT):
                out[o, i, j] -= v * b[q, k, j]


@kernel
def _factor(pipes: Pipes, blocks: Blocks, shift: float, inverse: Floats, work: Floats) -> None:
    """Factors of (shift - J), in place; inverse (q, 5, 5) of the pivots."""
    count = blocks.diagonal.shape[0]
    diagonal, upper, lower = blocks.diagonal, blocks.upper, blocks.lower
    for q in range(count):
        for i in range(_COUNT):
            for j in range(_COUNT):
                diagonal[q, i, j] = -diagonal[q, i, j]
            diagonal[q, i, i] += shift
    for e in range(upper.shape[0]):
        for i in range(_COUNT):
            for j in range(_COUNT):
                upper[e, i, j], lower[e, i, j] = -upper[e, i, j], -lower[e, i, j]
    for q in range(count):
        for i in range(_COUNT):
            for j in range(_COUNT):
                work[i, j] = diagonal[q, i, j]
        _invert(work, inverse, q)
        first, last = pipes.first_entry[q], pipes.first_entry[q + 1]
        for e in range(first, last):
            for i in range(_COUNT):
                for j in range(_COUNT):
                    work[i, j] = 0.0
                for k in range(_COUNT):
                    for j in range(_COUNT):
                        work[i, j] += lower[e, i, k] * inverse[q, k, j]
            for i in range(_COUNT):
                for j in range(_COUNT):
                    lower[e, i, j] = work[i, j]
            i = pipes.mate[e]
            for o in range(first, last):
                t = pipes.pair[pipes.first_pair[e] + o - first]
                if t < 0:
                    _less(diagonal, i, lower, e, upper, o)
                elif i < pipes.mate[o]:
                    _less(upper, t, lower, e, upper, o)
                else:
                    _less(lower, t, lower, e, upper, o)


@kernel
def _apply(out: Floats, o: int, a: Floats, p: int, b: Floats, q: int) -> None:
    """out[o] -= a[p] b[q], block times vector."""
    for i in range(_COUNT):
        v = 0.0
        for j in range(_COUNT):
            v += a[p, i, j] * b[q, j]
        out[o, i] -= v


@kernel
def _solve(pipes: Pipes, blocks: Blocks, inverse: Floats, b: Floats, x: Floats) -> None:
    """x = (shift - J)^-1 b; b is used up."""
    count = b.shape[0]
    first, mate, lower, upper = pipes.first_entry, pipes.mate, blocks.lower, blocks.upper
    for q in range(count):
        for e in range(first[q], first[q + 1]):
            _apply(b, mate[e], lower, e, b, q)
    for q in range(count - 1, -1, -1):
        for e in range(first[q], first[q + 1]):
            _apply(b, q, upper, e, x, mate[e])
        for i in range(_COUNT):
            v = 0.0
            for j in range(_COUNT):
                v += inverse[q, i, j] * b[q, j]
            x[q, i] = v


@kernel
def pressure_of(y: Floats, q: int, rooms: Rooms) -> float:
    """Pressure of a compartment, Pa.

    Parameters: y (q, 5); q; rooms. Returns: Pa. Raises: nothing. Holds for: ideal gas. Source: pV = nRT;
    tests/models/test_network.py.
    """
    held, cv = 0.0, 0.0
    for s in range(4):
        held += y[q, s]
        cv += y[q, s] * _CV[s]
    temp = rooms.fixed_k[q] if rooms.fixed_k[q] > 0.0 else y[q, 4] / cv
    return float(held * GAS_CONSTANT * temp / rooms.volume[q])


@kernel
def _wants(valves: Valves, v: int, is_open: bool, p: float) -> float:
    """How far a valve is beyond the pressure at which it moves; positive: it should have moved."""
    relief = valves.opens_pa[v] > valves.closes_pa[v]
    if is_open:
        return float(valves.closes_pa[v] - p if relief else p - valves.closes_pa[v])
    return float(p - valves.opens_pa[v] if relief else valves.opens_pa[v] - p)


@kernel
def integrate_paths(
    y: Floats, walls: Floats, pipes: Pipes, rooms: Rooms, valves: Valves, open_now: Bools, times: Floats, rtol: float,
    atol: float, smooth_pa: float, order: Ints, track: Floats, sink: Floats, gained: Floats, tally: Ints,
) -> tuple[int, float]:  # fmt: skip
    """Rodas4 over the times given; y, walls, open_now and sink are moved to where it stops.

    Parameters: y (q, 5); walls (q,); times (n,) s, rising, rows of track (n, c, 5), c by order (q,); rtol, atol against
    the moles held (energy: the energy held); sink (r, 5) gains what leaves by each row, gained (2, 5) what people and
    tanks gave; tally (4,) accepted, rejected, valves moved. Returns: status, and the time reached. Raises: nothing.
    Holds for: valves with a gap between opening and closing.
    Source: Hairer and Wanner 1996, IV.7 (RODAS); tests/models/test_network.py, tests/against/test_lumped.py.
    """
    count = y.shape[0]
    entries, rows = pipes.mate.size, sink.shape[0]
    blocks = Blocks(
        np.empty((count, 5, 5)), np.empty((entries, 5, 5)), np.empty((entries, 5, 5)), np.empty((rows, 5, 5)),
        np.empty((count, 5)),
    )  # fmt: skip
    owner = np.arange(rows)
    for p in range(pipes.kind.size):
        if pipes.row[p] >= 0:
            owner[pipes.row[p]] = pipes.origin[p]
    drifts = False
    for p in range(pipes.kind.size):
        drifts |= pipes.growth[p] != 0.0
    moving = rooms.wall_k.shape[0] > 1
    wall_0, wall_at, by_time = np.empty(count), np.empty(count), np.zeros(count)
    df, dfw, dfs = np.zeros((count, 5)), np.zeros(count), np.zeros((rows, 5))
    supply, crew, tanks = np.empty((count, 5)), np.empty(5), np.empty(5)
    bend = wall_clock(rooms, times[0], wall_0, by_time)
    inverse, work = np.empty((count, 5, 5)), np.empty((5, 5))
    k, kw, ks = np.zeros((6, count, 5)), np.zeros((6, count)), np.zeros((6, rows, 5))
    u, uw, b = np.empty((count, 5)), np.empty(count), np.empty((count, 5))
    f, fw, fs = np.empty((count, 5)), np.empty(count), np.empty((rows, 5))
    kept, now_held = np.empty((count, 5)), np.empty((count, 5))
    now, row = times[0], 1
    for q in range(count):
        track[0, order[q]] = y[q]
    h, rejected = 1e-3, False
    while row < times.size:
        if moving:  # the clock of the walls bends at its knots: no step goes across one
            bend = wall_clock(rooms, now, wall_0, by_time)
        limit = min(times[-1], bend)
        last = limit >= times[-1] and h >= (times[-1] - now) * (1.0 - 1e-12)
        step = min(h, limit - now)
        feed(y, pipes, rooms, open_now, supply, crew, tanks)
        slope(now, y, walls, pipes, rooms, wall_0, supply, open_now, f, fw, fs, blocks, smooth_pa, True)
        if moving or drifts:
            drift(now, y, pipes, rooms, by_time, open_now, df, dfw, dfs, smooth_pa)
        _factor(pipes, blocks, 1.0 / (_GAMMA * step), inverse, work)
        for stage in range(6):
            for q in range(count):
                uw[q] = walls[q]
                for p in range(stage):
                    uw[q] += _A[stage, p] * kw[p, q]
                for i in range(5):
                    v = y[q, i]
                    for p in range(stage):
                        v += _A[stage, p] * k[p, q, i]
                    u[q, i] = v
            if stage > 0:
                for q in range(count):
                    wall_at[q] = wall_0[q] + by_time[q] * _AT[stage] * step
                slope(
                    now + _AT[stage] * step, u, uw, pipes, rooms, wall_at, supply, open_now, f, fw, fs, blocks,
                    smooth_pa, False,
                )  # fmt: skip
            for q in range(count):
                for i in range(5):
                    v = 0.0
                    for p in range(stage):
                        v += _C[stage, p] * k[p, q, i]
                    b[q, i] = f[q, i] + v / step + _D[stage] * step * df[q, i]
            _solve(pipes, blocks, inverse, b, k[stage])
            _followers(blocks, owner, stage, step, fw, fs, dfw, dfs, k, kw, ks)
        error = 0.0
        for q in range(count):
            held = 0.0
            for i in range(4):
                held += y[q, i]
            for i in range(5):
                scale = atol * (held if i < 4 else abs(y[q, 4]) + 1e-30) + rtol * max(
                    abs(y[q, i]), abs(u[q, i] + k[5, q, i])
                )
                if i == 4 and rooms.fixed_k[q] > 0.0:
                    continue
                error += (k[5, q, i] / (scale + 1e-30)) ** 2
        error = math.sqrt(error / (5 * count))
        if not error <= 1e300:
            error = 1e9
        if error > 1.0:
            tally[1] += 1
            rejected = True
            h = step * max(0.1, 0.9 * error**-0.25)
            if h < 1e-13 * max(1.0, abs(now)):
                return STALLED, now
            continue
        # a valve that should have moved within the step: take the step again, up to that moment
        share = 1.0
        moved = -1
        for v in range(valves.sensor.size):
            q = valves.sensor[v]
            for i in range(5):
                b[q, i] = u[q, i] + k[5, q, i]
            beyond = _wants(valves, v, open_now[v], pressure_of(b, q, rooms))
            if beyond > 1e-9 * valves.opens_pa[v]:
                before = _wants(valves, v, open_now[v], pressure_of(y, q, rooms))
                part = max(before / (before - beyond), 0.0) if before < 0.0 else 0.0
                if part < share:
                    share, moved = part, v
        if moved >= 0 and share * step <= 1e-9 * (1.0 + abs(now)):
            open_now[moved] = not open_now[moved]  # now, before anything else
            tally[2] += 1
            h = min(step, 1e-3)
            continue
        if moved >= 0 and share < 1.0 - 1e-9:
            h = step * min(max(share, 0.02), 0.98)
            tally[1] += 1
            continue
        tally[0] += 1
        # the last row belongs to the last step, whatever rounding says of its time
        first_row = row
        while row < times.size and (last or (times[row] <= now + step and row < times.size - 1)):
            row += 1
        if row > first_row:
            _between(y, u, k, order, track, times, now, step, first_row, row)
        kept[:] = 0.0
        now_held[:] = 0.0
        for r in range(rows):
            g = pipes.island[owner[r]]
            for i in range(5):
                lost = ks[4, r, i] + ks[5, r, i]
                for p in range(4):
                    lost += _A[5, p] * ks[p, r, i]
                sink[r, i] += lost
                kept[g, i] -= lost
        for i in range(5):
            gained[0, i] += crew[i] * step
            gained[1, i] += tanks[i] * step
        for q in range(count):
            g = pipes.island[q]
            for i in range(5):
                kept[g, i] += y[q, i] + supply[q, i] * step
            kept[g, 4] -= uw[q] + kw[5, q] - walls[q]
            walls[q] = uw[q] + kw[5, q]
            for i in range(5):
                y[q, i] = u[q, i] + k[5, q, i]
                now_held[g, i] += y[q, i]
        # what rounding in the stiff solves has made or lost (1e-8 of the air in a step of hours) is put right
        for q in range(count):
            g = pipes.island[q]
            for i in range(4 if rooms.fixed_k[q] > 0.0 else 5):
                if now_held[g, i] > 0.0 and kept[g, i] > 0.0:
                    y[q, i] *= kept[g, i] / now_held[g, i]
        now = times[-1] if last else now + step
        if moved >= 0:
            open_now[moved] = not open_now[moved]
            tally[2] += 1
            h = min(h, 1e-3)
        else:
            h = step * min(1.0 if rejected else 6.0, max(0.2, 0.9 * max(error, 1e-10) ** -0.25))
        rejected = False
    return DONE, now


@kernel
def _between(
    y: Floats, u: Floats, k: Floats, order: Ints, track: Floats, times: Floats, now: float, step: float, first: int,
    end: int,
) -> None:  # fmt: skip
    """Rows of the track within a step, by its own polynomial of third order."""
    count = y.shape[0]
    second, third, high = np.empty((count, 5)), np.empty((count, 5)), np.empty((count, 5))
    for q in range(count):
        for i in range(5):
            c2, c3 = 0.0, 0.0
            for p in range(5):
                c2 += _D2[p] * k[p, q, i]
                c3 += _D3[p] * k[p, q, i]
            second[q, i], third[q, i], high[q, i] = c2, c3, u[q, i] + k[5, q, i]
    for row in range(first, end):
        x = 1.0 if row == times.size - 1 else (times[row] - now) / step
        for q in range(count):
            c = order[q]
            for i in range(5):
                track[row, c, i] = y[q, i] * (1.0 - x) + x * (high[q, i] + (1.0 - x) * (second[q, i] + x * third[q, i]))


@kernel
def _followers(
    blocks: Blocks, owner: Ints, stage: int, step: float, fw: Floats, fs: Floats, dfw: Floats, dfs: Floats,
    k: Floats, kw: Floats, ks: Floats,
) -> None:  # fmt: skip
    """The stages of what follows the air but does not stiffen it: heat in the walls, and what went overboard."""
    for r in range(owner.size):
        q = owner[r]
        idle = True
        for i in range(5):
            for p in range(stage):
                idle = idle and ks[p, r, i] == 0.0
            idle = idle and fs[r, i] == 0.0 and dfs[r, i] == 0.0 and blocks.sink[r, i, i] == 0.0
        if idle:  # nothing leaves here
            ks[stage, r] = 0.0
            continue
        for i in range(5):
            v = fs[r, i] + _D[stage] * step * dfs[r, i]
            for p in range(stage):
                v += _C[stage, p] * ks[p, r, i] / step
            for t in range(5):
                v += blocks.sink[r, i, t] * k[stage, q, t]
            ks[stage, r, i] = v * _GAMMA * step
    for q in range(kw.shape[1]):
        # exactly what the energy of the gas gained from its wall, so that their sum stays
        v = fw[q] + _D[stage] * step * dfw[q]
        for p in range(stage):
            v += _C[stage, p] * kw[p, q] / step
        for t in range(5):
            v -= blocks.heat[q, t] * k[stage, q, t]
        kw[stage, q] = v * _GAMMA * step


@kernel
def readings(track: Floats, volume: Floats, fixed_k: Floats, pressure: Floats, warm: Floats) -> None:
    """What gauges and thermometers would show at every row.

    Parameters: track (n, c, 5); volume (c,) m3; fixed_k (c,) K, 0 where energy is followed. Returns: nothing; pressure
    and warm (n, c) Pa and K. Raises: nothing. Holds for: ideal gas. Source: pV = nRT; tests/models/test_network.py.
    """
    for i in range(track.shape[0]):
        for c in range(track.shape[1]):
            held, cv = 0.0, 0.0
            for s in range(4):
                held += track[i, c, s]
                cv += track[i, c, s] * _CV[s]
            warm[i, c] = fixed_k[c] if fixed_k[c] > 0.0 else track[i, c, 4] / cv
            pressure[i, c] = held * GAS_CONSTANT * warm[i, c] / volume[c]
