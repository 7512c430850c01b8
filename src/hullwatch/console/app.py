"""The console's API over a desk: what may be asked, what may be said, and the page itself.

GET  /api/v1/view  stream  rows  trend  channels  map.svg  alarms  decisions  centres  summary  me
POST /api/v1/...   see saying.py            GET /  the page     /metrics  /healthz  /openapi.json
"""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from hullwatch import __version__
from hullwatch.console import asking, saying, upkeep
from hullwatch.console.desk import Desk
from hullwatch.console.feed import Feed
from hullwatch.console.guard import Guard, Refusal
from hullwatch.console.reference import page
from hullwatch.console.shapes import described
from hullwatch.console.tokens import Person
from hullwatch.errors import (
    DescriptionError,
    HullwatchError,
    IllegalTransition,
    OutOfRange,
    RecordError,
    quoted,
    readable,
)
from hullwatch.incident.signing import CentreKey

STATIC = Path(__file__).parent / "static"
"""The page, as built into the package."""
BASE = "/api/v1"
ABOUT = """What a crewed spacecraft's leak watch knows, from its append-only record.

Numbers are SI unless the ending of their name says otherwise (`_mmhg`, `_mm`, `_kg_day`). An interval is
`{median, low, high}` at 90 %. Reading needs no token unless the console was started with `--private`; saying
anything needs `Authorization: Bearer TOKEN` of an operator. What is refused is answered with
`{error, field, remedy}`."""
_BARE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Hullwatch</title>
<h1>The page is not built into this installation</h1>
<p>The API is here: <a href="/api/v1/view">view</a>, <a href="/openapi.json">openapi.json</a>.
<code>hullwatch tui</code> shows the same in a terminal; installing the package from its source builds the page.</p>
"""


class Ascii(JSONResponse):
    """JSON in ASCII: no text of the record, whatever is in it, can fail to be sent."""

    def render(self, content: Any) -> bytes:
        """The JSON text."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what: host names answered to, people with tokens, keys of the centres they speak for."""

    hosts: Sequence[str] = ("127.0.0.1:8475", "localhost:8475")
    people: Sequence[Person] = ()
    keys: Mapping[str, CentreKey] = field(default_factory=dict)
    private: bool = False


def create_app(desk: Desk, access: Access, pace: Any = None, static: Path = STATIC) -> FastAPI:
    """The application; `pace` are other request rates than the guard's own, for tests."""

    @contextlib.asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        app.state.feed = feed = Feed(desk)
        following = asyncio.create_task(feed.follow())
        yield
        feed.close()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    app = FastAPI(
        title="Hullwatch console", version=__version__, description=ABOUT, lifespan=living, docs_url=None,
        redoc_url=None, default_response_class=Ascii, responses=_REFUSALS,
    )  # fmt: skip
    app.include_router(asking.routes(desk), prefix=BASE)
    app.include_router(saying.routes(desk, access.keys), prefix=BASE)
    app.include_router(upkeep.routes(desk))
    for kind in (HullwatchError, Refusal, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _explained)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # how FastAPI lets its document be changed
    app.add_api_route("/docs", lambda: HTMLResponse(page(app.openapi())), include_in_schema=False)
    if (static / "index.html").is_file():
        app.mount("/", _Page(directory=static, html=True))
    else:
        app.add_api_route("/", lambda: HTMLResponse(_BARE), include_in_schema=False)
    app.add_middleware(GZipMiddleware, minimum_size=2_000, compresslevel=5)
    app.add_middleware(
        Guard, hosts=access.hosts, people=access.people, private=access.private, **({"pace": pace} if pace else {})
    )
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if not app.openapi_schema:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        app.openapi_schema = described(made)
    return app.openapi_schema


class _Page(StaticFiles):
    """The page: what has a hash in its name is kept by browsers, the page itself is asked for each time."""

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:  # fmt: skip
        """The file, with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        kept = "/assets/" in scope["path"]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return response


_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": words,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refused"}}},
    }
    for status, words in (
        (400, "Not a request that can be read"),
        (401, "A token is needed, or is not known"),
        (403, "Another site, or a viewer's token"),
        (404, "No such thing here"),
        (408, "The body did not come"),
        (409, "The state of things does not allow it"),
        (413, "The body is longer than 64 kB"),
        (421, "Not a host name of this console"),
        (422, "A field is wrong: which, and what is allowed"),
        (429, "Too many requests"),
        (503, "The record cannot be written or read now"),
    )
}


async def _explained(request: Request, error: Exception) -> Response:
    """Every refusal as one sentence, the field and the remedy."""
    headers: Mapping[str, str] = {}
    field, remedy = None, None
    match error:
        case Refusal():
            status, said, field, remedy, headers = error.status, str(error), error.field, error.remedy, error.headers
        case DescriptionError():
            status, said, field, remedy = (
                422,
                readable(f"{error.key} = {quoted(error.value)} is not allowed"),
                error.key,
                error.allowed,
            )
        case IllegalTransition():
            status, said, field, remedy = 409, str(error), "action", f"It accepts {', '.join(error.allowed)}"
        case OutOfRange():
            status, said, field, remedy = 422, str(error), error.name, error.allowed
        case RecordError():
            status, said, remedy = 503, f"The record {error.problem}", error.remedy
        case RequestValidationError():
            status, (said, field) = 422, _first(error)
        case HTTPException():
            status, said, headers = error.status_code, str(error.detail), error.headers or {}
        case _:
            status, said = 500, "This is a fault of Hullwatch"
    return Ascii({"error": said, "field": field, "remedy": remedy}, status_code=status, headers=dict(headers))


def _first(error: RequestValidationError) -> tuple[str, str | None]:
    """The first thing wrong with a request: the sentence, and the field."""
    for wrong in error.errors():
        place = ".".join(str(part) for part in wrong["loc"][1:]) or None
        return f"{place or 'the body'}: {wrong['msg']}"[:300], place
    return "the request cannot be read", None
