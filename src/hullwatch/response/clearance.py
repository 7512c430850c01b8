"""Does the patch hold? A sequential test of two rates, with the right to stop as soon as the evidence suffices.

    tight   loses no more than this, as a sound wall does          |  not to be told apart, and of no use to:
    limit   a patch that loses this has to be done again           |  rates between the two end either way

The likelihood ratio of the two rates, warmth and all else integrated out, is followed reading by reading (Wald; for a
leak averaged over sizes from the limit up, so that a plain one is plain at once). A wall that is tight is called
leaking with probability at most alpha, one that leaks at the limit or faster is called tight with probability at most
beta, however long the test runs and however often one looks: the bounds 1/alpha and beta are crossed with no more than
that probability (Ville's inequality). A gain of gas is tested for in the same way, and has to be ruled out as well: a
compartment that is fed through its hatch would seem to hold.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from hullwatch.estimators.quadrature import SIGMAS_90, normal_nodes, weighted_interval
from hullwatch.records import Floats, Interval
from hullwatch.response.hold import FLOW_SD_PER_S, Beliefs, HoldMemory, ahead
from hullwatch.units import DAY_S

Verdict = Literal["holds", "does_not_hold", "cannot_be_said"]
GAS_COMES = (
    "gas comes in, or the gas warms more than its heat allows for: a compartment that is fed through a hatch seal, an "
    "equalisation valve or a tank would seem to hold"
)
SIZES = 2.0 ** np.arange(16)
"""Leaks that are tested for, in units of the limit."""
SHARES = np.concatenate([[0.5], np.full(15, 0.5 / 15)])
"""Their weights: half on the limit itself."""
BLOCK = 4096
"""Moments weighed at a time."""
HORIZON_S = 14.0 * DAY_S
"""Nobody holds a hatch shut longer than this for a test."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is tested: relative losses (node,) of a tight wall and of one at the limit, equally probable nodes of what
    is not known of the volume; and the two risks. used_per_s (node,): what people breathe, which is no leak."""

    tight_per_s: Floats
    limit_per_s: Floats
    alpha: float
    beta: float
    used_per_s: Floats = field(default_factory=lambda: np.zeros(1))


@dataclass(frozen=True, slots=True)
class ClearanceMemory:
    """What is remembered between blocks: log-likelihood ratios of leak and of inflow, and what was decided when."""

    terms: Terms
    start_s: float | None = None
    leak: float = 0.0
    limit: float = 0.0
    inflow: float = 0.0
    verdict: Verdict = "cannot_be_said"
    because: str = "no reading yet"
    decided_s: float | None = None
    loss_per_s: float = 0.0
    loss_sd_per_s: float = FLOW_SD_PER_S
    decided_loss: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Clearance:
    """What can be said after a block. Losses are relative, 1/s, positive outwards, 90 %."""

    verdict: Verdict
    because: str
    start_s: float | None
    decided_s: float | None
    loss_per_s: Interval
    log_ratio_leak: float
    log_ratio_limit: float
    log_ratio_inflow: float


def judge(memory: ClearanceMemory, beliefs: Beliefs) -> tuple[ClearanceMemory, Clearance]:
    """Take in the beliefs after some more readings. The first bound that is crossed decides, and stays."""
    if beliefs.time_s.size:
        terms = memory.terms
        leak, limit, inflow = ratios(terms, beliefs.loss_per_s, beliefs.loss_sd_per_s)
        start = memory.start_s if memory.start_s is not None else float(beliefs.time_s[0])
        memory = replace(
            memory, start_s=start, leak=float(leak[-1]), limit=float(limit[-1]), inflow=float(inflow[-1]),
            loss_per_s=float(beliefs.loss_per_s[-1]), loss_sd_per_s=float(beliefs.loss_sd_per_s[-1]),
        )  # fmt: skip
        if memory.decided_s is None:
            memory = _decide(memory, beliefs, leak, limit, inflow)
    return memory, say(memory)


def ratios(terms: Terms, loss: Floats, sd: Floats) -> tuple[Floats, Floats, Floats]:
    """Logarithms of likelihood ratios against a tight wall, (n,) each: leak, leak at the limit, inflow.

    Parameters: terms; loss, sd (n,) mean and standard deviation of the loss under the wide prior of `hold`.
    Returns: leak and inflow are averaged over sizes from the limit up, so that a plain one is plain at once; the one
    at the limit is what `holds` has to rule out. All are averaged over the nodes of the volume.
    Raises: nothing. Holds for: Gaussian beliefs.
    Source: ln L(k) = a k - b k^2 / 2 with the prior taken out; tests/response/test_clearance.py.
    """
    if loss.size > BLOCK:
        parts = [ratios(terms, loss[k : k + BLOCK], sd[k : k + BLOCK]) for k in range(0, loss.size, BLOCK)]
        leaks, limits, inflows = (np.concatenate(column) for column in zip(*parts, strict=True))
        return leaks, limits, inflows
    a, b = loss / sd**2, 1.0 / sd**2 - FLOW_SD_PER_S**-2
    used = terms.used_per_s
    tight = _mean(a, b, (terms.tight_per_s + used)[None, :], np.ones(1))
    sizes = terms.limit_per_s[None, :] * SIZES[:, None]
    leak, inflow = _mean(a, b, sizes + used, SHARES), _mean(a, b, -sizes + used, SHARES)
    return leak - tight, _mean(a, b, sizes[:1] + used, np.ones(1)) - tight, inflow - tight


def _mean(a: Floats, b: Floats, losses: Floats, share: Floats) -> Floats:
    """Logarithm of the likelihood (n,) averaged over losses (size, node), sizes weighed by their share."""
    flat = losses.ravel()
    log = a[:, None] * flat - 0.5 * b[:, None] * flat**2 + np.log(np.repeat(share, losses.shape[1]) / losses.shape[1])
    top = log.max(axis=1)
    return np.asarray(top + np.log(np.exp(log - top[:, None]).sum(axis=1)))


def _decide(memory: ClearanceMemory, beliefs: Beliefs, leak: Floats, limit: Floats, inflow: Floats) -> ClearanceMemory:
    leaks_at, holds_at = -np.log(memory.terms.alpha), np.log(memory.terms.beta)
    crossed = (leak >= leaks_at) | ((limit <= holds_at) & (inflow <= holds_at))
    if not crossed.any():
        fed = inflow[-1] >= leaks_at
        return replace(memory, because=GAS_COMES if fed else _why_not_yet(memory))
    k = int(np.argmax(crossed))
    verdict: Verdict = "does_not_hold" if leak[k] >= leaks_at else "holds"
    because = "it loses more than a tight wall does" if leak[k] >= leaks_at else "it loses less than the limit"
    found = float(beliefs.loss_per_s[k]), float(beliefs.loss_sd_per_s[k])
    return replace(memory, verdict=verdict, because=because, decided_s=float(beliefs.time_s[k]), decided_loss=found)


def _why_not_yet(memory: ClearanceMemory) -> str:
    apart = float(np.mean(memory.terms.limit_per_s) - np.mean(memory.terms.tight_per_s))
    leak, sd = leak_of(memory.terms, memory.loss_per_s, memory.loss_sd_per_s)
    between = np.mean(memory.terms.tight_per_s) < leak < np.mean(memory.terms.limit_per_s)
    if float(np.std(memory.terms.used_per_s)) > 0.2 * apart:
        return "what the people inside breathe is not known well enough: nobody should be inside for so small a limit"
    if sd > 0.2 * apart or not between:
        return "the rate is not yet known well enough: warmth and gauge still hide a leak as large as the limit"
    return "the rate lies between tight and the limit, where either answer takes longest"


def leak_of(terms: Terms, loss_per_s: float, loss_sd_per_s: float) -> tuple[float, float]:
    """The leak in a loss of gas, and its standard deviation: without what people breathe."""
    return loss_per_s - float(np.median(terms.used_per_s)), float(np.hypot(loss_sd_per_s, np.std(terms.used_per_s)))


def say(memory: ClearanceMemory) -> Clearance:
    """What the memory amounts to."""
    k, sd = leak_of(memory.terms, memory.loss_per_s, memory.loss_sd_per_s)
    return Clearance(
        memory.verdict, memory.because, memory.start_s, memory.decided_s,
        Interval(k, k - SIGMAS_90 * sd, k + SIGMAS_90 * sd), memory.leak, memory.limit, memory.inflow,
    )  # fmt: skip


def earliest(memory: ClearanceMemory, held: HoldMemory, cadence_s: float, thermometer: bool) -> dict[str, float | None]:
    """When, on the mean, readings as before would decide: if the wall is tight, if it leaks at the limit, and if the
    rate is what it seems to be now. None: not within a fortnight."""
    if memory.decided_s is not None or not np.isfinite(held.last_s):
        return {}
    found: dict[str, float | None] = {}
    used = float(np.median(memory.terms.used_per_s))
    true = {
        "holds": float(np.mean(memory.terms.tight_per_s)) + used,
        "does_not_hold": float(np.mean(memory.terms.limit_per_s)) + used,
        "as_it_seems": max(memory.loss_per_s - used, 0.0) + used,
    }
    a0, b0 = memory.loss_per_s / memory.loss_sd_per_s**2, 1.0 / memory.loss_sd_per_s**2 - FLOW_SD_PER_S**-2
    for span in (0.02 * HORIZON_S, HORIZON_S):  # finely first
        look = ahead(held, cadence_s, held.last_s + span, thermometer)
        b = 1.0 / look.loss_sd_per_s**2 - FLOW_SD_PER_S**-2
        for name, k in true.items():
            if found.get(name) is None:
                # what has been seen stays; what comes adds its information about the true rate
                mean = (a0 + (b - b0) * k) * look.loss_sd_per_s**2
                leak, limit, inflow = ratios(memory.terms, mean, look.loss_sd_per_s)
                holds = np.maximum(limit, inflow) <= np.log(memory.terms.beta)
                done = (leak >= -np.log(memory.terms.alpha)) | holds
                found[name] = float(look.time_s[np.argmax(done)]) if done.any() else None
    return found


def terms_of(
    limit_per_s: float, share_sd: float, alpha: float, beta: float, tight_per_s: float | None = None,
    used_per_s: Floats | None = None,
) -> Terms:  # fmt: skip
    """Terms for a limit on the relative loss, its doubt (of the volume) a share; tight is a tenth unless said.

    used_per_s (node,): equally probable relative losses by what people breathe, in the volume as it is on the mean.
    """
    factor = 1.0 / np.maximum(1.0 + share_sd * normal_nodes(9), 0.2) if share_sd > 0.0 else np.ones(1)
    tight = 0.1 * limit_per_s if tight_per_s is None else tight_per_s
    if used_per_s is None or not used_per_s.any():
        return Terms(tight * factor, limit_per_s * factor, alpha, beta)
    every = np.repeat(factor, used_per_s.size)  # each node of the volume with each of what is breathed
    return Terms(tight * every, limit_per_s * every, alpha, beta, np.outer(factor, used_per_s).ravel())


def rate_interval(loss: Interval, loss_sd_per_s: float, mass_kg: float, share_sd: float) -> Interval:
    """Mass flow, kg/s, of a relative loss in a compartment that holds this much gas, its volume in doubt by a share."""
    k = loss.median + loss_sd_per_s * normal_nodes(33)
    factor = np.maximum(1.0 + share_sd * normal_nodes(17), 0.05)
    grid = np.outer(k, factor).ravel() * mass_kg
    return weighted_interval(grid, np.full(grid.size, 1.0 / grid.size))
