"""Many worlds of one ship: holes, places, onsets, volumes and hatch times drawn by chance, moved, and counted.

    seed, number of the world --> chance --> Draws --> worlds (or stepped) --> tally, merged in any order

A world is its number: cutting the ensemble into parts, over threads or over the workers of a cluster, changes nothing.
A part whose worker is lost is run again somewhere else and says the same.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from hullwatch.errors import OutOfRange
from hullwatch.models.cabin import Cabin
from hullwatch.models.stepped import step_worlds
from hullwatch.models.wiring import Wiring, wiring_of
from hullwatch.models.worlds import Air, Draws, Limits, no_outcome, run_worlds
from hullwatch.physics.gas import AIR_MOLAR_MASS, GAS_CONSTANT
from hullwatch.records import Bools, Floats, Ints
from hullwatch.simulation.chance import normals, uniforms
from hullwatch.simulation.tally import Tally, tally_of

TOLERANCE = 3e-8
"""Error of one step against the air of a group: a day of depress-12 stays within 0.05 Pa (docs/explanation)."""
COOLING_LOSSES = 100.0
"""A hole that empties its group in fewer wall times than this cools the gas: such worlds go in short steps."""
PART = 1024
"""Worlds that a thread takes at a time."""
CHOKED = 0.685
"""Choked flow of air over its density, the area and the root of R T / M: `critical_flow_function(1.4)`."""
Thermal = Literal["auto", "fixed", "steps"]
"""Whether gas keeps its temperature: where that is true enough, always, or never (short steps for every world)."""


@dataclass(frozen=True, slots=True)
class HatchPlan:
    """The state of the hatches at the start, and moves: (nominal time s, standard deviation s, state from then on)."""

    start: Bools
    moves: tuple[tuple[float, float, Bools], ...] = ()


@dataclass(frozen=True, slots=True)
class Dice:
    """What differs from world to world. World i belongs to stratum i modulo the number of strata (g)."""

    place: Ints  # (g,) compartment of the hole
    low_diameter_m: Floats  # (g,) the diameter is spread evenly in the logarithm
    high_diameter_m: Floats  # (g,)
    cd: tuple[float, float]  # mean and standard deviation of the discharge coefficient, cut to (0.5, 1)
    onset_s: tuple[float, float]  # evenly between
    volume_share: Floats  # (c,) standard deviation over the volume
    crack_share: float = 0.0  # of worlds whose hole is a viscous crack, which flows with the square of the pressure
    reference_pa: float = 1e5  # at which a crack flows as the hole of its diameter
    gauge_sd_pa: float = 0.0  # of the constant error of the gauge that watches a limit


@dataclass(frozen=True, slots=True)
class Ensemble:
    """One ship, its air, its limits and its chances."""

    cabin: Cabin
    air: Air
    limits: Limits
    hatches: HatchPlan
    dice: Dice
    horizon_s: float
    times_s: Floats = field(default_factory=lambda: np.zeros(0))
    everywhere: bool = False  # tally passages in every compartment, not only at the hole
    thermal: Thermal = "auto"
    tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        """Refuse what no kernel could answer."""
        d = self.dice
        for name, value in (("low_diameter_m", d.low_diameter_m), ("temperature_k", self.air.temperature_k)):
            if not np.all(np.isfinite(value)) or not np.all(value > 0.0):
                raise OutOfRange(name, float(np.min(value)), "finite values above zero")
        for name, share in (("crack_share", d.crack_share), ("gauge_sd_pa", d.gauge_sd_pa / 1e4)):
            if not 0.0 <= share <= 1.0:
                raise OutOfRange(name, share, "0 to 1 (crack_share), 0 to 10,000 Pa (gauge_sd_pa)")
        if self.thermal == "steps" and d.crack_share > 0.0:
            raise OutOfRange("crack_share", d.crack_share, "0 where every world goes in short steps")
        if not np.all(d.high_diameter_m >= d.low_diameter_m):
            raise OutOfRange("high_diameter_m", float(np.min(d.high_diameter_m)), "at least low_diameter_m")
        if not 0.0 <= d.onset_s[0] <= d.onset_s[1] < self.horizon_s:
            raise OutOfRange("onset_s", d.onset_s[1], f"from zero to below the horizon {self.horizon_s!r} s, rising")
        if not 1e-12 <= self.tolerance <= 1e-3:
            raise OutOfRange("tolerance", self.tolerance, "1e-12 to 1e-3")


def run_ensemble(
    ensemble: Ensemble,
    worlds: int,
    seed: int,
    *,
    threads: int = 1,
    client: Any = None,
    progress: Callable[[int], None] | None = None,
    part: int = PART,
) -> Tally:
    """The tally of worlds 0 to `worlds`; with a Dask client the parts go to its workers, else to threads.

    `progress` is called with the number of worlds just done. Raises OutOfRange for no worlds or no threads.
    """
    for name, value in (("worlds", worlds), ("threads", threads), ("part", part)):
        if value < 1:
            raise OutOfRange(name, value, "one or more")
    parts = [(first, min(part, worlds - first)) for first in range(0, worlds, part)]
    done = _on_cluster(client, ensemble, seed, parts) if client is not None else _here(ensemble, seed, parts, threads)
    total: Tally | None = None
    for found in done:
        total = found if total is None else total + found
        if progress is not None:
            progress(found.worlds + found.failed)
    assert total is not None  # noqa: S101  # there is at least one part
    return total


def run_part(ensemble: Ensemble, seed: int, first: int, worlds: int) -> Tally:
    """The tally of `worlds` worlds from number `first` on."""
    wiring = _wiring(ensemble)
    draws, stratum = draw(ensemble, seed, first, worlds)
    place, count = draws.hole_place[:, 0], len(ensemble.cabin.compartments)
    watched = np.full((worlds, count), ensemble.everywhere)
    watched[np.arange(worlds), place] = True
    outcome = run_worlds(
        wiring, ensemble.air, ensemble.limits, draws, watched, ensemble.horizon_s, ensemble.tolerance, ensemble.times_s
    )
    chosen = np.full(worlds, ensemble.thermal == "steps")
    if ensemble.thermal == "auto":
        chosen = cooling(ensemble, wiring, draws)
    if chosen.any():
        step_worlds(
            wiring, ensemble.air, ensemble.cabin.wall_time_s, ensemble.limits, draws, chosen, watched,
            ensemble.horizon_s, outcome,
        )  # fmt: skip
    seen = outcome.passage_s
    if not ensemble.everywhere:
        seen = np.take_along_axis(seen, place[:, None, None], axis=2)
    # from the opening of the hole: what passed before it is none of its doing
    seen = np.maximum(seen - draws.hole_at_s[:, :1, None], 0.0)
    top = 1.5 * float((ensemble.air.density_mol_m3.sum(axis=1) * ensemble.air.temperature_k).max()) * GAS_CONSTANT
    strata = ensemble.dice.place.size
    return tally_of(seen, stratum, strata, outcome.pressure_pa, top, outcome.steps, int(chosen.sum()))


def compile_steps(ensemble: Ensemble) -> None:
    """Compile the short steps by moving one world in them: work for another process while this one does the rest."""
    draws, _ = draw(ensemble, 0, 0, 1)
    outcome = no_outcome(ensemble.air, ensemble.limits, draws, ensemble.times_s.size)
    everywhere, cabin = np.full(draws.volume_m3.shape, True), ensemble.cabin
    step_worlds(
        _wiring(ensemble), ensemble.air, cabin.wall_time_s, ensemble.limits, draws, np.ones(1, dtype=np.bool_),
        everywhere, ensemble.horizon_s, outcome,
    )  # fmt: skip


def draw(ensemble: Ensemble, seed: int, first: int, worlds: int) -> tuple[Draws, Ints]:
    """Worlds as arrays, and the stratum of each."""
    dice, count, moves = ensemble.dice, len(ensemble.cabin.compartments), ensemble.hatches.moves
    gauges = ensemble.limits.quantity.size
    chance = uniforms(seed, first, worlds, 3 + 2 * (1 + len(moves) + count + gauges))
    normal = normals(chance[:, 3:])
    stratum = (first + np.arange(worlds)) % dice.place.size
    low, high = dice.low_diameter_m[stratum], dice.high_diameter_m[stratum]
    diameter = low * (high / low) ** chance[:, 0]
    cd = np.clip(dice.cd[0] + dice.cd[1] * normal[:, 0], 0.5, 1.0)
    onset = dice.onset_s[0] + (dice.onset_s[1] - dice.onset_s[0]) * chance[:, 1]
    at = np.array([m[0] for m in moves]) + np.array([m[1] for m in moves]) * normal[:, 1 : 1 + len(moves)]
    # moves keep their order: one that would come before the one before it comes with it
    at = np.maximum.accumulate(np.maximum(at, 0.0), axis=1) if moves else np.zeros((worlds, 0))
    # a share of the volume, bounded so that no compartment vanishes
    volume = ensemble.cabin.volume_m3 * np.clip(
        1.0 + dice.volume_share * normal[:, 1 + len(moves) : 1 + len(moves) + count], 0.3, 1.7
    )
    column = np.ones((worlds, 1))
    return Draws(
        volume,
        np.ascontiguousarray(dice.place[stratum][:, None]),
        (0.25 * np.pi * cd * diameter**2)[:, None],
        onset[:, None],
        np.where(chance[:, 2:3] < dice.crack_share, 2.0, 1.0),
        dice.reference_pa * column,
        at,
        np.tile(np.arange(1, len(moves) + 1), (worlds, 1)),
        dice.gauge_sd_pa * normal[:, normal.shape[1] - gauges :],
    ), stratum


def cooling(ensemble: Ensemble, wiring: Wiring, draws: Draws) -> Bools:
    """Worlds whose hole empties its group, in any state of the hatches, faster than fixed temperatures allow, (w,)."""
    cabin, place = ensemble.cabin, draws.hole_place[:, 0]
    speed = CHOKED * np.sqrt(GAS_CONSTANT * ensemble.air.temperature_k[place] / AIR_MOLAR_MASS)
    least = np.full(place.size, np.inf)
    for group in wiring.group:
        together = draws.volume_m3 * (group[None, :] == group[place][:, None])
        least = np.minimum(least, together.sum(axis=1))
    fast = least / (draws.hole_area_m2[:, 0] * speed) < COOLING_LOSSES * cabin.wall_time_s[place]
    return np.asarray(fast & (draws.hole_exponent[:, 0] == 1.0))  # short steps know orifices only


def _wiring(ensemble: Ensemble) -> Wiring:
    return wiring_of(ensemble.cabin, [ensemble.hatches.start, *(state for _, _, state in ensemble.hatches.moves)])


def _here(ensemble: Ensemble, seed: int, parts: Iterable[tuple[int, int]], threads: int) -> Iterator[Tally]:
    """Parts over threads, a few ahead of what has been taken, so that memory stays flat."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: set[Future[Tally]] = set()
        queue = iter(parts)
        try:
            while True:
                for first, count in queue:
                    waiting.add(pool.submit(run_part, ensemble, seed, first, count))
                    if len(waiting) >= 2 * threads:
                        break
                if not waiting:
                    return
                done = next(as_completed(waiting))
                waiting.discard(done)
                yield done.result()
        finally:
            for future in waiting:
                future.cancel()


def _on_cluster(client: Any, ensemble: Ensemble, seed: int, parts: Iterable[tuple[int, int]]) -> Iterator[Tally]:
    from distributed import as_completed as arriving  # noqa: PLC0415  # an extra: hullwatch[cluster]

    shared = client.scatter(ensemble, broadcast=True)
    waiting = [client.submit(run_part, shared, seed, first, count, pure=False) for first, count in parts]
    # results are dropped as they come, so that the cluster's memory stays flat as well
    for future in arriving(waiting):  # type: ignore[no-untyped-call,unused-ignore]  # Dask's own gap, where installed
        yield future.result()
        future.release()
