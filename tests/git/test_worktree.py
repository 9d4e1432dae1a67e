"""Files of the worktree: read and replaced safely, compared as git compares them."""

from __future__ import annotations

import os
import resource
import stat
from pathlib import Path

import pytest

from lspec_git.errors import GitError
from lspec_git.git.objects import Repository, discover
from lspec_git.git.process import text
from lspec_git.git.worktree import FileChanged, busy, clean, converted, dirty, left_out, read, to_worktree
from lspec_git.git.worktree import write_atomic as write
from tests.conftest import Repo
from tests.git.conftest import KINDS, clone, init

OUTSIDE = [
    "",
    "..",
    "../x",
    "a/../b",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/",
    ".git/config",
    "specs/.GIT/x",
    "a\0b",
]


@pytest.fixture
def found(repo: Repo) -> Repository:
    return discover(repo.path)


def test_read(repo: Repo, found: Repository) -> None:
    odd = text(b"specs/\xff/x")
    repo.write("specs/a", b"\r\n\0")
    repo.write(odd, "odd")
    assert read(found, "specs/a") == b"\r\n\0"
    assert read(found, odd) == b"odd"
    assert read(found, "specs/none") is None
    assert read(found, "none/a") is None


@pytest.mark.parametrize("path", OUTSIDE)
def test_paths_that_leave_the_worktree(repo: Repo, found: Repository, path: str) -> None:
    with pytest.raises(GitError, match="no path inside"):
        read(found, path)
    with pytest.raises(GitError, match="no path inside"):
        write(found, path, b"x", b"")


