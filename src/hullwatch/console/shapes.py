"""What the API answers, as JSON Schema: the parts that every answer of a kind has. More fields may stand beside them.

The tests hold what the application says against these, so that the OpenAPI document is as true as the code.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
OBJECT: Schema = {"type": "object"}
UTC: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "description": "ISO 8601, UTC"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def _all(about: str, **fields: Schema) -> Schema:
    """An object that has all these fields."""
    return {"type": "object", "description": about, "required": list(fields), "properties": fields}


CLASSES = ("emergency", "warning", "caution", "advisory")
SIGNAL = _one_of("good", "stale", "lost", "ended")
STATE = _one_of("normal", "unacknowledged", "acknowledged", "returned", "shelved", "suppressed")
_LINE = _list(_or_null(NUMBER))

SHAPES: dict[str, Schema] = {
    "Interval": _all("A number with its doubt: median, 5 % and 95 % quantile.", median=NUMBER, low=NUMBER, high=NUMBER),
    "SetAside": _all("What else it could be.", cause=TEXT, probability=_or_null(NUMBER), why=TEXT),
    "Row": _all(
        "A row of the record.",
        seq=COUNT, time_utc=UTC, time_s=NUMBER, kind=TEXT, incident=_or_null(TEXT), data=OBJECT,
    ),
    "Alarm": _all(
        "An alarm as it stands, ISA-18.2.",
        incident=TEXT, **{"class": _one_of(*CLASSES)}, state=STATE, stands=FLAG, text=TEXT, since_utc=UTC,
        owner=_or_null(TEXT), by=_or_null(TEXT), centre=_or_null(TEXT), until_utc=_or_null(UTC),
        comments=_list(OBJECT), actions=_list(OBJECT), evidence=_list(COUNT), raised=COUNT,
    ),
    "Banner": _all(
        "The one answer.",
        **{"class": _one_of(*CLASSES, "normal", "undecided")}, state=STATE, held=_or_null(TEXT), words=TEXT,
        detail=TEXT, set_aside=_list(_ref("SetAside")), would_change=_or_null(TEXT), incident=_or_null(TEXT),
    ),
    "Incident": _all(
        "One incident: the latest figures, each with its interval.",
        id=TEXT, state=TEXT, detected_utc=UTC, ended_utc=_or_null(UTC), leak_probability=_or_null(NUMBER),
        rate_kg_day=_or_null(_ref("Interval")), hole_mm=_or_null(_ref("Interval")),
        area_mm2=_or_null(_ref("Interval")), pressure_fall_mmhg_h=_or_null(_ref("Interval")), law=_or_null(TEXT),
        location=_list(_all("", compartment=TEXT, probability=NUMBER)), reserve=_list(OBJECT),
        set_aside=_list(_ref("SetAside")), would_change=_or_null(TEXT), alarm=_or_null(_ref("Alarm")),
        advice=_or_null(OBJECT), crew_time=_or_null(OBJECT), clearance=_or_null(OBJECT),
        return_question=_or_null(OBJECT), answers=_list(TEXT),
    ),
    "Decision": _all(
        "A decision and whom it waits for.",
        decision=TEXT, what=TEXT, state=_one_of("proposed", "in_force", "refused"), needs=_list(TEXT),
        agreed=_list(TEXT), refused=_list(TEXT),
    ),
    "Centre": _all("A centre that joined.", time_utc=UTC, centre=TEXT, public_key=TEXT, by=TEXT),
    "View": _all(
        "Everything the page shows.",
        seq=COUNT, head_seq=COUNT, time_utc=UTC, day_of_year=TEXT, live=FLAG, vehicle=_or_null(TEXT),
        title=_or_null(TEXT), source=_or_null(TEXT), reconstructed=FLAG, provenance=OBJECT, settings=OBJECT,
        span_utc=_or_null(_list(UTC)), interrupted=FLAG, trouble=_or_null(TEXT), banner=_ref("Banner"),
        incidents=_list(_ref("Incident")), alarms=_list(_ref("Alarm")), decisions=_list(_ref("Decision")),
        map=_all("The ship.", compartments=_list(OBJECT), hatches=_list(OBJECT), groups=_list(_list(TEXT))),
        timeline=_list(_all("", seq=COUNT, time_utc=UTC, kind=TEXT, title=TEXT, words=TEXT)),
        data=_all("Telemetry.", time_utc=UTC, signal=SIGNAL, age_s=_or_null(NUMBER), channels=_list(OBJECT)),
        evidence=_list(OBJECT), centres=_list(_ref("Centre")), limits=_list(OBJECT), detectable=_or_null(OBJECT),
    ),
    "Trend": _all(
        "Lines over one axis of time; null where a group has no value.",
        time_s=_list(NUMBER), marks=_list(_all("", time_s=NUMBER, end_s=_or_null(NUMBER), kind=TEXT, words=TEXT)),
        groups=_list(_all("", group=COUNT, compartments=_list(TEXT), pressure_mmhg=_LINE, corrected_kg=_LINE)),
    ),
    "Channels": _all(
        "Readings over one axis of time; null where there is none.",
        time_s=_list(NUMBER), channels=_list(_all("", id=TEXT, name=_or_null(TEXT), unit=_or_null(TEXT), value=_LINE)),
    ),
    "EvidenceKind": _all("A kind of evidence.", kind=TEXT, words=TEXT, meaning=TEXT, fields=_list(OBJECT)),
    "Person": _all(
        "Who a token belongs to.", name=_or_null(TEXT), role=_one_of("viewer", "operator"), centre=_or_null(TEXT)
    ),
    "Health": _all(
        "Whether watch, telemetry and record are well.",
        ok=FLAG, watch=_one_of("running", "ended", "failed", "elsewhere"), signal=SIGNAL, data_age_s=_or_null(NUMBER),
        record=_one_of("writable", "read_only", "trouble"), rows=COUNT, why=_or_null(TEXT),
    ),
    "Message": {
        "type": "object",
        "description": "One message of the feed, as its fields stand in the stream; `data` is JSON: a Row, a View, the "
        "clock or the newest readings. `id` is the number of the last row it covers.",
        "required": ["event", "data"],
        "properties": {
            "event": _one_of("row", "view", "clock", "readings"), "data": TEXT, "id": TEXT,
        },
    },
    "Refused": {
        "type": "object",
        "description": "Why something was not done, which field is wrong, and what would help.",
        "required": ["error", "field", "remedy"],
        "additionalProperties": False,
        "properties": {"error": {"type": "string", "minLength": 1}, "field": _or_null(TEXT), "remedy": _or_null(TEXT)},
        "examples": [{"error": "at is no moment", "field": "at", "remedy": "ISO 8601 UTC"}],
    },
}  # fmt: skip

ANSWERS: dict[tuple[str, str], tuple[str, Schema]] = {
    ("/api/v1/view", "200"): ("application/json", _ref("View")),
    ("/api/v1/stream", "200"): ("text/event-stream", _ref("Message")),
    ("/api/v1/rows", "200"): ("application/json", _list(_ref("Row"))),
    ("/api/v1/trend", "200"): ("application/json", _ref("Trend")),
    ("/api/v1/channels", "200"): ("application/json", _ref("Channels")),
    ("/api/v1/alarms", "200"): ("application/json", _list(_ref("Alarm"))),
    ("/api/v1/decisions", "200"): ("application/json", _list(_ref("Decision"))),
    ("/api/v1/centres", "200"): ("application/json", _list(_ref("Centre"))),
    ("/api/v1/evidence-kinds", "200"): ("application/json", _list(_ref("EvidenceKind"))),
    ("/api/v1/me", "200"): ("application/json", _ref("Person")),
    ("/healthz", "200"): ("application/json", _ref("Health")),
    ("/healthz", "503"): ("application/json", _ref("Health")),
}
"""What each request is answered with; every word said is answered with the row it became (201)."""


def described(document: Schema) -> Schema:
    """An OpenAPI document with the shapes of its answers, and with who may ask and who may say."""
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {}).update(SHAPES)
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if method == "post":
                told["security"] = [{"token": []}]
                told["responses"]["201"]["content"] = {"application/json": {"schema": _ref("Row")}}
            elif path not in ("/healthz",):  # reading needs a token with --private only
                told["security"] = [{}, {"token": []}]
            for status in told["responses"]:
                if (path, status) in ANSWERS:
                    kind, schema = ANSWERS[path, status]
                    told["responses"][status]["content"] = {kind: {"schema": schema}}
    return document
