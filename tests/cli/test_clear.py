"""`hullwatch clear` as a user runs it."""

import json
from pathlib import Path

import numpy as np
import pytest

from commands import hullwatch, refused
from hullwatch.response.clearance_words import FIELDS

DECEMBER = ("--reading", "730 mmHg at 2020-12-26T12:00Z", "--reading", "620 mmHg at 2020-12-27T06:00Z")
VOLUME = ("--volume", "4.5 +- 1.5 m^3")


def record(path: Path, loss_kg_day: float, hours: float, leaks_from_s: float = 0.0) -> Path:
    """A minute's readings of 6 m3, losing so much from some time on."""
    rng, clock = np.random.default_rng(1), np.arange(0.0, 3600.0 * hours + 1.0, 60.0)
    gone = np.exp(-loss_kg_day / 86_400.0 / 7.0 * np.maximum(clock - leaks_from_s, 0.0))
    p = np.round((98_700.0 * gone + 6.0 * rng.standard_normal(clock.size)) / 13.466) * 13.466 / 133.322387415
    rows = [f"{t:.0f},{a:.4f},22.0" for t, a in zip(clock, p, strict=True)]
    path.write_text("elapsed_s,pressure_mmhg,temperature_degc\n" + "\n".join(rows) + "\n")
    return path


def test_the_prk_does_not_hold() -> None:
    done = hullwatch("clear", *DECEMBER, *VOLUME, "--json")
    assert done.returncode == 2, done.stderr
    said = json.loads(done.stdout)
    assert said["verdict"] == "does_not_hold"
    assert said["rate_kg_day"]["low"] < 1.1 < said["rate_kg_day"]["high"]
    assert said["decided_after_s"] == 18 * 3600.0
    assert {key.removesuffix("[]") for key in FIELDS} == set(said)
    assert {aside["cause"] for aside in said["set_aside"]} == {"warmth", "gauge", "hatch seal", "people", "temperature"}
    assert said["people"] == 0.0
    assert said["breathed_kg_day"] is None


def test_a_span_of_time_counts_from_the_first_reading() -> None:
    same = hullwatch("clear", *DECEMBER[:3], "620 mmHg at 18 h", *VOLUME, "--json")
    assert same.stdout == hullwatch("clear", *DECEMBER, *VOLUME, "--json").stdout


def test_who_breathes_in_there_is_taken_out_of_the_rate() -> None:
    alone, lived = (
        json.loads(hullwatch("clear", *DECEMBER, *VOLUME, "--people", n, "--co2", "removed", "--json").stdout)
        for n in ("0", "1")
    )
    less = alone["rate_kg_day"]["median"] - lived["rate_kg_day"]["median"]
    assert less == pytest.approx(0.76, abs=0.1)
    assert lived["breathed_kg_day"]["low"] < 0.76 < lived["breathed_kg_day"]["high"]
    why = next(aside["why"] for aside in lived["set_aside"] if aside["cause"] == "people")
    assert "carbon dioxide is taken out" in why


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--people", "-1", *VOLUME), "people = -1.0: how many breathe in there: 0 or more"),
        (("--people", "1", *VOLUME, "--co2", "gone"), "'gone' is not known; allowed are stays, removed, unknown"),
        (("--people", "1", "--limit", "1 mmHg in 30 min"), "with people inside the room needs its --volume"),
    ],
)
def test_people_who_cannot_be(words: tuple[str, ...], said: str) -> None:
    done = hullwatch("clear", *DECEMBER, *words)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize(("kg_day", "code", "title"), [(0.005, 0, "HOLDS"), (0.2, 2, "DOES NOT HOLD")])
def test_a_record(tmp_path: Path, kg_day: float, code: int, title: str) -> None:
    file = record(tmp_path / "hold.csv", kg_day, 4.0)
    done = hullwatch("clear", file, "--volume", "6 m^3", "--residual", "0.02 K")
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith(f"{title}:")
    assert "at a risk of 0.001" in done.stdout


def test_too_short_says_when(tmp_path: Path) -> None:
    file = record(tmp_path / "hold.csv", 0.02, 0.25)
    done = hullwatch("clear", file, "--volume", "6 m^3", "--residual", "0.02 K")
    assert done.returncode == 3
    assert "CANNOT BE SAID YET" in done.stdout
    assert "earliest, from the first reading: holds after" in done.stdout


