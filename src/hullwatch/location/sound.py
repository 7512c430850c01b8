"""What the ear hears: an ultrasonic detector's level, or nothing at all.

    jet of a hole  ~~~ 1/r in the room ~~~ | hatchway | ~~~ ... ~~~  detector, over the racks' own noise

A jet's sound power goes with its mass flow. A crack so narrow that it leaks viscously makes hardly any (METHODS 5.3):
the slower the leak, the likelier that is. So "heard nothing" tells little of a slow leak, and next to nothing while
racks run: then the likelihood is flat and says so. All levels here are estimates [c]; no detector's sheet was found.
"""

import numpy as np

from hullwatch.location.leak import Scene
from hullwatch.location.posterior import MISLEADS, Piece
from hullwatch.records import Floats
from hullwatch.units import kg_day

SOURCE_DB, SOURCE_KG_DAY = 35.0, 25.0
"""Level over a quiet room at 1 m from a hole that passes 25 kg/day (about 2 mm) [c]."""
HATCHWAY_DB, SHUT_DB = 8.0, 40.0
"""Loss through an open and through a shut hatch [c]."""
RACKS_DB = 18.0
"""How much louder a room is with its racks and fans on [c]; on them the hose of 2004 was missed (a S22)."""
READING_DB, SPREAD_DB = 3.0, 8.0
"""1 sigma of a level: reading it in noise; and what a source well above it adds: its strength, aim, shadows [c]."""
NOTICED_DB = 4.0
"""Level over the noise from which a person says to hear something [c]."""
QUIET_KG_DAY = 5.0
"""Flow at which a leak is as likely a quiet crack as three times faster it is hardly ever [c]."""
LITTLE = 0.3
"""Chance of hearing a leak below which hearing nothing says little."""
ROOM_M = 4.0
"""Distance within a room whose size is not described [c]."""


def ultrasound_piece(scene: Scene, compartment: str, level_db: float, racks_on: bool, name: str) -> Piece:
    """A detector's level in a compartment, dB over what it showed elsewhere in a room as noisy."""
    over = _over_noise(scene, compartment, racks_on)
    quiet = quiet_share(kg_day(scene.rate_kg_s.median))
    loud, still = _log_normal(level_db - over, _spread(over)), _log_normal(np.full_like(over, level_db), READING_DB)
    log_like = np.logaddexp(np.log1p(-quiet) + loud, np.log(quiet) + still)
    astray = -float(np.log(60.0))  # any level within 60 dB
    says = f"{level_db:g} dB over the noise in {compartment}, racks {'on' if racks_on else 'off'}"
    return Piece(name, says, log_like, astray, 0.05)


def silence_piece(scene: Scene, compartment: str, racks_on: bool, name: str) -> Piece:
    """Listened in a compartment and heard nothing."""
    over = _over_noise(scene, compartment, racks_on)
    quiet = quiet_share(kg_day(scene.rate_kg_s.median))
    still = float(_below(np.array(NOTICED_DB), READING_DB))
    silent = (1.0 - quiet) * _below(NOTICED_DB - over, _spread(over)) + quiet * still
    says = f"heard nothing in {compartment} with the racks {'on' if racks_on else 'off'}"
    heard = float(1.0 - silent[scene.spots.inside((compartment,))].min() / still)
    if heard < LITTLE:
        says += f" (a leak there would have been heard in {heard:.0%} of cases: this says little)"
    return Piece(name, says, np.log(silent), float(np.log(still)), MISLEADS)


def quiet_share(rate_kg_day: float) -> float:
    """Probability that a leak of this rate is a viscous crack that makes no sound worth the name."""
    return 0.03 + 0.6 / (1.0 + (max(rate_kg_day, 0.0) / QUIET_KG_DAY) ** 2)


def _over_noise(scene: Scene, compartment: str, racks_on: bool) -> Floats:
    """(n,) level over the noise that a sounding leak at each place would give in the compartment."""
    lost = ways_db(scene, compartment)
    source = SOURCE_DB + 10.0 * np.log10(max(kg_day(scene.rate_kg_s.median), 1e-3) / SOURCE_KG_DAY)
    level = source - np.array([lost[c] for c in scene.spots.compartment]) - (RACKS_DB if racks_on else 0.0)
    return np.asarray(10.0 * np.log10(1.0 + 10.0 ** (level / 10.0)))


def ways_db(scene: Scene, compartment: str) -> dict[str, float]:
    """Least loss from every compartment to this one: distance within rooms, and each hatch on the way."""
    length = {c.id: 0.0 for c in scene.vehicle.compartments}
    for wall in scene.vehicle.walls:
        length[wall.compartment] += float(np.linalg.norm(np.subtract(wall.end_m, wall.start_m)))
    metres = {c: size or 2.0 * ROOM_M for c, size in length.items()}
    best = {compartment: (0.0, max(1.0, metres[compartment] / 2.0))}  # hatch loss, metres
    edge = [compartment]
    while edge:
        here = edge.pop(0)
        for hatch in scene.vehicle.hatches:
            if here not in hatch.between:
                continue
            there = hatch.between[1] if hatch.between[0] == here else hatch.between[0]
            loss = best[here][0] + (HATCHWAY_DB if hatch.id in scene.open_hatches else SHUT_DB)
            far = best[here][1] + metres[there]
            if there not in best or loss + _spreading(far) < best[there][0] + _spreading(best[there][1]):
                best[there] = (loss, far)
                edge.append(there)
    return {c: loss + _spreading(far) for c, (loss, far) in best.items()}


def _spreading(metres: float) -> float:
    return float(20.0 * np.log10(max(metres, 1.0)))


def _spread(over: Floats) -> Floats:
    """1 sigma of a level: the source's own doubt counts as far as it is heard at all."""
    return np.asarray(np.hypot(READING_DB, SPREAD_DB * np.minimum(1.0, over / 10.0)))


def _log_normal(x: Floats, sd: "Floats | float") -> Floats:
    return np.asarray(-0.5 * (x / sd) ** 2 - np.log(np.asarray(sd) * np.sqrt(2.0 * np.pi)))


def _below(x: Floats, sd: "Floats | float") -> Floats:
    """Probability of staying below x: the normal integral, by a logistic good to 0.01."""
    return np.asarray(1.0 / (1.0 + np.exp(-1.702 * x / sd)))
