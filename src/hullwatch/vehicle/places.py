"""Where things are: walls, named spots and the station's centre of mass, in the station's own axes.

    x towards Node 2 ("fore"), y starboard, z nadir; origin at the middle of the truss, as the ISS analysis frame

A wall is a cylinder from its docking port outwards, so the seals of that port sit at its start.
"""

from dataclasses import dataclass

from hullwatch.vehicle.facts import Figure, Label

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Wall:
    """The shell of one compartment, or of a part of one."""

    id: str
    compartment: str
    body: str  # the module or vehicle it belongs to, in words
    start_m: Point  # at its port
    end_m: Point
    radius_m: Figure
    exposed: Figure  # share of its area that debris can reach
    seals: Figure  # seals of the port at its start
    label: Label


@dataclass(frozen=True, slots=True)
class NamedSpot:
    """A place worth a name: a window, a weld, a hose, a patch."""

    id: str
    compartment: str
    at_m: Point
    normal: Point
    counts_as_m2: Figure  # how much exposed wall it is worth, for prior odds
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attitude:
    """What torque needs: where the mass is, what air drag does, which channels carry the control torque."""

    mass_center_m: Point
    mass_center_sd_m: float
    drag_torque_n_m: Point  # usual size, for the share of it that may be wrong
    orbit_s: float
    torque_channels: tuple[str, str, str]  # control torque on the station about x, y, z, N m
    momentum_channel: str | None
    label: Label
