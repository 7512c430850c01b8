"""What a vehicle file may say: one strict Pydantic model per table, in SI, every figure with its provenance.

A file is a whole ship or a part of one; `load.py` joins them, checks what refers to what, and makes `facts.Vehicle`.
Unknown keys, wrong types, NaN and infinities are refused here; references between tables are `references.py`'s work.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from hullwatch.units import TO_SI
from hullwatch.vehicle.facts import Figure, Label, Quantity

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]*$", max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

SI_OF: dict[Quantity, str] = {
    "pressure": "Pa",
    "ppo2": "Pa",
    "ppn2": "Pa",
    "ppco2": "Pa",
    "pph2o": "Pa",
    "tank_pressure": "Pa",
    "temperature": "K",
    "o2_generation": "kg/s",
    "onboard_time": "s",
    "hatch_position": "code",
    "makeup_valve": "code",
    "vent_valve": "code",
    "depress_pump": "code",
    "generator_state": "code",
    "docking_state": "code",
    "feed_status": "code",
}
"""The SI unit each quantity is kept in; a channel's published unit must convert to it."""

IN_ONE_PLACE: frozenset[Quantity] = frozenset(("pressure", "ppo2", "ppn2", "ppco2", "pph2o", "temperature"))
"""Quantities that mean nothing without the compartment they are measured in."""


def refusal(field: str, allowed: str) -> PydanticCustomError:
    """An error at one field of a table that names what is allowed there; `load.py` turns it into DescriptionError."""
    return PydanticCustomError("described", "{field}: {allowed}", {"field": field, "allowed": allowed})


