import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullwatch.errors import OutOfRange
from hullwatch.records import Samples
from hullwatch.telemetry.source import Recording, Source

READING = st.tuples(st.floats(-1e9, 1e10), st.integers(0, 2), st.floats(allow_nan=False, allow_infinity=False))


def _recording(readings: list[tuple[float, int, float]]) -> Recording:
    columns = list(zip(*readings, strict=True)) or [(), (), ()]
    samples = Samples(
        time_s=np.array(columns[0], dtype=np.float64),
        item=np.array(columns[1], dtype=np.int64),
        value=np.array(columns[2], dtype=np.float64),
        items=("A", "B", "C"),
    )
    return Recording("made up", samples)


@given(st.lists(READING, max_size=60), st.integers(1, 70))
def test_blocks_of_any_size_hold_the_same_readings(readings: list[tuple[float, int, float]], rows: int) -> None:
    source = _recording(readings)
    blocks = list(source.blocks(rows))
    assert all(len(block.time_s) == rows for block in blocks[:-1])
    assert all(block.items == ("A", "B", "C") for block in blocks)
    for name in ("time_s", "item", "value"):
        pieces = [getattr(block, name) for block in blocks]
        joined = np.concatenate(pieces) if pieces else np.zeros(0)
        np.testing.assert_array_equal(joined, getattr(source.samples, name))


def test_a_recording_is_a_source() -> None:
    source: Source = _recording([(0.0, 0, 1.0), (1.0, 1, 2.0)])
    assert (source.name, source.rows, source.notes, dict(source.provenance)) == ("made up", 2, (), {})


def test_an_empty_recording_has_no_blocks() -> None:
    assert list(_recording([]).blocks()) == []


def test_a_block_has_at_least_one_row() -> None:
    with pytest.raises(OutOfRange, match="at least one row"):
        next(_recording([(0.0, 0, 1.0)]).blocks(0))
