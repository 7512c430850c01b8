"""Day by day: what is declared, when, and that nothing later has a part in it."""

from dataclasses import replace

import numpy as np
import pytest
from slow_worlds import NOISE, START, steps, world

from hullwatch.models.slow_air import LogEntry
from hullwatch.trend.online import declare, sureness
from hullwatch.units import DAY_S

LEARN = START + 100.0 * DAY_S


def kinds(record: object, per_year: float = 0.1) -> list[tuple[str, float]]:
    said, _, _ = declare(record, NOISE, per_year, LEARN)  # type: ignore[arg-type]
    return [(d.kind, (d.declared_s - START) / DAY_S) for d in said]


def test_a_rise_is_declared_within_days_and_dated() -> None:
    late = []
    for seed in range(8):
        record = world(np.random.default_rng(seed), steps((200, 0.4), (60, 1.0)))
        said, _, _ = declare(record, NOISE, 0.1, LEARN)
        rises = [d for d in said if d.kind == "rise"]
        assert rises, seed
        late.append((rises[0].declared_s - START) / DAY_S - 199.0)
        onset = (rises[0].onset_s.median - START) / DAY_S
        assert 190.0 < onset < 203.0
    assert np.median(late) <= 6.0
    assert max(late) <= 12.0


def test_gas_let_go_and_a_bad_reading_are_no_rise() -> None:
    for seed in range(6):
        record = world(np.random.default_rng(20 + seed), steps((300, 0.4)))
        record.mass_kg[150:] -= 3.0
        record.mass_kg[220] += 6.0
        said = [kind for kind, _ in kinds(record)]
        assert "rise" not in said
        assert "mass_step" in said
        assert "bad_reading" in said


def test_a_logged_fill_of_unknown_mass_is_not_declared() -> None:
    log = (LogEntry(START + 150.2 * DAY_S, "repress"),)
    record = world(np.random.default_rng(3), steps((300, 0.4)), log)
    record.mass_kg[151:] += 17.0
    record.mass_kg[150] += 8.0
    assert kinds(record) == []


def test_nothing_later_has_a_part_in_a_declaration() -> None:
    record = world(np.random.default_rng(5), steps((200, 0.4), (60, 1.0)))
    whole = [d for d in kinds(record) if d[1] <= 215.0]
    assert kinds(record.until(START + 215.0 * DAY_S)) == whole
    other = replace(record, mass_kg=np.where(np.arange(260) > 215, 900.0, record.mass_kg))
    assert [d for d in kinds(other) if d[1] <= 215.0] == whole


def test_false_alarms_stay_below_what_was_accepted() -> None:
    """Sixty years without a change at 0.5 a year: 30 would be allowed, and Poisson's 99 % above it is 43."""
    count = 0
    for seed in range(20):
        record = world(np.random.default_rng(1000 + seed), steps((100 + 1096, 0.4)))
        count += sum(1 for kind, _ in kinds(record, 0.5) if kind == "rise")
    assert count <= 43


@pytest.mark.parametrize(("per_year", "odds"), [(0.1, 19.0), (0.2, 9.0), (100.0, 4.0)])
def test_sureness_splits_the_false_alarms(per_year: float, odds: float) -> None:
    assert sureness(per_year) == pytest.approx(np.log(odds))
