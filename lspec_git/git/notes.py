"""State under one notes ref: names (anchors) to bytes, changed in transactions, shared with remotes.

A name that is no git object is made one: a small blob, whose id is the note's key and which the notes tree
itself keeps alive. Knows how notes are stored, joined and sent, and nothing of what they say.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from lspec_git.errors import RefMoved
from lspec_git.git import exchange
from lspec_git.git.exchange import PushResult, tracking_ref
from lspec_git.git.notetree import Merge, NoteTree, Oids, Rewrite, joined
from lspec_git.git.process import stream, text
from lspec_git.git.repository import Repository
from lspec_git.git.store import Objects

REF: Final = "refs/notes/lspec"

ATTEMPTS: Final = 60
LONGEST_PAUSE: Final = 0.25  # seconds

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NoteChange:
    """What one commit did to one note. None: the note was, or is, not there."""

    key: str
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One commit of the notes' history. `author` is "Name <mail>", `when` raw: "1767225600 +0000"."""

    commit: str
    parents: tuple[str, ...]
    author: str
    when: str
    message: str
    changes: tuple[NoteChange, ...]


class Snapshot:
    """The notes as of one commit, `tip`; None stands for no notes at all."""

    def __init__(self, objects: Objects, tip: str | None) -> None:
        self.tip = tip
        self.tree = NoteTree(objects, tip)
        self._objects = objects

    def read(self, anchor: bytes) -> bytes | None:
        """The note on this anchor."""
        oid = self.tree.note(self._objects.hash_blob(anchor))
        return self._objects.blob(oid) if oid else None

    def oids(self) -> Oids:
        """Key of every note to the id of its blob: reads trees only."""
        return self.tree.notes

    def read_all(self) -> Mapping[str, bytes]:
        """Key of every note to its bytes."""
        return self._read(self.tree.notes)

    def anchors(self) -> Mapping[str, bytes]:
        """Key of every anchor to its bytes. Notes by other tools need not have one."""
        return self._read(self.tree.anchors)

    def _read(self, oids: Oids) -> Mapping[str, bytes]:
        blobs = self._objects.blobs(oids.values())
        return {key: data for key, (_, data) in zip(oids, blobs, strict=True)}


