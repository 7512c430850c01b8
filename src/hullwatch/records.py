"""What each stage hands to the next: frozen records, SI, 90 % intervals.

    Samples -> Frames -> Residuals -> Detection -> LeakSize -> LeakPlace -> Forecast -> Event

Time is seconds since 1970-01-01 UTC (float). Missing is a flag or None, never NaN across a border.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntFlag
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Flags = NDArray[np.uint16]

AlarmClass = Literal["emergency", "warning", "caution", "advisory"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its doubt: posterior median and the 5 % and 95 % quantiles."""

    median: float
    low: float
    high: float

    def scaled(self, factor: float) -> "Interval":
        """The same number in another unit."""
        ends = sorted((self.low * factor, self.high * factor))
        return Interval(self.median * factor, ends[0], ends[1])

    def as_dict(self) -> dict[str, float]:
        """JSON form, keys median, low, high."""
        return {"median": self.median, "low": self.low, "high": self.high}


class Quality(IntFlag):
    """Why a channel's value in a frame deserves doubt; 0 is good."""

    GOOD = 0
    MISSING = 1  # never seen so far
    OUT_OF_RANGE = 2  # the latest reading was outside the believable range; the last good one is held
    OUTLIER = 4  # the latest reading stood alone and was set aside
    STUCK = 8  # unchanged for longer than the sensor ever is
    STALE = 16  # older than the channel's own period allows, though the feed speaks
    GAP = 32  # first frame after a loss of signal, not yet published again
    DUPLICATE = 64  # two readings at one time with different values
    LATE = 128  # a reading came after its frame was closed; not used
    CLOCK_STEP = 256  # the feed's clock has been stepped; times are continued from before
    DROPPED = 512  # readings of this channel are lost on the way: those that come pass codes by
    UNUSABLE = MISSING | STUCK | STALE


@dataclass(frozen=True, slots=True)
class Samples:
    """Readings as they arrived, any number of them.

    time_s (n,): the spacecraft's time of each reading. item (n,): index into `items`. value (n,): in the
    channel's published unit. Order is order of arrival.
    """

    time_s: Floats
    item: Ints
    value: Floats
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frames:
    """Cleaned readings on one clock: a frame is a clock period in which the feed spoke.

    time_s (n,); value_si (n, channel) holds the latest good reading; fresh (n, channel) says it was published in
    this frame; previous_si (n, channel) is the reading it replaced; flags (n, channel) Quality bits.
    """

    time_s: Floats
    value_si: Floats
    previous_si: Floats
    fresh: Bools
    flags: Flags
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Residuals:
    """What the readings of one pressure group said that its balance had not expected.

    time_s (frame,): the frames judged. One row for each reading used, in order: frame (row,) its frame; dt_s (row,)
    time since the row before; nu, s (row,) innovation and its variance; h, gain (row, state) what was read and the
    filter's gain; pinned (row,) is -1, or the state that was made known in this row (then nothing was read).
    """

    time_s: Floats
    frame: Ints
    dt_s: Floats
    pinned: Ints
    nu: Floats
    s: Floats
    h: Floats
    gain: Floats


@dataclass(frozen=True, slots=True)
class QualityNote:
    """A stretch of doubtful data, named once: what, where, since when, how often, and what was done about it.

    at_s is the frame that was open when it was noted: its place in the record, whatever the blocks were.
    """

    kind: str
    channel: str | None
    start_s: float
    end_s: float
    count: int
    why: str
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LoggedOperation:
    """One row of the operations log: what was done to the air, when, where, and how much gas it is said to have moved.

    end_s equals start_s for a moment. compartment and hatch: None for the whole ship. mass_kg: + gained, - lost.
    """

    start_s: float
    end_s: float
    kind: str
    compartment: str | None
    hatch: str | None
    mass_kg: float | None
    note: str
    row: int  # line of the file, for errors and lines of the record


@dataclass(frozen=True, slots=True)
class SetAside:
    """Another explanation, its probability, and why it was set aside (or not)."""

    cause: str
    probability: float
    why: str


@dataclass(frozen=True, slots=True)
class Detection:
    """Something changed in a pressure group: gas is going, or a step came.

    kind: leak_onset, rate_rise, rate_fall, step_gain, step_loss, sensor_step, sensor_drift.
    """

    kind: str
    group: int
    time_s: float
    onset_s: Interval
    log_ratio: float  # log-likelihood ratio of the change against no change
    probability: float  # posterior that this kind is what happened
    size: Interval  # kg/s for rates, kg for steps, Pa for sensors
    channel: str | None = None
    set_aside: tuple[SetAside, ...] = ()
    took_s: Interval | None = None  # of a step: how long it may have taken; low at 0 where it is only bounded


