"""A Monte Carlo study from a file: which ship, which holes, how many worlds; and the table that comes out.

A stratum is one compartment with one size of hole; every stratum gets the same number of worlds, which differ in
discharge coefficient, volumes, onset and the times at which hatches move.
"""

from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from hullwatch.errors import DescriptionError
from hullwatch.models.cabin import Cabin, cabin_of, nominal_state
from hullwatch.models.worlds import PPCO2, PPO2, PRESSURE, Air, Limits
from hullwatch.physics.gas import CO2, H2O, MOLAR_MASS, O2
from hullwatch.records import Bools
from hullwatch.simulation.ensemble import Dice, Ensemble, HatchPlan, run_ensemble
from hullwatch.simulation.events import Length, Name, Pressure, Span, Table, refusal
from hullwatch.simulation.scenario import parsed
from hullwatch.simulation.tally import Tally
from hullwatch.vehicle.facts import Vehicle

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_QUANTITY = {"pressure": PRESSURE, "ppo2": PPO2, "ppco2": PPCO2}


class Holes(Table):
    """Holes into vacuum: every size in every compartment."""

    compartments: list[Name] | Literal["all"] = "all"
    diameters: list[Length] = Field(min_length=1)  # equivalent round hole at the reference pressure
    law: Literal["orifice", "crack", "either"] = "orifice"  # flow with pressure, with its square, or half and half
    cd: float | None = Field(default=None, gt=0.5, le=1.0)  # the vehicle's prior, unless given
    cd_sd: float | None = Field(default=None, ge=0.0, le=0.2)
    latest_onset: Span | None = None  # evenly from the start; at the start, unless given


class Move(Table):
    """A hatch that is opened or closed at about this time after the start."""

    at: Span
    spread: float | Span = 0.0
    hatch: Name
    state: Literal["open", "closed"]


class Study(Table):
    """One study, in SI."""

    name: Name
    title: str
    provenance: str
    vehicle: str
    seed: int = Field(ge=0, lt=2**63)
    worlds: int = Field(ge=1, le=1_000_000_000)
    horizon: Span
    limits: list[Name] = Field(min_length=1)
    hole: Holes
    closed_hatches: list[Name] = Field(default_factory=list)  # beside those normally closed
    moves: list[Move] = Field(default_factory=list)
    volume_sd: float = Field(default=0.05, ge=0.0, le=0.2)  # share, where the vehicle does not say
    gauge_sd: Pressure | float = Field(default=0.0, le=1e4)  # of the constant error of the gauge of each limit
    life_support: bool = True  # oxygen made as it is used, carbon dioxide and water taken out

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(b.at < a.at for a, b in zip(self.moves, self.moves[1:], strict=False)):
            raise refusal("moves", "moves in order of time")
        if self.hole.latest_onset is not None and self.hole.latest_onset >= self.horizon:
            raise refusal("hole.latest_onset", "a time before the horizon")
        return self


def parse_study(text: str, file: str = "study") -> Study:
    """The study of a TOML text, not yet checked against a vehicle; `file` is its name in messages."""
    return parsed(Study, text, file)


def check_study(study: Study, vehicle: Vehicle, file: str = "study") -> None:
    """Raise DescriptionError for the first name that the vehicle does not have."""
    known = {
        "compartment": [c.id for c in vehicle.compartments],
        "hatch": [h.id for h in vehicle.hatches],
        "limit": [limit.id for limit in vehicle.limits],
    }
    named = [(f"limits[{k}]", "limit", v) for k, v in enumerate(study.limits)]
    named += [(f"closed_hatches[{k}]", "hatch", v) for k, v in enumerate(study.closed_hatches)]
    named += [(f"moves[{k}].hatch", "hatch", m.hatch) for k, m in enumerate(study.moves)]
    if study.hole.compartments != "all":
        named += [(f"hole.compartments[{k}]", "compartment", v) for k, v in enumerate(study.hole.compartments)]
    for key, kind, value in named:
        if value not in known[kind]:
            raise DescriptionError(file, key, value, f"one of {', '.join(known[kind])}")
    if not study.hole.compartments:
        raise DescriptionError(file, "hole.compartments", [], 'at least one compartment, or "all"')


