"""Roster files: the bundled ones are whole, and what cannot be is refused with file, key, value and what is allowed."""

from pathlib import Path

import pytest

from hullwatch.errors import DescriptionError
from hullwatch.vehicle.roster_load import bundled_rosters, load_roster

GOOD = """
title = "Two craft at the demo ship"
provenance = "Invented."
vehicle = "demo"
from = "2030-01-01"
until = "2030-03-01"

[[ports]]
id = "north"
name = "North"
compartment = "NODE"
system = "probe"
label = "c"

[[ports]]
id = "south"
name = "South"
compartment = "LAB"
system = "probe"
label = "c"

[[crafts]]
id = "ONE"
name = "One"
system = "probe"
seats = 2
parts = ["ONE_DM"]
returns = "ONE_DM"
docked = [{port = "north"}]
label = "c"

[[crafts]]
id = "TWO"
name = "Two"
system = "probe"
seats = 1
parts = ["TWO_OM", "TWO_DM"]
returns = "TWO_DM"
docked = [{port = "south", from = "2030-01-10", until = "2030-02-10"}]
label = "c"

[[crew]]
name = "Ann"
craft = "ONE"
label = "c"

[[crew]]
name = "Ben"
craft = "TWO"
from = "2030-01-10"
until = "2030-02-10"
label = "c"

[[walks]]
name = "a walk"
from = "2030-01-20T10:00Z"
until = "2030-01-20T16:00Z"
crew = ["Ben"]
airlock = ["STORE"]
label = "c"
"""


def loaded(tmp_path: Path, text: str) -> str:
    """What is said about a file with this text."""
    path = tmp_path / "made.toml"
    path.write_text(text)
    with pytest.raises(DescriptionError) as refused:
        load_roster(str(path))
    said = str(refused.value)
    assert "made.toml" in said
    return said


def test_a_good_roster_is_read(tmp_path: Path) -> None:
    path = tmp_path / "made.toml"
    path.write_text(GOOD)
    roster = load_roster(str(path))
    assert [craft.id for craft in roster.crafts] == ["ONE", "TWO"]
    assert roster.span.holds(roster.crew[1].span.from_s)
    assert {"return", "improvised", "no_liner", "no_suit", "no_pilot", "leak", "heat"} <= set(roster.hazards)


@pytest.mark.parametrize("name", bundled_rosters())
def test_bundled_rosters_are_whole(name: str) -> None:
    roster = load_roster(name)
    assert all(hazard.label == "c" for hazard in roster.hazards.values())  # judgements, and they say so
    assert all(h.low < h.median < h.high for h in roster.hazards.values())
    assert roster.provenance


