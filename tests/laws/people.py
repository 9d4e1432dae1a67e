"""Two people at work in their clones of one project, and on its tracker, as a machine to walk at random.

They edit, commit, branch, merge, rebase, amend, squash, pick and revert; each step tells the `Book` where
every value came from. Nothing here syncs.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from lspec_git.adapters.base import WorkItem
from lspec_git.engine.share import Share
from lspec_git.git.notes import Notes
from lspec_git.git.objects import open_objects
from lspec_git.git.repository import discover
from lspec_git.local import config as load_config
from lspec_git.testing.memory import MemoryTracker
from tests.laws.provenance import FIELDS, VOCABULARY, Book, Tokens, values_in
from tests.worlds import Clone, World, spec_path

NAME = "001-alpha"
PATH = spec_path(NAME)
WHO = st.integers(0, 1)
BRANCHES = st.sampled_from(["main", "f1", "f2"])
SIDES = st.sampled_from(["ours", "theirs"])
VALUES = {
    "priority": ["low", "medium", "high"],
    "status": ["planned", "draft", "in-progress", "complete"],
}
WORDS = {
    "priority": [f"priority:{value}" for value in VALUES["priority"]],
    "status": ["open", "open + status:in-progress", "closed/completed"],
}


class People(RuleBasedStateMachine):
    """One world, and what people do in it."""

    def __init__(self, folder: Path, tracker: MemoryTracker) -> None:
        super().__init__()
        self.world = World(folder, tracker)
        self.book = Book()
        self.count = 0
        self.dirty: list[Tokens] = []
        self.met: list[set[int]] = [set(), set()]
        """What a pull has put before each person's eyes, whatever they made of it."""

    @property
    def clones(self) -> list[Clone]:
        return self.world.clones

    # -- people at work in git

    @rule(who=WHO, name=st.sampled_from(FIELDS), pick=st.integers(0, 3))
    def edit(self, who: int, name: str, pick: int) -> None:
        clone = self.clones[who]
        value = self._new_title() if name == "title" else VALUES[name][pick % len(VALUES[name])]
        if self._lying(clone)[name] == value:
            return
        clone.edit(NAME, **{name: value})
        tokens, head = self.dirty[who], self._head(clone)
        if value == self.book.values[head][name]:
            tokens[name] = self.book.tokens[head][name]
        else:
            met = self.book.met(head, name) | self.met[who]
            tokens[name] = self.book.fresh(value, tokens[name], met)

    @rule(who=WHO)
    def body(self, who: int) -> None:
        self.count += 1
        self.clones[who].edit(NAME, body=str(self.count))

    @rule(who=WHO)
    def commit(self, who: int) -> None:
        clone = self.clones[who]
        if not self._clean(clone):
            before = self._head(clone)
            clone.commit()
            self._note(clone, (before,), self.dirty[who])

    @rule(who=WHO)
    def commit_twice(self, who: int) -> None:
        self.commit(who)
        self.edit(who, "title", 0)
        self.commit(who)

    @rule(who=WHO)
    def amend(self, who: int) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        parents = self.book.parents[head]
        if len(parents) != 1:
            return
        clone.git("commit", "-q", "--amend", "-a", "--no-edit", "--allow-empty")
        tokens, values = dict(self.dirty[who]), self._lying(clone)
        for name in FIELDS:
            if values[name] == self.book.values[parents[0]][name]:
                tokens[name] = self.book.tokens[parents[0]][name]
        self._note(clone, parents, tokens)

    @rule(who=WHO)
    def restore(self, who: int) -> None:
        self.clones[who].git("restore", ".")
        self._checked_out(who)

    @rule(who=WHO, name=BRANCHES)
    def switch(self, who: int, name: str) -> None:
        clone = self.clones[who]
        if self._clean(clone):
            known = clone.git("branch", "--list", name)
            clone.git("switch", "-q", *([] if known else ["-c"]), name)
            self._checked_out(who)

    @rule(who=WHO, name=BRANCHES, side=SIDES)
    def merge(self, who: int, name: str, side: str) -> None:
        self._merge(who, f"refs/heads/{name}", side)

    @rule(who=WHO, name=BRANCHES, side=SIDES)
    def squash(self, who: int, name: str, side: str) -> None:
        clone = self.clones[who]
        other = clone.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{name}")
        head = self._head(clone)
        if other and self._clean(clone) and other not in self.book.ancestors[head]:
            if clone.git("merge", "--squash", "-X", side, other, check=False).startswith("CONFLICT"):
                clone.git("reset", "-q", "--hard")
                return
            clone.commit("squash")
            self._note(clone, (head,), self.book.joined(head, other, self._lying(clone)))

    @rule(who=WHO, side=SIDES)
    def exchange(self, who: int, side: str) -> None:
        """Take the other clone's branch; its notes travel along, as a push takes them."""
        clone, other = self.clones[who], self.clones[1 - who]
        self._share(other)
        clone.git("fetch", "-q", str(other.repo.path), "HEAD:refs/other", "--force")
        self._share(clone)
        self._merge(who, "refs/other", side)

    @rule(who=WHO, name=BRANCHES)
    def rebase(self, who: int, name: str) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        onto = clone.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{name}")
        if not onto or onto in self.book.ancestors[head] or not self._clean(clone):
            return
        todo = [c for c in self.book.order if c in self.book.ancestors[head] - self.book.ancestors[onto]]
        if any(len(self.book.parents[each]) > 1 for each in todo):
            return
        clone.git("rebase", "-q", "-X", "theirs", onto, check=False)
        if (clone.repo.path / ".git/rebase-merge").exists():
            clone.git("rebase", "--abort")
        else:
            self._replayed(who, onto, todo)

    @rule(who=WHO, pick=st.integers(0, 30))
    def cherry_pick(self, who: int, pick: int) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        there = set(clone.git("rev-list", "--branches").split())
        some = [c for c in self.book.order if c in there and len(self.book.parents[c]) == 1]
        if not some or not self._clean(clone):
            return
        picked = some[pick % len(some)]
        clone.git("cherry-pick", "-X", "theirs", picked, check=False)
        self._continued(who, head, picked)

    @rule(who=WHO, pick=st.integers(0, 30))
    def revert(self, who: int, pick: int) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        some = [
            c for c in self.book.order if c in self.book.ancestors[head] and len(self.book.parents[c]) == 1
        ]
        if not some or not self._clean(clone):
            return
        clone.git("revert", "--no-edit", "-X", "theirs", some[pick % len(some)], check=False)
        self._continued(who, head, None)

    # -- people at work on the tracker

    @rule(name=st.sampled_from(FIELDS), pick=st.integers(0, 2), seconds=WHO)
    def edit_there(self, name: str, pick: int, seconds: int) -> None:
        word = self._new_title() if name == "title" else WORDS[name][pick]
        item = self._item()
        if item.words.get(name) != word:
            self.book.edited_there(name, _value(name, word))
            self.world.remote_edit(item.ref, {name: word}, seconds)
            # Until lists show it, a run that writes the same field replaces it unseen: no compare-and-swap.
            self.world.tracker.tick(self.world.tracker.lag)

    @rule(seconds=st.sampled_from([1, 60, 100_000]))
    def wait(self, seconds: int) -> None:
        self.world.tracker.tick(seconds)

    # -- how git moved

    def _merge(self, who: int, ref: str, side: str) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        other = clone.git("for-each-ref", "--format=%(objectname)", ref)
        if not other or other in self.book.ancestors[head] or not self._clean(clone):
            return
        clone.git("merge", "-q", "--no-edit", "-X", side, other, check=False)
        if (clone.repo.path / ".git/MERGE_HEAD").exists():
            clone.git("merge", "--abort")
            return
        now = clone.git("rev-parse", "HEAD")
        if now == other:
            self._checked_out(who)
        elif now != head:
            self._note(clone, (head, other), self.book.joined(head, other, self._lying(clone)))

    def _continued(self, who: int, head: str, picked: str | None) -> None:
        """After a cherry-pick, or a revert (picked: None)."""
        clone = self.clones[who]
        if clone.git("rev-parse", "HEAD") == head:
            clone.git("reset", "-q", "--hard")
            for name in ("CHERRY_PICK_HEAD", "REVERT_HEAD"):
                (clone.repo.path / ".git" / name).unlink(missing_ok=True)
            return
        again = picked is None or picked in self.book.ancestors[head]
        tokens = self.book.replayed(head, picked or head, self._lying(clone), again=again)
        self._note(clone, (head,), tokens)

    def _replayed(self, who: int, onto: str, todo: list[str]) -> None:
        clone = self.clones[who]
        by_date = {clone.git("show", "-s", "--format=%at", each): each for each in todo}
        parent = onto
        for each in clone.git("rev-list", "--reverse", f"{onto}..HEAD").split():
            original = by_date[clone.git("show", "-s", "--format=%at", each)]
            values = values_in(clone.git("show", f"{each}:{PATH}"))
            self.book.add(each, (parent,), values, self.book.replayed(parent, original, values, again=False))
            parent = each
        self._checked_out(who)

    def _note(self, clone: Clone, parents: tuple[str, ...], tokens: Tokens) -> None:
        self.book.add(clone.git("rev-parse", "HEAD"), parents, self._lying(clone), tokens)
        self._checked_out(self.clones.index(clone))

    def _checked_out(self, who: int) -> None:
        self.dirty[who] = dict(self.book.tokens[self._head(self.clones[who])])

    def _share(self, clone: Clone) -> None:
        """What the pre-push hook does."""
        repo = discover(clone.repo.path)
        share = Share.of(repo, Notes(open_objects(repo), repo), load_config(repo))
        share.fetch()
        share.push()

    # -- small questions

    def _head(self, clone: Clone) -> str:
        return clone.git("rev-parse", "HEAD")

    def _clean(self, clone: Clone) -> bool:
        return not clone.git("status", "--porcelain")

    def _lying(self, clone: Clone) -> dict[str, str]:
        return values_in(clone.text(NAME))

    def _item(self) -> WorkItem:
        return next(iter(self.world.tracker.items().values()))

    def _new_title(self) -> str:
        self.count += 1
        return f"T{self.count}"


def _value(name: str, word: str) -> str:
    lens = VOCABULARY.lens(name)
    assert lens is not None
    return lens.get(word, None) or ""
