"""`hullwatch seats` as a user runs it: exit codes, one JSON object, the picture, one sentence for what is wrong."""

import json
from pathlib import Path

import pytest

from commands import hullwatch, refused
from hullwatch.vehicle import roster_load


def test_the_whole_case_says_who_goes_home_in_what_and_exits_3() -> None:
    done = hullwatch("seats", "soyuz-ms-22")
    assert done.returncode == 3
    assert done.stderr == ""
    for words in ("2023-01-18: Frank Rubio to a place in Dragon Endurance (improvised)", "Soyuz MS-22       nobody",
                  "Soyuz MS-23       Sergey Prokopyev, Dmitry Petelin, Frank Rubio", "39.0", "[a]", "[c]"):  # fmt: skip
        assert words in done.stdout, words


def test_a_date_gives_reason_next_best_and_how_sure() -> None:
    done = hullwatch("seats", "soyuz-ms-22", "--at", "2023-01-20")
    assert done.returncode == 3
    for words in ("because", "next best: Dmitry Petelin in Dragon Endurance", "holds from 0 to 0.16",
                  "best at all 32 corners", "one more improvised place"):  # fmt: skip
        assert words in done.stdout, words


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("soyuz-ms-09", "--at", "2018-12-19"), 0),
        (("soyuz-ms-22", "--at", "2023-03-01"), 0),
        (("soyuz-ms-22", "--at", "2023-01-20"), 3),
        (("soyuz-ms-22", "--at", "2023-01-20", "--close", "MRM1"), 2),
        (("soyuz-ms-09", "--at", "2018-09-15", "--close", "SOYUZ_MS09_DM"), 2),
        (("soyuz-ms-22", "--at", "2023-01-20", "--close", "SM_PRK"), 3),
    ],
)
def test_exit_codes(words: tuple[str, ...], code: int) -> None:
    assert hullwatch("seats", *words).returncode == code


def test_does_the_hole_stop_the_return_in_december() -> None:
    done = hullwatch("seats", "soyuz-ms-09", "--at", "2018-12-19")
    assert "does not stop the return of Soyuz MS-09" in done.stdout
    assert "discarded before the entry" in done.stdout


def test_json_is_one_object() -> None:
    done = hullwatch("seats", "soyuz-ms-22", "--at", "2023-01-20", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 3
    assert len(done.stdout.splitlines()) == 1
    rides = {ride["person"]: ride for ride in said["periods"][-1]["plan"]["rides"]}
    assert rides["Frank Rubio"]["craft"] == "DRAGON_ENDURANCE"
    assert rides["Frank Rubio"]["place"] == "improvised"
    assert said["how_sure"]["corners_held"] == said["how_sure"]["corners"]


def test_the_picture_is_written_and_json_stays_clean(tmp_path: Path) -> None:
    done = hullwatch("seats", "soyuz-ms-09", "--svg", tmp_path / "deep" / "seats.svg", "--json")
    assert json.loads(done.stdout)["roster"] == "soyuz-ms-09"
    assert (tmp_path / "deep" / "seats.svg").read_text("utf-8").startswith("<svg")


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    bundled = Path(roster_load.__file__).parent / "data" / "rosters" / "soyuz-ms-09.toml"
    own = tmp_path / "own.toml"
    own.write_text(bundled.read_text("utf-8"))
    assert json.loads(hullwatch("seats", own, "--json").stdout)["roster"] == "own"


def test_what_makes_no_sense_is_refused_in_one_sentence(tmp_path: Path) -> None:
    refused(hullwatch("seats", "soyuz-ms-2"), "soyuz-ms-2", "soyuz-ms-22")
    refused(hullwatch("seats", "soyuz-ms-22", "--at", "2021-01-01"), "--at", "2021-01-01", "2022-09-21")
    refused(hullwatch("seats", "soyuz-ms-22", "--at", "tomorrow"), "tomorrow")
    refused(hullwatch("seats", "soyuz-ms-22", "--close", "MRM9"), "--close", "MRM9", "MRM1")
    (tmp_path / "taken").write_text("mine")
    refused(hullwatch("seats", "soyuz-ms-09", "--svg", tmp_path / "taken" / "x.svg"), "taken")
