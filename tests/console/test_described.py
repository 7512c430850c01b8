"""The OpenAPI document is true: whatever schemathesis draws from it is answered as it says. More of it:
`python benchmarks/hostile --kinds described --inputs 20000`."""

import described
import jsonschema_rs
import pytest
from serving_one import Start


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> described.Described:
    """An app over a small record."""
    return described.Described(tmp_path_factory.mktemp("described"))


def test_every_request_is_answered_as_the_document_says(target: described.Described) -> None:
    for label in target.described:
        target.try_some(label, 5)
    assert {200, 201, 404, 422} <= set(target.statuses)  # it must reach what it is for
    assert target.record.verify().ok


def test_what_is_answered_of_a_night_with_a_leak_has_the_shapes_named(start: Start) -> None:
    one = start()
    document = one.ask("GET", "/openapi.json").json
    told = 0
    for path, methods in document["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "application/json" in content:
            shape = jsonschema_rs.validator_for({**content["application/json"]["schema"], **document})
            for row in ("", "?seq=12", f"?seq={one.record.head[0] // 2}") if path.endswith("view") else ("",):
                shape.validate(one.ask("GET", path + row).json)
                told += 1
    assert told >= 12
    messages = one.client().follow(after=0, tries=1)
    kinds = {next(messages).event for _ in range(one.record.head[0] + 1)}
    assert kinds <= set(document["components"]["schemas"]["Message"]["properties"]["event"]["enum"])