class Described(BaseModel):
    """Base of every table: no unknown keys, no silent conversions, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class AnyFigure(Described):
    """A number with its birth certificate; label "a" (found in a source) must name the source."""

    value: float
    label: Label
    source: str = ""
    sd: float = Field(default=0.0, ge=0.0)
    note: str = ""

    @model_validator(mode="after")
    def _found_means_named(self) -> Self:
        if self.label == "a" and not self.source.strip():
            raise refusal("source", 'the name of the source that label "a" says it was found in; else label "b" or "c"')
        return self

    def figure(self) -> Figure:
        """The same as a fact."""
        return Figure(self.value, self.label, self.source, self.sd, self.note)


class PositiveFigure(AnyFigure):
    """A figure above zero."""

    value: float = Field(gt=0.0)


class NonNegativeFigure(AnyFigure):
    """A figure of zero or more."""

    value: float = Field(ge=0.0)


class Range(Described):
    """Believable values of a channel, in its published unit."""

    low: float
    high: float
    label: Label
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise refusal("low", f"a value below high = {self.high}")
        return self


class CompartmentDefaults(Described):
    """Figures for every compartment that does not state its own."""

    volume_sd_share: NonNegativeFigure | None = None
    wall_time_s: PositiveFigure | None = None
    wall_heat_j_k: PositiveFigure | None = None
    heat_cycle_k: NonNegativeFigure | None = None
    leak_weight: PositiveFigure | None = None


class CompartmentEntry(Described):
    """One volume; `vestibule_m3` is the air between it and the hatch of its inboard neighbour, lumped with it."""

    id: Id
    name: Text
    segment: Text
    volume_m3: PositiveFigure
    vestibule_m3: NonNegativeFigure | None = None
    craft: Id | None = None
    leak_weight: PositiveFigure | None = None
    leakage_kg_s: NonNegativeFigure | None = None
    wall_time_s: PositiveFigure | None = None
    wall_heat_j_k: PositiveFigure | None = None
    heat_cycle_k: NonNegativeFigure | None = None
    note: str = ""


class HatchType(Described):
    """Clear opening of one kind of hatch."""

    opening_m: PositiveFigure
    shape: Literal["round", "square"]
    closing_s: PositiveFigure | None = None
    pull_n: PositiveFigure | None = None


class HatchEntry(Described):
    """A way between two compartments; label and source speak of the joint and of its usual state."""

    id: Id
    between: list[Id] = Field(min_length=2, max_length=2)
    type: Id
    number: int = Field(ge=1)
    label: Label
    source: str = ""
    opens_into: Id | None = None
    normally_open: bool = True
    ports: str = ""
    through: str = ""
    clearing_s: NonNegativeFigure | None = None
    note: str = ""


class VentilationEntry(Described):
    """A fan from `origin` to `target`."""

    origin: Id
    target: Id
    flow_m3_s: PositiveFigure
    short_circuit: float = Field(default=0.0, ge=0.0, lt=1.0)


class CraftEntry(Described):
    """A docked vehicle."""

    id: Id
    name: Text
    port: Id
    seats: int = Field(ge=0)
    returns: Id | None = None
    label: Label
    source: str = ""
    note: str = ""


class CrewEntry(Described):
    """A person and the craft that has their seat."""

    name: Text
    craft: Id
    label: Label
    source: str = ""
    note: str = ""


class LimitEntry(Described):
    """A bound that must not be crossed."""

    id: Id
    quantity: Literal["pressure", "ppo2", "ppco2"]
    value_pa: PositiveFigure
    side: Literal["low", "high"]
    alarm_class: Literal["emergency", "warning", "caution", "advisory"]
    context: Text
    meaning: Text


class ChannelEntry(Described):
    """One telemetry item; range, quantum, noise, bias, drift and spike are in `unit`, the unit it is published in."""

    id: Id
    name: Text
    quantity: Quantity
    unit: str
    compartment: Id | None = None
    hatch: Id | None = None
    range: Range
    quantum: NonNegativeFigure | None = None
    quantum_as_written: bool = False
    border: NonNegativeFigure | None = None
    noise: NonNegativeFigure | None = None
    bias: NonNegativeFigure | None = None
    drift_per_sqrt_day: NonNegativeFigure | None = None
    publish: Literal["on_change", "periodic"] = "on_change"
    period_s: PositiveFigure | None = None
    spike: NonNegativeFigure | None = None
    stuck_after_s: NonNegativeFigure | None = None
    wakes_wrong: bool = False
    states: dict[str, str] = Field(default_factory=dict)
    columns: list[Text] = Field(default_factory=list)
    bounds: list[Text] | None = Field(default=None, min_length=2, max_length=2)
    side_by_side: int = Field(default=1, ge=1, le=8)
    label: Label
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _says_what_it_measures(self) -> Self:
        si_unit = SI_OF[self.quantity]
        units = [unit for unit, (si, _, _) in TO_SI.items() if si == si_unit]
        if self.unit not in units:
            raise refusal("unit", f"for quantity {self.quantity} one of {', '.join(units)}")
        if self.quantity in IN_ONE_PLACE and self.compartment is None:
            raise refusal("compartment", f"the id of a compartment, because {self.quantity} is measured in one place")
        if (self.quantity == "hatch_position") != (self.hatch is not None):
            raise refusal("hatch", "the id of a hatch for quantity hatch_position, and absent for every other")
        for code in self.states:
            if not code.lstrip("-").isdecimal():
                raise refusal("states", 'whole numbers as keys, for instance {0 = "closed", 1 = "open"}')
        return self


class HatchChannels(Described):
    """Makes one position channel, called prefix + hatch id, for every hatch that has none of its own."""

    prefix: Id
    label: Label
    source: str = ""
    note: str = ""


class AtmosphereEntry(Described):
    """Nominal cabin air."""

    pressure_pa: PositiveFigure
    temperature_k: PositiveFigure
    ppo2_pa: NonNegativeFigure
    ppco2_pa: NonNegativeFigure
    pph2o_pa: NonNegativeFigure

    @model_validator(mode="after")
    def _parts_below_whole(self) -> Self:
        if self.ppo2_pa.value + self.ppco2_pa.value + self.pph2o_pa.value >= self.pressure_pa.value:
            raise refusal("pressure_pa", "more than the partial pressures together (the rest is nitrogen)")
        return self


class ThermalEntry(Described):
    """How mean gas temperature follows what thermometers show."""

    lags_s: list[Annotated[float, Field(ge=0.0)]] = Field(min_length=1)
    gain: list[float] = Field(min_length=1)
    gain_sd: list[Annotated[float, Field(ge=0.0)]] = Field(min_length=1)
    residual_k: float = Field(gt=0.0)
    residual_s: float = Field(gt=0.0)
    blind_residual_k: float = Field(gt=0.0)
    label: Label
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _one_gain_per_lag(self) -> Self:
        if not len(self.lags_s) == len(self.gain) == len(self.gain_sd):
            raise refusal("lags_s", "as many entries as gain and gain_sd have")
        return self


class SupplyEntry(Described):
    """Gas that comes and goes by design."""

    crew_o2_kg_s: NonNegativeFigure
    crew_co2_kg_s: NonNegativeFigure
    crew_h2o_kg_s: NonNegativeFigure
    unmetered_kg_s: NonNegativeFigure
    unmetered_s: PositiveFigure
    machines_in: list[str] = Field(default_factory=list)


Vector = Annotated[list[float], Field(min_length=3, max_length=3)]


class WallEntry(Described):
    """The shell of a compartment as a cylinder, from its port outwards; x fore, y starboard, z nadir."""

    id: Id
    compartment: Id
    body: Text
    start_m: Vector
    end_m: Vector
    radius_m: PositiveFigure
    exposed: NonNegativeFigure
    seals: NonNegativeFigure
    label: Label
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _has_length_and_share(self) -> Self:
        if self.start_m == self.end_m:
            raise refusal("end_m", "another point than start_m")
        if self.exposed.value > 1.0:
            raise refusal("exposed", "a share from 0 to 1")
        return self


class SpotEntry(Described):
    """A place worth a name: a window, a weld, a hose, a patch."""

    id: Id
    compartment: Id
    at_m: Vector
    normal: Vector
    counts_as_m2: PositiveFigure
    label: Label
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _points_somewhere(self) -> Self:
        if not any(self.normal):
            raise refusal("normal", "a direction out of the wall, not 0, 0, 0")
        return self


class AttitudeEntry(Described):
    """What locating by torque needs to know of the ship."""

    mass_center_m: Vector
    mass_center_sd_m: float = Field(ge=0.0)
    drag_torque_n_m: Vector
    orbit_s: float = Field(gt=0.0)
    torque_channels: list[Id] = Field(min_length=3, max_length=3)
    momentum_channel: Id | None = None
    label: Label
    source: str = ""
    note: str = ""


class ChannelTable(Described):
    """A file of channels that several vehicles share."""

    title: Text
    channels: list[ChannelEntry]


class Part(Described):
    """What several vehicle files may share; a vehicle file may say all of it too."""

    title: str = ""
    compartment_defaults: CompartmentDefaults | None = None
    hatch_types: dict[str, HatchType] = Field(default_factory=dict)
    compartments: list[CompartmentEntry] = Field(default_factory=list)
    hatches: list[HatchEntry] = Field(default_factory=list)
    ventilation: list[VentilationEntry] = Field(default_factory=list)
    crafts: list[CraftEntry] = Field(default_factory=list)
    crew: list[CrewEntry] = Field(default_factory=list)
    limits: list[LimitEntry] = Field(default_factory=list)
    channels: list[ChannelEntry] = Field(default_factory=list)
    walls: list[WallEntry] = Field(default_factory=list)
    spots: list[SpotEntry] = Field(default_factory=list)
    attitude: AttitudeEntry | None = None
    hatch_channels: HatchChannels | None = None
    atmosphere: AtmosphereEntry | None = None
    thermal: ThermalEntry | None = None
    supply: SupplyEntry | None = None
    leakage_kg_s: NonNegativeFigure | None = None
    discharge_coefficient: PositiveFigure | None = None
    signal_timeout_s: PositiveFigure | None = None
    frame_s: PositiveFigure | None = None


class Ship(Part):
    """A vehicle file: a part that names the ship and the shared files it builds on."""

    title: Text
    provenance: Text
    reconstructed: bool
    parts: list[str] = Field(default_factory=list)
    channel_tables: list[str] = Field(default_factory=list)
