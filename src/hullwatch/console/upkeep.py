"""For those who keep the console running: /metrics for Prometheus, /healthz for whoever restarts it."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse

from hullwatch.console.desk import Desk
from hullwatch.incident.alarm_list import fold as alarms_of
from hullwatch.incident.states import OPEN

CLASSES = ("emergency", "warning", "caution", "advisory")
HEALTH = {
    200: {"description": "Well", "content": {"application/json": {}}},
    503: {"description": "Not well; `why` says what is wrong", "content": {"application/json": {}}},
}


def routes(desk: Desk) -> APIRouter:
    """The two requests."""
    router = APIRouter(tags=["upkeep"])

    @router.get("/metrics", response_class=PlainTextResponse)
    def metrics(request: Request) -> PlainTextResponse:
        """Counters and gauges in Prometheus's text format."""
        text = metrics_text(desk, request.app.state.feed)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    @router.get("/healthz", responses=HEALTH)  # type: ignore[arg-type]  # FastAPI's type is wider
    def healthz() -> JSONResponse:
        """Whether the watch runs, how old its data are, whether the record can be written."""
        told = health(desk)
        return JSONResponse(told, status_code=200 if told["ok"] else 503)

    return router


def health(desk: Desk) -> dict[str, Any]:
    """What is well and what is not."""
    clock = desk.clock()
    watch = "failed" if desk.watch_failed else "running" if desk.link and clock["live"] else "elsewhere"
    if clock["signal"] == "ended":
        watch = "ended"
    return {
        "ok": not (desk.trouble or clock["signal"] == "lost"),
        "watch": watch,
        "signal": clock["signal"],
        "data_age_s": clock["data_age_s"],
        "record": "trouble" if desk.unread or desk.unwritten else "read_only" if desk.record.read_only else "writable",
        "rows": desk.seq,
        "why": desk.trouble or ("no telemetry arrives" if clock["signal"] == "lost" else None),
    }


def metrics_text(desk: Desk, feed: Any) -> str:
    """Prometheus text. An estimate comes with both ends of its 90 % interval."""
    clock, fold = desk.clock(), desk.history.at(desk.seq)
    alarms = alarms_of(fold.alarms, fold.time_s)
    lines = [
        *_metric("hullwatch_record_rows", "counter", "Rows of the record.", {"": desk.seq}),
        *_metric("hullwatch_readings_total", "counter", "Readings taken in.", {"": desk.readings.count}),
        *_metric("hullwatch_data_age_seconds", "gauge", "Age of the newest reading.", {"": clock["data_age_s"]}),
        *_metric("hullwatch_healthy", "gauge", "1 when /healthz says well.", {"": int(health(desk)["ok"])}),
        *_metric("hullwatch_viewers", "gauge", "Streams open.", {"": feed.viewers}),
        *_metric("hullwatch_viewers_dropped_total", "counter", "Streams let go: nothing taken.", {"": feed.dropped}),
        *_metric(
            "hullwatch_alarms", "gauge", "Alarms that are not normal, by class.",
            {_label(**{"class": name}): sum(a.listed and a.alarm_class == name for a in alarms) for name in CLASSES},
        ),
    ]  # fmt: skip
    rates, chances, reserves = {}, {}, {}
    for name, kept in fold.told.incidents.items():
        if kept.state not in OPEN or kept.leaking is None:
            continue
        said = kept.leaking.data
        chances[_label(incident=name)] = said.get("leak_probability")
        for end in ("median", "low", "high"):
            rates[_label(incident=name, end=end)] = (said.get("rate_kg_day") or {}).get(end)
            for entry in said.get("reserve_time_s") or ():
                reserves[_label(incident=name, limit=entry["limit"], group=entry["group"], end=end)] = entry[end]
    lines += _metric("hullwatch_leak_probability", "gauge", "Probability that gas leaves through a hole.", chances)
    lines += _metric("hullwatch_leak_rate_kg_day", "gauge", "Gas lost, median and ends of the 90 % interval.", rates)
    lines += _metric("hullwatch_reserve_seconds", "gauge", "Time to a limit, as of the last estimate.", reserves)
    return "\n".join(lines) + "\n"


def _metric(name: str, kind: str, words: str, values: Mapping[str, Any]) -> list[str]:
    known = {label: value for label, value in values.items() if value is not None}
    head = [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
    return [*head, *(f"{name}{label} {value}" for label, value in known.items())] if known else []


def _label(**labels: Any) -> str:
    def quoted(value: Any) -> str:
        return str(value).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

    return "{" + ",".join(f'{name}="{quoted(value)}"' for name, value in labels.items()) + "}"
