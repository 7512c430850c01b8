"""What a user can type or read is in docs/reference, and docs/reference is what the code says."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import PROGRAM
from hullwatch.cli import program
from hullwatch.incident.events import EVENT_FIELDS, undocumented
from hullwatch.incident.summary import schema
from short_cases import FAULTS_AND_CASES
from watching import Cases

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "reference"


def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def helped(*words: str) -> str:
    done = subprocess.run(  # noqa: S603
        [*PROGRAM, *words, "--help"], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"}
    )
    return done.stdout


def commands(*words: str) -> list[tuple[str, ...]]:
    """Every command, found by following the help of each group; not asked of the generator that wrote the page."""
    _, listed, names = helped(*words).partition("Commands:\n")
    if not listed:
        return [words]
    found = re.findall(r"^  ([a-z][\w-]*)", names.split("\n\n")[0], re.MULTILINE)
    return [command for name in found for command in commands(*words, name)]


def test_every_command_and_option_in_help_is_in_the_reference() -> None:
    page = (REFERENCE / "commands.md").read_text("utf-8")
    sections = {part.split("\n")[0].strip(): part for part in page.split("\n## ")[1:]}
    found = commands()
    assert {("watch",), ("replay",), ("vehicle", "show")} <= set(found)
    assert {f"hullwatch {' '.join(words)}" for words in found} == set(sections) - {"hullwatch"}
    for words in found:
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", helped(*words))) - {"--help"}
        assert not [option for option in options if option not in sections[f"hullwatch {' '.join(words)}"]]


def test_every_exit_code_is_documented() -> None:
    page = (REFERENCE / "exit-codes.md").read_text("utf-8")
    for code in (program.NO_LEAK, program.ERROR, program.LEAK, program.UNDECIDED, program.INTERRUPTED):
        assert re.search(rf"^\| {code} \|", page, re.MULTILINE)


def test_every_event_kind_and_field_is_on_its_page() -> None:
    page = (REFERENCE / "record-events.md").read_text("utf-8")
    for kind, fields in EVENT_FIELDS.items():
        section = page.split(f"\n## {kind}\n")[1].split("\n## ")[0]
        assert all(f"`{field}`" in section for field in fields)


@pytest.mark.parametrize("case", FAULTS_AND_CASES)
def test_every_event_the_stories_emit_is_documented(cases: Cases, case: str) -> None:
    story = cases.watched(FAULTS_AND_CASES[case])
    assert [wrong for event in story.events for wrong in undocumented(event)] == []


@pytest.mark.parametrize("case", FAULTS_AND_CASES)
def test_every_key_of_the_summary_is_documented(cases: Cases, case: str) -> None:
    documented = schema()

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                full = f"{path}.{key}" if path else key
                assert full in documented, full
                walk(inner, full)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, f"{path}[]") if isinstance(inner, dict) else None

    walk(cases.watched(FAULTS_AND_CASES[case]).summary, "")


def test_links_in_the_documentation_lead_somewhere() -> None:
    for page in (*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")):
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
            if "://" in target:
                continue
            file, _, anchor = target.partition("#")
            found = (page.parent / file).resolve() if file else page
            assert found.exists(), f"{page.name}: {target}"
            if anchor and found.suffix == ".md":
                headings = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.MULTILINE)
                anchors = {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}
                assert anchor in anchors, f"{page.name}: {target}"
