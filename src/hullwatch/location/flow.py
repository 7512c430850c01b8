"""What sensors of moving air at a hatch say: with the fans off, air moves towards the leak.

    leak draws Q from the whole ship; through a hatch goes the part of it that lies on the other side:
    Q V_other / V, so 1.6 mm/s for a hole of 10 mm between two halves through an opening of half a square metre

A draught of two centimetres a second hides that of small holes: then the likelihood is nearly flat, and says so.
"""

import numpy as np

from hullwatch.location.leak import Scene
from hullwatch.location.posterior import MISLEADS, Piece
from hullwatch.records import Floats
from hullwatch.vehicle.graph import pressure_groups

DRAUGHT_M_S, FANS_M_S = 0.02, 0.2
"""What moves in a hatchway anyway, 1 sigma: warm air and people with fans off; the ventilation with them on [c]."""


def flow_piece(scene: Scene, hatch: str, toward: str, speed_m_s: float | None, fans_on: bool, name: str) -> Piece:
    """Air was seen to move through a hatch toward one of its sides, at a speed if it was measured."""
    expected = speed_toward(scene, hatch, toward)
    sd = FANS_M_S if fans_on else DRAUGHT_M_S
    if speed_m_s is None:
        log_like = -np.log1p(np.exp(-1.702 * expected / sd))
        astray = -float(np.log(2.0))
        how = "air moves"
    else:
        spread = np.hypot(sd, 0.2 * expected)
        log_like = -0.5 * ((speed_m_s - expected) / spread) ** 2 - np.log(spread * np.sqrt(2.0 * np.pi))
        wide = max(10.0 * sd, abs(speed_m_s))
        astray = -float(np.log(2.0 * wide))
        how = f"air moves at {speed_m_s * 100:.3g} cm/s"
    says = f"{how} through {hatch} toward {toward}, fans {'on' if fans_on else 'off'}"
    most = float(np.max(np.abs(expected)))
    if most < 0.5 * sd:
        says += f" (this leak moves at most {most * 100:.2g} cm/s there, the draught {sd * 100:.2g}: this says little)"
    return Piece(name, says, np.asarray(log_like), astray, MISLEADS)


def speed_toward(scene: Scene, hatch: str, toward: str) -> Floats:
    """(n,) mean speed through a hatch toward a side, were the leak at each place, m/s."""
    described = next(h for h in scene.vehicle.hatches if h.id == hatch)
    away = described.between[1] if described.between[0] == toward else described.between[0]
    drawn = scene.rate_kg_s.median / scene.density_kg_m3 / described.area_m2
    joined = next(g for g in pressure_groups(scene.vehicle, scene.open_hatches | {hatch}) if toward in g)
    cut = pressure_groups(scene.vehicle, scene.open_hatches - {hatch})
    there = next(g for g in cut if toward in g)
    here = next(g for g in cut if away in g)
    volume = {c.id: c.volume_m3.value for c in scene.vehicle.compartments}
    whole = sum(volume[c] for c in joined)
    if there == here:  # another way round: nothing can be said of this one alone
        return np.zeros(len(scene.spots.compartment))
    gives, takes = sum(volume[c] for c in here) / whole, sum(volume[c] for c in there) / whole
    speed = {c: drawn * gives for c in there} | {c: -drawn * takes for c in here}
    return np.array([speed.get(c, 0.0) for c in scene.spots.compartment])
