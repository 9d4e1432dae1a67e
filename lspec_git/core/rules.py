"""Which rule of the config applies to a spec: entries by name, globs over directory paths.

Knows directory names and nothing of what is in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import translate
from functools import lru_cache

from lspec_git.core.spec import SpecId


class Sync(StrEnum):
    """Which way a spec's fields travel."""

    BIDIRECTIONAL = "bidirectional"
    PUSH_ONLY = "push-only"
    PULL_ONLY = "pull-only"

    @property
    def pushes(self) -> bool:
        return self is not Sync.PULL_ONLY

    @property
    def pulls(self) -> bool:
        return self is not Sync.PUSH_ONLY


class Create(StrEnum):
    """Which unlinked specs get a work item: those not yet complete or archived, every one, or none."""

    ACTIVE = "active"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of `mapping`: either `spec` (a directory, or its bare name) or `pattern` is set."""

    line: int
    spec: str = ""
    pattern: str = ""
    issue: str = ""
    """Key of the work item to link, as people write it (GitHub: the number), or empty."""
    labels: tuple[str, ...] = ()
    board: str = ""
    sync: Sync = Sync.BIDIRECTIONAL
    create: Create = Create.ACTIVE


@dataclass(frozen=True, slots=True)
class Selection:
    """What the rules say about one spec. `line` is that of the deciding rule."""

    line: int
    issue: str
    labels: tuple[str, ...]
    board: str
    sync: Sync
    create: Create


def decide(rules: tuple[Rule, ...], path: str, spec: SpecId) -> Selection | None:
    """What the rules say about the spec in directory `path`; None: no rule names it, so leave it alone.

    An entry for this very spec beats patterns, also after the directory moved to another date or into
    `archived/`. Of several patterns the labels unite; the rest is the first's.
    """
    entries = [rule for rule in rules if rule.spec]
    named = [rule for rule in entries if rule.spec == path]
    named = named or [rule for rule in entries if _moved(rule, spec)]
    found = named[:1] or [rule for rule in rules if rule.pattern and matches(rule.pattern, path)]
    if not found:
        return None
    labels = dict.fromkeys(label for rule in found for label in rule.labels)
    first = found[0]
    return Selection(first.line, first.issue, tuple(labels), first.board, first.sync, first.create)


def matches(pattern: str, path: str) -> bool:
    """Whether a glob matches a directory path; `**` stands for any number of folders, also none."""
    states = {0}
    parts = _segments(pattern)
    for name in path.split("/"):
        states = {after for at in _skip(parts, states) for after in _step(parts, at, name)}
    return len(parts) in _skip(parts, states)


def _step(parts: tuple[re.Pattern[str] | None, ...], at: int, name: str) -> tuple[int, ...]:
    if at == len(parts):
        return ()
    part = parts[at]
    if part is None:
        return (at,)
    return (at + 1,) if part.match(name) else ()


def _skip(parts: tuple[re.Pattern[str] | None, ...], states: set[int]) -> set[int]:
    reached = set(states)
    for at, part in enumerate(parts):
        if at in reached and part is None:
            reached.add(at + 1)
    return reached


@lru_cache(maxsize=512)
def _segments(pattern: str) -> tuple[re.Pattern[str] | None, ...]:
    return tuple(None if part == "**" else re.compile(translate(part)) for part in pattern.split("/"))


def _moved(rule: Rule, spec: SpecId) -> bool:
    folder, _, name = rule.spec.rpartition("/")
    return name == spec.name and (not folder or not spec.root or f"{folder}/".startswith(f"{spec.root}/"))
