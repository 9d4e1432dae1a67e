"""Which rule of the config applies to a spec: entries by name, globs over directory paths.

Knows directory names and nothing of what is in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lspec_git.core.choosing import chosen, matches
from lspec_git.core.spec import SpecId

__all__ = ["Create", "Rule", "Selection", "Sync", "decide", "matches"]


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
    found = [
        rules[at] for at in chosen([(rule.spec, rule.pattern) for rule in rules], path, spec.root, spec.name)
    ]
    if not found:
        return None
    labels = dict.fromkeys(label for rule in found for label in rule.labels)
    first = found[0]
    return Selection(first.line, first.issue, tuple(labels), first.board, first.sync, first.create)
