"""What a roster file may say: one strict Pydantic model per table. `roster_load.py` makes `roster.Roster` of it."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from hullwatch.errors import OutOfRange
from hullwatch.units import utc_seconds
from hullwatch.vehicle.description import Described, Id, NonNegativeFigure, PositiveFigure, Text, refusal
from hullwatch.vehicle.facts import Label


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            return utc_seconds(value)
        except OutOfRange:
            pass
    raise PydanticCustomError("moment", 'a moment in UTC as text, for instance "2023-02-26T00:58Z" or "2023-02-26"')


Moment = Annotated[float, BeforeValidator(_moment)]


def _forwards(field: str, first: float | None, then: float | None) -> None:
    """Refuse a second moment that does not come after the first."""
    if first is not None and then is not None and not first < then:
        raise refusal(field, "a moment after `from`: these dates are reversed")


class Dated(Described):
    """Base of what lasts: from a moment until another; no `until` means no end is planned."""

    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        _forwards("until", self.since, self.until)
        return self


class HazardEntry(Described):
    """How likely the person in such a place is lost, if the place is used."""

    low: float = Field(ge=0.0, le=1.0)
    median: float = Field(ge=0.0, le=1.0)
    high: float = Field(ge=0.0, le=1.0)
    label: Label
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.median <= self.high:
            raise refusal("median", f"a probability from low = {self.low:g} to high = {self.high:g}")
        return self


class PortEntry(Described):
    """A place where craft dock."""

    id: Id
    name: Text
    compartment: Id
    system: Id
    label: Label
    source: str = ""
    note: str = ""


class StayEntry(Dated):
    """A craft at a port."""

    port: Id


class ImprovisedEntry(Dated):
    """Places in a craft that are no seats."""

    places: int = Field(ge=1)
    label: Label
    source: str = ""
    note: str = ""


class RosterCraftEntry(Described):
    """A craft that docks."""

    id: Id
    name: Text
    system: Id
    seats: int = Field(ge=0, le=8)
    parts: list[Id] = Field(min_length=1)
    returns: Id | None = None
    liner: Id | None = None
    suit: Id | None = None
    needs: list[Id] = Field(default_factory=list)
    docked: list[StayEntry] = Field(min_length=1)
    improvised: list[ImprovisedEntry] = Field(default_factory=list)
    label: Label
    source: str = ""
    note: str = ""


class PersonEntry(Dated):
    """Somebody aboard; `from` and `until` are those of the roster where they are not said."""

    name: Text
    craft: Id
    liner: Id | None = None
    suit: Id | None = None
    roles: list[Id] = Field(default_factory=list)
    label: Label
    source: str = ""
    note: str = ""


class HeatEntry(Described):
    """What the cabin comes to during a return without cooling."""

    empty_k: PositiveFigure
    loaded_k: PositiveFigure
    riders: int = Field(ge=1)
    limit_k: PositiveFigure
    sd_k: NonNegativeFigure

    @model_validator(mode="after")
    def _warms(self) -> Self:
        if self.loaded_k.value < self.empty_k.value:
            raise refusal("loaded_k", f"a temperature of at least empty_k = {self.empty_k.value:g}: people are warm")
        return self


class FaultEntry(Dated):
    """Something wrong with a craft."""

    craft: Id
    hazard: Id
    name: Text
    heat: HeatEntry | None = None
    label: Label
    source: str = ""
    note: str = ""


class LeakEntry(Described):
    """Air is lost from a compartment."""

    compartment: Id
    since: Moment = Field(alias="from")
    patched: Moment | None = None
    label: Label
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _patched_later(self) -> Self:
        _forwards("patched", self.since, self.patched)
        return self


class WalkEntry(Described):
    """A spacewalk, planned or done."""

    name: Text
    since: Moment = Field(alias="from")
    until: Moment
    crew: list[Text] = Field(min_length=1)
    airlock: list[Id] = Field(min_length=1)
    done: bool = True
    label: Label
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        _forwards("until", self.since, self.until)
        return self


class HazardTable(Described):
    """A file of hazards that several rosters share."""

    title: Text
    hazards: dict[Id, HazardEntry]


class RosterFile(Dated):
    """A roster file."""

    title: Text
    provenance: Text
    vehicle: Text
    hazards: dict[Id, HazardEntry] = Field(default_factory=dict)
    ports: list[PortEntry] = Field(min_length=1)
    crafts: list[RosterCraftEntry] = Field(min_length=1)
    crew: list[PersonEntry] = Field(min_length=1)
    faults: list[FaultEntry] = Field(default_factory=list)
    leaks: list[LeakEntry] = Field(default_factory=list)
    walks: list[WalkEntry] = Field(default_factory=list)
