"""A real browser over a served console. Tests with it are skipped, with a reason, where browser or page are missing.

HULLWATCH_SCREENSHOTS names a folder that pictures of what the tests saw are left in; CHROMIUM another browser.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hullwatch.console.app import STATIC

PAGE = Path(__file__).parents[2] / "src/hullwatch/console/page"
AXE = PAGE / "node_modules/axe-core/axe.min.js"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def missing() -> str:
    """Why no browser test can run here; empty when they can."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed: pip install '.[test]'"
    if CHROMIUM is None:
        return "no Chromium on the path: install Debian's chromium, or name one in CHROMIUM"
    if not (STATIC / "index.html").is_file():
        return "the page is not built: pip install . where npm reaches a package registry"
    return ""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless browser for the run."""
    why = missing()
    if why:
        pytest.skip(why)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Visit:
    """One look at the page, which must not have said anything on its console by the end."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._said)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, address: str, who: str | None = None, query: str = "") -> "Visit":
        """Open the page, with somebody's token, and wait until it has something to say."""
        fragment = f"#token=token of {who}" if who else ""
        self.page.goto(f"{address}/{query}{fragment}")
        self.page.wait_for_selector("#verdict")
        return self

    def text(self, selector: str) -> str:
        """Text of an element as it is seen, white space made one."""
        return re.sub(r"\s+", " ", self.page.inner_text(selector)).strip()

    def waits(self, selector: str, words: str) -> None:
        """Wait until an element says so; at most 5 s."""
        self.page.wait_for_function(
            "([where, words]) => document.querySelector(where)?.innerText.toLowerCase().includes(words.toLowerCase())",
            arg=[selector, words], timeout=5_000,
        )  # fmt: skip

    def picture(self, name: str, full: bool = False) -> None:
        """Leave a picture, if somebody asked for pictures."""
        folder = os.environ.get("HULLWATCH_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=full)

    def violations(self) -> list[str]:
        """What axe-core finds wrong: rule, how grave, where. The page's own policy forbids scripts from elsewhere."""
        if not AXE.is_file():
            pytest.skip(f"axe-core is not installed: npm ci in {PAGE}")
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]


@pytest.fixture
def visit(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh tab of a fresh profile; parametrize it indirectly with other options of the browser's context."""
    options = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"} | getattr(request, "param", {})
    context = chromium.new_context(**options)
    one = Visit(context.new_page())
    yield one
    context.close()
    assert not one.complaints, one.complaints
