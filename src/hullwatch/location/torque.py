"""What the thrust of the escaping gas does to the station: torque r x F, F along the outward normal.

    F = thrust of the leak's mass flow (physics/orifice.py), doubtful in size and in direction (the plume)
    torque on the station = (place - mass centre) x (-F normal)
    seen: the change of the control torque, which works against it

Torque fixes a place only up to a line along the force; the walls, being discrete, cut that line in a few points.
"""

import numpy as np

from hullwatch.estimators.quadrature import SIGMAS_90
from hullwatch.location.posterior import MISLEADS, Piece
from hullwatch.location.spots import SECTORS, Spots
from hullwatch.physics.gas import AIR_GAMMA
from hullwatch.physics.orifice import effective_area, full_expansion_thrust, orifice_thrust
from hullwatch.records import Floats, Interval
from hullwatch.vehicle.places import Attitude

PLUME_SIDE = 0.3
"""Sideways force as a share of the thrust, each of two directions, 1 sigma: a hole is seldom square to the wall [c]."""
PLUME_SIZE = 0.1
"""Size of the thrust of a known mass flow, 1 sigma: a thin hole gives the least, a nozzle 1.43 times that [c]."""
DRAG_SHARE = 0.2
"""Share of the drag torque that may change between before and after [c]."""
ASTRAY_M = 12.0
"""Arm of the torques that come from something else (a vent, a thruster, a visiting vehicle), 1 sigma [c]."""


def thrust_n(rate_kg_s: Interval, pressure_pa: float, temperature_k: float) -> tuple[float, float]:
    """Thrust of a leak into vacuum in N, and its standard deviation from the doubt about its rate."""
    area = effective_area(rate_kg_s.median, pressure_pa, temperature_k)
    least = orifice_thrust(pressure_pa, 0.0, AIR_GAMMA, area)
    most = full_expansion_thrust(pressure_pa, AIR_GAMMA, area)
    force = 0.75 * least + 0.25 * most  # nearer to the thin hole: walls are a few millimetres thick
    return force, force * (rate_kg_s.high - rate_kg_s.low) / (2.0 * SIGMAS_90 * rate_kg_s.median)


def torque_piece(
    spots: Spots,
    attitude: Attitude,
    change_n_m: Floats,
    covariance: Floats,
    force: tuple[float, float],
    name: str,
    plume: tuple[float, float] = (PLUME_SIDE, PLUME_SIZE),
) -> Piece:
    """Likelihood of a change of torque on the station, (3,) N m with its (3, 3) covariance.

    To first order in plume, cell size and mass centre; tests/location/test_torque.py draws them instead.
    """
    mean, spread = _expected(spots, attitude, force, plume)
    drag = np.diag((DRAG_SHARE * np.array(attitude.drag_torque_n_m)) ** 2)
    seen = covariance + drag
    straight = _log_normal(change_n_m - mean, spread + seen)
    astray = float(_log_normal(change_n_m[None, :], (seen + np.eye(3) * (force[0] * ASTRAY_M) ** 2)[None])[0])
    log_like = np.where(spots.known, straight, astray)
    size = float(np.linalg.norm(change_n_m))
    sd = float(np.sqrt(np.trace(seen) / 3.0))
    says = (
        f"torque on the station changed by {size:.2g} N m (background {sd:.2g} N m per axis); a thrust of "
        f"{force[0]:.2g} N would need an arm of {size / force[0]:.2g} m"
    )
    return Piece(name, says, log_like, astray, MISLEADS)


def _expected(
    spots: Spots, attitude: Attitude, force: tuple[float, float], plume: tuple[float, float]
) -> tuple[Floats, Floats]:
    """(n, 3) torque of a leak at each place, and the (n, 3, 3) covariance of what is not known about it."""
    side, size = plume
    newton, newton_sd = force
    arm, out = spots.at - np.array(attitude.mass_center_m), spots.normal
    across = np.cross(out, _least_along(out))
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    lever = -np.cross(arm, out)
    pieces = [
        lever * np.hypot(size, newton_sd / newton),
        np.cross(arm, across) * side,
        np.cross(arm, np.cross(out, across)) * side,
        np.cross(spots.along, out) / np.sqrt(3.0),
        _turned(spots, arm),
    ]
    pieces += [np.cross(np.eye(3)[k], out) * attitude.mass_center_sd_m for k in range(3)]
    spread = sum((np.einsum("ni,nj->nij", p, p) for p in pieces), np.zeros((len(arm), 3, 3)))
    return newton * lever, newton * newton * spread


def _turned(spots: Spots, arm: Floats) -> Floats:
    """Change of the lever over a cell's half-width round the wall, 1 sigma of a uniform spread."""
    axial = np.cross(spots.along, spots.axis)
    length = np.linalg.norm(axial, axis=1, keepdims=True)
    unit = np.divide(axial, length, out=np.zeros_like(axial), where=length > 1e-9)  # round the wall
    per_rad = np.cross(unit * np.linalg.norm(spots.axis, axis=1, keepdims=True), spots.normal) + np.cross(arm, unit)
    return np.asarray(-per_rad * (np.pi / SECTORS) / np.sqrt(3.0))


def _least_along(out: Floats) -> Floats:
    """An axis that is not along each normal."""
    return np.asarray(np.eye(3)[np.argmin(np.abs(out), axis=1)])


def _log_normal(x: Floats, covariance: Floats) -> Floats:
    """Log density of (n, 3) zero-mean normals."""
    solved = np.linalg.solve(covariance, x[..., None])[..., 0]
    _, log_det = np.linalg.slogdet(covariance)
    return np.asarray(-0.5 * (np.sum(x * solved, axis=-1) + log_det + 3.0 * np.log(2.0 * np.pi)))
