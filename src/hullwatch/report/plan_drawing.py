"""A plan drawn on the hatch graph: where the leak may be, where people stand, which hatch is shut at which step."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from hullwatch.units import span
from hullwatch.vehicle.draw import hatch_graph_svg

DEEPEST = 9
"""Steps after this one are not numbered in the picture."""


def plan_svg(
    advice: Mapping[str, Any],
    compartments: Sequence[Mapping[str, Any]],
    hatches: Sequence[Mapping[str, Any]],
    open_hatches: Set[str],
    homes: Mapping[str, Sequence[str]],
    title: str,
) -> str:
    """SVG of an advice in its JSON form; compartments and hatches as the record has them, homes {compartment: names}.

    A hatch carries the number of the earliest step that may shut it: 1 is next, 2a comes if what the first closure
    cuts off falls, 2b if it holds.
    """
    shade: dict[str, float] = {}
    for branch in advice["branches"]:
        for place, probability in _places(branch).items():
            shade[place] = shade.get(place, 0.0) + probability
    badges = {home: f"{len(names)} crew" for home, names in homes.items() if names}
    tags = {} if advice["manner"] == "all_at_once" else _tags(advice)
    return hatch_graph_svg(
        compartments,
        hatches,
        open_hatches,
        shade,
        title,
        tags=tags,
        badges=badges,
        notes=[*_notes(advice), *_expected(advice)],
    )


def _places(side: Mapping[str, Any]) -> dict[str, float]:
    """Probability of each suspect at the ends of a branch; those told apart no further share theirs."""
    if side["then"] is None:
        share = side["probability"] / max(len(side["suspects"]), 1)
        return dict.fromkeys(side["suspects"], share)
    return {c: p for outcome in side["then"]["sides"] for c, p in _places(outcome).items()}


def _answers(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The two outcomes, the smaller side first."""
    return sorted(step["sides"], key=lambda side: len(side["compartments"]))


def _tags(advice: Mapping[str, Any]) -> dict[str, str]:
    tags: dict[str, str] = {}
    level = [("", branch["then"]) for branch in advice["branches"] if branch["then"] is not None]
    for depth in range(1, DEEPEST + 1):
        beyond = []
        for mark, step in level:
            for hatch in step["shut"]:
                tags.setdefault(hatch, f"{depth}{mark}")
            for letter, side in zip("ab", _answers(step), strict=True):
                if side["then"] is not None:
                    beyond.append((letter if depth == 1 else "", side["then"]))
        level = beyond
    return tags


def _expected(advice: Mapping[str, Any]) -> list[str]:
    """How long it takes; nothing where only seals are left to shut."""
    if advice["manner"] == "isolated" or not advice.get("time_s"):
        return []
    mean, worst = ({end: span(seconds) for end, seconds in advice[key].items()} for key in ("time_s", "worst_s"))
    return [
        f"Expected until isolated: {mean['median']} ({mean['low']} to {mean['high']}); in the unluckiest branch "
        f"{worst['median']} ({worst['low']} to {worst['high']})"
    ]


def _notes(advice: Mapping[str, Any]) -> list[str]:
    if advice["manner"] == "all_at_once":
        return ["Next: shut everything at once, and read all compartments side by side."]
    if len(advice["branches"]) > 1:
        return ["Next: read the gauges; only one of the groups goes on falling."] + [
            f"If the group of {branch['compartments'][0]} falls: "
            + ("shut " + " and ".join(branch["then"]["shut"]) if branch["then"] else f"it is {branch['suspects'][0]}")
            for branch in advice["branches"]
        ]
    step = advice["branches"][0]["then"]
    if step is None:
        return [f"{advice['why']}."]
    small, large = _answers(step)
    named = ", ".join(small["compartments"][:3]) + (" ..." if len(small["compartments"]) > 3 else "")
    notes = [f"1  shut {' and '.join(step['shut'])}, then read the gauges"]
    for mark, side, word in (("2a", small, "falls"), ("2b", large, "holds")):
        then = side["then"]
        what = f"shut {' and '.join(then['shut'])}" if then else f"the leak is in {' or '.join(side['suspects'])}"
        notes.append(f"{mark}  if {named} {word} ({100 * side['probability']:.0f} %): {what}")
    return [*notes, "3 to 9: the earliest step that may shut the hatch; the text of the plan says in which case"]
