"""One suite for both back ends: SHA-1 through libgit2 and git, SHA-256 and reftables through git."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lspec_git.errors import GitError, LockTimeout, RefMoved
from lspec_git.git import store as store_module
from lspec_git.git.libgit2 import Libgit2
from lspec_git.git.objects import NewObject, Objects, TreeEntry, discover, open_objects
from lspec_git.git.plumbing import Plumbing
from lspec_git.git.process import raw, text
from tests.conftest import Repo
from tests.git.conftest import BACK_ENDS, clone, init

REF = "refs/notes/some"


def test_an_unborn_head(objects: Objects) -> None:
    assert objects.head() is None
    assert objects.head_ref() == "refs/heads/main"
    assert objects.resolve("HEAD") is None


def test_head_branch_and_detached(objects: Objects, store: Repo) -> None:
    first = store.commit({"a": "1"})
    second = store.commit({"a": "2"})
    assert (objects.head(), objects.head_ref()) == (second, "refs/heads/main")
    store.git("checkout", "-q", first)
    assert (objects.head(), objects.head_ref()) == (first, None)


def test_revisions(objects: Objects, store: Repo) -> None:
    first = store.commit({"a": "1"})
    second = store.commit({"a": "2"})
    store.git("tag", "-am", "x", "v1", first)
    assert objects.resolve("HEAD~1") == first
    assert objects.resolve("v1") == first
    assert objects.resolve(second[:10]) == second
    assert objects.resolve("--all") is None
    assert objects.resolve("HEAD:a") is None


def test_refs(objects: Objects, store: Repo) -> None:
    head = store.commit({"a": "1"})
    store.git("tag", "light")
    store.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    assert objects.ref("refs/heads/main") == head
    assert objects.ref("refs/tags/light") == head
    assert objects.ref("refs/heads/alias") == head
    assert objects.ref("refs/heads/none") is None
    store.git("pack-refs", "--all", check=False)
    assert objects.ref("refs/tags/light") == head


def test_files_are_recursive_with_modes_and_odd_names(objects: Objects, store: Repo) -> None:
    odd = b"specs/\xff n\xc3\xbc\nx/README.md"
    store.write("specs/001/README.md", "one")
    store.write("specs/run.sh", "#!/bin/sh\n").chmod(0o755)
    store.write(text(odd), "odd")
    store.write("specs-other/x", "no")
    (store.path / "specs/link").symlink_to("001")
    commit = store.commit({"top": "t"})
    found = list(objects.files(commit, "specs"))
    assert {path: mode for path, mode, _ in found} == {
        "specs/001/README.md": "100644",
        "specs/link": "120000",
        "specs/run.sh": "100755",
        text(odd): "100644",
    }
    assert {raw(path): objects.blob(oid) for path, _, oid in found}[odd] == b"odd"
    assert {path for path, _, _ in objects.files(commit)} == {
        "top",
        "specs-other/x",
        *(path for path, _, _ in found),
    }
    assert list(objects.files(commit, "nothing")) == []
    magic = store.commit({":(top)/x": "m"})
    assert [path for path, _, _ in objects.files(magic, ":(top)")] == [":(top)/x"]
    assert list(objects.files(commit, "top")) == []
    assert list(objects.files(commit, "specs/link")) == []


def test_submodules_are_no_files(objects: Objects, store: Repo) -> None:
    commit = store.commit({"a": "1"})
    store.git("update-index", "--add", "--cacheinfo", f"160000,{commit},specs/sub")
    store.git("commit", "-qm", "sub")
    head = store.git("rev-parse", "HEAD")
    assert list(objects.files(head, "specs")) == []
    assert [path for path, _, _ in objects.files(head)] == ["a"]
    assert objects.blob_at(head, "specs/sub") is None


def test_blob_at(objects: Objects, store: Repo) -> None:
    commit = store.commit({"specs/a/README.md": "hello", "b": "x"})
    oid = store.git("rev-parse", "HEAD:specs/a/README.md")
    assert objects.blob_at(commit, "specs/a/README.md") == (oid, b"hello")
    assert objects.blob_at(commit, "specs/a") is None
    assert objects.blob_at(commit, "specs/none/x") is None
    assert objects.blob_at(commit, "b/x") is None
    assert objects.size(oid) == 5
    assert objects.has(oid)


def test_missing_and_wrong_objects_are_errors_and_the_reader_goes_on(objects: Objects, store: Repo) -> None:
    commit = store.commit({"a": "1"})
    none = "1" * objects.digits
    blob = objects.write_blob(b"x")
    assert not objects.has(none)
    for ask in (objects.blob, objects.commit, objects.tree, objects.size, objects.read):
        with pytest.raises(GitError):
            ask(none)
    with pytest.raises(GitError, match="missing"):
        list(objects.blobs([blob, none, blob]))
    with pytest.raises(GitError, match="not a blob"):
        objects.blob(commit)
    with pytest.raises(GitError, match="not a commit"):
        objects.commit(blob)
    assert objects.blob(blob) == b"x"


def test_many_blobs_come_in_order_and_mix_with_single_reads(objects: Objects) -> None:
    data = [b"%d" % number * 50 for number in range(1200)]
    objects.write_objects([NewObject("blob", each) for each in data])
    oids = [objects.hash_blob(each) for each in data]
    seen = []
    for oid, content in objects.blobs(oids):
        assert objects.blob(oids[0]) == data[0]
        seen.append((oid, content))
    assert seen == list(zip(oids, data, strict=True))


def test_written_objects_are_what_git_would_write(objects: Objects, store: Repo) -> None:
    for data in (b"", b"a\0b\r\n", b"x" * 5000):
        oid = objects.write_blob(data)
        assert oid == objects.hash_blob(data) == store.git("hash-object", "--stdin", stdin=data)
        assert objects.blob(oid) == data
    assert not objects.has(objects.hash_blob(b"only hashed"))
    blob, empty = objects.write_blob(b"b"), objects.write_tree([])
    entries = [
        TreeEntry("a.b", "100644", blob),
        TreeEntry("a", "040000", empty),
        TreeEntry("a-b", "100755", blob),
        TreeEntry("\udcff", "120000", blob),
    ]
    tree = objects.write_tree(entries)
    listing = b"".join(
        b"%s %s %s\t%s\0"
        % (e.mode.encode(), b"tree" if e.mode == "040000" else b"blob", e.oid.encode(), raw(e.name))
        for e in entries
    )
    assert store.git("mktree", "-z", stdin=listing) == tree
    assert [entry.name for entry in objects.tree(tree)] == ["a-b", "a.b", "a", "\udcff"]
    assert set(objects.tree(tree)) == set(entries)
    store.git("fsck", "--strict")


def test_a_tree_cannot_hold_a_name_twice(objects: Objects) -> None:
    blob = objects.hash_blob(b"")
    with pytest.raises(ValueError, match="same name"):
        objects.write_tree([TreeEntry("a", "100644", blob), TreeEntry("a", "040000", blob)])


def test_commits(objects: Objects, store: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = store.commit({"a": "1"})
    tree = objects.write_tree([])
    # What a hook inherits while somebody else's commit is being replayed.
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1767225700 +0100")
    made = objects.commit(objects.commit_tree(tree, [parent], "Grüße\n\nbody\n"))
    assert made.tree == tree
    assert made.parents == (parent,)
    assert made.author == made.committer == "Ada Test <ada@example.org>"
    assert made.author_time == made.committer_time == "1767225700 +0100"
    assert made.message == "Grüße\n\nbody\n"
    with pytest.raises(ValueError, match="message"):
        objects.commit_tree(tree, [], " \n")


def test_a_commit_without_identity_advises(objects: Objects, store: Repo) -> None:
    store.git("config", "--global", "--unset", "user.email")
    store.git("config", "--global", "user.useConfigOnly", "true")
    with pytest.raises(GitError) as caught:
        objects.commit_tree(objects.write_tree([]), [], "x")
    assert "git config --global user.email" in caught.value.advice


def test_odd_commits_are_read(objects: Objects, store: Repo) -> None:
    tree = objects.write_tree([])
    data = (
        f"tree {tree}\nauthor  <> 1 +0000\ncommitter B <b> c> 2 -0130\nencoding iso-8859-1\n"
        "gpgsig -----BEGIN\n parent x\n -----END\n\ncaf\xe9"
    ).encode("latin-1")
    made = objects.commit(
        store.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=data)
    )
    assert (made.parents, made.author, made.author_time, made.message) == ((), " <>", "1 +0000", "café")
    assert (made.committer, made.committer_time) == ("B <b> c>", "2 -0130")


def test_ancestry(objects: Objects, store: Repo) -> None:
    base = store.commit({"a": "1"})
    left = store.commit({"a": "2"})
    store.git("checkout", "-q", "-b", "side", base)
    right = store.commit({"b": "1"})
    store.git("checkout", "-q", "--orphan", "alone")
    alone = store.commit({"c": "1"})
    assert objects.is_ancestor(base, left)
    assert objects.is_ancestor(left, left)
    assert not objects.is_ancestor(left, base)
    assert not objects.is_ancestor(left, right)
    assert not objects.is_ancestor("1" * objects.digits, left)
    assert objects.merge_base(left, right) == base
    assert objects.merge_base(left, alone) is None


def test_moving_a_ref_is_compare_and_swap(objects: Objects, store: Repo) -> None:
    one, two = store.commit({"a": "1"}), store.commit({"a": "2"})
    objects.move_ref(REF, one, None, "made")
    with pytest.raises(RefMoved):
        objects.move_ref(REF, two, None, "made again")
    objects.move_ref(REF, two, one, "moved")
    with pytest.raises(RefMoved):
        objects.move_ref(REF, one, one, "stale")
    assert objects.ref(REF) == two == store.git("rev-parse", REF)
    assert store.git("log", "-g", "--format=%gs", REF).splitlines() == ["moved", "made"]
    with pytest.raises(GitError, match="exited 128"):
        objects.move_ref(REF, "1" * objects.digits, two, "no such object")


def test_a_lock_in_the_way_is_named(
    kind: str, objects: Objects, store: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = store.commit({"a": "1"})
    lock = store.path / ".git" / ("reftable/tables.list.lock" if "reftable" in kind else f"{REF}.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    monkeypatch.setattr(store_module, "LOCK_WAIT_MS", 100)
    with pytest.raises(LockTimeout) as caught:
        objects.move_ref(REF, one, None, "x")
    assert str(lock) in caught.value.message


def test_shallow_clones_know_their_edge(kind: str, store: Repo, tmp_path: Path) -> None:
    commits = [store.commit({"a": str(number)}) for number in range(4)]
    shallow = clone(store, tmp_path / "shallow", "--depth=2")
    with BACK_ENDS[kind.partition("-")[0]](discover(shallow.path)) as objects:
        assert objects.shallow() == {commits[2]}
        assert objects.is_ancestor(commits[2], commits[3])
        assert not objects.is_ancestor(commits[0], commits[3])
    with BACK_ENDS[kind.partition("-")[0]](discover(store.path)) as objects:
        assert objects.shallow() == frozenset()


def test_other_processes_writes_are_seen(objects: Objects, store: Repo) -> None:
    assert not objects.has(objects.hash_blob(b"late"))
    oid = store.git("hash-object", "-w", "--stdin", stdin=b"late")
    assert objects.blob(oid) == b"late"
    store.commit({"a": "1"})
    store.git("gc", "-q")
    store.commit({"a": "2"})
    assert objects.head() == store.git("rev-parse", "HEAD")
    objects.close()
    assert objects.blob(oid) == b"late"


def test_linked_worktrees_share_refs_and_have_their_own_head(kind: str, store: Repo, tmp_path: Path) -> None:
    store.commit({"a": "1"})
    store.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = Repo(tmp_path / "linked")
    side = linked.commit({"a": "2"})
    with BACK_ENDS[kind.partition("-")[0]](discover(linked.path)) as objects:
        assert (objects.head(), objects.head_ref()) == (side, "refs/heads/side")
        objects.move_ref(REF, side, None, "x")
        assert objects.write_blob(b"from linked")
    assert store.git("rev-parse", REF) == side


def test_which_back_end(tmp_path: Path, repo: Repo) -> None:
    repo.commit({"a": "1"})
    sha256 = init(tmp_path / "sha256", "--object-format=sha256")
    repo.git("config", "uploadpack.allowFilter", "true")
    partial = clone(repo, tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    for made, expected in ((repo, Libgit2), (sha256, Plumbing), (partial, Plumbing)):
        with open_objects(discover(made.path)) as objects:
            assert type(objects) is expected


def test_a_partial_clone_fetches_what_is_missing_in_one_go(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repo.commit({f"specs/{number}/README.md": f"spec {number}" for number in range(20)})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    partial = clone(repo, tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE", str(trace))
    with open_objects(discover(partial.path)) as objects:
        oids = [oid for _, _, oid in objects.files(commit, "specs")]
        assert sorted(data for _, data in objects.blobs(oids)) == sorted(
            b"spec %d" % number for number in range(20)
        )
        assert trace.read_text().count("built-in: git fetch") == 1
        trace.write_text("")
        assert len(list(objects.blobs(oids))) == 20
        assert "git fetch" not in trace.read_text()


def test_discovery(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"deep/er/a": "1"})
    top = repo.path.resolve()
    found = discover(repo.path / "deep/er")
    assert (found.worktree, found.git_dir, found.common_dir) == (top, top / ".git", top / ".git")
    assert found.folder == top
    assert discover(repo.path / ".git").worktree is None
    bare = clone(repo, tmp_path / "bare.git", "--bare")
    found = discover(bare.path)
    assert (found.worktree, found.git_dir) == (None, bare.path.resolve())
    bare.git("worktree", "add", "-q", str(tmp_path / "of bare"), "main")
    found = discover(tmp_path / "of bare")
    assert found.worktree == (tmp_path / "of bare").resolve()
    assert found.git_dir == bare.path.resolve() / "worktrees" / "of-bare"
    assert found.common_dir == bare.path.resolve()


def test_discovery_in_a_submodule(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a": "1"})
    outer = init(tmp_path / "outer")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo.path), "sub")
    found = discover(outer.path / "sub")
    assert found.worktree == (outer.path / "sub").resolve()
    assert found.git_dir == found.common_dir == (outer.path / ".git/modules/sub").resolve()
    with open_objects(found) as objects:
        assert objects.head() == repo.git("rev-parse", "HEAD")


def test_no_repository_is_advised_about(tmp_path: Path) -> None:
    with pytest.raises(GitError) as caught:
        discover(tmp_path)
    assert "git init" in caught.value.advice


def test_pygit2_is_loaded_only_when_it_is_needed() -> None:
    code = "import sys, lspec_git.git.objects, lspec_git.git.notes; sys.exit('pygit2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
