"""Finds and reads the bundled cases that last for years; opens files."""

from importlib import resources
from importlib.resources.abc import Traversable

from hullwatch.errors import DescriptionError
from hullwatch.simulation.years import Years, parse_years


def bundled_years() -> tuple[str, ...]:
    """Names of the cases, sorted."""
    return tuple(sorted(e.name.removesuffix(".toml") for e in _shelf().iterdir() if e.name.endswith(".toml")))


def load_years(name: str) -> tuple[Years, str]:
    """A case and the text of its file. Raises DescriptionError for an unknown name."""
    if name not in bundled_years():
        raise DescriptionError("case", "name", name, f"one of {', '.join(bundled_years())}")
    text = (_shelf() / f"{name}.toml").read_text("utf-8")
    return parse_years(text, f"{name}.toml"), text


def _shelf() -> Traversable:
    return resources.files("hullwatch.simulation") / "year_cases"
