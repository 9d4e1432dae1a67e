"""Notes on synthetic anchors: transactions, foreign trees, git's own notes commands, concurrent writers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.errors import GitError, RefMoved
from lspec_git.git import notes as notes_module
from lspec_git.git.notes import REF, Notes, Snapshot
from lspec_git.git.notetree import NoteTree
from lspec_git.git.objects import Objects, TreeEntry, discover, open_objects
from tests.conftest import TOP, Repo

MANY = {b"spec %d\n" % number: b"note %d" % number for number in range(400)}


@pytest.fixture
def notes(objects: Objects) -> Notes:
    return Notes(objects, objects.repo)


def keyed(objects: Objects, content: Mapping[bytes, bytes]) -> dict[str, bytes]:
    return {objects.hash_blob(anchor): data for anchor, data in content.items()}


def wholesome(store: Repo) -> None:
    assert "missing" not in store.git("fsck", "--strict", "--no-dangling")


def test_before_the_first_note(notes: Notes) -> None:
    assert notes.tip() is None
    assert notes.read(b"a") is None
    assert notes.read_all() == {}
    assert notes.anchors() == {}
    assert notes.oids() == {}
    assert list(notes.log()) == []
    assert notes.write({}, "nothing", None) is None
    assert notes.write({b"a": None}, "nothing to take away", None) is None
    assert notes.tip() is None


def test_write_and_read(notes: Notes, objects: Objects, store: Repo) -> None:
    tip = notes.write(MANY, "First\n\nbody", None)
    assert tip == notes.tip()
    assert notes.read_all() == keyed(objects, MANY)
    assert notes.anchors() == {objects.hash_blob(anchor): anchor for anchor in MANY}
    assert notes.read(b"spec 7\n") == b"note 7"
    assert notes.read(b"no such\n") is None
    assert {key: objects.blob(oid) for key, oid in notes.oids().items()} == keyed(objects, MANY)
    wholesome(store)
    assert len(store.git("notes", "--ref=lspec", "list").splitlines()) == 400
    assert store.git("notes", "--ref=lspec", "show", objects.hash_blob(b"spec 7\n")) == "note 7"
    assert store.git("log", "--format=%an <%ae>%n%B", REF) == "Ada Test <ada@example.org>\nFirst\n\nbody"


def test_one_commit_on_top_of_the_tip(notes: Notes, objects: Objects) -> None:
    first = notes.write(MANY, "first", None)
    assert first is not None
    second = notes.write({b"spec 1\n": b"new", b"spec 2\n": None, b"other": b"x"}, "second", first)
    assert second is not None
    assert objects.commit(second).parents == (first,)
    expected = {**MANY, b"spec 1\n": b"new", b"other": b"x"}
    del expected[b"spec 2\n"]
    assert notes.read_all() == keyed(objects, expected)
    assert objects.hash_blob(b"spec 2\n") in notes.anchors()


def test_no_change_no_commit(notes: Notes) -> None:
    tip = notes.write({b"a": b"1"}, "first", None)
    assert notes.write({b"a": b"1", b"b": None}, "same", tip) == tip
    assert notes.tip() == tip


def test_a_tip_that_moved_is_told(notes: Notes, objects: Objects) -> None:
    tip = notes.write({b"a": b"1"}, "first", None)
    moved = notes.write({b"a": b"2"}, "second", tip)
    with pytest.raises(RefMoved):
        notes.write({b"b": b"1"}, "late", tip)
    with pytest.raises(RefMoved):
        notes.write({b"b": b"1"}, "later", None)
    assert notes.tip() == moved


def test_transactions_decide_again(notes: Notes) -> None:
    seen = []

    def decide(now: Snapshot) -> Mapping[bytes, bytes]:
        seen.append(now.read(b"n"))
        if len(seen) == 1:
            notes.write({b"n": b"1"}, "somebody else", now.tip)
        return {b"n": b"%d" % (int(now.read(b"n") or b"0") + 1)}

    notes.transact(decide, "count")
    assert seen == [None, b"1"]
    assert notes.read(b"n") == b"2"


def test_transactions_give_up_when_they_always_lose(notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes_module, "ATTEMPTS", 3)
    turns: list[bytes] = []

    def decide(now: Snapshot) -> Mapping[bytes, bytes]:
        turns.append(b"x")
        notes.write({b"n": b"%d" % len(turns)}, "somebody else", now.tip)
        return {b"m": b"1"}

    with pytest.raises(RefMoved, match="kept moving"):
        notes.transact(decide, "never")
    assert len(turns) == 3


def test_the_log_tells_each_change(notes: Notes, objects: Objects) -> None:
    first = notes.write({b"a": b"1", b"b": b"1"}, "first", None)
    second = notes.write({b"a": b"2"}, "second", first)
    third = notes.write({b"b": None}, "third", second)
    key_a, key_b = objects.hash_blob(b"a"), objects.hash_blob(b"b")
    told = [
        (entry.commit, entry.message, {(c.key, c.old, c.new) for c in entry.changes}) for entry in notes.log()
    ]
    assert told == [
        (third, "third", {(key_b, b"1", None)}),
        (second, "second", {(key_a, b"1", b"2")}),
        (first, "first", {(key_a, None, b"1"), (key_b, None, b"1")}),
    ]
    assert [entry.message for entry in notes.log(key_b)] == ["third", "first"]
    assert next(notes.log()).author == "Ada Test <ada@example.org>"


def test_git_notes_adds_beside_us_and_we_beside_it(notes: Notes, objects: Objects, store: Repo) -> None:
    head = store.commit({"a": "1"})
    notes.write(MANY, "ours", None)
    store.git("notes", "--ref=lspec", "add", "-m", "by hand", head)
    assert notes.read_all() == {**keyed(objects, MANY), head: b"by hand\n"}
    assert len(notes.anchors()) == 400
    notes.transact(lambda _: {b"spec 3\n": b"new", b"more": b"m"}, "again")
    assert notes.read_all() == {
        **keyed(objects, {**MANY, b"spec 3\n": b"new", b"more": b"m"}),
        head: b"by hand\n",
    }
    assert store.git("notes", "--ref=lspec", "show", head) == "by hand"
    wholesome(store)


def test_a_small_tree_that_git_made_flat(notes: Notes, objects: Objects, store: Repo) -> None:
    head = store.commit({"a": "1"})
    few = {b"a": b"1", b"b": b"2"}
    notes.write(few, "ours", None)
    store.git("notes", "--ref=lspec", "add", "-m", "x", head)
    assert all(
        len(entry.name) == objects.digits
        for entry in objects.tree(notes.tip() or "")
        if entry.name != "anchors"
    )
    assert notes.read(b"a") == b"1"
    notes.transact(lambda _: {b"a": b"3", b"b": None}, "again")
    assert notes.read_all() == {objects.hash_blob(b"a"): b"3", head: b"x\n"}
    assert {len(entry.name) for entry in objects.tree(notes.tip() or "")} == {2, len("anchors")}


def test_anchors_survive_prune_and_gc(notes: Notes, objects: Objects, store: Repo) -> None:
    notes.write(MANY, "ours", None)
    objects.close()
    store.git("notes", "--ref=lspec", "prune")
    store.git("reflog", "expire", "--expire=now", "--all")
    store.git("gc", "-q", "--prune=now")
    assert notes.read_all() == keyed(objects, MANY)
    assert set(notes.anchors().values()) == set(MANY)
    wholesome(store)


def foreign(objects: Objects, entries: list[TreeEntry]) -> str:
    commit = objects.commit_tree(objects.write_tree(entries), [], "by another tool")
    objects.move_ref(REF, commit, None, "foreign")
    return commit


def test_foreign_shapes_are_read_and_kept(notes: Notes, objects: Objects, store: Repo) -> None:
    def blob(data: bytes, name: str = "", mode: str = "100644") -> TreeEntry:
        return TreeEntry(name, mode, objects.write_blob(data))

    def tree(name: str, *entries: TreeEntry) -> TreeEntry:
        return TreeEntry(name, "040000", objects.write_tree(entries))

    a, b, unknown = (
        objects.hash_blob(b"a"),
        objects.hash_blob(b"b"),
        "0123456789abcdef" * (objects.digits // 16),
    )
    unknown += "0" * (objects.digits - len(unknown))
    odd = tree("x", blob(b"odd", "y"))
    deep = tree(a[2:4], blob(b"deep", a[4:]), blob(b"kept", "strange"))
    foreign(
        objects,
        [
            tree(a[:2], deep, blob(b"mid", a[2:]), blob(b"kept too", "no-note")),
            blob(b"flat", a),
            blob(b"b", b),
            blob(b"u", unknown),
            blob(b"readme", "README"),
            odd,
        ],
    )
    assert notes.read_all() == {a: b"deep", b: b"b", unknown: b"u"}
    assert notes.read(b"a") == b"deep"
    assert notes.anchors() == {}
    notes.transact(lambda _: {b"a": b"new"}, "ours")
    assert notes.read_all() == {a: b"new", b: b"b", unknown: b"u"}
    assert notes.anchors() == {a: b"a"}
    tip = notes.tip() or ""
    for path, data in {
        "README": b"readme",
        "x/y": b"odd",
        f"{a[:2]}/no-note": b"kept too",
        f"{a[:2]}/{a[2:4]}/strange": b"kept",
        f"{unknown[:2]}/{unknown[2:]}": b"u",
    }.items():
        found = objects.blob_at(tip, path)
        assert found is not None, path
        assert found[1] == data
    assert objects.blob_at(tip, a) is None
    assert objects.blob_at(tip, f"{a[:2]}/{a[2:4]}/{a[4:]}") is None
    assert store.git("notes", "--ref=lspec", "show", a) == "new"
    notes.transact(lambda _: {b"a": None}, "gone")
    assert notes.read(b"a") is None
    wholesome(store)


def test_missing_anchors_come_back_with_the_next_write(notes: Notes, objects: Objects) -> None:
    key = objects.hash_blob(b"a")
    foreign(objects, [TreeEntry(key, "100644", objects.write_blob(b"1"))])
    assert notes.anchors() == {}
    notes.transact(lambda _: {b"a": b"1"}, "same note")
    assert notes.anchors() == {key: b"a"}


def test_unreadable_notes_are_an_error_that_names_the_object(
    notes: Notes, objects: Objects, store: Repo
) -> None:
    notes.write({b"a": b"1"}, "x", None)
    oid = notes.oids()[objects.hash_blob(b"a")]
    objects.close()
    (store.path / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with pytest.raises(GitError, match=oid):
        notes.read(b"a")


@given(
    st.lists(
        st.dictionaries(st.integers(0, 30), st.none() | st.binary(max_size=3), max_size=12),
        min_size=1,
        max_size=6,
    )
)
def test_any_sequence_of_writes_reads_back(
    tmp_path_factory: pytest.TempPathFactory, turns: list[dict[int, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    Repo(folder).git("init", "-q")
    model: dict[bytes, bytes] = {}
    with open_objects(discover(folder)) as objects:
        notes = Notes(objects, objects.repo)
        for turn in turns:
            changes = {b"%d" % number: data for number, data in turn.items()}
            before, same = notes.tip(), all(model.get(anchor) == data for anchor, data in changes.items())
            after = notes.write(changes, "turn", before)
            model = {anchor: data for anchor, data in {**model, **changes}.items() if data is not None}
            assert (after == before) == same
            assert notes.read_all() == keyed(objects, model)
            if before and after:
                told = NoteTree(objects, after).changes(NoteTree(objects, before))
                assert set(told) <= {objects.hash_blob(anchor) for anchor in changes}
                assert bool(told) == (not same)


WRITER = """
import sys
from pathlib import Path
from lspec_git.git.notes import Notes
from lspec_git.git.objects import discover
from lspec_git.git.libgit2 import Libgit2
from lspec_git.git.plumbing import Plumbing

