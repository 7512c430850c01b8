"""Inputs that nobody well-meaning gives: `python benchmarks/hostile --inputs 1000000 --seed 1 [--kinds a,b] [--write]`.

Every input must be accepted, or refused by an error that people can read, within limits of processor time and memory.
Inputs are drawn from seed, kind and number: `--only KIND:NUMBER` makes one again and says what comes of it. Each kind
runs in a process of its own, so that a crash of the interpreter itself is seen, counted and gone on from.
--write puts the table into docs/explanation/validation-hostile.md.
"""

# ruff: noqa: E501, PLC0415, S108, S603  # the process that counts imports nothing of what is tried

import argparse
import json
import mmap
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
PAGE = HERE.parents[1] / "docs/explanation/validation-hostile.md"
STALLED_S = 120.0
"""A process whose input does not change for so long, by the clock, hangs."""
INVALID = 70
"""Exit code of a process whose valid input is refused: nothing would be tested."""
SHOWN = 12
"""Sorts of wrong outcomes printed of a kind."""
PROGRESS = struct.Struct("<qqqd")  # number of the input at work, accepted, refused, slowest


def main() -> int:
    """Run all kinds, or one of them in this process."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--inputs", type=int, default=20_000, help="over all kinds together")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--kinds", default="", help="names joined by commas; all when not given")
    asked.add_argument("--only", default="", metavar="KIND:NUMBER", help="one input: left in ./hostile-input")
    asked.add_argument("--write", action="store_true", help="put the table into the docs")
    asked.add_argument("--child", nargs=4, metavar=("KIND", "FROM", "TO", "FILE"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.child:
        return child(given.child[0], int(given.child[1]), int(given.child[2]), Path(given.child[3]), given.seed)
    import every_kind as kinds

    if given.only:
        return again(kinds.BY_NAME[given.only.partition(":")[0]], int(given.only.partition(":")[2]), given.seed)
    chosen = [kinds.BY_NAME[name] for name in given.kinds.split(",")] if given.kinds else list(kinds.KINDS)
    total = sum(kind.share for kind in chosen)
    begun, rows, wrong = time.monotonic(), [], 0
    for kind in chosen:
        found = one_kind(kind.name, max(1, round(given.inputs * kind.share / total)), given.seed)
        wrong += sum(found["wrong"].values())
        rows.append((kind, found))
        print(row(kind, found), flush=True)
        for said, count in found["wrong"].most_common(SHOWN):
            print(f"    WRONG {count} times, first {kind.name}:{found['first'][said]}: {said}"[:300], flush=True)
    text = table(rows, given, time.monotonic() - begun)
    print("\n" + text)
    if given.write:
        before, _, rest = PAGE.read_text("utf-8").partition("<!-- hostile -->\n")
        after = rest.partition("<!-- end of hostile -->")[2]
        PAGE.write_text(f"{before}<!-- hostile -->\n\n{text}\n<!-- end of hostile -->{after}", "utf-8")
    return 1 if wrong else 0


def child(name: str, start: int, stop: int, file: Path, seed: int) -> int:
    """Try inputs of one kind and note in a shared file how far it has come; wrong ones are said as lines of JSON."""
    import every_kind as kinds
    import judging

    kind = kinds.BY_NAME[name]
    with (
        tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder,
        file.open("r+b") as opened,
    ):
        shared = mmap.mmap(opened.fileno(), PROGRESS.size)
        place = Path(folder)
        first = judging.tried(kind, kind.valid(), place, 600.0)  # what is compiled at first use is compiled here
        if not first.accepted:
            print(f"a valid input of {name} is refused: {first}", file=sys.stderr)
            return INVALID
        judging.limit_memory()
        accepted, refused, slowest = 0, 0, 0.0
        for index in range(start, stop):
            PROGRESS.pack_into(shared, 0, index, accepted, refused, slowest)
            outcome = judging.tried(kind, kind.make(judging.number(seed, name, index)), place)
            accepted += outcome.accepted and not outcome.wrong
            refused += not outcome.accepted and not outcome.wrong
            slowest = max(slowest, outcome.spent_s)
            if outcome.wrong:
                print(json.dumps([index, outcome.wrong]), flush=True)
        PROGRESS.pack_into(shared, 0, stop, accepted, refused, slowest)
    return 0


def one_kind(name: str, count: int, seed: int) -> dict[str, Any]:
    """All inputs of a kind, in processes that are started again behind an input that ended one."""
    found: dict[str, Any] = {
        "accepted": 0,
        "refused": 0,
        "slowest": 0.0,
        "wrong": Counter(),
        "first": {},
        "cpu_s": 0.0,
        "count": count,
    }
    start = 0
    before = os.times()
    with tempfile.TemporaryDirectory() as folder:
        while start < count:
            progress, said, noise = (Path(folder) / part for part in ("progress", "said", "noise"))
            progress.write_bytes(PROGRESS.pack(start, 0, 0, 0.0))
            with said.open("wb") as out, noise.open("wb") as err:
                command = [
                    sys.executable,
                    str(HERE),
                    "--seed",
                    str(seed),
                    "--child",
                    name,
                    str(start),
                    str(count),
                    str(progress),
                ]
                process = subprocess.Popen(
                    command,
                    stdout=out,
                    stderr=err,
                    env=os.environ | {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"},
                )
                why = watched(process, progress)
            at, accepted, refused, slowest = PROGRESS.unpack(progress.read_bytes())
            found["accepted"] += accepted
            found["refused"] += refused
            found["slowest"] = max(found["slowest"], slowest)
            for line in said.read_text("utf-8").splitlines():
                index, what = json.loads(line)
                found["wrong"][what] += 1
                found["first"].setdefault(what, index)
            if why:
                last = noise.read_text("utf-8", "replace").strip().splitlines()[-1:] or [""]
                what = f"{why}: {last[0][:200]}"
                found["wrong"][what] += 1
                found["first"].setdefault(what, at)
                at += 1
            start = at
    after = os.times()
    found["cpu_s"] = after.children_user + after.children_system - before.children_user - before.children_system
    return found


def watched(process: "subprocess.Popen[bytes]", progress: Path) -> str:
    """Wait for the process; why it ended before its last input, or ""."""
    last, since = -1, time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        at = PROGRESS.unpack(progress.read_bytes())[0]
        if at != last:
            last, since = at, time.monotonic()
        elif time.monotonic() - since > STALLED_S:
            process.kill()
            process.wait()
            return f"no end after {STALLED_S:g} s"
    if process.returncode == INVALID:
        sys.exit((progress.parent / "noise").read_text("utf-8"))
    return "" if process.returncode == 0 else f"the process ended with {process.returncode}"


def again(kind: Any, index: int, seed: int) -> int:
    """Make one input again, leave it in ./hostile-input, and let what it raises come through."""
    import judging

    files = kind.make(judging.number(seed, kind.name, index))
    folder = Path("hostile-input")
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
        print(f"{folder / name}: {len(data)} bytes, beginning {data[:300]!r}")
    kind.read(folder)
    print("accepted")
    return 0


def row(kind: Any, found: dict[str, Any]) -> str:
    """A line of the table."""
    wrong = sum(found["wrong"].values())
    cells = (
        f"{kind.name}: {kind.about}", f"{found['count']:,}", f"{found['accepted']:,}", f"{found['refused']:,}", f"{wrong}",
        f"{found['slowest'] * 1e3:.0f} ms", f"{found['count'] / max(found['cpu_s'], 1e-3):,.0f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def table(rows: list[tuple[Any, dict[str, Any]]], given: argparse.Namespace, took_s: float) -> str:
    """The table, and how it was made."""
    count, accepted, refused = (sum(found[name] for _, found in rows) for name in ("count", "accepted", "refused"))
    wrong = sum(sum(found["wrong"].values()) for _, found in rows)
    return "\n".join([
        "| inputs | given | accepted | refused in words | anything else | slowest, processor time | a second |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(row(kind, found) for kind, found in rows),
        f"| **all** | **{count:,}** | **{accepted:,}** | **{refused:,}** | **{wrong}** | | |",
        "",
        f"Made by `python benchmarks/hostile --inputs {given.inputs} --seed {given.seed}` in {took_s / 60:.0f} min, "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC.",
        "",
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
