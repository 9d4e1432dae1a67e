"""Repositories that are damaged or cannot be written to: each told by name, with what to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from lspec_git.errors import GitError
from lspec_git.git.objects import Objects, discover
from tests.conftest import Repo
from tests.git.conftest import clone

REF = "refs/notes/some"


def loose(store: Repo, oid: str) -> Path:
    file = store.path / ".git/objects" / oid[:2] / oid[2:]
    file.chmod(0o644)
    return file


def files_only(kind: str) -> None:
    if "reftable" in kind:
        pytest.skip("a reftable keeps no ref in a file of its own")


@pytest.mark.parametrize("what", ["HEAD:a", "HEAD^{tree}", "HEAD"])
def test_a_corrupt_object_leads_to_fsck(objects: Objects, store: Repo, what: str) -> None:
    store.commit({"a": "1"})
    oid = store.git("rev-parse", what)
    loose(store, oid).write_bytes(b"junk")
    with pytest.raises(GitError) as caught:
        objects.read(oid)
    assert "git fsck" in caught.value.advice
    with pytest.raises(GitError) as caught:
        list(objects.files(store.git("rev-parse", "HEAD") if what == "HEAD:a" else oid, "b"))
        objects.blob_at(oid, "a")
    assert "git fsck" in caught.value.advice


def test_a_missing_object_is_named_with_ways_to_get_it_back(objects: Objects, store: Repo) -> None:
    store.commit({"a": "1"})
    oid = store.git("rev-parse", "HEAD:a")
    loose(store, oid).unlink()
    with pytest.raises(GitError, match=oid) as caught:
        objects.read(oid)
    assert "git fsck" in caught.value.advice
    assert "git fetch --refetch" in caught.value.advice


def test_a_corrupt_ref_is_not_taken_for_an_absent_one(kind: str, objects: Objects, store: Repo) -> None:
    files_only(kind)
    commit = store.commit({"a": "1"})
    objects.move_ref(REF, commit, None, "made")
    (store.path / ".git" / REF).write_text("garbage\n")
    with pytest.raises(GitError, match=REF) as caught:
        objects.ref(REF)
    assert "git fsck" in caught.value.advice
    assert objects.ref(f"{REF}/none") is None


def test_a_corrupt_branch(kind: str, objects: Objects, store: Repo) -> None:
    files_only(kind)
    store.commit({"a": "1"})
    (store.path / ".git/refs/heads/main").write_text("garbage\n")
    with pytest.raises(GitError) as caught:
        objects.head()
    assert "git fsck" in caught.value.advice


def test_objects_that_cannot_be_written(objects: Objects, store: Repo) -> None:
    store.commit({"a": "1"})
    data = b"new"
    oid = objects.hash_blob(data)
    (store.path / ".git/objects" / oid[:2]).write_text("")
    with pytest.raises(GitError, match="nothing can be written to") as caught:
        objects.write_blob(data)
    assert "disk" in caught.value.advice


def test_a_worktree_that_does_not_lead_back(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a": "1"})
    bare = clone(repo, tmp_path / "git folder", "--bare")
    (tmp_path / "files").mkdir()
    bare.git("config", "core.bare", "false")
    bare.git("config", "core.worktree", str(tmp_path / "files"))
    with pytest.raises(GitError, match="leads to its repository") as caught:
        discover(bare.path)
    (tmp_path / "files/.git").write_text(caught.value.advice.split("'")[1] + "\n")
    assert discover(tmp_path / "files").git_dir == bare.path.resolve()
