"""The page of a trend: banner, picture, changes, what was said day by day, growth, forecast; from its JSON object."""

from collections.abc import Mapping
from typing import Any

import hullwatch
from hullwatch.report.marks import meter, pairs, section, table, text
from hullwatch.report.style import CSS, icon
from hullwatch.report.trend_plots import forecast_plot, history_plot
from hullwatch.report.trend_words import (
    KIND_WORDS,
    LAW_WORDS,
    forecast_words,
    growth_words,
    rate_words,
    span_words,
)

Said = Mapping[str, Any]
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
MAX_ROWS = 200


def trend_html(said: Said) -> str:
    """One self-contained HTML file. Pure; all text of the record is escaped; the page loads and runs nothing."""
    body = "".join(
        (_history(said), _changes(said), _ahead(said), _declared(said), _aside(said), _reported(said), _about(said))
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Trend: {text(said['name'])} - Hullwatch</title><style>{CSS}</style></head>"
        f'<body><a class="skip" href="#main">To the report</a>{_header(said)}<main id="main">{body}</main>'
        f"<footer><p>Drawn by Hullwatch {text(hullwatch.__version__)} from the summary of the trend alone.</p></footer>"
        "</body></html>\n"
    )


def _header(said: Said) -> str:
    label = ""
    if said["reconstructed"]:
        label = (
            '<p class="label" role="note">RECONSTRUCTED <span>the series is simulated from published rates, '
            "it is not flight data</span></p>"
        )
    first, last = (t[:10] for t in said["span_utc"])
    now = said["rate_now_kg_day"]
    latest = said["changes"][-1] if said["changes"] else None
    grows = latest is not None and latest["kind"] not in ("fall", "no_effect")
    shape, word = ("caution", "RISEN") if grows else ("standby", "STEADY") if now["low"] > 0.0 else ("normal", "NONE")
    lines = [*growth_words(said), *[line.strip() for line in forecast_words(said)]]
    if latest:
        lines.insert(0, f"Last change: {KIND_WORDS[latest['kind']]}, {span_words(latest['date_utc'])}.")
    spoken = "".join(f"<li>{text(line)}</li>" for line in lines)
    return (
        f"<header>{label}<h1>Slow loss of air: {text(said['name'])}</h1>"
        f'<p class="sub">{text(first)} to {text(last)}, UTC · {text(said["vehicle"])} · '
        f"{text(said['tracer'])} followed</p>"
        f'<div class="banner" role="status"><div class="class fill {shape}">{icon(shape, 44)}'
        f"<span>{word}</span><small>at the last change</small></div>"
        f'<div class="words"><p>Losing {text(rate_words(now))} of air.</p><ul>{spoken}</ul></div></div></header>'
    )


def _history(said: Said) -> str:
    now, values = said["rate_now_kg_day"], [h["rate_kg_day"]["median"] for h in said["history"]]
    words = f"rate {values[0]:.2f} kg/day at first, at most {max(values):.2f}, {now['median']:.2f} at the end"
    return section(
        "history", "How the loss went",
        f'<figure><div class="plotbox" role="img" aria-label="{text(words)}">{history_plot(said)}</div>'
        "<figcaption>Top: loss of air; the shade holds 90 %; points with bars: rates as they were reported "
        "(filled: used in the estimate; hollow: only compared with). Hatched: when the rate changed. Triangles: days "
        "on which a rise would have been declared. Bottom: gas followed, with heat taken out; jumps are gas added or "
        "let go."
        f"<br>In numbers: {text(words)}.</figcaption></figure>",
    )  # fmt: skip


def _changes(said: Said) -> str:
    if not said["changes"]:
        return section("changes", "When it changed", "<p>No change of the rate was found.</p>")
    rows, reasons = [], []
    for c in said["changes"]:
        dates = c["date_utc"]
        when = f"{text(dates['median'][:10])}<br><small>{text(dates['low'][:10])} to {text(dates['high'][:10])}</small>"
        other = max(c["set_aside"], key=lambda a: a["probability"], default=None)
        likely = f"{text(other['cause'].replace('_', ' '))} {other['probability']:.3f}" if other else "in the log"
        rows.append(
            (
                text(KIND_WORDS[c["kind"]]), when, f"{c['probability']:.2f}", _range(c["before_kg_day"]),
                _range(c["after_kg_day"]), _range(c["ratio"]), likely,
            )
        )  # fmt: skip
        why = "; ".join(f"{a['cause'].replace('_', ' ')} {a['probability']:.3f}: {a['why']}" for a in c["set_aside"])
        reasons.append(f"<li>{text(dates['median'][:10])}: {text(why)}</li>")
    head = (
        "what",
        "when, 90 %",
        "probability",
        "before, kg/day",
        "after, kg/day",
        "after / before",
        "likeliest other cause",
    )
    classes = ("", "t", "n", "n", "n", "n", "")
    caption = "Changes of the rate; all dates, kinds and numbers of changes weighed together"
    considered = f"<details><summary>What else was considered</summary><ul>{''.join(reasons)}</ul></details>"
    return section("changes", "When it changed", table(caption, head, rows, classes), considered)


