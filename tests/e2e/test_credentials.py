"""Tokens: where they may go, what is said where one will not do, and that none is ever left anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from lspec_git.sandbox.server import Sandbox
from tests.adapters.desk import issue
from tests.adapters.wire import Reply
from tests.cli.running import lspec_on_terminal
from tests.e2e.troubles import (
    NEW,
    Answer,
    before,
    busy,
    empty,
    instead,
    leaks,
    mended,
    ran,
    spec,
    told,
)
from tests.e2e.worlds import PROJECT, World


@pytest.fixture(autouse=True)
def own_token(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Setting up uses the engine in this process; the runs under test are children."""
    monkeypatch.setenv("GITHUB_TOKEN", world.token)


# Where a token may go


@pytest.mark.parametrize("verb", ["sync", "push", "pull", "integrations"])
def test_no_token_goes_to_a_target_that_was_never_approved(world: World, verb: str) -> None:
    world.configure("mapping:\n  - pattern: specs/**\n")
    world.repo.commit(spec(NEW), "specs")
    done = ran(world, verb)
    target = world.wire.url.removeprefix("http://") + f"/{PROJECT}"
    assert done.code == 4
    assert f"{target} was never approved to receive your token" in done.err + done.out
    assert f"git lspec trust {target}" in done.err + done.out
    assert world.wire.asked == []
    assert world.notes() == ""


def test_a_config_that_names_another_project_asks_again(world: World, sandbox: Sandbox) -> None:
    empty(world)
    file = world.repo.path / ".lspec/integrations.yml"
    file.write_text(file.read_text().replace(PROJECT, "mallory/harvest"))
    message, advice = told(ran(world), 4)
    assert "mallory/harvest was never approved" in message
    assert advice.startswith("git lspec trust ")
    assert world.wire.asked == []


def test_the_command_that_the_refusal_names_is_all_it_takes(world: World) -> None:
    empty(world)
    world.repo.git("config", "--global", "--unset-all", "lspec.trust")
    _, advice = told(ran(world), 4)
    assert ran(world, *advice.split()[2:]).code == 0
    assert ran(world).code == 0


def test_a_redirect_to_another_host_does_not_get_the_token(world: World, sandbox: Sandbox) -> None:
    busy(world)
    there = before(world)
    away = sandbox.url.replace("127.0.0.1", "localhost") + f"/repos/{PROJECT}/issues"
    sandbox.forget_requests()
    end = instead(world, lambda _: Reply(302, {}, {"Location": away}))
    message, _ = told(ran(world), 4)
    end()
    assert message
    assert sandbox.requests == []
    assert before(world) == there


def test_a_next_page_on_another_host_does_not_get_the_token(world: World, sandbox: Sandbox) -> None:
    busy(world)
    away = f'<{sandbox.url}/repos/{PROJECT}/issues?page=2>; rel="next"'
    sandbox.forget_requests()
    later = issue(9, updated_at="2099-01-01T00:00:00Z")
    end = instead(world, lambda _: Reply(200, [later], {"Link": away}))
    message, _ = told(ran(world), 4)
    end()
    assert "leads elsewhere" in message
    assert sandbox.requests == []


# Tokens that will not do


def test_no_token_at_all_names_the_ways_to_give_one(world: World) -> None:
    """The repository is private: to nobody it looks as if it were not there."""
    empty(world)
    message, advice = told(ran(world, env={"GITHUB_TOKEN": ""}), 4)
    assert message.endswith(f"no token for {world.wire.url.removeprefix('http://')}")
    assert "export GITHUB_TOKEN=" in advice
    assert "credentials.toml" in advice
    assert "credential helper" in advice
    assert [each.headers.get("Authorization") for each in world.wire.asked] == [None]


