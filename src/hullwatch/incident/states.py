"""The life of an incident as one table: what may follow what, and which word moves it.

    suspected --> confirmed --> located --> isolated
        |             |            |            |        from any of these: rate_zero --> stopped --> cleared
        +-------------+------------+------------+------- explained --> dismissed

The table is the documentation: `states_markdown`, `states_mermaid` and `states_svg` are drawn from it.
"""

from collections.abc import Mapping
from html import escape

from hullwatch.errors import IllegalTransition

INITIAL = "suspected"

STATES: Mapping[str, str] = {
    "suspected": "the evidence for a leak outweighs chance, not yet every other explanation",
    "confirmed": "gas is leaving through a hole; where is not known well enough to act on",
    "located": "one place, or one side of a hatch that can be closed, holds most of the probability",
    "isolated": "closed hatches separate the leak from the crew and from the rest of the ship",
    "stopped": "the rate is no longer distinguishable from nothing; not yet proved",
    "cleared": "a timed hold proved that the place keeps its pressure",
    "dismissed": "something other than a hole explains it",
}
"""What each state means."""

TRIGGERS: Mapping[str, str] = {
    "evidence_strong": "the leak probability passed the bound for confirming, all other causes considered",
    "evidence_faded": "later data took the evidence away before it was ever confirmed",
    "place_known": "the location posterior passed the bound for acting on it",
    "place_lost": "new evidence spread the location posterior again",
    "isolated": "hatches were closed and pressure on the crew's side holds",
    "reopened": "a hatch that isolated the leak was opened again",
    "rate_zero": "the leak rate became indistinguishable from nothing",
    "rate_returned": "gas is leaving again at a rate that chance does not explain",
    "hold_proved": "a timed decay test of the closed volume bounds the remaining rate",
    "explained": "another cause (heat, supply, vent, airlock, docking, sensor) explains the evidence",
}
"""What each trigger means."""

# The one table. A pair that is not here is forbidden.
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("suspected", "evidence_strong"): "confirmed",
    ("suspected", "evidence_faded"): "dismissed",
    ("suspected", "explained"): "dismissed",
    ("confirmed", "place_known"): "located",
    ("confirmed", "isolated"): "isolated",  # half the ship closed off is enough, the compartment may stay unknown
    ("confirmed", "rate_zero"): "stopped",
    ("confirmed", "explained"): "dismissed",
    ("located", "place_lost"): "confirmed",
    ("located", "isolated"): "isolated",
    ("located", "rate_zero"): "stopped",
    ("located", "explained"): "dismissed",
    ("isolated", "reopened"): "located",
    ("isolated", "place_lost"): "confirmed",  # pressure falls on the crew's side after all
    ("isolated", "rate_zero"): "stopped",
    ("isolated", "explained"): "dismissed",
    ("stopped", "hold_proved"): "cleared",
    ("stopped", "rate_returned"): "confirmed",
    ("stopped", "explained"): "dismissed",
    ("cleared", "rate_returned"): "confirmed",
    ("dismissed", "evidence_strong"): "confirmed",  # the explanation did not hold
}

OPEN = frozenset({"suspected", "confirmed", "located", "isolated"})
"""States in which gas may still be leaving."""

REAL = frozenset({"confirmed", "located", "isolated", "stopped", "cleared"})
"""States that say there is or was a leak."""


def accepted(state: str) -> tuple[str, ...]:
    """Triggers that `state` accepts, in table order."""
    return tuple(trigger for (origin, trigger) in TRANSITIONS if origin == state)


def transition(state: str, trigger: str) -> str:
    """The state after `trigger`; IllegalTransition, naming what is accepted, when the table forbids it."""
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        raise IllegalTransition(state, trigger, accepted(state)) from None


