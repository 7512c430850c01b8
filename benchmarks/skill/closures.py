"""Skill of the isolation plan: `python benchmarks/skill/closures.py [--quick] [--write]`.

Prints Markdown: closures against the exact optimum, time to isolation against half-split-then-sequential over random
leaks, and simulated searches with noisy gauges. `--write` puts it into docs/explanation/isolation-plan.md.
"""

import argparse
import itertools
import math
import platform
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hullwatch.physics.gas import AIR_GAMMA, AIR_MOLAR_MASS
from hullwatch.physics.orifice import orifice_flow, round_hole_area
from hullwatch.records import Interval
from hullwatch.response.isolation.advise import advise
from hullwatch.response.isolation.layout import Layout, lay_out
from hullwatch.response.isolation.search import lay, state_of, value
from hullwatch.response.isolation.simple import GREEDY, SEQUENTIAL, rule_tree
from hullwatch.response.isolation.state import Situation
from hullwatch.response.isolation.step import CLOSURES, Conditions
from hullwatch.response.isolation.tables import conditions
from hullwatch.response.isolation.together import together
from hullwatch.response.isolation.tree import Node, closure_at, final_cost, flat, outlook, plan_tree
from hullwatch.vehicle.facts import Vehicle
from hullwatch.vehicle.graph import default_open, pressure_groups
from hullwatch.vehicle.load import load_vehicle

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "isolation-plan.md"
RATE_KG_S = 54.0 / 86_400.0
PRESSURE_PA, TEMPERATURE_K = 99_992.0, 295.4  # 750 mmHg and some 22 degC, as on the station [c]
MARKS = ("<!-- closures -->", "<!-- end of closures -->")


@dataclass(frozen=True)
class Ship:
    """A group of compartments to search, with uniform prior."""

    vehicle: Vehicle
    inside: tuple[str, ...]
    layout: Layout
    people: tuple[int, ...]

    @property
    def full(self) -> int:
        return (1 << len(self.inside)) - 1

    @property
    def weight(self) -> np.ndarray:
        return np.full(len(self.inside), 1.0 / len(self.inside))

    def at(self, rate_kg_s: float) -> Conditions:
        air = self.vehicle.atmosphere
        now = Situation(
            Interval(rate_kg_s, rate_kg_s, rate_kg_s), {}, frozenset(), air.pressure_pa.value, air.temperature_k.value
        )
        return conditions(self.vehicle, now, self.inside)

    def tree(self, at: Conditions) -> Node:
        states = lay(self.layout, at, np.array([[self.full, self.full]]))
        _, _, best = value(states, self.weight)
        return plan_tree(states, best, state_of(states, self.full, self.full))


def ship_of(name: str, modules_only: bool = False, without: tuple[str, ...] = ()) -> Ship:
    """The largest open group of a vehicle; or all its modules, docked craft left out, with every hatch open."""
    vehicle = load_vehicle(name)
    every = frozenset(h.id for h in vehicle.hatches)
    opened = every if modules_only else default_open(vehicle)
    inside = max(pressure_groups(vehicle, opened), key=len)
    crews = [c for c in vehicle.crafts if any(m.craft == c.id for m in vehicle.crew)]
    homes = [c.returns for c in crews if c.returns]
    if modules_only:
        inside = tuple(c.id for c in vehicle.compartments if c.craft is None and c.id not in without)
        homes = [c.port for c in crews]
    layout, _ = lay_out(vehicle, inside, opened, homes, False)
    return Ship(vehicle, inside, layout, tuple(sum(m.craft == c.id for m in vehicle.crew) for c in crews))


# --- closures ---------------------------------------------------------------------------------------------------------


def optimum(layout: Layout, weight: np.ndarray, most: int | None = None) -> float:
    """Least mean number of closures, by a recursion of its own over sets of bits: any hatch inside may be asked.

    With `most`, the least among the orders that never take more; infinite if there is none.
    """
    n = len(weight)
    ends = [(int(a), int(b)) for a, b in layout.ends]
    kept: dict[tuple[int, int | None], float] = {}

    def side(cut: int) -> int:
        reached = {ends[cut][0]}
        while True:
            more = {
                b if a in reached else a
                for k, (a, b) in enumerate(ends)
                if k != cut and (a in reached) != (b in reached)
            }
            if not more:
                return sum(1 << k for k in reached)
            reached |= more

    beyond = [side(cut) for cut in range(len(ends))]  # in a part of a tree a hatch cuts the same, cut down to the part

    def best(nodes: int, left: int | None) -> float:
        if nodes & (nodes - 1) == 0:
            return 0.0
        if left is not None and nodes.bit_count() > 1 << left:
            return math.inf
        if (nodes, left) not in kept:
            parts = [nodes & beyond[k] for k, (a, b) in enumerate(ends) if nodes >> a & 1 and nodes >> b & 1]
            after = None if left is None else left - 1
            kept[nodes, left] = min(best(p, after) + best(nodes & ~p, after) for p in parts) + float(
                sum(weight[k] for k in range(n) if nodes >> k & 1)
            )
        return kept[nodes, left]

    return best((1 << n) - 1, most)


