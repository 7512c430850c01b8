"""Speed of finding seats: `python benchmarks/speed/seats.py [--rosters 40] [--write]`.

Random rosters of 12 people and 5 craft (3 to 5 places each, faults, improvised places, liners, suits and roles that do
not match): one whole decision, which is the best plan, the second best, and the best for every number of riders in
every craft, all exact. First and later decisions are timed apart: the first builds tables that depend only on how many
people and places there are. Each is the least of three. --write puts the table into
docs/explanation/validation-seats.md.
"""

import argparse
import os
import platform
import time
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import numpy as np

from hullwatch.response.seats.assignment import _disjoint, _pairs, _size, _subsets
from hullwatch.response.seats.decision import _sets, decide
from hullwatch.response.seats.moment import Moment, moment
from hullwatch.response.seats.sensitivity import sensitivity
from hullwatch.response.seats.timeline import timeline
from hullwatch.vehicle.facts import Figure
from hullwatch.vehicle.load import load_vehicle
from hullwatch.vehicle.roster import (
    Fault,
    Hazard,
    Heat,
    Improvised,
    Person,
    Port,
    Roster,
    RosterCraft,
    Span,
    Stay,
)
from hullwatch.vehicle.roster_load import load_roster

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-seats.md"
PEOPLE, CRAFT, ASKED_MS = 12, 5, 100.0
ALWAYS = Span(-inf, inf)


def any_roster(seed: int) -> Roster:
    """12 people, 5 craft: all there is to choose is drawn."""
    rng = np.random.default_rng(seed)
    crafts, faults, ports = [], [], []
    for k in range(CRAFT):
        soyuz = bool(rng.random() < 0.6)
        crafts.append(
            RosterCraft(
                f"C{k}", f"Craft {k}", "any", 3 if soyuz else 4, (Stay(f"p{k}", ALWAYS),), (f"C{k}",), f"C{k}",
                liner="kazbek" if soyuz else None,
                suit="sokol" if soyuz else "dragon",
                needs=("commander", "engineer"),
                improvised=(Improvised(1, ALWAYS, "c"),) if rng.random() < 0.5 else (),
            )
        )  # fmt: skip
        ports.append(Port(f"p{k}", f"port {k}", ("NODE", "LAB", "STORE")[k % 3], "any", "c"))
        if rng.random() < 0.5:
            heat = Heat(_k(rng, 300), _k(rng, 312), 3, _k(rng, 309), Figure(3.0, "c"))
            faults.append(Fault(f"C{k}", "heat", "no coolant", ALWAYS, heat))
    crew = tuple(
        Person(
            f"P{i}", f"C{int(rng.integers(CRAFT))}", ALWAYS,
            ("kazbek", None)[int(rng.integers(2))],
            ("sokol", "dragon")[int(rng.integers(2))],
            (("commander",), ("engineer",), ())[int(rng.integers(3))],
        )
        for i in range(PEOPLE)
    )  # fmt: skip
    kinds = ("return", "improvised", "no_liner", "no_suit", "no_pilot", "leak", "heat")
    hazards = {h: Hazard(h, p / 3, p, 3 * p, "c") for h, p in zip(kinds, 10 ** rng.uniform(-4, -1, 7), strict=True)}
    return Roster(
        "any", "any", "made up", Span(0.0, 1e6), load_vehicle("demo"), hazards, tuple(ports), tuple(crafts), crew,
        tuple(faults),
    )  # fmt: skip


def _k(rng: np.random.Generator, middle: float) -> Figure:
    return Figure(float(rng.normal(middle, 2.0)), "c")


def timed(now: Moment, hazards: dict[str, Hazard]) -> tuple[float, float]:
    """Processor time and time on the clock of one decision, ms."""
    cpu, clock = time.process_time(), time.perf_counter()
    decide(now, hazards)
    return 1e3 * (time.process_time() - cpu), 1e3 * (time.perf_counter() - clock)


def main() -> None:
    """Measure, print, and write if asked."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rosters", type=int, default=40)
    asked.add_argument("--write", action="store_true")
    options = asked.parse_args()
    first, later, sure = [], [], []
    for seed in range(options.rosters):
        roster = any_roster(seed)
        now = moment(roster, 0.0, frozenset(), {})
        fresh = []
        for _ in range(3):
            for cache in (_disjoint, _pairs, _size, _sets, _subsets):
                cache.cache_clear()
            fresh.append(timed(now, dict(roster.hazards)))
        first.append(min(fresh))
        later.append(min(timed(now, dict(roster.hazards)) for _ in range(3)))
        if seed < 4:
            best = decide(now, roster.hazards).best
            cpu = time.process_time()
            sensitivity(now, roster.hazards, best)
            sure.append(1e3 * (time.process_time() - cpu))
    case = load_roster("soyuz-ms-22")
    cpu = time.process_time()
    periods = len(timeline(case).periods)
    whole = 1e3 * (time.process_time() - cpu)

    def said(times: list[tuple[float, float]]) -> str:
        used, clock = np.array(times).T
        return (
            f"median {np.median(used):.0f} ms, worst {used.max():.0f} ms of processor time; "
            f"on the clock median {np.median(clock):.0f}, worst {clock.max():.0f} ms"
        )

    numbers = f"{PEOPLE} people, {CRAFT} craft"
    rows = [
        (f"one decision, {numbers}, first of a process ({len(first)} rosters)", said(first), f"{ASKED_MS:.0f} ms"),
        (f"one decision, {numbers}, later", said(later), f"{ASKED_MS:.0f} ms"),
        (f"how far every figure may move, {numbers}", f"median {np.median(sure):.0f} ms of processor time", "-"),
        (f"soyuz-ms-22 from beginning to end, {periods} decisions", f"{whole:.0f} ms of processor time", "-"),
    ]
    text = "| what | reached | asked |\n| --- | --- | --- |\n" + "".join(f"| {a} | {b} | {c} |\n" for a, b, c in rows)
    print(text)
    if options.write:
        made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        machine += f", Python {platform.python_version()}"
        head = f"Made by `python benchmarks/speed/seats.py --write`, {made}, {machine}."
        PAGE.write_text(f"# Speed of finding seats\n\n{head}\n\n{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
