"""`init`: from flags or questions to a config that is read back, an approved target, and a tried token."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lspec_git.core.config import Config
from lspec_git.core.config_file import parse
from lspec_git.trackers import installed
from tests.cli.running import lspec, lspec_on_terminal
from tests.conftest import Repo

FILE = ".lspec/integrations.yml"
SPEC = "---\nstatus: planned\ncreated: 2026-01-01\n---\n\n# A spec\n"
REFSPEC = "+refs/notes/lspec*:refs/notes/remotes/{}/lspec*"


@pytest.fixture
def specs(repo: Repo) -> Repo:
    repo.commit({"specs/001-one/README.md": SPEC, "specs/20260101/002-two/README.md": SPEC})
    repo.git("remote", "add", "origin", "git@github.com:Octocat/Specs.git")
    return repo


def written(repo: Repo, file: str = FILE) -> Config:
    return parse((repo.path / file).read_text(), file, installed())


def approvals(repo: Repo) -> list[str]:
    return repo.git("config", "--global", "--get-all", "lspec.trust", check=False).splitlines()


def test_without_a_terminal_it_takes_what_git_says_if_told_to(specs: Repo) -> None:
    ran = lspec("init", "--yes", cwd=specs.path)
    assert ran.code == 0
    (tracker,) = written(specs).trackers
    assert (tracker.name, tracker.project) == ("github", "Octocat/Specs")
    assert tracker.api_url == "https://api.github.com"
    assert [rule.pattern for rule in tracker.rules] == ["specs/**"]
    assert approvals(specs) == ["github.com/octocat/specs"]
    assert "specs/**: 2 of 2 specs" in ran.err
    assert "export GITHUB_TOKEN=" in ran.err
    assert "git lspec sync --dry-run" in ran.err
    assert "git lspec install" in ran.err
    assert lspec("check", cwd=specs.path).err == "2 specs checked: all good\n"


def test_notes_are_fetched_from_then_on_once(specs: Repo) -> None:
    assert lspec("init", "--yes", cwd=specs.path).code == 0
    assert lspec("init", "--yes", "--force", cwd=specs.path).code == 0
    fetched = specs.git("config", "--get-all", "remote.origin.fetch").splitlines()
    assert fetched == ["+refs/heads/*:refs/remotes/origin/*", REFSPEC.format("origin")]


def test_the_refspec_brings_notes_and_leaves_own_ones_alone(specs: Repo, tmp_path: Path) -> None:
    specs.git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"))
    assert lspec("init", "--yes", cwd=specs.path).code == 0
    specs.git("remote", "set-url", "origin", str(tmp_path / "origin.git"))
    specs.git("fetch", "-q")
    specs.git("notes", "--ref=lspec", "add", "-m", "theirs")
    specs.git("push", "-q", "origin", "refs/notes/lspec")
    theirs = specs.git("rev-parse", "refs/notes/lspec")
    specs.git("notes", "--ref=lspec", "add", "-f", "-m", "own")
    own = specs.git("rev-parse", "refs/notes/lspec")
    specs.git("fetch", "-q", "--prune")
    assert specs.git("rev-parse", "refs/notes/remotes/origin/lspec") == theirs
    assert specs.git("rev-parse", "refs/notes/lspec") == own


def test_a_single_remote_of_another_name_shares_the_notes(specs: Repo) -> None:
    specs.git("remote", "rename", "origin", "upstream")
    assert lspec("init", "--yes", cwd=specs.path).code == 0
    assert written(specs).state.remote == "upstream"
    assert REFSPEC.format("upstream") in specs.git("config", "--get-all", "remote.upstream.fetch")


def test_flags_say_it_all(specs: Repo) -> None:
    flags = ("--repo", "mona/plans", "--pattern", "specs/0*", "--pattern", "docs/**", "--create", "none")
    ran = lspec("init", *flags, "--api-url", "http://127.0.0.1:4300/", cwd=specs.path)
    assert ran.code == 0
    (tracker,) = written(specs).trackers
    assert (tracker.project, tracker.api_url) == ("mona/plans", "http://127.0.0.1:4300")
    assert [rule.pattern for rule in tracker.rules] == ["specs/0*", "docs/**"]
    assert tracker.create == "none"
    assert approvals(specs) == ["127.0.0.1:4300/mona/plans"]
    assert "1 of 2 specs" in ran.err


def test_a_dry_run_prints_the_file_and_changes_nothing(specs: Repo) -> None:
    before = specs.git("config", "--list", "--local")
    ran = lspec("init", "--yes", "--dry-run", cwd=specs.path)
    assert ran.code == 0
    assert parse(ran.out, FILE, installed()).trackers[0].project == "Octocat/Specs"
    assert not (specs.path / ".lspec").exists()
    assert approvals(specs) == []
    assert specs.git("config", "--list", "--local") == before


@pytest.mark.parametrize("place", [FILE, ".lean-spec/integrations.yml"])
def test_a_config_is_never_replaced_unasked(specs: Repo, place: str) -> None:
    specs.write(place, "# mine\n")
    ran = lspec("init", "--yes", cwd=specs.path)
    assert ran.code == 2
    assert place in ran.err
    assert "--force" in ran.err
    assert (specs.path / place).read_text() == "# mine\n"
    assert approvals(specs) == []
    assert lspec("init", "--yes", "--force", cwd=specs.path).code == 0
    assert written(specs, place).trackers[0].project == "Octocat/Specs"
    assert len(list(specs.path.glob(".l*/*"))) == 1


def test_without_a_terminal_and_a_project_it_says_what_to_type(specs: Repo) -> None:
    ran = lspec("init", cwd=specs.path)
    assert ran.code == 2
    assert "git lspec init --repo Octocat/Specs" in ran.err
    assert not (specs.path / ".lspec").exists()


def test_another_host_is_never_taken_for_a_github_unasked(specs: Repo) -> None:
    specs.git("remote", "set-url", "origin", "https://git.example.org/mona/plans.git")
    for flags in (("--yes",), ("--repo", "mona/plans")):
        ran = lspec("init", *flags, cwd=specs.path)
        assert ran.code == 2
        assert "--api-url https://git.example.org/api/v3" in ran.err
    assert approvals(specs) == []
    assert lspec("init", "--yes", "--api-url", "https://git.example.org/api/v3", cwd=specs.path).code == 0
    assert approvals(specs) == ["git.example.org/mona/plans"]


def test_the_api_of_data_residency(specs: Repo) -> None:
    specs.git("remote", "set-url", "origin", "git@octo.ghe.com:mona/plans.git")
    assert lspec("init", "--yes", cwd=specs.path).code == 0
    assert written(specs).trackers[0].api_url == "https://api.octo.ghe.com"
    assert approvals(specs) == ["octo.ghe.com/mona/plans"]


def test_a_password_in_the_remotes_address_is_not_shown(specs: Repo) -> None:
    specs.git("remote", "set-url", "origin", "https://mona:s3cretword@git.example.org/mona/plans.git")
    ran = lspec("init", "--yes", cwd=specs.path)
    assert "s3cretword" not in ran.err + ran.out


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("--repo", "https://github.com/a/b"), "must look like owner/name"),
        (("--repo", "a/b", "--api-url", "http://tracker.example"), "must begin with https://"),
        (("--repo", "a/b", "--tracker", "gitub"), "`gitub` is no tracker"),
        (("--repo", "a/b", "--pattern", "../x"), "path inside the repository"),
        (("--repo", "a/b", "--create", "some"), "some"),
    ],
)
def test_flags_that_make_no_sense(specs: Repo, flags: tuple[str, ...], expected: str) -> None:
    ran = lspec("init", *flags, cwd=specs.path)
    assert ran.code == 2
    assert expected in ran.err
    assert not (specs.path / ".lspec").exists()
    assert approvals(specs) == []


def test_a_folder_that_leads_out_of_the_repository_is_not_followed(specs: Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (specs.path / ".lspec").symlink_to(tmp_path / "elsewhere")
    ran = lspec("init", "--yes", cwd=specs.path)
    assert ran.code == 2
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert approvals(specs) == []


def test_the_questions(specs: Repo) -> None:
    ran = lspec_on_terminal(
        "init",
        cwd=specs.path,
        answers=[
            (r"Project on the tracker.*\[Octocat/Specs\]: ", "https://github.com/mona/plans"),
            (r"it must look like owner/name(.|\n)*Project on the tracker.*: ", "mona/plans"),
            (r"Which specs.*\[specs/\*\*\]: ", ""),
            (r"New items.*\[active\]: ", "all"),
            (r"let github.com/mona/plans receive your token\? \[Y/n\]: ", ""),
        ],
    )
    assert ran.code == 0
    (tracker,) = written(specs).trackers
    assert (tracker.project, tracker.create) == ("mona/plans", "all")
    assert approvals(specs) == ["github.com/mona/plans"]


def test_saying_no_at_the_end_changes_nothing(specs: Repo) -> None:
    ran = lspec_on_terminal(
        "init",
        "--repo",
        "mona/plans",
        "--pattern",
        "**",
        "--create",
        "all",
        cwd=specs.path,
        answers=[("token?", "n")],
    )
    assert ran.code == 1
    assert "nothing was changed" in ran.out
    assert not (specs.path / ".lspec").exists()
    assert approvals(specs) == []


def test_the_api_of_another_host_is_asked_for(specs: Repo) -> None:
    specs.git("remote", "set-url", "origin", "https://git.example.org/mona/plans.git")
    ran = lspec_on_terminal(
        "init",
        "--pattern=**",
        "--create=all",
        cwd=specs.path,
        answers=[
            (r"Project.*: ", ""),
            (r"API of that server \[https://git.example.org/api/v3\]: ", "https://api.github.com"),
            (r"token\?", "y"),
        ],
    )
    assert ran.code == 0
    assert approvals(specs) == ["github.com/mona/plans"]


# With a tracker that answers


def try_token(repo: Repo, token: str | None, project: str, *faults: str) -> tuple[int, str]:
    if "github" not in installed():
        pytest.skip("needs the package to be installed: pip install -e '.[test]'")
    server = pytest.importorskip("lspec_git.sandbox.server", reason="needs the demo extra")
    with server.Sandbox(faults=faults) as sandbox:
        env = {"GITHUB_TOKEN": sandbox.token if token is None else token}
        ran = lspec("init", "--repo", project, "--api-url", sandbox.url, cwd=repo.path, env=env)
        if token is not None:
            assert token not in ran.err + ran.out
        assert sandbox.token not in ran.err + ran.out
    return ran.code, ran.err


def test_a_good_token_is_tried_and_told_whose_it_is(specs: Repo) -> None:
    code, err = try_token(specs, None, "octocat/specs")
    assert code == 0
    assert re.search(
        r"127\.0\.0\.1:\d+/octocat/specs is reachable as octocat \(token from GITHUB_TOKEN\)", err
    )
    assert "warning" not in err


@pytest.mark.parametrize(
    ("token", "project", "faults"),
    [
        ("ghs_" + "z9" * 18, "octocat/specs", ()),
        (None, "octocat/nothing", ()),
        (None, "octocat/specs", ("*:html-proxy",)),
    ],
)
def test_a_refusal_is_exit_code_4_and_the_config_stays(
    specs: Repo, token: str | None, project: str, faults: tuple[str, ...]
) -> None:
    code, err = try_token(specs, token, project, *faults)
    assert code == 4
    assert f"wrote {FILE}" in err
    assert "\nerror: " in err
    assert written(specs).trackers[0].project == project


def test_no_answer_at_all(specs: Repo) -> None:
    if "github" not in installed():
        pytest.skip("needs the package to be installed: pip install -e '.[test]'")
    flags = ("--repo", "a/b", "--api-url", "http://127.0.0.1:1")
    ran = lspec("init", *flags, cwd=specs.path, env={"GITHUB_TOKEN": "some-token-1"})
    assert ran.code == 4
    assert "Traceback" not in ran.err
