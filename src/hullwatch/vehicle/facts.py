"""The facts of one ship as frozen records: what `load.py` reads from TOML and everybody else uses.

All figures are SI. Each carries its provenance label: a found in a source, b recalled, c derived or estimated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hullwatch.vehicle.places import Attitude, NamedSpot, Wall

Label = Literal["a", "b", "c"]
Quantity = Literal[
    "pressure",  # total pressure of a compartment, Pa
    "ppo2",
    "ppn2",
    "ppco2",
    "pph2o",
    "temperature",
    "hatch_position",  # 0 closed, 1 open
    "makeup_valve",  # 0 closed, 1 open, 2 in transit, 3 failed
    "vent_valve",  # 0 fail, 1 open, 2 closed, 3 in transit
    "depress_pump",  # 0 off, otherwise on
    "tank_pressure",
    "o2_generation",  # kg/s
    "generator_state",
    "docking_state",
    "onboard_time",
    "feed_status",  # 24 = acquisition of signal
]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its birth certificate; `sd` is its standard deviation in the same unit, if known."""

    value: float
    label: Label
    source: str = ""
    sd: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Compartment:
    """A volume that hatches can separate from its neighbours."""

    id: str
    name: str
    segment: str
    volume_m3: Figure
    craft: str | None = None  # id of the docked craft it belongs to
    leak_weight: float = 1.0  # prior odds of a leak here, relative to the other compartments
    leakage_kg_s: float = 0.0  # nominal structural leakage
    wall_time_s: float = 143.0  # in which gas at constant volume comes to the walls' temperature, METHODS 1.1 [c]
    wall_heat_j_k: float = float("inf")  # heat capacity of walls and equipment that the gas can warm and cool
    heat_cycle_k: float = 0.0  # half swing of the wall temperature over a crew day


@dataclass(frozen=True, slots=True)
class Hatch:
    """A way between two compartments; `number` hatches sit in it and any one of them closes it."""

    id: str
    between: tuple[str, str]
    type: str
    opening_m: Figure
    shape: Literal["round", "square"]
    number: int
    opens_into: str | None = None  # compartment the hatch swings into, where known
    normally_open: bool = True
    ports: str = ""
    channel: str | None = None  # channel that reports its position
    closing_s: Figure = Figure(150.0, "c")  # time to swing it shut and latch it
    through: str = ""  # cables or ducts that run through it, in words
    clearing_s: Figure = Figure(0.0, "c")  # time to part what runs through it
    pull_n: Figure = Figure(300.0, "c")  # force a person afloat can open it with

    @property
    def shutting_s(self) -> float:
        """Time from reaching it until it is shut."""
        return self.closing_s.value + self.clearing_s.value

    @property
    def area_m2(self) -> float:
        """Clear opening area."""
        size = self.opening_m.value
        return size * size if self.shape == "square" else 0.7853981633974483 * size * size


@dataclass(frozen=True, slots=True)
class VentilationLink:
    """A fan that carries air one way between two compartments while the way between them is open."""

    origin: str
    target: str
    flow_m3_s: Figure
    short_circuit: float = 0.0  # share of the flow that comes straight back without mixing


@dataclass(frozen=True, slots=True)
class Craft:
    """A docked vehicle that people or cargo came in."""

    id: str
    name: str
    port: str  # compartment it is docked to
    seats: int
    returns: str | None  # the compartment that returns to Earth, if any
    label: Label