def ensemble_of(study: Study, vehicle: Vehicle) -> Ensemble:
    """The ensemble that a checked study asks for."""
    cabin = cabin_of(vehicle)
    places, sizes = compartments_of(study, vehicle), study.hole.diameters
    prior = vehicle.discharge_coefficient
    cd = prior.value if study.hole.cd is None else study.hole.cd
    cd_sd = prior.sd if study.hole.cd_sd is None else study.hole.cd_sd
    said = np.array([c.volume_m3.sd / c.volume_m3.value for c in vehicle.compartments])
    diameters = np.tile(sizes, len(places)).astype(np.float64)
    limits = [next(x for x in vehicle.limits if x.id == id) for id in study.limits]
    return Ensemble(
        cabin,
        _air(study, vehicle, cabin),
        Limits(
            np.array([_QUANTITY[x.quantity] for x in limits]),
            np.array([x.value_pa.value for x in limits]),
            np.array([x.side == "low" for x in limits]),
        ),
        _hatches(study, vehicle, cabin),
        Dice(
            np.repeat([cabin.compartments.index(p) for p in places], len(sizes)),
            diameters, diameters, (cd, cd_sd), (0.0, study.hole.latest_onset or 0.0),
            np.where(said > 0.0, said, study.volume_sd),
            {"orifice": 0.0, "either": 0.5, "crack": 1.0}[study.hole.law], vehicle.atmosphere.pressure_pa.value,
            study.gauge_sd,
        ),
        study.horizon,
    )  # fmt: skip


def run_study(
    study: Study,
    vehicle: Vehicle,
    *,
    threads: int = 1,
    client: Any = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[Tally, pl.DataFrame]:
    """The tally and the table of a checked study."""
    tally = run_ensemble(
        ensemble_of(study, vehicle), study.worlds, study.seed, threads=threads, client=client, progress=progress
    )
    return tally, table_of(study, vehicle, tally)


def table_of(study: Study, vehicle: Vehicle, tally: Tally) -> pl.DataFrame:
    """A row for each compartment, size and limit: worlds, the share that passed the limit, and when, from the opening
    of the hole. A quantile is null where fewer worlds than that pass the limit within the horizon."""
    places, sizes = compartments_of(study, vehicle), study.hole.diameters
    passed = tally.passages.sum(axis=-1)[..., 0]
    worlds = passed + tally.never[..., 0]
    shape = (len(places), len(sizes), len(study.limits))
    columns: dict[str, Any] = {
        "compartment": np.repeat(places, shape[1] * shape[2]),
        "diameter_m": np.tile(np.repeat(sizes, shape[2]), shape[0]),
        "limit": np.tile(study.limits, shape[0] * shape[1]),
        "worlds": worlds.ravel(),
        "passed_share": np.where(worlds > 0, passed / np.maximum(worlds, 1), np.nan).ravel(),
    }
    for share in QUANTILES:
        columns[f"reserve_p{round(100 * share):02d}_s"] = tally.passage_quantile(share)[..., 0].ravel()
    table = pl.DataFrame(columns)
    times = [c for c in table.columns if c.endswith("_s")]
    return table.with_columns(pl.when(pl.col(c).is_finite()).then(pl.col(c)) for c in times)


def compartments_of(study: Study, vehicle: Vehicle) -> list[str]:
    """Compartments with holes, in the order of the study or the vehicle."""
    chosen = study.hole.compartments
    return [c.id for c in vehicle.compartments] if chosen == "all" else list(dict.fromkeys(chosen))


def _hatches(study: Study, vehicle: Vehicle, cabin: Cabin) -> HatchPlan:
    shut = set(study.closed_hatches)
    start: Bools = np.array([h.normally_open and h.id not in shut for h in vehicle.hatches], dtype=np.bool_)
    state, moves = start, []
    for move in study.moves:
        state = state.copy()
        state[cabin.hatches.index(move.hatch)] = move.state == "open"
        moves.append((move.at, float(move.spread), state))
    return HatchPlan(start, tuple(moves))


def _air(study: Study, vehicle: Vehicle, cabin: Cabin) -> Air:
    """Nominal air; people spread over the station by volume; machines that hold it nominal, or none."""
    count, need = len(cabin.compartments), vehicle.supply
    temperature = np.full(count, vehicle.atmosphere.temperature_k.value)
    state = nominal_state(cabin, vehicle, temperature)
    station = np.array([c.craft is None for c in vehicle.compartments])
    room = np.where(station, cabin.volume_m3, 0.0)
    people = len(vehicle.crew) * room / max(room.sum(), 1e-9)
    person = np.zeros(4)
    person[O2] = -need.crew_o2_kg_s.value / MOLAR_MASS[O2]
    person[CO2] = need.crew_co2_kg_s.value / MOLAR_MASS[CO2]
    person[H2O] = need.crew_h2o_kg_s.value / MOLAR_MASS[H2O]
    supply, removal = np.zeros((count, 4)), np.zeros((count, 4))
    if study.life_support:
        supply[:, O2] = -person[O2] * people
        for gas in (CO2, H2O):
            held = float(state.moles[station, gas].sum())
            removal[station, gas] = len(vehicle.crew) * person[gas] / held if held > 0.0 else 0.0
    density = state.moles / cabin.volume_m3[:, None]
    return Air(temperature, density, supply, people, person, removal, np.zeros((count, 4)))
