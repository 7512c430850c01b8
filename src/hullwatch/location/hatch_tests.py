"""What the pressure of closed groups said, as one piece: the watch's own posterior over its prior.

Each hatch test is weighed by `compartment.py` while the watch runs, with its own chance of misleading in it. A gauge
read by hand in a part that was shut off is weighed by the same law.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from hullwatch.location import compartment as tests
from hullwatch.location.leak import Scene
from hullwatch.location.posterior import Piece
from hullwatch.records import GroupState

LEAST = 1e-12
"""A compartment that the watch gave less is as good as excluded."""


def watched_piece(scene: Scene, posterior: Mapping[str, float], why: str, name: str = "pressure") -> Piece:
    """What the watch's hatch tests told, whatever prior it began with."""
    weight = {c.id: c.leak_weight for c in scene.vehicle.compartments}
    log = {c: float(np.log(max(posterior.get(c, 0.0), LEAST) / weight[c])) for c in weight}
    best = max(log.values())
    log_like = np.array([log[c] - best for c in scene.spots.compartment])
    return Piece(name, why, log_like, None)


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
    volume = sum(scene.vehicle.compartment(c).volume_m3.value for c in compartments)
    doubt = sum(scene.vehicle.compartment(c).volume_m3.sd for c in compartments)
    mean = 0.5 * (before_pa + after_pa)
    gas = scene.pressure_pa / (287.05 * scene.temperature_k)
    state = GroupState(
        group=0, compartments=tuple(compartments), time_s=during_s, volume_m3=volume, volume_sd_m3=doubt,
        pressure_pa=mean, temperature_k=scene.temperature_k, mass_kg=gas * volume, mass_sd_kg=0.0,
        loss_per_s=float(np.log(before_pa / after_pa)) / during_s,
        loss_sd_per_s=float(np.sqrt(2.0)) * sd_pa / mean / during_s, followed=True, ppo2_pa=None, sensors=1,
    )  # fmt: skip
    flow = scene.rate_kg_s.median / gas
    flow_sd = flow * (scene.rate_kg_s.high - scene.rate_kg_s.low) / (3.29 * scene.rate_kg_s.median)
    everywhere = tests.begin(scene.vehicle, [c.id for c in scene.vehicle.compartments])
    rest = GroupState(
        group=1, compartments=tuple(c.id for c in scene.vehicle.compartments if c.id not in set(compartments)),
        time_s=during_s, volume_m3=1.0, volume_sd_m3=0.0, pressure_pa=mean, temperature_k=scene.temperature_k,
        mass_kg=1.0, mass_sd_kg=0.0, loss_per_s=0.0, loss_sd_per_s=0.0, followed=False, ppo2_pa=None, sensors=0,
    )  # fmt: skip
    told = tests.evidence(everywhere, [state, rest], flow, flow_sd)
    best = max(told.values())
    log_like = np.array([told[c] - best for c in scene.spots.compartment])
    fell = (before_pa - after_pa) / 133.322
    says = f"{'+'.join(compartments)} shut off: fell {fell:.3g} mmHg in {during_s / 3600:.3g} h"
    return Piece(name, says, log_like, None)
