"""Units that are read without Pint mean what Pint says."""

from typing import Any

import pint
import pytest

from hullwatch.units import PLAIN, parse_quantity


@pytest.mark.parametrize(("written", "si"), PLAIN)
def test_the_quick_table_is_pints(written: str, si: str) -> None:
    registry: Any = pint.UnitRegistry()
    assert parse_quantity(f"25.7 {written}", si) == pytest.approx(
        registry.Quantity(f"25.7 {written}").to(si).magnitude, rel=1e-15
    )
