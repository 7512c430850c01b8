"""Runs the program as a user does, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = [sys.executable, "-c", "import sys; sys.argv[0] = 'hullwatch'; from hullwatch.cli import main; main()"]


def hullwatch(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Its exit code and what it said; nothing is asked of a terminal."""
    return subprocess.run(  # noqa: S603
        [*PROGRAM, *map(str, words)],
        capture_output=True, text=True, check=False, cwd=cwd, stdin=subprocess.DEVNULL, timeout=120,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )  # fmt: skip


def refused(done: subprocess.CompletedProcess[str], *words: str) -> str:
    """The one sentence of an error: exit code 1, no traceback, nothing on standard output, and these words in it."""
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    assert done.stdout == ""
    said = done.stderr.strip()
    assert len(said.splitlines()) == 1, said
    for word in words:
        assert word in said, said
    return said
