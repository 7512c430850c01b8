"""Units that are read without Pint mean what Pint says."""

from typing import Any

import pint
import pytest

from hullwatch.errors import OutOfRange
from hullwatch.units import PLAIN, parse_quantity


@pytest.mark.parametrize(("written", "si"), PLAIN)
def test_the_quick_table_is_pints(written: str, si: str) -> None:
    registry: Any = pint.UnitRegistry()
    assert parse_quantity(f"25.7 {written}", si) == pytest.approx(
        registry.Quantity(f"25.7 {written}").to(si).magnitude, rel=1e-15
    )


@pytest.mark.parametrize(
    ("written", "si", "value"),
    [("4.5 m3", "m^3", 4.5), ("30 cm2", "m^2", 30e-4), ("5 cm^2", "m^2", 5e-4), (".5 mm", "m", 5e-4)],
)
def test_powers_and_leading_points_are_read(written: str, si: str, value: float) -> None:
    assert parse_quantity(written, si) == pytest.approx(value)


@pytest.mark.parametrize(
    "written", ["20..30 kg/day", "1 mmHg in 30 min", "20 30 kg/day", "2 * 3 kg/day", "kg/day", "5", "", "nan kg/day"]
)
def test_a_second_number_is_refused_and_not_multiplied_in(written: str) -> None:
    with pytest.raises(OutOfRange):
        parse_quantity(written, "kg/s")