def test_a_new_leak_after_it_held(tmp_path: Path) -> None:
    file = record(tmp_path / "hold.csv", 1.0, 10.0, leaks_from_s=6 * 3600.0)
    done = hullwatch("clear", file, "--volume", "6 m^3", "--residual", "0.02 K", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"]) == (2, "does_not_hold")
    assert said["decided_after_s"] < 2 * 3600.0
    assert 6 * 3600.0 < said["new_leak_after_s"] < 7 * 3600.0
    assert said["rate_kg_day"]["low"] < 1.0 < said["rate_kg_day"]["high"]
    quiet = json.loads(hullwatch("clear", record(file, 0.0, 10.0), "--volume", "6 m^3", "--json").stdout)
    assert (quiet["verdict"], quiet["new_leak_after_s"]) == ("holds", None)


def test_soyuz_check() -> None:
    plain = hullwatch("clear", "--check", "soyuz", "--reading", "745 mmHg at 0 min", "--reading", "735 mmHg at 3 min")
    assert plain.returncode == 2
    assert "said after 3 min" in plain.stdout
    assert "fails" in plain.stdout
    still = hullwatch("clear", "--check", "soyuz", "--reading", "745 mmHg at 0 min", "--reading", "745 mmHg at 9 h")
    assert still.returncode == 0
    short = hullwatch("clear", "--check", "soyuz", "--reading", "745 mmHg at 0 s", "--reading", "745 mmHg at 10 min")
    assert short.returncode == 3
    assert "30 min are not over" in short.stdout


def test_the_other_side_of_the_hatch() -> None:
    higher = hullwatch("clear", *DECEMBER, *VOLUME, "--neighbour", "740 mmHg").stdout
    assert "gas may come in there" in higher
    lower = hullwatch("clear", *DECEMBER, *VOLUME, "--neighbour", "300 mmHg").stdout
    assert "ruled out" in lower


def test_refusals(tmp_path: Path) -> None:
    refused(hullwatch("clear"), "source", "not both")
    refused(hullwatch("clear", *DECEMBER), "volume", "1 mmHg in 30 min")
    refused(hullwatch("clear", *DECEMBER, "--volume", "6 kg"), "volume", "6 kg", "m**3")
    refused(hullwatch("clear", *DECEMBER, *VOLUME, "--limit", "3 apples"), "limit", "3 apples", "kg/s")
    refused(hullwatch("clear", *DECEMBER, *VOLUME, "--tight", "0.2 kg/day"), "tight", "below the limit")
    refused(hullwatch("clear", *DECEMBER, *VOLUME, "--false-hold", "0.7"), "false-hold", "0.7", "1e-9 to 0.2")
    refused(hullwatch("clear", *DECEMBER, "--check", "dragon"), "check", "dragon", "soyuz")
    refused(hullwatch("clear", "--reading", "730 mmHg", "--reading", "1 mmHg at 2 h"), "730 mmHg", "no time")
    refused(hullwatch("clear", "--reading", "730 mmHg at 2 h", "--reading", "1 mmHg at 1 h"), "order of time")
    refused(hullwatch("clear", "--reading", "730 mmHg at 2 h", *VOLUME), "two readings")
    refused(hullwatch("clear", tmp_path / "gone.csv", *VOLUME), "gone.csv", "no such file")
    file = tmp_path / "hold.csv"
    for text, words in (
        ("elapsed_s,pressure_mmhg\n0,700\n", ("1 readings", "two readings")),
        ("elapsed_s,mmhg\n0,700\n60,700\n", ("no pressure", "pressure_mmhg")),
        ("when,pressure_mmhg\n0,700\n60,700\n", ("no time column", "elapsed_s")),
        ("elapsed_s,pressure_mmhg\n0,700\nx,700\n", ("row 2", "'x'")),
        ("elapsed_s,pressure_mmhg\n60,700\n0,700\n", ("row 2", "earlier")),
        ("elapsed_s,pressure_mmhg\n0,700\n60,-1\n", ("row 2", "not above zero")),
    ):
        file.write_text(text)
        refused(hullwatch("clear", file, *VOLUME), "hold.csv", *words)
