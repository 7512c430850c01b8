"""Time and memory of the verbs that read whole records: `python benchmarks/record/carrying.py [--write]`.

A record of that many rows, of which two copies went different ways half way: the watch's rows are in both, each has a
word of its own after every thousand of them. Each verb runs in a process of its own. --write: into docs.
"""

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from verify import BATCH, trend

from hullwatch.incident.store import open_record
from hullwatch.records import Event

PAGE = Path(__file__).parents[2] / "docs/explanation/record.md"
BEGIN, END = "<!-- carrying -->\n", "\n<!-- end of carrying -->"
FEW = 10_000  # the same with so few rows, to show what grows
RUN = (
    "import atexit, json, resource, sys; from hullwatch.cli.program import main;"
    "used = lambda: resource.getrusage(resource.RUSAGE_SELF);"
    "atexit.register(lambda: print('\\n' + json.dumps([used().ru_utime + used().ru_stime, used().ru_maxrss])));"
    "main()"
)
WORDS_EVERY = 1_000
VERBS = (
    ("verify", "one.sqlite"),
    ("show", "one.sqlite"),
    ("compare", "one.sqlite", "other.sqlite"),
    ("merge", "one.sqlite", "other.sqlite", "--out", "both.sqlite", "--by", "Ann"),
    ("verify", "both.sqlite"),
    ("export", "one.sqlite", "--to", "one.jsonl"),
    ("export", "one.sqlite", "--to", "one.parquet"),
    ("import", "one.jsonl", "--out", "again.sqlite"),
    ("archive", "one.sqlite", "--before", "2100-01-01", "--to", "old.jsonl", "--out", "small.sqlite", "--by", "Ann"),
    ("verify", "small.sqlite", "--moved", "old.jsonl"),
)


def events(rows: int, hatch_open: bool) -> Iterator[Event]:
    """A copy: `rows` rows of the watch, and in the second half a word of this copy's own now and then."""
    for k in range(rows):
        yield trend(k)
        if k >= rows // 2 and k % WORDS_EVERY == WORDS_EVERY // 2:
            said = {"hatch": "door", "open": hatch_open, "by": "Ann" if hatch_open else "Boris", "centre": None}
            yield Event(trend(k).time_s, "hatch_report", None, said)


def make(place: Path, rows: int) -> None:
    """Both copies."""
    for name, hatch_open in (("one", True), ("other", False)):
        with open_record(str(place / f"{name}.sqlite")) as record:
            batch: list[Event] = []
            for event in events(rows, hatch_open):
                batch.append(event)
                if len(batch) == BATCH:
                    record.append(batch)
                    batch = []
            record.append(batch)


def measured(place: Path, rows: int) -> list[tuple[float, float, str]]:
    """Processor time, s, memory, MB, and what each verb said first."""
    # a process of its own: a child is said to have held what its parent held when it began
    subprocess.run([sys.executable, __file__, "--make", str(place), "--rows", str(rows)], check=True)  # noqa: S603
    found = []
    for verb, *words in VERBS:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", RUN, "record", verb, *words],
            cwd=place, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 2):  # 2: they contradict, which they do
            raise SystemExit(f"{verb}: {done.stderr}")
        *said, _, used = done.stdout.strip().split("\n")
        spent, most_kb = json.loads(used)
        found.append((spent, most_kb / 1e3, said[0]))
        print(f"{rows} {verb} {spent:.1f} s {most_kb / 1e3:.0f} MB: {said[0]}", file=sys.stderr)
    return found


def table(rows: int, size: int, few: list[tuple[float, float, str]], many: list[tuple[float, float, str]]) -> str:
    """Markdown."""
    lines = [
        f"| `hullwatch record` | {rows:,} rows: processor time | memory | {FEW:,} rows: memory |",
        "| --- | ---: | ---: | ---: |",
    ]
    for (verb, *words), (_, less, _), (spent, most, _) in zip(VERBS, few, many, strict=True):
        shown = " ".join(w for w in words if w not in ("--by", "Ann", "--before", "2100-01-01"))
        lines.append(f"| {verb} {shown} | {spent:.0f} s | {most:.0f} MB | {less:.0f} MB |")
    day = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"
    made = f"Made by `python benchmarks/record/carrying.py --rows {rows} --write`, {day}, Python "
    made += f"{platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; `one.sqlite` has "
    return "\n".join([*lines, "", f"{made}{size / 1e6:.0f} MB."])


def main() -> None:
    """Run, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--make", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(Path(asked.make), asked.rows)
        return
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        few, many = measured(Path(small), FEW), measured(Path(large), asked.rows)
        text = table(asked.rows, (Path(large) / "one.sqlite").stat().st_size, few, many)
    print(text)
    if asked.write:
        page = PAGE.read_text("utf-8")
        start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
        PAGE.write_text(page[:start] + "\n" + text + "\n" + page[end:], "utf-8")


if __name__ == "__main__":
    main()
