"""Gas that came and went again: an airlock pumped down into the cabin and filled from it loses nothing.

mass       ____________
          |            |          what came within the last half day and goes again is one story, not two
_________|              |________
"""

from dataclasses import dataclass

from hullwatch.units import HOUR_S, utc_text

REMEMBERED_S = 12 * HOUR_S
"""How long after gas came its going may be the same gas: a spacewalk with all it needs."""
SAME_SHARE = 0.4
"""How far the two amounts may differ: temperature and what the crew let out both move them [c]."""


@dataclass(frozen=True, slots=True)
class Gain:
    """Gas that came, and has not gone again as far as is known."""

    group: int
    start_s: float
    end_s: float
    mass_kg: float
    compartments: tuple[str, ...] = ()
    exchanged: float = 0.0  # the balance's state of that name before it came
    rise: tuple[float, float] | None = None  # of the logarithm of all gas, and how well that is known; None once named


def remember(gains: tuple[Gain, ...], gain: Gain) -> tuple[Gain, ...]:
    """The gains of late, with one more."""
    return (*(g for g in gains if gain.end_s - g.end_s < REMEMBERED_S), gain)


def returned(gains: tuple[Gain, ...], group: int, lost_kg: float, time_s: float) -> tuple[Gain, ...]:
    """The gains that this loss gives back: the latest few whose sum is as large; none if none fits."""
    late = [g for g in gains if g.group == group and time_s - g.end_s < REMEMBERED_S]
    total = 0.0
    for count, gain in enumerate(reversed(late), start=1):
        total += gain.mass_kg
        if abs(total - lost_kg) <= SAME_SHARE * total:
            return tuple(late[-count:])
    return ()


def words(came: tuple[Gain, ...], lost_kg: float) -> str:
    """Why a loss is called the return of what came."""
    total = sum(g.mass_kg for g in came)
    return (
        f"{lost_kg:.1f} kg went that had come as {total:.1f} kg between {utc_text(came[0].start_s)} and "
        f"{utc_text(came[-1].end_s)}: gas moved between an airlock and the cabin; the ship lost none of it"
    )
