"""The best places at one moment, and what else there was.

In this order: nobody without a place, nobody cut off from the others, least expected loss, fewest shortfalls, fewest
moves. The five are packed into one whole number, most important first, so that one exact search settles all:

    | without a place | cut off | expected loss, 1e-9 people | shortfalls | moves |
          4 bits         4 bits            40 bits                8 bits     5 bits
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hullwatch.response.seats.assignment import NEVER, Costs, Shares, Sharing, least_cost, share_out
from hullwatch.response.seats.moment import Moment, Shortfall, of_craft, of_crew, of_person
from hullwatch.vehicle.roster import Hazard, Person, RosterCraft

Probabilities: TypeAlias = Mapping[str, float]
Flags: TypeAlias = NDArray[np.bool_]

NANO = 1_000_000_000
RETURN = Shortfall("return", 1.0, "")  # what every place has; it is no shortfall and counts as none
MOVE, SHORT, LOSS, CUT, OUT = 1, 1 << 5, 1 << 13, 1 << 53, 1 << 57


@dataclass(frozen=True, slots=True)
class Ride:
    """One person's place; no craft means none."""

    person: str
    craft: str | None
    improvised: bool
    lacks: tuple[Shortfall, ...]  # the hazard of any return left out
    cut_off: bool
    moved: bool

    @property
    def state(self) -> str:
        """In one word."""
        if self.craft is None:
            return "none"
        return "improvised" if self.improvised else "degraded" if self.lacks or self.cut_off else "full"


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """What a plan costs, most important first: the order of the fields is the order of the comparison."""

    without_place: int
    cut_off: int
    loss_nano: int  # expected loss in 1e-9 people, if all have to leave now
    shortfalls: int
    moves: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A place for everyone, what it costs, and how its expected loss is made up."""

    rides: tuple[Ride, ...]
    cost: Cost
    weights: Mapping[str, float]  # hazard -> people who bear it, in expectation

    def loss(self, hazards: Mapping[str, Hazard]) -> tuple[float, float, float]:
        """Expected loss in people: low, median and high ends of all hazards together."""
        low = sum(w * hazards[h].low for h, w in self.weights.items())
        median = sum(w * hazards[h].median for h, w in self.weights.items())
        return low, median, sum(w * hazards[h].high for h, w in self.weights.items())

    def riders(self, craft: str) -> tuple[str, ...]:
        """Who rides in a craft."""
        return tuple(ride.person for ride in self.rides if ride.craft == craft)


@dataclass(frozen=True, slots=True)
class Decision:
    """The best plan of a moment, the second best, and the best with every number of riders in every craft."""

    now: Moment
    best: Plan
    second: Plan | None
    with_riders: Mapping[str, tuple[Plan | None, ...]]
    stay: Plan | None  # nobody moves, if that is possible


def decide(now: Moment, hazards: Mapping[str, Hazard]) -> Decision:
    """The best plan of a moment with the median probabilities."""
    medians = {id: hazard.median for id, hazard in hazards.items()}
    shares = search(now, medians)

    def plan(sharing: Sharing | None) -> Plan | None:
        return None if sharing is None else plan_of(now, medians, sharing.riders)

    best = plan(shares.best)
    assert best is not None  # noqa: S101  # a search always finds one
    counted = {
        craft.id: tuple(map(plan, row[: now.most(k) + 1]))
        for k, (craft, row) in enumerate(zip(now.crafts, shares.with_riders, strict=True))
    }
    return Decision(now, best, plan(shares.second), counted, _staying(now, medians))


def search(now: Moment, probabilities: Probabilities) -> Shares:
    """All sharings of a moment, searched with these probabilities."""
    return share_out(craft_costs(now, probabilities), _most(now), len(now.people), OUT)


def is_best(now: Moment, probabilities: Probabilities, riders: tuple[int, ...]) -> bool:
    """Whether a sharing is (one of) the best with these probabilities."""
    costs = craft_costs(now, probabilities)
    placed = sum(mask.bit_count() for mask in riders)
    own = sum(int(cost[mask]) for cost, mask in zip(costs, riders, strict=True)) + OUT * (len(now.people) - placed)
    return own <= least_cost(costs, _most(now), len(now.people), OUT)


def masks(now: Moment, plan: Plan) -> tuple[int, ...]:
    """The riders of each craft as bit masks."""
    return tuple(sum(1 << i for i, ride in enumerate(plan.rides) if ride.craft == craft.id) for craft in now.crafts)


def _most(now: Moment) -> int:
    return max((now.most(k) for k in range(len(now.crafts))), default=0)


def _nano(shortfalls: tuple[Shortfall, ...], probabilities: Probabilities) -> int:
    return sum(round(NANO * s.weight * probabilities[s.hazard]) for s in shortfalls)


def _packed(shortfalls: tuple[Shortfall, ...], probabilities: Probabilities) -> int:
    return LOSS * _nano(shortfalls, probabilities) + SHORT * len(shortfalls)


# --- costs of every set of riders -------------------------------------------------------------------------------------


def craft_costs(now: Moment, probabilities: Probabilities) -> list[Costs]:
    """For each craft the packed cost of every set of riders, NEVER where they do not fit."""
    return [_costs_of(now, k, probabilities) for k in range(len(now.crafts))]


def _costs_of(now: Moment, k: int, probabilities: Probabilities) -> Costs:
    craft, people = now.crafts[k], len(now.people)
    seat, more = _own_costs(now, k, probabilities)
    inside, riders, fits = _sets(people, min(now.most(k), people))
    total: Costs = inside.astype(np.int64) @ np.array(seat, dtype=np.int64)
    total = total + _improvising(inside, riders, more, now, k)
    each = [_packed(of_craft(now, craft, n), probabilities) for n in range(now.most(k) + 1)]
    total = total + riders * np.array(each, dtype=np.int64)[riders]
    for role in craft.needs:
        trained = np.array([role in person.roles for person in now.people], dtype=bool)
        missing = _packed((Shortfall("no_pilot", 1.0, ""),), probabilities)
        total = total + np.where((inside & trained).any(axis=1), 0, riders * missing)
    costs = np.full(1 << people, NEVER, dtype=np.int64)
    costs[fits] = total
    return costs


def _own_costs(now: Moment, k: int, probabilities: Probabilities) -> tuple[list[int], list[int]]:
    """For each person: a seat in this craft, and how much more an improvised place costs."""
    craft, seat, more = now.crafts[k], [], []
    away = CUT if craft.id in now.cut_off else 0
    for person in now.people:
        moved = MOVE if now.now_in[person.name] != craft.id else 0
        lacks = (*of_person(person, craft, False), RETURN)
        seat.append(_packed(lacks, probabilities) - SHORT + moved + away)
        more.append(_dearer(person, craft, probabilities) if now.pallets[k] else 0)
    return seat, more


def _dearer(person: Person, craft: RosterCraft, probabilities: Probabilities) -> int:
    """How much more an improvised place costs this person than a seat."""
    improvised, seat = of_person(person, craft, True), of_person(person, craft, False)
    return _packed(improvised, probabilities) - _packed(seat, probabilities)


@lru_cache(maxsize=64)
def _sets(people: int, most: int) -> tuple[Flags, Costs, Costs]:
    """Of all sets of at most so many people: who is inside, how many they are, and the masks."""
    sets = np.arange(1 << people, dtype=np.int64)
    inside = ((sets[:, None] >> np.arange(people)) & 1).astype(bool)
    riders = inside.sum(axis=1)
    fits = np.flatnonzero(riders <= most)
    return inside[fits], riders[fits], fits


def _improvising(inside: Flags, riders: Costs, more: list[int], now: Moment, k: int) -> Costs:
    """Extra cost of those who get no seat: the ones for whom that costs least."""
    pallets, seats = now.pallets[k], now.crafts[k].seats
    if not pallets:
        return np.zeros(riders.size, dtype=np.int64)
    extra = np.sort(np.where(inside, np.array(more, dtype=np.int64), NEVER), axis=1)[:, :pallets]
    best = np.where(riders <= seats, 0, NEVER)
    for n in range(1, pallets + 1):
        possible = (riders - n <= seats) & (riders >= n)
        total = extra[:, : min(n, extra.shape[1])].sum(axis=1)
        best = np.where(possible, np.minimum(best, np.where(possible, total, 0)), best)
    return np.asarray(best, dtype=np.int64)


# --- a sharing as a plan ----------------------------------------------------------------------------------------------


def plan_of(now: Moment, probabilities: Probabilities, riders: tuple[int, ...]) -> Plan:
    """The plan of a sharing, its cost added up anew from what each place lacks."""
    rides: list[Ride] = []
    places: dict[int, tuple[int, bool]] = {}
    for k, mask in enumerate(riders):
        members = [i for i in range(len(now.people)) if mask >> i & 1]
        for i, improvised in zip(members, _who_improvises(now, k, members, probabilities), strict=True):
            places[i] = (k, improvised)
    nano = 0
    weights: dict[str, float] = {}
    for i, person in enumerate(now.people):
        if i not in places:
            rides.append(Ride(person.name, None, False, (), False, now.now_in[person.name] is not None))
            continue
        k, improvised = places[i]
        craft = now.crafts[k]
        aboard = tuple(now.people[j] for j, (at, _) in places.items() if at == k)
        lacks = of_person(person, craft, improvised) + of_craft(now, craft, len(aboard)) + of_crew(craft, aboard)
        bears = (*lacks, RETURN)
        nano += _nano(bears, probabilities)
        for shortfall in bears:
            weights[shortfall.hazard] = weights.get(shortfall.hazard, 0.0) + shortfall.weight
        moved = now.now_in[person.name] != craft.id
        rides.append(Ride(person.name, craft.id, improvised, lacks, craft.id in now.cut_off, moved))
    cost = Cost(
        without_place=sum(ride.craft is None for ride in rides),
        cut_off=sum(ride.cut_off for ride in rides),
        loss_nano=nano,
        shortfalls=sum(len(ride.lacks) for ride in rides),
        moves=sum(ride.moved for ride in rides if ride.craft is not None),
    )
    return Plan(tuple(rides), cost, weights)


def _who_improvises(now: Moment, k: int, members: list[int], probabilities: Probabilities) -> list[bool]:
    """The cheapest choice of who gets no seat, as `_improvising` prices it."""
    craft = now.crafts[k]
    if not now.pallets[k]:
        return [False] * len(members)
    more = [_dearer(now.people[i], craft, probabilities) for i in members]
    order = sorted(range(len(members)), key=lambda j: more[j])
    counts = range(max(0, len(members) - craft.seats), min(now.pallets[k], len(members)) + 1)
    count = min(counts, key=lambda n: sum(more[j] for j in order[:n]))
    chosen = set(order[:count])
    return [j in chosen for j in range(len(members))]


def _staying(now: Moment, probabilities: Probabilities) -> Plan | None:
    """Everyone keeps the craft they have, if it is there and has the places."""
    riders = [0] * len(now.crafts)
    index = {craft.id: k for k, craft in enumerate(now.crafts)}
    for i, person in enumerate(now.people):
        k = index.get(now.now_in[person.name] or "")
        if k is None:
            return None
        riders[k] |= 1 << i
    if any(mask.bit_count() > now.most(k) for k, mask in enumerate(riders)):
        return None
    return plan_of(now, probabilities, tuple(riders))
