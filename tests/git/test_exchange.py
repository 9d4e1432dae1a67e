"""Notes between clones: fetch, join and push against real remotes, in every order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lspec_git.errors import GitError, Offline, RefMoved
from lspec_git.git.exchange import PushStatus, remote_tip, tracking_ref
from lspec_git.git.notes import REF, Notes
from lspec_git.git.objects import Objects, TreeEntry, discover, open_objects
from tests.conftest import Repo
from tests.git.conftest import BACK_ENDS, clone, init

TRACKED = "refs/notes/remotes/origin/lspec"


def union(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    """Lines of both, in an order that no side decides."""
    assert ours != theirs
    assert base not in (ours, theirs)
    return b"\n".join(sorted({*(ours or b"").split(b"\n"), *(theirs or b"").split(b"\n")}))


def tree_of(notes: Notes, objects: Objects) -> str:
    return objects.commit(notes.tip() or "").tree


class Clone:
    """A clone and its notes."""

    def __init__(self, repo: Repo, objects: Objects) -> None:
        self.repo = repo
        self.objects = objects
        self.notes = Notes(objects, objects.repo)

    def set(self, changes: Mapping[bytes, bytes | None]) -> None:
        self.notes.transact(lambda _: changes, "change")

    def take(self) -> bool:
        return self.notes.fetch("origin") and self.notes.join("origin", union)

    def send(self) -> PushStatus:
        return self.notes.push("origin", self.notes.tracked("origin")).status

    def all(self) -> dict[bytes, bytes]:
        anchors = self.notes.anchors()
        return {anchors[key]: data for key, data in self.notes.read_all().items()}


@pytest.fixture
def server(store: Repo, tmp_path: Path) -> Repo:
    """A bare repository that others clone."""
    store.commit({"a": "1"})
    return clone(store, tmp_path / "server.git", "--bare")


@pytest.fixture
def clones(kind: str, server: Repo, tmp_path: Path) -> Iterator[tuple[Clone, Clone]]:
    back_end = BACK_ENDS[kind.partition("-")[0]]
    with ExitStack() as stack:
        made = [clone(server, tmp_path / name) for name in ("one", "two")]
        one, two = [Clone(repo, stack.enter_context(back_end(discover(repo.path)))) for repo in made]
        yield one, two


def hook(server: Repo, name: str, script: str) -> None:
    file = server.write(f"hooks/{name}", f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_a_remote_without_notes_is_no_error(clones: tuple[Clone, Clone]) -> None:
    one, _ = clones
    assert one.notes.fetch("origin") is False
    assert one.notes.join("origin", union) is False
    assert one.notes.push("origin", None).ok
    one.set({b"a": b"1"})
    assert one.notes.fetch("origin") is False
    assert one.send() is PushStatus.OK
    assert one.notes.tracked("origin") == one.notes.tip()
    assert one.send() is PushStatus.OK


def test_notes_travel(clones: tuple[Clone, Clone], server: Repo) -> None:
    one, two = clones
    one.set({b"a": b"1", b"b": b"2"})
    one.send()
    assert server.git("rev-parse", REF) == one.notes.tip()
    assert two.take()
    assert two.notes.tip() == one.notes.tip()
    assert two.all() == {b"a": b"1", b"b": b"2"}
    assert not two.take()
    two.repo.git("fsck", "--strict")


def test_only_the_notes_are_fetched_and_nothing_unpushed_is_lost(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    one.set({b"a": b"1"})
    one.repo.git("tag", "t")
    one.send()
    two.set({b"b": b"unpushed"})
    tip = two.notes.tip()
    two.notes.fetch("origin")
    assert two.notes.tip() == tip
    assert two.repo.git("for-each-ref", "--format=%(refname)", "refs/tags", "refs/notes").splitlines() == [
        REF,
        TRACKED,
    ]
    assert not (two.repo.path / ".git/FETCH_HEAD").exists()


def test_both_changed_in_either_order_one_tree(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    one.set({b"same": b"0", b"gone": b"0", b"base": b"0"})
    one.send()
    two.take()
    one.set({b"same": b"1", b"mine": b"1", b"gone": None})
    two.set({b"same": b"2", b"theirs": b"2", b"base": b"2"})
    # Each takes the other's notes directly, as if it had come second.
    one.repo.git("remote", "add", "two", str(two.repo.path))
    two.repo.git("remote", "add", "one", str(one.repo.path))
    one.notes.fetch("two")
    two.notes.fetch("one")
    tips = one.notes.tip(), two.notes.tip()
    assert one.notes.join("two", union)
    assert two.notes.join("one", union)
    assert tree_of(one.notes, one.objects) == tree_of(two.notes, two.objects)
    assert one.objects.commit(one.notes.tip() or "").parents == tips
    assert one.all() == {b"same": b"1\n2", b"mine": b"1", b"theirs": b"2", b"base": b"2"}
    assert {b"gone", b"mine", b"theirs"} <= set(one.notes.anchors().values())


def test_notes_of_strangers_join_without_a_merge_base(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    one.set({b"a": b"1", b"b": b"x"})
    two.set({b"a": b"2", b"c": b"y"})
    assert one.send() is PushStatus.OK
    assert two.send() is PushStatus.REJECTED
    assert two.take()
    assert two.all() == {b"a": b"1\n2", b"b": b"x", b"c": b"y"}
    assert two.send() is PushStatus.OK
    assert one.take()
    assert one.notes.tip() == two.notes.tip()


def test_the_log_of_a_join_tells_only_what_was_merged(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    one.set({b"a": b"1", b"b": b"x"})
    two.set({b"a": b"2", b"c": b"y"})
    one.send()
    two.take()
    newest = next(two.notes.log())
    assert newest.message == "Join the notes of origin"
    assert [(change.key, change.new) for change in newest.changes] == [(two.objects.hash_blob(b"a"), b"1\n2")]
    assert {entry.message for entry in two.notes.log(two.objects.hash_blob(b"c"))} == {"change"}


def test_the_callback_may_drop_a_note(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    one.set({b"a": b"1", b"b": b"1"})
    one.send()
    two.set({b"a": b"2", b"c": b"2"})
    two.notes.fetch("origin")
    two.notes.join("origin", lambda _base, _ours, _theirs: None)
    assert two.all() == {b"b": b"1", b"c": b"2"}


def test_foreign_notes_and_paths_are_united(clones: tuple[Clone, Clone]) -> None:
    one, two = clones
    head = one.objects.head() or ""
    for each, name in ((one, b"one"), (two, b"two")):
        each.set({name: name})
        each.repo.git("notes", "--ref=lspec", "add", "-m", name.decode(), head)
        tip = each.notes.tip() or ""
        readme = TreeEntry(f"from-{name.decode()}", "100644", each.objects.write_blob(name))
        both = TreeEntry("both", "100644", each.objects.write_blob(name))
        tree = each.objects.write_tree([*each.objects.tree(tip), readme, both])
        each.objects.move_ref(REF, each.objects.commit_tree(tree, [tip], "x"), tip, "x")
    one.repo.git("remote", "add", "two", str(two.repo.path))
    two.repo.git("remote", "add", "one", str(one.repo.path))
    one.notes.fetch("two")
    two.notes.fetch("one")
    one.notes.join("two", union)
    two.notes.join("one", union)
    assert tree_of(one.notes, one.objects) == tree_of(two.notes, two.objects)
    assert one.notes.read_all()[head] == b"\none\ntwo"
    names = {entry.name for entry in one.objects.tree(one.notes.tip() or "")}
    assert {"from-one", "from-two", "both", "anchors"} <= names
    assert set(one.notes.anchors().values()) == {b"one", b"two"}


def test_a_push_runs_no_hook_and_moves_no_other_ref(clones: tuple[Clone, Clone], server: Repo) -> None:
    one, _ = clones
    hook(Repo(one.repo.path / ".git"), "pre-push", "exit 1")
    one.repo.commit({"a": "2"})
    one.repo.git("config", "push.followTags", "true")
    before = server.git("for-each-ref")
    one.set({b"a": b"1"})
    one.repo.git("tag", "-am", "x", "v1", REF)
    assert one.send() is PushStatus.OK
    server.git("update-ref", "-d", REF)
    assert server.git("for-each-ref") == before


def test_what_was_not_joined_is_never_pushed_over(clones: tuple[Clone, Clone], server: Repo) -> None:
    one, two = clones
    one.set({b"a": b"1"})
    one.send()
    two.set({b"b": b"2"})
    two.notes.fetch("origin")
    assert two.send() is PushStatus.REJECTED
    assert server.git("rev-parse", REF) == one.notes.tip()
    two.notes.join("origin", union)
    one.set({b"a": b"3"})
    one.send()
    result = two.notes.push("origin", two.notes.tracked("origin"))
    assert result.status is PushStatus.REJECTED
    assert "stale" in result.message
    assert server.git("rev-parse", REF) == one.notes.tip()


def test_a_ref_deleted_on_the_server_is_noticed(clones: tuple[Clone, Clone], server: Repo) -> None:
    one, _ = clones
    one.set({b"a": b"1"})
    one.send()
    server.git("update-ref", "-d", REF)
    one.set({b"a": b"2"})
    assert one.send() is PushStatus.REJECTED
    assert one.notes.fetch("origin") is False
    assert one.notes.tracked("origin") is None
    assert one.send() is PushStatus.OK


def test_a_server_that_refuses_is_quoted(clones: tuple[Clone, Clone], server: Repo) -> None:
    one, _ = clones
    hook(server, "pre-receive", "echo 'Notes are not welcome here'; exit 1")
    one.set({b"a": b"1"})
    result = one.notes.push("origin", None)
    assert result.status is PushStatus.REFUSED
    assert "Notes are not welcome here" in result.message
    assert "pre-receive hook declined" in result.message
    assert one.notes.tracked("origin") is None


def test_a_push_that_loses_on_the_server_is_rejected_not_refused(
    clones: tuple[Clone, Clone], server: Repo
) -> None:
    one, _ = clones
    head = server.git("rev-parse", "HEAD")
    # Somebody else's push ends between the server's answer and its own update.
    hook(server, "pre-receive", f"unset GIT_QUARANTINE_PATH; git update-ref {REF} {head}")
    one.set({b"a": b"1"})
    assert one.notes.push("origin", None).status is PushStatus.REJECTED


def test_who_may_read_but_not_write_is_refused(clones: tuple[Clone, Clone], server: Repo) -> None:
    one, _ = clones
    one.repo.git("config", "remote.origin.receivepack", "echo no rights for you >&2; exit 1; true")
    one.set({b"a": b"1"})
    result = one.notes.push("origin", None)
    assert result.status is PushStatus.REFUSED
    assert "no rights for you" in result.message


def test_offline(clones: tuple[Clone, Clone], server: Repo) -> None:
    one, _ = clones
    one.set({b"a": b"1"})
    server.path.rename(server.path.with_name("elsewhere"))
    with pytest.raises(Offline, match="origin"):
        one.notes.fetch("origin")
    assert one.notes.push("origin", None).status is PushStatus.OFFLINE
    with pytest.raises(Offline):
        remote_tip(one.objects.repo, "origin", REF)


def test_unknown_remotes_are_not_taken_for_offline(clones: tuple[Clone, Clone]) -> None:
    one, _ = clones
    one.set({b"a": b"1"})
    for ask in (lambda: one.notes.fetch("nobody"), lambda: one.notes.push("nobody", None)):
        with pytest.raises(GitError, match="no remote named") as caught:
            ask()
        assert not isinstance(caught.value, Offline)


def test_nothing_prompts(
    clones: tuple[Clone, Clone], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = clones
    told = tmp_path / "told"
    ssh = Repo(tmp_path).write(
        "bin/ssh", f'#!/bin/sh\necho "$@" "askpass=$GIT_ASKPASS" >> {told}\nexit 255\n'
    )
    ssh.chmod(0o755)
    one.repo.git("remote", "add", "far", "ssh://host/repo.git")
    monkeypatch.setenv("GIT_ASKPASS", "/bin/false")
    for command in (f"{ssh} -p 22", None):
        if command:
            monkeypatch.setenv("GIT_SSH_COMMAND", command)
        else:
            monkeypatch.delenv("GIT_SSH_COMMAND")
            one.repo.git("config", "core.sshCommand", str(ssh))
        told.unlink(missing_ok=True)
        with pytest.raises(Offline):
            one.notes.fetch("far")
        assert "-o BatchMode=yes" in told.read_text()
        assert "askpass=\n" in told.read_text()


def test_another_ssh_program_is_left_alone(
    clones: tuple[Clone, Clone], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = clones
    told = tmp_path / "told"
    plink = Repo(tmp_path).write("bin/plink", f'#!/bin/sh\necho "$@" >> {told}\nexit 255\n')
    plink.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(plink))
    one.repo.git("remote", "add", "far", "ssh://host/repo.git")
    with pytest.raises(Offline):
        one.notes.fetch("far")
    assert "BatchMode" not in told.read_text()


def test_credentials_in_a_url_are_never_shown(clones: tuple[Clone, Clone]) -> None:
    one, _ = clones
    one.repo.git("remote", "add", "web", "http://ada:s3cret@127.0.0.1:9/x.git")
    one.set({b"a": b"1"})
    with pytest.raises(Offline) as caught:
        one.notes.fetch("web")
    assert "s3cret" not in str(caught.value)
    result = one.notes.push("web", None)
    assert result.status is PushStatus.OFFLINE
    assert "s3cret" not in result.message


def test_taking_a_tip_back(clones: tuple[Clone, Clone]) -> None:
    one, _ = clones
    one.set({b"a": b"1"})
    first = one.notes.tip() or ""
    one.set({b"a": b"2"})
    second = one.notes.tip() or ""
    with pytest.raises(RefMoved):
        one.notes.reset(None, first)
    one.notes.reset(first, second)
    assert one.all() == {b"a": b"1"}
    one.notes.reset(None, first)
    assert one.notes.tip() is None


def test_notes_in_a_partial_clone_come_whole(
    clones: tuple[Clone, Clone], server: Repo, tmp_path: Path
) -> None:
    one, _ = clones
    one.set({b"%d" % number: b"x%d" % number for number in range(20)})
    one.send()
    server.git("config", "uploadpack.allowFilter", "true")
    partial = clone(server, tmp_path / "partial", "--filter=blob:none")
    with open_objects(discover(partial.path)) as objects:
        two = Clone(partial, objects)
        assert two.take()
        server.path.rename(server.path.with_name("elsewhere"))
        assert two.all() == one.all()


def test_tracking_refs_are_beneath_refs_notes() -> None:
    assert tracking_ref(REF, "origin") == TRACKED


STEP = st.tuples(st.integers(0, 2), st.sampled_from(["set", "take", "send"]), st.integers(0, 4))


@settings(max_examples=12)
@given(st.lists(STEP, min_size=4, max_size=16))
def test_any_interleaving_ends_in_one_tree(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str, int]]
) -> None:
    top = tmp_path_factory.mktemp("world")
    server = init(top / "server.git", "--bare")
    with ExitStack() as stack:
        made = [clone(server, top / str(number)) for number in range(3)]
        three = [Clone(repo, stack.enter_context(open_objects(discover(repo.path)))) for repo in made]
        said: set[tuple[bytes, bytes]] = set()
        for turn, (who, verb, number) in enumerate(steps):
            if verb == "set":
                anchor, line = b"%d" % number, b"%d by %d" % (turn, who)
                old = three[who].notes.read(anchor)
                three[who].set({anchor: b"\n".join(sorted([*(old.split(b"\n") if old else []), line]))})
                said.add((anchor, line))
            elif verb == "take":
                three[who].take()
            else:
                three[who].send()
        for each in (*three, *three):
            each.take()
            assert each.send() is PushStatus.OK
        assert len({each.notes.tip() for each in three}) == 1
        assert {(a, line) for a, data in three[0].all().items() for line in data.split(b"\n")} == said
