"""The facts of a roster: who is aboard when, what could take them home, and what is wrong with it.

A roster stands on a vehicle: the station's compartments and hatches are the vehicle's, the docked craft are the
roster's own, because they come and go. Times are seconds since 1970-01-01 UTC; `inf` means no end is planned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hullwatch.vehicle.facts import Figure, Label, Vehicle

HAZARDS: Mapping[str, str] = {
    "return": "any return to Earth",
    "improvised": "a place that is no seat",
    "no_liner": "no liner fitted to this person",
    "no_suit": "a suit that this craft cannot supply",
    "no_pilot": "a trained part of its crew is missing",
    "leak": "a leak in the part that returns, or on the way to it",
    "heat": "a cabin that passes its limit",
}
"""Words for the hazards a place may have whatever the roster says, and for one of faults; a roster may add others."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when (not included)."""

    from_s: float
    until_s: float

    def holds(self, time_s: float) -> bool:
        """Whether a moment lies in it."""
        return self.from_s <= time_s < self.until_s


@dataclass(frozen=True, slots=True)
class Hazard:
    """Probability that the person in a place with this shortfall is lost, if the place is used: 90 % interval."""

    id: str
    low: float
    median: float
    high: float
    label: Label
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Port:
    """A place to dock, and the compartment one comes into through it."""

    id: str
    name: str
    compartment: str
    system: str  # how craft dock here
    label: Label


@dataclass(frozen=True, slots=True)
class Stay:
    """A craft at a port."""

    port: str
    span: Span


@dataclass(frozen=True, slots=True)
class Improvised:
    """Places in a craft that are no seats: a liner strapped to a cargo pallet."""

    places: int
    span: Span
    label: Label
    note: str = ""


@dataclass(frozen=True, slots=True)
class RosterCraft:
    """A craft that docks: its seats, what they ask of a person, and its parts from the port inwards."""

    id: str
    name: str
    system: str  # how it docks
    seats: int
    stays: tuple[Stay, ...]
    parts: tuple[str, ...]
    returns: str | None  # the part that comes back to Earth; all others are discarded before
    liner: str | None = None  # kind of fitted liner a seat needs
    suit: str | None = None  # kind of suit it can supply
    needs: tuple[str, ...] = ()  # what somebody aboard must be trained for
    improvised: tuple[Improvised, ...] = ()
    label: Label = "c"
    note: str = ""

    def stay(self, time_s: float) -> Stay | None:
        """Where it is docked at a moment."""
        return next((stay for stay in self.stays if stay.span.holds(time_s)), None)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody aboard: what craft they came with, and what of theirs fits where."""

    name: str
    craft: str
    span: Span
    liner: str | None = None
    suit: str | None = None
    roles: tuple[str, ...] = ()
    label: Label = "c"


@dataclass(frozen=True, slots=True)
class Heat:
    """What a cabin without cooling comes to during a return: in proportion to who rides in it."""

    empty_k: Figure
    loaded_k: Figure  # with `riders` people
    riders: int
    limit_k: Figure
    sd_k: Figure  # how uncertain the temperatures are

    def temperature_k(self, riders: int) -> float:
        """Expected cabin temperature with so many people."""
        return self.empty_k.value + (self.loaded_k.value - self.empty_k.value) * riders / self.riders


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a craft; with `heat` its hazard comes true only if the cabin passes the limit."""

    craft: str
    hazard: str
    name: str
    span: Span
    heat: Heat | None = None
    label: Label = "c"
    source: str = ""


@dataclass(frozen=True, slots=True)
class RosterLeak:
    """Air is lost from a compartment; from `patched_s` on a patch holds."""

    compartment: str
    from_s: float
    patched_s: float
    label: Label = "c"

    def state(self, time_s: float) -> Literal["none", "open", "patched"]:
        """Not yet, leaking, or patched."""
        return "none" if time_s < self.from_s else "open" if time_s < self.patched_s else "patched"


@dataclass(frozen=True, slots=True)
class Walk:
    """A spacewalk: who is out, and the compartments that are at vacuum or shut for it."""

    name: str
    span: Span
    crew: tuple[str, ...]
    airlock: tuple[str, ...]
    done: bool
    label: Label = "c"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """People and craft of one station over a stretch of time."""

    name: str
    title: str
    provenance: str
    span: Span
    station: Vehicle
    hazards: Mapping[str, Hazard]
    ports: tuple[Port, ...]
    crafts: tuple[RosterCraft, ...]
    crew: tuple[Person, ...]
    faults: tuple[Fault, ...] = ()
    leaks: tuple[RosterLeak, ...] = ()
    walks: tuple[Walk, ...] = ()

    def craft(self, id: str) -> RosterCraft:
        """The craft of that id; files are validated when read."""
        return next(c for c in self.crafts if c.id == id)

    def port(self, id: str) -> Port:
        """The port of that id."""
        return next(p for p in self.ports if p.id == id)

    def compartments(self) -> tuple[str, ...]:
        """Ids of the station's own compartments and of the parts of all craft of the roster."""
        own = tuple(c.id for c in self.station.compartments if c.craft is None)
        return own + tuple(part for craft in self.crafts for part in craft.parts)

    def named(self, compartment: str) -> str:
        """What a compartment is called in words."""
        for craft in self.crafts:
            if compartment in craft.parts:
                part = "" if len(craft.parts) == 1 else f", {_PARTS.get(compartment.rsplit('_', 1)[-1], compartment)}"
                return f"{craft.name}{part}"
        return self.station.compartment(compartment).name


_PARTS = {"OM": "orbital module", "DM": "descent module"}