@pytest.mark.parametrize("source", ["environment", "file", "helper"])
def test_where_a_token_that_is_not_accepted_came_from_and_what_to_type(
    world: World, hermetic_seal: Path, source: str
) -> None:
    """A helper is never told to forget it: that would delete a password that other programs use."""
    empty(world)
    bad, env = "tok_of_nobody", {"GITHUB_TOKEN": ""}
    if source == "environment":
        env = {"GITHUB_TOKEN": bad}
    elif source == "file":
        keep(hermetic_seal, world.wire.url, bad)
    else:
        script = ask(hermetic_seal, world.wire.url, bad)
        script.write_text(script.read_text() + f"echo $1 >> {hermetic_seal}/verbs\n")
    message, advice = told(ran(world, env=env), 4)
    assert "does not accept the token" in message
    assert {
        "environment": "then: export GITHUB_TOKEN=<token>",
        "file": "then: put it into ~/.config/lspec/credentials.toml",
        "helper": f"host={world.wire.url.removeprefix('http://')}\\n\\n' | git credential reject",
    }[source] in advice
    assert source != "helper" or set((hermetic_seal / "verbs").read_text().split()) == {"get"}


def test_a_token_with_a_line_break_is_refused_and_not_shown(world: World) -> None:
    empty(world)
    done = ran(world, env={"GITHUB_TOKEN": "half_of_it\nthe_other_half"})
    message, _ = told(done, 4)
    assert "GITHUB_TOKEN" in message
    assert "half" not in done.err + done.out
    assert world.wire.asked == []


def test_a_file_that_others_can_read_is_refused(world: World, hermetic_seal: Path) -> None:
    empty(world)
    file = keep(hermetic_seal, world.wire.url, "tok_in_a_file_1")
    file.chmod(0o644)
    message, advice = told(ran(world, env={"GITHUB_TOKEN": ""}), 4)
    assert "can be read by others" in message
    assert advice.startswith("chmod 600 ")
    assert world.wire.asked == []


