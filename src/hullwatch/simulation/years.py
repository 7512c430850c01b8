"""Years of a slow leak played forward, with all that hides it: the reconstructed cases of `trend`."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hullwatch.errors import DescriptionError
from hullwatch.models.slow_air import HEAT, SlowNoise, transition
from hullwatch.records import Floats
from hullwatch.units import DAY_S, MMHG_PA, utc_seconds, utc_text
from hullwatch.vehicle.facts import Vehicle

Positive = Annotated[float, Field(gt=0.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
HOURS = 24
"""Steps of a day: warmth and losses move by the hour; readings are means of some hours."""


class Stated(BaseModel):
    """Base of every table: no unknown keys, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Hidden(Stated):
    """What hides a slow loss."""

    heat_k: Positive
    heat_hours: Positive
    season_k: float = 0.0
    season_days: Positive = 60.0
    thermometer_share: Share
    thermometer_noise_k: Positive
    drift_mmhg: Positive
    noise_mmhg: Positive
    quantum_mmhg: Positive


class Operations(Stated):
    """Gas that is added and let go."""

    fill_below_mmhg: Positive
    fill_kg: Positive
    fill_known: Share
    airlock_per_year: float = Field(ge=0.0)
    airlock_kg: Positive
    airlock_logged: Share


class Cooling(Stated):
    """The gas cools and comes back; the thermometer sees it."""

    at: str
    days: Positive
    kelvin: float
    back_days: Positive


class Knot(Stated):
    """The loss from a date on."""

    at: str
    kg_day: float = Field(ge=0.0)
    then: Literal["hold", "grow"]


class Years(Stated):
    """A case: a true history of the loss and what hides it. `rates` are what was published, for comparison."""

    name: str
    title: str
    provenance: str
    vehicle: str
    start_utc: str
    end_utc: str
    seed: int
    reconstructed: bool
    every_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = 24  # a reading is the mean of so many hours
    hidden: Hidden
    operations: Operations
    cooling: list[Cooling] = Field(default_factory=list)
    truth: list[Knot] = Field(min_length=1)
    rates: list[dict[str, Any]] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlayedYears:
    """What the sensors and the log would have said, and the truth."""

    series: pl.DataFrame  # time, ppn2_mmhg, temperature_degc, origin
    log: pl.DataFrame  # time, kind, mass_kg, gas, note
    truth: pl.DataFrame  # time, loss_kg_day
    metadata: dict[str, str]


def parse_years(text: str, file: str) -> Years:
    """A case from TOML. Raises DescriptionError (file, key, value, allowed)."""
    try:
        return Years.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DescriptionError(file, key, first.get("input"), first["msg"]) from error
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, a thousand nested lists
        raise DescriptionError(file, "text", str(error), "TOML") from error


def loss_at(years: Years, day: Floats) -> Floats:
    """True loss of air, kg/day, at days since the start; growth is exponential from knot to knot."""
    start = utc_seconds(years.start_utc)
    at = np.array([(utc_seconds(k.at) - start) / DAY_S for k in years.truth])
    rate = np.array([k.kg_day for k in years.truth])
    i = np.clip(np.searchsorted(at, day, side="right") - 1, 0, at.size - 1)
    after = np.minimum(i + 1, at.size - 1)
    grows = np.array([k.then == "grow" for k in years.truth])[i] & (after > i)
    share = np.where(grows, (day - at[i]) / np.maximum(at[after] - at[i], 1e-9), 0.0)
    low, high = np.maximum(rate[i], 1e-6), np.maximum(rate[after], 1e-6)
    return np.asarray(np.where(grows, low * (high / low) ** share, rate[i]))


