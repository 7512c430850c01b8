"""If this hatch is shut now: time left on each side, wherever the hole is, and how long the hatch can be opened again.

A  |  B          the hole is in A: B keeps its air, A falls faster, by the volume of both over its own
   hatch         pulled open against the difference while  (p_B - p_A) area < what a person can pull
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.records import Forecast, GroupState, Interval
from hullwatch.response.reserve import ALONE, Supposed, reserve_times
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.facts import CrewMember, Figure, Hatch, Limit, Vehicle
from hullwatch.vehicle.graph import pressure_groups

PULL, RULE = "hatch", "half_mmhg"
RETREAT_S = 600.0
"""What the crew needs to reach a craft, shut its hatch and be safe, unless said otherwise [c]."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a hatch that would be shut: chance that the hole is on it, times if it is, and if it is not.

    pulled_s: until when the hatch can be pulled open against the difference, if the hole is on this side; rule_s: the
    crew's rule, half the time of a fall by 1 mmHg.
    """

    compartments: tuple[str, ...]
    volume_m3: float
    probability: float
    if_here: tuple[Forecast, ...]
    if_not: tuple[Forecast, ...]
    pulled_s: Interval | None
    rule_s: Interval | None


@dataclass(frozen=True, slots=True)
class CrewTime:
    """The people of one craft: the first limit they meet, its time, and when at the latest they have to turn back."""

    craft: str
    people: tuple[str, ...]
    limit: str | None
    time_s: Interval | None
    abandon_s: float | None


def if_shut(
    state: GroupState,
    vehicle: Vehicle,
    hatch: str,
    open_hatches: frozenset[str],
    chance: Mapping[str, float],
    limits: Sequence[Limit],
    supposed: Supposed = ALONE,
) -> tuple[Side, ...]:
    """The two sides of an open hatch of this group.

    Parameters: state of the whole group; chance of the hole by compartment (any scale); limits to look at; supposed,
    whose people are on either side and whose tank serves the side with the hole. Returns: two sides; one, if
    another way round keeps them joined. Raises: OutOfRange for a hatch that is not open or not in this group.
    Holds for: hatches that seal. Source: definition; tests/response/test_reserve_parts.py.
    """
    known = {h.id: h for h in vehicle.hatches}
    if hatch not in known or hatch not in open_hatches or not set(known[hatch].between) <= set(state.compartments):
        mine = [h for h in open_hatches if h in known and set(known[h].between) <= set(state.compartments)]
        raise OutOfRange("hatch", None, f"{hatch!r} is no open hatch here; open are {', '.join(sorted(mine))}")
    parts = [part for part in pressure_groups(vehicle, open_hatches - {hatch}) if set(part) & set(state.compartments)]
    total = sum(chance.get(c, 0.0) for c in state.compartments)
    weight = [sum(chance.get(c, 0.0) for c in part) / total if total > 0.0 else 1.0 / len(parts) for part in parts]
    return tuple(
        _side(state, vehicle, known[hatch], part, share, limits, supposed, len(parts) > 1)
        for part, share in zip(parts, weight, strict=True)
    )


def part_of(state: GroupState, vehicle: Vehicle, compartments: tuple[str, ...], leaks: bool) -> GroupState:
    """A part of a group just after it was closed off: the same air, the whole leak or none of it."""
    volume, sd = _volume(vehicle, compartments)
    others = tuple(c for c in state.compartments if c not in compartments)
    beside, beside_sd = _volume(vehicle, others) if others else (0.0, 0.0)
    ratio = 1.0 + beside / volume
    spread = beside / volume * float(np.hypot(sd / volume, beside_sd / beside)) if beside > 0.0 else 0.0
    loss = state.loss_per_s * ratio if leaks else 0.0
    doubt = float(np.hypot(state.loss_sd_per_s * ratio, state.loss_per_s * spread)) if leaks else 0.0
    return replace(
        state,
        compartments=compartments,
        volume_m3=volume,
        volume_sd_m3=sd,
        mass_kg=state.mass_kg * volume / (volume + beside),
        loss_per_s=loss,
        loss_sd_per_s=doubt,
    )


def _side(
    state: GroupState,
    vehicle: Vehicle,
    hatch: Hatch,
    part: tuple[str, ...],
    share: float,
    limits: Sequence[Limit],
    supposed: Supposed,
    parted: bool,
) -> Side:
    here = part_of(state, vehicle, part, leaks=True)
    away = part_of(state, vehicle, part, leaks=False)
    reopen = (_fall(PULL, state, hatch.pull_n.value / hatch.area_m2), _fall(RULE, state, MMHG_PA)) if parted else ()
    found = reserve_times(here, vehicle, limits, supposed)
    # both sides are read by the same gauge: its error cancels in their difference
    sharp = replace(here, pressure_sd_pa=0.0)
    times = {f.limit: f.reserve_time_s for f in reserve_times(sharp, vehicle, reopen, supposed)}
    rule = times.get(RULE)
    untouched = replace(supposed, tank=None)
    return Side(
        part,
        here.volume_m3,
        share,
        found,
        reserve_times(away, vehicle, limits, untouched),
        times.get(PULL),
        rule.scaled(0.5) if rule is not None else None,
    )


def _fall(id: str, state: GroupState, by_pa: float) -> Limit:
    """A difference as a limit: the side without the hole keeps its pressure."""
    value = Figure(max(state.pressure_pa - by_pa, 0.0), "c")
    return Limit(id, "pressure", value, "low", "caution", "hatch shut", f"a difference of {by_pa:.0f} Pa")


def _volume(vehicle: Vehicle, compartments: tuple[str, ...]) -> tuple[float, float]:
    inside = [c for c in vehicle.compartments if c.id in compartments]
    return sum(c.volume_m3.value for c in inside), float(np.sqrt(sum(c.volume_m3.sd**2 for c in inside)))


def crew_times(
    vehicle: Vehicle, state: GroupState, found: Sequence[Forecast], retreat_s: float = RETREAT_S,
    where: Mapping[str, str] | None = None,
) -> tuple[CrewTime, ...]:  # fmt: skip
    """For the people of each craft docked to this group: the first limit that forces them to leave it.

    where: compartments of those who are not by their craft; they count where they are.

    What forces them is an emergency's limit of pressure, or oxygen and carbon dioxide of any class. Abandon: the low
    end of that time (19 in 20 leave more) less what the way back takes.
    """
    forcing = {limit.id for limit in vehicle.limits if limit.quantity != "pressure" or limit.alarm_class == "emergency"}
    near = [(f.reserve_time_s, f.limit) for f in found if f.limit in forcing and f.reserve_time_s is not None]
    time, limit = min(near, key=lambda pair: pair[0].low, default=(None, None))
    said = []
    for craft in vehicle.crafts:
        people: list[CrewMember] = [
            member
            for member in vehicle.crew
            if member.craft == craft.id and (where or {}).get(member.name, craft.port) in state.compartments
        ]
        if people:
            abandon = max(time.low - retreat_s, 0.0) if time is not None else None
            said.append(CrewTime(craft.id, tuple(p.name for p in people), limit, time, abandon))
    return tuple(said)
