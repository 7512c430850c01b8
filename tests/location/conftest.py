"""Lets the tests of this folder import its scenes, and the rooms in a row of the balance's tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "balance"))
sys.path.insert(0, str(Path(__file__).parent))
