"""What the watch remembers between blocks, and small questions about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hullwatch.detection.priors import BEGIN_PER_DAY
from hullwatch.estimators.change import threshold
from hullwatch.incident.follow import Incident
from hullwatch.location.compartment import LocationMemory
from hullwatch.records import Frames, GroupState, QualityNote
from hullwatch.sizing.law import FlowHistory
from hullwatch.telemetry import clean as cleaning
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.roster import Roster
from hullwatch.watch import groups as pressure
from hullwatch.watch.advising import Planned
from hullwatch.watch.holding import Hold
from hullwatch.watch.limits import Limits
from hullwatch.watch.operations import Underway
from hullwatch.watch.reports import Reports
from hullwatch.watch.returns import Gain
from hullwatch.watch.where import Told

LEAKS_PER_DAY = BEGIN_PER_DAY["leak"]
LOOK_H = 7.0
"""Log-likelihood ratio of a loss from which on it is weighed against all else."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user may choose."""

    false_alarms_per_year: float = 1.0

    @property
    def leak_sure(self) -> float:
        """Posterior probability at which a leak is said: at even odds every other one said would be false."""
        return 1.0 / (1.0 + self.false_alarms_per_year / (365.25 * LEAKS_PER_DAY))

    @property
    def loss_h(self) -> float:
        """Threshold of the log-likelihood ratio of a loss."""
        return threshold(self.false_alarms_per_year)

    def as_dict(self) -> dict[str, Any]:
        """For the record."""
        return {"false_alarms_per_year": self.false_alarms_per_year, "log_ratio_threshold": round(self.loss_h, 3)}


@dataclass(frozen=True, slots=True)
class WatchMemory:
    """Everything the watch remembers between blocks."""

    clean: cleaning.CleanMemory
    groups: tuple[pressure.Group, ...]
    open_hatches: frozenset[str]
    spoken: frozenset[str]
    words: tuple[tuple[str, float], ...]  # last state of channels whose changes are operations
    incidents: tuple[Incident, ...]
    places: Mapping[str, LocationMemory]
    notes: tuple[QualityNote, ...]  # noted, their frame not yet judged
    latest: Frames | None  # the last frame judged
    first_s: float | None
    last_s: float | None
    frames: int
    moved_s: float  # when hatches last moved
    gains: tuple[Gain, ...] = ()  # gas that came of late
    flows: Mapping[tuple[str, int], FlowHistory] = field(default_factory=dict)  # by incident and stage
    underway: Underway = field(default_factory=Underway)  # operations that move gas
    doubted: tuple[tuple[str, str | None, float], ...] = ()  # doubts of sensors named: kind, channel, last time true
    told: Told = field(default_factory=Told)  # evidence that is not telemetry
    limits: Limits = field(default_factory=Limits)  # set by people to other values
    reports: Reports = field(default_factory=Reports)  # of hatches, and of where people are
    roster: Roster | None = None  # who goes home in what and when, where the user said it
    plans: Mapping[str, Planned] = field(default_factory=dict)  # by incident
    holds: tuple[Hold, ...] = ()  # closed parts under test
    most_kg_s: Mapping[str, float] = field(default_factory=dict)  # what each leak that stopped has leaked at most
    unproved: frozenset[str] = frozenset()  # stopped leaks of which it was said how to prove it
    asked: Mapping[str, tuple[str, bool, bool]] = field(default_factory=dict)  # returns: place, ended, proved, as said


def state_of(memory: WatchMemory, vehicle: Vehicle, k: int) -> GroupState | None:
    """Belief about one group, None before its first reading."""
    return pressure.state(memory.groups[k], vehicle, k, memory.latest) if k < len(memory.groups) else None


def flow_of(state: GroupState) -> tuple[float, float]:
    """Volumetric flow of the hole, m3/s: relative loss times volume, which no split of the ship changes."""
    return state.loss_per_s * state.volume_m3, state.loss_sd_per_s * state.volume_m3


def possible(memory: WatchMemory, incident: Incident) -> frozenset[str]:
    """Compartments that may hold this leak."""
    place = memory.places[incident.id]
    return frozenset(c for c, weight in place.log_weight if np.isfinite(weight))


def with_group(memory: WatchMemory, k: int, group: pressure.Group) -> WatchMemory:
    """The memory with one group replaced."""
    return replace(memory, groups=tuple(group if j == k else g for j, g in enumerate(memory.groups)))


def with_incident(memory: WatchMemory, incident: Incident) -> WatchMemory:
    """The memory with one incident replaced."""
    return replace(memory, incidents=tuple(incident if i.id == incident.id else i for i in memory.incidents))
