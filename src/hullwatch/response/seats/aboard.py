"""Does a hole in this place stop the return of a craft, and what does shutting the place cost the ways home?

Asked of a roster where one is given, which knows when craft leave; else of the vehicle file alone, which knows what is
docked where and which part of it returns.
"""

from dataclasses import replace
from math import inf
from typing import Any

from hullwatch.response.seats.impact import LeakImpact, closing, leak_impacts
from hullwatch.units import utc_text
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.roster import Person, Port, Roster, RosterCraft, RosterLeak, Span, Stay

ALWAYS = Span(-inf, inf)


def roster_of(vehicle: Vehicle) -> Roster:
    """People and craft as the vehicle file has them, docked for good: it knows of no plans."""
    ports = tuple(dict.fromkeys(craft.port for craft in vehicle.crafts))
    crafts = tuple(
        RosterCraft(
            craft.id, craft.name, "", craft.seats, (Stay(craft.port, ALWAYS),),
            tuple(c.id for c in vehicle.compartments if c.craft == craft.id), craft.returns, label=craft.label,
        )
        for craft in vehicle.crafts
    )  # fmt: skip
    return Roster(
        vehicle.name, vehicle.title, vehicle.provenance, ALWAYS, vehicle, {},
        tuple(Port(id, vehicle.compartment(id).name, id, "", "c") for id in ports), crafts,
        tuple(Person(member.name, member.craft, ALWAYS, label=member.label) for member in vehicle.crew),
    )  # fmt: skip


def return_question(roster: Roster, compartment: str, time_s: float, ended: bool, proved: bool) -> dict[str, Any]:
    """The question, its answer and what shutting the compartment means, as JSON values.

    ended: it leaks no more; proved: a hold test has shown that. Raises: nothing. Source: `impact`, and
    tests/response/test_aboard.py.
    """
    leak = RosterLeak(compartment, -inf, time_s if ended else inf)
    (found,) = leak_impacts(replace(roster, leaks=(leak,)), time_s)
    named = _named(roster, compartment)
    craft = found.crafts[0] if found.crafts else None
    leaves = _leaves(craft, time_s)
    who = ", ".join(each.name for each in found.crafts) or "any craft"
    return {
        "question": f"Does a hole in the {named} stop the return of {who}?",
        "answer": _answer(found),
        "why": f"{_capital(found.why)}. {_proof(ended, proved)}",
        "compartment": compartment,
        "crafts": [each.id for each in found.crafts],
        "returns": None if craft is None else craft.returns,
        "leaves_utc": None if leaves is None else utc_text(leaves),
        "people": [person.name for person in roster.crew if craft is not None and _sits(person, craft, time_s)],
        "if_shut": if_closed(roster, compartment, time_s),
    }


def _answer(found: LeakImpact) -> str:
    return "no" if found.returns_anyway else "yes" if found.effect == "returning part" else "while_it_leaks"


def _proof(ended: bool, proved: bool) -> str:
    if proved:
        return "A hold test has proved that it leaks no more"
    return "It seems to leak no more; no hold test has proved that yet" if ended else "It leaks now"


def if_closed(roster: Roster, compartment: str, time_s: float) -> dict[str, Any]:
    """What is lost when the compartment is shut for good, as JSON values."""
    shut = closing(roster, time_s, frozenset((compartment,)))
    lost = [roster.craft(id) for id in (*shut.cut_off, *shut.unusable)]
    people = [person.name for person in roster.crew if any(_sits(person, craft, time_s) for craft in lost)]
    names = ", ".join(craft.name for craft in lost)
    return {
        "crafts_cut_off": [craft.id for craft in lost],
        "seats_lost": sum(craft.seats for craft in lost),
        "people_without_seat": people,
        "ports_lost": [port.name for port in shut.lost_ports],
        "why": f"{names} can then be entered no more, with {sum(craft.seats for craft in lost)} seats"
        if lost
        else "every craft that returns can still be entered",
    }


def _sits(person: Person, craft: RosterCraft, time_s: float) -> bool:
    return person.craft == craft.id and person.span.holds(time_s)


def _leaves(craft: RosterCraft | None, time_s: float) -> float | None:
    """When the craft is planned to leave; None where nobody says."""
    stay = craft.stay(time_s) if craft is not None else None
    return stay.span.until_s if stay is not None and stay.span.until_s < inf else None


def _named(roster: Roster, compartment: str) -> str:
    """A compartment's name; that of the vehicle file where it has it, which says what part of a craft it is."""
    return next((c.name for c in roster.station.compartments if c.id == compartment), roster.named(compartment))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
