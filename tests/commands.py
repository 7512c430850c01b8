"""Runs the program as a user does: in a process of its own, or, quicker, its entry point in this one."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

from hullwatch.cli import main

PROGRAM = [sys.executable, "-c", "import sys; sys.argv[0] = 'hullwatch'; from hullwatch.cli import main; main()"]
Done = subprocess.CompletedProcess[str]


def process(*words: str | Path) -> Done:
    """Exit code and what was said by a process of its own; nothing is asked of a terminal."""
    return subprocess.run(  # noqa: S603
        [*PROGRAM, *map(str, words)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )  # fmt: skip


def hullwatch(*words: str | Path, cwd: Path | None = None) -> Done:
    """The same in this process; what would be a traceback there is an exception here."""
    said, error, code = io.StringIO(), io.StringIO(), 0
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(cwd or Path.cwd()))
        stack.enter_context(mock.patch.object(sys, "argv", ["hullwatch", *map(str, words)]))
        stack.enter_context(contextlib.redirect_stdout(said))
        stack.enter_context(contextlib.redirect_stderr(error))
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return Done([*map(str, words)], code, said.getvalue(), error.getvalue())


def refused(done: Done, *words: str) -> str:
    """The one sentence of an error: exit code 1, no traceback, nothing on standard output, and these words in it."""
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    assert done.stdout == ""
    said = done.stderr.strip()
    assert len(said.splitlines()) == 1, said
    for word in words:
        assert word in said, said
    return said
