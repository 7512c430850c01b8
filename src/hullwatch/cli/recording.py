"""The verbs over a record itself: prove it, show it, compare and merge copies, export it, move old data out."""

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.cli.asking import JsonOption
from hullwatch.cli.leaving import RECORD, write
from hullwatch.cli.program import LEAK

if TYPE_CHECKING:
    from hullwatch.incident.chain import Row
    from hullwatch.incident.verification import Reader

record = typer.Typer(help="The record: prove it, share it between centres, keep it.", no_args_is_help=True)

RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="Record file, directory of a watch, database URL, or exported .jsonl.")
]
ByOption = Annotated[str, typer.Option("--by", help="Who does this.")]
NewRecord = Annotated[str, typer.Option("--out", "-o", help="New record: a file that is not there yet, or a URL.")]
BAD = LEAK
"""Exit code of `verify` for a record that does not hold, and of `merge` for one with conflicts."""


@record.command("verify")
def verify_record(
    name: RecordArgument,
    head: Annotated[str, typer.Option(help="A head hash noted earlier, for instance from a report.")] = "",
    keys: Annotated[
        str, typer.Option(help='JSON file of public keys known from elsewhere: {"houston": "64 hex digits"}.')
    ] = "",
    moved: Annotated[str, typer.Option(help="File of rows that `archive` moved out: each must belong here.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Prove that nothing was altered, removed or reordered, and who said what; name the first row that is bad.

    Exit code: 0 it holds, 2 it does not, 1 an error.
    """
    from hullwatch.incident.archiving import belong
    from hullwatch.incident.lines import shortened
    from hullwatch.incident.verification import verify

    known = _keys(keys) if keys else None
    with _reading(name) as (read, schema, named):
        found = verify(read, schema, _head(head) if head else None, known)
        why = found.why
        if found.ok and named is not None:
            why = shortened(found.count, found.head, named)
        if found.ok and not why and moved:
            why = belong(rows_of(moved)[0], read(None))
    said = {**found.as_dict(), "ok": not why, "why": why}
    if as_json:
        typer.echo(json.dumps(said))
    else:
        typer.echo(_shown(_verdict(said)))
    raise typer.Exit(BAD if why else 0)


@record.command("show")
def show_record(
    name: RecordArgument,
    rows: Annotated[bool, typer.Option("--rows", help="Every row on a line, instead of what stands.")] = False,
    kind: Annotated[str, typer.Option(help="Only rows of this kind, with --rows.")] = "",
    after: Annotated[int, typer.Option(help="Only rows after this number, with --rows.", min=0)] = 0,
    as_json: JsonOption = False,
) -> None:
    """Show what stands in a record: rows by kind, centres, alarms, decisions, conflicts of merges."""
    from hullwatch.incident.lines import line_of
    from hullwatch.incident.merging import of_kinds
    from hullwatch.incident.standing import standing

    kept, schema, _ = rows_of(name)
    if rows:
        for row in kept:
            if row.seq > after and kind in ("", row.kind):
                typer.echo(line_of(row).rstrip("\n") if as_json else _shown(_row_words(row)))
        return
    here = standing(row.event for row in kept if row.data is not None)
    said: dict[str, Any] = {
        "rows": len(kept), "head": kept[-1].hash if kept else None, "schema": schema, "kinds": of_kinds(kept),
        "span_utc": [min(r.time_utc for r in kept), max(r.time_utc for r in kept)] if kept else None,
        "centres": dict(here.centres), "limits_pa": dict(here.limits_pa),
        "alarms": [alarm.as_dict() for alarm in here.alarms.values()],
        "decisions": [decision.as_dict() for decision in here.decisions.values()],
        "disputed_hatches": list(here.disputed),
        "conflicts": [c for row in kept if row.kind == "merged" for c in row.fields.get("conflicts", ())],
    }  # fmt: skip
    typer.echo(json.dumps(said) if as_json else _shown(_standing_words(said)))


@record.command("compare")
def compare_records(
    one: RecordArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another copy of it.")],
    as_json: JsonOption = False,
) -> None:
    """Compare two copies of a record: how far they are the same, what each has after that, what contradicts.

    Exit code: 0 they are the same or one is the beginning of the other, 2 they went different ways, 1 an error.
    """
    from hullwatch.incident.merging import compare, of_kinds

    found = compare(_proved(one)[0], _proved(other)[0])
    names = (other, one) if found.swapped else (one, other)
    said: dict[str, Any] = {
        "common": found.common,
        "shared_after": len(found.pairs),
        "first": {"record": names[0], "rows": len(found.first), "only": of_kinds(found.only_first)},
        "second": {"record": names[1], "rows": len(found.second), "only": of_kinds(found.only_second)},
        "conflicts": list(found.conflicts),
    }
    typer.echo(json.dumps(said) if as_json else _shown(_comparison_words(said)))
    raise typer.Exit(BAD if found.first and found.second else 0)


@record.command("merge")
def merge_records(
    one: RecordArgument,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another copy of it.")],
    out: NewRecord,
    by: ByOption,
    as_json: JsonOption = False,
) -> None:
    """Make one record of two copies: their common beginning, then the rows of both, none lost, every signature kept.

    The order in which they are named makes no difference. Exit code: 0 done, 2 done and they contradict, 1 an error.
    """
    from hullwatch.incident.merging import compare, merge

    a, b = _continued(one), _continued(other)
    conflicts = compare(a, b).conflicts
    head = _write_new(out, merge(a, b, by))
    if as_json:
        typer.echo(json.dumps({"record": out, "rows": head[0], "head": head[1], "conflicts": list(conflicts)}))
    else:
        typer.echo(_shown("\n".join([f"{out}: {head[0]} rows, head {head[1]}", *map(_conflict_words, conflicts)])))
    raise typer.Exit(BAD if conflicts else 0)


@record.command("export")
def export_record(
    name: RecordArgument,
    to: Annotated[Path, typer.Option(help="File to write: .jsonl, which can be verified and imported, or .parquet.")],
) -> None:
    """Write a record, proved first, as lines of JSON or as a Parquet table."""
    from hullwatch.errors import RecordError
    from hullwatch.incident.lines import to_lines

    rows, schema = _proved(name)
    head = rows[-1].hash if rows else "0" * 64
    if to.suffix == ".jsonl":
        write(to, "".join(to_lines(rows, schema, len(rows), head)), "--to")
    elif to.suffix == ".parquet":
        _write_parquet(to, rows, schema, head)
    else:
        raise RecordError(str(to), "is neither .jsonl nor .parquet", "Name the file to write so")
    typer.echo(f"{to}: {len(rows)} rows, head {head}")


@record.command("import")
def import_record(
    name: Annotated[str, typer.Argument(metavar="FILE", help="A .jsonl that `export` wrote.")], out: NewRecord
) -> None:
    """Make a record of exported lines, proved first."""
    head = _write_new(out, _continued(name))
    typer.echo(f"{out}: {head[0]} rows, head {head[1]}")


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

    rows, schema = _proved(name)
    kept, moved = archive(rows, schema, name, utc_seconds(before), by)
    write(to, "".join(to_lines(moved, schema, len(moved), rows[-1].hash)), "--to")
    head = _write_new(out, kept)
    typer.echo(f"{to}: {len(moved)} rows moved out\n{out}: {head[0]} rows, head {head[1]}")


@contextmanager
def _reading(name: str) -> "Iterator[tuple[Reader, int, tuple[int, str] | None]]":
    """Reader and version of a record by any of its names; of exported lines also the count and head they name."""
    from hullwatch.incident.lines import schema_of
    from hullwatch.incident.store import open_record

    if name.endswith((".jsonl", ".ndjson")):
        schema, count, head = schema_of(next(_lines(name), ""), name)
        yield lambda kinds: _rows_in(name, kinds), schema, (count, head)
        return
    with open_record(place_of(name), read_only=True) as opened:
        yield opened.reader(), opened.schema, None


def _lines(name: str) -> "Iterator[str]":
    from hullwatch.errors import RecordError

    try:
        with Path(name).open(encoding="utf-8", newline="\n") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(name, f"cannot be read ({error})", "Give a file that `record export` wrote") from error


def _rows_in(name: str, kinds: "Collection[str] | None") -> "Iterator[Row]":
    """Rows of exported lines, of some kinds or all."""
    from hullwatch.incident.lines import from_lines

    lines = (line for line in islice(_lines(name), 1, None) if line.strip("\n"))
    return (row for row in from_lines(lines, name) if kinds is None or row.kind in kinds)


def rows_of(name: str) -> "tuple[list[Row], int, tuple[int, str] | None]":
    """Rows and version of a record by any of its names; of exported lines also the count and head they name."""
    with _reading(name) as (read, schema, named):
        return list(read(None)), schema, named


def place_of(name: str) -> str:
    """The record itself, where a directory of a watch is named."""
    return str(Path(name) / RECORD) if "://" not in name and Path(name).is_dir() else name


def _proved(name: str) -> "tuple[list[Row], int]":
    """Rows and version of a record that holds; nothing else is passed on."""
    from hullwatch.errors import RecordError
    from hullwatch.incident.lines import shortened
    from hullwatch.incident.verification import verify

    rows, schema, named = rows_of(name)
    found = verify(rows, schema)
    why = found.why or (shortened(found.count, found.head, named) if named is not None else "")
    if why:
        raise RecordError(name, why, "Run `hullwatch record verify`; restore it from a copy")
    return rows, schema


def _continued(name: str) -> "list[Row]":
    """Rows that can be written into another record with the same hashes."""
    from hullwatch.errors import RecordError

    rows, schema = _proved(name)
    if schema < 2:
        raise RecordError(name, f"is of version {schema}, chained in another way", "Keep it as it is; it can be shown")
    return rows


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


def _write_parquet(to: Path, rows: "list[Row]", schema: int, head: str) -> None:
    import polars as pl
    import pyarrow.parquet as pq

    from hullwatch.errors import RecordError

    columns = ("seq", "time_utc", "time_s", "kind", "incident", "data", "hash", "digest")
    types: dict[str, Any] = {name: pl.String for name in columns} | {"seq": pl.Int64, "time_s": pl.Float64}
    table = pl.DataFrame([[getattr(row, name) for name in columns] for row in rows], types, orient="row")
    table = table.with_columns(
        (pl.col("time_s") * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us", "UTC")).alias("time")
    )
    metadata = {"hullwatch_record": str(schema), "rows": str(len(rows)), "head": head}
    try:
        pq.write_table(table.to_arrow().replace_schema_metadata(metadata), to)
    except OSError as error:
        raise RecordError(str(to), f"cannot be written ({error.strerror})", "Choose another place with --to") from error


def _keys(file: str) -> dict[str, list[str]]:
    """Public keys by centre, one or several each."""
    from hullwatch.errors import DescriptionError
    from hullwatch.incident.signing import public_key

    try:
        found = json.loads(Path(file).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DescriptionError(file, "keys", str(error)[:80], '{"houston": "64 hexadecimal digits"}') from error
    if not isinstance(found, dict):
        raise DescriptionError(file, "keys", type(found).__name__, '{"houston": "64 hexadecimal digits"}')
    try:
        return {
            centre: [public_key(str(key)) for key in (known if isinstance(known, list) else [known])]
            for centre, known in found.items()
        }
    except DescriptionError as error:
        raise DescriptionError(file, "keys", error.value, error.allowed) from error


def _head(text: str) -> str:
    from hullwatch.errors import DescriptionError

    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise DescriptionError("record verify", "--head", text[:70], "64 hexadecimal digits, as the report prints them")
    return text


def _verdict(said: dict[str, Any]) -> str:
    lines = [f"{'holds' if said['ok'] else 'DOES NOT HOLD'}: {said['rows']} rows, head {said['head']}"]
    if not said["ok"]:
        place = f"row {said['bad_row']}: " if said["bad_row"] is not None else ""
        lines[0] = f"DOES NOT HOLD. {place}{said['why']}\n{said['rows']} rows before it hold, up to {said['head']}"
        return lines[0]
    for centre, count in said["statements"].items():
        lines.append(f"  {centre}: {count} statement{'s' if count != 1 else ''}, every signature right")
    if said["unsigned"]:
        lines.append(f"  said by people through no centre, unsigned: {said['unsigned']}")
    if said["moved_out"]:
        lines.append(f"  rows whose data was moved out: {said['moved_out']}, each with its digest")
    return "\n".join([*lines, *(f"  note: {note}" for note in said["notes"])])


def _shown(words: str) -> str:
    """Words of a record, which anybody may have written, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in words)


def _row_words(row: "Row") -> str:
    data = row.data if row.data is not None else f"(moved out, digest {row.digest})"
    return f"{row.seq:>7}  {row.time_utc}  {row.kind:<18} {row.incident or '-'}  {data}"


def _standing_words(said: dict[str, Any]) -> str:
    lines = [f"{said['rows']} rows, head {said['head']}"]
    if said["span_utc"]:
        lines.append(f"{said['span_utc'][0]} to {said['span_utc'][1]}")
    lines.append(", ".join(f"{kind} {count}" for kind, count in said["kinds"].items()))
    lines += [f"centre   {centre}  {key}" for centre, key in said["centres"].items()]
    for alarm in said["alarms"]:
        until = f" until {alarm['until_utc']}" if alarm["until_utc"] else ""
        owner = f", owner {alarm['owner']}" if alarm["owner"] else ""
        state = f"{alarm['class']}, {alarm['state']}{until} since {alarm['since_utc']}{owner}"
        lines.append(f"alarm    {alarm['incident']}  {state}")
    for one in said["decisions"]:
        waits = f", waits for {', '.join(one['waits_for'])}" if one["waits_for"] else ""
        lines.append(f"decision {one['decision']}  {one['state'].replace('_', ' ')}{waits}: {one['what']}")
    return "\n".join([*lines, *map(_conflict_words, said["conflicts"])])


def _conflict_words(one: dict[str, Any]) -> str:
    def side(said: dict[str, Any]) -> str:
        words = said["said"] if isinstance(said["said"], str) else json.dumps(said["said"])
        return f"{words} ({said['by']}{', ' + said['centre'] if said['centre'] else ''}, {said['utc']})"

    return f"CONFLICT {one['what']} {one['id']}: {side(one['first'])} against {side(one['second'])}"


def _comparison_words(said: dict[str, Any]) -> str:
    first, second = said["first"], said["second"]
    if not first["rows"] and not second["rows"]:
        return f"the same: {said['common']} rows"
    lines = [f"the same for {said['common']} rows; after that {said['shared_after']} more rows are in both"]
    for side in (first, second):
        kinds = ", ".join(f"{kind} {count}" for kind, count in side["only"].items())
        lines.append(f"only in {side['record']}: {kinds or 'nothing'}")
    return "\n".join([*lines, *map(_conflict_words, said["conflicts"])])