back_end, name = {"libgit2": Libgit2, "plumbing": Plumbing}[sys.argv[1]], sys.argv[2]
with back_end(discover(Path("."))) as objects:
    notes = Notes(objects, objects.repo)
    for number in range(50):
        def decide(now):
            total = int(now.read(b"total") or b"0") + 1
            return {b"total": b"%d" % total, b"%s %d" % (name.encode(), number): b"x"}
        notes.transact(decide, "count")
"""


@pytest.fixture
def writers(repo: Repo) -> Iterator[list[subprocess.Popen[bytes]]]:
    env = {**os.environ, "PYTHONPATH": str(TOP)}
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, back_end, str(number)], cwd=repo.path, env=env)
        for number, back_end in enumerate(("libgit2", "plumbing", "libgit2", "plumbing"))
    ]
    yield started
    for each in started:
        each.kill()
        each.wait()


def test_four_writers_lose_nothing(repo: Repo, writers: list[subprocess.Popen[bytes]]) -> None:
    assert [each.wait() for each in writers] == [0, 0, 0, 0]
    with open_objects(discover(repo.path)) as objects:
        notes = Notes(objects, objects.repo)
        assert notes.read(b"total") == b"200"
        assert len(notes.read_all()) == 201
        assert sum(1 for _ in notes.log()) == 200
    assert len(list(Path(repo.path / ".git/refs/notes").iterdir())) == 1
