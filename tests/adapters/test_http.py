"""The session: who gets the token, what is sent again, how long is waited, what failures mean."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from lspec_git.adapters.http import BODY_LIMIT, Http
from lspec_git.adapters.network import Lost, Unsent
from lspec_git.adapters.route import Route
from lspec_git.errors import AuthError, ConfigError, RateLimited, TrackerError, Unreachable
from tests.adapters.wire import DATE, Asked, Drop, Reply, Server, authority, certified

TOKEN = "tok_0123456789"


def client(base: str, **options: object) -> Http:
    """A session that notes its pauses instead of sleeping."""
    http = Http(base, TOKEN, **options)  # type: ignore[arg-type]
    http.sleep = pauses(http).append
    return http


def pauses(http: Http) -> list[float]:
    noted: list[float] = getattr(http, "noted", [])
    http.noted = noted  # type: ignore[attr-defined]
    return noted


def in_turn(*replies: Reply | type[Drop]) -> Callable[[Asked], Reply]:
    """Each answer once, the last one for ever."""
    left = list(replies)

    def answer(_asked: Asked) -> Reply:
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, type):
            raise reply
        return reply

    return answer


def dead_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Who gets the token


def test_the_token_goes_in_our_header_whatever_netrc_says(hermetic_seal: Path) -> None:
    (hermetic_seal / ".netrc").write_text("machine localhost login evil password evil\n")
    (hermetic_seal / ".netrc").chmod(0o600)
    with Server(in_turn(Reply(200, {}))) as server:
        client(server.url).read("x")
        Http(server.url, "").read("x")
    assert [each.headers.get("Authorization") for each in server.asked] == [f"Bearer {TOKEN}", None]


def test_no_redirect_carries_the_token_to_another_host() -> None:
    with Server(in_turn(Reply(200, {}))) as other:
        away = Reply(302, None, {"Location": f"{other.url}/stolen"})
        with Server(in_turn(away)) as server, pytest.raises(TrackerError, match="leads elsewhere"):
            client(server.url).read("x")
        assert other.asked == []


def test_a_read_follows_a_redirect_on_its_own_host() -> None:
    with Server(in_turn(Reply(301, None, {"Location": "/there"}), Reply(200, {"a": 1}))) as server:
        answer = client(server.url).read("here")
    assert (answer.data, server.paths()) == ({"a": 1}, ["GET /here", "GET /there"])


def test_a_circle_of_redirects_ends() -> None:
    with Server(in_turn(Reply(301, None, {"Location": "/x"}))) as server:
        with pytest.raises(TrackerError, match="circle"):
            client(server.url).read("x")
        assert len(server.asked) == 5


def test_a_write_is_never_redirected() -> None:
    with Server(in_turn(Reply(307, None, {"Location": "/there"}))) as server:
        assert client(server.url).write("POST", "here", {}).status == 307
    assert server.paths() == ["POST /here"]


def test_the_next_page_is_not_fetched_from_another_host() -> None:
    page = Reply(200, [], {"Link": '<https://evil.example/x?page=2>; rel="next"'})
    with Server(in_turn(page)) as server:
        http = client(server.url)
        answer = http.read("x")
        with pytest.raises(TrackerError, match=r"evil\.example"):
            http.next_page(answer)


@pytest.mark.parametrize(
    "url", ["http://tracker.example", "https://me:pw@tracker.example", "ftp://localhost", "x"]
)
def test_only_https_or_this_machine(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Http(url, TOKEN)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("secret", [f"{TOKEN}\n", f"a {TOKEN}", "\udcff" + TOKEN])
def test_a_broken_token_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(AuthError) as caught:
        Http("https://tracker.example", secret)
    assert TOKEN not in str(caught.value)


def test_what_goes_to_this_machine_passes_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{dead_port()}")
    with Server(in_turn(Reply(200, {}))) as server:
        assert client(server.url).read("x").ok


# What is sent again


@pytest.mark.parametrize("first", [Reply(502, b"<html>"), Reply(500, {"message": "oops"}), Drop])
def test_a_read_is_tried_again(first: Reply | type[Drop]) -> None:
    with Server(in_turn(first, first, Reply(200, {"a": 1}))) as server:
        http = client(server.url)
        assert http.read("x").data == {"a": 1}
    assert (len(server.asked), len(pauses(http))) == (3, 2)


def test_a_read_gives_up() -> None:
    with Server(in_turn(Reply(503, {"message": "down"}))) as server:
        assert client(server.url).read("x").status == 503
        assert len(server.asked) == 4
    with Server(in_turn(Drop)) as server, pytest.raises(Unreachable, match="broke"):
        client(server.url).read("x")


def test_an_answer_that_breaks_off_is_read_again() -> None:
    with Server(in_turn(Reply(200, {"a": "long enough"}, cut=True), Reply(200, {"a": 1}))) as server:
        assert client(server.url).read("x").data == {"a": 1}
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    "reply", [Drop, Reply(502, {}), Reply(503, {}, {"Retry-After": "1"}), Reply(201, {"a": 12345}, cut=True)]
)
def test_a_write_that_may_have_landed_is_never_sent_again(reply: Reply | type[Drop]) -> None:
    with Server(in_turn(reply)) as server:
        with pytest.raises(Lost):
            client(server.url).write("POST", "x", {"a": 1})
        assert len(server.asked) == 1


def test_a_write_that_was_never_sent_is_tried_again_and_told_so() -> None:
    http = client(f"http://localhost:{dead_port()}")
    sent: list[str] = []
    http.on_request = lambda method, _url: sent.append(method)
    with pytest.raises(Unsent, match="refuses connections"):
        http.write("POST", "x", {})
    assert len(sent) == 4
    with pytest.raises(Unsent):
        http.write("POST", "x", {})
    assert len(sent) == 5, "a host that was out of reach is not given as much patience again"


def test_a_slow_answer_is_lost_for_a_write_and_unreachable_for_a_read() -> None:
    with Server(in_turn(Reply(200, b'{"a": 1}', drip=0.4))) as server:
        http = client(server.url, timeout=(5.0, 0.1))
        with pytest.raises(Lost, match=r"within 0\.1 s"):
            http.write("POST", "x", {})
        with pytest.raises(Unreachable, match=r"within 0\.1 s"):
            http.read("x")


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_endless_answer_is_cut(packed: bool) -> None:
    endless = b'"' + b"x" * BODY_LIMIT + b'"'
    reply = (
        Reply(200, gzip.compress(endless), {"Content-Encoding": "gzip"}) if packed else Reply(200, endless)
    )
    with Server(in_turn(reply)) as server, pytest.raises(TrackerError, match="longer than 64 MiB"):
        client(server.url).read("x")


def test_an_answer_that_trickles_in_is_cut() -> None:
    """Each byte comes within the timeout for reading."""
    with Server(in_turn(Reply(200, b'{"a": ' + b" " * 10_000 + b"1}", drip=0.02))) as server:
        http = client(server.url)
        http.whole = 0.2
        with pytest.raises(Lost, match=r"took longer than 0\.2 s"):
            http.write("POST", "x", {})
        with pytest.raises(Lost):
            http.read("x")
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"}),
        Reply(200, {"a": 1}, {"Content-Type": "text/html"}),
        Reply(200, {"a": 1}, {"Content-Length": "", "Connection": "close"}),
    ],
    ids=["gzip", "wrong type", "no length"],
)
def test_an_answer_in_another_dress(reply: Reply) -> None:
    with Server(in_turn(reply)) as server:
        http = client(server.url)
        assert [http.read("x").data for _ in range(2)] == [{"a": 1}] * 2


def test_an_answer_that_is_packed_wrongly_is_lost() -> None:
    with Server(in_turn(Reply(200, b"no gzip", {"Content-Encoding": "gzip"}))) as server:
        with pytest.raises(Lost, match="broke off"):
            client(server.url).write("POST", "x", {})
        assert len(server.asked) == 1


# Limits


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        (429, {"Retry-After": "7"}, "", 7.0),
        (403, {"Retry-After": "Sun, 22 Nov 2026 12:00:09 GMT"}, "", 9.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795348812"}, "", 13.0),
        (429, {}, "", 60.0),
        (403, {}, "You have exceeded a secondary rate limit.", 60.0),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_limits_are_waited_for(
    method: str, status: int, headers: dict[str, str], message: str, seconds: float
) -> None:
    """The server's own Date (noon) is what its times are measured against."""
    limited = Reply(status, {"message": message}, headers)
    with Server(in_turn(limited, Reply(200, {"a": 1}))) as server:
        http = client(server.url)
        told: list[float] = []
        http.on_wait = lambda seconds, _host: told.append(seconds)
        answer = http.read("x") if method == "GET" else http.write(method, "x", {})
    assert answer.data == {"a": 1}
    assert pauses(http) == [seconds]
    assert told == ([seconds] if seconds >= 60 else [])


