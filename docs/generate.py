"""Writes docs/reference/ from the code: `python docs/generate.py`; with --check, exit code 1 if a page is out of date.

Nothing here measures or simulates; every page is what the code says about itself. Only the meanings of the keys of
vehicle and scenario files are kept beside it, in docs/keys.toml; a key without a meaning, or a meaning without a key,
is an error.
"""

import enum
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from file_keys import roster_page, scenario_page, vehicle_page
from markdown_text import code, meanings, number, table
from typer.models import ArgumentInfo, OptionInfo

from hullwatch import cli, records
from hullwatch.cli import program, seating
from hullwatch.console import app, reference
from hullwatch.console.desk import Desk
from hullwatch.incident import alarms, decisions, statements, states, summary, verification
from hullwatch.incident.events import EVENT_FIELDS
from hullwatch.location import locating
from hullwatch.response import clearance_words, reserve_words
from hullwatch.response.isolation import words as plan_words
from hullwatch.response.seats import table as seats_table
from hullwatch.sizing import vessel as vessel_sizing
from hullwatch.telemetry import operations_log
from hullwatch.trend import summary as trend_summary
from hullwatch.units import TO_SI, mmhg
from hullwatch.vehicle.facts import Channel
from hullwatch.vehicle.load import bundled_vehicles, load_vehicle
from hullwatch.watch import operations

DOCS = Path(__file__).parent
NOTE = "<!-- Made from the code by `python docs/generate.py`; do not edit. -->\n"


def main() -> int:
    """Write the pages, or compare them; the exit code."""
    pages = {name: f"# {title}\n\n{NOTE}\n{body()}" for name, (title, body) in PAGES.items()}
    place = DOCS / "reference"
    if "--check" not in sys.argv[1:]:
        place.mkdir(exist_ok=True)
        for name, text in pages.items():
            (place / name).write_text(text, encoding="utf-8")
        print(f"{len(pages)} pages in {place}")
        return 0
    stale = [n for n, text in pages.items() if not (place / n).is_file() or (place / n).read_text("utf-8") != text]
    unknown = sorted(path.name for path in place.glob("*.md") if path.name not in pages)
    for name in stale:
        print(f"docs/reference/{name} is out of date: run `python docs/generate.py`", file=sys.stderr)
    for name in unknown:
        print(f"docs/reference/{name} is made by nothing: delete it, or make it in docs/generate.py", file=sys.stderr)
    return 1 if stale or unknown else 0


