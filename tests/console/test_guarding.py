"""What is kept out: other sites, other names, long and many requests, paths out of the page, strangers when private."""

import logging
import socket
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving_one import Served, Start, person

from hullwatch.console.guard import BODY, HEADERS, Pace
from hullwatch.console.serving import host_names, is_loopback, open_door
from hullwatch.console.tokens import digest, entry_toml, new_token, read_tokens, whose
from hullwatch.errors import DescriptionError, OutOfRange
from watching import Watched

REPORT = "/api/v1/hatches/NODE-STORE/report"


@pytest.fixture
def one(start: Start) -> Served:
    """A console over a short record."""
    return start(8)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1.evil.example", "http://localhost"],
)
def test_other_origins_can_neither_post_nor_look(one: Served, origin: str) -> None:
    assert one.ask("POST", REPORT, {"open": True}, name="flight", Origin=origin).status == 403
    assert one.ask("GET", "/api/v1/view", Origin=origin).status == 403
    assert one.record.head[0] == 8


def test_the_own_origin_can(one: Served) -> None:
    assert one.ask("POST", REPORT, {"open": True}, name="flight", Origin=one.address).status == 201


def test_a_browser_that_hides_where_it_comes_from_cannot_post(one: Served) -> None:
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Mode": "cors"}):
        assert one.ask("POST", REPORT, {"open": True}, name="flight", **headers).status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "", "127.0.0.1", "evil.example:PORT", "127.0.0.1:PORT.evil", "[::2]:PORT"]
)
def test_a_name_that_points_here_is_not_answered(one: Served, host: str) -> None:
    with socket.create_connection(("127.0.0.1", one.port), 5.0) as link:
        link.sendall(f"GET /api/v1/view HTTP/1.1\r\nHost: {host.replace('PORT', str(one.port))}\r\n\r\n".encode())
        status = link.recv(12).split()[1]
    assert status in (b"421", b"400")


def test_a_token_in_the_query_or_a_cookie_is_no_token(one: Served) -> None:
    assert one.ask("POST", f"{REPORT}?token=token%20of%20flight", {"open": True}).status == 401
    assert one.ask("POST", REPORT, {"open": True}, Cookie="token=token of flight").status == 401
    assert one.ask("POST", REPORT, {"open": True}, Authorization="Basic token of flight").status == 401


