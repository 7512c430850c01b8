"""The posterior against the sum over every hypothesis: every place, and every set of pieces that mislead."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import WALLED, scene

from hullwatch.location.posterior import Piece, by_compartment, conflicts, weigh
from hullwatch.records import Floats

PLACE = scene()
SPOTS = PLACE.spots


def piece(name: str, *likelihood: float, astray: float | None = 0.3, misleads: float = 0.1) -> Piece:
    log = np.log(np.array(likelihood))
    return Piece(name, name, log, None if astray is None else float(np.log(astray)), misleads)


def by_enumeration(pieces: list[Piece]) -> tuple[Floats, list[float]]:
    """Posterior over places, and for each piece the probability that it misleads."""
    total, wrong = np.zeros(len(SPOTS.name)), np.zeros(len(pieces))
    for k, misled in product(range(len(SPOTS.name)), product((False, True), repeat=len(pieces))):
        case = float(np.exp(SPOTS.log_prior[k]))
        for p, is_misled in zip(pieces, misled, strict=True):
            if p.astray is None:
                case *= 0.5 * float(np.exp(p.log_like[k]))  # the two cases are the same one
            else:
                case *= p.misleads * np.exp(p.astray) if is_misled else (1 - p.misleads) * np.exp(p.log_like[k])
        total[k] += case
        wrong += case * np.array(misled)
    return total / total.sum(), list(wrong / total.sum())


LIKE = st.lists(st.floats(1e-3, 1.0), min_size=3, max_size=3)


@settings(deadline=None, max_examples=60)
@given(st.lists(LIKE, min_size=1, max_size=4), st.booleans())
def test_the_posterior_is_the_sum_over_all_hypotheses(rows: list[list[float]], own_doubt: bool) -> None:
    pieces = [piece(f"p{k}", *row) for k, row in enumerate(rows)]
    if own_doubt:
        pieces.append(piece("own", 0.2, 0.9, 0.4, astray=None))
    expected, wrong = by_enumeration(pieces)
    found = weigh(SPOTS, pieces)
    assert found.spot == pytest.approx(expected)
    for voice, w in zip(found.voices, wrong, strict=True):
        assert voice.misled is None if voice.piece.astray is None else voice.misled == pytest.approx(w)


def test_without_evidence_the_posterior_is_the_prior() -> None:
    assert weigh(SPOTS, []).spot == pytest.approx(np.exp(SPOTS.log_prior))


def test_leaving_one_out_is_the_posterior_without_it() -> None:
    a, b = piece("a", 0.9, 0.1, 0.2), piece("b", 0.3, 0.3, 0.8)
    voices = weigh(SPOTS, [a, b]).voices
    assert dict(voices[0].without) == pytest.approx(dict(weigh(SPOTS, [b]).compartments))
    assert dict(voices[1].without) == pytest.approx(dict(weigh(SPOTS, [a]).compartments))


def test_the_order_of_pieces_does_not_matter() -> None:
    pieces = [piece("a", 0.9, 0.1, 0.2), piece("b", 0.3, 0.3, 0.8), piece("c", 0.5, 0.9, 0.1)]
    assert weigh(SPOTS, pieces).spot == pytest.approx(weigh(SPOTS, pieces[::-1]).spot)


def test_contradiction_is_named_with_its_strength_and_agreement_is_not() -> None:
    here, also, there = piece("here", 1.0, 1e-4, 1e-4), piece("also", 0.9, 1e-2, 1e-2), piece("there", 1e-4, 1e-4, 1.0)
    assert conflicts(SPOTS, [here, also]) == ()
    found = conflicts(SPOTS, [here, also, there])
    assert {(c.one, c.other) for c in found} == {("here", "there"), ("also", "there")}
    assert found[0].times > found[1].times > 10.0
    weight = np.exp(SPOTS.log_prior)
    one, other = np.exp(here.log_like), np.exp(there.log_like)
    assert found[0].times == pytest.approx((weight @ one) * (weight @ other) / (weight @ (one * other)))


def test_the_odd_one_out_is_doubted_and_keeps_no_place_from_winning() -> None:
    agree = [piece(f"agree {k}", 0.97, 0.015, 0.015, astray=1 / 3, misleads=0.02) for k in range(3)]
    odd = piece("odd", 0.001, 0.001, 0.998, astray=1 / 3, misleads=0.02)
    found = weigh(SPOTS, [*agree, odd])
    assert found.compartments[0][0] == "A"
    assert (found.voices[-1].misled or 0.0) > 0.5
    assert found.voices[-1].surprise > 10.0
    assert all(v.misled is not None and v.misled < 0.05 for v in found.voices[:-1])


def test_no_single_piece_rules_a_place_out() -> None:
    certain = piece("certain", 1.0, 1e-300, 1e-300, misleads=0.02)
    assert min(weigh(SPOTS, [certain]).spot) > 1e-3


def test_a_piece_that_says_nothing_is_known_as_such_and_changes_nothing() -> None:
    flat = piece("flat", 0.4, 0.4, 0.4)
    assert not flat.tells
    assert weigh(SPOTS, [flat]).spot == pytest.approx(np.exp(SPOTS.log_prior))


def test_compartments_add_up_their_places() -> None:
    spots = scene(WALLED).spots
    belief = weigh(spots, [])
    for compartment, p in belief.compartments:
        assert p == pytest.approx(
            sum(x for x, c in zip(belief.spot, spots.compartment, strict=True) if c == compartment)
        )
    assert by_compartment(spots, belief.spot) == belief.compartments


def test_the_likelihood_shown_for_a_compartment_is_its_mean_over_the_prior() -> None:
    spots = scene(WALLED).spots
    rng = np.random.default_rng(5)
    one = Piece("drawn", "", np.log(rng.uniform(0.1, 1.0, len(spots.name))), None)
    shown = dict(weigh(spots, [one]).voices[0].log_by_compartment)
    prior = np.exp(spots.log_prior)
    means = {}
    for c in spots.rooms:
        inside = spots.inside((c,))
        means[c] = np.log((prior * np.exp(one.log_like))[inside].sum() / prior[inside].sum())
    best = max(means.values())
    assert shown == pytest.approx({c: m - best for c, m in means.items()})
