"""What may be asked of the console: the GET requests, each answered from the record, or from the readings at hand."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from hullwatch.console.desk import Desk
from hullwatch.console.feed import VIEWERS, Stream, row_json
from hullwatch.console.guard import Refusal
from hullwatch.console.station import station_svg
from hullwatch.console.view import Fold
from hullwatch.errors import OutOfRange
from hullwatch.incident import summary
from hullwatch.units import utc_seconds
from hullwatch.vehicle.observed import FIELDS, KINDS

MOST = 2**53
"""Numbers of rows up to here are exact in every JSON reader."""
Seq = Annotated[int | None, Query(ge=0, le=MOST, description="As known after this row; now, when not given.")]
_MOMENT: dict[str, Any] = {"max_length": 64, "json_schema_extra": {"format": "date-time"}}
At = Annotated[
    str | None, Query(description="As known at this moment of data, ISO 8601 UTC; not together with `seq`.", **_MOMENT)
]
From = Annotated[str | None, Query(alias="from", description="Start, ISO 8601 UTC.", **_MOMENT)]
To = Annotated[str | None, Query(description="End, ISO 8601 UTC.", **_MOMENT)]
Points = Annotated[int, Query(ge=10, le=200_000, description="Times on the axis, about; thinned to the extremes.")]
After = Annotated[int | None, Query(ge=0, le=MOST, description="Number of the last row seen.")]
LastId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=32)]
QUANTITIES = ("pressure", "ppo2", "ppn2", "ppco2", "temperature", "tank_pressure")
"""Channels that are plotted unless others are asked for."""


def routes(desk: Desk) -> APIRouter:
    """The GET requests."""
    router = APIRouter(tags=["ask"])

    @router.get("/view")
    def view(seq: Seq = None, at: At = None) -> dict[str, Any]:
        """Everything the page shows: as it is now, or as it was known at a row or a moment."""
        return desk.view(_row(desk, seq, at), None if at is None else _seconds("at", at, 0.0))

    @router.get("/stream")
    async def stream(request: Request, after: After = None, last: LastId = None) -> Response:
        """Server-sent events: `row` and `view` (with the number of the last row as id), `clock` every second,
        `readings` when telemetry came.

        With `after`, or the header `Last-Event-ID`, every row missed since is sent first.
        """
        feed = request.app.state.feed
        if feed.viewers >= VIEWERS:
            raise Refusal(503, f"{VIEWERS} viewers are here already", "Try again later", headers={"Retry-After": "10"})
        return Stream(feed, _last(last) if last else after)

    @router.get("/rows")
    def rows(
        after: Annotated[int, Query(ge=0, le=MOST)] = 0,
        kind: Annotated[str | None, Query(max_length=64)] = None,
        incident: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=5_000)] = 1_000,
    ) -> list[dict[str, Any]]:
        """Rows of the record after a number, in order, at most `limit`."""
        return [row_json(seq, event) for seq, event in desk.rows(after, limit, kind, incident)]

    @router.get("/trend")
    def trend(
        start: From = None, to: To = None, points: Points = 2_000, seq: Seq = None
    ) -> dict[str, Any]:  # fmt: skip
        """Pressure, gas without heat, and loss of each pressure group over time, and the events to mark on it."""
        known = desk.seq if seq is None else seq
        from_s, to_s = _seconds("from", start, 0.0), _seconds("to", to, float("inf"))
        marks = _marks(desk.history.at(known), from_s, to_s)
        return desk.history.trend(from_s, to_s, points, known) | {"marks": marks}

    @router.get("/channels")
    def channels(
        start: From = None,
        to: To = None,
        points: Points = 2_000,
        ids: Annotated[str | None, Query(max_length=4_000, description="Channel ids, joined by commas.")] = None,
    ) -> dict[str, Any]:
        """Readings of the last day as the feed published them; of each stretch the lowest and the highest."""
        known = desk.history.now.told.started.get("channels") or ()
        wanted = [one["id"] for one in known if one.get("quantity") in QUANTITIES] if ids is None else ids.split(",")
        return desk.readings.between(
            known, wanted, _seconds("from", start, 0.0), _seconds("to", to, float("inf")), points
        )  # fmt: skip

    @router.get("/map.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
    def station_map(seq: Seq = None, at: At = None) -> Response:
        """The ship: compartments, hatches, pressure groups, where the leak is likely, and whose seats are where."""
        text = desk.shown(_row(desk, seq, at), station_svg)
        return Response(text, media_type="image/svg+xml")

    _parts(router, desk)
    return router


def _parts(router: APIRouter, desk: Desk) -> None:
    """Parts of the view, for programs that need no more."""

    @router.get("/alarms")
    def alarms() -> list[dict[str, Any]]:
        """Every alarm as it stands (ISA-18.2), with owner, comments and actions."""
        return list(desk.view()["alarms"])

    @router.get("/decisions")
    def decisions() -> list[dict[str, Any]]:
        """Every decision: proposed, in force or refused, and whom it waits for."""
        return list(desk.view()["decisions"])

    @router.get("/centres")
    def centres() -> list[dict[str, Any]]:
        """Centres that joined the record, and their public keys."""
        return list(desk.view()["centres"])

    @router.get("/summary")
    def summarised() -> dict[str, Any]:
        """The same JSON object that `hullwatch watch --json` prints."""
        return desk.history.shown(desk.seq, lambda fold: summary.told(fold.told))

    @router.get("/evidence-kinds")
    def evidence_kinds() -> list[dict[str, Any]]:
        """Kinds of evidence and their fields, for forms: a number is typed in `unit`, and `si` of it is sent."""
        return [
            {"kind": name, "words": kind.words, "meaning": kind.meaning,
             "fields": [_field(field, field in kind.needs) for field in kind.needs + kind.may]}
            for name, kind in KINDS.items()
        ]  # fmt: skip

    @router.get("/me")
    def me(request: Request) -> dict[str, Any]:
        """Who the token of this request belongs to; a viewer without one."""
        person = request.state.person
        if person is None:
            return {"name": None, "role": "viewer", "centre": None}
        return {"name": person.name, "role": person.role, "centre": person.centre}


def _field(name: str, needed: bool) -> dict[str, Any]:
    """A field of what was observed, as a form needs it; lowest and highest in the unit it is typed in."""
    field = FIELDS[name]
    told: dict[str, Any] = {"name": name, "words": field.words, "holds": field.holds, "needed": needed}
    if field.holds == "number":
        ends = (float(f"{end / field.si:.3g}") for end in (field.low, field.high))
        told |= {"unit": field.typed_in, "si": field.si, "lengths": field.lengths} | dict(
            zip(("low", "high"), ends, strict=True)
        )
    return told


def _row(desk: Desk, seq: int | None, at: str | None) -> int | None:
    if seq is not None and at is not None:
        raise Refusal(422, "seq and at are both given", "Ask for a row or for a moment", "at")
    return seq if at is None else desk.history.seq_at(_seconds("at", at, 0.0))


def _seconds(name: str, text: str | None, default: float) -> float:
    if text is None:
        return default
    try:
        return utc_seconds(text.replace(" ", "+"))  # a plus sign arrives as a space when it was not quoted
    except (OutOfRange, OverflowError) as error:
        raise Refusal(422, f"{name} is no moment", "ISO 8601 UTC, for instance 2018-08-29T21:00Z", name) from error


def _last(text: str) -> int:
    """The number a browser sends back; what is none is not worth an error: the stream begins with the view."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else MOST


def _marks(fold: Fold, from_s: float, to_s: float) -> list[dict[str, Any]]:
    """Events to draw on plots."""
    inside = []
    for entry in fold.timeline:
        start = utc_seconds(str(entry["time_utc"]))
        end = utc_seconds(str(entry["end_utc"])) if entry.get("end_utc") else None
        if start <= to_s and (end or start) >= from_s:
            words = {"kind": entry["kind"], "words": entry["title"], "class": entry.get("class")}
            inside.append({"time_s": start, "end_s": end, **words})
    return sorted(inside, key=lambda mark: mark["time_s"])
