"""Hatches moved: form the pressure groups anew, and weigh what each part did so far for the place of every leak."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hullwatch.balance import amend
from hullwatch.incident.follow import Incident
from hullwatch.location import compartment as location
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch import groups as pressure
from hullwatch.watch.memory import WatchMemory, possible

MERGE_DOUBT = 0.5
"""How far, relatively, a leak may have changed while hatches moved [c]."""
SPLIT_DOUBT = 3.0
"""Spread of the flow expected in each part after a split, in units of the whole leak: each part may hold it or not."""


def regroup(
    memory: WatchMemory, vehicle: Vehicle, open_hatches: frozenset[str], spoken: frozenset[str], time_s: float
) -> WatchMemory:
    """Form the groups anew. What each part did so far is weighed for the place of every leak followed."""
    before = pressure.states(memory.groups, vehicle, memory.latest)
    moved = open_hatches != memory.open_hatches
    active = [i for i in memory.incidents if i.leaking]
    if moved:
        places = dict(memory.places)
        for incident in active:
            places[incident.id] = location.end_epoch(
                places[incident.id], before, incident.flow_m3_s, incident.flow_sd_m3_s
            )
        memory = replace(memory, places=places)
    groups = pressure.form(vehicle, open_hatches, spoken, memory.groups, time_s if moved else -np.inf)
    old = {id(g) for g in memory.groups}
    fresh = tuple(g if id(g) in old else _expect(g, memory, active) for g in groups)
    moved_s = time_s if moved else memory.moved_s
    return replace(memory, groups=fresh, open_hatches=open_hatches, spoken=spoken, moved_s=moved_s)


def _expect(group: pressure.Group, memory: WatchMemory, active: Sequence[Incident]) -> pressure.Group:
    """A new group in a leaking ship: a flow is followed in it from the start, with a prior from the leak known."""
    inside = [i for i in active if possible(memory, i) & set(group.compartments)]
    if not inside or not group.air.layout.pressure:
        return group
    leak = max(inside, key=lambda i: i.flow_m3_s)
    volume = group.air.layout.volume_m3
    if possible(memory, leak) <= set(group.compartments):
        spread = float(np.hypot(leak.flow_sd_m3_s, MERGE_DOUBT * leak.flow_m3_s))
        return replace(group, air=amend.expect_flow(group.air, -leak.flow_m3_s / volume, spread / volume))
    return replace(group, air=amend.expect_flow(group.air, 0.0, SPLIT_DOUBT * leak.flow_m3_s / volume))
