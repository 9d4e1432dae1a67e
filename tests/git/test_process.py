"""Running git: what a child inherits, what an error shows, when a stream ends."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from lspec_git.errors import GitError
from lspec_git.git.process import redact, run, stream
from tests.conftest import Repo
from tests.git.conftest import gone


def test_output_is_bytes(repo: Repo) -> None:
    done = run(["rev-parse", "--is-inside-work-tree"], repo.path)
    assert (done.returncode, done.stdout, done.text) == (0, b"true\n", "true")


def test_a_surrounding_git_does_not_leak_in(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    head = repo.commit({"a": "1"})
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nowhere")
    assert run(["rev-parse", "HEAD"], repo.path).text == head
    assert run(["status", "--porcelain"], repo.path).text == ""


def test_the_users_own_settings_reach_git(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Grace")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.email")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "grace@example.org")
    assert run(["var", "GIT_COMMITTER_IDENT"], repo.path).text.startswith("Grace <grace@example.org>")


def test_replaced_objects_are_not_seen(repo: Repo) -> None:
    first = repo.commit({"a": "1"}, "first")
    second = repo.commit({"a": "2"}, "second")
    repo.git("replace", first, second)
    assert "first" in run(["cat-file", "commit", first], repo.path).text


def test_stdin_is_given_whole_and_never_inherited(repo: Repo) -> None:
    big = os.urandom(1 << 20)
    assert run(["stripspace"], repo.path, stdin=b"a  \n").stdout == b"a\n"
    oid = run(["hash-object", "-w", "--stdin"], repo.path, stdin=big).text
    assert run(["cat-file", "blob", oid], repo.path).stdout == big
    assert run(["hash-object", "--stdin"], repo.path).text == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_failures_show_command_code_and_output_without_credentials(repo: Repo) -> None:
    with pytest.raises(GitError) as caught:
        run(["fetch", "https://ada:s3cret@127.0.0.1:1/x.git"], repo.path)
    message = str(caught.value)
    assert "git fetch https://***@127.0.0.1:1/x.git exited 128" in message
    assert "fatal:" in message
    assert "s3cret" not in message


def test_redacting_leaves_the_rest() -> None:
    assert redact("a //tok@h/p b@c https://u:p@ss@host/") == "a //***@h/p b@c https://***@host/"


def test_unchecked_failures_are_returned(repo: Repo) -> None:
    done = run(["rev-parse", "--verify", "nothing"], repo.path, check=False)
    assert done.returncode == 128
    assert "fatal" in done.complaint


def test_no_git_and_no_folder_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GitError, match="not a folder"):
        run(["version"], tmp_path / "gone")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="could not be started"):
        run(["version"], tmp_path)


def test_streams_cut_at_the_separator(repo: Repo) -> None:
    repo.commit({"a b": "1", "ü\nx": "2"})
    assert list(stream(["ls-files", "-z"], repo.path)) == [b"a b", "ü\nx".encode()]
    assert list(stream(["rev-list", "--all"], repo.path, separator=b"\n")) == [
        repo.git("rev-parse", "HEAD").encode()
    ]


def test_an_abandoned_stream_ends_its_child(repo: Repo, tmp_path: Path) -> None:
    # The alias writes for ever, and says its process id first.
    repo.git("config", "alias.endless", "!echo $$ && exec yes")
    lines = stream(["endless"], repo.path, separator=b"\n")
    pid = int(next(lines))
    assert next(lines) == b"y"
    del lines
    gc.collect()
    # A killed `git` closes the pipe: `yes` ends by SIGPIPE, and cannot be signalled any more.
    assert gone(pid)


def test_a_stream_tells_of_failure_at_its_end(repo: Repo) -> None:
    with pytest.raises(GitError, match="exited 128"):
        list(stream(["rev-list", "nothing"], repo.path))