def _ahead(said: Said) -> str:
    growth = said["growth"]
    parts = []
    if growth["probability"]:
        rows = [
            (text(LAW_WORDS[law]), f"{p:.3f}", meter(p), f"{growth['log10_bayes_factor'][law]:+.1f}")
            for law, p in sorted(growth["probability"].items(), key=lambda item: -item[1])
        ]
        head = ("law of growth", "probability", "", "log10 Bayes factor against constant")
        caption = f"Since {growth['from_utc'][:10]}; laws equally probable beforehand"
        parts.append(table(caption, head, rows, ("", "n", "", "n"), lead=1))
    words = "; ".join(line.strip(" .") for line in forecast_words(said))
    parts.append(
        f'<figure><div class="plotbox" role="img" aria-label="{text(words)}">{forecast_plot(said)}</div>'
        f"<figcaption>If nothing is done and nothing new opens. Left: rate. Right: air lost in all. The shade holds "
        f"90 %. <br>In numbers: {text(words)}.</figcaption></figure>"
    )
    return section("ahead", "What comes", *parts)


def _declared(said: Said) -> str:
    settings = said["declared_settings"]
    if not settings["watched_from_utc"]:
        return ""
    rows = [
        (
            text(d["kind"].replace("_", " ")), text(d["declared_utc"][:10]), text(span_words(d["onset_utc"])),
            f"{d['size']['median']:+.2f} {text(d['unit'])}", _range(d["rate_kg_day"]),
        )
        for d in said["declared"][:MAX_ROWS]
    ]  # fmt: skip
    intro = (
        f"<p>What would have been said as the readings came in, from {settings['watched_from_utc'][:10]} on, at "
        f"{settings['false_alarms_per_year']:g} false alarms of a rise a year. Nothing later than its own day is in a "
        "line; what hindsight corrected is told above.</p>"
    )
    head = ("what", "declared", "onset as seen then", "size", "rate then, kg/day")
    return section("declared", "Day by day", intro, table("Declared", head, rows, ("", "t", "", "n", "n")))


def _aside(said: Said) -> str:
    rows = [
        (
            text(a["kind"].replace("_", " ")),
            text(a["date_utc"][:10]),
            f"{a['size']:+.2f} {text(a['unit'])}",
            text(a["why"]),
        )
        for a in said["set_aside"][:MAX_ROWS]
    ]
    if not rows:
        return ""
    head = ("what", "when", "size", "why")
    return section("aside", "Set aside", table("Taken for no leak", head, rows, ("", "t", "n", "why")))


def _reported(said: Said) -> str:
    rows = [
        (
            text(f"{r['from_utc'][:10]} to {r['to_utc'][:10]}"), f"{r['rate_kg_day']:.2f}", text(r["as_reported"]),
            text(r["label"]), text(r["source"]), "yes" if r["used"] else "no",
        )
        for r in said["reported"]
    ]  # fmt: skip
    if not rows:
        return ""
    note = "<p>Labels: a found in the source, b recalled, c derived or chosen.</p>"
    head = ("dates", "kg/day", "as reported", "label", "source", "used")
    return section(
        "reported", "What was reported", note, table("Reported rates", head, rows, ("t", "n", "", "", "", ""))
    )


def _about(said: Said) -> str:
    noise = said["noise"]
    entries = {
        "Where the series comes from": text(said["provenance"]),
        "What hides a slow loss, as learned": f"unseen warmth {noise['heat_kg']:.3f} kg (correlated over "
        f"{24 * noise['heat_days']:.1f} h), wandering {noise['walk_kg']:.3f} kg per square-root day, "
        f"each reading {noise['reading_kg']:.3f} kg",
        "Thermometer": f"a kelvin looks like {_range(noise['gain_kg_k'])} kg of gas",
        "Assumed": text("; ".join(said["notes"])),
    }
    return section("about", "Provenance", pairs(entries))


def _range(i: Mapping[str, float]) -> str:
    return f"{i['median']:.2f} <small>({i['low']:.2f} to {i['high']:.2f})</small>"
