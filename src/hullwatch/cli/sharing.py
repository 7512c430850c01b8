"""The verbs that carry records: compare and merge copies, export and import them, move old data out.

Each record is proved first and then read again, row by row: none is held whole, however long it is.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.cli.asking import JsonOption
from hullwatch.cli.leaving import whole_file, write_lines
from hullwatch.cli.recording import BAD, ByOption, RecordArgument, conflict_words, proved, record, shown

if TYPE_CHECKING:
    from hullwatch.incident.chain import Row
    from hullwatch.incident.verification import Proved

NewRecord = Annotated[str, typer.Option("--out", "-o", help="New record: a file that is not there yet, or a URL.")]
OtherArgument = Annotated[str, typer.Argument(metavar="OTHER", help="Another copy of it.")]
_GROUP = 20_000  # rows of a table that are made at once


@record.command("compare")
def compare_records(one: RecordArgument, other: OtherArgument, as_json: JsonOption = False) -> None:
    """Compare two copies of a record: how far they are the same, what each has after that, what contradicts.

    Exit code: 0 they are the same or one is the beginning of the other, 2 they went different ways, 1 an error.
    """
    from hullwatch.incident.merging import compare

    with proved(one) as a, proved(other) as b:
        found = compare(a, b)
    names = (other, one) if found.swapped else (one, other)
    first, second = (whole.count - found.common for whole in (found.first, found.second))
    said: dict[str, Any] = {
        "common": found.common,
        "shared_after": found.shared,
        "first": {"record": names[0], "rows": first, "only": found.only_first},
        "second": {"record": names[1], "rows": second, "only": found.only_second},
        "conflicts": list(found.conflicts),
    }
    typer.echo(json.dumps(said) if as_json else shown(_comparison_words(said)))
    raise typer.Exit(BAD if found.parted else 0)


@record.command("merge")
def merge_records(
    one: RecordArgument, other: OtherArgument, out: NewRecord, by: ByOption, as_json: JsonOption = False
) -> None:
    """Make one record of two copies: their common beginning, then the rows of both, none lost, every signature kept.

    The order in which they are named makes no difference. Exit code: 0 done, 2 done and they contradict, 1 an error.
    """
    from hullwatch.incident.merging import compare, merge

    with _continued(one) as a, _continued(other) as b:
        found = compare(a, b)
        count, head = _write_new(out, merge(found, by))
    if as_json:
        typer.echo(json.dumps({"record": out, "rows": count, "head": head, "conflicts": list(found.conflicts)}))
    else:
        typer.echo(shown("\n".join([f"{out}: {count} rows, head {head}", *map(conflict_words, found.conflicts)])))
    raise typer.Exit(BAD if found.conflicts else 0)


@record.command("export")
def export_record(
    name: RecordArgument,
    to: Annotated[Path, typer.Option(help="File to write: .jsonl, which can be verified and imported, or .parquet.")],
) -> None:
    """Write a record, proved first, as lines of JSON or as a Parquet table."""
    from hullwatch.errors import RecordError
    from hullwatch.incident.lines import to_lines

    with proved(name) as whole:
        if to.suffix == ".jsonl":
            write_lines(to, to_lines(whole.read(None), whole.schema, whole.count, whole.head), "--to")
        elif to.suffix == ".parquet":
            _write_parquet(to, whole)
        else:
            raise RecordError(str(to), "is neither .jsonl nor .parquet", "Name the file to write so")
    typer.echo(f"{to}: {whole.count} rows, head {whole.head}")


@record.command("import")
def import_record(
    name: Annotated[str, typer.Argument(metavar="FILE", help="A .jsonl that `export` wrote.")], out: NewRecord
) -> None:
    """Make a record of exported lines, proved first."""
    with _continued(name) as whole:
        count, head = _write_new(out, whole.read(None))
    typer.echo(f"{out}: {count} rows, head {head}")


@record.command("archive")
def archive_record(
    name: RecordArgument,
    before: Annotated[str, typer.Option(help="Data of trend rows before this time moves out: 2018-09-01T00:00Z.")],
    to: Annotated[Path, typer.Option(help="File for the rows that move out, .jsonl.")],
    out: NewRecord,
    by: ByOption,
) -> None:
    """Make a smaller record without the data of old trend rows; the chain can still be proved.

    The record itself stays as it is. Do it while no watch is writing, then put the smaller one in its place.
    """
    from hullwatch.incident.archiving import archive
    from hullwatch.incident.lines import to_lines
    from hullwatch.units import utc_seconds

    with proved(name) as whole:
        parted = archive(whole, name, utc_seconds(before), by)
        write_lines(to, to_lines(parted.moved(), whole.schema, parted.count, whole.head), "--to")
        count, head = _write_new(out, parted.kept())
    typer.echo(f"{to}: {parted.count} rows moved out\n{out}: {count} rows, head {head}")


@contextmanager
def _continued(name: str) -> "Iterator[Proved]":
    """A record that holds, whose rows can be written into another with the same hashes."""
    from hullwatch.errors import RecordError

    with proved(name) as whole:
        if whole.schema < 2:
            problem = f"is of version {whole.schema}, chained in another way"
            raise RecordError(name, problem, "Keep it as it is; it can be shown")
        yield whole


def _write_new(out: str, rows: "Iterable[Row]") -> tuple[int, str]:
    """A record where there was none; number of rows and head hash."""
    from hullwatch.errors import RecordError
    from hullwatch.incident.store import open_record

    if "://" not in out and Path(out).exists():
        raise RecordError(out, "is there already", "Give another path with --out; a record is never overwritten")
    with open_record(out) as made:
        if made.head[0]:
            raise RecordError(made.name, "holds a record already", "Give another database with --out")
        made.extend(rows)
        return made.head


def _write_parquet(to: Path, whole: "Proved") -> None:
    """The record as a table: rows as they are, and their time as a time."""
    import polars as pl
    import pyarrow.parquet as pq

    columns = ("seq", "time_utc", "time_s", "kind", "incident", "data", "hash", "digest")
    types: dict[str, Any] = {name: pl.String for name in columns} | {"seq": pl.Int64, "time_s": pl.Float64}
    time = (pl.col("time_s") * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC")).alias("time")
    metadata = {"hullwatch_record": str(whole.schema), "rows": str(whole.count), "head": whole.head}

    def table(rows: "Iterable[Row]") -> Any:
        cells = [[getattr(row, name) for name in columns] for row in rows]
        return pl.DataFrame(cells, types, orient="row").with_columns(time).to_arrow().replace_schema_metadata(metadata)

    rows = iter(whole.read(None))
    with whole_file(to, "--to") as part, pq.ParquetWriter(part, table([]).schema) as file:
        while group := list(islice(rows, _GROUP)):
            file.write_table(table(group))


def _comparison_words(said: dict[str, Any]) -> str:
    first, second = said["first"], said["second"]
    if not first["rows"] and not second["rows"]:
        return f"the same: {said['common']} rows"
    lines = [f"the same for {said['common']} rows; after that {said['shared_after']} more rows are in both"]
    for side in (first, second):
        kinds = ", ".join(f"{kind} {count}" for kind, count in side["only"].items())
        lines.append(f"only in {side['record']}: {kinds or 'nothing'}")
    return "\n".join([*lines, *map(conflict_words, said["conflicts"])])
