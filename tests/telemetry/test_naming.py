"""A column is known by its id, by another name, by a pattern or by its bounds; several sensors of a kind share them."""

import pytest

from hullwatch.telemetry.naming import name_columns
from hullwatch.vehicle.facts import Channel

PA = (0.0, 2e5)
NAMES = ("pressure", "*pressure*hpa*")
CHANNELS = (
    Channel("p_hpa", "pressure", "pressure", "hPa", "cabin", PA, columns=NAMES),
    Channel("p_hpa_2", "pressure", "pressure", "hPa", "cabin", PA, columns=NAMES, twin_of="p_hpa"),
    Channel("o2", "oxygen", "ppo2", "mmHg", "cabin", PA, bounds=("o2_min", "o2_max")),
)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        (("p_hpa", "rest"), {"p_hpa": "p_hpa", "rest": "rest"}),
        (("cabin_p_hpa",), {"cabin_p_hpa": "p_hpa"}),
        ((" Pressure ",), {" Pressure ": "p_hpa"}),
        (("Pressure_ir_hPa", "pressure_vis_hpa"), {"Pressure_ir_hPa": "p_hpa", "pressure_vis_hpa": "p_hpa_2"}),
        (("vis_p_hpa", "ir_p_hpa"), {"vis_p_hpa": "p_hpa", "ir_p_hpa": "p_hpa_2"}),
        (("pressure_vis_hpa", "p_hpa"), {"pressure_vis_hpa": "p_hpa_2", "p_hpa": "p_hpa"}),
        (
            ("pressure_min_hpa", "pressure_max_hpa", "pressure_hpa"),
            {"pressure_hpa": "p_hpa", "pressure_min_hpa": "pressure_min_hpa", "pressure_max_hpa": "pressure_max_hpa"},
        ),
        (
            ("pressure_1_hpa", "pressure_2_hpa", "pressure_3_hpa"),
            {"pressure_1_hpa": "p_hpa", "pressure_2_hpa": "p_hpa_2", "pressure_3_hpa": "pressure_3_hpa"},
        ),
    ],
)
def test_columns_are_named(columns: tuple[str, ...], named: dict[str, str]) -> None:
    names = name_columns(columns, CHANNELS)
    assert names.own == named
    assert names.between == {}
    assert names.twice is None


def test_a_reading_may_lie_between_two_columns() -> None:
    names = name_columns(("O2_max", "o2_min", "p_hpa"), CHANNELS)
    assert names.between == {"o2": ("o2_min", "O2_max")}
    assert names.own == {"p_hpa": "p_hpa"}


def test_bounds_are_left_alone_where_the_reading_itself_is_there() -> None:
    names = name_columns(("o2_min", "o2_max", "o2"), CHANNELS)
    assert names.between == {}
    assert names.own["o2"] == "o2"


def test_a_channel_without_a_twin_is_in_one_column_only() -> None:
    assert name_columns(("a_o2", "b_o2"), CHANNELS).twice == ("o2", "a_o2", "b_o2")
