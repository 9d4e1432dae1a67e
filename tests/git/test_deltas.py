"""What is remembered of differing trees: never another answer than git's, whatever happens to the file."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from lspec_git.errors import GitError
from lspec_git.git import deltas
from lspec_git.git.history import Commit, versions
from lspec_git.git.objects import discover
from tests.conftest import Repo
from tests.git.conftest import clone, init

ODD = b"specs/\xff n\nx: y".decode("utf-8", "surrogateescape")


def memory(repo: Repo) -> list[Path]:
    return sorted((repo.path / ".git/lspec/deltas").glob("*"))


def told(repo: Repo, head: str = "HEAD", paths: Sequence[str] = ("specs",)) -> list[Commit]:
    return list(versions(discover(repo.path), repo.git("rev-parse", head), list(paths)))


def afresh(repo: Repo, head: str = "HEAD", paths: Sequence[str] = ("specs",)) -> list[Commit]:
    """As `told`, with nothing remembered."""
    shutil.rmtree(repo.path / ".git/lspec", ignore_errors=True)
    return told(repo, head, paths)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs git was asked about, call by call."""
    calls: list[int] = []
    ask = deltas._asked

    def counted(repo, pairs, paths, *, renames):  # type: ignore[no-untyped-def]  # as the original
        calls.append(len(pairs))
        return ask(repo, pairs, paths, renames=renames)

    monkeypatch.setattr(deltas, "_asked", counted)
    return calls


@pytest.fixture
def spread(repo: Repo) -> Repo:
    """Edits, a rename, an odd name, and commits that leave the specs alone."""
    repo.commit({"specs/a": "1\n2\n3\n", "specs/b": "x\n", "code": "1"})
    repo.commit({"specs/a": "1\n2\n4\n", ODD: "odd"}, when=60)
    repo.commit({"code": "2"}, when=120)
    repo.git("mv", "specs/a", "specs/c")
    repo.commit({"specs/b": "y\n"}, when=180)
    return repo


def test_git_is_asked_once_about_the_same_trees(spread: Repo, asked: list[int]) -> None:
    first = told(spread)
    assert asked == [3], "the commit that touched no spec is not asked about"
    asked.clear()
    assert told(spread) == first
    assert asked == [1], "the root alone: there the folder came into being"
    asked.clear()
    spread.commit({"specs/b": "z\n"}, when=240)
    assert told(spread)[:-1] == first
    assert asked == [2]


def test_a_rewritten_history_is_told_as_it_is(spread: Repo, asked: list[int]) -> None:
    told(spread)
    spread.git("branch", "side", "HEAD~1")
    spread.git("switch", "-q", "side")
    spread.commit({"specs/b": "side\n"}, when=300)
    spread.git("rebase", "-q", "-X", "theirs", "main")
    found = told(spread)
    spread.git("reflog", "expire", "--expire=now", "--all")
    spread.git("gc", "-q", "--prune=now")
    assert told(spread) == found == afresh(spread)
    spread.git("reset", "-q", "--hard", "HEAD~3")
    assert told(spread) == afresh(spread)
    assert asked


def test_shallow_then_deep(spread: Repo, tmp_path: Path) -> None:
    shallow = clone(spread, tmp_path / "shallow", "--depth=2")
    short = told(shallow)
    assert [commit.boundary for commit in short] == [True, False]
    assert told(shallow) == short == afresh(shallow)
    shallow.git("fetch", "-q", "--unshallow")
    deep = told(shallow)
    assert deep == told(spread) == afresh(shallow)
    assert not any(commit.boundary for commit in deep)


def test_what_is_damaged_is_asked_again(spread: Repo) -> None:
    right = told(spread)
    (file,) = memory(spread)
    whole = file.read_bytes()
    for at in range(0, len(whole), 7):
        file.write_bytes(whole[:at])
        assert told(spread) == right, f"cut at {at}"
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert told(spread) == right, f"byte {at} changed"
    file.write_bytes(b"\xff\x00 nonsense\n" * 3)
    assert told(spread) == right
    assert told(spread) == right


def test_what_stands_behind_a_cut_line_counts(spread: Repo, asked: list[int]) -> None:
    told(spread, "HEAD~1")
    (file,) = memory(spread)
    file.write_bytes(file.read_bytes()[:-9])
    told(spread)
    asked.clear()
    told(spread)
    assert asked == [1]


def test_two_runs_at_once(spread: Repo) -> None:
    for number in range(30):
        spread.commit({"specs/b": f"{number}\n"}, when=300 + number)
    right = afresh(spread)
    shutil.rmtree(spread.path / ".git/lspec")
    found: list[list[Commit]] = []
    runs = [threading.Thread(target=lambda: found.append(told(spread))) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert found == [right] * 4
    assert told(spread) == right


def test_where_nothing_can_be_kept_all_is_told(spread: Repo) -> None:
    right = afresh(spread)
    shutil.rmtree(spread.path / ".git/lspec")
    spread.write(".git/lspec", "a file is in the way")
    assert told(spread) == right


def test_other_paths_are_other_answers(spread: Repo) -> None:
    for paths in (["specs"], ["specs/b"], ["specs", "code"], [""], ["nowhere"], ["specs/b", "specs/c"]):
        assert told(spread, paths=paths) == told(spread, paths=paths) == afresh(spread, paths=paths)
    assert told(spread, paths=["nowhere"]) == []


def test_a_folder_name_with_a_line_break(repo: Repo) -> None:
    repo.commit({"sp\necs/a": "1", "code": "1"})
    repo.commit({"code": "2"}, when=60)
    repo.commit({"sp\necs/a": "2"}, when=120)
    for _ in range(2):
        found = told(repo, paths=["sp\necs"])
        assert [[delta.path for delta in commit.changes] for commit in found] == [["sp\necs/a"]] * 2


def test_a_tree_that_is_missing_is_an_error(spread: Repo) -> None:
    told(spread)
    tree = spread.git("rev-parse", "HEAD~1:specs")
    (spread.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    top = spread.git("rev-parse", "HEAD~1^{tree}")
    (spread.path / ".git/objects" / top[:2] / top[2:]).unlink()
    with pytest.raises(GitError, match=r"exited 128|unable to read tree"):
        told(spread)


def test_sha256(tmp_path: Path) -> None:
    repo = init(tmp_path / "long", "--object-format=sha256")
    repo.commit({"specs/a": "1"})
    repo.commit({"specs/a": "2"}, when=60)
    assert [len(commit.changes) for commit in told(repo)] == [1, 1]
    assert told(repo) == afresh(repo)
