"""What can happen in a scenario: one strict table per kind of event. Quantities are text with a unit; inside, SI."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from hullwatch.errors import OutOfRange
from hullwatch.units import parse_quantity, utc_seconds

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]*$", max_length=60)]


def refusal(field: str, allowed: str) -> PydanticCustomError:
    """An error at one field of a table that says what is allowed there."""
    return PydanticCustomError("described", "{allowed}", {"field": field, "allowed": allowed})


def _reader(unit: str, example: str) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if not isinstance(value, str):
            raise PydanticCustomError(
                "quantity", "{allowed}", {"allowed": f'text with a unit, for instance "{example}"'}
            )
        try:
            return parse_quantity(value, unit)
        except OutOfRange as error:
            allowed = f'a finite quantity in units of {unit}, for instance "{example}"'
            raise PydanticCustomError("quantity", "{allowed}", {"allowed": allowed}) from error

    return read


def _moment(value: Any) -> float | str:
    """ISO 8601 UTC becomes seconds since 1970; "+2 h" stays text until the scenario's start is known."""
    allowed = 'a time such as "2018-08-29T19:00Z" or, after the start, "+2 h"'
    if isinstance(value, str) and value.lstrip().startswith("+"):
        try:
            parse_quantity(value.strip()[1:], "s")
        except OutOfRange as error:
            raise PydanticCustomError("quantity", "{allowed}", {"allowed": allowed}) from error
        return value.strip()
    try:
        return utc_seconds(value)
    except (OutOfRange, AttributeError) as error:
        raise PydanticCustomError("quantity", "{allowed}", {"allowed": allowed}) from error


