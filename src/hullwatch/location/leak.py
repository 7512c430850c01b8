"""What the kinds of evidence need to know beside the places: the ship, its open hatches, and the leak as sized."""

from dataclasses import dataclass

from hullwatch.location.spots import Spots
from hullwatch.physics.gas import AIR_MOLAR_MASS, GAS_CONSTANT
from hullwatch.records import Interval
from hullwatch.vehicle.facts import Vehicle


@dataclass(frozen=True, slots=True)
class Scene:
    """The ship with its places, and the leak that is looked for."""

    vehicle: Vehicle
    spots: Spots
    open_hatches: frozenset[str]
    rate_kg_s: Interval
    pressure_pa: float
    temperature_k: float

    @property
    def density_kg_m3(self) -> float:
        """Of the air that leaks."""
        return self.pressure_pa * AIR_MOLAR_MASS / (GAS_CONSTANT * self.temperature_k)
