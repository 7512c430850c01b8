"""One posterior over all places from any number of pieces of evidence; what contradicts is shown, not averaged away.

    places            1      2     ...    n
    prior           log p1 log p2  ...  log pn
    piece A           L11    L12   ...   L1n     log-likelihood of what was seen, were the leak there
    piece B           ...
                    ------------------------
    sum, normalised:  the posterior

Any piece may mislead (the ear was wrong, the hatch not tight). Then what it shows has nothing to do with the place and
has the density `astray`; a share of that is mixed into every row, so that no single piece can rule out a place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hullwatch.location.compartment import SURPRISE
from hullwatch.location.spots import Spots
from hullwatch.records import Floats

MISLEADS = SURPRISE
"""Share of pieces that mislead, unless their kind says otherwise [c]: that of hatch tests."""
DOUBTED = 0.5
"""Probability of misleading from which a piece is flagged."""
DISAGREE = float(np.log(10.0))
"""Two pieces contradict each other when together they are this much (log) less probable than if unrelated."""
TELLS = 0.05
"""A piece whose log-likelihoods differ by less says nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence: log density of what was seen, for a leak at each place and if it misleads.

    astray None: the likelihood has its own doubt in it already.
    """

    name: str
    says: str
    log_like: Floats
    astray: float | None
    misleads: float = MISLEADS

    @property
    def believed(self) -> Floats:
        """(n,) log-likelihood with the chance that it misleads mixed in."""
        if self.astray is None:
            return self.log_like
        return np.asarray(np.logaddexp(np.log1p(-self.misleads) + self.log_like, np.log(self.misleads) + self.astray))

    @property
    def tells(self) -> bool:
        """Whether it tells any two places apart."""
        finite = self.believed[np.isfinite(self.believed)]
        return bool(len(finite) and np.ptp(finite) > TELLS)


@dataclass(frozen=True, slots=True)
class Voice:
    """What one piece contributed: by compartment, beside the posterior without it."""

    piece: Piece
    log_by_compartment: tuple[tuple[str, float], ...]  # mean log-likelihood over the prior there; 0 is the best
    without: tuple[tuple[str, float], ...]  # posterior without this piece, most probable first
    misled: float | None  # probability that it misleads, given all else
    surprise: float  # how many times less probable it is given the others than given the prior; 1 or less: none


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two pieces that do not fit together, and how many times less probable together than if unrelated."""

    one: str
    other: str
    times: float


@dataclass(frozen=True, slots=True)
class Belief:
    """The posterior over places and over compartments, and how it came about."""

    spot: Floats
    compartments: tuple[tuple[str, float], ...]
    voices: tuple[Voice, ...]
    conflicts: tuple[Conflict, ...]


def sum_up(spots: Spots, pieces: Sequence[Piece]) -> Floats:
    """(n,) posterior of the places from the prior and all pieces."""
    return _normal(spots.log_prior + np.sum([piece.believed for piece in pieces], axis=0))


def weigh(spots: Spots, pieces: Sequence[Piece]) -> Belief:
    """The posterior from the prior and all pieces."""
    rows = [piece.believed for piece in pieces]
    total = spots.log_prior + np.sum(rows, axis=0) if rows else spots.log_prior
    spot = _normal(total)
    voices = []
    for piece, row in zip(pieces, rows, strict=True):
        others = [r for r in rows if r is not row]
        without = _normal(spots.log_prior + np.sum(others, axis=0) if others else spots.log_prior)
        voices.append(_voice(spots, piece, without))
    return Belief(spot, by_compartment(spots, spot), tuple(voices), conflicts(spots, pieces))


def by_compartment(spots: Spots, probability: Floats) -> tuple[tuple[str, float], ...]:
    """Sum over the places of each compartment, most probable first."""
    total = np.bincount(spots.room, probability, minlength=len(spots.rooms))
    return tuple(sorted(zip(spots.rooms, total.tolist(), strict=True), key=lambda entry: -entry[1]))


def conflicts(spots: Spots, pieces: Sequence[Piece]) -> tuple[Conflict, ...]:
    """Pairs that contradict each other, worst first. The chance of misleading is left out here: it would hide them."""
    straight = [(piece.name, _sum(spots.log_prior + piece.log_like), piece.log_like) for piece in pieces if piece.tells]
    found = []
    for k, (one, alone, like) in enumerate(straight):
        for other, alone_too, like_too in straight[k + 1 :]:
            together = _sum(spots.log_prior + like + like_too)
            against = alone + alone_too - together
            if against > DISAGREE:
                found.append(Conflict(one, other, float(np.exp(min(against, 300.0)))))
    return tuple(sorted(found, key=lambda c: -c.times))


def _voice(spots: Spots, piece: Piece, without: Floats) -> Voice:
    given_rest = _sum(_log(without) + piece.log_like)
    given_prior = _sum(spots.log_prior + piece.log_like)
    misled = None
    if piece.astray is not None:
        wrong, right = np.log(piece.misleads) + piece.astray, np.log1p(-piece.misleads) + given_rest
        misled = float(np.exp(wrong - np.logaddexp(wrong, right)))
    return Voice(
        piece,
        _log_by_compartment(spots, piece),
        by_compartment(spots, without),
        misled,
        float(np.exp(min(given_prior - given_rest, 300.0))),
    )


def _log_by_compartment(spots: Spots, piece: Piece) -> tuple[tuple[str, float], ...]:
    """Log-likelihood of each compartment (averaged over its places by the prior), the best of them at 0."""
    both = dict(by_compartment(spots, np.exp(spots.log_prior + piece.believed - piece.believed.max())))
    prior = dict(by_compartment(spots, np.exp(spots.log_prior)))
    log = {c: float(_log(np.array(both[c] / prior[c]))) if prior[c] > 0.0 else float("-inf") for c in prior}
    best = max(log.values())
    return tuple((c, value - best) for c, value in sorted(log.items(), key=lambda entry: -entry[1]))


def _normal(log_weight: Floats) -> Floats:
    return np.asarray(np.exp(log_weight - _sum(log_weight)))


def _sum(log_terms: Floats) -> float:
    return float(np.logaddexp.reduce(log_terms))


def _log(values: Floats) -> Floats:
    """Logarithm, with -inf for 0 and no warning."""
    return np.log(values, out=np.full(np.shape(values), -np.inf), where=values > 0.0)
