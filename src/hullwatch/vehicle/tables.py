"""Text to tables: reads TOML into the models of `description.py` and says every fault as a DescriptionError.

Pure: it is given text. TOML faults name the line; all others the dotted key, as in `hatches[3].between[1]`.
"""

import difflib
import tomllib
import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from hullwatch.errors import DescriptionError
from hullwatch.vehicle.description import AnyFigure

Table = TypeVar("Table", bound=BaseModel)

_NOUNS = {
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number (no nan, no inf)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list in [ ]",
    "missing": "a value, because this key is required",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One file: what it is called in messages, and its text."""

    name: str
    text: str


def choices(value: str, allowed: Iterable[str], more: str = "") -> str:
    """What is allowed, in words, with the one most like the value."""
    names = sorted(allowed)
    close = difflib.get_close_matches(value, names, n=1)
    return f"one of {', '.join(names)}{more}" + (f"; did you mean {close[0]!r}?" if close else "")


def read_table(source: Source, model: type[Table]) -> Table:
    """The table a text describes; raises DescriptionError for the first thing wrong with it."""
    try:
        raw = tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, a thousand nested lists
        raise _syntax_error(source, error) from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise _description_error(source, model, raw, error) from error


def _syntax_error(source: Source, error: Exception) -> DescriptionError:
    # Python 3.11 to 3.13 give the place only in the text: "... (at line 3, column 7)" or "(at end of document)"
    message, _, place = str(error).partition(" (at ")
    lines = source.text.splitlines()
    where = place.rstrip(")") or "end of document"
    number = int(where.split()[1].rstrip(",")) if where.startswith("line ") else len(lines)
    text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return DescriptionError(
        source.name, f"line {number}", text, f"TOML 1.0 ({message[:1].lower()}{message[1:]} at {where})"
    )


def _description_error(
    source: Source, model: type[BaseModel], raw: dict[str, Any], error: ValidationError
) -> DescriptionError:
    # a wrong key often makes a second error (the right one is missing): tell about the wrong key first
    faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    fault = cast("dict[str, Any]", faults[0])
    loc, value, context = fault["loc"], fault["input"], fault.get("ctx", {})
    if fault["type"] == "described":
        loc, value = (*loc, context["field"]), _value_at(raw, (*loc, context["field"]))
        allowed = context["allowed"]
    elif fault["type"] == "extra_forbidden":
        allowed = "only these keys here: " + choices(str(loc[-1]), _fields_at(model, loc[:-1])).removeprefix("one of ")
    elif fault["type"] == "missing":
        value, allowed = None, _NOUNS["missing"] + _expected_at(model, loc)
    else:
        allowed = _allowed(model, fault["type"], loc, fault["msg"], context)
    if isinstance(value, dict) and fault["type"] != "described":
        value = "a table of " + ", ".join(value)  # its keys are enough to find it by
    more = f" (and {len(faults) - 1} more in this file)" if len(faults) > 1 else ""
    return DescriptionError(source.name, _dotted(loc), value, allowed + more)


def _allowed(
    model: type[BaseModel], kind: str, loc: tuple[int | str, ...], message: str, context: dict[str, Any]
) -> str:
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "a table" + _expected_at(model, loc)
    if kind == "literal_error":
        return f"one of {context['expected']}"
    if kind == "greater_than":
        return f"a number above {context['gt']:g}"
    if kind == "greater_than_equal":
        return f"a number of at least {context['ge']:g}"
    if kind == "string_pattern_mismatch":
        return "an id of letters, digits and _ . : - that starts with a letter or digit"
    if kind in ("too_short", "too_long"):
        return f"{context.get('min_length', context.get('max_length'))} entries, not {context['actual_length']}"
    return _NOUNS.get(kind, message[:1].lower() + message[1:])


def _dotted(loc: Iterable[int | str]) -> str:
    key = ""
    for step in loc:
        key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else step
    return key


def _value_at(raw: object, loc: Iterable[int | str]) -> object:
    value = raw
    for step in loc:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else None
    return value


def _model_at(model: type[BaseModel], loc: Iterable[int | str]) -> type[BaseModel] | None:
    """The Pydantic model that describes the table at `loc`, or None for anything but a table."""
    annotation: Any = model
    for step in loc:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(step))
            annotation = field.annotation if field else None
        else:
            annotation = get_args(annotation)[-1] if get_args(annotation) else None
        if get_origin(annotation) in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _fields_at(model: type[BaseModel], loc: Iterable[int | str]) -> tuple[str, ...]:
    found = _model_at(model, loc)
    return tuple(found.model_fields) if found else ()


def _expected_at(model: type[BaseModel], loc: Iterable[int | str]) -> str:
    found = _model_at(model, loc)
    if found is None:
        return ""
    if issubclass(found, AnyFigure):
        return ' {value = number, label = "a", "b" or "c", and optionally source, sd, note}'
    return " with the keys " + ", ".join(found.model_fields)