def closures_table(quick: bool) -> list[str]:
    ships = {
        "ISS 2024-04-10, modules without the ShK airlock": ship_of("iss-2024-04-10", True, ("MLM_SHK",)),
        "ISS 2024-04-10, all modules": ship_of("iss-2024-04-10", True),
        "ISS 2018-08-29, open group with its craft": ship_of("iss-2018-08-29"),
        "demo": ship_of("demo"),
    }
    lines = [
        "| ship, uniform prior | compartments | entropy, bit | optimum, mean | least worst, and its mean | "
        "plan for fewest closures: mean / worst | greedy halving: mean / worst | "
        "plan for least time, 54 kg/day: mean / worst |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, ship in ships.items():
        if quick and len(ship.inside) > 25:
            continue
        counting = ship.at(RATE_KG_S)._replace(aim=CLOSURES)
        plan = outlook(ship.layout, counting, flat(ship.tree(counting)), ship.weight)
        greedy = outlook(
            ship.layout, counting, flat(rule_tree(ship.layout, counting, ship.weight, ship.full, ship.full, GREEDY)),
            ship.weight,
        )  # fmt: skip
        timed = ship.at(RATE_KG_S)
        quickest = outlook(ship.layout, timed, flat(ship.tree(timed)), ship.weight)
        lines.append(
            f"| {name} | {len(ship.inside)} | {math.log2(len(ship.inside)):.2f} | "
            f"{optimum(ship.layout, ship.weight):.3f} | {_least_worst(ship)} | {plan.mean:.3f} / {plan.most} | "
            f"{greedy.mean:.3f} / {greedy.most} | {quickest.closures:.2f} / {quickest.most} |"
        )
    return lines


def _least_worst(ship: Ship) -> str:
    most = math.ceil(math.log2(len(ship.inside)))
    while math.isinf(found := optimum(ship.layout, ship.weight, most)):
        most += 1
    return f"{most}, {found:.3f}"


# --- time to isolation ------------------------------------------------------------------------------------------------


def rate_of(diameter_m: float) -> float:
    """kg/s of a round hole with a coefficient of 0.84 into vacuum."""
    area = 0.84 * round_hole_area(diameter_m, 1.0)
    return float(orifice_flow(PRESSURE_PA, 0.0, TEMPERATURE_K, AIR_MOLAR_MASS, AIR_GAMMA, area))


def time_to(ship: Ship, at: Conditions, tree: Node, compartment: int) -> tuple[float, bool]:
    """Time until a leak in this compartment is isolated by a plan, and whether it is by itself."""
    total, node = 0.0, tree
    while node.cut is not None and node.a is not None and node.b is not None:
        _, told = closure_at(ship.layout, at, node)
        here = bool(node.a.suspects >> compartment & 1)
        total += told.cost_a if here else told.cost_b
        node = node.a if here else node.b
    alone = node.suspects & (node.suspects - 1) == 0
    return total + (final_cost(ship.layout, at, node) if alone else 0.0), alone


def times_table(quick: bool) -> list[str]:
    lines = [
        "| ship | leaks | half first, then one by one | plan, step by step | shorter by | plan with all at once where "
        "better | shorter by | half of the leaks by at least | shut off with others: plan / half first |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in ("iss-2018-08-29", "iss-2024-04-10"):
        if quick and name == "iss-2024-04-10":
            continue
        ship = ship_of(name)
        rng = np.random.default_rng(8)
        number, bins = (1000, 24) if quick else (10_000, 24)
        diameter = np.exp(rng.uniform(math.log(1e-3), math.log(50e-3), number))
        where = rng.integers(0, len(ship.inside), number)
        edges = np.geomspace(1e-3, 50e-3, bins + 1)
        size = np.searchsorted(edges, diameter) - 1
        rows = []
        for k in range(bins):
            middle = math.sqrt(edges[k] * edges[k + 1])
            at = ship.at(rate_of(middle))
            tree = ship.tree(at)
            rule = rule_tree(ship.layout, at, ship.weight, ship.full, ship.full, SEQUENTIAL)
            once = together(ship.layout, at, ship.full, ship.full, ship.weight, ship.people).mean
            slow = once < outlook(ship.layout, at, flat(tree), ship.weight).mean
            for c in where[size == k]:
                ours, alone = time_to(ship, at, tree, int(c))
                theirs, by_itself = time_to(ship, at, rule, int(c))
                rows.append((middle, theirs, ours, once if slow else ours, alone, by_itself))
        table = np.array(rows, float)
        for words, least in (("", 0.0), (", above 2 mm", 2e-3), (", above 5 mm", 5e-3)):
            part = table[table[:, 0] > least]
            theirs, ours, advised = part[:, 1:4].mean(axis=0) / 60.0
            each = 1.0 - float(np.median(part[:, 3] / part[:, 1]))
            lines.append(
                f"| {name}{words} | {len(part)} | {theirs:.0f} min | {ours:.0f} min | {1 - ours / theirs:.0%} | "
                f"{advised:.0f} min | {1 - advised / theirs:.0%} | {each:.0%} | {1 - part[:, 4].mean():.1%} / "
                f"{1 - part[:, 5].mean():.1%} |"
            )
    return lines


# --- searches with noise ----------------------------------------------------------------------------------------------

SAMPLES = 24


@dataclass
class World:
    """What is true: the slope over the believed one, and warmth over the believed."""

    rate: float
    warmth: float


def side_ratio(
    rng: np.random.Generator, side: tuple[float, float, float, float], falls: bool, span: float, world: World
) -> np.ndarray:
    """Running log-likelihood ratio of "falls" to "holds" from one side's readings up to SAMPLES times.

    The reader weighs by the exact covariance of gauge noise and warmth, and believes `side`; truth differs by `world`.
    """
    slope, w, g, c = side
    if not math.isfinite(w):
        return np.zeros(SAMPLES)
    t = np.linspace(0.0, span, SAMPLES + 1)[1:]
    white = w / (t[1] - t[0])
    shape = warm_shape(span * c)
    sigma2 = (g / c) ** 2
    believed = np.linalg.cholesky(sigma2 * shape + white * np.eye(SAMPLES))
    true = np.linalg.cholesky(sigma2 * world.warmth**2 * shape + white * np.eye(SAMPLES))
    y = true @ rng.standard_normal(SAMPLES) - (slope * world.rate * t if falls else 0.0)
    seen, ramp = np.linalg.solve(believed, np.stack([y, -slope * t], axis=1)).T
    return np.cumsum(seen * ramp - 0.5 * ramp**2)


def warm_shape(u: float) -> np.ndarray:
    """Covariance of warmth at SAMPLES times over u correlation lengths, given its value at the start."""
    t = np.linspace(0.0, u, SAMPLES + 1)[1:]
    lag = np.abs(t[:, None] - t[None, :])
    start = (1 + t) * np.exp(-t)
    return (1 + lag) * np.exp(-lag) - np.outer(start, start)


def search(
    rng: np.random.Generator, ship: Ship, at: Conditions, tree: Node, true: int, world: World
) -> tuple[np.ndarray, int]:
    """Posterior over compartments at the end of a plan, and the suspects left; a search that contradicts itself is
    begun again, at most twice."""
    log_weight = np.log(ship.weight)
    node = tree
    for _ in range(3):
        node = tree
        while node.cut is not None and node.a is not None and node.b is not None:
            reading, told = closure_at(ship.layout, at, node)
            sides = ((reading.a, reading.one), (reading.b, reading.other))
            ratio = np.zeros(2)
            span = min(told.limit_s, 3.0 * reading.reading_s)
            for _ in range(max(1, math.ceil(3.0 * told.readings))):
                runs = np.stack([side_ratio(rng, side, bool(word >> true & 1), span, world) for word, side in sides])
                odds = ratio[0] - ratio[1] + runs[0] - runs[1]
                told_at = np.flatnonzero(np.abs(odds) >= at.enough)
                k = int(told_at[0]) if told_at.size else SAMPLES - 1
                ratio += runs[:, k]
                if told_at.size:
                    break
            for c in range(len(log_weight)):
                for side in (0, 1):
                    if sides[side][0] >> c & 1:
                        log_weight[c] += ratio[side]
            node = node.a if ratio[0] > ratio[1] else node.b
        posterior = np.exp(log_weight - np.logaddexp.reduce(log_weight))
        inside = sum(posterior[c] for c in range(len(posterior)) if node.suspects >> c & 1)
        if inside >= 0.95:
            break
    return posterior, node.suspects


def searches_table(quick: bool) -> list[str]:
    lines = [
        "| ship | world | searches | right, and believed to 95 % | believed to 95 % | right among these | "
        "expected calibration error |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    ship = ship_of("iss-2018-08-29")
    bins = 3 if quick else 12
    edges = np.geomspace(2e-3, 50e-3, bins + 1)
    plans = [ship.at(rate_of(math.sqrt(a * b))) for a, b in itertools.pairwise(edges)]
    trees = [ship.tree(at) for at in plans]
    for name, number, rate_sd, warmth in (
        ("as believed", 10_000, 0.0, 1.0), ("rate 15 % off", 3_000, 0.15, 1.0),
        ("rate 15 % off, unseen warmth half as large again", 3_000, 0.15, 1.5),
    ):  # fmt: skip
        number = 300 if quick else number
        rng = np.random.default_rng(5)
        belief, right = np.zeros(number), np.zeros(number, bool)
        for m in range(number):
            k = int(rng.integers(0, bins))
            true = int(rng.integers(0, len(ship.inside)))
            world = World(math.exp(rate_sd * rng.standard_normal()), warmth)
            posterior, suspects = search(rng, ship, plans[k], trees[k], true, world)
            belief[m] = sum(posterior[c] for c in range(len(posterior)) if suspects >> c & 1)
            right[m] = bool(suspects >> true & 1)
        sure = belief >= 0.95
        lines.append(
            f"| iss-2018-08-29 | {name} | {number} | {np.mean(sure & right):.2%} | {sure.mean():.2%} | "
            f"{right[sure].mean():.2%} | {calibration_error(belief, right):.4f} |"
        )
    return lines


def calibration_error(belief: np.ndarray, right: np.ndarray) -> float:
    """Mean distance of belief and share of right ones over ten bins of belief, weighted by their number."""
    which = np.minimum((belief * 10).astype(int), 9)
    return float(
        sum(abs(belief[which == b].mean() - right[which == b].mean()) * np.mean(which == b) for b in set(which))
    )


# --- speed ------------------------------------------------------------------------------------------------------------


def speed_lines(quick: bool) -> list[str]:
    name = "iss-2018-08-29" if quick else "iss-2024-04-10"
    vehicle = load_vehicle(name)
    opened = default_open(vehicle)
    group = max(pressure_groups(vehicle, opened), key=len)
    rate = Interval(RATE_KG_S, 0.8 * RATE_KG_S, 1.2 * RATE_KG_S)
    now = Situation(rate, dict.fromkeys(group, 1.0), opened, PRESSURE_PA, TEMPERATURE_K)
    demo = load_vehicle("demo")  # compiles what is timed below
    advise(demo, replace(now, probability={"NODE": 1.0, "LAB": 1.0}, open_hatches=default_open(demo)))
    begun = time.process_time()
    _, tables = advise(vehicle, now)
    first = time.process_time() - begun
    again, anew = [], 0
    for hatch in sorted(h.id for h in vehicle.hatches if h.id in opened and set(h.between) <= set(group)):
        moved = replace(now, open_hatches=opened - {hatch})
        begun = time.process_time()
        _, kept = advise(vehicle, moved, tables)
        again.append(time.process_time() - begun)
        anew += kept.states is not tables.states
    return [
        f"First plan for the {len(group)} open compartments of {name}: {first:.1f} s of processor time, "
        f"{tables.states.order.size} states. Plan after any one of its {len(again)} hatches was shut: median "
        f"{1e3 * float(np.median(again)):.0f} ms, longest {1e3 * max(again):.0f} ms; {anew} of "
        "them had to be worked out anew."
    ]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--write", action="store_true")
    options = asked.parse_args()
    lines: list[str] = []
    for title, table in (
        ("Closures", closures_table), ("Time to isolation, holes of 1 to 50 mm", times_table),
        ("Searches with noise, holes of 2 to 50 mm", searches_table), ("Speed", speed_lines),
    ):  # fmt: skip
        part = [f"### {title}", "", *table(options.quick), ""]
        print("\n".join(part), flush=True)
        lines += part
    lines.append(
        f"Made by `python benchmarks/skill/closures.py --write` on {platform.machine()}, {time.strftime('%Y-%m-%d')}."
    )
    if options.write:
        page = PAGE.read_text("utf-8")
        head, _, rest = page.partition(MARKS[0])
        _, _, tail = rest.partition(MARKS[1])
        PAGE.write_text("\n".join([head + MARKS[0], "", *lines, "", MARKS[1] + tail]), "utf-8")


if __name__ == "__main__":
    main()
