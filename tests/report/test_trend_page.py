"""The page of a trend: stands alone, escapes what it is given, holds every part."""

import copy
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np

from hullwatch.report.trend_page import trend_html
from hullwatch.report.trend_words import trend_words


def interval(middle: float) -> dict[str, float]:
    return {"median": middle, "low": 0.9 * middle, "high": 1.1 * middle}


def dates(middle: str) -> dict[str, str]:
    return {"median": f"{middle}T00:00:00.000Z", "low": f"{middle}T00:00:00.000Z", "high": f"{middle}T12:00:00.000Z"}


def said() -> dict[str, Any]:
    history = [
        {"time_utc": f"2024-{m:02d}-01T00:00:00.000Z", "rate_kg_day": interval(0.1 * m), "gas_kg": interval(800.0 - m)}
        for m in range(1, 13)
    ]
    aside = [{"cause": "mass_step", "probability": 0.02, "why": "because"}]
    return {
        "name": "a <b>ship</b>", "vehicle": "v", "reconstructed": True, "provenance": "p & q", "tracer": "N2",
        "span_utc": ["2024-01-01T00:00:00.000Z", "2024-12-01T00:00:00.000Z"], "rate_now_kg_day": interval(1.2),
        "history": history,
        "changes": [
            {"kind": "rise", "date_utc": dates("2024-05-01"), "probability": 0.97, "before_kg_day": interval(0.4),
             "after_kg_day": interval(0.7), "ratio": interval(1.75), "logged_patch": False, "set_aside": aside},
            {"kind": "no_effect", "date_utc": dates("2024-07-01"), "probability": 1.0, "before_kg_day": interval(0.7),
             "after_kg_day": interval(0.7), "ratio": interval(1.0), "logged_patch": True, "set_aside": []},
        ],
        "growth": {"from_utc": "2024-01-01T00:00:00.000Z", "probability": {"exponential": 0.8, "constant": 0.2},
                   "log10_bayes_factor": {"exponential": 2.0, "constant": 0.0}, "doubling_days": interval(90.0)},
        "forecast": {"until_utc": "2025-03-01T00:00:00.000Z", "needed_kg": interval(80.0),
                     "days": [{"day": d, "rate_kg_day": interval(1.2), "lost_kg": interval(1.2 * d + 0.1)}
                              for d in (0, 100, 200)],
                     "limits": [{"limit": "rate", "value": 1.6, "unit": "kg/day", "chance_within_a_year": 0.3,
                                 "date_utc": None, "why": "asked for"}]},
        "declared": [{"kind": "rise", "declared_utc": "2024-05-04T00:00:00.000Z", "onset_utc": dates("2024-05-01"),
                      "size": interval(0.3), "unit": "kg/day", "rate_kg_day": interval(0.7)}],
        "declared_settings": {"false_alarms_per_year": 0.1, "bound": 7.3,
                              "watched_from_utc": "2024-02-01T00:00:00.000Z"},
        "set_aside": [{"kind": "bad_reading", "date_utc": "2024-03-01T00:00:00.000Z", "size": 4.0, "unit": "kg",
                       "why": "alone"}],
        "noise": {"heat_kg": 0.1, "heat_days": 0.04, "walk_kg": 0.05, "reading_kg": 0.1, "gain_kg_k": interval(1.0)},
        "reported": [{"from_utc": "2024-02-01T00:00:00.000Z", "to_utc": "2024-03-01T00:00:00.000Z", "rate_kg_day": 0.3,
                      "sd_kg_day": 0.05, "as_reported": "<i>said</i>", "label": "a", "source": "S", "used": False}],
        "notes": [],
    }  # fmt: skip


class Balanced(HTMLParser):
    """Every element that is opened is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br", "hr", "img", "link", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_escapes() -> None:
    html = trend_html(said())
    checker = Balanced()
    checker.feed(html)
    assert checker.open == []
    assert "<b>ship" not in html
    assert "<i>said" not in html
    assert "a &lt;b&gt;ship" in html
    assert not re.search(r'(src|href)="(?!#)', html.replace('href="#', 'href="#'))
    assert "<script" not in html
    for part in ("history", "changes", "ahead", "declared", "aside", "reported", "about"):
        assert f'<section id="{part}"' in html
    assert "RECONSTRUCTED" in html
    identifiers = re.findall(r'\bid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))
    assert trend_html(said()) == html


def test_little_to_say_is_said() -> None:
    bare = copy.deepcopy(said())
    bare |= {"changes": [], "declared": [], "set_aside": [], "reported": [], "reconstructed": False}
    bare["growth"] |= {"probability": None, "log10_bayes_factor": None, "doubling_days": None}
    bare["declared_settings"]["watched_from_utc"] = None
    for point in bare["history"]:
        point["gas_kg"] = None
    html, words = trend_html(bare), trend_words(bare)
    assert "RECONSTRUCTED" not in html
    assert "No change of the rate was found" in html
    assert "cannot be said" in words
    assert "No change" in words


def test_words_name_every_number_with_its_range() -> None:
    words = trend_words(said())
    assert "1.20 (1.08 to 1.32) kg/day, 2.6 lb/day" in words
    assert "2024-05-01 (2024-05-01 to 2024-05-01)  the rate rose: 0.40 to 0.70 kg/day" in words
    assert "growing exponentially (probability 0.80), doubling in 90 (81 to 99) days" in words
    assert "not within a year (chance 0.30)" in words
    assert np.all([line == line.rstrip() for line in words.splitlines()])
