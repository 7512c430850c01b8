"""One moment of a roster: who needs a place, which places there are, and what each would lack.

What a place lacks is a list of shortfalls, each a hazard and how surely it bears (its weight). The expected loss of a
place is the sum of weight times probability over them: rare and separate causes add (an upper bound otherwise). A sum
is linear in every probability, which is what makes the sensitivity exact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, sqrt

from hullwatch.response.seats.impact import closing, leak_impacts
from hullwatch.units import TO_SI
from hullwatch.vehicle.roster import Fault, Heat, Person, Roster, RosterCraft

KELVIN = TO_SI["degC"][2]
"""Temperature of 0 degC, K."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One thing a place lacks."""

    hazard: str
    weight: float  # probability that the hazard bears at all
    words: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything the search needs to know about one moment."""

    time_s: float
    people: tuple[Person, ...]
    crafts: tuple[RosterCraft, ...]  # docked, with a place, in the order of the roster
    pallets: tuple[int, ...]  # improvised places of each craft
    cut_off: frozenset[str]  # craft to be entered before the hatches are shut, and left in
    faults: Mapping[str, tuple[Fault, ...]]
    leaking: Mapping[str, str]  # craft -> what its riders pass or sit behind
    now_in: Mapping[str, str | None]  # person -> craft of their place so far

    def most(self, craft: int) -> int:
        """How many people a craft can take at the utmost."""
        return self.crafts[craft].seats + self.pallets[craft]


def moment(roster: Roster, time_s: float, closed: frozenset[str], now_in: Mapping[str, str | None]) -> Moment:
    """The moment at a time, with some compartments shut and people in the places they have so far.

    Who is new has the seat of the craft they came in.
    """
    impact = closing(roster, time_s, closed)
    crafts, pallets = [], []
    for craft in roster.crafts:
        if craft.returns is None or craft.stay(time_s) is None or craft.id in impact.unusable:
            continue
        rigged = sum(i.places for i in craft.improvised if i.span.holds(time_s))
        if craft.seats + rigged:
            crafts.append(craft)
            pallets.append(rigged)
    people = tuple(person for person in roster.crew if person.span.holds(time_s))
    return Moment(
        time_s=time_s,
        people=people,
        crafts=tuple(crafts),
        pallets=tuple(pallets),
        cut_off=frozenset(impact.cut_off),
        faults={c.id: tuple(f for f in roster.faults if f.craft == c.id and f.span.holds(time_s)) for c in crafts},
        leaking={
            craft.id: f"{roster.named(x.leak.compartment)} {'is patched' if x.state == 'patched' else 'leaks'}"
            for x in leak_impacts(roster, time_s)
            for craft in x.crafts
            if x.effect != "none"
        },
        now_in={person.name: now_in.get(person.name, person.craft) for person in people},
    )


def of_person(person: Person, craft: RosterCraft, improvised: bool) -> tuple[Shortfall, ...]:
    """What this place lacks for this person, whoever else rides."""
    found = []
    if improvised:
        found.append(Shortfall("improvised", 1.0, "improvised place"))
    wanted = craft.liner is not None or improvised
    if wanted and (person.liner is None or (not improvised and person.liner != craft.liner)):
        found.append(Shortfall("no_liner", 1.0, "no fitted liner"))
    if craft.suit is not None and person.suit != craft.suit:
        found.append(Shortfall("no_suit", 1.0, f"{person.suit or 'no'} suit, not {craft.suit}"))
    return tuple(found)


def of_craft(now: Moment, craft: RosterCraft, riders: int) -> tuple[Shortfall, ...]:
    """What every place in a craft lacks when so many ride in it."""
    found = []
    for fault in now.faults[craft.id]:
        weight = 1.0 if fault.heat is None else chance_too_hot(fault.heat, riders)
        words = fault.name
        if fault.heat is not None:
            celsius = fault.heat.temperature_k(riders) - KELVIN
            words += f", about {celsius:.0f} degC with {riders}"
        found.append(Shortfall(fault.hazard, weight, words))
    if craft.id in now.leaking:
        found.append(Shortfall("leak", 1.0, now.leaking[craft.id]))
    return tuple(found)


def of_crew(craft: RosterCraft, riders: tuple[Person, ...]) -> tuple[Shortfall, ...]:
    """What every place lacks because of who does not ride."""
    trained = {role for person in riders for role in person.roles}
    return tuple(
        Shortfall("no_pilot", 1.0, f"no {role.replace('-', ' ')} aboard") for role in craft.needs if role not in trained
    )


def chance_too_hot(heat: Heat, riders: int) -> float:
    """Probability that the cabin passes its limit with so many riders: normal around the expected temperature."""
    above = heat.temperature_k(riders) - heat.limit_k.value
    sd = heat.sd_k.value
    if sd == 0.0:
        return 1.0 if above > 0.0 else 0.0
    return 0.5 * (1.0 + erf(above / (sd * sqrt(2.0))))
