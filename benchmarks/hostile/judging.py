"""What may come of an input, and the limits under which it is read."""

# ruff: noqa: E501  # tables of what is given read best in long lines

import contextlib
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from hullwatch.errors import HullwatchError

CPU_S = 4.0
"""Processor time that one input may take: inputs are small, and take about a millisecond."""
MEMORY = 1 << 30
"""Bytes of memory that reading may add to what the process holds after its first valid input."""
LONGEST = 1_100
"""Characters of an error that people are still expected to read."""


@dataclass(frozen=True)
class Kind:
    """A kind of input: `make` draws one (names of files and their bytes), `read` takes it as a user would have it taken.

    `read` is given the folder that the files lie in; it raises HullwatchError to refuse, and nothing else ever.
    `valid` is an input that must be accepted: otherwise all would be refused, and nothing tested.
    """

    name: str
    about: str
    make: Callable[[Random], dict[str, bytes]]
    read: Callable[[Path], Any]
    valid: Callable[[], dict[str, bytes]]
    share: float = 1.0


@dataclass
class Outcome:
    """What came of one input."""

    accepted: bool
    spent_s: float
    wrong: str = ""


class TooLong(BaseException):
    """More processor time than an input may take. No Exception, so that nothing swallows it."""


@contextlib.contextmanager
def limited(seconds: float = CPU_S) -> Iterator[None]:
    """Raise TooLong after so much processor time of this process, all its threads together."""

    def stop(signum: int, frame: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def limit_memory(more: int = MEMORY) -> None:
    """From now on an allocation that would take the process `more` bytes further fails."""
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + more, resource.RLIM_INFINITY))


def tried(kind: Kind, files: dict[str, bytes], folder: Path, seconds: float = CPU_S) -> Outcome:
    """Read one input under the limits and judge what came of it."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    begun = time.process_time()
    accepted, wrong = False, ""
    try:
        with limited(seconds):
            kind.read(folder)
        accepted = True
    except HullwatchError as error:
        wrong = unclear(str(error))
    except TooLong:
        wrong = f"more than {seconds:g} s of processor time"
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        wrong = f"{type(error).__name__}: {str(error)[:120]!r} at {Path(place.filename).name}:{place.lineno} in {place.name}"
    finally:
        for path in folder.iterdir():
            path.unlink()
    return Outcome(accepted, time.process_time() - begun, wrong)


def unclear(said: str) -> str:
    """What is wrong with the sentence of an error; "" when a person can use it."""
    if len(said) < 15:
        return f"an error of {len(said)} characters: {said!r}"
    if len(said) > LONGEST:
        return f"an error of {len(said)} characters: {said[:80]!r}..."
    if "Traceback" in said or "object at 0x" in said or not said.isprintable():
        return f"an error that is no sentence: {said[:160]!r}"
    return ""


def number(seed: int, kind: str, index: int) -> Random:
    """The chance from which an input is drawn: its seed, kind and number make it again."""
    return Random(f"{seed}/{kind}/{index}")
