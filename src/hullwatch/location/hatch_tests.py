"""What the pressure of closed groups said, as one piece: the watch's posterior from hatch tests over its prior.

Each hatch test is weighed by `compartment.py` while the watch runs, with its own chance of misleading in it. A gauge
read by hand in a part that was shut off is weighed by the same law.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.location import compartment as tests
from hullwatch.location.leak import Scene
from hullwatch.location.posterior import Piece
from hullwatch.location.spots import Spots
from hullwatch.records import GroupState
from hullwatch.units import mmhg

LEAST = 1e-12
"""A compartment that the watch gave less is as good as excluded."""


def told_by(prior: Mapping[str, float], posterior: Mapping[str, float]) -> dict[str, float]:
    """What hatch tests told: log-likelihood of each compartment, the best at 0, whatever prior they began with."""
    log = {c: float(np.log(max(posterior.get(c, 0.0), LEAST) / prior[c])) for c in prior}
    best = max(log.values())
    return {c: x - best for c, x in log.items()}


def watched_piece(spots: Spots, told: Mapping[str, float], why: str, name: str = "pressure") -> Piece:
    """What hatch tests told, as a piece: each compartment's log-likelihood at all its places."""
    floor = float(np.log(LEAST))
    return Piece(name, why, np.array([told.get(c, floor) for c in spots.rooms])[spots.room], None)


def gauge_piece(
    scene: Scene,
    compartments: Sequence[str],
    before_pa: float,
    after_pa: float,
    during_s: float,
    sd_pa: float,
    name: str,
) -> Piece:
    """A gauge in a part that was shut off fell, or held: read at the start and at the end, each with its own error."""
    inside = [scene.vehicle.compartment(c) for c in compartments]
    volume, mean = sum(c.volume_m3.value for c in inside), 0.5 * (before_pa + after_pa)
    state = GroupState(
        group=0, compartments=tuple(compartments), time_s=during_s, volume_m3=volume,
        volume_sd_m3=sum(c.volume_m3.sd for c in inside), pressure_pa=mean, temperature_k=scene.temperature_k,
        mass_kg=scene.density_kg_m3 * volume, mass_sd_kg=0.0, loss_per_s=float(np.log(before_pa / after_pa)) / during_s,
        loss_sd_per_s=float(np.sqrt(2.0)) * sd_pa / mean / during_s, followed=True, ppo2_pa=None, sensors=1,
    )  # fmt: skip
    flow = scene.rate_kg_s.median / scene.density_kg_m3
    flow_sd = (scene.rate_kg_s.high - scene.rate_kg_s.low) / (2.0 * SIGMAS_90) / scene.density_kg_m3
    told = {c.id: tests.log_likelihood(state, c.id, flow, flow_sd) for c in scene.vehicle.compartments}
    best = max(told.values())
    log_like = np.array([told[c] - best for c in scene.spots.compartment])
    fell = mmhg(before_pa - after_pa)
    says = f"{'+'.join(compartments)} shut off: fell {fell:.3g} mmHg in {during_s / 3600:.3g} h"
    return Piece(name, says, log_like, None)
