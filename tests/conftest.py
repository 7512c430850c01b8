"""What tests of several folders share: cases that are played and watched once in a run."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from watching import Cases  # it lies beside this file


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    """Plays and watches each case once."""
    return Cases(tmp_path_factory.mktemp("cases"))
