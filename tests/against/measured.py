"""Measured records that are not in the repository: where they are, or a skip with the reason."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

DATA = Path(os.environ.get("HULLWATCH_DATA", Path(__file__).parents[2] / "../shared/data"))


def file(*parts: str) -> str:
    path = DATA.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"no {path}; set HULLWATCH_DATA to the folder that holds {parts[0]}")
    return str(path)


def chamber(name: str):
    """Time in s and gauge pressure in Pa of a small air chamber."""
    with gzip.open(file("air_chamber_decay", f"{name}.csv.gz"), "rt") as stream:
        rows = list(csv.DictReader(stream))
    return np.array([float(r["time_s"]) for r in rows]), np.array([float(r["pressure_bar"]) for r in rows]) * 1e5
