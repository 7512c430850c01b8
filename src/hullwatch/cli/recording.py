"""The verbs over a record itself: prove it, show what stands in it. What `sharing` and `saying` read it with."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hullwatch.cli.asking import JsonOption
from hullwatch.cli.leaving import RECORD
from hullwatch.cli.program import LEAK

if TYPE_CHECKING:
    from hullwatch.incident.chain import Row
    from hullwatch.incident.verification import Proved, Reader

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
    with reading(name) as (read, schema, named):
        found = verify(read, schema, _head(head) if head else None, known)
        why = found.why
        if found.ok and named is not None:
            why = shortened(found.count, found.head, named)
        if found.ok and not why and moved:
            with reading(moved) as (gone, _, stated):
                why = belong(gone(None), read(None), stated[0] if stated else None)
    said = {**found.as_dict(), "ok": not why, "why": why}
    if as_json:
        typer.echo(json.dumps(said))
    else:
        typer.echo(shown(_verdict(said)))
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

    with reading(name) as (read, schema, _):
        if rows:
            for row in read((kind,) if kind else None):
                if row.seq > after:
                    typer.echo(line_of(row).rstrip("\n") if as_json else shown(_row_words(row)))
            return
        said = _summed_up(read, schema)
    typer.echo(json.dumps(said) if as_json else shown(_standing_words(said)))


def _summed_up(read: "Reader", schema: int) -> dict[str, Any]:
    """What stands in a record: all rows counted as they pass, those of people kept."""
    from hullwatch.incident.merging import people_first
    from hullwatch.incident.standing import KINDS, standing

    kinds, last, times = Counter[str](), None, list[tuple[str, float]]()
    for row in read(None):
        kinds[row.kind] += 1
        last = row
        times = [min([*times[:1], (row.time_utc, row.time_s)]), max([*times[1:], (row.time_utc, row.time_s)])]
    here = standing((row.event for row in read(KINDS) if row.data is not None), times[1][1] if times else None)
    merges = (row for row in read(("merged",)))
    return {
        "rows": kinds.total(), "head": last.hash if last else None, "schema": schema, "kinds": people_first(kinds),
        "span_utc": [utc for utc, _ in times] or None,
        "centres": dict(here.centres), "limits_pa": dict(here.limits_pa),
        "alarms": [alarm.as_dict() for alarm in here.alarms.values()],
        "decisions": [decision.as_dict() for decision in here.decisions.values()],
        "disputed_hatches": list(here.disputed),
        "conflicts": [c for row in merges for c in row.fields.get("conflicts", ())],
    }  # fmt: skip


@contextmanager
def reading(name: str) -> "Iterator[tuple[Reader, int, tuple[int, str] | None]]":
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


def place_of(name: str) -> str:
    """The record itself, where a directory of a watch is named."""
    return str(Path(name) / RECORD) if "://" not in name and Path(name).is_dir() else name


@contextmanager
def proved(name: str) -> "Iterator[Proved]":
    """A record that holds; nothing else is passed on."""
    from hullwatch.errors import RecordError
    from hullwatch.incident.lines import shortened
    from hullwatch.incident.verification import Proved, verify

    with reading(name) as (read, schema, named):
        found = verify(read, schema)
        why = found.why or (shortened(found.count, found.head, named) if named is not None else "")
        if why:
            raise RecordError(name, why, "Run `hullwatch record verify`; restore it from a copy")
        yield Proved(read, found.count, found.head, schema)


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


def shown(words: str) -> str:
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
    return "\n".join([*lines, *map(conflict_words, said["conflicts"])])


def conflict_words(one: dict[str, Any]) -> str:
    """One contradiction of two copies, on a line."""

    def side(said: dict[str, Any]) -> str:
        words = said["said"] if isinstance(said["said"], str) else json.dumps(said["said"])
        return f"{words} ({said['by']}{', ' + said['centre'] if said['centre'] else ''}, {said['utc']})"

    return f"CONFLICT {one['what']} {one['id']}: {side(one['first'])} against {side(one['second'])}"
