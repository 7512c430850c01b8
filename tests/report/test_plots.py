"""What is drawn over time is what was said."""

import night
import pytest

from hullwatch.report.plots import cabin_plot
from hullwatch.report.story import tell

WHOLE_DAY = ("29T00:00", "29T23:59", 1, "numbers are read as hours of an unnamed day")


@pytest.mark.parametrize(("kind", "drawn"), [("clock", False), ("order", False), ("gap", True), ("frozen", True)])
def test_only_what_leaves_no_telemetry_is_drawn_as_lost(kind: str, drawn: bool) -> None:
    calm = [e for e in night.quiet_day() if e.kind != "quality"]
    said = [*calm[:2], night.quality(kind, None, *WHOLE_DAY), *calm[2:]]
    assert "signal lost" not in cabin_plot(tell(calm))
    assert ("signal lost" in cabin_plot(tell(said))) == drawn
