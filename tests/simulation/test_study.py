import polars as pl
import pytest

from hullwatch.errors import DescriptionError
from hullwatch.simulation.load import bundled_studies, load_study
from hullwatch.simulation.study import check_study, parse_study, run_study
from hullwatch.simulation.study_drawing import curves_svg, summary_md, worst_svg
from hullwatch.vehicle.load import load_vehicle

TEXT = """
name = "small"
title = "A small study"
provenance = "Invented."
vehicle = "demo"
seed = 3
worlds = 48
horizon = "10 day"
limits = ["{limit}"]

[hole]
compartments = ["LAB", "{place}"]
diameters = ["{size}", "10 mm"]

[[moves]]
at = "2 h"
spread = "5 min"
hatch = "{hatch}"
state = "closed"
"""


def text(**changes):
    ship = load_vehicle("demo")
    given = {
        "limit": ship.limits[0].id, "place": ship.compartments[0].id, "size": "3 mm", "hatch": ship.hatches[0].id,
    }  # fmt: skip
    return TEXT.format(**{**given, **changes})


@pytest.fixture(scope="module")
def done():
    ship = load_vehicle("demo")
    study = parse_study(text())
    check_study(study, ship)
    return study, *run_study(study, ship)


def test_a_row_for_each_compartment_size_and_limit(done):
    _, tally, table = done
    assert table.height == 4
    assert table["worlds"].sum() == tally.worlds == 48
    passed = table.filter(pl.col("passed_share") == 1.0)
    assert passed.height
    for row in passed.iter_rows(named=True):
        times = [row[f"reserve_p{p}_s"] for p in ("05", "25", "50", "75", "95")]
        assert times == sorted(times)


def test_a_larger_hole_leaves_less_time(done):
    table = done[2].sort("compartment", "diameter_m")
    for _, part in table.group_by("compartment"):
        small, large = part.sort("diameter_m")["reserve_p50_s"].to_list()
        assert small is None or large < small


def test_the_pictures_and_the_page(done):
    study, tally, table = done
    assert curves_svg(study, table) == curves_svg(study, table)
    assert worst_svg(study, table).count("<svg") == 1
    page = summary_md(study, table, tally)
    assert "48 worlds" in page
    assert page.count("\n| ") == 2 + len(study.hole.diameters) - 0


@pytest.mark.parametrize("name", bundled_studies())
def test_bundled_studies_are_sound(name):
    study, ship = load_study(name)
    assert study.name == name
    assert ship.name == study.vehicle


@pytest.mark.parametrize(
    ("change", "key", "allowed"),
    [
        (("size", "-3 mm"), "hole.diameters[0]", "above 0"),
        (("size", "nan mm"), "hole.diameters[0]", "finite"),
        (("size", "3 kg"), "hole.diameters[0]", "units of m"),
        (("limit", "nothing"), "limits[0]", "one of"),
        (("place", "CELLAR"), "hole.compartments[1]", "one of"),
        (("hatch", "GATE"), "moves[0].hatch", "one of"),
    ],
)
def test_faults_name_key_value_and_what_is_allowed(change, key, allowed):
    with pytest.raises(DescriptionError) as caught:
        check_study(parse_study(text(**dict([change])), "s.toml"), load_vehicle("demo"), "s.toml")
    assert caught.value.file == "s.toml"
    assert caught.value.key == key
    assert allowed in caught.value.allowed


@pytest.mark.parametrize(
    ("line", "key"),
    [("seed = 3", "seed = 3\ngauge_sd = \"-1 Pa\""), ("seed = 3", "seed = 3\nvolume_sd = nan"),
     ("worlds = 48", "worlds = 0"), ("worlds = 48", "worlds = nan"), ("seed = 3", "seed = -1"), ('"2 h"', '"-2 h"'),
     ("seed = 3", "seed = 3\ncolour = 1"), ('horizon = "10 day"', "horizon = 3")],
)  # fmt: skip
def test_nonsense_is_refused(line, key):
    with pytest.raises(DescriptionError):
        parse_study(text().replace(line, key))
    with pytest.raises(DescriptionError):
        parse_study("not toml [")


def test_an_unknown_study_is_named():
    with pytest.raises(DescriptionError, match="reserve-time"):
        load_study("reserve-tim")
