"""Which fields a tracker can hold, and in which words.

The lenses do the translating. Knows no tracker: each brings its own vocabulary along (`core.tracker`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lspec_git.core.lenses import Lens
from lspec_git.core.spec import TAG, FieldName

__all__ = ["Lens", "Vocabulary"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The fields that a tracker can hold, and in which words."""

    lenses: Mapping[FieldName, Lens]
    tags: Lens | None = None
    """For every single tag; None: the tracker has no labels."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    labels: frozenset[str] = frozenset()
    """Labels, in lower case, that say something else than a tag."""
    prefixes: tuple[str, ...] = ()
    """Beginnings, in lower case, of more such labels."""

    def lens(self, name: FieldName) -> Lens | None:
        """The lens of a field; None: this tracker cannot hold it."""
        if not name.startswith(TAG):
            return self.lenses.get(name)
        label = name.removeprefix(TAG)
        if self.tags is None or label in self.labels or label.startswith(self.prefixes):
            return None
        return self.tags if self.tags.expressible(label) else None

    def settings(self) -> Mapping[str, Mapping[str, str]]:
        """What the adapter must know to read words, defaults filled in; GitHub: which labels make up one."""
        return self.words
