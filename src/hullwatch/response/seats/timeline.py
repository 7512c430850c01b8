"""The best places from event to event: each stretch is decided with what is known in it, from the places before it.

Nothing is foreseen: a craft that loses its coolant changes the plan from that moment on.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hullwatch.response.seats.decision import Decision, decide
from hullwatch.response.seats.moment import moment
from hullwatch.units import DAY_S
from hullwatch.vehicle.roster import Roster, Span


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch in which nothing changes."""

    span: Span
    events: tuple[str, ...]  # what changed at its beginning
    decision: Decision


@dataclass(frozen=True, slots=True)
class Homecoming:
    """People leave the station, in the craft their place was in."""

    time_s: float
    craft: str
    aboard: tuple[str, ...]
    stranded: tuple[str, ...]  # who was to leave with it and had their place elsewhere


@dataclass(frozen=True, slots=True)
class Days:
    """How long one person had what kind of place."""

    degraded: float
    improvised: float
    none: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """A roster decided from its beginning to its end."""

    periods: tuple[Period, ...]
    homecomings: tuple[Homecoming, ...]
    days: Mapping[str, Days]

    def at(self, time_s: float) -> Period | None:
        """The period a moment lies in."""
        return next((p for p in self.periods if p.span.holds(time_s)), None)


def timeline(roster: Roster, closed: frozenset[str] = frozenset(), until_s: float | None = None) -> Timeline:
    """Decide a roster from event to event, with some compartments shut all the time; to the end, or until a moment."""
    happenings = _events(roster)
    times = sorted(happenings)
    periods: list[Period] = []
    now_in: dict[str, str | None] = {}
    for begin, end in zip(times, [*times[1:], roster.span.until_s], strict=True):
        if until_s is not None and begin > until_s:
            break
        decision = decide(moment(roster, begin, closed, now_in), roster.hazards)
        # without a place one keeps no claim, and takes what comes
        now_in = {ride.person: ride.craft for ride in decision.best.rides}
        periods.append(Period(Span(begin, end), tuple(happenings[begin]), decision))
    return Timeline(tuple(periods), _homecomings(roster, periods), _days(roster, periods))


def _events(roster: Roster) -> dict[float, list[str]]:
    """What changes when, from the beginning to the end of the roster."""
    found: dict[float, list[str]] = {roster.span.from_s: []}

    def add(time_s: float, words: str) -> None:
        if roster.span.from_s < time_s < roster.span.until_s:
            found.setdefault(time_s, []).append(words)

    for craft in roster.crafts:
        for k, stay in enumerate(craft.stays):
            came = [p.name for p in roster.crew if p.craft == craft.id and p.span.from_s == stay.span.from_s]
            joined = k > 0 and craft.stays[k - 1].span.until_s == stay.span.from_s
            words = f"{craft.name} moves to" if joined else f"{craft.name} docks at"
            add(stay.span.from_s, f"{words} {roster.port(stay.port).name}" + (f" with {len(came)}" if came else ""))
            if not any(other.span.from_s == stay.span.until_s for other in craft.stays):
                add(stay.span.until_s, f"{craft.name} leaves")
        for rig in craft.improvised:
            add(rig.span.from_s, f"{_counted(rig.places)} rigged in {craft.name}")
            add(rig.span.until_s, f"{_counted(rig.places)} gone from {craft.name}")
    for person in roster.crew:
        for time_s in (person.span.from_s, person.span.until_s):
            if time_s not in found:
                add(time_s, f"{person.name} {'comes' if time_s == person.span.from_s else 'leaves'}")
    for fault in roster.faults:
        add(fault.span.from_s, f"{roster.craft(fault.craft).name}: {fault.name}")
        add(fault.span.until_s, f"{roster.craft(fault.craft).name}: {fault.name}, mended")
    for leak in roster.leaks:
        add(leak.from_s, f"leak in {roster.named(leak.compartment)}")
        add(leak.patched_s, f"{roster.named(leak.compartment)} patched")
    return found


def _counted(places: int) -> str:
    return "an improvised place" if places == 1 else f"{places} improvised places"


def _homecomings(roster: Roster, periods: list[Period]) -> tuple[Homecoming, ...]:
    """For each craft that leaves: who was to leave at that moment, and who had their place in it."""
    found = []
    for before in periods:
        time_s = before.span.until_s
        leaving = {p.name: p.craft for p in roster.crew if p.span.until_s == time_s}
        places = {ride.person: ride.craft for ride in before.decision.best.rides}
        gone = [
            c
            for c in roster.crafts
            if c.returns is not None and any(stay.span.until_s == time_s for stay in c.stays) and c.stay(time_s) is None
        ]
        for craft in gone:
            aboard = tuple(name for name in leaving if places.get(name) == craft.id)
            others = {c.id for c in gone if c.id != craft.id}
            stranded = tuple(n for n in leaving if places.get(n) not in {craft.id, *others}) if craft is gone[0] else ()
            found.append(Homecoming(time_s, craft.id, aboard, stranded))
        if leaving and not gone:
            found.append(Homecoming(time_s, "", (), tuple(leaving)))
    return tuple(found)


def _days(roster: Roster, periods: list[Period]) -> dict[str, Days]:
    spent: dict[str, dict[str, float]] = {person.name: {} for person in roster.crew}
    for period in periods:
        length = (period.span.until_s - period.span.from_s) / DAY_S
        for ride in period.decision.best.rides:
            spent[ride.person][ride.state] = spent[ride.person].get(ride.state, 0.0) + length
    return {
        name: Days(kinds.get("degraded", 0.0), kinds.get("improvised", 0.0), kinds.get("none", 0.0))
        for name, kinds in spent.items()
    }
