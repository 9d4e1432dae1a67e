"""Whatever lies between us and the tracker: one line that says what is wrong, and the next run finishes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest

from lspec_git.sandbox.server import Sandbox
from tests.adapters.wire import DATE, Asked, Drop, Passing, Reply, Server
from tests.cli.running import COMMAND, PATIENCE, environment
from tests.e2e.troubles import TAKE_IN, before, busy, empty, instead, mended, ran, told
from tests.e2e.worlds import PROJECT, World


@pytest.fixture(autouse=True)
def own_token(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Setting up uses the engine in this process; the runs under test are children."""
    monkeypatch.setenv("GITHUB_TOKEN", world.token)


# No connection


def test_nobody_listens(world: World, sandbox: Sandbox) -> None:
    busy(world)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://localhost:{closed.getsockname()[1]}"
        message, advice = trouble_at(world, url)
    assert message.endswith("refuses connections")
    assert "api_url" in advice
    mended(world, sandbox)


def test_a_name_that_cannot_be_looked_up(world: World, sandbox: Sandbox) -> None:
    busy(world)
    message, advice = trouble_at(world, "https://tracker.invalid", {"GH_ENTERPRISE_TOKEN": world.token})
    assert message == "github: the name tracker.invalid cannot be looked up (DNS)"
    assert "online" in advice
    mended(world, sandbox)


def test_https_to_a_server_that_speaks_http(world: World, sandbox: Sandbox) -> None:
    busy(world)
    with Server(lambda _: Reply(200, {})) as server:
        message, _ = trouble_at(world, server.url.replace("http:", "https:"))
    assert "no secure connection" in message
    mended(world, sandbox)


def trouble_at(world: World, url: str, env: dict[str, str] | None = None) -> tuple[str, str]:
    """What a sync says when the tracker is said to be elsewhere, once that is approved; nothing changes."""
    there, text = before(world), (world.repo.path / ".lspec/integrations.yml").read_text()
    moved = text.replace(world.wire.url, url)
    world.repo.write(".lspec/integrations.yml", moved)
    world.repo.git("config", "--global", "--add", "lspec.trust", f"{url.partition('://')[2]}/{PROJECT}")
    said = told(ran(world, env=env), 4)
    world.repo.write(".lspec/integrations.yml", text)
    assert before(world) == there
    return said


# Answers that are none


