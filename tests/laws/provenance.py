"""Who really made which value: tokens that the rules cannot see, followed through real git operations.

A token stands for one deed of a person, on either side. It travels with the value through rebase, amend,
cherry-pick, merge and squash, as a person would see it. With tokens the laws can be judged: a token is on the
tracker once, and nothing replaces a token that the history of the writer never met.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lspec_git.adapters.github_vocabulary import github

FIELDS = ("title", "priority", "status")
VOCABULARY = github()
PATTERNS = {"title": r"(?m)^# (.*)$", "priority": r"(?m)^priority: (.*)$", "status": r"(?m)^status: (.*)$"}

Token = int
Tokens = dict[str, Token]


class Broken(AssertionError):
    """A law does not hold."""


def values_in(text: str) -> dict[str, str]:
    """The fields of a spec's text, read in the plainest way."""
    return {
        name: found[1].strip() for name, pattern in PATTERNS.items() if (found := re.search(pattern, text))
    }


def agrees(name: str, value: str | None, word: str | None) -> bool:
    lens = VOCABULARY.lens(name)
    assert lens is not None
    return lens.agrees(value, word)


@dataclass
class Book:
    """Tokens of all commits and of the tracker."""

    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, Tokens] = field(default_factory=dict)
    ancestors: dict[str, frozenset[str]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    before: dict[Token, Token | None] = field(default_factory=dict)
    said: dict[Token, str] = field(default_factory=dict)
    known: dict[Token, frozenset[Token]] = field(default_factory=dict)
    held: set[Token] = field(default_factory=set)
    """Tokens that were on the tracker at some time."""
    remote: Tokens = field(default_factory=dict)
    _count: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def fresh(self, value: str, before: Token | None, known: Iterable[Token]) -> Token:
        """A new deed: this value instead of `before`, by somebody who had met `known`."""
        token = next(iter(self._count))
        self.before[token], self.said[token] = before, value
        self.known[token] = frozenset(known) | ({before} if before else frozenset())
        return token

    def add(self, commit: str, parents: tuple[str, ...], values: Mapping[str, str], tokens: Tokens) -> None:
        """Note a commit that git has made; a known one stays as it is."""
        if commit in self.tokens:
            return
        self.parents[commit], self.values[commit], self.tokens[commit] = parents, dict(values), dict(tokens)
        self.ancestors[commit] = frozenset({commit}).union(*(self.ancestors[p] for p in parents))
        self.order.append(commit)

    def met(self, commit: str, name: str) -> set[Token]:
        """All tokens of a field in the history of a commit."""
        return {self.tokens[each][name] for each in self.ancestors[commit]}

    def base(self, one: str, other: str) -> str:
        """The latest common ancestor."""
        return max(self.ancestors[one] & self.ancestors[other], key=self.order.index)

    def replayed(self, parent: str, original: str, values: Mapping[str, str], *, again: bool) -> Tokens:
        """Tokens of a commit that repeats another one on a new parent; `again`: on top of itself."""
        tokens = dict(self.tokens[parent])
        for name in FIELDS:
            if values[name] == self.values[parent][name]:
                continue
            if not again and values[name] == self.values[original][name]:
                tokens[name] = self.tokens[original][name]
            else:
                tokens[name] = self.fresh(values[name], tokens[name], self.met(parent, name))
        return tokens

    def joined(self, ours: str, theirs: str, values: Mapping[str, str]) -> Tokens:
        """Tokens of a merge: of the side that moved; where somebody had to decide, that is a new deed."""
        base = self.base(ours, theirs)
        return {name: self._joined(ours, theirs, base, name, values[name]) for name in FIELDS}

    def _joined(self, ours: str, theirs: str, base: str, name: str, value: str) -> Token:
        one, other, start = (self.values[each][name] for each in (ours, theirs, base))
        mine, their = self.tokens[ours][name], self.tokens[theirs][name]
        if value == one == other:
            # Two people did the same: once one of the deeds is on the tracker, so is the other.
            return their if their in self.held else mine
        if value == one and other == start:
            return mine
        if value == other and one == start:
            return their
        met = self.met(ours, name) | self.met(theirs, name)
        return self.fresh(value, mine, met)

    # -- the laws

    def published(self, commit: str, name: str, word: str | None, *, decided: bool) -> None:
        """A value went from a commit to the tracker. `decided`: a person looked at both and said so."""
        token, replaced = self.tokens[commit][name], self.remote[name]
        value = self.values[commit][name]
        if not agrees(name, value, word):
            raise Broken(f"{name}: sent {word!r}, but HEAD says {value!r}")
        if decided:
            token = self.fresh(value, replaced, self.met(commit, name) | {replaced})
            self.tokens[commit][name] = token
        else:
            self._judge(commit, name, token, replaced)
        self.remote[name] = token
        self.held.add(token)

    def _judge(self, commit: str, name: str, token: Token, replaced: Token) -> None:
        value = self.said[token]
        if token in self.held:
            raise Broken(f"{name}: the edit to {value!r} was on the tracker before, and is published again")
        met = self.met(commit, name)
        if replaced in met or replaced in self.known[token]:
            return
        start = self._start(token)
        went_through = {self.said[each] for each in met}
        if self.said[replaced] not in went_through and replaced != start:
            raise Broken(f"{name}: {self.said[replaced]!r} was never met here and is replaced by {value!r}")

    def _start(self, token: Token) -> Token | None:
        """What was on the tracker last, on the way to a deed."""
        each: Token | None = token
        while each and each not in self.held:
            each = self.before[each]
        return each

    def pulled(self, commit: str, name: str, value: str, *, decided: bool) -> Token:
        """The tracker's value went into a worktree that held what HEAD holds."""
        token = self.tokens[commit][name]
        start = self._start(token)
        mine = self.values[commit][name]
        if not decided and token not in self.held and start and self.said[start] != mine:
            raise Broken(f"{name}: {mine!r} was never published and is replaced by {value!r}")
        theirs = self.remote[name]
        if self.said[theirs] != value:
            theirs = self.fresh(value, theirs, ())
            self.held.add(theirs)
        return theirs

    def edited_there(self, name: str, value: str) -> None:
        """A person set a field on the tracker."""
        self.remote[name] = self.fresh(value, self.remote[name], ())
        self.held.add(self.remote[name])

    def agreed(self, commit: str, words: Mapping[str, str]) -> None:
        """A run has looked at both sides: the same value on both is one deed from now on."""
        for name in FIELDS:
            if agrees(name, self.values[commit][name], words.get(name)):
                self.held.add(self.tokens[commit][name])
