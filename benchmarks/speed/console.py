"""Speed of the console: `python benchmarks/speed/console.py [--viewers 200] [--seconds 20] [--write]`.

A server in this process over a record that grows; the viewers in another process, each on a socket of its own. Every
viewer must get every row. Then the night of Soyuz MS-09 at 60 times its pace: from a block of telemetry handed to the
watch to its verdict at a viewer. --write puts the table into docs/explanation/validation-console.md.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from hullwatch.cli.simulating import play_scenario
from hullwatch.console.app import Access, create_app
from hullwatch.console.client import Console
from hullwatch.console.desk import Desk, Link
from hullwatch.console.history import History
from hullwatch.console.readings import Readings
from hullwatch.console.serving import GRAIN_S, Paced, Pacer, Server, WatchThread, host_names, open_door
from hullwatch.console.view import Moment, view
from hullwatch.incident.store import open_record
from hullwatch.records import Event, Samples
from hullwatch.simulation.load import load_scenario, ship_of
from hullwatch.telemetry.files import open_source
from hullwatch.units import utc_seconds
from hullwatch.watch import run

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-console.md"
CASE, FROM_UTC, TO_UTC = "soyuz-ms-09", "2018-08-29T19:10:00Z", "2018-08-29T20:00:00Z"
KINDS = {
    "verdict": ("incident_opened", "incident_state", "alarm", "estimate"),
    "advice": ("advice", "crew_time", "clearance", "return_question"),
}
ROWS: list[tuple[str, str, str]] = []


def row(what: str, got: str, asked: str = "") -> None:
    ROWS.append((what, got, asked))
    print(f"{what:64} {got:34} {asked}", flush=True)


class Running:
    """A server in a thread."""

    def __init__(self, desk: Desk) -> None:
        desk.catch_up()
        door = open_door("127.0.0.1", 0)
        self.port = door.getsockname()[1]
        freely = ((1e9, 1e9), (1e9, 1e9))
        app = create_app(desk, Access(host_names("127.0.0.1", self.port, [])), freely)
        config = uvicorn.Config(app, log_level="critical", access_log=False, ws="none", timeout_graceful_shutdown=2)
        self.server = Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [door]}, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10.0)


# --- many viewers -----------------------------------------------------------------------------------------------------


async def look(port: int, after: int, until: int, waits: list[float]) -> int:
    """One viewer: how many rows it got, in order; waits: the clock now less the clock each was written by."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(f"GET /api/v1/stream?after={after} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    got, name = 0, b""
    async for line in reader:
        if line.startswith(b"event: "):
            name = line.strip()
        elif line.startswith(b"data: ") and name == b"event: row":
            said = json.loads(line[6:])
            if said["seq"] != after + got + 1:
                break
            got += 1
            waits.append(time.time() - said["data"]["written_s"])
            if said["seq"] >= until:
                break
    writer.close()
    return got


