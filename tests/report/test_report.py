"""The report stands alone, escapes all it is told, says what it must, and stays small and quick."""

import json
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser

import night
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullwatch.records import Event
from hullwatch.report import report_html
from hullwatch.report.document import status
from hullwatch.report.story import MAX_POINTS, tell, thinned
from hullwatch.report.style import CSS, STATUS_SHAPES
from hullwatch.units import utc_text

HOSTILE = "</title></svg>\"'><script>alert(1)</script><img src=x onerror=alert(1)>$\\frac{&amp;] \u202e\u4e2d"
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """What a browser would find: tags in balance, ids, attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def told() -> str:
    return report_html(night.night(), head="ab" * 32)


@pytest.fixture(scope="module")
def quiet() -> str:
    return report_html(night.quiet_day())


def test_the_page_stands_alone(told: str, quiet: str) -> None:
    for text in (told, quiet):
        page = Page(text)
        assert not {"script", "link", "img", "iframe", "object", "use xlink:href=http"} & set(page.tags)
        assert not [a for a in page.attributes if a[0].startswith("on")]
        links = [value for name, value in page.attributes if name in ("href", "xlink:href", "src")]
        assert links
        assert all(link.startswith("#") for link in links)
        assert not re.search(r"url\((?!#)|@import", text)
        assert len(page.ids) == len(set(page.ids))
        assert {link[1:] for link in links} <= set(page.ids)


def test_a_reader_without_eyes_or_mouse_finds_the_way(told: str) -> None:
    page = Page(told)
    assert {"header", "main", "nav", "footer", "h1", "h2", "caption", "figcaption", "time"} <= set(page.tags)
    assert page.tags.count("h1") == 1
    assert page.tags.count("table") == page.tags.count("caption")
    assert ("lang", "en") in page.attributes
    assert ("class", "skip") in page.attributes
    assert [value for name, value in page.attributes if name == "aria-label"]


def test_verdict_provenance_and_every_part_are_there(told: str) -> None:
    words = " ".join(Page(told).words)
    for needed in (
        "CLEARED",
        "RECONSTRUCTED",
        "Soyuz MS-09 orbital module",
        "choked orifice",
        "evacuation",
        "Considered and set aside",
        "temperature",
        "30 Aug 19:10:00",
        "242/19:10",
        "AIRLOCK000049 (Crewlock pressure)",
        "ab" * 32,
        "false alarms per year: 1.0",
        "highest alarm: caution",
        "day 242",
    ):
        assert needed in words, needed


def test_a_quiet_day_says_what_was_looked_for(quiet: str) -> None:
    words = " ".join(Page(quiet).words)
    assert "NO LEAK" in words
    assert "6.1 kg/day" in words
    assert "log-likelihood ratio" in words
    assert "RECONSTRUCTED" not in words
    assert "How long" not in words


def poisoned(value: object) -> object:
    """The same JSON with the hostile text in place of every word that is not a time or of the vocabulary."""
    if isinstance(value, dict):
        kept = ("limit", "kind", "state", "previous", "alarm_class")
        return {k: value[k] if k in kept or k.endswith("_utc") else poisoned(value[k]) for k in value}
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    return value + HOSTILE if isinstance(value, str) else value


def test_hostile_text_stays_text() -> None:
    events = [
        Event(e.time_s, e.kind, e.incident and e.incident + HOSTILE, poisoned(dict(e.data))) for e in night.night()
    ]
    text = report_html(events)
    page = Page(text)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [a for a in page.attributes if a[0].startswith("on")]
    assert any(HOSTILE in words for words in page.words)
    clean = Page(report_html(night.night()))
    assert sorted(set(page.tags)) == sorted(set(clean.tags))


@pytest.mark.parametrize("field", ["limit", "kind", "state", "previous", "alarm_class"])
def test_hostile_vocabulary_stays_text(field: str) -> None:
    def wrong(value: object) -> object:
        if isinstance(value, dict):
            return {k: HOSTILE if k == field else wrong(v) for k, v in value.items()}
        return [wrong(each) for each in value] if isinstance(value, list) else value

    text = report_html([Event(e.time_s, e.kind, e.incident, wrong(dict(e.data))) for e in night.night()])
    assert "script" not in Page(text).tags


def test_the_same_record_gives_the_same_page_and_quickly(told: str) -> None:
    begin = time.perf_counter()
    again = report_html(night.night(), head="ab" * 32)
    assert time.perf_counter() - begin < 3.0
    assert again == told
    assert len(told.encode()) < 2_000_000


def a_year() -> Iterator[Event]:
    """A year of trends every ten minutes, with doubts, hatches and operations by the thousand."""
    yield night.started()
    for i in range(52_560):
        t = night.START_S + 600.0 * i
        yield night.trend(t, {"pma2-node2", "node3-beam"}, 750.0 + i % 7 * 0.1, 750.0, 0.1, 0.2)
        if i % 20 == 0:
            yield Event(t, "operation", None, {"kind": "makeup", "channel": "x", "state": "open", "why": "ppO2 low"})
            yield night.quality("gap", None, "29T03:10", "29T03:22", 720, "silent")


def test_a_year_is_still_a_small_page() -> None:
    events = list(a_year())
    begin = time.perf_counter()
    text = report_html(events)
    assert time.perf_counter() - begin < 20.0
    assert len(text.encode()) < 2_000_000
    assert "not listed here" in text


@given(st.integers(0, 386))
@settings(max_examples=12, deadline=None)
def test_any_beginning_of_a_record_has_a_report(length: int) -> None:
    Page(report_html(night.night()[:length]))


def test_an_empty_record_has_a_report() -> None:
    assert "UNDECIDED" in report_html([])


@given(st.lists(st.floats(-1e3, 1e3) | st.just(np.nan), min_size=1, max_size=5_000))
@settings(max_examples=25, deadline=None)
def test_thinning_keeps_order_ends_and_extremes(values: list[float]) -> None:
    points = [(float(i), value) for i, value in enumerate(values)]
    kept = thinned(points)
    assert len(kept) <= MAX_POINTS + 2
    assert list(kept) == sorted(set(kept), key=lambda p: p[0])
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    finite, left = ([v for _, v in some if np.isfinite(v)] for some in (points, kept))
    if finite:
        assert (min(left), max(left)) == (min(finite), max(finite))


@pytest.mark.parametrize(
    ("state", "alarm", "name", "word"),
    [
        ("confirmed", "emergency", "critical", "EMERGENCY"),
        ("located", "warning", "critical", "WARNING"),
        ("confirmed", "caution", "caution", "CAUTION"),
        ("suspected", None, "standby", "ADVISORY"),
        ("stopped", "caution", "standby", "STOPPED"),
        ("cleared", "caution", "normal", "CLEARED"),
        ("dismissed", None, "normal", "NO LEAK"),
    ],
)
def test_the_banner_shows_the_gravest_open_incident(state: str, alarm: str | None, name: str, word: str) -> None:
    shown = status({"incidents": [{"state": state, "alarm_class": alarm}], "verdict": "no_leak"})
    assert (shown.name, shown.word) == (name, word)


def test_every_status_has_a_colour_and_a_shape_of_its_own() -> None:
    assert len(set(STATUS_SHAPES.values())) == len(STATUS_SHAPES)
    for name in STATUS_SHAPES:
        assert f"--{name}:#" in CSS
        assert f".icon.{name}" in CSS


def test_hatches_and_pressures_are_followed_through_the_night() -> None:
    story = tell(night.night())
    assert "fgb-rassvet" in story.open_hatches
    assert "node3-beam" not in story.open_hatches
    assert sorted(len(line.compartments) for line in story.pressure) == [3, 9, 11, 12, 23]
    assert story.mass is not None
    assert json.dumps(story.summary)


def test_moments_link_to_the_console_where_one_is_known() -> None:
    events = list(night.night())
    plain, linked = report_html(events), report_html(events, None, 'http://127.0.0.1:8475/"><b>')
    assert "#at=" not in plain
    moments = tell(events).moments
    assert linked.count("/#at=2018-08-") == len(moments)
    assert f"/#at={utc_text(moments[0].time_s)}" in linked
    assert '"><b>' not in linked