def test_a_body_too_long_is_refused_said_or_not(one: Served) -> None:
    long = b'{"open": true, "note": "' + b"x" * BODY + b'"}'
    assert one.ask("POST", REPORT, long, name="flight").status == 413
    with socket.create_connection(("127.0.0.1", one.port), 5.0) as link:
        head = (
            f"POST {REPORT} HTTP/1.1\r\nHost: 127.0.0.1:{one.port}\r\nAuthorization: Bearer token of flight\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        link.sendall(head.encode())
        status = b""
        try:
            for _ in range(20):
                link.sendall(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
            link.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # it hung up, as it may
        status = link.recv(12)
    assert status.split()[1] == b"413"
    assert one.record.head[0] == 8


def test_too_many_requests_are_asked_to_wait(start: Start) -> None:
    one = start(8, pace=((1e-3, 5.0), (1e-3, 2.0)))
    assert [one.ask("POST", REPORT, {"open": True}, name="flight").status for _ in range(3)] == [201, 201, 429]
    answers = [one.ask("GET", "/api/v1/me") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


@given(st.lists(st.floats(0.0, 3.0), min_size=1, max_size=60))
def test_no_caller_gets_more_than_its_pace(gaps: list[float]) -> None:
    now = [0.0]
    pace, allowed = Pace((1.0, 5.0), lambda: now[0]), 0
    for gap in gaps:
        now[0] += gap
        allowed += pace.wait_s("one") == 0.0
    assert allowed <= 5.0 + now[0] + 1e-9
    assert pace.wait_s("another") == 0.0


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py", "/..%2fapp.py", "/%2e%2e/app.py", "/assets/../../app.py", "/assets/..%5c..%5capp.py",
        "//etc/passwd", "/assets//etc/passwd", "/%2fetc%2fpasswd", "/....//app.py", "/static/../app.py",
        "/assets/%00", "/..;/app.py",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_page(one: Served, path: str) -> None:
    answer = one.ask("GET", path)
    assert answer.status in (400, 404)
    assert b"create_app" not in answer.body
    assert b"root:" not in answer.body


def test_every_answer_carries_the_headers_that_bind_browsers(one: Served) -> None:
    for answer in (
        one.ask("GET", "/"), one.ask("GET", "/api/v1/view"), one.ask("GET", "/nothing"), one.ask("POST", REPORT, {}),
        one.ask("GET", "/healthz"), one.ask("GET", "/api/v1/view", Origin="http://evil.example"),
    ):  # fmt: skip
        for name, text in HEADERS.items():
            assert answer.headers[name.lower()] == text
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


def test_private_means_a_token_to_look_too(start: Start) -> None:
    one = start(8, private=True)
    assert one.ask("GET", "/api/v1/view").status == 401
    assert one.ask("GET", "/api/v1/stream").status == 401
    assert one.ask("GET", "/api/v1/view", name="look").status == 200
    assert one.ask("POST", REPORT, {"open": True}, name="look").status == 403
    assert one.ask("GET", "/").status == 200
    assert one.ask("GET", "/metrics").status == 401


def test_no_secret_is_logged(one: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    one.ask("POST", REPORT, {"open": True}, name="flight")
    one.ask("POST", REPORT, {"open": "no"}, name="flight")
    one.ask("POST", REPORT, {"open": True}, Authorization="Bearer nobody-knows-this")
    one.ask("GET", "/api/v1/view?seq=x", name="flight")
    said = caplog.text + "".join(capfd.readouterr()) + "".join(str(vars(record)) for record in caplog.records)
    assert "token of flight" not in said
    assert "nobody-knows-this" not in said


def test_a_half_sent_request_holds_nobody_up(one: Served) -> None:
    with socket.create_connection(("127.0.0.1", one.port), 5.0) as slow:
        slow.sendall(f"POST {REPORT} HTTP/1.1\r\nHost: 127.0.0.1:{one.port}\r\nContent-Length: 50\r\n\r\n".encode())
        begun = time.perf_counter()
        assert one.ask("GET", "/api/v1/me").status == 200
        assert time.perf_counter() - begun < 5.0


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_file_of_tokens_holds_no_token(tmp_path: Path) -> None:
    token = new_token()
    people = [person('Ann "A" O\'Neil', "viewer"), person("Bo", "operator")]
    file = tmp_path / "tokens.toml"
    file.write_text("\n".join(entry_toml(one) for one in people))
    assert token not in file.read_text()
    found = read_tokens(str(file))
    assert list(found) == people
    assert whose("token of Bo", found) == people[1]
    assert whose(token, found) is None
    assert whose("", found) is None


def test_no_two_tokens_are_alike() -> None:
    made = {new_token() for _ in range(200)}
    assert len(made) == 200
    assert all(len(token) >= 43 for token in made)
    assert len({digest(token) for token in made}) == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "keys"),
        ("token = 3", "keys"),
        ("[[token]]\nname = 'a'", "token 1"),
        ("[[token]]\nname = 'a'\nrole = 'king'\nsha256 = '00'", "viewer or operator"),
        ("[[token]]\nname = 'a'\nrole = 'viewer'\nsha256 = '00'", "64 hexadecimal digits"),
        (f"[[token]]\nname = 'a'\nrole = 'operator'\nsha256 = '{'0' * 64}'\ncentre = 'mars'", "--key"),
        ("[[token]\n", "TOML"),
    ],
)
def test_a_wrong_file_of_tokens_is_refused_by_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(text)
    with pytest.raises(DescriptionError, match=said) as refused:
        read_tokens(str(file))
    assert "tokens.toml" in str(refused.value)


# --- doors ------------------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_said(night: Watched) -> None:
    with open_door("127.0.0.1", 0) as door:
        door.listen()
        with pytest.raises(OutOfRange, match="another one with --port"):
            open_door("127.0.0.1", door.getsockname()[1])


def test_only_this_machine_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org")))  # noqa: S104
    assert host_names("127.0.0.1", 8475, ["console.example"]) == [
        "127.0.0.1:8475", "localhost:8475", "[::1]:8475", "console.example:8475",
    ]  # fmt: skip