def test_a_long_limit_is_told_and_nothing_more_is_sent() -> None:
    with Server(in_turn(Reply(403, {}, {"Retry-After": "3600"}))) as server:
        http = client(server.url, patience=60.0)
        with pytest.raises(RateLimited) as caught:
            http.write("POST", "x", {})
        with pytest.raises(RateLimited):
            http.read("y")
        assert len(server.asked) == 1
    assert 3500 < caught.value.seconds <= 3600


def test_a_limit_of_no_time_at_all_is_no_tight_loop() -> None:
    with Server(in_turn(Reply(429, {}, {"Retry-After": "0"}))) as server:
        http = client(server.url, patience=5.0)
        with pytest.raises(RateLimited):
            http.read("x")
        assert len(server.asked) == 6
    assert pauses(http) == [1.0] * 5


def test_a_forbidden_that_is_no_limit_is_an_answer() -> None:
    rest = {"x-ratelimit-remaining": "4999", "x-ratelimit-reset": "1795348812"}
    with Server(in_turn(Reply(403, {"message": "Must have admin rights"}, rest))) as server:
        assert client(server.url).write("POST", "x", {}).status == 403
        assert len(server.asked) == 1


# What an answer is


def test_a_page_instead_of_json() -> None:
    page = Reply(200, b"<html>please log in</html>", {"Content-Type": "text/html"})
    with Server(in_turn(page)) as server:
        with pytest.raises(TrackerError, match="login page or a proxy"):
            client(server.url).read("x")
        with pytest.raises(Lost, match="no JSON"):
            client(server.url).write("POST", "x", {})
        assert len(server.asked) == 2


