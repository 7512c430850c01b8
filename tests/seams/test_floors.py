"""The floors hold, files and functions stay small."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "hullwatch"
FILES = sorted(SRC.rglob("*.py"))
LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 600, 80

LONG_FUNCTIONS = {
    "balance/air.py:_run": "compiled: one pass over the readings, whose local variables are its memory",
    "models/rosenbrock.py:integrate_paths": "compiled: one stiff step after the other, in arrays that are made once",
    "models/cabin_flow.py:rates": "compiled: the right-hand side of the cabin, one balance after the other",
    "telemetry/sort.py:sort_into_frames": "compiled: one pass over the readings, whose local variables are its memory",
}
"""Functions that may be longer, and why."""


def test_a_file_imports_only_from_floors_below() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    if not tool.exists():
        pytest.skip("import-linter is not installed: pip install '.[dev]'")
    done = subprocess.run(  # noqa: S603
        [tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_files_and_functions_are_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LINES_OF_A_FILE
    name = str(path.relative_to(SRC))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LINES_OF_A_FUNCTION or f"{name}:{node.name}" in LONG_FUNCTIONS, f"{node.name}: {length}"


def test_the_list_of_long_functions_names_functions() -> None:
    for entry in LONG_FUNCTIONS:
        file, name = entry.split(":")
        tree = ast.parse((SRC / file).read_text("utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