async def looks(port: int, after: int, until: int, viewers: int) -> None:
    waits: list[float] = []
    got = await asyncio.gather(*(look(port, after, until, waits) for _ in range(viewers)))
    waits.sort()
    print(
        json.dumps(
            {
                "missed": [until - after - n for n in got if n != until - after],
                "waits": waits[:: max(1, len(waits) // 2000)],
            }
        )
    )


def many(viewers: int, seconds: float, folder: Path) -> None:
    """Rows at ten a second, as a watch that plays a leak at 60 times its pace writes them."""
    with open_record(str(folder / "many.sqlite")) as record:
        record.append([Event(1.9e9, "watch_started", None, {"compartments": [], "hatches": []})])
        desk = Desk(record)
        running = Running(desk)
        count = int(seconds * 10)
        command = [sys.executable, __file__, "--look", str(running.port), "1", str(1 + count), str(viewers)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        while desk_viewers(running) < viewers:
            time.sleep(0.05)
        begun, spent = time.perf_counter(), time.process_time()
        appends = []
        for k in range(count):
            at = time.perf_counter()
            record.append([Event(1.9e9 + k, "quality", None, {"written_s": time.time(), "why": "x" * 800})])
            desk.grown()
            appends.append(time.perf_counter() - at)
            time.sleep(max(0.0, begun + (k + 1) / 10.0 - time.perf_counter()))
        out, _ = process.communicate(timeout=120.0)
        took, spent = time.perf_counter() - begun, time.process_time() - spent
        running.stop()
    said = json.loads(out)
    missed, waits = sum(said["missed"]), said["waits"]
    row(f"rows missed by {viewers} viewers of {count} rows each", str(missed), "0")
    row("row written to row at a viewer, median", f"{1e3 * statistics.median(waits):.0f} ms")
    row("  the slowest of 100 viewers' rows", f"{1e3 * waits[int(0.99 * len(waits))]:.0f} ms", "< 250 ms")
    row("server's share of one core meanwhile", f"{100.0 * spent / took:.0f} %")
    row(
        f"processor time of the server for one row to all {viewers}, its view and clock with it",
        f"{1e3 * spent / count:.0f} ms",
    )
    row("one row written while all look, median", f"{1e3 * statistics.median(appends):.1f} ms")


def desk_viewers(running: Running) -> int:
    return int(running.server.config.app.state.feed.viewers)


# --- any moment -------------------------------------------------------------------------------------------------------


def moments(telemetry: Path, ship: object) -> None:
    """The view at moments of a record of 3,000 rows."""
    events: list[Event] = []
    run(open_source(str(telemetry), ship), ship, 1.0, events.extend)
    rows = list(enumerate([*events, *[e for e in events if e.kind in ("trend", "estimate")]][:3_000], 1))
    with tempfile.TemporaryDirectory() as folder, open_record(f"{folder}/r.sqlite") as record:
        record.append([event for _, event in rows])
        desk = Desk(record)
        desk.catch_up()
        waits = []
        for seq in range(1, len(rows), 37):
            begun = time.perf_counter()
            json.dumps(desk.view(seq))
            waits.append(time.perf_counter() - begun)
    row(f"view at any of {len(rows)} rows, from the record: median", f"{1e3 * statistics.median(waits):.0f} ms")
    row("  the slowest", f"{1e3 * max(waits):.0f} ms", "< 50 ms")
    history = History(lambda after, limit: rows[after : after + limit])
    begun = time.process_time()
    history.take(rows)
    row("taking in one row", f"{1e6 * (time.process_time() - begun) / len(rows):.0f} us")
    begun = time.process_time()
    size = len(json.dumps(view(history.now, Moment())))
    row(f"making the view, and its JSON of {size / 1e3:.0f} kB", f"{1e3 * (time.process_time() - begun):.1f} ms")


# --- a verdict on its way ---------------------------------------------------------------------------------------------


def verdict(telemetry: Path, ship: object, folder: Path) -> None:
    """The night at 60 times its pace: when each moment of data was handed over, when its rows were at a viewer."""
    handed: list[tuple[float, float]] = []
    given: list[float] = []  # when the watch gave each row
    arrived: dict[int, tuple[str, float, float]] = {}
    with open_record(str(folder / "verdict.sqlite")) as record:
        desk = Desk(record, Readings(), Link(60.0, 60.0 * GRAIN_S))

        def heard(block: Samples) -> None:
            desk.heard(block)
            handed.append((float(block.time_s.max()), time.perf_counter()))
            if handed[-1][0] > utc_seconds(TO_UTC):
                pacer.stop.set()

        pacer = Pacer(60.0, utc_seconds(FROM_UTC), heard)

        def keep(events: tuple[Event, ...]) -> None:
            if events:
                given.extend([time.perf_counter()] * len(events))
            record.append(events)
            desk.grown()

        thread = WatchThread(desk, lambda: run(Paced(open_source(str(telemetry), ship), pacer), ship, 1.0, keep), pacer)
        running = Running(desk)
        thread.start()
        for message in Console(f"http://127.0.0.1:{running.port}").follow(after=0):
            if message.event == "row":
                arrived[message.data["seq"]] = (message.data["kind"], message.data["time_s"], time.perf_counter())
                if message.data["kind"] == "watch_ended":
                    break
        thread.end()
        running.stop()
    waits: dict[str, list[tuple[float, float]]] = {"verdict": [], "advice": [], "other": []}
    for seq, (kind, time_s, at) in arrived.items():
        if kind != "watch_ended" and utc_seconds(FROM_UTC) + 60.0 < time_s < handed[-1][0]:
            # a frame is judged once a reading of the next one shows that it is over: the block that ended it counts
            at_hand = next(wall for data_s, wall in handed if data_s > time_s)
            name = next((name for name, kinds in KINDS.items() if kind in kinds), "other")
            waits[name].append((given[seq - 1] - at_hand, at - given[seq - 1]))
    for name, words in (
        ("verdict", "incident, state, alarm, estimate"), ("advice", "what to do next, planned from it"),
        ("other", "other rows"),
    ):  # fmt: skip
        whole, watch, console = (sorted(f(w) for w in waits[name]) for f in (sum, lambda w: w[0], lambda w: w[1]))
        asked = "< 250 ms" if name == "verdict" else ""
        row(
            f"telemetry handed over to row at a viewer: {words}, {len(whole)}",
            f"{1e3 * statistics.median(whole):.0f} ms",
            asked,
        )
        row("  the slowest", f"{1e3 * whole[-1]:.0f} ms", asked)
        row(
            "  of that in the watch: median, slowest", f"{1e3 * statistics.median(watch):.0f}, {1e3 * watch[-1]:.0f} ms"
        )
        row("  of that in the console", f"{1e3 * statistics.median(console):.0f}, {1e3 * console[-1]:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", default="", help="many, moments or verdict")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--look", nargs=4, type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.look:
        asyncio.run(looks(*asked.look))
        return
    with tempfile.TemporaryDirectory() as folder:
        case = load_scenario(CASE)
        telemetry, _ = play_scenario(case, Path(folder))
        for name, measure in (
            ("many", lambda: many(asked.viewers, asked.seconds, Path(folder))),
            ("moments", lambda: moments(telemetry, ship_of(case))),
            ("verdict", lambda: verdict(telemetry, ship_of(case), Path(folder))),
        ):  # fmt: skip
            if asked.only in ("", name):
                measure()
    if asked.write:
        write(asked.viewers)


def write(viewers: int) -> None:
    lines = ["| what | measured | asked |", "| --- | --- | --- |", *(f"| {' | '.join(one)} |" for one in ROWS)]
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    head = PAGE.read_text("utf-8").split("<!-- speed -->")[0] if PAGE.is_file() else "# The console, measured\n\n"
    command = f"python benchmarks/speed/console.py --viewers {viewers} --write"
    load = f"load average {os.getloadavg()[0]:.1f} at the end: other work ran beside it where that is above 1"
    made = f"Made by `{command}` on {datetime.now(UTC):%d %B %Y}, {machine}; {load}."
    PAGE.write_text(f"{head}<!-- speed -->\n\n{made}\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
