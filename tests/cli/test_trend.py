"""`hullwatch trend` as a user runs it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from commands import hullwatch, refused
from hullwatch.trend.summary import FIELDS


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Two hundred days of nitrogen: 0.4 kg/day of air, 1.2 from day 120 on."""
    rng = np.random.default_rng(0)
    lost = np.cumsum(np.where(np.arange(200) < 120, 0.4, 1.2) * 0.73)
    kg = 800.0 - lost + rng.normal(size=200) * 0.2
    days = np.datetime64("2024-01-01") + np.arange(200)
    path = tmp_path / "n2.csv"
    path.write_text("date,n2_kg\n" + "".join(f"{d},{m:.3f}\n" for d, m in zip(days, kg, strict=True)))
    return path


def test_text_json_and_report_say_the_same(series: Path) -> None:
    out = series.parent / "out"
    done = hullwatch("trend", series, "-v", "iss-2024-04-10", "--json", "--until", "2024-09-01", "-o", out,
                     "--rate-limit", "1 lb/day")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    said = json.loads(done.stdout)
    now = said["rate_now_kg_day"]
    assert now["low"] < 1.2 < now["high"] + 0.1
    (change,) = [c for c in said["changes"] if c["probability"] > 0.9]
    assert change["kind"] == "doubling"
    assert "2024-04-25" <= change["date_utc"]["median"][:10] <= "2024-05-03"
    assert said["reconstructed"] is False
    assert 40.0 < said["forecast"]["needed_kg"]["median"] < 75.0
    limit = said["forecast"]["limits"][0]
    assert (limit["limit"], limit["chance_within_a_year"]) == ("rate", 1.0)  # already passed
    assert json.loads((out / "trend.json").read_text()) == said
    html = (out / "trend.html").read_text()
    assert "RECONSTRUCTED" not in html
    assert f"{now['median']:.2f}" in html
    again = hullwatch(
        "trend", series, "-v", "iss-2024-04-10", "--json", "--until", "2024-09-01", "--rate-limit", "1 lb/day"
    )
    assert json.loads(again.stdout) == said
    text = hullwatch("trend", series, "-v", "iss-2024-04-10").stdout
    assert "doubled" in text
    assert "false alarms a year" in text


def test_every_key_is_documented(series: Path) -> None:
    said = json.loads(hullwatch("trend", series, "-v", "iss-2024-04-10", "--json").stdout)
    named = " ".join(f"{k} {v}" for k, v in FIELDS.items())
    for key, value in said.items():
        assert any(re.match(rf"{key}(\[\]|\.|$)", field) for field in FIELDS), key
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict) and key not in ("rate_now_kg_day", "noise"):
            assert not [k for k in inner if k not in named], key


def test_dated_rates_alone_have_a_trend(tmp_path: Path) -> None:
    rates = tmp_path / "rates.toml"
    rows = [
        ("2019-08", 0.27),
        ("2019-10", 0.54),
        ("2020-02", 0.5),
        ("2020-09", 1.4),
        ("2021-03", 0.54),
        ("2021-08", 0.45),
    ]
    rates.write_text("".join(f'[[rates]]\ndate = "{d}"\nrate = {r}\nunit = "kg/day"\nlabel = "a"\n' for d, r in rows))
    done = hullwatch("trend", rates, "-v", "iss-2024-04-10", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["rate_now_kg_day"]["median"] == pytest.approx(0.45, abs=0.15)
    assert [r["used"] for r in said["reported"]] == [True] * 6
    assert said["growth"]["probability"] is None
    assert said["declared"] == []


def test_refusals(series: Path) -> None:
    ship = ("-v", "iss-2024-04-10")
    refused(hullwatch("trend", series.with_name("gone.csv"), *ship), "gone.csv", "Check")
    refused(hullwatch("trend", series, *ship, "--until", "soon"), "soon", "ISO 8601")
    refused(hullwatch("trend", series, *ship, "--rate-limit", "3 mmHg"), "3 mmHg", "kg/day")
    refused(hullwatch("trend", series, *ship, "--false-alarm-rate", "0/yr"), "false-alarm-rate")
    short = series.with_name("short.csv")
    short.write_text("\n".join(series.read_text().splitlines()[:4]) + "\n")
    refused(hullwatch("trend", short, *ship), "3 masses", "needs 6 masses")
    short.write_text("date,n2_kg\n2024-01-01,800\n2024-01-01,799\n")
    refused(hullwatch("trend", short, *ship), "row 2", "same time")
