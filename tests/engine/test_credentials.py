"""Which secret goes where: approvals in the user's own git config, and the three sources of secrets."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import pytest

from lspec_git.engine import credentials
from lspec_git.engine.credentials import (
    Secret,
    approvals,
    approve,
    approved,
    revoke,
    secret_for,
    secrets_file,
)
from lspec_git.engine.redaction import RedactingFormatter, redact, remember
from lspec_git.errors import AuthError, GitError, NoToken, NotTrusted, UsageError
from tests.conftest import Repo

TARGET = "github.com/octocat/specs"
TOKEN = "ghs_" + "a1B2" * 9


@pytest.fixture
def trusted() -> str:
    return approve(TARGET)


def global_config() -> str:
    return Path(os.environ["GIT_CONFIG_GLOBAL"]).read_text()


def keep(text: str, mode: int = 0o600) -> Path:
    path = secrets_file()
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def helper(home: Path, answer: str, key: str = "credential.helper") -> Path:
    """A credential helper that notes what it was asked and gives this answer."""
    script = home / "helper"
    script.write_text(f'#!/bin/sh\n[ "$1" = get ] || exit 0\ncat >> "{home}/asked"\nprintf \'{answer}\'\n')
    script.chmod(0o700)
    with Path(os.environ["GIT_CONFIG_GLOBAL"]).open("a") as config:
        section = f'credential "{key.removeprefix("credential.").removesuffix(".helper")}"'
        config.write(f"[{section if key != 'credential.helper' else 'credential'}]\n\thelper = {script}\n")
    return home / "asked"


# Approval


def test_nothing_is_approved_at_first() -> None:
    assert approvals() == ()
    assert not approved(TARGET)


def test_an_approval_is_kept_in_the_users_git_config_under_one_spelling() -> None:
    assert approve("API.github.com:443/Octocat/Specs") == TARGET
    assert approve(TARGET) == TARGET
    assert approvals() == (TARGET,)
    assert global_config().count("trust = ") == 1


@pytest.mark.parametrize(
    "other", ["github.com/octocat/spec", "github.com/octocat", "evil.example/octocat/specs"]
)
def test_another_target_is_another_approval(trusted: str, other: str) -> None:
    assert approved(trusted)
    assert not approved(other)


def test_an_approval_can_be_taken_back_however_it_was_spelled(trusted: str, repo: Repo) -> None:
    repo.git("config", "--global", "--add", "lspec.trust", "GitHub.com/Octocat/Specs")
    approve("localhost:4300/a/b")
    assert revoke(trusted)
    assert approvals() == ("localhost:4300/a/b",)
    assert not revoke(trusted)


def test_a_repository_cannot_approve(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.git("config", "lspec.trust", TARGET)
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    assert not approved(TARGET)
    with pytest.raises(NotTrusted):
        secret_for(TARGET, folder=repo.path)


def test_the_command_line_of_git_cannot_approve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "lspec.trust")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", TARGET)
    assert not approved(TARGET)


@pytest.mark.parametrize("typed", ["github.com", "https://github.com/a/b", "", "a@github.com/b/c"])
def test_only_a_target_can_be_approved(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        approve(typed)
    assert "localhost:4300/octocat/specs" in caught.value.advice


def test_a_broken_git_config_is_said() -> None:
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text("[broken\n")
    with pytest.raises(GitError):
        approvals()


# Secrets


@pytest.mark.parametrize("target", [TARGET, "localhost:4300/octocat/specs", "127.0.0.1:4300/a/b"])
def test_without_approval_there_is_no_secret_and_the_command_is_named(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with pytest.raises(NotTrusted) as caught:
        secret_for(target)
    assert caught.value.advice == f"git lspec trust {target}"
    assert caught.value.exit_code == 4


def test_the_command_that_is_named_can_be_pasted() -> None:
    with pytest.raises(NotTrusted) as caught:
        secret_for("dev.azure.com/org/my project")
    assert caught.value.advice == "git lspec trust 'dev.azure.com/org/my project'"


@pytest.mark.parametrize(
    ("target", "environment", "expected"),
    [
        (TARGET, {"GITHUB_TOKEN": "one111", "GH_TOKEN": "two222"}, "GITHUB_TOKEN"),
        (TARGET, {"GITHUB_TOKEN": "  ", "GH_TOKEN": "two222"}, "GH_TOKEN"),
        ("octo.ghe.com/a/b", {"GITHUB_TOKEN": "one111"}, "GITHUB_TOKEN"),
        (
            "ghes.example.org/a/b",
            {"GITHUB_TOKEN": "one111", "GH_ENTERPRISE_TOKEN": "two222"},
            "GH_ENTERPRISE_TOKEN",
        ),
        ("localhost:4300/a/b", {"GITHUB_TOKEN": "one111"}, "GITHUB_TOKEN"),
        ("[::1]:4300/a/b", {"GITHUB_TOKEN": "one111"}, "GITHUB_TOKEN"),
    ],
)
def test_the_environment(
    target: str, environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    approve(target)
    found = secret_for(target)
    assert (found.value, found.source) == (environment[expected], expected)


@pytest.mark.parametrize(
    "host", ["ghes.example.org", "notgithub.com", "github.com.evil.example", "localhost.evil"]
)
def test_the_token_of_github_com_does_not_go_to_another_host(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    approve(f"{host}/a/b")
    with pytest.raises(AuthError) as caught:
        secret_for(f"{host}/a/b")
    assert "GH_ENTERPRISE_TOKEN" in caught.value.advice


def test_another_tracker_has_a_variable_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TRACKER_TOKEN", TOKEN)
    approve("tracker.example/team")
    assert secret_for("tracker.example/team", "my-tracker").source == "MY_TRACKER_TOKEN"


def test_no_secret_at_all_names_every_way_to_give_one(trusted: str) -> None:
    with pytest.raises(AuthError) as caught:
        secret_for(trusted)
    assert not isinstance(caught.value, NotTrusted)
    for word in ("GITHUB_TOKEN", "GH_TOKEN", "~/.config/lspec/credentials.toml", "0600", "credential helper"):
        assert word in caught.value.advice


@pytest.mark.parametrize("value", ["two\nlines", "with space", "tok\u00e9n1234"])
def test_what_cannot_be_a_token_is_refused_and_not_repeated(
    trusted: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", value)
    with pytest.raises(AuthError) as caught:
        secret_for(trusted)
    assert "GITHUB_TOKEN" in caught.value.message
    assert value not in str(caught.value)


def test_white_space_around_a_token_is_none_of_it(trusted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", f" {TOKEN}\n")
    assert secret_for(trusted).value == TOKEN


def test_the_users_file_the_target_before_its_host(trusted: str) -> None:
    keep(
        '["github.com"]\ntoken = "of-the-host"\n'
        f'["GitHub.com/octocat/specs"]\ntoken = "{TOKEN}"\nuser = "mona"\n'
    )
    found = secret_for(trusted)
    assert (found.value, found.user, found.source) == (TOKEN, "mona", "~/.config/lspec/credentials.toml")
    approve("github.com/octocat/other")
    assert secret_for("github.com/octocat/other").value == "of-the-host"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(trusted: str, mode: int) -> None:
    path = keep(f'["github.com"]\ntoken = "{TOKEN}"\n', mode)
    with pytest.raises(AuthError) as caught:
        secret_for(trusted)
    assert caught.value.advice == f"chmod 600 {path}"
    assert TOKEN not in str(caught.value)


def test_the_file_is_not_looked_at_when_the_environment_has_a_token(
    trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep("nonsense", 0o644)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    assert secret_for(trusted).source == "GITHUB_TOKEN"


@pytest.mark.parametrize("text", ['["github.com"\ntoken = "x"', '["github.com"]\ntoken = 12345678\n'])
def test_a_file_that_cannot_be_used_is_named(trusted: str, text: str) -> None:
    keep(text)
    with pytest.raises(AuthError) as caught:
        secret_for(trusted)
    assert "~/.config/lspec/credentials.toml" in caught.value.message


def test_gits_credential_helper(trusted: str, hermetic_seal: Path, repo: Repo) -> None:
    asked = helper(hermetic_seal, f"username=mona\\npassword={TOKEN}\\n")
    found = secret_for(trusted, folder=repo.path)
    assert (found.value, found.user, found.source) == (TOKEN, "mona", "git's credential helper")
    assert asked.read_text().splitlines()[:2] == ["protocol=https", "host=github.com"]


def test_a_helper_for_one_host_is_a_helper(trusted: str, hermetic_seal: Path, repo: Repo) -> None:
    helper(hermetic_seal, f"username=mona\\npassword={TOKEN}\\n", "credential.https://github.com.helper")
    assert secret_for(trusted, folder=repo.path).value == TOKEN


@pytest.mark.parametrize("whole", [False, True], ids=["host", "path too"])
def test_a_helper_is_told_the_path_where_git_is_set_so(
    trusted: str, hermetic_seal: Path, repo: Repo, whole: bool
) -> None:
    asked = helper(hermetic_seal, f"username=mona\\npassword={TOKEN}\\n")
    repo.git("config", "--global", "credential.https://github.com.useHttpPath", str(whole).lower())
    assert secret_for(trusted, folder=repo.path).value == TOKEN
    assert ("path=octocat/specs" in asked.read_text().splitlines()) == whole


@pytest.mark.parametrize(
    "answer", ["", "username=mona\\npassword=\\n", "\\033]garbage\\n\\n", "quit=true\\n"]
)
def test_a_helper_that_answers_nothing_of_use_is_no_helper(
    trusted: str, hermetic_seal: Path, repo: Repo, answer: str
) -> None:
    asked = helper(hermetic_seal, answer)
    with pytest.raises(NoToken):
        secret_for(trusted, folder=repo.path)
    assert asked.exists()


def test_a_helper_that_answers_what_is_no_token_is_named(
    trusted: str, hermetic_seal: Path, repo: Repo
) -> None:
    helper(hermetic_seal, "username=mona\\npassword=two words\\n")
    with pytest.raises(AuthError, match="what git's credential helper holds is no token") as caught:
        secret_for(trusted, folder=repo.path)
    assert "two words" not in str(caught.value)


def test_a_helper_that_hangs_is_ended_with_all_that_it_started(
    trusted: str, hermetic_seal: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "HELPER_SECONDS", 0.5)
    helper(hermetic_seal, "")
    script = hermetic_seal / "helper"
    script.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {hermetic_seal}/pid\nwait\n")
    with pytest.raises(AuthError, match=r"gave no answer for github\.com within 0\.5 s") as caught:
        secret_for(trusted, folder=repo.path)
    assert caught.value.advice.endswith("| git credential fill")
    stat, end = Path("/proc", (hermetic_seal / "pid").read_text().strip(), "stat"), time.monotonic() + 20
    while stat.exists() and stat.read_text().split()[2] != "Z":  # killed ones take a moment to die
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_helper_that_knows_nothing_leads_to_no_prompt(
    trusted: str, hermetic_seal: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = helper(hermetic_seal, "")
    prompter = hermetic_seal / "askpass"
    prompter.write_text(f'#!/bin/sh\ntouch "{hermetic_seal}/prompted"\necho secret-from-a-prompt\n')
    prompter.chmod(0o700)
    monkeypatch.setenv("SSH_ASKPASS", str(prompter))
    monkeypatch.setenv("GIT_ASKPASS", str(prompter))
    monkeypatch.delenv("GIT_TERMINAL_PROMPT")
    with pytest.raises(AuthError):
        secret_for(trusted, folder=repo.path)
    assert asked.exists()
    assert not (hermetic_seal / "prompted").exists()


# Showing


def test_a_secret_does_not_show(trusted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    found = secret_for(trusted)
    assert TOKEN not in f"{found} {found!r} {[found]}"
    assert "GITHUB_TOKEN" in repr(found)


def test_a_secret_that_was_held_is_redacted_whatever_it_looks_like() -> None:
    odd = "correct-horse-battery"
    Secret(odd, "a test")
    assert redact(f"GET /?q={odd}") == "GET /?q=***"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ghp_" + "x" * 36 + " is bad", "*** is bad"),
        ("github_pat_" + "A1_" * 20, "***"),
        ("https://user:pass@host/x", "https://***@host/x"),
        ("https://host/x@y", "https://host/x@y"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("{'Authorization': 'Basic abc='}", "{'Authorization': '***'}"),
        ("nothing to hide: ghp_short", "nothing to hide: ghp_short"),
    ],
)
def test_what_looks_like_a_secret_is_redacted(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_a_word_too_short_to_be_a_secret_blots_nothing_out() -> None:
    remember("a")
    assert redact("banana") == "banana"


def test_log_lines_and_their_tracebacks_are_redacted() -> None:
    remember("held-by-this-test")
    with pytest.raises(ValueError, match="held") as caught:
        int("".join(("held-", "by-this-test")))
    info = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "token %s", ("held-by-this-test",), info)
    shown = RedactingFormatter("%(message)s").format(record)
    assert "held-by-this-test" not in shown
    assert "ValueError" in shown
    assert shown.startswith("token ***")
