"""Small pieces of Markdown for the pages that are made from the code."""

from collections.abc import Iterable, Mapping


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines = [[*head]]
    lines += [[cell(c) for c in row] for row in rows]
    out = ["| " + " | ".join(lines[0]) + " |", "| " + " | ".join("---" for _ in lines[0]) + " |"]
    out += ["| " + " | ".join(row) + " |" for row in lines[1:]]
    return "\n".join(out) + "\n"


def cell(value: object) -> str:
    """Text that cannot break a table."""
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def meanings(fields: Mapping[str, str]) -> str:
    """The table of the fields of something."""
    return table(("field", "meaning"), [(code(name), meaning) for name, meaning in fields.items()])


def code(value: object) -> str:
    """Text as code."""
    return f"`{value}`"


def number(value: float) -> str:
    """A number as short as it can be said."""
    return f"{value:.6g}"
