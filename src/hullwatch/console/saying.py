"""What may be said to the console: the bodies of its POST requests, each made into a statement of the record."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hullwatch.console.desk import Desk
from hullwatch.console.feed import row_json
from hullwatch.console.guard import Refusal
from hullwatch.console.tokens import Person
from hullwatch.errors import DescriptionError, quoted, readable
from hullwatch.incident import statements
from hullwatch.incident.signing import CentreKey
from hullwatch.incident.standing import Standing
from hullwatch.records import Event
from hullwatch.units import utc_seconds

Words = Annotated[str, Field(max_length=statements.LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Moment = Annotated[Name, Field(json_schema_extra={"format": "date-time"})]
Id = Annotated[str, Path(min_length=1, max_length=200)]


class Said(BaseModel):
    """A body: no field but those named, no value but of the type named."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AlarmAction(Said):
    """What an operator does to the alarm of an incident."""

    action: Literal["acknowledge", "shelve", "unshelve", "suppress", "unsuppress", "own", "comment"]
    comment: Words = ""
    owner: Name | None = None
    until_utc: Moment | None = Field(None, description="End of shelving: a time of data, at most a day on.")
    model_config = ConfigDict(json_schema_extra={"examples": [{"action": "acknowledge", "comment": "crew is told"}]})


class Evidence(Said):
    """What somebody saw, heard or read by hand."""

    kind: Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(statements.EVIDENCE)})]
    observed: dict[str, JsonValue] = Field(description="What was seen, in SI, as that kind of evidence says it.")
    note: Words = ""
    time_utc: Moment | None = Field(None, description="When it was seen; now, in time of data, when not given.")
    incident: Name | None = Field(None, description="Incident it belongs to; the latest, when not given.")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "ultrasound", "observed": {"compartment": "SOYUZ_MS09_OM", "level_db": 12.0}}]
        }
    )


class Withdrawal(Said):
    """Evidence was a mistake: it stays in the record and is no longer weighed."""

    why: Words = ""


class HatchReport(Said):
    """Somebody says that a hatch is open or shut."""

    open: bool
    note: Words = ""
    model_config = ConfigDict(json_schema_extra={"examples": [{"open": False, "note": "closed by Gerst, 08:51"}]})


class CrewReport(Said):
    """Somebody says where people are."""

    people: list[Name] = Field(min_length=1, max_length=100)
    compartment: Name
    note: Words = ""
    model_config = ConfigDict(json_schema_extra={"examples": [{"people": ["Gerst"], "compartment": "COL", "note": ""}]})


class Moves(Said):
    """Hatches to shut and to open."""

    shut: list[Name] = Field(default_factory=list, max_length=100)
    open: list[Name] = Field(default_factory=list, max_length=100)


class Proposal(Said):
    """A decision put to the centres it needs."""

    what: Words
    action: Moves | None = None
    needs: list[Name] | None = Field(
        None, max_length=20, description="Centres that must agree; those it must have, if not given."
    )
    incident: Name | None = None
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"what": "Close the hatch to Soyuz MS-09", "action": {"shut": ["MRM1-SOYUZ_MS09_OM"]}}]
        }
    )


class Answer(Said):
    """A centre agrees to a decision, or refuses it and says why."""

    agree: bool
    why: Words = ""
    model_config = ConfigDict(json_schema_extra={"examples": [{"agree": True, "why": ""}]})


class Limit(Said):
    """A limit is set to another value, for a reason."""

    value_pa: float = Field(ge=0.0, le=2e5, allow_inf_nan=False)
    why: Annotated[str, Field(min_length=1, max_length=statements.LONGEST_TEXT)]
    until_utc: Moment | None = Field(None, description="Time of data at which it ends by itself.")
    model_config = ConfigDict(json_schema_extra={"examples": [{"value_pa": 96000.0, "why": "EVA preparation"}]})


