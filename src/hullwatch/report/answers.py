"""The answers of the watch: what to do next, how long people have, whether it holds, the way home, what evidence said.

Everything is read from the record; as it was then and as it stands at its end.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hullwatch.incident.words import number, percent, short_utc, span_range, span_text, spread
from hullwatch.report.marks import meter, section, table, text, when, words
from hullwatch.report.plan_drawing import plan_svg
from hullwatch.report.story import Answered, Story
from hullwatch.report.style import icon
from hullwatch.units import utc_text

Data = Mapping[str, Any]
VERDICTS: Mapping[str, tuple[str, str]] = {
    "holds": ("normal", "It holds"),
    "does_not_hold": ("critical", "It does not hold"),
    "cannot_be_said": ("standby", "Cannot be said yet"),
}
ANSWERS: Mapping[str, tuple[str, str]] = {
    "no": ("normal", "No"),
    "yes": ("critical", "Yes"),
    "while_it_leaks": ("caution", "While it leaks"),
}


def next_step(story: Story) -> str:
    """What to do next, with the plan behind it, and what was advised before."""
    parts = []
    for incident in story.summary["incidents"]:
        given = story.answered(str(incident["id"]), "advice")
        if not given:
            continue
        last = given[-1]
        parts.append(_heading(story, incident))
        parts.append(f'<p class="answer"><strong>{text(_sentence(last.data["next"]))}</strong></p>')
        parts.append(f"<p>{text(_sentence(last.data['why']))}</p>")
        parts += _plan(story, given)
        parts.append(_advised(given))
    return section("next", "What to do", *parts) if parts else ""


def _at(one: Answered) -> str:
    return short_utc(utc_text(one.time_s))


def _heading(story: Story, incident: Data) -> str:
    return f"<h3>{text(incident['id'])}</h3>" if len(story.summary["incidents"]) > 1 else ""


def _sentence(value: Any) -> str:
    said = str(value or "").strip().rstrip(".")
    return said[:1].upper() + said[1:] + "." if said else ""


def _cut_off(data: Data) -> str:
    if data["refused"]:
        return f'<p class="refused">{icon("critical", 16)} <strong>Cannot be met:</strong> {text(data["refused"])}</p>'
    kept = data["nobody_cut_off"]
    return f"<p>{icon('normal', 14)} {text(_sentence(kept))}</p>" if kept else ""


def _expected(data: Data) -> str:
    expected = data["expected"]
    if not expected or expected["time_s"]["median"] <= 0.0:
        return ""
    cells = [
        ("Until isolated", span_range(expected["time_s"]), "expected; doubt of rate, people and warmth"),
        ("Unluckiest branch", span_range(expected["worst_s"]), f"at most {text(expected['most_closures'])} closures"),
        ("Gas lost until then", f"{spread(expected['kg'])} kg", "expected"),
        ("Closures", number(expected["closures"]), "on the average"),
    ]
    if data["limit_s"] is not None:
        cells.append(("Hatch may stay shut", span_text(data["limit_s"]), "before it can no longer be opened"))
    return (
        '<dl class="figures">'
        + "".join(f"<div><dt>{name}</dt><dd>{value}<small>{small}</small></dd></div>" for name, value, small in cells)
        + "</dl>"
    )


def _plan(story: Story, given: Sequence[Answered]) -> list[str]:
    """The plan as it stands; where the search is over, as it was when the leak was confirmed."""
    planned = [one for one in given if one.data["tree"] and _closes(one.data["tree"])]
    now = given[-1].data["expected"] is not None
    one = given[-1] if now else planned[0] if planned else None
    if one is None:
        return []
    parts = []
    if not now:
        parts.append(f"<h3>When the leak was confirmed, {_at(one)}</h3>")
        parts.append(f"<p><strong>{text(_sentence(one.data['next']))}</strong></p>")
        parts.append(f"<p>{text(_sentence(one.data['why']))}</p>")
    parts.append(_cut_off(one.data))
    parts += [f"<p>{icon('caution', 14)} {text(_sentence(warning))}</p>" for warning in one.data["warnings"]]
    parts.append(_expected(one.data))
    parts.append(_drawn(story, one) if one.data["tree"] and _closes(one.data["tree"]) else "")
    parts.append(_alternatives(one))
    return parts


def _drawn(story: Story, one: Answered) -> str:
    """A plan on the hatch graph."""
    if not story.started.get("compartments"):
        return ""
    homes: dict[str, list[str]] = {}
    back = {str(c["id"]): c.get("returns") for c in story.started.get("crafts") or ()}
    for person in story.started.get("crew") or ():
        home = back.get(str(person.get("craft")))
        if home:
            homes.setdefault(str(home), []).append(str(person.get("name")))
    title = f"The plan of {_at(one)}"
    drawn = plan_svg(
        one.data["tree"], story.started["compartments"], story.started["hatches"], set(one.open_hatches), homes, title
    )
    caption = "1 is the first closure; 2a comes if what it cuts off falls, 2b if it holds. Boxes: where it may be"
    return (
        f'<figure><div class="ship" tabindex="0" role="region" aria-label="{title}">{drawn}</div>'
        f"<figcaption>{caption}.</figcaption></figure>"
    )


def _closes(tree: Data) -> bool:
    return any(branch["then"] for branch in tree["branches"])


def _alternatives(chosen: Answered) -> str:
    """What else could have been done."""
    if not chosen.data["alternatives"]:
        return ""
    rows = [
        (text(other["what"]), f"+{span_text(other['more'])}" if other["unit"] == "s" else
         f"+{number(other['more'])} {text(other['unit'])}", text(other["why"]))
        for other in chosen.data["alternatives"]
    ]  # fmt: skip
    taken = ", ".join(chosen.data["shut"]) or "reading the gauges"
    caption = f"Set aside for the step advised {_at(chosen)}: {text(taken)}"
    return table(caption, ("instead", "expected", "why not"), rows, ("", "n", "why"))


def _advised(given: Sequence[Answered]) -> str:
    rows = [
        (when(one.time_s), words(one.data["manner"]), text(_sentence(one.data["next"])), text(one.data["why"]))
        for one in given
    ]
    head = ("time", "manner", "next", "why")
    body = table("Every next step as it was advised at the time", head, rows, ("t", "t", "", "why"))
    return (
        f"<details class='told-again'><summary>All {len(rows)} steps advised</summary>{body}</details>"
        if len(rows) > 1
        else ""
    )


def crew_times(story: Story) -> str:
    """How long the people of each craft have, and what shutting the next hatch does to it."""
    parts = []
    for incident in story.summary["incidents"]:
        given = story.answered(str(incident["id"]), "crew_time")
        if not given:
            continue
        last = given[-1]
        rows = [
            (text(row["craft"]), text(", ".join(row["people"])),
             words(row["limit"]) if row["limit"] else "none forces them",
             text(span_range(row["time_s"])) if row["time_s"] else "–",
             text(span_text(row["abandon_s"])) if row["abandon_s"] is not None else "–")
            for row in last.data["crew"]
        ]  # fmt: skip
        head = ("craft", "people", "first limit that forces them out", "time to it", "turn back within")
        said = f"People of each craft, {_at(last)}; turn back: 19 in 20 have more, less 10 min for the way"
        parts.append(table(said, head, rows, ("t", "", "", "t", "t")))
        shut = next((one for one in reversed(given) if one.data["if_shut"]), None)
        if shut is not None:
            parts.append(_if_shut(shut))
    return "".join(parts)


def _if_shut(one: Answered) -> str:
    rows = []
    for closing in one.data["if_shut"]:
        for side in closing["sides"]:
            names = side["compartments"]
            where = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
            opened = side["hatch_can_be_opened_s"]
            rows.append(
                (text(closing["hatch"]), f"{text(where)}<br><small>{side['volume_m3']:.0f} m³</small>",
                 percent(side["probability"]), _first(side["hole_here"]), _first(side["hole_elsewhere"]),
                 text(span_range(opened)) if opened else "–")
            )  # fmt: skip
    head = ("if shut", "side", "hole is there", "then it has", "else it has", "hatch can be pulled open for")
    caption = f"If a hatch is shut, as said {_at(one)}: the first limit on each side"
    return table(caption, head, rows, ("t", "", "n", "t", "t", "t"))


def _first(limits: Sequence[Data]) -> str:
    known = [entry for entry in limits if entry["reserve_time_s"]]
    if not known:
        return "no limit"
    first = min(known, key=lambda entry: float(entry["reserve_time_s"]["median"]))
    return f"{text(span_range(first['reserve_time_s']))}<br><small>{words(first['limit'])}</small>"


def holds(story: Story) -> str:
    """Whether a patch or a closed part holds: every test with its rate against the limit, and the risks."""
    parts = []
    for incident in story.summary["incidents"]:
        given = story.answered(str(incident["id"]), "clearance")
        if not given:
            continue
        last = given[-1].data
        status, word = VERDICTS.get(last["verdict"], ("off", str(last["verdict"])))
        where = ", ".join(last["compartments"])
        parts.append(_heading(story, incident))
        parts.append(
            f'<p class="answer">{icon(status, 22)} <strong>{text(word)}</strong>: {text(where)}, '
            f"{text(last['because'])}.</p>"
        )
        rows = [_test(one) for one in given]
        head = ("said", "verdict", "loss, kg/day", "against the limit", "because")
        parts.append(table("Every hold test, 90 % ranges", head, rows, ("t", "", "t", "", "why")))
        risk = last["risk"]
        parts.append(
            f"<p>Limit {text(last['limit'])}. Risks: {number(risk['false_leak'], 1)} that a sound wall is called "
            f"leaking, {number(risk['false_hold'], 1)} that a leak at the limit is called sound, however long it "
            "runs. The watch goes on after it: should gas leave again, the incident is confirmed anew.</p>"
        )
    return section("holds", "Does it hold?", *parts) if parts else ""


def _test(one: Answered) -> tuple[str, ...]:
    data = one.data
    status, word = VERDICTS.get(data["verdict"], ("off", str(data["verdict"])))
    rate = data["rate_kg_day"]
    after = data["decided_after_s"]
    held = f" <small>({span_text(after)} of hold, {text(data['gauge'])})</small>" if after else ""
    part = f"<br><small>{text(', '.join(data['compartments']))}</small>"
    return (
        when(one.time_s).replace(" <small>", "<br><small>"),
        f"{icon(status, 12)} {text(word.lower())}{part}",
        text(spread(rate)) if rate else "–",
        _against(rate, float(data["limit_kg_day"])) if rate else "",
        text(data["because"]) + held,
    )


def _against(rate: Mapping[str, float], limit: float) -> str:
    """The interval of a loss on an axis from below nothing to beyond the limit, with the limit as a line."""
    low, high = min(-0.5 * limit, rate["low"]), max(1.5 * limit, rate["high"])

    def x(value: float) -> float:
        return 10.0 + 300.0 * (value - low) / (high - low)

    marks = "".join(
        f'<line class="track" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="0" y2="14"/>'
        f'<text x="{x(at):.1f}" y="24" text-anchor="middle">{word}</text>'
        for at, word in ((0.0, "0" if x(limit) - x(0.0) > 40.0 else ""), (limit, f"limit {limit:g}"))
    )
    return (
        f'<svg class="range wide" viewBox="0 0 320 24" aria-hidden="true" focusable="false">{marks}'
        f'<rect class="span" x="{x(rate["low"]):.1f}" y="2" height="10" '
        f'width="{max(2.0, x(rate["high"]) - x(rate["low"])):.1f}"/>'
        f'<line class="mid" x1="{x(rate["median"]):.1f}" x2="{x(rate["median"]):.1f}" y1="0" y2="14"/></svg>'
    )


def way_home(story: Story) -> str:
    """Does a hole in this place stop a return, and what would shutting the place cost?"""
    parts = []
    for incident in story.summary["incidents"]:
        given = story.answered(str(incident["id"]), "return_question")
        if not given:
            continue
        last = given[-1].data
        status, word = ANSWERS.get(last["answer"], ("off", str(last["answer"])))
        leaves = f" It is planned to leave {when(last['leaves_utc'], year=True)}." if last["leaves_utc"] else ""
        lost = last["if_shut"]
        ports = f"; ports lost: {', '.join(lost['ports_lost'])}" if lost["ports_lost"] else ""
        parts.append(_heading(story, incident))
        parts.append(
            f'<p class="answer">{text(last["question"])} {icon(status, 22)} <strong>{text(word)}.</strong></p>'
        )
        parts.append(f"<p>{text(_sentence(last['why']))}{leaves}</p>")
        parts.append(f"<p>If the place were shut for good, {text(lost['why'] + ports)}.</p>")
        before = [f"{_at(one)} {_word(one.data['answer']).lower()}" for one in given]
        if len(before) > 1:
            parts.append(f'<p class="sub">As it was said at the time: {"; ".join(before)}.</p>')
    return section("home", "The way home", *parts) if parts else ""


def _word(answer: Any) -> str:
    return text(ANSWERS.get(str(answer), ("", str(answer)))[1])


def evidence(incident: Data) -> str:
    """What each piece of evidence said of the place, how much of the answer is owed to it, and what contradicts."""
    rows = []
    for piece in incident.get("evidence") or ():
        share = float(piece["moves_top_by"])
        doubt = f" <small>{icon('caution', 11)} probably misleads</small>" if piece["doubted"] else ""
        sign = "+" if share >= 0.0 else "−"
        weight = f"{sign}{100.0 * abs(share):.1f} points"
        rows.append((text(piece["name"]) + doubt, text(piece["says"]), weight, meter(abs(share))))
    if not rows:
        return ""
    caption = "What each piece of evidence said, and by how much the first place would be less probable without it"
    shown = table(caption, ("evidence", "said", "weight", ""), rows, ("t", "why", "n", ""))
    for conflict in incident.get("conflicts") or ():
        times = f"{conflict['times']:.3g}" if conflict["times"] < 1e6 else "over a million"
        shown += (
            f'<p class="refused">{icon("caution", 16)} <strong>Contradiction:</strong> {text(conflict["one"])} and '
            f"{text(conflict['other'])} are {times} times less probable together than if unrelated.</p>"
        )
    return shown
