"""A scenario file: which ship, when, for how long, and what happens. Every fault in it becomes a DescriptionError."""

import tomllib
from collections.abc import Iterable
from typing import Any, Self, TypeVar, get_args

from pydantic import Field, ValidationError, model_validator

from hullwatch.errors import DescriptionError
from hullwatch.simulation.events import (
    Event,
    Happening,
    Moment,
    Name,
    Rate,
    SignalLoss,
    Span,
    Table,
    Volume,
    refusal,
)
from hullwatch.units import parse_quantity, utc_text

Kind = TypeVar("Kind", bound=Table)


class Oxygen(Table):
    """The oxygen generator whose rate a channel publishes, with its pauses."""

    rate: Rate
    pause_rate: Rate = 0.0
    pause_every: Span | None = None
    pause: Span = 360.0
    first_pause: Span = 1500.0  # after the start

    @model_validator(mode="after")
    def _pauses_fit(self) -> Self:
        if self.pause_every is not None and self.pause >= self.pause_every:
            raise refusal("pause", "a pause shorter than pause_every")
        return self


class Scenario(Table):
    """One scenario in SI; event times are seconds since 1970-01-01 UTC in the order of the file."""

    name: Name
    title: str
    provenance: str
    vehicle: str
    start_utc: Moment
    duration: Span
    seed: int = Field(ge=0)
    reconstructed: bool = True
    heat: float = Field(default=1.0, ge=0.0)  # factor on the vehicle's day cycle
    unseen_heat: float = Field(default=1.0, ge=0.0)  # factor on mean gas temperature no thermometer shows
    closed_hatches: list[Name] = Field(default_factory=list)  # at the start, beside those normally closed
    away: list[Name] = Field(default_factory=list)  # craft of the vehicle that are not docked at the start
    crew: dict[str, Name] = Field(default_factory=dict)  # who is where; others are spread over the ship
    volumes: dict[Name, Volume] = Field(default_factory=dict)  # replace the vehicle's
    oxygen: Oxygen | None = None
    roster: str = ""  # who goes home in what, for the watch of this case: a bundled name or the path of a file
    evidence: list[dict[str, Any]] = Field(
        default_factory=list
    )  # what people saw and heard, for the watch of this case
    events: list[Event] = Field(default_factory=list)

    @property
    def start_s(self) -> float:
        """Seconds since 1970."""
        assert isinstance(self.start_utc, float)  # noqa: S101  # kept by the validator below
        return self.start_utc

    @property
    def end_s(self) -> float:
        """Seconds since 1970."""
        return self.start_s + self.duration

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        if not isinstance(self.start_utc, float):
            raise refusal("start_utc", 'a time such as "2018-08-29T12:00Z"')
        resolved: list[Happening] = []
        for k, event in enumerate(self.events):
            at = event.at if isinstance(event.at, float) else self.start_s + parse_quantity(event.at[1:], "s")
            until = at + (getattr(event, "duration", None) or 0.0)
            if not self.start_s <= at <= self.end_s:
                span = f"{utc_text(self.start_s)} to {utc_text(self.end_s)}"
                raise refusal(f"events[{k}].at", f"a time within the scenario, {span}")
            if until > self.end_s + 1e-6 and not isinstance(event, SignalLoss):
                raise refusal(f"events[{k}].duration", f"an end before the scenario's, {utc_text(self.end_s)}")
            resolved.append(event.model_copy(update={"at": at}))
        self.events[:] = resolved  # type: ignore[assignment]  # the same kinds, in the order of the file
        return self


def parse_scenario(text: str, file: str = "scenario") -> Scenario:
    """The scenario of a TOML text, not yet checked against a vehicle; `file` is its name in messages."""
    return parsed(Scenario, text, file)


def parsed(model: type[Kind], text: str, file: str) -> Kind:
    """A table of a TOML text. Raises DescriptionError (file, key, value, allowed)."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of 5,000 digits, a thousand nested lists
        raise DescriptionError(file, "TOML", str(error), "TOML 1.0; mend the line the message names") from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise described(file, raw, error) from error


def described(file: str, raw: dict[str, Any], error: ValidationError) -> DescriptionError:
    """What Pydantic refused, as an error that names the key, the value and what is allowed."""
    # an unknown key often makes a second error (the right one is missing): tell about the unknown key first
    faults: list[Any] = sorted(error.errors(include_url=False), key=lambda f: f["type"] != "extra_forbidden")
    fault = faults[0]
    context = fault.get("ctx", {})
    steps = list(fault["loc"])
    if len(steps) > 2 and steps[0] == "events":
        del steps[2]  # Pydantic puts the kind of event there
    key = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
    value: object = fault["input"]
    allowed = fault["msg"][:1].lower() + fault["msg"][1:]
    if fault["type"] == "described":
        key, value = f"{key}.{context['field']}", _at(raw, [*steps, *_steps(context["field"])])
    elif fault["type"] in ("greater_than", "greater_than_equal"):
        allowed = f"above {context['gt']:g}" if "gt" in context else f"{context['ge']:g} or more"
    elif fault["type"] == "missing":
        value, allowed = None, "a value, because this key is required"
    elif fault["type"] == "extra_forbidden":
        allowed = "no such key here; the reference of scenarios lists the keys"
    elif fault["type"].startswith("union_tag"):
        key, value = f"{key}.kind", value.get("kind") if isinstance(value, dict) else value
        allowed = f"one of {', '.join(_kinds())}"
    more = f" (and {len(faults) - 1} more in this file)" if len(faults) > 1 else ""
    return DescriptionError(file, key.lstrip("."), value, allowed + more)


def _kinds() -> list[str]:
    return sorted(get_args(kind.model_fields["kind"].annotation)[0] for kind in Happening.__subclasses__())


def _steps(field: str) -> list[int | str]:
    parts = field.replace("]", "").replace("[", ".").split(".")
    return [int(p) if p.isdecimal() else p for p in parts]


def _at(raw: object, steps: Iterable[int | str]) -> object:
    for step in steps:
        if isinstance(raw, dict):
            raw = raw.get(step)
        elif isinstance(raw, list) and isinstance(step, int) and step < len(raw):
            raw = raw[step]
        else:
            return None
    return raw
