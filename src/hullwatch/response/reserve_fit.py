"""How fast a gas is lost, from a gauge read since about the time its hole opened.

    ln P(t) = level - k f(t - onset) + warmth(t) + gauge error        f: one unit of loss, and the cooling it brings

Level, onset and k are fitted together by generalised least squares: warmth that no thermometer shows is Matern's 3/2,
the rounding of a gauge lasts as long as its code stands. The early fall is steeper than the loss by the cooling of the
gas that is left, and f knows that; reading the slope off the gauge would say too much loss and too little time.
"""

from dataclasses import dataclass

import numpy as np

from hullwatch.compiled import kernel
from hullwatch.errors import OutOfRange
from hullwatch.models.emptying import warmed
from hullwatch.physics.gas import AIR_GAMMA
from hullwatch.records import Floats
from hullwatch.response.hold import ROUNDING_S
from hullwatch.response.walls import WALL_DOUBT


@dataclass(frozen=True, slots=True)
class Gauge:
    """What hides the fall: noise and step of the gauge (Pa), unseen warmth (K, s), and flow nobody meters (1/s)."""

    noise_pa: float
    quantum_pa: float
    heat_k: float
    heat_s: float
    unmetered_per_s: float = 0.0
    dither_pa: float = 0.0  # white noise of a single reading, where it is known to be white: it averages rounding out


@dataclass(frozen=True, slots=True)
class Fall:
    """What the readings say at the last of them: relative loss of gas, cooling, onset, pressure, with their doubts."""

    loss_per_s: float
    loss_sd_per_s: float
    cooled: float
    onset_s: float | None
    onset_sd_s: float | None
    pressure_pa: float
    pressure_sd_pa: float
    wall_time_s: float
    wall_share: float  # standard deviation of its logarithm
    misfit: float  # root mean square of the whitened misses: 1 where the model holds


@kernel
def unit_falls(elapsed: Floats, loss: float, wall_time: float, fall: Floats, cooled: Floats) -> None:
    """Logarithm of pressure lost, and of temperature over the walls', at times since a hole opened; into the last two.

    Parameters: elapsed (n,) s, rising; loss 1/s of choked flow at the walls' temperature, whose flow goes with the
    root of temperature; wall_time s at constant pressure, as in `cabin`. Steps of at most a twentieth of it.
    Source: `models/emptying` for pressures far above the outside; tests/response/test_reserve_fit.py against it.
    """
    now, mass, warm = 0.0, 0.0, 1.0
    for i in range(elapsed.size):
        span = elapsed[i] - now
        if span > 0.0:
            count = min(int(np.ceil(span / (0.05 * wall_time))), 200)
            for _ in range(count):
                dt = span / count
                half = warmed(AIR_GAMMA, 1.0, wall_time, warm, -loss * np.sqrt(warm), 0.0, 0.5 * dt)
                rate = loss * np.sqrt(half)
                warm = warmed(AIR_GAMMA, 1.0, wall_time, warm, -rate, 0.0, dt)
                mass += rate * dt
            now = elapsed[i]
        cooled[i] = np.log(warm)
        fall[i] = mass - cooled[i]


