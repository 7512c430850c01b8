"""Hole or crack, from the flow of a leak that is followed while pressure falls: does its share of the gas stay or fall?

A choked hole passes gas in proportion to pressure, so the share of the gas lost each second stays; through a narrow
crack the flow goes as the square of pressure, and the share falls with it: loss ~ p^(n - 1), n = 1 hole, 2 crack. Most
leaks are found and closed while pressure has fallen by a hundredth: then nothing is known of the law but what was
assumed, and that is what is said.

    loss   __            hole                 kept: one point each time pressure has fallen by another STEP
             ``--..__
                     ``--  crack              doubt: of each point, and of an opening that wanders on its own
           p0  ......  p
"""

from dataclasses import dataclass, replace

import numpy as np

from hullwatch.estimators.quadrature import positive_normal_nodes, weighted_interval
from hullwatch.physics.orifice import effective_area
from hullwatch.records import Floats, GroupState, Interval
from hullwatch.sizing.air import FAINT_PA, volume_nodes

LAWS = {"orifice": 1.0, "crack": 2.0}
"""Exponent of flow against pressure."""
BEFORE = {"orifice": 0.5, "crack": 0.5}
"""Probability of each law before any pressure has fallen: round holes (2018) and cracks (2020) have both been [c]."""
STEP = 0.01
"""Share by which pressure falls between the points that are kept; more would say the same again."""
ROOM = 100
"""Most points kept: by then pressure has fallen to a third."""
KNOWN = 3.0
"""A loss this many times its doubt is a point: its logarithm is then nearly normal."""
SETTLED_S = 900.0
"""A flow is no point before it has been followed for so long: six times the 143 s in which walls warm gas that expands
(METHODS 1.3), and when it is found its rate hangs on the moment at which it is taken to have begun [c]."""
EXPONENTS = np.arange(0.5, 3.0001, 0.05)
"""Exponents weighed, equally probable before: permeation and tortuous paths lie about 1 to 2 too."""


@dataclass(frozen=True, slots=True)
class FlowHistory:
    """Loss of gas against pressure since a leak's rate last changed, oldest first; since_s: followed since."""

    since_s: float | None = None
    time_s: tuple[float, ...] = ()
    pressure_pa: tuple[float, ...] = ()
    loss_per_s: tuple[float, ...] = ()
    loss_sd_per_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Law:
    """What is known of the law of a leak: probability of each, Bayes factor of crack over orifice, exponent."""

    probability: dict[str, float]
    log_bayes_factor: float
    exponent: Interval
    fallen: float  # share of pressure lost since the first point
    points: int


@dataclass(frozen=True, slots=True)
class JointSize:
    """Rate, area and volume together: all three hang on the volume, so they are not independent.

    The area of the hole that passes this flow at this pressure needs no law; at another pressure it does, and the doubt
    about the law is in it. correlation: of the logarithms.
    """

    rate_kg_s: Interval
    effective_area_m2: Interval  # of a hole with this flow at the present pressure
    effective_area_nominal_m2: Interval  # and with the flow the leak has at the ship's nominal pressure
    volume_m3: Interval
    law: Law
    rate_with_volume: float  # correlation of rate and volume; of the present area and volume it is the same
    rate_with_area: float  # and of rate and the area at nominal pressure


def remember(history: FlowHistory, state: GroupState) -> FlowHistory:
    """The history with the present loss, once pressure has fallen by another STEP and the loss is known well enough."""
    if not state.followed:
        return history
    if history.since_s is None:
        return replace(history, since_s=state.time_s)
    if state.time_s < history.since_s + SETTLED_S:
        return history
    if state.loss_per_s < KNOWN * state.loss_sd_per_s or state.loss_sd_per_s <= 0.0:
        return history
    if history.pressure_pa and state.pressure_pa > (1.0 - STEP) * history.pressure_pa[-1]:
        return history
    return FlowHistory(
        history.since_s,
        (*history.time_s, state.time_s)[-ROOM:],
        (*history.pressure_pa, state.pressure_pa)[-ROOM:],
        (*history.loss_per_s, state.loss_per_s)[-ROOM:],
        (*history.loss_sd_per_s, state.loss_sd_per_s)[-ROOM:],
    )