def test_deep_json_is_no_crash() -> None:
    with Server(in_turn(Reply(200, b"[" * 200_000))) as server, pytest.raises(TrackerError, match="no JSON"):
        client(server.url).read("x")


def test_an_etag_is_echoed_as_it_is() -> None:
    with Server(in_turn(Reply(304, None, {"ETag": 'W/"a"'}))) as server:
        answer = client(server.url).read("x", etag='W/"a"')
    assert server.asked[0].headers["If-None-Match"] == 'W/"a"'
    assert (answer.status, answer.date) == (304, "2026-11-22T12:00:00Z")
    assert DATE.startswith("Sun")


def test_a_message_is_one_short_printable_line() -> None:
    with Server(in_turn(Reply(422, {"message": "a\nb\x1b[31m" + "c" * 500}))) as server:
        said = client(server.url).write("POST", "x", {}).message
    assert said.isprintable()
    assert (said[:5], len(said)) == ("a b [", 200)


# No connection


def test_a_name_that_cannot_be_looked_up() -> None:
    with pytest.raises(Unsent, match=r"nowhere\.invalid cannot be looked up \(DNS\)"):
        client("https://nowhere.invalid").write("POST", "x", {})


def test_certificates_are_trusted_as_the_route_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca, file = authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))  # no affair of the session's
    with Server(in_turn(Reply(200, {"a": 1})), certified(ca, "localhost")) as server:
        http = client(server.url)
        with pytest.raises(Unsent, match="not trusted here") as caught:
            http.write("POST", "x", {})
        assert "REQUESTS_CA_BUNDLE" in caught.value.advice
        assert (server.asked, pauses(http)) == ([], [])
        assert client(server.url, route=Route(ca=str(file))).read("x").data == {"a": 1}


def test_https_to_a_server_that_speaks_http() -> None:
    with Server(in_turn(Reply(200, {}))) as server:
        url = server.url.replace("http://", "https://")
        with pytest.raises(Unreachable, match="no secure connection"):
            client(url).read("x")


def test_a_proxy_that_refuses_is_named_without_its_password() -> None:
    with Server(in_turn(Reply(200, {}))) as proxy:
        route = Route(f"http://me:hunter2@{proxy.url.removeprefix('http://')}", "HTTPS_PROXY")
        http = client("https://tracker.example", route=route)
        with pytest.raises(Unsent, match="proxy does not let us through") as caught:
            http.write("POST", "x", {})
    assert "hunter2" not in f"{caught.value} {route!r}"
    assert TOKEN not in str(caught.value)