@dataclass(frozen=True, slots=True)
class CrewMember:
    """A person aboard, and the craft that has a seat for them."""

    name: str
    craft: str
    label: Label


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound that must not be crossed, and what it means when it is."""

    id: str
    quantity: Literal["pressure", "ppo2", "ppco2"]
    value_pa: Figure
    side: Literal["low", "high"]
    alarm_class: Literal["emergency", "warning", "caution", "advisory"]
    context: str  # when it applies
    meaning: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One telemetry item: what it measures, where, how it is published and what is believable."""

    id: str
    name: str
    quantity: Quantity
    unit: str  # published unit, a key of units.TO_SI
    compartment: str | None
    range_si: tuple[float, float]
    quantum_si: float = 0.0
    quantum_as_written: bool = False  # a recording written to a coarser step has that one
    border_si: float = 0.0  # how far the border of two codes lies from half-way, 1 sigma; 0 = not known
    noise_si: float = 0.0  # standard deviation of one reading beyond quantisation
    bias_si: float = 0.0  # prior standard deviation of its constant error
    drift_si_day: float = 0.0  # how much the error may wander, 1 sigma per square-root day
    publish: Literal["on_change", "periodic"] = "on_change"
    period_s: float = 1.0
    spike_si: float = 0.0  # a jump above this needs a second reading to be believed; 0 = never
    wakes_wrong: bool = False  # its very first reading needs a second to be believed
    stuck_after_s: float = 0.0  # unchanged this long while the feed speaks = stuck; 0 = never
    hatch: str | None = None  # hatch whose position it reports
    states: Mapping[int, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()  # other names a column of a wide table may have; * stands for anything
    bounds: tuple[str, str] | None = None  # columns of the lowest and highest value it lies half-way between
    twin_of: str | None = None  # channel of the first of several such sensors recorded side by side
    label: Label = "c"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Thermal:
    """How mean gas temperature follows what thermometers show (priors; learned online)."""

    lags_s: tuple[float, ...]  # first-order lags through which the gas sees a thermometer; 0 = at once
    gain: tuple[float, ...]  # prior mean share of the gas law's 1/T for each lag
    gain_sd: tuple[float, ...]
    residual_k: float  # standard deviation of mean gas temperature that no thermometer shows
    residual_s: float  # its correlation time
    blind_residual_k: float  # the same in a group without a thermometer
    label: Label = "c"


@dataclass(frozen=True, slots=True)
class Supply:
    """Gas that comes and goes by design."""

    crew_o2_kg_s: Figure  # consumption of one person
    crew_co2_kg_s: Figure
    crew_h2o_kg_s: Figure
    unmetered_kg_s: float  # standard deviation of net gas flow no channel meters
    unmetered_s: float  # its correlation time
    machines_in: tuple[str, ...] = ()  # where oxygen is made, carbon dioxide and damp taken out; empty: everywhere


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """Nominal cabin air: the simulator's start and the ranges' middle."""

    pressure_pa: Figure
    temperature_k: Figure
    ppo2_pa: Figure
    ppco2_pa: Figure
    pph2o_pa: Figure


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One ship in one configuration."""

    name: str
    title: str
    provenance: str
    reconstructed: bool
    atmosphere: Atmosphere
    compartments: tuple[Compartment, ...]
    hatches: tuple[Hatch, ...]
    ventilation: tuple[VentilationLink, ...]
    crafts: tuple[Craft, ...]
    crew: tuple[CrewMember, ...]
    limits: tuple[Limit, ...]
    channels: tuple[Channel, ...]
    thermal: Thermal
    supply: Supply
    leakage_kg_s: Figure  # whole ship, nominal
    discharge_coefficient: Figure  # prior for the diameter of an unknown hole
    signal_timeout_s: float  # silence of the whole feed longer than this is a loss of signal
    frame_s: float = 1.0
    walls: "tuple[Wall, ...]" = ()
    spots: "tuple[NamedSpot, ...]" = ()
    attitude: "Attitude | None" = None

    def compartment(self, id: str) -> Compartment:
        """The compartment of that id; KeyError lists none, since files are validated when read."""
        return next(c for c in self.compartments if c.id == id)

    @property
    def volume_m3(self) -> float:
        """Free volume of the whole ship."""
        return sum(c.volume_m3.value for c in self.compartments)

    def channel_of(self, quantity: Quantity) -> tuple[Channel, ...]:
        """All channels of one quantity, in file order."""
        return tuple(c for c in self.channels if c.quantity == quantity)
