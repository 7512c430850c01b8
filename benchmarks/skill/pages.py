"""Puts measured tables into a page of the documentation, between two marks, with machine and date."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"


def put(page: Path, command: str, parts: Sequence[str], seconds: float) -> None:
    """Replace what stands between the marks of a page."""
    made = (
        f"Made by `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {seconds:.0f} s of one core."
    )
    text = page.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    if not rest or END not in rest:
        raise SystemExit(f"{page}: no {BEGIN} ... {END} to write between")
    page.write_text("\n\n".join([head + BEGIN, made, *parts, END]) + rest.partition(END)[2], "utf-8")
