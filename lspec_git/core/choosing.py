"""Which entries of a mapping stand for a spec's directory: names, and globs over paths.

Imports little on purpose: a hook that git waits for asks it, too (see `words`).
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    Parts: TypeAlias = tuple[re.Pattern[str] | None, ...]


def chosen(entries: Sequence[tuple[str, str]], path: str, root: str, name: str) -> list[int]:
    """Which of some (spec, pattern), one of the two empty, stand for the spec `name` of `root` at `path`.

    An entry for this very spec beats patterns, also after the directory moved to another date or into
    `archived/`.
    """
    named = [at for at, (spec, _) in enumerate(entries) if spec and spec == path]
    named = named or [at for at, (spec, _) in enumerate(entries) if spec and _moved(spec, root, name)]
    if named:
        return named[:1]
    return [at for at, (_, pattern) in enumerate(entries) if pattern and matches(pattern, path)]


def matches(pattern: str, path: str) -> bool:
    """Whether a glob matches a directory path; `**` stands for any number of folders, also none."""
    states = {0}
    parts = _segments(pattern)
    for name in path.split("/"):
        states = {after for at in _skip(parts, states) for after in _step(parts, at, name)}
    return len(parts) in _skip(parts, states)


def _step(parts: Parts, at: int, name: str) -> tuple[int, ...]:
    if at == len(parts):
        return ()
    part = parts[at]
    if part is None:
        return (at,)
    return (at + 1,) if part.match(name) else ()


def _skip(parts: Parts, states: set[int]) -> set[int]:
    reached = set(states)
    for at, part in enumerate(parts):
        if at in reached and part is None:
            reached.add(at + 1)
    return reached


@lru_cache(maxsize=512)
def _segments(pattern: str) -> Parts:
    return tuple(None if part == "**" else re.compile(translate(part)) for part in pattern.split("/"))


def _moved(entry: str, root: str, name: str) -> bool:
    folder, _, last = entry.rpartition("/")
    return last == name and (not folder or not root or f"{folder}/".startswith(f"{root}/"))
