"""Where the leak is, from everything that is known: the posterior as data and in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hullwatch.location.evidence import Given, pieces_of
from hullwatch.location.hatch_tests import watched_piece
from hullwatch.location.leak import Scene
from hullwatch.location.next_step import steps
from hullwatch.location.posterior import DOUBTED, Belief, Piece, Voice, by_compartment, weigh

SHOWN = 8
CREDIBLE = 0.95
SURPRISING = 10.0
"""How many times less probable a piece must be, given all else, to be named."""
TELLING = 0.005
"""Least bits worth naming."""

FIELDS: Mapping[str, str] = {
    "incident": "the incident that is located, or null",
    "vehicle": "name of the vehicle file",
    "rate_kg_s": "interval: how fast it leaks, as the likelihoods took it",
    "compartments[].compartment": "compartment id, most probable first",
    "compartments[].name": "its name in words",
    "compartments[].probability": "posterior probability",
    "compartments[].prior": "probability before any evidence",
    "credible_set": "the fewest compartments that hold 95 % of the probability",
    "spots[].spot": "place on a wall, most probable first; none where the vehicle file describes no walls",
    "spots[].probability": "posterior probability of that place",
    "evidence[].name": "number and kind, or pressure for the watch's hatch tests",
    "evidence[].says": "sentence: what was observed, and how little it may mean",
    "evidence[].tells": "false when it tells no place from another",
    "evidence[].log_likelihood": "{compartment: log-likelihood against the best compartment}",
    "evidence[].without_it": "[{compartment, probability}]: the first three, were this piece not there",
    "evidence[].moves_top_by": "how much of the probability of the first compartment is owed to it",
    "evidence[].misleads_probability": "probability that it misleads, given all else; null where that is in it already",
    "evidence[].surprise": "how many times less probable it is given all else than before any evidence",
    "evidence[].doubted": "true when it more probably misleads than not",
    "conflicts[].one": "a piece that contradicts another",
    "conflicts[].other": "the other",
    "conflicts[].times": "how many times less probable they are together than if unrelated",
    "next[].what": "something to do, most telling first",
    "next[].bits": "information it would bring on average",
    "next[].outcome": "one of its two outcomes",
    "next[].probability": "probability of that outcome",
}
"""What `locate` returns, for the reference."""


def locate(scene: Scene, given: Sequence[Given], tested: Mapping[str, float], why: str) -> dict[str, Any]:
    """The posterior with all evidence, what each piece said, conflicts, and what would tell most next; JSON values.

    tested: log-likelihood of each compartment from the watch's hatch tests; empty without any.
    """
    pieces: list[Piece] = [watched_piece(scene.spots, tested, why)] if tested else []
    pieces += pieces_of(scene, given)
    belief = weigh(scene.spots, pieces)
    return {
        "vehicle": scene.vehicle.name,
        "rate_kg_s": scene.rate_kg_s.as_dict(),
        "compartments": [_compartment(scene, belief, c, p) for c, p in belief.compartments],
        "credible_set": credible_set(belief.compartments),
        "spots": _spots(scene, belief),
        "evidence": voice_rows(belief),
        "conflicts": conflict_rows(belief),
        "next": [
            {"what": s.what, "bits": _short(s.bits), "outcome": s.outcome, "probability": _short(s.probability)}
            for s in steps(scene, belief)
        ],
    }


def voice_rows(belief: Belief) -> list[dict[str, Any]]:
    """What each piece said, as JSON values."""
    return [_voice(belief, voice) for voice in belief.voices]


def conflict_rows(belief: Belief) -> list[dict[str, Any]]:
    """What contradicts, as JSON values."""
    return [{"one": c.one, "other": c.other, "times": _short(c.times)} for c in belief.conflicts]


def credible_set(ranked: Sequence[tuple[str, float]], share: float = CREDIBLE) -> list[str]:
    """The fewest compartments that hold this share of the probability."""
    total, kept = 0.0, []
    for compartment, p in ranked:
        kept.append(compartment)
        total += p
        if total >= share:
            break
    return kept


def _compartment(scene: Scene, belief: Belief, compartment: str, probability: float) -> dict[str, Any]:
    prior = dict(by_compartment(scene.spots, np.exp(scene.spots.log_prior)))
    name = scene.vehicle.compartment(compartment).name
    return {
        "compartment": compartment,
        "name": name,
        "probability": _short(probability),
        "prior": _short(prior[compartment]),
    }


def _spots(scene: Scene, belief: Belief) -> list[dict[str, Any]]:
    """The likeliest places inside the compartments; none where the vehicle file describes no walls."""
    order = [int(k) for k in np.argsort(-belief.spot, kind="stable")[:SHOWN] if scene.spots.known[k]]
    return [{"spot": scene.spots.name[k], "probability": _short(belief.spot[k])} for k in order]


def _voice(belief: Belief, voice: Voice) -> dict[str, Any]:
    """One piece: what it said, for which compartments, and what would be believed without it."""
    top, probability = belief.compartments[0]
    return {
        "name": voice.piece.name,
        "says": voice.piece.says,
        "tells": voice.piece.tells,
        "log_likelihood": {c: _short(x) for c, x in voice.log_by_compartment},
        "without_it": [{"compartment": c, "probability": _short(p)} for c, p in voice.without[:3]],
        "moves_top_by": _short(probability - dict(voice.without)[top]),
        "misleads_probability": None if voice.misled is None else _short(voice.misled),
        "surprise": _short(voice.surprise),
        "doubted": voice.misled is not None and voice.misled > DOUBTED,
    }


def _short(value: float) -> float:
    """Four significant digits; JSON has no infinity, so -inf is as low as a double goes."""
    return float(f"{max(float(value), -1e300):.4g}")


def locating_words(found: Mapping[str, Any]) -> str:
    """The posterior for a person: a table, what each piece said, contradictions, and what would tell most next."""
    blocks = [_table(found), _said(found), _contradictions(found), _next(found)]
    return "\n\n".join(block for block in blocks if block)


def _percent(p: float) -> str:
    return "< 0.1 %" if p < 0.001 else "> 99.9 %" if p > 0.999 else f"{100.0 * p:.1f} %"


def _table(found: Mapping[str, Any]) -> str:
    rows = found["compartments"][:SHOWN]
    width = max(len(row["name"]) for row in rows)
    lines = ["where the leak is, from all evidence (posterior, and what it was before any)"]
    lines += [
        f"  {row['name']:{width}}  {_percent(row['probability']):>8}   {_percent(row['prior']):>8}" for row in rows
    ]
    rest = sum(row["probability"] for row in found["compartments"][SHOWN:])
    if len(found["compartments"]) > SHOWN:
        lines.append(f"  {len(found['compartments']) - SHOWN} others{'':{max(0, width - 9)}}  {_percent(rest):>8}")
    inside = found["credible_set"]
    lines.append(f"95 % credible: {', '.join(inside)} ({len(inside)} of {len(found['compartments'])})")
    if found["spots"] and found["spots"][0]["probability"] > 0.01:
        spots = ", ".join(f"{s['spot']} {_percent(s['probability'])}" for s in found["spots"][:4])
        lines.append(f"likeliest places on the walls: {spots}")
    return "\n".join(lines)


def _said(found: Mapping[str, Any]) -> str:
    if not found["evidence"]:
        return "no evidence yet: the figures are the prior"
    lines = ["what each piece said (log-likelihood against the best place; without it the first would be)"]
    for voice in found["evidence"]:
        lines.append(f"  {voice['name']}: {voice['says']}")
        if not voice["tells"]:
            lines.append("      tells no place from another")
            continue
        ranked = list(voice["log_likelihood"].items())
        best = ", ".join(f"{c} {x:.1f}" for c, x in ranked[:3])
        first = voice["without_it"][0]
        lines.append(
            f"      for {best}; against {ranked[-1][0]} {ranked[-1][1]:.1f}; "
            f"without it {first['compartment']} {_percent(first['probability'])}"
        )
        if voice["surprise"] > SURPRISING:
            times = "over a million" if voice["surprise"] > 1e6 else f"{voice['surprise']:.3g}"
            lines.append(f"      given all else, {times} times less probable than before any evidence")
        if voice["doubted"]:
            lines.append(f"      probably misleads: {_percent(voice['misleads_probability'])}, given all else")
    return "\n".join(lines)


def _contradictions(found: Mapping[str, Any]) -> str:
    if not found["conflicts"]:
        return ""
    lines = ["CONTRADICTION: these do not fit together"]
    for c in found["conflicts"]:
        times = f"{c['times']:.3g}" if c["times"] < 1e6 else "over a million"
        lines.append(f"  {c['one']} and {c['other']}: {times} times less probable together than if unrelated")
    return "\n".join(lines)


def _next(found: Mapping[str, Any]) -> str:
    telling = [step for step in found["next"] if step["bits"] >= TELLING]
    if not telling:
        return "nothing that could be done now would tell much more about the compartment"
    lines = ["what would tell most next (bits; time and risk not counted)"]
    lines += [
        f"  {s['bits']:.2f}  {s['what']} (probability {_percent(s['probability'])} that {s['outcome']})"
        for s in telling
    ]
    return "\n".join(lines)