# --- commands ---------------------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command by its full name, in the order of --help."""

    def of(app: typer.Typer, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        for command in app.registered_commands:
            if command.callback is not None:
                yield f"{prefix} {command.name or command.callback.__name__}", command.callback
        for group in app.registered_groups:
            if group.typer_instance is not None:
                yield from of(group.typer_instance, f"{prefix} {group.name}")

    yield from of(cli.app, "hullwatch")


def parameters(callback: Callable[..., Any]) -> Iterator[tuple[str, str, str, bool]]:
    """Of each parameter of a command: its flags or its place, its default, its help, and whether it is an argument."""
    hints = get_type_hints(callback, include_extras=True)
    for name, parameter in inspect.signature(callback).parameters.items():
        info = next(m for m in get_args(hints[name]) if isinstance(m, OptionInfo | ArgumentInfo))
        required = parameter.default is inspect.Parameter.empty
        shown = "required" if required else "" if parameter.default in (None, "", False) else code(parameter.default)
        if isinstance(info, ArgumentInfo):
            yield name.upper(), shown, info.help or "", True
        else:
            # Typer keeps what follows the annotation as declarations; without any, the flag is the parameter's name
            flags = [f for f in (info.default, *(info.param_decls or ())) if isinstance(f, str) and f.startswith("-")]
            yield ", ".join(flags or [f"--{name.replace('_', '-')}"]), shown, info.help or "", False


def commands_page() -> str:
    """Every verb with its arguments and options."""
    parts = ["Every command also has `--help`.\n"]
    root = cli.app.registered_callback
    globally = list(parameters(root.callback)) if root is not None and root.callback is not None else []
    parts.append("## hullwatch\n\n" + table(("option", "what"), [(code(f), h) for f, _, h, _ in globally]))
    for name, callback in commands():
        found = list(parameters(callback))
        places = " ".join(flags for flags, _, _, argument in found if argument)
        rows = [(code(f), shown, said) for f, shown, said, _ in found]
        usage = f"```\n{name} {places}".rstrip() + (" [OPTIONS]" if any(not a for *_, a in found) else "") + "\n```"
        doc = inspect.cleandoc(callback.__doc__ or "")
        parts.append(f"## {name}\n\n{usage}\n\n{doc}\n\n" + table(("argument or option", "default", "what"), rows))
    return "\n".join(parts)


EXIT_MEANING = {
    "NO_LEAK": "no leak, or the command did what it was asked (`replay` whatever the verdict)",
    "ERROR": "an error; one sentence on standard error says what is wrong and how to mend it",
    "LEAK": "`watch` found a leak; `clear`: it does not hold; `record verify`: it does not hold; `record compare`, "
    "`record merge`: the copies went different ways, or contradict",
    "UNDECIDED": "`watch` cannot say: the data do not allow a verdict, and `undecided_why` says why",
    "INTERRUPTED": "interrupted by Ctrl-C; the record is valid up to there and its `watch_ended` says `interrupted`",
}


def exit_codes_page() -> str:
    """Exit codes from the constants of the command line."""
    rows = sorted((getattr(program, name), code(name), meaning) for name, meaning in EXIT_MEANING.items())
    verdicts = table(("verdict in `--json`", "exit code of `watch`"), [(code(v), c) for v, c in program.EXIT.items()])
    places = table(("worst place anybody has", "exit code of `seats`"), [(code(p), c) for p, c in seating.EXIT.items()])
    return table(("code", "constant in `cli/program.py`", "meaning"), rows) + "\n" + verdicts + "\n" + places


# --- what comes out ---------------------------------------------------------------------------------------------------


def json_page() -> str:
    """The object that --json prints."""
    head = (
        "`hullwatch watch --json` and `hullwatch replay --json` print this one object; the same is in `summary.json`. "
        "`[]` stands for any entry of a list. Intervals hold 90 % of the probability. Times are ISO 8601 UTC text.\n\n"
    )
    interval = "An interval is `{median, low, high}` at 90 %.\n\n"
    verbs = {
        "size": vessel_sizing.FIELDS, "trend": trend_summary.FIELDS, "locate": locating.FIELDS,
        "plan": plan_words.FIELDS, "seats": seats_table.FIELDS, "reserve": reserve_words.FIELDS,
        "clear": clearance_words.FIELDS, "record verify": verification.FIELDS,
    }  # fmt: skip
    parts = [f"\n## hullwatch {verb}\n\n{interval}{meanings(fields)}" for verb, fields in verbs.items()]
    return head + meanings(dict(sorted(summary.schema().items()))) + "".join(parts)


def events_page() -> str:
    """The kinds of line in a record."""
    head = (
        "A record is a list of events. Each has `time_s` (seconds since 1970-01-01 UTC), `time_utc`, `kind`, "
        "`incident` (or null), `data`, and `hash`, which chains it to the one before. This page lists the fields of "
        "`data` for each kind. An interval is `{median, low, high}` at 90 %.\n"
    )
    parts = [f"## {kind}\n\n{meanings(fields)}" for kind, fields in EVENT_FIELDS.items()]
    return "\n".join([head, *parts])


def states_page() -> str:
    """The transition table of incidents."""
    return (
        "A pair of state and trigger that is not in the table is refused.\n\n"
        f"```mermaid\n{states.states_mermaid()}```\n\n{states.states_markdown()}\n"
        f"Gas may still be leaving in: {', '.join(sorted(states.OPEN))}. "
        f"There is or was a leak in: {', '.join(sorted(states.REAL))}.\n"
    )


def alarms_page() -> str:
    """Alarm classes, thresholds and states."""
    bounds = alarms.Thresholds()
    rows: list[tuple[object, ...]] = []
    for name in reversed(alarms.CLASSES):
        fall, reserve = mmhg(bounds.fall_pa_s(name)) * 3600.0, bounds.reserve_s(name) / 3600.0
        if name == "advisory":
            rows.append((name, alarms.CLASS_MEANING[name], "any confirmed leak", ""))
        else:
            rows.append((name, alarms.CLASS_MEANING[name], f"{fall:g} mmHg/h", f"{reserve:g} h"))
    return (
        "One leak has one alarm. Its class is the higher of what the fall of pressure (median) and the reserve time "
        "(low end) ask for; it rises while the alarm stands, and falls only when somebody lowers a limit.\n\n"
        "The thresholds are chosen here (label c): those of the ISS are not public. A reserve time counts for a class "
        "when the limit itself is of that class or higher.\n\n"
        + table(("class", "meaning", "pressure falls at least", "reserve time below"), rows)
        + "\n## States\n\n"
        + "After ISA-18.2. The watch says only what its condition does (`raise`, `escalate`, `return`); people do the "
        "rest. What the table does not have is refused when it is said, and kept without effect where two people acted "
        "at once. Set free from shelf or suppression, a condition that stands rings again.\n\n"
        + alarms.states_markdown()
        + "\n## What people do\n\n"
        + table(("action", "what"), [(code(name), meaning) for name, meaning in statements.ACTIONS.items()])
        + "\n## Against chatter\n\n"
        "A class latches: it rises, and never falls by itself while the alarm stands. An alarm returns only once the "
        "rate can no longer be told from nothing (95 %), far below where it was raised. One that returned before "
        "anybody took it stays on the list until somebody does.\n"
        "\n## Decisions\n\n"
        "A decision names the centres it needs; one that shuts a hatch which parts docked craft from each other needs "
        "every centre that has joined.\n\n"
        + table(("state", "meaning"), [(code(name), meaning) for name, meaning in decisions.STATES.items()])
    )


def quality_page() -> str:
    """Quality bits with the comments beside them."""
    lines = inspect.getsource(records.Quality).splitlines()
    said = {m[1]: m[2] for line in lines if (m := re.match(r"\s+([A-Z_]+) = \d+\s+# (.+)", line))}
    bits = [q for q in records.Quality.__members__.values() if isinstance(q, enum.IntFlag)]
    rows = []
    for bit in bits:
        name = str(bit.name)
        several = [str(b.name) for b in bits if b is not bit and b.value and b in bit]
        meaning = said.get(name) or ("any of " + ", ".join(several) if several else "nothing speaks against it")
        rows.append((code(name), bit.value, meaning))
    kinds = EVENT_FIELDS["quality"]["kind"]
    return (
        "Every channel of every frame carries these bits; several may be set.\n\n"
        + table(("flag", "bit", "meaning"), rows)
        + f"\nA stretch of doubtful data is named once in the record, as a `quality` event, whose kinds are: {kinds}.\n"
    )


# --- vehicles and their files -----------------------------------------------------------------------------------------


def channels_page() -> str:
    """The channels of the bundled vehicles, each listed once with the vehicles that have it."""
    ships = [load_vehicle(name) for name in bundled_vehicles()]
    found: dict[tuple[object, ...], list[str]] = {}
    for ship in ships:
        for channel in ship.channels:
            if channel.quantity != "hatch_position":
                found.setdefault(_channel_row(channel), []).append(ship.name)
    parts = [
        "Units are those the channel is published in, as the vehicle file says. Range: outside it a reading is not "
        "believed. Step: the resolution. Labels: a found in a source, b recalled, c derived or chosen.\n"
    ]
    for title, chosen in (("demo", {"demo"}), ("the ISS", {s.name for s in ships} - {"demo"})):
        rows = []
        for row, names in found.items():
            if set(names) & chosen:
                where = "" if set(names) >= chosen else ", ".join(names)
                rows.append((*row, where))
        head = ("item", "name", "quantity", "unit", "compartment", "range", "step", "published", "label", "only in")
        parts.append(f"## {title}\n\n" + table(head, rows))
    hatch = [
        (code(ship.name), sum(1 for c in ship.channels if c.quantity == "hatch_position"), _example(ship.channels))
        for ship in ships
    ]
    parts.append(
        "## hatch positions\n\nOne for each hatch: 0 closed, 1 open. No public feed has them; they are named by the "
        "vehicle file so that a recording may carry them.\n\n" + table(("vehicle", "how many", "for instance"), hatch)
    )
    return "\n".join(parts)


def _example(channels: Iterable[Channel]) -> str:
    return next((code(c.id) for c in channels if c.quantity == "hatch_position"), "")


def _channel_row(channel: Channel) -> tuple[object, ...]:
    _, factor, offset = TO_SI[channel.unit]
    low, high = ((bound - offset) / factor for bound in channel.range_si)
    published = "on change" if channel.publish == "on_change" else f"every {channel.period_s:g} s"
    return (
        code(channel.id),
        channel.name,
        channel.quantity,
        channel.unit,
        channel.compartment or "",
        f"{number(low)} to {number(high)}",
        number(channel.quantum_si / factor) if channel.quantum_si else "",
        published,
        channel.label,
    )


def operations_page() -> str:
    """Columns and kinds of the operations log, and what each kind explains."""
    needed, explains = operations_log.REQUIRED, operations.STEP_KIND
    columns = table(
        ("column", "meaning", "needed"),
        [(code(c), meaning, "yes" if c in needed else "") for c, meaning in operations_log.COLUMNS.items()],
    )
    kinds = table(
        ("kind", "what was done", "step it explains"),
        [(code(k), what, code(explains[k]) if k in explains else "none") for k, what in operations_log.KINDS.items()],
    )
    valves = table(
        ("channel's quantity", "step it explains", "for so long after it moved, minutes"),
        [(code(q), code(explains[q]), f"{s / 60.0:g}") for q, s in operations.LASTS_S.items()],
    )
    return (
        "The CSV file that `--log` names. "
        "[How to tell the watch what was done](../how-to/tell-the-watch-what-was-done.md).\n\n"
        f"{columns}\n{kinds}\n## From telemetry\n\n{valves}\n"
        f"Every operation is given {operations.SETTLE_S / 60.0:g} minutes to settle; one of the log may have begun "
        f"{operations.LOG_MARGIN_S / 60.0:g} minute before the time written and have ended as long after. An airlock "
        f"that a pump emptied is followed by its own gauge until it is full again or its hatch is open.\n"
    )


def api_page() -> str:
    """Every request of the console's API, as the program itself describes them."""
    said = app.create_app(typing.cast(Desk, None), app.Access()).openapi()
    parts = [app.ABOUT.strip(), "", "How to use it: [Use the API](../how-to/use-the-api.md). The running console gives"
             " the same as `/openapi.json`, and as a page at `/docs`.\n"]  # fmt: skip
    for one in reference.operations(said):
        parts.append(f"## {one.request}\n\n{one.what}\n")
        for name, fields in (("asked with", one.query), ("said with", one.body)):
            if fields:
                parts.append(table((name, "what"), [(code(field), meaning) for field, meaning in fields]))
    return "\n".join(parts)


PAGES: dict[str, tuple[str, Callable[[], str]]] = {
    "commands.md": ("Commands", commands_page),
    "exit-codes.md": ("Exit codes", exit_codes_page),
    "json.md": ("JSON output", json_page),
    "record-events.md": ("Events of the record", events_page),
    "incident-states.md": ("States of an incident", states_page),
    "alarms.md": ("Alarms", alarms_page),
    "quality-flags.md": ("Quality flags", quality_page),
    "channels.md": ("Channels of the bundled vehicles", channels_page),
    "operations-log.md": ("The operations log", operations_page),
    "vehicle-file.md": ("Keys of a vehicle file", vehicle_page),
    "scenario-file.md": ("Keys of a scenario file", scenario_page),
    "api.md": ("The API of the console", api_page),
    "roster-file.md": ("Keys of a roster file", roster_page),
}

if __name__ == "__main__":
    sys.exit(main())
