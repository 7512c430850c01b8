"""Requests that schemathesis draws from the API's own OpenAPI document, and what is wrong with the answers.

Half are as the document allows, half are not. Each answer must have a status, a type of content and a shape that the
document names; what it forbids must be refused, what it allows to be asked must be answered, and words need a token.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from hostile import RIGHT, Target

ALWAYS = (
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_headers_conformance, checks.response_schema_conformance, checks.negative_data_rejection,
    checks.unsupported_method, checks.ignored_auth,
)  # fmt: skip
ASKING = (*ALWAYS, checks.positive_data_acceptance)
"""What may be said depends on what the ship and its record hold, which no document knows; what may be asked, not."""
SAID = {
    "/api/v1/evidence": {"kind": "found", "observed": {"compartment": "lab"}, "incident": None},
    "/api/v1/alarms/{incident}/actions": {"action": "comment", "comment": "so"},
}
"""What fits the record, for requests whose right words are seldom drawn."""
SETTINGS = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


class Described(Target):
    """An app over a fresh record, and its document."""

    hosts = ("testserver",)  # schemathesis says so when it asks by itself

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        document = schemathesis.openapi.from_dict(self.app.openapi())
        document.app = self.app
        document.config.max_stream_events = 2  # a stream has no end: its first messages are looked at
        found = [result.ok() for result in document.get_all_operations()]
        self.described = {operation.label: operation for operation in found}
        self.statuses = Counter[int]()

    def strategies(self, label: str) -> Iterator[Any]:
        """Requests as the document allows them, and as it does not where it forbids anything."""
        operation = self.described[label]

        def fitting(case: Any, fits: bool) -> Any:
            if {"seq", "at"} <= set(case.query or {}):
                del case.query["at"]  # both together are refused, which OpenAPI has no word for
            if fits:
                case.path_parameters = {name: RIGHT[name] for name in case.path_parameters or {}}
                case.body = SAID.get(operation.path, case.body)
            return case

        yield st.builds(fitting, operation.as_strategy(generation_mode=GenerationMode.POSITIVE), st.booleans())
        if operation.query or operation.headers or operation.path_parameters or operation.body:
            yield operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    def try_some(self, label: str, count: int, number: int | None = None) -> None:
        """Send `count` requests of each sort; raises what schemathesis finds. number: draw the same again."""
        for strategy in self.strategies(label):

            @settings(max_examples=count, **SETTINGS)
            @given(case=strategy)
            def send(case: Any) -> None:
                answer = case.call(headers={"Authorization": "Bearer op"})
                self.desk.catch_up()
                self.statuses[answer.status_code] += 1
                case.validate_response(answer, checks=ASKING if case.method == "GET" else ALWAYS)

            with contextlib.suppress(Unsatisfiable):
                (send if number is None else seed(number)(send))()
