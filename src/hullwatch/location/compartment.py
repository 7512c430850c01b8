"""Posterior over compartments from how the pressure groups behave while hatches split them.

With all hatches open every compartment has one pressure and pressure cannot locate (METHODS 0.1): each compartment
then explains the readings equally well and the posterior is the prior. When a hatch closes, only the part with the
hole goes on losing gas, and faster for being smaller:

    hole in c, volumetric flow k:   the group with c loses k / V_group, every other group loses nothing

Each stretch between hatch moves (an epoch) is weighed once, by its state at its end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.location.spots import Spots, spots_of
from hullwatch.records import GroupState, LeakPlace
from hullwatch.vehicle.facts import Vehicle

SURPRISE = 0.02
"""Probability that an epoch misleads: the leak changed while hatches moved, or a hatch was not tight [c]."""

BROAD = 3.0
"""Spread of losses in a misleading epoch, in units of the loss expected."""


@dataclass(frozen=True, slots=True)
class LocationMemory:
    """Log weights of the compartments from all epochs ended so far, how many of them told something, and the prior."""

    log_weight: tuple[tuple[str, float], ...]
    epochs: int
    prior: tuple[tuple[str, float], ...]


def begin(vehicle: Vehicle, candidates: Sequence[str]) -> LocationMemory:
    """Prior: that of the places of each compartment, over the compartments that can hold the leak."""
    inside = set(candidates)
    before = prior_of(spots_of(vehicle))
    return LocationMemory(
        tuple((c.id, float(np.log(before[c.id])) if c.id in inside else -np.inf) for c in vehicle.compartments),
        0,
        tuple(before.items()),
    )


def prior_of(spots: Spots) -> Mapping[str, float]:
    """Probability of each compartment before any evidence: the sum over its places."""
    total = np.bincount(spots.room, np.exp(spots.log_prior), minlength=len(spots.rooms))
    return dict(zip(spots.rooms, total.tolist(), strict=True))


def end_epoch(
    memory: LocationMemory, groups: Sequence[GroupState], flow_m3_s: float, flow_sd_m3_s: float
) -> LocationMemory:
    """Take in what the groups did between two hatch moves."""
    gain = evidence(memory, groups, flow_m3_s, flow_sd_m3_s)
    told = max(gain.values()) - min(gain.values()) > 0.1 if gain else False
    weights = tuple((c, w + gain.get(c, 0.0)) for c, w in memory.log_weight)
    return replace(memory, log_weight=weights, epochs=memory.epochs + told)


def evidence(
    memory: LocationMemory, groups: Sequence[GroupState], flow_m3_s: float, flow_sd_m3_s: float
) -> Mapping[str, float]:
    """Log-likelihood of the groups' present losses for a hole in each compartment.

    flow_m3_s is the hole's volumetric flow (loss times volume), known from before the hatches moved.
    """
    seen = [g for g in groups if g.followed and g.sensors and g.loss_sd_per_s > 0.0]
    if len(seen) == len(groups) == 1:
        return {c: 0.0 for c, _ in memory.log_weight}
    return {c: sum(log_likelihood(g, c, flow_m3_s, flow_sd_m3_s) for g in seen) for c, _ in memory.log_weight}


def place(memory: LocationMemory, groups: Sequence[GroupState], flow_m3_s: float, flow_sd_m3_s: float) -> LeakPlace:
    """Posterior now, the running epoch included, and in words what it rests on."""
    gain = evidence(memory, groups, flow_m3_s, flow_sd_m3_s)
    log_weight = np.array([w + gain.get(c, 0.0) for c, w in memory.log_weight])
    weight = np.exp(log_weight - np.logaddexp.reduce(log_weight))
    order = np.argsort(-weight, kind="stable")
    ranked = tuple((memory.log_weight[i][0], float(weight[i])) for i in order)
    return LeakPlace(ranked, _why(groups, memory.epochs))


def probability_in(place_now: LeakPlace, compartments: Sequence[str]) -> float:
    """Posterior probability that the leak is in one of these compartments."""
    inside = set(compartments)
    return sum(p for c, p in place_now.probability if c in inside)


def log_likelihood(group: GroupState, compartment: str, flow: float, flow_sd: float) -> float:
    """Of the loss of one group, for a hole in this compartment; flow m3/s; the chance of misleading mixed in."""
    expected = flow / group.volume_m3 if compartment in group.compartments else 0.0
    doubt = (flow_sd / group.volume_m3) ** 2 + (expected * group.volume_sd_m3 / group.volume_m3) ** 2
    variance = group.loss_sd_per_s**2 + (doubt if compartment in group.compartments else 0.0)
    straight = -0.5 * (group.loss_per_s - expected) ** 2 / variance - 0.5 * np.log(variance)
    wide = (BROAD * flow / group.volume_m3) ** 2 + group.loss_sd_per_s**2
    astray = -0.5 * group.loss_per_s**2 / wide - 0.5 * np.log(wide)
    return float(np.logaddexp(np.log1p(-SURPRISE) + straight, np.log(SURPRISE) + astray))


def _why(groups: Sequence[GroupState], epochs: int) -> str:
    if len(groups) == 1 and epochs == 0:
        return "all hatches open: one pressure everywhere tells no compartment from another; the figures are the prior"
    blind = sum(1 for g in groups if not g.sensors)
    text = f"{epochs} hatch test{'s' if epochs != 1 else ''} weighed" if epochs else "first hatch test running"
    if len(groups) > 1:
        text += f"; {len(groups)} pressure groups now, {len(groups) - blind} of them with a sensor"
    return text
