"""What a user can type or read is in docs/reference, and docs/reference is what the code says."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hullwatch import cli
from hullwatch.incident.events import EVENT_FIELDS, undocumented
from hullwatch.incident.summary import schema
from short_cases import FAULTS_AND_CASES
from watching import Cases

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "reference"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_command_and_option_in_help_is_in_the_reference() -> None:
    """Help is asked of the program itself, not of the generator that wrote the page."""
    page = (REFERENCE / "commands.md").read_text("utf-8")
    sections = {part.split("\n")[0].strip(): part for part in page.split("\n## ")[1:]}
    for name in ("watch", "simulate", "replay", "report", "vehicle list", "vehicle show"):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", "from hullwatch.cli import main; main()", *name.split(), "--help"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", done.stdout)) - {"--help"}
        section = sections[f"hullwatch {name}"]
        assert options
        assert not [option for option in options if option not in section]


def test_every_command_of_the_app_has_a_section() -> None:
    names = [name for name, _ in generator().commands()]
    assert len(names) == 6
    page = (REFERENCE / "commands.md").read_text("utf-8")
    assert all(f"\n## {name}\n" in page for name in names)


def test_every_exit_code_is_documented() -> None:
    page = (REFERENCE / "exit-codes.md").read_text("utf-8")
    for code in (cli.NO_LEAK, cli.ERROR, cli.LEAK, cli.UNDECIDED, cli.INTERRUPTED):
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