class Notes:
    """The notes of one repository under one ref."""

    def __init__(self, objects: Objects, repo: Repository, ref: str = REF) -> None:
        self.ref = ref
        self._objects = objects
        self._repo = repo

    # Reading.

    def tip(self) -> str | None:
        """The commit that the notes are at."""
        return self._objects.ref(self.ref)

    def snapshot(self) -> Snapshot:
        """The notes as they are now."""
        return Snapshot(self._objects, self.tip())

    def read(self, anchor: bytes) -> bytes | None:
        """The note on this anchor, now."""
        return self.snapshot().read(anchor)

    def read_all(self) -> Mapping[str, bytes]:
        """Key of every note to its bytes, now."""
        return self.snapshot().read_all()

    def anchors(self) -> Mapping[str, bytes]:
        """Key of every anchor to its bytes, now."""
        return self.snapshot().anchors()

    def oids(self) -> Oids:
        """Key of every note to the id of its blob, now: reads trees only."""
        return self.snapshot().oids()

    # Writing.

    def write(self, changes: Mapping[bytes, bytes | None], message: str, expected: str | None) -> str | None:
        """Set notes (anchor to content; None takes the note away) in one commit on top of `expected`.

        Returns the new tip, or `expected` itself when nothing would change: then nothing is committed.
        An anchor that is missing from the tree is put there. Raises RefMoved if the ref is not at `expected`.
        """
        rewrite = Rewrite(NoteTree(self._objects, expected))
        keys = {self._objects.hash_blob(anchor): anchor for anchor in changes}
        kept = {key: data for key, anchor in keys.items() if (data := changes[anchor]) is not None}
        gone: dict[str, str | None] = dict.fromkeys(keys.keys() - kept.keys())
        rewrite.put_notes({**gone, **{key: rewrite.blob(data) for key, data in kept.items()}})
        rewrite.put_anchors([rewrite.blob(keys[key]) for key in kept])
        return self._commit(rewrite, [expected] if expected else [], message, expected)

    def transact(
        self, decide: Callable[[Snapshot], Mapping[bytes, bytes | None]], message: str
    ) -> str | None:
        """Write what `decide` makes of the notes; when somebody else was faster, decide again. The tip then.

        `decide` may run many times and must have no other effect. Raises RefMoved when it lost all the time.
        """

        def attempt() -> str | None:
            now = self.snapshot()
            return self.write(decide(now), message, now.tip)

        return self._retried(attempt)

    def reset(self, to: str | None, expected: str) -> None:
        """Move the ref back to an earlier tip (None: no notes), if it is at `expected`. Raises RefMoved."""
        if to is None:
            self._objects.delete_ref(self.ref, expected)
        else:
            self._objects.move_ref(self.ref, to, expected, "lspec: taken back")

    # Sharing.

    def fetch(self, remote: str) -> bool:
        """Bring the remote's notes into its tracking ref; False if it has none.

        Raises exchange.Offline if the remote cannot be reached or read, GitError if there is no such remote.
        """
        exchange.fetch(self._repo, remote, self.ref)
        return self.tracked(remote) is not None

    def tracked(self, remote: str) -> str | None:
        """Where the remote's notes were when they were last fetched or pushed."""
        return self._objects.ref(tracking_ref(self.ref, remote))

    def join(self, remote: str, merge: Merge) -> bool:
        """Take what was fetched from the remote into our notes; whether our ref moved by it.

        Only a note that both sides changed since their merge base goes through `merge`. Anchors, and paths
        that are no notes, are united. The result is a merge commit, or theirs where we had nothing new.
        """

        def attempt() -> bool:
            return self._join_once(self.tip(), self.tracked(remote), remote, merge)

        return self._retried(attempt)

    def push(self, remote: str, expected: str | None) -> PushResult:
        """Send our notes to the remote, if its own are still at `expected` (None: it has none yet).

        `expected` is what was joined, as `tracked` tells. Nothing is ever overwritten: where our notes do not
        contain `expected` the result is REJECTED, as it is where the remote has moved; fetch and join, then.
        """
        tip = self.tip()
        if tip is None or (expected and not self._objects.is_ancestor(expected, tip)):
            return exchange.NOTHING if tip is None else exchange.NOT_JOINED
        result = exchange.push(self._repo, remote, self.ref, tip, expected)
        if result.ok:
            self._remember(remote, tip)
        return result

    # History.

    def log(self, *keys: str, since: str = "") -> Iterator[LogEntry]:
        """The commits that changed notes (or one of `keys`), newest first, as they are read.

        A merge counts only for notes that are as in none of its parents. `since` is a date as git reads it.
        """
        tip = self.tip()
        if tip is None:
            return
        limits = [f"--since={since}"] if since else []
        args = ["rev-list", "--topo-order", *limits, tip, "--"]
        for line in stream(args, self._repo.folder, separator=b"\n"):
            entry = self._log_entry(text(line), keys)
            if entry.changes:
                yield entry

    def _join_once(self, ours: str | None, theirs: str | None, remote: str, merge: Merge) -> bool:
        if theirs is None or (ours and self._objects.is_ancestor(theirs, ours)):
            return False
        if ours is None or self._objects.is_ancestor(ours, theirs):
            self._objects.move_ref(self.ref, theirs, ours, f"fast-forward to the notes of {remote}")
            return True
        base = self._objects.merge_base(ours, theirs)
        base_tree, our_tree, their_tree = (NoteTree(self._objects, at) for at in (base, ours, theirs))
        self._commit(
            joined(base_tree, our_tree, their_tree, merge),
            [ours, theirs],
            f"Join the notes of {remote}",
            ours,
        )
        return True

    def _remember(self, remote: str, tip: str) -> None:
        """Note where a push has put the remote: git does so only where a fetch refspec covers the ref."""
        name, seen = tracking_ref(self.ref, remote), self.tracked(remote)
        # Lost to a fetch that ran meanwhile: what it brought is as new.
        with suppress(RefMoved):
            if seen != tip:
                self._objects.move_ref(name, tip, seen, "update by push")

    def _log_entry(self, commit: str, keys: Sequence[str]) -> LogEntry:
        data = self._objects.commit(commit)
        here = NoteTree(self._objects, data.tree)
        diffs = [
            self._changed(here, NoteTree(self._objects, parent), keys) for parent in data.parents or (None,)
        ]
        common = {key: pair for key, pair in diffs[0].items() if all(key in diff for diff in diffs[1:])}
        oids = {oid for pair in common.values() for oid in pair if oid}
        blobs: dict[str | None, bytes | None] = {None: None, **dict(self._objects.blobs(oids))}
        changes = tuple(NoteChange(key, blobs[old], blobs[new]) for key, (old, new) in common.items())
        return LogEntry(commit, data.parents, data.author, data.author_time, data.message.strip(), changes)

    def _changed(
        self, here: NoteTree, older: NoteTree, keys: Sequence[str]
    ) -> Mapping[str, tuple[str | None, str | None]]:
        if not keys:
            return here.changes(older)
        pairs = {key: (older.note(key), here.note(key)) for key in keys}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}

    def _commit(
        self, rewrite: Rewrite, parents: Sequence[str], message: str, expected: str | None
    ) -> str | None:
        root = rewrite.finish()
        before = self._objects.commit(expected).tree if expected else self._objects.oid_of("tree", b"")
        if len(parents) < 2 and root == before:
            return expected
        self._objects.write_objects(rewrite.new)
        commit = self._objects.commit_tree(root, parents, message)
        self._objects.move_ref(self.ref, commit, expected, message.splitlines()[0])
        return commit

    def _retried(self, attempt: Callable[[], T]) -> T:
        for turn in range(ATTEMPTS):
            try:
                return attempt()
            except RefMoved:
                time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.005 * 2**turn)))  # noqa: S311 - no secret
        raise RefMoved(f"{self.ref} kept moving while it was to be changed", "Run the command again.")