HTML = {"Content-Type": "text/html"}
NONSENSE = {
    "a proxy's page": (Reply(200, b"<html>Sign in</html>", HTML, odd=True), "no JSON"),
    "garbage": (Reply(200, b'{"id": 1, "numb\x00\xff\xfe', odd=True), "no JSON"),
    "another API": (Reply(200, {"status": "UP"}, odd=True), "does not answer as GitHub's API does"),
    "an error page": (Reply(502, b"<html>Bad Gateway</html>", HTML, odd=True), "no JSON"),
    "an error": (Reply(500, {"message": "oops"}), "is in trouble: oops (500)"),
    "a redirect in a circle": (Reply(302, {}, {"Location": "/repos/octocat/specs/issues"}), ""),
    "another name": (Reply(301, {}, {"Location": "/repositories/7/issues"}), ""),
    "no time": (Reply(200, [], {"Date": ""}), "tells no time"),
    "an answer that breaks off": (Reply(200, {"long": "x" * 5000}, cut=True, odd=True), "broke"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_an_answer_that_is_none_changes_nothing(world: World, sandbox: Sandbox, name: str) -> None:
    reply, says = NONSENSE[name]
    busy(world)
    there = before(world)
    end = instead(world, lambda _: reply)
    message, _ = told(ran(world), 4)
    end()
    assert says in message
    assert before(world) == there
    mended(world, sandbox)


@pytest.mark.parametrize("name", ["a proxy's page", "an error", "another API"])
@pytest.mark.parametrize("landed", [True, False], ids=["done", "not done"])
def test_a_write_whose_answer_is_none_is_found_out_about(
    world: World, sandbox: Sandbox, name: str, landed: bool
) -> None:
    """Nothing is sent twice on a guess: what landed is found, what did not is sent after the lease."""
    reply, _ = NONSENSE[name]
    busy(world)
    upstream = world.wire.answer

    def answer(asked: Asked) -> Reply | None:
        if asked.method == "GET":
            return None
        if landed:
            upstream(asked)
        return reply

    end = instead(world, answer)
    done = ran(world)
    end()
    assert done.code == 3
    lines = [line for line in done.err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 2, done.err  # one for the edit, one for the create
    assert "Traceback" not in done.err
    assert len(world.person.issues()) == (3 if landed else 2)
    mended(world, sandbox)


def test_connections_that_break_before_every_write_send_nothing_twice(world: World, sandbox: Sandbox) -> None:
    busy(world)

    def answer(asked: Asked) -> Reply | None:
        if asked.method != "GET":
            raise Drop
        return None

    end = instead(world, answer)
    done = ran(world)
    end()
    posts = [each for each in world.wire.asked if each.method == "POST" and each.path.endswith("/issues")]
    assert (done.code, len(posts)) == (3, 2 + 1)  # two were made when setting up
    mended(world, sandbox)


def test_a_server_of_the_last_century_will_do(world: World, sandbox: Sandbox) -> None:
    """HTTP/1.0, one connection for each request, and no type of content that could be believed."""
    busy(world)
    world.wire.protocol, upstream = "HTTP/1.0", world.wire.answer
    world.wire.answer = lambda asked: _untyped(upstream(asked))
    mended(world, sandbox)
    world.settled()


def _untyped(reply: Reply) -> Reply:
    return replace(reply, headers={**reply.headers, "Content-Type": "text/plain", "Connection": "close"})


@pytest.mark.parametrize("hours", [7, -7])
def test_only_the_trackers_clock_counts(world: World, sandbox: Sandbox, hours: int) -> None:
    sandbox.advance(hours * 3600)
    busy(world)
    mended(world, sandbox)
    world.settled()
    assert "status: complete" in world.path(TAKE_IN).read_text()


def test_a_tracker_at_an_address_of_the_sixth_version(world: World, sandbox: Sandbox) -> None:
    with Passing(sandbox.url, host="::1") as wire:
        world.wire = wire
        busy(world)
        mended(world, sandbox)
        assert wire.url.startswith("http://[::1]:")
        assert wire.asked


# Limits


@pytest.mark.parametrize("fault", ["GET *:429:retry-after=1@1", "POST *:secondary-limit:retry-after=1@1"])
def test_a_short_limit_is_waited_for(world: World, sandbox: Sandbox, fault: str) -> None:
    busy(world)
    sandbox.faults.add(fault)
    done = ran(world)
    assert (done.code, done.err) == (0, "")
    assert [each.status for each in sandbox.requests if each.fault] != []
    mended(world, sandbox)


NOON = int(parsedate_to_datetime(DATE).timestamp())
LIMITS = {
    "primary": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOON + 1799)},
    "secondary": {"Retry-After": "1800"},
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_long_limit_ends_the_run_and_tells_how_long(world: World, sandbox: Sandbox, name: str) -> None:
    busy(world)
    there, asked = before(world), len(world.wire.asked)
    end = instead(world, lambda _: Reply(403, {"message": "API rate limit exceeded"}, LIMITS[name]))
    message, advice = told(ran(world), 4)
    end()
    assert message.endswith("asks to wait 1800 s (rate limit)")
    assert "again" in advice
    assert len(world.wire.asked) == asked + 1
    assert before(world) == there
    mended(world, sandbox)


def test_a_long_limit_in_the_middle_keeps_what_went_through(world: World, sandbox: Sandbox) -> None:
    busy(world)
    sandbox.faults.add("POST /labels:secondary-limit:retry-after=900")
    done = ran(world)
    assert done.code == 3
    assert "asks to wait 900 s (rate limit)" in done.err
    assert len(world.person.issues()) == 3
    sandbox.faults.clear()
    mended(world, sandbox)


# A config that cannot be used


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("github:\n  repo: o/r\n  mapping: [\n", "4:1", ""),
        ("github:\n  repo: o/r\n  mappings: []\n", "3:3", "unknown key `mappings`"),
        ("github:\n  repo: 5\n  mapping: []\n", "2:9", "repo"),
        ("github:\n  repo: o/r\n  enabled: perhaps\n", "3:12", "enabled"),
        ("github:\n  repo: o/r\n  mapping:\n    - pattern: [a]\n", "4:16", "pattern"),
        (
            "github:\n  repo: o/r\n  mapping:\n    - spec: specs/001\n      pattern: specs/**\n",
            "4:7",
            "either",
        ),
        ("github:\n  repo: o/r\n  api_url: http://github.example\n", "3:12", "api_url"),
        ("state: {lease: 1}\ngithub:\n  repo: o/r\n", "1:16", "lease"),
        ("github: !!python/object:os.system {}\n", "1:9", ""),
    ],
)
def test_a_bad_config_is_named_by_line_and_column(world: World, text: str, place: str, says: str) -> None:
    empty(world)
    world.repo.write(".lspec/integrations.yml", text)
    done = ran(world)
    assert f".lspec/integrations.yml:{place}: " in done.err, done.err
    assert says in done.err
    assert "Traceback" not in done.err
    assert done.code == 2
    assert world.wire.asked == []


