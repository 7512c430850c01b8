"""Skill of the watch in simulated worlds: `python benchmarks/skill/worlds.py --keep FILE [--years FILE] [--write]`.

0. The change statistic alone against an oracle and the least delay there can be without knowing the size, in worlds
   with just the filter's noise (kink.py, least.py, ratios.py, kinkpage.py).
1. Quiet station-years with all that happens aboard (years.py makes them; its file is read here).
2. Worlds with one leak each: delay, onset error, calibration of all that is reported (calibration.py).
3. The whole watch against an oracle that must stand the same worlds; error of the rate (against.py).
4. Hole or crack: what the followed flow tells of the law as pressure falls (laws.py).

Every piece of work is one line of --keep FILE (JSON); a run goes on where the file ends, and --minutes ends it.
--write puts the tables into docs/explanation/validation-worlds.md; --show makes them of what is there. Every line bears
a digest of the code that made it, and the page says which.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import calibration
import kink
import kinkpage
import world
import years
from world import Rates

import against
import laws

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-worlds.md"
Row = dict[str, Any]
Job = tuple[int, str, int, Callable[[], Row]]
LEAK_RATES = {"codes": Rates(fault=0.0, log_share=0.5), "smooth": Rates.none()}
"""What else happens in worlds with a leak: all but sensor faults, every docking told; and nothing."""


def jobs(leaks: int, months: int, each: int) -> Iterator[Job]:
    """Part, kind, seed and work, the parts taking turns, so that wherever it ends all have had their share."""
    ships = {"codes": world.coarse_ship(), "smooth": world.smooth_ship()}
    for k in range(len(kink.noises())):
        yield 0, kink.noises()[k].title, k, lambda k=k: kink.piece(k)
    turns = max(leaks, months, each)
    for turn in range(turns):
        for kind, ship in ships.items():
            for k in _part(leaks, turn, turns):
                yield 2, kind, k, lambda k=k, a=kind, b=ship: calibration.leak_piece(k, a, b, LEAK_RATES[a])
        for kind in against.KINDS:
            for k in _part(months, turn, turns):
                yield 3, f"{kind} quiet", k, lambda k=k, a=kind: against.quiet_piece(k, a, ships["smooth"])
            for k in _part(each * len(against.SIZES_KG_DAY), turn, turns):
                yield 3, f"{kind} leak", k, lambda k=k, a=kind: against.leak_piece(k, a, ships["smooth"])
        for k in _part(each * len(against.SIZES_KG_DAY), turn, turns):
            yield 4, "", k, lambda k=k: laws.piece(k, ships["smooth"])


def _part(count: int, turn: int, turns: int) -> range:
    """The share of `count` pieces that falls to one turn."""
    return range(count * turn // turns, count * (turn + 1) // turns)


def page(rows: Sequence[Row], quiet: Sequence[Row], command: str) -> str:
    """The page, in Markdown."""
    part = {k: [row for row in rows if row["part"] == k] for k in (0, 2, 3, 4)}
    codes = Counter(row["code"] for row in [*rows, *quiet])
    made = ", ".join(f"{n} by {c}" for c, n in codes.most_common())
    text = [
        "# What the watch reaches in simulated worlds",
        "",
        f"Made by `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, from several sittings; pieces of work by digest "
        f"of the code they ran: {made} (the code at hand is {years.digest()}). Threshold: one false alarm per "
        "station-year. The worlds are drawn from the project's own models with the vehicle file's own priors: they "
        "show whether the watch is calibrated against itself, not whether the models are right. For that see [real "
        "cabin air](validation-skill.md).",
        "",
    ]
    summary = [*kinkpage.short(part[0]), *against.short(part[3])]
    if summary:
        text += [
            "In short. Asked for: a mean delay of at most 1.05 times that of an oracle that knows the size, and an "
            "error of the rate of at most 1.15 times the Cramer-Rao bound. Ratios are with 95 % intervals.",
            "",
            *summary,
            "",
        ]
    for title, lines in (
        ("The change statistic alone, against an oracle", kinkpage.tables(part[0]) if part[0] else []),
        ("The whole watch, against an oracle in the same worlds", against.tables(part[3])),
        ("One leak: delay, onset, calibration", calibration.tables(part[2])),
        ("Hole or crack", laws.tables(part[4]) if part[4] else []),
        ("Quiet years", years.tables(quiet, years.MIX) if quiet else []),
    ):
        if lines:
            text += [f"## {title}", "", *lines, ""]
    return "\n".join(text).rstrip() + "\n"


def main() -> None:
    options = argparse.ArgumentParser(description="Skill of the watch in simulated worlds.")
    options.add_argument("--leaks", type=int, default=24, help="worlds of each kind with a leak, for calibration")
    options.add_argument("--months", type=int, default=3, help="quiet months of each kind for the oracle")
    options.add_argument("--each", type=int, default=3, help="leaks of each size against the oracle")
    options.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing after so long")
    options.add_argument("--keep", type=Path, help="JSON lines: what was done, and where to go on")
    options.add_argument("--years", type=Path, help="the file that years.py keeps")
    options.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options.add_argument("--show", action="store_true", help="only the tables of what the files hold")
    options.add_argument("--check", action="store_true", help="only compare the fast statistic with the watch's own")
    chosen = options.parse_args()
    if chosen.check:
        print(f"likelihood ratios of kink.py and of estimators.change differ by at most {kink.check():.2g}")
        return
    rows, start = years.read(chosen.keep), time.monotonic()
    done = {(row["part"], "" if row["part"] == 4 else row["kind"], row["seed"]) for row in rows}
    for part, kind, seed, work in [] if chosen.show else jobs(chosen.leaks, chosen.months, chosen.each):
        if time.monotonic() - start > 60.0 * chosen.minutes:
            break
        if (part, kind, seed) in done:
            continue
        rows.append(work())
        if chosen.keep:
            with chosen.keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    files = {str(p): p.name for p in (chosen.keep, chosen.years) if p}
    named = [files.get(a, a) for a in sys.argv[1:] if a != "--show"]
    text = page(rows, years.read(chosen.years), " ".join(["python benchmarks/skill/worlds.py", *named]))
    print(text)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
