"""Runs the commands shown in the documentation and puts what they print under them: `python docs/transcripts.py`.

A block begins with `<!-- run: COMMAND -->`; the fenced text after it is replaced. Commands run in one temporary folder,
in order; `$HULLWATCH_DATA` stands for the folder of third-party recordings, and a block that needs it is left alone
without.
"""

import os
import re
import subprocess
import tempfile
import textwrap
from pathlib import Path

DOCS = Path(__file__).parent
BLOCK = re.compile(r"(<!-- run: (?P<command>[^\n]+?) -->\n\n```\n)(?:(?!```).)*(```)", re.DOTALL)


def said(command: str, folder: str) -> str:
    """What a command prints, as a reader would see it in a window 100 wide."""
    done = subprocess.run(  # noqa: S602  # the commands are our own documentation's
        command, shell=True, cwd=folder, capture_output=True, text=True, check=False
    )
    lines = [textwrap.fill(line, 100) if line.strip() else "" for line in (done.stdout + done.stderr).splitlines()]
    shown = "\n".join(lines).strip().replace(os.environ.get("HULLWATCH_DATA", "\0"), "$HULLWATCH_DATA")
    return f"$ {command}\n{shown}\n$ echo $?\n{done.returncode}"


def main() -> None:
    """Every page with a block in it."""
    with tempfile.TemporaryDirectory() as folder:
        for page in sorted(DOCS.rglob("*.md")):

            def renewed(block: re.Match[str]) -> str:
                if "$HULLWATCH_DATA" in block["command"] and "HULLWATCH_DATA" not in os.environ:
                    return block[0]
                return f"{block[1]}{said(block['command'], folder)}\n{block[3]}"

            old = page.read_text("utf-8")
            new = BLOCK.sub(renewed, old)
            if new != old:
                page.write_text(new, "utf-8")
                print(page)


if __name__ == "__main__":
    main()