def test_links_are_not_followed(repo: Repo, found: Repository, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (repo.path / "file").symlink_to(secret)
    (repo.path / "folder").symlink_to(tmp_path)
    repo.write("real/x", "x")
    (repo.path / "inside").symlink_to("real")
    for path in ("file", "folder/secret", "inside/x"):
        with pytest.raises(GitError, match="symbolic link"):
            read(found, path)
        with pytest.raises(GitError, match="symbolic link"):
            write(found, path, b"new", b"secret")
    assert secret.read_bytes() == b"secret"
    assert sorted(path.name for path in repo.path.iterdir()) == [".git", "file", "folder", "inside", "real"]


def test_only_plain_files(repo: Repo, found: Repository) -> None:
    os.mkfifo(repo.path / "pipe")
    (repo.path / "folder").mkdir()
    for path in ("pipe", "folder"):
        with pytest.raises(GitError):
            read(found, path)


def test_write_replaces_in_one_step_and_keeps_the_mode(repo: Repo, found: Repository) -> None:
    file = repo.write("specs/a", "old")
    file.chmod(0o640)
    before = file.stat().st_ino
    with file.open("rb") as still_open:
        write(found, "specs/a", b"new", b"old")
        assert still_open.read() == b"old"
    assert file.read_bytes() == b"new"
    assert file.stat().st_ino != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["a"]


def test_write_refuses_what_was_edited_meanwhile(repo: Repo, found: Repository) -> None:
    file = repo.write("specs/a", "edited")
    with pytest.raises(FileChanged, match="edited meanwhile"):
        write(found, "specs/a", b"new", b"old")
    with pytest.raises(FileChanged, match="gone"):
        write(found, "specs/b", b"new", b"old")
    assert file.read_bytes() == b"edited"
    assert [path.name for path in file.parent.iterdir()] == ["a"]


def test_a_failed_write_leaves_the_file_alone(repo: Repo, found: Repository) -> None:
    file = repo.write("specs/a", "old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(GitError, match="File too large"):
            write(found, "specs/a", b"new" * 100, b"old")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == b"old"
    assert [path.name for path in file.parent.iterdir()] == ["a"]


def test_bare_repositories_have_no_files(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a": "1"})
    bare = discover(clone(repo, tmp_path / "bare.git", "--bare").path)
    with pytest.raises(GitError, match="bare"):
        read(bare, "a")


def as_git_adds(repo: Repo, path: str) -> bytes:
    """What `git add` makes of a file, by a scratch index."""
    env = {"GIT_INDEX_FILE": str(repo.path / ".git/scratch")}
    (repo.path / ".git/scratch").write_bytes((repo.path / ".git/index").read_bytes())
    (repo.path / path).touch()  # what has the size and time that the index knows is not looked into
    repo.git("add", path, env=env)
    out = repo.git("cat-file", "blob", f":{path}", env=env)
    size = int(repo.git("cat-file", "-s", f":{path}", env=env))
    data = out.encode("utf-8", "surrogateescape")
    return data + b"\n" * (size - len(data))


CONVERSIONS = {
    "nothing": ("", {}, b"a\r\nb\n"),
    "autocrlf": ("", {"core.autocrlf": "true", "core.safecrlf": "true"}, b"a\r\nb\r\n"),
    "autocrlf input": ("", {"core.autocrlf": "input", "core.safecrlf": "true"}, b"a\r\nb\n"),
    "eol": ("*.md text eol=crlf\n", {}, b"a\r\nb\r\n"),
    "text=auto": ("* text=auto\n", {"core.eol": "crlf"}, b"a\r\nb\r\n"),
    "utf-16": ("*.md working-tree-encoding=UTF-16LE\n", {}, "ä\n".encode("utf-16-le")),
    "filter": (
        "*.md filter=up\n",
        {"filter.up.clean": "tr a-z A-Z", "filter.up.smudge": "tr A-Z a-z"},
        b"abc\n",
    ),
    "binary": ("*.md -text\n", {"core.autocrlf": "true"}, b"a\r\n"),
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_conversions_are_gits_own(repo: Repo, found: Repository, name: str) -> None:
    attributes, config, data = CONVERSIONS[name]
    repo.commit({".gitattributes": attributes})
    for key, value in config.items():
        repo.git("config", key, value)
    repo.write("specs/ü x.md", data)
    stored = clean(found, "specs/ü x.md")
    repo.git("config", "core.safecrlf", "false")
    assert stored == as_git_adds(repo, "specs/ü x.md")
    assert stored is not None
    back = to_worktree(found, "specs/ü x.md", stored)
    repo.commit({}, "all")
    (repo.path / "specs/ü x.md").unlink()
    repo.git("checkout", "-q", "--", "specs")
    assert back == read(found, "specs/ü x.md")
    assert bool(converted(found, ["specs/ü x.md"])) == (
        name not in ("nothing", "binary") or "core.autocrlf" in config
    )


def test_crlf_that_was_committed_stays(repo: Repo, found: Repository) -> None:
    repo.commit({"a.md": "a\r\n", "b.md": "b\r\nb\n"})
    repo.git("config", "core.autocrlf", "true")
    for path in ("a.md", "b.md"):
        assert clean(found, path) == as_git_adds(repo, path) == read(found, path)
    repo.write(".gitattributes", "a.md text\n")
    assert clean(found, "a.md") == as_git_adds(repo, "a.md") == b"a\n"


def test_absent_files_have_nothing_to_clean(found: Repository) -> None:
    assert clean(found, "none") is None


def test_dirty(repo: Repo, found: Repository) -> None:
    names = ["edited", "staged", "deleted", "same", "renamed", "mode"]
    repo.commit({**{f"specs/{name}": name for name in names}, "other": "1", "specs/*": "star"})
    assert dirty(found, ["specs"]) == frozenset()
    repo.write("specs/edited", "x")
    repo.write("specs/staged", "x")
    repo.git("add", "specs/staged")
    repo.write("specs/new ü\n", "x")
    (repo.path / "specs/deleted").unlink()
    repo.git("mv", "specs/renamed", "specs/to")
    repo.write("other", "x")
    (repo.path / "specs/same").touch()
    expected = {"edited", "staged", "new ü\n", "deleted", "renamed", "to"}
    assert dirty(found, ["specs"]) == {f"specs/{name}" for name in expected}
    assert dirty(found, ["other"]) == {"other"}
    assert dirty(found, ["specs/*"]) == frozenset()


def test_dirty_before_the_first_commit_and_in_conflicts(repo: Repo, found: Repository) -> None:
    repo.write("a", "1")
    assert dirty(found, ["."]) == {"a"}
    repo.commit({"a": "1"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"a": "2"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a": "3"})
    repo.git("merge", "side", check=False)
    assert dirty(found, ["a"]) == {"a"}


def test_asking_takes_no_lock(repo: Repo, found: Repository) -> None:
    repo.commit({"a": "1"})
    (repo.path / ".git/index.lock").touch()
    (repo.path / "a").touch()
    assert dirty(found, ["a"]) == frozenset()


def test_what_a_sparse_checkout_leaves_out_is_not_deleted(repo: Repo, found: Repository) -> None:
    repo.commit({"specs/a/README.md": "1", "specs/b/README.md": "1", "src/x": "1"})
    repo.git("sparse-checkout", "set", "--cone", "src", "specs/a")
    (repo.path / "specs/a/README.md").unlink()
    assert left_out(found, ["specs"]) == {"specs/b/README.md"}
    assert dirty(found, ["specs"]) == {"specs/a/README.md"}
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "src")
    assert "specs/b/README.md" in left_out(found, ["specs"])


def conflicting(repo: Repo) -> None:
    repo.commit({"a": "1"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"a": "2"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a": "3"})


@pytest.mark.parametrize("kind", KINDS[1:])
@pytest.mark.parametrize(
    ("command", "operation"),
    [
        ("merge side", "merge"),
        ("cherry-pick side", "cherry-pick"),
        ("revert HEAD~1", "revert"),
        ("rebase side", "rebase"),
        ("rebase --apply side", "rebase"),
        ("bisect start", "bisect"),
        ("status", None),
    ],
)
def test_operations_in_progress(store: Repo, command: str, operation: str | None) -> None:
    conflicting(store)
    assert busy(discover(store.path)) is None
    store.git(*command.split(), check=False)
    assert busy(discover(store.path)) == operation


def test_operations_belong_to_one_worktree(repo: Repo, tmp_path: Path) -> None:
    conflicting(repo)
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    Repo(tmp_path / "linked").git("merge", "side", check=False)
    assert busy(discover(tmp_path / "linked")) == "merge"
    assert busy(discover(repo.path)) is None


def test_submodules_have_their_own_files(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a": "1"})
    outer = init(tmp_path / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo.path), "sub")
    inner = discover(outer.path / "sub")
    assert read(inner, "a") == b"1"
    write(inner, "a", b"2", b"1")
    assert dirty(inner, ["a"]) == {"a"}
