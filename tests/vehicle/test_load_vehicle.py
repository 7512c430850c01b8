"""A wrong vehicle file is refused with the file, the key, the value and what is allowed; a right one becomes facts."""

import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from hullwatch.errors import DescriptionError
from hullwatch.units import MMHG_PA
from hullwatch.vehicle.load import bundled_vehicles, load_vehicle

DEMO = (resources.files("hullwatch.vehicle") / "data" / "demo.toml").read_text("utf-8")


def written(folder: Path, old: str, new: str) -> str:
    """Path of a copy of the demo vehicle with one change."""
    assert old in DEMO, f"the demo file no longer says {old!r}"
    path = folder / "ship.toml"
    path.write_text(DEMO.replace(old, new, 1), "utf-8")
    return str(path)


# what is changed, into what, the key blamed, words the message must hold
FAULTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "oxygen read where there is none": (
        "ppo2_pa = {value = 22398.0",
        "ppo2_pa = {value = 0.0",
        "channels[8].quantity",
        ("'ppo2'", "ppo2_pa above 0"),
    ),
    "hatch to nowhere": (
        'between = ["NODE", "STORE"]',
        'between = ["NODE", "STOR"]',
        "hatches[1].between[1]",
        ("'STOR'", "NODE, LAB, STORE, CAPSULE", "did you mean 'STORE'"),
    ),
    "hatch to itself": (
        'between = ["NODE", "STORE"]',
        'between = ["STORE", "STORE"]',
        "hatches[1].between[1]",
        ("another compartment", "NODE, LAB, CAPSULE"),
    ),
    "hatch with one side": ('between = ["NODE", "STORE"]', 'between = ["NODE"]', "hatches[1].between", ("2 entries",)),
    "unknown hatch type": ('type = "PORT"', 'type = "PORTS"', "hatches[2].type", ("WIDE, PORT",)),
    "no hatch in the way": ("number = 2", "number = 0", "hatches[0].number", ("at least 1",)),
    "opens elsewhere": ("number = 2", 'opens_into = "STORE"\nnumber = 2', "hatches[0].opens_into", ("NODE, LAB",)),
    "island": (
        'between = ["NODE", "STORE"]',
        'between = ["NODE", "LAB"]',
        "compartments[2].id",
        ("'STORE'", "a chain of hatches joins to NODE", "CAPSULE, LAB, NODE"),
    ),
    "compartment twice": ('id = "LAB"', 'id = "NODE"', "compartments[1].id", ("not used before", "compartments[0]")),
    "limit twice": ('id = "evacuate"', 'id = "ppo2_floor"', "limits[3].id", ("not used before",)),
    "channel twice": ('id = "T_NODE"', 'id = "P_NODE"', "channels[1].id", ("not used before",)),
    "negative volume": ("value = 40.0", "value = -40.0", "compartments[0].volume_m3.value", ("-40.0", "above 0")),
    "no volume": ("value = 40.0", "value = 0", "compartments[0].volume_m3.value", ("above 0",)),
    "volume not a number": ("value = 40.0", "value = nan", "compartments[0].volume_m3.value", ("finite",)),
    "infinite limit": ("value = 65328.0", "value = inf", "limits[2].value_pa.value", ("finite",)),
    "text for a number": ("value = 40.0", 'value = "40"', "compartments[0].volume_m3.value", ("a number",)),
    "figure without provenance": (
        'volume_m3 = {value = 40.0, label = "c"}',
        "volume_m3 = 40.0",
        "compartments[0].volume_m3",
        ('label = "a", "b" or "c"',),
    ),
    "label unknown": (
        '40.0, label = "c"',
        '40.0, label = "d"',
        "compartments[0].volume_m3.label",
        ("'a', 'b' or 'c'",),
    ),
    "found in no source": (
        '40.0, label = "c"',
        '40.0, label = "a"',
        "compartments[0].volume_m3.source",
        ("the name of the source",),
    ),
    "key misspelt": ("volume_m3 =", "volum_m3 =", "compartments[0].volum_m3", ("volume_m3", "did you mean")),
    "table misspelt": ("[thermal]", "[thermals]", "thermals", ("did you mean 'thermal'",)),
    "title missing": ("title =", "# title =", "title", ("required",)),
    "leakage missing": ("leakage_kg_s =", "# leakage_kg_s =", "leakage_kg_s", ("required",)),
    "fan to nowhere": ('target = "LAB"', 'target = "LABS"', "ventilation[0].target", ("'LAB'",)),
    "fan that mixes nothing": (
        "flow_m3_s = {value = 0.05",
        "short_circuit = 1.0\nflow_m3_s = {value = 0.05",
        "ventilation[0].short_circuit",
        ("1.0", "less than 1"),
    ),
    "air at absolute zero": ("value = 295.4", "value = 0.0", "atmosphere.temperature_k.value", ("above 0",)),
    "fan in a circle": ('target = "LAB"', 'target = "NODE"', "ventilation[0].target", ("another compartment",)),
    "crew without craft": (
        'craft = "CAPSULE"\nlabel',
        'craft = "CAPSUL"\nlabel',
        "crew[0].craft",
        ("'CAPSUL'", "the id of a craft: CAPSULE"),
    ),
    "crew beyond seats": ("seats = 3", "seats = 2", "crew[2].craft", ("free seat", "its 2 are taken")),
    "same person twice": ('name = "Boris"', 'name = "Ada"', "crew[1].name", ("not used before",)),
    "half a seat": ("seats = 3", "seats = 2.5", "crafts[0].seats", ("whole number",)),
    "craft docked nowhere": ('port = "NODE"', 'port = "ATTIC"', "crafts[0].port", ("NODE, LAB, STORE",)),
    "craft docked at itself": ('port = "NODE"', 'port = "CAPSULE"', "crafts[0].port", ("NODE, LAB, STORE",)),
    "craft without a way in": ('port = "NODE"', 'port = "LAB"', "crafts[0].port", ("a hatch joins to CAPSULE",)),
    "wrong part returns": ('returns = "CAPSULE"', 'returns = "LAB"', "crafts[0].returns", ("CAPSULE",)),
    "seats that do not return": ('returns = "CAPSULE"\n', "", "crafts[0].returns", ("its 3 seats",)),
    "craft unknown": ('craft = "CAPSULE"\nvolume', 'craft = "SHIP"\nvolume', "compartments[3].craft", ("CAPSULE",)),
    "unit unknown": ('unit = "mmHg"', 'unit = "psia"', "channels[0].unit", ("Pa, kPa, hPa, mmHg, psi",)),
    "unit of another kind": ('unit = "mmHg"', 'unit = "degC"', "channels[0].unit", ("for quantity pressure",)),
    "range upside down": ("low = 60.0", "low = 960.0", "channels[0].range.low", ("below high = 850.0",)),
    "channel nowhere": ('compartment = "LAB"', 'compartment = "LABB"', "channels[2].compartment", ("LAB",)),
    "pressure of no place": (
        'compartment = "NODE"\n',
        "",
        "channels[0].compartment",
        ("pressure is measured in one place",),
    ),
    "position of no hatch": (
        'quantity = "docking_state"',
        'quantity = "hatch_position"',
        "channels[16].hatch",
        ("the id of a hatch",),
    ),
    "quantity unknown": ('quantity = "temperature"', 'quantity = "heat"', "channels[1].quantity", ("'temperature'",)),
    "code in words": ('{0 = "closed"', '{shut = "closed"', "channels[11].states", ("whole numbers",)),
    "gains and lags": ("gain = [0.6, 0.2]", "gain = [0.6]", "thermal.lags_s", ("as many entries",)),
    "more parts than whole": ("value = 99992.0", "value = 9999.0", "atmosphere.pressure_pa", ("partial pressures",)),
    "yes for true": ("reconstructed = true", 'reconstructed = "yes"', "reconstructed", ("true or false",)),
    "id with a blank": ('id = "P_NODE"', 'id = "P NODE"', "channels[0].id", ("letters, digits",)),
    "part unknown": ("title =", 'parts = ["issx"]\ntitle =', "parts[0]", ("'issx'", "iss")),
    "table unknown": ("title =", 'channel_tables = ["islive"]\ntitle =', "channel_tables[0]", ("isslive",)),
    "syntax": ("seats = 3", "seats =", "line 128", ("'seats ='", "TOML", "column 8")),
    "key twice": ("seats = 3", "seats = 3\nseats = 3", "line 129", ("overwrite",)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_key_value_and_remedy(fault: str, tmp_path: Path) -> None:
    old, new, key, words = FAULTS[fault]
    with pytest.raises(DescriptionError) as caught:
        load_vehicle(written(tmp_path, old, new))
    error = caught.value
    assert error.key == key
    assert error.file.endswith("ship.toml")
    assert [word for word in words if word not in str(error)] == []


def test_generated_hatch_channels_may_not_take_a_used_id(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match=r"hatch_channels\.id = 'HATCH_NODE-LAB'.*not used before"):
        load_vehicle(written(tmp_path, 'id = "P_NODE"', 'id = "HATCH_NODE-LAB"'))


def test_a_hatch_has_one_position_channel(tmp_path: Path) -> None:
    channel = (
        '[[channels]]\nid = "{}"\nname = "door"\nquantity = "hatch_position"\nunit = "code"\nhatch = "NODE-LAB"\n'
        'range = {{low = -0.5, high = 1.5, label = "c"}}\nlabel = "c"\n\n'
    )
    one = load_vehicle(written(tmp_path, "[[channels]]", channel.format("DOOR") + "[[channels]]"))
    assert {h.id: h.channel for h in one.hatches}["NODE-LAB"] == "DOOR"
    assert not any(c.id == "HATCH_NODE-LAB" for c in one.channels)
    with pytest.raises(DescriptionError, match=r"channels\[1\]\.hatch.*DOOR reports this one"):
        load_vehicle(
            written(tmp_path, "[[channels]]", channel.format("DOOR") + channel.format("GATE") + "[[channels]]")
        )


def test_a_name_that_is_not_bundled_lists_those_that_are() -> None:
    with pytest.raises(DescriptionError, match="iss-2018-10-12") as caught:
        load_vehicle("iss-2018-10-13")
    assert "did you mean 'iss-2018-10-12'?" in str(caught.value)
    assert all(name in str(caught.value) for name in bundled_vehicles())


@pytest.mark.parametrize("path", ["absent.toml", "no/such/ship.toml"])
def test_a_missing_file_is_a_description_error(path: str) -> None:
    with pytest.raises(DescriptionError, match=r"No such file.*demo"):
        load_vehicle(path)


def test_bytes_that_are_no_text_are_a_description_error(tmp_path: Path) -> None:
    path = tmp_path / "ship.toml"
    path.write_bytes(b'title = "\xff\xfe"')
    with pytest.raises(DescriptionError, match="UTF-8"):
        load_vehicle(str(path))


def test_an_empty_file_says_what_is_required(tmp_path: Path) -> None:
    path = tmp_path / "ship.toml"
    path.write_text("")
    with pytest.raises(DescriptionError, match=r"title = None.*required"):
        load_vehicle(str(path))


def test_a_part_beside_the_file_wins_and_is_blamed_by_its_own_name(tmp_path: Path) -> None:
    start = DEMO.index("[[limits]]")
    end = DEMO.index("[hatch_channels]")
    (tmp_path / "rules.toml").write_text(DEMO[start:end], "utf-8")
    ship = 'parts = ["rules"]\n' + DEMO[:start] + DEMO[end:]
    (tmp_path / "ship.toml").write_text(ship, "utf-8")
    assert load_vehicle(str(tmp_path / "ship.toml")).limits == load_vehicle("demo").limits
    (tmp_path / "rules.toml").write_text(DEMO[start:end].replace('side = "low"', 'side = "left"', 1), "utf-8")
    with pytest.raises(DescriptionError, match=r"limits\[0\]\.side = 'left'") as caught:
        load_vehicle(str(tmp_path / "ship.toml"))
    assert caught.value.file.endswith("rules.toml")


def test_a_copy_of_a_bundled_file_is_the_same_ship(tmp_path: Path) -> None:
    path = tmp_path / "demo.toml"
    path.write_text(DEMO, "utf-8")
    assert load_vehicle(str(path)) == load_vehicle("demo")


def test_published_units_become_si_with_offsets_only_where_they_belong() -> None:
    vehicle = load_vehicle("iss-2018-10-12")
    lab = next(c for c in vehicle.channels if c.id == "USLAB000059")
    assert lab.range_si == (273.15, 323.15)
    assert lab.quantum_si == pytest.approx(0.06286)
    cabin = next(c for c in vehicle.channels if c.id == "USLAB000058")
    assert cabin.quantum_si == pytest.approx(6894.757293168 / 512, rel=1e-6)  # 1/512 psi
    assert cabin.range_si[1] == pytest.approx(850.0 * MMHG_PA)


def test_a_sum_is_no_better_known_than_its_worst_term() -> None:
    vehicle = load_vehicle("iss-2018-08-29")
    lock = vehicle.compartment("AL_EL").volume_m3
    assert lock.label == "c"
    assert lock.value == pytest.approx(26.0 + 1.33)
    assert "1.33 m3 [a]" in lock.note


def test_the_command_line_can_start_without_pydantic() -> None:
    code = "import sys, hullwatch, hullwatch.vehicle, hullwatch.vehicle.graph; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603  # our own text
