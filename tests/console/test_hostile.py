"""Hostile requests: no 500, no hang, no broken record. More of them: `tests/console/hostile.py --requests 200000`."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hostile


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> hostile.Target:
    """An app over a small record."""
    return hostile.Target(tmp_path_factory.mktemp("hostile"))


def test_a_sample_of_hostile_requests_is_answered_in_order(target: hostile.Target) -> None:
    chance, statuses = random.Random(8), set[int]()
    for _ in range(1_000):
        request = hostile.hostile(chance, target)
        reply = target.ask(request)
        assert not hostile.wrong_with(request, reply), request
        statuses.add(reply.status)
    # the sample must reach what it is for: words accepted, and every sort of refusal
    assert {200, 201, 400, 401, 403, 404, 405, 409, 421, 422} <= statuses
    assert target.record.verify().ok


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_json_for_any_operation_is_taken_or_refused(target: hostile.Target, data: st.DataObject) -> None:
    posts = [(path, fields) for method, path, _, fields in target.operations if method == "POST"]
    path, fields = data.draw(st.sampled_from(posts))
    body = data.draw(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(fields, JSON)))
    for name, text in (
        ("{incident}", hostile.LEAK),
        ("{hatch}", "node-lab"),
        ("{number}", "1"),
        ("{limit}", "evacuate"),
    ):
        path = path.replace(name, text)
    headers = ((b"host", b"here:1"), (b"content-type", b"application/json"), (b"authorization", b"Bearer op"))
    request = hostile.Request("POST", path, "", headers, json.dumps(body).encode())
    assert not hostile.wrong_with(request, target.ask(request))