def law_of(history: FlowHistory, wander_per_s: float) -> Law:
    """Weigh the laws.

    Parameters: history; wander_per_s, variance a second of the logarithm of a flow that wanders on its own, as the
    filter that made the history supposes. Returns: Law; with fewer than 2 points the probabilities of BEFORE and the
    exponents' prior.
    Holds for: losses known to a third or better; into vacuum; a leak whose opening does not change on purpose
    (start a new history when its rate is found to change).
    Source: generalised least squares with the level integrated out, its prior flat; tests/sizing/test_law.py against a
    grid over level and exponent, and over simulated holes and cracks.
    """
    n = len(history.time_s)
    if n < 2:
        flat = np.full(EXPONENTS.size, 1.0 / EXPONENTS.size)
        return Law(dict(BEFORE), 0.0, weighted_interval(EXPONENTS, flat), 0.0, n)
    pressure = np.array(history.pressure_pa)
    fall = np.log(pressure / pressure[0])
    y = np.log(np.array(history.loss_per_s))
    inverse = np.linalg.inv(_doubt(history, wander_per_s))

    def log_evidence(exponent: float) -> float:
        miss = y - (exponent - 1.0) * fall
        pull = inverse.sum(axis=0)
        level = float(pull @ miss) / float(pull.sum())
        rest = miss - level
        return -0.5 * float(rest @ inverse @ rest)

    at = {name: log_evidence(exponent) for name, exponent in LAWS.items()}
    top = max(at.values())
    weight = {name: BEFORE[name] * float(np.exp(value - top)) for name, value in at.items()}
    total = sum(weight.values())
    grid = np.array([log_evidence(float(e)) for e in EXPONENTS])
    return Law(
        {name: w / total for name, w in weight.items()},
        at["crack"] - at["orifice"],
        weighted_interval(EXPONENTS, np.exp(grid - grid.max())),
        1.0 - float(pressure[-1] / pressure[0]),
        n,
    )


def joint(state: GroupState, law: Law, nominal_pa: float) -> JointSize | None:
    """Rate, area and volume of the leak followed in this group, with the law's doubt; None when none is followed."""
    if not state.followed or state.loss_per_s <= 0.0 or state.pressure_pa < FAINT_PA:
        return None
    loss = positive_normal_nodes(state.loss_per_s, state.loss_sd_per_s)
    volume = volume_nodes(state)
    rate = np.outer(loss, volume).ravel() * state.mass_kg
    per_rate = effective_area(1.0, state.pressure_pa, state.temperature_k)
    # a flow ~ p^n is (nominal / p)^n times the present one at nominal pressure: a hole (nominal / p)^(n - 1) as large
    larger = (nominal_pa / state.pressure_pa) ** (np.array(list(LAWS.values())) - 1.0)
    chance = np.array([law.probability[name] for name in LAWS])
    area = np.outer(rate * per_rate, larger)
    by_loss, by_volume, by_law = _spread(loss), _spread(volume), _spread(larger, chance)
    return JointSize(
        rate_kg_s=_equal(rate),
        effective_area_m2=_equal(rate * per_rate),
        effective_area_nominal_m2=weighted_interval(area.ravel(), np.tile(chance / rate.size, rate.size)),
        volume_m3=_equal(volume * state.volume_m3),
        law=law,
        rate_with_volume=_correlation(by_volume, by_loss),
        rate_with_area=_correlation(by_loss + by_volume, by_law),
    )


def _doubt(history: FlowHistory, wander_per_s: float) -> Floats:
    """Covariance of the logarithms of the losses, (n, n): how well each was known, and how the opening wanders.

    A filter that lets a flow wander forgets its readings in the time in which the flow wanders as far as it is known:
    points closer than that share their error.
    """
    time = np.array(history.time_s)
    sd = np.array(history.loss_sd_per_s) / np.array(history.loss_per_s)
    both = np.outer(sd, sd)
    apart = np.abs(time[:, None] - time[None, :])
    shared = np.exp(-apart * wander_per_s / both)
    since = time - time[0]
    return np.asarray(both * shared + wander_per_s * np.minimum(since[:, None], since[None, :]))


def _equal(nodes: Floats) -> Interval:
    """Interval of equally probable nodes."""
    return weighted_interval(nodes, np.full(nodes.size, 1.0 / nodes.size))


def _spread(nodes: Floats, weight: Floats | None = None) -> float:
    """Variance of the logarithm of positive nodes."""
    share = np.full(nodes.size, 1.0 / nodes.size) if weight is None else weight
    log = np.log(np.maximum(nodes, 1e-300))
    return float(share @ log**2 - (share @ log) ** 2)


def _correlation(shared: float, own: float) -> float:
    """Correlation of a sum with one of its two independent parts, from their variances."""
    return float(np.sqrt(shared / (shared + own))) if shared > 0.0 else 0.0