Length = Annotated[float, BeforeValidator(_reader("m", "2 mm")), Field(gt=0.0)]
Area = Annotated[float, BeforeValidator(_reader("m^2", "1.2 mm^2")), Field(gt=0.0)]
Rate = Annotated[float, BeforeValidator(_reader("kg/s", "25 kg/day")), Field(ge=0.0)]
Mass = Annotated[float, BeforeValidator(_reader("kg", "3 kg")), Field(gt=0.0)]
Span = Annotated[float, BeforeValidator(_reader("s", "30 min")), Field(gt=0.0)]
Shift = Annotated[float, BeforeValidator(_reader("s", "-30 s"))]
Volume = Annotated[float, BeforeValidator(_reader("m^3", "97.7 m^3")), Field(gt=0.0)]
Pressure = Annotated[float, BeforeValidator(_reader("Pa", "35 kPa")), Field(gt=0.0)]
Kelvin = Annotated[float, BeforeValidator(_reader("K", "1.5 K"))]
VolumeRate = Annotated[float, BeforeValidator(_reader("m^3/s", "70 L/s")), Field(gt=0.0)]
Moment = Annotated[float | str, BeforeValidator(_moment)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Table(BaseModel):
    """Base of every table of a scenario: no unknown keys, no silent conversions, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Happening(Table):
    """What every event has: when it starts, and a word of explanation."""

    at: Moment
    note: str = ""

    @property
    def at_s(self) -> float:
        """Seconds since 1970; the scenario has resolved relative times before anybody asks."""
        assert isinstance(self.at, float)  # noqa: S101  # kept by Scenario's validator
        return self.at


class Hole(Happening):
    """A hole opens: by diameter and cd, by effective area, or by the mass flow when it opens."""

    kind: Literal["hole"]
    id: Name
    compartment: Name
    diameter: Length | None = None
    cd: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    area: Area | None = None
    rate: Rate | None = None
    doubles_every: Span | None = None

    @model_validator(mode="after")
    def _sized_once(self) -> Self:
        if sum(x is not None for x in (self.diameter, self.area, self.rate)) != 1:
            raise refusal("diameter", "exactly one of diameter (with cd), area or rate")
        if (self.diameter is None) != (self.cd is None):
            raise refusal("cd", "a discharge coefficient together with diameter, and only there")
        return self


class Patch(Happening):
    """A patch leaves a share of what the hole lets through at that moment, and stops its growth."""

    kind: Literal["patch"]
    hole: Name
    remaining: Share


class HatchMove(Happening):
    """A hatch is opened or closed."""

    kind: Literal["hatch"]
    hatch: Name
    state: Literal["open", "closed"]


class Makeup(Happening):
    """Gas from a tank; `valve` names the channel that shows it (none for gas nobody meters)."""

    kind: Literal["makeup"]
    compartment: Name
    gas: Literal["N2", "O2", "air"]
    mass: Mass
    duration: Span
    valve: Name | None = None


class Vent(Happening):
    """Gas goes overboard on purpose; `valve` names the channel that shows it."""

    kind: Literal["vent"]
    compartment: Name
    mass: Mass
    duration: Span
    valve: Name | None = None


class Airlock(Happening):
    """A compartment behind closed hatches is pumped into the cabin, emptied overboard, or filled from the cabin."""

    kind: Literal["airlock"]
    compartment: Name
    cabin: Name
    action: Literal["depress", "vent", "repress"]
    duration: Span
    to: Pressure | None = None

    @model_validator(mode="after")
    def _knows_its_end(self) -> Self:
        if (self.action == "repress") != (self.to is None):
            raise refusal("to", "the pressure to reach, for depress and vent; absent for repress")
        return self


class Passage(Happening):
    """A way that resists opens: an equalisation valve, a gap, a seal that leaks, a fan in a duct, a relief valve.

    From `origin` to `target`, or between the two sides of `hatch`; without a target it leads overboard. Its size is a
    diameter with cd, or an effective area; or for a leaking seal, what it would let through from nominal air into
    vacuum; or the volume flow of a fan. With `opens` and `closes` it moves by itself with the pressure at `sensor`.
    """

    kind: Literal["passage"]
    id: Name
    hatch: Name | None = None
    origin: Name | None = None
    target: Name | None = None
    diameter: Length | None = None
    cd: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    area: Area | None = None
    seal: Rate | None = None
    fan: VolumeRate | None = None
    opens: Pressure | None = None
    closes: Pressure | None = None
    sensor: Name | None = None
    duration: Span | None = None  # None: until a `shut`, or to the end

    @model_validator(mode="after")
    def _is_one_way_of_one_size(self) -> Self:
        if (self.hatch is None) == (self.origin is None):
            raise refusal("hatch", "either a hatch, or an origin (with a target, or overboard)")
        if self.hatch is not None and self.target is not None:
            raise refusal("target", "no target beside a hatch: its two sides are meant")
        if self.origin is not None and self.origin == self.target:
            raise refusal("target", "another compartment than the origin")
        if sum(x is not None for x in (self.diameter, self.area, self.seal, self.fan)) != 1:
            raise refusal("diameter", "exactly one of diameter (with cd), area, seal or fan")
        if (self.diameter is None) != (self.cd is None):
            raise refusal("cd", "a discharge coefficient together with diameter, and only there")
        if (self.opens is None) != (self.closes is None) or (self.opens is not None and self.opens == self.closes):
            raise refusal("closes", "both opens and closes, at different pressures; or neither")
        if self.sensor is not None and self.opens is None:
            raise refusal("sensor", "a sensor only with opens and closes")
        return self


class Shut(Happening):
    """A passage is shut."""

    kind: Literal["shut"]
    passage: Name


class Regulator(Happening):
    """A tank feeds a compartment whenever its pressure has fallen to `opens`, until it has risen to `closes`."""

    kind: Literal["regulator"]
    compartment: Name
    gas: Literal["N2", "O2", "air"]
    rate: Rate
    opens: Pressure
    closes: Pressure
    duration: Span | None = None  # None: to the end

    @model_validator(mode="after")
    def _has_a_gap(self) -> Self:
        if not self.opens < self.closes:
            raise refusal("closes", "a pressure above the one at which it opens")
        return self


class Dock(Happening):
    """A craft of the vehicle that was away docks: its volume and gas join the ship, behind closed hatches."""

    kind: Literal["dock"]
    craft: Name
    pressure: Pressure | None = None  # in it; None: nominal


class Undock(Happening):
    """A docked craft leaves with its volume, its gas and the people in it."""

    kind: Literal["undock"]
    craft: Name


class CrewMove(Happening):
    """A person goes to a compartment and stays there."""

    kind: Literal["crew"]
    name: str
    compartment: Name


class Heat(Happening):
    """The walls change: the day's swing by a factor, their level by an offset, approached within about `ramp`."""

    kind: Literal["heat"]
    factor: Annotated[float, Field(ge=0.0)] = 1.0
    offset: Kelvin = 0.0
    ramp: Span = 3600.0
    compartments: list[Name] | None = None


class SignalLoss(Happening):
    """Nothing is published."""

    kind: Literal["signal_loss"]
    duration: Span


class SensorFault(Happening):
    """A channel lies. `size` and `rate` are in units of what it measures ("1.5 mmHg", "2 mmHg/day")."""

    kind: Literal["sensor_fault"]
    channel: Name
    fault: Literal["stuck", "dead", "drift", "step", "spike", "noise"]
    size: str | None = None
    rate: str | None = None
    duration: Span | None = None  # None: to the end; a spike lasts one reading

    @model_validator(mode="after")
    def _has_its_number(self) -> Self:
        if (self.fault in ("step", "spike", "noise")) != (self.size is not None):
            raise refusal("size", 'a quantity such as "1.5 mmHg" for step, spike and noise; absent otherwise')
        if (self.fault == "drift") != (self.rate is not None):
            raise refusal("rate", 'a quantity such as "2 mmHg/day" for drift; absent otherwise')
        return self


class ClockStep(Happening):
    """The clock that stamps the readings jumps by `step`; the world does not."""

    kind: Literal["clock_step"]
    step: Shift


Event = Annotated[
    Hole
    | Patch
    | HatchMove
    | Makeup
    | Vent
    | Airlock
    | Passage
    | Shut
    | Regulator
    | Dock
    | Undock
    | CrewMove
    | Heat
    | SignalLoss
    | SensorFault
    | ClockStep,
    Field(discriminator="kind"),
]
