"""The places a leak may be: small cells of every wall, the seals of every port, named spots; and the prior over them.

    wall of a compartment              cells, about 1.5 m long, an eighth of the way round each
     ______________                    name: compartment/part-side, "LAB/2-zenith"
    |  |  |  |  |  |                   port: the ring at the start of the wall, "LAB/port-zenith"
    |__|__|__|__|__|                   named: what the vehicle file names, "LAB/LAB_WINDOW"

A compartment without walls in the vehicle file is one place that is nowhere: torque and distance cannot judge it.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from hullwatch.records import Bools, Floats, Ints
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.places import NamedSpot, Wall

CELL_M, SECTORS = 1.5, 8
SHARES = {"walls": 0.35, "seals": 0.35, "anything": 0.30}
"""What the first cause of a leak is, before anything is seen [c]: debris or a flaw of the exposed wall, a seal, or
whatever else a compartment holds (valves, hoses, windows). So far the ISS had a hose, a drilled wall and welds."""
SIDES = ("fore", "starboard", "nadir", "aft", "port", "zenith")
_WIDTH = 2.0 * np.pi / SECTORS


@dataclass(frozen=True, slots=True)
class Spots:
    """n places. at, normal (n, 3) m; along (n, 3) m the half-length of a cell; turn (n, 3) m per rad of angle round it.

    Where `known` is false the place is a whole compartment that nothing says the position of.
    """

    compartment: tuple[str, ...]
    name: tuple[str, ...]
    at: Floats
    normal: Floats
    along: Floats
    axis: Floats  # (n, 3) m from the wall's axis to the cell, so that turning it round is known; zero for a point
    known: Bools
    log_prior: Floats
    rooms: tuple[str, ...]
    room: Ints  # (n,) index of each place's compartment in `rooms`

    def inside(self, compartments: Collection[str]) -> Bools:
        """(n,) whether each place is in one of these compartments."""
        return np.array([c in compartments for c in self.rooms], dtype=np.bool_)[self.room]


@dataclass(frozen=True, slots=True)
class _Cell:
    compartment: str
    name: str
    at: Floats
    normal: Floats
    along: Floats
    axis: Floats
    known: bool
    area: float = 0.0
    seals: float = 0.0


def spots_of(vehicle: Vehicle) -> Spots:
    """Every place of a vehicle, with prior odds from exposed area, seals and the weight of its compartment."""
    cells = [cell for wall in vehicle.walls for cell in _wall_cells(wall)]
    cells += [_named(spot) for spot in vehicle.spots]
    walled = {cell.compartment for cell in cells}
    nowhere = np.zeros(3)
    for c in vehicle.compartments:
        if c.id not in walled:
            cells.append(_Cell(c.id, c.id, nowhere, nowhere, nowhere, nowhere, False))
    order = {c.id: k for k, c in enumerate(vehicle.compartments)}
    cells.sort(key=lambda cell: order[cell.compartment])
    return Spots(
        compartment=tuple(cell.compartment for cell in cells),
        name=tuple(cell.name for cell in cells),
        at=np.array([cell.at for cell in cells]),
        normal=np.array([cell.normal for cell in cells]),
        along=np.array([cell.along for cell in cells]),
        axis=np.array([cell.axis for cell in cells]),
        known=np.array([cell.known for cell in cells]),
        log_prior=_log_prior(vehicle, cells),
        rooms=tuple(order),
        room=np.array([order[cell.compartment] for cell in cells], dtype=np.int64),
    )


def _wall_cells(wall: Wall) -> list[_Cell]:
    """Cells of a cylinder, and the ring of its port."""
    start, end = np.array(wall.start_m), np.array(wall.end_m)
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    parts = max(1, round(length / CELL_M))
    area = wall.exposed.value * wall.radius_m.value * _WIDTH * length / parts
    across = _across(along)
    cells: list[_Cell] = []
    for out in across:
        reach = wall.radius_m.value * out
        side = side_of(out)
        for k in range(parts):
            at = start + along * length * (k + 0.5) / parts + reach
            half = along * length / parts / 2.0
            name = f"{wall.id}/{k + 1}-{side}"
            cells.append(_Cell(wall.compartment, name, at, out, half, reach, True, area=area))
        if wall.seals.value > 0.0:
            ring = 0.5 * reach
            share = wall.seals.value / SECTORS
            name = f"{wall.id}/port-{side}"
            cells.append(_Cell(wall.compartment, name, start + ring, out, 0.1 * along, ring, True, seals=share))
    return cells


def _across(along: Floats) -> list[Floats]:
    """Directions out of a cylinder, all the way round."""
    other = np.eye(3)[int(np.argmin(np.abs(along)))]
    first = np.cross(along, other)
    first /= np.linalg.norm(first)
    second = np.cross(along, first)
    return [np.cos(k * _WIDTH) * first + np.sin(k * _WIDTH) * second for k in range(SECTORS)]


def is_named(name: str, spot: str) -> bool:
    """Whether a spot means this place: "LAB/2" means all of that part, "2-zenith" the place so called of any wall."""
    return name == spot or name.startswith(f"{spot}-") or name.endswith(f"/{spot}")


def side_of(normal: Floats) -> str:
    """The side a direction points to, two words where it points between two."""
    sizes = [float(s * normal[k % 3]) for k, s in zip(range(6), (1, 1, 1, -1, -1, -1), strict=True)]
    return "-".join(side for side, size in zip(SIDES, sizes, strict=True) if size > 0.5)


def _named(spot: NamedSpot) -> _Cell:
    normal = np.array(spot.normal) / np.linalg.norm(spot.normal)
    at, point = np.array(spot.at_m), np.zeros(3)
    name = f"{spot.compartment}/{spot.id}"
    return _Cell(spot.compartment, name, at, normal, point, point, True, area=spot.counts_as_m2.value)


def _log_prior(vehicle: Vehicle, cells: list[_Cell]) -> Floats:
    """Shares of walls, seals and anything, spread over the places, times the weight of each compartment."""
    weight = {c.id: c.leak_weight for c in vehicle.compartments}
    ids = [cell.compartment for cell in cells]
    area, seals = np.array([cell.area for cell in cells]), np.array([cell.seals for cell in cells])
    size = area + 0.1  # what "anything" spreads over within a compartment: rings and the nowhere count a little
    inside = {c: sum(s for s, own in zip(size, ids, strict=True) if own == c) for c in set(ids)}
    prior = SHARES["anything"] * size / np.array([inside[c] for c in ids]) / len(inside)
    for share, what in (("walls", area), ("seals", seals)):
        if what.sum() > 0.0:
            prior = prior + SHARES[share] * what / what.sum()
    prior = prior * np.array([weight[c] for c in ids])
    return np.asarray(np.log(prior / prior.sum()))