def fit_fall(
    time_s: Floats, pressure_pa: Floats, gauge: Gauge, wall_time_s: float, temperature_k: float,
    onset_s: float | None = None, onset_sd_s: float = 0.0, most_steps: int = 12,
) -> Fall:  # fmt: skip
    """Fit a fall.

    Parameters: time_s (n,) s, rising; pressure_pa (n,) Pa; gauge; wall_time_s; temperature_k; onset_s with its
    standard deviation, where the hole is thought to have opened (None: so long ago that the gas has settled).
    Returns: Fall. Raises: OutOfRange for fewer than 2 readings (3 with an onset in doubt) or pressures not above zero.
    Holds for: choked leaks, walls that keep their temperature; few hundred readings (the covariance is dense).
    Source: Gauss and Newton on generalised least squares; tests/response/test_reserve_fit.py against a grid.
    """
    free = onset_s is not None and onset_sd_s > 0.0
    if time_s.size < (3 if free else 2):
        raise OutOfRange("readings", float(time_s.size), f"at least {3 if free else 2} readings to tell a rate from")
    if not np.all(pressure_pa > 0.0):
        raise OutOfRange("pressure_pa", float(pressure_pa.min()), "pressures above zero")
    z = np.log(pressure_pa)
    settled = onset_s is None
    start, k = _first_guess(time_s, z, gauge, onset_s, onset_sd_s)
    latest = float(time_s[-1] - 0.3 * (time_s[-1] - time_s[0]) / time_s.size)
    theta = np.array([z[0], start, k, 0.0])
    used = [0, 2] if settled else [0, 2, 3, 1] if free else [0, 2, 3]
    for _ in range(most_steps):
        root = np.linalg.cholesky(_covariance(time_s, pressure_pa, gauge, temperature_k, theta[2]))
        model, slopes = _model(time_s, theta, wall_time_s, settled)
        white = np.linalg.solve(root, slopes[:, used])
        miss = np.linalg.solve(root, z - model)
        hessian, pull = white.T @ white, white.T @ miss
        if not settled:
            hessian[2, 2] += WALL_DOUBT**-2
            pull[2] -= theta[3] / WALL_DOUBT**2
        if free:
            hessian[3, 3] += onset_sd_s**-2
            pull[3] += ((onset_s or 0.0) - theta[1]) / onset_sd_s**2
        if not np.all(np.isfinite(hessian)) or np.linalg.cond(hessian) > 1e30:
            raise OutOfRange(
                "readings", float(time_s.size), "readings whose fall one leak explains; these do not fall so"
            )
        step = np.linalg.solve(hessian, pull)
        if free:
            step[3] = min(max(step[3], -onset_sd_s), onset_sd_s)
        theta[used] += step
        theta[2], theta[3] = max(theta[2], 1e-3 * k), min(max(theta[3], -1.5), 1.5)
        # an onset after all readings would leave nothing to see of the loss
        theta[1] = min(theta[1], latest)
        if abs(step[1]) < 1e-6 * abs(theta[2]):
            break
    covariance = np.linalg.inv(hessian)
    loss_sd = float(np.hypot(np.sqrt(covariance[1, 1]), gauge.unmetered_per_s))
    model, slopes = _model(time_s, theta, wall_time_s, settled)
    cooled = _cooled(float(time_s[-1]), theta, wall_time_s, settled)
    last = slopes[-1, used]
    return Fall(
        loss_per_s=float(theta[2] * np.exp(0.5 * cooled)),
        loss_sd_per_s=loss_sd,
        cooled=cooled,
        onset_s=None if settled else float(theta[1]),
        onset_sd_s=None if settled else float(np.sqrt(covariance[3, 3])) if free else 0.0,
        pressure_pa=float(np.exp(model[-1])),
        pressure_sd_pa=float(np.exp(model[-1]) * np.sqrt(last @ covariance @ last)),
        wall_time_s=wall_time_s * float(np.exp(theta[3])),
        wall_share=0.0 if settled else float(np.sqrt(covariance[2, 2])),
        misfit=float(np.sqrt(np.mean(miss**2))),
    )


