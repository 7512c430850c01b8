"""At the first use kernels are compiled, some in a process of its own meanwhile: the compiler uses one core."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hullwatch.cli.asking import say_first_compile

if TYPE_CHECKING:
    from hullwatch.vehicle.facts import Vehicle


@contextmanager
def compiling_beside(compile_it: Callable[..., None], *given: object) -> Iterator[None]:
    """What this compiles is compiled meanwhile; if that fails, whoever needs it compiles what is not found."""
    from multiprocessing import get_context

    other = get_context("spawn").Process(target=_quietly, args=(compile_it, *given), daemon=True)
    other.start()
    try:
        yield
    finally:
        other.terminate()
        other.join()


@contextmanager
def planner_beside(ship: "Vehicle") -> Iterator[None]:
    """The search for the next hatch takes as long to compile as all else a watch needs; it is needed last."""
    if not ship.crew or not say_first_compile("response/isolation", "search*.nbi"):
        yield
        return
    with compiling_beside(compile_planner, ship):
        yield


def compile_planner(ship: "Vehicle") -> None:
    """One plan for the ship as it usually stands."""
    from hullwatch.records import Interval
    from hullwatch.response.isolation.advise import advise
    from hullwatch.response.isolation.state import Situation
    from hullwatch.units import DAY_S
    from hullwatch.vehicle.graph import default_open, pressure_groups

    opened, air = default_open(ship), ship.atmosphere
    inside = max(pressure_groups(ship, opened), key=len)
    rate = Interval(25.0 / DAY_S, 20.0 / DAY_S, 30.0 / DAY_S)
    likely = dict.fromkeys(inside, 1.0 / len(inside))
    advise(ship, Situation(rate, likely, opened, air.pressure_pa.value, air.temperature_k.value))


def _quietly(compile_it: Callable[..., None], *given: object) -> None:
    """What that process does."""
    from contextlib import suppress
    from signal import SIG_IGN, SIGINT, signal

    signal(SIGINT, SIG_IGN)  # Ctrl-C is for the first process, which then ends this one
    with suppress(Exception):
        compile_it(*given)
