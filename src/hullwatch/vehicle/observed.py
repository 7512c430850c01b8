"""What people can observe of a leak: every kind of evidence, what it must and may say, and what each field may hold.

The one description of it: evidence is checked by it wherever it enters (command line, file, API) and when it is
weighed, and the forms of the page are made from it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hullwatch.errors import DescriptionError
from hullwatch.units import HOUR_S, MMHG_PA

Holds = Literal["compartment", "compartments", "hatch", "spot", "switch", "number"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of what was observed. Numbers lie between `low` and `high` in SI; people type them in `typed_in`."""

    words: str
    holds: Holds = "number"
    low: float = 0.0
    high: float = 0.0
    meaning: str = ""
    typed_in: str = ""
    si: float = 1.0  # SI value of one `typed_in`
    lengths: tuple[int, ...] = (1,)


@dataclass(frozen=True, slots=True)
class Observation:
    """A kind of evidence: what it is, in a form's words and in a sentence's, and the fields it must and may have."""

    words: str
    meaning: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


FIELDS: Mapping[str, Field] = {
    "compartment": Field("Where", "compartment"),
    "compartments": Field("The part that was shut off", "compartments"),
    "spot": Field("Where inside it, a place of the vehicle file", "spot"),
    "hatch": Field("Hatch", "hatch"),
    "toward": Field("Air moves toward", "compartment"),
    "racks_on": Field("Racks and fans ran there", "switch"),
    "fans_on": Field("Ventilation ran", "switch"),
    "level_db": Field("Level over the noise there", "number", -20.0, 120.0, "dB over the noise there", "dB"),
    "speed_m_s": Field("Its speed", "number", 0.0, 30.0, "m/s toward the side named", "cm/s", 0.01),
    "before_pa": Field("Gauge when it was shut off", "number", 1.0, 200_000.0, "Pa", "mmHg", MMHG_PA),
    "after_pa": Field("Gauge at the end", "number", 1.0, 200_000.0, "Pa", "mmHg", MMHG_PA),
    "during_s": Field("How long it was shut off", "number", 60.0, 3.0e6, "s", "h", HOUR_S),
    "sd_pa": Field("Error of one reading, one sigma", "number", 1.0, 5_000.0, "Pa", "mmHg", MMHG_PA),
    "torque_n_m": Field("Change of the torque on the station: x, y, z", "number", -2e3, 2e3, "N m", "N m", 1.0, (3,)),
    "torque_sd_n_m": Field("Its error, one sigma: one or three", "number", 1e-3, 500.0, "N m", "N m", 1.0, (1, 3)),
    "sure": Field("How sure, as a probability", "number", 0.01, 0.999, "a probability"),
}  # fmt: skip
"""The fields, by their names in the record."""

KINDS: Mapping[str, Observation] = {
    "ultrasound": Observation(
        "Ultrasound heard", "a detector's level over the noise there, dB", ("compartment", "level_db"), ("racks_on",)
    ),
    "silence": Observation(
        "Listened, heard nothing", "listened there and heard nothing", ("compartment",), ("racks_on",)
    ),
    "flow": Observation(
        "Air moves through a hatch", "air was seen to move through a hatch toward one of its sides",
        ("hatch", "toward"), ("speed_m_s", "fans_on"),
    ),
    "torque": Observation(
        "The torque on the station changed", "the torque on the station changed (x, y, z)",
        ("torque_n_m", "torque_sd_n_m"),
    ),
    "gauge": Observation(
        "A gauge was read by hand", "a gauge read by hand in a part that was shut off",
        ("compartments", "before_pa", "after_pa", "during_s"), ("sd_pa",),
    ),
    "found": Observation(
        "The hole was found", "seen or felt: a mark, a finger on the hole", ("compartment",), ("spot", "sure")
    ),
    "tea_leaves": Observation(
        "Something light gathered there", "what floats gathered there", ("compartment",), ("spot", "sure")
    ),
    "not_found": Observation(
        "Searched, nothing found", "searched there and found nothing", ("compartment",), ("spot", "sure")
    ),
    "report": Observation("Somebody heard or felt it", "somebody heard or felt it there", ("compartment",), ("sure",)),
}  # fmt: skip
"""The kinds of evidence."""


def check_observed(
    kind: str, observed: Mapping[str, Any], compartments: Collection[str], hatches: Mapping[str, tuple[str, str]]
) -> None:
    """Raise DescriptionError, naming the field and what is allowed, when evidence cannot be what it says.

    hatches: the two sides of each. Anybody with a token may have written it, so the type of every field is looked at
    before its value. Where a spot lies is for those to say who know the walls.
    """
    if kind not in KINDS:
        raise DescriptionError("evidence", "kind", kind, ", ".join(KINDS))
    where, fields = f"evidence of kind {kind}", KINDS[kind]
    for name in fields.needs:
        if observed.get(name) is None:
            raise DescriptionError(where, name, None, _wanted(name, compartments, hatches))
    for name, value in observed.items():
        if name not in fields.needs + fields.may:
            said = ", ".join(fields.needs + fields.may)
            raise DescriptionError(where, name, value, f"absent; this kind has {said}")
        wrong = _wrong(name, value, compartments, hatches)
        if wrong is not None:
            raise DescriptionError(where, name, wrong[0], _wanted(name, compartments, hatches))
    if kind == "flow" and observed["toward"] not in hatches[observed["hatch"]]:
        raise DescriptionError(where, "toward", observed["toward"], " or ".join(hatches[observed["hatch"]]))


def _wrong(
    name: str, value: Any, compartments: Collection[str], hatches: Mapping[str, tuple[str, str]]
) -> tuple[Any] | None:
    """What of a value is not allowed; None when all of it is."""
    field = FIELDS[name]
    if field.holds == "switch":
        return None if isinstance(value, bool) else (value,)
    if field.holds == "number":
        numbers = value if isinstance(value, list | tuple) else [value]
        if len(numbers) not in field.lengths:
            return (value,)
        bad = (n for n in numbers if isinstance(n, bool) or not isinstance(n, int | float) or not _within(field, n))
        return next(((number,) for number in bad), None)
    if field.holds == "compartments":
        named = (
            [c for c in value if isinstance(c, str) and c in compartments] if isinstance(value, list | tuple) else []
        )
        right = named and len(named) == len(value) and len(set(named)) < len(compartments)
        return None if right else (",".join(map(str, value)) if isinstance(value, list | tuple) else value,)
    known: Collection[str] | None = {"compartment": compartments, "hatch": hatches}.get(field.holds)
    return None if isinstance(value, str) and (known is None or value in known) else (value,)


def _within(field: Field, number: float) -> bool:
    return field.low <= number <= field.high


def _wanted(name: str, compartments: Collection[str], hatches: Mapping[str, tuple[str, str]]) -> str:
    """What a field may hold, in words."""
    field = FIELDS[name]
    if field.holds == "compartment":
        return f"one of {', '.join(compartments)}"
    if field.holds == "compartments":
        return f"some, not all, of {', '.join(compartments)}, joined by commas"
    if field.holds == "hatch":
        return f"one of {', '.join(hatches)}"
    if field.holds == "number":
        count = "" if field.lengths == (1,) else f"{' or '.join(map(str, field.lengths))} numbers, "
        return f"{count}{field.low:g} to {field.high:g} ({field.meaning})"
    return "true or false" if field.holds == "switch" else "the name of a place, as text"
