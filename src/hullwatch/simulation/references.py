"""What a scenario says must exist in its vehicle: compartments, hatches, channels, people; and make sense in order."""

import difflib
from collections.abc import Iterable

from hullwatch.errors import DescriptionError, OutOfRange
from hullwatch.simulation.events import (
    Airlock,
    CrewMove,
    Dock,
    Happening,
    HatchMove,
    Heat,
    Hole,
    Makeup,
    Passage,
    Regulator,
    SensorFault,
    Undock,
    Vent,
)
from hullwatch.simulation.order import check_order
from hullwatch.simulation.scenario import Scenario
from hullwatch.units import TO_SI, parse_quantity
from hullwatch.vehicle.facts import Channel, Vehicle


def check(scenario: Scenario, vehicle: Vehicle, file: str = "scenario") -> None:
    """Raise DescriptionError for the first name that the vehicle does not have, or an event out of order."""
    compartments = [c.id for c in vehicle.compartments]
    people = [p.name for p in vehicle.crew]
    for id in scenario.volumes:
        _one_of(file, f"volumes.{id}", id, compartments)
    for name, place in scenario.crew.items():
        _one_of(file, f"crew.{name}", name, people)
        _one_of(file, f"crew.{name}", place, compartments)
    for k, hatch in enumerate(scenario.closed_hatches):
        _one_of(file, f"closed_hatches[{k}]", hatch, [h.id for h in vehicle.hatches])
    for k, craft in enumerate(scenario.away):
        _one_of(file, f"away[{k}]", craft, [c.id for c in vehicle.crafts])
    for k, event in enumerate(scenario.events):
        _check_event(event, vehicle, file, f"events[{k}]")
    check_order(scenario, vehicle, file)


def channel_size(channel: Channel, text: str, per_time: bool = False) -> float:
    """A difference of what a channel measures ("1.5 mmHg", "0.5 K"), or its rate of change, in SI."""
    unit = TO_SI[channel.unit][0].replace("code", "dimensionless").replace("kg/s", "kilogram / second")
    if unit == "1":
        unit = "dimensionless"
    return parse_quantity(text, f"({unit}) / second" if per_time else unit)


def _one_of(file: str, key: str, value: str, choices: Iterable[str]) -> None:
    names = sorted(choices)
    if value not in names:
        close = difflib.get_close_matches(value, names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise DescriptionError(file, key, value, f"one of {', '.join(names)}{hint}")


def _check_event(event: Happening, vehicle: Vehicle, file: str, key: str) -> None:
    compartments = [c.id for c in vehicle.compartments]
    if isinstance(event, Hole | Makeup | Vent | Airlock | CrewMove | Regulator):
        _one_of(file, f"{key}.compartment", event.compartment, compartments)
    if isinstance(event, Airlock):
        _one_of(file, f"{key}.cabin", event.cabin, [c for c in compartments if c != event.compartment])
    if isinstance(event, Passage):
        for field, place in (("origin", event.origin), ("target", event.target), ("sensor", event.sensor)):
            if place is not None:
                _one_of(file, f"{key}.{field}", place, compartments)
        if event.hatch is not None:
            _one_of(file, f"{key}.hatch", event.hatch, [h.id for h in vehicle.hatches])
    if isinstance(event, Dock | Undock):
        _one_of(file, f"{key}.craft", event.craft, [c.id for c in vehicle.crafts])
    if isinstance(event, CrewMove):
        _one_of(file, f"{key}.name", event.name, [p.name for p in vehicle.crew])
    if isinstance(event, HatchMove):
        _one_of(file, f"{key}.hatch", event.hatch, [h.id for h in vehicle.hatches])
    if isinstance(event, Heat):
        for place in event.compartments or ():
            _one_of(file, f"{key}.compartments", place, compartments)
    if isinstance(event, Makeup | Vent) and event.valve is not None:
        quantity = "makeup_valve" if isinstance(event, Makeup) else "vent_valve"
        _one_of(file, f"{key}.valve", event.valve, [c.id for c in vehicle.channels if c.quantity == quantity])
    if isinstance(event, SensorFault):
        _check_fault(event, vehicle, file, key)


def _check_fault(event: SensorFault, vehicle: Vehicle, file: str, key: str) -> None:
    _one_of(file, f"{key}.channel", event.channel, [c.id for c in vehicle.channels])
    channel = next(c for c in vehicle.channels if c.id == event.channel)
    for field, text in (("size", event.size), ("rate", event.rate)):
        if text is None:
            continue
        try:
            channel_size(channel, text, per_time=field == "rate")
        except OutOfRange as error:
            unit = TO_SI[channel.unit][0] + ("/s" if field == "rate" else "")
            raise DescriptionError(file, f"{key}.{field}", text, f"a quantity that converts to {unit}") from error
