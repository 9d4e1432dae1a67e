"""Accounts that may not do everything: nobody's, read-only ones, ones that see less, and forks."""

from __future__ import annotations

import json

import pytest

from lspec_git.sandbox.model import Account, Project, Role
from lspec_git.sandbox.server import Sandbox
from tests.adapters.wire import Asked, Reply
from tests.cli.running import Ran
from tests.e2e.conftest import ALICE
from tests.e2e.troubles import (
    CONFIG,
    NEW,
    PUBLISH,
    TAKE_IN,
    before,
    busy,
    empty,
    instead,
    mended,
    path_of,
    ran,
    spec,
    told,
)
from tests.e2e.worlds import PROJECT, World, writes

READER = "tok_of_a_reader"


@pytest.fixture(autouse=True)
def own_token(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Setting up uses the engine in this process; the runs under test are children."""
    monkeypatch.setenv("GITHUB_TOKEN", world.token)


def text(world: World, name: str) -> str:
    return (world.repo.path / path_of(name)).read_text()


def errors(done: Ran) -> list[str]:
    return [line for line in done.err.splitlines() if line.startswith("error: ")]


# Nobody


def nobody(world: World, *args: str) -> Ran:
    done = ran(world, *args, env={"GITHUB_TOKEN": ""})
    assert "Traceback" not in done.err
    return done


def test_without_a_token_a_public_repository_is_read_and_nothing_is_written(
    world: World, sandbox: Sandbox
) -> None:
    busy(world)
    sandbox.store.set_project(Project(PROJECT, private=False))
    issues = world.person.issues()
    world.asked()
    planned = nobody(world, "sync", "--dry-run")
    assert (planned.code, planned.err.count("\n")) == (0, 1)
    assert "no token for localhost" in planned.err
    message, advice = told(nobody(world), 3)
    assert message.endswith(": 2 to publish, which waits")
    assert "export GITHUB_TOKEN=" in advice
    assert "status: complete" in text(world, TAKE_IN)
    message, _ = told(nobody(world, "push"), 4)
    assert message.endswith(": 2 to publish, which waits")
    asked = world.asked()
    assert writes(asked) == []
    assert {each.headers.get("Authorization") for each in asked} == {None}
    assert world.person.issues() == issues
    told_of = nobody(world, "integrations")
    assert told_of.code == 0
    assert "not told, read only" in told_of.out
    assert "missing      a token" in told_of.out
    mended(world, sandbox)


def test_without_a_token_and_with_nothing_to_publish_one_line_says_so(world: World, sandbox: Sandbox) -> None:
    busy(world)
    assert ran(world).code == 0
    sandbox.store.set_project(Project(PROJECT, private=False))
    for verb in ("sync", "pull", "push"):
        done = nobody(world, verb)
        assert done.code == 0
        (line,) = done.err.splitlines()
        assert line.startswith("warning: github: no token for localhost")
        assert line.endswith("read without one, and nothing is published")


def test_without_a_token_what_is_offline_works_as_ever(world: World) -> None:
    busy(world)
    world.asked()
    for args in (["status"], ["check"], ["trust", "--list"]):
        done = nobody(world, *args)
        assert (done.code, "token" in done.err) == (0, False)
    assert world.asked() == []


# Tokens that may read


FINE_GRAINED = Reply(
    403,
    {"message": "Resource not accessible by personal access token"},
    {"X-Accepted-GitHub-Permissions": "issues=write"},
)
SSO = Reply(
    403, {"message": "Protected by SAML"}, {"X-GitHub-SSO": "required; url=https://localhost/orgs/o/sso"}
)
READ_ONLY = {
    "fine-grained": (FINE_GRAINED, "it needs issues=write"),
    "classic, without its scope": (Reply(404, {"message": "Not Found"}), "or the token may not see it"),
    "not authorised for single sign-on": (SSO, "wants single sign-on"),
    "not yours": (Reply(403, {"message": "Must have push access"}), "Must have push access"),
}


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_token_that_may_only_read_is_told_once_and_what_others_did_is_pulled(
    world: World, sandbox: Sandbox, name: str
) -> None:
    reply, says = READ_ONLY[name]
    busy(world)
    issues = world.person.issues()
    end = instead(world, lambda asked: None if asked.method == "GET" else reply)
    world.asked()
    first = ran(world)
    assert (first.code, len(errors(first))) == (3, 1), first.err
    assert says in errors(first)[0]
    assert "status: complete" in text(world, TAKE_IN)
    assert len(writes(world.asked())) == 1
    again = ran(world)
    assert (again.code, errors(again)) == (0, [])
    assert "github: 2 to publish, which waits: " in again.err
    assert says in again.err
    assert "git lspec sync --full" in again.err
    assert writes(world.asked()) == []
    shown = ran(world, "integrations")
    assert says in shown.out
    (tracker,) = json.loads(ran(world, "integrations", "--json").out)["trackers"]
    assert says in tracker["refused"]
    assert world.person.issues() == issues
    sandbox.tokens["tok_with_rights"] = Account("octocat")
    assert len(errors(ran(world, env={"GITHUB_TOKEN": "tok_with_rights"}))) == 1, "another token is tried"
    end()
    assert ran(world, "sync", "--full").code == 0
    mended(world, sandbox)


def test_a_token_that_may_not_label_does_the_rest(world: World, sandbox: Sandbox) -> None:
    busy(world)

    def answer(asked: Asked) -> Reply | None:
        return Reply(403, {"message": "Must have push access"}) if "/labels" in asked.path else None

    end = instead(world, answer)
    first = ran(world)
    assert (first.code, len(errors(first))) == (3, 1), first.err
    assert f"specs/{PUBLISH}" in errors(first)[0]
    assert f"specs/{NEW}" in world.person.by_spec()
    assert "status: complete" in text(world, TAKE_IN)
    world.asked()
    again = ran(world)
    assert (again.code, writes(world.asked())) == (0, [])
    assert "was refused, and waits until that is mended" in again.out
    end()
    assert ran(world, "sync", "--full").code == 0
    mended(world, sandbox)
    assert world.person.by_spec()[f"specs/{PUBLISH}"].labels == {"status:in-progress"}


def test_a_token_that_expires_in_the_middle(world: World, sandbox: Sandbox) -> None:
    """What went through stands, what did not is said, and a new token finishes."""
    busy(world)
    wrote: list[str] = []

    def answer(asked: Asked) -> Reply | None:
        expired = bool(wrote) and asked.headers["Authorization"] == f"Bearer {world.token}"
        wrote.extend([asked.method] if asked.method != "GET" else [])
        return Reply(401, {"message": "Bad credentials"}) if expired else None

    end = instead(world, answer)
    done = ran(world)
    assert (done.code, len(errors(done))) == (3, 1), done.err
    assert "does not accept the token" in done.err
    assert f"specs/{NEW}" in world.person.by_spec()
    told(ran(world), 4)
    sandbox.tokens["tok_anew"] = Account("octocat")
    assert ran(world, env={"GITHUB_TOKEN": "tok_anew"}).code == 0
    end()
    assert world.person.by_spec()[f"specs/{PUBLISH}"].labels == {"status:in-progress"}
    mended(world, sandbox)


def test_without_push_rights_what_was_left_out_is_told(world: World, sandbox: Sandbox) -> None:
    """GitHub lets anybody who can read open an issue, and drops their labels without a word."""
    sandbox.tokens[READER] = Account("bob", Role.READ)
    sandbox.store.set_project(Project(PROJECT, private=False))
    empty(world)
    world.repo.commit(spec(NEW, "in-progress"), "one with a label")
    done = ran(world, env={"GITHUB_TOKEN": READER})
    assert done.code == 3
    assert f"specs/{NEW}: status: " in done.err
    assert "need write access" in done.err
    assert world.person.by_spec()[f"specs/{NEW}"].labels == frozenset()
    assert ran(world).code == 0
    assert "status:in-progress" in world.person.by_spec()[f"specs/{NEW}"].labels


# Other accounts


def test_a_token_that_sees_less_makes_no_storm_and_costs_the_other_nothing(
    world: World, sandbox: Sandbox
) -> None:
    busy(world)
    assert ran(world).code == 0
    there = before(world)
    sandbox.tokens[READER] = Account("bob", Role.READ)

    def answer(asked: Asked) -> Reply | None:
        if asked.headers["Authorization"] != f"Bearer {READER}" or "/issues" not in asked.path:
            return None
        return Reply(200, []) if "?" in asked.path else Reply(404, {"message": "Not Found"})

    end = instead(world, answer)
    message, advice = told(ran(world, env={"GITHUB_TOKEN": READER}), 4)
    end()
    assert message.startswith("github: none of the 3 work items that were asked for is to be seen")
    assert "git lspec integrations" in advice
    assert before(world) == there
    world.asked()
    done = ran(world)
    assert (done.code, done.err, len(world.asked())) == (0, "", 1)


def test_accounts_that_take_turns_write_nothing(world: World) -> None:
    busy(world)
    assert ran(world).code == 0
    world.repo.commit({}, "what was pulled")
    assert ran(world).code == 0
    there = before(world)
    world.asked()
    for token in (ALICE, world.token, ALICE, world.token):
        done = ran(world, env={"GITHUB_TOKEN": token})
        assert (done.code, done.err) == (0, "")
    assert writes(world.asked()) == []
    assert before(world).issues == there.issues


# Repositories as the tracker knows them


def test_a_first_look_at_a_repository_without_issues(world: World, sandbox: Sandbox) -> None:
    empty(world)
    sandbox.store.set_project(Project(PROJECT, has_issues=False))
    message, advice = told(ran(world), 4)
    assert "issues are switched off" in message
    assert "settings" in advice
    assert world.notes() == ""


def test_a_first_look_at_a_repository_that_is_not_there(world: World) -> None:
    empty(world)
    file = world.repo.path / ".lspec/integrations.yml"
    file.write_text(file.read_text().replace(PROJECT, "octocat/nowhere"))
    target = world.wire.url.removeprefix("http://") + "/octocat/nowhere"
    world.repo.git("config", "--global", "--add", "lspec.trust", target)
    message, advice = told(ran(world), 4)
    assert "octocat/nowhere does not exist on localhost" in message
    assert "or the token may not see it" in message
    assert "check the name" in advice
    assert world.notes() == ""


def test_an_archived_repository_is_read_and_not_written(world: World, sandbox: Sandbox) -> None:
    busy(world)
    issues = world.person.issues()
    sandbox.store.set_project(Project(PROJECT, archived=True))
    done = ran(world)
    assert (done.code, len(errors(done))) == (3, 1)
    assert f"{PROJECT} is archived on " in done.err
    assert "status: complete" in text(world, TAKE_IN)
    sandbox.store.set_project(Project(PROJECT))
    assert world.person.issues() == issues
    mended(world, sandbox)


# Forks


def test_a_fork_pulls_and_creates_nothing(world: World, sandbox: Sandbox) -> None:
    """Its config names the upstream for both: the issues, and the notes that nobody else may push."""
    busy(world)
    upstream = world.repo.path.parent / "upstream.git"
    world.repo.git("clone", "-q", "--bare", str(world.repo.path), str(upstream))
    world.repo.git("push", "-q", str(upstream), "refs/notes/lspec")
    hook = upstream / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'you may not push here' >&2\nexit 1\n")
    hook.chmod(0o755)
    world.repo.git("remote", "add", "upstream", str(upstream))
    world.configure(CONFIG, "state: {remote: upstream}\n")
    sandbox.store.set_project(Project(PROJECT, private=False))
    sandbox.tokens[READER] = Account("bob", Role.READ)
    issues = world.person.issues()
    for _ in range(2):
        done = ran(world, env={"GITHUB_TOKEN": READER})
        assert (done.code, "Traceback" in done.err) == (3, False), done.err
        lines = [line for line in errors(done) if "nothing was created" in line]
        assert len(lines) == 1, done.err
        assert "you may not push here" in lines[0]
    assert "status: complete" in text(world, TAKE_IN)
    assert world.person.issues() == issues
