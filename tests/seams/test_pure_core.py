"""Law 1: only the named edges open files or print; nobody reads a clock or draws global random numbers.

The syntax tree of every file is walked for calls and imports that reach outside. What a walk cannot see (a method of an
object that came from elsewhere) is not seen here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "hullwatch"

EDGES = {
    "cli": "the verbs",
    "bars.py": "their progress bars, on standard error",
    "telemetry/files.py": "opens recordings",
    "telemetry/csv_file.py": "reads CSV",
    "telemetry/parquet_file.py": "reads Parquet",
    "telemetry/discharge_file.py": "reads the discharge of a vessel",
    "telemetry/operations_log.py": "reads the operations log",
    "telemetry/history_file.py": "reads long series, dated rates and logs",
    "vehicle/load.py": "reads vehicle files",
    "vehicle/roster_load.py": "reads roster files",
    "simulation/load.py": "reads scenario files",
    "simulation/load_years.py": "reads the cases of years",
    "console": "serves the record, asks for the watch's state, reads its own two clocks",
    "incident/connection.py": "opens the record",
    "incident/store.py": "writes the record",
    "incident/pairing.py": "sorts what two copies hold in a temporary file",
}
"""Files, and the two folders, that may touch the world, and what for."""
CLOCKED = {
    "console/clock.py": "the host's UTC to show, and a steady clock for ages; nothing of the record comes of them"
}
"""Files that may read a clock, and what for."""

FILE_WORDS = {
    "open", "print", "input", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "iterdir",
    "listdir", "glob", "rglob", "stat", "exists", "is_file", "is_dir", "touch", "rename", "savefig", "read_csv",
    "scan_csv", "read_parquet", "scan_parquet", "write_csv", "write_parquet", "write_table", "loadtxt", "savetxt",
    "fromfile", "tofile", "connect", "system", "urlopen", "echo", "breakpoint", "exec", "eval",
}  # fmt: skip
WORLD_MODULES = {
    "os", "io", "socket", "ssl", "http", "urllib", "requests", "subprocess", "shutil", "tempfile", "logging", "sqlite3",
    "sqlalchemy", "threading", "asyncio", "multiprocessing", "signal", "pathlib", "glob", "warnings", "secrets",
}  # fmt: skip
CLOCKS = {
    "now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
    "process_time", "localtime", "gmtime",
}  # fmt: skip
RANDOM = {"default_rng", "Generator", "SeedSequence", "PCG64"}
"""What of numpy.random may be called: generators made from a given seed."""

FILES = sorted(path.relative_to(SRC).as_posix() for path in SRC.rglob("*.py"))


def tree_of(name: str) -> ast.Module:
    return ast.parse((SRC / name).read_text("utf-8"))


def dotted(node: ast.expr) -> str:
    """The name that is called, as written: `np.random.normal`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_the_edges_are_there() -> None:
    assert all((SRC / edge).exists() for edge in EDGES)


@pytest.mark.parametrize("name", [f for f in FILES if f not in EDGES and f.split("/")[0] not in EDGES])
def test_the_core_opens_and_prints_nothing(name: str) -> None:
    tree = tree_of(name)
    reached = {called for called, _ in calls(tree) if called.split(".")[-1] in FILE_WORDS}
    # an in-memory buffer is no file, and a figure may be saved into one
    buffers = {"io"} if "StringIO" in ast.unparse(tree) or "BytesIO" in ast.unparse(tree) else set[str]()
    if buffers:
        reached = {called for called in reached if not called.endswith(".savefig")}
    assert not reached
    assert not (imported(tree) & WORLD_MODULES) - buffers


@pytest.mark.parametrize("name", [f for f in FILES if f not in CLOCKED])
def test_nobody_reads_a_clock(name: str) -> None:
    tree = tree_of(name)
    assert "time" not in imported(tree)
    clocks = {c for c, _ in calls(tree) if c.split(".")[-1] in CLOCKS and c.split(".")[0] in ("dt", "datetime", "time")}
    assert not clocks


@pytest.mark.parametrize("name", FILES)
def test_nobody_draws_global_random_numbers(name: str) -> None:
    tree = tree_of(name)
    assert "random" not in imported(tree)
    for called, node in calls(tree):
        if ".random." in called:
            assert called.split(".")[-1] in RANDOM, called
            assert node.args or node.keywords, f"{called} without a seed"


@pytest.mark.parametrize("sample", ["open('x')", "dt.datetime.now()", "np.random.normal()", "Path('x').read_text()"])
def test_the_walk_finds_what_it_is_for(sample: str) -> None:
    ((called, _), *_) = list(calls(ast.parse(sample)))
    last = called.split(".")[-1]
    assert last in FILE_WORDS or last in CLOCKS or (".random." in called and last not in RANDOM)
