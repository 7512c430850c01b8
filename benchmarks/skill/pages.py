"""Puts measured tables into a page of the documentation, between two marks, with machine and date."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path


def put(page: Path, command: str, parts: Sequence[str], seconds: float, mark: str = "measured") -> None:
    """Replace what stands between the marks of a page."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    made = (
        f"Made by `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {seconds:.0f} s of one core."
    )
    text = page.read_text("utf-8")
    head, _, rest = text.partition(begin)
    if not rest or end not in rest:
        raise SystemExit(f"{page}: no {begin} ... {end} to write between")
    page.write_text("\n\n".join([head + begin, made, *parts, end]) + rest.partition(end)[2], "utf-8")
