"""Small scenes for the tests of locating: rooms in a row, or a ship with walls."""

from dataclasses import replace

from one_room import figure, ship

from hullwatch.location.leak import Scene
from hullwatch.location.spots import spots_of
from hullwatch.records import Interval
from hullwatch.units import DAY_S
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open
from hullwatch.vehicle.places import Attitude, NamedSpot, Wall

ROOMS = {"A": 60.0, "B": 30.0, "C": 10.0}
PLAIN = ship([], ROOMS)
WALLED = replace(
    PLAIN,
    walls=(
        Wall("A", "A", "stem", (0.0, 0.0, 4.0), (9.0, 0.0, 4.0), figure(2.0), figure(0.5), figure(1.0), "c"),
        Wall("B", "B", "branch", (3.0, 2.0, 4.0), (3.0, 8.0, 4.0), figure(1.5), figure(1.0), figure(2.0), "c"),
    ),
    spots=(NamedSpot("WINDOW", "A", (5.0, 0.0, 6.0), (0.0, 0.0, 1.0), figure(5.0)),),
    attitude=Attitude((-2.0, 0.3, 3.0), 0.3, (0.1, 0.7, 0.3), 5_556.0, ("TX", "TY", "TZ"), None, "c"),
)


def scene(vehicle: Vehicle = PLAIN, kg_day: float = 25.0) -> Scene:
    """A leak of a rate known to 10 %, all hatches as usual."""
    rate = kg_day / DAY_S
    interval = Interval(rate, 0.84 * rate, 1.16 * rate)
    return Scene(vehicle, spots_of(vehicle), default_open(vehicle), interval, 101_325.0, 295.0)
