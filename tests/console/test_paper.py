"""On paper: report and console print to PDF whole, with the record's head on every sheet; links lead to the moment."""

# ruff: noqa: S603, S607  # poppler, where it is at hand

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit
from serving_one import Served, Start

from hullwatch.report import report_html
from hullwatch.units import utc_seconds
from watching import Watched

PAGE, LINK = re.compile(rb"/Type\s*/Page\b(?!s)"), re.compile(rb"/URI\s*\(([^)]*)\)")


@pytest.fixture
def one(start: Start) -> Served:
    """A console over the whole night."""
    return start()


def printed(page: Any, path: Path) -> bytes:
    page.pdf(path=str(path), prefer_css_page_size=True, print_background=True)
    return path.read_bytes()


def words_of(path: Path) -> list[str]:
    """Text of each sheet, where poppler is at hand."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on the path: the rest of this test has passed")
    said = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, timeout=60)
    return said.stdout.decode().split("\f")[:-1]


def written(night: Watched, one: Served, folder: Path) -> tuple[Path, str]:
    head = one.record.head[1]
    file = folder / "report.html"
    file.write_text(report_html(night.events, head, one.address), "utf-8")
    return file, head


def test_the_report_prints_with_its_head_hash_and_its_links(
    night: Watched, one: Served, visit: Visit, tmp_path: Path
) -> None:
    file, head = written(night, one, tmp_path)
    visit.page.goto(file.as_uri())
    pdf = printed(visit.page, tmp_path / "report.pdf")
    links = {link.decode() for link in LINK.findall(pdf)}
    assert {link for link in links if link.startswith(f"{one.address}/#at=")}
    sheets = words_of(tmp_path / "report.pdf")
    assert len(sheets) == len(PAGE.findall(pdf)) >= 3
    for number, sheet in enumerate(sheets, 1):
        assert head in sheet
        assert f"page {number} of {len(sheets)}" in sheet
        assert "RECONSTRUCTED" in sheet
    whole = " ".join(sheets)
    for title in ("How long", "What happened", "What else", "Provenance"):
        assert title in whole


def test_the_page_prints_what_is_shown_with_its_moment(one: Served, visit: Visit, tmp_path: Path) -> None:
    visit.open(one.address)
    visit.page.wait_for_selector(".strip canvas")
    visit.page.keyboard.press("Shift+ArrowLeft")
    visit.waits(".labels", "what was known at")
    head = one.record.head[1]
    visit.page.wait_for_function(
        "head => [...document.adoptedStyleSheets].some(s => [...s.cssRules].some(r => r.cssText.includes(head)))",
        arg=head,
    )
    pdf = printed(visit.page, tmp_path / "page.pdf")
    assert len(PAGE.findall(pdf)) >= 2
    sheets = words_of(tmp_path / "page.pdf")
    for number, sheet in enumerate(sheets, 1):
        assert f"page {number} of {len(sheets)}" in sheet
        assert head in sheet
        assert "what was known at" in sheet
    assert "Back to live" not in " ".join(sheets)
    for question in ("is it real?", "how much?", "how long?", "where?", "what next?", "the ship", "trends"):
        assert question in sheets[0].lower()  # the first sheet answers all that the screen does
    assert "the verdict in full" in " ".join(sheets).lower()
    assert "every channel" in " ".join(sheets).lower()


def test_a_link_of_the_report_opens_the_console_at_what_was_known_then(
    night: Watched, one: Served, visit: Visit, tmp_path: Path
) -> None:
    file, _ = written(night, one, tmp_path)
    opened = next(event for event in night.events if event.kind == "incident_opened")
    visit.page.goto(file.as_uri())
    link = visit.page.locator("#timeline tr", has_text="Incident opened").locator("a").first
    assert utc_seconds(str(link.get_attribute("href")).partition("#at=")[2]) == pytest.approx(opened.time_s, abs=0.001)
    link.click()
    visit.page.wait_for_selector("#verdict")
    visit.waits(".labels", "not live")
    known = one.client().view(
        at=str(link_time := visit.page.evaluate("new URLSearchParams(location.search).get('at')"))
    )
    visit.waits("#verdict", known["banner"]["words"][:40])
    assert utc_seconds(link_time) == pytest.approx(opened.time_s, abs=0.02)
    later = one.client().view()["banner"]["words"]
    assert known["banner"]["words"] != later  # what was found since is not shown
    visit.page.evaluate("location.hash = '#seq=60'")
    row_60 = one.client().view(seq=60)["time_utc"]
    visit.page.wait_for_function("at => location.search.includes(encodeURIComponent(at))", arg=row_60)
