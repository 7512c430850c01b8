"""Hole or crack, from the way the pressure of a closed room falls into vacuum: the exponent of flow against pressure.

Needs no volume, no size and no heat: dp/dt = -(p0/tau) (p/p0)^n with n 1 for a hole, 2 for a narrow crack. For rooms
left long enough for their walls to keep them warm.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.estimators.quadrature import weighted_interval
from hullwatch.physics.blowdown import power_law_pressure_ratio
from hullwatch.records import Floats, Interval
from hullwatch.sizing.vessel import independent

EXPONENTS = {"orifice": 1.0, "crack": 2.0}
TAU_SPAN, NODES = 3.0, 241
"""The prior of tau is flat in its logarithm, a factor e^3 either way of its rough value at n = 1.5, cut into NODES."""


@dataclass(frozen=True, slots=True)
class Decline:
    """How a pressure falls: root mean square miss of each law, Bayes factor of crack over orifice, and the exponent."""

    rms_pa: dict[str, float]
    tau_s: dict[str, float]
    log_bayes_factor: float  # crack over orifice
    exponent: Interval


def compare_declines(time_s: Floats, pressure_pa: Floats, exponents: Sequence[float] = ()) -> Decline:
    """Compare the fall of a pressure with the laws of hole and crack.

    Parameters: time_s (n,) s, rising; pressure_pa (n,) Pa, above zero; exponents to weigh, default 0 to 3 in steps of
    0.05. Returns: Decline.
    Raises: OutOfRange for fewer than 4 readings or a pressure that does not fall.
    Holds for: into vacuum, isothermal, one leak that does not change. Priors: tau flat in its logarithm over e^6; first
    pressure flat and noise flat in its logarithm (both the same under each law, integrated out in closed form).
    From 10 readings on, neighbours that miss alike count as less than one each (`independent`).
    Source: quadrature over tau; tests/sizing/test_decline.py against a three-dimensional grid;
    tests/against/test_prk.py.
    """
    if time_s.size < 4:
        raise OutOfRange("time_s", float(time_s.size), "4 readings or more")
    if not pressure_pa[-1] < pressure_pa[0]:
        raise OutOfRange(
            "pressure_pa", float(pressure_pa[-1]), f"a last pressure below the first, {pressure_pa[0]:.6g}"
        )
    # between the laws, so that neither is favoured by where the prior sits
    rough = (time_s[-1] - time_s[0]) / (2.0 * (math.sqrt(pressure_pa[0] / pressure_pa[-1]) - 1.0))
    tau = rough * np.exp(np.linspace(-TAU_SPAN, TAU_SPAN, NODES))
    grid = np.array(exponents) if len(exponents) else np.arange(0.0, 3.0001, 0.05)
    tried = [_trial(time_s, pressure_pa, tau, float(n)) for n in grid]
    least = min(tried, key=lambda t: t.square.min())
    worth = independent(least.miss) if time_s.size >= 10 else float(time_s.size)
    laws = {name: _trial(time_s, pressure_pa, tau, n) for name, n in EXPONENTS.items()}
    weights = np.array([trial.evidence(worth) for trial in tried])
    return Decline(
        {name: math.sqrt(float(trial.square.min()) / time_s.size) for name, trial in laws.items()},
        {name: float(tau[int(np.argmin(trial.square))]) for name, trial in laws.items()},
        laws["crack"].evidence(worth) - laws["orifice"].evidence(worth),
        weighted_interval(grid, np.exp(weights - weights.max())),
    )


@dataclass(frozen=True, slots=True)
class _Trial:
    """One exponent at every tau: residual sums of squares, lengths of the shape, and the misses of the best."""

    square: Floats  # (node,)
    length2: Floats  # (node,)
    miss: Floats  # (n,)

    def evidence(self, worth: float) -> float:
        """Logarithm of the evidence, up to what all exponents share.

        The first pressure enters linearly: it and the noise integrate to the residual sum of squares to the power
        -(n - 1)/2 over the length of the shape.
        """
        log = -0.5 * (worth - 1.0) * np.log(self.square) - 0.5 * np.log(self.length2)
        top = log.max()
        return float(top + np.log(np.exp(log - top).mean()))


def _trial(time_s: Floats, pressure_pa: Floats, tau: Floats, exponent: float) -> _Trial:
    """tau is that at the first pressure, under this exponent."""
    shape = power_law_pressure_ratio((time_s - time_s[0]) / tau[:, None], 1.0, exponent)
    length2 = (shape**2).sum(axis=1)
    misses = pressure_pa - (shape @ pressure_pa / length2)[:, None] * shape
    square = (misses**2).sum(axis=1)
    return _Trial(square, length2, misses[int(np.argmin(square))])
