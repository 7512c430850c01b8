"""Speed of the console's page in headless Chromium: `python benchmarks/speed/page.py [--times 20] [--write]`.

Needs playwright, Chromium and the built page. A real console serves a record of a short case on loopback; the day of
channels for the redraw is made up and put in the place of the server's answer. Times are clock times of this machine.
--write puts the table into docs/explanation/validation-page.md.
"""

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests/console"))

from browsing import CHROMIUM, missing
from serving_one import Served, served

from hullwatch.incident.store import open_record
from hullwatch.records import Event
from short_cases import HATCHES
from watching import Cases

PAGE = Path(__file__).parents[2] / "docs/explanation/validation-page.md"
DAY_S, CHANNELS = 86_400, 8
ROWS: list[tuple[str, str, str]] = []
SEEN = """([selector]) => {
  window.changes = [];
  const look = () => document.querySelector(selector)?.textContent ?? "";
  let before = look();
  new MutationObserver(() => {
    if (look() !== before) { before = look(); requestAnimationFrame(() => window.changes.push(Date.now())); }
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def row(what: str, got: list[float], unit: str, asked: str) -> None:
    ROWS.append(
        (what, f"{statistics.median(got):.0f} {unit} ({min(got):.0f} to {max(got):.0f}, {len(got)} times)", asked)
    )


def first_paint(browser: Any, one: Served, times: int) -> None:
    """From the click to the verdict on the screen, and all bytes by then, each time in a fresh profile."""
    took, weight, heap = [], [], []
    for _ in range(times):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(one.address)
        page.wait_for_selector("#verdict")
        took.append(page.evaluate("performance.getEntriesByName('view drawn')[0].startTime"))
        page.wait_for_timeout(1000)  # until plots and channels have been asked for
        weight.append(page.evaluate(
            "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]"
            ".filter(e => !e.name.includes('stream')).reduce((sum, e) => sum + e.transferSize, 0)"
        ) / 1000.0)  # fmt: skip
        heap.append(page.evaluate("performance.memory.usedJSHeapSize") / 1e6)
        context.close()
    row("first useful paint: verdict and answers drawn", took, "ms", "under 1000 ms")
    row("bytes over the wire, plots and channels included", weight, "kB", "under 1000 kB")
    row("JavaScript heap", heap, "MB", "")


def redraw(browser: Any, one: Served, times: int) -> None:
    """A day at 1 Hz of eight channels, drawn anew."""
    time_s = np.arange(DAY_S) + 1.9e9
    noise = np.random.default_rng(1).normal(0.0, 0.05, (CHANNELS, DAY_S))
    body = json.dumps({
        "time_s": time_s.tolist(),
        "channels": [
            {"id": f"c{k}", "name": f"Gauge {k}", "quantity": "pressure", "unit": "mmHg",
             "value": np.round(745.0 - time_s % 1e5 / 1e4 + noise[k] + k, 3).tolist()}
            for k in range(CHANNELS)
        ],
    })  # fmt: skip
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.route("**/api/v1/channels*", lambda route: route.fulfill(body=body, content_type="application/json"))
    page.goto(one.address)
    page.wait_for_selector(".gauges canvas")
    for _ in range(times):
        before = page.evaluate("performance.getEntriesByName('gauges drawn').length")
        page.keyboard.press("z")
        page.wait_for_function("n => performance.getEntriesByName('gauges drawn').length > n", arg=before)
    took = page.evaluate("performance.getEntriesByName('gauges drawn').map(e => e.duration)")
    page.close()
    row(f"{CHANNELS} channels of 24 h at 1 Hz, first draw", took[:1], "ms", "")
    row(f"{CHANNELS} channels of 24 h at 1 Hz, drawn again", took[1:], "ms", "under 60 ms")


def delay(browser: Any, one: Served, events: tuple[Event, ...]) -> None:
    """From the row in the record to the changed rate on the screen."""
    from playwright.sync_api import TimeoutError as Late

    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(one.address)
    page.wait_for_function("() => document.querySelector('[data-key=link]')?.innerText.includes('live')")
    page.evaluate(SEEN, ["#how-much .big"])
    took, before = [], ""
    for event in events:
        shown = json.dumps(event.data.get("rate_kg_day"))
        if event.kind != "estimate" or shown == before:
            one.record.append([event])
            continue
        before = shown
        page.wait_for_timeout(400)
        count = page.evaluate("window.changes.length")
        wrote = time.time()
        one.record.append([event])
        one.desk.grown()
        try:
            page.wait_for_function("n => window.changes.length > n", arg=count, timeout=2_000)
        except Late:  # the rate is the same to three digits: nothing was to be shown
            continue
        took.append((page.evaluate("n => window.changes[n]", count) / 1000.0 - wrote) * 1e3)
    page.close()
    row("from the row of the record to the rate on the screen", took, "ms", "under 250 ms")


def table() -> str:
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    lines = [
        "| what | median (least to most) | asked for |",
        "| --- | --- | --- |",
        *(f"| {a} | {b} | {c} |" for a, b, c in ROWS),
    ]
    made = f"Made by `python benchmarks/speed/page.py`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}, "
    return "\n".join([*lines, "", made + "headless Chromium, software rendering.", ""])


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--times", type=int, default=10)
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    if why := missing():
        sys.exit(why)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        night = Cases(Path(folder)).watched(HATCHES).events
        half = next(k for k, event in enumerate(night) if event.kind == "crew_time") + 1
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])

        def over(count: int, measure: Callable[[Served], None]) -> None:
            path = str(Path(folder) / f"{measure.__name__}.sqlite")
            with open_record(path) as record:
                record.append(night[:count])
            one = served(path)
            try:
                measure(one)
            finally:
                one.stop()

        def paint(one: Served) -> None:
            first_paint(browser, one, given.times)

        def again(one: Served) -> None:
            redraw(browser, one, given.times)

        def news(one: Served) -> None:
            delay(browser, one, night[half : half + 60])

        over(len(night), paint)
        over(half, again)
        over(half, news)
        browser.close()
    text = table()
    print(text)
    if given.write:
        before, _, rest = PAGE.read_text("utf-8").partition("<!-- page -->\n")
        after = rest.partition("<!-- end of page -->")[2]
        PAGE.write_text(f"{before}<!-- page -->\n\n{text}\n<!-- end of page -->{after}", "utf-8")


if __name__ == "__main__":
    main()