@pytest.mark.parametrize(("verb", "code"), [("status", 2), ("integrations", 2), ("check", 1)])
def test_every_verb_names_what_is_wrong_with_the_config(world: World, verb: str, code: int) -> None:
    empty(world)
    world.repo.write(".lspec/integrations.yml", "github:\n  repo: o/r\n  mappings: []\n")
    done = ran(world, verb)
    assert ".lspec/integrations.yml:3:3: unknown key `mappings`" in done.err + done.out
    assert (done.code, "Traceback" in done.err) == (code, False)


# Ctrl-C


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_ctrl_c_during_a_slow_answer_ends_at_once_and_the_next_run_finishes(
    world: World, sandbox: Sandbox, method: str
) -> None:
    busy(world)
    arrived, leave = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Reply | None:
        if asked.method == method:
            arrived.set()
            leave.wait(PATIENCE)
        return None

    end = instead(world, answer)
    child = started(world, "sync")
    try:
        assert arrived.wait(PATIENCE)
        os.killpg(child.pid, signal.SIGINT)  # as the terminal does: to all of the group
        out, err = child.communicate(timeout=PATIENCE)
    finally:
        leave.set()
        child.kill()
        child.wait()
        end()
    assert (child.returncode, out, err) == (130, "", "error: interrupted\n")
    mended(world, sandbox)


def started(world: World, *args: str) -> subprocess.Popen[str]:
    """The command in a group of its own, with SIGINT as it is on a terminal."""
    # A shell's background jobs ignore SIGINT, and children inherit that; Python then leaves it so.
    unblock = "import signal, runpy; signal.signal(2, signal.default_int_handler); "
    unblock += "runpy.run_module('lspec_git', run_name='__main__')"
    return subprocess.Popen(
        [COMMAND[0], "-c", unblock, *args],
        cwd=world.repo.path,
        env=environment({"GITHUB_TOKEN": world.token}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


# Several trackers


def test_one_tracker_that_cannot_be_used_stops_no_other(world: World, sandbox: Sandbox) -> None:
    busy(world)
    file = world.repo.path / ".lspec/integrations.yml"
    alone = file.read_text()
    file.write_text("jira:\n  project: SPECS\n  api_url: https://jira.invalid\n  mapping: []\n" + alone)
    message, advice = told(ran(world), 3)
    where = "jira: .lspec/integrations.yml:1:1: "
    assert message == f"{where}no installed package offers a tracker `jira` (there is: github)"
    assert advice == "install the package that offers it, or take the section out"
    assert len(world.person.issues()) == 3
    file.write_text(alone)
    mended(world, sandbox)
