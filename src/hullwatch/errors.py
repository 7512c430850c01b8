"""Errors, split by who can mend them.

    HullwatchError
    |- TelemetryError      the link, the recording or its file      (file, place)
    |- DescriptionError    who wrote the vehicle or scenario file   (file, key, value, allowed)
    |- IllegalTransition   the operator or the code that asked for a state change the table forbids
    |- OutOfRange          the caller: a physical argument outside what the law holds for
    `- RecordError         who keeps the record: its file, disk or database   (record, problem, remedy)

Doubt about data is never an exception: it is a quality flag or an interval.
"""

LONGEST = 1_000
"""Letters of an error: what a file or a request holds may be quoted in it, and may be of any length."""


def readable(said: str) -> str:
    """A sentence as it can be shown: without what a terminal would obey, its middle left out when it is too long."""
    if len(said) > LONGEST:
        said = f"{said[: LONGEST - 300]} ... ({len(said) - LONGEST} more) ... {said[-300:]}"
    return said if said.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in said)


def quoted(value: object) -> str:
    """A value as an error quotes it, however deep it is nested."""
    try:
        return repr(value)
    except RecursionError:
        return f"a {type(value).__name__} nested too deep to be shown"


class HullwatchError(Exception):
    """Root of every error Hullwatch raises on purpose: one sentence that can be shown anywhere."""

    def __init__(self, said: str = "") -> None:
        super().__init__(readable(said))


class TelemetryError(HullwatchError):
    """A source of telemetry cannot be read; names the file, the place in it and the remedy."""

    def __init__(self, source: str, place: str, problem: str, remedy: str) -> None:
        self.source, self.place, self.problem, self.remedy = source, place, problem, remedy
        super().__init__(f"{source}: {place}: {problem}. {remedy}")


class DescriptionError(HullwatchError):
    """A vehicle or scenario file is wrong; names file, key, value and what is allowed."""

    def __init__(self, file: str, key: str, value: object, allowed: str) -> None:
        self.file, self.key, self.value, self.allowed = file, key, value, allowed
        super().__init__(f"{file}: {key} = {quoted(value)}: allowed is {allowed}")


class IllegalTransition(HullwatchError):  # noqa: N818  # the name says whose mistake it is
    """A state change that the transition table does not contain."""

    def __init__(self, state: str, trigger: str, allowed: tuple[str, ...]) -> None:
        self.state, self.trigger, self.allowed = state, trigger, allowed
        super().__init__(
            f"state {state!r} has no transition for {trigger!r}; it accepts {', '.join(allowed) or 'nothing'}"
        )


class OutOfRange(HullwatchError):  # noqa: N818  # the name says whose mistake it is
    """An argument lies outside the range a law holds for, or (value None) is text that says no such value."""

    def __init__(self, name: str, value: float | None, allowed: str) -> None:
        self.name, self.value, self.allowed = name, value, allowed
        super().__init__(f"{name}: {allowed}" if value is None else f"{name} = {value!r}: {allowed}")


class RecordError(HullwatchError):
    """The record cannot be opened, read or written; names it, the problem and the remedy.

    passing: it may be over by itself (a full disk, a lock, a server that restarts), so trying again makes sense.
    """

    def __init__(self, record: str, problem: str, remedy: str, passing: bool = False) -> None:
        self.record, self.problem, self.remedy, self.passing = record, problem, remedy, passing
        super().__init__(f"{record}: {problem}. {remedy}")