def play_years(years: Years, vehicle: Vehicle, kg_per_pa: float, share: float, seed: int | None = None) -> PlayedYears:
    """Run a case. kg_per_pa, share: of nitrogen, as `trend` has them from the same vehicle."""
    rng = np.random.default_rng(years.seed if seed is None else seed)
    start = utc_seconds(years.start_utc)
    days = int((utc_seconds(years.end_utc) - start) // DAY_S)
    hour = np.arange(days * HOURS) / HOURS
    hidden, kelvin = years.hidden, vehicle.atmosphere.temperature_k.value
    air = vehicle.atmosphere
    full = (air.pressure_pa.value - air.ppo2_pa.value - air.ppco2_pa.value - air.pph2o_pa.value) * kg_per_pa
    mass, log = _operated(years, loss_at(years, hour) * share / HOURS, full, kg_per_pa, share, rng)
    shown = _thermometer(years, hour, start)
    heat = _unseen(hidden, hour.size, rng)
    warmth = (hidden.thermometer_share * shown + heat) / kelvin
    pressure = mass * (1.0 + warmth) / kg_per_pa / MMHG_PA
    per_day, every = HOURS // years.every_hours, years.every_hours
    means = pressure.reshape(days * per_day, every).mean(axis=1)
    count = means.size
    means = means + np.cumsum(rng.normal(size=count)) * hidden.drift_mmhg / np.sqrt(per_day)
    means = means + rng.normal(size=count) * hidden.noise_mmhg
    means = np.round(means / hidden.quantum_mmhg) * hidden.quantum_mmhg
    degrees = kelvin - 273.15 + shown.reshape(count, every).mean(axis=1)
    degrees = degrees + rng.normal(size=count) * hidden.thermometer_noise_k
    middle = (np.arange(count) + 0.5) / per_day
    times = [dt.datetime.fromtimestamp(start + d * DAY_S, dt.UTC) for d in middle]
    origin = "reconstructed" if years.reconstructed else "simulated"
    series = pl.DataFrame(
        {"time": times, "ppn2_mmhg": means, "temperature_degc": np.round(degrees, 2), "origin": [origin] * count}
    )
    texts = [(utc_text(start + d * DAY_S), kind, f"{m:.2f}" if m is not None else "", gas) for d, kind, m, gas in log]
    logged = pl.DataFrame(texts, schema=["time", "kind", "mass_kg", "gas"], orient="row").with_columns(
        note=pl.lit(origin)
    )
    truth = pl.DataFrame({"time": times, "loss_kg_day": loss_at(years, middle), "origin": [origin] * count})
    metadata = {
        "case": years.name, "title": years.title, "provenance": years.provenance, "vehicle": years.vehicle,
        "reconstructed": str(years.reconstructed).lower(),
    }  # fmt: skip
    return PlayedYears(series, logged, truth, metadata)


Log = list[tuple[float, str, float | None, str]]


def _operated(
    years: Years, lost: Floats, full: float, kg_per_pa: float, share: float, rng: np.random.Generator
) -> tuple[Floats, Log]:
    """Mass of nitrogen by the hour, and what the log says was done."""
    rules = years.operations
    floor = full - rules.fill_below_mmhg * MMHG_PA * kg_per_pa
    uses = rng.uniform(size=lost.size) < rules.airlock_per_year / 365.25 / HOURS
    mass, log, held = np.empty(lost.size), Log(), full
    for k in range(lost.size):
        held -= lost[k]
        if uses[k]:
            held -= rules.airlock_kg * rng.uniform(0.5, 1.5) * share
            if rng.uniform() < rules.airlock_logged:
                log.append((k / HOURS, "airlock", None, "air"))
        if held < floor:
            held += rules.fill_kg
            log.append((k / HOURS, "repress", rules.fill_kg * (1.0 + rules.fill_known * rng.normal()), "N2"))
        mass[k] = held
    return mass, log


def _thermometer(years: Years, hour: Floats, start: float) -> Floats:
    """What a thermometer shows of warmth, K about its mean, by the hour."""
    hidden = years.hidden
    shown = hidden.season_k * np.sin(2.0 * np.pi * hour / hidden.season_days)
    for cooling in years.cooling:
        since = hour - (utc_seconds(cooling.at) - start) / DAY_S
        down = np.clip(since / cooling.days, 0.0, 1.0)
        back = np.clip((since - cooling.days) / cooling.back_days, 0.0, 1.0)
        shown = shown - cooling.kelvin / hidden.thermometer_share * (down - back)
    return np.asarray(shown)


def _unseen(hidden: Hidden, count: int, rng: np.random.Generator) -> Floats:
    """Warmth that no thermometer shows, K, by the hour: the heat of `models.slow_air`."""
    noise = SlowNoise(hidden.heat_k, hidden.heat_hours / 24.0, 0.0, 0.0, loss_walk=0.0)
    f, q = transition(np.array([1.0 / HOURS]), noise)
    decay, push = f[0, HEAT, HEAT], np.sqrt(q[0, HEAT, HEAT])
    out, draws = np.empty(count), rng.normal(size=count)
    out[0] = hidden.heat_k * draws[0]
    for k in range(1, count):
        out[k] = decay * out[k - 1] + push * draws[k]
    return out


__all__ = ["PlayedYears", "Years", "loss_at", "parse_years", "play_years"]