def _first_guess(
    time_s: Floats, z: Floats, gauge: Gauge, onset_s: float | None, onset_sd_s: float
) -> tuple[float, float]:
    """Onset and loss to begin with: the best of a row of onsets, each with the straight fall that suits it."""
    latest = float(time_s[-1] - 0.3 * (time_s[-1] - time_s[0]) / time_s.size)
    middle = float(time_s[0]) if onset_s is None else onset_s
    tried = np.minimum(middle + onset_sd_s * np.linspace(-3.0, 3.0, 25), latest)
    if onset_sd_s > 0.0:  # a guess may be far off
        tried = np.concatenate([tried, np.linspace(time_s[0], latest, 25)])
    tried = np.unique(tried)
    # straight falls from every onset at once, level and slope in closed form
    weight = np.exp(2.0 * z) / (gauge.noise_pa + gauge.quantum_pa + 1e-3) ** 2
    fall = -np.maximum(time_s[None, :] - tried[:, None], 0.0)
    total, mean = weight.sum(), fall @ weight
    cross, square = fall @ (weight * (z - z[0])), fall**2 @ weight
    level = float(weight @ (z - z[0]))
    slope = (cross - mean * level / total) / np.maximum(square - mean**2 / total, 1e-300)
    off = -slope * (cross - mean * level / total)
    if onset_sd_s > 0.0:
        off += ((tried - middle) / onset_sd_s) ** 2
    best = int(np.argmin(off))
    return float(tried[best]), max(float(slope[best]), 1e-9)


def _model(time_s: Floats, theta: Floats, wall_time_s: float, settled: bool) -> tuple[Floats, Floats]:
    """Logarithm of pressure (n,) and its slopes (n, 4) in level, onset, loss and the logarithm of wall time."""
    if settled:
        f = time_s - time_s[0]
        return theta[0] - theta[2] * f, np.column_stack([np.ones(f.size), 0.0 * f, -f, 0.0 * f])
    base = _fall(time_s, theta, wall_time_s)
    slopes = [np.ones(time_s.size)]
    for place, width in ((1, 0.5), (2, 1e-3 * theta[2]), (3, 1e-2)):
        moved = theta.copy()
        moved[place] += width
        slopes.append((_fall(time_s, moved, wall_time_s) - base) / width)
    return base, np.column_stack(slopes)


def _fall(time_s: Floats, theta: Floats, wall_time_s: float) -> Floats:
    fall, cooled = np.empty(time_s.size), np.empty(time_s.size)
    unit_falls(np.maximum(time_s - theta[1], 0.0), theta[2], wall_time_s * np.exp(theta[3]), fall, cooled)
    return np.asarray(theta[0] - fall)


def _cooled(now_s: float, theta: Floats, wall_time_s: float, settled: bool) -> float:
    """Logarithm of the gas's temperature over the walls' at the last reading."""
    if settled:
        return float(-np.log1p((AIR_GAMMA - 1.0) / AIR_GAMMA * theta[2] * wall_time_s))
    fall, cooled = np.empty(1), np.empty(1)
    unit_falls(np.array([max(now_s - theta[1], 0.0)]), theta[2], wall_time_s * np.exp(theta[3]), fall, cooled)
    return float(cooled[0])


def _covariance(time_s: Floats, pressure_pa: Floats, gauge: Gauge, temperature_k: float, loss: float) -> Floats:
    """Covariance (n, n) of the logarithm of readings: warmth, rounding for as long as a code stands, and noise."""
    apart = np.abs(time_s[:, None] - time_s[None, :])
    heat = (gauge.heat_k / temperature_k) ** 2 * (1.0 + apart / gauge.heat_s) * np.exp(-apart / gauge.heat_s)
    stands = min(gauge.quantum_pa / max(loss * float(pressure_pa.mean()), 1e-12), ROUNDING_S)
    level = 1.0 / pressure_pa[:, None] / pressure_pa[None, :]
    # the mean error of a code under white noise, Widrow's theorem: next to nothing once noise is half a step
    dithered = np.exp(-4.0 * (np.pi * gauge.dither_pa / gauge.quantum_pa) ** 2) if gauge.quantum_pa > 0.0 else 1.0
    rounding = dithered * gauge.quantum_pa**2 / 12.0 * level * np.exp(-apart / max(stands, 1e-9))
    noise = (gauge.noise_pa**2 + 1e-4 * gauge.quantum_pa**2 + 1e-6) / pressure_pa**2
    return np.asarray(heat + rounding + np.diag(noise))
