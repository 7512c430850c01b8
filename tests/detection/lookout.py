"""The shortest chain that can find a change: frames, balance, score, decide."""

from dataclasses import dataclass, replace

import numpy as np
from one_room import cut

from hullwatch.balance import air
from hullwatch.balance.layout import HEAT, lay_out
from hullwatch.detection import score, verdict
from hullwatch.estimators.change import threshold
from hullwatch.records import Detection, Frames, GroupState, Residuals
from hullwatch.vehicle.facts import Vehicle

ONCE_A_YEAR = threshold(1.0)


@dataclass(frozen=True)
class Lookout:
    """What is remembered of the one group of a ship."""

    vehicle: Vehicle
    air: air.AirMemory
    score: score.ScoreMemory

    def state(self) -> GroupState:
        state = air.state_of(self.air, self.vehicle, 0, None)
        assert state is not None
        return state

    def setting(self) -> verdict.Setting:
        state, lay = self.state(), self.air.layout
        return verdict.Setting(
            mass_kg=state.mass_kg,
            temperature_k=state.temperature_k,
            pressure_pa=state.pressure_pa,
            heat_k=float(np.sqrt(lay.variance[HEAT])) * self.vehicle.atmosphere.temperature_k.value,
            unmetered_kg_s=self.vehicle.supply.unmetered_kg_s,
            sensors=tuple(self.vehicle.channels[k].id for k in lay.pressure),
            following=state.loss_per_s if state.followed else 0.0,
        )


def begin(vehicle: Vehicle) -> Lookout:
    spoken = frozenset(c.id for c in vehicle.channels)
    lay = lay_out(vehicle, tuple(c.id for c in vehicle.compartments), spoken)
    biases = tuple(lay.bias(s) for s in range(len(lay.pressure)))
    return Lookout(vehicle, air.begin(vehicle, lay), score.begin(lay.relax_s, lay.into, lay.source, lay.weight, biases))


def hear(here: Lookout, shown: Frames, h: float = np.inf) -> tuple[Lookout, int | None, Residuals]:
    """Take frames in up to the first that passes the threshold; its place, or None."""
    _, residuals = air.balance(here.air, here.vehicle, shown)
    _, place = score.score(here.score, residuals, h, h)
    memory, residuals = air.balance(here.air, here.vehicle, shown if place is None else cut(shown, 0, place + 1))
    scored, _ = score.score(here.score, residuals, h, h)
    return replace(here, air=memory, score=scored), place, residuals


def watch(
    vehicle: Vehicle, shown: Frames, h: float = ONCE_A_YEAR, block: int = 900
) -> tuple[Lookout, Detection | None]:
    """The first change that is said, as the watch would find it."""
    here, start = begin(vehicle), 0
    while start < shown.time_s.size:
        here, place, _ = hear(here, cut(shown, start, start + block), h)
        if place is None:
            start += block
            continue
        start += place + 1
        found = verdict.decide(here.score, here.setting(), 0, float(shown.time_s[start - 1]), h, h)
        if found is not None:
            return here, found
    return here, None