class Speak:
    """Writes what the person of a request says, signed by their centre."""

    def __init__(self, desk: Desk, keys: Mapping[str, CentreKey]) -> None:
        self.desk, self.keys = desk, keys

    def __call__(self, request: Request, build: Callable[..., Event], *words: Any, **more: Any) -> dict[str, Any]:
        """The row of the statement that `build` makes of these words."""
        person: Person | None = request.state.person
        if person is None:  # the guard lets nobody here without a token
            raise Refusal(401, "A token is needed", "Send `Authorization: Bearer TOKEN`")

        def made(standing: Standing, at_s: float, utc: str) -> Event:
            who = {"by": person.name, "centre": person.centre, "entered_utc": utc}
            return build(standing, at_s, *words, **more, **who)

        try:
            seq = self.desk.say(made, self.keys[person.centre] if person.centre else None)
        except DescriptionError as error:
            if error.key not in request.path_params:
                raise
            problem = readable(f"There is no {error.key} {quoted(error.value)} here")
            raise Refusal(404, problem, error.allowed, error.key) from error
        return row_json(*self.desk.rows(seq - 1, 1)[0])


def routes(desk: Desk, keys: Mapping[str, CentreKey]) -> APIRouter:
    """The POST requests."""
    router, speak = APIRouter(tags=["say"]), Speak(desk, keys)

    @router.post("/alarms/{incident}/actions", status_code=201)
    def act_on_alarm(incident: Id, said: AlarmAction, request: Request) -> dict[str, Any]:
        """Acknowledge, shelve, suppress, own or comment the alarm of an incident."""
        return speak(request, statements.alarm_action, incident, **vars(said))

    @router.post("/evidence", status_code=201)
    def give_evidence(said: Evidence, request: Request) -> dict[str, Any]:
        """Give evidence of where it leaks: what somebody saw or heard."""
        return speak(request, _evidence, said)

    @router.post("/evidence/{number}/withdrawal", status_code=201)
    def withdraw_evidence(
        number: Annotated[int, Path(ge=1, le=10**9)], said: Withdrawal, request: Request
    ) -> dict[str, Any]:
        """Say that evidence, by its number from 1, was a mistake."""
        return speak(request, statements.evidence_withdrawn, number, **vars(said))

    @router.post("/hatches/{hatch}/report", status_code=201)
    def report_hatch(hatch: Id, said: HatchReport, request: Request) -> dict[str, Any]:
        """Report a hatch open or shut."""
        return speak(request, statements.hatch_report, hatch, said.open, note=said.note)

    @router.post("/crew/report", status_code=201)
    def report_crew(said: CrewReport, request: Request) -> dict[str, Any]:
        """Report where people are: who breathes in a part that is shut, and who can reach their craft."""
        return speak(request, statements.crew_report, **vars(said))

    @router.post("/decisions", status_code=201)
    def propose(said: Proposal, request: Request) -> dict[str, Any]:
        """Put a decision to the centres it needs."""
        return speak(request, _proposal, said)

    @router.post("/decisions/{decision}/answers", status_code=201)
    def answer(decision: Id, said: Answer, request: Request) -> dict[str, Any]:
        """Agree to a decision for your centre, or refuse it."""
        return speak(request, statements.decision_answered, decision, **vars(said))

    @router.post("/limits/{limit}", status_code=201)
    def change_limit(limit: Id, said: Limit, request: Request) -> dict[str, Any]:
        """Set a limit to another value, Pa."""
        return speak(request, statements.limit_changed, limit, **vars(said))

    return router


def _evidence(standing: Standing, at_s: float, said: Evidence, **who: Any) -> Event:
    """Evidence has the time at which it was seen, and belongs to the latest incident unless another is named."""
    seen_s = utc_seconds(said.time_utc) if said.time_utc else at_s
    incident = said.incident or _latest(standing)
    return statements.evidence(standing, seen_s, said.kind, said.observed, incident=incident, note=said.note, **who)


def _proposal(standing: Standing, at_s: float, said: Proposal, **who: Any) -> Event:
    moves = vars(said.action) if said.action else None
    incident = said.incident or _latest(standing)
    return statements.decision_proposed(
        standing, at_s, said.what, action=moves, needs=said.needs, incident=incident, **who
    )


def _latest(standing: Standing) -> str | None:
    return standing.incidents[-1] if standing.incidents else None
