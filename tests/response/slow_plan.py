"""The plan the slow way: sets of names, roots found by bisection, every order of closing tried. Shares no code with the
search but the constants of its cost model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hullwatch.response.isolation.layout import HAND_GAUGE, OPENING_S, PASSAGE_S, TRAINING_PA
from hullwatch.response.isolation.step import GIVEN_UP_S, SHORTEST_S
from hullwatch.vehicle.facts import Compartment, Craft, CrewMember, Figure, Hatch, Vehicle
from hullwatch.vehicle.graph import path
from hullwatch.vehicle.load import load_vehicle

Group = frozenset[str]


@dataclass(frozen=True)
class Leak:
    """Conditions, as `Conditions` has them."""

    rate: float
    density: float
    pressure: float
    warmth: float
    blind: float
    tau: float
    enough: float
    keeps: bool


class SlowPlan:
    """Exhaustive search over all closures from a group with suspects."""

    def __init__(self, ship: Vehicle, leak: Leak, weight: Mapping[str, float], gas: bool = False) -> None:
        self.ship, self.leak, self.weight, self.gas = ship, leak, weight, gas
        self.volume = {c.id: c.volume_m3.value for c in ship.compartments}
        self.homes = {c.returns for m in ship.crew for c in ship.crafts if c.id == m.craft}
        self.warm = {c.compartment for c in ship.channel_of("temperature")}
        self.open = frozenset(h.id for h in ship.hatches if h.normally_open)

    def best(self, group: Group, suspects: Group) -> float:
        """Least expected cost, times the probability of the suspects."""
        p = sum(self.weight[c] for c in suspects)
        if len(suspects) == 1:
            return p * self.final(group, next(iter(suspects)))
        if not group & self.homes:
            if self.gas:
                shut_in = sum(self.volume[c] for c in suspects) * self.leak.density
                return p * shut_in * (len(suspects) - 1) / len(suspects)
            return p * GIVEN_UP_S * (len(suspects) - 1)
        return min(
            self.after(group, suspects, hatch) for hatch in self.inside(group) if self.parted(group, hatch, suspects)
        )

    def inside(self, group: Group) -> list[Hatch]:
        return [h for h in self.ship.hatches if h.id in self.open and set(h.between) <= group]

    def side(self, group: Group, shut: Hatch, end: str) -> Group:
        reached, edge = {end}, [end]
        while edge:
            here = edge.pop()
            for h in self.inside(group):
                if h != shut and here in h.between:
                    other = h.between[0] if h.between[1] == here else h.between[1]
                    if other not in reached:
                        reached.add(other)
                        edge.append(other)
        return frozenset(reached)

    def parted(self, group: Group, hatch: Hatch, suspects: Group) -> bool:
        one, other = (self.side(group, hatch, end) for end in hatch.between)
        return one != other and bool(one & suspects) and bool(other & suspects)

    def after(self, group: Group, suspects: Group, hatch: Hatch) -> float:
        sides = [self.side(group, hatch, end) for end in hatch.between]
        left = [side & suspects for side in sides]
        limits = [TRAINING_PA / self.slope(side) - OPENING_S for side in sides]
        home = [bool(side & self.homes) for side in sides]
        stays = [
            len(left[k]) == 1 or (home[k] and (home[1 - k] or self.leak.keeps)) or limits[k] < SHORTEST_S
            for k in (0, 1)
        ]
        work = self.work([hatch], group)
        limit = min(math.inf if s else x for s, x in zip(stays, limits, strict=True))
        reading, readings = self.reading(sides, self.leak.enough), 1
        if reading > limit:
            readings = math.ceil(self.leak.enough / self.evidence(sides, limit))
            reading = readings * limit
        again = (readings - 1) * (hatch.closing_s.value + OPENING_S)
        total = 0.0
        for k in (0, 1):
            p = sum(self.weight[c] for c in left[k])
            opening = 0.0 if stays[k] else OPENING_S
            cost = work + again + opening + reading
            if self.gas:
                mass = self.volume_of(sides[k]) * self.leak.density
                gone = mass * (1.0 - math.exp(-self.leak.rate * reading / readings / mass))
                cost = self.leak.rate * (work + again + opening) + readings * gone
            total += p * cost + self.best(sides[k] if stays[k] else group, left[k])
        return total

    def final(self, group: Group, found: str) -> float:
        around = [h for h in self.inside(group) if found in h.between]
        if not around:
            return 0.0
        time = self.work(around, group) + (0.0 if group & self.homes else OPENING_S)
        return time * self.leak.rate if self.gas else time

    def work(self, hatches: list[Hatch], group: Group) -> float:
        far = 0.0
        for hatch in hatches:
            ways = [
                path(self.ship, home, end, self.open) for home in group & self.homes if home for end in hatch.between
            ]
            far = max(far, min((len(way) - 1 for way in ways if way), default=0))
        return PASSAGE_S * far + sum(h.closing_s.value + h.clearing_s.value for h in hatches)

    def volume_of(self, side: Group) -> float:
        return sum(self.volume[c] for c in side)

    def slope(self, side: Group) -> float:
        return self.leak.rate / self.leak.density * self.leak.pressure / self.volume_of(side)

    def evidence(self, sides: list[Group], time: float) -> float:
        total = 0.0
        for side in sides:
            slope = self.slope(side)
            gauges = [
                (c.noise_si**2 + c.quantum_si**2 / 12, max(c.period_s, c.quantum_si / slope))
                for c in self.ship.channel_of("pressure")
                if c.compartment in side
            ]
            if side & self.homes:
                noise, step, period = HAND_GAUGE
                gauges.append((noise**2 + step**2 / 12, max(period, step / slope)))
            if not gauges:
                continue
            w = 1.0 / sum(1.0 / (var * each) for var, each in gauges)
            sigma = self.leak.warmth if side & self.warm else self.leak.blind
            u = math.sqrt(3) * time / self.leak.tau
            warmth = 3 * (sigma / self.leak.tau) ** 2 / (1 + u + u**2 / 2 + u**3 / 12)
            variance = 3 * w / time**3 + warmth
            total += slope**2 / (2 * variance)
        return total

    def reading(self, sides: list[Group], enough: float) -> float:
        low, high = 1e-3, 1e9
        for _ in range(80):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self.evidence(sides, middle) < enough else (low, middle)
        return high


def station(
    edges: list[tuple[int, int]], volumes: list[float], homes: list[int], gauges: list[int], ring_open: bool = True
) -> Vehicle:
    """A ship of these compartments and hatches, with three people for each home; gauges are those of the demo ship."""
    demo = load_vehicle("demo")
    names = [f"C{k}" for k in range(len(volumes))]
    gauge, thermometer = demo.channel_of("pressure")[0], demo.channel_of("temperature")[0]
    crafts = tuple(Craft(f"S{k}", f"Ship {k}", names[k], 3, names[k], "c") for k in homes)
    return replace(
        demo,
        name="small",
        compartments=tuple(Compartment(n, n, "x", Figure(v, "c")) for n, v in zip(names, volumes, strict=True)),
        hatches=tuple(
            Hatch(f"H{a}-{b}", (names[a], names[b]), "WIDE", Figure(1.0, "c"), "square", 1, normally_open=ring_open)
            for a, b in edges
        ),
        ventilation=(),
        crafts=crafts,
        crew=tuple(CrewMember(f"{c.id}{n}", c.id, "c") for c in crafts for n in range(3)),
        channels=tuple(
            replace(kind, id=f"{kind.quantity}{k}", compartment=names[k])
            for k in gauges
            for kind in (gauge, thermometer)
        ),
    )
