"""Places: walls cut into cells, ports, named spots, and prior odds over them."""

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from scenes import PLAIN, WALLED

from hullwatch.errors import DescriptionError
from hullwatch.location import spots as places
from hullwatch.location.posterior import by_compartment
from hullwatch.vehicle.load import bundled_vehicles, load_vehicle


def test_a_ship_without_walls_has_one_place_a_compartment_and_the_weights_of_its_file() -> None:
    weighed = replace(
        PLAIN,
        compartments=tuple(replace(c, leak_weight=w) for c, w in zip(PLAIN.compartments, (3.0, 1.0, 0.5), strict=True)),
    )
    spots = places.spots_of(weighed)
    assert spots.name == ("A", "B", "C")
    assert not spots.known.any()
    assert np.exp(spots.log_prior) == pytest.approx(np.array([3.0, 1.0, 0.5]) / 4.5)


def test_cells_lie_on_the_wall_and_face_out() -> None:
    spots = places.spots_of(WALLED)
    for k, name in enumerate(spots.name):
        if not name.startswith("A/") or "port-" in name or "WINDOW" in name:
            continue
        assert np.hypot(spots.at[k][1], spots.at[k][2] - 4.0) == pytest.approx(2.0)
        assert 0.0 < spots.at[k][0] < 9.0
        assert spots.normal[k] @ (spots.at[k] - [spots.at[k][0], 0.0, 4.0]) == pytest.approx(2.0)
    assert np.linalg.norm(spots.normal[spots.known], axis=1) == pytest.approx(np.ones(int(spots.known.sum())))


def test_sides_are_named_by_where_the_wall_faces() -> None:
    for normal, side in (((0, 0, 1), "nadir"), ((0, 0, -1), "zenith"), ((1, 0, 0), "fore"), ((0, -1, 0), "port")):
        assert places.side_of(np.array(normal, dtype=np.float64)) == side
    assert places.side_of(np.array([0.0, 0.71, 0.7])) == "starboard-nadir"
    names = places.spots_of(WALLED).name
    assert len(set(names)) == len(names)
    assert {"A/1-nadir", "A/6-zenith", "A/port-nadir", "A/WINDOW", "C"} <= set(names)


def test_the_prior_follows_area_seals_and_an_even_share() -> None:
    found = dict(by_compartment(places.spots_of(WALLED), np.exp(places.spots_of(WALLED).log_prior)))
    area = {"A": 0.5 * 2 * np.pi * 2.0 * 9.0 + 5.0, "B": 2 * np.pi * 1.5 * 6.0, "C": 0.0}
    seals = {"A": 1.0, "B": 2.0, "C": 0.0}
    share = places.SHARES
    for c in area:
        expected = share["walls"] * area[c] / sum(area.values()) + share["seals"] * seals[c] / 3.0
        assert found[c] == pytest.approx(expected + share["anything"] / 3.0)
    assert sum(share.values()) == pytest.approx(1.0)


def test_the_history_of_a_place_multiplies_its_odds() -> None:
    once = dict(by_compartment(places.spots_of(WALLED), np.exp(places.spots_of(WALLED).log_prior)))
    marked = replace(
        WALLED, compartments=tuple(replace(c, leak_weight=10.0 if c.id == "B" else 1.0) for c in WALLED.compartments)
    )
    now = dict(by_compartment(places.spots_of(marked), np.exp(places.spots_of(marked).log_prior)))
    assert (now["B"] / now["A"]) / (once["B"] / once["A"]) == pytest.approx(10.0)


@pytest.mark.parametrize("name", bundled_vehicles())
def test_every_bundled_ship_has_places_for_every_compartment(name: str) -> None:
    ship = load_vehicle(name)
    spots = places.spots_of(ship)
    assert {c.id for c in ship.compartments} == set(spots.compartment)
    assert np.exp(spots.log_prior).sum() == pytest.approx(1.0)
    assert np.isfinite(spots.log_prior).all()


