"""What a verb leaves behind: directories and files, each whole or not at all, and a clear word when they cannot be."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hullwatch.errors import RecordError

RECORD, SUMMARY, REPORT = "record.sqlite", "summary.json", "report.html"
"""What a watch leaves in its directory."""


def fresh_record(out: Path) -> Path:
    """A record is append-only and one watch long: an older one in the same place is kept under another name."""
    path = out / RECORD
    number = 1
    while path.exists():
        older = out / f"record-{number}.sqlite"
        number += 1
        if not older.exists():
            path.rename(older)
    return path


def directory(place: Path) -> None:
    """Make a directory, unless it is there."""
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(
            str(place), f"cannot be made ({error.strerror})", "Choose another place with --out"
        ) from error


def write(path: Path, text: str, option: str = "--out") -> None:
    """Write a text file, with the directories above it. option: what names another place."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RecordError(
            str(path), f"cannot be written ({error.strerror})", f"Choose another place with {option}"
        ) from error


def write_lines(path: Path, lines: Iterable[str], option: str = "--out") -> None:
    """Write a text file line by line, whole or not at all. option: what names another place."""
    with whole_file(path, option) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines)


@contextmanager
def whole_file(path: Path, option: str) -> Iterator[Path]:
    """Where to write what becomes this file once all of it is written; a device or a pipe is written to as it is."""
    part = path.with_name(f".{path.name}.part") if path.is_file() or not path.exists() else path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        if part != path:
            part.replace(path)
    except OSError as error:
        raise RecordError(
            str(path), f"cannot be written ({error.strerror or error})", f"Choose another place with {option}"
        ) from error
    finally:
        if part != path:
            part.unlink(missing_ok=True)


def write_together(place: Path, texts: dict[str, str], table: Any, metadata: dict[str, str]) -> list[Path]:
    """All files of a study or none: under other names first, so that whoever stops it leaves no half file."""
    import pyarrow.parquet as pq

    targets = [place / name for name in (*texts, "reserve.parquet")]
    parts = [target.with_name(f".{target.name}.part") for target in targets]
    try:
        for part, text in zip(parts, texts.values(), strict=False):
            part.write_text(text, encoding="utf-8")
        pq.write_table(table.to_arrow().replace_schema_metadata(metadata), parts[-1])
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    except OSError as error:
        raise RecordError(
            str(place), f"cannot be written ({error.strerror})", "Choose another place with --out"
        ) from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return targets
