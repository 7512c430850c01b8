"""What others make the balance believe: changes that were found and accepted, operations, sensors caught lying."""

from dataclasses import replace

import numpy as np

from hullwatch.balance.air import AirMemory
from hullwatch.balance.heard import W_SCATTER
from hullwatch.balance.layout import DRIVE, FLOW, FLOW_WALK_HOUR, HEAT, MASS, UNMETERED
from hullwatch.balance.manner import CAUGHT
from hullwatch.balance.species import MIXING_S
from hullwatch.estimators.kalman import pin, shift
from hullwatch.records import Floats

EXCHANGED_WALK = 0.1**2
"""Variance a second of the gas exchanged while gas of unknown kind comes: faster than any valve [c]."""
KIND_SHARE = 0.6
"""Of gas that came at once, the share that is exchanged: 0 of air, 1 of oxygen, -1/3 of nitrogen; 1 sigma [c]."""


def accept(memory: AirMemory, moved: Floats, covariance: Floats, follow: bool) -> AirMemory:
    """Belief once a change found by detection is accepted; `follow` lets the flow be tracked from now on."""
    x, p = shift(memory.x, memory.p, moved, covariance)
    walk = memory.walk.copy()
    if follow:
        walk[FLOW] = (FLOW_WALK_HOUR * x[FLOW]) ** 2 / 3600.0
    return replace(memory, x=x, p=p, walk=walk)


def forget_flow(memory: AirMemory) -> AirMemory:
    """Stop following a flow: it is over, and pinned to zero again."""
    x, p, walk = memory.x.copy(), memory.p.copy(), memory.walk.copy()
    pin(x, p, FLOW, 0.0, 0.0)
    walk[FLOW] = 0.0
    return hold_exchanged(replace(memory, x=x, p=p, walk=walk))


def before_it_came(memory: AirMemory, gained: float) -> AirMemory:
    """The same belief with so much less gas, a change of its logarithm that is known to a half, and no flow: what was
    believed before a gain of which only the later part was seen."""
    earlier = forget_flow(memory)
    x, p = earlier.x.copy(), earlier.p.copy()
    x[MASS] -= gained
    p[MASS, MASS] += (0.5 * gained) ** 2
    return replace(earlier, x=x, p=p)


def reheat(memory: AirMemory) -> AirMemory:
    """Heat is what it usually is, and the gas amount takes the rest of what is read: while gas came in at a rate that
    varied, nothing was learned of heat."""
    lay = memory.layout
    x, p = memory.x.copy(), memory.p.copy()
    x[MASS] += x[HEAT]
    p[MASS, :] += p[HEAT, :]
    p[:, MASS] += p[:, HEAT]
    for state in (HEAT, DRIVE):
        pin(x, p, state, 0.0, float(lay.start[state]))
    p[HEAT, DRIVE] = p[DRIVE, HEAT] = lay.start[HEAT]
    p[MASS, MASS] += lay.start[HEAT]
    p[MASS, [HEAT, DRIVE]] = p[[HEAT, DRIVE], MASS] = -lay.start[HEAT]
    return replace(memory, x=x, p=p)


def let_mass_wander(memory: AirMemory, per_s: float) -> AirMemory:
    """Let the gas amount go where it will, by this variance a second of its logarithm, while an operation moves it."""
    walk = memory.walk.copy()
    walk[MASS] = per_s
    freed = replace(memory, walk=walk)
    return free_exchanged(freed) if per_s > 0.0 else hold_exchanged(freed)


def free_exchanged(memory: AirMemory) -> AirMemory:
    """Let the gas exchanged go where it will, as while gas of unknown kind comes in: analysers then follow and no
    more, and have learned afterwards what came."""
    return _exchanged_walks(memory, EXCHANGED_WALK)


def hold_exchanged(memory: AirMemory) -> AirMemory:
    """Only people and machines change the air again, unless gas that comes is being followed."""
    return _exchanged_walks(memory, EXCHANGED_WALK if memory.walk[FLOW] > 0.0 and memory.x[FLOW] > 0.0 else 0.0)


def _exchanged_walks(memory: AirMemory, per_s: float) -> AirMemory:
    if memory.layout.exchanged < 0:
        return memory
    walk = memory.walk.copy()
    walk[memory.layout.exchanged] = per_s
    return replace(memory, walk=walk)


def doubt_exchanged(memory: AirMemory, amount: float) -> AirMemory:
    """Gas of unknown kind came or went at once, this much of the logarithm: air, oxygen or nitrogen."""
    lay = memory.layout
    if lay.exchanged < 0:
        return memory
    p = memory.p.copy()
    unsure = lay.unmixed[lay.unmixed >= 0] if amount > 0.0 else lay.exchanged  # how much of it is where it is analysed
    p[unsure, unsure] += (KIND_SHARE * amount) ** 2
    return mix(replace(memory, p=p), amount)


def mix(memory: AirMemory, came: float) -> AirMemory:
    """Gas of unknown kind has come, this much of the logarithm, and is not everywhere yet: what the analysers show is
    of the air beside them, and how much of it is of all the air is not known."""
    lay = memory.layout
    if lay.exchanged < 0 or came <= 0.0:
        return memory
    p = memory.p.copy()
    for part in range(len(MIXING_S)):
        here = np.zeros(lay.states)
        here[lay.exchanged] = -1.0
        here[lay.unmixed[lay.unmixed >= 0] + part] = 1.0
        p += (KIND_SHARE * came) ** 2 / len(MIXING_S) * np.outer(here, here)
    return replace(memory, p=p)


def loosen_bias(memory: AirMemory, sensor: int, drift_per_s: float) -> AirMemory:
    """Let a sensor's bias wander as fast as it was found to drift, so that it no longer says anything about gas."""
    walk = memory.walk.copy()
    walk[memory.layout.bias(sensor)] = drift_per_s**2 * 3600.0
    return replace(memory, walk=walk)


def relearn_exchange(memory: AirMemory) -> AirMemory:
    """An analyser has lied: what it has taught of flows that nobody meters is forgotten."""
    x, p = memory.x.copy(), memory.p.copy()
    pin(x, p, UNMETERED, 0.0, float(memory.layout.variance[UNMETERED]))
    return replace(memory, x=x, p=p)


def distrust(memory: AirMemory, sensor: int) -> AirMemory:
    """A sensor that was just caught stepping is believed less for its next readings, and less still if caught again."""
    window = memory.window.copy()
    window[sensor, W_SCATTER] += CAUGHT
    return replace(memory, window=window)


def expect_flow(memory: AirMemory, mean_per_s: float, sd_per_s: float) -> AirMemory:
    """Follow a flow from now on with this prior, as after hatches have split a leaking group."""
    x, p, walk = memory.x.copy(), memory.p.copy(), memory.walk.copy()
    pin(x, p, FLOW, mean_per_s, sd_per_s**2)
    walk[FLOW] = (FLOW_WALK_HOUR * max(abs(mean_per_s), sd_per_s)) ** 2 / 3600.0
    return replace(memory, x=x, p=p, walk=walk)
