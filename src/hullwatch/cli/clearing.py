"""The verb that says whether a patch, or a closed vestibule or vehicle, holds."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from hullwatch.cli.asking import JsonOption
from hullwatch.cli.program import LEAK, NO_LEAK, UNDECIDED

if TYPE_CHECKING:
    from hullwatch.response.clearance_case import Assessed, Scale
    from hullwatch.response.hold import Readings

NEW_LEAK_YEAR = 1.0
"""False alarms a year of the watch for a new leak."""


def clear(
    source: Annotated[
        str, typer.Argument(help="CSV or Parquet: time, pressure_mmhg, temperature_degc. Or readings.")
    ] = "",
    reading: Annotated[
        list[str] | None,
        typer.Option(help='A gauge reading, twice or more: "730 mmHg at 2020-12-26T12:00Z", "620 mmHg at 18 h".'),
    ] = None,
    volume: Annotated[str, typer.Option(help='Free volume, with its doubt: "4.5 +- 1.5 m^3".')] = "",
    limit: Annotated[
        str, typer.Option(help='What may be lost: "0.1 kg/day" (needs the volume) or "1 mmHg in 30 min".')
    ] = "0.1 kg/day",
    tight: Annotated[str, typer.Option(help="What a sound wall loses; default: a tenth of the limit.")] = "",
    check: Annotated[str, typer.Option(help="A known check: soyuz (at most 1 mmHg in 30 min).")] = "",
    false_leak: Annotated[float, typer.Option(help="Risk that a tight wall is called leaking.")] = 1e-3,
    false_hold: Annotated[float, typer.Option(help="Risk that a leak at the limit is called tight.")] = 1e-3,
    residual: Annotated[
        str, typer.Option(help='Warmth no thermometer shows: "0.02 K"; default 0.05 K, 0.3 K without one.')
    ] = "",
    settled: Annotated[
        str,
        typer.Option(help="How long it had been shut when it was first read; default: 5 min for --reading, else 0."),
    ] = "",
    neighbour: Annotated[str, typer.Option(help='Pressure on the other side of the hatch: "745 mmHg".')] = "",
    people: Annotated[float, typer.Option(help="How many breathe in there; needs the volume.")] = 0.0,
    co2: Annotated[
        str, typer.Option(help="Carbon dioxide they make: stays, removed (a machine or cartridges run), or unknown.")
    ] = "unknown",
    as_json: JsonOption = False,
) -> None:
    """Say whether a closed compartment holds: holds, does not hold, or cannot be said yet, and when it can.

    Exit codes: 0 holds, 2 does not hold, 3 cannot be said yet.
    """
    from hullwatch.errors import OutOfRange
    from hullwatch.response import clearance
    from hullwatch.response import clearance_case as case
    from hullwatch.response import clearance_words as words

    if check and check != "soyuz":
        raise OutOfRange("check", None, f"{check!r} is not known; allowed is soyuz")
    if check:
        limit = "1 mmHg in 30 min"
    for name, risk in (("false-leak", false_leak), ("false-hold", false_hold)):
        if not 1e-9 <= risk <= 0.2:
            raise OutOfRange(name, risk, "a risk from 1e-9 to 0.2")
    readings = _read(source, reading or [])
    kelvin = _typed("residual", residual, "kelvin")
    room = case.room_of(readings, kelvin, _typed("settled", settled, "s"), bool(reading))
    scale = _scale(volume, limit, tight, readings)
    used = case.used_per_s(scale, people, co2)
    terms = clearance.terms_of(scale.limit_per_s, scale.share, false_leak, false_hold, scale.tight_per_s, used)
    found = case.assess(readings, room, terms)
    again = _again(found)
    if again is not None:
        found = case.since(found, again, readings, room, terms)
    said = case.as_dict(found, readings, terms, scale, again)
    said["limit"], said["risk"] = limit, {"false_leak": false_leak, "false_hold": false_hold}
    said["rule"] = words.rule_words(readings) if check else None
    beside = _typed("neighbour", neighbour, "pascal")
    said["people"], said["breathed_kg_day"] = people, words.breathed(people, co2)
    inside = words.people_why(people, co2)
    said["set_aside"] = words.set_aside(said, room, case.has_thermometer(readings), beside, inside)
    typer.echo(json.dumps(said) if as_json else words.words_of(said))
    code = {"holds": NO_LEAK, "does_not_hold": LEAK, "cannot_be_said": UNDECIDED}[said["verdict"]]
    raise typer.Exit(code)


def _typed(option: str, text: str, unit: str) -> float | None:
    from hullwatch.cli.with_doubt import quantity

    return quantity(option, text, unit)[0] if text else None


def _read(source: str, texts: list[str]) -> "Readings":
    """Readings from the file or from the options, at least two."""
    import numpy as np

    from hullwatch.cli.with_doubt import readings, record
    from hullwatch.errors import OutOfRange
    from hullwatch.response.hold import Readings

    if bool(source) == bool(texts):
        raise OutOfRange("source", None, "give either a file or --reading twice or more, and not both")
    if source:
        return Readings(*record(source))
    time_s, pressure_pa = readings(texts)
    if time_s.size < 2:
        raise OutOfRange("reading", float(time_s.size), "two readings or more: one tells no rate")
    return Readings(time_s, pressure_pa, np.full(time_s.size, np.nan))


def _scale(volume: str, limit: str, tight: str, readings: "Readings") -> "Scale":
    """Limits and volume as they were typed."""
    from hullwatch.cli.with_doubt import quantity
    from hullwatch.errors import OutOfRange
    from hullwatch.response.clearance_case import TIGHT_SHARE, scale_of

    bound, _, unit = quantity("limit", limit, "kg/s", "pascal/s")
    sound = quantity("tight", tight, unit)[0] if tight else TIGHT_SHARE * bound
    if not 0.0 <= sound < bound:
        raise OutOfRange("tight", sound, f"from zero to below the limit {limit!r}")
    size = quantity("volume", volume, "m**3")[:2] if volume else None
    if size is not None and not size[0] > 0.0:
        raise OutOfRange("volume", size[0], "a volume above zero")
    if unit == "kg/s" and size is None:
        remedy = 'a limit in kg/day needs --volume; or give the limit as pressure in a time, "1 mmHg in 30 min"'
        raise OutOfRange("volume", None, remedy)
    return scale_of(bound, sound, unit, size, readings)


def _again(found: "Assessed") -> float | None:
    """Re-leak watch: when, after a patch was found to hold, gas was found to go again; None if it was not."""
    import numpy as np

    from hullwatch.detection import score
    from hullwatch.estimators.change import threshold
    from hullwatch.records import Residuals
    from hullwatch.response import hold

    since_s, residuals, held = found.said.decided_s, found.residuals, found.held
    if found.said.verdict != "holds" or since_s is None:
        return None
    rest = residuals.time_s > since_s
    if not rest.any():
        return None
    part = Residuals(
        residuals.time_s[rest], np.arange(int(rest.sum())), residuals.dt_s[rest], residuals.pinned[rest],
        residuals.nu[rest], residuals.s[rest], residuals.h[rest], residuals.gain[rest],
    )  # fmt: skip
    weight = np.array([1.0, 1.0 / held.room.heat_s])
    memory = score.begin(held.relax_s, hold.INTO, hold.SOURCE, weight, ())
    _, frame = score.score(memory, part, threshold(NEW_LEAK_YEAR), np.inf)
    return None if frame is None else float(part.time_s[frame])
