"""The shortest chain that can find a change: frames, balance, score, decide."""

from dataclasses import dataclass, replace

import numpy as np
from one_room import cut

from hullwatch.balance import air
from hullwatch.balance.layout import lay_out
from hullwatch.detection import priors, score, verdict
from hullwatch.records import Detection, Frames, GroupState, Residuals
from hullwatch.vehicle.facts import Vehicle
from hullwatch.watch.memory import LOOK_H, Settings

ONCE_A_YEAR = Settings(1.0)


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

    def setting(self) -> priors.Setting:
        state, lay = self.state(), self.air.layout
        return priors.Setting(
            mass_kg=state.mass_kg,
            temperature_k=state.temperature_k,
            pressure_pa=state.pressure_pa,
            heat_k=lay.heat_sd * self.vehicle.atmosphere.temperature_k.value,
            unmetered_kg_s=self.vehicle.supply.unmetered_kg_s,
            sensors=tuple(self.vehicle.channels[k].id for k in lay.sensors),
            following=state.loss_per_s if state.followed else 0.0,
            quantum=tuple(lay.quantum.tolist()),
            analysers=len(lay.analysers),
        )


def begin(vehicle: Vehicle) -> Lookout:
    spoken = frozenset(c.id for c in vehicle.channels)
    lay = lay_out(vehicle, tuple(c.id for c in vehicle.compartments), spoken)
    biases = tuple(lay.bias(s) for s in range(len(lay.sensors)))
    share = lay.nitrogen if lay.analysers else 0.0
    scored = score.begin(lay.relax_s, lay.into, lay.source, lay.weight, biases, share)
    return Lookout(vehicle, air.begin(vehicle, lay), scored)


def hear(
    here: Lookout, shown: Frames, h: float = np.inf, other_h: float | None = None
) -> tuple[Lookout, int | None, Residuals]:
    """Take frames in up to the first that passes the threshold of a loss, or that of all else; its place, or None."""
    looks = (h, h if other_h is None else other_h)
    _, residuals = air.balance(here.air, here.vehicle, shown)
    _, place = score.score(here.score, residuals, *looks)
    memory, residuals = air.balance(here.air, here.vehicle, shown if place is None else cut(shown, 0, place + 1))
    scored, _ = score.score(here.score, residuals, *looks)
    return replace(here, air=memory, score=scored), place, residuals


def watch(
    vehicle: Vehicle,
    shown: Frames,
    settings: Settings = ONCE_A_YEAR,
    block: int = 900,
    tells: bool = False,
    expected_kg: float = 0.0,
    begun: Lookout | None = None,
) -> tuple[Lookout, Detection | None]:
    """The first change that is said, as the watch would find it: looked for early, said when sure.

    tells: whether the feed shows vents and pumps; expected_kg: gas that came of late and may go again.
    """
    here, start = begun or begin(vehicle), 0
    while start < shown.time_s.size:
        here, place, _ = hear(here, cut(shown, start, start + block), LOOK_H, settings.loss_h)
        if place is None:
            start += block
            continue
        start += place + 1
        now_s = float(shown.time_s[start - 1])
        setting = replace(here.setting(), shown=tells, expected_kg=expected_kg)
        found = verdict.decide(here.score, setting, 0, now_s, settings.leak_sure, settings.loss_h)
        if found is not None:
            return here, found
        here = replace(here, score=score.wait(here.score, now_s))
    return here, None