def test_the_transfer_chamber_of_2024_is_the_first_place_to_look() -> None:
    spots = places.spots_of(load_vehicle("iss-2024-04-10"))
    assert by_compartment(spots, np.exp(spots.log_prior))[0][0] == "SM_PRK"


def test_walls_of_neighbours_meet() -> None:
    """Geometry of the station: the far end of one wall is near the start of the wall docked to it."""
    ship = load_vehicle("iss-2018-10-12")
    walls = {w.id: w for w in ship.walls}
    for a, b in (("LAB", "NODE2"), ("NODE2", "PMA2"), ("NODE1", "PMA1"), ("PMA1", "FGB_GA"), ("SM_PKHO", "SM_RO"),
                 ("MRM1", "SOYUZ_MS09_OM"), ("DC1", "PROGRESS_70P"), ("AL_EL", "AL_CL")):  # fmt: skip
        gap = np.linalg.norm(np.subtract(walls[a].end_m, walls[b].start_m))
        assert gap < 0.5, (a, b)
    every = np.array([w.end_m for w in ship.walls] + [w.start_m for w in ship.walls])
    assert 45.0 < np.ptp(every[:, 0]) < 55.0  # the pressurised stack is about 51 m long


# --- what a vehicle file may say of walls -----------------------------------------------------------------------------

WALL = """
[[walls]]
id = "LAB"
compartment = "LAB"
body = "Laboratory"
start_m = [0.0, 0.0, 0.0]
end_m = [4.0, 0.0, 0.0]
radius_m = {value = 2.0, label = "c"}
exposed = {value = 0.5, label = "c"}
seals = {value = 2.0, label = "c"}
label = "c"

[[spots]]
id = "WINDOW"
compartment = "LAB"
at_m = [2.0, 0.0, 2.0]
normal = [0.0, 0.0, 1.0]
counts_as_m2 = {value = 2.0, label = "c"}
label = "c"
"""
FAULTS = {
    "no such compartment": ('compartment = "LAB"\nbody', 'compartment = "LABS"\nbody', "walls[0].compartment", "LAB"),
    "no length": ("end_m = [4.0,", "end_m = [0.0,", "walls[0].end_m", "another point"),
    "two numbers": ("start_m = [0.0, 0.0, 0.0]", "start_m = [0.0, 0.0]", "walls[0].start_m", "3"),
    "no radius": ("value = 2.0, label", "value = 0.0, label", "walls[0].radius_m.value", "above 0"),
    "more exposed than all": ("value = 0.5", "value = 1.5", "walls[0].exposed", "0 to 1"),
    "faces nowhere": ("normal = [0.0, 0.0, 1.0]", "normal = [0.0, 0.0, 0.0]", "spots[0].normal", "direction"),
    "spot nowhere": ('compartment = "LAB"\nat_m', 'compartment = "ATTIC"\nat_m', "spots[0].compartment", "LAB"),
    "wall twice": ("[[spots]]", "[[walls]]\n" + WALL.split("[[walls]]\n")[1].split("[[spots]]")[0] + "[[spots]]",
                   "walls[1].id", "not used before"),
}  # fmt: skip


def written(folder: Path, walls: str) -> str:
    demo = (resources.files("hullwatch.vehicle") / "data" / "demo.toml").read_text("utf-8")
    path = folder / "ship.toml"
    path.write_text(demo + walls, "utf-8")
    return str(path)


def test_walls_of_a_file_become_places(tmp_path: Path) -> None:
    spots = places.spots_of(load_vehicle(written(tmp_path, WALL)))
    assert "LAB/1-nadir" in spots.name
    assert "LAB/WINDOW" in spots.name
    assert "STORE" in spots.name  # without walls: one place


@pytest.mark.parametrize("case", FAULTS)
def test_a_wrong_wall_is_refused_with_its_key(tmp_path: Path, case: str) -> None:
    old, new, key, word = FAULTS[case]
    assert old in WALL
    with pytest.raises(DescriptionError) as refused:
        load_vehicle(written(tmp_path, WALL.replace(old, new, 1)))
    assert refused.value.key == key
    assert word in str(refused.value)