def states_markdown() -> str:
    """The table as Markdown: states, triggers, transitions."""
    lines = ["| state | meaning | accepts |", "| --- | --- | --- |"]
    for state, meaning in STATES.items():
        moves = ", ".join(f"`{trigger}` → {TRANSITIONS[state, trigger]}" for trigger in accepted(state))
        lines.append(f"| **{state}** | {meaning} | {moves} |")
    lines += ["", "| trigger | meaning |", "| --- | --- |"]
    lines += [f"| `{trigger}` | {meaning} |" for trigger, meaning in TRIGGERS.items()]
    return "\n".join(lines) + "\n"


def states_mermaid() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {INITIAL}"]
    lines += [f"    {origin} --> {target}: {trigger}" for (origin, trigger), target in TRANSITIONS.items()]
    return "\n".join(lines) + "\n"


# Where each state stands in the drawing (column, row); the life of a leak runs left to right.
_PLACES: Mapping[str, tuple[float, float]] = {
    "suspected": (0, 0),
    "confirmed": (1, 0),
    "located": (2, 0),
    "isolated": (3, 0),
    "dismissed": (0, 2),
    "stopped": (2, 1.2),
    "cleared": (3, 1.2),
}


def states_svg() -> str:
    """The table as a drawing: one arrow for each pair of states, labelled with every trigger that makes it."""
    labels: dict[tuple[str, str], list[str]] = {}
    for (origin, trigger), target in TRANSITIONS.items():
        labels.setdefault((origin, target), []).append(trigger)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 620" role="img" font-family="sans-serif" '
        'font-size="13" fill="currentColor"><title>States of an incident</title>',
        '<defs><marker id="state-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>',
    ]
    parts += [_arrow(origin, target, names) for (origin, target), names in labels.items()]
    for state, meaning in STATES.items():
        x, y = _centre(state)
        parts.append(
            f'<g><title>{escape(meaning)}</title><rect x="{x - 60:.0f}" y="{y - 22:.0f}" width="120" height="44" '
            f'rx="8" fill="none" stroke="currentColor" stroke-width="2"/>'
            f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle" font-weight="bold">{state}</text></g>'
        )
    return "".join(parts) + "</svg>"


def _centre(state: str) -> tuple[float, float]:
    column, row = _PLACES[state]
    return 110 + 260 * column, 110 + 210 * row


def _arrow(origin: str, target: str, names: list[str]) -> str:
    """A curve from box edge to box edge, bowed to its own right so that there and back never overlap."""
    (x0, y0), (x1, y1) = _centre(origin), _centre(target)
    dx, dy = x1 - x0, y1 - y0
    length = (dx * dx + dy * dy) ** 0.5
    bow = 38 + 0.06 * max(0.0, length - 260)
    cx, cy = (x0 + x1) / 2 - dy / length * bow, (y0 + y1) / 2 + dx / length * bow
    ax, ay = _edge(x0, y0, cx, cy)
    bx, by = _edge(x1, y1, cx, cy)
    mx, my = (ax + 2 * cx + bx) / 4, (ay + 2 * cy + by) / 4
    text = "".join(
        f'<tspan x="{mx:.0f}" dy="{0 if i == 0 else 14}">{escape(name)}</tspan>' for i, name in enumerate(names)
    )
    return (
        f'<path d="M{ax:.0f} {ay:.0f}Q{cx:.0f} {cy:.0f} {bx:.0f} {by:.0f}" fill="none" stroke="currentColor" '
        f'marker-end="url(#state-arrow)"/><text y="{my:.0f}" text-anchor="middle" font-size="11" '
        f'paint-order="stroke" stroke="Canvas" stroke-width="4">{text}</text>'
    )


def _edge(x: float, y: float, toward_x: float, toward_y: float) -> tuple[float, float]:
    """Where the line from a box's centre leaves the box (half size 62 by 24)."""
    dx, dy = toward_x - x, toward_y - y
    share = min(62 / abs(dx) if dx else 9e9, 24 / abs(dy) if dy else 9e9)
    return x + dx * share, y + dy * share