REFUSALS = {
    "wrong or expired": (
        Reply(401, {"message": "Bad credentials"}),
        "does not accept the token (Bad credentials): it is missing, wrong or expired",
        "settings/tokens",
    ),
    "single sign-on": (
        Reply(403, {"message": "Protected"}, {"X-GitHub-SSO": "required; url=https://localhost/orgs/o/sso"}),
        f"the organisation of {PROJECT} wants single sign-on for this token",
        "authorise it at https://",
    ),
    "fine-grained": (
        Reply(403, {"message": "Resource not accessible"}, {"X-Accepted-GitHub-Permissions": "issues=write"}),
        f"the token lacks rights on {PROJECT}: it needs issues=write",
        "add them at https://",
    ),
    "forbidden": (
        Reply(403, {"message": "Must have push access"}),
        f"forbids this on {PROJECT}: Must have push access",
        "write access",
    ),
    "not visible": (
        Reply(404, {"message": "Not Found"}),
        f"{PROJECT} does not exist on ",
        "check the name",
    ),
    "issues switched off": (
        Reply(410, {"message": "Issues are disabled for this repo"}),
        f"issues are switched off in {PROJECT}",
        "switch them on at https://",
    ),
    "archived": (
        Reply(403, {"message": "Repository was archived so is read-only."}),
        f"{PROJECT} is archived on ",
        "unarchive it",
    ),
    "echoed": (
        Reply(401, {"message": "Bad credentials: tok_of_the_tool"}),
        "does not accept the token (Bad credentials: ***)",
        "settings/tokens",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_one_line_with_an_advice_and_changes_nothing(
    world: World, sandbox: Sandbox, name: str
) -> None:
    reply, says, advises = REFUSALS[name]
    busy(world)
    there = before(world)
    end = instead(world, lambda _: reply)
    message, advice = told(ran(world), 4)
    end()
    assert says in message
    assert advises in advice
    assert before(world) == there
    mended(world, sandbox)


def test_a_helper_that_would_ask_finds_no_terminal(world: World, hermetic_seal: Path) -> None:
    """The command has one; a run must never stop at a question that nobody expects."""
    empty(world)
    script = ask(hermetic_seal, world.wire.url, world.token)
    script.write_text(f"#!/bin/sh\n(exec < /dev/tty) 2> {hermetic_seal}/said && echo password=typed\n")
    env = {"GITHUB_TOKEN": "", "GIT_TERMINAL_PROMPT": "1", "GIT_ASKPASS": "false"}
    done = lspec_on_terminal("sync", cwd=world.repo.path, env=env)
    assert done.code == 4
    assert "no token for localhost" in done.out
    assert "/dev/tty" in (hermetic_seal / "said").read_text()


# No token is left anywhere


def test_a_token_is_left_nowhere(world: World, sandbox: Sandbox, tmp_path: Path) -> None:
    """Runs that go well, with every request told; that meet each refusal; that crash; that are cut short."""
    said = []
    busy(world)
    for reply, _, _ in REFUSALS.values():
        end = instead(world, always(reply))
        said.append(ran(world, "-v", "-v", "sync"))
        end()
    for fault in ("*:garbage@1", "*:html-proxy@1", "*:lost-answer@4", "*:500-after@5"):
        sandbox.faults.add(fault)
        said.append(ran(world, "-v", "-v", "sync", "--json"))
        sandbox.faults.clear()
    sandbox.advance(301)
    said += [
        ran(world, "-v", "-v", *args) for args in (["sync"], ["integrations"], ["status"], ["sync", "--full"])
    ]
    assert [each.code for each in said[-4:]] == [0, 0, 0, 0]
    assert not [each for each in said if world.token in each.out + each.err]
    assert leaks(world.token, tmp_path) == []


@pytest.mark.parametrize("source", ["file", "helper"])
def test_a_token_that_is_not_in_the_environment_reaches_no_childs(
    world: World, tmp_path: Path, hermetic_seal: Path, source: str
) -> None:
    """git's own hook shows what a child of ours gets, and what every process was called with."""
    empty(world)
    kept = (keep if source == "file" else ask)(hermetic_seal, world.wire.url, world.token)
    shows = f"(env; cat /proc/[0-9]*/cmdline) >> '{tmp_path}/seen' 2> /dev/null"
    hook = world.repo.write(".git/hooks/reference-transaction", f"#!/bin/sh\n{shows}\nexit 0\n")
    hook.chmod(0o755)
    done = ran(world, "-v", "-v", "sync", env={"GITHUB_TOKEN": ""})
    assert done.code == 0, done.err
    assert "GIT_" in (tmp_path / "seen").read_text()
    assert {each.headers["Authorization"] for each in world.wire.asked} == {f"Bearer {world.token}"}
    assert world.token not in done.out + done.err
    assert leaks(world.token, tmp_path, but=[kept]) == []


def test_a_crash_report_holds_no_token(world: World, hermetic_seal: Path, tmp_path: Path) -> None:
    """A folder where a file of ours should be: nothing that a run is prepared for."""
    empty(world)
    (world.repo.path / ".git/lspec/revisions.json").mkdir(parents=True)
    done = ran(world, "-v", "-v", "sync")
    assert done.code == 70
    assert "Traceback" not in done.err
    (report,) = (hermetic_seal / ".local/state/lspec").iterdir()
    assert "IsADirectoryError" in report.read_text()
    assert leaks(world.token, tmp_path) == []


def always(reply: Reply) -> Answer:
    return lambda _: reply


def keep(home: Path, url: str, token: str) -> Path:
    """The user's own file of secrets."""
    file = home / ".config/lspec/credentials.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f'["{url.removeprefix("http://")}"]\ntoken = "{token}"\n')
    file.chmod(0o600)
    return file


def ask(home: Path, url: str, token: str) -> Path:
    """A credential helper of git's."""
    script = home / "helper"
    script.write_text(f"#!/bin/sh\n[ $1 = get ] && printf 'username=me\\npassword={token}\\n'\n")
    script.chmod(0o700)
    with (home / ".gitconfig").open("a") as config:
        config.write(f'[credential "{url}"]\n\thelper = {script}\n')
    return script