@dataclass(frozen=True, slots=True)
class GroupState:
    """Belief about one pressure group at one moment: what the stages after the balance work with."""

    group: int
    compartments: tuple[str, ...]
    time_s: float
    volume_m3: float
    volume_sd_m3: float
    pressure_pa: float
    temperature_k: float
    mass_kg: float  # gas in the group, heat taken out
    mass_sd_kg: float  # doubt that heat leaves in it; the volume's own doubt is a constant factor and not in here
    loss_per_s: float  # relative loss being followed; positive leaves the cabin
    loss_sd_per_s: float
    followed: bool  # false: no flow is followed here and loss is zero by assumption
    ppo2_pa: float | None  # latest usable reading
    sensors: int  # pressure sensors that speak
    cooled: float = 0.0  # logarithm of gas temperature over the walls', of gas that has expanded; below zero
    pressure_sd_pa: float = 0.0  # doubt of the pressure itself, mostly the gauges' own errors


@dataclass(frozen=True, slots=True)
class LeakSize:
    """How fast and how large. `law` names the leak law the area is stated for."""

    rate_kg_s: Interval
    effective_area_m2: Interval
    equivalent_diameter_m: Interval
    law: str
    discharge_coefficient: Interval


@dataclass(frozen=True, slots=True)
class LeakPlace:
    """Posterior over compartments, most probable first, and what it rests on."""

    probability: tuple[tuple[str, float], ...]
    why: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """Time until a limit is crossed if nothing is done; None where it is not crossed within the horizon."""

    limit: str
    group: int
    reserve_time_s: Interval | None
    why: str


@dataclass(frozen=True, slots=True)
class PlanSide:
    """What a plan does if the leak is among these suspects: whom it leaves where, and the step after."""

    suspects: tuple[str, ...]
    probability: float
    compartments: tuple[str, ...]  # everything on this side of the hatch
    people: tuple[str, ...]  # who stands here, with their own craft
    stays_shut: bool  # the hatch just shut is not opened again
    seals: tuple[str, ...]  # hatches to shut around the compartment found
    given_up: bool  # the search ends with several suspects behind a hatch that cannot be opened in time
    then: "PlanStep | None"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One closure: hatches to open first, hatches to shut, how long it takes, and what either answer leads to."""

    opened: tuple[str, ...]
    shut: tuple[str, ...]
    work_s: float
    reading_s: float
    readings: int  # closings the reading is made of
    limit_s: float | None  # longest the hatch may stay shut; None where it is not opened again
    sides: tuple[PlanSide, PlanSide]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Something else that could be done next, and what it is expected to cost beyond the plan."""

    what: str
    more: float  # in the unit of the aim: s, kg or closures
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next about a leak not yet found: a plan, what it comes to, and what was set aside."""

    manner: Literal["step_by_step", "all_at_once", "isolated"]
    why: str
    branches: tuple[PlanSide, ...]  # one for each pressure group that may hold the leak, likeliest first
    rate_kg_s: Interval
    time_s: Interval  # mean time until the leak is isolated in this manner; the interval is doubt of the inputs
    worst_s: Interval  # in the unluckiest branch
    gas_kg: Interval  # gas lost until then
    closures: float  # mean number, step by step
    most_closures: int
    stepwise_s: Interval  # mean time step by step
    together_s: Interval  # mean time if everything is shut at once
    switch_over_kg_s: Interval | None  # rate above which step by step is better
    set_aside: tuple[Alternative, ...]
    cut_off: tuple[str, ...]  # people who cannot reach a healthy seat as things stand, and what is least bad; sentences
    warnings: tuple[str, ...]
    afterwards: str

    @property
    def step(self) -> PlanStep | None:
        """The next closure."""
        return self.branches[0].then if self.branches else None

    def as_dict(self) -> dict[str, Any]:
        """JSON form: field names as above, intervals as median, low, high."""
        plain: dict[str, Any] = asdict(self)
        return plain


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the record. `data` holds JSON values only; kinds and their fields are in incident/events.py."""

    time_s: float
    kind: str
    incident: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