BROKEN = {
    "a person without a craft": (GOOD.replace('craft = "ONE"\n', ""), ("crew[0].craft", "required")),
    "a craft nobody described": (GOOD.replace('craft = "ONE"', 'craft = "ON"'), ("crew[0].craft", "'ON'", "'ONE'?")),
    "a craft not there yet": (
        GOOD.replace('from = "2030-01-10"\nuntil', 'from = "2030-01-05"\nuntil'),
        ("crew[1].craft", "'TWO'", "docked when Ben comes aboard", "ONE"),
    ),
    "a craft twice": (GOOD.replace('id = "TWO"', 'id = "ONE"'), ("crafts[1].id", "'ONE'", "not used before")),
    "a person twice": (GOOD.replace('name = "Ben"', 'name = "Ann"'), ("crew[1].name", "'Ann'", "not used before")),
    "a part twice": (GOOD.replace('"TWO_OM"', '"ONE_DM"'), ("crafts[1].parts[0]", "ONE_DM", "ONE has this one")),
    "a part of the station": (GOOD.replace('"TWO_OM"', '"LAB"'), ("crafts[1].parts[0]", "LAB", "the station")),
    "two at one port": (
        GOOD.replace('port = "south"', 'port = "north"'),
        ("crafts[1].docked[0]", "north", "overlap", "ONE"),
    ),
    "stays that overlap": (
        GOOD.replace('"north"}', '"north", until = "2030-02-01"}, {port = "north", from = "2030-01-15"}'),
        ("crafts[0].docked[1].from", "overlap"),
    ),
    "dates reversed": (
        GOOD.replace('from = "2030-01-10", until = "2030-02-10"', 'from = "2030-02-10", until = "2030-01-10"'),
        ("crafts[1].docked[0].until", "reversed"),
    ),
    "a roster reversed": (GOOD.replace('until = "2030-03-01"', 'until = "2029-03-01"'), ("until", "reversed")),
    "a roster without end": (GOOD.replace('until = "2030-03-01"\n', ""), ("until", "beginning and an end")),
    "no date": (GOOD.replace('"2030-01-10", until', '"soon", until'), ("docked[0].from", "soon", "2023-02-26")),
    "an unknown port": (GOOD.replace('port = "south"', 'port = "suoth"'), ("docked[0].port", "suoth", "south")),
    "a port in no compartment": (GOOD.replace('"NODE"', '"ATTIC"'), ("ports[0].compartment", "ATTIC", "NODE")),
    "a port of another kind": (
        GOOD.replace('system = "probe"\nlabel = "c"\n\n[[crafts]]', 'system = "nds"\nlabel = "c"\n\n[[crafts]]'),
        ("crafts[1].docked[0].port", "docks by probe"),
    ),
    "seats that do not return": (GOOD.replace('returns = "ONE_DM"\n', ""), ("crafts[0].returns", "ONE_DM")),
    "an unknown walker": (GOOD.replace('crew = ["Ben"]', 'crew = ["Bob"]'), ("walks[0].crew[0]", "Bob", "Ben")),
    "a walker who is not there": (
        GOOD.replace("2030-01-20T", "2030-02-20T"),
        ("walks[0].crew[0]", "Ben", "aboard at 2030-02-20"),
    ),
    "an unknown airlock": (GOOD.replace('["STORE"]', '["SOTRE"]'), ("walks[0].airlock[0]", "SOTRE", "STORE")),
    "an unknown key": (GOOD.replace("seats = 2", "seat = 2"), ("crafts[0].seat", "seats")),
    "an unknown vehicle": (GOOD.replace('vehicle = "demo"', 'vehicle = "demi"'), ("demi", "demo")),
    "a fault of nothing": (
        GOOD + '\n[[faults]]\ncraft = "TOW"\nhazard = "heat"\nname = "hot"\nlabel = "c"\n',
        ("faults[0].craft", "TOW", "TWO"),
    ),
    "an unknown hazard": (
        GOOD + '\n[[faults]]\ncraft = "TWO"\nhazard = "haet"\nname = "hot"\nlabel = "c"\n',
        ("faults[0].hazard", "haet", "heat"),
    ),
    "a leak nowhere": (
        GOOD + '\n[[leaks]]\ncompartment = "TWO_BM"\nfrom = "2030-01-11"\nlabel = "c"\n',
        ("leaks[0].compartment", "TWO_BM", "TWO_OM"),
    ),
    "a patch before the leak": (
        GOOD + '\n[[leaks]]\ncompartment = "LAB"\nfrom = "2030-01-11"\npatched = "2030-01-10"\nlabel = "c"\n',
        ("leaks[0].patched", "reversed"),
    ),
    "a probability above one": (
        GOOD + "\n[hazards.heat]\nlow = 0.1\nmedian = 0.5\nhigh = 1.5\nlabel = \"c\"\n",
        ("hazards.heat.high", "1.5"),
    ),
    "an interval upside down": (
        GOOD + '\n[hazards.heat]\nlow = 0.6\nmedian = 0.5\nhigh = 0.9\nlabel = "c"\n',
        ("hazards.heat.median", "0.5", "low"),
    ),
    "found nowhere": (
        GOOD.replace('craft = "ONE"\nlabel = "c"', 'craft = "ONE"\nlabel = "a"'),
        ("crew[0].source", "the name of the source"),
    ),
    "not TOML": ("title = [\n", ("TOML",)),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_is_refused_with_its_place(what: str, tmp_path: Path) -> None:
    text, words = BROKEN[what]
    said = loaded(tmp_path, text) if "vehicle" not in what else str_of(tmp_path, text)
    for word in words:
        assert word in said, said


def str_of(tmp_path: Path, text: str) -> str:
    """A fault of the vehicle is said by the vehicle's own loader."""
    (tmp_path / "made.toml").write_text(text)
    with pytest.raises(DescriptionError) as refused:
        load_roster(str(tmp_path / "made.toml"))
    return str(refused.value)


def test_too_many_people_are_refused(tmp_path: Path) -> None:
    """The exact search doubles with each person."""
    more = "".join(f'\n[[crew]]\nname = "N{i}"\ncraft = "ONE"\nlabel = "c"\n' for i in range(14))
    assert "at most 14 people" in loaded(tmp_path, GOOD + more)


def test_an_unknown_case_gets_the_choices() -> None:
    with pytest.raises(DescriptionError, match=r"soyuz-ms-22"):
        load_roster("soyuz-ms-2")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="bundled roster"):
        load_roster(str(tmp_path / "none.toml"))
